// Package emit makes nodes of connector source for importers.
package emit

import (
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
)

// Map makes a mapping of keys and values in turn. Values are nodes, texts,
// truths, whole numbers or lists of texts; nil, "", false and empty lists and
// mappings are left out.
func Map(pairs ...any) *source.Node {
	n := &source.Node{Kind: source.Map}
	for i := 0; i < len(pairs); i += 2 {
		Set(n, pairs[i].(string), pairs[i+1])
	}
	return n
}

// Line makes a mapping that stands on one line where it fits.
func Line(pairs ...any) *source.Node {
	n := Map(pairs...)
	n.Flow = true
	return n
}

// Set adds a member as Map does.
func Set(n *source.Node, key string, v any) {
	var value *source.Node
	switch v := v.(type) {
	case *source.Node:
		if v == nil || (v.Kind == source.Map || v.Kind == source.List) && len(v.Members) == 0 {
			return
		}
		value = v
	case string:
		if v == "" {
			return
		}
		value = source.TextNode(v)
	case bool:
		if !v {
			return
		}
		value = &source.Node{Kind: source.Bool, True: true}
	case int:
		value = source.NumberNode(float64(v))
	case []string:
		if len(v) == 0 {
			return
		}
		value = List()
		for _, s := range v {
			Push(value, source.TextNode(s))
		}
		value.Flow = true
	}
	Put(n, key, value)
}

// Put adds a member, empty or not.
func Put(n *source.Node, key string, v *source.Node) {
	n.Members = append(n.Members, &source.Member{Key: key, Value: v})
}

// List makes a list.
func List(items ...*source.Node) *source.Node {
	n := &source.Node{Kind: source.List}
	for _, it := range items {
		Push(n, it)
	}
	return n
}

// Push adds an item.
func Push(n, item *source.Node) { n.Members = append(n.Members, &source.Member{Value: item}) }

// Null makes a null.
func Null() *source.Node { return &source.Node{Kind: source.Null} }

// Ref writes a reference.
func Ref(root string, path ...string) string {
	return (&syntax.Ref{Root: root, Path: path}).String()
}

// Reference is Ref as a node.
func Reference(root string, path ...string) *source.Node { return source.TextNode(Ref(root, path...)) }

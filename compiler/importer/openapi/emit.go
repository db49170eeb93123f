package openapi

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
)

// These functions make nodes of connector source.

// obj makes a mapping of keys and values in turn. Values are nodes, texts,
// truths, whole numbers or lists of texts; nil, "", false and empty lists and
// mappings are left out.
func obj(pairs ...any) *source.Node {
	n := &source.Node{Kind: source.Map}
	for i := 0; i < len(pairs); i += 2 {
		set(n, pairs[i].(string), pairs[i+1])
	}
	return n
}

// line makes a mapping that stands on one line where it fits.
func line(pairs ...any) *source.Node {
	n := obj(pairs...)
	n.Flow = true
	return n
}

func set(n *source.Node, key string, v any) {
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
		value = whole(v)
	case []string:
		if len(v) == 0 {
			return
		}
		value = list()
		for _, s := range v {
			push(value, source.TextNode(s))
		}
		value.Flow = true
	}
	n.Members = append(n.Members, &source.Member{Key: key, Value: value})
}

func list(items ...*source.Node) *source.Node {
	n := &source.Node{Kind: source.List}
	for _, it := range items {
		push(n, it)
	}
	return n
}

func push(n, item *source.Node) { n.Members = append(n.Members, &source.Member{Value: item}) }

func whole(i int) *source.Node {
	return &source.Node{Kind: source.Number, Num: float64(i), Text: strconv.Itoa(i)}
}

// ref writes a reference.
func ref(root string, path ...string) string {
	r := &syntax.Ref{Root: root, Path: path}
	return r.String()
}

var (
	opening = regexp.MustCompile(`\$+\{`)
	dollars = regexp.MustCompile(`\$+$`)
)

// literal writes text that holds no references as a value. beforeRef says that
// a reference follows.
func literal(s string, beforeRef bool) string {
	double := func(m string) string { return strings.Repeat("$", strings.Count(m, "$")) + m }
	s = opening.ReplaceAllStringFunc(s, double)
	if beforeRef {
		s = dollars.ReplaceAllStringFunc(s, double)
	}
	return s
}

// remark puts a comment above a step.
func remark(step *source.Node, text string) *source.Node {
	step.Members[0].Head = []string{"# " + text}
	return step
}

// comment puts a comment above the first member of a file.
func comment(root *source.Node, lines ...string) *source.Document {
	doc := &source.Document{Root: root}
	for _, l := range lines {
		doc.Head = append(doc.Head, "# "+l)
	}
	return doc
}

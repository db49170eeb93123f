package flopack

import (
	"strings"
	"unicode"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// These functions make nodes of connector source.

// obj makes a mapping of keys and values in turn. Values are nodes, texts,
// truths or whole numbers; nil, "", false and empty collections are left out.
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
		value = number(float64(v))
	}
	put(n, key, value)
}

// put adds a member, empty or not.
func put(n *source.Node, key string, v *source.Node) {
	n.Members = append(n.Members, &source.Member{Key: key, Value: v})
}

// push adds an item.
func push(n, item *source.Node) { n.Members = append(n.Members, &source.Member{Value: item}) }

func list(items ...*source.Node) *source.Node {
	n := &source.Node{Kind: source.List}
	for _, it := range items {
		push(n, it)
	}
	return n
}

func number(f float64) *source.Node {
	return &source.Node{Kind: source.Number, Num: f, Text: flow.FormatNumber(f)}
}

func null() *source.Node { return &source.Node{Kind: source.Null} }

// reference writes a reference.
func reference(root string, path ...string) *source.Node {
	return source.TextNode((&syntax.Ref{Root: root, Path: path}).String())
}

// literal writes a value of the export. Text in it holds no references.
func literal(v flow.Value) *source.Node {
	switch v.Kind() {
	case flow.KindBool:
		return &source.Node{Kind: source.Bool, True: v.Bool()}
	case flow.KindNumber:
		return number(v.Number())
	case flow.KindText:
		return source.TextNode(escape(v.Text(), false))
	case flow.KindList:
		n := &source.Node{Kind: source.List, Flow: true}
		for i := range v.List().Len() {
			push(n, literal(v.List().At(i)))
		}
		return n
	case flow.KindObject:
		n := &source.Node{Kind: source.Map, Flow: true}
		for k, x := range v.Object().All() {
			put(n, k, literal(x))
		}
		return n
	}
	return null()
}

// escape doubles the dollars before a brace, so that they begin no reference.
// beforeRef says that a reference follows.
func escape(s string, beforeRef bool) string {
	if !strings.Contains(s, "$") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && s[i+n] == '$' {
			n++
		}
		if n == 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		if i+n < len(s) && s[i+n] == '{' || i+n == len(s) && beforeRef {
			b.WriteString(s[i : i+n])
		}
		b.WriteString(s[i : i+n])
		i += n
	}
	return b.String()
}

// commentWidth is where the lines of comments are broken, in characters.
const commentWidth = 90

// commentLines writes text as lines of a comment. Lines keep their breaks, and
// long ones are broken between words.
func commentLines(text string) []string {
	var out []string
	for _, l := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		l = strings.TrimRightFunc(strings.Map(visible, l), unicode.IsSpace)
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		if len(indent) > 8 {
			indent = indent[:8]
		}
		row := indent
		for _, w := range strings.Fields(l) {
			if row != indent && len(row)+1+len(w) > commentWidth {
				out = append(out, "# "+row)
				row = indent
			}
			if row != indent {
				row += " "
			}
			row += w
		}
		if strings.TrimSpace(row) == "" {
			if len(out) > 0 && out[len(out)-1] != "#" {
				out = append(out, "#")
			}
			continue
		}
		out = append(out, "# "+row)
	}
	for len(out) > 0 && out[len(out)-1] == "#" {
		out = out[:len(out)-1]
	}
	return out
}

// visible drops characters that files cannot hold as they are: those that show
// nothing, or turn the direction of what follows.
func visible(r rune) rune {
	switch {
	case r == '\t' || unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

// typeNode writes a type.
func typeNode(t flow.Type) string {
	t.Fields = nil
	return t.String()
}

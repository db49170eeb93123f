package source

import (
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Plain returns the tree as plain data.
func (n *Node) Plain() *flow.Node {
	out := &flow.Node{Pos: n.Pos}
	switch n.Kind {
	case Bool:
		out.Kind, out.Value = flow.KindBool, flow.Bool(n.True)
	case Number:
		out.Kind, out.Value = flow.KindNumber, flow.Number(n.Num)
	case Text:
		out.Kind, out.Value = flow.KindText, flow.Text(n.Text)
	case Map, List:
		out.Kind = flow.KindObject
		if n.Kind == List {
			out.Kind = flow.KindList
		}
		out.Members = make([]flow.NodeMember, len(n.Members))
		for i, m := range n.Members {
			out.Members[i] = flow.NodeMember{Key: m.Key, Pos: m.Pos, Value: m.Value.Plain()}
		}
	}
	return out
}

// NewDocument returns a document of this name that holds a value. Collections of
// scalars stand in braces or brackets where they fit on a line.
func NewDocument(name string, v flow.Value) *Document {
	return &Document{File: name, JSON: isJSON(path.Base(name)), Root: nodeOf(v)}
}

func nodeOf(v flow.Value) *Node {
	switch v.Kind() {
	case flow.KindNull:
		return &Node{}
	case flow.KindBool:
		return &Node{Kind: Bool, True: v.Bool()}
	case flow.KindNumber:
		return NumberNode(v.Number())
	case flow.KindList:
		n := &Node{Kind: List}
		for _, x := range v.List().All() {
			n.Members = append(n.Members, &Member{Value: nodeOf(x)})
		}
		n.Flow = scalars(n)
		return n
	case flow.KindObject:
		n := &Node{Kind: Map}
		for k, x := range v.Object().All() {
			n.Members = append(n.Members, &Member{Key: k, Value: nodeOf(x)})
		}
		n.Flow = scalars(n)
		return n
	}
	return TextNode(v.String())
}

// NumberNode returns the node of a number. Whole numbers beyond what a double
// holds exactly have an exponent: written out they would look like identifiers,
// which are refused.
func NumberNode(f float64) *Node {
	text := flow.FormatNumber(f)
	if math.Abs(f) >= 1<<53 && !strings.ContainsAny(text, ".eE") {
		text = strconv.FormatFloat(f, 'e', -1, 64)
	}
	return &Node{Kind: Number, Num: f, Text: text}
}

// scalars reports whether no member is a collection or a text of several lines.
func scalars(n *Node) bool {
	return !slices.ContainsFunc(n.Members, func(m *Member) bool {
		_, lines := block(m.Value.Text)
		return len(m.Value.Members) > 0 || lines && m.Value.Kind == Text
	})
}

// Package source reads the files of a connector: bytes become a tree of nodes
// with positions and comments, under limits, from YAML or JSON alike; and it
// writes such a tree back in the one canonical layout. It knows nothing of what
// the fields mean. It alone imports the YAML library. Read node.go first.
package source

import "github.com/weirflow/weir/flow"

// Kind says what a Node is.
type Kind uint8

// The kinds of nodes.
const (
	Null Kind = iota
	Bool
	Number
	Text
	Map
	List
)

// String returns the kind's name with its article, for messages.
func (k Kind) String() string {
	return [...]string{"null", "a truth value", "a number", "text", "a mapping", "a list"}[k]
}

// Node is one value of a file.
type Node struct {
	Kind    Kind
	Pos     flow.Pos
	Text    string  // Text: the text. Number: the digits as written.
	Num     float64 // Number
	True    bool    // Bool
	Members []*Member
	Flow    bool     // Map, List: written in braces or brackets
	Foot    []string // Map, List: comments behind the last member

	lead int       // Text: characters between Pos and the text's first character, when it stands on one line
	line *blockPos // Text: where the lines of a literal block begin
	end  place     // Map, List in braces or brackets: the closing character
}

// Member is one member of a mapping, or one item of a list.
type Member struct {
	Key   string   // "" in lists
	Pos   flow.Pos // of the key or the dash
	Value *Node
	Blank bool     // an empty line stands before it
	Head  []string // comment lines before it, with "#"; "" is an empty line
	Line  string   // comment behind it on its line, with "#"
}

// Document is one parsed file.
type Document struct {
	File string
	JSON bool
	Root *Node
	Head []string // comment that belongs to the file as a whole
}

type place struct{ line, col int }

func (p place) before(q place) bool { return p.line < q.line || p.line == q.line && p.col < q.col }

// blockPos says where the text of a literal block stands.
type blockPos struct{ line, col int }

// Get returns the value of a mapping's member, or nil.
func (n *Node) Get(key string) *Node {
	if m := n.Member(key); m != nil {
		return m.Value
	}
	return nil
}

// Member returns a mapping's member, or nil.
func (n *Node) Member(key string) *Member {
	if n.Kind != Map {
		return nil
	}
	for _, m := range n.Members {
		if m.Key == key {
			return m
		}
	}
	return nil
}

// Cursor returns a function that gives the place of the byte at an offset of a
// text node's Text. It is exact for text on one line without escapes and for
// literal blocks, and the node's own place otherwise. Asking for growing offsets
// takes, all together, the time of one walk over the text.
func (n *Node) Cursor() func(offset int) flow.Pos {
	start := n.Pos
	switch {
	case n.line != nil:
		start.Line, start.Col = n.line.line, n.line.col
	case n.lead >= 0:
		start.Col += n.lead
	default:
		return func(int) flow.Pos { return n.Pos }
	}
	at, pos := 0, start
	return func(offset int) flow.Pos {
		if offset < at {
			at, pos = 0, start
		}
		for _, r := range n.Text[at:min(offset, len(n.Text))] {
			pos.Col++
			if r == '\n' {
				pos.Line, pos.Col = pos.Line+1, start.Col
			}
		}
		at = offset
		return pos
	}
}

// TextNode returns a node for text that stands in no file.
func TextNode(s string) *Node { return &Node{Kind: Text, Text: s} }

// Equal reports whether a and b hold the same values, whatever their places,
// layout and comments. Members of mappings may stand in another order.
func Equal(a, b *Node) bool {
	if a.Kind != b.Kind || len(a.Members) != len(b.Members) {
		return false
	}
	switch a.Kind {
	case Bool:
		return a.True == b.True
	case Number:
		return a.Num == b.Num
	case Text:
		return a.Text == b.Text
	case List:
		for i := range a.Members {
			if !Equal(a.Members[i].Value, b.Members[i].Value) {
				return false
			}
		}
	case Map:
		other := make(map[string]*Node, len(b.Members))
		for _, m := range b.Members {
			other[m.Key] = m.Value
		}
		for _, m := range a.Members {
			if v := other[m.Key]; v == nil || !Equal(m.Value, v) {
				return false
			}
		}
	}
	return true
}

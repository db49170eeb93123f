package source

import (
	"strings"
	"unicode/utf8"
)

// Width is the line length at which collections in braces or brackets are
// written as blocks instead.
const Width = 100

// Print writes a document in the canonical layout: blocks indented by two, a
// quote only where one is needed, text of several lines as a literal block, at
// most one empty line between members. Collections in braces or brackets stay
// so while they fit on their line and hold no comments. JSON stays JSON.
//
// Printing what Parse made of the result gives the same bytes.
func Print(doc *Document) []byte {
	p := &printer{}
	if doc.JSON {
		p.json(doc.Root, 0)
		return append(p.out, '\n')
	}
	for _, h := range doc.Head {
		p.line(0, h)
	}
	if len(doc.Head) > 0 && len(doc.Root.Members) > 0 {
		p.out = append(p.out, '\n')
	}
	switch {
	case len(doc.Root.Members) > 0:
		p.block(doc.Root, 0, 0)
	case doc.Root.Kind != Null:
		p.out = append(appendInline(p.out, doc.Root, false), '\n')
	}
	return p.out
}

type printer struct{ out []byte }

// line writes a comment line, or an empty one.
func (p *printer) line(indent int, text string) {
	if text != "" {
		p.indent(indent)
		p.out = append(p.out, text...)
	}
	p.out = append(p.out, '\n')
}

func (p *printer) indent(n int) {
	for range n {
		p.out = append(p.out, ' ')
	}
}

// block writes the members of a collection, each from the given indent. The
// first of them begins at the column that is already written, from.
func (p *printer) block(n *Node, indent, from int) {
	for i, m := range n.Members {
		if i > 0 {
			if m.Blank {
				p.out = append(p.out, '\n')
			}
			from = 0
		}
		if from == 0 {
			for _, h := range heads(n, m, indent) {
				p.line(indent, h)
			}
			p.indent(indent)
		}
		if n.Kind == List {
			p.out = append(p.out, '-')
		} else {
			p.out = appendText(p.out, m.Key, true)
			p.out = append(p.out, ':')
		}
		p.value(n, m, indent)
	}
	for _, f := range n.Foot {
		p.line(indent, f)
	}
}

// heads returns the comments before a member. An item that is itself a block
// begins on the line of its dash, so the comments of its first member, and the
// one behind the dash, move before the dash.
func heads(n *Node, m *Member, indent int) []string {
	out := m.Head
	for n.Kind == List && asBlock(n, m, indent) {
		if m.Line != "" {
			out = append(out[:len(out):len(out)], m.Line)
		}
		n, m, indent = m.Value, m.Value.Members[0], indent+2
		out = append(out[:len(out):len(out)], m.Head...)
	}
	return out
}

// asBlock reports whether the value of a member of n is written as a block of
// its own lines, when the member begins at the given indent.
func asBlock(n *Node, m *Member, indent int) bool {
	v := m.Value
	if len(v.Members) == 0 {
		return false
	}
	if !v.Flow || commented(v) {
		return true
	}
	lead := []byte("- ")
	if n.Kind == Map {
		lead = append(appendText(nil, m.Key, true), ": "...)
	}
	return indent+utf8.RuneCount(appendInline(lead, v, false)) > Width
}

// commented reports whether comments stand inside a collection.
func commented(n *Node) bool {
	if len(n.Foot) > 0 {
		return true
	}
	for _, m := range n.Members {
		if len(m.Head) > 0 || m.Line != "" || commented(m.Value) {
			return true
		}
	}
	return false
}

// value writes what stands behind a key or dash, to the end of its lines.
func (p *printer) value(n *Node, m *Member, indent int) {
	v := m.Value
	if header, ok := block(v.Text); ok && v.Kind == Text {
		p.out = append(p.out, ' ')
		p.out = append(p.out, header...)
		p.comment(m.Line)
		for line := range strings.SplitSeq(strings.TrimSuffix(v.Text, "\n"), "\n") {
			p.line(indent+2, line)
		}
		return
	}
	switch {
	case !asBlock(n, m, indent):
		p.out = append(p.out, ' ')
		p.out = appendInline(p.out, v, false)
		p.comment(m.Line)
	case n.Kind == List:
		p.out = append(p.out, ' ')
		p.block(v, indent+2, indent+2)
	default:
		p.comment(m.Line)
		p.block(v, indent+2, 0)
	}
}

// comment ends a line, with a comment or without.
func (p *printer) comment(text string) {
	if text != "" {
		p.out = append(p.out, ' ')
		p.out = append(p.out, text...)
	}
	p.out = append(p.out, '\n')
}

// appendInline writes a value on one line.
func appendInline(b []byte, n *Node, inFlow bool) []byte {
	switch n.Kind {
	case Map:
		b = append(b, '{')
		for i, m := range n.Members {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(appendText(b, m.Key, true), ": "...)
			b = appendInline(b, m.Value, true)
		}
		return append(b, '}')
	case List:
		b = append(b, '[')
		for i, m := range n.Members {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendInline(b, m.Value, true)
		}
		return append(b, ']')
	}
	return appendScalar(b, n, inFlow)
}

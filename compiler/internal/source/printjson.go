package source

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// json writes a value as JSON, indented by two. What stood on one line stays on
// one line while it fits.
func (p *printer) json(n *Node, indent int) {
	oneLine := n.Pos.Line == n.end.line && n.Pos.IsValid()
	if len(n.Members) == 0 || oneLine && indent+utf8.RuneCount(appendJSON(nil, n)) <= Width {
		p.out = appendJSON(p.out, n)
		return
	}
	open, closing := byte('{'), byte('}')
	if n.Kind == List {
		open, closing = '[', ']'
	}
	p.out = append(p.out, open, '\n')
	for i, m := range n.Members {
		if i > 0 {
			p.out = append(p.out, ',', '\n')
		}
		p.indent(indent + 2)
		if n.Kind == Map {
			p.out = append(appendJSONText(p.out, m.Key), ": "...)
		}
		p.json(m.Value, indent+2)
	}
	p.out = append(p.out, '\n')
	p.indent(indent)
	p.out = append(p.out, closing)
}

func appendJSON(b []byte, n *Node) []byte {
	switch n.Kind {
	case Map, List:
		open, closing := byte('{'), byte('}')
		if n.Kind == List {
			open, closing = '[', ']'
		}
		b = append(b, open)
		for i, m := range n.Members {
			if i > 0 {
				b = append(b, ", "...)
			}
			if n.Kind == Map {
				b = append(appendJSONText(b, m.Key), ": "...)
			}
			b = appendJSON(b, m.Value)
		}
		return append(b, closing)
	case Text:
		return appendJSONText(b, n.Text)
	}
	return appendScalar(b, n, true)
}

// appendJSONText writes a JSON string in which nothing invisible stands as it is.
func appendJSONText(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case shown(r):
			b = append(b, string(r)...)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return append(b, '"')
}

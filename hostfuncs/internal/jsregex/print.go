package jsregex

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// surrogates is added to surrogate code units before the backtracking engine
// sees them: Go has no strings with surrogates, and the engine's sets are made
// of strings. The sums are characters that no code unit can be.
const surrogates = 0x100000

// printer writes a tree as the source of one of the two engines.
type printer struct {
	strings.Builder
	goSyntax bool
	fold     bool // goSyntax only: write both cases of ASCII letters
}

func (p *printer) unit(c uint16) {
	if p.goSyntax {
		fmt.Fprintf(p, `\x{%x}`, c)
		return
	}
	if utf16.IsSurrogate(rune(c)) {
		p.WriteRune(rune(c) + surrogates)
		return
	}
	fmt.Fprintf(p, `\u%04x`, c)
}

// span writes a range of a class. One that holds surrogates and others is cut,
// since the backtracking engine sees surrogates elsewhere.
func (p *printer) span(lo, hi uint16) {
	parts := [][2]uint16{{0, 0xD7FF}, {0xD800, 0xDFFF}, {0xE000, 0xFFFF}}
	if p.goSyntax {
		parts = [][2]uint16{{0, 0xFFFF}}
	}
	for _, part := range parts {
		from, to := max(lo, part[0]), min(hi, part[1])
		if from > to {
			continue
		}
		p.unit(from)
		if to > from {
			p.WriteByte('-')
			p.unit(to)
		}
	}
}

func (p *printer) node(n *node) {
	switch n.op {
	case opChar:
		if l := n.char | 0x20; p.goSyntax && p.fold && l >= 'a' && l <= 'z' {
			p.set(&set{ranges: [][2]uint16{{n.char &^ 0x20, n.char &^ 0x20}, {l, l}}})
			return
		}
		p.unit(n.char)
	case opSet:
		p.set(n.set)
	case opBegin:
		p.WriteString("^")
	case opEnd:
		p.WriteString("$")
	case opWord:
		p.WriteString(`\b`)
	case opNotWord:
		p.WriteString(`\B`)
	case opCat:
		for _, s := range n.subs {
			p.part(s)
		}
	case opAlt:
		for i, s := range n.subs {
			if i > 0 {
				p.WriteByte('|')
			}
			p.node(s)
		}
	case opRepeat:
		p.repeat(n)
	case opCapture:
		p.WriteByte('(')
		p.node(n.subs[0])
		p.WriteByte(')')
	case opLook:
		p.WriteString("(?")
		if n.behind {
			p.WriteByte('<')
		}
		if n.negative {
			p.WriteByte('!')
		} else {
			p.WriteByte('=')
		}
		p.node(n.subs[0])
		p.WriteByte(')')
	case opBackref:
		fmt.Fprintf(p, `(?:\%d)`, n.group)
	}
}

// part writes n so that what follows binds to all of it.
func (p *printer) part(n *node) {
	if n.op != opAlt && n.op != opCat && n.op != opEmpty {
		p.node(n)
		return
	}
	p.WriteString("(?:")
	p.node(n)
	p.WriteByte(')')
}

func (p *printer) repeat(n *node) {
	switch n.subs[0].op {
	case opChar, opSet, opCapture:
		p.node(n.subs[0])
	default: // an assertion or a repetition takes a quantifier in a group only
		p.WriteString("(?:")
		p.node(n.subs[0])
		p.WriteByte(')')
	}
	switch {
	case n.min == 0 && n.max == infinite:
		p.WriteByte('*')
	case n.min == 1 && n.max == infinite:
		p.WriteByte('+')
	case n.min == 0 && n.max == 1:
		p.WriteByte('?')
	case n.max == infinite:
		fmt.Fprintf(p, "{%d,}", n.min)
	default:
		fmt.Fprintf(p, "{%d,%d}", n.min, n.max)
	}
	if n.lazy {
		p.WriteByte('?')
	}
}

func (p *printer) set(s *set) {
	if p.fold {
		s = s.foldedASCII()
	}
	switch {
	case len(s.ranges) == 0 && !s.negative: // matches nothing
		s = &set{ranges: [][2]uint16{{0, 0xFFFF}}, negative: true}
	case len(s.ranges) == 0:
		s = &set{ranges: [][2]uint16{{0, 0xFFFF}}}
	}
	if p.goSyntax && s.negative && len(s.ranges) == 1 && s.ranges[0] == [2]uint16{0, 0xFFFF} {
		p.WriteString(`[^\x00-\x{10ffff}]`)
		return
	}
	p.WriteByte('[')
	if s.negative {
		p.WriteByte('^')
	}
	for _, r := range s.ranges {
		p.span(r[0], r[1])
	}
	p.WriteByte(']')
}

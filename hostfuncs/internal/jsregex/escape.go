package jsregex

import (
	"slices"
	"unicode"
	"unicode/utf16"
)

// escape reads an escape outside a class: an assertion, a back-reference, a
// class of characters or a character.
func (p *parser) escape() (*node, bool, error) {
	if p.pos+1 >= len(p.src) {
		return nil, false, syntaxError("a backslash at the end")
	}
	p.pos++
	switch c := p.peek(); {
	case c == 'b':
		p.pos++
		return &node{op: opWord}, false, nil
	case c == 'B':
		p.pos++
		return &node{op: opNotWord}, false, nil
	case c >= '1' && c <= '9':
		start := p.pos
		if n, _ := p.decimal(); n <= p.total {
			return &node{op: opBackref, group: n}, true, nil
		}
		p.pos = start
	case c == 'k' && p.named:
		p.pos++
		if !p.accept("<") {
			return nil, false, syntaxError("a reference to a named group lacks the name")
		}
		name, err := p.groupName()
		if err != nil {
			return nil, false, err
		}
		n := &node{op: opBackref, name: name}
		p.refs = append(p.refs, n)
		return n, true, nil
	}
	if s := classEscape(p.peek()); s != nil {
		p.pos++
		return &node{op: opSet, set: s}, true, nil
	}
	return &node{op: opChar, char: p.characterEscape(false)}, true, nil
}

// characterEscape reads what stands behind a backslash and means one character
// (ECMA-262, CharacterEscape with annex B).
func (p *parser) characterEscape(inClass bool) uint16 {
	c := p.src[p.pos]
	p.pos++
	switch c {
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	case 'c':
		d := p.peek()
		letter := d >= 'a' && d <= 'z' || d >= 'A' && d <= 'Z'
		if p.more() && (letter || inClass && (d >= '0' && d <= '9' || d == '_')) {
			p.pos++
			return d % 32
		}
		p.pos-- // the backslash stands for itself and c follows
		return '\\'
	case 'x':
		if v, ok := p.hex(2); ok {
			return v
		}
	case 'u':
		if v, ok := p.hex(4); ok {
			return v
		}
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v := c - '0'
		for range 2 {
			d := p.peek()
			if !p.more() || d < '0' || d > '7' || v*8+d-'0' > 0o377 {
				break
			}
			v = v*8 + d - '0'
			p.pos++
		}
		return v
	}
	return c
}

func (p *parser) hex(digits int) (uint16, bool) {
	if len(p.src)-p.pos < digits {
		return 0, false
	}
	var v uint16
	for _, c := range p.src[p.pos : p.pos+digits] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | (c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | (c | 0x20 - 'a' + 10)
		default:
			return 0, false
		}
	}
	p.pos += digits
	return v, true
}

// class reads a bracket expression behind its "[".
func (p *parser) class() (*set, error) {
	s := &set{}
	negative := p.accept("^")
	for {
		if !p.more() {
			return nil, syntaxError("a class is not closed")
		}
		if p.accept("]") {
			s.negative = negative
			return s.normal(), nil
		}
		lo, loSet, err := p.classAtom()
		if err != nil {
			return nil, err
		}
		if len(p.src)-p.pos < 2 || p.peek() != '-' || p.src[p.pos+1] == ']' {
			s.add(lo, loSet)
			continue
		}
		p.pos++
		hi, hiSet, err := p.classAtom()
		if err != nil {
			return nil, err
		}
		switch {
		case loSet != nil || hiSet != nil: // [\d-x] is \d, - and x (annex B)
			s.add(lo, loSet)
			s.add('-', nil)
			s.add(hi, hiSet)
		case lo > hi:
			return nil, syntaxError("a range of a class is out of order")
		default:
			s.ranges = append(s.ranges, [2]uint16{lo, hi})
		}
	}
}

func (p *parser) classAtom() (uint16, *set, error) {
	c := p.peek()
	if c != '\\' {
		p.pos++
		return c, nil, nil
	}
	if p.pos+1 >= len(p.src) {
		return 0, nil, syntaxError("a backslash at the end")
	}
	p.pos++
	c = p.peek()
	if s := classEscape(c); s != nil {
		p.pos++
		return 0, s, nil
	}
	if c == 'b' {
		p.pos++
		return '\b', nil, nil
	}
	if c == 'k' && p.named {
		return 0, nil, syntaxError(`\k in a class`)
	}
	return p.characterEscape(true), nil, nil
}

// groupName reads an identifier and the ">" behind it.
func (p *parser) groupName() (string, error) {
	var name []rune
	for p.more() && p.peek() != '>' {
		r := rune(p.src[p.pos])
		p.pos++
		if r == '\\' {
			var ok bool
			if r, ok = p.unicodeEscape(); !ok {
				return "", syntaxError("not a group name")
			}
		} else if utf16.IsSurrogate(r) && p.more() {
			r = utf16.DecodeRune(r, rune(p.src[p.pos]))
			p.pos++
		}
		start := r == '$' || r == '_' || unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Other_ID_Start)
		part := start || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc, unicode.Other_ID_Continue) || r == 0x200C || r == 0x200D
		if !part || len(name) == 0 && !start {
			return "", syntaxError("not a group name")
		}
		name = append(name, r)
	}
	if len(name) == 0 || !p.accept(">") {
		return "", syntaxError("not a group name")
	}
	return string(name), nil
}

func (p *parser) unicodeEscape() (rune, bool) {
	if !p.accept("u") {
		return 0, false
	}
	if p.accept("{") {
		v := rune(0)
		for digits := 0; p.more(); digits++ {
			if p.accept("}") {
				return v, digits > 0
			}
			d, ok := p.hex(1)
			if v = v<<4 | rune(d); !ok || v > unicode.MaxRune {
				return 0, false
			}
		}
		return 0, false
	}
	hi, ok := p.hex(4)
	if !ok || !utf16.IsSurrogate(rune(hi)) {
		return rune(hi), ok
	}
	if !p.accept(`\u`) {
		return 0, false
	}
	lo, ok := p.hex(4)
	return utf16.DecodeRune(rune(hi), rune(lo)), ok
}

// classEscape returns the set that \d, \D, \s, \S, \w or \W means, or nil.
func classEscape(c uint16) *set {
	var s *set
	switch c | 0x20 {
	case 'd':
		s = &set{ranges: [][2]uint16{{'0', '9'}}}
	case 's':
		s = &set{ranges: slices.Clone(spaces)}
	case 'w':
		s = &set{ranges: [][2]uint16{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}}
	}
	if s != nil && c&0x20 == 0 {
		return s.inverted()
	}
	return s
}

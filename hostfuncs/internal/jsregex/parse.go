package jsregex

import (
	"unicode/utf16"

	"github.com/weirflow/weir/flow"
)

// infinite stands for a quantifier without an upper bound.
const infinite = 1<<31 - 1

type op uint8

const (
	opEmpty op = iota
	opChar
	opSet
	opBegin
	opEnd
	opWord
	opNotWord
	opCat
	opAlt
	opRepeat
	opCapture
	opLook
	opBackref
)

// node is one part of a parsed pattern.
type node struct {
	op       op
	char     uint16 // opChar
	set      *set   // opSet
	subs     []*node
	min, max int    // opRepeat
	lazy     bool   // opRepeat
	group    int    // opCapture, opBackref: number of the group
	name     string // opBackref by name, until it is resolved
	behind   bool   // opLook
	negative bool   // opLook
}

// parser reads the pattern grammar of ECMA-262, 22.2.1, without the flags u and
// v, hence with the extensions of annex B.1.2.
type parser struct {
	src    []uint16 // UTF-16 code units: without u a pattern is made of these
	pos    int
	groups int            // capture groups opened so far
	total  int            // capture groups of the whole pattern
	names  map[string]int // named groups so far
	named  bool           // whether the pattern has named groups, which makes \k strict
	refs   []*node        // back-references by name
}

func syntaxError(what string) error {
	return flow.Errorf(flow.CodeRegexSyntax, "not a regular expression: %s", what)
}

// parse reads a whole pattern and returns its tree and its number of groups.
func parse(pattern string) (*node, int, error) {
	p := &parser{src: utf16.Encode([]rune(pattern)), names: map[string]int{}}
	p.countGroups()
	n, err := p.alternatives()
	if err != nil {
		return nil, 0, err
	}
	if p.pos < len(p.src) {
		return nil, 0, syntaxError("a closing parenthesis too many")
	}
	for _, ref := range p.refs {
		group, ok := p.names[ref.name]
		if !ok {
			return nil, 0, syntaxError("a reference to a group that does not exist")
		}
		ref.group = group
	}
	return n, p.groups, nil
}

// countGroups looks ahead: whether \2 is a back-reference or an octal escape
// depends on how many groups the whole pattern has.
func (p *parser) countGroups() {
	inClass := false
	for i := 0; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '\\':
			i++
		case inClass:
			inClass = c != ']'
		case c == '[':
			inClass = true
		case c == '(':
			if i+1 >= len(p.src) || p.src[i+1] != '?' {
				p.total++
			} else if i+3 < len(p.src) && p.src[i+2] == '<' && p.src[i+3] != '=' && p.src[i+3] != '!' {
				p.total++
				p.named = true
			}
		}
	}
}

func (p *parser) more() bool { return p.pos < len(p.src) }

// peek returns the next unit, or 0 at the end (NUL is an ordinary character
// everywhere peek is compared).
func (p *parser) peek() uint16 {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) accept(s string) bool {
	if len(p.src)-p.pos < len(s) {
		return false
	}
	for i := range len(s) {
		if p.src[p.pos+i] != uint16(s[i]) {
			return false
		}
	}
	p.pos += len(s)
	return true
}

func (p *parser) alternatives() (*node, error) {
	var alts []*node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		alts = append(alts, n)
		if !p.accept("|") {
			return join(opAlt, alts), nil
		}
	}
}

func (p *parser) sequence() (*node, error) {
	var terms []*node
	for p.more() && p.peek() != '|' && p.peek() != ')' {
		n, quantifiable, err := p.term()
		if err != nil {
			return nil, err
		}
		if n, err = p.quantified(n, quantifiable); err != nil {
			return nil, err
		}
		terms = append(terms, n)
	}
	return join(opCat, terms), nil
}

func join(o op, subs []*node) *node {
	switch {
	case len(subs) == 1:
		return subs[0]
	case len(subs) == 0:
		return &node{op: opEmpty}
	}
	return &node{op: o, subs: subs}
}

// term reads one assertion or atom and reports whether a quantifier may follow.
func (p *parser) term() (*node, bool, error) {
	c := p.src[p.pos]
	switch c {
	case '^':
		p.pos++
		return &node{op: opBegin}, false, nil
	case '$':
		p.pos++
		return &node{op: opEnd}, false, nil
	case '.':
		p.pos++
		return &node{op: opSet, set: lineTerminators().inverted()}, true, nil
	case '(':
		return p.group()
	case '[':
		p.pos++
		s, err := p.class()
		return &node{op: opSet, set: s}, true, err
	case '\\':
		return p.escape()
	case '*', '+', '?':
		return nil, false, syntaxError("nothing to repeat")
	case '{':
		if _, _, ok := p.braces(); ok {
			return nil, false, syntaxError("nothing to repeat")
		}
	}
	p.pos++ // a lone { } or ] stands for itself (annex B)
	return &node{op: opChar, char: c}, true, nil
}

func (p *parser) group() (*node, bool, error) {
	n := &node{op: opCapture}
	quantifiable := true
	switch {
	case p.accept("(?:"):
		n = nil
	case p.accept("(?="):
		n = &node{op: opLook}
	case p.accept("(?!"):
		n = &node{op: opLook, negative: true}
	case p.accept("(?<="):
		n, quantifiable = &node{op: opLook, behind: true}, false
	case p.accept("(?<!"):
		n, quantifiable = &node{op: opLook, behind: true, negative: true}, false
	case p.accept("(?<"):
		name, err := p.groupName()
		if err != nil {
			return nil, false, err
		}
		if _, dup := p.names[name]; dup {
			return nil, false, syntaxError("a group name stands twice")
		}
		p.groups++
		n.group = p.groups
		p.names[name] = p.groups
	case p.accept("(?"):
		return nil, false, syntaxError("an unknown kind of group")
	default:
		p.pos++
		p.groups++
		n.group = p.groups
	}
	sub, err := p.alternatives()
	if err != nil {
		return nil, false, err
	}
	if !p.accept(")") {
		return nil, false, syntaxError("a group is not closed")
	}
	if n == nil {
		return sub, quantifiable, nil
	}
	n.subs = []*node{sub}
	return n, quantifiable, nil
}

func (p *parser) quantified(n *node, quantifiable bool) (*node, error) {
	lo, hi := 0, infinite
	switch c := p.peek(); {
	case p.more() && c == '*':
		p.pos++
	case p.more() && c == '+':
		p.pos++
		lo = 1
	case p.more() && c == '?':
		p.pos++
		hi = 1
	case p.more() && c == '{':
		l, h, ok := p.braces()
		if !ok {
			return n, nil
		}
		lo, hi = l, h
	default:
		return n, nil
	}
	if !quantifiable {
		return nil, syntaxError("nothing to repeat")
	}
	if hi < lo {
		return nil, syntaxError("the numbers of a quantifier are out of order")
	}
	return &node{op: opRepeat, subs: []*node{n}, min: lo, max: hi, lazy: p.accept("?")}, nil
}

// braces reads {n}, {n,} or {n,m} and moves behind it; on anything else it
// stays and reports false.
func (p *parser) braces() (lo, hi int, ok bool) {
	start := p.pos
	p.pos++
	lo, ok = p.decimal()
	hi = lo
	if ok && p.accept(",") {
		if hi, ok = p.decimal(); !ok {
			hi, ok = infinite, true
		}
	}
	if !ok || !p.accept("}") {
		p.pos = start
		return 0, 0, false
	}
	return lo, hi, true
}

// decimal reads digits; numbers beyond infinite are infinite.
func (p *parser) decimal() (int, bool) {
	start, v := p.pos, 0
	for p.more() && p.peek() >= '0' && p.peek() <= '9' {
		v = min(v*10+int(p.peek()-'0'), infinite)
		p.pos++
	}
	return v, p.pos > start
}

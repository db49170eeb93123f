package formula

import (
	"slices"
	"strconv"
	"strings"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenNumber
	tokenName
	tokenField
	tokenSymbol
)

type token struct {
	kind   tokenKind
	text   string // of a field: its name
	number float64
	at     int // byte offset
}

// isOperator reports whether a name is an operator.
func (t token) isOperator() bool {
	switch t.text {
	case "and", "or", "xor", "not", "mod":
		return t.kind == tokenName
	}
	return false
}

func (t token) isOneOf(ops []string) bool {
	return (t.kind == tokenSymbol || t.kind == tokenName) && slices.Contains(ops, t.text)
}

// symbols, longest first.
var symbols = []string{">>>", "==", "!=", "<=", ">=", "<<", ">>", "^|", ".*", "./", ".^",
	"+", "-", "*", "/", "%", "^", "&", "|", "~", "!", "(", ")", ",", "<", ">", "?", ":"}

// next reads the next token. White space and comments separate tokens and mean
// nothing else; line breaks are white space.
func (p *parser) next() error {
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		if c == '#' {
			end := strings.IndexByte(p.src[p.pos:], '\n')
			if end < 0 {
				end = len(p.src) - p.pos
			}
			p.pos += end
			continue
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			break
		}
		p.pos++
	}
	p.tok = token{at: p.pos}
	rest := p.src[p.pos:]
	if rest == "" {
		return nil
	}
	switch c := rest[0]; {
	case isDigit(c), c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return p.numeral(rest)
	case isLetter(c):
		n := 1
		for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n])) {
			n++
		}
		p.take(tokenName, rest[:n])
		return nil
	case strings.HasPrefix(rest, "{{{"):
		end := strings.Index(rest, "}}}")
		if end < 0 {
			return p.fail("a field of the expression is not closed")
		}
		p.take(tokenField, rest[:end+3])
		p.tok.text = rest[3:end]
		return nil
	}
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			p.take(tokenSymbol, s)
			return nil
		}
	}
	p.tok.kind, p.tok.text = tokenSymbol, string([]rune(rest[:min(4, len(rest))])[:1])
	return p.unexpected()
}

func (p *parser) take(kind tokenKind, text string) {
	p.tok.kind, p.tok.text = kind, text
	p.pos += len(text)
}

// numeral reads a decimal number, or an integer after 0x, 0o or 0b.
func (p *parser) numeral(rest string) error {
	n := 0
	if len(rest) > 2 && rest[0] == '0' && strings.IndexByte("xob", rest[1]) >= 0 {
		n = 2
		for n < len(rest) && (isDigit(rest[n]) || isLetter(rest[n])) {
			n++
		}
		v, err := strconv.ParseUint(rest[:n], 0, 53)
		p.take(tokenNumber, rest[:n])
		p.tok.number = float64(v)
		if err != nil || strings.Contains(rest[:n], "_") {
			return p.unexpected()
		}
		return nil
	}
	digits := func() {
		for n < len(rest) && isDigit(rest[n]) {
			n++
		}
	}
	digits()
	if n < len(rest) && rest[n] == '.' && !(n+1 < len(rest) && strings.IndexByte("*/^", rest[n+1]) >= 0) {
		n++
		digits()
	}
	if m := n; n < len(rest) && rest[n]|0x20 == 'e' { // 2e alone is 2 times e
		n++
		if n < len(rest) && (rest[n] == '+' || rest[n] == '-') {
			n++
		}
		if n == len(rest) || !isDigit(rest[n]) {
			n = m
		} else {
			digits()
		}
	}
	p.take(tokenNumber, rest[:n])
	p.tok.number, _ = strconv.ParseFloat(rest[:n], 64) // too large is infinite
	return nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' }

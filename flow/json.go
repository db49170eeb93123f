package flow

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONLimits bounds what ParseJSON builds. The zero value means the defaults.
type JSONLimits struct {
	Depth int   // deepest nesting. Default: 128
	Bytes int64 // largest Size of the result. Default: 64 MiB
}

// Defaults of JSONLimits. JSON grows 9 to 22 times when it becomes values, so
// the result is bounded, not the input.
const (
	defaultJSONDepth = 128
	defaultJSONBytes = 64 << 20
)

// ParseJSON reads one JSON text (RFC 8259) into a value. It is strict: trailing
// data, duplicate keys, invalid UTF-8, unpaired surrogate escapes, control
// characters and numbers beyond a double are json.syntax; too deep is
// limit.depth, too large is limit.value. The budget is checked while reading,
// before memory is taken.
func ParseJSON(data []byte, lim JSONLimits) (Value, error) {
	if lim.Depth == 0 {
		lim.Depth = defaultJSONDepth
	}
	if lim.Bytes == 0 {
		lim.Bytes = defaultJSONBytes
	}
	p := jsonParser{data: data, depth: lim.Depth, budget: lim.Bytes, limit: lim.Bytes}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	p.space()
	if p.pos < len(p.data) {
		return Value{}, p.fail("data after the value")
	}
	return v, nil
}

type jsonParser struct {
	data   []byte
	pos    int
	depth  int
	budget int64
	limit  int64
	shape  *Shape // of the last object read: records of a list share their keys
}

func (p *jsonParser) fail(what string) error {
	line, col := 1, 1
	for _, c := range p.data[:min(p.pos, len(p.data))] {
		if c == '\n' {
			line, col = line+1, 1
		} else {
			col++
		}
	}
	return Errorf(CodeJSONSyntax, "not valid JSON at line %d, column %d: %s", line, col, what)
}

func (p *jsonParser) charge(n int64) error {
	p.budget -= n
	if p.budget < 0 {
		return Errorf(CodeLimitValue, "the JSON text makes a value larger than %d bytes", p.limit)
	}
	return nil
}

func (p *jsonParser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *jsonParser) value(depth int) (Value, error) {
	if p.pos >= len(p.data) {
		return Value{}, p.fail("it ends too early")
	}
	if err := p.charge(sizeSlot); err != nil {
		return Value{}, err
	}
	switch c := p.data[p.pos]; c {
	case '{':
		return p.object(depth + 1)
	case '[':
		return p.list(depth + 1)
	case '"':
		s, err := p.str()
		if err != nil {
			return Value{}, err
		}
		if err := p.charge(sizeText + int64(len(s))); err != nil {
			return Value{}, err
		}
		return Value{kind: KindText, ref: s}, nil
	case 't':
		return Bool(true), p.word("true")
	case 'f':
		return Bool(false), p.word("false")
	case 'n':
		return Value{}, p.word("null")
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return p.number()
		}
		return Value{}, p.fail("unexpected " + strconv.QuoteRune(rune(c)))
	}
}

func (p *jsonParser) word(w string) error {
	if len(p.data)-p.pos < len(w) || string(p.data[p.pos:p.pos+len(w)]) != w {
		return p.fail("unknown word")
	}
	p.pos += len(w)
	return nil
}

func (p *jsonParser) tooDeep() error {
	return Errorf(CodeLimitDepth, "the JSON text is nested deeper than %d", p.depth)
}

func (p *jsonParser) list(depth int) (Value, error) {
	if depth > p.depth {
		return Value{}, p.tooDeep()
	}
	if err := p.charge(sizeList); err != nil {
		return Value{}, err
	}
	p.pos++
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == ']' {
		p.pos++
		return Value{kind: KindList, ref: emptyList}, nil
	}
	var items []Value
	for {
		p.space()
		v, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		items = append(items, v)
		p.space()
		if p.pos >= len(p.data) {
			return Value{}, p.fail("a list is not closed")
		}
		switch p.data[p.pos] {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return ListOf(items...), nil
		default:
			return Value{}, p.fail("a comma or ] is missing")
		}
	}
}

func (p *jsonParser) object(depth int) (Value, error) {
	if depth > p.depth {
		return Value{}, p.tooDeep()
	}
	if err := p.charge(sizeObject); err != nil {
		return Value{}, err
	}
	p.pos++
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == '}' {
		p.pos++
		return Value{kind: KindObject, ref: emptyObject}, nil
	}
	// Records of a list usually repeat the keys of the one before: as long as
	// they do, keys are compared in place and the shape is shared.
	guess := p.shape
	var b ObjectBuilder
	var vals []Value
	if guess != nil {
		vals = make([]Value, 0, len(guess.keys))
	}
	for {
		p.space()
		if p.pos >= len(p.data) || p.data[p.pos] != '"' {
			return Value{}, p.fail("a key in quotes is missing")
		}
		start := p.pos
		key, err := p.str()
		if err != nil {
			return Value{}, err
		}
		if err := p.charge(sizeKey + int64(len(key))); err != nil {
			return Value{}, err
		}
		if guess != nil && (len(vals) == len(guess.keys) || guess.keys[len(vals)] != key) {
			for i, v := range vals {
				b.Set(guess.keys[i], v)
			}
			guess, vals = nil, nil
		}
		if guess == nil && b.Has(key) {
			p.pos = start
			return Value{}, p.fail("the key " + quote(key) + " stands twice")
		}
		p.space()
		if p.pos >= len(p.data) || p.data[p.pos] != ':' {
			return Value{}, p.fail("a colon is missing")
		}
		p.pos++
		p.space()
		v, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		if guess != nil {
			vals = append(vals, v)
		} else {
			b.Set(key, v)
		}
		p.space()
		if p.pos >= len(p.data) {
			return Value{}, p.fail("an object is not closed")
		}
		switch p.data[p.pos] {
		case ',':
			p.pos++
		case '}':
			p.pos++
			if guess != nil && len(vals) == len(guess.keys) {
				p.shape = guess
				return NewObject(guess, vals), nil
			}
			for i, v := range vals {
				b.Set(guess.keys[i], v)
			}
			o := b.Value()
			p.shape = o.Object().shape
			return o, nil
		default:
			return Value{}, p.fail("a comma or } is missing")
		}
	}
}

func (p *jsonParser) number() (Value, error) {
	start := p.pos
	if p.data[p.pos] == '-' {
		p.pos++
	}
	digits := func() int {
		n := p.pos
		for p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
			p.pos++
		}
		return p.pos - n
	}
	zero := p.pos < len(p.data) && p.data[p.pos] == '0'
	n := digits()
	if n == 0 || zero && n > 1 {
		return Value{}, p.fail("not a number")
	}
	if p.pos < len(p.data) && p.data[p.pos] == '.' {
		p.pos++
		if digits() == 0 {
			return Value{}, p.fail("not a number")
		}
	}
	if p.pos < len(p.data) && (p.data[p.pos] == 'e' || p.data[p.pos] == 'E') {
		p.pos++
		if p.pos < len(p.data) && (p.data[p.pos] == '+' || p.data[p.pos] == '-') {
			p.pos++
		}
		if digits() == 0 {
			return Value{}, p.fail("not a number")
		}
	}
	if p.pos-start > maxNumber {
		return Value{}, p.fail("a number of more than 1100 digits")
	}
	if p.pos-start <= maxInteger { // most are small whole numbers
		if f, ok := integer(p.data[start:p.pos]); ok {
			return Value{kind: KindNumber, num: f}, nil
		}
	}
	f, err := strconv.ParseFloat(string(p.data[start:p.pos]), 64)
	if err != nil || math.IsInf(f, 0) {
		return Value{}, p.fail("a number beyond the range of a double")
	}
	return Value{kind: KindNumber, num: f}, nil
}

// maxInteger is how many characters a whole number may have that every double
// holds exactly.
const maxInteger = 15

// integer reads an optional minus and digits, and reports false for all else.
func integer(s []byte) (float64, bool) {
	digits, n := s, int64(0)
	if digits[0] == '-' {
		digits = digits[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(s) {
		return -float64(n), true
	}
	return float64(n), true
}

// plain returns how many bytes at the start of s are neither control characters
// nor quotes nor backslashes, at most 7 too few: it looks at eight at a time.
func plain[T string | []byte](s T) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; n+8 <= len(s); n += 8 {
		x := uint64(s[n]) | uint64(s[n+1])<<8 | uint64(s[n+2])<<16 | uint64(s[n+3])<<24 |
			uint64(s[n+4])<<32 | uint64(s[n+5])<<40 | uint64(s[n+6])<<48 | uint64(s[n+7])<<56
		// A byte below b, or equal to b, sets its high bit in one of these.
		quote, slash := x^ones*'"', x^ones*'\\'
		if (x-ones*0x20|(quote-ones)&^quote|(slash-ones)&^slash)&^x&highs != 0 {
			break
		}
	}
	return n
}

func (p *jsonParser) str() (string, error) {
	p.pos++
	start := p.pos
	p.pos += plain(p.data[p.pos:])
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case c == '"':
			s := p.data[start:p.pos]
			p.pos++
			if !utf8.Valid(s) {
				return "", p.fail("a text is not UTF-8")
			}
			return string(s), nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", p.fail("a control character in a text")
		default:
			p.pos++
		}
	}
	return "", p.fail("a text is not closed")
}

func (p *jsonParser) escaped(start int) (string, error) {
	var b strings.Builder
	b.Write(p.data[start:p.pos])
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		switch {
		case c == '"':
			p.pos++
			if s := b.String(); utf8.ValidString(s) {
				return s, nil
			}
			return "", p.fail("a text is not UTF-8")
		case c < 0x20:
			return "", p.fail("a control character in a text")
		case c != '\\':
			n := max(1, plain(p.data[p.pos:]))
			b.Write(p.data[p.pos : p.pos+n])
			p.pos += n
			continue
		}
		p.pos++
		if p.pos >= len(p.data) {
			break
		}
		c = p.data[p.pos]
		p.pos++
		switch c {
		case '"', '\\', '/':
			b.WriteByte(c)
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r, ok := p.hex4()
			if !ok {
				return "", p.fail("a \\u escape needs four hexadecimal digits")
			}
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if p.pos+1 < len(p.data) && p.data[p.pos] == '\\' && p.data[p.pos+1] == 'u' {
					p.pos += 2
					low, ok = p.hex4()
				}
				r = utf16.DecodeRune(r, low)
				if !ok || r == utf8.RuneError {
					return "", p.fail("half of a surrogate pair")
				}
			}
			b.WriteRune(r)
		default:
			return "", p.fail("an unknown escape")
		}
	}
	return "", p.fail("a text is not closed")
}

func (p *jsonParser) hex4() (rune, bool) {
	if p.pos+4 > len(p.data) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.data[p.pos:p.pos+4]), 16, 16)
	p.pos += 4
	return rune(n), err == nil
}

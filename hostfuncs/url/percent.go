package url

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

const upperHex = "0123456789ABCDEF"

// class is the set of ASCII characters that an encoding leaves alone.
type class struct {
	bits [2]uint64
	plus bool // a space becomes + instead of %20
}

func classOf(chars string) class {
	var c class
	for i := range len(chars) {
		c.bits[chars[i]>>6] |= 1 << (chars[i] & 63)
	}
	return c
}

func (c *class) has(b byte) bool { return b < utf8.RuneSelf && c.bits[b>>6]&(1<<(b&63)) != 0 }

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var (
	// componentChars are what encodeURIComponent leaves alone (ECMA-262, 19.2.6.5).
	componentChars = classOf(alphanumeric + "-_.!~*'()")
	// formChars are what the urlencoded serialiser leaves alone (URL Standard, 5.2).
	formChars = class{bits: classOf(alphanumeric + "*-._").bits, plus: true}
	// pathChars and queryChars may stand in a path or a query (RFC 3986, 3.3 and
	// 3.4); a percent sign stays, so that escapes that are there already do.
	pathChars  = classOf(alphanumeric + "-._~!$&'()*+,;=:@/%")
	queryChars = classOf(alphanumeric + "-._~!$&'()*+,;=:@/?[]%")
)

const (
	piece    = 64 << 10 // bytes that are escaped before the run is asked whether it goes on
	fuelByte = 4        // what escaping a byte stands for
)

// appendEscaped appends s with every byte outside keep as a percent escape.
func appendEscaped(dst []byte, s string, keep *class) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case keep.has(c):
			dst = append(dst, c)
		case c == ' ' && keep.plus:
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

func escape(s string, keep *class) string {
	return string(appendEscaped(make([]byte, 0, escapedLen(s, keep)), s, keep))
}

// escapeWhile is escape while the run goes on; n is what escapedLen gives.
func escapeWhile(ctx context.Context, c *flow.Call, s string, n int, keep *class) (string, error) {
	if n == len(s) && !keep.plus {
		return strings.Clone(s), nil // nothing to escape
	}
	var b strings.Builder
	b.Grow(n)
	var buf []byte
	for s != "" {
		k := min(len(s), piece)
		if err := c.Alive(ctx, int64(k)*fuelByte); err != nil {
			return "", err
		}
		buf = appendEscaped(buf[:0], s[:k], keep)
		b.Write(buf)
		s = s[k:]
	}
	return b.String(), nil
}

// escapedLenWhile is escapedLen while the run goes on.
func escapedLenWhile(ctx context.Context, c *flow.Call, s string, keep *class) (int, error) {
	n := 0
	for s != "" {
		k := min(len(s), piece)
		if err := c.Alive(ctx, int64(k)*fuelByte); err != nil {
			return 0, err
		}
		n += escapedLen(s[:k], keep)
		s = s[k:]
	}
	return n, nil
}

// escapedLen returns the length of s once it is escaped.
func escapedLen(s string, keep *class) int {
	n := len(s)
	for i := range len(s) {
		if !keep.has(s[i]) && !(s[i] == ' ' && keep.plus) {
			n += 2
		}
	}
	return n
}

// unescape resolves percent escapes and reports whether all are well formed. A
// malformed one stays as it is.
func unescape(s string) (string, bool) {
	out, clean, _ := unescapeWhile(s, func(int) error { return nil })
	return out, clean
}

// unescapeWhile is unescape until alive, which is told of every escape and the
// bytes before it, gives an error.
func unescapeWhile(s string, alive func(n int) error) (string, bool, error) {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return strings.Clone(s), true, nil
	}
	clean := true
	b := make([]byte, 0, len(s))
	for ; i >= 0; i = strings.IndexByte(s, '%') {
		if err := alive(i); err != nil {
			return "", false, err
		}
		b = append(b, s[:i]...)
		if i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0 {
			b = append(b, byte(hex(s[i+1])<<4|hex(s[i+2])))
			s = s[i+3:]
		} else {
			clean = false
			b = append(b, '%')
			s = s[i+1:]
		}
	}
	return string(append(b, s...)), clean, nil
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// builder collects text and secrets, and asks for the memory of the result
// before it takes more.
type builder struct {
	ctx   context.Context
	c     *flow.Call
	parts []flow.Value
	text  []byte
	size  int64
}

func (b *builder) reserve(n int) error {
	b.size += int64(n)
	return b.c.Reserve(b.size)
}

// literal adds s as it is.
func (b *builder) literal(s string) error {
	if err := b.reserve(len(s)); err != nil {
		return err
	}
	b.text = append(b.text, s...)
	return nil
}

// escaped adds s through an encoding.
func (b *builder) escaped(s string, keep *class) (err error) {
	b.text, err = appendEscapedWhile(b.ctx, b.c, b.text, s, keep, b.reserve)
	return err
}

// appendEscapedWhile is appendEscaped while the run goes on, and as far as reserve
// gives room.
func appendEscapedWhile(ctx context.Context, c *flow.Call, dst []byte, s string, keep *class, reserve func(n int) error) ([]byte, error) {
	for first := true; first || s != ""; first = false {
		n := min(len(s), piece)
		if err := c.Alive(ctx, 30+int64(n)*fuelByte); err != nil {
			return dst, err
		}
		if err := reserve(escapedLen(s[:n], keep)); err != nil {
			return dst, err
		}
		dst = appendEscaped(dst, s[:n], keep)
		s = s[n:]
	}
	return dst, nil
}

// scalar adds the text of a simple value, or a secret, through an encoding.
func (b *builder) scalar(v flow.Value, keep *class) error {
	t, err := flow.Convert(v, flow.TextType)
	if err != nil {
		return err
	}
	if t.Kind() == flow.KindSecret {
		b.flush()
		b.parts = append(b.parts, flow.EscapeSecret(t, func(s string) string { return escape(s, keep) }, asItIs))
		return nil
	}
	return b.escaped(t.Text(), keep)
}

// asItIs spells the mask of a secret: its name is for people.
func asItIs(mask string) string { return mask }

func (b *builder) flush() {
	if len(b.text) > 0 {
		b.parts = append(b.parts, flow.Text(string(b.text)))
		b.text = b.text[:0]
	}
}

// value returns what was collected: a secret if there is one in it.
func (b *builder) value() (flow.Value, error) {
	b.flush()
	return flow.Concat(b.parts...)
}

package flow

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FormatNumber prints f as ECMAScript's Number::toString does (ECMA-262, 6.1.6.1.20).
func FormatNumber(f float64) string { return string(AppendNumber(nil, f)) }

// AppendNumber appends FormatNumber(f) to dst.
func AppendNumber(dst []byte, f float64) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f == 0:
		return append(dst, '0') // -0 prints as 0
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	abs := math.Abs(f)
	if abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go writes at least two exponent digits (1e-07); ECMAScript writes 1e-7.
	if e := strings.IndexByte(string(dst[start:]), 'e'); e >= 0 {
		i := start + e + 2
		for i < len(dst)-1 && dst[i] == '0' {
			dst = append(dst[:i], dst[i+1:]...)
		}
	}
	return dst
}

// maxNumber is the longest number that is read: 1,100 digits hold every double
// exactly; longer literals are noise or an attack.
const maxNumber = 1100

// ParseNumber reads text as the automatic conversion does: surrounding white
// space is allowed, the whole text must be a finite decimal number, and empty
// text is 0 (spec: functions-scalar 0.3, loose nulls). It reports whether the
// text is a number of at most 1,100 characters.
func ParseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, true
	}
	if len(s) > maxNumber {
		return 0, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '+', c == '-', c == '.', c == 'e', c == 'E':
		default:
			return 0, false // no hexadecimal, no underscores, no "Infinity", no "NaN"
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// Units returns the length of s in UTF-16 code units, the unit of every
// position and length that a card shows.
func Units(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			n++
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		i += w
		if r > 0xFFFF {
			n++
		}
		n++
	}
	return n
}

// UnitOffset returns the byte offset of UTF-16 position unit in s, and len(s)
// for positions beyond the end. A position inside a surrogate pair gives the
// offset of the character that the pair encodes.
func UnitOffset(s string, unit int) int {
	if unit <= 0 {
		return 0
	}
	n := 0
	for i := 0; i < len(s); {
		w, u := 1, 1
		if s[i] >= utf8.RuneSelf {
			var r rune
			r, w = utf8.DecodeRuneInString(s[i:])
			if r > 0xFFFF {
				u = 2
			}
		}
		if n+u > unit {
			return i
		}
		n += u
		i += w
	}
	return len(s)
}

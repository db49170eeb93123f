package moment

import (
	"strings"
	"unicode/utf8"
)

// item is one piece of a layout: a token, or text.
type item struct {
	name string // as it stands in the layout, escapes included
	tok  *token // nil for text
}

// longest is the length of the longest token that begins with a byte.
var longest = func() (out [256]int) {
	for name := range tokens {
		out[name[0]] = max(out[name[0]], len(name))
	}
	return out
}()

// items splits a layout. Text in square brackets and a token behind a backslash
// stand for themselves. Line ends outside brackets are dropped, as moment.js
// drops them.
func items(layout string) []item {
	layout = expand(layout)
	out := make([]item, 0, len(layout)/2+1)
	for i := 0; i < len(layout); {
		if n := bracket(layout[i:]); n > 0 {
			out = append(out, item{name: layout[i : i+n]})
			i += n
			continue
		}
		skip := 0
		if layout[i] == '\\' && i+1 < len(layout) && !isLineEnd(layout[i+1:]) {
			skip = 1
		}
		name, tok := tokenAt(layout[i+skip:])
		if skip > 0 {
			tok = nil
		}
		if tok != nil || !isLineEnd(name) {
			out = append(out, item{name: layout[i : i+skip+len(name)], tok: tok})
		}
		i += skip + len(name)
	}
	return out
}

// tokenAt returns the longest token that s begins with, or one character.
func tokenAt(s string) (string, *token) {
	if len(s) > 1 && (s[0] == 'w' || s[0] == 'W') && s[1] == '|' {
		return s[:2], nil // moment.js reads w| as one piece that is no token
	}
	for n := min(longest[s[0]], len(s)); n > 0; n-- {
		if tok, ok := tokens[s[:n]]; ok {
			return s[:n], tok
		}
	}
	_, n := utf8.DecodeRuneInString(s)
	return s[:n], nil
}

// bracket returns the length of the bracketed text that s begins with, or 0: up
// to the last "]" before the next "[".
func bracket(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	end := strings.IndexByte(s[1:], '[')
	if end < 0 {
		end = len(s) - 1
	}
	return 1 + strings.LastIndexByte(s[:end+1], ']')
}

func isLineEnd(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029'
}

// shown is what a text item contributes to a formatted date.
func (it item) shown() string {
	if bracket(it.name) > 0 {
		return it.name[1 : len(it.name)-1]
	}
	return strings.ReplaceAll(it.name, `\`, "")
}

// sought is the text that a text item looks for in a date that is parsed: of
// the first backslash and of every innermost bracket only the content counts.
func (it item) sought() string {
	s := strings.Replace(it.name, `\`, "", 1)
	if !strings.ContainsAny(s, `[\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			b.WriteByte(s[i])
			continue
		}
		if s[i] == '[' {
			if n := strings.IndexAny(s[i+1:], "[]"); n >= 0 && s[i+1+n] == ']' {
				b.WriteString(s[i+1 : i+1+n])
				i += n + 1
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// localized are the layouts behind the tokens that stand for a whole layout.
var localized = map[string]string{
	"LTS": "h:mm:ss A", "LT": "h:mm A",
	"L": "MM/DD/YYYY", "LL": "MMMM D, YYYY", "LLL": "MMMM D, YYYY h:mm A", "LLLL": "dddd, MMMM D, YYYY h:mm A",
	"l": "M/D/YYYY", "ll": "MMM D, YYYY", "lll": "MMM D, YYYY h:mm A", "llll": "ddd, MMM D, YYYY h:mm A",
}

// expand replaces the tokens of localized, except in brackets and behind a
// backslash.
func expand(layout string) string {
	if !strings.ContainsAny(layout, "Ll") {
		return layout
	}
	var b strings.Builder
	for i := 0; i < len(layout); {
		if n := bracket(layout[i:]); n > 0 {
			b.WriteString(layout[i : i+n])
			i += n
			continue
		}
		skip := 0
		if layout[i] == '\\' {
			skip = 1
		}
		n := min(4, len(layout)-i-skip)
		for n > 0 && localized[layout[i+skip:i+skip+n]] == "" {
			n--
		}
		switch {
		case n == 0:
			b.WriteByte(layout[i])
			i++
		case skip > 0:
			b.WriteString(layout[i : i+1+n])
			i += 1 + n
		default:
			b.WriteString(localized[layout[i:i+n]])
			i += n
		}
	}
	return b.String()
}

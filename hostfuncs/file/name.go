package file

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// unnamed is the name of a file of which neither the answer nor the address
// says one.
const unnamed = "download"

// nameOf returns the name of the file in an answer: what Content-Disposition
// says, else the last segment of the address, else unnamed.
func nameOf(disposition, address string) string {
	if name := flow.CleanFileName(dispositionName(disposition)); name != "" {
		return name
	}
	if u, err := url.Parse(address); err == nil {
		// The segment is cut off before it is decoded: %2F in it is not a slash,
		// but CleanFileName takes it for one.
		segment := u.EscapedPath()
		segment = segment[strings.LastIndexByte(segment, '/')+1:]
		if plain, err := url.PathUnescape(segment); err == nil {
			segment = plain
		}
		if name := flow.CleanFileName(segment); name != "" {
			return name
		}
	}
	return unnamed
}

// dispositionName returns the file name of a Content-Disposition header as its
// sender wrote it, which may be a path: filename* where it can be read, else
// filename (RFC 6266, 4.3). Like browsers it reads what servers send beside the
// grammar: blanks in unquoted values, backslashes that are no escapes, and a
// type that is missing.
func dispositionName(s string) string {
	plain, extended := "", ""
	for part := range parameters(s) {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "filename":
			if plain == "" {
				plain = unquote(value)
			}
		case "filename*":
			if extended == "" {
				extended = extendedValue(unquote(value))
			}
		}
	}
	if extended != "" {
		return extended
	}
	return plain
}

// parameters cuts s at semicolons outside quotes.
func parameters(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := 0; i < len(s); i++ {
			switch {
			case s[i] == '"':
				quoted = !quoted
			case quoted && escapes(s[i:]):
				i++
			case s[i] == ';' && !quoted:
				if !yield(s[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(s[start:])
	}
}

// escapes reports whether s begins with an escaped character. Only quotes and
// backslashes are escaped in practice; any other backslash belongs to a path.
func escapes(s string) bool {
	return len(s) > 1 && s[0] == '\\' && (s[1] == '"' || s[1] == '\\')
}

// unquote takes the quotes and escapes off a quoted string. Other text stays.
func unquote(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s) && s[i] != '"'; i++ {
		if escapes(s[i:]) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// extendedValue decodes charset'language'value (RFC 8187, 3.2.1) and gives ""
// for what is not of that form or in neither UTF-8 nor ISO-8859-1.
func extendedValue(s string) string {
	charset, rest, ok := strings.Cut(s, "'")
	_, value, found := strings.Cut(rest, "'")
	if !ok || !found {
		return ""
	}
	decoded, err := url.PathUnescape(value)
	if err != nil {
		return ""
	}
	switch strings.ToLower(charset) {
	case "utf-8":
		if utf8.ValidString(decoded) {
			return decoded
		}
	case "iso-8859-1":
		latin := make([]rune, 0, len(decoded))
		for _, c := range []byte(decoded) {
			latin = append(latin, rune(c))
		}
		return string(latin)
	}
	return ""
}

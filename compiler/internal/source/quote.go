package source

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/weirflow/weir/compiler/internal/problem"
)

// appendScalar writes a scalar on one line. inFlow says that it stands in
// braces or brackets, or is a key, where fewer characters go without quotes.
func appendScalar(b []byte, n *Node, inFlow bool) []byte {
	switch n.Kind {
	case Null:
		return append(b, "null"...)
	case Bool:
		if n.True {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case Number:
		return append(b, n.Text...)
	}
	return appendText(b, n.Text, inFlow)
}

func appendText(b []byte, s string, inFlow bool) []byte {
	switch {
	case plain(s, inFlow):
		return append(b, s...)
	case strings.ContainsAny(s, `"\`) && !strings.Contains(s, "'") && visible(s):
		b = append(b, '\'')
		b = append(b, s...)
		return append(b, '\'')
	}
	return appendQuoted(b, s)
}

// plain reports whether s can stand without quotes and is read back as the same
// text. It is narrower than YAML: what a reader must think about gets quotes.
func plain(s string, inFlow bool) bool {
	if s == "" || !visible(s) || strings.TrimSpace(s) != s || strings.HasSuffix(s, ":") {
		return false
	}
	first := []rune(s)[0]
	if !unicode.IsLetter(first) && !unicode.IsDigit(first) && !strings.ContainsRune("_$/(", first) {
		return false
	}
	if strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.Contains(s, "<<") || inFlow && strings.ContainsAny(s, ",[]{}:#'\"") {
		return false
	}
	switch strings.ToLower(s) {
	case "yes", "no", "on", "off":
		return false // truth values to readers of YAML 1.1
	}
	var n Node
	var d problem.List
	resolve(&n, s, &d)
	return n.Kind == Text && !d.HasErrors()
}

// visible reports whether s holds only characters that can be seen as they are,
// and no line ends.
func visible(s string) bool {
	for _, r := range s {
		if !shown(r) {
			return false
		}
	}
	return true
}

func shown(r rune) bool { return r == ' ' || unicode.IsPrint(r) && !forbidden(r) }

// appendQuoted writes s in double quotes with the escapes that YAML and JSON
// share, or those of YAML for characters above U+FFFF.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case shown(r):
			b = append(b, string(r)...)
		case r > 0xFFFF:
			b = fmt.Appendf(b, `\U%08X`, r)
		default:
			b = fmt.Appendf(b, `\u%04X`, r)
		}
	}
	return append(b, '"')
}

// block reports whether s reads best, and is read back the same, as a literal
// block, and the block's header.
func block(s string) (header string, ok bool) {
	body, ends := strings.CutSuffix(s, "\n")
	if !strings.Contains(body, "\n") && !ends || body == "" || strings.HasPrefix(body, " ") ||
		strings.HasPrefix(body, "\n") || strings.HasSuffix(body, "\n") {
		return "", false
	}
	for line := range strings.SplitSeq(body, "\n") {
		if !visible(line) || strings.TrimRight(line, " ") != line {
			return "", false
		}
	}
	if ends {
		return "|", true
	}
	return "|-", true
}

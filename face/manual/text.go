package manual

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// escape writes plain text so that Markdown shows it as it is, on one line
// (CommonMark 2.4 lets every punctuation character be escaped). Characters that
// nobody sees are written by their number.
func escape(s string) string {
	s = strings.Join(strings.Fields(flow.Printable(s)), " ")
	var b strings.Builder
	for i, c := range s {
		rest := s[i+utf8.RuneLen(c):]
		special := false
		switch c {
		case '\\', '`', '*', '_', '[', ']', '<', '|', '~':
			special = true
		case '&': // begins a character reference
			special = rest != "" && rest[0] != ' '
		case '!':
			special = strings.HasPrefix(rest, "[")
		case '#', '+', '-', '=', '>': // headings, lists and quotes begin a line
			special = i == 0
		case '.', ')': // and so do numbered lists
			special = i > 0 && strings.Trim(s[:i], "0123456789") == "" && (rest == "" || rest[0] == ' ')
		}
		if special {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// cell is text in a table.
func cell(s string) string { return escape(s) }

// paragraph is text that may have several lines, each a paragraph of its own.
func paragraph(s string) string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if line = escape(line); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n\n")
}

// code shows text as it is, in a fence that it does not hold (CommonMark 6.1).
func code(s string) string {
	s = strings.Join(strings.Fields(flow.Printable(s)), " ")
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if fence == "`" {
		return fence + s + fence
	}
	return fence + " " + s + " " + fence
}

// address shows an address as a link.
func address(s string) string {
	if strings.ContainsAny(s, "<> \t\r\n") {
		return code(s)
	}
	return "<" + s + ">"
}

var anyHeading = regexp.MustCompile(`^(#{1,6})(\s.*)$`)

// deeper moves the headings of a text so many levels down, to the sixth at most.
// What stands in fenced code is no heading.
func deeper(text string, levels int) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " ")
		switch {
		case fence != "":
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:3]
		default:
			if m := anyHeading.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
				line = strings.Repeat("#", min(len(m[1])+levels, 6)) + m[2] + "\n"
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

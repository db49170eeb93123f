package flopack

import (
	"strings"
	"unicode"

	"github.com/weirflow/weir/flow"
)

// commentWidth is where the lines of comments are broken, in characters.
const commentWidth = 90

// commentLines writes text as lines of a comment. Lines keep their breaks, and
// long ones are broken between words.
func commentLines(text string) []string {
	var out []string
	for _, l := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		l = strings.TrimRightFunc(strings.Map(visible, l), unicode.IsSpace)
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		if len(indent) > 8 {
			indent = indent[:8]
		}
		row := indent
		for _, w := range strings.Fields(l) {
			if row != indent && len(row)+1+len(w) > commentWidth {
				out = append(out, "# "+row)
				row = indent
			}
			if row != indent {
				row += " "
			}
			row += w
		}
		if strings.TrimSpace(row) == "" {
			if len(out) > 0 && out[len(out)-1] != "#" {
				out = append(out, "#")
			}
			continue
		}
		out = append(out, "# "+row)
	}
	for len(out) > 0 && out[len(out)-1] == "#" {
		out = out[:len(out)-1]
	}
	return out
}

// visible drops characters that files cannot hold as they are: those that show
// nothing, or turn the direction of what follows.
func visible(r rune) rune {
	switch {
	case r == '\t' || unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

// typeNode writes a type.
func typeNode(t flow.Type) string {
	t.Fields = nil
	return t.String()
}

// Package diag prints the problems of a connector's source for people.
package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Shown is how many problems are printed; the rest is counted.
const Shown = 100

// columns is the width to which source lines are cut.
const columns = 100

// tab is the distance of tab stops.
const tab = 4

// Render prints problems in order: place, severity, code and message on one
// line, then the source line with a caret under the place, then the fix. Lines
// come from files, or from the problems themselves where a file is not among
// them. Characters that would change how the output looks are made visible.
func Render(w io.Writer, d flow.Diagnostics, files []source.File) error {
	sorted := append(flow.Diagnostics(nil), d...)
	sorted.Sort()
	source.AddLines(sorted, files)
	var b strings.Builder
	for i := range sorted[:min(len(sorted), Shown)] {
		one(&b, &sorted[i])
	}
	if n := len(sorted) - Shown; n > 0 {
		fmt.Fprintf(&b, "and %d more\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func one(b *strings.Builder, d *flow.Diagnostic) {
	if d.Pos.IsValid() || d.Pos.File != "" {
		b.WriteString(safe(d.Pos.String()) + ": ")
	}
	code := string(d.Code)
	if v := d.Code.Vendor(); v != "" {
		code += " (" + v + ")"
	}
	fmt.Fprintf(b, "%s: %s: %s\n", d.Severity, code, safe(d.Msg))
	if d.Line != "" && d.Pos.IsValid() {
		line, caret := excerpt(d.Line, d.Pos.Col)
		fmt.Fprintf(b, "  %s\n  %s^\n", line, strings.Repeat(" ", caret))
	}
	if d.Fix != "" {
		fmt.Fprintf(b, "  fix: %s\n", safe(d.Fix))
	}
}

// excerpt returns what to show of a line and how many columns stand before the
// character at col (from 1) in it. Long lines are cut on both sides.
func excerpt(line string, col int) (shown string, caret int) {
	var cells []cell
	at := 0
	for i, r := range []rune(line) {
		if i == col-1 {
			caret = at
		}
		c := cellOf(r, at)
		cells = append(cells, c)
		at += c.width
	}
	if n := len(cells); col > n {
		caret = at
	}
	if at <= columns {
		return join(cells), caret
	}
	// Keep two thirds of the room before the place.
	from := max(0, min(caret-columns*2/3, at-columns))
	var out []cell
	at = 0
	for _, c := range cells {
		if at >= from && at+c.width <= from+columns {
			out = append(out, c)
		} else if at < from && at+c.width > from {
			from = at + c.width // half of a wide character
		}
		at += c.width
	}
	head := ""
	if from > 0 {
		head = "…"
	}
	tail := ""
	if from+columns < at {
		tail = "…"
	}
	return head + join(out) + tail, caret - from + len([]rune(head))
}

// cell is one character as it is shown.
type cell struct {
	text  string
	width int
}

func join(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}

func cellOf(r rune, at int) cell {
	switch {
	case r == '\t':
		n := tab - at%tab
		return cell{strings.Repeat(" ", n), n}
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
		return cell{string(r), 0}
	case !unicode.IsPrint(r):
		return cell{"\uFFFD", 1}
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return cell{string(r), 2}
	}
	return cell{string(r), 1}
}

// safe replaces characters that are not printable, line ends included.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

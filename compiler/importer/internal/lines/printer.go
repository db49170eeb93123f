// Package lines prints the reports of importers for people.
package lines

import (
	"fmt"
	"io"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Printer collects the lines of a report.
type Printer struct{ b strings.Builder }

// Line prints a line. Names of what is imported may be anything, so what would
// move a cursor is made visible.
func (p *Printer) Line(format string, args ...any) {
	p.b.WriteString(strings.TrimRight(flow.Printable(fmt.Sprintf(format, args...)), " "))
	p.b.WriteByte('\n')
}

// Heading prints what stands above the lines that follow.
func (p *Printer) Heading(s string) { p.b.WriteString("\n" + s + "\n") }

// WriteTo implements io.WriterTo.
func (p *Printer) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, p.b.String())
	return int64(n), err
}

// Counted writes a number of things.
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

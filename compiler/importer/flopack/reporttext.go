package flopack

import (
	"fmt"
	"io"
	"strings"

	"github.com/weirflow/weir/flow"
)

// WriteText prints the report for people: what was made, what became of the
// cards of each flow, and what was lost.
func (r *Report) WriteText(w io.Writer) error {
	t := &textReport{}
	t.line("%s: %s, version %s of the format", r.File, r.Name, r.Version)
	added := 0
	for i := range r.Flows {
		if r.Flows[i].Added != "" {
			added++
		}
	}
	t.line("connector %s: %s, %d bytes", r.Connector, counted(len(r.Flows), "flow"), r.Bytes)
	t.heading("flows")
	for i := range r.Flows {
		t.flow(&r.Flows[i])
	}
	if len(r.Connections) > 0 {
		t.heading("connections to choose")
		for _, c := range r.Connections {
			t.line("  %s: %s, of %s, used by %s", c.Slot, c.Name, c.Connector, counted(c.Uses, "card"))
		}
	}
	if len(r.Tables) > 0 {
		t.heading("tables")
		for _, x := range r.Tables {
			t.line("  %s: %s, %s", x.Table, x.Name, counted(x.Columns, "column"))
		}
	}
	if len(r.Cards) > 0 {
		t.heading("cards of other connectors")
		for _, c := range r.Cards {
			t.line("  %s: used by %s", c.Card, counted(c.Uses, "card"))
		}
	}
	if len(r.Findings) > 0 {
		t.heading("losses and doubts")
		for i := range r.Findings {
			t.finding(&r.Findings[i])
		}
		if r.Unlisted > 0 {
			t.line("and %d more", r.Unlisted)
		}
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

type textReport struct{ b strings.Builder }

// line prints a line. Names of an export may be anything, so what would move a
// cursor is made visible.
func (t *textReport) line(format string, args ...any) {
	t.b.WriteString(strings.TrimRight(flow.Printable(fmt.Sprintf(format, args...)), " "))
	t.b.WriteByte('\n')
}

func (t *textReport) heading(s string) { t.b.WriteString("\n" + s + "\n") }

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// flow prints what became of a flow: how many cards became what.
func (t *textReport) flow(f *FlowReport) {
	switch {
	case f.Added != "":
		t.line("  %s: added; it %s", f.Flow, f.Added)
		return
	case f.Missing:
		t.line("  %s: %s, which the export does not hold", f.Flow, f.Name)
		return
	}
	t.line("  %s: %s, of type %s, %s", f.Flow, f.Name, f.Type, counted(len(f.Cards), "card"))
	count := map[string]int{}
	var order []string
	for _, c := range f.Cards {
		if count[c.Became]++; count[c.Became] == 1 {
			order = append(order, c.Became)
		}
	}
	var parts []string
	for _, k := range order {
		if n := count[k]; n > 1 {
			k = fmt.Sprintf("%s (%d)", k, n)
		}
		parts = append(parts, k)
	}
	if len(parts) > 0 {
		t.line("    %s", strings.Join(parts, ", "))
	}
}

func (t *textReport) finding(f *Finding) {
	about := ""
	if f.Flow != "" {
		about = f.Flow + ": "
	}
	if f.Card != "" {
		about += f.Card + ": "
	}
	times := ""
	if f.Count > 1 {
		times = fmt.Sprintf(" (%d times)", f.Count)
	}
	t.line("  %s: %s: %s: %s%s%s (#%s)", f.Pos(), f.Severity, f.Code, about, f.Message, times, f.Pointer)
}

package flopack

import (
	"fmt"
	"io"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/lines"
)

// WriteText prints the report for people: what was made, what became of the
// cards of each flow, and what was lost.
func (r *Report) WriteText(w io.Writer) error {
	t := &textReport{}
	t.Line("%s: %s, version %s of the format", r.File, r.Name, r.Version)
	t.Line("connector %s: %s, %d bytes", r.Connector, lines.Counted(len(r.Flows), "flow"), r.Bytes)
	t.Heading("flows")
	for i := range r.Flows {
		t.flow(&r.Flows[i])
	}
	if len(r.Connections) > 0 {
		t.Heading("connections to choose")
		for _, c := range r.Connections {
			t.Line("  %s: %s, of %s, used by %s", c.Slot, c.Name, c.Connector, lines.Counted(c.Uses, "card"))
		}
	}
	if len(r.Tables) > 0 {
		t.Heading("tables")
		for _, x := range r.Tables {
			t.Line("  %s: %s, %s", x.Table, x.Name, lines.Counted(x.Columns, "column"))
		}
	}
	if len(r.Cards) > 0 {
		t.Heading("cards of other connectors")
		for _, c := range r.Cards {
			t.Line("  %s: used by %s", c.Card, lines.Counted(c.Uses, "card"))
		}
	}
	if len(r.Findings) > 0 {
		t.Heading("losses and doubts")
		for i := range r.Findings {
			t.finding(&r.Findings[i])
		}
		if r.Unlisted > 0 {
			t.Line("and %d more", r.Unlisted)
		}
	}
	_, err := t.WriteTo(w)
	return err
}

// textReport is a report under way.
type textReport struct{ lines.Printer }

// flow prints what became of a flow: how many cards became what.
func (t *textReport) flow(f *FlowReport) {
	switch {
	case f.Added != "":
		t.Line("  %s: added; it %s", f.Flow, f.Added)
		return
	case f.Missing:
		t.Line("  %s: %s, which the export does not hold", f.Flow, f.Name)
		return
	}
	t.Line("  %s: %s, of type %s, %s", f.Flow, f.Name, f.Type, lines.Counted(len(f.Cards), "card"))
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
		t.Line("    %s", strings.Join(parts, ", "))
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
	t.Line("  %s: %s: %s: %s%s%s (#%s)", f.Pos(), f.Severity, f.Code, about, f.Message, times, f.Pointer)
}

package openapi

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/lines"
)

// WriteText prints the report for people: what was made, what became of each
// operation with its parameters and of each security scheme, and what was lost.
func (r *Report) WriteText(w io.Writer) error {
	t := &textReport{}
	t.Line("%s: %s, OpenAPI %s", r.File, r.named(), r.OpenAPI)
	imported := 0
	for i := range r.Actions {
		if r.Actions[i].Outcome == Imported {
			imported++
		}
	}
	t.Line("%s, %d selected, %d imported, %d left out", lines.Counted(r.Operations, "operation"), r.Selected, imported, r.Selected-imported)
	t.Heading("connectors")
	for _, c := range r.Connectors {
		t.Line("  %s: %s, %s, %d bytes", c.Key, c.Name, lines.Counted(c.Flows, "flow"), c.Bytes)
	}
	t.Heading("operations")
	for i := range r.Actions {
		t.operation(&r.Actions[i], len(r.Connectors) > 1)
	}
	if len(r.Schemes) > 0 {
		t.Heading("authentication")
		for _, s := range r.Schemes {
			t.Line("  %s (%s): %s", s.Scheme, cmp.Or(s.Type, "not in the document"), outcome(s.Outcome, s.Auth))
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

// named is the document's own title and version.
func (r *Report) named() string {
	return strings.TrimSpace(cmp.Or(r.Title, "untitled") + " " + r.Version)
}

// textReport is a report under way.
type textReport struct{ lines.Printer }

func outcome(what, became string) string {
	if became == "" {
		return what
	}
	return became
}

// operation prints what became of an operation and its parameters.
func (t *textReport) operation(o *OperationReport, several bool) {
	if o.Outcome != Imported {
		t.Line("  %s: %s", o.Operation, o.Outcome)
		return
	}
	name := o.Flow
	if several {
		name = o.Connector + "/" + name
	}
	t.Line("  %s: %s, %s", o.Operation, name, o.Name)
	place := ""
	var b strings.Builder
	for _, p := range o.Inputs {
		if p.In != place {
			place = p.In
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(p.In + " ")
		} else {
			b.WriteString(", ")
		}
		switch {
		case p.Name == "":
			b.WriteString("as " + p.Input)
		case p.Outcome != Imported:
			b.WriteString(p.Name + " (left out)")
		case p.Input == "":
			b.WriteString(p.Name + " (not asked for)")
		case p.Input == p.Name:
			b.WriteString(p.Name)
		default:
			b.WriteString(p.Name + " as " + p.Input)
		}
	}
	if b.Len() > 0 {
		t.Line("    %s", b.String())
	}
	detail := ""
	if o.Body != "" {
		detail += "sends " + o.Body + ", "
	}
	if o.Response != "" {
		detail += "answers " + o.Response + ", "
	}
	if o.Pages != "" {
		detail += "pages by " + o.Pages + ", "
	}
	if detail != "" {
		t.Line("    %s", strings.TrimSuffix(detail, ", "))
	}
}

func (t *textReport) finding(f *Finding) {
	about := ""
	if f.Operation != "" {
		about = f.Operation + ": "
	}
	times := ""
	if f.Count > 1 {
		times = fmt.Sprintf(" (%d times)", f.Count)
	}
	t.Line("  %s: %s: %s: %s%s%s (#%s)", f.Pos(), f.Severity, f.Code, about, f.Message, times, f.Pointer)
}

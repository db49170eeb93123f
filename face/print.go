package face

import (
	"fmt"
	"io"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Print writes the card as text, for terminals. Nothing in it can move a cursor.
func (c *Card) Print(w io.Writer) error {
	p := &printer{}
	p.line(0, "%s: %s", c.Connector, c.Title)
	if c.Description != "" {
		p.line(0, "%s", c.Description)
	}
	if len(c.Options) > 0 {
		p.line(0, "")
		p.line(0, "Options")
		p.fields(c.Options)
	}
	p.groups("Inputs", c.Inputs, p.fields)
	p.groups("Outputs", c.Outputs, p.outputs)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// Print writes the dialog as text, for terminals.
func (d *Dialog) Print(w io.Writer) error {
	p := &printer{}
	p.line(0, "New Connection: %s", d.Title)
	p.fields(d.Fields)
	if len(d.Scopes) > 0 {
		p.line(0, "")
		p.line(0, "Permissions")
		for _, s := range d.Scopes {
			mark := " "
			if s.Checked {
				mark = "x"
			}
			note := ""
			if s.Disabled {
				note = "  (required)"
			}
			p.line(1, "[%s] %s%s", mark, s.Label, note)
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

type printer struct{ b strings.Builder }

func (p *printer) line(indent int, format string, args ...any) {
	p.b.WriteString(strings.Repeat("  ", indent) + flow.Printable(fmt.Sprintf(format, args...)) + "\n")
}

func (p *printer) groups(what string, groups []Group, fields func([]Field)) {
	for _, g := range groups {
		title := g.Title
		if title == "" {
			title = what
		} else {
			title = what + ": " + title
		}
		p.line(0, "")
		p.line(0, "%s", title)
		fields(g.Fields)
		if g.Extensible != "" {
			p.line(1, "+ add a field")
		}
	}
}

// outputs prints what a card gives: nothing is filled in there.
func (p *printer) outputs(fields []Field) {
	for _, f := range fields {
		note := ""
		if f.Note != "" {
			note = "  (" + f.Note + ")"
		}
		p.line(1, "%s  %s%s", f.Label, f.Type, note)
	}
}

func (p *printer) fields(fields []Field) {
	for _, f := range fields {
		mark := ""
		if f.Required {
			mark = " *"
		}
		shown := "[        ]"
		switch f.Widget {
		case WidgetPassword:
			shown = "[••••••••]"
		case WidgetDropdown:
			shown = "[Choose an option... v]"
		case WidgetDynamic:
			shown = "[...]"
		}
		if f.Value != "" {
			shown = "[" + f.Value + "]"
			for _, r := range f.Choices {
				if r.Value == f.Value {
					shown = "[" + r.Label + " v]"
				}
			}
		}
		note := ""
		if f.Note != "" {
			note = "  (" + f.Note + ")"
		}
		p.line(1, "%s%s  %s  %s%s", f.Label, mark, shown, f.Type, note)
		if f.Doc != "" {
			p.line(2, "%s", f.Doc)
		}
		for _, r := range f.Choices {
			if r.Label == r.Value {
				p.line(2, "- %s", r.Label)
			} else {
				p.line(2, "- %s (%s)", r.Label, r.Value)
			}
		}
	}
}

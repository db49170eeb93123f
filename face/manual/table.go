package manual

import (
	"strings"

	"github.com/weirflow/weir/face"
)

// groups writes the fields of inputs or outputs, group by group.
func groups(p *page, title string, list []face.Group, labels map[string]string, inputs bool) {
	if len(list) == 0 {
		return
	}
	p.heading(2, title)
	for i, g := range list {
		if g.Title != "" {
			p.heading(3, g.Title)
		} else if i > 0 {
			p.heading(3, "Further "+strings.ToLower(title))
		}
		if len(g.Fields) > 0 {
			table(p, g.Fields, labels, inputs)
		}
		if g.Extensible != "" {
			if len(g.Fields) > 0 {
				p.line("")
			}
			p.line("You can add fields of your own to this group.")
		}
	}
}

// table writes fields with their label, definition, type and, for what is given,
// whether they are required, and then the choices of each dropdown.
func table(p *page, fields []face.Field, labels map[string]string, inputs bool) {
	if inputs {
		p.line("| Label | Definition | Type | Required |\n|---|---|---|---|")
	} else {
		p.line("| Label | Definition | Type |\n|---|---|---|")
	}
	for i := range fields {
		f := &fields[i]
		row := "| " + cell(f.Label) + " | " + cell(definition(f, labels)) + " | " + cell(f.Type) + " |"
		if inputs {
			row += " " + yes(f.Required) + " |"
		}
		p.line("%s", row)
	}
	for i := range fields {
		choices(p, &fields[i])
	}
}

func yes(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// definition is what a field means, with what the face knows beside it.
func definition(f *face.Field, labels map[string]string) string {
	parts := []string{f.Doc}
	var on []string
	for _, key := range f.DependsOn {
		name := labels[key]
		if name == "" {
			name = key
		}
		on = append(on, name)
	}
	switch {
	case f.Widget == face.WidgetDynamic && len(on) > 0:
		parts = append(parts, "Fields that depend on "+strings.Join(on, ", ")+".")
	case f.Widget == face.WidgetDynamic:
		parts = append(parts, "Fields that are read from the service.")
	case f.Note != "" && len(on) > 0:
		parts = append(parts, "The choices depend on "+strings.Join(on, ", ")+".")
	case f.Note != "":
		parts = append(parts, "The choices are read from the service.")
	}
	if f.Value != "" && len(f.Choices) == 0 {
		parts = append(parts, "Default: "+f.Value+".")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// choices lists the rows of a dropdown.
func choices(p *page, f *face.Field) {
	if len(f.Choices) == 0 {
		return
	}
	p.line("\nChoices of %s:\n", escape(f.Label))
	for _, r := range f.Choices {
		mark := ""
		if r.Value == f.Value {
			mark = " (default)"
		}
		if r.Label == "" {
			r.Label = r.Value
		}
		p.line("- %s%s", escape(r.Label), mark)
	}
}

package doc

import (
	"fmt"
	"strings"

	"github.com/weirflow/weir/compiler"
)

// ConstructView is a construct, or a way in which flows begin, as JSON.
type ConstructView struct {
	Key       string      `json:"key"`
	VendorKey []string    `json:"vendorKey"`
	Title     string      `json:"title"`
	Category  string      `json:"category"`
	Kind      string      `json:"kind"` // "construct" or "event"
	Doc       string      `json:"doc"`
	Fields    []FieldView `json:"fields,omitempty"`
	Notes     []NoteView  `json:"notes,omitempty"`
}

// FieldView is a field of a construct as JSON.
type FieldView struct {
	Key      string `json:"key"`
	Holds    string `json:"holds"`
	Required bool   `json:"required,omitempty"`
	Doc      string `json:"doc"`
}

// ViewConstruct returns a construct as JSON shows it.
func ViewConstruct(c compiler.Construct) ConstructView {
	v := ConstructView{
		Key: c.Key, VendorKey: append([]string{}, c.Aliases...), Title: c.Title, Category: c.Category, Kind: "construct", Doc: c.Doc, Notes: notes(c.Notes()),
	}
	for _, f := range c.Fields {
		v.Fields = append(v.Fields, FieldView{f.Key, string(f.Holds), f.Required, f.Doc})
	}
	return v
}

// ViewEvent returns a way in which flows begin as JSON shows it.
func ViewEvent(e compiler.Event) ConstructView {
	return ConstructView{
		Key: e.Key, VendorKey: append([]string{}, e.Aliases...), Title: e.Title, Category: e.Category, Kind: "event", Doc: e.Doc, Notes: notes(e.Notes()),
	}
}

// Construct returns a construct's documentation as Markdown.
func Construct(c compiler.Construct) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n`%s`, a construct%s\n\n%s\n", c.Title, c.Key, vendorText(c.Aliases), c.Doc)
	if len(c.Fields) > 0 {
		b.WriteString("\n| Field | Holds | | Meaning |\n|---|---|---|---|\n")
		for _, f := range c.Fields {
			required := ""
			if f.Required {
				required = "required"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Key, holdsText(f.Holds), required, cell(f.Doc))
		}
	}
	b.WriteString(noteText(c.Notes()))
	return b.String()
}

// Event returns the documentation of a way in which flows begin as Markdown.
func Event(e compiler.Event) string {
	return fmt.Sprintf("### %s\n\n`type: %s`, a way in which flows begin%s\n\n%s\n%s", e.Title, e.Key, vendorText(e.Aliases), e.Doc, noteText(e.Notes()))
}

func vendorText(aliases []string) string {
	if len(aliases) == 0 {
		return ""
	}
	return "; vendor key `" + strings.Join(aliases, "`, `") + "`"
}

// holdsText says in words what stands in a field.
func holdsText(h compiler.Holds) string {
	if h == compiler.HoldsBranchOuts {
		return "outputs with a value for each branch"
	}
	return string(h)
}

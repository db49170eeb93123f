// Package doc renders documentation from the definitions that the code itself
// reads: cards from the registry, limits from the engine, codes from package
// flow. Nothing in its output is written twice.
package doc

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Summary returns the first sentence of a card's documentation.
func Summary(doc string) string {
	if i := strings.Index(doc, ". "); i >= 0 {
		return doc[:i+1]
	}
	return doc
}

// CardView is a card as JSON.
type CardView struct {
	Key       string        `json:"key"`
	Version   int           `json:"version"`
	VendorKey []string      `json:"vendorKey"`
	Title     string        `json:"title"`
	Category  string        `json:"category"`
	Doc       string        `json:"doc"`
	Since     string        `json:"since"`
	Effect    string        `json:"effect"`
	Suspends  bool          `json:"suspends,omitempty"` // runs may be parked in it
	Cost      CostView      `json:"cost"`
	Inputs    []PortView    `json:"inputs"`
	Extra     *ExtraView    `json:"extraInputs,omitempty"`
	Outputs   []PortView    `json:"outputs"`
	Errors    []flow.Code   `json:"errors"`
	Notes     []NoteView    `json:"notes,omitempty"`
	Examples  []ExampleView `json:"examples"`
}

// CostView is a price as JSON.
type CostView struct {
	Base    int64   `json:"base"`
	PerByte float64 `json:"perByte"`
	PerItem float64 `json:"perItem"`
}

// NoteView is a choice that the vendor's documents leave as JSON.
type NoteView struct {
	Topic  string `json:"topic"`
	Vendor string `json:"vendor"`
	Choice string `json:"choice"`
	Why    string `json:"why"`
}

// ExampleView is a worked call as JSON: in and out are objects, and an example
// that fails has the error's code instead of out.
type ExampleView struct {
	In    json.RawMessage `json:"in"`
	Out   json.RawMessage `json:"out,omitempty"`
	Error flow.Code       `json:"error,omitempty"`
	Note  string          `json:"note,omitempty"`
}

// PortView is an input or output as JSON.
type PortView struct {
	Key      string   `json:"key"`
	Group    string   `json:"group,omitempty"`
	Label    string   `json:"label,omitempty"`
	Doc      string   `json:"doc,omitempty"`
	Type     string   `json:"type"`
	Required bool     `json:"required,omitempty"`
	Default  string   `json:"default,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Secret   string   `json:"secret,omitempty"`
}

// ExtraView is a group of author-made inputs as JSON.
type ExtraView struct {
	Group string `json:"group,omitempty"`
	Doc   string `json:"doc"`
	Type  string `json:"type"`
}

// View returns a card as JSON shows it.
func View(c *flow.Card) CardView {
	v := CardView{
		Key: c.Key, Version: c.Ver(), VendorKey: append([]string{}, c.Aliases...), Title: c.Title, Category: c.Category,
		Doc: c.Doc, Since: c.Since, Effect: c.Effect.String(), Suspends: c.Suspends, Cost: CostView(c.Cost), Inputs: ports(c.In), Outputs: ports(c.Out),
		Errors: append([]flow.Code{}, c.Errors...), Notes: notes(c.Notes), Examples: []ExampleView{},
	}
	for _, ex := range c.Examples {
		v.Examples = append(v.Examples, ExampleView{json.RawMessage(ex.In), json.RawMessage(ex.Out), ex.Err, ex.Note})
	}
	if e := c.Extra; e != nil {
		v.Extra = &ExtraView{e.Group, e.Doc, e.Type.String()}
	}
	return v
}

func notes(in []flow.Note) []NoteView {
	var out []NoteView
	for _, n := range in {
		out = append(out, NoteView(n))
	}
	return out
}

func ports(in []flow.Port) []PortView {
	out := []PortView{}
	for i := range in {
		p := &in[i]
		v := PortView{Key: p.Key, Group: p.Group, Label: p.Label, Doc: p.Doc, Type: p.Type.String(), Required: p.Required, Default: p.Default}
		for _, c := range p.Choices {
			v.Choices = append(v.Choices, c.Value)
		}
		switch p.Secret {
		case flow.SecretPass:
			v.Secret = "passes on"
		case flow.SecretSpend:
			v.Secret = "spends"
		}
		out = append(out, v)
	}
	return out
}

// Card returns a card's documentation as Markdown.
func Card(c *flow.Card) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("### %s\n\n`%s` version %d, %s", c.Title, c.Key, c.Ver(), c.Effect)
	if c.Suspends {
		p(", may suspend the run")
	}
	if len(c.Aliases) > 0 {
		p("; vendor key `%s`", strings.Join(c.Aliases, "`, `"))
	}
	p("; since %s\n\n%s\n\n", c.Since, c.Doc)
	if len(c.In) > 0 || c.Extra != nil {
		p("| Input | Type | Default | Meaning |\n|---|---|---|---|\n")
		for i := range c.In {
			p("%s", inputRow(&c.In[i]))
		}
		if e := c.Extra; e != nil {
			p("| %s | %s | | %s |\n", qualified(e.Group, "…"), e.Type, cell(e.Doc))
		}
		p("\n")
	}
	if len(c.Out) > 0 {
		p("| Output | Type | Meaning |\n|---|---|---|\n")
		for i := range c.Out {
			o := &c.Out[i]
			p("| %s | %s | %s |\n", qualified(o.Group, o.Key), o.Type, cell(o.Doc))
		}
		p("\n")
	}
	p("Cost: %s.\n", costText(c.Cost))
	if len(c.Errors) > 0 {
		codes := make([]string, len(c.Errors))
		for i, e := range c.Errors {
			codes[i] = "`" + string(e) + "`"
		}
		p("Errors: %s.\n", strings.Join(codes, ", "))
	} else {
		p("Errors: none.\n")
	}
	p("%s\n", noteText(c.Notes))
	for _, ex := range c.Examples {
		if ex.Err != "" {
			p("- `%s` → error `%s`", ex.In, ex.Err)
		} else {
			p("- `%s` → `%s`", ex.In, ex.Out)
		}
		if ex.Note != "" {
			p(" (%s)", ex.Note)
		}
		p("\n")
	}
	return b.String()
}

// noteText lists the choices, each with its reason.
func noteText(notes []flow.Note) string {
	var b strings.Builder
	for _, n := range notes {
		fmt.Fprintf(&b, "\nNote on %s: %s (%s).\n", n.Topic, strings.TrimSuffix(n.Choice, "."), strings.TrimSuffix(n.Why, "."))
	}
	return b.String()
}

func inputRow(p *flow.Port) string {
	def := ""
	switch {
	case p.Required && p.Default == "":
		def = "required"
	case p.Default != "":
		def = "`" + p.Default + "`"
	}
	doc := p.Doc
	if len(p.Choices) > 0 {
		var choices []string
		for _, c := range p.Choices {
			choices = append(choices, "`"+c.Value+"`")
		}
		doc += " One of " + strings.Join(choices, ", ") + "."
	}
	switch p.Secret {
	case flow.SecretPass:
		doc += " Takes secrets; the result is then secret."
	case flow.SecretSpend:
		doc += " Takes secrets."
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", qualified(p.Group, p.Key), p.Type, def, cell(doc))
}

func qualified(group, key string) string {
	if group == "" {
		return "`" + key + "`"
	}
	return "`" + group + "` / `" + key + "`"
}

// cell escapes what would end a table cell.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }

func costText(c flow.Cost) string {
	s := strconv.FormatInt(c.Base, 10) + " fuel"
	if c.PerByte > 0 {
		s += ", " + strconv.FormatFloat(c.PerByte, 'g', -1, 64) + " for each byte of inputs and result"
	}
	if c.PerItem > 0 {
		s += ", " + strconv.FormatFloat(c.PerItem, 'g', -1, 64) + " for each item or member of inputs"
	}
	return s
}

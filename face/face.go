package face

import (
	"context"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Card is an action or event as its user sees it.
type Card struct {
	Key         string `json:"key"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Type        string `json:"type"` // action, webhook or polling
	Connector   string `json:"connector"`
	Color       string `json:"color,omitempty"`
	Icon        string `json:"icon,omitempty"` // file of the connector
	Docs        string `json:"docs,omitempty"`
	Support     string `json:"support,omitempty"`
	// Options are shown folded up; the other groups follow.
	Options []Field `json:"options,omitempty"`
	Inputs  []Group `json:"inputs,omitempty"`
	Outputs []Group `json:"outputs,omitempty"`
}

// Dialog is what is asked when a connection is made.
type Dialog struct {
	Auth   string  `json:"auth"` // key
	Title  string  `json:"title"`
	Type   string  `json:"type"`
	Fields []Field `json:"fields"`
	// Scopes stand on a page of their own, Permissions.
	Scopes []ScopeRow `json:"scopes,omitempty"`
}

// ScopeRow is one scope of the permissions page.
type ScopeRow struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Checked  bool   `json:"checked"`
	Disabled bool   `json:"disabled,omitempty"` // cannot be unchecked
}

// Group is fields under one heading. Title is "" for fields without one.
type Group struct {
	Title string `json:"title,omitempty"`
	// Extensible names the object input that fields which people add go to; ""
	// where none can be added.
	Extensible string  `json:"extensible,omitempty"`
	Fields     []Field `json:"fields"`
}

// The widgets of fields.
const (
	WidgetText     = "text"
	WidgetPassword = "password"
	WidgetDropdown = "dropdown"
	WidgetLabel    = "label"       // shown for copying
	WidgetDynamic  = "placeholder" // stands for what is not computed yet
)

// Field is one field of a dialog or card.
type Field struct {
	Key      string `json:"key"`
	Label    string `json:"label"`
	Doc      string `json:"doc,omitempty"`
	Type     string `json:"type"` // "Text", "List of Object", ...
	Required bool   `json:"required,omitempty"`
	Widget   string `json:"widget"`
	Value    string `json:"value,omitempty"`   // chosen or fixed at the start, printed
	Choices  []Row  `json:"choices,omitempty"` // of a dropdown
	// Object is the key of the input or output that the field is a member of; ""
	// for fields that are inputs or outputs themselves.
	Object string `json:"object,omitempty"`
	// DependsOn are the options whose change computes the field anew.
	DependsOn []string `json:"dependsOn,omitempty"`
	// Note says why a placeholder stands here, or why what was chosen does not.
	Note string `json:"note,omitempty"`
}

// Row is one row of a dropdown.
type Row struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// MaxRows is the number of rows, and of fields of one group, that a helper may
// give: more than people scroll through. What is beyond is face.result.
const MaxRows = 1000

// Evaluator runs a helper flow that computes a part of a face: flow is its key,
// in an object of its inputs. It returns the flow's outputs.
type Evaluator func(ctx context.Context, flowKey string, in flow.Value) (flow.Value, error)

// Options are how a card is looked at.
type Options struct {
	// Values are the options chosen so far. One that is not among its choices, or
	// not any more, counts as not chosen, and a note says so. Default: those that the
	// card chooses itself.
	Values map[string]string
	// Evaluate computes dynamic parts. Default: nobody, so that they are placeholders.
	Evaluate Evaluator
}

// Cards lists the keys of the flows that people see as cards.
func Cards(m *flow.Manifest) []string {
	var out []string
	for i := range m.Flows {
		if public(&m.Flows[i]) {
			out = append(out, m.Flows[i].Key)
		}
	}
	return out
}

func public(f *flow.FlowInfo) bool {
	return slices.Contains([]string{flow.FlowAction, flow.FlowWebhook, flow.FlowPolling}, f.Type)
}

// maxKnown bounds how many cards an error names.
const maxKnown = 20

// OfCard returns a card of a module.
//
// Errors: run.flow for a flow that is no card; face.result for a helper that
// gave something else than its contract says; and whatever evaluating fails with.
func OfCard(ctx context.Context, m *flow.Manifest, key string, opt Options) (*Card, error) {
	f, _ := m.Flow(key)
	if f == nil || !public(f) {
		e := flow.Errorf(flow.CodeRunFlow, "the module has no card %s", flow.Excerpt(key))
		if known := Cards(m); len(known) > 0 && len(known) <= maxKnown {
			return nil, e.WithFix("it has %s", strings.Join(known, ", "))
		}
		return nil, e
	}
	c := &Card{Key: f.Key, Title: f.Name, Description: f.Description, Type: f.Type, Connector: m.Name,
		Color: m.Branding.Color, Docs: m.Branding.Docs, Support: m.Branding.Support}
	if m.Branding.Icon != nil {
		c.Icon = m.Branding.Icon.File
	}
	b := builder{ctx: ctx, opt: opt, options: f.Options, chosen: map[string]string{}}
	var err error
	if c.Options, err = b.chooseAll(); err != nil {
		return nil, err
	}
	if f.Type == flow.FlowAction { // what an event gets comes from the platform
		if c.Inputs, err = b.groups(f.In, true); err != nil {
			return nil, err
		}
	}
	outputs := f.Out
	if f.Type == flow.FlowPolling {
		outputs = f.Record
	}
	c.Outputs, err = b.groups(outputs, false)
	return c, err
}

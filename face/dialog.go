package face

import (
	"cmp"
	"context"

	"github.com/weirflow/weir/flow"
)

// Generated stands for config values that a helper flow computes when the
// connection is made.
const Generated = "Dynamically generated"

// OfAuth returns the dialog in which a connection is made. The config values
// that helper flows compute are evaluated where evaluate is not nil.
func OfAuth(ctx context.Context, a *flow.Auth, evaluate Evaluator) (*Dialog, error) {
	d := &Dialog{Auth: a.Key, Title: a.Name, Type: a.Type}
	add := func(key, label, doc, widget string, required bool) {
		d.Fields = append(d.Fields, Field{Key: key, Label: label, Doc: doc, Type: "Text", Required: required, Widget: widget})
	}
	add("name", "Name", "", WidgetText, true)
	add("description", "Description", "", WidgetText, false)
	if o := a.OAuth2; o != nil {
		for _, s := range o.Scopes {
			d.Scopes = append(d.Scopes, ScopeRow{Name: s.Name, Label: cmp.Or(s.Label, s.Name), Checked: true, Disabled: s.Required || !o.CustomizeScopes})
		}
	}
	for _, p := range a.Asks() {
		if p.Installation {
			continue
		}
		f := Field{Key: p.Key, Label: p.Label, Doc: p.Doc, Type: "Text", Required: true, Widget: p.Type}
		for _, o := range p.Options {
			if o.Default {
				f.Value = o.Value
			}
		}
		f.Choices = rows(p.Options)
		if len(f.Choices) == 0 {
			f.Choices = nil
		}
		d.Fields = append(d.Fields, f)
	}
	for _, c := range a.Config {
		if c.Hidden {
			continue
		}
		f := Field{Key: c.Key, Label: flow.LabelOf(c.Label, c.Key), Type: "Text", Widget: WidgetLabel, Value: c.Value}
		switch {
		case c.Flow != "" && evaluate == nil:
			f.Value, f.Note = Generated, "computed by the flow "+c.Flow
		case c.Flow != "":
			v, err := evaluate(ctx, c.Flow, flow.Members())
			if err != nil {
				return nil, err
			}
			if only := one(v); only.Kind() == flow.KindText {
				f.Value = only.Text()
			} else {
				return nil, flow.Errorf(flow.CodeFaceResult, "the flow %q gave a %s for the config value %q, and it must give a text", c.Flow, only.Kind(), c.Key)
			}
		}
		if c.Type == flow.ParamPassword {
			f.Value = "" // shown masked, with a button to copy it
			f.Widget = WidgetPassword
		}
		d.Fields = append(d.Fields, f)
	}
	return d, nil
}

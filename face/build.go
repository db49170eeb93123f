package face

import (
	"context"
	"slices"

	"github.com/weirflow/weir/flow"
)

// builder works out one card.
type builder struct {
	ctx     context.Context
	opt     Options
	options []flow.FieldInfo
	chosen  map[string]string // options with a value
}

// typeName prints a type as people read it.
func typeName(t flow.Type) string {
	if t.List {
		return "List of " + t.Title()
	}
	return t.Title()
}

func plain(f *flow.FieldInfo) Field {
	out := Field{Key: f.Key, Label: flow.LabelOf(f.Label, f.Key), Doc: f.Doc, Type: typeName(f.Type), Required: f.Required, Widget: WidgetText}
	if f.Default != nil {
		out.Value = f.Default.String()
		if f.Default.Kind() == flow.KindText {
			out.Value = f.Default.Text()
		}
	}
	return out
}

// rows lists the rows of a static dropdown.
func rows(list []flow.OptionRow) []Row {
	out := make([]Row, len(list))
	for i, r := range list {
		out[i] = Row{r.Label, r.Value}
	}
	return out
}

// chooseAll works out all options: each behind those that it depends on, which
// may stand behind it. Where they depend on each other in a circle, as no
// compiled card does, the first is worked out as if the others were not chosen.
func (b *builder) chooseAll() ([]Field, error) {
	out := make([]Field, len(b.options))
	begun := make([]bool, len(b.options))
	var work func(i int) error
	work = func(i int) (err error) {
		if begun[i] {
			return nil
		}
		begun[i] = true
		f := &b.options[i]
		if f.ChoicesFrom != nil {
			for _, key := range depends(f.ChoicesFrom) {
				if j := b.optionAt(key); j >= 0 {
					if err := work(j); err != nil {
						return err
					}
				}
			}
		}
		out[i], err = b.option(f)
		return err
	}
	for i := range b.options {
		if err := work(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *builder) optionAt(key string) int {
	return slices.IndexFunc(b.options, func(f flow.FieldInfo) bool { return f.Key == key })
}

// option works out an option: it must come after those it depends on.
func (b *builder) option(f *flow.FieldInfo) (Field, error) {
	out, err := b.field(f)
	if err != nil {
		return out, err
	}
	if v, ok := b.opt.Values[f.Key]; ok {
		out.Value = v
	}
	// What was chosen before the options that decide about the choices have changed
	// must not be kept.
	if slices.ContainsFunc(out.DependsOn, func(key string) bool { return b.chosen[key] == "" }) {
		out.Value = ""
	}
	if out.Choices != nil && out.Value != "" && !slices.ContainsFunc(out.Choices, func(r Row) bool { return r.Value == out.Value }) {
		out.Note, out.Value = "there is no choice "+flow.Excerpt(out.Value), ""
	}
	if out.Value != "" {
		b.chosen[f.Key] = out.Value
	}
	return out, nil
}

// field works out a field with its dropdown.
func (b *builder) field(f *flow.FieldInfo) (Field, error) {
	out := plain(f)
	switch {
	case f.Choices != nil:
		out.Widget, out.Choices = WidgetDropdown, rows(f.Choices)
	case f.ChoicesFrom != nil:
		out.Widget, out.DependsOn = WidgetDropdown, depends(f.ChoicesFrom)
		v, why, err := b.evaluate(f.ChoicesFrom)
		if err != nil {
			return out, err
		}
		if why != "" {
			out.Note = why
			return out, nil
		}
		if out.Choices, err = dropdown(f.ChoicesFrom.Flow, v); err != nil {
			return out, err
		}
	}
	return out, nil
}

// groups sorts fields into groups, in the order in which each group first
// appears.
func (b *builder) groups(fields []flow.FieldInfo, inputs bool) ([]Group, error) {
	var out []Group
	at := func(title string) *Group {
		for i := range out {
			if out[i].Title == title {
				return &out[i]
			}
		}
		out = append(out, Group{Title: title})
		return &out[len(out)-1]
	}
	for i := range fields {
		f := &fields[i]
		switch {
		case f.GroupFrom != nil:
			g, err := b.dynamicGroup(f)
			if err != nil {
				return nil, err
			}
			out = append(out, g)
		case f.FieldsFrom != nil:
			list, err := b.dynamicFields(f, inputs)
			if err != nil {
				return nil, err
			}
			g := at(f.Group)
			g.Fields = append(g.Fields, list...)
		case f.Extensible && inputs && len(f.Fields) == 0:
			at(f.Group).Extensible = f.Key
		case len(f.Fields) > 0:
			g := at(f.Group)
			for j := range f.Fields {
				member := plain(&f.Fields[j])
				member.Object = f.Key
				g.Fields = append(g.Fields, member)
			}
			if f.Extensible {
				g.Extensible = f.Key
			}
		default:
			field, err := b.field(f)
			if err != nil {
				return nil, err
			}
			g := at(f.Group)
			g.Fields = append(g.Fields, field)
		}
	}
	return out, nil
}

// dynamicFields works out the fields that a helper describes, or a placeholder.
func (b *builder) dynamicFields(f *flow.FieldInfo, inputs bool) ([]Field, error) {
	v, why, err := b.evaluate(f.FieldsFrom)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return []Field{placeholder(f, f.FieldsFrom, why)}, nil
	}
	list, err := descriptors(f.FieldsFrom.Flow, one(v), f.Key, inputs)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].DependsOn = depends(f.FieldsFrom)
	}
	return list, nil
}

// dynamicGroup works out a group that a helper describes, or a placeholder in a
// group of its own.
func (b *builder) dynamicGroup(f *flow.FieldInfo) (Group, error) {
	v, why, err := b.evaluate(f.GroupFrom)
	if err != nil {
		return Group{}, err
	}
	if why != "" {
		return Group{Title: "Dynamic " + flow.LabelOf(f.Label, f.Key), Fields: []Field{placeholder(f, f.GroupFrom, why)}}, nil
	}
	if only := one(v); only.Kind() == flow.KindObject {
		v = only
	}
	name, _ := v.Object().Get("name")
	if name.Kind() != flow.KindText {
		return Group{}, flow.Errorf(flow.CodeFaceResult, "the flow %q describes a group without a name", f.GroupFrom.Flow)
	}
	fields, ok := v.Object().Get("fields")
	if !ok {
		fields, _ = v.Object().Get("attributes")
	}
	list, err := descriptors(f.GroupFrom.Flow, fields, f.Key, true)
	if err != nil {
		return Group{}, err
	}
	g := Group{Title: name.Text(), Fields: list}
	if ext, _ := v.Object().Get("extensible"); ext.Kind() == flow.KindBool && ext.Bool() {
		g.Extensible = f.Key
	}
	for i := range g.Fields {
		g.Fields[i].DependsOn = depends(f.GroupFrom)
	}
	return g, nil
}

func placeholder(f *flow.FieldInfo, d *flow.Dynamic, why string) Field {
	return Field{Key: f.Key, Label: "Dynamic " + flow.LabelOf(f.Label, f.Key), Type: typeName(f.Type), Widget: WidgetDynamic, DependsOn: depends(d), Note: why}
}

// depends lists the options that a dynamic part is given.
func depends(d *flow.Dynamic) []string {
	var out []string
	for _, a := range d.With {
		if a.Option != "" && !slices.Contains(out, a.Option) {
			out = append(out, a.Option)
		}
	}
	return out
}

// evaluate runs the helper of a dynamic part. why says, when it did not run,
// what is missing.
func (b *builder) evaluate(d *flow.Dynamic) (v flow.Value, why string, err error) {
	var in flow.ObjectBuilder
	for _, a := range d.With {
		switch {
		case a.Option == "" && a.Value != nil:
			in.Set(a.Input, *a.Value)
		case b.chosen[a.Option] == "":
			label := ""
			if i := b.optionAt(a.Option); i >= 0 {
				label = b.options[i].Label
			}
			return v, "choose " + flow.LabelOf(label, a.Option) + " first", nil
		default:
			in.Set(a.Input, flow.Text(b.chosen[a.Option]))
		}
	}
	if b.opt.Evaluate == nil {
		return v, "computed by the flow " + d.Flow, nil
	}
	v, err = b.opt.Evaluate(b.ctx, d.Flow, in.Value())
	return v, "", err
}

// one returns the single output of a helper.
func one(v flow.Value) flow.Value {
	o := v.Object()
	if o.Len() != 1 {
		return v
	}
	for _, only := range o.All() {
		return only
	}
	return v
}

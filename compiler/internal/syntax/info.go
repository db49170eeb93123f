package syntax

import "github.com/weirflow/weir/flow"

// FieldInfos returns declarations as manifests hold them.
func FieldInfos(fields []*Field) []flow.FieldInfo {
	var out []flow.FieldInfo
	for _, f := range fields {
		info := flow.FieldInfo{
			Key: f.Key.Text, Group: f.Group.Text, Label: f.Label.Text, Doc: f.Doc.Text,
			Type: f.Type, Required: f.Required,
		}
		if v, ok := Constant(f.Default); ok && f.Default != nil {
			if conv, err := flow.Convert(v, f.Type); err == nil {
				info.Default = &conv
			}
		}
		if f.Face != nil {
			f.Face.describe(&info)
		}
		out = append(out, info)
	}
	return out
}

// describe adds how a field is shown.
func (f *Face) describe(info *flow.FieldInfo) {
	for _, c := range f.Choices {
		info.Choices = append(info.Choices, flow.OptionRow{Label: c.Label.Text, Value: c.Value.Text, Default: c.Default})
	}
	info.ChoicesFrom, info.FieldsFrom, info.GroupFrom = f.ChoicesFrom.Info(), f.FieldsFrom.Info(), f.GroupFrom.Info()
	info.Fields, info.Extensible = FieldInfos(f.Fields), f.Extensible
}

// Info returns what a manifest says of a computed part of a face; nil for nil.
func (d *Dynamic) Info() *flow.Dynamic {
	if d == nil {
		return nil
	}
	out := &flow.Dynamic{Flow: d.Flow.Text}
	for _, a := range d.With {
		arg := flow.DynamicArg{Input: a.Key.Text}
		if r, ok := a.Value.(*Ref); ok {
			arg.Option = r.Path[0]
		} else if v, ok := Constant(a.Value); ok {
			arg.Value = &v
		}
		out.With = append(out.With, arg)
	}
	return out
}

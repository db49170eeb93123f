package face

import (
	"github.com/weirflow/weir/flow"
)

// dropdown reads what a helper of choices_from gave: a list of objects with key,
// which people see, and value, which is stored.
func dropdown(helper string, v flow.Value) ([]Row, error) {
	list, err := items(helper, one(v))
	if err != nil {
		return nil, err
	}
	out := make([]Row, 0, len(list))
	for i, item := range list {
		key, okKey := text(item, "key")
		value, okValue := text(item, "value")
		if !okKey || !okValue {
			return nil, flow.Errorf(flow.CodeFaceResult, "row %d that the flow %q gave has no key or no value", i, helper)
		}
		out = append(out, Row{Label: key, Value: value})
	}
	return out, nil
}

// items returns the list that a helper gave.
func items(helper string, v flow.Value) ([]flow.Value, error) {
	if v.Kind() != flow.KindList {
		return nil, flow.Errorf(flow.CodeFaceResult, "the flow %q gave a %s, and it must give a list", helper, v.Kind())
	}
	list := v.List().Items()
	if len(list) > MaxRows {
		return nil, flow.Errorf(flow.CodeFaceResult, "the flow %q gave %d items, and it may give %d", helper, len(list), MaxRows)
	}
	return list, nil
}

// text returns a member that is a text, number or truth value, printed.
func text(v flow.Value, key string) (string, bool) {
	m, ok := v.Object().Get(key)
	switch m.Kind() {
	case flow.KindText:
		return m.Text(), ok
	case flow.KindNumber, flow.KindBool:
		return m.String(), ok
	}
	return "", false
}

func flag(v flow.Value, key string) bool {
	m, _ := v.Object().Get(key)
	return m.Kind() == flow.KindBool && m.Bool()
}

// types are the names of types in descriptors, as the vendor writes them and as
// its engine does.
var types = map[string]flow.Type{
	"Text": flow.TextType, "Number": flow.NumberType, "True/False": flow.BoolType, "Date & Time": flow.DateType, "Object": flow.ObjectType,
	"File": flow.FileType, "Flow": flow.FlowType, "Option": flow.TextType,
	"string": flow.TextType, "number": flow.NumberType, "boolean": flow.BoolType, "Date": flow.DateType, "object": flow.ObjectType,
	"file": flow.FileType, "flo": flow.FlowType, "text": flow.TextType, "date": flow.DateType, "flow": flow.FlowType,
}

// descriptors reads a list of field descriptors. The fields are members of the
// input or output object.
func descriptors(helper string, v flow.Value, object string, inputs bool) ([]Field, error) {
	list, err := items(helper, v)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	out := make([]Field, 0, len(list))
	for i, item := range list {
		name, ok := text(item, "name")
		if !ok || name == "" || seen[name] {
			return nil, flow.Errorf(flow.CodeFaceResult, "field %d that the flow %q gave has no name of its own", i, helper)
		}
		seen[name] = true
		kind, _ := text(item, "type")
		t, ok := types[kind]
		if !ok {
			return nil, flow.Errorf(flow.CodeFaceResult, "field %s that the flow %q gave has no type that Weir knows: %s", flow.Excerpt(name), helper, flow.Excerpt(kind))
		}
		t.List = flag(item, "collection")
		f := Field{Key: name, Label: name, Type: typeName(t), Widget: WidgetText, Object: object, Required: inputs && flag(item, "required")}
		if l, ok := text(item, "displayname"); ok && l != "" {
			f.Label = l
		}
		if d, ok := text(item, "defaultValue"); ok {
			f.Value = d
		}
		if kind == "Option" {
			f.Widget = WidgetDropdown
			if f.Choices, err = available(helper, name, item); err != nil {
				return nil, err
			}
		}
		out = append(out, f)
	}
	return out, nil
}

// available reads the choices of a dropdown in a descriptor: texts, or objects
// with key and value.
func available(helper, name string, item flow.Value) ([]Row, error) {
	v, _ := item.Object().Get("available")
	list, err := items(helper, v)
	if err != nil {
		return nil, flow.Errorf(flow.CodeFaceResult, "the dropdown %s that the flow %q gave has no list of what is available", flow.Excerpt(name), helper)
	}
	out := make([]Row, 0, len(list))
	for _, it := range list {
		if it.Kind() == flow.KindObject {
			key, _ := text(it, "key")
			value, ok := text(it, "value")
			if !ok {
				return nil, flow.Errorf(flow.CodeFaceResult, "a choice of the dropdown %s that the flow %q gave has no value", flow.Excerpt(name), helper)
			}
			if key == "" {
				key = value
			}
			out = append(out, Row{key, value})
			continue
		}
		s, err := flow.Convert(it, flow.TextType)
		if err != nil || it.Kind() == flow.KindList {
			return nil, flow.Errorf(flow.CodeFaceResult, "a choice of the dropdown %s that the flow %q gave is a %s", flow.Excerpt(name), helper, it.Kind())
		}
		out = append(out, Row{s.Text(), s.Text()})
	}
	return out, nil
}

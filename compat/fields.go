package compat

import (
	"slices"

	"github.com/weirflow/weir/flow"
)

// place identifies a field among its siblings.
type place struct{ group, key string }

func placeOf(f *flow.FieldInfo) place { return place{f.Group, f.Key} }

// fields compares options, inputs, outputs or config values: part begins the
// rules that apply, what is the word for one of them.
func (c *comparison) fields(part, what, where string, older, newer []flow.FieldInfo) {
	var gone, come []*flow.FieldInfo
	var moved []place
	ordered := pairs(older, newer, placeOf,
		func(a, b *flow.FieldInfo) { c.field(part, name(where, what, a.Group, a.Key), a, b) },
		func(f *flow.FieldInfo) { gone = append(gone, f) },
		func(f *flow.FieldInfo) { come = append(come, f) })
	// A field that is gone in one group and new in another has moved.
	for _, f := range gone {
		if to := lone(come, f.Key); to != nil && lone(gone, f.Key) != nil {
			at := name(where, what, "", f.Key)
			c.find(part+".group", at, "the %s stands in group %s, and stood in %s", what, flow.Excerpt(to.Group), flow.Excerpt(f.Group))
			c.field(part, at, f, to)
			moved = append(moved, placeOf(f), placeOf(to))
		}
	}
	for _, f := range gone {
		if !slices.Contains(moved, placeOf(f)) {
			c.find(part+".removed", name(where, what, f.Group, f.Key), "the %s is gone", what)
		}
	}
	for _, f := range come {
		switch at := name(where, what, f.Group, f.Key); {
		case slices.Contains(moved, placeOf(f)):
		case part != "output" && needed(f):
			c.find(part+".added_required", at, "the %s is new and must be given", what)
		default:
			c.find(part+".added", at, "the %s is new", what)
		}
	}
	if !ordered {
		c.find("order.changed", where+", "+what+"s", "they stand in another order")
	}
}

// name names a field.
func name(where, what, group, key string) string {
	if group != "" {
		key = group + "/" + key
	}
	return where + ", " + what + " " + key
}

// lone returns the only field of this key in a list, or nil.
func lone(list []*flow.FieldInfo, key string) *flow.FieldInfo {
	var found *flow.FieldInfo
	for _, f := range list {
		if f.Key == key {
			if found != nil {
				return nil
			}
			found = f
		}
	}
	return found
}

// needed reports whether a field must be given.
func needed(f *flow.FieldInfo) bool {
	return f.Required && f.Default == nil && !slices.ContainsFunc(f.Choices, func(r flow.OptionRow) bool { return r.Default })
}

// field compares two builds of one field.
func (c *comparison) field(part, where string, a, b *flow.FieldInfo) {
	c.fieldType(part, where, a.Type, b.Type)
	if part == "output" {
		if a.Required != b.Required || !same(a.Choices, b.Choices) || !same(a.Default, b.Default) {
			c.find("text.changed", where, "what is said of its values is another")
		}
	} else {
		c.given(part, where, a, b)
	}
	for _, x := range []struct {
		what string
		a, b *flow.Dynamic
	}{{"choices", a.ChoicesFrom, b.ChoicesFrom}, {"fields", a.FieldsFrom, b.FieldsFrom}, {"group", a.GroupFrom, b.GroupFrom}} {
		if !same(x.a, x.b) {
			c.find("computed.changed", where+", "+x.what, "another flow computes the %s, or is given something else", x.what)
		}
	}
	for _, x := range []struct {
		what string
		a, b bool
	}{
		{"members that a flow describes", a.FieldsFrom != nil || a.GroupFrom != nil, b.FieldsFrom != nil || b.GroupFrom != nil},
		{"members that people add", a.Extensible, b.Extensible},
	} {
		switch {
		case x.b && !x.a:
			c.find(part+".opened", where, "it has %s", x.what)
		case x.a && !x.b:
			c.find(part+".closed", where, "it no longer has %s", x.what)
		}
	}
	if len(a.Fields) > 0 || len(b.Fields) > 0 {
		c.fields(part, "member", where, a.Fields, b.Fields)
	}
	c.text(where, "label", a.Label, b.Label)
	c.text(where, "description", a.Doc, b.Doc)
}

// given compares what only fields have that are given: whether they must be, with
// which values, and what stands for them.
func (c *comparison) given(part, where string, a, b *flow.FieldInfo) {
	switch {
	case needed(b) && !needed(a):
		c.find(part+".required", where, "it must be given")
	case needed(a) && !needed(b):
		c.find(part+".optional", where, "it can be left out")
	case a.Required != b.Required: // a default stands for it
		c.find("text.changed", where, "it is shown as required, or no longer is")
	}
	if !same(a.Default, b.Default) || defaultRow(a.Choices) != defaultRow(b.Choices) {
		c.find(part+".default", where, "the default is another")
	}
	c.choices(part, where, a.Choices, b.Choices)
	if !slices.Equal(a.Choices, b.Choices) && sameRows(a.Choices, b.Choices) {
		c.find("text.changed", where+", choices", "the choices are called otherwise or stand in another order")
	}
}

// fieldType compares types: what is given must fit the new type, what is taken
// must fit the old one.
func (c *comparison) fieldType(part, where string, older, newer flow.Type) {
	// Known members are fields of their own.
	older.Fields, newer.Fields = nil, nil
	if older.Equal(newer) {
		return
	}
	from, to, wider := older, newer, part+".type_wider"
	if part == "output" {
		from, to, wider = newer, older, part+".type_narrower"
	}
	why := ""
	switch fits(from, to) {
	case fitAll:
		c.find(wider, where, "the type is %s, and was %s", newer, older)
		return
	case fitSome:
		why = "; not every value converts"
	}
	c.find(part+".type", where, "the type is %s, and was %s%s", newer, older, why)
}

// choices compares static dropdowns. Without one, every value can be given.
func (c *comparison) choices(part, where string, older, newer []flow.OptionRow) {
	a, b := values(older), values(newer)
	switch {
	case older == nil && newer == nil:
	case older == nil, newer != nil && len(missing(a, b)) > 0:
		gone := missing(a, b)
		if older == nil {
			c.find(part+".choices_fewer", where, "it has one of the choices, and could have any value")
			return
		}
		c.find(part+".choices_fewer", where, "the choice %s is gone", flow.Excerpt(gone[0]))
	case newer == nil, len(missing(b, a)) > 0:
		c.find(part+".choices_more", where, "there are more choices")
	}
}

func values(rows []flow.OptionRow) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Value
	}
	return out
}

// sameRows reports whether two dropdowns offer the same values.
func sameRows(a, b []flow.OptionRow) bool {
	return len(missing(values(a), values(b))) == 0 && len(missing(values(b), values(a))) == 0 && defaultRow(a) == defaultRow(b)
}

// defaultRow returns the value that is chosen at the start, or "".
func defaultRow(rows []flow.OptionRow) string {
	for _, r := range rows {
		if r.Default {
			return r.Value
		}
	}
	return ""
}

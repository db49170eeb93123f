package flopack

import "github.com/weirflow/weir/flow"

// What authors declare of a value is not looked at while their flows run: only
// wires convert, and they say so. Where the export shows that a value is of
// another type than its place declares, the place takes anything here.

// looseInputs finds inputs of a flow that a loop gives items of another type
// than they declare.
func (im *importer) looseInputs(f *face, c *card) {
	over := c.only("list")
	if over == nil || !over.typ.List {
		return
	}
	t, ok := sourceType(c, over)
	if !ok {
		return
	}
	for _, p := range c.inputs {
		in := f.byField[[2]string{p.group, p.key}]
		if in == nil || p.proxy == nil || !p.proxy.dynamic {
			continue
		}
		item := itemType(t)
		if p.proxy.path != "" {
			item = partOf(item, p.proxy.path)
		}
		if differ(item, in.typ) && !in.typ.Is(flow.BaseText) { // everything becomes text
			im.report.doubt(flow.CodeImportValue, p.at.offset, place{im.owner[c], c}, "the input %s of the flow %s is declared as %s and gets %s: it takes anything",
				flow.Excerpt(p.key), flow.Excerpt(f.name), in.typ, item)
			in.typ = flow.AnyType
		}
	}
}

// sourceType is the type that the export declares of what is wired to an input.
func sourceType(c *card, p *port) (flow.Type, bool) {
	wires := c.scope.sources[p]
	if len(wires) == 0 {
		return flow.Type{}, false
	}
	if wires[0].convert != "" || wires[0].wrap {
		return p.typ, true
	}
	return actual(wires[0].from, wires[0].output), true
}

// actual is the type of an output: that of its card, where what goes into the
// card shows it better than the declaration.
func actual(c *card, p *port) flow.Type {
	if !c.is("list", "construct") || !p.typ.List {
		return p.typ
	}
	for i, in := range c.inputs {
		if differ(in.typ, p.typ.Item()) {
			return flow.ListType(flow.AnyType)
		}
		if i >= 10 {
			break
		}
	}
	return p.typ
}

// differ reports whether a value of one type is no value of another.
func differ(a, b flow.Type) bool {
	if a.Base == flow.BaseAny || b.Base == flow.BaseAny {
		return false
	}
	return a.Base != b.Base || a.List != b.List
}

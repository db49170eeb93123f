package flopack

import (
	"cmp"
	"slices"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// value is where the value of an input comes from.
type value struct {
	root string   // of a reference; "" for a literal
	path []string // of a reference
	lit  flow.Value
	// typ is what the compiler knows of the value, said what the export says of it:
	// the author of a flow may set the type of an output that can be anything.
	typ, said flow.Type
	// to is what a wire converts the value to; nil where it does not.
	to *flow.Type
	// parse says that the conversion reads JSON.
	parse bool
}

// node writes the value.
func (v value) node() *source.Node {
	if v.root == "" {
		return syntax.LiteralNode(v.lit)
	}
	return emit.Reference(v.root, v.path...)
}

// isNull reports whether the value is the literal null.
func (v value) isNull() bool { return v.root == "" && v.lit.IsNull() }

func nullValue() value { return value{typ: flow.AnyType, said: flow.AnyType} }

func literalValue(v flow.Value) value { return value{lit: v, typ: typeOf(v), said: typeOf(v)} }

// refer makes a value of a reference.
func refer(t flow.Type, root string, path ...string) value {
	return value{root: root, path: path, typ: t, said: t}
}

// typeOf is the type that the compiler gives a literal.
func typeOf(v flow.Value) flow.Type {
	switch v.Kind() {
	case flow.KindBool:
		return flow.BoolType
	case flow.KindNumber:
		return flow.NumberType
	case flow.KindText:
		return flow.TextType
	case flow.KindObject:
		return flow.ObjectType
	case flow.KindList:
		return flow.ListType(flow.AnyType)
	}
	return flow.AnyType
}

// inside follows a path into a value.
func (v value) inside(path ...string) value {
	if v.root == "" {
		x := v.lit
		for _, p := range path {
			x, _ = x.Object().Get(p)
		}
		return literalValue(x)
	}
	out := v
	out.path = slices.Concat(v.path, path)
	for _, p := range path {
		out.typ, out.said = partOf(out.typ, p), partOf(out.said, p)
	}
	return out
}

// partOf is the type of a part of a value of type t.
func partOf(t flow.Type, part string) flow.Type {
	if f, ok := t.Field(part); ok {
		return f
	}
	return flow.AnyType
}

// hasParts reports whether references may go into values of a type.
func hasParts(t flow.Type) bool {
	return !t.List && (t.Base == flow.BaseAny || t.Base == flow.BaseObject)
}

// operand is what an input gets: what is wired to it, else its literal.
func (w *writer) operand(c *card, p *port) value {
	if wires := c.scope.sources[p]; len(wires) > 0 {
		return w.wired(wires[0], p)
	}
	if p.data == nil || p.isFlow {
		return nullValue()
	}
	v := literalValue(p.data.value())
	v.said = p.typ
	return v
}

// wired is the value at the end of a wire.
func (w *writer) wired(wr wire, p *port) value {
	v := w.read(wr.from, wr.output)
	if wr.convert == "" && !wr.wrap {
		return v
	}
	t := p.typ
	t.Fields = nil
	v.to, v.parse = &t, wr.convert == "parse"
	return v
}

// read is the value of an output.
func (w *writer) read(c *card, p *port) value {
	if c.expands() {
		return w.expanded(c, p)
	}
	s := c.scope
	switch {
	case s.holder != nil && w.isHead(c) && (w.face.inner == nil || c != w.face.inner) && w.face.head != c:
		return w.entry(s, c, p)
	case c == w.face.head || c == w.face.inner:
		return w.parameter(c, p)
	}
	m := w.made[c]
	if m == nil {
		w.lose(c, p.at, "the card %s has no outputs here; what reads them gets null", c.named())
		return nullValue()
	}
	v, ok := m.read(p)
	if !ok {
		w.doubt(c, p.at, "%s gives no %s; what reads it gets null", m.what, flow.Excerpt(p.key))
		return nullValue()
	}
	v.said = p.typ
	return v
}

// expanded is the value of a hidden card that reads a part of an object.
func (w *writer) expanded(c *card, p *port) value {
	in := c.only("object")
	if in == nil {
		return nullValue()
	}
	wires := c.scope.sources[in]
	if len(wires) == 0 || wires[0].from.expands() {
		return nullValue()
	}
	v := w.read(wires[0].from, wires[0].output)
	for i := range p.path {
		if v.root != "" && !hasParts(v.typ) {
			// The compiler knows a type without parts: what it is when the flow runs
			// shows whether it has them.
			v = w.anything(v, c)
		}
		v = v.inside(p.path[i])
	}
	v.said = p.typ
	return v
}

// isHead reports whether a card begins the flow that it stands in.
func (w *writer) isHead(c *card) bool {
	b := w.im.heads[c.scope]
	return b == c
}

// entry is what the first card of an embedded flow gives: values of the flow
// around it, or the error that is handled.
func (w *writer) entry(s *scope, head *card, p *port) value {
	if p.group == groupContext {
		switch {
		case p.key == keyError && s.role == roleCatch:
			return refer(flow.ObjectType, syntax.RootError)
		case p.key == keyExecution:
			return refer(flow.TextType, syntax.RootContext, "execution_id")
		case p.key == keyTime:
			return refer(flow.DateType, syntax.RootContext, "time")
		}
	}
	for _, in := range s.holder.inputs {
		if in.group != p.group || in.key != p.key || in.wormhole != head.id {
			continue
		}
		if wires := s.holder.scope.sources[in]; len(wires) > 0 {
			if v, ok := w.carried[in]; ok {
				return v
			}
			return w.wired(wires[0], in)
		}
		return w.operand(s.holder, in)
	}
	w.doubt(head, p.at, "%s has no value here", flow.Excerpt(p.key))
	return nullValue()
}

// parameter is what the first card of a flow gives.
func (w *writer) parameter(c *card, p *port) value {
	f := w.face
	if p.group == groupContext {
		switch p.key {
		case keyExecution:
			return refer(flow.TextType, syntax.RootContext, "execution_id")
		case keyTime:
			return refer(flow.DateType, syntax.RootContext, "time")
		}
		for _, in := range []*input{f.index, f.parent, f.failure} {
			if in != nil && in.key == p.key {
				return refer(in.typ, syntax.RootInput, in.name)
			}
		}
	}
	if f.typ == flow.FlowEndpoint {
		return w.request(c, p)
	}
	if in := f.byField[[2]string{p.group, p.key}]; in != nil {
		v := refer(in.typ, syntax.RootInput, in.name)
		v.said = p.typ
		return v
	}
	if isConnection(p) && w.im.auth != nil {
		return refer(flow.ObjectType, syntax.RootAuth)
	}
	w.doubt(c, p.at, "%s of the first card has no value here; what reads it gets null", flow.Excerpt(p.key))
	return nullValue()
}

// argument is an operand as an input of type t takes it. Where our input takes
// anything, the conversion of the wire, or the text that the author wanted, needs
// a step of its own before the card.
func (w *writer) argument(c *card, p *port, t flow.Type) value {
	return w.fit(c, p.key, w.operand(c, p), t)
}

// fit makes a value fit an input.
func (w *writer) fit(c *card, key string, v value, t flow.Type) value {
	if v.root == "" {
		if v.to != nil {
			if x, err := flow.Convert(v.lit, *v.to); err == nil && x.Kind() != flow.KindDate {
				v.lit = x
			}
		}
		if v.lit.IsNull() {
			return v
		}
		if _, err := flow.Convert(v.lit, t); err != nil {
			return w.anything(v, c)
		}
		return v
	}
	loose := t.Base == flow.BaseAny
	switch {
	case v.to != nil && (loose && !(t.List && v.to.List && !v.parse) || v.parse && t.Base != flow.BaseObject):
		v = w.converted(c, key, v, *v.to)
	case v.to == nil && loose && !t.List && v.said.Is(flow.BaseText) && v.typ.Is(flow.BaseAny):
		v = w.converted(c, key, v, flow.TextType)
	}
	if flow.Convertible(v.typ, t) != nil {
		return w.anything(v, c)
	}
	return v
}

// converted adds a step that converts a value, before the step of c.
func (w *writer) converted(c *card, key string, v value, t flow.Type) value {
	if flow.Convertible(v.typ, t) != nil {
		v = w.anything(v, c)
	}
	n := v.node()
	if v.typ.Equal(t) {
		return v
	}
	name := w.before(c, key, emit.Line("type", typeNode(t), "value", n))
	return refer(t, w.pendingName, name)
}

// anything hides the type of a value from the compiler, where the compiler is
// sure that it cannot be converted and the export tries all the same: it fails
// when the flow runs.
func (w *writer) anything(v value, c *card) value {
	name := w.before(c, "value", emit.Line("type", "any", "value", v.node()))
	return refer(flow.AnyType, w.pendingName, name)
}

// before adds a value to the step that stands before the one of c, and returns
// its key there.
func (w *writer) before(c *card, key string, n *source.Node) string {
	if w.pending == nil {
		w.pending = &source.Node{Kind: source.Map}
		w.pendingName = w.im.reserved(w.names, cmp.Or(w.hint, "step")+"_values")
		w.pendingKeys = names{}
	}
	for _, m := range w.pending.Members {
		if source.Equal(m.Value, n) {
			return m.Key
		}
	}
	if random(key) {
		key = "value"
	}
	key = w.pendingKeys.take(fieldKey(key, "value"))
	emit.Put(w.pending, key, n)
	return key
}

// flush writes what must stand before the next step.
func (w *writer) flush() {
	if w.pending == nil {
		return
	}
	p, name := w.pending, w.pendingName
	w.pending, w.pendingName, w.pendingKeys = nil, "", nil
	w.append(emit.Map("name", name, "assign", p))
}

package flopack

import (
	"regexp"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// foreignConnector is a connector whose cards flows use.
type foreignConnector struct {
	key, version string
	cards        []*foreignCard
	byKey        map[string]*foreignCard
}

// foreignCard is what all uses of a card together say of it.
type foreignCard struct {
	key, title      string
	uses            int
	streams         bool
	options         []*foreignField
	inputs, outputs []*foreignField
}

// foreignField is a field of such a card.
type foreignField struct {
	group, key, label string
	typ               flow.Type
	required          bool // in every use
	uses              int
	choices           []flow.OptionRow
	loose             bool // uses give it different types
}

// groupOptions is the group of what is fixed while a flow is designed, and
// groupStreaming of what a card needs that hands on its records one by one.
const (
	groupOptions   = "parameters"
	groupStreaming = "Streaming"
	streamed       = "Records Streamed"
)

// foreigners collects the cards of other connectors that flows use, before any
// flow is written.
func (im *importer) foreigners() {
	im.everyCard(func(f *flowDef, c *card) {
		switch {
		case im.isForeign(c):
			im.declare(f, c)
		case c.address.connector != "" && (c.event || c == im.firstCard(f)):
			im.connector(c) // of an event: its connection is of this connector
		}
	})
	for _, k := range im.foreignOrder {
		for _, d := range k.cards {
			for _, o := range d.inputs {
				o.required = o.required && o.uses == d.uses // else some uses do not have it
			}
		}
	}
}

// isForeign reports whether a card is one of another connector.
func (im *importer) isForeign(c *card) bool {
	if c.event || im.heads[c.scope] == c && c.address.connector != "" {
		return false
	}
	key := c.address.vendorKey()
	if im.constructs[key] != "" {
		return false
	}
	if _, own := im.reg.Lookup(key); own {
		return false
	}
	if _, own := im.reg.Lookup(c.address.connector + ":" + c.address.key); own && c.address.connector == stash {
		return false
	}
	return true
}

// everyCard visits all cards of all flows, those inside cards too.
func (im *importer) everyCard(visit func(*flowDef, *card)) {
	var walk func(f *flowDef, s *scope)
	walk = func(f *flowDef, s *scope) {
		if s == nil {
			return
		}
		for _, c := range s.cards {
			visit(f, c)
			for _, p := range c.inputs {
				walk(f, c.embedded[p])
			}
			walk(f, c.policy.handler)
		}
	}
	for _, f := range im.pack.flows {
		walk(f, f.body)
	}
}

var notKey = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// foreignKey makes what connectors and their cards may be called.
func foreignKey(s string) string {
	s = notKey.ReplaceAllString(s, "_")
	return s[:min(len(s), 80)]
}

// connector returns the connector of a card.
func (im *importer) connector(c *card) *foreignConnector {
	name := c.address.connector
	if name == "" {
		name = "kernel_" + c.address.channel
	}
	k := im.foreign[name]
	if k == nil {
		key := foreignKey(name)
		for im.families[key] || im.foreignKeys[strings.ToLower(key)] {
			key = key[:min(len(key), 78)] + "_2"
		}
		im.foreignKeys[strings.ToLower(key)] = true
		k = &foreignConnector{key: key, byKey: map[string]*foreignCard{}}
		im.foreign[name] = k
		im.foreignOrder = append(im.foreignOrder, k)
	}
	if newer(c.address.version, k.version) {
		k.version = c.address.version
	}
	return k
}

// newer compares versions number by number.
func newer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(x) && i < len(y); i++ {
		if len(x[i]) != len(y[i]) {
			return len(x[i]) > len(y[i])
		}
		if x[i] != y[i] {
			return x[i] > y[i]
		}
	}
	return len(x) > len(y)
}

// card returns the declaration of a card.
func (k *foreignConnector) card(c *card) *foreignCard {
	d := k.byKey[c.address.key]
	if d == nil {
		d = &foreignCard{key: foreignKey(c.address.key), title: c.title}
		for _, other := range k.cards {
			if other.key == d.key {
				d.key = d.key[:min(len(d.key), 76)] + "_2"
			}
		}
		k.byKey[c.address.key] = d
		k.cards = append(k.cards, d)
	}
	return d
}

// declare adds a use of a card to its declaration.
func (im *importer) declare(f *flowDef, c *card) {
	k := im.connector(c)
	d := k.card(c)
	d.uses++
	stream := streamOf(c)
	d.streams = d.streams || stream != nil
	for _, p := range c.inputs {
		switch {
		case p.group == groupStreaming && stream != nil || p.key == "":
		case p.group == groupOptions:
			o := merge(&d.options, p)
			o.choices = addChoices(o.choices, p)
		default:
			o := merge(&d.inputs, p)
			given := len(c.scope.sources[p]) > 0 || !p.data.empty()
			o.required = o.required && p.required && given
		}
	}
	for _, p := range c.outputs {
		if p.key == "" || p.group == groupContext || stream != nil && p.key == streamed {
			continue
		}
		merge(&d.outputs, p).required = false
	}
}

// merge adds a field to those that are known.
func merge(fields *[]*foreignField, p *port) *foreignField {
	for _, o := range *fields {
		if o.group != p.group || o.key != p.key {
			continue
		}
		o.uses++
		if o.typ.Base != p.typ.Base || o.typ.List != p.typ.List {
			o.loose = true
			o.typ = flow.AnyType
		}
		if !o.loose {
			o.typ = commonType(o.typ, p.typ)
		}
		return o
	}
	o := &foreignField{group: p.group, key: p.key, label: p.label, typ: p.typ, required: p.required, uses: 1}
	*fields = append(*fields, o)
	return o
}

// addChoices adds the rows of a list that an option is chosen from.
func addChoices(rows []flow.OptionRow, p *port) []flow.OptionRow {
	choices := p.at.get("metadata").get("choices")
	if choices == nil || choices.kind != listNode {
		return rows
	}
	for _, m := range choices.members {
		v := m.value.string("value")
		if v == "" || len(rows) >= maxChoices || hasRow(rows, v) {
			continue
		}
		label := m.value.string("label")
		if label == "" {
			label = v
		}
		rows = append(rows, flow.OptionRow{Label: label, Value: v})
	}
	return rows
}

const maxChoices = 50

func hasRow(rows []flow.OptionRow, v string) bool {
	for _, r := range rows {
		if r.Value == v {
			return true
		}
	}
	return false
}

// streamOf returns the input that names the flow which gets the records of a
// card one by one; nil when it does not stream.
func streamOf(c *card) *port {
	for _, p := range c.inputs {
		if p.group == groupStreaming && p.isFlow && p.data != nil && p.data.kind == textNode && p.data.text != "" {
			return p
		}
	}
	return nil
}

// foreign writes the use of a card of another connector.
func (w *writer) foreign(c *card) {
	k := w.im.connector(c)
	d := k.card(c)
	usual := d.title
	base := identifier(d.key, "card")
	if c.title != "" {
		base = identifier(c.title, base)
	}
	name := w.name(c, usual, base)
	if name == "" && w.refers(c) {
		name = w.im.reserved(w.names, base)
	}
	do := emit.Map("card", k.key+"."+d.key)
	emit.Set(do, "connection", w.im.slot(c))
	options := &source.Node{Kind: source.Map, Flow: true}
	with := newGrouped()
	stream := streamOf(c)
	for _, p := range c.inputs {
		if p.key == "" || p.group == groupStreaming && stream != nil {
			continue
		}
		if p.group == groupOptions {
			w.option(c, p, options)
			continue
		}
		o := find2(d.inputs, p)
		if o == nil {
			continue
		}
		n := w.foreignInput(c, p, o)
		if n == nil {
			continue
		}
		if at := with.in(p.group); at.Get(p.key) == nil {
			emit.Put(at, p.key, n)
		}
	}
	emit.Set(do, "options", options)
	emit.Set(do, "with", with.Node)
	if stream != nil {
		w.stream(c, stream, do)
	}
	w.became(c, k.key+"."+d.key, name)
	w.made[c] = &made{what: d.title, read: func(p *port) (value, bool) {
		if stream != nil && p.key == streamed {
			return refer(flow.NumberType, name, "count"), true
		}
		o := find2(d.outputs, p)
		if o == nil || stream != nil {
			return value{}, false
		}
		if p.group == "" {
			return refer(o.typ, name, p.key), true
		}
		return refer(o.typ, name, p.group, p.key), true
	}}
	w.finish(c, name, do)
}

func find2(fields []*foreignField, p *port) *foreignField {
	for _, o := range fields {
		if o.group == p.group && o.key == p.key {
			return o
		}
	}
	return nil
}

// option writes an option: it is fixed, so it cannot be wired.
func (w *writer) option(c *card, p *port, options *source.Node) {
	if len(c.scope.sources[p]) > 0 {
		w.lose(c, p.at, "the option %s is wired, and options are fixed: it is left out", flow.Excerpt(p.key))
		return
	}
	if p.data.empty() || options.Get(p.key) != nil {
		return
	}
	if p.isFlow {
		if n := w.flowKey(c, p); n != nil {
			emit.Put(options, p.key, n)
		}
		return
	}
	emit.Put(options, p.key, syntax.LiteralNode(p.data.value()))
}

// foreignInput writes an input of a card of another connector; nil when it is
// not given. What was not entered is not given, where it can be left out.
func (w *writer) foreignInput(c *card, p *port, o *foreignField) *source.Node {
	if len(c.scope.sources[p]) > 0 {
		return w.argument(c, p, o.typ).node()
	}
	switch {
	case p.isFlow:
		return w.flowKey(c, p)
	case p.data.empty() && !o.required:
		return nil
	}
	return w.argument(c, p, o.typ).node()
}

// stream writes how a card hands on its records: the flow that gets them, and
// what it gets besides.
func (w *writer) stream(c *card, p *port, do *source.Node) {
	f := w.im.streamFlow(w, c, w.im.callee(w, c, p.data.text, p.at))
	n := &source.Node{Kind: source.Map}
	emit.Put(n, "flow", source.TextNode(f.key))
	with := &source.Node{Kind: source.Map}
	for _, q := range c.inputs {
		if q.group != groupStreaming || q == p || q.isFlow || with.Get(q.key) != nil {
			continue
		}
		if !q.custom {
			if q.typ.Is(flow.BaseNumber) && strings.Contains(strings.ToLower(q.key), "limit") {
				v := w.argument(c, q, flow.NumberType)
				if v.root != "" || v.lit.Number() > 0 {
					emit.Put(n, "limit", v.node())
				}
				continue
			}
			if len(c.scope.sources[q]) == 0 && q.data.empty() {
				continue
			}
		}
		emit.Put(with, q.key, w.argument(c, q, flow.AnyType).node())
	}
	emit.Set(n, "with", with)
	emit.Put(do, "stream", n)
}

// streamFlow returns a flow that takes records: with the inputs Record and State.
// Some have others: then a helper hands the record on to the first one.
func (im *importer) streamFlow(w *writer, c *card, f *face) *face {
	record, state := f.inputNamed("Record"), f.inputNamed("State")
	if record != nil && state != nil && len(f.inputs) == 2 {
		return f
	}
	id := f.key + " record"
	if g := im.arounds[id]; g != nil {
		return g
	}
	g := &face{def: f.def, byField: map[[2]string]*input{}, typ: flow.FlowHelper, key: im.keys.take(f.key + "_record"),
		name: f.name + " (record)", added: "hands a record on to " + f.key}
	g.inputs = []*input{{name: "Record", key: "Record", typ: flow.ObjectType}, {name: "State", key: "State", typ: flow.ObjectType}}
	im.arounds[id] = g
	im.extra(g, func() []*source.Node {
		with := &source.Node{Kind: source.Map}
		for i, in := range f.inputs {
			switch {
			case in == record || in == state:
				emit.Put(with, in.name, emit.Reference("input", in.key))
			case i == 0 && record == nil && flow.Convertible(flow.ObjectType, in.typ) == nil:
				emit.Put(with, in.name, emit.Reference("input", "Record"))
			default:
				emit.Put(with, in.name, emit.Reference("input", "State", in.key))
			}
		}
		call := wrap("call", source.TextNode(f.key))
		emit.Set(call, "with", with)
		return []*source.Node{call}
	})
	return g
}

func (f *face) inputNamed(key string) *input {
	for _, in := range f.inputs {
		if in.key == key {
			return in
		}
	}
	return nil
}

package flopack

import (
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// face is what a flow of the export becomes: its key and type, what it takes and
// gives, and the cards that it runs.
type face struct {
	def  *flowDef
	key  string
	name string
	typ  string // one of flow.FlowTypes
	head *card  // that begins it; nil when its first card is a step

	scope *scope // whose cards are its steps
	block *block
	inner *card // the first card of the record's flow, for events that come as lists

	inputs  []*input
	byField map[[2]string]*input // by group and key of what the first card gives
	index   *input               // position in the loop that calls the flow; nil when not asked for
	parent  *input               // who calls it
	failure *input               // the error that it is called after

	outputs []*output
	returns bool    // it has a Return
	failing []*card // whose errors end the flow with values
	last    *card
	added   string // why the importer added it
}

// input is a parameter of a flow.
type input struct {
	group, key string // in the export
	name       string // key in source
	label      string
	typ        flow.Type
	def        *node
	shownGroup string
}

// output is a result of a flow.
type output struct {
	group, vendor string // in the export
	key           string
	typ           flow.Type
	port          *port // of the last card, where the flow has no Return
}

// out finds a result by its key.
func (f *face) out(key string) *output {
	for _, o := range f.outputs {
		if o.key == key {
			return o
		}
	}
	return nil
}

// result finds a result by what the export calls it.
func (f *face) result(group, key string) *output {
	for _, o := range f.outputs {
		if o.group == group && o.vendor == key {
			return o
		}
	}
	return nil
}

// give adds a result, or widens the type of one that there is. A group stands
// before its key only where two results share a key.
func (f *face) give(p *port) *output {
	if o := f.result(p.group, p.key); o != nil {
		o.typ = commonType(o.typ, p.typ)
		return o
	}
	key := p.key
	if key == "" {
		key = "value"
	}
	if f.out(key) != nil && p.group != "" {
		key = p.group + " " + key
	}
	key = shortened(key, maxResult)
	for n, base := 2, key; f.out(key) != nil; n++ {
		key = base + " " + strconv.Itoa(n)
	}
	o := &output{group: p.group, vendor: p.key, key: key, typ: p.typ}
	f.outputs = append(f.outputs, o)
	return o
}

// keys of contexts that first cards give.
const (
	groupContext = "context"
	keyExecution = "execution_id"
	keyTime      = "execution_time"
	keyIndex     = "index"
	keyParent    = "parent"
	keyError     = "error"
)

// faces settles what all flows take and give, before any of them is written:
// callers must know it.
func (im *importer) faces(r *modelReader) {
	for _, f := range im.pack.flows {
		im.face(r, f)
	}
}

func (im *importer) face(r *modelReader, def *flowDef) *face {
	f := &face{def: def, byField: map[[2]string]*input{}, name: def.title()}
	f.key = im.keys.take(identifier(def.title(), "flow"))
	im.byDef[def] = f
	im.order = append(im.order, f)
	if def.body == nil {
		f.typ = flow.FlowHelper
		im.report.loss(flow.CodeImportReference, def.at.offset, place{flow: def}, "the export names this flow and does not hold it: calls of it fail")
		return f
	}
	b := arrange(def.body, r.graphProblem(def))
	im.blocks(r, def, def.body)
	if b == nil {
		return f
	}
	f.scope, f.block = def.body, b
	im.heads[def.body] = nil
	if len(b.items) > 0 {
		im.heads[def.body] = b.items[0].card
		im.trigger(f, b.items[0].card)
	}
	if f.typ == flow.FlowAuthping && !im.authping {
		im.authping, f.key = true, "_authping" // the platform knows it by this key
	} else if f.typ == flow.FlowAuthping {
		f.typ = flow.FlowHelper
	}
	if f.typ == flow.FlowEvent && f.head.listed {
		im.foldEvent(f)
	}
	im.parameters(f)
	im.results(f)
	return f
}

// blocks puts the cards of all flows that stand inside a flow's cards in order.
func (im *importer) blocks(r *modelReader, def *flowDef, s *scope) {
	for _, c := range s.cards {
		for _, p := range c.inputs {
			if e := c.embedded[p]; e != nil {
				im.innerBlock(r, def, e)
				im.blocks(r, def, e)
			}
		}
		if h := c.policy.handler; h != nil {
			im.innerBlock(r, def, h)
			im.blocks(r, def, h)
		}
	}
}

// innerBlock puts the cards of one of them in order.
func (im *importer) innerBlock(r *modelReader, def *flowDef, s *scope) {
	b := arrange(s, r.graphProblem(def))
	im.inner[s] = b
	if b != nil && len(b.items) > 0 {
		im.heads[s] = b.items[0].card
	}
}

// trigger finds how a flow begins: its first card says it.
func (im *importer) trigger(f *face, c *card) {
	f.head = c
	switch {
	case c.is("control", "callable"):
		f.typ = flow.FlowHelper
		switch {
		case f.def.scheduled:
			f.typ = flow.FlowScheduled
		case strings.Contains(c.metaType, "connector_authping"):
			f.typ = flow.FlowAuthping
		case strings.Contains(c.metaType, "connector_action"):
			f.typ = flow.FlowAction
		}
	case c.is("control", "noop"):
		f.typ = flow.FlowAction
	case c.is("http", "accept"):
		f.typ = flow.FlowEndpoint
	case c.is("http", "delegated"):
		f.typ = flow.FlowDelegated
	case c.event || c.address.connector != "" && f.startsEvent(c):
		f.typ = flow.FlowEvent
	default:
		f.typ, f.head = flow.FlowAction, nil
		return
	}
	f.block = &block{items: f.block.items[1:]}
}

// startsEvent reports whether the first card of a flow is an event although it
// is not marked as one: nothing is given to it, and it has an execution.
func (f *face) startsEvent(c *card) bool {
	return find(c.outputs, groupContext, keyExecution) != nil
}

// foldEvent makes one flow of an event that comes as a list and of the loop
// behind it: the flow runs once for each record.
func (im *importer) foldEvent(f *face) {
	var loop *card
	for _, it := range f.block.items {
		switch {
		case it.card.is("control", "comment"):
		case loop == nil && it.card.is("list", "asyncEach") && it.card.only("flo") != nil && it.card.embedded[it.card.only("flo")] != nil:
			loop = it.card
		default:
			return // more than the loop: the flow gets the list
		}
	}
	if loop == nil {
		return
	}
	s := loop.embedded[loop.only("flo")]
	b := im.inner[s]
	if b == nil || len(b.items) == 0 || !b.items[0].card.is("control", "callable") {
		return
	}
	f.inner, f.scope = b.items[0].card, s
	var items []item
	for _, it := range f.block.items {
		if it.card != loop {
			items = append(items, it)
		}
	}
	f.block = &block{items: append(items, b.items[1:]...)}
	im.folded[loop] = f
}

// parameters settles what a flow takes: what its first card gives.
func (im *importer) parameters(f *face) {
	head := f.head
	if f.inner != nil {
		head = f.inner
	}
	if head == nil {
		return
	}
	taken := names{}
	if f.typ == flow.FlowEndpoint {
		im.endpointInputs(f, taken)
		return
	}
	ports := append([]*port{}, head.outputs...)
	if f.typ != flow.FlowEvent {
		for _, p := range head.inputs { // of cards that mirror their inputs; some lack the outputs
			if find(head.outputs, p.group, p.key) == nil {
				ports = append(ports, p)
			}
		}
	}
	for _, p := range ports {
		id := [2]string{p.group, p.key}
		if p.group == groupContext && p.wormhole == "" || f.byField[id] != nil || p.isFlow {
			continue
		}
		if p.group == groupContext && f.def.body == f.scope {
			continue // of a flow that once stood inside a card
		}
		if isConnection(p) && (f.typ == flow.FlowAction || f.typ == flow.FlowAuthping) {
			im.authentication(f, p)
			continue
		}
		in := &input{group: p.group, key: p.key, typ: p.typ, name: taken.take(fieldKey(p.key, "field"))}
		if in.name != p.key {
			in.label = p.key
		}
		if p.label != "" && p.label != p.key {
			in.label = p.label
		}
		if f.typ != flow.FlowDelegated || p.group != "inputs" {
			in.shownGroup = p.group
		}
		if d := find(head.inputs, p.group, p.key); d != nil && f.typ != flow.FlowEvent && !d.data.empty() && !isZero(d.data) {
			in.def = d.data
		}
		f.inputs, f.byField[id] = append(f.inputs, in), in
	}
	add := func(key string, t flow.Type, doc string) *input {
		p := find(head.outputs, groupContext, key)
		if p == nil || f.scope.used[p] == 0 || f.inner != nil {
			return nil
		}
		in := &input{group: groupContext, key: key, typ: t, name: taken.take(key), label: doc}
		f.inputs = append(f.inputs, in)
		return in
	}
	if f.typ == flow.FlowAuthping {
		f.inputs, f.byField = nil, map[[2]string]*input{} // nobody gives it any
		return
	}
	if f.typ != flow.FlowHelper {
		return
	}
	f.index = add(keyIndex, flow.NumberType, "Position in the list")
	f.parent = add(keyParent, flow.ObjectType, "Caller")
	f.failure = add(keyError, flow.ObjectType, "Error")
}

// isZero reports whether a literal is what the designer stores for a number or
// truth that was not given.
func isZero(n *node) bool {
	return n.kind == numberNode && n.value().Number() == 0 || n.kind == boolNode && n.text == "false"
}

// results settles what a flow gives: the fields of its Returns together.
func (im *importer) results(f *face) {
	var failing []*card
	im.eachCard(f.block, func(c *card) {
		if c.policy.kind == "return" {
			failing = append(failing, c)
		}
		if !c.is("control", "return") {
			return
		}
		f.returns = true
		for _, p := range c.inputs {
			o := f.give(p)
			if t, ok := sourceType(c, p); ok && differ(t, p.typ) || ok && t.List && t.Base == flow.BaseAny {
				o.typ = t
			}
		}
	})
	f.last = lastCard(f.block)
	f.failing = failing
}

// lastCard is the card that a flow without Return gives the outputs of.
func lastCard(b *block) *card {
	for i := len(b.items) - 1; i >= 0; i-- {
		it := b.items[i]
		switch {
		case it.card.is("control", "comment"):
		case it.join != nil:
			return it.join
		default:
			return it.card
		}
	}
	return nil
}

// eachCard visits the cards of a block and of the branches in it, in order.
func (im *importer) eachCard(b *block, visit func(*card)) {
	if b == nil {
		return
	}
	for _, it := range b.items {
		visit(it.card)
		im.eachCard(it.yes, visit)
		im.eachCard(it.no, visit)
	}
}

// commonType is the type of values that are of one of two types.
func commonType(a, b flow.Type) flow.Type {
	switch {
	case a.Base != b.Base || a.List != b.List:
		return flow.AnyType
	case a.Base == flow.BaseObject:
		return mergeFields(a, b)
	}
	return a
}

// mergeFields joins what is known of the members of two object types.
func mergeFields(a, b flow.Type) flow.Type {
	if len(b.Fields) == 0 {
		return a
	}
	at := make(map[string]int, len(a.Fields))
	fields := append([]flow.Field{}, a.Fields...)
	for i, f := range fields {
		at[f.Key] = i
	}
	for _, f := range b.Fields {
		if i, ok := at[f.Key]; ok {
			fields[i].Type = commonType(fields[i].Type, f.Type)
		} else {
			fields = append(fields, f)
		}
	}
	a.Fields = fields
	return a
}

// lastResults gives a flow without Return the outputs of its last card, for
// callers that use what it gives.
func (im *importer) lastResults(f *face) {
	if f.returns || f.last == nil || f.outputs != nil || f.typ != flow.FlowHelper {
		return
	}
	for _, p := range f.last.outputs {
		if p.group == groupContext || p.isFlow || f.result(p.group, p.key) != nil {
			continue
		}
		f.give(p).port = p
	}
}

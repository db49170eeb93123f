package flopack

import (
	"math"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// loop writes a loop over a list or object: what it runs over, the flow, what the
// flow is given in each turn, and how many turns run at once.
type loop struct {
	field  string // of the language
	over   string // key of the input that it runs over
	usual  string // title
	out    map[string]outOf
	single bool // the flow must give exactly one value
	object bool // the flow must give an object where the card says that items are objects
	serial bool // no concurrency
}

// outOf is where an output of a loop is.
type outOf struct {
	key string
	typ flow.Type
}

func (w *writer) forEach(c *card) {
	w.loop(c, loop{field: "for_each", over: "list", usual: "For Each"})
}

func (w *writer) mapList(c *card) {
	w.loop(c, loop{field: "map", over: "list", usual: "Map", object: true, out: map[string]outOf{"new list": {"list", flow.ListType(flow.AnyType)}}})
}

func (w *writer) filter(c *card) {
	w.loop(c, loop{field: "filter", over: "list", usual: "Filter Custom", single: true, out: map[string]outOf{"list": {"list", flow.ListType(flow.AnyType)}}})
}

func (w *writer) find(c *card) {
	w.loop(c, loop{field: "find", over: "list", usual: "Find Custom", single: true, serial: true,
		out: map[string]outOf{"item": {"item", flow.AnyType}, "index": {"index", flow.NumberType}}})
}

func (w *writer) sort(c *card) {
	w.loop(c, loop{field: "sort", over: "list", usual: "Sort Custom", single: true, out: map[string]outOf{
		"sorted list": {"list", flow.ListType(flow.AnyType)}, "list": {"list", flow.ListType(flow.AnyType)}}})
}

func (w *writer) unique(c *card) {
	w.loop(c, loop{field: "unique", over: "list", usual: "Unique Custom", single: true, out: map[string]outOf{
		"unique list": {"list", flow.ListType(flow.AnyType)}, "list": {"list", flow.ListType(flow.AnyType)}}})
}

func (w *writer) mapObject(c *card) {
	w.loop(c, loop{field: "map_object", over: "object", usual: "Map", out: map[string]outOf{"output": {"output", flow.ObjectType}}})
}

func (w *writer) mapMembers(c *card) {
	w.loop(c, loop{field: "map_members", over: "object", usual: "Map to List", object: true,
		out: map[string]outOf{"new list": {"list", flow.ListType(flow.AnyType)}}})
}

func (w *writer) eachMember(c *card) {
	w.loop(c, loop{field: "each_member", over: "object", usual: "For Each"})
}

func (w *writer) repeat(c *card) {
	w.loop(c, loop{field: "repeat", over: "count", usual: "Repeat"})
}

func (w *writer) reduce(c *card) {
	w.loop(c, loop{field: "reduce", over: "list", usual: "Reduce", serial: true, out: map[string]outOf{"item": {"item", flow.AnyType}}})
}

func (w *writer) loop(c *card, l loop) {
	f := w.loopFlow(c, l)
	usual := l.usual
	if c.is("list", "asyncEach") {
		usual = "For Each - Ignore Errors"
	}
	base := l.field + "_" + f.key
	if strings.HasPrefix(f.key, l.field+"_") {
		base = f.key
	}
	name := w.name(c, usual, base)
	items, do := w.over(c, l)
	if l.field == "reduce" {
		emit.Put(do, "memo", w.memo(c, f).node())
	}
	emit.Put(do, "flow", source.TextNode(f.key))
	emit.Put(do, "with", w.turn(c, l, f, items))
	if with := do.Get("with"); len(with.Members) == 0 {
		do.Members = do.Members[:len(do.Members)-1]
		if len(f.inputs) == 1 && l.field != "repeat" { // which would get the item
			emit.Put(do, "with", emit.Line())
			emit.Put(do.Get("with"), f.inputs[0].name, emit.Null())
		}
	}
	if p := c.only("concurrency"); p != nil && !l.serial {
		if n := w.concurrency(c, p); n != nil {
			emit.Put(do, "concurrency", n)
		}
	}
	emit.Set(do, "ignore_errors", c.is("list", "asyncEach"))
	w.became(c, l.field, name)
	w.made[c] = &made{what: l.field, read: func(p *port) (value, bool) {
		o, ok := l.out[p.key]
		if !ok {
			return value{}, false
		}
		return refer(w.loopType(l, f, o, items), name, o.key), true
	}}
	w.finish(c, name, do)
}

// loopType is the type that the compiler gives an output of a loop.
func (w *writer) loopType(l loop, f *face, o outOf, items flow.Type) flow.Type {
	switch l.field {
	case "filter", "sort", "unique":
		return flow.ListType(items)
	case "find":
		if o.key == "item" {
			return items
		}
	case "map", "reduce":
		t := flow.ObjectType
		if len(f.outputs) == 1 {
			t = f.outputs[0].typ
		}
		if l.field == "reduce" {
			return t
		}
		if t.List {
			t = flow.AnyType
		}
		return flow.ListType(t)
	}
	return o.typ
}

// over writes what a loop runs over, and returns the type of its items.
func (w *writer) over(c *card, l loop) (flow.Type, *source.Node) {
	do := &source.Node{Kind: source.Map}
	p := c.only(l.over)
	switch {
	case p == nil:
		w.doubt(c, c.at, "there is nothing that the loop runs over")
		emit.Put(do, l.field, emit.Null())
		return flow.AnyType, do
	case l.field == "repeat":
		v := w.argument(c, p, flow.NumberType)
		if n := v.lit.Number(); v.root == "" && !v.isNull() && (n < 0 || n != math.Trunc(n) || n > maxRepeat) {
			w.doubt(c, p.at, "%s is no number of turns: the step fails", flow.FormatNumber(n))
			v = w.anything(v, c)
		}
		if v.isNull() {
			v = literalValue(flow.Number(0))
		}
		emit.Put(do, l.field, v.node())
		return flow.AnyType, do
	case l.over == "object":
		emit.Put(do, l.field, w.argument(c, p, flow.ObjectType).node())
		return flow.ObjectTypeOf(flow.Field{Key: "key", Type: flow.TextType}, flow.Field{Key: "value", Type: flow.AnyType}), do
	}
	v := w.argument(c, p, flow.ListType(flow.AnyType))
	if deep(c) && v.root != "" && !hasParts(itemType(v.typ)) {
		// The compiler knows the items as values without parts, and the loop reads
		// parts of them.
		key := w.before(c, l.over, emit.Line("type", "any[]", "value", v.node()))
		v = refer(flow.ListType(flow.AnyType), w.pendingName, key)
	}
	emit.Put(do, l.field, v.node())
	if v.root == "" {
		return flow.AnyType, do
	}
	return itemType(v.typ), do
}

// maxRepeat is how many turns the language takes.
const maxRepeat = 10_000_000

// itemType is the type of the items of what a loop runs over; a single value is
// a list of one.
func itemType(t flow.Type) flow.Type {
	if t.List {
		return t.Item()
	}
	return flow.AnyType
}

// deep reports whether a loop reads parts of its items.
func deep(c *card) bool {
	return slices.ContainsFunc(c.inputs, func(p *port) bool { return p.proxy != nil && p.proxy.dynamic && p.proxy.path != "" })
}

// turn writes what the flow of a loop is given in each turn.
func (w *writer) turn(c *card, l loop, f *face, items flow.Type) *source.Node {
	p := floInput(c)
	if p != nil && c.embedded[p] != nil {
		return w.record(c, f)
	}
	with := w.arguments(c, f, func(p *port, t flow.Type) *source.Node {
		switch {
		case p.proxy != nil && p.proxy.dynamic && l.field == "repeat":
			w.doubt(c, p.at, "Repeat has no items: %s gets null", flow.Excerpt(p.key))
			return nil
		case p.proxy != nil && p.proxy.dynamic:
			v := refer(items, syntax.RootItem)
			if p.proxy.path != "" {
				for _, part := range strings.Split(p.proxy.path, ".") {
					if !hasParts(v.typ) {
						return v.node()
					}
					v = v.inside(part)
				}
			}
			if flow.Convertible(v.typ, t) != nil {
				w.doubt(c, p.at, "%s can never be %s: it gets null", flow.Excerpt(p.key), t)
				return nil
			}
			return v.node()
		case l.field == "reduce" && p.key == "memo":
			return emit.Reference(syntax.RootMemo)
		}
		return w.given(c)(p, t)
	})
	if l.field == "reduce" {
		if in := f.byField[[2]string{"", "memo"}]; in != nil && with.Get(in.name) == nil {
			emit.Put(with, in.name, emit.Reference(syntax.RootMemo))
		}
	}
	if f.index != nil {
		emit.Put(with, f.index.name, emit.Reference(syntax.RootIndex))
	}
	w.caller(with, f)
	return with
}

// record writes what a flow that stands inside a loop is given: the fields of
// the item, and what it reads of the flow around it.
func (w *writer) record(c *card, f *face) *source.Node {
	with := &source.Node{Kind: source.Map}
	for _, in := range f.inputs {
		if in == f.index {
			emit.Put(with, in.name, emit.Reference(syntax.RootIndex))
			continue
		}
		if in.group == groupContext {
			for _, p := range c.inputs {
				if p.group == in.group && p.key == in.key {
					emit.Put(with, in.name, w.argument(c, p, in.typ).node())
					break
				}
			}
			continue
		}
		path := []string{in.key}
		if in.group != "" {
			path = []string{in.group, in.key}
		}
		emit.Put(with, in.name, emit.Reference(syntax.RootItem, path...))
	}
	w.caller(with, f)
	return with
}

// concurrency writes how many turns run at once; nil for one.
func (w *writer) concurrency(c *card, p *port) *source.Node {
	v := w.argument(c, p, flow.NumberType)
	if v.root != "" {
		return v.node()
	}
	n := v.lit.Number()
	switch {
	case n <= 1:
		return nil
	case n > maxConcurrency:
		w.doubt(c, p.at, "%s turns at once are too many: %d run", flow.FormatNumber(n), maxConcurrency)
		n = maxConcurrency
	}
	return source.NumberNode(math.Trunc(n))
}

// maxConcurrency is how many turns of a loop may run at once.
const maxConcurrency = 200

// memo is the running value before the first item.
func (w *writer) memo(c *card, f *face) value {
	p := c.only("memo")
	if p == nil {
		return nullValue()
	}
	t := flow.ObjectType
	if len(f.outputs) == 1 {
		t = f.outputs[0].typ
	}
	return w.argument(c, p, t)
}

// loopFlow returns the flow that a loop runs: the one that the card names, or one
// around it that gives what the loop needs.
func (w *writer) loopFlow(c *card, l loop) *face {
	f := w.named(c)
	switch {
	case l.single && (len(f.outputs) != 1 || (l.field == "filter" || l.field == "find") && flow.Convertible(f.outputs[0].typ, flow.BoolType) != nil):
		return w.im.around(w, f, c, "value")
	case l.object && (len(f.outputs) == 0 || len(f.outputs) == 1 && w.objects(c)):
		return w.im.around(w, f, c, "object")
	case l.field == "reduce" && len(f.outputs) == 0:
		return w.im.around(w, f, c, "value")
	case l.field == "map_object" && (len(f.outputs) != 2 || f.out("key") == nil || f.out("value") == nil):
		return w.im.around(w, f, c, "member")
	}
	return f
}

// objects reports whether a card says that the items that it gives are objects
// of any members: then an item is the object of what the flow returns.
func (w *writer) objects(c *card) bool {
	for _, p := range c.outputs {
		if p.key == "new list" {
			return p.typ.Base == flow.BaseObject && p.typ.List && len(p.typ.Fields) == 0
		}
	}
	return false
}

// around makes a helper that calls a flow and gives its results in the form that
// a loop needs: one value, or one object of all of them.
func (im *importer) around(w *writer, f *face, c *card, form string) *face {
	id := f.key + " " + form
	if g := im.arounds[id]; g != nil {
		return g
	}
	g := &face{def: f.def, byField: f.byField, inputs: f.inputs, index: f.index, parent: f.parent, failure: f.failure, typ: flow.FlowHelper,
		key: im.keys.take(f.key + "_" + form), name: f.name + " (" + form + ")"}
	im.arounds[id] = g
	back := &source.Node{Kind: source.Map}
	switch form {
	case "object":
		g.added = "gives what " + f.key + " returns as an object, for lists of objects"
		g.outputs = []*output{{key: "result", typ: flow.ObjectType}}
		all := &source.Node{Kind: source.Map, Flow: true}
		for _, o := range f.outputs {
			emit.Put(all, o.key, emit.Reference("turn", o.key))
		}
		emit.Put(back, "result", all)
	case "member":
		g.added = "gives key and value of what " + f.key + " returns"
		g.outputs = []*output{{key: "key", typ: flow.TextType}, {key: "value", typ: flow.AnyType}}
		for _, o := range g.outputs {
			if x := f.out(o.key); x != nil && flow.Convertible(x.typ, o.typ) == nil {
				emit.Put(back, o.key, emit.Reference("turn", o.key))
			}
		}
		im.report.doubt(flow.CodeImportCard, c.at.offset, w.at(c), "the flow %s should return key and value and nothing else", flow.Excerpt(f.name))
	default:
		g.added = "gives one value of what " + f.key + " returns"
		o := im.decisive(f)
		g.outputs = []*output{{key: "result", typ: flow.AnyType}}
		if o != nil {
			emit.Put(back, "result", emit.Reference("turn", o.key))
		}
		im.report.doubt(flow.CodeImportCard, c.at.offset, w.at(c), "the flow %s should return exactly one value", flow.Excerpt(f.name))
	}
	im.extra(g, func() []*source.Node {
		call := emit.Map("name", "turn", "call", f.key)
		with := &source.Node{Kind: source.Map}
		for _, in := range f.inputs {
			emit.Put(with, in.name, emit.Reference(syntax.RootInput, in.name))
		}
		emit.Set(call, "with", with)
		return []*source.Node{call, wrap("return", back)}
	})
	return g
}

// decisive is the output that counts where a loop wants one value and a flow
// gives several: the first truth value, else the first.
func (im *importer) decisive(f *face) *output {
	for _, o := range f.outputs {
		if o.typ.Is(flow.BaseBool) {
			return o
		}
	}
	if len(f.outputs) == 0 {
		return nil
	}
	return f.outputs[0]
}

// paginate writes Paginate: a flow is called again with what it gave.
func (w *writer) paginate(c *card) {
	f := w.named(c)
	name := w.name(c, "Paginate", "pages")
	do := &source.Node{Kind: source.Map}
	var start, path *port
	for _, p := range c.inputs {
		switch {
		case p.isFlow:
		case p.typ.Base == flow.BaseObject && start == nil:
			start = p
		case p.typ.Is(flow.BaseText) && path == nil:
			path = p
		}
	}
	if start == nil || path == nil {
		w.lose(c, c.at, "Paginate is not complete: it is left out")
		w.became(c, "nothing", "")
		return
	}
	emit.Put(do, "paginate", w.argument(c, start, flow.ObjectType).node())
	text, _ := w.constantText(c, path)
	emit.Put(do, "path", source.TextNode(text))
	emit.Put(do, "flow", source.TextNode(f.key))
	w.became(c, "paginate", name)
	w.made[c] = &made{what: "paginate", read: func(p *port) (value, bool) { return refer(flow.ObjectType, name, "output"), true }}
	w.finish(c, name, do)
}

package flopack

import (
	"slices"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// callee returns the flow that a card names, or one that fails in its place:
// a connector with a hole in it is better than none.
func (im *importer) callee(w *writer, c *card, id string, at *node) *face {
	d := im.pack.byID[id]
	if d == nil {
		if id == "" {
			im.report.loss(flow.CodeImportReference, at.offset, w.at(c), "the card names no flow: it fails")
		} else {
			im.report.loss(flow.CodeImportReference, at.offset, w.at(c), "the flow %s is not in the export: the card fails", flow.Excerpt(id))
		}
		return im.missing(c, id)
	}
	f := im.byDef[d]
	if im.circles[[2]*flowDef{w.face.def, d}] {
		im.report.loss(flow.CodeImportReference, at.offset, w.at(c), "flows cannot call each other in a circle: this call of %s fails", flow.Excerpt(f.name))
		return im.missing(c, "circle of "+id)
	}
	if f.typ != flow.FlowHelper {
		return im.twin(f)
	}
	return f
}

// missing makes a flow that stands for one that the export does not hold, and
// fails when it is called. It gives whatever is read of it.
func (im *importer) missing(c *card, id string) *face {
	f := im.absent[id]
	if f == nil {
		f = &face{key: im.keys.take("missing_flow"), name: "Missing Flow", typ: flow.FlowHelper, byField: map[[2]string]*input{},
			added: "stands for a flow that the export does not hold", def: &flowDef{at: c.at}}
		im.absent[id] = f
		im.extra(f, func() []*source.Node { return []*source.Node{failure("The flow was not part of the export.")} })
	}
	im.wanted(f, c)
	return f
}

// wanted gives a flow that the export does not hold the outputs that are read.
func (im *importer) wanted(f *face, c *card) {
	for _, p := range c.outputs {
		if c.scope.used[p] > 0 && f.out(p.key) == nil && p.group != groupContext {
			f.give(&port{group: p.group, key: p.key, typ: flow.AnyType})
		}
	}
	if len(f.outputs) == 0 {
		f.outputs = []*output{{key: "output", typ: flow.AnyType}}
	}
}

func failure(message string) *source.Node {
	return wrap("return_error", emit.Line("statusCode", 501, "message", message))
}

// twin makes a helper of the cards of a flow that also begins otherwise: only
// helpers can be called.
func (im *importer) twin(f *face) *face {
	if t := im.twins[f]; t != nil {
		return t
	}
	t := *f
	t.typ, t.key, t.name = flow.FlowHelper, im.keys.take(f.key+"_steps"), f.name+" (steps)"
	t.added = "the steps of " + f.key + ", which other flows call"
	im.twins[f] = &t
	im.order = append(im.order, &t)
	return &t
}

// floInput finds the input of a card that names a flow.
func floInput(c *card) *port {
	if p := c.only("flo"); p != nil && p.isFlow {
		return p
	}
	for _, p := range c.inputs {
		if p.isFlow && p.group == "" {
			return p
		}
	}
	return nil
}

// named returns the flow that a card calls.
func (w *writer) named(c *card) *face {
	p := floInput(c)
	if p == nil {
		return w.im.callee(w, c, "", c.at)
	}
	if s := c.embedded[p]; s != nil {
		return w.im.lifted(w, c, s)
	}
	id := ""
	if p.data != nil && p.data.kind == textNode {
		id = p.data.text
	}
	if len(c.scope.sources[p]) > 0 {
		w.lose(c, p.at, "which flow is called cannot be decided when the flow runs")
		id = ""
	}
	return w.im.callee(w, c, id, p.at)
}

// arguments writes what a called flow is given. Inputs that it does not have are
// left over from before it was changed.
func (w *writer) arguments(c *card, f *face, value func(p *port, t flow.Type) *source.Node) *source.Node {
	with := &source.Node{Kind: source.Map}
	for _, p := range c.inputs {
		if p.isFlow || !p.custom && p.proxy == nil && f.byField[[2]string{p.group, p.key}] == nil || builtIn(c, p) {
			continue
		}
		in := f.byField[[2]string{p.group, p.key}]
		if in == nil {
			if len(c.scope.sources[p]) > 0 || !p.data.empty() && !isZero(p.data) {
				w.im.report.doubt(flow.CodeImportReference, p.at.offset, w.at(c), "the flow %s has no input %s any more: it is not given", flow.Excerpt(f.name), flow.Excerpt(p.key))
			}
			continue
		}
		if with.Get(in.name) != nil {
			continue
		}
		if n := value(p, in.typ); n != nil {
			emit.Put(with, in.name, n)
		}
	}
	return with
}

// builtIn reports whether an input of a calling card is the card's own.
func builtIn(c *card, p *port) bool {
	if p.group != "" || p.custom || p.proxy != nil {
		return false
	}
	return slices.Contains([]string{"list", "object", "count", "memo", "concurrency"}, p.key) && !c.is("control", "spawn") && !c.is("control", "run")
}

// given is an argument of a call: null where nothing was entered.
func (w *writer) given(c *card) func(p *port, t flow.Type) *source.Node {
	return func(p *port, t flow.Type) *source.Node {
		if len(c.scope.sources[p]) == 0 && p.data.empty() {
			return nil
		}
		return w.argument(c, p, t).node()
	}
}

// call writes Call Flow.
func (w *writer) call(c *card) {
	f := w.named(c)
	name := w.name(c, "Call Flow", f.key)
	with := w.arguments(c, f, w.given(c))
	w.caller(with, f)
	w.became(c, "call", name)
	w.made[c] = &made{what: "call of " + f.key, read: func(p *port) (value, bool) {
		o := f.result(p.group, p.key)
		if o == nil {
			o = f.out(p.key)
		}
		if o == nil {
			return value{}, false
		}
		return refer(o.typ, name, o.key), true
	}}
	do := wrap("call", source.TextNode(f.key))
	emit.Set(do, "with", with)
	w.finish(c, name, do)
}

// caller tells a flow who calls it, where it asks.
func (w *writer) caller(with *source.Node, f *face) {
	if f.parent == nil {
		return
	}
	n := emit.Line("name", syntax.EscapeText(w.face.name, false))
	emit.Put(n, "execution_id", emit.Reference(syntax.RootContext, "execution_id"))
	emit.Put(with, f.parent.name, n)
}

// start writes Call Flow Async.
func (w *writer) start(c *card) {
	p := floInput(c)
	var f *face
	if p != nil && p.data != nil && p.data.kind == textNode && w.im.pack.byID[p.data.text] != nil && len(c.scope.sources[p]) == 0 {
		f = w.im.byDef[w.im.pack.byID[p.data.text]] // it may start a flow that starts this one
		if f.typ != flow.FlowHelper {
			f = w.im.twin(f)
		}
	} else {
		f = w.named(c)
	}
	name := w.name(c, "Call Flow Async", f.key)
	with := w.arguments(c, f, w.given(c))
	w.caller(with, f)
	w.became(c, "start", name)
	do := wrap("start", source.TextNode(f.key))
	emit.Set(do, "with", with)
	w.finish(c, name, do)
}

// lifted makes a helper of a flow that stands inside a loop. What it reads of
// the flow around it becomes its inputs.
func (im *importer) lifted(w *writer, c *card, s *scope) *face {
	if f := im.lifts[s]; f != nil {
		return f
	}
	f := &face{def: w.face.def, byField: map[[2]string]*input{}, name: w.face.name + " (loop)", key: im.keys.take(w.face.key + "_loop"), scope: s, block: im.inner[s],
		typ: flow.FlowHelper, added: "the flow inside " + c.named()}
	im.lifts[s] = f
	if f.block != nil && len(f.block.items) > 0 && f.block.items[0].card.is("control", "callable") {
		f.head = f.block.items[0].card
		f.block = &block{items: f.block.items[1:]}
	}
	im.parameters(f)
	im.results(f)
	im.order = append(im.order, f)
	return f
}

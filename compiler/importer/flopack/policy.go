package flopack

import (
	"math"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// finish adds the step of a card, with what its error policy says.
func (w *writer) finish(c *card, name string, do *source.Node) {
	p := c.policy
	card := do.Get("card") != nil
	if p.retry > 0 {
		if card {
			emit.Put(do, "retry", w.retry(c))
		} else {
			w.lose(c, p.at, "only cards can be tried again: a failure of this step counts at once")
		}
	}
	switch p.kind {
	case "flo":
		w.after(c, name, do, w.helperAfter(c))
		return
	case "return":
		w.after(c, name, do, w.returnAfter(c))
		return
	case "finish":
	default:
		w.doubt(c, p.at, "what is done after an error is not known: %s; the error ends the flow", flow.Excerpt(p.kind))
	}
	w.step(name, do)
}

// retry writes how often a step is tried again, and after which waits.
func (w *writer) retry(c *card) *source.Node {
	p := c.policy
	n := &source.Node{Kind: source.Map, Flow: true}
	if p.limited {
		emit.Put(n, "for", source.TextNode("rate_limits"))
	} else {
		emit.Put(n, "for", source.TextNode("all"))
	}
	times := p.retry
	if times > 5 {
		w.doubt(c, p.at, "a step is tried again 5 times at most, and not %d", times)
		times = 5
	}
	emit.Put(n, "times", source.NumberNode(float64(times)))
	lo, hi := seconds(p.delay[0]), seconds(p.delay[1])
	switch {
	case p.delay == [2]float64{}:
	case lo == hi:
		emit.Put(n, "between", source.NumberNode(lo))
	default:
		between := &source.Node{Kind: source.List, Flow: true}
		emit.Push(between, source.NumberNode(min(lo, hi)))
		emit.Push(between, source.NumberNode(max(lo, hi)))
		emit.Put(n, "between", between)
	}
	return n
}

// seconds is a wait in milliseconds as the language takes it.
func seconds(ms float64) float64 { return max(1, min(300, math.Round(ms/1000))) }

// handling is what is done after an error: a call, or a return.
type handling struct{ call, with, back *source.Node }

// helperAfter writes the call of the flow that runs after an error. It gets the
// error where it asks for it, and the arguments of the policy.
func (w *writer) helperAfter(c *card) handling {
	f := w.im.callee(w, c, c.policy.flow, c.policy.at)
	with := &source.Node{Kind: source.Map}
	if f.failure != nil {
		emit.Put(with, f.failure.name, emit.Reference(syntax.RootError))
	}
	for _, p := range c.policy.args {
		in := f.byField[[2]string{p.group, p.key}]
		if in == nil || with.Get(in.name) != nil || p.isFlow {
			continue
		}
		if v := w.argument(c, p, in.typ); !v.isNull() {
			emit.Put(with, in.name, v.node())
		}
	}
	return handling{call: source.TextNode(f.key), with: with}
}

// returnAfter writes what a flow returns after an error.
func (w *writer) returnAfter(c *card) handling {
	back := &source.Node{Kind: source.Map, Flow: true}
	for _, p := range c.policy.args {
		key, t, ok := w.resultOf(p)
		if !ok || back.Get(key) != nil || p.isFlow {
			if !ok && (len(c.scope.sources[p]) > 0 || !p.data.empty()) {
				w.doubt(c, p.at, "the result %s after an error goes nowhere: the flow does not give it otherwise", flow.Excerpt(p.key))
			}
			continue
		}
		if v := w.argument(c, p, t); !v.isNull() {
			emit.Put(back, key, v.node())
		}
	}
	return handling{back: back}
}

// after adds a step with what is done when it fails. Cards say it themselves;
// around other steps it takes If Error, and a step behind it that ends the flow.
func (w *writer) after(c *card, name string, do *source.Node, h handling) {
	if do.Get("card") != nil {
		on := &source.Node{Kind: source.Map, Flow: true}
		if h.back != nil {
			emit.Put(on, "return", h.back)
		} else {
			emit.Put(on, "call", h.call)
			if h.with.Flow = true; len(h.with.Members) > 0 {
				emit.Put(on, "with", h.with)
			}
		}
		emit.Put(do, "on_error", on)
		w.step(name, do)
		return
	}
	for _, key := range []string{"return", "continue_if", "return_raw", "if"} {
		if do.Get(key) != nil {
			w.doubt(c, c.policy.at, "what is done after an error of this step is left out: it would end another block than it does now")
			w.step(name, do)
			return
		}
	}
	w.flush()
	guard := w.im.reserved(w.names, w.hint+"_guard")
	outs, back := &source.Node{Kind: source.Map}, &source.Node{Kind: source.Map}
	inner := name
	if m := w.made[c]; m != nil && name != "" {
		for _, p := range c.outputs {
			v, ok := m.read(p)
			if c.scope.used[p] == 0 || !ok || v.root != name || len(v.path) == 0 || outs.Get(v.path[0]) != nil {
				continue
			}
			t := v.typ
			if len(v.path) > 1 {
				t = flow.ObjectType
			}
			emit.Put(outs, v.path[0], source.TextNode(typeNode(t)))
			emit.Put(back, v.path[0], emit.Reference(inner, v.path[0]))
		}
		read := m.read
		w.made[c] = &made{what: m.what, read: func(p *port) (value, bool) {
			v, ok := read(p)
			if v.root == inner {
				v.root = guard
			}
			return v, ok
		}}
	}
	failed := "failed"
	for outs.Get(failed) != nil {
		failed += "_"
	}
	emit.Put(outs, failed, source.TextNode("boolean"))
	held := w.comments
	w.comments = nil
	steps := w.inList(func() {
		w.step(inner, do)
		if len(back.Members) > 0 {
			w.append(wrap("return", back))
		}
	})
	handler := w.inList(func() {
		if h.call != nil {
			call := wrap("call", h.call)
			emit.Set(call, "with", h.with)
			w.append(call)
		}
		w.append(wrap("return", emit.Line(failed, true)))
	})
	w.comments = held
	try := wrap("try", steps)
	emit.Put(try, "if_error", handler)
	emit.Put(try, "outputs", outs)
	w.step(guard, try)
	if h.back == nil {
		cond := &source.Node{Kind: source.Map, Flow: true}
		emit.Put(cond, "a", emit.Reference(guard, failed))
		emit.Put(cond, "is", source.TextNode("!="))
		emit.Put(cond, "b", &source.Node{Kind: source.Bool, True: true})
		w.append(wrap("continue_if", cond))
		return
	}
	stop := wrap("if", emit.Reference(guard, failed))
	emit.Put(stop, "then", emit.List(wrap("return", h.back)))
	w.append(stop)
}

// wrap makes a mapping of one member.
func wrap(key string, n *source.Node) *source.Node {
	out := &source.Node{Kind: source.Map}
	emit.Put(out, key, n)
	return out
}

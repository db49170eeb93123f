package flopack

import (
	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// ifElse writes If/Else with its branches, and the join behind them as outputs.
func (w *writer) ifElse(it item) {
	c, join := it.card, it.join
	usual := "If/Else"
	name := ""
	own := c.title != "" && c.title != usual
	base := "if"
	if own {
		base = identifier(c.title, base)
	}
	if own || join.needed() || c.needed() {
		if !own {
			base = "branch"
		}
		name = w.im.reserved(w.names, base)
	}
	w.hint = base
	do := emit.Map()
	emit.Put(do, "if", w.condition(c, ""))
	w.flush()
	w.became(c, "if", name)
	held := w.comments
	w.comments = nil
	outs := w.phis(join)
	branch := func(b *block, then bool) *source.Node {
		return w.inList(func() {
			w.became(b.noop, "nothing", "")
			w.run(b)
			for _, o := range outs {
				w.phi(it, o, then)
			}
			if w.pending != nil {
				w.flush()
			}
		})
	}
	yes := branch(it.yes, true)
	no := branch(it.no, false)
	after := w.comments
	w.comments = held
	emit.Put(do, "then", yes)
	emit.Set(do, "else", no)
	outputs := &source.Node{Kind: source.Map}
	for _, o := range outs {
		n := emit.Line("type", typeNode(o.typ))
		if o.then != nil {
			emit.Put(n, "then", o.then)
		}
		if o.other != nil {
			emit.Put(n, "else", o.other)
		}
		emit.Put(outputs, o.key, n)
	}
	emit.Set(do, "outputs", outputs)
	w.comments = paragraphs(w.comments, after)
	w.became(join, "if", name)
	read := func(p *port) (value, bool) {
		for _, o := range outs {
			if o.port.key == p.key {
				return refer(o.typ, name, o.key), true
			}
		}
		return value{}, false
	}
	w.made[join] = &made{what: "if", read: read}
	w.made[c] = &made{what: "if", read: func(p *port) (value, bool) {
		return refer(flow.BoolType, name, "result"), p.key == "result"
	}}
	w.finish(c, name, do)
}

// phi is one value that leaves the branches of If/Else.
type phi struct {
	key         string
	port        *port // of the join
	in          *port
	typ         flow.Type
	then, other *source.Node
}

// phis lists the outputs of a join that something reads.
func (w *writer) phis(join *card) []*phi {
	var out []*phi
	seen := map[string]bool{}
	taken := names{"result": 2} // what the condition gave
	for _, p := range join.outputs {
		if join.scope.used[p] == 0 || seen[p.key] || p.key == "" {
			continue
		}
		seen[p.key] = true
		o := &phi{key: taken.take(p.key), port: p, typ: p.typ}
		o.typ.Fields = nil
		for in, outs := range join.joins {
			for _, q := range outs {
				if q == p {
					o.in = in
				}
			}
		}
		out = append(out, o)
	}
	return out
}

// phi settles what a branch gives for an output, while the branch is written.
func (w *writer) phi(it item, o *phi, then bool) {
	if o.in == nil {
		return
	}
	b, other := it.no, it.yes
	if then {
		b, other = it.yes, it.no
	}
	wires := it.join.scope.sources[o.in]
	var from *wire
	for i := range wires {
		src := shownSource(wires[i].from)
		if b.holds(src) {
			from = &wires[i]
			break
		}
		if !other.holds(src) && from == nil { // of the flow around both
			from = &wires[i]
		}
	}
	var n *source.Node
	switch {
	case from != nil:
		n = w.fit(it.join, o.port.key, w.wired(*from, o.in), o.typ).node()
	case o.in.data != nil && !o.in.data.empty() && !o.in.isFlow:
		n = w.fit(it.join, o.port.key, literalValue(o.in.data.value()), o.typ).node()
	}
	if then {
		o.then = n
	} else {
		o.other = n
	}
}

// shownSource is the card behind a hidden one that reads a part of its output.
func shownSource(c *card) *card {
	if c.expands() {
		if in := c.only("object"); in != nil && len(c.scope.sources[in]) > 0 {
			return c.scope.sources[in][0].from
		}
	}
	return c
}

// outside reports whether a card begins the flow, or the block, that it stands in.
func (w *writer) outside(c *card) bool {
	return c == w.face.head || c == w.face.inner || w.im.heads[c.scope] == c
}

// holds reports whether a card stands in a block, at any depth.
func (b *block) holds(c *card) bool {
	if b == nil {
		return false
	}
	for _, it := range b.items {
		if it.card == c || it.join == c || it.yes.holds(c) || it.no.holds(c) {
			return true
		}
	}
	return false
}

func (w *writer) continueIf(c *card) {
	name := w.name(c, "Continue If", "continue_if")
	do := emit.Map()
	emit.Put(do, "continue_if", w.condition(c, ""))
	if m := c.input("otherwise", "message"); m != nil && (len(c.scope.sources[m]) > 0 || !m.data.empty()) {
		v := w.operand(c, m)
		v.to = nil
		emit.Put(do, "message", v.node())
	}
	w.became(c, "continue_if", name)
	w.finish(c, name, do)
}

// returns writes Return: its fields are the results.
func (w *writer) returns(c *card) {
	w.hint = "result"
	vals := &source.Node{Kind: source.Map}
	for _, p := range c.inputs {
		key, t, ok := w.resultOf(p)
		if !ok || vals.Get(key) != nil {
			if !ok && (len(c.scope.sources[p]) > 0 || !p.data.empty()) {
				w.doubt(c, p.at, "the result %s goes nowhere: nobody takes it", flow.Excerpt(p.key))
			}
			continue
		}
		if p.isFlow {
			if n := w.flowKey(c, p); n != nil {
				emit.Put(vals, key, n)
			}
			continue
		}
		v := w.argument(c, p, t)
		if v.isNull() {
			continue
		}
		emit.Put(vals, key, v.node())
	}
	w.became(c, "return", "")
	do := emit.Map()
	emit.Put(do, "return", vals)
	w.finish(c, "", do)
}

// resultOf is the key and type that a result is declared with, in the innermost
// block.
func (w *writer) resultOf(p *port) (string, flow.Type, bool) {
	if w.blockOuts != nil {
		t, ok := w.blockOuts[p.key]
		return p.key, t, ok
	}
	if o := w.face.result(p.group, p.key); o != nil {
		return o.key, o.typ, true
	}
	return "", flow.Type{}, false
}

// failure writes the fields of an error.
func (w *writer) failure(c *card, skip map[string]bool) *source.Node {
	n := &source.Node{Kind: source.Map}
	for _, p := range c.inputs {
		if skip[p.key] && p.group == "" || p.group == groupContext || p.key == "" || p.isFlow || hasMember(n, p.key) {
			continue
		}
		t := flow.AnyType
		switch p.key {
		case "statusCode":
			t = flow.NumberType
		case "message":
			t = flow.TextType
		}
		if len(c.scope.sources[p]) == 0 && p.data.empty() && p.key != "message" {
			continue
		}
		emit.Put(n, p.key, w.argument(c, p, t).node())
	}
	return n
}

func hasMember(n *source.Node, key string) bool { return n.Get(key) != nil }

func (w *writer) returnError(c *card) {
	name := w.name(c, "Return Error", "return_error")
	do := emit.Map()
	emit.Put(do, "return_error", w.failure(c, nil))
	w.became(c, "return_error", name)
	w.mirrors(c)
	w.finish(c, name, do)
}

func (w *writer) returnErrorIf(c *card) {
	name := w.name(c, "Return Error If", "return_error_if")
	do := emit.Map()
	emit.Put(do, "return_error_if", w.condition(c, ""))
	emit.Put(do, "error", w.failure(c, map[string]bool{"left-operand": true, "operator": true, "right-operand": true}))
	w.became(c, "return_error_if", name)
	w.mirrors(c)
	w.finish(c, name, do)
}

// mirrors makes the outputs of a card those of its inputs.
func (w *writer) mirrors(c *card) {
	w.made[c] = &made{what: c.title, read: func(p *port) (value, bool) {
		in := c.input(p.group, p.key)
		if in == nil {
			return value{}, false
		}
		return w.operand(c, in), true
	}}
}

// assign writes Assign.
func (w *writer) assign(c *card) {
	name := w.name(c, "Assign", w.assigned(c))
	vals := &source.Node{Kind: source.Map}
	type target struct {
		key string
		typ flow.Type
	}
	at := map[[2]string]target{}
	for _, p := range c.inputs {
		if p.isFlow || p.key == "" {
			continue
		}
		key := p.key
		if vals.Get(key) != nil {
			key = p.group + " " + p.key
		}
		if vals.Get(key) != nil {
			w.lose(c, p.at, "the value %s stands twice; the first one counts", flow.Excerpt(p.key))
			continue
		}
		v := w.operand(c, p)
		to := v.to
		v.to = nil
		if v.root != "" && flow.Convertible(v.typ, p.typ) != nil {
			v = w.anything(v, c)
		}
		t := p.typ
		t.Fields = nil
		n := v.node()
		plain := v.typ.Base == t.Base && v.typ.List == t.List && to == nil || t.Base == flow.BaseAny && !t.List
		if v.root == "" && !plain {
			if x, err := flow.Convert(v.lit, t); err != nil || x.Kind() != flow.KindDate && v.lit.IsNull() {
				t = flow.AnyType
				plain = true
			}
		}
		if plain && !looksTyped(n) {
			emit.Put(vals, key, n)
			at[[2]string{p.group, p.key}] = target{key, v.typ}
			continue
		}
		emit.Put(vals, key, emit.Line("type", typeNode(t), "value", n))
		if vals.Members[len(vals.Members)-1].Value.Get("value") == nil {
			emit.Put(vals.Members[len(vals.Members)-1].Value, "value", n)
		}
		at[[2]string{p.group, p.key}] = target{key, t}
	}
	w.became(c, "assign", name)
	w.made[c] = &made{what: "assign", read: func(p *port) (value, bool) {
		t, ok := at[[2]string{p.group, p.key}]
		return refer(t.typ, name, t.key), ok
	}}
	do := emit.Map()
	emit.Put(do, "assign", vals)
	w.finish(c, name, do)
}

// looksTyped reports whether a value would be read as one with a type.
func looksTyped(n *source.Node) bool {
	return n.Kind == source.Map && n.Get("value") != nil && (len(n.Members) == 1 || len(n.Members) == 2 && n.Get("type") != nil)
}

// assigned names an Assign after the only value in it.
func (w *writer) assigned(c *card) string {
	if len(c.inputs) == 1 {
		return identifier(c.inputs[0].key, "assign")
	}
	return "settings"
}

func (w *writer) assignIf(c *card) {
	name := w.name(c, "Assign If", c.purpose("choice"))
	t := flow.AnyType
	if len(c.outputs) > 0 {
		t = c.outputs[0].typ
		t.Fields = nil
	}
	differ := false
	do := emit.Map()
	emit.Put(do, "assign_if", w.condition(c, ""))
	for _, part := range [][2]string{{"valueIfTrue", "then"}, {"valueIfFalse", "else"}} {
		p := c.only(part[0])
		if p == nil || p.isFlow {
			continue
		}
		if v := w.argument(c, p, t); !v.isNull() {
			emit.Put(do, part[1], v.node())
			differ = differ || !v.is(t)
		}
	}
	if differ {
		emit.Put(do, "as", source.TextNode(typeNode(t)))
	}
	w.became(c, "assign_if", name)
	w.made[c] = &made{what: "assign_if", read: func(p *port) (value, bool) {
		return refer(t, name, "output"), p.key == "output"
	}}
	w.finish(c, name, do)
}

// lookup writes Lookup: the entries of its table are inputs of a group.
func (w *writer) lookup(c *card) {
	name := w.name(c, "Lookup", c.purpose("lookup"))
	t := flow.AnyType
	for _, o := range c.outputs {
		if o.key == "result" {
			t = o.typ
			t.Fields = nil
		}
	}
	differ := false
	do := emit.Map()
	if key := c.only("key"); key != nil {
		emit.Put(do, "lookup", w.argument(c, key, flow.TextType).node())
	} else {
		emit.Put(do, "lookup", emit.Null())
	}
	options := &source.Node{Kind: source.Map}
	for _, p := range c.inputs {
		if p.group == "options" && options.Get(p.key) == nil && !p.isFlow {
			v := w.argument(c, p, t)
			emit.Put(options, p.key, v.node())
			differ = differ || !v.is(t)
		}
	}
	emit.Put(do, "options", options)
	if p := c.only("else"); p != nil && (len(c.scope.sources[p]) > 0 || !p.data.empty()) {
		v := w.argument(c, p, t)
		emit.Put(do, "else", v.node())
		differ = differ || !v.is(t)
	}
	if differ {
		emit.Put(do, "as", source.TextNode(typeNode(t)))
	}
	w.became(c, "lookup", name)
	w.made[c] = &made{what: "lookup", read: func(p *port) (value, bool) {
		return refer(t, name, "result"), p.key == "result"
	}}
	w.finish(c, name, do)
}

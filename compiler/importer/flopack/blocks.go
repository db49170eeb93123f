package flopack

import (
	"slices"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// groupElse is the group of the last branch of If/ElseIf.
const groupElse = "else"

// choose writes If/ElseIf: each branch is a flow of its own inside the card.
func (w *writer) choose(c *card) {
	name := w.name(c, "If/ElseIf", "choice")
	var arms []string
	for _, p := range c.inputs { // in order of their first inputs
		if p.group != "" && p.group != groupContext && p.group != groupElse && !slices.Contains(arms, p.group) {
			arms = append(arms, p.group)
		}
	}
	if i := slices.Index(arms, "if"); i > 0 {
		arms = slices.Insert(slices.Delete(arms, i, i+1), 0, "if")
	}
	outs, types := w.blockOutputs(c)
	w.carry(c)
	branches := emit.List()
	var conds []*source.Node
	for _, g := range arms {
		conds = append(conds, w.condition(c, g))
	}
	w.flush()
	held := w.comments
	w.comments = nil
	for i, g := range arms {
		b := &source.Node{Kind: source.Map}
		emit.Put(b, "when", conds[i])
		emit.Put(b, "steps", w.armSteps(c, g, types))
		emit.Push(branches, b)
	}
	if len(arms) == 0 {
		w.doubt(c, c.at, "If/ElseIf has no branch with a test")
		b := &source.Node{Kind: source.Map}
		emit.Put(b, "when", &source.Node{Kind: source.Bool})
		emit.Put(b, "steps", emit.List())
		emit.Push(branches, b)
	}
	if p := c.input(groupElse, "flo"); p != nil && c.embedded[p] != nil {
		if steps := w.armSteps(c, groupElse, types); len(steps.Members) > 0 {
			b := &source.Node{Kind: source.Map}
			emit.Put(b, "else", steps)
			emit.Push(branches, b)
		}
	}
	w.comments = paragraphs(held, w.comments)
	do := emit.Map()
	emit.Put(do, "choose", branches)
	emit.Set(do, "outputs", outs)
	w.became(c, "choose", name)
	w.made[c] = &made{what: "choose", read: blockRead(types, name)}
	w.finish(c, name, do)
}

// armSteps writes a branch of If/ElseIf.
func (w *writer) armSteps(c *card, group string, types map[string]flow.Type) *source.Node {
	p := c.input(group, "flo")
	if p == nil || c.embedded[p] == nil {
		return emit.List()
	}
	return w.inner(c.embedded[p], types)
}

// try writes If Error.
func (w *writer) try(c *card) {
	name := w.name(c, "If Error", "attempt")
	outs, types := w.blockOutputs(c)
	w.carry(c)
	w.flush()
	held := w.comments
	w.comments = nil
	steps, handler := emit.List(), emit.List()
	if p := c.only("flo"); p != nil && c.embedded[p] != nil {
		steps = w.inner(c.embedded[p], types)
	} else {
		w.doubt(c, c.at, "If Error has nothing to try")
	}
	if h := c.policy.handler; h != nil {
		handler = w.inner(h, types)
	}
	w.comments = paragraphs(held, w.comments)
	do := emit.Map()
	emit.Put(do, "try", steps)
	emit.Put(do, "if_error", handler)
	emit.Set(do, "outputs", outs)
	w.became(c, "try", name)
	w.made[c] = &made{what: "try", read: blockRead(types, name)}
	w.step(name, do) // its policy is its handler
}

// inner writes the steps of a flow that stands inside a card.
func (w *writer) inner(s *scope, types map[string]flow.Type) *source.Node {
	outer := w.blockOuts
	w.blockOuts = types
	defer func() { w.blockOuts = outer }()
	b := w.im.inner[s]
	if b == nil {
		return emit.List()
	}
	items := b.items
	if len(items) > 0 && w.im.heads[s] == items[0].card && items[0].card.is("control", "callable") {
		w.became(items[0].card, "block", "")
		items = items[1:]
	}
	return w.inList(func() {
		w.run(&block{items: items})
		w.plainReturn()
	})
}

// plainReturn drops a Return of nothing at the end of a block.
func (w *writer) plainReturn() {
	n := len(w.steps.Members)
	if n == 0 {
		return
	}
	last := w.steps.Members[n-1].Value
	if r := last.Get("return"); r != nil && len(r.Members) == 0 && len(last.Members) == 1 {
		w.comments = paragraphs(last.Members[0].Head, w.comments)
		w.steps.Members = w.steps.Members[:n-1]
	}
}

// blockOutputs declares what a card with embedded flows gives.
func (w *writer) blockOutputs(c *card) (*source.Node, map[string]flow.Type) {
	outs, types := &source.Node{Kind: source.Map}, map[string]flow.Type{}
	for _, p := range c.outputs {
		if p.group == groupContext || p.key == "" || c.scope.used[p] == 0 {
			continue
		}
		if _, twice := types[p.key]; twice {
			continue
		}
		t := p.typ
		t.Fields = nil
		types[p.key] = t
		emit.Put(outs, p.key, source.TextNode(typeNode(t)))
	}
	return outs, types
}

func blockRead(types map[string]flow.Type, name string) func(p *port) (value, bool) {
	return func(p *port) (value, bool) {
		t, ok := types[p.key]
		return refer(t, name, p.key), ok
	}
}

// carry puts values aside that an embedded flow is handed and could not read
// where it stands: those that a wire converts, and the error of a handler around
// it, which has an error of its own.
func (w *writer) carry(c *card) {
	for _, in := range c.inputs {
		wires := c.scope.sources[in]
		if in.group != groupContext || in.wormhole == "" || len(wires) == 0 {
			continue
		}
		v := w.wired(wires[0], in)
		switch {
		case v.root == syntax.RootError:
			key := w.before(c, keyError, v.node())
			w.carried[in] = refer(v.typ, w.pendingName, key)
		case v.to != nil:
			w.carried[in] = w.converted(c, in.key, v, *v.to)
		}
	}
}

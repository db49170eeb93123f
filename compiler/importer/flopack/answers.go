package flopack

import (
	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// rawParts writes the parts of a hand-made HTTP answer.
func (w *writer) rawParts(c *card) *source.Node {
	n := &source.Node{Kind: source.Map}
	for _, part := range []struct {
		key string
		typ flow.Type
	}{{"statusCode", flow.NumberType}, {"headers", flow.ObjectType}, {"body", flow.TextType}} {
		p := c.only(part.key)
		if p == nil || len(c.scope.sources[p]) == 0 && (p.data.empty() || isZero(p.data)) {
			continue
		}
		emit.Put(n, part.key, w.argument(c, p, part.typ).node())
	}
	return n
}

// returnRaw writes Return Raw. In a block of its own it leaves only the block, as
// Return does, and nobody takes the answer.
func (w *writer) returnRaw(c *card) {
	w.hint = "answer"
	if w.blockOuts != nil {
		w.doubt(c, c.at, "Return Raw in a branch leaves only the branch: its answer goes nowhere")
		w.returns(c)
		return
	}
	parts := w.rawParts(c)
	w.became(c, "return_raw", "")
	w.finish(c, "", wrap("return_raw", parts))
}

// pause writes Pause.
func (w *writer) pause(c *card) {
	name := w.name(c, "Pause", "pause")
	vals := &source.Node{Kind: source.Map}
	for _, p := range c.inputs {
		if p.group == groupContext || p.key == "" || p.isFlow || vals.Get(p.key) != nil {
			continue
		}
		emit.Put(vals, p.key, w.argument(c, p, flow.AnyType).node())
	}
	outs := &source.Node{Kind: source.Map}
	types := map[string]flow.Type{}
	for _, p := range c.outputs {
		if p.group == groupContext || p.key == "" || outs.Get(p.key) != nil {
			continue
		}
		t := p.typ
		t.Fields = nil
		types[p.key] = t
		emit.Put(outs, p.key, source.TextNode(typeNode(t)))
	}
	do := wrap("pause", vals)
	emit.Set(do, "outputs", outs)
	w.became(c, "pause", name)
	w.made[c] = &made{what: "pause", read: blockRead(types, name)}
	w.finish(c, name, do)
}

// pauseRaw writes Pause Raw.
func (w *writer) pauseRaw(c *card) {
	name := w.name(c, "Pause Raw", "pause")
	do := wrap("pause_raw", w.rawParts(c))
	w.became(c, "pause_raw", name)
	w.made[c] = &made{what: "pause_raw", read: blockRead(map[string]flow.Type{"headers": flow.ObjectType, "body": flow.TextType}, name)}
	w.finish(c, name, do)
}

// cursor writes Cursor. Flows that poll are not in exports as such, so that
// nothing keeps the value.
func (w *writer) cursor(c *card) {
	w.lose(c, c.at, "a cursor belongs to flows that poll, and the export does not say that this one does: it is left out")
	w.became(c, "nothing", "")
}

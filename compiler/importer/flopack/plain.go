package flopack

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// difference is where one of our cards takes or gives something in another form
// than the vendor's of the same kind.
type difference struct {
	card  string
	write func(*writer, *card, *flow.Card) // writes the step; nil: like every card
	out   [4]string                        // group and key of an output of theirs, group and key of ours
}

// differences lists them all.
func differences() []difference {
	return []difference{
		{card: "text.compose", write: (*writer).compose},
		{card: "number.expression", write: (*writer).formula},
		{card: "boolean.expression", write: (*writer).formula},
		{card: "object.construct", write: (*writer).construct},
		{card: "list.construct", write: (*writer).constructList},
		{card: "object.pick", write: (*writer).pick},
		{card: "control.wait", write: (*writer).wait},
		{card: "export.flow", out: [4]string{"", "output", "file", "content"}},
	}
}

func differenceOf(key string) difference {
	for _, d := range differences() {
		if d.card == key {
			return d
		}
	}
	return difference{}
}

// plain writes a card of ours.
func (w *writer) plain(c *card, own *flow.Card) {
	if d := differenceOf(own.Key); d.write != nil {
		d.write(w, c, own)
		return
	}
	w.plainly(c, own)
}

// plainly writes a card of ours input by input.
func (w *writer) plainly(c *card, own *flow.Card) {
	name := w.name(c, own.Title, w.usualName(c, own))
	w.own(c, own, name, w.inputs(c, own, nil))
}

// usualName is what the step of a card is called whose author gave it no title.
func (w *writer) usualName(c *card, own *flow.Card) string {
	switch own.Family() {
	case "http":
		return "response"
	case "json":
		if own.Name() == "parse" {
			return "parsed"
		}
		return c.purpose("json")
	case "text", "number", "url", "convert":
		return c.purpose(snake(own))
	}
	return snake(own)
}

// snake is the name of a card as a key.
func snake(own *flow.Card) string { return identifier(own.Name(), "card") }

// own adds the step of a card of ours.
func (w *writer) own(c *card, own *flow.Card, name string, with *source.Node) {
	w.became(c, own.Key, name)
	w.made[c] = &made{what: own.Key, read: func(p *port) (value, bool) { return ownOutput(own, name, p) }}
	do := emit.Map("card", own.Key)
	if requests(own) {
		emit.Set(do, "connection", w.im.slot(c))
	}
	emit.Set(do, "with", with)
	w.finish(c, name, do)
}

// requests reports whether a card makes HTTP requests.
func requests(own *flow.Card) bool {
	return own.Effect != flow.Pure && slices.Contains(own.Errors, flow.CodeEgressSecretHost)
}

// ownOutput is the value of an output of a card of ours.
func ownOutput(own *flow.Card, name string, p *port) (value, bool) {
	group, key := p.group, p.key
	if d := differenceOf(own.Key); d.out[3] != "" && group == d.out[0] && key == d.out[1] {
		group, key = d.out[2], d.out[3]
	}
	for i := range own.Out {
		o := &own.Out[i]
		if o.Group != group || o.Key != key {
			continue
		}
		if group == "" {
			return refer(o.Type, name, key), true
		}
		return refer(o.Type, name, group, key), true
	}
	if group != "" && own.Output("", group) >= 0 { // an object whose members are outputs of theirs
		return refer(flow.AnyType, name, group, key), true
	}
	return value{}, false
}

// inputs writes what a card of ours is given. skip tells inputs that stand
// elsewhere.
func (w *writer) inputs(c *card, own *flow.Card, skip func(*port) bool) *source.Node {
	with := newGrouped()
	taken := map[[2]string]bool{}
	for _, p := range c.inputs {
		if skip != nil && skip(p) {
			continue
		}
		n := w.input(c, own, p)
		if n == nil {
			continue
		}
		id := [2]string{p.group, p.key}
		if taken[id] {
			w.lose(c, p.at, "the input %s stands twice; the first one counts", flow.Excerpt(p.key))
			continue
		}
		taken[id] = true
		emit.Put(with.in(p.group), p.key, n)
	}
	for i := range own.In { // what a damaged export lacks, and the card needs
		in := &own.In[i]
		if !in.Required || in.Default != "" || with.has(in.Group, in.Key) || skip != nil && c.input(in.Group, in.Key) != nil {
			continue
		}
		w.doubt(c, c.at, "the card has no input %s, which %s needs: it gets null", flow.Excerpt(in.Key), own.Key)
		emit.Put(with.in(in.Group), in.Key, emit.Null())
	}
	return with.Node
}

// input writes one input of a card of ours; nil when it is not given.
func (w *writer) input(c *card, own *flow.Card, p *port) *source.Node {
	wired := len(c.scope.sources[p]) > 0
	i := own.Input(p.group, p.key)
	if i < 0 {
		e := own.Extra
		switch {
		case e != nil && e.Group == p.group && p.key != "":
			if p.isFlow {
				return w.flowKey(c, p)
			}
			return w.argument(c, p, e.Type).node()
		case e == nil && p.group != "" && p.key != "" && !p.isFlow && takesMembers(own, p.group):
			return w.argument(c, p, flow.AnyType).node()
		case wired || !p.data.empty() && !isZero(p.data):
			w.lose(c, p.at, "the card %s has no input %s", own.Key, flow.Excerpt(strings.TrimPrefix(p.group+"."+p.key, ".")))
		}
		return nil
	}
	in := &own.In[i]
	if p.isFlow {
		return w.flowKey(c, p)
	}
	if wired {
		return w.argument(c, p, in.Type).node()
	}
	if p.data == nil {
		if in.Required && in.Default == "" {
			return emit.Null()
		}
		return nil
	}
	v := p.data.value()
	if !in.Required && w.usual(in, p, v) {
		return nil
	}
	if len(in.Choices) > 0 && !in.Type.List {
		text, err := flow.Convert(v, flow.TextType)
		if err != nil || !choice(in, text.Text()) {
			w.doubt(c, p.at, "%s takes %s only from a list, and %s is not on it: the step fails", own.Key, flow.Excerpt(p.key), flow.Excerpt(v.String()))
			return w.anything(literalValue(v), c).node()
		}
	}
	return w.argument(c, p, in.Type).node()
}

// takesMembers reports whether a card of ours takes as one object what are inputs
// of a group of theirs.
func takesMembers(own *flow.Card, group string) bool {
	i := own.Input("", group)
	return i >= 0 && own.In[i].Type.Is(flow.BaseObject)
}

func choice(in *flow.Port, v string) bool {
	if v == "" && in.MayBeEmpty() {
		return true
	}
	for _, c := range in.Choices {
		if c.Value == v {
			return true
		}
	}
	return false
}

// usual reports whether an input has the same value when nothing is given.
func (w *writer) usual(in *flow.Port, p *port, v flow.Value) bool {
	if v.IsNull() {
		return true
	}
	if in.Default == "" {
		return p.data.empty() || in.Type.Is(flow.BaseNumber) && !in.Nullable && isZero(p.data) || in.Type.Is(flow.BaseBool) && isZero(p.data)
	}
	def, err := flow.ParseJSON([]byte(in.Default), flow.JSONLimits{})
	return err == nil && flow.Equal(def, v)
}

// flowKey writes the key of a flow that an input names.
func (w *writer) flowKey(c *card, p *port) *source.Node {
	if p.data == nil || p.data.kind != textNode || p.data.text == "" {
		return nil
	}
	if d := w.im.pack.byID[p.data.text]; d != nil {
		return source.TextNode(w.im.byDef[d].key)
	}
	w.im.report.loss(flow.CodeImportReference, p.at.offset, w.at(c), "the flow %s is not in the export", flow.Excerpt(p.data.text))
	return source.TextNode(w.im.missing(c, p.data.text).key)
}

// construct writes a card that builds an object: a dot in a name leads into an
// object inside, and a number there into a list.
func (w *writer) construct(c *card, own *flow.Card) {
	name := w.name(c, own.Title, c.purpose("object"))
	root := &tree{}
	for _, p := range c.inputs {
		if p.key == "" {
			w.lose(c, p.at, "a field without a name is left out")
			continue
		}
		var n *source.Node
		if p.isFlow {
			n = w.flowKey(c, p)
		} else {
			n = w.argument(c, p, flow.AnyType).node()
		}
		if n == nil {
			n = emit.Null()
		}
		if !root.put(strings.Split(p.key, "."), n) {
			root.put([]string{p.key}, n)
			w.doubt(c, p.at, "the field %s does not fit the others: its dots stay in its name", flow.Excerpt(p.key))
		}
	}
	w.own(c, own, name, root.object())
}

// constructList writes a card that builds a list: names play no part, and must
// differ all the same.
func (w *writer) constructList(c *card, own *flow.Card) {
	name := w.name(c, own.Title, c.purpose("list"))
	with := emit.Map()
	taken := map[string]bool{}
	for _, p := range c.inputs {
		base := p.key
		if base == "" || random(base) {
			base = "item"
		}
		key := base
		for i := 2; taken[key]; i++ {
			key = base + " " + flow.FormatNumber(float64(i))
		}
		taken[key] = true
		emit.Put(with, key, w.argument(c, p, flow.AnyType).node())
	}
	w.own(c, own, name, with)
}

// pick writes a card that reads several parts of an object: its outputs are what
// the author added.
func (w *writer) pick(c *card, own *flow.Card) {
	name := w.name(c, own.Title, "fields")
	with := w.inputs(c, own, nil)
	outs := &source.Node{Kind: source.Map}
	taken := map[string]bool{}
	for _, p := range c.outputs {
		if p.key == "" || taken[p.key] {
			continue
		}
		taken[p.key] = true
		emit.Put(outs, p.key, source.TextNode(""))
	}
	emit.Put(with, "outputs", outs)
	w.own(c, own, name, with)
	w.made[c].read = func(p *port) (value, bool) { return refer(flow.AnyType, name, p.key), taken[p.key] }
}

// wait writes a pause. Longer units than days are days to us.
func (w *writer) wait(c *card, own *flow.Card) {
	days := map[string]float64{"week": 7, "month": 30, "year": 365}
	unit, delay := c.only("unit"), c.only("delay")
	if unit == nil || delay == nil || unit.data == nil || days[unit.data.text] == 0 || len(c.scope.sources[delay]) > 0 || delay.data == nil {
		w.plainly(c, own)
		return
	}
	name := w.name(c, own.Title, "wait")
	w.own(c, own, name, emit.Map("delay", source.NumberNode(delay.data.value().Number()*days[unit.data.text]), "unit", "day"))
}

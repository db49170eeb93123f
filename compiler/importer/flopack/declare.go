package flopack

import (
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// foreignFile writes the declarations of the cards of a connector.
func (im *importer) foreignFile(k *foreignConnector) *source.Document {
	root := &source.Node{Kind: source.Map}
	if k.key != strings.ToLower(k.key) {
		emit.Put(root, "key", source.TextNode(k.key))
	}
	emit.Set(root, "version", k.version)
	cards := &source.Node{Kind: source.Map}
	for _, d := range k.cards {
		im.report.Cards = append(im.report.Cards, ForeignReport{Card: k.key + "." + d.key, Uses: d.uses})
		emit.Put(cards, d.key, im.cardNode(d))
	}
	emit.Put(root, "cards", cards)
	return &source.Document{Root: root}
}

func (im *importer) cardNode(d *foreignCard) *source.Node {
	n := &source.Node{Kind: source.Map}
	if title := printable(d.title); title != "" && title != inWords(d.key) {
		emit.Put(n, "title", source.TextNode(title))
	}
	options := &source.Node{Kind: source.Map}
	for _, o := range d.options {
		if options.Get(o.key) != nil {
			continue
		}
		emit.Put(options, o.key, optionNode(o))
	}
	emit.Set(n, "options", options)
	emit.Set(n, "inputs", fieldNodes(d.inputs))
	emit.Set(n, "outputs", fieldNodes(d.outputs))
	emit.Set(n, "streams", d.streams)
	return n
}

func optionNode(o *foreignField) *source.Node {
	n := &source.Node{Kind: source.Map, Flow: true}
	if o.typ.Base != flow.BaseAny || o.typ.List {
		emit.Put(n, "type", source.TextNode(typeNode(o.typ)))
	}
	emit.Set(n, "label", labelOf(o))
	choices := &source.Node{Kind: source.List, Flow: true}
	for _, c := range o.choices {
		if c.Label == c.Value {
			emit.Push(choices, source.TextNode(c.Value))
		} else {
			emit.Push(choices, emit.Line("label", printable(c.Label), "value", c.Value))
		}
	}
	emit.Set(n, "choices", choices)
	if len(n.Members) == 1 && n.Get("type") != nil {
		return n.Get("type")
	}
	return n
}

// labelOf is what people see of a field, where it is not its key.
func labelOf(o *foreignField) string {
	if l := printable(o.label); l != o.key {
		return l
	}
	return ""
}

// fieldNodes declares fields; those of a group stand under its name.
func fieldNodes(fields []*foreignField) *source.Node {
	out := &source.Node{Kind: source.Map}
	groups := map[string]*source.Node{}
	for _, o := range fields {
		n := declaration(o.typ)
		label := labelOf(o)
		if label != "" || o.required {
			if n.Kind == source.Text {
				n = emit.Line("type", n.Text)
			}
			emit.Set(n, "required", o.required)
			emit.Set(n, "label", label)
		}
		if o.group == "" {
			if out.Get(o.key) == nil {
				emit.Put(out, o.key, n)
			}
			continue
		}
		g := groups[o.group]
		if g == nil {
			g = &source.Node{Kind: source.Map}
			groups[o.group] = g
			emit.Put(out, o.group, wrap("fields", g))
		}
		emit.Put(g, o.key, n)
	}
	return out
}

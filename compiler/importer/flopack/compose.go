package flopack

import (
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// token is one part of a text that names inputs as {{{key}}}.
type token struct {
	text string
	in   *port // nil: the text itself
}

// tokens takes the text of a card apart.
func tokens(c *card, text string) []token {
	var out []token
	begin := 0 // of the text that no token is in
	add := func(end int) {
		if end > begin {
			out = append(out, token{text: text[begin:end]})
		}
	}
	for at := 0; ; {
		i := strings.Index(text[at:], "{{{")
		if i < 0 {
			break
		}
		i += at
		j := strings.Index(text[i:min(i+maxToken, len(text))], "}}}")
		if j < 0 {
			at = i + 3
			continue
		}
		j += i
		if p := c.only(text[i+3 : j]); p != nil && p.key != textKey {
			add(i)
			out = append(out, token{in: p})
			at, begin = j+3, j+3
			continue
		}
		at = i + 3
	}
	add(len(text))
	return out
}

// maxToken bounds the length of a token; the designer's have 14 to 17 characters.
const maxToken = 200

// textKey is the input that holds a text with tokens.
const textKey = "_text_"

// compose writes a text with values in it, which the language has as a text with
// references in it.
func (w *writer) compose(c *card, own *flow.Card) {
	text := c.only(textKey)
	if text == nil || len(c.scope.sources[text]) > 0 || text.data == nil || text.data.kind != textNode {
		w.plainly(c, own)
		return
	}
	name := w.name(c, own.Title, c.purpose("text"))
	parts := tokens(c, text.data.text)
	vals := make([]value, len(parts))
	for i, p := range parts {
		if p.in == nil {
			vals[i] = literalValue(flow.Text(p.text))
			continue
		}
		vals[i] = w.textual(c, p.in)
	}
	n := w.template(vals)
	var v *source.Node = n
	if len(vals) == 1 && vals[0].root != "" {
		v = emit.Line("type", "text", "value", n)
	}
	w.became(c, "assign", name)
	w.made[c] = &made{what: own.Key, read: func(p *port) (value, bool) { return refer(flow.TextType, name, "text"), true }}
	do := emit.Map()
	as := emit.Map()
	emit.Put(as, "text", v)
	emit.Put(do, "assign", as)
	w.finish(c, name, do)
}

// textual is the value of an input as a part of a text.
func (w *writer) textual(c *card, p *port) value {
	v := w.operand(c, p)
	if v.root == "" {
		x, err := flow.Convert(v.lit, flow.TextType)
		if err != nil {
			x = flow.Text("")
		}
		return literalValue(x)
	}
	if v.to != nil && v.to.Base != flow.BaseText {
		v = w.converted(c, p.key, v, *v.to)
	}
	if flow.Convertible(v.typ, flow.TextType) != nil {
		v = w.anything(v, c)
	}
	return v
}

// template writes values one behind the other as a text.
func (w *writer) template(vals []value) *source.Node {
	var b strings.Builder
	for i, v := range vals {
		if v.root == "" {
			b.WriteString(syntax.EscapeText(v.lit.Text(), i+1 < len(vals) && vals[i+1].root != ""))
			continue
		}
		b.WriteString(v.node().Text)
	}
	return source.TextNode(b.String())
}

// formula writes a card whose text is a formula: its tokens get names that can
// be read.
func (w *writer) formula(c *card, own *flow.Card) {
	text := c.only(textKey)
	if text == nil || len(c.scope.sources[text]) > 0 || text.data == nil || text.data.kind != textNode {
		w.plainly(c, own)
		return
	}
	name := w.name(c, own.Title, c.purpose(snake(own)))
	taken, keys := names{textKey: 2}, map[*port]string{}
	with := emit.Map()
	var b strings.Builder
	var fields []*source.Member
	for _, p := range tokens(c, text.data.text) {
		if p.in == nil {
			b.WriteString(p.text)
			continue
		}
		if keys[p.in] == "" {
			v := w.argument(c, p.in, flow.AnyType)
			key := "value"
			if n := len(v.path); n > 0 {
				key = identifier(v.path[n-1], key)
			}
			keys[p.in] = taken.take(key)
			fields = append(fields, &source.Member{Key: keys[p.in], Value: v.node()})
		}
		b.WriteString("{{{" + keys[p.in] + "}}}")
	}
	emit.Put(with, textKey, source.TextNode(syntax.EscapeText(b.String(), false)))
	with.Members = append(with.Members, fields...)
	w.own(c, own, name, with)
}

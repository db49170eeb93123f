package flopack

import (
	"slices"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// condition writes the test of a card: two inputs and an operator, in a group.
// Both sides are of the type that the author gave them before they are compared.
func (w *writer) condition(c *card, group string) *source.Node {
	left, op, right := c.input(group, "left-operand"), c.input(group, "operator"), c.input(group, "right-operand")
	if left == nil {
		w.doubt(c, c.at, "a test has nothing to compare")
		return emit.Line("a", emit.Null(), "is", "is not empty")
	}
	sign := "=="
	if op != nil {
		if s, ok := w.constantText(c, op); !ok || s != "" && !slices.Contains(operators(), s) {
			return w.compared(c, left, op, right)
		} else if s != "" {
			sign = s
		}
	}
	a, b := w.operand(c, left), nullValue()
	rt := flow.AnyType
	if right != nil {
		b, rt = w.operand(c, right), right.typ
	}
	if sign == "is empty" || sign == "is not empty" {
		return w.test(w.side(c, left.key, a, flow.AnyType, false), sign, value{}, false, flow.AnyType)
	}
	as := flow.AnyType
	want, wantB := flow.AnyType, flow.AnyType
	switch sign {
	case "in", "not in":
	case "%":
		want, wantB = flow.NumberType, flow.NumberType
	case "has", "doesn't have":
		want, wantB = flow.ObjectType, flow.TextType
	default:
		if scalar(left.typ) && left.typ.Equal(rt) && (!a.is(left.typ) || !b.is(rt)) {
			as, want, wantB = left.typ, left.typ, left.typ
		}
	}
	typed := as.Base != flow.BaseAny
	return w.test(w.side(c, left.key, a, want, typed), sign, w.side(c, "b", b, wantB, typed), true, as)
}

// operators are those that conditions have.
func operators() []string {
	return []string{"==", "!=", ">=", "<=", ">", "<", "%", "in", "not in", "has", "doesn't have", "is empty", "is not empty"}
}

func scalar(t flow.Type) bool {
	return !t.List && (t.Base == flow.BaseText || t.Base == flow.BaseNumber || t.Base == flow.BaseBool || t.Base == flow.BaseDate)
}

// is reports whether the compiler knows a value to be of a type.
func (v value) is(t flow.Type) bool {
	return v.to == nil && v.typ.Base == t.Base && v.typ.List == t.List
}

// side is one side of a condition. typed says that the condition converts it.
func (w *writer) side(c *card, key string, v value, t flow.Type, typed bool) value {
	if typed {
		v.to = nil
		if v.root == "" && !v.lit.IsNull() {
			if _, err := flow.Convert(v.lit, t); err != nil {
				return w.anything(v, c)
			}
		} else if flow.Convertible(v.typ, t) != nil {
			return w.anything(v, c)
		}
		return v
	}
	if v.to == nil && t.Base == flow.BaseAny {
		return v // compared as it is
	}
	return w.fit(c, key, v, t)
}

func (w *writer) test(a value, sign string, b value, two bool, as flow.Type) *source.Node {
	n := &source.Node{Kind: source.Map, Flow: true}
	emit.Put(n, "a", a.node())
	emit.Put(n, "is", source.TextNode(sign))
	if two {
		emit.Put(n, "b", b.node())
	}
	if as.Base != flow.BaseAny {
		emit.Put(n, "type", source.TextNode(as.String()))
	}
	return n
}

// constantText is the text of an input that is not wired.
func (w *writer) constantText(c *card, p *port) (string, bool) {
	switch {
	case len(c.scope.sources[p]) > 0:
		return "", false
	case p.data == nil:
		return "", true
	case p.data.kind != textNode:
		return "", false
	}
	return p.data.text, true
}

// compared is a test whose operator is not known, or none: a card compares.
func (w *writer) compared(c *card, left, op, right *port) *source.Node {
	with := emit.Map()
	emit.Put(with, "left-operand", w.argument(c, left, flow.AnyType).node())
	o := w.argument(c, op, flow.TextType)
	if o.root == "" {
		w.doubt(c, op.at, "there is no comparison %s: the step fails", flow.Excerpt(o.lit.String()))
		o = w.anything(o, c)
	}
	emit.Put(with, "operator", o.node())
	if right != nil {
		emit.Put(with, "right-operand", w.argument(c, right, flow.AnyType).node())
	}
	name := w.names.take("test")
	w.step(name, emit.Map("card", "boolean.compare", "with", with))
	return emit.Reference(name, "result")
}

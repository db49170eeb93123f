package object

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// maxParts bounds the parts of a path, and with them the depth that Set can
// build: as deep as JSON is read by default.
const maxParts = 128

// path leads to a place inside a value. In its dotted form numeric parts are
// positions in lists; in its literal form, a list of text, every part is a key.
type path struct {
	parts   []string
	literal bool
}

// pathOf reads the path of input i: a list of literal keys, or anything else as
// dotted text. More than 128 parts are limit.depth.
func pathOf(c *flow.Call, i int) (path, error) {
	v := c.Value(i)
	if v.Kind() == flow.KindList {
		return literalPath(v)
	}
	t, err := flow.Convert(v, flow.TextType)
	if err == nil {
		err = c.Spend(fuelPath * int64(len(t.Text())))
	}
	if err != nil {
		return path{}, err
	}
	return dottedPath(t.Text())
}

// fuelPath is the price of each byte of a dotted path, which may be the JSON text
// of an object.
const fuelPath = 10

func dottedPath(s string) (path, error) {
	if strings.Count(s, ".") >= maxParts {
		return path{}, tooLong()
	}
	return path{parts: flow.SplitPath(s)}, nil
}

func literalPath(v flow.Value) (path, error) {
	if v.List().Len() > maxParts {
		return path{}, tooLong()
	}
	keys, err := flow.Convert(v, flow.ListType(flow.TextType))
	if err != nil {
		return path{}, err
	}
	p := path{literal: true}
	for _, k := range keys.List().All() {
		p.parts = append(p.parts, k.Text())
	}
	return p, nil
}

func tooLong() error {
	return flow.Errorf(flow.CodeLimitDepth, "a path has more than %d parts", maxParts)
}

// index reads a part as a position of a list; a literal part is none.
func (p path) index(part string) (int, bool) {
	if p.literal {
		return 0, false
	}
	i, err := strconv.Atoi(part)
	return i, err == nil && i >= 0
}

// lookup returns what stands at p in v, and whether anything does.
func (p path) lookup(v flow.Value) (flow.Value, bool) {
	for _, part := range p.parts {
		found := false
		switch v.Kind() {
		case flow.KindObject:
			v, found = v.Object().Get(part)
		case flow.KindList:
			if i, ok := p.index(part); ok && i < v.List().Len() {
				v, found = v.List().At(i), true
			}
		}
		if !found {
			return flow.Value{}, false
		}
	}
	return v, true
}

// set returns v with x at p. Missing objects on the way are created, and a
// simple value on the way gives place to one. A list takes a position up to its
// length; one beyond is list.bounds, a key is input.invalid.
func (p path) set(v, x flow.Value) (flow.Value, error) {
	if len(p.parts) == 0 {
		return x, nil
	}
	part, rest := p.parts[0], path{p.parts[1:], p.literal}
	inner := func(old flow.Value) (flow.Value, error) {
		if old.HasSecret() && !x.HasSecret() && (len(rest.parts) == 0 || old.Kind() == flow.KindSecret) {
			return flow.Value{}, replacesSecret(part)
		}
		return rest.set(old, x)
	}
	if v.Kind() == flow.KindList {
		return p.setItem(v.List(), inner)
	}
	o := v.Object() // empty for a simple value
	old, _ := o.Get(part)
	next, err := inner(old)
	if err != nil {
		return flow.Value{}, err
	}
	return o.With(part, next), nil
}

func (p path) setItem(l *flow.List, inner func(flow.Value) (flow.Value, error)) (flow.Value, error) {
	i, ok := p.index(p.parts[0])
	if !ok {
		return flow.Value{}, flow.Errorf(flow.CodeInputInvalid, "a list has no key %s", flow.Excerpt(p.parts[0]))
	}
	if i > l.Len() {
		return flow.Value{}, flow.Errorf(flow.CodeListBounds, "position %d is outside a list of %d items", i, l.Len())
	}
	items := l.Items()
	if i == len(items) {
		items = append(items, flow.Null())
	}
	next, err := inner(items[i])
	if err != nil {
		return flow.Value{}, err
	}
	items[i] = next
	return flow.ListOf(items...), nil
}

// unset returns v without what stands at p; v itself where nothing does. The
// items behind a removed list item move up.
func (p path) unset(v flow.Value) flow.Value {
	if len(p.parts) == 0 {
		return v
	}
	last := len(p.parts) == 1
	rest := path{p.parts[min(1, len(p.parts)):], p.literal}
	switch v.Kind() {
	case flow.KindList:
		i, ok := p.index(p.parts[0])
		if !ok || i >= v.List().Len() {
			return v
		}
		items := v.List().Items()
		if last {
			return flow.ListOf(slices.Delete(items, i, i+1)...)
		}
		items[i] = rest.unset(items[i])
		return flow.ListOf(items...)
	case flow.KindObject:
		o := v.Object()
		at := o.Shape().Find(p.parts[0])
		if at < 0 {
			return v
		}
		if last {
			return without(o, at)
		}
		vals := make([]flow.Value, o.Len())
		for i := range vals {
			vals[i] = o.At(i)
		}
		vals[at] = rest.unset(vals[at])
		return flow.NewObject(o.Shape(), vals)
	}
	return v
}

func without(o *flow.Object, at int) flow.Value {
	keys := make([]string, 0, o.Len()-1)
	vals := make([]flow.Value, 0, o.Len()-1)
	for i := range o.Len() {
		if i != at {
			keys = append(keys, o.Key(i))
			vals = append(vals, o.At(i))
		}
	}
	return flow.NewObject(flow.NewShape(keys), vals)
}

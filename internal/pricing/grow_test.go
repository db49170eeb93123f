package pricing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// growth makes one or all inputs of a card large.
type growth struct {
	name string
	grow func(in flow.Value, size int) flow.Value
}

// growths lists the ways to enlarge what a card is given: each text, list,
// object or any input alone, those that can be all together, and author-made
// inputs in number.
func growths(card *flow.Card) []growth {
	var out []growth
	var large []int
	for i := range card.In {
		p := &card.In[i]
		if len(p.Choices) > 0 || !p.Type.List && !slices.Contains([]flow.Base{flow.BaseText, flow.BaseObject, flow.BaseAny}, p.Type.Base) {
			continue
		}
		large = append(large, i)
		for _, how := range fillers(p.Type) {
			out = append(out, growth{p.Key + how.name, func(in flow.Value, size int) flow.Value {
				return with(in, p.Group, p.Key, how.grow(get(in, p.Group, p.Key), size))
			}})
		}
	}
	if len(large) > 1 {
		out = append(out, growth{"all inputs", func(in flow.Value, size int) flow.Value {
			for _, i := range large {
				p := &card.In[i]
				in = with(in, p.Group, p.Key, fillers(p.Type)[0].grow(get(in, p.Group, p.Key), size))
			}
			return in
		}})
	}
	if e := card.Extra; e != nil {
		out = append(out, growth{"author-made inputs", func(in flow.Value, size int) flow.Value {
			var b flow.ObjectBuilder
			for i := range max(1, min(size/10, 2_000)) { // more do not fit a source file
				b.Set(fmt.Sprintf("f%d", i), item(e.Type, i))
			}
			if e.Group != "" {
				return with(in, "", e.Group, b.Value())
			}
			for k, v := range b.Value().Object().All() {
				in = with(in, "", k, v)
				if size > 10_000 && in.Object().Len() > 300 {
					break // with copies the object each time
				}
			}
			return in
		}})
	}
	return out
}

// fillers are the ways to enlarge a value of type t, given the example's.
func fillers(t flow.Type) []growth {
	repeated := growth{"", func(v flow.Value, size int) flow.Value {
		s := v.Text()
		if s == "" {
			s = "lorem ipsum "
		}
		return flow.Text(strings.Repeat(s, size/len(s)+1)[:size])
	}}
	switch {
	case t.List:
		return []growth{{"", func(v flow.Value, size int) flow.Value {
			have := v.List()
			items := make([]flow.Value, max(1, size/10))
			for i := range items {
				if have.Len() > 0 {
					items[i] = have.At(i % have.Len())
				} else {
					items[i] = item(t.Item(), i)
				}
			}
			return flow.ListOf(items...)
		}}, {" of distinct items", func(_ flow.Value, size int) flow.Value {
			items := make([]flow.Value, max(1, size/10))
			for i := range items {
				items[i] = item(t.Item(), i)
			}
			return flow.ListOf(items...)
		}}}
	case t.Base == flow.BaseObject, t.Base == flow.BaseAny:
		object := growth{" as members", func(_ flow.Value, size int) flow.Value { return members(max(1, size/10)) }}
		if t.Base == flow.BaseObject {
			return []growth{object}
		}
		return []growth{{" as text", repeated.grow}, object}
	}
	return []growth{repeated, {" in blanks", func(_ flow.Value, size int) flow.Value {
		return flow.Text(strings.Repeat(" ", size))
	}}, {" beyond ASCII", func(_ flow.Value, size int) flow.Value {
		return flow.Text(strings.Repeat("Grüße, 日本 😀 ", size/27+1))
	}}}
}

// item is the i-th of many distinct values that convert to t.
func item(t flow.Type, i int) flow.Value {
	switch {
	case t.List:
		return flow.ListOf(item(t.Item(), i), item(t.Item(), i+1))
	case t.Base == flow.BaseNumber:
		return flow.Number(float64(i) * 1.5)
	case t.Base == flow.BaseBool:
		return flow.Bool(i%2 == 0)
	case t.Base == flow.BaseDate:
		return flow.Date(float64(i) * 1e6)
	case t.Base == flow.BaseObject:
		return flow.Members("id", flow.Number(float64(i)), "name", flow.Text(fmt.Sprintf("name %d", i)))
	}
	return flow.Text(fmt.Sprintf("item %d", i))
}

func members(n int) flow.Value {
	var b flow.ObjectBuilder
	for i := range n {
		b.Set(fmt.Sprintf("key%d", i), item(flow.TextType, i))
	}
	return b.Value()
}

// get returns an input, null when it is not given.
func get(in flow.Value, group, key string) flow.Value {
	if group != "" {
		in, _ = in.Object().Get(group)
	}
	v := flow.Null()
	if in.Kind() == flow.KindObject {
		v, _ = in.Object().Get(key)
	}
	return v
}

// with returns in with one input replaced.
func with(in flow.Value, group, key string, v flow.Value) flow.Value {
	if group != "" {
		inner, _ := in.Object().Get(group)
		if inner.Kind() != flow.KindObject {
			inner = flow.Members()
		}
		v = with(inner, "", key, v)
		key = group
	}
	var b flow.ObjectBuilder
	for k, old := range in.Object().All() {
		b.Set(k, old)
	}
	b.Set(key, v)
	return b.Value()
}

package list

import (
	"context"

	"github.com/weirflow/weir/flow"
)

var objects = flow.ListType(flow.ObjectType)

// merger collects members of several objects, later ones over earlier ones. A
// secret is only ever replaced by a secret: a plain value over it is
// secret.flow, so that what comes out of a secret input stays secret.
type merger struct {
	b      flow.ObjectBuilder
	hidden map[string]bool // keys that hold a secret so far
}

func (m *merger) add(o *flow.Object) error {
	for k, v := range o.All() {
		if v.HasSecret() {
			if m.hidden == nil {
				m.hidden = map[string]bool{}
			}
			m.hidden[k] = true
		} else if m.hidden[k] {
			return flow.Errorf(flow.CodeSecretFlow, "a plain value would replace the secret under key %s", flow.Excerpt(k))
		}
		m.b.Set(k, v)
	}
	return nil
}

func collapse() *flow.Card {
	return &flow.Card{
		Key: "list.collapse", Aliases: []string{"kernel:list:collapse"}, Title: "Collapse", Category: category, Since: since,
		Doc: "Merges every object of a list into one object. On a repeated key the later value wins and the key keeps its first place; nested objects are replaced whole, and null items are skipped.",
		In: []flow.Port{{Key: "list", Label: "list", Doc: "The objects to merge.", Type: objects, Required: true,
			Secret: flow.SecretPass}},
		Out:    []flow.Port{out("output", "output", "The merged object; {} for an empty list.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 250, PerItem: 100, PerByte: 5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeSecretFlow},
		Notes: []flow.Note{
			{Topic: "depth of the merge", Vendor: "do not say whether nested objects are merged", Choice: "shallow: a nested object is replaced whole", Why: "as Merge"},
		},
		Examples: []flow.Example{
			{In: `{"list":[{"valueA":"a"},{"valueB":"b"}]}`, Out: `{"output":{"valueA":"a","valueB":"b"}}`},
			{In: `{"list":[{"item":1},null,{"item":2}]}`, Out: `{"output":{"item":2}}`},
			{In: `{"list":[{"a":1},[2]]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			var m merger
			for _, v := range c.List(0).All() {
				o, err := rowOf(v)
				if err == nil {
					err = c.Alive(ctx, 100+200*int64(o.Len()))
				}
				if err == nil {
					err = m.add(o)
				}
				if err != nil {
					return flow.Value{}, err
				}
			}
			return m.b.Value(), nil
		},
	}
}

func merge() *flow.Card {
	port := func(key, doc string) flow.Port {
		return flow.Port{Key: key, Label: key, Doc: doc, Type: objects, Required: true, Secret: flow.SecretPass}
	}
	return &flow.Card{
		Key: "list.merge", Aliases: []string{"kernel:list:merge"}, Title: "Merge", Category: category, Since: since,
		Doc: "Merges the objects that stand at the same position of several lists. On a repeated key the later list wins; nested objects are replaced whole. The result is as long as the longest list.",
		In: []flow.Port{
			port("list1", "The first list of objects."),
			port("list2", "The list whose members win."),
		},
		Extra:  furtherLists(flow.ObjectType, flow.SecretPass),
		Out:    []flow.Port{out("output", "output", "One merged object per position.", objects)},
		Cost:   flow.Cost{Base: 300, PerItem: 150, PerByte: 2.5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeSecretFlow},
		Notes: []flow.Note{{
			Topic: "depth of the merge", Vendor: "do not say whether nested objects are merged",
			Choice: "shallow: a nested object is replaced whole", Why: "the same rule as Merge of objects",
		}},
		Examples: []flow.Example{
			{In: `{"list1":[{"name":"Bob","age":20}],"list2":[{"name":"Bob","height":62}]}`, Out: `{"output":[{"name":"Bob","age":20,"height":62}]}`},
			{In: `{"list1":[{"a":1},{"a":2}],"list2":[{"a":3}]}`, Out: `{"output":[{"a":3},{"a":2}]}`, Note: "lists of different length"},
			{In: `{"list1":[1],"list2":[{"a":3}]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			all := lists(c)
			n := 0
			for _, l := range all {
				n = max(n, l.Len())
			}
			// A list that has ended is taken out, so that many short lists beside
			// a long one cost no more than their items.
			next := make([]flow.Value, n)
			for i := range next {
				var m merger
				live := all[:0]
				for _, l := range all {
					if i >= l.Len() {
						continue
					}
					live = append(live, l)
					o, err := rowOf(l.At(i))
					if err == nil {
						err = c.Alive(ctx, 200+200*int64(o.Len()))
					}
					if err == nil {
						err = m.add(o)
					}
					if err != nil {
						return flow.Value{}, err
					}
				}
				all = live
				next[i] = m.b.Value()
			}
			return flow.ListOf(next...), nil
		},
	}
}

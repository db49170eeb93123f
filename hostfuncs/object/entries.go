package object

import (
	"context"

	"github.com/weirflow/weir/flow"
)

var entryShape = flow.NewShape([]string{"key", "value"})

func entries() *flow.Card {
	return &flow.Card{
		Key: "object.entries", Title: "Entries", Category: category, Since: since,
		Doc:    "Lists the members of an object as objects of key and value, in the object's order.",
		In:     []flow.Port{subject("The object to list.")},
		Out:    []flow.Port{out("list", "list", "One {key, value} for each member.", flow.ListType(flow.ObjectType))},
		Cost:   flow.Cost{Base: 150, PerItem: 200},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"object":{"a":1,"b":[2]}}`, Out: `{"list":[{"key":"a","value":1},{"key":"b","value":[2]}]}`},
			{In: `{"object":{}}`, Out: `{"list":[]}`},
			{In: `{"object":7}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			o, err := object(c.Value(0))
			if err != nil {
				return flow.Value{}, err
			}
			if err := c.Reserve(c.Value(0).Size() + int64(o.Len())*256); err != nil {
				return flow.Value{}, err
			}
			items := make([]flow.Value, 0, o.Len())
			for k, v := range o.All() {
				items = append(items, flow.NewObject(entryShape, []flow.Value{flow.Text(k), v}))
			}
			return flow.ListOf(items...), nil
		},
	}
}

func fromEntries() *flow.Card {
	return &flow.Card{
		Key: "object.fromEntries", Title: "From Entries", Category: category, Since: since,
		Doc:    "Makes an object of a list of objects with key and value. Of equal keys the later value wins, in the place of the first; an entry without a key is left out.",
		In:     []flow.Port{{Key: "list", Label: "list", Doc: "The entries.", Type: flow.ListType(flow.ObjectType), Required: true}},
		Out:    []flow.Port{out("output", "output", "The object.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 150, PerItem: 150},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"list":[{"key":"A","value":10},{"key":"B","value":20}]}`, Out: `{"output":{"A":10,"B":20}}`},
			{In: `{"list":[{"key":"a","value":1},{},{"key":"a","value":2}]}`, Out: `{"output":{"a":2}}`},
			{In: `{"list":[7]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			var b flow.ObjectBuilder
			for _, e := range c.List(0).All() {
				key, ok := e.Object().Get("key")
				if !ok || key.IsNull() {
					continue
				}
				k, err := flow.Convert(key, flow.TextType)
				if err != nil {
					return flow.Value{}, err
				}
				v, _ := e.Object().Get("value")
				b.Set(k.Text(), v)
			}
			return b.Value(), nil
		},
	}
}

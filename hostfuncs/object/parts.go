package object

import (
	"context"

	"github.com/weirflow/weir/flow"
)

func keyList(o *flow.Object) flow.Value {
	list := make([]flow.Value, o.Len())
	for i := range list {
		list[i] = flow.Text(o.Key(i))
	}
	return flow.ListOf(list...)
}

func valueList(o *flow.Object) flow.Value {
	list := make([]flow.Value, o.Len())
	for i := range list {
		list[i] = o.At(i)
	}
	return flow.ListOf(list...)
}

func keys() *flow.Card {
	return &flow.Card{
		Key: "object.keys", Aliases: []string{"kernel:object:keys"}, Title: "Keys", Category: category, Since: since,
		Doc:    "Lists the top-level keys of an object as text, in the order of the object.",
		In:     []flow.Port{subject("The object to read.")},
		Out:    []flow.Port{out("keys", "keys", "The keys.", flow.ListType(flow.TextType))},
		Cost:   flow.Cost{Base: 150, PerItem: 125},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"object":{"Name":"Emily","Hair Color":"Brown"}}`, Out: `{"keys":["Name","Hair Color"]}`},
			{In: `{"object":{}}`, Out: `{"keys":[]}`},
			{In: `{"object":5}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			o, err := object(c.Value(0))
			if err != nil {
				return flow.Value{}, err
			}
			return keyList(o), nil
		},
	}
}

func values() *flow.Card {
	return &flow.Card{
		Key: "object.values", Aliases: []string{"kernel:object:values"}, Title: "Values", Category: category, Since: since,
		Doc:    "Lists the top-level values of an object in the order of its keys.",
		In:     []flow.Port{subject("The object to read.")},
		Out:    []flow.Port{out("values", "values", "The values.", listType)},
		Cost:   flow.Cost{Base: 150, PerItem: 27},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"object":{"Name":"Emily","Age":66,"Tags":["a"]}}`, Out: `{"values":["Emily",66,["a"]]}`},
			{In: `{"object":null}`, Out: `{"values":[]}`},
			{In: `{"object":[1,2]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			o, err := object(c.Value(0))
			if err != nil {
				return flow.Value{}, err
			}
			return valueList(o), nil
		},
	}
}

var unzipShape = flow.NewShape([]string{"keys", "values"})

func unzip() *flow.Card {
	return &flow.Card{
		Key: "object.unzip", Aliases: []string{"kernel:object:unzip"}, Title: "Unzip", Category: category, Since: since,
		Doc: "Splits an object into the list of its keys and the list of its values; it undoes Zip.",
		In:  []flow.Port{subject("The object to split.")},
		Out: []flow.Port{
			out("keys", "keys", "The keys.", flow.ListType(flow.TextType)),
			out("values", "values", "The values in the same order.", listType),
		},
		Cost:   flow.Cost{Base: 350, PerItem: 140},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"object":{"first.name":"John","last.name":"Doe"}}`, Out: `{"keys":["first.name","last.name"],"values":["John","Doe"]}`},
			{In: `{"object":{}}`, Out: `{"keys":[],"values":[]}`},
			{In: `{"object":true}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			o, err := object(c.Value(0))
			if err != nil {
				return flow.Value{}, err
			}
			return flow.NewObject(unzipShape, []flow.Value{keyList(o), valueList(o)}), nil
		},
	}
}

func size() *flow.Card {
	return &flow.Card{
		Key: "object.size", Aliases: []string{"kernel:object:size"}, Title: "Size", Category: category, Since: since,
		Doc:    "Counts the top-level keys of an object.",
		In:     []flow.Port{subject("The object to count.")},
		Out:    []flow.Port{out("size", "size", "Number of keys.", flow.NumberType)},
		Cost:   flow.Cost{Base: 40},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes:  []flow.Note{{Topic: "machine keys", Vendor: "show labels only", Choice: "size", Why: "its label"}},
		Examples: []flow.Example{
			{In: `{"object":{"element1":"a","element2":{"b":1}}}`, Out: `{"size":2}`},
			{In: `{"object":{}}`, Out: `{"size":0}`},
			{In: `{"object":"no JSON"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			o, err := object(c.Value(0))
			if err != nil {
				return flow.Value{}, err
			}
			return flow.Number(float64(o.Len())), nil
		},
	}
}

var pairShape = flow.NewShape([]string{"key", "value"})

// pairBytes is what a {key, value} object costs beside the text of its key and
// its value (flow.Value.Size).
const pairBytes = 216

func split() *flow.Card {
	return &flow.Card{
		Key: "object.split", Aliases: []string{"kernel:object:split"}, Title: "Split", Category: category, Since: since,
		Doc: "Turns an object into a list with one {key, value} object per top-level key, in order; Collapse undoes it. The pairs of further objects follow.",
		In:  []flow.Port{subject("The object to split.")},
		Extra: &flow.Extra{Label: "Further objects", Doc: "More objects; their pairs follow in card order.",
			Type: flow.ObjectType},
		Out:    []flow.Port{out("list", "list", "One object with the members key and value per key.", objectList)},
		Cost:   flow.Cost{Base: 200, PerItem: 200},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Notes:  []flow.Note{{Topic: "machine keys", Vendor: "show labels only", Choice: "list", Why: "what Collapse, its opposite, takes"}},
		Examples: []flow.Example{
			{In: `{"object":{"name":"Jessie","empno":7}}`, Out: `{"list":[{"key":"name","value":"Jessie"},{"key":"empno","value":7}]}`},
			{In: `{"object":{"a":1},"more":{"a":null}}`, Out: `{"list":[{"key":"a","value":1},{"key":"a","value":null}]}`},
			{In: `{"object":["a"]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			given := append([]flow.Value{c.Value(0)}, make([]flow.Value, 0, c.Extra.Len())...)
			for _, v := range c.Extra.All() {
				given = append(given, v)
			}
			var need int64
			n := 0
			for _, v := range given {
				o, err := object(v)
				if err != nil {
					return flow.Value{}, err
				}
				n += o.Len()
				need += v.Size()
			}
			// Inner objects that the extension added have not been charged by item.
			if err := c.Spend(200 * int64(n)); err != nil {
				return flow.Value{}, err
			}
			if err := c.Reserve(need + int64(n)*pairBytes); err != nil {
				return flow.Value{}, err
			}
			list := make([]flow.Value, 0, n)
			for _, v := range given {
				for k, x := range v.Object().All() {
					list = append(list, flow.NewObject(pairShape, []flow.Value{flow.Text(k), x}))
				}
			}
			return flow.ListOf(list...), nil
		},
	}
}

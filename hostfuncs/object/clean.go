package object

import (
	"context"

	"github.com/weirflow/weir/flow"
)

func clearEmpty() *flow.Card {
	return &flow.Card{
		Key: "object.clearEmpty", Aliases: []string{"kernel:object:clearEmpty"}, Title: "Clear Empty", Category: category, Since: since,
		Doc: "Removes the keys whose value is empty: empty text, {}, [] or null; 0 and false stay. With recursive on, nested objects are cleaned first, and go if that leaves them empty; the items of lists are cleaned but never removed.",
		In: []flow.Port{
			subject("The object to clean; it stays as it is."),
			{Key: "recursive", Label: "recursive", Doc: "Clean nested objects and lists too.", Type: flow.BoolType, Default: "true"},
		},
		Out:    []flow.Port{out("output", "output", "The object without empty values.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 150, PerItem: 60, PerByte: 1.5},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"object":{"Name":"Emily","Age":"","Settings":{"test":{},"n":0}}}`, Out: `{"output":{"Name":"Emily","Settings":{"n":0}}}`},
			{In: `{"object":{"a":{"b":{"c":null}},"l":[{"x":""},null,[]]}}`, Out: `{"output":{"l":[{},null,[]]}}`},
			{In: `{"object":{"a":"","s":{"t":{}}},"recursive":false}`, Out: `{"output":{"s":{"t":{}}}}`},
			{In: `{"object":1}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if c.Bool(1) {
				return cleaned(ctx, c, c.Value(0))
			}
			if c.Value(0).Kind() == flow.KindList {
				return c.Value(0), nil
			}
			return withoutEmpty(ctx, c, c.Object(0))
		},
	}
}

// cleaned returns v without empty members at any depth.
func cleaned(ctx context.Context, c *flow.Call, v flow.Value) (flow.Value, error) {
	if err := c.Alive(ctx, 60); err != nil {
		return flow.Value{}, err
	}
	var err error
	switch v.Kind() {
	case flow.KindList:
		items := v.List().Items()
		for i := range items {
			if items[i], err = cleaned(ctx, c, items[i]); err != nil {
				return flow.Value{}, err
			}
		}
		return flow.ListOf(items...), nil
	case flow.KindObject:
		o := v.Object()
		vals := make([]flow.Value, o.Len())
		for i := range vals {
			if vals[i], err = cleaned(ctx, c, o.At(i)); err != nil {
				return flow.Value{}, err
			}
		}
		return withoutEmpty(ctx, c, flow.NewObject(o.Shape(), vals).Object())
	}
	return v, nil
}

func withoutEmpty(ctx context.Context, c *flow.Call, o *flow.Object) (flow.Value, error) {
	return leaveOut(ctx, c, o, flow.IsEmpty)
}

// leaveOut returns o without the members whose value is such.
func leaveOut(ctx context.Context, c *flow.Call, o *flow.Object, such func(flow.Value) bool) (flow.Value, error) {
	var keys []string
	var vals []flow.Value
	for k, v := range o.All() {
		if err := c.Alive(ctx, 100); err != nil {
			return flow.Value{}, err
		}
		if !such(v) {
			keys = append(keys, k)
			vals = append(vals, v)
		}
	}
	if len(keys) == o.Len() {
		return o.Value(), nil
	}
	return flow.NewObject(flow.NewShape(keys), vals), nil
}

func filter() *flow.Card {
	return &flow.Card{
		Key: "object.filter", Aliases: []string{"kernel:object:filter"}, Title: "Filter", Category: category, Since: since,
		Doc:    "Removes the top-level keys that have no value: null, empty text, {} and []. Use Clear Empty to clean nested objects too.",
		In:     []flow.Port{subject("The object to clean; it stays as it is.")},
		Out:    []flow.Port{out("output", "output", "The object without empty values.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 150, PerItem: 100, PerByte: 0.3},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes: []flow.Note{{
			Topic: "empty lists", Vendor: `name null, "" and {} only`,
			Choice: "empty lists are removed too", Why: "the rule of Clear Empty",
		}},
		Examples: []flow.Example{
			{In: `{"object":{"Name":"Emily","Age":"","Settings":{"test":{}}}}`, Out: `{"output":{"Name":"Emily","Settings":{"test":{}}}}`},
			{In: `{"object":{"a":null,"b":[],"c":{},"d":0,"e":false}}`, Out: `{"output":{"d":0,"e":false}}`},
			{In: `{"object":[""]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			o, err := object(c.Value(0))
			if err != nil {
				return flow.Value{}, err
			}
			return withoutEmpty(ctx, c, o)
		},
	}
}

func withoutNulls() *flow.Card {
	return &flow.Card{
		Key: "object.withoutNulls", Title: "Without Nulls", Category: category, Since: since,
		Doc:    "Removes the top-level keys whose value is null, and nothing else: empty text, {} and [] stay. Use it for what was not given, where empty means something.",
		In:     []flow.Port{subject("The object to clean; it stays as it is.")},
		Out:    []flow.Port{out("output", "output", "The object without nulls.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 150, PerItem: 100},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"object":{"name":"Emily","nickname":null,"note":"","tags":[],"age":0}}`, Out: `{"output":{"name":"Emily","note":"","tags":[],"age":0}}`},
			{In: `{"object":{"settings":{"a":null}}}`, Out: `{"output":{"settings":{"a":null}}}`, Note: "nested objects stay as they are"},
			{In: `{"object":[null]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			o, err := object(c.Value(0))
			if err != nil {
				return flow.Value{}, err
			}
			return leaveOut(ctx, c, o, flow.Value.IsNull)
		},
	}
}

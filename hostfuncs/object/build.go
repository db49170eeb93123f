package object

import (
	"context"

	"github.com/weirflow/weir/flow"
)

func construct() *flow.Card {
	return &flow.Card{
		Key: "object.construct", Aliases: []string{"kernel:object:construct"}, Title: "Construct", Category: category, Since: since,
		Doc:   "Builds an object from named fields. Every added field becomes one key, in card order; dots in a name are literal, and an empty field is written too.",
		Extra: &flow.Extra{Label: "fields", Doc: "One key of the object and its value.", Type: flow.AnyType, Secret: flow.SecretPass},
		Out:   []flow.Port{out("output", "output", "The object of all fields.", flow.ObjectType)},
		Cost:  flow.Cost{Base: 120, PerItem: 27},
		Examples: []flow.Example{
			{In: `{"First name":"Jane","Age":29,"Loyalty":true}`, Out: `{"output":{"First name":"Jane","Age":29,"Loyalty":true}}`},
			{In: `{"a.b":null}`, Out: `{"output":{"a.b":null}}`},
			{In: `{}`, Out: `{"output":{}}`},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return c.Extra.Value(), nil
		},
	}
}

func merge() *flow.Card {
	port := func(key, label, doc string) flow.Port {
		return flow.Port{Key: key, Label: label, Doc: doc, Type: flow.ObjectType, Required: true, Secret: flow.SecretPass}
	}
	return &flow.Card{
		Key: "object.merge", Aliases: []string{"kernel:object:merge"}, Title: "Merge", Category: category, Since: since,
		Doc: "Combines two or more objects into one. Keys of later objects override those of earlier ones and keep their first place; nested objects are replaced whole, and null adds nothing.",
		In: []flow.Port{
			port("start", "object 1", "The object to start from."),
			port("sink", "object 2", "The object whose keys win."),
		},
		Extra: &flow.Extra{Label: "Further objects", Doc: "More objects, applied in card order.", Type: flow.ObjectType,
			Secret: flow.SecretPass},
		Out:    []flow.Port{out("output", "output", "The combined object.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 250, PerItem: 200, PerByte: 0.5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeSecretFlow},
		Notes: []flow.Note{{
			Topic: "depth of the merge", Vendor: "do not say whether nested objects are merged",
			Choice: "shallow: a nested object is replaced whole", Why: "what object spread and Object.assign do (ECMA-262)",
		}},
		Examples: []flow.Example{
			{In: `{"start":{"email":"jane@example.com","id":123},"sink":{"email":"john@example.com","first":"John"}}`, Out: `{"output":{"email":"john@example.com","id":123,"first":"John"}}`},
			{In: `{"start":{"a":{"x":1}},"sink":{"a":{"y":2}},"object 3":{"b":3}}`, Out: `{"output":{"a":{"y":2},"b":3}}`},
			{In: `{"start":null,"sink":"{\"a\":1}"}`, Out: `{"output":{"a":1}}`, Note: "JSON text converts to an object"},
			{In: `{"start":{"a":1},"sink":[1]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			var m merger
			add := func(v flow.Value) error {
				o, err := object(v)
				if err != nil {
					return err
				}
				for k, x := range o.All() {
					if err := c.Alive(ctx, 200); err != nil {
						return err
					}
					if err := m.set(k, x); err != nil {
						return err
					}
				}
				return nil
			}
			for _, v := range c.Args {
				if err := add(v); err != nil {
					return flow.Value{}, err
				}
			}
			for _, v := range c.Extra.All() {
				if err := add(v); err != nil {
					return flow.Value{}, err
				}
			}
			return m.b.Value(), nil
		},
	}
}

func collapse() *flow.Card {
	return &flow.Card{
		Key: "object.collapse", Aliases: []string{"kernel:object:collapse"}, Title: "Collapse", Category: category, Since: since,
		Doc: "Turns a list of {key, value} objects into one object; it undoes Split. A repeated key keeps its place and takes the later value, and items without a key are left out. Further lists follow in card order.",
		In: []flow.Port{{Key: "list", Label: "list", Doc: "Objects with the members key and value.", Type: objectList,
			Required: true, Secret: flow.SecretPass}},
		Extra: &flow.Extra{Label: "Further lists", Doc: "More lists of {key, value} objects.", Type: objectList,
			Secret: flow.SecretPass},
		Out:    []flow.Port{out("output", "output", "Values by key.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 250, PerItem: 250, PerByte: 1},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeSecretFlow},
		Examples: []flow.Example{
			{In: `{"list":[{"key":"foo","value":"bar"},{"key":"baz","value":"taz"}]}`, Out: `{"output":{"foo":"bar","baz":"taz"}}`},
			{In: `{"list":[{"key":"a","value":1},{"value":2}],"list 2":[{"key":"a","value":3},{"key":4}]}`, Out: `{"output":{"a":3,"4":null}}`},
			{In: `{"list":[{"key":{},"value":1}]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			var m merger
			if err := m.addPairs(ctx, c, c.List(0)); err != nil {
				return flow.Value{}, err
			}
			for _, v := range c.Extra.All() {
				if err := m.addPairs(ctx, c, v.List()); err != nil {
					return flow.Value{}, err
				}
			}
			return m.b.Value(), nil
		},
	}
}

func (m *merger) addPairs(ctx context.Context, c *flow.Call, l *flow.List) error {
	for _, item := range l.All() {
		if err := c.Alive(ctx, 250); err != nil {
			return err
		}
		o, err := object(item)
		if err != nil {
			return err
		}
		k, _ := o.Get("key")
		v, _ := o.Get("value")
		// A secret anywhere but in the value would be lost, or become a key.
		if item.HasSecret() && (k.IsNull() || k.HasSecret() || !v.HasSecret()) {
			return flow.Errorf(flow.CodeSecretFlow, "a secret may only be the value of a pair")
		}
		if k.IsNull() {
			continue
		}
		if k.Kind() == flow.KindObject || k.Kind() == flow.KindList {
			return flow.Errorf(flow.CodeTypeConversion, "a key cannot be of type %s", k.Kind())
		}
		key, err := flow.Convert(k, flow.TextType)
		if err != nil {
			return err
		}
		if err := m.set(key.Text(), v); err != nil {
			return err
		}
	}
	return nil
}

func zip() *flow.Card {
	return &flow.Card{
		Key: "object.zip", Aliases: []string{"kernel:object:zip"}, Title: "Zip", Category: category, Since: since,
		Doc: "Builds an object from a list of keys and a list of values, which must be equally long. Dots in keys are literal; a repeated key keeps its place and takes the later value.",
		In: []flow.Port{
			{Key: "keys", Label: "keys", Doc: "The keys.", Type: flow.ListType(flow.TextType), Required: true},
			{Key: "values", Label: "values", Doc: "One value per key.", Type: listType, Required: true, Secret: flow.SecretPass},
		},
		Out:    []flow.Port{out("object", "object", "Values by key.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 200, PerItem: 100, PerByte: 0.5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeSecretFlow},
		Notes: []flow.Note{{
			Topic: "lists of different length", Vendor: "require the same number of items and name no error",
			Choice: "input.invalid", Why: "padding or cutting would lose or invent data unnoticed",
		}},
		Examples: []flow.Example{
			{In: `{"keys":["first.name","last.name"],"values":["John","Doe"]}`, Out: `{"object":{"first.name":"John","last.name":"Doe"}}`},
			{In: `{"keys":["a",1,"a"],"values":[1,2,3]}`, Out: `{"object":{"a":3,"1":2}}`},
			{In: `{"keys":["a","b"],"values":[1]}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			ks, vs := c.List(0), c.List(1)
			if ks.Len() != vs.Len() {
				return flow.Value{}, c.Invalid(1, "has %d items for %d keys", vs.Len(), ks.Len())
			}
			var m merger
			for i, k := range ks.All() {
				if err := c.Alive(ctx, 200); err != nil {
					return flow.Value{}, err
				}
				if err := m.set(k.Text(), vs.At(i)); err != nil {
					return flow.Value{}, err
				}
			}
			return m.b.Value(), nil
		},
	}
}

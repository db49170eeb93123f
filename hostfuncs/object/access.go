package object

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// pathPort takes dotted text or a list of literal keys, so its type is any.
func pathPort(doc string) flow.Port {
	return flow.Port{Key: "path", Label: "path", Type: flow.AnyType, Required: true,
		Doc: doc + " Dotted text, in which numbers are positions in lists (items.5), or a list of text of literal keys."}
}

func get() *flow.Card {
	return &flow.Card{
		Key: "object.get", Aliases: []string{"kernel:object:get"}, Title: "Get", Category: category, Since: since,
		Doc: "Reads one value at a path. A path that leads nowhere gives null, an empty one the whole object. The object may be a list, whose first path part is then a position.",
		In: []flow.Port{
			subject("The object, or list, to read."),
			pathPort("Where the value stands."),
		},
		Out:    []flow.Port{out("output", "output", "The value, or null.", flow.AnyType)},
		Cost:   flow.Cost{Base: 150},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitDepth},
		Examples: []flow.Example{
			{In: `{"object":{"a":"one","c":17},"path":"c"}`, Out: `{"output":17}`},
			{In: `{"object":{"all":[{"b":"apple"},{"b":"banana"}]},"path":"all.1.b"}`, Out: `{"output":"banana"}`},
			{In: `{"object":{"a.b":1,"a":{"b":2}},"path":["a.b"]}`, Out: `{"output":1}`, Note: "a list of text holds literal keys"},
			{In: `{"object":{"a":1},"path":"a.b.c"}`, Out: `{"output":null}`},
			{In: `{"object":7,"path":"a"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			p, err := pathOf(c, 1)
			if err != nil {
				return flow.Value{}, err
			}
			if !p.literal {
				return flow.At(c.Value(0), p.parts...), nil
			}
			v, _ := p.lookup(c.Value(0))
			return v, nil
		},
	}
}

// outputFuel is the price of one output of Get Multiple or Expand. A price by
// item would count the members of the object, which are not walked.
const outputFuel = 250

func pick() *flow.Card {
	return &flow.Card{
		Key: "object.pick", Aliases: []string{"kernel:object:pick"}, Title: "Get Multiple", Category: category, Since: since,
		Doc:     "Reads several values of an object at once. Every field added under outputs becomes an output of that name; its text is the path to read, and an empty text reads the path that the name spells. A key that is literally the path is preferred; what is missing is null.",
		In:      []flow.Port{subject("The object to read.")},
		FreeOut: true,
		Extra: &flow.Extra{Group: "outputs", Label: "outputs", Type: flow.TextType,
			Doc: "An output, and the key or dotted path that it reads; empty for its own name."},
		Cost:   flow.Cost{Base: 200},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitDepth},
		Notes: []flow.Note{{
			Topic: "a key with dots in it", Vendor: "are silent",
			Choice: "a key equal to the whole path wins over the nested value", Why: "data with such keys can be read without another card",
		}},
		Examples: []flow.Example{
			{In: `{"object":{"product":"a123","parts":[{"no":12},{"no":16}]},"outputs":{"product":"","parts.1.no":"parts.1.no"}}`, Out: `{"product":"a123","parts.1.no":16}`},
			{In: `{"object":{"a":{"b":1}},"outputs":{"x":"a.b","y":"a.c"}}`, Out: `{"x":1,"y":null}`},
			{In: `{"object":{"a.b":1,"a":{"b":2}},"outputs":{"a.b":null}}`, Out: `{"a.b":1}`},
			{In: `{"object":5,"outputs":{"a":"a"}}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if err := c.Spend(outputFuel * int64(c.Extra.Len())); err != nil {
				return flow.Value{}, err
			}
			vals := make([]flow.Value, c.Extra.Len())
			for i := range vals {
				if err := c.Alive(ctx, 200+2*c.Extra.At(i).Size()); err != nil {
					return flow.Value{}, err
				}
				name := c.Extra.At(i).Text()
				if name == "" {
					name = c.Extra.Key(i)
				}
				if v, ok := c.Object(0).Get(name); ok {
					vals[i] = v
					continue
				}
				p, err := dottedPath(name)
				if err != nil {
					return flow.Value{}, err
				}
				vals[i] = flow.At(c.Value(0), p.parts...)
			}
			return flow.NewObject(c.Extra.Shape(), vals), nil
		},
	}
}

func expand() *flow.Card {
	return &flow.Card{
		Key: "object.expand", Aliases: []string{"kernel:object:expand"}, Title: "Expand", Category: category, Since: since,
		Doc:     "Reads nested values for other cards. Every field added under outputs becomes an output of that name; its list of text holds the literal keys that lead to the value. What is missing is null. Importers use it where an export hides this card between two others.",
		In:      []flow.Port{subject("The object to read.")},
		FreeOut: true,
		Extra: &flow.Extra{Group: "outputs", Label: "outputs", Type: flow.ListType(flow.TextType),
			Doc: "An output, and the keys that lead to its value."},
		Cost:   flow.Cost{Base: 200},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitDepth},
		Examples: []flow.Example{
			{In: `{"object":{"a":{"b":1},"c":2},"outputs":{"b":["a","b"],"c":["c"]}}`, Out: `{"b":1,"c":2}`},
			{In: `{"object":{"a.b":1,"l":[5]},"outputs":{"x":"a.b","y":["l","0"]}}`, Out: `{"x":1,"y":null}`, Note: "dots and digits are literal"},
			{In: `{"object":0,"outputs":{"x":["a"]}}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			if err := c.Spend(outputFuel * int64(c.Extra.Len())); err != nil {
				return flow.Value{}, err
			}
			vals := make([]flow.Value, c.Extra.Len())
			for i := range vals {
				p, err := literalPath(c.Extra.At(i))
				if err != nil {
					return flow.Value{}, err
				}
				vals[i], _ = p.lookup(c.Value(0))
			}
			return flow.NewObject(c.Extra.Shape(), vals), nil
		},
	}
}

func set() *flow.Card {
	o := subject("The object to change; it stays as it is.")
	o.Secret = flow.SecretPass
	return &flow.Card{
		Key: "object.set", Aliases: []string{"kernel:object:set"}, Title: "Set", Category: category, Since: since,
		Doc: "Writes a value at a path and creates the objects that are missing on the way. A key that exists keeps its place, a new one goes last. In a list a position up to its length may be written.",
		In: []flow.Port{
			o,
			pathPort("Where to write."),
			{Key: "value", Label: "value", Doc: "What to write.", Type: flow.AnyType, Required: true, Secret: flow.SecretPass},
		},
		Out:    []flow.Port{out("output", "output", "The object with the value in it.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 400, PerItem: 150, PerByte: 1},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeListBounds, flow.CodeTypeConversion, flow.CodeLimitDepth, flow.CodeSecretFlow},
		Notes: []flow.Note{
			{
				Topic: "a number in the path where nothing is", Vendor: "are silent",
				Choice: "it becomes an object key", Why: "a list is never invented; Construct makes one",
			},
			{
				Topic: "a simple value on the way", Vendor: "are silent",
				Choice: "an object takes its place", Why: "the path was asked for; the same holds for null",
			},
			{
				Topic: "a position beyond a list", Vendor: "are silent",
				Choice: "the position behind the last item appends, others are list.bounds", Why: "one number must not be able to fill memory",
			},
		},
		Examples: []flow.Example{
			{In: `{"object":{"foo":"1"},"path":"bar.baz","value":"2"}`, Out: `{"output":{"foo":"1","bar":{"baz":"2"}}}`},
			{In: `{"object":{"foo":["0","1"]},"path":"foo.1","value":9}`, Out: `{"output":{"foo":["0",9]}}`},
			{In: `{"object":{"foo":{"bar":1}},"path":["foo.bar"],"value":2}`, Out: `{"output":{"foo":{"bar":1},"foo.bar":2}}`, Note: "literal keys"},
			{In: `{"object":{"a":1},"path":"a.0","value":2}`, Out: `{"output":{"a":{"0":2}}}`},
			{In: `{"object":{"a":[1]},"path":"a.5","value":2}`, Err: flow.CodeListBounds},
			{In: `{"object":{"a":1},"path":"","value":2}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			p, err := pathOf(c, 1)
			if err != nil {
				return flow.Value{}, err
			}
			if len(p.parts) == 0 {
				return flow.Value{}, c.Invalid(1, "is empty")
			}
			return p.set(c.Value(0), c.Value(2))
		},
	}
}

func unset() *flow.Card {
	return &flow.Card{
		Key: "object.unset", Aliases: []string{"kernel:object:unset"}, Title: "Unset", Category: category, Since: since,
		Doc: "Removes the key, or list item, at a path; everything else stays. Where nothing stands at the path the object comes back as it is.",
		In: []flow.Port{
			subject("The object to change; it stays as it is."),
			pathPort("What to remove."),
		},
		Out:    []flow.Port{out("output", "output", "The object without the value.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 400, PerItem: 150, PerByte: 1},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitDepth},
		Notes: []flow.Note{
			{Topic: "removing a list item", Vendor: "are silent", Choice: "the items behind it move up", Why: "a list has no holes"},
			{Topic: "a missing source", Vendor: "are silent", Choice: "the object comes back unchanged", Why: "what is not there need not be removed"},
		},
		Examples: []flow.Example{
			{In: `{"object":{"a":"one","b":{"foo":1,"bar":2}},"path":"b.foo"}`, Out: `{"output":{"a":"one","b":{"bar":2}}}`},
			{In: `{"object":{"l":[1,2,3]},"path":"l.1"}`, Out: `{"output":{"l":[1,3]}}`},
			{In: `{"object":{"a.b":1,"a":{"b":2}},"path":["a.b"]}`, Out: `{"output":{"a":{"b":2}}}`},
			{In: `{"object":{"a":1},"path":"b.c"}`, Out: `{"output":{"a":1}}`},
			{In: `{"object":true,"path":"a"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			p, err := pathOf(c, 1)
			if err != nil {
				return flow.Value{}, err
			}
			return p.unset(c.Value(0)), nil
		},
	}
}

func move() *flow.Card {
	return &flow.Card{
		Key: "object.move", Aliases: []string{"kernel:object:move"}, Title: "Move", Category: category, Since: since,
		Doc: "Renames a key and keeps its value. The pair is taken out and written under the destination, so that a new key stands last; a destination that exists is overwritten. Without the source the object comes back as it is.",
		In: []flow.Port{
			subject("The object to change; it stays as it is."),
			{Key: "source", Label: "source", Doc: "Dotted path of the key to rename.", Type: flow.TextType, Required: true},
			{Key: "destination", Label: "destination", Doc: "Dotted path of its new place.", Type: flow.TextType, Required: true},
		},
		Out:    []flow.Port{out("output", "output", "The object with the key renamed.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 600, PerItem: 250, PerByte: 1},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeListBounds, flow.CodeTypeConversion, flow.CodeLimitDepth},
		Notes: []flow.Note{{
			Topic: "a missing source", Vendor: "are silent",
			Choice: "the object comes back unchanged", Why: "nothing is invented and no existing destination is lost",
		}},
		Examples: []flow.Example{
			{In: `{"object":{"one":"hello","two":"goodbye"},"source":"one","destination":"three"}`, Out: `{"output":{"two":"goodbye","three":"hello"}}`},
			{In: `{"object":{"a":{"b":1},"c":2},"source":"a.b","destination":"c"}`, Out: `{"output":{"a":{},"c":1}}`},
			{In: `{"object":{"a":1},"source":"x","destination":"a"}`, Out: `{"output":{"a":1}}`},
			{In: `{"object":{"a":1},"source":"a","destination":""}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			from, err := pathOf(c, 1)
			if err != nil {
				return flow.Value{}, err
			}
			to, err := pathOf(c, 2)
			if err != nil {
				return flow.Value{}, err
			}
			if len(to.parts) == 0 {
				return flow.Value{}, c.Invalid(2, "is empty")
			}
			v, found := from.lookup(c.Value(0))
			if !found || len(from.parts) == 0 {
				return c.Value(0), nil
			}
			return to.set(from.unset(c.Value(0)), v)
		},
	}
}

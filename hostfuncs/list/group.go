package list

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// missingGroup names the group of items that have no value at the path.
const missingGroup = "undefined"

func groupBy() *flow.Card {
	return &flow.Card{
		Key: "list.groupBy", Aliases: []string{"kernel:list:groupBy"}, Title: "Group By", Category: category, Since: since,
		Doc: "Sorts the items of a list into groups by the value at a path. The result has one key per distinct value, written as text, and under it the list of its items; keys and items keep the order of the list. Without a path the items group by themselves.",
		In: []flow.Port{
			items("list", "list", "The list to group."),
			{Key: "path", Label: "path", Doc: "Dotted path of the value to group by; blank for lists of simple values.", Type: flow.TextType},
		},
		Out:    []flow.Port{out("groups", "groups", "Lists of items by value.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 300, PerItem: 300, PerByte: 1.5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue, flow.CodeLimitDepth},
		Notes: []flow.Note{{
			Topic: "items that lack the path", Vendor: "are silent",
			Choice: `they, and items that hold null there, form the group "undefined"`, Why: "no item is lost, and the text is what ECMAScript writes for a missing value",
		}},
		Examples: []flow.Example{
			{In: `{"list":[{"a":1},{"a":2},{"a":1}],"path":"a"}`, Out: `{"groups":{"1":[{"a":1},{"a":1}],"2":[{"a":2}]}}`},
			{In: `{"list":["x","y","x"]}`, Out: `{"groups":{"x":["x","x"],"y":["y"]}}`},
			{In: `{"list":[{"a":{"b":true}},{}],"path":"a.b"}`, Out: `{"groups":{"true":[{"a":{"b":true}}],"undefined":[{}]}}`},
			{In: `{"list":[{"a":1}],"path":{"not":"text"}}`, Out: `{"groups":{"undefined":[{"a":1}]}}`, Note: "an object converts to JSON text, which is no path of the item"},
			{In: `{"list":[{"a":1}],"key":"a"}`, Err: flow.CodeCardInput, Note: "the input is called path"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			path, err := pathOf(c, 1, l.Len())
			if err != nil {
				return flow.Value{}, err
			}
			place := map[string]int{}
			var keys []string
			var groups [][]flow.Value
			var used int64
			for _, v := range l.All() {
				if err := c.Alive(ctx, 300); err != nil {
					return flow.Value{}, err
				}
				key, err := groupKey(flow.At(v, path...))
				if err != nil {
					return flow.Value{}, err
				}
				i, ok := place[key]
				if !ok {
					// Keys made of containers are JSON, which can be six times their size.
					used += int64(len(key))
					if err := c.Reserve(used); err != nil {
						return flow.Value{}, err
					}
					i = len(keys)
					place[key] = i
					keys = append(keys, key)
					groups = append(groups, nil)
				}
				groups[i] = append(groups[i], v)
			}
			vals := make([]flow.Value, len(groups))
			for i, g := range groups {
				if err := c.Alive(ctx, 100); err != nil {
					return flow.Value{}, err
				}
				vals[i] = flow.ListOf(g...)
			}
			return flow.NewObject(flow.NewShape(keys), vals), nil
		},
	}
}

func groupKey(v flow.Value) (string, error) {
	if v.IsNull() {
		return missingGroup, nil
	}
	t, err := flow.Convert(v, flow.TextType)
	return t.Text(), err
}

func indexBy() *flow.Card {
	return &flow.Card{
		Key: "list.indexBy", Aliases: []string{"kernel:list:indexBy"}, Title: "Index By", Category: category, Since: since,
		Doc: "Builds an object out of a list of objects: the value at one path becomes the key, the value at another path its value. A repeated key keeps its place and takes the later value; an object without the key is left out.",
		In: []flow.Port{
			{Key: "list", Label: "list", Doc: "The objects to index.", Type: objects, Required: true},
			{Key: "keyPath", Label: "keyPath", Doc: "Dotted path of the key.", Type: flow.TextType, Required: true},
			{Key: "valuePath", Label: "valuePath", Doc: "Dotted path of the value; blank takes the whole object.", Type: flow.TextType, Required: true},
		},
		Out:    []flow.Port{out("output", "output", "Values by key.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 250, PerItem: 200, PerByte: 1.5},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitValue, flow.CodeLimitDepth},
		Notes: []flow.Note{{
			Topic: "repeated and missing keys", Vendor: "are silent",
			Choice: "the later value wins; objects without the key are skipped", Why: "the rule of Collapse",
		}},
		Examples: []flow.Example{
			{In: `{"list":[{"f":"x","v":"one"},{"f":"y","v":"two"}],"keyPath":"f","valuePath":"v"}`, Out: `{"output":{"x":"one","y":"two"}}`},
			{In: `{"list":[{"id":1,"v":"a"},{"v":"b"},{"id":1,"v":"c"}],"keyPath":"id","valuePath":"v"}`, Out: `{"output":{"1":"c"}}`},
			{In: `{"list":[{"id":7}],"keyPath":"id"}`, Out: `{"output":{"7":{"id":7}}}`},
			{In: `{"list":[{"id":7}],"keyPath":"","valuePath":"id"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			keyPath, err := pathOf(c, 1, l.Len())
			if err != nil {
				return flow.Value{}, err
			}
			if len(keyPath) == 0 {
				return flow.Value{}, c.Invalid(1, "is empty")
			}
			valuePath, err := pathOf(c, 2, l.Len())
			if err != nil {
				return flow.Value{}, err
			}
			var b flow.ObjectBuilder
			var used int64
			for _, v := range l.All() {
				if err := c.Alive(ctx, 300); err != nil {
					return flow.Value{}, err
				}
				k := flow.At(v, keyPath...)
				if k.IsNull() {
					continue
				}
				key, err := flow.Convert(k, flow.TextType)
				if err != nil {
					return flow.Value{}, err
				}
				used += int64(len(key.Text()))
				if err := c.Reserve(used); err != nil {
					return flow.Value{}, err
				}
				b.Set(key.Text(), flow.At(v, valuePath...))
			}
			return b.Value(), nil
		},
	}
}

func pluck() *flow.Card {
	return &flow.Card{
		Key: "list.pluck", Aliases: []string{"kernel:list:pluck"}, Title: "Pluck", Category: category, Since: since,
		Doc: "Takes the value at the same path out of every object of a list. The result is as long as the list: an object that lacks the path gives null at its place. A blank path gives the objects themselves.",
		In: []flow.Port{
			{Key: "list", Label: "list", Doc: "The objects to read.", Type: objects, Required: true},
			{Key: "key", Label: "key", Doc: "Dotted path; numeric parts are positions in lists.", Type: flow.TextType, Required: true},
		},
		Out:    []flow.Port{out("values", "values", "One value per object.", listType)},
		Cost:   flow.Cost{Base: 150, PerItem: 70},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitDepth},
		Examples: []flow.Example{
			{In: `{"list":[{"name":"Bob"},{"name":"Sarah"}],"key":"name"}`, Out: `{"values":["Bob","Sarah"]}`},
			{In: `{"list":[{"p":{"id":1}},{"p":{}},{"p":[9]}],"key":"p.id"}`, Out: `{"values":[1,null,null]}`},
			{In: `{"list":[{"p":["a","b"]}],"key":"p.1"}`, Out: `{"values":["b"]}`},
			{In: `{"list":[1,2],"key":"name"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			path, err := pathOf(c, 1, l.Len())
			if err != nil {
				return flow.Value{}, err
			}
			next := make([]flow.Value, l.Len())
			for i, v := range l.All() {
				if err := c.Alive(ctx, 40); err != nil {
					return flow.Value{}, err
				}
				next[i] = flow.At(v, path...)
			}
			return flow.ListOf(next...), nil
		},
	}
}

package list

import (
	"context"

	"github.com/weirflow/weir/flow"
)

func push() *flow.Card {
	return &flow.Card{
		Key: "list.push", Aliases: []string{"kernel:list:push"}, Title: "Add to End", Category: category, Since: since,
		Doc: "Appends one item to a list. The source list stays as it is; an item that is itself a list becomes one nested item, and null is an item too.",
		In: []flow.Port{
			passing(items("list", "list", "The list to extend.")),
			{Key: "item", Label: "item", Doc: "What to append.", Type: flow.AnyType, Required: true, Secret: flow.SecretPass},
		},
		Out:  []flow.Port{out("list", "list", "All items of the list, then the new one.", listType)},
		Cost: flow.Cost{Base: 250, PerItem: 27},
		Examples: []flow.Example{
			{In: `{"list":["a","b"],"item":"c"}`, Out: `{"list":["a","b","c"]}`},
			{In: `{"list":[1],"item":[2,3]}`, Out: `{"list":[1,[2,3]]}`, Note: "a list is appended as one item"},
			{In: `{"item":null}`, Out: `{"list":[null]}`, Note: "no list counts as an empty one"},
			{In: `{"list":[1],"value":2}`, Err: flow.CodeCardInput, Note: "the input is called item"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			next := make([]flow.Value, 0, l.Len()+1)
			for _, v := range l.All() {
				next = append(next, v)
			}
			return flow.ListOf(append(next, c.Value(1))...), nil
		},
	}
}

func unshift() *flow.Card {
	return &flow.Card{
		Key: "list.unshift", Aliases: []string{"kernel:list:unshift"}, Title: "Add to Front", Category: category, Since: since,
		Doc: "Puts one item before the first item of a list. The source list stays as it is.",
		In: []flow.Port{
			passing(items("list", "list", "The list to extend.")),
			{Key: "item", Label: "item", Doc: "What to put first.", Type: flow.AnyType, Required: true, Secret: flow.SecretPass},
		},
		Out:  []flow.Port{out("list", "list", "The new item, then all items of the list.", listType)},
		Cost: flow.Cost{Base: 250, PerItem: 27},
		Examples: []flow.Example{
			{In: `{"list":["b","c"],"item":"a"}`, Out: `{"list":["a","b","c"]}`},
			{In: `{"list":[],"item":1}`, Out: `{"list":[1]}`},
			{In: `{"list":[2],"item":null}`, Out: `{"list":[null,2]}`},
			{In: `{"list":[2],"value":1}`, Err: flow.CodeCardInput, Note: "the input is called item"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			next := make([]flow.Value, 0, l.Len()+1)
			next = append(next, c.Value(1))
			for _, v := range l.All() {
				next = append(next, v)
			}
			return flow.ListOf(next...), nil
		},
	}
}

func concat() *flow.Card {
	return &flow.Card{
		Key: "list.concat", Aliases: []string{"kernel:list:concat"}, Title: "Combine All", Category: category, Since: since,
		Doc: "Lays lists end to end and keeps duplicates. Use Union to drop them.",
		In: []flow.Port{
			passing(items("list1", "List 1", "The first list.")),
			passing(items("list2", "List 2", "The list behind it.")),
		},
		Extra: furtherLists(flow.AnyType, flow.SecretPass),
		Out:   []flow.Port{out("output", "List Combined All", "The items of every list in card order.", listType)},
		Cost:  flow.Cost{Base: 300, PerItem: 27},
		Examples: []flow.Example{
			{In: `{"list1":["Alan"],"list2":["Alicia","Brittany"]}`, Out: `{"output":["Alan","Alicia","Brittany"]}`},
			{In: `{"list1":[1,2],"list2":[2,3],"list3":[1]}`, Out: `{"output":[1,2,2,3,1]}`, Note: "with a further list"},
			{In: `{"list1":null,"list2":7}`, Out: `{"output":[7]}`, Note: "null adds nothing; a single value is a list of one"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			all := lists(c)
			next := make([]flow.Value, 0, total(all))
			for _, l := range all {
				for _, v := range l.All() {
					next = append(next, v)
				}
			}
			return flow.ListOf(next...), nil
		},
	}
}

func construct() *flow.Card {
	return &flow.Card{
		Key: "list.construct", Aliases: []string{"kernel:list:construct"}, Title: "Construct", Category: category, Since: since,
		Doc:   "Builds a list from single values. Every added field becomes one item, in card order; field names play no part, and an empty field still takes its place.",
		Extra: &flow.Extra{Label: "items", Doc: "One item of the list; its name does not matter.", Type: flow.AnyType, Secret: flow.SecretPass},
		Out:   []flow.Port{out("list", "list", "The values in card order.", listType)},
		Cost:  flow.Cost{Base: 150, PerItem: 27},
		Examples: []flow.Example{
			{In: `{"first":"red","second":"green"}`, Out: `{"list":["red","green"]}`},
			{In: `{"a":1,"b":null,"c":[2]}`, Out: `{"list":[1,null,[2]]}`},
			{In: `{}`, Out: `{"list":[]}`},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			next := make([]flow.Value, 0, c.Extra.Len())
			for _, v := range c.Extra.All() {
				next = append(next, v)
			}
			return flow.ListOf(next...), nil
		},
	}
}

func flatten() *flow.Card {
	return &flow.Card{
		Key: "list.flatten", Aliases: []string{"kernel:list:flatten"}, Title: "Flatten", Category: category, Since: since,
		Doc:  "Turns a list that holds lists into one flat list. Nesting is removed at every depth, items that are no lists stay, and empty inner lists vanish.",
		In:   []flow.Port{items("lists", "lists", "A list whose items may be lists, at any depth.")},
		Out:  []flow.Port{out("list", "list", "All innermost items in order.", listType)},
		Cost: flow.Cost{Base: 150, PerItem: 20, PerByte: 0.5},
		Examples: []flow.Example{
			{In: `{"lists":[[1,2],[3]]}`, Out: `{"list":[1,2,3]}`},
			{In: `{"lists":["one",["two",["three"]],[]]}`, Out: `{"list":["one","two","three"]}`},
			{In: `{"lists":5}`, Out: `{"list":[5]}`},
			{In: `{"list":[[1],[2]]}`, Err: flow.CodeCardInput, Note: "the input is called lists"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.ListOf(leaves(make([]flow.Value, 0, c.List(0).Len()), c.List(0))...), nil
		},
	}
}

func leaves(dst []flow.Value, l *flow.List) []flow.Value {
	for _, v := range l.All() {
		if v.Kind() == flow.KindList {
			dst = leaves(dst, v.List())
		} else {
			dst = append(dst, v)
		}
	}
	return dst
}

// pairBytes is the size of a list of two nulls as an item (flow.Value.Size), of
// which the two items themselves are counted with the inputs.
const pairBytes = 160

func zip() *flow.Card {
	return &flow.Card{
		Key: "list.zip", Aliases: []string{"kernel:list:zip"}, Title: "Zip", Category: category, Since: since,
		Doc: "Pairs up the items of two lists: item n of the result is the list of both items n. The lists must be equally long.",
		In: []flow.Port{
			items("list1", "list 1", "The first items of the pairs."),
			items("list2", "list 2", "The second items of the pairs."),
		},
		Out:    []flow.Port{out("list", "list", "Lists of two items.", listType)},
		Cost:   flow.Cost{Base: 150, PerItem: 60},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeLimitValue},
		Notes: []flow.Note{{
			Topic: "lists of different length", Vendor: "describe the card for lists of equal length only",
			Choice: "input.invalid", Why: "padding or cutting would lose or invent data unnoticed",
		}, {Topic: "machine keys", Vendor: "show labels only", Choice: "list1 and list2; list", Why: "the sister cards name theirs so"}},
		Examples: []flow.Example{
			{In: `{"list1":[1,2],"list2":["a","b"]}`, Out: `{"list":[[1,"a"],[2,"b"]]}`},
			{In: `{"list1":[],"list2":[]}`, Out: `{"list":[]}`},
			{In: `{"list1":[1,2],"list2":["a"]}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			a, b := c.List(0), c.List(1)
			if a.Len() != b.Len() {
				return flow.Value{}, c.Invalid(1, "has %d items where list 1 has %d", b.Len(), a.Len())
			}
			if err := c.Reserve(int64(a.Len()) * pairBytes); err != nil {
				return flow.Value{}, err
			}
			next := make([]flow.Value, a.Len())
			for i := range next {
				next[i] = flow.ListOf(a.At(i), b.At(i))
			}
			return flow.ListOf(next...), nil
		},
	}
}

package list

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/weirflow/weir/flow"
)

func at() *flow.Card {
	return &flow.Card{
		Key: "list.at", Aliases: []string{"kernel:list:at"}, Title: "At", Category: category, Since: since,
		Doc: "Reads the item at one position of a list. Positions count from 0; a position outside the list, a negative one or a fraction is list.bounds.",
		In: []flow.Port{
			items("list", "list", "The list to read."),
			{Key: "index", Label: "index", Doc: "Position, from 0.", Type: flow.NumberType, Required: true, Default: "0"},
		},
		Out:    []flow.Port{out("item", "item", "The item at that position.", flow.AnyType)},
		Cost:   flow.Cost{Base: 60},
		Errors: []flow.Code{flow.CodeListBounds, flow.CodeTypeConversion},
		Notes: []flow.Note{
			{Topic: "negative positions", Vendor: "name an error for positions outside the list and are silent on these", Choice: "list.bounds", Why: "counting from the end would hide a position that was computed wrongly"},
		},
		Examples: []flow.Example{
			{In: `{"list":["one","two"],"index":1}`, Out: `{"item":"two"}`},
			{In: `{"list":["one","two"]}`, Out: `{"item":"one"}`, Note: "the default position is 0"},
			{In: `{"list":[1,2,3,4,5],"index":6}`, Err: flow.CodeListBounds},
			{In: `{"list":[1,2],"index":-1}`, Err: flow.CodeListBounds},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			i, err := position(c.Number(1), l.Len())
			if err != nil {
				return flow.Value{}, err
			}
			return l.At(i), nil
		},
	}
}

func length() *flow.Card {
	return &flow.Card{
		Key: "list.length", Aliases: []string{"kernel:list:length"}, Title: "Length", Category: category, Since: since,
		Doc:  "Counts the items of a list. Nested lists count as one item; null counts as an empty list.",
		In:   []flow.Port{items("list", "list", "The list to count.")},
		Out:  []flow.Port{out("length", "length", "Number of items.", flow.NumberType)},
		Cost: flow.Cost{Base: 40},
		Examples: []flow.Example{
			{In: `{"list":["a","b","c"]}`, Out: `{"length":3}`},
			{In: `{"list":[[1,2],[]]}`, Out: `{"length":2}`},
			{In: `{"list":null}`, Out: `{"length":0}`},
			{In: `{"items":[1,2]}`, Err: flow.CodeCardInput, Note: "the input is called list"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.Number(float64(c.List(0).Len())), nil
		},
	}
}

var endShape = flow.NewShape([]string{"list", "item"})

func shift() *flow.Card {
	return &flow.Card{
		Key: "list.shift", Aliases: []string{"kernel:list:shift"}, Title: "Get First Item", Category: category, Since: since,
		Doc: "Splits a list into its first item and the rest. An empty list gives null and an empty list.",
		In:  []flow.Port{items("list", "list", "The list to split; it stays as it is.")},
		Out: []flow.Port{
			out("list", "list", "All items but the first.", listType),
			out("item", "item", "The first item.", flow.AnyType),
		},
		Cost: flow.Cost{Base: 350, PerItem: 27},
		Notes: []flow.Note{
			{Topic: "an empty list", Vendor: "say nothing", Choice: "null and an empty list", Why: "flows ask whether the item is empty"},
		},
		Examples: []flow.Example{
			{In: `{"list":[1,2,3]}`, Out: `{"item":1,"list":[2,3]}`},
			{In: `{"list":["only"]}`, Out: `{"item":"only","list":[]}`},
			{In: `{"list":[]}`, Out: `{"item":null,"list":[]}`},
			{In: `{"items":[1,2]}`, Err: flow.CodeCardInput, Note: "the input is called list"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			if l.Len() == 0 {
				return flow.NewObject(endShape, []flow.Value{c.Value(0), flow.Null()}), nil
			}
			return flow.NewObject(endShape, []flow.Value{part(l, 1, l.Len()), l.At(0)}), nil
		},
	}
}

func pop() *flow.Card {
	return &flow.Card{
		Key: "list.pop", Aliases: []string{"kernel:list:pop"}, Title: "Get Last Item", Category: category, Since: since,
		Doc: "Splits a list into its last item and the rest. An empty list gives null and an empty list.",
		In:  []flow.Port{items("list", "list", "The list to split; it stays as it is.")},
		Out: []flow.Port{
			out("list", "list", "All items but the last.", listType),
			out("item", "item", "The last item.", flow.AnyType),
		},
		Cost: flow.Cost{Base: 350, PerItem: 27},
		Notes: []flow.Note{
			{Topic: "an empty list", Vendor: "say nothing", Choice: "null and an empty list", Why: "flows ask whether the item is empty"},
		},
		Examples: []flow.Example{
			{In: `{"list":[1,2,3]}`, Out: `{"item":3,"list":[1,2]}`},
			{In: `{"list":"only"}`, Out: `{"item":"only","list":[]}`},
			{In: `{"list":null}`, Out: `{"item":null,"list":[]}`},
			{In: `{"items":[1,2]}`, Err: flow.CodeCardInput, Note: "the input is called list"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			n := l.Len()
			if n == 0 {
				return flow.NewObject(endShape, []flow.Value{c.Value(0), flow.Null()}), nil
			}
			return flow.NewObject(endShape, []flow.Value{part(l, 0, n-1), l.At(n - 1)}), nil
		},
	}
}

func reverse() *flow.Card {
	return &flow.Card{
		Key: "list.reverse", Aliases: []string{"kernel:list:reverse"}, Title: "Reverse", Category: category, Since: since,
		Doc:  "Turns the order of a list round: the last item comes first. Behind Sort it gives descending order.",
		In:   []flow.Port{items("list", "list", "The list to reverse; it stays as it is.")},
		Out:  []flow.Port{out("reversed list", "reversed list", "The items, last one first.", listType)},
		Cost: flow.Cost{Base: 250, PerItem: 27},
		Examples: []flow.Example{
			{In: `{"list":[1,2,3,4,5]}`, Out: `{"reversed list":[5,4,3,2,1]}`},
			{In: `{"list":[]}`, Out: `{"reversed list":[]}`},
			{In: `{"list":[[1,2],"a"]}`, Out: `{"reversed list":["a",[1,2]]}`},
			{In: `{"items":[1,2]}`, Err: flow.CodeCardInput, Note: "the input is called list"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			next := c.List(0).Items()
			slices.Reverse(next)
			return flow.ListOf(next...), nil
		},
	}
}

func slice() *flow.Card {
	return &flow.Card{
		Key: "list.slice", Aliases: []string{"kernel:list:slice"}, Title: "Slice", Category: category, Since: since,
		Doc: "Takes the part of a list between two positions. Positions count from 0, the start is included and the end is not; what lies outside the list is cut off, and negative positions count from the end.",
		In: []flow.Port{
			items("list", "list", "The list to cut."),
			{Key: "start", Label: "start", Doc: "Position of the first item taken.", Type: flow.NumberType, Required: true},
			{Key: "end", Label: "end", Doc: "Position behind the last item taken.", Type: flow.NumberType, Required: true},
		},
		Out:    []flow.Port{out("slice", "slice", "The items from start up to end.", listType)},
		Cost:   flow.Cost{Base: 250, PerItem: 27},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes: []flow.Note{{
			Topic: "negative positions", Vendor: "are silent",
			Choice: "they count from the end of the list", Why: "the rule of Array.prototype.slice (ECMA-262)",
		}},
		Examples: []flow.Example{
			{In: `{"list":[90,91,92,93,94,95],"start":1,"end":4}`, Out: `{"slice":[91,92,93]}`},
			{In: `{"list":[90,91,92],"start":-2,"end":9}`, Out: `{"slice":[91,92]}`},
			{In: `{"list":[90,91,92],"start":2,"end":1}`, Out: `{"slice":[]}`},
			{In: `{"list":[90],"start":"first","end":1}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			lo, hi := relative(c.Number(1), l.Len()), relative(c.Number(2), l.Len())
			return part(l, lo, max(lo, hi)), nil
		},
	}
}

// relative reads a position as Array.prototype.slice does: fractions are cut
// off, negative positions count from the end, and the result lies in 0..n.
func relative(f float64, n int) int {
	if f = math.Trunc(f); f < 0 {
		f += float64(n)
	}
	return amount(f, n)
}

var splitShape = flow.NewShape([]string{"list1", "list2"})

func split() *flow.Card {
	return &flow.Card{
		Key: "list.split", Aliases: []string{"kernel:list:split"}, Title: "Split", Category: category, Since: since,
		Doc: "Cuts a list in two after a position. Here positions count from 1: 2 means that the first list gets the first two items.",
		In: []flow.Port{
			items("list", "List", "The list to cut."),
			{Key: "index", Label: "Split after position", Doc: "How many items the first list gets.", Type: flow.NumberType, Required: true},
		},
		Out: []flow.Port{
			out("list1", "List 1", "The items up to the cut.", listType),
			out("list2", "List 2", "The items behind it.", listType),
		},
		Cost:   flow.Cost{Base: 550, PerItem: 27},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes: []flow.Note{{
			Topic: "a cut outside the list", Vendor: "are silent",
			Choice: "0 and less give an empty first list, the length and more an empty second one", Why: "no item is lost",
		}, {Topic: "machine keys", Vendor: "show labels only", Choice: "list and index; list1 and list2", Why: "the sister cards name theirs so"}},
		Examples: []flow.Example{
			{In: `{"list":["Alan","Bob","Charles"],"index":2}`, Out: `{"list1":["Alan","Bob"],"list2":["Charles"]}`},
			{In: `{"list":[1,2],"index":0}`, Out: `{"list1":[],"list2":[1,2]}`},
			{In: `{"list":[1,2],"index":9}`, Out: `{"list1":[1,2],"list2":[]}`},
			{In: `{"list":[1,2],"index":{}}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			n := amount(c.Number(1), l.Len())
			return flow.NewObject(splitShape, []flow.Value{part(l, 0, n), part(l, n, l.Len())}), nil
		},
	}
}

func truncate() *flow.Card {
	return &flow.Card{
		Key: "list.truncate", Aliases: []string{"kernel:list:truncate"}, Title: "Truncate", Category: category, Since: since,
		Doc: "Keeps only the first items of a list. A size of the length or more keeps all, 0 and less none.",
		In: []flow.Port{
			items("list", "list", "The list to shorten."),
			{Key: "size", Label: "size", Doc: "How many items to keep.", Type: flow.NumberType, Required: true},
		},
		Out:    []flow.Port{out("truncated list", "truncated list", "The first items.", listType)},
		Cost:   flow.Cost{Base: 250, PerItem: 27},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"list":[1,2,3,4,5],"size":3}`, Out: `{"truncated list":[1,2,3]}`},
			{In: `{"list":[1,2],"size":-1}`, Out: `{"truncated list":[]}`},
			{In: `{"list":[1,2],"size":"many"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			return part(l, 0, amount(c.Number(1), l.Len())), nil
		},
	}
}

func swap() *flow.Card {
	return &flow.Card{
		Key: "list.swap", Aliases: []string{"kernel:list:swap"}, Title: "Swap", Category: category, Since: since,
		Doc: "Exchanges two items of a list. Positions count from 0; one outside the list is list.bounds.",
		In: []flow.Port{
			items("list", "list", "The list to change; it stays as it is."),
			{Key: "first position", Label: "first position", Doc: "Position of one item.", Type: flow.NumberType, Required: true},
			{Key: "second position", Label: "second position", Doc: "Position of the other item.", Type: flow.NumberType, Required: true},
		},
		Out:    []flow.Port{out("new list", "new list", "The list with both items exchanged.", listType)},
		Cost:   flow.Cost{Base: 250, PerItem: 27},
		Errors: []flow.Code{flow.CodeListBounds, flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"list":["a","b","c"],"first position":0,"second position":2}`, Out: `{"new list":["c","b","a"]}`},
			{In: `{"list":["a","b"],"first position":1,"second position":1}`, Out: `{"new list":["a","b"]}`},
			{In: `{"list":["a","b"],"first position":0,"second position":2}`, Err: flow.CodeListBounds},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l := c.List(0)
			i, err := position(c.Number(1), l.Len())
			if err != nil {
				return flow.Value{}, err
			}
			j, err := position(c.Number(2), l.Len())
			if err != nil {
				return flow.Value{}, err
			}
			next := l.Items()
			next[i], next[j] = next[j], next[i]
			return flow.ListOf(next...), nil
		},
	}
}

func sample() *flow.Card {
	return &flow.Card{
		Key: "list.sample", Aliases: []string{"kernel:list:sample"}, Title: "Sample", Category: category, Since: since,
		Doc: "Picks a number of items at random. Every item is used at most once and every choice is equally likely; the picked items come in random order. An amount above the length gives all items, 0 and less none.",
		In: []flow.Port{
			items("list", "list", "The list to pick from."),
			{Key: "amount", Label: "amount", Doc: "How many items to pick.", Type: flow.NumberType, Required: true},
		},
		Out:    []flow.Port{out("samples", "samples", "The picked items.", listType)},
		Effect: flow.Reads,
		Cost:   flow.Cost{Base: 1200, PerItem: 40},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"list":[1,2,3,4,5],"amount":2}`, Out: `{"samples":"~^\\[[1-5],[1-5]\\]$"}`},
			{In: `{"list":["x"],"amount":10}`, Out: `{"samples":["x"]}`},
			{In: `{"list":[1,2,3],"amount":0}`, Out: `{"samples":[]}`},
			{In: `{"list":[1,2,3],"amount":"some"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			var seed [32]byte
			if _, err := io.ReadFull(c.Env.Random(), seed[:]); err != nil {
				return flow.Value{}, flow.Errorf(flow.CodeInternal, "no randomness: %v", err)
			}
			rng := rand.New(rand.NewChaCha8(seed))
			next := c.List(0).Items()
			n := amount(c.Number(1), len(next))
			for i := range n { // Fisher and Yates, stopped after n picks
				j := i + rng.IntN(len(next)-i)
				next[i], next[j] = next[j], next[i]
			}
			return flow.ListOf(slices.Clone(next[:n])...), nil
		},
	}
}

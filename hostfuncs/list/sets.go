package list

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// setCost is the price of looking every item up in a map: measured at 60 to
// 300 ns an item, and up to 5 ns a byte for containers, which are encoded first.
var setCost = flow.Cost{Base: 300, PerItem: 300, PerByte: 5}

func difference() *flow.Card {
	return &flow.Card{
		Key: "list.difference", Aliases: []string{"kernel:list:difference"}, Title: "Difference", Category: category, Since: since,
		Doc: "Keeps the items of the first list that occur in none of the other lists. Objects are compared by content; the order and the duplicates of the first list stay.",
		In: []flow.Port{
			items("list1", "list1", "The list to take items from."),
			items("list2", "list2", "The items to leave out."),
			{Key: "ignoreCase", Label: "ignore case", Doc: "Compare text without regard to upper and lower case.", Type: flow.BoolType, Default: "true"},
		},
		Extra:  furtherLists(flow.AnyType, flow.SecretRefuse),
		Out:    []flow.Port{out("list", "list", "What is left of the first list.", listType)},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Cost:   flow.Cost{Base: 300, PerItem: 250, PerByte: 5},
		Notes: []flow.Note{{
			Topic: "case of text", Vendor: "say that case is ignored on this one list card",
			Choice: "case is ignored; the added input ignoreCase turns that off", Why: "no other list card ignores case, so an author needs the other way too",
		}},
		Examples: []flow.Example{
			{In: `{"list1":["andrew","beth","carla"],"list2":["beth","frank"]}`, Out: `{"list":["andrew","carla"]}`},
			{In: `{"list1":[1,2,2,3],"list2":[3],"list3":[1]}`, Out: `{"list":[2,2]}`, Note: "with a further list"},
			{In: `{"list1":["A","b"],"list2":["a"]}`, Out: `{"list":["b"]}`},
			{In: `{"list1":["A","b"],"list2":["a"],"ignoreCase":false}`, Out: `{"list":["A","b"]}`},
			{In: `{"list1":["a"],"list2":["A"],"ignoreCase":[true]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			d := identify(ctx, c)
			d.fold = c.Bool(2)
			all := lists(c)
			drop := make(set, total(all[1:]))
			for _, l := range all[1:] {
				for _, v := range l.All() {
					drop[d.of(v)] = struct{}{}
					if d.err != nil {
						return flow.Value{}, d.err
					}
				}
			}
			var next []flow.Value
			for _, v := range all[0].All() {
				id := d.of(v)
				if d.err != nil {
					return flow.Value{}, d.err
				}
				if !drop.has(id) {
					next = append(next, v)
				}
			}
			return flow.ListOf(next...), nil
		},
	}
}

func intersection() *flow.Card {
	return &flow.Card{
		Key: "list.intersection", Aliases: []string{"kernel:list:intersection"}, Title: "Intersection", Category: category, Since: since,
		Doc: "Keeps the items that occur in every given list, each once, in the order of the first list. Objects are compared by content, text with regard to case.",
		In: []flow.Port{
			items("list1", "list1", "The list whose order counts."),
			items("list2", "list2", "A list that must hold the item too."),
		},
		Extra: furtherLists(flow.AnyType, flow.SecretRefuse),
		Out:   []flow.Port{out("list", "list", "The common items.", listType)},
		Cost:  setCost,
		Notes: []flow.Note{
			{Topic: "case of text", Vendor: "say nothing", Choice: "case matters", Why: "only Difference is documented to ignore it"},
		},
		Examples: []flow.Example{
			{In: `{"list1":[1,2,3,4,3],"list2":[3,4,5]}`, Out: `{"list":[3,4]}`},
			{In: `{"list1":[{"a":1,"b":2}],"list2":[{"b":2,"a":1}]}`, Out: `{"list":[{"a":1,"b":2}]}`, Note: "the order of keys does not matter"},
			{In: `{"list1":["a","1"],"list2":["A",1]}`, Out: `{"list":[]}`},
			{In: `{"list1":[1,2],"list2":[1,2],"list3":[2]}`, Out: `{"list":[2]}`},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			d := identify(ctx, c)
			all := lists(c)
			sets := make([]set, 0, len(all)-1)
			for _, l := range all[1:] {
				sets = append(sets, d.set(l))
			}
			// An item is dropped by the first set that lacks it, and the sets
			// shrink to what is still common, so that many lists cost no more
			// than the items they hold.
			common := d.set(all[0])
			for _, s := range sets {
				for id := range common {
					if !s.has(id) {
						delete(common, id)
					}
					if err := c.Alive(ctx, 100); err != nil {
						return flow.Value{}, err
					}
				}
			}
			var next []flow.Value
			for _, v := range all[0].All() {
				id := d.of(v)
				if d.err != nil {
					return flow.Value{}, d.err
				}
				if common.has(id) {
					delete(common, id)
					next = append(next, v)
				}
			}
			return flow.ListOf(next...), nil
		},
	}
}

func union() *flow.Card {
	return &flow.Card{
		Key: "list.union", Aliases: []string{"kernel:list:union"}, Title: "Union (Combine Unique)", Category: category, Since: since,
		Doc: "Combines lists and keeps each distinct item once, where it appears first. Objects are compared by content, text with regard to case; duplicates inside one list collapse too.",
		In: []flow.Port{
			items("list1", "List 1", "The first list."),
			items("list2", "List 2", "The list behind it."),
		},
		Extra: furtherLists(flow.AnyType, flow.SecretRefuse),
		Out:   []flow.Port{out("union", "List Union", "Every distinct item.", listType)},
		Cost:  setCost,
		Notes: []flow.Note{
			{Topic: "case of text", Vendor: "say nothing", Choice: "case matters", Why: "only Difference is documented to ignore it"},
		},
		Examples: []flow.Example{
			{In: `{"list1":[1,2,2],"list2":[2,3]}`, Out: `{"union":[1,2,3]}`},
			{In: `{"list1":["a"],"list2":["A"],"list3":["a","b"]}`, Out: `{"union":["a","A","b"]}`},
			{In: `{"list1":[1,"1",true],"list2":null}`, Out: `{"union":[1,"1",true]}`, Note: "values of different types differ"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			d := identify(ctx, c)
			all := lists(c)
			seen := make(set, total(all))
			var next []flow.Value
			for _, l := range all {
				for _, v := range l.All() {
					if seen.add(d.of(v)) {
						next = append(next, v)
					}
					if d.err != nil {
						return flow.Value{}, d.err
					}
				}
			}
			return flow.ListOf(next...), nil
		},
	}
}

func xor() *flow.Card {
	return &flow.Card{
		Key: "list.xor", Aliases: []string{"kernel:list:xor"}, Title: "XOR", Category: category, Since: since,
		Doc: "Keeps the items that occur in one of two lists but not in both, each once: first those of the first list, then those of the second. Objects are compared by content.",
		In: []flow.Port{
			items("list1", "list1", "One list."),
			items("list2", "list2", "The other list."),
		},
		Out:  []flow.Port{out("list", "list", "The items that are not common.", listType)},
		Cost: setCost,
		Notes: []flow.Note{{
			Topic: "duplicates and order", Vendor: "are silent",
			Choice: "duplicates collapse; items of the first list come first", Why: "the rule of the sister cards Union and Intersection",
		}},
		Examples: []flow.Example{
			{In: `{"list1":[1,2,3],"list2":[3,4]}`, Out: `{"list":[1,2,4]}`},
			{In: `{"list1":[1,1],"list2":[2,2]}`, Out: `{"list":[1,2]}`},
			{In: `{"list1":[{"a":1}],"list2":[{"a":1}]}`, Out: `{"list":[]}`},
			{In: `{"list1":[1],"list2":[2],"list3":[3]}`, Err: flow.CodeCardInput, Note: "it takes two lists"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			d := identify(ctx, c)
			a, b := c.List(0), c.List(1)
			inA, inB := d.set(a), d.set(b)
			seen := make(set)
			var next []flow.Value
			keep := func(l *flow.List, other set) {
				for _, v := range l.All() {
					if id := d.of(v); d.err == nil && !other.has(id) && seen.add(id) {
						next = append(next, v)
					}
				}
			}
			keep(a, inB)
			keep(b, inA)
			return flow.ListOf(next...), d.err
		},
	}
}

func uniqueBy() *flow.Card {
	return &flow.Card{
		Key: "list.uniqueBy", Aliases: []string{"kernel:list:uniqueBy"}, Title: "Remove Duplicates", Category: category, Since: since,
		Doc: "Drops repeated items and keeps the first of each. Objects are compared by the value at a path, or whole where the path is blank; other items ignore the path. The comparison is exact: case and type count.",
		In: []flow.Port{
			items("list", "List", "The list to clean."),
			{Key: "path", Label: "Path", Doc: "Dotted path of the value that must differ, for objects.", Type: flow.TextType, Required: true},
		},
		Out:    []flow.Port{out("unique list", "List No Duplicates", "The first item of each value, in order.", listType)},
		Cost:   setCost,
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitDepth},
		Notes: []flow.Note{{
			Topic: "objects that lack the path", Vendor: "are silent",
			Choice: "they count as sharing one value, which null shares too", Why: "a missing key reads as null everywhere else",
		}},
		Examples: []flow.Example{
			{In: `{"list":[9,80,1,9,20,1],"path":""}`, Out: `{"unique list":[9,80,1,20]}`},
			{In: `{"list":[{"n":"a","v":1},{"n":"b","v":1}],"path":"v"}`, Out: `{"unique list":[{"n":"a","v":1}]}`},
			{In: `{"list":["a","A","a"],"path":"v"}`, Out: `{"unique list":["a","A"]}`},
			{In: `{"list":[{"x":1},{"x":2},{"v":3}],"path":"v"}`, Out: `{"unique list":[{"x":1},{"v":3}]}`},
			{In: `{"list":[{"n":1},{"n":1}],"key":"n"}`, Err: flow.CodeCardInput, Note: "the input is called path"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			path, err := pathOf(c, 1, c.List(0).Len())
			if err != nil {
				return flow.Value{}, err
			}
			d := identify(ctx, c)
			seen := make(set)
			var next []flow.Value
			for _, v := range c.List(0).All() {
				key := v
				if v.Kind() == flow.KindObject || v.Kind() == flow.KindList {
					key = flow.At(v, path...)
				}
				if seen.add(d.of(key)) {
					next = append(next, v)
				}
				if d.err != nil {
					return flow.Value{}, d.err
				}
			}
			return flow.ListOf(next...), nil
		},
	}
}

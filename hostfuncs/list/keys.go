package list

import (
	"context"
	"math"

	"github.com/weirflow/weir/flow"
)

// The two halves of the loops that sort or thin out a list by what a flow
// computes: the loop gives one key for each item, and these use the keys.

func keysPort() flow.Port {
	return flow.Port{Key: "keys", Label: "keys", Doc: "The key of each item.", Type: listType, Required: true}
}

// paired checks that there is a key for every item.
func paired(c *flow.Call) error {
	if c.List(0).Len() != c.List(1).Len() {
		return c.Invalid(1, "has %d keys for %d items", c.List(1).Len(), c.List(0).Len())
	}
	return nil
}

func sortKeys() *flow.Card {
	return &flow.Card{
		Key: "list.sortKeys", Title: "Sort by Keys", Category: category, Since: since,
		Doc:    "Sorts a list by keys that are given beside it, one for each item, smallest first. Equal keys keep the order of their items; items whose key is empty come last.",
		In:     []flow.Port{items("list", "list", "The items."), keysPort()},
		Out:    []flow.Port{out("list", "list", "The items in the order of their keys.", listType)},
		Cost:   flow.Cost{Base: 300, PerItem: 60},
		Errors: []flow.Code{flow.CodeInputInvalid},
		Examples: []flow.Example{
			{In: `{"list":["this","is","a","sample"],"keys":[4,2,1,6]}`, Out: `{"list":["a","is","this","sample"]}`},
			{In: `{"list":["x","y","z"],"keys":["b",null,"a"]}`, Out: `{"list":["z","x","y"]}`},
			{In: `{"list":[1,2],"keys":[1]}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if err := paired(c); err != nil {
				return flow.Value{}, err
			}
			n := c.List(0).Len()
			if err := c.Spend(int64(80 * float64(n) * math.Log2(float64(n+1)))); err != nil {
				return flow.Value{}, err
			}
			var order []ranked
			var rest []flow.Value
			for i, k := range c.List(1).All() {
				if flow.IsEmpty(k) {
					rest = append(rest, c.List(0).At(i))
				} else {
					order = append(order, ranked{k, i})
				}
			}
			if len(order) > 0 {
				if err := oneType(ctx, c, order); err != nil {
					return flow.Value{}, err
				}
			}
			if err := rank(ctx, c, order); err != nil {
				return flow.Value{}, err
			}
			sorted := make([]flow.Value, 0, n)
			for _, r := range order {
				sorted = append(sorted, c.List(0).At(r.place))
			}
			return flow.ListOf(append(sorted, rest...)...), nil
		},
	}
}

func uniqueKeys() *flow.Card {
	return &flow.Card{
		Key: "list.uniqueKeys", Title: "Unique by Keys", Category: category, Since: since,
		Doc:    "Keeps the first item for each of the keys that are given beside a list, one for each item.",
		In:     []flow.Port{items("list", "list", "The items."), keysPort()},
		Out:    []flow.Port{out("list", "list", "The first item of each key, in the order of the list.", listType)},
		Cost:   flow.Cost{Base: 300, PerItem: 150, PerByte: 0.5},
		Errors: []flow.Code{flow.CodeInputInvalid},
		Examples: []flow.Example{
			{In: `{"list":["Bob","BOB","Al"],"keys":["bob","bob","al"]}`, Out: `{"list":["Bob","Al"]}`},
			{In: `{"list":[1,2,3],"keys":[{"a":1,"b":2},{"b":2,"a":1},null]}`, Out: `{"list":[1,3]}`},
			{In: `{"list":[1,2],"keys":[]}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if err := paired(c); err != nil {
				return flow.Value{}, err
			}
			d, seen := identify(ctx, c), set{}
			var kept []flow.Value
			for i, k := range c.List(1).All() {
				if seen.add(d.of(k)) {
					kept = append(kept, c.List(0).At(i))
				}
				if d.err != nil {
					return flow.Value{}, d.err
				}
			}
			return flow.ListOf(kept...), nil
		},
	}
}

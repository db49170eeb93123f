package number

import (
	"context"

	"github.com/weirflow/weir/flow"
)

func larger() *flow.Card {
	return comparison("larger", "Larger", "Tells whether one number is larger than another. Equal numbers give False.",
		"True when a is larger than b.", func(a, b float64) bool { return a > b }, []flow.Example{
			{In: `{"a":215,"b":64}`, Out: `{"output":true}`},
			{In: `{"a":5.2,"b":21.7}`, Out: `{"output":false}`},
			{In: `{"a":3,"b":3}`, Out: `{"output":false}`},
			potato("a"),
		})
}

func smaller() *flow.Card {
	return comparison("smaller", "Smaller", "Tells whether one number is smaller than another. Equal numbers give False.",
		"True when a is smaller than b.", func(a, b float64) bool { return a < b }, []flow.Example{
			{In: `{"a":215,"b":64}`, Out: `{"output":false}`},
			{In: `{"a":5.2,"b":21.7}`, Out: `{"output":true}`},
			{In: `{"a":"9","b":"80"}`, Out: `{"output":true}`},
			potato("a"),
		})
}

func comparison(name, title, doc, out string, holds func(a, b float64) bool, examples []flow.Example) *flow.Card {
	return &flow.Card{
		Key: "number." + name, Aliases: []string{"kernel:math:" + name}, Title: title, Category: category, Since: since, Doc: doc,
		In:       []flow.Port{operand("a", "a", "The number to compare.", ""), operand("b", "b", "The number to compare it with.", "")},
		Out:      []flow.Port{{Key: "output", Label: "output", Doc: out, Type: flow.BoolType}},
		Cost:     flow.Cost{Base: 40},
		Errors:   []flow.Code{flow.CodeTypeConversion},
		Examples: examples,
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.Bool(holds(c.Number(0), c.Number(1))), nil
		},
	}
}

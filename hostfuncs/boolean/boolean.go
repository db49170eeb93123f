// Package boolean has the cards that work on truth values: gates, comparisons
// and logical expressions.
package boolean

import (
	"context"

	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "True/False"
)

// Cards returns the true/false cards in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{nor(), and(), nand(), compare(), expression(), not(), or(), xor(), xnor()}
}

// inputs are the two operands that every gate has.
func inputs() []flow.Port {
	return []flow.Port{
		{Key: "a", Label: "input 1", Doc: "The first truth value.", Type: flow.BoolType, Default: "false"},
		{Key: "b", Label: "input 2", Doc: "The second truth value.", Type: flow.BoolType, Default: "false"},
	}
}

func output(label, doc string) []flow.Port {
	return []flow.Port{{Key: "output", Label: label, Doc: doc, Type: flow.BoolType}}
}

// object is the example of an input that is neither true nor false.
var object = flow.Example{In: `{"a":{"x":1}}`, Err: flow.CodeTypeConversion}

// gate completes the definition of a gate of any number of inputs. It looks for
// one input that is wanted and gives found if there is one, else the opposite.
func gate(card *flow.Card, wanted, found bool) *flow.Card {
	card.Category, card.Since, card.In = category, since, inputs()
	card.Extra = &flow.Extra{Label: "input n", Doc: "A further truth value.", Type: flow.BoolType}
	card.Cost, card.Errors = flow.Cost{Base: 40}, []flow.Code{flow.CodeTypeConversion}
	card.Run = func(_ context.Context, c *flow.Call) (flow.Value, error) {
		if c.Bool(0) == wanted || c.Bool(1) == wanted {
			return flow.Bool(found), nil
		}
		n := c.Extra.Len()
		if n > 0 {
			if err := c.Spend(int64(n) * 20); err != nil {
				return flow.Value{}, err
			}
		}
		for i := range n { // ranging over All would allocate, here and above
			if c.Extra.At(i).Bool() == wanted {
				return flow.Bool(found), nil
			}
		}
		return flow.Bool(!found), nil
	}
	return card
}

func nor() *flow.Card {
	return gate(&flow.Card{
		Key: "boolean.nor", Aliases: []string{"kernel:boolean:nor"}, Title: "All False?",
		Doc: "Tells whether every input is false. Inputs that are not given count as false.",
		Out: output("all false?", "True when no input is true."),
		Examples: []flow.Example{
			{In: `{"a":false,"b":false}`, Out: `{"output":true}`},
			{In: `{"a":false,"b":true}`, Out: `{"output":false}`},
			{In: `{"input 3":true}`, Out: `{"output":false}`},
			object,
		},
	}, true, false)
}

func and() *flow.Card {
	return gate(&flow.Card{
		Key: "boolean.and", Aliases: []string{"kernel:boolean:and"}, Title: "And", Inline: flow.InlineAnd,
		Doc: "Tells whether every input is true. Inputs that are not given count as false.",
		Out: output("all true?", "True when all inputs are true."),
		Examples: []flow.Example{
			{In: `{"a":true,"b":true}`, Out: `{"output":true}`},
			{In: `{"a":true,"b":true,"input 3":false}`, Out: `{"output":false}`},
			{In: `{"a":true}`, Out: `{"output":false}`},
			object,
		},
	}, false, false)
}

func nand() *flow.Card {
	return gate(&flow.Card{
		Key: "boolean.nand", Aliases: []string{"kernel:boolean:nand"}, Title: "Any False?",
		Doc: "Tells whether at least one input is false. Inputs that are not given count as false.",
		Out: output("any false?", "True when an input is false."),
		Examples: []flow.Example{
			{In: `{"a":true,"b":true}`, Out: `{"output":false}`},
			{In: `{"a":true,"b":false}`, Out: `{"output":true}`},
			{In: `{"a":1,"b":"yes","input 3":"False"}`, Out: `{"output":true}`},
			object,
		},
	}, false, true)
}

func or() *flow.Card {
	return gate(&flow.Card{
		Key: "boolean.or", Aliases: []string{"kernel:boolean:or"}, Title: "Or", Inline: flow.InlineOr,
		Doc: "Tells whether at least one input is true. Inputs that are not given count as false.",
		Out: output("any true?", "True when an input is true."),
		Examples: []flow.Example{
			{In: `{"a":false,"b":true}`, Out: `{"output":true}`},
			{In: `{"a":false,"b":false}`, Out: `{"output":false}`},
			{In: `{"input 3":true}`, Out: `{"output":true}`},
			object,
		},
	}, true, true)
}

func xor() *flow.Card {
	return &flow.Card{
		Key: "boolean.xor", Aliases: []string{"kernel:boolean:xor"}, Title: "Or (Exclusive)", Category: category, Since: since,
		Doc: "Tells whether exactly one of two inputs is true.",
		In:  inputs(), Out: output("only one true?", "True when the inputs differ."),
		Cost: flow.Cost{Base: 30}, Inline: flow.InlineXor, Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"a":true,"b":false}`, Out: `{"output":true}`},
			{In: `{"a":true,"b":true}`, Out: `{"output":false}`},
			object,
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.Bool(c.Bool(0) != c.Bool(1)), nil
		},
	}
}

func xnor() *flow.Card {
	return &flow.Card{
		Key: "boolean.xnor", Aliases: []string{"kernel:boolean:xnor"}, Title: "XNOR", Category: category, Since: since,
		Doc: "Tells whether two inputs are equal, both true or both false.",
		In:  inputs(), Out: output("output", "True when the inputs are equal."),
		Cost: flow.Cost{Base: 30}, Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"a":false,"b":false}`, Out: `{"output":true}`},
			{In: `{"a":true,"b":false}`, Out: `{"output":false}`},
			object,
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.Bool(c.Bool(0) == c.Bool(1)), nil
		},
	}
}

func not() *flow.Card {
	return &flow.Card{
		Key: "boolean.not", Aliases: []string{"kernel:boolean:not"}, Title: "Not", Category: category, Since: since,
		Doc:  "Inverts a truth value.",
		In:   []flow.Port{{Key: "a", Label: "input field", Doc: "The truth value.", Type: flow.BoolType, Required: true, Default: "false"}},
		Out:  output("result", "True for False, False for True."),
		Cost: flow.Cost{Base: 30}, Inline: flow.InlineNot, Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"a":true}`, Out: `{"output":false}`},
			{In: `{}`, Out: `{"output":true}`},
			object,
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) { return flow.Bool(!c.Bool(0)), nil },
	}
}

package number

import (
	"context"
	"math"

	"github.com/weirflow/weir/flow"
)

// fold is the Run of a card that combines all its operands from left to right.
func fold(combine func(a, b float64) float64) func(context.Context, *flow.Call) (flow.Value, error) {
	return func(_ context.Context, c *flow.Call) (flow.Value, error) {
		r := combine(c.Number(0), c.Number(1))
		if n := c.Extra.Len(); n > 0 {
			if err := c.Spend(int64(n) * 20); err != nil {
				return flow.Value{}, err
			}
			for i := range n { // ranging over All would allocate
				r = combine(r, c.Extra.At(i).Number())
			}
		}
		return finite(r)
	}
}

func add() *flow.Card {
	return &flow.Card{
		Key: "number.add", Aliases: []string{"kernel:math:add"}, Title: "Add", Category: category, Since: since,
		Doc:   "Adds two or more numbers. Texts that hold numbers are converted first.",
		In:    []flow.Port{operand("a", "number 1", "The first number.", "0"), operand("b", "number 2", "The second number.", "0")},
		Extra: &flow.Extra{Label: "number n", Doc: "A further number.", Type: flow.NumberType},
		Out:   result("total", "The sum."), Cost: flow.Cost{Base: 40}, Inline: flow.InlineAdd, Errors: failures(),
		Examples: []flow.Example{
			{In: `{"a":10,"b":5}`, Out: `{"output":15}`},
			{In: `{"a":1,"b":2,"number 3":3.5}`, Out: `{"output":6.5}`},
			{In: `{"a":0.1,"b":"0.2"}`, Out: `{"output":0.30000000000000004}`},
			{In: `{"a":10,"b":"potato"}`, Err: flow.CodeTypeConversion},
			{In: `{"a":1e308,"b":1e308}`, Err: flow.CodeNumberRange},
		},
		Run: fold(func(a, b float64) float64 { return a + b }),
	}
}

func subtract() *flow.Card {
	return &flow.Card{
		Key: "number.subtract", Aliases: []string{"kernel:math:subtract"}, Title: "Subtract", Category: category, Since: since,
		Doc: "Subtracts one number from another.",
		In:  []flow.Port{operand("a", "number", "The number to subtract from.", "0"), operand("b", "subtract", "The number to subtract.", "0")},
		Out: result("difference", "The first number less the second."), Cost: flow.Cost{Base: 40}, Inline: flow.InlineSub, Errors: failures(),
		Examples: []flow.Example{
			{In: `{"a":10,"b":3}`, Out: `{"output":7}`},
			{In: `{"b":1}`, Out: `{"output":-1}`},
			potato("a"),
			{In: `{"a":-1e308,"b":1e308}`, Err: flow.CodeNumberRange},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) { return finite(c.Number(0) - c.Number(1)) },
	}
}

func multiply() *flow.Card {
	return &flow.Card{
		Key: "number.multiply", Aliases: []string{"kernel:math:multiply"}, Title: "Multiply", Category: category, Since: since,
		Doc:   "Multiplies two or more numbers. A number that is not given counts as 0 and makes the product 0.",
		In:    []flow.Port{operand("a", "number 1", "The first number.", "0"), operand("b", "number 2", "The second number.", "0")},
		Extra: &flow.Extra{Label: "number n", Doc: "A further number.", Type: flow.NumberType},
		Out:   result("product", "The product."), Cost: flow.Cost{Base: 40}, Inline: flow.InlineMul, Errors: failures(),
		Examples: []flow.Example{
			{In: `{"a":6,"b":7}`, Out: `{"output":42}`},
			{In: `{"a":2,"b":3,"number 3":4}`, Out: `{"output":24}`},
			{In: `{"a":2}`, Out: `{"output":0}`},
			{In: `{"a":1e200,"b":1e200}`, Err: flow.CodeNumberRange},
		},
		Run: fold(func(a, b float64) float64 { return a * b }),
	}
}

func divide() *flow.Card {
	return &flow.Card{
		Key: "number.divide", Aliases: []string{"kernel:math:divide"}, Title: "Divide", Category: category, Since: since,
		Doc: "Divides one number by another, as a rounded number and as a percentage text. Both are rounded to the same number of decimal places, as Round Decimal Places does.",
		In: []flow.Port{
			operand("a", "Number", "The number to divide.", "0"), operand("b", "Divided by", "What to divide it by; not 0.", "0"),
			operand("decimals", "Number of decimal points", "Decimal places of both results, 0 to 100.", "4"),
		},
		Out: []flow.Port{
			{Key: "output", Label: "Result as a decimal", Doc: "The rounded quotient.", Type: flow.NumberType, Always: true},
			{Key: "percentage", Label: "Result as a percentage (%)", Doc: "The quotient times 100 with all its decimal places and a percent sign.", Type: flow.TextType, Always: true},
		},
		Cost: flow.Cost{Base: 900}, Errors: append(failures(), flow.CodeInputInvalid),
		Notes: []flow.Note{
			{Topic: "the form of percentage", Vendor: "say nothing", Choice: "25.0000% for 1 by 4", Why: "the Percentage card writes its text so"},
			{Topic: "a division by 0", Vendor: "say nothing", Choice: "number.range", Why: "JSON has no infinity"},
		},
		Examples: []flow.Example{
			{In: `{"a":1,"b":4}`, Out: `{"output":0.25,"percentage":"25.0000%"}`},
			{In: `{"a":2,"b":3,"decimals":2}`, Out: `{"output":0.67,"percentage":"66.67%"}`},
			{In: `{"a":1,"b":0}`, Err: flow.CodeNumberRange},
			{In: `{"a":1,"b":4,"decimals":101}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			q := c.Number(0) / c.Number(1)
			if _, err := finite(q * 100); err != nil {
				return flow.Value{}, err
			}
			decimals, err := places(c, 2)
			if err != nil {
				return flow.Value{}, err
			}
			return both(c, quotientShape, q, q*100, decimals), nil
		},
	}
}

func percentage() *flow.Card {
	number := func(key, doc string) flow.Port {
		return flow.Port{Key: key, Label: key, Doc: doc, Type: flow.NumberType, Default: "0"}
	}
	return &flow.Card{
		Key: "number.percentage", Aliases: []string{"kernel:math:percentage"}, Title: "Percentage", Category: category, Since: since,
		Doc: "Takes a percentage of a number, as a number and as a text with a percent sign. Both are rounded as Round Decimal Places does.",
		In: []flow.Port{
			number("percentage of", "The percentage to take."), number("value", "The number to take it of."),
			number("precision", "Decimal places of both results, 0 to 100."),
		},
		Out: []flow.Port{
			{Key: "percentage", Label: "percentage", Doc: "The product of both, by 100, rounded.", Type: flow.NumberType, Always: true},
			{Key: "encoded", Label: "encoded", Doc: "The same with all its decimal places and a percent sign.", Type: flow.TextType, Always: true},
		},
		Cost: flow.Cost{Base: 900}, Errors: append(failures(), flow.CodeInputInvalid),
		Examples: []flow.Example{
			{In: `{"percentage of":50,"value":25,"precision":2}`, Out: `{"percentage":12.5,"encoded":"12.50%"}`},
			{In: `{"percentage of":33,"value":10}`, Out: `{"percentage":3,"encoded":"3%"}`},
			{In: `{"value":5,"precision":-1}`, Err: flow.CodeInputInvalid},
			{In: `{"value":1e308,"percentage of":1e308}`, Err: flow.CodeNumberRange},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			p := c.Number(0) * c.Number(1) / 100
			if _, err := finite(p); err != nil {
				return flow.Value{}, err
			}
			precision, err := places(c, 2)
			if err != nil {
				return flow.Value{}, err
			}
			return both(c, percentageShape, p, p, precision), nil
		},
	}
}

// both gives a number and a percentage text, each rounded, or that one of them
// which is wanted.
func both(c *flow.Call, shape *flow.Shape, number, percentage float64, places int) flow.Value {
	vals := make([]flow.Value, 2)
	if c.Wants(0) {
		vals[0] = rounded(number, places)
	}
	if c.Wants(1) {
		vals[1] = flow.Text(fixed(percentage, places) + "%")
	}
	return flow.NewObject(shape, vals)
}

var (
	quotientShape   = flow.NewShape([]string{"output", "percentage"})
	percentageShape = flow.NewShape([]string{"percentage", "encoded"})
)

func increment() *flow.Card {
	return &flow.Card{
		Key: "number.increment", Aliases: []string{"kernel:math:increment"}, Title: "Increment", Category: category, Since: since,
		Doc: "Adds one to a number.",
		In:  []flow.Port{operand("a", "a", "The number.", "0")},
		Out: result("output", "The number plus 1."), Cost: flow.Cost{Base: 40}, Errors: failures(),
		Examples: []flow.Example{
			{In: `{"a":16}`, Out: `{"output":17}`},
			{In: `{"a":21.2}`, Out: `{"output":22.2}`},
			potato("a"),
		},
		Run: unary(func(a float64) float64 { return a + 1 }),
	}
}

func mod() *flow.Card {
	return &flow.Card{
		Key: "number.mod", Aliases: []string{"kernel:math:mod"}, Title: "Remainder", Category: category, Since: since,
		Doc: "Gives the remainder of a division. It has the sign of the divided number and may have a fraction.",
		In:  []flow.Port{operand("a", "number", "The number to divide.", "0"), operand("b", "Divided by", "What to divide it by; not 0.", "0")},
		Out: result("remainder", "The remainder."), Cost: flow.Cost{Base: 200}, Errors: failures(),
		Notes: []flow.Note{
			{Topic: "the sign for negative numbers", Vendor: "say nothing", Choice: "the sign of the dividend: -7 by 3 gives -1", Why: "% of ECMAScript does so; the % of Formula differs and gives 2"},
			{Topic: "machine keys of the inputs", Vendor: "show no keys", Choice: "a and b", Why: "the cards beside it have them"},
		},
		Examples: []flow.Example{
			{In: `{"a":13,"b":5}`, Out: `{"output":3}`},
			{In: `{"a":-7,"b":3}`, Out: `{"output":-1}`},
			{In: `{"a":5.5,"b":2}`, Out: `{"output":1.5}`},
			{In: `{"a":13,"b":0}`, Err: flow.CodeNumberRange},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return finite(math.Mod(c.Number(0), c.Number(1)))
		},
	}
}

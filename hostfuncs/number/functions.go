package number

import (
	"context"
	"math"

	"github.com/weirflow/weir/flow"
)

func abs() *flow.Card {
	return &flow.Card{
		Key: "number.abs", Aliases: []string{"kernel:math:abs"}, Title: "Absolute Value", Category: category, Since: since,
		Doc: "Drops the sign of a number.",
		In:  []flow.Port{operand("a", "number", "The number.", "0")},
		Out: result("output", "The number without its sign."), Cost: flow.Cost{Base: 30}, Inline: flow.InlineAbs, Errors: failures(),
		Notes: []flow.Note{
			{Topic: "machine key of the input", Vendor: "show no key", Choice: "a", Why: "the cards beside it have it"},
		},
		Examples: []flow.Example{
			{In: `{"a":-243.5}`, Out: `{"output":243.5}`},
			{In: `{"a":2}`, Out: `{"output":2}`},
			potato("a"),
		},
		Run: unary(math.Abs),
	}
}

func sign() *flow.Card {
	return &flow.Card{
		Key: "number.sign", Aliases: []string{"kernel:math:sign"}, Title: "Sign", Category: category, Since: since,
		Doc: "Tells the sign of a number: -1, 0 or 1.",
		In:  []flow.Port{operand("a", "number", "The number.", "0")},
		Out: result("output", "-1 for negative numbers, 0 for zero, 1 for positive ones."), Cost: flow.Cost{Base: 30}, Errors: failures(),
		Notes: []flow.Note{
			{Topic: "machine key of the input", Vendor: "show no key", Choice: "a", Why: "the cards beside it have it"},
		},
		Examples: []flow.Example{
			{In: `{"a":-17.5}`, Out: `{"output":-1}`},
			{In: `{"a":0}`, Out: `{"output":0}`},
			{In: `{"a":42}`, Out: `{"output":1}`},
			potato("a"),
		},
		Run: unary(func(a float64) float64 {
			switch {
			case a > 0:
				return 1
			case a < 0:
				return -1
			}
			return a - a // 0, and NaN for what is no number
		}),
	}
}

func exp() *flow.Card {
	return &flow.Card{
		Key: "number.exp", Aliases: []string{"kernel:math:exp"}, Title: "Exponent", Category: category, Since: since,
		Doc: "Raises Euler's number e, about 2.718, to a power.",
		In:  []flow.Port{operand("a", "power", "The power.", "0")},
		Out: result("output", "e to that power."), Cost: flow.Cost{Base: 60}, Errors: failures(),
		Notes: []flow.Note{{Topic: "the input of Exponent", Vendor: "show no key", Choice: "a", Why: "the cards beside it have it"}},
		Examples: []flow.Example{
			{In: `{"a":1}`, Out: `{"output":2.718281828459045}`},
			{In: `{"a":0}`, Out: `{"output":1}`},
			{In: `{"a":1000}`, Err: flow.CodeNumberRange},
		},
		Run: unary(math.Exp),
	}
}

func log() *flow.Card {
	return &flow.Card{
		Key: "number.log", Aliases: []string{"kernel:math:log"}, Title: "Log", Category: category, Since: since,
		Doc: "Computes a logarithm. Without a base it is the natural one. The number and the base must be positive, and the base not 1.",
		In: []flow.Port{
			operand("a", "number", "The number, larger than 0.", "0"),
			{Key: "base", Label: "base", Doc: "The base; without one it is e.", Type: flow.NumberType, Nullable: true},
		},
		Out: result("output", "The logarithm."), Cost: flow.Cost{Base: 150}, Errors: failures(),
		Notes: []flow.Note{{
			Topic: "the base", Vendor: "say only that a logarithm is computed", Choice: "an optional second input; the natural logarithm without it", Why: "both readings of the card stay possible",
		}},
		Examples: []flow.Example{
			{In: `{"a":2.718281828459045}`, Out: `{"output":1}`},
			{In: `{"a":1000,"base":10}`, Out: `{"output":3}`},
			{In: `{"a":0}`, Err: flow.CodeNumberRange},
			{In: `{"a":8,"base":1}`, Err: flow.CodeNumberRange},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			a, base := c.Number(0), c.Value(1)
			switch {
			case a <= 0 || !base.IsNull() && base.Number() <= 0:
				return finite(math.NaN())
			case base.IsNull():
				return finite(math.Log(a))
			}
			q := math.Log(a) / math.Log(base.Number())
			// The quotient of two rounded logarithms misses 3 for 1000 and 10.
			if r := math.Round(q); math.Pow(base.Number(), r) == a {
				q = r
			}
			return finite(q)
		},
	}
}

func power() *flow.Card {
	return &flow.Card{
		Key: "number.power", Aliases: []string{"kernel:math:power"}, Title: "Power", Category: category, Since: since,
		Doc: "Raises a base to an exponent. Anything to the power 0 is 1; a negative base needs a whole exponent.",
		In:  []flow.Port{operand("base", "base", "The base.", ""), operand("exponent", "exponent", "The exponent.", "")},
		Out: result("output", "The power."), Cost: flow.Cost{Base: 150}, Errors: failures(),
		Notes: []flow.Note{
			{Topic: "machine keys of the inputs", Vendor: "show no keys", Choice: "base and exponent", Why: "the labels"},
		},
		Examples: []flow.Example{
			{In: `{"base":2,"exponent":3}`, Out: `{"output":8}`},
			{In: `{"base":9,"exponent":0.5}`, Out: `{"output":3}`},
			{In: `{"base":0,"exponent":0}`, Out: `{"output":1}`},
			{In: `{"base":-8,"exponent":0.5}`, Err: flow.CodeNumberRange},
			{In: `{"base":0,"exponent":-1}`, Err: flow.CodeNumberRange},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return finite(math.Pow(c.Number(0), c.Number(1)))
		},
	}
}

func sqrt() *flow.Card {
	return &flow.Card{
		Key: "number.sqrt", Aliases: []string{"kernel:math:sqrt"}, Title: "Square Root", Category: category, Since: since,
		Doc: "Computes a square root.",
		In:  []flow.Port{operand("a", "number", "The number, not negative.", "0")},
		Out: result("output", "The root."), Cost: flow.Cost{Base: 40}, Inline: flow.InlineSqrt, Errors: failures(),
		Notes: []flow.Note{
			{Topic: "the root of a negative number", Vendor: "say nothing", Choice: "number.range", Why: "it has no real root, and JSON has no NaN"},
			{Topic: "machine key of the input", Vendor: "show no key", Choice: "a", Why: "the cards beside it have it"},
		},
		Examples: []flow.Example{
			{In: `{"a":16}`, Out: `{"output":4}`},
			{In: `{"a":2}`, Out: `{"output":1.4142135623730951}`},
			{In: `{"a":-1}`, Err: flow.CodeNumberRange},
		},
		Run: unary(math.Sqrt),
	}
}

func factorial() *flow.Card {
	return &flow.Card{
		Key: "number.factorial", Aliases: []string{"kernel:math:factorial"}, Title: "Factorial", Category: category, Since: since,
		Doc: "Computes n!, the product of the whole numbers from 1 to n. Fractions are dropped, negative numbers give 0, and 170 is the largest n with a finite result.",
		In:  []flow.Port{operand("a", "number", "The number n, up to 170.", "0")},
		Out: result("output", "The factorial."), Cost: flow.Cost{Base: 250}, Errors: failures(),
		Notes: []flow.Note{
			{Topic: "machine key of the input", Vendor: "show no key", Choice: "a", Why: "the cards beside it have it"},
		},
		Examples: []flow.Example{
			{In: `{"a":5}`, Out: `{"output":120}`},
			{In: `{"a":0}`, Out: `{"output":1}`},
			{In: `{"a":-3}`, Out: `{"output":0}`},
			{In: `{"a":171}`, Err: flow.CodeNumberRange},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			n := c.Number(0)
			switch {
			case n < 0:
				return flow.Number(0), nil
			case !(n < 171):
				return finite(math.Inf(1))
			}
			r := 1.0
			for i := 2.0; i <= n; i++ {
				r *= i
			}
			return flow.Number(r), nil
		},
	}
}

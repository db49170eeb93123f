package number

import (
	"context"
	"math"

	"github.com/weirflow/weir/flow"
)

func round() *flow.Card {
	return &flow.Card{
		Key: "number.round", Aliases: []string{"kernel:math:round"}, Title: "Round", Category: category, Since: since,
		Doc: "Rounds to the nearest whole number. Halves go up: 10.5 gives 11 and -2.5 gives -2 (ECMA-262, Math.round).",
		In:  []flow.Port{operand("a", "number", "The number.", "0")},
		Out: result("rounded", "The whole number."), Cost: flow.Cost{Base: 40}, Errors: failures(),
		Examples: []flow.Example{
			{In: `{"a":10.4}`, Out: `{"output":10}`},
			{In: `{"a":10.5}`, Out: `{"output":11}`},
			{In: `{"a":-2.5}`, Out: `{"output":-2}`},
			{In: `{"a":0.49999999999999994}`, Out: `{"output":0}`},
			potato("a"),
		},
		Run: unary(func(a float64) float64 {
			r := math.Floor(a)
			if a-r >= 0.5 {
				r++
			}
			return math.Copysign(r, a) // -0.5 gives -0
		}),
	}
}

func floor() *flow.Card {
	return &flow.Card{
		Key: "number.floor", Aliases: []string{"kernel:math:floor"}, Title: "Round Down", Category: category, Since: since,
		Doc: "Rounds down to a whole number, towards minus infinity.",
		In:  []flow.Port{operand("a", "number", "The number.", "0")},
		Out: result("rounded down", "The largest whole number that is not larger."), Cost: flow.Cost{Base: 40}, Inline: flow.InlineFloor, Errors: failures(),
		Notes: []flow.Note{
			{Topic: "machine key of the input", Vendor: "show no key", Choice: "a", Why: "the cards beside it have it"},
		},
		Examples: []flow.Example{
			{In: `{"a":0.95}`, Out: `{"output":0}`},
			{In: `{"a":3.0001}`, Out: `{"output":3}`},
			{In: `{"a":-1.2}`, Out: `{"output":-2}`},
			potato("a"),
		},
		Run: unary(math.Floor),
	}
}

func ceil() *flow.Card {
	return &flow.Card{
		Key: "number.ceil", Aliases: []string{"kernel:math:ceil"}, Title: "Round Up", Category: category, Since: since,
		Doc: "Rounds up to a whole number, towards plus infinity.",
		In:  []flow.Port{operand("a", "number", "The number.", "0")},
		Out: result("rounded up", "The smallest whole number that is not smaller."), Cost: flow.Cost{Base: 40}, Inline: flow.InlineCeil, Errors: failures(),
		Examples: []flow.Example{
			{In: `{"a":0.95}`, Out: `{"output":1}`},
			{In: `{"a":3.0001}`, Out: `{"output":4}`},
			{In: `{"a":-1.2}`, Out: `{"output":-1}`},
			potato("a"),
		},
		Run: unary(math.Ceil),
	}
}

func toFixed() *flow.Card {
	return &flow.Card{
		Key: "number.toFixed", Aliases: []string{"kernel:math:toFixed"}, Title: "Round Decimal Places", Category: category, Since: since,
		Doc: "Rounds to a number of decimal places. The exact binary value is rounded, halves away from zero (ECMA-262, Number.prototype.toFixed): 1.005 is stored slightly below and gives 1 at two places.",
		In:  []flow.Port{operand("a", "number", "The number.", "0"), operand("digits", "decimal places", "How many decimal places, 0 to 100; fractions are dropped.", "0")},
		Out: result("output", "The rounded number, without zeros at its end."), Cost: flow.Cost{Base: 500}, Errors: append(failures(), flow.CodeInputInvalid),
		Notes: []flow.Note{{
			Topic: "the output of Round Decimal Places, and the key of its second input", Vendor: "say nothing", Choice: "a number; digits", Why: "the card stands among those that calculate",
		}},
		Examples: []flow.Example{
			{In: `{"a":10.33333333,"digits":2}`, Out: `{"output":10.33}`},
			{In: `{"a":10.66666666,"digits":1}`, Out: `{"output":10.7}`},
			{In: `{"a":1.005,"digits":2}`, Out: `{"output":1}`},
			{In: `{"a":-2.5}`, Out: `{"output":-3}`},
			{In: `{"a":1,"digits":101}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			if _, err := finite(c.Number(0)); err != nil {
				return flow.Value{}, err
			}
			digits, err := places(c, 1)
			if err != nil {
				return flow.Value{}, err
			}
			return rounded(c.Number(0), digits), nil
		},
	}
}

// maxPlaces is the largest number of decimal places that toFixed takes.
const maxPlaces = 100

// places reads the i-th input as a number of decimal places.
func places(c *flow.Call, i int) (int, error) {
	n := math.Trunc(c.Number(i))
	if !(n >= 0 && n <= maxPlaces) {
		return 0, c.Invalid(i, "must be a number from 0 to %d", maxPlaces)
	}
	return int(n), nil
}

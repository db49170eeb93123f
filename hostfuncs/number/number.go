// Package number has the cards that calculate. Numbers are IEEE 754 doubles
// without decimal correction, so that 0.1 + 0.2 is 0.30000000000000004; a
// calculation without a finite result is number.range.
package number

import (
	"context"
	"math"

	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "Number"
)

// Cards returns the number cards in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		abs(), add(), divide(), exp(), factorial(), expression(), increment(), larger(), log(), multiply(), percentage(), power(),
		random(), mod(), round(), toFixed(), floor(), ceil(), sign(), smaller(), sqrt(), subtract(),
	}
}

// operand is a required number; value is the JSON of its default, or "".
func operand(key, label, doc, value string) flow.Port {
	return flow.Port{Key: key, Label: label, Doc: doc, Type: flow.NumberType, Required: true, Default: value}
}

func result(label, doc string) []flow.Port {
	return []flow.Port{{Key: "output", Label: label, Doc: doc, Type: flow.NumberType}}
}

// finite returns f as a value, or number.range.
func finite(f float64) (flow.Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return flow.Value{}, flow.Errorf(flow.CodeNumberRange, "the calculation has no finite result")
	}
	return flow.Number(f), nil
}

// unary is the Run of a card that computes one number from one.
func unary(f func(float64) float64) func(context.Context, *flow.Call) (flow.Value, error) {
	return func(_ context.Context, c *flow.Call) (flow.Value, error) { return finite(f(c.Number(0))) }
}

// potato is the example of an input that no number card takes.
func potato(key string) flow.Example {
	return flow.Example{In: `{"` + key + `":"potato"}`, Err: flow.CodeTypeConversion}
}

// failures are the errors of a card whose result may not be finite.
func failures() []flow.Code { return []flow.Code{flow.CodeTypeConversion, flow.CodeNumberRange} }

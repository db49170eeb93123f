package number

import (
	"context"
	"encoding/binary"
	"io"
	"math"

	"github.com/weirflow/weir/flow"
)

// maxInteger bounds the integers that a double holds without gaps.
const maxInteger = 1 << 53

func random() *flow.Card {
	return &flow.Card{
		Key: "number.random", Aliases: []string{"kernel:math:random"}, Title: "Random Integer", Category: category, Since: since, Effect: flow.Reads,
		Doc: "Draws a random whole number from a lower bound up to, but not including, an upper one. All are equally likely and come from a cryptographic source. Fractional bounds are rounded up.",
		In: []flow.Port{
			operand("a", "Greater than or equal to", "The smallest number that may be drawn.", "0"),
			operand("b", "Less than", "The first number above it that may not.", "0"),
		},
		Out: result("random", "The number drawn."), Cost: flow.Cost{Base: 300}, Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid},
		Notes: []flow.Note{{Topic: "an upper bound that is not above the lower one", Vendor: "say nothing", Choice: "the lower bound", Why: "both bounds are 0 until the author sets them"}},
		Examples: []flow.Example{
			{In: `{"a":1,"b":2}`, Out: `{"output":1}`},
			{In: `{"a":0,"b":4}`, Out: `{"output":"~^[0-3]$"}`},
			{In: `{"a":7,"b":3}`, Out: `{"output":7}`},
			{In: `{"a":0,"b":1e300}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			lo, hi := math.Ceil(c.Number(0)), math.Ceil(c.Number(1))
			for i, bound := range []float64{lo, hi} {
				if !(math.Abs(bound) <= maxInteger) {
					return flow.Value{}, c.Invalid(i, "must lie between -2^53 and 2^53")
				}
			}
			if hi <= lo {
				return flow.Number(lo + 0), nil
			}
			n, err := below(c.Env.Random(), uint64(int64(hi)-int64(lo)))
			if err != nil {
				return flow.Value{}, err
			}
			return flow.Number(float64(int64(lo) + int64(n))), nil
		},
	}
}

// below draws a number smaller than n, each with the same chance: draws from
// the incomplete last stretch of n numbers are repeated.
func below(random io.Reader, n uint64) (uint64, error) {
	var b [8]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, flow.Errorf(flow.CodeInternal, "no randomness: %v", err)
		}
		draw := binary.LittleEndian.Uint64(b[:])
		if r := draw % n; draw-r <= math.MaxUint64-n+1 {
			return r, nil
		}
	}
}

package list

import (
	"cmp"
	"context"
	"math"
	"math/bits"

	"github.com/weirflow/weir/flow"
)

var numbers = flow.ListType(flow.NumberType)

func sum() *flow.Card {
	return &flow.Card{
		Key: "list.sum", Aliases: []string{"kernel:list:sum"}, Title: "Sum", Category: category, Since: since,
		Doc:    "Adds up a list of numbers. An empty list gives 0.",
		In:     []flow.Port{{Key: "list", Label: "list", Doc: "The numbers to add.", Type: numbers, Required: true}},
		Out:    []flow.Port{out("sum", "sum", "The sum.", flow.NumberType)},
		Cost:   flow.Cost{Base: 80, PerItem: 5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeNumberRange},
		Examples: []flow.Example{
			{In: `{"list":[1,2,3]}`, Out: `{"sum":6}`},
			{In: `{"list":[]}`, Out: `{"sum":0}`},
			{In: `{"list":[1,"potato"]}`, Err: flow.CodeTypeConversion},
			{In: `{"list":[1e308,1e308]}`, Err: flow.CodeNumberRange},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			total := 0.0
			for _, v := range c.List(0).All() {
				total += v.Number()
			}
			return finite(total, "sum")
		},
	}
}

func finite(f float64, what string) (flow.Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return flow.Value{}, flow.Errorf(flow.CodeNumberRange, "the %s is not a finite number", what)
	}
	return flow.Number(f), nil
}

var statKeys = []string{"sum", "average", "median", "mode", "variance", "standardDeviation", "min", "max", "count"}

var statShape = flow.NewShape(statKeys)

func stats() *flow.Card {
	return &flow.Card{
		Key: "list.stats", Aliases: []string{"kernel:list:stats"}, Title: "Statistics", Category: category, Since: since,
		Doc: "Computes the usual statistics of a list of numbers. Variance is that of a sample (divisor n-1); the median of an even count is the mean of the two middle numbers; of several most frequent numbers the mode is the one that stands first. What is not defined for so few numbers is null.",
		In:  []flow.Port{{Key: "list", Label: "List", Doc: "The numbers.", Type: numbers, Required: true}},
		Out: []flow.Port{
			always(out("sum", "Sum", "Sum of all numbers.", flow.NumberType)),
			out("average", "Average", "Sum divided by count; null without numbers.", flow.NumberType),
			out("median", "Median", "The number in the middle; null without numbers.", flow.NumberType),
			out("mode", "Mode", "The most frequent number; null without numbers.", flow.NumberType),
			out("variance", "Variance", "Sample variance; null for fewer than two numbers.", flow.NumberType),
			out("standardDeviation", "Standard Deviation", "Square root of the variance.", flow.NumberType),
			out("min", "Minimum", "The smallest number; null without numbers.", flow.NumberType),
			out("max", "Maximum", "The largest number; null without numbers.", flow.NumberType),
			always(out("count", "Count", "How many numbers there are.", flow.NumberType)),
		},
		Cost:   flow.Cost{Base: 800, PerItem: 150},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeNumberRange},
		Notes: []flow.Note{
			{Topic: "machine keys", Vendor: "show labels only", Choice: "list; the labels of the outputs in lower case, standardDeviation, min and max", Why: "the sister cards name theirs so"},
			{
				Topic: "variance", Vendor: "describe the population variance and print the sample variance",
				Choice: "sample variance", Why: "the printed figures decide",
			},
			{
				Topic: "empty and one-number lists, ties of the mode", Vendor: "are silent",
				Choice: "undefined figures are null; the mode that stands first wins", Why: "sum and count stay usable",
			},
		},
		Examples: []flow.Example{
			{In: `{"list":[1,2,3,2]}`, Out: `{"sum":8,"average":2,"median":2,"mode":2,"variance":0.6666666666666666,"standardDeviation":0.816496580927726,"min":1,"max":3,"count":4}`},
			{In: `{"list":[7]}`, Out: `{"sum":7,"average":7,"median":7,"mode":7,"variance":null,"standardDeviation":null,"min":7,"max":7,"count":1}`},
			{In: `{"list":[]}`, Out: `{"sum":0,"average":null,"median":null,"mode":null,"variance":null,"standardDeviation":null,"min":null,"max":null,"count":0}`},
			{In: `{"list":["a"]}`, Err: flow.CodeTypeConversion},
			{In: `{"list":[1e200,-1e200]}`, Err: flow.CodeNumberRange, Note: "the variance is not finite"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			xs := make([]float64, c.List(0).Len())
			for i, v := range c.List(0).All() {
				xs[i] = v.Number()
			}
			n := int64(len(xs))
			if err := c.Spend(20 * n * int64(bits.Len(uint(n)))); err != nil {
				return flow.Value{}, err
			}
			figures, err := statistics(ctx, c, xs)
			if err != nil {
				return flow.Value{}, err
			}
			vals := make([]flow.Value, len(statKeys))
			for i, f := range figures {
				v, err := finite(f, statKeys[i])
				if err != nil {
					return flow.Value{}, err
				}
				vals[i] = v
			}
			switch {
			case n == 0:
				for i := 1; i < len(vals)-1; i++ {
					vals[i] = flow.Null()
				}
			case n == 1:
				vals[4], vals[5] = flow.Null(), flow.Null()
			}
			return flow.NewObject(statShape, vals), nil
		},
	}
}

// statistics returns the figures in the order of statKeys; those that are not
// defined for so few numbers are 0. It sorts xs.
func statistics(ctx context.Context, c *flow.Call, xs []float64) ([9]float64, error) {
	n := float64(len(xs))
	if n == 0 {
		return [9]float64{}, nil
	}
	total, mode, most := 0.0, xs[0], 0
	times := make(map[float64]int, len(xs))
	for _, x := range xs {
		total += x
		times[x]++
		most = max(most, times[x])
		if err := c.Alive(ctx, 100); err != nil {
			return [9]float64{}, err
		}
	}
	for _, x := range xs {
		if times[x] == most {
			mode = x
			break
		}
	}
	mean := total / n
	squares := 0.0
	for _, x := range xs {
		squares += (x - mean) * (x - mean)
	}
	variance := 0.0
	if n > 1 {
		variance = squares / (n - 1)
	}
	if err := sorted(ctx, c, xs, cmp.Compare[float64]); err != nil {
		return [9]float64{}, err
	}
	half := len(xs) / 2
	median := xs[half]
	if len(xs)%2 == 0 {
		low, high := xs[half-1], xs[half]
		if median = (low + high) / 2; math.IsInf(median, 0) {
			median = low/2 + high/2
		}
	}
	return [9]float64{total, mean, median, mode, variance, math.Sqrt(variance), xs[0], xs[len(xs)-1], n}, nil
}

package number_test

import (
	"math"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/number"
)

// call runs a card on numbers, in the order of its inputs, and returns its
// first output.
func call(t *testing.T, card *flow.Card, args ...float64) (float64, error) {
	t.Helper()
	var in flow.ObjectBuilder
	for i, x := range args {
		in.Set(card.In[i].Key, flow.Number(x))
	}
	out, err := cardtest.Direct(t.Context(), card, in.Value())
	if err != nil {
		return 0, err
	}
	return out.Object().At(0).Number(), nil
}

var samples = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 0.2, 3, 7, -7, 1e15 + 0.5, 1 << 53, -(1 << 53), 1e21, -1e21,
	1e308, -1e308, 5e-324, -5e-324, math.Pi, 0.49999999999999994, 4503599627370497.5,
}

// What an inline card does must be, bit for bit, what its instruction does
// (WebAssembly 2.0, 4.3.3), wherever that is finite.
func TestInlineIsExact(t *testing.T) {
	instructions := map[flow.Inline]func(a, b float64) float64{
		flow.InlineAdd:   func(a, b float64) float64 { return a + b },
		flow.InlineSub:   func(a, b float64) float64 { return a - b },
		flow.InlineMul:   func(a, b float64) float64 { return a * b },
		flow.InlineAbs:   func(a, _ float64) float64 { return math.Abs(a) },
		flow.InlineFloor: func(a, _ float64) float64 { return math.Floor(a) },
		flow.InlineCeil:  func(a, _ float64) float64 { return math.Ceil(a) },
		flow.InlineSqrt:  func(a, _ float64) float64 { return math.Sqrt(a) },
	}
	checked := 0
	for _, card := range number.Cards() {
		if card.Inline == flow.InlineNone {
			continue
		}
		instruction, ok := instructions[card.Inline]
		if !ok {
			t.Errorf("%s: no model of %s", card.Key, card.Inline)
			continue
		}
		checked++
		for _, a := range samples {
			for _, b := range samples {
				want := instruction(a, b)
				got, err := call(t, card, []float64{a, b}[:len(card.In)]...)
				if math.IsInf(want, 0) || math.IsNaN(want) {
					if flow.CodeOf(err) != flow.CodeNumberRange {
						t.Errorf("%s of %v, %v gave %v (error %v), want number.range", card.Key, a, b, got, err)
					}
				} else if err != nil || math.Float64bits(got) != math.Float64bits(want) {
					t.Errorf("%s of %v, %v gave %v (error %v), want %v", card.Key, a, b, got, err, want)
				}
			}
		}
	}
	if checked != len(instructions) {
		t.Errorf("%d inline cards, want %d", checked, len(instructions))
	}
}

func TestResults(t *testing.T) {
	tests := []struct {
		key  string
		args []float64
		want float64
		err  flow.Code
	}{
		// The results are those of node's Math and operators.
		{"number.round", []float64{0.49999999999999994}, 0, ""},
		{"number.round", []float64{-0.5}, math.Copysign(0, -1), ""},
		{"number.round", []float64{-1.5}, -1, ""},
		{"number.round", []float64{4503599627370497.5}, 4503599627370498, ""},
		{"number.round", []float64{9007199254740991}, 9007199254740991, ""},
		{"number.mod", []float64{-7, 3}, -1, ""},
		{"number.mod", []float64{7, -3}, 1, ""},
		{"number.mod", []float64{5.5, 2}, 1.5, ""},
		{"number.power", []float64{-2, 3}, -8, ""},
		{"number.power", []float64{-2, 0.5}, 0, flow.CodeNumberRange},
		{"number.log", []float64{8, 2}, 3, ""},
		{"number.log", []float64{0.001, 10}, -3, ""},
		{"number.log", []float64{100, -10}, 0, flow.CodeNumberRange},
		{"number.factorial", []float64{170}, 7.257415615307994e306, ""},
		{"number.factorial", []float64{4.9}, 24, ""},
		{"number.factorial", []float64{-0.5}, 0, ""},
		{"number.toFixed", []float64{2.5, 0}, 3, ""},
		{"number.toFixed", []float64{8.345, 2}, 8.35, ""},
		{"number.toFixed", []float64{1.45, 1}, 1.4, ""},
		{"number.toFixed", []float64{1e300, 2}, 1e300, ""},
		{"number.toFixed", []float64{1, -1}, 0, flow.CodeInputInvalid},
		{"number.divide", []float64{1, 3, 2.9}, 0.33, ""},
		{"number.divide", []float64{0, 0}, 0, flow.CodeNumberRange},
		{"number.random", []float64{1 << 53, 0}, 1 << 53, ""},
		{"number.random", []float64{0.2, 1.5}, 1, ""},
		{"number.random", []float64{0, 1 << 54}, 0, flow.CodeInputInvalid},
	}
	for _, tt := range tests {
		for _, card := range number.Cards() {
			if card.Key != tt.key {
				continue
			}
			got, err := call(t, card, tt.args...)
			if flow.CodeOf(err) != tt.err || math.Float64bits(got) != math.Float64bits(tt.want) {
				t.Errorf("%s of %v gave %v (error %v), want %v %s", tt.key, tt.args, got, err, tt.want, tt.err)
			}
		}
	}
}

func TestRandomIsEven(t *testing.T) {
	var card *flow.Card
	for _, c := range number.Cards() {
		if c.Key == "number.random" {
			card = c
		}
	}
	env := cardtest.NewEnv()
	counts := map[float64]int{}
	for range 3000 {
		out, err := flow.Invoke(t.Context(), card, flow.Members("a", flow.Number(-1), "b", flow.Number(2)), env)
		if err != nil {
			t.Fatal(err)
		}
		counts[out.Object().At(0).Number()]++
	}
	for _, n := range []float64{-1, 0, 1} { // 1000 are expected, with a standard deviation of 26
		if counts[n] < 850 || counts[n] > 1150 {
			t.Errorf("%v was drawn %d times in 3000", n, counts[n])
		}
	}
	if len(counts) != 3 {
		t.Errorf("drew %v", counts)
	}
}

func TestSecretsAreRefused(t *testing.T) {
	secret := flow.NewSecret("key", "1", "example.com")
	for _, card := range number.Cards() {
		in := flow.Members(card.In[0].Key, secret)
		if out, err := cardtest.Direct(t.Context(), card, in); flow.CodeOf(err) != flow.CodeSecretFlow {
			t.Errorf("%s took a secret: %s (error %v)", card.Key, out, err)
		}
		if card.Extra == nil {
			continue
		}
		in = flow.Members("more", secret)
		if out, err := cardtest.Direct(t.Context(), card, in); flow.CodeOf(err) != flow.CodeSecretFlow {
			t.Errorf("%s took a secret as a further input: %s (error %v)", card.Key, out, err)
		}
	}
}

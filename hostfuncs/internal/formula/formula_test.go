package formula_test

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/formula"
)

func fields(id string) (formula.Value, error) {
	return map[string]formula.Value{
		"n": {Number: -2}, "t": {Number: 1, IsBool: true}, "list": {IsList: true, List: []float64{3, 9, -4}}, "none": {IsList: true},
	}[id], nil
}

func evaluate(src string) (formula.Value, error) {
	return formula.Evaluate(src, fields, strings.NewReader("\x00\x00\x00\x00\x00\x00\x00\x80"))
}

func TestAgreesWithMathJS(t *testing.T) {
	b, err := os.ReadFile("testdata/mathjs.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases [][2]any
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 3000 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		src := c[0].(string)
		got, err := evaluate(src)
		finite := err == nil && !got.IsList && !math.IsInf(got.Number, 0) && !math.IsNaN(got.Number)
		switch want := c[1].(type) {
		case nil:
			if finite {
				t.Errorf("%q gave %v, math.js fails", src, got)
			}
		case bool:
			if !finite || got.IsBool && (got.Number != 0) != want || !got.IsBool {
				t.Errorf("%q gave %v (error %v), want %t", src, got, err, want)
			}
		case float64:
			// The libraries of both sides may differ in the last digit of sin or exp.
			if !finite || got.IsBool || math.Abs(got.Number-want) > 1e-13*math.Abs(want) {
				t.Errorf("%q gave %v (error %v), want %v", src, got, err, want)
			}
		}
	}
}

func TestEvaluate(t *testing.T) {
	tests := []struct {
		src  string
		want float64
		err  flow.Code
	}{
		{src: "{{{n}}}^2", want: 4}, // a field is a value, not a piece of text
		{src: "2^{{{n}}}", want: 0.25},
		{src: "2{{{n}}}", want: -4},
		{src: "{{{missing}}}+1", want: 1},
		{src: "max({{{list}}}, 5)", want: 9},
		{src: "min({{{list}}})", want: -4},
		{src: "max({{{none}}})", err: flow.CodeInputInvalid},
		{src: "{{{list}}}+1", err: flow.CodeInputInvalid},
		{src: "{{{list}}} and true", err: flow.CodeInputInvalid},
		{src: "sin({{{list}}})", err: flow.CodeInputInvalid},
		{src: "random()", want: 0.5},
		{src: "random(10)", want: 5},
		{src: "random(2, 4)", want: 3},
		{src: "-7 % -3", want: -1},
		{src: "log10(1000)", want: 3},
		{src: "log10(0.001)", want: -3},
		{src: "-6/2 e", want: -3 * math.E},
		{src: "5 % 0", err: flow.CodeNumberRange},
		{src: "1\n+ 2 # three\n", want: 3},
		{src: "false and sqrt(-1)", want: 0},
		{src: "true or {{{list}}} > 1", want: 1},
		{src: "false and nothing(1)", err: flow.CodeInputInvalid},
		{src: "{{{n", err: flow.CodeInputInvalid},
		{src: "1 ü 2", err: flow.CodeInputInvalid},
		{src: "0x", err: flow.CodeInputInvalid},
		{src: "0xfffffffffffffffff", err: flow.CodeInputInvalid},
		{src: "round(1, 16)", err: flow.CodeInputInvalid},
		{src: strings.Repeat("(", 199) + "1" + strings.Repeat(")", 199), want: 1},
		{src: strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200), err: flow.CodeLimitDepth},
		{src: strings.Repeat("-", 15_000) + "1", err: flow.CodeLimitDepth},
		{src: strings.Repeat("2^", 15_000) + "1", err: flow.CodeLimitDepth},
		{src: strings.Repeat("abs(", 15_000), err: flow.CodeLimitDepth},
		{src: strings.Repeat("1?", 15_000), err: flow.CodeLimitDepth},
		{src: strings.Repeat("1+", 15_000) + "1", want: 15_001},
		{src: strings.Repeat(" ", formula.MaxSource-1) + "1", want: 1},
		{src: strings.Repeat(" ", formula.MaxSource) + "1", err: flow.CodeInputInvalid},
	}
	for _, tt := range tests {
		got, err := evaluate(tt.src)
		if flow.CodeOf(err) != tt.err || err == nil && got.Number != tt.want {
			t.Errorf("%s gave %v (error %v), want %v %s", flow.Excerpt(tt.src), got, err, tt.want, tt.err)
		}
	}
}

func FuzzEvaluate(f *testing.F) {
	for _, s := range []string{"1/2 pi", "max({{{list}}},2)!", "a?b:c", "0x1F ^| ~5 # x", "1<2<3 and not false"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if _, err := evaluate(src); err != nil && flow.CodeOf(err) == flow.CodeInternal {
			t.Errorf("%q: %v", src, err)
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	src := strings.Repeat("(1+2*3)^2 - max(4, 5) + ", 100) + "1"
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := evaluate(src); err != nil {
			b.Fatal(err)
		}
	}
}

package flow_test

import (
	"math"
	"testing"

	"github.com/weirflow/weir/flow"
)

// TestInIsLooseEqual searches lists of every kind of value: a value is in a list
// exactly when an item is loosely equal to it, whatever items stand before.
func TestInIsLooseEqual(t *testing.T) {
	values := []flow.Value{
		flow.Null(), flow.Bool(true), flow.Bool(false), flow.Number(0), flow.Number(1), flow.Number(math.NaN()), flow.Number(86_400_000),
		flow.Text(""), flow.Text(" "), flow.Text("0"), flow.Text(" 1 "), flow.Text("1"), flow.Text("1.0"), flow.Text("true"), flow.Text("x"),
		flow.Text("1970-01-02"), flow.Text("[1]"), flow.Text(`{"a":1}`), flow.Date(0), flow.Date(86_400_000),
		flow.ListOf(), flow.ListOf(flow.Number(1)), flow.Members(), flow.Members("a", flow.Number(1)), flow.FlowOf("x"), flow.FlowOf("1"),
	}
	for _, what := range values {
		for i := range values {
			items := append(append([]flow.Value(nil), values[i:]...), values[:i]...)
			for n := range len(items) + 1 {
				want := false
				for _, x := range items[:n] {
					want = want || flow.LooseEqual(x, what)
				}
				got, err := flow.Compare(flow.OpIn, what, flow.ListOf(items[:n]...))
				if err != nil || got != want {
					t.Fatalf("%s %s in %s: %t, %v, want %t", what.Kind(), what, flow.ListOf(items[:n]...), got, err, want)
				}
			}
		}
	}
	loose := []struct {
		a, b flow.Value
		want bool
	}{
		{flow.Number(1), flow.Text(" 1.0 "), true},
		{flow.Number(1), flow.Text("1x"), false},
		{flow.Number(0), flow.Text(""), true},
		{flow.Date(86_400_000), flow.Text("1970-01-02"), true},
		{flow.Date(86_400_000), flow.Number(86_400_000), true},
		{flow.Null(), flow.Members(), true},
		{flow.Null(), flow.Number(0), false},
		{flow.Bool(true), flow.Number(1), true},
		{flow.Bool(true), flow.Text("true"), true},
		{flow.ListOf(flow.Number(1)), flow.Text("[1]"), true},
		{flow.FlowOf("x"), flow.Text("x"), true},
		{flow.Number(math.NaN()), flow.Text("NaN"), true}, // as texts
	}
	for _, tt := range loose {
		if a, b := flow.LooseEqual(tt.a, tt.b), flow.LooseEqual(tt.b, tt.a); a != tt.want || b != tt.want {
			t.Errorf("%s %s and %s %s: %t and %t, want %t", tt.a.Kind(), tt.a, tt.b.Kind(), tt.b, a, b, tt.want)
		}
	}
}

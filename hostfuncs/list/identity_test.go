package list

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// TestIdentityAgreesWithEqual holds the map key against the definition of
// equality, on values that are easily confused and on random ones.
func TestIdentityAgreesWithEqual(t *testing.T) {
	values := []flow.Value{
		flow.Null(), flow.Bool(false), flow.Bool(true), flow.Number(0), flow.Number(math.Copysign(0, -1)), flow.Number(1),
		flow.Date(0), flow.Date(1), flow.Text(""), flow.Text("0"), flow.Text("a"), flow.Text("A"), flow.FlowOf("a"),
		flow.FileOf(&flow.File{ID: "a"}), flow.ListOf(), flow.ListOf(flow.Null()), flow.ListOf(flow.Text("a"), flow.Text("b")),
		flow.ListOf(flow.Text("ab")), flow.ListOf(flow.ListOf(flow.Text("a")), flow.Text("b")),
		flow.ListOf(flow.ListOf(flow.Text("a"), flow.Text("b"))), flow.Members(), flow.Members("a", flow.Null()),
		flow.Members("a", flow.Number(1), "b", flow.Number(2)), flow.Members("b", flow.Number(2), "a", flow.Number(1)),
		flow.Members("a", flow.Members("b", flow.Number(math.Copysign(0, -1)))), flow.Members("ab", flow.Number(1)),
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		values = append(values, cardtest.RandomValue(rng, flow.AnyType, 3))
	}
	d := identify(context.Background(), &flow.Call{})
	for _, a := range values {
		for _, b := range values {
			if got, want := d.of(a) == d.of(b), flow.Equal(a, b); got != want {
				t.Errorf("identities of %s (%s) and %s (%s) are equal: %t, want %t", a, a.Kind(), b, b.Kind(), got, want)
			}
		}
	}
}

func TestPositions(t *testing.T) {
	for _, c := range []struct {
		f                float64
		n                int
		amount, relative int
	}{
		{0, 3, 0, 0}, {2.9, 3, 2, 2}, {3, 3, 3, 3}, {9, 3, 3, 3}, {-1, 3, 0, 2}, {-0.5, 3, 0, 0}, {-1.5, 3, 0, 2}, {-9, 3, 0, 0},
		{math.NaN(), 3, 0, 0}, {math.Inf(1), 3, 3, 3}, {math.Inf(-1), 3, 0, 0}, {1, 0, 0, 0}, {-1, 0, 0, 0},
	} {
		if got := amount(c.f, c.n); got != c.amount {
			t.Errorf("amount(%v, %d) = %d, want %d", c.f, c.n, got, c.amount)
		}
		if got := relative(c.f, c.n); got != c.relative {
			t.Errorf("relative(%v, %d) = %d, want %d", c.f, c.n, got, c.relative)
		}
		_, err := position(c.f, c.n)
		if want := c.f == 0 && c.n > 0; (err == nil) != want {
			t.Errorf("position(%v, %d) = error %v, want allowed %t", c.f, c.n, err, want)
		}
	}
}

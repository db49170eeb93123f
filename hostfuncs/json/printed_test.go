package json

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// TestPrintedBounds checks that the bound that is asked for holds, and that for
// text alone it is exact.
func TestPrintedBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	values := []flow.Value{
		flow.Number(-math.MaxFloat64), flow.Number(-math.SmallestNonzeroFloat64), flow.Number(-1.2345678901234567e-6),
		flow.Number(-123456789012345680000), flow.Number(math.NaN()), flow.Date(8.64e15), flow.Date(-8.64e15), flow.Null(),
		flow.FlowOf("f\n"), flow.FileOf(&flow.File{Name: "a\"b"}),
	}
	for range 500 {
		values = append(values, cardtest.RandomValue(rng, flow.AnyType, 3))
	}
	for c := range 0x100 {
		values = append(values, flow.Text(string(rune(c))))
	}
	for _, v := range values {
		b, err := flow.AppendJSON(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		if got := printed(v); got < int64(len(b)) || v.Kind() == flow.KindText && got != int64(len(b)) {
			t.Errorf("printed(%s) = %d, and it has %d bytes", v, got, len(b))
		}
	}
}

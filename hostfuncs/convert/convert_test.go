package convert_test

import (
	"math"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/convert"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, convert.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, convert.Cards(), "convert") }

func TestProperty(t *testing.T) { cardtest.Property(t, convert.Cards(), 1, 300) }

func TestKinds(t *testing.T) {
	toNumber, toText := convert.Cards()[0], convert.Cards()[1]
	tests := []struct {
		card *flow.Card
		in   flow.Value
		want flow.Value
		err  flow.Code
	}{
		{toNumber, flow.Date(1473206485670), flow.Number(1473206485670), ""},
		{toNumber, flow.Null(), flow.Number(0), ""},
		{toNumber, flow.Members("a", flow.Number(1)), flow.Value{}, flow.CodeTypeConversion},
		{toNumber, flow.NewSecret("key", "1", "example.com"), flow.Value{}, flow.CodeSecretFlow},
		{toText, flow.Date(1473206485670), flow.Text("2016-09-07T00:01:25.670Z"), ""},
		{toText, flow.Number(math.Copysign(0, -1)), flow.Text("0"), ""},
		{toText, flow.Number(1e21), flow.Text("1e+21"), ""},
		{toText, flow.FileOf(&flow.File{Name: "a.txt"}), flow.Value{}, flow.CodeTypeConversion},
		{toText, flow.NewSecret("key", "1", "example.com"), flow.Value{}, flow.CodeSecretFlow},
	}
	for _, tt := range tests {
		out, err := cardtest.Direct(t.Context(), tt.card, flow.Members("input", tt.in))
		got, _ := out.Object().Get("output")
		if flow.CodeOf(err) != tt.err || !flow.Equal(got, tt.want) {
			t.Errorf("%s of %s gave %s (error %v), want %s %s", tt.card.Key, tt.in, got, err, tt.want, tt.err)
		}
	}
}

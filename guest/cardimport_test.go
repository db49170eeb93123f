package guest_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

func TestCardImportNames(t *testing.T) {
	base := guest.CardImport{Family: "text", Name: "concat", Version: 2}
	with := func(change func(c *guest.CardImport)) guest.CardImport {
		c := base
		change(&c)
		return c
	}
	for field, want := range map[string]guest.CardImport{
		"concat":              base,
		"concat:hnbf":         with(func(c *guest.CardImport) { c.Extra = "hnbf" }),
		"concat(fh)":          with(func(c *guest.CardImport) { c.Ports = "fh" }),
		"concat(fh):f":        with(func(c *guest.CardImport) { c.Ports, c.Extra = "fh", "f" }),
		"concat>n1h12":        with(func(c *guest.CardImport) { c.Outs = "n1h12" }),
		"concat(f):h>h1":      with(func(c *guest.CardImport) { c.Ports, c.Extra, c.Outs = "f", "h", "h1" }),
		"concat~":             with(func(c *guest.CardImport) { c.Inlined = true }),
		"concat>n1n2h1h2h3h4": with(func(c *guest.CardImport) { c.Outs = "n1n2h1h2h3h4" }),
	} {
		got, ok := guest.ParseCardImport("card/text@2", field)
		if !ok || !reflect.DeepEqual(got, want) || got.Field() != field {
			t.Errorf("%s: %+v (%t), named %s", field, got, ok, got.Field())
		}
	}
	for _, field := range []string{
		"", ":h", "concat:", "concat:x", "concat()", "concat(hh)", "concat(f", "concat(f)x", "concat)f(", "concat>", "concat>n", "concat>1",
		"concat>n0", "concat>n01", "concat>b1", "concat>f1", "concat>n1n1", "concat>n-1", "concat>n1>n2", "concat>n1:h", "concat:h(f)",
		"concat~(f)", "concat~:h", "concat~>n1", "concat~~x~:", "concat:" + strings.Repeat("h", guest.MaxVariadic+1),
		"concat:" + strings.Repeat("f", guest.MaxVariadic/2+1), "concat(" + strings.Repeat("f", guest.MaxVariadic/2+1) + ")",
		"concat>h1h2h3h4h5h6h7h8h9h10h11h12h13h14h15h16h17", "concat>n99999999999999999999",
	} {
		if c, ok := guest.ParseCardImport("card/text@2", field); ok {
			t.Errorf("%s was read as %+v", field, c)
		}
	}
}

func TestCardImportFitsCard(t *testing.T) {
	port := func(key string, typ flow.Type) flow.Port { return flow.Port{Key: key, Type: typ} }
	grouped := port("g", flow.TextType)
	grouped.Group = "G"
	card := &flow.Card{
		Key: "test.several", In: []flow.Port{port("t", flow.TextType), port("n", flow.NumberType)},
		Out: []flow.Port{port("a", flow.NumberType), port("b", flow.TextType), grouped},
	}
	single := &flow.Card{Key: "test.single", In: card.In, Out: card.Out[:1]}
	free := &flow.Card{Key: "test.free", In: card.In, Out: card.Out, FreeOut: true}
	i32, f64 := guest.I32, guest.F64
	sig := func(params, results []guest.ValType) guest.Signature {
		return guest.Signature{Params: params, Results: results}
	}
	tests := []struct {
		card  *flow.Card
		field string
		want  guest.Signature // none where the card does not fit
	}{
		{card, "several", sig([]guest.ValType{i32, i32, f64}, []guest.ValType{i32})},
		{card, "several(fn)", sig([]guest.ValType{i32, i32, i32, f64}, []guest.ValType{i32})},
		{card, "several>n1h2", sig([]guest.ValType{i32, i32, f64}, []guest.ValType{f64, i32, i32})},
		{card, "several>h1n1", sig([]guest.ValType{i32, i32, f64}, []guest.ValType{i32, f64, i32})},
		{single, "single", sig([]guest.ValType{i32, i32, f64}, []guest.ValType{f64, i32})},
		{card, "several(f)", guest.Signature{}},
		{card, "several(ff)", guest.Signature{}}, // a number does not travel as a field
		{card, "several(fh)", guest.Signature{}},
		{card, "several:h", guest.Signature{}},
		{card, "several~", guest.Signature{}},
		{card, "several>n2", guest.Signature{}}, // a text is no number
		{card, "several>h3", guest.Signature{}}, // a group is no output
		{card, "several>h4", guest.Signature{}},
		{single, "single>n1", guest.Signature{}},
		{free, "free>h2", guest.Signature{}},
	}
	for _, tt := range tests {
		c, ok := guest.ParseCardImport("card/test@1", tt.field)
		if !ok {
			t.Errorf("%s is no import", tt.field)
			continue
		}
		if fits := c.Fits(tt.card); fits != (tt.want.Params != nil) {
			t.Errorf("%s fits %s: %t", tt.field, tt.card.Key, fits)
		} else if fits && !reflect.DeepEqual(c.Signature(tt.card), tt.want) {
			t.Errorf("%s: %v, want %v", tt.field, c.Signature(tt.card), tt.want)
		}
	}
}

func TestCoreSignature(t *testing.T) {
	i32, f64 := guest.I32, guest.F64
	for name, want := range map[string]guest.Signature{
		"list:hf":     {Params: []guest.ValType{i32, i32, i32, i32}, Results: []guest.ValType{i32}},
		"get_nums:nn": {Params: []guest.ValType{i32, i32}, Results: []guest.ValType{f64, f64, i32}},
		"trace:nb":    {Params: []guest.ValType{i32, f64, i32}},
	} {
		if got, ok := guest.CoreSignature(name); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v (%t), want %v", name, got, ok, want)
		}
	}
	for _, name := range []string{"list", "get:h", "trace:f", "get_nums", "get_nums:h", "get_nums:f", "list:x", "list:" + strings.Repeat("f", 33)} {
		if sig, ok := guest.CoreSignature(name); ok {
			t.Errorf("%s has the signature %v", name, sig)
		}
	}
}

package guest

import (
	"encoding/hex"
	"math"
	"testing"

	"github.com/weirflow/weir/flow"
)

func readerOf(t *testing.T, hexadecimal string) *reader {
	t.Helper()
	b, err := hex.DecodeString(hexadecimal)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{data: b, end: len(b), part: "test", fn: -1}
}

func TestU32(t *testing.T) {
	for _, c := range []struct {
		in   string
		want uint32
		ok   bool
	}{
		{"00", 0, true},
		{"7f", 127, true},
		{"8001", 128, true},
		{"ffffffff0f", math.MaxUint32, true},
		{"8000", 0, true}, // padding is valid
		{"8080808000", 0, true},
		{"ffffffff1f", 0, false}, // bit 33
		{"808080808000", 0, false},
		{"80", 0, false},
		{"", 0, false},
	} {
		r := readerOf(t, c.in)
		got := r.u32()
		if err := r.done(); got != c.want && c.ok || (err == nil) != c.ok {
			t.Errorf("u32 of %q = %d, %v; want %d, ok %t", c.in, got, err, c.want, c.ok)
		}
	}
}

func TestSigned(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  int64
		ok    bool
	}{
		{"00", 32, 0, true},
		{"3f", 32, 63, true},
		{"40", 32, -64, true},
		{"7f", 32, -1, true},
		{"ff00", 32, 127, true},
		{"ff7f", 32, -1, true},
		{"ffffffff07", 32, math.MaxInt32, true},
		{"8080808078", 32, math.MinInt32, true},
		{"ffffffff7f", 32, -1, true},
		{"8080808008", 32, 0, false}, // 2^31
		{"ffffffff0f", 32, 0, false},
		{"ffffffffff00", 32, 0, false},
		{"ffffffff0f", 33, math.MaxUint32, true}, // block types
		{"8080808070", 33, -1 << 32, true},
		{"8080808010", 33, 0, false},
		{"ffffffffffffffffff00", 64, math.MaxInt64, true},
		{"8080808080808080807f", 64, math.MinInt64, true},
		{"8080808080808080807e", 64, 0, false},
		{"80808080808080808001", 64, 0, false},
		{"8080808080808080808000", 64, 0, false},
		{"80", 64, 0, false},
	} {
		r := readerOf(t, c.in)
		got := r.signed(c.width)
		if err := r.done(); got != c.want && c.ok || (err == nil) != c.ok {
			t.Errorf("signed(%d) of %q = %d, %v; want %d, ok %t", c.width, c.in, got, err, c.want, c.ok)
		}
	}
}

// TestFirstFailureSticks reads on after a failure: everything is zero and the
// error stays the first one.
func TestFirstFailureSticks(t *testing.T) {
	r := readerOf(t, "05616263")
	if got := r.name(10); got != "" {
		t.Errorf("a truncated name is %q", got)
	}
	first := r.done()
	r.profile("later")
	if b, n, s := r.byte(), r.u32(), r.signed(64); b != 0 || n != 0 || s != 0 {
		t.Errorf("after a failure: %d %d %d", b, n, s)
	}
	if err := r.done(); err == nil || err.Error() != first.Error() || flow.CodeOf(err) != flow.CodeModuleInvalid {
		t.Errorf("the error became %v, was %v", err, first)
	}
}

func TestWork(t *testing.T) {
	sig := func(field string) *Import {
		s, ok := CoreSignature(field)
		if !ok {
			t.Fatalf("no import %s", field)
		}
		return &Import{Module: CoreModule, Field: field, Sig: s}
	}
	slow, ok := ParseCardImport("card/number@1", "add~")
	if !ok {
		t.Fatal("no card import")
	}
	for _, c := range []struct {
		ops   int
		heavy int
		calls []*Import
		want  int64
	}{
		{0, 0, nil, 1}, {1, 0, nil, 1}, {4, 0, nil, 1}, {5, 0, nil, 2}, {8, 0, nil, 2}, {9, 0, nil, 3}, {65536, 0, nil, 16384},
		{0, 1, nil, 2}, {1, 1, nil, 3},
		{0, 0, []*Import{sig("num")}, 21}, {0, 0, []*Import{sig("compare")}, 24}, {4, 0, []*Import{sig("num"), sig("num")}, 43},
		{0, 0, []*Import{sig("object:hnb")}, 44}, {0, 0, []*Import{sig("get_nums:nn")}, 16},
		{0, 0, []*Import{sig("trace:hhhhhhhh")}, 1},
		{0, 0, []*Import{{Module: "card/number@1", Field: "add~", Card: &slow}}, 1},
	} {
		var w Work
		for range c.ops {
			w.Add(opDrop)
		}
		for range c.heavy {
			w.Add(opF64Div)
		}
		for _, im := range c.calls {
			w.Call(im)
		}
		if got := w.Fuel(); got != c.want {
			t.Errorf("%d instructions, %d heavy, %d calls: %d fuel, want %d", c.ops, c.heavy, len(c.calls), got, c.want)
		}
	}
}

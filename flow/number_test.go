package flow

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestFormatNumberAgreesWithNode(t *testing.T) {
	b, err := os.ReadFile("testdata/numbers.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) < 10_000 {
		t.Fatalf("only %d numbers", len(lines))
	}
	for _, want := range lines {
		f, err := strconv.ParseFloat(want, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := FormatNumber(f); got != want {
			t.Errorf("%b printed as %s, want %s", f, got, want)
		}
		if got := string(AppendNumber([]byte("e-07,"), -f)); f != 0 && got != "e-07,-"+want {
			t.Errorf("%b appended as %s, want e-07,-%s", -f, got, want)
		}
	}
}

func TestFormatNumberSpecial(t *testing.T) {
	tests := []struct {
		f    float64
		want string
	}{
		{math.NaN(), "NaN"}, {math.Inf(1), "Infinity"}, {math.Inf(-1), "-Infinity"}, {math.Copysign(0, -1), "0"},
	}
	for _, tt := range tests {
		if got := FormatNumber(tt.f); got != tt.want {
			t.Errorf("%v printed as %s, want %s", tt.f, got, tt.want)
		}
	}
}

func TestParseNumber(t *testing.T) {
	tests := []struct {
		in   string
		want float64
		ok   bool
	}{
		{"", 0, true}, {" \t\n", 0, true}, {"12", 12, true}, {" -1.5e3 ", -1500, true}, {"+.5", 0.5, true}, {"5.", 5, true},
		{"1e400", 0, false}, {"1e-400", 0, true}, {"0x10", 0, false}, {"1_000", 0, false}, {"Infinity", 0, false}, {"NaN", 0, false},
		{"abc123", 0, false}, {"123abc", 0, false}, {"1,5", 0, false}, {"--1", 0, false}, {"e5", 0, false}, {".", 0, false}, {"1 2", 0, false},
	}
	for _, tt := range tests {
		if got, ok := ParseNumber(tt.in); ok != tt.ok || got != tt.want {
			t.Errorf("%q read as %v, %t; want %v, %t", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestUnits(t *testing.T) {
	// Byte offsets of UTF-16 positions 0 to 6: é takes one unit, 😀 two.
	const s = "aé😀b"
	if got := Units(s); got != 5 {
		t.Errorf("Units(%q) = %d, want 5", s, got)
	}
	for unit, want := range []int{0, 1, 3, 3, 7, 8, 8} {
		if got := UnitOffset(s, unit); got != want {
			t.Errorf("UnitOffset(%q, %d) = %d, want %d", s, unit, got, want)
		}
	}
	if got := UnitOffset(s, -1); got != 0 {
		t.Errorf("UnitOffset(%q, -1) = %d, want 0", s, got)
	}
}

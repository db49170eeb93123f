package number

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestFixedAgreesWithNode(t *testing.T) {
	b, err := os.ReadFile("testdata/fixed.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) < 1500 {
		t.Fatalf("only %d lines", len(lines))
	}
	for _, line := range lines {
		parts := strings.Fields(line)
		x, err := strconv.ParseFloat(parts[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		places, err := strconv.Atoi(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		if got := fixed(x, places); got != parts[2] {
			t.Errorf("%v with %d places: %s, want %s", x, places, got, parts[2])
		}
	}
}

// TestShortRoundsToItself compares the short way of rounded with the long one,
// for numbers with few decimal places and their neighbours.
func TestShortRoundsToItself(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 200_000 {
		places := rng.IntN(24)
		x := math.Round(rng.NormFloat64()*math.Pow10(rng.IntN(17))) / math.Pow10(rng.IntN(12))
		switch rng.IntN(4) {
		case 0:
			x = math.Nextafter(x, math.Inf(1-2*rng.IntN(2)))
		case 1:
			x *= math.Pow10(-rng.IntN(20))
		}
		want, err := strconv.ParseFloat(fixed(x, places), 64)
		if err != nil {
			t.Fatal(err)
		}
		if short(x, places) {
			taken++
		}
		if got := rounded(x, places).Number(); got != want || math.Signbit(got) != math.Signbit(want) {
			t.Fatalf("%v with %d places: %v, want %v", x, places, got, want)
		}
	}
	if taken < 40_000 {
		t.Errorf("only %d numbers took the short way", taken)
	}
}

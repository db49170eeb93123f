package flow

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestPlain puts every byte at every place among ordinary ones: plain never runs
// over a special one, and skips all but the last few ordinary ones.
func TestPlain(t *testing.T) {
	for _, filler := range []byte{'a', ' ', '!', '#', '[', ']', 0x7F, 0x80, 0xA2, 0xDC, 0xFF} {
		for c := range 256 {
			for at := range 20 {
				s := []byte(strings.Repeat(string([]byte{filler}), 24))
				s[at] = byte(c)
				n := plain(s)
				special := c < 0x20 || c == '"' || c == '\\'
				if special && n > at || !special && n != 24 || special && n < at-7 {
					t.Fatalf("plain of %#x at %d among %#x: %d", c, at, filler, n)
				}
			}
		}
	}
}

// TestJSONTexts writes and reads texts of all characters, at all lengths around
// the eight bytes that are looked at together.
func TestJSONTexts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var b strings.Builder
		for range rnd.IntN(40) {
			switch rnd.IntN(6) {
			case 0:
				b.WriteByte(byte(rnd.IntN(0x20)))
			case 1:
				b.WriteString([]string{`"`, `\`, "ü", "😀", "\u2028"}[rnd.IntN(5)])
			default:
				b.WriteByte(byte(0x20 + rnd.IntN(0x5F)))
			}
		}
		s := Text(b.String())
		back, err := ParseJSON([]byte(s.quoted()), JSONLimits{})
		if err != nil || back.Text() != s.Text() {
			t.Fatalf("%q became %s and then %q, %v", s.Text(), s.quoted(), back.Text(), err)
		}
	}
}

func (v Value) quoted() string { return string(AppendQuoted(nil, v.Text())) }

// TestIntegers compares the short way for whole numbers with the long one.
func TestIntegers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	texts := []string{"0", "-0", "9", "-9", "999999999999999", "-99999999999999", "1000000000000000", "9007199254740993", "1.0", "1e3", "-"}
	for range 2000 {
		texts = append(texts, strconv.FormatInt(rnd.Int64N(1e16)-5e15, 10), strconv.FormatInt(rnd.Int64N(2000)-1000, 10))
	}
	for _, s := range texts {
		v, err := ParseJSON([]byte(s), JSONLimits{})
		want, wantErr := strconv.ParseFloat(s, 64)
		if (err == nil) != (wantErr == nil) || err == nil && math.Float64bits(v.Number()) != math.Float64bits(want) {
			t.Errorf("%s is read as %v, %v; want %v", s, v.Number(), err, want)
		}
	}
}

// TestLongNumbers: what has more digits than any double needs is no number, and
// is not looked through.
func TestLongNumbers(t *testing.T) {
	for s, want := range map[string]bool{
		strings.Repeat("0", maxNumber-1) + "7":  true,
		strings.Repeat("0", maxNumber) + "7":    false,
		"0." + strings.Repeat("3", maxNumber-2): true,
		"0." + strings.Repeat("3", maxNumber-1): false,
		" " + strings.Repeat("0", maxNumber):    true,
	} {
		if _, ok := ParseNumber(s); ok != want {
			t.Errorf("a number of %d characters: %t, want %t", len(s), ok, want)
		}
	}
}

// TestConvertWithin: JSON text becomes values within the bound, and no conversion
// otherwise.
func TestConvertWithin(t *testing.T) {
	text := Text("[" + strings.Repeat("{},", 999) + "{}]")
	list, err := Convert(text, ListType(ObjectType))
	if err != nil || list.List().Len() != 1000 {
		t.Fatalf("%d items, %v", list.List().Len(), err)
	}
	for bound, want := range map[int64]Code{list.Size(): "", list.Size() / 2: CodeTypeConversion} {
		if _, err := ConvertWithin(text, ListType(ObjectType), bound); CodeOf(err) != want {
			t.Errorf("within %d bytes: %v, want %q", bound, err, want)
		}
	}
}

// TestConversionFix: text that is no object says what to do, since it comes from
// services that answer something else than JSON.
func TestConversionFix(t *testing.T) {
	_, err := Convert(Text("<ok/>"), ObjectType)
	if e := AsError(err); e.Code != CodeTypeConversion || e.Fix == "" {
		t.Errorf("%v, fix %q", err, e.Fix)
	}
}

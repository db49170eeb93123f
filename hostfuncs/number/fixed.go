package number

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/weirflow/weir/flow"
)

// fixed prints x with the given number of decimal places as ECMA-262's
// Number.prototype.toFixed does: the exact value of the double is rounded to
// the nearest, halves away from zero, and from 1e21 on the shortest form is
// printed. x must be finite.
func fixed(x float64, places int) string {
	if math.Abs(x) >= 1e21 {
		return flow.FormatNumber(x)
	}
	if x == 0 {
		x = 0 // not -0
	}
	// Go rounds exact halves to even. A double with n binary places has exactly n
	// decimal places, the last of which is a 5, so it is such a half where n is
	// one more than the places wanted.
	if binaryPlaces(x) != places+1 {
		return strconv.FormatFloat(x, 'f', places, 64)
	}
	b := []byte(strconv.FormatFloat(x, 'f', places+1, 64))
	b = b[:len(b)-1]
	if places == 0 {
		b = b[:len(b)-1] // the point
	}
	for i := len(b) - 1; i >= 0; i-- {
		switch {
		case b[i] == '.':
		case b[i] == '-':
			return "-1" + string(b[1:])
		case b[i] < '9':
			b[i]++
			return string(b)
		default:
			b[i] = '0'
		}
	}
	return "1" + string(b)
}

// binaryPlaces returns how many digits the finite x has behind the binary
// point.
func binaryPlaces(x float64) int {
	mantissa := math.Float64bits(x) & (1<<52 - 1)
	exponent := int(math.Float64bits(x) >> 52 & 0x7FF)
	if exponent == 0 {
		exponent = 1 // subnormal
	} else {
		mantissa |= 1 << 52
	}
	if mantissa == 0 {
		return 0
	}
	return max(0, 1075-exponent-bits.TrailingZeros64(mantissa))
}

// rounded is fixed as a number.
func rounded(x float64, places int) flow.Value {
	if x == 0 {
		return flow.Number(0) // not -0
	}
	if short(x, places) {
		return flow.Number(x)
	}
	f, _ := strconv.ParseFloat(fixed(x, places), 64) // what fixed prints is a number
	return flow.Number(f)
}

// short reports whether x is known to be the double next to a number with so
// many decimal places, as amounts of money mostly are: rounding gives x itself.
//
// Let r be the whole number next to x·10^places. If r/10^places rounds to x, it
// is within half an ulp of x. For |r| < 2^51 an ulp of x is less than half of
// 10^-places, the distance between numbers with so many places, so that it is
// the one next to x which fixed prints. Powers of ten are exact up to 10^22.
func short(x float64, places int) bool {
	if places >= len(tens) {
		return false
	}
	r := math.Round(x * tens[places])
	return math.Abs(r) < 1<<51 && r/tens[places] == x
}

var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

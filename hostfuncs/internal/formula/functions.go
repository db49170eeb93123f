package formula

import (
	"encoding/binary"
	"io"
	"math"
	"strconv"

	"github.com/weirflow/weir/flow"
)

var constants = map[string]Value{
	"pi": number(math.Pi), "e": number(math.E), "true": boolean(true), "false": boolean(false),
}

// function is a function of one number; from and to bound where it is real.
type function struct {
	of       func(float64) float64
	from, to float64
}

var inf = math.Inf(1)

var functions = map[string]function{
	"abs": {math.Abs, -inf, inf}, "ceil": {ceil, -inf, inf}, "floor": {floor, -inf, inf}, "exp": {math.Exp, -inf, inf},
	"log10": {log10, 0, inf}, "sqrt": {math.Sqrt, 0, inf},
	"sin": {math.Sin, -inf, inf}, "cos": {math.Cos, -inf, inf}, "tan": {math.Tan, -inf, inf},
	"asin": {math.Asin, -1, 1}, "acos": {math.Acos, -1, 1}, "atan": {math.Atan, -inf, inf},
	"sinh": {math.Sinh, -inf, inf}, "cosh": {math.Cosh, -inf, inf}, "tanh": {math.Tanh, -inf, inf},
}

// call computes a function. In a branch that is not taken it only checks that
// the function exists.
func (p *parser) call(name string, args []Value) (Value, error) {
	f, simple := functions[name]
	if !simple {
		switch name {
		case "min", "max", "round", "random", "log", "pow":
		default:
			return Value{}, p.fail("the expression has an unknown function %s", flow.Excerpt(name))
		}
	}
	if p.skip > 0 {
		return Value{}, nil
	}
	if name == "min" || name == "max" {
		return p.extreme(name, args)
	}
	x := make([]float64, len(args))
	for i, a := range args {
		var err error
		if x[i], err = p.scalar(name, a); err != nil {
			return Value{}, err
		}
	}
	switch {
	case simple && len(x) == 1:
		if x[0] < f.from || x[0] > f.to {
			return Value{}, notReal(name)
		}
		return number(f.of(x[0])), nil
	case name == "pow" && len(x) == 2:
		return power(x[0], x[1])
	case name == "log" && (len(x) == 1 || len(x) == 2):
		return logarithm(x)
	case name == "round" && len(x) == 1:
		return number(math.Round(x[0])), nil
	case name == "round" && len(x) == 2:
		return p.round(x[0], x[1])
	case name == "random" && len(x) <= 2:
		return p.randomBetween(x)
	}
	return Value{}, p.fail("the function %s does not take %d arguments", name, len(args))
}

// log10 is exact for powers of 10, where Go's misses 3 for 1000.
func log10(x float64) float64 {
	l := math.Log10(x)
	if r := math.Round(l); math.Abs(r) <= 308 && math.Pow10(int(r)) == x {
		return r
	}
	return l
}

// extreme is min or max over numbers and the items of lists.
func (p *parser) extreme(name string, args []Value) (Value, error) {
	var all []Value
	for _, a := range args {
		if !a.IsList {
			all = append(all, a)
		}
		for _, x := range a.List {
			all = append(all, number(x))
		}
	}
	if len(all) == 0 {
		return Value{}, p.fail("the function %s needs a number", name)
	}
	r := all[0]
	for _, x := range all[1:] {
		if name == "min" && x.Number < r.Number || name == "max" && x.Number > r.Number || math.IsNaN(x.Number) {
			r = x
		}
	}
	return r, nil
}

func logarithm(x []float64) (Value, error) {
	for _, v := range x {
		if v < 0 {
			return Value{}, notReal("the logarithm of a negative number")
		}
	}
	if len(x) == 1 {
		return number(math.Log(x[0])), nil
	}
	return number(math.Log(x[0]) / math.Log(x[1])), nil
}

// round rounds the shortest decimal form of x to n places, halves away from
// zero, as math.js does: round(1.005, 2) is 1.01.
func (p *parser) round(x, n float64) (Value, error) {
	if n != math.Trunc(n) || n < 0 || n > 15 {
		return Value{}, p.fail("round takes 0 to 15 decimal places")
	}
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return number(x), nil
	}
	// The digit string is exact, so raising its exponent moves the point without error.
	digits := strconv.FormatFloat(x, 'f', -1, 64)
	point := len(digits)
	for i := range digits {
		if digits[i] == '.' {
			point = i
		}
	}
	keep := point + 1 + int(n)
	if keep >= len(digits) {
		return number(x), nil
	}
	up := digits[keep] >= '5'
	r, _ := strconv.ParseFloat(increment(digits[:keep], up), 64)
	return number(r), nil
}

// increment adds one unit of the last place to the size of a decimal number.
func increment(digits string, up bool) string {
	if !up {
		return digits
	}
	b := []byte(digits)
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case '.':
			continue
		case '-':
			return "-1" + string(b[1:])
		case '9':
			b[i] = '0'
			continue
		}
		b[i]++
		return string(b)
	}
	return "1" + string(b)
}

// randomBetween gives random(), random(max) or random(min, max): a number from
// the lower bound, which is included, to the upper one, which is not.
func (p *parser) randomBetween(x []float64) (Value, error) {
	lo, hi := 0.0, 1.0
	switch len(x) {
	case 1:
		hi = x[0]
	case 2:
		lo, hi = x[0], x[1]
	}
	var b [8]byte
	if _, err := io.ReadFull(p.random, b[:]); err != nil {
		return Value{}, flow.Errorf(flow.CodeInternal, "no randomness: %v", err)
	}
	f := float64(binary.LittleEndian.Uint64(b[:])>>11) / (1 << 53)
	return number(lo + f*(hi-lo)), nil
}

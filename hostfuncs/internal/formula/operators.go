package formula

import (
	"math"

	"github.com/weirflow/weir/flow"
)

// notReal is the error of operations whose result is a complex number or none.
func notReal(name string) error {
	return flow.Errorf(flow.CodeNumberRange, "%s has no real result", name)
}

func (p *parser) scalar(op string, v Value) (float64, error) {
	if v.IsList && p.skip == 0 {
		return 0, p.fail("%s does not take a list", flow.Excerpt(op))
	}
	return v.Number, nil
}

// apply computes a binary operator. In a branch that is not taken it gives 0.
func (p *parser) apply(op string, a, b Value) (Value, error) {
	if p.skip > 0 {
		return Value{}, nil
	}
	x, err := p.scalar(op, a)
	if err != nil {
		return Value{}, err
	}
	y, err := p.scalar(op, b)
	if err != nil {
		return Value{}, err
	}
	switch op {
	case "+":
		return number(x + y), nil
	case "-":
		return number(x - y), nil
	case "*", ".*":
		return number(x * y), nil
	case "/", "./":
		return number(x / y), nil
	case "%", "mod":
		return modulo(x, y)
	case "^":
		return power(x, y)
	case "==":
		return boolean(near(x, y)), nil
	case "!=":
		return boolean(!near(x, y)), nil
	case "<":
		return boolean(x < y && !near(x, y)), nil
	case "<=":
		return boolean(x <= y || near(x, y)), nil
	case ">":
		return boolean(x > y && !near(x, y)), nil
	case ">=":
		return boolean(x >= y || near(x, y)), nil
	}
	return p.bitwise(op, x, y)
}

func (p *parser) applyUnary(op string, v Value) (Value, error) {
	if p.skip > 0 {
		return Value{}, nil
	}
	x, err := p.scalar(op, v)
	if err != nil {
		return Value{}, err
	}
	switch op {
	case "-":
		return number(-x), nil
	case "+":
		return number(x), nil
	case "not":
		t, err := p.truth(v)
		return boolean(!t), err
	case "!":
		return factorial(x)
	}
	if x != math.Trunc(x) || math.IsInf(x, 0) {
		return Value{}, p.fail(`"~" takes integers`)
	}
	return number(float64(^int32Of(x))), nil
}

func (p *parser) bitwise(op string, x, y float64) (Value, error) {
	if x != math.Trunc(x) || y != math.Trunc(y) || math.IsInf(x, 0) || math.IsInf(y, 0) {
		return Value{}, p.fail("%s takes integers", flow.Excerpt(op))
	}
	a, b := int32Of(x), int32Of(y)
	switch op {
	case "&":
		a &= b
	case "|":
		a |= b
	case "^|":
		a ^= b
	case "<<":
		a <<= uint32(b) & 31
	case ">>":
		a >>= uint32(b) & 31
	default: // >>>
		return number(float64(uint32(a) >> (uint32(b) & 31))), nil
	}
	return number(float64(a)), nil
}

// int32Of wraps an integer to 32 bits (ECMA-262, ToInt32).
func int32Of(x float64) int32 {
	return int32(uint32(int64(math.Mod(x, 1<<32))))
}

// near reports whether math.js takes x and y as equal: they differ by no more
// than 1e-12 of the larger, or by the distance of 1 to the next double.
func near(x, y float64) bool {
	if x == y {
		return true
	}
	if math.IsInf(x, 0) || math.IsInf(y, 0) {
		return false
	}
	return math.Abs(x-y) <= max(1e-12*max(math.Abs(x), math.Abs(y)), 0x1p-52)
}

// modulo is the floored remainder: its sign is the divisor's. It is computed as
// math.js does, so that 3 % (1/3) is 0; the conversion keeps the product from
// being fused with the difference, which would change the result on some CPUs.
func modulo(x, y float64) (Value, error) {
	if y == 0 {
		return Value{}, notReal("a remainder by 0")
	}
	return number(x - float64(y*math.Floor(x/y))), nil
}

func power(x, y float64) (Value, error) {
	if x < 0 && y != math.Trunc(y) && !math.IsInf(y, 0) {
		return Value{}, notReal("a negative number to a broken power")
	}
	if math.IsInf(y, 0) && math.Abs(x) == 1 {
		return number(math.NaN()), nil // ECMA-262, Number::exponentiate; Go has 1
	}
	return number(math.Pow(x, y)), nil
}

// factorial follows the gamma function between the integers.
func factorial(x float64) (Value, error) {
	switch {
	case x < 0:
		return Value{}, notReal("the factorial of a negative number")
	case x != math.Trunc(x):
		return number(math.Gamma(x + 1)), nil
	case x > 170:
		return number(math.Inf(1)), nil
	}
	r := 1.0
	for i := 2.0; i <= x; i++ {
		r *= i
	}
	return number(r), nil
}

// floor, ceil and round take a number that is near an integer as that integer.
func floor(x float64) float64 {
	if r := math.Round(x); near(x, r) {
		return r
	}
	return math.Floor(x)
}

func ceil(x float64) float64 {
	if r := math.Round(x); near(x, r) {
		return r
	}
	return math.Ceil(x)
}

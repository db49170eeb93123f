// Package formula evaluates the expressions of the Formula and Expression
// cards: the part of the math.js expression syntax that works on numbers,
// truth values and lists of numbers.
//
// Precedence, from weakest to strongest: ?:, or, xor, and, |, ^|, &,
// comparisons (a < b < c means a < b and b < c), << >> >>>, + -, * / % mod,
// multiplication by juxtaposition (2 pi, 3(4+5)), the signs + - and ~ not, ^
// (from right to left), and ! for factorials. A number divided by a number
// binds stronger than juxtaposition: 1/2 pi is half of pi. # begins a comment
// that ends with the line. {{{id}}} is the value of the field of that name.
//
// Start with Evaluate.
package formula

import (
	"io"
	"math"

	"github.com/weirflow/weir/flow"
)

// maxDepth is the deepest nesting of parentheses, signs and exponents.
const maxDepth = 200

// Value is a number, a truth value or a list of numbers.
type Value struct {
	List   []float64 // of a list; Number and IsBool mean nothing then
	Number float64   // of a truth value: 0 or 1
	IsBool bool
	IsList bool
}

func number(f float64) Value { return Value{Number: f} }

func boolean(b bool) Value {
	if b {
		return Value{Number: 1, IsBool: true}
	}
	return Value{IsBool: true}
}

// Fields gives the value of a field that an expression names, and the zero
// Value for fields that do not exist.
type Fields func(id string) (Value, error)

// MaxSource bounds an expression in bytes: 10 ms of reading, which nothing
// interrupts.
const MaxSource = 64 << 10

// Evaluate computes the expression src. The result may be infinite or not a
// number. random is the source of the function random.
//
// Errors: input.invalid for what is longer than 64 KiB, or no expression, or a
// function or operator that gets what it does not take, number.range where the
// result is no real number, limit.depth for nesting deeper than 200, and those of
// fields.
func Evaluate(src string, fields Fields, random io.Reader) (Value, error) {
	if len(src) > MaxSource {
		return Value{}, flow.Errorf(flow.CodeInputInvalid, "the expression is longer than %d bytes", MaxSource)
	}
	p := &parser{src: src, fields: fields, random: random}
	if err := p.next(); err != nil {
		return Value{}, err
	}
	v, err := p.conditional()
	if err != nil {
		return Value{}, err
	}
	if p.tok.kind != tokenEnd {
		return Value{}, p.unexpected()
	}
	return v.Value, nil
}

// operand is a value and what the rules of juxtaposition ask about it.
type operand struct {
	Value
	constant bool // a number literal, true or false
	signed   bool // such a literal, with or without signs before it
	operator bool // ends with an operation other than a factorial
}

type parser struct {
	src    string
	pos    int
	tok    token
	fields Fields
	random io.Reader
	depth  int
	skip   int // > 0 while a branch that is not taken is read
}

func (p *parser) fail(format string, args ...any) error {
	return flow.Errorf(flow.CodeInputInvalid, format, args...)
}

func (p *parser) unexpected() error {
	if p.tok.kind == tokenEnd {
		return p.fail("the expression ends too early")
	}
	return p.fail("the expression has an unexpected %s at character %d", flow.Excerpt(p.tok.text), flow.Units(p.src[:p.tok.at])+1)
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return flow.Errorf(flow.CodeLimitDepth, "the expression is nested deeper than %d", maxDepth)
	}
	return nil
}

func (p *parser) accept(symbol string) (bool, error) {
	if p.tok.kind != tokenSymbol || p.tok.text != symbol {
		return false, nil
	}
	return true, p.next()
}

// truth says whether v counts as true: numbers other than 0 do, NaN does not.
func (p *parser) truth(v Value) (bool, error) {
	if v.IsList {
		return false, p.fail("a list is neither true nor false")
	}
	return v.Number != 0 && !math.IsNaN(v.Number), nil
}

func (p *parser) conditional() (operand, error) {
	if err := p.enter(); err != nil {
		return operand{}, err
	}
	defer func() { p.depth-- }()
	v, err := p.or()
	if err != nil {
		return v, err
	}
	ok, err := p.accept("?")
	if !ok || err != nil {
		return v, err
	}
	yes, err := p.truth(v.Value)
	if err != nil {
		return v, err
	}
	a, err := p.branch(yes, p.conditional)
	if err != nil {
		return a, err
	}
	if ok, err = p.accept(":"); err != nil {
		return a, err
	} else if !ok {
		return a, p.unexpected()
	}
	b, err := p.branch(!yes, p.conditional)
	if yes {
		b.Value = a.Value
	}
	b.operator = true
	return b, err
}

// branch reads a part of the expression and computes it only when taken.
func (p *parser) branch(taken bool, read func() (operand, error)) (operand, error) {
	if !taken {
		p.skip++
		defer func() { p.skip-- }()
	}
	return read()
}

// logical reads a chain of one logical operator. decided is the left side that
// settles the result without the right one.
func (p *parser) logical(name string, decides func(bool) bool, combine func(a, b bool) bool, operandOf func() (operand, error)) (operand, error) {
	left, err := operandOf()
	if err != nil {
		return left, err
	}
	for p.tok.kind == tokenName && p.tok.text == name {
		if err := p.next(); err != nil {
			return left, err
		}
		a, err := p.truth(left.Value)
		if err != nil {
			return left, err
		}
		right, err := p.branch(!decides(a), operandOf)
		if err != nil {
			return right, err
		}
		b, err := p.truth(right.Value)
		if err != nil && !decides(a) {
			return right, err
		}
		left = operand{Value: boolean(combine(a, b)), operator: true}
	}
	return left, nil
}

func (p *parser) or() (operand, error) {
	return p.logical("or", func(a bool) bool { return a }, func(a, b bool) bool { return a || b }, p.xor)
}

func (p *parser) xor() (operand, error) {
	return p.logical("xor", func(bool) bool { return false }, func(a, b bool) bool { return a != b }, p.and)
}

func (p *parser) and() (operand, error) {
	return p.logical("and", func(a bool) bool { return !a }, func(a, b bool) bool { return a && b }, p.bits)
}

// bits, and what it calls, read the left-associative binary operators.
func (p *parser) bits() (operand, error) { return p.binary(0) }

// levels are the left-associative binary operators, weakest first; comparisons
// stand between the bitwise operators and the shifts.
var levels = [][]string{{"|"}, {"^|"}, {"&"}, comparisons, {"<<", ">>", ">>>"}, {"+", "-"}, {"*", "/", "%", ".*", "./", "mod"}}

var comparisons = []string{"==", "!=", "<", "<=", ">", ">="}

const comparisonLevel = 3

func (p *parser) binary(level int) (operand, error) {
	if level == len(levels) {
		return p.juxtaposed()
	}
	left, err := p.binary(level + 1)
	if err != nil {
		return left, err
	}
	holds, compared := true, false
	for p.tok.isOneOf(levels[level]) {
		op := p.tok.text
		if err := p.next(); err != nil {
			return left, err
		}
		right, err := p.binary(level + 1)
		if err != nil {
			return right, err
		}
		v, err := p.apply(op, left.Value, right.Value)
		if err != nil {
			return right, err
		}
		if level == comparisonLevel { // a < b < c compares each neighbour
			holds, compared = holds && v.Number != 0, true
			left = right
			continue
		}
		left = operand{Value: v, operator: true}
	}
	if compared {
		left = operand{Value: boolean(holds), operator: true}
	}
	return left, nil
}

// juxtaposed reads factors that stand side by side without an operator.
func (p *parser) juxtaposed() (operand, error) {
	left, err := p.quotient()
	if err != nil {
		return left, err
	}
	for {
		name := p.tok.kind == tokenName && !p.tok.isOperator()
		open := p.tok.kind == tokenSymbol && p.tok.text == "("
		num := p.tok.kind == tokenNumber && !left.constant && !left.operator
		if !name && !open && !num && p.tok.kind != tokenField {
			return left, nil
		}
		right, err := p.quotient()
		if err != nil {
			return right, err
		}
		v, err := p.apply("*", left.Value, right.Value)
		if err != nil {
			return right, err
		}
		left = right // whether a number may follow depends on the last factor
		left.Value = v
	}
}

// quotient reads a factor and, where a number literal is divided by a number
// literal that a name or a parenthesis follows, that division.
func (p *parser) quotient() (operand, error) {
	left, err := p.unary()
	if err != nil {
		return left, err
	}
	for left.signed && p.tok.kind == tokenSymbol && p.tok.text == "/" {
		slash, at := p.tok, p.pos
		if err := p.next(); err != nil {
			return left, err
		}
		divisor := p.tok
		if divisor.kind == tokenNumber {
			if err := p.next(); err != nil {
				return left, err
			}
		}
		follows := p.tok.kind == tokenName && !p.tok.isOperator() || p.tok.kind == tokenField || p.tok.kind == tokenSymbol && p.tok.text == "("
		if divisor.kind != tokenNumber || !follows {
			p.tok, p.pos = slash, at
			return left, nil
		}
		left = operand{Value: number(left.Number / divisor.number), operator: true}
	}
	return left, nil
}

func (p *parser) unary() (operand, error) {
	op := p.tok.text
	sign := p.tok.kind == tokenSymbol && (op == "-" || op == "+" || op == "~")
	if !sign && (p.tok.kind != tokenName || op != "not") {
		return p.power()
	}
	if err := p.enter(); err != nil {
		return operand{}, err
	}
	defer func() { p.depth-- }()
	if err := p.next(); err != nil {
		return operand{}, err
	}
	v, err := p.unary()
	if err != nil {
		return v, err
	}
	r, err := p.applyUnary(op, v.Value)
	return operand{Value: r, signed: v.signed && (op == "-" || op == "+"), operator: true}, err
}

func (p *parser) power() (operand, error) {
	base, err := p.postfix()
	if err != nil || p.tok.kind != tokenSymbol || p.tok.text != "^" && p.tok.text != ".^" {
		return base, err
	}
	if err := p.enter(); err != nil {
		return base, err
	}
	defer func() { p.depth-- }()
	if err := p.next(); err != nil {
		return base, err
	}
	exponent, err := p.unary()
	if err != nil {
		return exponent, err
	}
	v, err := p.apply("^", base.Value, exponent.Value)
	return operand{Value: v, operator: true}, err
}

func (p *parser) postfix() (operand, error) {
	v, err := p.primary()
	for err == nil && p.tok.kind == tokenSymbol && p.tok.text == "!" {
		if err = p.next(); err != nil {
			break
		}
		v.constant, v.signed = false, false
		v.Value, err = p.applyUnary("!", v.Value)
	}
	return v, err
}

func (p *parser) primary() (operand, error) {
	t := p.tok
	switch {
	case t.kind == tokenNumber:
		return operand{Value: number(t.number), constant: true, signed: true}, p.next()
	case t.kind == tokenField:
		return p.field(t.text)
	case t.kind == tokenName && !t.isOperator():
		if err := p.next(); err != nil {
			return operand{}, err
		}
		return p.named(t.text)
	}
	open, err := p.accept("(")
	if err != nil {
		return operand{}, err
	}
	if !open {
		return operand{}, p.unexpected()
	}
	v, err := p.conditional()
	if err != nil {
		return v, err
	}
	if closed, err := p.accept(")"); err != nil {
		return v, err
	} else if !closed {
		return v, p.unexpected()
	}
	return operand{Value: v.Value}, nil
}

func (p *parser) field(id string) (operand, error) {
	if err := p.next(); err != nil || p.skip > 0 {
		return operand{}, err
	}
	v, err := p.fields(id)
	return operand{Value: v}, err
}

// named reads a constant, or the arguments of a function and calls it.
func (p *parser) named(name string) (operand, error) {
	if p.tok.kind != tokenSymbol || p.tok.text != "(" {
		v, ok := constants[name]
		if !ok {
			return operand{}, p.fail("the expression has an unknown name %s", flow.Excerpt(name))
		}
		return operand{Value: v, constant: v.IsBool, signed: v.IsBool}, nil
	}
	if err := p.next(); err != nil {
		return operand{}, err
	}
	var args []Value
	closed, err := p.accept(")")
	for !closed && err == nil {
		var v operand
		if v, err = p.conditional(); err != nil {
			return v, err
		}
		args = append(args, v.Value)
		var comma bool
		if comma, err = p.accept(","); comma || err != nil {
			continue
		}
		if closed, err = p.accept(")"); !closed && err == nil {
			return v, p.unexpected()
		}
	}
	if err != nil {
		return operand{}, err
	}
	v, err := p.call(name, args)
	return operand{Value: v}, err
}

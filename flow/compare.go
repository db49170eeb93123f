package flow

import (
	"math"
	"slices"
	"strings"
)

// Operator is a comparison that conditions and filters use (spec:
// functions-structural 2).
type Operator string

// The operators, as the source language and the exports write them.
const (
	OpEqual       Operator = "=="
	OpNotEqual    Operator = "!="
	OpAtLeast     Operator = ">="
	OpAtMost      Operator = "<="
	OpMore        Operator = ">"
	OpLess        Operator = "<"
	OpMultiple    Operator = "%"
	OpIn          Operator = "in"
	OpNotIn       Operator = "not in"
	OpHas         Operator = "has"
	OpHasNot      Operator = "doesn't have"
	OpEmpty       Operator = "is empty"
	OpNotEmpty    Operator = "is not empty"
	OpIdentical   Operator = "==="
	OpUnidentical Operator = "!=="
)

// Operators returns the operators of conditions, in the order the designer
// lists them, and the two strict ones behind them.
func Operators() []Operator {
	return []Operator{OpEqual, OpNotEqual, OpAtLeast, OpAtMost, OpMore, OpLess, OpMultiple, OpIn, OpNotIn,
		OpHas, OpHasNot, OpEmpty, OpNotEmpty, OpIdentical, OpUnidentical}
}

// Valid reports whether op is one of Operators.
func (op Operator) Valid() bool { return slices.Contains(Operators(), op) }

// Unary reports whether op ignores its right side.
func (op Operator) Unary() bool { return op == OpEmpty || op == OpNotEmpty }

// Compare answers "a op b". Values of different kinds are brought together
// loosely for == and the orderings: a number and numeric text compare as
// numbers, a date and text as instants, anything else as text. The strict
// operators compare kind and content. Secrets are secret.flow.
func Compare(op Operator, a, b Value) (bool, error) {
	if a.HasSecret() || !op.Unary() && b.HasSecret() {
		return false, Errorf(CodeSecretFlow, "a secret cannot be compared")
	}
	switch op {
	case OpEqual:
		return LooseEqual(a, b), nil
	case OpNotEqual:
		return !LooseEqual(a, b), nil
	case OpIdentical:
		return Equal(a, b), nil
	case OpUnidentical:
		return !Equal(a, b), nil
	case OpAtLeast, OpAtMost, OpMore, OpLess:
		c, ok := Order(a, b)
		if !ok {
			return false, nil
		}
		switch op {
		case OpAtLeast:
			return c >= 0, nil
		case OpAtMost:
			return c <= 0, nil
		case OpMore:
			return c > 0, nil
		}
		return c < 0, nil
	case OpMultiple:
		x, err := Convert(a, NumberType)
		if err != nil {
			return false, err
		}
		y, err := Convert(b, NumberType)
		if err != nil {
			return false, err
		}
		return y.num != 0 && math.Mod(x.num, y.num) == 0, nil
	case OpIn, OpNotIn:
		in, err := contains(b, a)
		return in == (op == OpIn), err
	case OpHas, OpHasNot:
		has, err := hasKey(a, b)
		return has == (op == OpHas), err
	case OpEmpty:
		return IsEmpty(a), nil
	case OpNotEmpty:
		return !IsEmpty(a), nil
	}
	return false, Errorf(CodeInputInvalid, "%s is not a comparison", Excerpt(string(op)))
}

// IsEmpty reports whether v is null, "", {} or []; 0 and false are not empty.
func IsEmpty(v Value) bool {
	switch v.kind {
	case KindNull:
		return true
	case KindText:
		return v.ref.(string) == ""
	case KindList:
		return v.List().Len() == 0
	case KindObject:
		return v.Object().Len() == 0
	}
	return false
}

// LooseEqual is the == of conditions: equal, or equal after bringing the two
// sides together.
func LooseEqual(a, b Value) bool { return looseEqual(a, &operand{v: b}) }

func looseEqual(a Value, b *operand) bool {
	if a.kind == b.v.kind {
		return Equal(a, b.v)
	}
	if a.kind == KindNull || b.v.kind == KindNull {
		return IsEmpty(a) && IsEmpty(b.v)
	}
	if c, ok := together(a, b); ok {
		return c == 0
	}
	if a.kind == KindNumber && b.v.kind == KindText && !math.IsInf(a.num, 0) && a.num == a.num {
		return false // a finite number prints as a text that would have been read as it
	}
	x, err := Convert(a, TextType)
	if err != nil {
		return false
	}
	y, ok := b.asText()
	return ok && Equal(x, y)
}

// operand is the right side of comparisons. A list may be searched for it, and it
// may be megabytes: what it becomes by conversion is worked out once.
type operand struct {
	v            Value
	number, date reading
	text         struct {
		known, ok bool
		v         Value
	}
}

// reading is a value as a number or instant, once it is known.
type reading struct {
	known, ok bool
	num       float64
}

func (o *operand) measure(want Type) (float64, bool) {
	r := &o.number
	if want.Base == BaseDate {
		r = &o.date
	}
	if !r.known {
		r.num, r.ok = measure(o.v, want)
		r.known = true
	}
	return r.num, r.ok
}

func (o *operand) asText() (Value, bool) {
	t := &o.text
	if !t.known {
		v, err := Convert(o.v, TextType)
		t.v, t.ok, t.known = v, err == nil, true
	}
	return t.v, t.ok
}

// Order compares a and b: numbers by value, dates by instant, texts by UTF-16
// code unit, mixed sides loosely; null counts as 0 beside a number. It reports
// false where there is no order (containers, null beside all else, NaN).
func Order(a, b Value) (int, bool) {
	if a.kind == KindText && b.kind == KindText {
		return CompareText(a.ref.(string), b.ref.(string)), true
	}
	if c, ok := together(a, &operand{v: b}); ok {
		return c, c != notANumber
	}
	scalar := func(v Value) bool {
		return v.kind == KindText || v.kind == KindNumber || v.kind == KindBool || v.kind == KindDate
	}
	if !scalar(a) || !scalar(b) {
		return 0, false
	}
	x, _ := Convert(a, TextType)
	y, _ := Convert(b, TextType)
	return CompareText(x.Text(), y.Text()), true
}

const notANumber = 2

// together compares two scalars as instants or numbers, and reports whether
// both sides could be read that way.
func together(a Value, b *operand) (int, bool) {
	want := NumberType
	if a.kind == KindDate || b.v.kind == KindDate {
		want = DateType
	} else if a.kind != KindNumber && b.v.kind != KindNumber && (a.kind != KindBool || b.v.kind != KindBool) {
		return 0, false
	}
	x, ok := measure(a, want)
	if !ok {
		return 0, false
	}
	y, ok := b.measure(want)
	if !ok {
		return 0, false
	}
	switch {
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	case x == y:
		return 0, true
	}
	return notANumber, true
}

// measure reads v as a number or instant. Text that is no number makes no error
// here: a list of many items may be compared with one.
func measure(v Value, want Type) (float64, bool) {
	if want.Base == BaseNumber && v.kind == KindText {
		return ParseNumber(v.ref.(string))
	}
	c, err := Convert(v, want)
	return c.num, err == nil && !c.IsNull()
}

// CompareText orders texts by UTF-16 code units, as ECMAScript does. It differs
// from byte order only between characters above U+FFFF and U+E000–U+FFFF.
func CompareText(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i < len(a) && i < len(b) {
		high := func(s string) bool { return s[i] >= 0xF0 } // lead byte of a surrogate pair
		tail := func(s string) bool { return s[i] >= 0xEE && s[i] < 0xF0 }
		if high(a) && tail(b) {
			return -1
		}
		if high(b) && tail(a) {
			return 1
		}
	}
	return strings.Compare(a, b)
}

func contains(where, what Value) (bool, error) {
	if where.kind == KindList {
		sought := operand{v: what}
		for _, x := range where.List().items {
			if looseEqual(x, &sought) {
				return true, nil
			}
		}
		return false, nil
	}
	x, err := Convert(what, TextType)
	if err != nil {
		return false, err
	}
	y, err := Convert(where, TextType)
	if err != nil {
		return false, err
	}
	return strings.Contains(y.Text(), x.Text()), nil
}

func hasKey(obj, key Value) (bool, error) {
	o, err := Convert(obj, ObjectType)
	if err != nil {
		return false, err
	}
	k, err := Convert(key, TextType)
	if err != nil {
		return false, err
	}
	_, ok := o.Object().Get(k.Text())
	return ok, nil
}

package flow

import (
	"math"
	"strings"
)

// Convert turns v into a value of type t by the automatic conversion table
// (spec: connector-builder 43, functions-scalar 0.3). The checker, the bridge
// and the cards all use this one function.
//
// Null becomes the zero value of t (loose nulls) and stays null for dates,
// files and flows. A single value becomes a list of one where t is a list. A
// failed conversion is type.conversion. A secret converts to text and to lists
// of text only; its content is never looked at.
func Convert(v Value, t Type) (Value, error) { return ConvertWithin(v, t, DefaultMaxValue) }

// ConvertWithin is Convert for who allows larger values: JSON text becomes objects
// and lists of at most max bytes, or cannot be converted.
func ConvertWithin(v Value, t Type, max int64) (Value, error) {
	if t.Base == BaseAny && !t.List {
		return v, nil
	}
	if v.kind == KindNull {
		return t.Zero(), nil
	}
	if t.List {
		return convertList(v, t, max)
	}
	switch t.Base {
	case BaseText:
		return toText(v)
	case BaseNumber:
		return toNumber(v)
	case BaseBool:
		return toBool(v)
	case BaseDate:
		return toDate(v)
	case BaseObject:
		return toObject(v, t, max)
	case BaseFile:
		if v.kind == KindFile {
			return v, nil
		}
	case BaseFlow:
		if v.kind == KindFlow {
			return v, nil
		}
		if v.kind == KindText && v.Text() != "" {
			return FlowOf(v.Text()), nil
		}
	}
	return Value{}, conversionError(v, t)
}

// ConversionFuel is the price of a conversion that changes its value, in the
// nanoseconds that JSON is read (4 for each byte of both values) and written (2),
// and that lists and texts are looked through (1).
func ConversionFuel(from, to Value) int64 {
	both := from.Size() + to.Size()
	switch {
	case from.kind == KindText && (to.kind == KindObject || to.kind == KindList && to.List().Len() != 1):
		return 4 * both
	case from.kind == KindText && to.kind == KindList && to.List().items[0] == from:
		return sizeList // a list of the text itself
	case from.kind == KindText && to.kind == KindList:
		return 4 * both
	case to.kind == KindText && (from.kind == KindObject || from.kind == KindList):
		return 2 * both
	}
	return both
}

// FailedFuel is the price of a conversion that fails: it may have read all of a
// text, or of a list's items.
func FailedFuel(from Value) int64 {
	switch from.kind {
	case KindText:
		return 4 * from.Size()
	case KindList:
		return from.Size()
	}
	return sizeSlot
}

func conversionError(v Value, t Type) error {
	e := Errorf(CodeTypeConversion, "%s cannot be converted to %s", v.kind, t)
	if v.kind == KindText && t.Is(BaseObject) {
		return e.WithFix("only the text of a JSON object or list can; a field for other text, such as a form or XML, has the type text")
	}
	return e
}

func convertList(v Value, t Type, max int64) (Value, error) {
	item := t.Item()
	if v.kind == KindList {
		l := v.List()
		if fits(l, item) {
			return v, nil
		}
		out := make([]Value, l.Len())
		for i, x := range l.items {
			c, err := ConvertWithin(x, item, max)
			if err != nil {
				return Value{}, err
			}
			out[i] = c
		}
		return ListOf(out...), nil
	}
	// JSON text of a list becomes that list where objects are wanted; every
	// other single value is wrapped.
	if v.kind == KindText && item.Base == BaseObject {
		parsed, err := ParseJSON([]byte(v.Text()), JSONLimits{Bytes: max})
		if err != nil {
			return Value{}, conversionError(v, t)
		}
		if parsed.kind == KindList {
			return convertList(parsed, t, max)
		}
		v = parsed
	}
	c, err := ConvertWithin(v, item, max)
	if err != nil {
		return Value{}, err
	}
	return ListOf(c), nil
}

// fits reports whether every item already has the wanted type, so that the
// common case costs no allocation.
func fits(l *List, item Type) bool {
	if item.Base == BaseAny {
		return true
	}
	want := [...]Kind{BaseText: KindText, BaseNumber: KindNumber, BaseBool: KindBool, BaseDate: KindDate,
		BaseObject: KindObject, BaseFile: KindFile, BaseFlow: KindFlow}[item.Base]
	for _, x := range l.items {
		if x.kind != want {
			return false
		}
	}
	return true
}

func toText(v Value) (Value, error) {
	switch v.kind {
	case KindText, KindSecret:
		return v, nil
	case KindBool:
		if v.num != 0 {
			return Value{kind: KindText, ref: "true"}, nil
		}
		return Value{kind: KindText, ref: "false"}, nil
	case KindNumber:
		return Value{kind: KindText, ref: FormatNumber(v.num)}, nil
	case KindDate:
		return Value{kind: KindText, ref: FormatDate(v)}, nil
	case KindFlow:
		return Value{kind: KindText, ref: v.FlowKey()}, nil
	case KindObject, KindList:
		if v.HasSecret() {
			return secretJSON(v)
		}
		b, err := AppendJSON(nil, v)
		if err != nil {
			return Value{}, err
		}
		return Value{kind: KindText, ref: string(b)}, nil
	}
	return Value{}, conversionError(v, TextType)
}

func toNumber(v Value) (Value, error) {
	switch v.kind {
	case KindNumber:
		return v, nil
	case KindBool:
		return Number(v.num), nil
	case KindDate:
		return Number(v.num), nil
	case KindText:
		if f, ok := ParseNumber(v.Text()); ok {
			return Number(f), nil
		}
		return Value{}, Errorf(CodeTypeConversion, "text is not a number: %s", Excerpt(v.Text()))
	}
	return Value{}, conversionError(v, NumberType)
}

func toBool(v Value) (Value, error) {
	switch v.kind {
	case KindBool:
		return v, nil
	case KindNumber:
		return Bool(v.num != 0), nil
	case KindText:
		s := strings.TrimSpace(v.Text())
		return Bool(s != "" && !strings.EqualFold(s, "false")), nil
	}
	return Value{}, conversionError(v, BoolType)
}

func toDate(v Value) (Value, error) {
	switch v.kind {
	case KindDate:
		return v, nil
	case KindNumber:
		if math.Abs(v.num) <= maxDate {
			return Date(v.num), nil
		}
	case KindText:
		if strings.TrimSpace(v.Text()) == "" {
			return Value{}, nil
		}
		if d, ok := ParseDate(v.Text()); ok {
			return d, nil
		}
		return Value{}, Errorf(CodeTypeConversion, "text is not an ISO 8601 date: %s", Excerpt(v.Text()))
	}
	return Value{}, conversionError(v, DateType)
}

func toObject(v Value, t Type, max int64) (Value, error) {
	switch v.kind {
	case KindObject:
		return v, nil
	case KindText:
		if strings.TrimSpace(v.Text()) == "" {
			return t.Zero(), nil
		}
		parsed, err := ParseJSON([]byte(v.Text()), JSONLimits{Bytes: max})
		if err == nil && (parsed.kind == KindObject || parsed.kind == KindList) {
			return parsed, nil
		}
	case KindList:
		return v, nil // JSON arrays travel in object fields (spec: connector-builder 27, step 7)
	}
	return Value{}, conversionError(v, t)
}

// Excerpt quotes at most 40 characters of s for a message.
func Excerpt(s string) string {
	const limit = 40
	n := 0
	for i := range s {
		if n == limit {
			return quote(s[:i]) + "…"
		}
		n++
	}
	return quote(s)
}

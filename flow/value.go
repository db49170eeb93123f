package flow

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what a Value holds.
type Kind uint8

// The kinds. Their order is the order in which values of different kinds sort.
const (
	KindNull Kind = iota
	KindBool
	KindNumber
	KindText
	KindDate
	KindObject
	KindList
	KindFile
	KindFlow
	KindSecret
)

var kindNames = [...]string{"null", "boolean", "number", "text", "date", "object", "list", "file", "flow", "secret"}

// String returns the kind's name as the source language spells it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// Article returns the kind's name as a sentence has it: "a list", "text".
func (k Kind) Article() string {
	switch k {
	case KindNull, KindText:
		return k.String()
	case KindObject:
		return "an object"
	}
	return "a " + k.String()
}

// Value is one immutable datum of a flow. The zero Value is Null. Values are
// small (32 bytes), are passed by value and may be shared between goroutines:
// nothing reachable from a Value ever changes.
type Value struct {
	kind Kind
	num  float64 // KindBool: 0 or 1. KindNumber: the number. KindDate: milliseconds since 1970 UTC.
	ref  any     // KindText: string. Others: *Object, *List, *File, string (flow key), *secret.
}

// Null is the absent value; it equals the zero Value.
func Null() Value { return Value{} }

// Bool returns a true/false value.
func Bool(b bool) Value {
	if b {
		return Value{kind: KindBool, num: 1}
	}
	return Value{kind: KindBool}
}

// Number returns a number value. Every NaN becomes the one canonical NaN, so
// that no payload bits can be observed.
func Number(f float64) Value {
	if f != f {
		f = math.NaN()
	}
	return Value{kind: KindNumber, num: f}
}

// Text returns a text value. Invalid UTF-8 is replaced by U+FFFD, so that every
// text is valid UTF-8.
func Text(s string) Value {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return Value{kind: KindText, ref: s}
}

// Date returns a date value from milliseconds since 1970-01-01 UTC, truncated
// to whole milliseconds (ECMA-262, "Time Values").
func Date(ms float64) Value {
	return Value{kind: KindDate, num: math.Trunc(ms)}
}

// DateOf returns a date value for t, truncated to milliseconds.
func DateOf(t time.Time) Value { return Date(float64(t.UnixMilli())) }

// FlowOf returns a reference to the flow with the given key.
func FlowOf(key string) Value { return Value{kind: KindFlow, ref: key} }

// Kind reports what v holds.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is Null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Bool returns the truth of a KindBool value and false for every other kind.
func (v Value) Bool() bool { return v.kind == KindBool && v.num != 0 }

// Number returns the number of a KindNumber value and 0 for every other kind.
func (v Value) Number() float64 {
	if v.kind == KindNumber {
		return v.num
	}
	return 0
}

// Text returns the text of a KindText value and "" for every other kind. A
// secret has no text here: see OpenSecret.
func (v Value) Text() string {
	if v.kind == KindText {
		return v.ref.(string)
	}
	return ""
}

// Millis returns the instant of a KindDate value in milliseconds since 1970 UTC.
func (v Value) Millis() float64 {
	if v.kind == KindDate {
		return v.num
	}
	return 0
}

// Time returns the instant of a KindDate value in UTC.
func (v Value) Time() time.Time { return time.UnixMilli(int64(v.Millis())).UTC() }

// Object returns the object of a KindObject value, and an empty one for every
// other kind; it is never nil.
func (v Value) Object() *Object {
	if o, ok := v.ref.(*Object); ok {
		return o
	}
	return emptyObject
}

// List returns the list of a KindList value, and an empty one for every other
// kind; it is never nil.
func (v Value) List() *List {
	if l, ok := v.ref.(*List); ok {
		return l
	}
	return emptyList
}

// File returns the blob handle of a KindFile value, or nil.
func (v Value) File() *File {
	f, _ := v.ref.(*File)
	return f
}

// FlowKey returns the key of the flow a KindFlow value names, or "".
func (v Value) FlowKey() string {
	if v.kind == KindFlow {
		return v.ref.(string)
	}
	return ""
}

// HasSecret reports whether v is a secret or contains one at any depth.
func (v Value) HasSecret() bool {
	switch r := v.ref.(type) {
	case *secret:
		return true
	case *Object:
		return r.secret
	case *List:
		return r.secret
	}
	return false
}

// Arithmetic of Size. The figures are upper bounds of what a value keeps alive
// on a 64-bit machine: a slot is the Value itself, a header is the box behind
// ref, and every byte of text or key counts once for each value that holds it.
const (
	sizeSlot   = 32 // the Value
	sizeText   = 16 // string header
	sizeObject = 96 // Object, Shape and slice headers
	sizeKey    = 16 // string header of one key
	sizeList   = 48 // List and slice header
	sizeFile   = 96 // the handle; the bytes live in the blob store
	sizeSecret = 96 // the handle; secrets are bounded where they are made
)

// Size returns the bytes charged for v against the memory and value limits. It
// takes constant time: containers know their size from construction.
func (v Value) Size() int64 {
	switch r := v.ref.(type) {
	case nil:
		return sizeSlot
	case string:
		return sizeSlot + sizeText + int64(len(r))
	case *Object:
		return sizeSlot + r.size
	case *List:
		return sizeSlot + r.size
	case *File:
		return sizeSlot + sizeFile
	default:
		return sizeSlot + sizeSecret
	}
}

// Depth returns the nesting depth of v: 0 for a scalar, 1 for a container of
// scalars. It takes constant time.
func (v Value) Depth() int {
	switch r := v.ref.(type) {
	case *Object:
		return int(r.depth)
	case *List:
		return int(r.depth)
	}
	return 0
}

// String returns v for people: text as it is, everything else as JSON. A
// secret, and every secret inside v, prints as "[secret]".
func (v Value) String() string {
	if v.kind == KindText {
		return v.ref.(string)
	}
	return string(appendRedacted(nil, v))
}

// GoString keeps %#v from reaching the inside of a value.
func (v Value) GoString() string { return "flow.Value(" + v.String() + ")" }

// MarshalJSON implements json.Marshaler. Secrets become "[secret]": use
// AppendJSON where a secret must be an error instead.
func (v Value) MarshalJSON() ([]byte, error) { return appendRedacted(nil, v), nil }

// UnmarshalJSON implements json.Unmarshaler with the rules of ParseJSON.
func (v *Value) UnmarshalJSON(data []byte) error {
	parsed, err := ParseJSON(data, JSONLimits{})
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}

// Equal reports whether a and b are the same value: same kind and same content,
// objects without regard to key order (ECMAScript deep equality). A secret
// equals nothing, itself included, so that it cannot be probed.
func Equal(a, b Value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case KindNull:
		return true
	case KindBool, KindNumber, KindDate:
		return a.num == b.num
	case KindText, KindFlow:
		return a.ref.(string) == b.ref.(string)
	case KindFile:
		return a.ref.(*File).ID == b.ref.(*File).ID
	case KindList:
		x, y := a.List(), b.List()
		if x.Len() != y.Len() {
			return false
		}
		for i, v := range x.items {
			if !Equal(v, y.items[i]) {
				return false
			}
		}
		return true
	case KindObject:
		x, y := a.Object(), b.Object()
		if x.Len() != y.Len() {
			return false
		}
		for i, k := range x.shape.keys {
			w, ok := y.Get(k)
			if !ok || !Equal(x.vals[i], w) {
				return false
			}
		}
		return true
	}
	return false
}

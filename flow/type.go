package flow

import (
	"fmt"
	"slices"
	"strings"
)

// Base is the shape of a type before "list of".
type Base uint8

// The base types, with the names that the source language gives them.
const (
	BaseAny    Base = iota // any
	BaseText               // text
	BaseNumber             // number
	BaseBool               // boolean
	BaseDate               // date
	BaseObject             // object
	BaseFile               // file
	BaseFlow               // flow
)

var baseNames = [...]string{"any", "text", "number", "boolean", "date", "object", "file", "flow"}

// String returns the base type's name.
func (b Base) String() string { return baseNames[b] }

// Type is a structural type: a base, whether it is a list of that base, the
// known members of an object, and whether a secret may be inside. Types are
// values; Fields must not be changed after construction.
type Type struct {
	Base   Base
	List   bool
	Secret bool    // may be, or contain, a secret
	Fields []Field // known members of an object, in order; nil when unknown
}

// Field is one known member of an object type.
type Field struct {
	Key  string
	Type Type
}

// The scalar types.
var (
	AnyType    = Type{Base: BaseAny}
	TextType   = Type{Base: BaseText}
	NumberType = Type{Base: BaseNumber}
	BoolType   = Type{Base: BaseBool}
	DateType   = Type{Base: BaseDate}
	ObjectType = Type{Base: BaseObject}
	FileType   = Type{Base: BaseFile}
	FlowType   = Type{Base: BaseFlow}
	SecretType = Type{Base: BaseText, Secret: true}
)

// ListType returns "list of t".
func ListType(t Type) Type { t.List = true; return t }

// ObjectTypeOf returns an object type with known members.
func ObjectTypeOf(fields ...Field) Type {
	t := Type{Base: BaseObject, Fields: fields}
	for _, f := range fields {
		t.Secret = t.Secret || f.Type.Secret
	}
	return t
}

// Item returns the type of the items of a list type, and any for other types.
func (t Type) Item() Type {
	if t.List {
		t.List = false
		return t
	}
	return Type{Base: BaseAny, Secret: t.Secret}
}

// Field returns the type of a known member.
func (t Type) Field(key string) (Type, bool) {
	if t.List || t.Base != BaseObject {
		return Type{}, false
	}
	for _, f := range t.Fields {
		if f.Key == key {
			return f.Type, true
		}
	}
	return Type{}, false
}

// Is reports whether t is exactly base b and no list.
func (t Type) Is(b Base) bool { return t.Base == b && !t.List }

// Equal reports whether t and u are the same type.
func (t Type) Equal(u Type) bool {
	return t.Base == u.Base && t.List == u.List && t.Secret == u.Secret &&
		slices.EqualFunc(t.Fields, u.Fields, func(a, b Field) bool { return a.Key == b.Key && a.Type.Equal(b.Type) })
}

// String prints t as the source language does: "text", "number[]".
func (t Type) String() string {
	s := t.Base.String()
	if t.Secret {
		s = "secret " + s
	}
	if t.List {
		s += "[]"
	}
	return s
}

// Title returns the name that people see for the type without its list: "Text",
// "Number", "True/False", "Date & Time", "Object", "File", "Flow" or "Any".
func (t Type) Title() string {
	return [...]string{"Any", "Text", "Number", "True/False", "Date & Time", "Object", "File", "Flow"}[t.Base]
}

// ParseType reads a type as String prints it (without "secret", which only the
// compiler infers), and the vendor's names string, boolean, Date and flo.
func ParseType(s string) (Type, bool) {
	name, list := strings.CutSuffix(strings.TrimSpace(s), "[]")
	t := Type{List: list}
	switch name {
	case "string":
		name = "text"
	case "Date":
		name = "date"
	case "flo":
		name = "flow"
	}
	i := slices.Index(baseNames[:], name)
	if i < 0 {
		return Type{}, false
	}
	t.Base = Base(i)
	return t, true
}

// MarshalText implements encoding.TextMarshaler.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Type) UnmarshalText(b []byte) error {
	s, secret := strings.CutPrefix(string(b), "secret ")
	p, ok := ParseType(s)
	if !ok {
		return fmt.Errorf("%q is not a type", b)
	}
	p.Secret = secret
	*t = p
	return nil
}

// Zero returns the value that stands for "nothing was given" where loose nulls
// apply: "" for text, 0, false, {} and [] (spec: functions-scalar 0.2). A date,
// a file, a flow and any stay null.
func (t Type) Zero() Value {
	switch {
	case t.List:
		return Value{kind: KindList, ref: emptyList}
	case t.Base == BaseText:
		return Text("")
	case t.Base == BaseNumber:
		return Number(0)
	case t.Base == BaseBool:
		return Bool(false)
	case t.Base == BaseObject:
		return Value{kind: KindObject, ref: emptyObject}
	}
	return Value{}
}

// Convertible reports whether a value of type from can be converted to type to
// at run time, and if not, why, in words for a person. Only pairs that fail for
// every value are refused: text to number is allowed, a list to a number is not.
func Convertible(from, to Type) error {
	if from.Base == BaseAny && !from.List || to.Base == BaseAny && !to.List {
		return nil
	}
	if from.List && to.List {
		return Convertible(from.Item(), to.Item())
	}
	if to.List { // a single value becomes a list of one
		return Convertible(from, to.Item())
	}
	if from.List {
		if to.Base == BaseText || to.Base == BaseObject {
			return nil // JSON text; an object out of a list fails unless it was JSON
		}
		return fmt.Errorf("a list cannot become a single %s", to.Base)
	}
	if from.Base == to.Base {
		return nil
	}
	switch to.Base {
	case BaseText:
		if from.Base != BaseFile {
			return nil
		}
	case BaseNumber:
		if from.Base == BaseText || from.Base == BaseBool || from.Base == BaseDate {
			return nil
		}
	case BaseBool:
		if from.Base == BaseText || from.Base == BaseNumber {
			return nil
		}
	case BaseDate:
		if from.Base == BaseText || from.Base == BaseNumber {
			return nil
		}
	case BaseObject:
		if from.Base == BaseText {
			return nil
		}
	case BaseFlow:
		if from.Base == BaseText {
			return nil
		}
	}
	return fmt.Errorf("%s cannot become %s", from.Base, to.Base)
}

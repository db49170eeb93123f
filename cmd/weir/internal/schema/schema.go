// Package schema renders JSON Schemas (draft 2020-12) of the files of a
// connector, for editors: what cards there are and what each takes, what every
// construct has beside it, and what kinds of value may stand where. They are
// made from the registry and from compiler.Constructs.
//
// A schema accepts whatever the compiler accepts. What a schema cannot say
// (names that must exist, types that follow from references) is left to
// `weir check`. Read flow.go first.
package schema

import (
	"bytes"
	"encoding/json"

	"github.com/weirflow/weir/flow"
)

// Kind names a kind of file.
type Kind string

// The kinds of file that have a schema.
const (
	Connector Kind = "connector" // connector.yaml
	Flow      Kind = "flow"      // flows/*.yaml
	Cards     Kind = "cards"     // cards/*.yaml
	Test      Kind = "test"      // tests/*.yaml
	Tape      Kind = "tape"      // tests/*.tape.yaml
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Connector, Flow, Cards, Test, Tape} }

// File returns the name under docs/ of the schema of a kind.
func (k Kind) File() string { return "schema/" + string(k) + ".schema.json" }

// Render returns the schema of one kind of file as indented JSON, ending with a
// line break. The cards of flows are those of reg. An unknown kind is a
// programmer error.
func Render(k Kind, reg *flow.Registry) string {
	var s object
	switch k {
	case Connector:
		s = connectorFile()
	case Flow:
		s = flowFile(reg)
	case Cards:
		s = cardsFile()
	case Test:
		s = testFile()
	case Tape:
		s = tapeFile()
	default:
		panic("schema: no kind " + string(k))
	}
	head := object{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"$id", "urn:weir:schema:" + string(k)}}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(append(head, s...)); err != nil {
		panic(err) // schemas are made of objects, lists, texts and numbers alone
	}
	return b.String()
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(m.key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// list is a JSON list.
type list = []any

// ref refers to a definition of the same schema.
func ref(def string) object { return object{{"$ref", "#/$defs/" + def}} }

// about puts a description before a schema.
func about(text string, s object) object { return append(object{{"description", text}}, s...) }

// texts is a schema of text.
func texts(more ...member) object { return append(object{{"type", "string"}}, more...) }

// enum is a schema of a fixed set of texts.
func enum(values ...string) object {
	items := list{}
	for _, v := range values {
		items = append(items, v)
	}
	return object{{"enum", items}}
}

// closed is an object with the given fields and no others.
func closed(required []string, fields ...member) object {
	o := object{{"type", "object"}}
	if len(required) > 0 {
		o = append(o, member{"required", required})
	}
	return append(o, member{"properties", object(fields)}, member{"additionalProperties", false})
}

// mapping is an object, or nothing, whose members are all like item.
func mapping(item object) object {
	return object{{"type", list{"object", "null"}}, {"additionalProperties", item}}
}

// named is a mapping whose keys are names.
func named(item object) object { return append(mapping(item), member{"propertyNames", ref("name")}) }

// listOf is a list whose items are all like item.
func listOf(item object) object { return object{{"type", "array"}, {"items", item}} }

func anyOf(schemas ...any) object { return object{{"anyOf", schemas}} }

// when applies then to values for which test holds, and otherwise other.
func when(test, then, other object) object {
	o := object{{"if", test}, {"then", then}}
	if other != nil {
		o = append(o, member{"else", other})
	}
	return o
}

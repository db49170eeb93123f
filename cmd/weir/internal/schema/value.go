package schema

import (
	"slices"
	"strconv"

	"github.com/weirflow/weir/flow"
)

// Text patterns. A text with ${ in it may be a reference or a template, of
// whose type a schema knows nothing.
const (
	holdsRef   = `\$\{`
	namePat    = `^[A-Za-z][A-Za-z0-9_]*$`
	numberPat  = `^\s*([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)?\s*$`
	datePat    = `^\s*([0-9]{4}.*)?$`
	objectPat  = `^\s*([{\[](.|\s)*)?$`
	maxName    = 80
	maxLoop    = 200 // turns of a loop at the same time
	flowKeyPat = namePat
)

// bases lists the base types in the order in which documents name them.
func bases() []flow.Type {
	return []flow.Type{flow.TextType, flow.NumberType, flow.BoolType, flow.DateType, flow.ObjectType, flow.FileType, flow.FlowType, flow.AnyType}
}

// typeNames lists every type as source spells it.
func typeNames() []string {
	var out []string
	for _, t := range bases() {
		out = append(out, t.String())
	}
	for _, t := range bases() {
		out = append(out, flow.ListType(t).String())
	}
	return out
}

// valueDef returns the name of the definition of values for a type.
func valueDef(t flow.Type) string {
	if t.List {
		return t.Base.String() + "List"
	}
	return t.Base.String()
}

// commonDefs are the definitions that connector and flow files share.
func commonDefs() []member {
	return []member{
		{"name", about("Letters, digits and underscores, beginning with a letter.", texts(member{"pattern", namePat}, member{"maxLength", maxName}))},
		{"type", about("A type; [] makes it a list.", enum(typeNames()...))},
	}
}

// valueDefs are the definitions of values that convert to each type (the
// conversions of flow.Convert) or hold references.
func valueDefs() []member {
	text := func(pattern string) object { return texts(member{"pattern", pattern + "|" + holdsRef}) }
	plain := func(kinds ...any) object { return object{{"type", append(kinds, "null")}} }
	defs := []member{
		{"any", about("Any value; texts may hold references such as ${step.output}.", object{})},
		{"text", about("Text; other values become text.", object{})},
		{"number", about("A number, or what converts to one.", anyOf(plain("number", "boolean"), text(numberPat)))},
		{"boolean", about("true or false, or what converts to one of them.", plain("boolean", "number", "string"))},
		{"date", about("A date as ISO 8601 text, or milliseconds since 1970.", anyOf(plain("number"), text(datePat)))},
		{"object", about("A mapping, or its JSON text.", anyOf(plain("object", "array"), text(objectPat)))},
		{"file", about("A reference to a file.", anyOf(plain(), texts(member{"pattern", holdsRef})))},
		{"flow", about("The key of a flow, or a reference to one.", anyOf(plain(), text(flowKeyPat)))},
	}
	for _, t := range bases() {
		var s object
		if t.Base != flow.BaseAny && t.Base != flow.BaseText {
			s = anyOf(listOf(ref(valueDef(t))), ref(valueDef(t)))
		}
		defs = append(defs, member{valueDef(flow.ListType(t)), about("A list of "+t.String()+"; a single value is a list of one.", s)})
	}
	return defs
}

// portSchema is the schema of what an author may give to an input of a card.
func portSchema(p *flow.Port) object {
	var s object
	if p.Label != "" && p.Label != p.Key {
		s = append(s, member{"title", p.Label})
	}
	s = append(s, member{"description", p.Doc})
	if p.Default != "" {
		if v, err := flow.AppendJSON(nil, p.DefaultValue()); err == nil {
			s = append(s, member{"default", rawJSON(v)})
		}
	}
	if len(p.Choices) > 0 && !p.Type.List {
		return append(s, anyOf(enumOf(choicesOf(p)), texts(member{"pattern", holdsRef}), object{{"type", "null"}})...)
	}
	return append(s, ref(valueDef(p.Type))...)
}

// choicesOf are the choices of a port; an emptied one is none where none is
// needed.
func choicesOf(p *flow.Port) []flow.Choice {
	if p.MayBeEmpty() {
		return append([]flow.Choice{{}}, p.Choices...)
	}
	return p.Choices
}

// enumOf is the set of choices: as text, and as the number or truth value that
// has the same text.
func enumOf(choices []flow.Choice) object {
	items := list{}
	for _, c := range choices {
		items = append(items, c.Value)
		if f, err := strconv.ParseFloat(c.Value, 64); err == nil && flow.FormatNumber(f) == c.Value {
			items = append(items, f)
		}
		if c.Value == "true" || c.Value == "false" {
			items = append(items, c.Value == "true")
		}
	}
	return object{{"enum", items}}
}

// rawJSON is JSON text that stands as it is.
type rawJSON []byte

// MarshalJSON implements json.Marshaler.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// conditionSchema is the schema of conditions.
func conditionSchema() object {
	var all, unary []string
	for _, op := range flow.Operators() {
		if op == flow.OpIdentical || op == flow.OpUnidentical {
			continue // those of list cards
		}
		all = append(all, string(op))
		if op.Unary() {
			unary = append(unary, string(op))
		}
	}
	slices.Sort(unary)
	binary := when(object{{"properties", object{{"is", enum(unary...)}}}}, object{{"properties", object{{"b", false}}}}, object{{"required", list{"b"}}})
	full := append(closed([]string{"a"},
		member{"a", about("The first value; alone, what must be true.", ref("any"))},
		member{"is", about("How the values are compared.", enum(all...))},
		member{"b", about("The second value.", ref("any"))},
		member{"type", about("The type that both values are converted to first.", ref("type"))}),
		when(object{{"required", list{"is"}}}, binary, object{{"properties", object{{"b", false}}}})...)
	return about("{a, is, b}, or a single value that must be true.", when(object{{"type", "object"}}, full, nil))
}

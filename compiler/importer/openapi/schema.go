package openapi

import (
	"slices"
	"strings"

	"github.com/pb33f/go-yaml"
	"github.com/pb33f/libopenapi/datamodel/high/base"

	"github.com/weirflow/weir/flow"
)

// schema is what is known of a value: a schema with everything that it is
// composed of taken together.
type schema struct {
	base      string // "string", "number", "boolean", "object", "array"; "" when it may be any
	format    string
	title     string
	doc       string
	name      string // of the component; "" for one that stands in place
	at        string // JSON Pointer
	props     []property
	required  map[string]bool
	closed    bool // an object has no other members
	items     *base.SchemaProxy
	enum      []*yaml.Node
	def       *yaml.Node
	minimum   *float64
	maximum   *float64
	readOnly  bool
	writeOnly bool
	either    bool // members come from alternatives, of which a value has one
	empty     bool // stands for no value: null, or the empty text that unsets
	whole     bool // integer
}

// property is a known member of an object.
type property struct {
	name  string
	proxy *base.SchemaProxy
}

// Limits of what is taken together.
const (
	maxCompose = 30   // schemas inside allOf, oneOf and anyOf of each other
	maxProps   = 1000 // members of one object
)

// schemas makes schemas, each once.
type schemas struct {
	report *Report
	made   map[string]*schema // by JSON Pointer
	open   map[string]bool    // being made
}

func newSchemas(report *Report) *schemas {
	return &schemas{report: report, made: map[string]*schema{}, open: map[string]bool{}}
}

// of returns what a schema says. It is never nil: where there is nothing, any
// value will do.
func (s *schemas) of(p *base.SchemaProxy) *schema { return s.at(p, 0) }

func (s *schemas) at(p *base.SchemaProxy, depth int) *schema {
	if p == nil || depth > maxCompose {
		return &schema{}
	}
	from := p.Schema()
	if from == nil || from.BooleanSchema != nil {
		return &schema{}
	}
	at := ""
	if from.Extensions != nil {
		if n, ok := from.Extensions.Get(markAt); ok && n != nil {
			at = n.Value
		}
	}
	if v := s.made[at]; v != nil && at != "" {
		return v
	}
	if s.open[at] && at != "" {
		return &schema{at: at} // a schema that is composed of itself says nothing more
	}
	s.open[at] = true
	v := s.make(from, at, depth)
	delete(s.open, at)
	if at != "" {
		s.made[at] = v
	}
	return v
}

func (s *schemas) make(from *base.Schema, at string, depth int) *schema {
	v := &schema{at: at, format: from.Format, title: from.Title, doc: from.Description, enum: from.Enum, def: from.Default,
		minimum: from.Minimum, maximum: from.Maximum, readOnly: is(from.ReadOnly), writeOnly: is(from.WriteOnly), required: map[string]bool{}}
	if name, ok := strings.CutPrefix(at, "/components/schemas/"); ok && !strings.Contains(name, "/") {
		for n := range pointerParts("/" + name) {
			v.name = n
		}
	}
	if from.Const != nil {
		v.enum = []*yaml.Node{from.Const}
	}
	types := slices.DeleteFunc(slices.Clone(from.Type), func(t string) bool { return t == "null" })
	switch {
	case len(from.Type) > 0 && len(types) == 0:
		v.empty = true
	case len(types) == 1:
		v.base = types[0]
	case len(types) == 2 && slices.Contains(types, "integer") && slices.Contains(types, "number"):
		v.base = "number"
	}
	if from.ContentEncoding != "" || v.format == "byte" || v.format == "base64" {
		v.format = "base64"
	} else if v.base == "string" && v.format == "" && from.ContentMediaType != "" {
		v.format = "binary"
	}
	if from.Items != nil && from.Items.IsA() {
		v.items = from.Items.A
	}
	if from.AdditionalProperties != nil && from.AdditionalProperties.IsB() && !from.AdditionalProperties.B {
		v.closed = true
	}
	for _, r := range from.Required {
		v.required[r] = true
	}
	if from.Properties != nil {
		for name, p := range from.Properties.FromOldest() {
			if len(v.props) < maxProps {
				v.props = append(v.props, property{unmarked(name), p})
			}
		}
	}
	for _, p := range from.AllOf {
		v.and(s.at(p, depth+1))
	}
	s.alternatives(v, from.OneOf, depth)
	s.alternatives(v, from.AnyOf, depth)
	s.guess(v, len(types))
	return v
}

func is(b *bool) bool { return b != nil && *b }

// guess finds the type of a schema that has none, by what it has.
func (s *schemas) guess(v *schema, types int) {
	if v.base == "integer" {
		v.base, v.whole = "number", true
		if v.format == "int64" || v.format == "uint64" {
			s.report.find(flow.CodeImportSchema, Doubt, v.at, "", "whole numbers of 64 bits are numbers of 53 bits: longer ones lose digits")
		}
	}
	switch v.base {
	case "":
		switch {
		case types > 1 || v.empty:
		case len(v.props) > 0:
			v.base = "object"
		case v.items != nil:
			v.base = "array"
		case len(v.enum) > 0:
			v.base = enumBase(v.enum)
		}
	case "string", "number", "boolean", "object", "array":
	default:
		v.base = "" // OpenAPI 2 has file, and people invent more
	}
	// An enum of nothing but the empty text is how some say "unset".
	if len(v.enum) == 1 && v.enum[0].ShortTag() != "!!bool" && v.enum[0].Value == "" {
		v.empty = true
	}
}

// enumBase is the type that all values of an enum have, or "".
func enumBase(enum []*yaml.Node) string {
	found := ""
	for _, n := range enum {
		b := "string"
		switch n.ShortTag() {
		case "!!null":
			continue
		case "!!float", "!!int":
			b = "number"
		case "!!bool":
			b = "boolean"
		}
		if found != "" && found != b {
			return ""
		}
		found = b
	}
	return found
}

// over returns the members of two objects; where both have one, that of own.
func over(own, other []property) []property {
	if len(other) == 0 {
		return own
	}
	place := make(map[string]int, len(other))
	out := slices.Clone(other)
	for i, p := range out {
		place[p.name] = i
	}
	for _, p := range own {
		if i, ok := place[p.name]; ok {
			out[i] = p
		} else if len(out) < maxProps {
			out = append(out, p)
		}
	}
	return out
}

// and adds what a part of allOf says. What v says itself wins.
func (v *schema) and(o *schema) {
	v.base = first(v.base, o.base)
	if v.base == "integer" && o.base == "number" {
		v.base = "number"
	}
	v.format, v.title, v.doc = first(v.format, o.format), first(v.title, o.title), first(v.doc, o.doc)
	v.name = first(v.name, o.name)
	v.props = over(v.props, o.props)
	for r := range o.required {
		v.required[r] = true
	}
	v.closed, v.either, v.whole = v.closed || o.closed, v.either || o.either, v.whole || o.whole
	v.readOnly, v.writeOnly = v.readOnly || o.readOnly, v.writeOnly || o.writeOnly
	if v.items == nil {
		v.items = o.items
	}
	if v.enum == nil {
		v.enum = o.enum
	}
	if v.def == nil {
		v.def = o.def
	}
	if v.minimum == nil {
		v.minimum = o.minimum
	}
	if v.maximum == nil {
		v.maximum = o.maximum
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// alternatives adds what oneOf or anyOf says: what holds for whichever of them a
// value is.
func (s *schemas) alternatives(v *schema, from []*base.SchemaProxy, depth int) {
	var alts []*schema
	for _, p := range from {
		if a := s.at(p, depth+1); !a.empty {
			alts = append(alts, a)
		}
	}
	switch len(alts) {
	case 0:
		return
	case 1:
		v.and(alts[0])
		return
	}
	all := &schema{base: alts[0].base, format: alts[0].format, items: alts[0].items, required: map[string]bool{},
		whole: alts[0].whole}
	if all.base == "" && len(alts[0].props) == 0 {
		all.base = v.base // alternatives that only say what is required
	}
	for _, a := range alts {
		if a.base != all.base && !(a.base == "" && len(a.props) == 0 && v.base == all.base) {
			all.base = ""
		}
		if a.format != all.format {
			all.format = ""
		}
		if a.items != all.items {
			all.items = nil
		}
		all.whole = all.whole && a.whole
	}
	all.enum = allOf(alts, func(a *schema) []*yaml.Node { return a.enum }, func(n *yaml.Node) string { return n.Value })
	if slices.ContainsFunc(alts, func(a *schema) bool { return len(a.enum) == 0 }) {
		all.enum = nil
	}
	if all.base == "object" || all.base == "" && v.base == "object" {
		all.props = allOf(alts, func(a *schema) []property { return a.props }, func(p property) string { return p.name })
		all.either = len(all.props) > 0
	}
	if all.base == "" && v.base == "" {
		return // of different types: any
	}
	v.and(all)
}

// allOf collects what alternatives have, each key once.
func allOf[T any](alts []*schema, list func(*schema) []T, key func(T) string) []T {
	seen := map[string]bool{}
	var out []T
	for _, a := range alts {
		for _, x := range list(a) {
			if k := key(x); !seen[k] && len(out) < maxProps {
				seen[k] = true
				out = append(out, x)
			}
		}
	}
	return out
}

// typ returns the type of a value in the language.
func (s *schemas) typ(v *schema) flow.Type {
	switch v.base {
	case "string":
		if v.format == "date-time" {
			return flow.DateType
		}
		return flow.TextType
	case "number":
		return flow.NumberType
	case "boolean":
		return flow.BoolType
	case "object":
		return flow.ObjectType
	case "array":
		item := s.of(v.items)
		t := s.typ(item)
		if t.List {
			t = flow.AnyType // the language has no lists of lists
		}
		return flow.ListType(t)
	}
	return flow.AnyType
}

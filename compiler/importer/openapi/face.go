package openapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pb33f/go-yaml"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// The groups in which inputs are shown.
const (
	groupPath    = "Path"
	groupQuery   = "Query"
	groupHeaders = "Headers"
	groupBody    = "Body"
	groupPages   = "Pages"
)

// input is one input of a card.
type input struct {
	key, label, group, doc string
	typ                    flow.Type
	required               bool
	def                    *source.Node
	choices                []string
	extensible             bool
}

func (in *input) ref() string { return emit.Ref("input", in.key) }

// Limits of what a card shows.
const (
	maxInputs  = 100 // of a card; more members of a body become one input
	maxOutputs = 60  // of a card; more members of an answer are in one output
	maxMembers = 30  // known members of an object
	maxChoices = 200 // of a dropdown
)

// node declares the input.
func (in *input) node() *source.Node {
	return emit.Line("type", in.typ.String(), "required", in.required && in.def == nil, "default", in.def, "label", in.label, "group", in.group,
		"doc", in.doc, "choices", in.choices, "extensible", in.extensible)
}

// describe sets what a schema says of an input.
func (m *mapper) describe(in *input, v *schema, doc string) {
	in.typ = m.schemas.typ(v)
	enum := v
	if v.base == "array" {
		enum = m.schemas.of(v.items)
	}
	in.doc = plainText(first(doc, v.doc))
	values := enumTexts(enum.enum)
	switch {
	case len(values) == 0:
	case len(values) <= maxChoices && !in.typ.List && (in.typ.Base == flow.BaseText || in.typ.Base == flow.BaseNumber):
		in.choices = values
	default:
		in.doc = strings.TrimSpace(ended(in.doc) + " One of " + listed(values) + ".")
	}
	in.doc = sentences(in.doc, maxDoc, 3)
}

// ended ends a text with a full stop unless it is empty.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// listed names values, the first of them where they are many.
func listed(values []string) string {
	const most = 12
	if len(values) > most {
		return strings.Join(values[:most], ", ") + " and " + strconv.Itoa(len(values)-most) + " more"
	}
	return strings.Join(values, ", ")
}

// enumTexts returns the values of an enum as texts, each once; null and the
// empty text stand for no choice.
func enumTexts(enum []*yaml.Node) []string {
	var out []string
	for _, n := range enum {
		if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || strings.TrimSpace(n.Value) == "" || len(n.Value) > maxDoc {
			continue
		}
		if !slices.Contains(out, n.Value) && len(out) <= maxChoices {
			out = append(out, n.Value)
		}
	}
	return out
}

// defaultOf returns the default of an input as a literal, where it is one that
// the input can have.
func (m *mapper) defaultOf(in *input, v *schema, pointer string) *source.Node {
	if v.def == nil || v.def.ShortTag() == "!!null" {
		return nil
	}
	n, value := constant(v.def)
	if n == nil {
		return nil
	}
	if _, err := flow.Convert(value, in.typ); err != nil || len(in.choices) > 0 && !slices.Contains(in.choices, v.def.Value) {
		m.find(flow.CodeImportParameter, Doubt, pointer, "the default does not fit its own type, and is left out")
		return nil
	}
	return n
}

// constant makes a literal of a scalar or of a list of scalars.
func constant(y *yaml.Node) (*source.Node, flow.Value) {
	switch {
	case y.Kind == yaml.SequenceNode && len(y.Content) <= maxChoices:
		n := emit.List()
		n.Flow = true
		var values []flow.Value
		for _, c := range y.Content {
			item, v := constant(c)
			if item == nil || item.Kind == source.List {
				return nil, flow.Value{}
			}
			emit.Push(n, item)
			values = append(values, v)
		}
		return n, flow.ListOf(values...)
	case y.Kind != yaml.ScalarNode:
		return nil, flow.Value{}
	}
	switch y.ShortTag() {
	case "!!str":
		if len(y.Value) > syntaxText {
			return nil, flow.Value{}
		}
		return source.TextNode(syntax.EscapeText(y.Value, false)), flow.Text(y.Value)
	case "!!bool":
		return &source.Node{Kind: source.Bool, True: y.Value == "true"}, flow.Bool(y.Value == "true")
	case "!!int", "!!float":
		f, err := strconv.ParseFloat(y.Value, 64)
		if err != nil {
			return nil, flow.Value{}
		}
		return &source.Node{Kind: source.Number, Num: f, Text: flow.FormatNumber(f)}, flow.Number(f)
	}
	return nil, flow.Value{}
}

// output is one output of a card.
type output struct {
	key, label, group, doc string
	typ                    flow.Type
	fields                 []known
	from                   []string // path in the parsed answer
}

// known is a known member of an object.
type known struct {
	name string
	typ  flow.Type
}

func (o *output) node() *source.Node {
	fields := emit.Line()
	for _, f := range o.fields {
		emit.Set(fields, f.name, f.typ.String())
	}
	return emit.Line("type", o.typ.String(), "label", o.label, "group", o.group, "doc", o.doc, "fields", fields)
}

// members lists the known members of an object, or of the objects in a list.
func (m *mapper) members(v *schema) []known {
	if v.base == "array" {
		v = m.schemas.of(v.items)
	}
	if v.base != "object" {
		return nil
	}
	var out []known
	for _, p := range v.props {
		s := m.schemas.of(p.proxy)
		if s.writeOnly || p.name == "" || len(p.name) > maxKey {
			continue
		}
		if len(out) == maxMembers {
			break
		}
		out = append(out, known{p.name, m.schemas.typ(s)})
	}
	return out
}

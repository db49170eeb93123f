package flopack

import (
	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// groupRaw has the whole request of a flow that an HTTP call starts.
const groupRaw = "raw"

// parts are the groups of fields that are read from a request, and the inputs
// that a flow of type endpoint has for them.
func parts() []string { return []string{"body", "headers", "query"} }

// endpointInputs declares what is known of the parts of a request.
func (im *importer) endpointInputs(f *face, taken names) {
	for _, part := range parts() {
		taken.take(part)
		t := flow.ObjectType
		for _, p := range f.head.outputs {
			if p.group == part && p.key != "" {
				if _, twice := t.Field(p.key); !twice {
					t.Fields = append(t.Fields, flow.Field{Key: p.key, Type: p.typ})
				}
			}
		}
		if len(t.Fields) == 0 || part == "body" {
			continue // as the type of the flow has it: a body is text
		}
		f.inputs = append(f.inputs, &input{group: part, name: part, key: part, typ: t})
	}
}

// request is the value of an output of an API endpoint.
func (w *writer) request(c *card, p *port) value {
	f := w.face
	switch {
	case p.group == groupRaw && p.key == "headers":
		return refer(flow.ObjectType, syntax.RootInput, "headers")
	case p.group == groupRaw && p.key == "body":
		return refer(flow.TextType, syntax.RootInput, "body")
	case p.group == groupRaw && p.key == "query":
		return w.once("query", func(name string) (*source.Node, value) {
			with := wrap("data", emit.Reference(syntax.RootInput, "query"))
			return emit.Map("name", name, "card", "url.encode", "with", with), refer(flow.TextType, name, "output")
		})
	case p.group == "body":
		body := w.once("request", func(name string) (*source.Node, value) {
			as := wrap("body", emit.Line("type", "object", "value", emit.Reference(syntax.RootInput, "body")))
			return emit.Map("name", name, "assign", as), refer(flow.ObjectType, name, "body")
		})
		v := body.inside(p.key)
		v.said = p.typ
		return v
	case p.group == "headers" || p.group == "query":
		for _, in := range f.inputs {
			if in.name == p.group {
				v := refer(in.typ, syntax.RootInput, p.group).inside(p.key)
				v.said = p.typ
				return v
			}
		}
	}
	w.doubt(c, p.at, "%s of the request has no value here; what reads it gets null", flow.Excerpt(p.key))
	return nullValue()
}

// once returns the value of a step that stands at the beginning of the flow, and
// adds it the first time.
func (w *writer) once(key string, make func(name string) (*source.Node, value)) value {
	if v, ok := w.first[key]; ok {
		return v
	}
	name := w.im.reserved(w.names, key)
	step, v := make(name)
	w.first[key] = v
	w.beginning = append(w.beginning, step)
	return v
}

package syntax

import "github.com/weirflow/weir/compiler/internal/source"

// Start is Call Flow Async: it begins a flow and does not wait.
type Start struct {
	Flow Str
	With []*Arg
}

// ReturnRaw ends a flow with a hand-made HTTP answer: statusCode, headers, body.
type ReturnRaw struct{ Fields []*Arg }

// Pause parks the run until somebody resumes it. With Raw the fields are those
// of a hand-made HTTP answer; otherwise they are values for the caller, and
// Outputs declare what is sent back.
type Pause struct {
	Raw     bool
	Values  []*Arg
	Outputs []*Field
}

func (*Start) action()     {}
func (*ReturnRaw) action() {}
func (*Pause) action()     {}

// rawFields are the parts of a hand-made HTTP answer.
func rawFields() []string { return []string{"statusCode", "headers", "body"} }

// raw reads the parts of a hand-made HTTP answer.
func (p *parser) raw(m *mapping, field string) []*Arg {
	n := m.node.Get(field)
	if n.Kind == source.Null {
		return nil
	}
	rm := p.mapping(n, field, rawFields()...)
	return p.args(rm.node.Members)
}

package syntax

import (
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Stream makes a step with a card of another connector hand the card's records
// to a flow, one by one.
type Stream struct {
	Pos   flow.Pos
	Flow  Str
	With  []*Arg
	Limit Expr // nil for none
}

func streamFields() []string { return []string{"flow", "with", "limit"} }

// stream reads the stream field of a card step; nil without one.
func (p *parser) stream(m *mapping) *Stream {
	n := m.node.Get("stream")
	if n == nil {
		return nil
	}
	sm := p.mapping(n, "stream", streamFields()...)
	return &Stream{Pos: n.Pos, Flow: sm.required("flow"), With: p.args(sm.members("with")), Limit: sm.expr("limit")}
}

func streamNode(s *Stream) *source.Node {
	m := newMap()
	m.text("flow", s.Flow.Text)
	m.full("with", argsNode(s.With))
	m.expr("limit", s.Limit)
	return m.Node
}

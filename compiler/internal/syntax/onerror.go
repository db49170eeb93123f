package syntax

import (
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// OnError says what becomes of a flow when a card step has failed: one of Return
// and Call is set.
type OnError struct {
	Pos    flow.Pos
	Return *Return // ends the flow as the step return does
	Call   *Call   // runs a flow, then ends this one as continue_if does
}

func onErrorFields() []string { return []string{"return", "call", "with"} }

// onError reads the on_error field of a card step; nil without one.
func (p *parser) onError(m *mapping) *OnError {
	n := m.node.Get("on_error")
	if n == nil {
		return nil
	}
	em := p.mapping(n, "on_error", onErrorFields()...)
	returns, calls, with := em.node.Member("return"), em.node.Member("call"), em.node.Member("with")
	e := &OnError{Pos: n.Pos}
	switch {
	case em.bad:
	case returns != nil && calls != nil:
		p.d.Error(flow.CodeSourceField, calls.Pos, "on_error does one thing, not %s", quoted([]string{"return", "call"}))
	case returns == nil && calls == nil:
		p.d.Error(flow.CodeSourceMissing, n.Pos, "on_error needs one of the fields %s", quoted([]string{"return", "call"}))
	case calls == nil && with != nil:
		p.d.Error(flow.CodeSourceField, with.Pos, "with belongs to the flow that call names")
	case calls != nil:
		e.Call = &Call{Flow: em.required("call"), With: p.args(em.members("with"))}
	}
	if e.Call == nil {
		e.Return = &Return{Values: p.args(em.members("return"))}
	}
	return e
}

func onErrorNode(e *OnError) *source.Node {
	m := newMap()
	if e.Call != nil {
		m.text("call", e.Call.Flow.Text)
		m.full("with", argsNode(e.Call.With))
		return m.Node
	}
	m.set("return", argsNode(e.Return.Values))
	return m.Node
}

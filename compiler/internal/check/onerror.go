package check

import "github.com/weirflow/weir/compiler/internal/syntax"

// onError checks what becomes of the flow when a card step has failed, and
// returns how the step can end then.
func (b *body) onError(s *syntax.Step, si *StepInfo, e *syntax.OnError) outcome {
	b.handler++
	defer func() { b.handler-- }()
	if e.Call == nil {
		b.returns(s, e.Return)
		return outcome{returns: true}
	}
	calls := si.Call // of the flow that gets records
	si.OnError = b.callee(s, si, e.Call.Flow, e.Call.With)
	si.Call = calls
	return outcome{stops: true, fails: true}
}

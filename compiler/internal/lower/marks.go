package lower

import (
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// The outcomes that marks tell, beside the numbers of the branches of choose.
const (
	markBegin   = "begin" // of every step
	markThen    = "then"
	markElse    = "else"
	markNone    = "none"     // choose: no condition held, and there is no else
	markError   = "error"    // try: a step failed
	markOnError = "on_error" // a card step with on_error failed
	markFails   = "fails"    // return_error_if: the condition held
	markTurn    = "turn"     // of a loop
	markPage    = "page"     // of a loop that has a first turn whatever comes
)

// mark makes the trace of a run show that the step under construction came to
// this point. Without marks a trace shows what has finished: not a step that
// failed, and not which branch was taken.
func (b *fn) mark(outcome string, at flow.Pos) {
	if !b.marks {
		return
	}
	of := b.prog.Steps[b.node.Step-1]
	b.prog.Steps = append(b.prog.Steps, flow.StepInfo{
		Flow: of.Flow, Name: of.Name + flow.MarkSeparator + outcome, What: flow.WhatMark, File: at.File, Line: at.Line, Col: at.Col,
	})
	b.emit(&ir.Trace{Node: ir.Node{Step: len(b.prog.Steps), Pos: at}})
}

// placeOf is where a branch stands: at its first step, or at the step that has
// the branch.
func placeOf(steps []*syntax.Step, otherwise flow.Pos) flow.Pos {
	if len(steps) > 0 {
		return steps[0].Pos
	}
	return otherwise
}

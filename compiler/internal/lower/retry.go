package lower

import (
	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// attempts emits the call of a step's card: again and again where the step has
// retry. It returns the register with the result, in the card's representation.
//
// A retry is a loop around a try: an attempt that succeeds ends it with its
// result, and after one that fails the card control.retry waits and tells whether
// there is another one. Steps of their own keep each attempt apart in traces and
// journals.
func (b *fn) attempts(si *check.StepInfo, do *syntax.Card, op *ir.Card) ir.Reg {
	if si.Retry == nil {
		b.emit(op)
		return op.Dst
	}
	node := b.node
	loop, decide := b.part(si.Name, flow.WhatRetry), b.part(flow.RetryName, flow.WhatRetry)
	tried := b.handle(b.optional(do.Retry.For))
	b.node = loop
	w := &ir.While{Turns: si.Retry.Times + 1, Init: b.handleConst(flow.Null()), Memo: b.f.NewReg(guest.Handle),
		Item: ir.None, Next: b.f.NewReg(guest.Handle), More: b.f.NewReg(guest.Boolean), Dst: ir.None, Last: b.f.NewReg(guest.Handle)}
	w.Body = b.nested(func() {
		try := &ir.Try{Err: b.f.NewReg(guest.Handle)}
		try.Body = b.nested(func() {
			op.Node = node
			op.Total = false
			b.emit(op)
			b.emit(&ir.Copy{Dst: w.Next, Src: b.boxed(op.Dst)})
			b.emit(&ir.Const{Dst: w.More, Value: flow.Bool(false)})
		})
		try.IfError = b.nested(func() {
			b.node = decide
			b.decide(si.Retry, try.Err, tried, w.More)
			b.emit(&ir.Copy{Dst: w.Next, Src: b.handleConst(flow.Null())})
			b.node = loop
		})
		b.emit(try)
	})
	b.emit(w)
	b.node = node
	repr := guest.ReprOfResult(op.Card)
	if repr == guest.Handle {
		return w.Last
	}
	return b.as(value{reg: w.Last, t: op.Card.Out[0].Type}, op.Card.Out[0].Type, repr)
}

// part adds an entry to the step table beside that of the step under construction.
func (b *fn) part(name, what string) ir.Node {
	of := b.prog.Steps[b.node.Step-1]
	b.prog.Steps = append(b.prog.Steps, flow.StepInfo{Flow: of.Flow, Name: name, What: what, File: of.File, Line: of.Line, Col: of.Col})
	return ir.Node{Step: len(b.prog.Steps), Pos: b.node.Pos}
}

// decide asks control.retry about a caught error, and fails with it again where
// there is no other attempt.
func (b *fn) decide(r *check.RetryStep, caught, tried, more ir.Reg) {
	op := &ir.Card{Card: r.Card, Args: []ir.Reg{caught, tried}, Dst: b.f.NewReg(guest.Handle)}
	for i, n := range []float64{float64(r.Times), r.Min, r.Max} {
		v := b.constant(flow.Number(n))
		op.Args = append(op.Args, b.as(v, flow.NumberType, guest.ReprOfPort(&r.Card.In[2+i])))
	}
	var names []string
	for i := range r.Card.In {
		names = append(names, r.Card.In[i].Key)
	}
	b.prog.Steps[b.node.Step-1].Ports = names
	b.emit(op)
	b.emit(&ir.Convert{Dst: more, Src: b.member(op.Dst, "again"), Type: flow.BoolType})
	b.emit(&ir.If{Cond: more, Else: b.nested(func() { b.emit(&ir.Rethrow{}) })})
}

package lower

import (
	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// guarded lowers a card step that may have on_error: a try around what build
// lowers, whose handler ends the flow.
func (b *fn) guarded(si *check.StepInfo, e *syntax.OnError, build func()) {
	if e == nil {
		build()
		return
	}
	node := b.node
	try := &ir.Try{Node: node, Err: b.f.NewReg(guest.Handle)}
	try.Body = b.nested(build)
	b.errs = append(b.errs, try.Err)
	try.IfError = b.nested(func() {
		b.node = node
		b.mark(markOnError, e.Pos)
		if e.Call == nil {
			b.node = b.part(si.Name, flow.WhatOnError)
			b.returnValues(e.Return)
			return
		}
		op := b.callOp(si.OnError, e.Call.With)
		op.Enter = true
		b.emit(op)
		b.stop(nil)
	})
	b.errs = b.errs[:len(b.errs)-1]
	b.node = node
	b.emit(try)
}

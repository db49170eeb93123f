package lower

import (
	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// stream lowers a step that takes the records of a card of another connector: a
// loop around the card that asks for one page of them, which remembers where the
// next one is, and a loop over the records of each.
func (b *fn) stream(s *syntax.Step, si *check.StepInfo, do *syntax.Card) {
	node := b.node
	request, names := b.arguments(s, si.Stream, do)
	limit := b.handle(b.optional(do.Stream.Limit))
	op := &ir.While{Turns: maxPages, Init: b.handleConst(flow.Null()), Memo: b.f.NewReg(guest.Handle), Item: ir.None, Dst: ir.None,
		Last: b.f.NewReg(guest.Handle), More: b.f.NewReg(guest.Boolean)}
	n := len(request.Args)
	request.Args[n-2], request.Args[n-1] = op.Memo, limit
	op.Body = b.nested(func() {
		page := b.attempts(si, do, request)
		records := b.member(page, "records")
		op.Next = b.member(page, "state")
		b.emit(&ir.Convert{Dst: op.More, Src: b.member(page, "more"), Type: flow.BoolType})
		b.eachRecord(si, records, do.Stream.With)
	})
	b.emit(op)
	info := &b.prog.Steps[node.Step-1]
	info.Ports, info.Slot = names, do.Connection.Text
	b.node = node
	b.steps[s] = []value{{reg: op.Last, path: []string{"count"}, t: flow.NumberType, nullable: true}}
}

package lower

import (
	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// maxPages bounds the turns of Paginate and of a step that asks for pages: the
// vendor's hard stop.
const maxPages = 5000

// pages lowers an HTTP step that asks for page after page: a loop around the
// card, between page.request or page.body, which makes the next request, and
// page.next, which takes the records out of the answer. Nothing outlives a turn but
// what page.next remembers, and the records where nobody takes them.
func (b *fn) pages(s *syntax.Step, si *check.StepInfo, do *syntax.Card) {
	ps, node := si.Pages, b.node
	request, names := b.arguments(s, si.Card, do)
	var first []ir.Reg
	for _, in := range ps.Made {
		first = append(first, request.Args[in])
	}
	spec := b.handleConst(ps.Spec)
	limit := b.handle(b.optional(do.Pages.Limit))
	op := &ir.While{Turns: maxPages, Init: b.handleConst(flow.Null()), Memo: b.f.NewReg(guest.Handle), Item: ir.None, Dst: ir.None, Last: ir.None,
		More: b.f.NewReg(guest.Boolean)}
	var records ir.Reg
	op.Body = b.nested(func() {
		if do.Pages.Flow.Text == "" {
			b.mark(markPage, s.Pos)
		}
		next := b.helperCard(ps.Request, append(first, spec, op.Memo)...)
		for i, in := range ps.Made {
			request.Args[in] = b.member(next, ps.Request.Out[i].Key)
		}
		answer := b.attempts(si, do, request)
		page := b.helperCard(ps.Next, b.member(answer, ps.Headers...), b.member(answer, ps.Body...), request.Args[ps.URL], spec, op.Memo, limit)
		records, op.Next = b.member(page, "records"), b.member(page, "state")
		b.emit(&ir.Convert{Dst: op.More, Src: b.member(page, "more"), Type: flow.BoolType})
		if do.Pages.Flow.Text != "" {
			b.eachRecord(si, records, do.Pages.With)
		}
	})
	b.prog.Steps[node.Step-1].Ports, b.prog.Steps[node.Step-1].Slot = names, do.Connection.Text
	var outs []value
	if do.Pages.Flow.Text == "" {
		op.Item, op.Dst = records, b.f.NewReg(guest.Handle)
		b.emit(op)
		all := b.helperCard(ps.Collect, op.Dst)
		outs = []value{{reg: all, path: []string{"records"}, t: si.Out[0].Type}, {reg: all, path: []string{"count"}, t: flow.NumberType, nullable: true}}
	} else {
		op.Last = b.f.NewReg(guest.Handle)
		b.emit(op)
		outs = []value{{reg: op.Last, path: []string{"count"}, t: flow.NumberType, nullable: true}}
	}
	b.node = node
	b.steps[s] = outs
}

// eachRecord calls a flow for each item of a list.
func (b *fn) eachRecord(si *check.StepInfo, records ir.Reg, with []*syntax.Arg) {
	loop := &ir.Loop{Kind: guest.LoopEach, Over: records, Item: b.f.NewReg(guest.Handle), Index: ir.None, Init: ir.None, Memo: ir.None,
		Out: ir.None, Dst: ir.None, Found: ir.None}
	saved := b.loop
	b.loop = &loopScope{item: value{reg: loop.Item, t: flow.AnyType, nullable: true}, memo: value{reg: ir.None}}
	loop.Body = b.nested(func() {
		b.mark(markTurn, b.node.Pos)
		b.emit(b.callOp(si.Call, with))
	})
	b.loop = saved
	b.emit(loop)
}

// member follows a path into a handle.
func (b *fn) member(src ir.Reg, path ...string) ir.Reg {
	dst := b.f.NewReg(guest.Handle)
	b.emit(&ir.Get{Dst: dst, Src: src, Path: path})
	return dst
}

// shaped gives the records that a polling flow returns their declared types. The
// card is an entry of its own beside the return, so that traces tell them apart.
func (b *fn) shaped(records ir.Reg) ir.Reg {
	node, card := b.node, b.fi.Shape
	b.node = b.part(b.prog.Steps[node.Step-1].Name, card.Key)
	dst := b.helperCard(card, records, b.handleConst(recordTypes(b.fi.Flow.Record)))
	b.prog.Steps[b.node.Step-1].Ports = []string{card.In[0].Key, card.In[1].Key}
	b.node = node
	return dst
}

// recordTypes makes the object that tells page.shape what is declared of a record.
func recordTypes(fields []*syntax.Field) flow.Value {
	var b flow.ObjectBuilder
	for _, f := range fields {
		b.Set(f.Key.Text, flow.Text(flow.Type{Base: f.Type.Base, List: f.Type.List}.String()))
	}
	return b.Value()
}

// paginate lowers the Paginate card.
func (b *fn) paginate(s *syntax.Step, si *check.StepInfo, do *syntax.Paginate) {
	node := b.node
	op := &ir.While{Turns: maxPages, Init: b.as(b.expr(do.Object), flow.ObjectType, guest.Handle), Memo: b.f.NewReg(guest.Handle),
		Item: ir.None, Dst: ir.None, Last: b.f.NewReg(guest.Handle), More: b.f.NewReg(guest.Boolean)}
	saved := b.loop
	b.loop = &loopScope{memo: value{reg: op.Memo, t: flow.ObjectType}}
	op.Body = b.nested(func() {
		b.mark(markPage, s.Pos)
		call := b.callOp(si.Call, do.With)
		b.emit(call)
		out := value{reg: call.Dsts[0], t: si.Call.Flow.Outputs[0].Type, nullable: !si.Call.AlwaysReturns}
		op.Next = b.as(out, flow.ObjectType, guest.Handle)
		b.emit(&ir.Compare{Dst: op.More, Op: flow.OpHas, A: op.Next, B: b.handleConst(flow.Text(do.Path.Text))})
	})
	b.loop = saved
	b.node = node
	b.emit(op)
	b.finish(s, si, []value{{reg: op.Last, t: flow.ObjectType}})
}

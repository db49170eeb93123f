package lower

import (
	"strconv"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

func kindOf(do *syntax.Loop) guest.LoopKind {
	switch do.Kind {
	case syntax.Map, syntax.Sort, syntax.Unique, syntax.MapObject, syntax.MapMembers:
		return guest.LoopMap
	case syntax.Filter:
		return guest.LoopFilter
	case syntax.Find:
		return guest.LoopFind
	case syntax.Reduce:
		return guest.LoopReduce
	case syntax.Repeat:
		return guest.LoopRepeat
	}
	if do.IgnoreErrors {
		return guest.LoopIgnore
	}
	return guest.LoopEach
}

// over lowers what a loop runs over: a count for Repeat, else a list.
func (b *fn) over(si *check.StepInfo, do *syntax.Loop) (ir.Reg, flow.Type) {
	v := b.expr(do.Over)
	if si.Before != nil {
		return b.helperCard(si.Before, b.handle(v)), flow.ListType(flow.ObjectType)
	}
	if do.Kind == syntax.Repeat {
		return b.as(v, flow.NumberType, guest.Number), flow.NumberType
	}
	return b.handle(v), v.t
}

// sequential lowers a loop to a loop of the guest's own.
func (b *fn) sequential(s *syntax.Step, si *check.StepInfo, do *syntax.Loop) {
	node := b.node
	op := &ir.Loop{Kind: kindOf(do), Item: ir.None, Index: ir.None, Init: ir.None, Memo: ir.None, Out: ir.None, Dst: ir.None, Found: ir.None}
	var overType flow.Type
	op.Over, overType = b.over(si, do)
	scope := &loopScope{memo: value{reg: ir.None}}
	if do.Kind != syntax.Repeat {
		op.Item = b.f.NewReg(guest.Handle)
		scope.item = itemValue(op.Item, overType)
	}
	if usesIndex(b.info, do.With) || do.Kind == syntax.Find {
		op.Index = b.f.NewReg(guest.Number)
		scope.index = value{reg: op.Index, t: flow.NumberType}
	}
	if do.Kind == syntax.Reduce {
		out := si.Call.Flow.Outputs
		single := len(out) == 1
		memoType := si.Out[0]
		repr := reprOfOutput(memoType)
		if single && si.Call.AlwaysReturns && repr != guest.Handle {
			op.Init = b.as(b.expr(do.Memo), memoType.Type, repr)
		} else {
			repr = guest.Handle
			op.Init = b.typed(b.expr(do.Memo), check.Output{Type: memoType.Type, Nullable: true})
		}
		op.Memo = b.f.NewReg(repr)
		op.Dst = b.f.NewReg(repr)
		scope.memo = value{reg: op.Memo, t: memoType.Type, nullable: repr == guest.Handle}
	}
	saved := b.loop
	b.loop = scope
	op.Body = b.nested(func() {
		b.mark(markTurn, s.Pos)
		call := b.callOp(si.Call, do.With)
		b.emit(call)
		op.Out = b.turn(op.Kind, si, call, op.Memo)
	})
	b.loop = saved
	b.node = node
	var outs []value
	switch op.Kind {
	case guest.LoopMap, guest.LoopFilter:
		op.Dst = b.f.NewReg(guest.Handle)
		outs = []value{{reg: op.Dst, t: si.Out[0].Type}}
	case guest.LoopFind:
		op.Dst, op.Found = b.f.NewReg(guest.Handle), b.f.NewReg(guest.Number)
		outs = []value{{reg: op.Dst, t: si.Out[0].Type, nullable: true}, {reg: op.Found, t: flow.NumberType}}
	case guest.LoopReduce:
		outs = []value{{reg: op.Dst, t: si.Out[0].Type, nullable: b.f.Repr(op.Dst) == guest.Handle}}
	}
	b.emit(op)
	if si.After != nil {
		outs[0].reg = b.after(si, op.Over, op.Dst)
	}
	b.finish(s, si, outs)
}

// helperCard calls a card that a loop is made of.
func (b *fn) helperCard(card *flow.Card, args ...ir.Reg) ir.Reg {
	dst := b.f.NewReg(guest.ReprOfResult(card))
	b.emit(&ir.Card{Dst: dst, Card: card, Args: args})
	return dst
}

// after makes the result of a loop of what its turns gave.
func (b *fn) after(si *check.StepInfo, over, turns ir.Reg) ir.Reg {
	if si.What == string(syntax.MapObject) {
		return b.helperCard(si.After, turns)
	}
	return b.helperCard(si.After, over, turns)
}

// turn makes of a call's results what the loop's kind wants from a turn.
func (b *fn) turn(kind guest.LoopKind, si *check.StepInfo, call *ir.Call, memo ir.Reg) ir.Reg {
	callee := si.Call
	switch kind {
	case guest.LoopMap:
		return b.itemOf(callee, call)
	case guest.LoopFilter, guest.LoopFind:
		v := value{reg: call.Dsts[0], t: callee.Flow.Outputs[0].Type, nullable: !callee.AlwaysReturns}
		return b.as(v, flow.BoolType, guest.Boolean)
	case guest.LoopReduce:
		if b.f.Repr(memo) != guest.Handle {
			return b.as(value{reg: call.Dsts[0], t: callee.Flow.Outputs[0].Type}, si.Out[0].Type, b.f.Repr(memo))
		}
		return b.boxed(b.itemOf(callee, call))
	}
	return ir.None
}

// itemOf makes one value of a flow's outputs: the only one, or an object of
// them. A flow that stopped gives null, or {} where objects are made.
func (b *fn) itemOf(callee *check.FlowInfo, call *ir.Call) ir.Reg {
	if len(callee.Flow.Outputs) == 1 {
		return call.Dsts[0]
	}
	keys := make([]string, len(callee.Flow.Outputs))
	for i, o := range callee.Flow.Outputs {
		keys[i] = o.Key.Text
	}
	if callee.AlwaysReturns {
		return b.object(callee.Flow.Pos, keys, call.Dsts)
	}
	dst := b.f.NewReg(guest.Handle)
	b.emit(&ir.If{Cond: call.Status,
		Then: b.nested(func() {
			b.emit(&ir.Copy{Dst: dst, Src: b.handleConst(flow.ObjectType.Zero())})
		}),
		Else: b.nested(func() {
			b.emit(&ir.Copy{Dst: dst, Src: b.object(callee.Flow.Pos, keys, call.Dsts)})
		}),
	})
	return dst
}

func (b *fn) finish(s *syntax.Step, si *check.StepInfo, outs []value) {
	b.steps[s] = outs
	if si.After != nil {
		return // the card that makes the result shows in the trace
	}
	var names []string
	var regs []ir.Reg
	for i, o := range outs {
		names, regs = append(names, si.Out[i].Key), append(regs, o.reg)
	}
	b.trace(b.node.Step, nil, nil, names, regs)
}

// itemValue is an item of a list of type over. Lists of a type were converted
// to it item by item, so only items of any may be null.
func itemValue(r ir.Reg, over flow.Type) value {
	return value{reg: r, t: over.Item(), nullable: !over.List || over.Base == flow.BaseAny || over.Secret}
}

// usesIndex reports whether any argument refers to ${index}.
func usesIndex(info *check.Info, args []*syntax.Arg) bool {
	found := false
	for _, a := range args {
		refs(a.Value, func(r *syntax.Ref) { found = found || info.Refs[r].Kind == check.ToIndex })
	}
	return found
}

// refs visits the references in an expression.
func refs(e syntax.Expr, visit func(*syntax.Ref)) {
	switch e := e.(type) {
	case *syntax.Ref:
		visit(e)
	case *syntax.Template:
		for _, p := range e.Parts {
			refs(p, visit)
		}
	case *syntax.ObjectLit:
		for _, v := range e.Vals {
			refs(v, visit)
		}
	case *syntax.ListLit:
		for _, v := range e.Items {
			refs(v, visit)
		}
	}
}

// parallel lowers a loop whose turns may run at the same time: a body function
// of its own, which gets what it needs from around the loop as captures.
func (b *fn) parallel(s *syntax.Step, si *check.StepInfo, do *syntax.Loop) {
	node := b.node
	op := &ir.Parallel{Kind: kindOf(do)}
	over, overType := b.over(si, do)
	op.Over = b.boxed(over)
	one := value{}
	if do.Concurrency != nil {
		one = b.expr(do.Concurrency)
	} else {
		one = b.constant(flow.Number(1))
	}
	op.Concurrency = b.as(one, flow.NumberType, guest.Number)
	place := map[*syntax.Ref]int{}
	for _, a := range do.With {
		refs(a.Value, func(r *syntax.Ref) {
			switch b.info.Refs[r].Kind {
			case check.ToItem, check.ToIndex, check.ToMemo, check.ToSecret, check.ToConfig, check.ToAuth, check.ToContext:
				return
			}
			place[r] = len(op.Captures)
			op.Captures = append(op.Captures, b.handle(b.ref(r)))
		})
	}
	if len(op.Captures) > guest.MaxVariadic {
		b.tooLong(s.Pos, "a parallel loop may refer to at most %d values from around it", guest.MaxVariadic)
		op.Captures = op.Captures[:guest.MaxVariadic]
	}
	op.Body = b.body(si, do, op.Kind, node, overType, place)
	op.Dst = b.f.NewReg(guest.Handle)
	b.emit(op)
	b.node = node
	var outs []value
	if len(si.Out) > 0 {
		outs = []value{{reg: op.Dst, t: si.Out[0].Type}}
	}
	if si.After != nil {
		outs[0].reg = b.after(si, op.Over, op.Dst)
	}
	b.finish(s, si, outs)
}

func (b *fn) body(si *check.StepInfo, do *syntax.Loop, kind guest.LoopKind, node ir.Node, over flow.Type, place map[*syntax.Ref]int) int {
	f := &ir.Func{}
	n := b.newBody(f)
	in := &fn{lowerer: b.lowerer, f: f, fi: b.fi, ops: &f.Body, node: node, steps: map[*syntax.Step][]value{}, cursor: ir.None}
	itemReg, index, captures := f.NewReg(guest.Handle), f.NewReg(guest.Number), f.NewReg(guest.Handle)
	f.Params = []ir.Reg{itemReg, index, captures}
	in.loop = &loopScope{
		item:  itemValue(itemReg, over),
		index: value{reg: index, t: flow.NumberType},
		memo:  value{reg: ir.None},
	}
	in.capture = func(r *syntax.Ref) value {
		return value{reg: captures, path: []string{strconv.Itoa(place[r])}}
	}
	in.mark(markTurn, node.Pos)
	call := in.callOp(si.Call, do.With)
	in.emit(call)
	result := ir.None
	switch kind {
	case guest.LoopMap:
		if len(si.Call.Flow.Outputs) == 1 && !si.Call.AlwaysReturns {
			in.emit(&ir.If{Cond: call.Status, Then: in.nested(func() { in.emit(&ir.Stop{Message: ir.None}) })})
		}
		result = in.boxed(in.itemOf(si.Call, call))
	case guest.LoopFilter:
		result = in.boxed(in.turn(kind, si, call, ir.None))
	default:
		result = in.handleConst(flow.Null())
	}
	in.emit(&ir.Return{Args: []ir.Reg{result}})
	return n
}

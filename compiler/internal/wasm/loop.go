package wasm

import (
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/guest"
)

// loop emits a loop over the host's loop frame: begin opens it, next hands out
// items and releases what the turn before made, end closes it.
func (fn *function) loop(o *ir.Loop) {
	if o.Kind == guest.LoopRepeat && fn.flat(fn.f, o.Body) {
		fn.counted(o)
		return
	}
	fn.step(o.At())
	fn.get(o.Over)
	if o.Kind == guest.LoopRepeat {
		fn.core("repeat")
	} else {
		fn.core("begin")
	}
	fn.negativeFails()
	if o.Index != ir.None {
		fn.f64(0)
		fn.set(o.Index)
	}
	if o.Memo != ir.None {
		fn.get(o.Init)
		fn.set(o.Memo)
	}
	done := fn.open(opBlock)
	exit := fn.open(opBlock)
	top := fn.open(opLoop)
	body := o.Body
	if mt, ok := body[0].(*ir.Meter); ok {
		fn.meter(mt.Fuel)
		body = body[1:]
	}
	fn.core("next")
	if o.Item != ir.None && fn.a.local[o.Item] >= 0 {
		fn.teeLocal(fn.a.local[o.Item])
	}
	fn.i32(0)
	fn.op(opI32LtS)
	fn.br(opBrIf, exit)
	switch item := fusedItem(o, body); {
	case item != nil:
		fn.block(body[:len(body)-1])
		fn.step(item.At())
		fn.i32(fn.shapeConst(item.Keys))
		fn.core("yield_object:" + fn.args(item.Args))
		fn.negativeFails()
	case o.Kind == guest.LoopIgnore:
		fn.ignoring(o, body)
	default:
		fn.block(body)
		fn.turn(o, done)
	}
	if o.Index != ir.None && fn.a.local[o.Index] >= 0 {
		fn.get(o.Index)
		fn.f64(1)
		fn.op(opF64Add)
		fn.set(o.Index)
	}
	fn.br(opBr, top)
	fn.close()
	fn.close()
	fn.exhausted(o)
	fn.close()
}

// fusedItem returns the operation that makes the item of a Map, when it is the
// last of the turn: the object then goes straight into the result.
func fusedItem(o *ir.Loop, body []ir.Op) *ir.Object {
	if o.Kind != guest.LoopMap || len(body) == 0 {
		return nil
	}
	if obj, ok := body[len(body)-1].(*ir.Object); ok && obj.Dst == o.Out {
		return obj
	}
	return nil
}

// ignoring emits a turn whose failure is forgotten.
func (fn *function) ignoring(o *ir.Loop, body []ir.Op) {
	ok := fn.open(opBlock)
	saved := fn.fail
	fn.fail = fn.open(opBlock)
	fn.block(body)
	fn.br(opBr, ok)
	fn.close()
	fn.fail = saved
	fn.step(o.At())
	fn.core("skip")
	fn.close()
}

// turn emits what the loop does with the result of a turn.
func (fn *function) turn(o *ir.Loop, done int) {
	switch o.Kind {
	case guest.LoopMap:
		if fn.f.Regs[o.Out] == guest.Number {
			fn.get(o.Out)
			fn.core("yield_num")
		} else {
			fn.box(o.Out)
			fn.core("yield")
		}
		fn.negativeFails()
	case guest.LoopFilter:
		fn.get(o.Out)
		fn.open(opIf)
		fn.get(o.Item)
		fn.core("yield")
		fn.negativeFails()
		fn.close()
	case guest.LoopFind:
		fn.get(o.Out)
		fn.open(opIf)
		fn.get(o.Item)
		fn.core("break")
		fn.set(o.Dst)
		fn.get(o.Index)
		fn.set(o.Found)
		fn.br(opBr, done)
		fn.close()
	case guest.LoopReduce:
		fn.get(o.Out)
		if fn.f.Regs[o.Memo] == guest.Handle {
			fn.core("keep")
		}
		fn.set(o.Memo)
	}
}

// exhausted emits what follows the last item.
func (fn *function) exhausted(o *ir.Loop) {
	switch {
	case o.Kind == guest.LoopMap || o.Kind == guest.LoopFilter:
		fn.core("end")
		fn.handleOrFail(o.Dst)
	case o.Kind == guest.LoopReduce && fn.f.Regs[o.Memo] == guest.Handle:
		fn.get(o.Memo)
		fn.core("break")
		fn.set(o.Dst)
	default:
		fn.core("end")
		fn.op(opDrop)
		if o.Kind == guest.LoopFind {
			fn.i32(int(guest.HandleNull))
			fn.set(o.Dst)
			fn.f64(-1)
			fn.set(o.Found)
		}
		if o.Kind == guest.LoopReduce {
			fn.get(o.Memo)
			fn.set(o.Dst)
		}
	}
}

// parallel emits the host call that runs a body function for every item.
func (fn *function) parallel(o *ir.Parallel) {
	fn.step(o.At())
	fn.gets(o.Captures)
	fn.core("list:" + fn.reprs(o.Captures))
	fn.teeLocal(fn.tmp)
	fn.negativeFails()
	fn.step(o.At())
	fn.i32(int(o.Kind))
	fn.i32(o.Body)
	fn.get(o.Over)
	fn.get(o.Concurrency)
	fn.getLocal(fn.tmp)
	fn.core("parallel")
	fn.handleOrFail(o.Dst)
}

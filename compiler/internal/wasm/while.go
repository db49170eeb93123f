package wasm

import "github.com/weirflow/weir/compiler/internal/ir"

// while emits a loop that goes on while a condition holds, over a loop frame of
// as many turns as it may have.
func (fn *function) while(o *ir.While) {
	fn.step(o.At())
	fn.f64(float64(o.Turns))
	fn.core("repeat")
	fn.negativeFails()
	fn.get(o.Init)
	fn.set(o.Memo)
	exit := fn.open(opBlock)
	top := fn.open(opLoop)
	body := o.Body
	if mt, ok := body[0].(*ir.Meter); ok {
		fn.meter(mt.Fuel)
		body = body[1:]
	}
	fn.core("next")
	fn.i32(0)
	fn.op(opI32LtS)
	fn.br(opBrIf, exit)
	fn.block(body)
	if o.Item != ir.None {
		fn.box(o.Item)
		fn.core("yield")
		fn.negativeFails()
	}
	fn.get(o.Next)
	fn.core("keep")
	fn.set(o.Memo)
	fn.get(o.More)
	fn.br(opBrIf, top)
	fn.close()
	fn.close()
	if o.Dst != ir.None {
		fn.core("end")
		fn.handleOrFail(o.Dst)
		return
	}
	fn.get(o.Memo)
	fn.core("break")
	fn.set(o.Last)
}

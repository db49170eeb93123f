package wasm

import (
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/meter"
	"github.com/weirflow/weir/guest"
)

// flat reports whether ops make no value in the host: they compute on unboxed
// registers alone, in this function or in the flows they call.
func (m *module) flat(f *ir.Func, ops []ir.Op) bool {
	for _, op := range ops {
		switch o := op.(type) {
		case *ir.Const, *ir.Copy, *ir.Leave, *ir.Meter, *ir.Return, *ir.Trace:
		case *ir.Card:
			if !meter.Inlined(o) {
				return false
			}
		case *ir.Compare:
			if f.Repr(o.A) == guest.Handle {
				return false
			}
		case *ir.If:
			if !m.flat(f, o.Then) || !m.flat(f, o.Else) {
				return false
			}
		case *ir.Block:
			if !m.flat(f, o.Body) {
				return false
			}
		case *ir.Stop:
			if o.Message != ir.None {
				return false
			}
		case *ir.Call:
			if o.Enter || !m.flatFlow(m.prog.Func(o.Func)) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func (m *module) flatFlow(f *ir.Func) bool { return m.flat(f, f.Body) }

// counted emits a Repeat whose body is flat: the guest counts its turns and the
// host hears of them only where it must, in traces and in errors.
func (fn *function) counted(o *ir.Loop) {
	turns, turn := fn.newLocal(), fn.newLocal()
	fn.step(o.At())
	fn.get(o.Over)
	fn.core("repeat")
	fn.teeLocal(turns)
	fn.negativeFails()
	fn.i32(0)
	fn.setLocal(turn)
	if o.Index != ir.None {
		fn.f64(0)
		fn.set(o.Index)
	}
	exit := fn.open(opBlock)
	saved := fn.fail
	fn.fail = fn.open(opBlock)
	top := fn.open(opLoop)
	body := o.Body
	if mt, ok := body[0].(*ir.Meter); ok {
		fn.meter(mt.Fuel)
		body = body[1:]
	}
	fn.getLocal(0)
	fn.open(opIf)
	fn.core("next")
	fn.op(opDrop)
	fn.close()
	fn.getLocal(turn)
	fn.getLocal(turns)
	fn.op(opI32GeS)
	fn.br(opBrIf, exit)
	fn.block(body)
	fn.getLocal(turn)
	fn.i32(1)
	fn.op(opI32Add)
	fn.setLocal(turn)
	if o.Index != ir.None && fn.a.local[o.Index] >= 0 {
		fn.get(o.Index)
		fn.f64(1)
		fn.op(opF64Add)
		fn.set(o.Index)
	}
	fn.br(opBr, top)
	fn.close()
	fn.close()
	fn.fail = saved
	// A turn failed. A traced run has let the host count.
	fn.getLocal(0)
	fn.op(opI32Eqz)
	fn.open(opIf)
	fn.step(o.At())
	fn.getLocal(turn)
	fn.core("seek")
	fn.close()
	fn.br(opBr, fn.fail)
	fn.close()
	fn.core("end")
	fn.op(opDrop)
}

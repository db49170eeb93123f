package wasm

import (
	"fmt"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// function emits the body of one IR function.
type function struct {
	*module
	f     *ir.Func
	fused *fusion
	a     *allocation
	code  writer
	depth int             // open control frames
	fail  int             // frame that a failing operation branches out of
	label map[int]int     // frames of open ir.Blocks
	tries []int           // frames of try bodies that are open, innermost last
	tmp   int             // scratch i32 local
	more  []guest.ValType // locals behind tmp, made on the way
}

// functionPlan is what is worked out about a function before it is emitted.
type functionPlan struct {
	fused *fusion
	a     *allocation
}

func (m *module) function(f *ir.Func) []byte {
	plan, ok := m.plans[f]
	if !ok {
		fu := fuse(f)
		plan = functionPlan{fu, allocate(f, fu)}
		m.plans[f] = plan
	}
	fn := &function{module: m, f: f, fused: plan.fused, a: plan.a, label: map[int]int{}}
	fn.tmp = 1 + len(f.Params) + len(fn.a.extra)
	body := f.Body
	if mt, ok := body[0].(*ir.Meter); ok {
		fn.meter(mt.Fuel)
		body = body[1:]
	}
	fn.fail = fn.open(opBlock)
	fn.block(body)
	if !ends(body) {
		fn.stopped()
	}
	fn.close()
	fn.failed()
	fn.op(opEnd)
	locals := append(append([]guest.ValType(nil), fn.a.extra...), guest.I32)
	return functionBody(append(locals, fn.more...), fn.code.b)
}

// newLocal adds an i32 local.
func (fn *function) newLocal() int {
	fn.more = append(fn.more, guest.I32)
	return fn.tmp + len(fn.more)
}

// functionBody puts the run-length coded locals before the code.
func functionBody(locals []guest.ValType, code []byte) []byte {
	var runs writer
	n := 0
	for i := 0; i < len(locals); {
		j := i
		for j < len(locals) && locals[j] == locals[i] {
			j++
		}
		runs.u32(j - i)
		runs.byte(byte(locals[i]))
		i = j
		n++
	}
	var w writer
	w.u32(n)
	w.b = append(w.b, runs.b...)
	w.b = append(w.b, code...)
	return w.b
}

// ends reports whether control never reaches the end of ops.
func ends(ops []ir.Op) bool {
	if len(ops) == 0 {
		return false
	}
	switch ops[len(ops)-1].(type) {
	case *ir.Return, *ir.Stop:
		return true
	}
	return false
}

func (fn *function) op(b ...byte)      { fn.code.b = append(fn.code.b, b...) }
func (fn *function) i32(n int)         { fn.op(opI32Const); fn.code.s64(int64(n)) }
func (fn *function) f64(x float64)     { fn.op(opF64Const); fn.code.f64(x) }
func (fn *function) getLocal(n int)    { fn.op(opLocalGet); fn.code.u32(n) }
func (fn *function) setLocal(n int)    { fn.op(opLocalSet); fn.code.u32(n) }
func (fn *function) teeLocal(n int)    { fn.op(opLocalTee); fn.code.u32(n) }
func (fn *function) call(index int)    { fn.op(opCall); fn.code.u32(index) }
func (fn *function) core(name string)  { fn.call(fn.coreImport(name)) }
func (fn *function) step(n *ir.Node)   { fn.i32(n.Step) }
func (fn *function) br(op byte, f int) { fn.op(op); fn.code.u32(fn.depth - 1 - f) }

// open begins a block, loop or if without results and returns its frame.
func (fn *function) open(op byte) int {
	fn.op(op, blockEmpty)
	fn.depth++
	return fn.depth - 1
}

func (fn *function) close() {
	fn.op(opEnd)
	fn.depth--
}

// get pushes a register.
func (fn *function) get(r ir.Reg) {
	if g := fn.fused.field[r]; g != nil {
		fn.get(g.Src)
		fn.i32(fn.pathConst(g.Path))
		fn.core("get")
		return
	}
	c := fn.a.consts[r]
	if c == nil {
		fn.getLocal(fn.a.local[r])
		return
	}
	switch fn.f.Regs[r] {
	case guest.Number:
		fn.f64(c.Value.Number())
	case guest.Boolean:
		n := 0
		if c.Value.Bool() {
			n = 1
		}
		fn.i32(n)
	default:
		fn.i32(fn.constHandle(c.Value))
	}
}

func (fn *function) gets(regs []ir.Reg) {
	for _, r := range regs {
		fn.get(r)
	}
}

// set pops into a register, or drops where there is none.
func (fn *function) set(r ir.Reg) {
	if r == ir.None || fn.a.local[r] < 0 {
		fn.op(opDrop)
		return
	}
	fn.setLocal(fn.a.local[r])
}

func (fn *function) reprs(regs []ir.Reg) string {
	b := make([]byte, len(regs))
	for i, r := range regs {
		b[i] = byte(fn.f.Regs[r])
	}
	return string(b)
}

// meter emits the fuel sequence that guest.Verify looks for.
func (fn *function) meter(fuel int) {
	fn.op(opGlobalGet, 0, opI64Const)
	fn.code.s64(int64(fuel))
	fn.op(opI64Sub, opGlobalSet, 0, opGlobalGet, 0, opI64Const, 0, opI64LtS, opIf, blockEmpty, opGlobalGet, 0)
	fn.core("refuel")
	fn.op(opGlobalSet, 0, opEnd)
}

// handleOrFail stores the i32 on the stack and branches out if it is negative.
func (fn *function) handleOrFail(dst ir.Reg) {
	n := fn.tmp
	if dst != ir.None && fn.a.local[dst] >= 0 {
		n = fn.a.local[dst]
	}
	fn.teeLocal(n)
	fn.negativeFails()
}

func (fn *function) negativeFails() {
	fn.i32(0)
	fn.op(opI32LtS)
	fn.br(opBrIf, fn.fail)
}

// numberOrFail stores the f64 below the failure flag on the stack.
func (fn *function) numberOrFail(dst ir.Reg) {
	fn.br(opBrIf, fn.fail)
	fn.set(dst)
}

// zeros pushes results that nobody reads.
func (fn *function) zeros() {
	for _, o := range fn.f.Outs {
		if o.Repr == guest.Number {
			fn.f64(0)
		} else {
			fn.i32(0)
		}
	}
}

// stopped leaves the function without results.
func (fn *function) stopped() {
	if fn.f.Kind == ir.BodyFunc {
		fn.i32(int(guest.HandleStopped))
	} else {
		fn.zeros()
		fn.i32(int(guest.StatusStopped))
	}
	fn.op(opReturn)
}

// failed is what a failing operation at the outermost level leads to.
func (fn *function) failed() {
	if fn.f.Kind == ir.BodyFunc {
		fn.i32(int(guest.HandleError))
		return
	}
	fn.zeros()
	fn.i32(int(guest.StatusError))
}

func (fn *function) block(ops []ir.Op) {
	for _, op := range ops {
		fn.emit(op)
	}
}

func (fn *function) emit(op ir.Op) {
	n := op.At()
	switch o := op.(type) {
	case *ir.Const:
		if fn.a.consts[o.Dst] == nil {
			fn.constant(o)
		}
	case *ir.Copy:
		fn.get(o.Src)
		fn.set(o.Dst)
	case *ir.Box:
		fn.box(o.Src)
		fn.set(o.Dst)
	case *ir.Convert:
		fn.convert(o)
	case *ir.Get:
		if fn.fused.gone[o] || fn.fused.field[o.Dst] == o {
			break
		}
		fn.get(o.Src)
		fn.i32(fn.pathConst(o.Path))
		fn.core("get")
		fn.set(o.Dst)
	case *ir.GetNum:
		fn.getNumber(o)
	case *ir.Object:
		fn.step(n)
		fn.i32(fn.shapeConst(o.Keys))
		fn.core("object:" + fn.args(o.Args))
		fn.handleOrFail(o.Dst)
	case *ir.List:
		fn.step(n)
		fn.core("list:" + fn.args(o.Args))
		fn.handleOrFail(o.Dst)
	case *ir.Concat:
		fn.step(n)
		fn.core("concat:" + fn.args(o.Args))
		fn.handleOrFail(o.Dst)
	case *ir.Card:
		fn.card(o)
	case *ir.Compare:
		fn.compare(o)
	case *ir.Secret:
		fn.i32(o.Place)
		fn.core("secret")
		fn.set(o.Dst)
	case *ir.Config:
		fn.i32(o.Place)
		fn.core("config")
		fn.set(o.Dst)
	case *ir.Context:
		fn.i32(o.Code)
		fn.core("context")
		fn.set(o.Dst)
	case *ir.If:
		fn.get(o.Cond)
		fn.open(opIf)
		fn.block(o.Then)
		if len(o.Else) > 0 {
			fn.op(opElse)
			fn.block(o.Else)
		}
		fn.close()
	case *ir.Block:
		fn.label[o.Label] = fn.open(opBlock)
		fn.block(o.Body)
		fn.close()
	case *ir.Leave:
		fn.leave(o)
	case *ir.Try:
		fn.try(o)
	case *ir.Loop:
		fn.loop(o)
	case *ir.While:
		fn.while(o)
	case *ir.Parallel:
		fn.parallel(o)
	case *ir.Call:
		fn.callFlow(o)
	case *ir.Return:
		fn.gets(o.Args)
		if fn.f.Kind == ir.FlowFunc {
			fn.i32(int(guest.StatusReturned))
		}
		fn.op(opReturn)
	case *ir.Stop:
		if o.Message != ir.None {
			fn.step(n)
			fn.get(o.Message)
			fn.core("stop")
		}
		fn.stopped()
	case *ir.Fail:
		fn.step(n)
		fn.get(o.Fields)
		fn.core("fail")
		fn.br(opBr, fn.fail)
	case *ir.Rethrow:
		fn.step(n)
		fn.core("rethrow")
		fn.br(opBr, fn.fail)
	case *ir.Trace:
		fn.getLocal(0)
		fn.open(opIf)
		fn.step(n)
		fn.gets(o.Args)
		fn.core("trace:" + fn.reprs(o.Args))
		fn.close()
	case *ir.Meter:
		fn.meter(o.Fuel)
	default:
		panic(fmt.Sprintf("wasm: no translation of %T", op))
	}
}

func (fn *function) constant(o *ir.Const) {
	switch fn.f.Regs[o.Dst] {
	case guest.Number:
		fn.f64(o.Value.Number())
	case guest.Boolean:
		n := 0
		if o.Value.Bool() {
			n = 1
		}
		fn.i32(n)
	default:
		fn.i32(fn.constHandle(o.Value))
	}
	fn.set(o.Dst)
}

// box pushes a register as a handle.
func (fn *function) box(r ir.Reg) {
	fn.get(r)
	switch fn.f.Regs[r] {
	case guest.Number:
		fn.core("num")
	case guest.Boolean:
		fn.core("bool")
	}
}

func (fn *function) convert(o *ir.Convert) {
	fn.step(o.At())
	fn.get(o.Src)
	switch fn.f.Regs[o.Dst] {
	case guest.Number:
		fn.core("to_num")
		fn.numberOrFail(o.Dst)
	case guest.Boolean:
		fn.core("to_bool")
		fn.handleOrFail(o.Dst)
	default:
		fn.i32(int(guest.TypeCode(o.Type)))
		fn.core("convert")
		fn.handleOrFail(o.Dst)
	}
}

func (fn *function) compare(o *ir.Compare) {
	repr := fn.f.Regs[o.A]
	if repr == guest.Handle {
		fn.step(o.At())
		fn.i32(int(guest.OperatorCode(o.Op)))
		fn.get(o.A)
		fn.get(o.B)
		fn.core("compare")
		fn.handleOrFail(o.Dst)
		return
	}
	fn.get(o.A)
	fn.get(o.B)
	fn.op(compareOp(o.Op, repr))
	fn.set(o.Dst)
}

func compareOp(op flow.Operator, r guest.Repr) byte {
	number := r == guest.Number
	switch op {
	case flow.OpNotEqual, flow.OpUnidentical:
		if number {
			return opF64Ne
		}
		return opI32Ne
	case flow.OpAtLeast:
		return opF64Ge
	case flow.OpAtMost:
		return opF64Le
	case flow.OpMore:
		return opF64Gt
	case flow.OpLess:
		return opF64Lt
	}
	if number {
		return opF64Eq
	}
	return opI32Eq
}

// leave branches out of a block; try bodies on the way are closed first.
func (fn *function) leave(o *ir.Leave) {
	target := fn.label[o.Label]
	for i := len(fn.tries) - 1; i >= 0 && fn.tries[i] > target; i-- {
		fn.core("try_end")
	}
	fn.br(opBr, target)
}

func (fn *function) try(o *ir.Try) {
	fn.step(o.At())
	fn.core("try")
	after := fn.open(opBlock)
	saved := fn.fail
	fn.fail = fn.open(opBlock)
	fn.tries = append(fn.tries, fn.fail)
	fn.block(o.Body)
	fn.core("try_end")
	fn.br(opBr, after)
	fn.tries = fn.tries[:len(fn.tries)-1]
	fn.close()
	fn.fail = saved
	fn.step(o.At())
	fn.core("catch")
	fn.set(o.Err)
	fn.block(o.IfError)
	fn.close()
}

func (fn *function) callFlow(o *ir.Call) {
	if o.Enter {
		fn.step(o.At())
		fn.core("enter")
	}
	fn.getLocal(0)
	fn.gets(o.Args)
	fn.call(fn.flowIndex(o.Func))
	fn.teeLocal(fn.tmp)
	fn.set(o.Status)
	for i := len(o.Dsts) - 1; i >= 0; i-- {
		fn.set(o.Dsts[i])
	}
	fn.getLocal(fn.tmp)
	fn.i32(int(guest.StatusError))
	fn.op(opI32Eq)
	fn.br(opBrIf, fn.fail)
	if o.Enter {
		fn.core("leave")
	}
}

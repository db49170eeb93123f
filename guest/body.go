package guest

import "slices"

// Opcodes of compiled flows (core specification, "Binary Format: Instructions").
const (
	opBlock     = 0x02
	opLoop      = 0x03
	opIf        = 0x04
	opElse      = 0x05
	opEnd       = 0x0B
	opBr        = 0x0C
	opBrIf      = 0x0D
	opReturn    = 0x0F
	opCall      = 0x10
	opDrop      = 0x1A
	opSelect    = 0x1B
	opLocalGet  = 0x20
	opLocalSet  = 0x21
	opLocalTee  = 0x22
	opGlobalGet = 0x23
	opGlobalSet = 0x24
	opI32Const  = 0x41
	opI64Const  = 0x42
	opF64Const  = 0x44
	opI64LtS    = 0x53
	opI64Sub    = 0x7D
	opF64Sqrt   = 0x9F
	opF64Div    = 0xA3
	opMisc      = 0xFC // followed by a number
	miscTruncF  = 2    // i32.trunc_sat_f64_s
)

// operator is an instruction that pops In n times and pushes Out.
type operator struct {
	n       int
	in, out ValType
}

// operators lists the instructions without immediates that flows use. Integers
// of 64 bits occur in fuel sequences alone.
var operators = [256]operator{
	0x45: {1, I32, I32}, // i32.eqz
	0x46: {2, I32, I32}, // i32.eq
	0x47: {2, I32, I32}, // i32.ne
	0x48: {2, I32, I32}, // i32.lt_s
	0x4A: {2, I32, I32}, // i32.gt_s
	0x4C: {2, I32, I32}, // i32.le_s
	0x4E: {2, I32, I32}, // i32.ge_s
	0x61: {2, F64, I32}, // f64.eq
	0x62: {2, F64, I32}, // f64.ne
	0x63: {2, F64, I32}, // f64.lt
	0x64: {2, F64, I32}, // f64.gt
	0x65: {2, F64, I32}, // f64.le
	0x66: {2, F64, I32}, // f64.ge
	0x6A: {2, I32, I32}, // i32.add
	0x6B: {2, I32, I32}, // i32.sub
	0x71: {2, I32, I32}, // i32.and
	0x72: {2, I32, I32}, // i32.or
	0x73: {2, I32, I32}, // i32.xor
	0x99: {1, F64, F64}, // f64.abs
	0x9A: {1, F64, F64}, // f64.neg
	0x9B: {1, F64, F64}, // f64.ceil
	0x9C: {1, F64, F64}, // f64.floor
	0x9D: {1, F64, F64}, // f64.trunc
	0x9E: {1, F64, F64}, // f64.nearest
	0x9F: {1, F64, F64}, // f64.sqrt
	0xA0: {2, F64, F64}, // f64.add
	0xA1: {2, F64, F64}, // f64.sub
	0xA2: {2, F64, F64}, // f64.mul
	0xA3: {2, F64, F64}, // f64.div
	0xA4: {2, F64, F64}, // f64.min
	0xA5: {2, F64, F64}, // f64.max
	0xA6: {2, F64, F64}, // f64.copysign
	0xB7: {1, I32, F64}, // f64.convert_i32_s
}

// anyType is the type of an operand that unreachable code made up (core
// specification, appendix "Validation Algorithm": Unknown).
const anyType ValType = 0

// frame is one open block, loop, if or else, and the function body itself.
type frame struct {
	op          byte
	params      []ValType
	results     []ValType
	height      int  // operands below it
	unreachable bool // the rest of it cannot be reached
}

// label returns the types of the values that a branch to f carries.
func (f *frame) label() []ValType {
	if f.op == opLoop {
		return f.params
	}
	return f.results
}

// region is a stretch of code that one fuel sequence pays for.
type region struct {
	at    int // where it begins
	price int64
	work  Work
}

// body validates one function body: types by the algorithm of the core
// specification's appendix, the profile's bounds, and the metering rule.
type body struct {
	*reader
	v      *verifier
	locals []ValType
	stack  []ValType
	frames []frame
	opened []region // of the function and of each open loop

	blocks   int
	branches int
	merges   int // places where control flow meets
	operands int
}

// readCode validates all bodies.
func (v *verifier) readCode() error {
	r := v.sections.reader(v.wasm, idCode)
	n := v.sections.vector(r, idCode, "bodies", MaxFunctions)
	if n != len(v.funcs) && r.err == nil {
		r.invalid("%d bodies for %d functions", n, len(v.funcs))
	}
	if n > 0 && v.refuel < 0 {
		r.profile("refuel of %s is not imported", CoreModule)
	}
	// The buffers serve all bodies.
	b := &body{reader: &reader{data: v.wasm, part: r.part}, v: v}
	for i := 0; i < n && r.err == nil; i++ {
		r.mark()
		r.fn = len(v.m.Imports) + i
		size := r.u32()
		if size > MaxBody {
			r.profile("the body has %d bytes, more than %d", size, MaxBody)
		}
		r.bytes(size)
		end := r.pos
		if r.err != nil {
			break
		}
		b.pos, b.end, b.fn = end-int(size), end, r.fn
		b.check(v.types[v.funcs[i]])
		if b.err != nil {
			return b.err
		}
		v.callEnds = append(v.callEnds, len(v.calls))
		v.m.CodeBytes += int(size)
		v.m.MaxBody = max(v.m.MaxBody, int(size))
	}
	r.fn = -1
	return r.done()
}

func (b *body) check(sig Signature) {
	b.mark()
	b.stack, b.opened = b.stack[:0], b.opened[:0]
	b.blocks, b.branches, b.merges, b.operands = 0, 0, 0, 0
	b.pass(sig)
	b.readLocals(sig)
	b.frames = append(b.frames[:0], frame{op: opBlock, results: sig.Results})
	b.openRegion()
	for b.err == nil && len(b.frames) > 0 {
		b.mark()
		op := b.byte()
		// An else belongs to the region like any other instruction; so does the end
		// of a loop, which closes it.
		b.opened[len(b.opened)-1].work.Add(op)
		b.instruction(op)
	}
	b.mark()
	if b.left() > 0 && b.err == nil {
		b.invalid("%d bytes behind the end of the body", b.left())
	}
	b.charge()
}

// charge applies the bounds on what the runtime's compiler will have to do.
func (b *body) charge() {
	b.at = b.end
	merges := b.merges * len(b.locals)
	if merges > MaxMerges {
		b.profile("%d places where control flow meets, times %d locals, is more than %d", b.merges, len(b.locals), MaxMerges)
	}
	b.v.merges += merges
	if b.v.merges > MaxModuleMerges {
		b.profile("the module has more places where control flow meets, times locals, than %d", MaxModuleMerges)
	}
}

// pass counts the values that a call or block moves, before they are.
func (b *body) pass(s Signature) {
	n := len(s.Params) + len(s.Results)
	b.operands += n
	b.v.operands += n
	if b.operands > MaxOperands {
		b.profile("calls and blocks pass more than %d values", MaxOperands)
	}
	if b.v.operands > MaxModuleOperands {
		b.profile("calls and blocks of the module pass more than %d values", MaxModuleOperands)
	}
}

func (b *body) readLocals(sig Signature) {
	b.locals = append(b.locals[:0], sig.Params...)
	for range b.count("groups of locals", MaxLocals) {
		b.mark()
		n := b.u32()
		t := b.valType()
		if b.err != nil {
			return
		}
		if int64(len(b.locals))+int64(n) > MaxLocals {
			b.profile("more than %d parameters and locals", MaxLocals)
			return
		}
		for range n {
			b.locals = append(b.locals, t)
		}
	}
}

// instruction validates one instruction whose opcode was read.
func (b *body) instruction(op byte) {
	switch op {
	case opBlock, opLoop, opIf:
		if op == opIf {
			b.pop(I32)
		}
		params, results := b.blockType()
		b.popAll(params)
		b.open(op, params, results)
	case opElse:
		b.elseBranch()
	case opEnd:
		b.endBlock()
	case opBr, opBrIf:
		if op == opBrIf {
			b.pop(I32)
		}
		b.branch(op)
	case opReturn:
		b.branches += 1 + 2*len(b.frames[0].results)
		b.checkBranches()
		b.popAll(b.frames[0].results)
		b.setUnreachable()
	case opCall:
		b.call()
	case opDrop:
		b.popAny()
	case opSelect:
		b.pop(I32)
		t, u := b.popAny(), b.popAny()
		if t == anyType {
			t = u
		}
		if u != anyType && u != t {
			b.invalid("select between two types")
		}
		b.push(t)
	case opLocalGet, opLocalSet, opLocalTee:
		t := b.local()
		if op != opLocalGet {
			b.pop(t)
		}
		if op != opLocalSet {
			b.push(t)
		}
	case opI32Const:
		b.signed(32)
		b.push(I32)
	case opF64Const:
		b.bytes(8)
		b.push(F64)
	case opGlobalGet, opGlobalSet:
		b.profile("the fuel counter is touched outside a fuel sequence")
	case opMisc:
		if sub := b.u32(); sub != miscTruncF {
			b.profile("instruction 0xfc %d is not one of a flow", sub)
		}
		b.pop(F64)
		b.push(I32)
	default:
		o := operators[op]
		if o.n == 0 {
			b.profile("instruction 0x%02x is not one of a flow", op)
			return
		}
		for range o.n {
			b.pop(o.in)
		}
		b.push(o.out)
	}
}

// blockType reads the type of a block: empty, one value, or a type of the type
// section.
func (b *body) blockType() (params, results []ValType) {
	t := b.signed(33)
	switch {
	case b.err != nil || t == -64:
		return nil, nil
	case t < 0:
		v := ValType(t & 0x7F)
		b.checkValType(v)
		return nil, []ValType{v}
	case t >= int64(len(b.v.types)):
		b.invalid("type %d does not exist", t)
		return nil, nil
	}
	s := b.v.types[t]
	b.pass(s)
	return s.Params, s.Results
}

func (b *body) open(op byte, params, results []ValType) {
	b.blocks++
	b.merges++
	if b.blocks > MaxBlocks {
		b.profile("more than %d blocks, loops and ifs", MaxBlocks)
	}
	if len(b.frames) > MaxNesting {
		b.profile("blocks are nested deeper than %d", MaxNesting)
	}
	b.frames = append(b.frames, frame{op: op, params: params, results: results, height: len(b.stack)})
	b.pushAll(params)
	if op == opLoop {
		if len(b.opened) > MaxLoopNesting {
			b.profile("loops are nested deeper than %d", MaxLoopNesting)
		}
		b.openRegion()
	}
}

func (b *body) elseBranch() {
	f := b.top()
	if f.op != opIf {
		b.invalid("else without if")
		return
	}
	b.closeFrame(f)
	f.op, f.unreachable = opElse, false
	b.pushAll(f.params)
}

func (b *body) endBlock() {
	f := b.top()
	b.closeFrame(f)
	if f.op == opIf && !(Signature{Params: f.params}).equal(Signature{Params: f.results}) {
		b.invalid("an if without else leaves other values than it takes")
	}
	if f.op == opLoop {
		b.closeRegion()
	}
	results := f.results
	b.frames = b.frames[:len(b.frames)-1]
	if len(b.frames) == 0 {
		b.closeRegion()
		return
	}
	b.pushAll(results)
}

// closeFrame requires exactly the results of f on the stack and takes them.
func (b *body) closeFrame(f *frame) {
	b.popAll(f.results)
	if len(b.stack) != f.height {
		b.invalid("%d values too many at the end of a block", len(b.stack)-f.height)
	}
}

func (b *body) branch(op byte) {
	n := b.u32()
	if b.err != nil {
		return
	}
	if int64(n) >= int64(len(b.frames)) {
		b.invalid("branch to label %d of %d", n, len(b.frames))
		return
	}
	f := &b.frames[len(b.frames)-1-int(n)]
	types := f.label()
	if f.op == opLoop {
		b.merges += 2
	}
	b.branches += 1 + 2*len(types)
	b.checkBranches()
	b.popAll(types)
	if op == opBr {
		b.setUnreachable()
		return
	}
	b.pushAll(types)
}

func (b *body) checkBranches() {
	if b.branches > MaxBranches {
		b.profile("more than %d branches, values that they carry counted twice", MaxBranches)
	}
}

func (b *body) call() {
	n := b.u32()
	if b.err != nil {
		return
	}
	imports := len(b.v.m.Imports)
	switch {
	case int64(n) >= int64(b.v.functions()):
		b.invalid("call of function %d, which does not exist", n)
		return
	case int(n) == b.v.refuel:
		b.profile("refuel is called outside a fuel sequence")
		return
	case int(n) >= imports:
		b.v.calls = append(b.v.calls, n-uint32(imports))
	default:
		b.opened[len(b.opened)-1].work.Call(&b.v.m.Imports[n])
	}
	s := b.v.signature(n)
	b.pass(s)
	b.popAll(s.Params)
	b.pushAll(s.Results)
}

func (b *body) local() ValType {
	n := b.u32()
	if int64(n) >= int64(len(b.locals)) {
		b.invalid("local %d of %d", n, len(b.locals))
		return anyType
	}
	return b.locals[n]
}

func (b *body) top() *frame { return &b.frames[len(b.frames)-1] }

func (b *body) push(t ValType) {
	if len(b.stack) >= MaxStack {
		b.fullStack()
		return
	}
	b.stack = append(b.stack, t)
}

func (b *body) fullStack() { b.profile("more than %d operands on the stack", MaxStack) }

func (b *body) pushAll(ts []ValType) {
	if len(b.stack)+len(ts) > MaxStack {
		b.fullStack()
		return
	}
	b.stack = append(b.stack, ts...)
}

// popAny takes the top operand. In unreachable code, where a block's own
// operands are used up, there is always one more, of any type.
func (b *body) popAny() ValType {
	f := b.top()
	if len(b.stack) == f.height {
		if !f.unreachable {
			b.invalid("an operand is missing")
		}
		return anyType
	}
	t := b.stack[len(b.stack)-1]
	b.stack = b.stack[:len(b.stack)-1]
	return t
}

func (b *body) pop(want ValType) {
	if got := b.popAny(); got != want && got != anyType && want != anyType {
		b.invalid("an operand of type 0x%02x where 0x%02x is needed", byte(got), byte(want))
	}
}

func (b *body) popAll(ts []ValType) {
	rest := len(b.stack) - len(ts)
	if rest >= b.top().height && slices.Equal(b.stack[rest:], ts) {
		b.stack = b.stack[:rest]
		return
	}
	for i := len(ts) - 1; i >= 0; i-- {
		b.pop(ts[i])
	}
}

// setUnreachable drops the operands of the innermost block: what follows in it
// is never run.
func (b *body) setUnreachable() {
	f := b.top()
	b.stack = b.stack[:f.height]
	f.unreachable = true
}

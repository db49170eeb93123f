package wasmtest

import (
	"encoding/binary"
	"math"

	"github.com/weirflow/weir/guest"
)

// Instr is one instruction: its opcode byte and its immediates as the binary
// format encodes them. A call keeps the function it calls and is encoded when
// the module is.
type Instr struct {
	Op  byte
	Imm []byte
	fn  Ref // of a call
}

// Code is a sequence of instructions. Its methods append one instruction each
// and return the longer sequence, so that bodies read as chains. A function
// body does not need its final end: Module.Bytes adds it.
type Code []Instr

// Ref names a function of a Module before its index is known.
type Ref struct {
	index   int
	defined bool
}

// Opcodes that tests name; the numbers are those of the WebAssembly core
// specification, "Binary Format: Instructions".
const (
	OpUnreachable  = 0x00
	OpNop          = 0x01
	OpBlock        = 0x02
	OpLoop         = 0x03
	OpIf           = 0x04
	OpElse         = 0x05
	OpEnd          = 0x0B
	OpBr           = 0x0C
	OpBrIf         = 0x0D
	OpBrTable      = 0x0E
	OpReturn       = 0x0F
	OpCall         = 0x10
	OpCallIndirect = 0x11
	OpDrop         = 0x1A
	OpSelect       = 0x1B
	OpLocalGet     = 0x20
	OpLocalSet     = 0x21
	OpLocalTee     = 0x22
	OpGlobalGet    = 0x23
	OpGlobalSet    = 0x24
	OpMemorySize   = 0x3F
	OpMemoryGrow   = 0x40
	OpI32Const     = 0x41
	OpI64Const     = 0x42
	OpF64Const     = 0x44
	OpI32Eqz       = 0x45
	OpI32Eq        = 0x46
	OpI32LtS       = 0x48
	OpI64LtS       = 0x53
	OpF64Lt        = 0x63
	OpI32Add       = 0x6A
	OpI32Sub       = 0x6B
	OpI32Xor       = 0x73
	OpI64Add       = 0x7C
	OpI64Sub       = 0x7D
	OpF64Sqrt      = 0x9F
	OpF64Add       = 0xA0
	OpF64Mul       = 0xA2
	OpF64Div       = 0xA3
	OpF64ConvertI  = 0xB7
	OpMisc         = 0xFC
)

// Block types for Block, Loop and If.
const (
	Empty     int64 = -64 // no parameters, no results
	ResultI32 int64 = -1
	ResultI64 int64 = -2
	ResultF64 int64 = -4
)

// Op appends an instruction without immediates.
func (c Code) Op(ops ...byte) Code {
	for _, op := range ops {
		c = append(c, Instr{Op: op})
	}
	return c
}

// Raw appends an instruction with immediates as they are.
func (c Code) Raw(op byte, imm ...byte) Code { return append(c, Instr{Op: op, Imm: imm}) }

// I32 appends i32.const.
func (c Code) I32(v int32) Code { return c.Raw(OpI32Const, Sleb(int64(v))...) }

// I64 appends i64.const.
func (c Code) I64(v int64) Code { return c.Raw(OpI64Const, Sleb(v)...) }

// F64 appends f64.const.
func (c Code) F64(v float64) Code {
	return c.Raw(OpF64Const, binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))...)
}

// Get appends local.get.
func (c Code) Get(local int) Code { return c.Raw(OpLocalGet, Uleb(uint64(local))...) }

// Set appends local.set.
func (c Code) Set(local int) Code { return c.Raw(OpLocalSet, Uleb(uint64(local))...) }

// Tee appends local.tee.
func (c Code) Tee(local int) Code { return c.Raw(OpLocalTee, Uleb(uint64(local))...) }

// Call appends a call.
func (c Code) Call(f Ref) Code { return append(c, Instr{Op: OpCall, fn: f}) }

// Block appends block with a block type: Empty, ResultI32, … or the index of a
// type of the module.
func (c Code) Block(bt int64) Code { return c.Raw(OpBlock, Sleb(bt)...) }

// Loop appends loop.
func (c Code) Loop(bt int64) Code { return c.Raw(OpLoop, Sleb(bt)...) }

// If appends if.
func (c Code) If(bt int64) Code { return c.Raw(OpIf, Sleb(bt)...) }

// Else appends else.
func (c Code) Else() Code { return c.Op(OpElse) }

// End appends end.
func (c Code) End() Code { return c.Op(OpEnd) }

// Br appends br.
func (c Code) Br(label int) Code { return c.Raw(OpBr, Uleb(uint64(label))...) }

// BrIf appends br_if.
func (c Code) BrIf(label int) Code { return c.Raw(OpBrIf, Uleb(uint64(label))...) }

// Join appends other sequences.
func (c Code) Join(more ...Code) Code {
	for _, m := range more {
		c = append(c, m...)
	}
	return c
}

// Repeat appends n copies of body.
func (c Code) Repeat(n int, body Code) Code {
	for range n {
		c = append(c, body...)
	}
	return c
}

// FuelSequence returns the check that charges n units (guest.Verify's metering
// rule), for the global with index 0.
func FuelSequence(n int64, refuel Ref) Code {
	zero := Uleb(0)
	return Code{}.
		Raw(OpGlobalGet, zero...).I64(n).Op(OpI64Sub).Raw(OpGlobalSet, zero...).
		Raw(OpGlobalGet, zero...).I64(0).Op(OpI64LtS).
		If(Empty).
		Raw(OpGlobalGet, zero...).Call(refuel).Raw(OpGlobalSet, zero...).
		End()
}

// meter returns body with a fuel sequence at its start and at the start of every
// loop in it, each charging the least that Verify accepts for its region, times
// Scale.
func (m *Module) meter(body Code) Code {
	type region struct {
		start, depth int
		work         guest.Work
	}
	var (
		open   = []region{{}}
		prices = map[int]int64{} // by start of the region
		depth  int
		scale  = max(m.Scale, 1)
	)
	for i, in := range body {
		top := &open[len(open)-1]
		top.work.Add(in.Op)
		switch in.Op {
		case OpCall:
			if in.Imm == nil && !in.fn.defined {
				top.work.Call(m.imported(in.fn))
			}
		case OpLoop:
			depth++
			open = append(open, region{start: i + 1, depth: depth})
		case OpBlock, OpIf:
			depth++
		case OpEnd:
			if len(open) > 1 && top.depth == depth {
				prices[top.start] = top.work.Fuel()
				open = open[:len(open)-1]
			}
			depth--
		}
	}
	open[0].work.Add(OpEnd) // the function's own end
	prices[0] = open[0].work.Fuel()
	var out Code
	for i := range len(body) + 1 {
		if price, ok := prices[i]; ok {
			out = out.Join(FuelSequence(scale*price, m.refuel))
		}
		if i < len(body) {
			out = append(out, body[i])
		}
	}
	return out
}

// Uleb encodes v as unsigned LEB128.
func Uleb(v uint64) []byte { return binary.AppendUvarint(nil, v) }

// Sleb encodes v as signed LEB128.
func Sleb(v int64) []byte {
	var out []byte
	for {
		b := byte(v & 0x7F)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

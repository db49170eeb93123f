package wasm

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Text prints a module of the kind that Encode makes in the WebAssembly text
// format; custom sections other than names are left out. Bytes that are no such
// module are module.invalid.
func Text(module []byte) (text string, err error) {
	r := &reader{b: module}
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(badModule); !ok {
				panic(p)
			}
			err = flow.Errorf(flow.CodeModuleInvalid, "not a module that can be printed, at byte %d", r.pos)
		}
	}()
	t := &disassembler{reader: r, names: map[int]string{}}
	t.module()
	return t.out.String(), nil
}

type badModule struct{}

// reader reads the binary format and panics with badModule where it ends.
type reader struct {
	b   []byte
	pos int
}

func (r *reader) byte() byte {
	if r.pos >= len(r.b) {
		panic(badModule{})
	}
	r.pos++
	return r.b[r.pos-1]
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b)-r.pos {
		panic(badModule{})
	}
	r.pos += n
	return r.b[r.pos-n : r.pos]
}

func (r *reader) u32() int {
	n, w := binary.Uvarint(r.b[r.pos:])
	if w <= 0 || n > math.MaxUint32 {
		panic(badModule{})
	}
	r.pos += w
	return int(n)
}

func (r *reader) s64() int64 {
	var n int64
	for shift := uint(0); shift < 70; shift += 7 {
		c := r.byte()
		n |= int64(c&0x7F) << min(shift, 63)
		if c&0x80 == 0 {
			if shift < 57 && c&0x40 != 0 {
				n |= -1 << (shift + 7)
			}
			return n
		}
	}
	panic(badModule{})
}

func (r *reader) name() string { return string(r.bytes(r.u32())) }

type disassembler struct {
	*reader
	out     strings.Builder
	types   []guest.Signature
	funcs   []int // type of every function, imports first
	imports [][2]string
	exports []string
	names   map[int]string
	bodies  [][]byte
}

func (t *disassembler) module() {
	if string(t.bytes(8)) != "\x00asm\x01\x00\x00\x00" {
		panic(badModule{})
	}
	for t.pos < len(t.b) {
		id := t.byte()
		body := t.bytes(t.u32())
		saved := t.reader
		t.reader = &reader{b: body}
		t.section(id)
		t.reader = saved
	}
	t.print()
}

func (t *disassembler) section(id byte) {
	switch id {
	case secCustom:
		if t.name() == "name" {
			t.nameSection()
		}
	case secType:
		for range t.u32() {
			t.byte()
			var s guest.Signature
			for _, c := range t.bytes(t.u32()) {
				s.Params = append(s.Params, guest.ValType(c))
			}
			for _, c := range t.bytes(t.u32()) {
				s.Results = append(s.Results, guest.ValType(c))
			}
			t.types = append(t.types, s)
		}
	case secImport:
		for range t.u32() {
			mod, field := t.name(), t.name()
			if t.byte() != 0 {
				panic(badModule{})
			}
			t.imports = append(t.imports, [2]string{mod, field})
			t.funcs = append(t.funcs, t.u32())
		}
	case secFunction:
		for range t.u32() {
			t.funcs = append(t.funcs, t.u32())
		}
	case secExport:
		for range t.u32() {
			name, kind, index := t.name(), t.byte(), t.u32()
			word := "func"
			if kind == 3 {
				word = "global"
			}
			t.exports = append(t.exports, fmt.Sprintf("  (export %s (%s %d))\n", strconv.Quote(name), word, index))
		}
	case secCode:
		for range t.u32() {
			t.bodies = append(t.bodies, t.bytes(t.u32()))
		}
	}
}

func (t *disassembler) nameSection() {
	for t.pos < len(t.b) {
		id, sub := t.byte(), t.bytes(t.u32())
		if id != 1 {
			continue
		}
		r := &reader{b: sub}
		for range r.u32() {
			i := r.u32()
			t.names[i] = r.name()
		}
	}
}

func (t *disassembler) signature(index int) string {
	if index >= len(t.types) {
		panic(badModule{})
	}
	var b strings.Builder
	word := func(kind string, ts []guest.ValType) {
		if len(ts) == 0 {
			return
		}
		b.WriteString(" (" + kind)
		for _, v := range ts {
			b.WriteString(" " + typeName(v))
		}
		b.WriteString(")")
	}
	word("param", t.types[index].Params)
	word("result", t.types[index].Results)
	return b.String()
}

func typeName(v guest.ValType) string {
	switch v {
	case guest.I32:
		return "i32"
	case guest.I64:
		return "i64"
	}
	return "f64"
}

func (t *disassembler) print() {
	t.out.WriteString("(module\n")
	for i, im := range t.imports {
		fmt.Fprintf(&t.out, "  (import %q %q (func (;%d;)%s))\n", im[0], im[1], i, t.signature(t.funcs[i]))
	}
	t.out.WriteString("  (global (;0;) (mut i64) (i64.const 0))\n")
	for _, e := range t.exports {
		t.out.WriteString(e)
	}
	for i, body := range t.bodies {
		index := len(t.imports) + i
		if index >= len(t.funcs) {
			panic(badModule{})
		}
		fmt.Fprintf(&t.out, "  (func (;%d;)%s ;; %s\n", index, t.signature(t.funcs[index]), t.names[index])
		t.function(body)
		t.out.WriteString("  )\n")
	}
	t.out.WriteString(")\n")
}

var plainOps = map[byte]string{
	opElse: "else", opReturn: "return", opDrop: "drop", opI32Eqz: "i32.eqz", opI32Eq: "i32.eq", opI32Ne: "i32.ne",
	opI32LtS: "i32.lt_s", opI32GeS: "i32.ge_s", opI32Add: "i32.add", opI64LtS: "i64.lt_s", opF64Eq: "f64.eq", opF64Ne: "f64.ne", opF64Lt: "f64.lt", opF64Gt: "f64.gt",
	opF64Le: "f64.le", opF64Ge: "f64.ge", opI32And: "i32.and", opI32Or: "i32.or", opI32Xor: "i32.xor", opI64Sub: "i64.sub",
	opF64Abs: "f64.abs", opF64Neg: "f64.neg", opF64Ceil: "f64.ceil", opF64Floor: "f64.floor", opF64Sqrt: "f64.sqrt",
	opF64Add: "f64.add", opF64Sub: "f64.sub", opF64Mul: "f64.mul", opF64Div: "f64.div", opF64Min: "f64.min", opF64Max: "f64.max",
}

var indexOps = map[byte]string{
	opBr: "br", opBrIf: "br_if", opLocalGet: "local.get", opLocalSet: "local.set", opLocalTee: "local.tee",
	opGlobalGet: "global.get", opGlobalSet: "global.set",
}

func (t *disassembler) function(body []byte) {
	r := &reader{b: body}
	for range r.u32() {
		n, v := r.u32(), guest.ValType(r.byte())
		fmt.Fprintf(&t.out, "    (local%s)\n", strings.Repeat(" "+typeName(v), min(n, 5000)))
	}
	indent := 2
	for r.pos < len(r.b) {
		op := r.byte()
		if op == opEnd || op == opElse {
			indent--
		}
		if op == opEnd && indent < 2 {
			return
		}
		t.out.WriteString(strings.Repeat("  ", max(indent, 0)))
		switch op {
		case opBlock, opLoop, opIf:
			r.byte()
			t.out.WriteString(map[byte]string{opBlock: "block", opLoop: "loop", opIf: "if"}[op])
			indent++
		case opEnd:
			t.out.WriteString("end")
		case opCall:
			i := r.u32()
			fmt.Fprintf(&t.out, "call %d ;; %s", i, t.names[i])
		case opI32Const:
			fmt.Fprintf(&t.out, "i32.const %d", r.s64())
		case opI64Const:
			fmt.Fprintf(&t.out, "i64.const %d", r.s64())
		case opF64Const:
			fmt.Fprintf(&t.out, "f64.const %v", math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8))))
		default:
			if name, ok := indexOps[op]; ok {
				fmt.Fprintf(&t.out, "%s %d", name, r.u32())
			} else if name, ok := plainOps[op]; ok {
				t.out.WriteString(name)
				if op == opElse {
					indent++
				}
			} else {
				panic(badModule{})
			}
		}
		t.out.WriteByte('\n')
	}
}

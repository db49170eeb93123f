// Package wasm turns metered IR into the bytes of a WebAssembly module. encode.go
// knows the binary format, function.go the translation of operations, module.go
// puts the sections together, wat.go prints a module as text.
package wasm

import (
	"encoding/binary"
	"math"
)

// The instructions that compiled flows are made of (WebAssembly Core 5.4).
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
	opLocalGet  = 0x20
	opLocalSet  = 0x21
	opLocalTee  = 0x22
	opGlobalGet = 0x23
	opGlobalSet = 0x24
	opI32Const  = 0x41
	opI64Const  = 0x42
	opF64Const  = 0x44
	opI32Eqz    = 0x45
	opI32Eq     = 0x46
	opI32Ne     = 0x47
	opI32LtS    = 0x48
	opI32GeS    = 0x4E
	opI32Add    = 0x6A
	opI64LtS    = 0x53
	opF64Eq     = 0x61
	opF64Ne     = 0x62
	opF64Lt     = 0x63
	opF64Gt     = 0x64
	opF64Le     = 0x65
	opF64Ge     = 0x66
	opI32And    = 0x71
	opI32Or     = 0x72
	opI32Xor    = 0x73
	opI64Sub    = 0x7D
	opF64Abs    = 0x99
	opF64Neg    = 0x9A
	opF64Ceil   = 0x9B
	opF64Floor  = 0x9C
	opF64Sqrt   = 0x9F
	opF64Add    = 0xA0
	opF64Sub    = 0xA1
	opF64Mul    = 0xA2
	opF64Div    = 0xA3
	opF64Min    = 0xA4
	opF64Max    = 0xA5
)

const (
	blockEmpty = 0x40
	funcForm   = 0x60
)

// Section ids.
const (
	secCustom   = 0
	secType     = 1
	secImport   = 2
	secFunction = 3
	secGlobal   = 6
	secExport   = 7
	secCode     = 10
)

// writer collects bytes in the binary format.
type writer struct{ b []byte }

func (w *writer) byte(b byte) { w.b = append(w.b, b) }

func (w *writer) u32(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *writer) s64(n int64) {
	for {
		c := byte(n & 0x7F)
		n >>= 7
		if n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			w.b = append(w.b, c)
			return
		}
		w.b = append(w.b, c|0x80)
	}
}

func (w *writer) f64(f float64) { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(f)) }

func (w *writer) name(s string) {
	w.u32(len(s))
	w.b = append(w.b, s...)
}

// section appends a section whose content is body.
func (w *writer) section(id byte, body *writer) {
	w.byte(id)
	w.u32(len(body.b))
	w.b = append(w.b, body.b...)
}

// custom appends a custom section.
func (w *writer) custom(name string, content []byte) {
	var body writer
	body.name(name)
	body.b = append(body.b, content...)
	w.section(secCustom, &body)
}

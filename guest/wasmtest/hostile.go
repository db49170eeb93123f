package wasmtest

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/weirflow/weir/guest"
)

// Generate makes a module by name: testdata/hostile names generators where the
// module is too large, or too tied to the ABI, for a file. arg is a number (0 if
// empty) or, for the generators in variants, the name of a change to a valid
// module. It returns nil for what it does not know.
func Generate(name, arg string) []byte {
	if changes, ok := variants[name]; ok {
		if change, ok := changes[arg]; ok {
			return with(change)
		}
		return nil
	}
	n, err := strconv.Atoi(arg)
	g := generators[name]
	if g == nil || err != nil && arg != "" {
		return nil
	}
	return g(n)
}

// null leaves the handle of null: the shortest body of a flow.
var null = Code{}.I32(guest.HandleNull)

// flowOf is Flow for a body that needs nothing from the module.
func flowOf(body Code, locals ...guest.ValType) *Module {
	return Flow(func(*Module) Code { return body }, locals...)
}

// rawFlow is a flow whose body is encoded without metering.
func rawFlow(body func(m *Module) Code, locals ...guest.ValType) []byte {
	m := Flow(body, locals...)
	m.Funcs[0].Raw = true
	return m.Bytes()
}

// with returns the bytes of a valid flow after change.
func with(change func(m *Module)) []byte {
	m := flowOf(null)
	change(m)
	return m.Bytes()
}

func section(id byte, content ...byte) []byte {
	return with(func(m *Module) { m.Sections = append(m.Sections, Section{ID: id, Content: content}) })
}

func raw(metered bool, m *Module) []byte {
	for i := range m.Funcs {
		m.Funcs[i].Raw = !metered
	}
	return m.Bytes()
}

func locals(n int) []guest.ValType { return slices.Repeat([]guest.ValType{guest.I32}, n) }

var nothing = guest.Signature{}

var generators = map[string]func(n int) []byte{
	"valid": func(int) []byte { return flowOf(null).Bytes() },

	// Programs that do not end. With n = 1 they are metered: Verify takes them
	// and the run ends with limit.fuel.
	"endless-loop": func(n int) []byte { return raw(n == 1, flowOf(Code{}.Loop(Empty).Br(0).End().I32(0))) },
	"call-bomb":    func(n int) []byte { return raw(n == 1, callBomb(50)) },
	"loop-bomb": func(n int) []byte { // 12 loops of 1,000 turns inside each other
		var body Code
		for i := range 12 {
			body = body.I32(1000).Set(1 + i).Loop(Empty)
		}
		for i := 11; i >= 0; i-- {
			body = body.Get(1 + i).I32(1).Op(OpI32Sub).Tee(1 + i).BrIf(0).End()
		}
		return raw(n == 1, flowOf(body.I32(0), locals(12)...))
	},
	"recursion": func(int) []byte {
		return flowOf(Code{}).with(func(m *Module) { m.Funcs[0].Body = Code{}.Get(0).Call(m.Func(0)) })
	},
	"mutual-recursion": func(n int) []byte {
		m := flowOf(null)
		for i := range n {
			m.AddFunc(Func{Body: Code{}.Call(m.Func(1 + (i+1)%n))})
		}
		return m.Bytes()
	},
	"call-chain": func(n int) []byte {
		m := New()
		m.AddFlow("main", nil, Code{}.Call(m.Func(1)).I32(0))
		for i := range n - 1 {
			body := Code{}
			if i < n-2 {
				body = body.Call(m.Func(i + 2))
			}
			m.AddFunc(Func{Body: body})
		}
		return m.Bytes()
	},

	// Metering that is missing, too cheap or forged.
	"unmetered-function": func(int) []byte { return rawFlow(func(*Module) Code { return null }) },
	"unmetered-loop": func(int) []byte {
		return rawFlow(func(m *Module) Code { return FuelSequence(1, m.refuel).Loop(Empty).End().I32(0) })
	},
	"underpriced": func(n int) []byte {
		return rawFlow(func(m *Module) Code {
			return FuelSequence(int64(n), m.refuel).Repeat(50, Code{}.I32(0).Op(OpDrop)).I32(0)
		})
	},
	"underpriced-calls": func(n int) []byte { // ten host calls, 20 other instructions and the end
		return rawFlow(func(m *Module) Code {
			return FuelSequence(int64(n), m.refuel).Repeat(10, Code{}.I32(0).Call(m.Core("config")).Op(OpDrop)).I32(0)
		})
	},
	"underpriced-loop": func(n int) []byte {
		return rawFlow(func(m *Module) Code {
			body := FuelSequence(int64(n), m.refuel).Repeat(50, Code{}.I32(0).Op(OpDrop))
			return FuelSequence(100, m.refuel).Loop(Empty).Join(body).End().I32(0)
		})
	},
	"price": func(n int) []byte { // any price on the shortest body; 0 stands for 2^32+1
		price := int64(n)
		if n == 0 {
			price = guest.MaxPrice + 1
		}
		return rawFlow(func(m *Module) Code { return FuelSequence(price, m.refuel).I32(0) })
	},
	"fuel-written":      func(int) []byte { return flowOf(Code{}.I64(1<<40).Raw(OpGlobalSet, 0).I32(0)).Bytes() },
	"fuel-read":         func(int) []byte { return flowOf(Code{}.Raw(OpGlobalGet, 0).Op(OpDrop).I32(0)).Bytes() },
	"refuel-called":     func(int) []byte { return Flow(refuelCalled).Bytes() },
	"fuel-jumped-over":  func(int) []byte { return rawFlow(jumpedOver) },
	"fuel-in-else":      func(int) []byte { return rawFlow(inElse) },
	"fuel-not-checked":  func(int) []byte { return rawFlow(notChecked) },
	"fuel-other-import": func(int) []byte { return rawFlow(otherRefuel) },
	"fuel-variant":      fuelVariant,
	"no-refuel": func(int) []byte {
		return with(func(m *Module) { m.Imports = nil; m.Funcs[0].Raw = true })
	},
	"fuel-constant":   func(int) []byte { return with(func(m *Module) { m.GlobalSection[2] = 0 }) },
	"fuel-preset":     func(int) []byte { return with(func(m *Module) { m.GlobalSection[4] = 1 }) },
	"fuel-i32":        func(int) []byte { return with(func(m *Module) { m.GlobalSection[1] = byte(guest.I32) }) },
	"fuel-missing":    func(int) []byte { return with(func(m *Module) { m.GlobalSection = nil; m.Exports = m.Exports[1:] }) },
	"fuel-unexported": func(int) []byte { return with(func(m *Module) { m.Exports = m.Exports[1:] }) },
	"fuel-alias": func(int) []byte {
		return with(func(m *Module) { m.Exports = append(m.Exports, Export{Name: "fuel2", Kind: KindGlobal}) })
	},
	"second-global": func(int) []byte {
		return with(func(m *Module) {
			m.GlobalSection = append([]byte{2}, slices.Repeat(m.GlobalSection[1:], 2)...)
		})
	},

	// State and code that flows do not have.
	"memory": func(n int) []byte { // one page, or n = 1: the most pages there are
		if n == 1 {
			return section(5, append([]byte{1, 0}, Uleb(65536)...)...)
		}
		return section(5, 1, 0, 1)
	},
	"table":       func(int) []byte { return section(4, append([]byte{1, 0x70, 0}, Uleb(1<<27)...)...) },
	"start":       func(int) []byte { return section(8, 1) },
	"element":     func(int) []byte { return section(9, 1, 1, 0, 0) },
	"data":        func(n int) []byte { return section(11, append(Uleb(uint64(n)), bytes.Repeat([]byte{1, 0}, n)...)...) },
	"data-count":  func(int) []byte { return section(12, 0) },
	"tag":         func(int) []byte { return section(13, 1, 0, 0) },
	"section-id":  func(n int) []byte { return append(flowOf(null).Bytes(), byte(n), 0) },
	"custom":      func(n int) []byte { return custom("padding", make([]byte, n)) },
	"custom-many": func(n int) []byte { return customMany(n) },
	"producers-twice": func(int) []byte {
		return with(func(m *Module) { m.Sections = slices.Repeat([]Section{{Name: "producers", Content: []byte{0}}}, 2) })
	},
	"opcode": func(n int) []byte { return flowOf(append(Code{}, Instr{Op: byte(n)}).I32(0)).Bytes() },
	"instruction": func(n int) []byte { // 0xFC n: bulk memory and its like
		return flowOf(Code{}.F64(0).Raw(OpMisc, Uleb(uint64(n))...)).Bytes()
	},
	"memory-grow": func(int) []byte { return flowOf(Code{}.I32(1).Raw(OpMemoryGrow, 0)).Bytes() },
	"v128-local":  func(int) []byte { return flowOf(null, 0x7B).Bytes() },
	"f32-block":   func(int) []byte { return flowOf(Code{}.Block(-3).End()).Bytes() },

	// Compile bombs.
	"chained-ifs": func(n int) []byte {
		return flowOf(Code{}.Repeat(n, Code{}.Get(1).If(Empty).Get(2).Set(3).End()).I32(0), locals(1000)...).Bytes()
	},
	"chained-ifs-few-locals": func(n int) []byte {
		return flowOf(Code{}.Repeat(n, Code{}.Get(1).If(Empty).Get(2).Set(3).End()).I32(0), locals(3)...).Bytes()
	},
	"many-merges": func(n int) []byte { // functions that each are within the bounds
		m := flowOf(null)
		body := Code{}.Repeat(100, Code{}.Get(1).If(Empty).Get(2).Set(3).End())
		for range n {
			m.AddFunc(Func{Locals: locals(1000), Body: body})
		}
		return m.Bytes()
	},
	"nested-blocks": func(n int) []byte {
		body := Code{}.Repeat(n, Code{}.Block(Empty)).Repeat(n, Code{}.End())
		return flowOf(body.I32(0)).Bytes()
	},
	"nested-loops": func(n int) []byte {
		body := Code{}.Repeat(n, Code{}.Loop(Empty)).Repeat(n, Code{}.End())
		return flowOf(body.I32(0)).Bytes()
	},
	"blocks":   func(n int) []byte { return flowOf(Code{}.Repeat(n, Code{}.Block(Empty).End()).I32(0)).Bytes() },
	"branches": func(n int) []byte { return flowOf(branches(n)).Bytes() },
	"returns":  func(n int) []byte { return flowOf(Code{}.Repeat(n, Code{}.I32(0).Op(OpReturn)).I32(0)).Bytes() },
	"br-table": func(n int) []byte {
		targets := append(Uleb(uint64(n)), make([]byte, n+1)...)
		return flowOf(Code{}.I32(0).Raw(OpBrTable, targets...).I32(0)).Bytes()
	},
	"functions": func(n int) []byte {
		m := flowOf(null)
		m.Funcs = append(m.Funcs, slices.Repeat([]Func{{Raw: true}}, n)...)
		return m.Bytes()
	},
	"functions-metered": func(n int) []byte {
		m := flowOf(null)
		m.Funcs = append(m.Funcs, slices.Repeat([]Func{{}}, n)...)
		return m.Bytes()
	},
	"types": func(n int) []byte {
		return with(func(m *Module) { m.Types = slices.Repeat([]guest.Signature{nothing}, n) })
	},
	"params":  func(n int) []byte { return with(func(m *Module) { m.Types = []guest.Signature{{Params: locals(n)}} }) },
	"results": func(n int) []byte { return with(func(m *Module) { m.Types = []guest.Signature{{Results: locals(n)}} }) },
	"locals":  func(n int) []byte { return flowOf(null, locals(n)...).Bytes() },
	"operands": func(n int) []byte {
		return flowOf(Code{}.Repeat(n, Code{}.I32(0)).Repeat(n, Code{}.Op(OpDrop)).I32(0)).Bytes()
	},
	"operands-called": func(n int) []byte { // the results of n calls, 100 each
		m := flowOf(null)
		many := m.AddFunc(Func{Sig: guest.Signature{Results: locals(100)}, Body: Code{}.Repeat(100, Code{}.I32(0))})
		m.AddFunc(Func{Body: Code{}.Repeat(n, Code{}.Call(many)).Raw(OpBr, 0)})
		return m.Bytes()
	},
	"passed-values":            func(n int) []byte { return passedValues(1, n).Bytes() },
	"passed-values-everywhere": func(n int) []byte { return passedValues(n, 60).Bytes() },
	"long-body":                func(n int) []byte { return flowOf(Code{}.Repeat(n, Code{}.I32(0).Op(OpDrop)).I32(0)).Bytes() },
	"imports": func(n int) []byte {
		m := flowOf(null)
		m.Imports = slices.Repeat(m.Imports, n)
		return m.Bytes()
	},
	"exports": func(n int) []byte {
		m := flowOf(null)
		m.Exports = slices.Repeat(m.Exports, n)
		return m.Bytes()
	},

	// Metadata.
	"consts-bomb": constsBomb,
	"manifest-bomb": func(n int) []byte { // deep nesting in the manifest
		nested := append(bytes.Repeat([]byte("["), n), bytes.Repeat([]byte("]"), n)...)
		return with(func(m *Module) { m.ReplaceCustom(guest.SectionManifest, nested) })
	},
	"manifest-size": func(n int) []byte {
		return with(func(m *Module) { m.Manifest.Description = string(bytes.Repeat([]byte("x"), n)) })
	},
	"long-name": func(n int) []byte {
		return with(func(m *Module) { m.Exports[1].Name = "flow:" + string(bytes.Repeat([]byte("x"), n)) })
	},
}

func (m *Module) with(change func(m *Module)) []byte {
	change(m)
	return m.Bytes()
}

// callBomb is n functions that each call the next one twice: 2^n calls without
// a loop.
func callBomb(n int) *Module {
	m := New()
	m.AddFlow("main", nil, Code{}.Call(m.Func(1)).I32(0))
	for i := range n {
		body := Code{}
		if i < n-1 {
			body = body.Call(m.Func(i + 2)).Call(m.Func(i + 2))
		}
		m.AddFunc(Func{Body: body})
	}
	return m
}

func branches(n int) Code {
	return Code{}.Block(Empty).Repeat(n, Code{}.Get(0).BrIf(0)).End().I32(0)
}

// passedValues has funcs functions of n calls with 100 results and 100
// parameters each.
func passedValues(funcs, n int) *Module {
	m := flowOf(null)
	many := locals(100)
	from := m.AddFunc(Func{Sig: guest.Signature{Results: many}, Body: Code{}.Repeat(100, Code{}.I32(0))})
	to := m.AddFunc(Func{Sig: guest.Signature{Params: many}})
	for range funcs {
		m.AddFunc(Func{Body: Code{}.Repeat(n, Code{}.Call(from).Call(to))})
	}
	return m
}

func refuelCalled(m *Module) Code { return Code{}.I64(0).Call(m.refuel).Op(OpDrop).I32(0) }

// jumpedOver puts a branch in front of the fuel sequence.
func jumpedOver(m *Module) Code {
	return Code{}.Block(Empty).Br(0).Join(FuelSequence(9, m.refuel)).End().I32(0)
}

// inElse runs the sequence only where a parameter says so.
func inElse(m *Module) Code {
	return Code{}.Get(0).If(Empty).Else().Join(FuelSequence(9, m.refuel)).End().I32(0)
}

// notChecked subtracts and never asks.
func notChecked(m *Module) Code {
	return FuelSequence(9, m.refuel)[:4].Join(Code{}.I32(0))
}

// otherRefuel calls another import of the same type.
func otherRefuel(m *Module) Code {
	sig, _ := guest.CoreSignature("refuel")
	return FuelSequence(9, m.Import("card/x@1", "y", sig)).I32(0)
}

// fuelVariant replaces the n-th instruction of the sequence by something alike.
func fuelVariant(n int) []byte {
	return rawFlow(func(m *Module) Code {
		seq := FuelSequence(9, m.refuel)
		other := []Instr{
			{Op: OpGlobalGet, Imm: []byte{1}}, {Op: OpI32Const, Imm: []byte{9}}, {Op: OpI64Add}, {Op: OpGlobalSet, Imm: []byte{1}},
			{Op: OpI64Const, Imm: []byte{0}}, {Op: OpI64Const, Imm: []byte{1}}, {Op: 0x57}, {Op: OpIf, Imm: []byte{0x7F}},
			{Op: OpI64Const, Imm: []byte{0}}, {Op: OpNop}, {Op: OpDrop}, {Op: OpElse},
		}
		seq[n] = other[n]
		return seq.I32(0)
	})
}

func custom(name string, content []byte) []byte {
	return with(func(m *Module) { m.Sections = append(m.Sections, Section{Custom, name, content}) })
}

func customMany(n int) []byte {
	return with(func(m *Module) { m.Sections = slices.Repeat([]Section{{Custom, "a", nil}}, n) })
}

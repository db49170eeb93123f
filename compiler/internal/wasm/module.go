package wasm

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Encode returns the bytes of the module for a metered program. Equal programs
// and manifests give equal bytes.
func Encode(p *ir.Program, m *flow.Manifest) ([]byte, error) {
	// Function indices depend on how many imports there are, which the bodies
	// decide: they are emitted once to collect the imports and once for real.
	draft := newModule(p, m)
	if err := draft.bodies(); err != nil {
		return nil, err
	}
	mod := newModule(p, m)
	mod.imports = draft.imports
	slices.SortFunc(mod.imports, func(a, b importEntry) int {
		if c := strings.Compare(a.module, b.module); c != 0 {
			return c
		}
		return strings.Compare(a.field, b.field)
	})
	mod.consts, mod.constAt, mod.plans = draft.consts, draft.constAt, draft.plans
	if err := mod.bodies(); err != nil {
		return nil, err
	}
	return mod.bytes()
}

type importEntry struct {
	module, field string
	sig           guest.Signature
}

// module collects what the sections are made of.
type module struct {
	prog     *ir.Program
	manifest *flow.Manifest
	imports  []importEntry
	consts   [][]byte       // encoded, by handle
	constAt  map[string]int // handle by encoding
	types    [][2]string    // distinct signatures as raw bytes: params, results
	code     [][]byte
	plans    map[*ir.Func]functionPlan
	err      error
}

func newModule(p *ir.Program, m *flow.Manifest) *module {
	mod := &module{prog: p, manifest: m, constAt: map[string]int{}, plans: map[*ir.Func]functionPlan{}}
	mod.constHandle(flow.Null()) // guest.HandleNull
	return mod
}

// bodies emits every function: the flows, the loop bodies, and behind them one
// exported wrapper for each flow.
func (m *module) bodies() error {
	m.code = nil
	for _, f := range m.prog.Funcs {
		m.code = append(m.code, m.function(f))
	}
	for i := range m.manifest.Flows {
		m.code = append(m.code, m.wrapper(i))
	}
	return m.err
}

func (m *module) importIndex(mod, field string, sig guest.Signature) int {
	for i, e := range m.imports {
		if e.module == mod && e.field == field {
			return i
		}
	}
	m.imports = append(m.imports, importEntry{mod, field, sig})
	return len(m.imports) - 1
}

func (m *module) coreImport(name string) int {
	sig, ok := guest.CoreSignature(name)
	if !ok {
		m.err = flow.Errorf(flow.CodeInternal, "no core import %q", name)
	}
	return m.importIndex(guest.CoreModule, name, sig)
}

func (m *module) cardImport(c guest.CardImport, card *flow.Card) int {
	return m.importIndex(c.Module(), c.Field(), c.Signature(card))
}

// constHandle returns the handle of a constant.
func (m *module) constHandle(v flow.Value) int {
	enc, err := flow.EncodeValue(v)
	if err != nil {
		m.err = err
	}
	if h, ok := m.constAt[string(enc)]; ok {
		return h
	}
	h := len(m.consts)
	m.consts = append(m.consts, enc)
	m.constAt[string(enc)] = h
	return h
}

// pathConst is the constant of a path.
func (m *module) pathConst(path []string) int { return m.constHandle(pathValue(path)) }

// pathsConst is the constant list of paths.
func (m *module) pathsConst(paths [][]string) int {
	list := make([]flow.Value, len(paths))
	for i, p := range paths {
		list[i] = pathValue(p)
	}
	return m.constHandle(flow.ListOf(list...))
}

// pathValue is the only part of a path, or the list of its parts.
func pathValue(path []string) flow.Value {
	if len(path) == 1 {
		return flow.Text(path[0])
	}
	parts := make([]flow.Value, len(path))
	for i, p := range path {
		parts[i] = flow.Text(p)
	}
	return flow.ListOf(parts...)
}

// shapeConst is the constant object with these keys.
func (m *module) shapeConst(keys []string) int {
	return m.constHandle(flow.NewObject(flow.NewShape(keys), make([]flow.Value, len(keys))))
}

// flowIndex returns the function index of a flow.
func (m *module) flowIndex(key string) int {
	for i, f := range m.prog.Funcs {
		if f.Kind == ir.FlowFunc && f.Name == key {
			return len(m.imports) + i
		}
	}
	m.err = flow.Errorf(flow.CodeInternal, "no function for flow %q", key)
	return 0
}

// wrapper emits the exported function of a flow: it calls the flow and makes
// one object of its results.
func (m *module) wrapper(i int) []byte {
	f := m.prog.Func(m.manifest.Flows[i].Key)
	params := &ir.Func{Regs: f.Regs, Params: f.Params}
	fn := &function{module: m, f: params, fused: &fusion{}, a: &allocation{}}
	base := 1 + len(f.Params)
	status := base + len(f.Outs)
	locals := make([]guest.ValType, 0, len(f.Outs)+1)
	var reprs strings.Builder
	names := make([]string, len(f.Outs))
	for j, o := range f.Outs {
		locals = append(locals, o.Repr.Wasm())
		reprs.WriteByte(byte(o.Repr))
		names[j] = o.Key
	}
	locals = append(locals, guest.I32)

	fn.meter(ir.EntryFuel(f))
	for j := range base {
		fn.getLocal(j)
	}
	fn.call(m.flowIndex(f.Name))
	fn.setLocal(status)
	for j := range f.Outs {
		fn.setLocal(base + len(f.Outs) - 1 - j)
	}
	fn.getLocal(status)
	fn.i32(int(guest.StatusReturned))
	fn.op(opI32Eq)
	fn.open(opIf)
	fn.i32(0) // no step: the flow itself
	fn.i32(m.shapeConst(names))
	for j := range f.Outs {
		fn.getLocal(base + j)
	}
	fn.core("object:" + reprs.String())
	fn.op(opReturn)
	fn.close()
	// StatusError (1) and StatusStopped (2) become HandleError (-1) and HandleStopped (-2).
	fn.getLocal(status)
	fn.i32(int(guest.StatusError))
	fn.op(opI32Eq)
	fn.open(opIf)
	fn.i32(int(guest.HandleError))
	fn.op(opReturn)
	fn.close()
	fn.i32(int(guest.HandleStopped))
	fn.op(opEnd)
	return functionBody(locals, fn.code.b)
}

func (m *module) typeIndex(s guest.Signature) int {
	key := [2]string{string(valBytes(s.Params)), string(valBytes(s.Results))}
	if i := slices.Index(m.types, key); i >= 0 {
		return i
	}
	m.types = append(m.types, key)
	return len(m.types) - 1
}

func valBytes(ts []guest.ValType) []byte {
	b := make([]byte, len(ts))
	for i, t := range ts {
		b[i] = byte(t)
	}
	return b
}

// signature is the type of a function that is not a wrapper.
func signature(f *ir.Func) guest.Signature {
	if f.Kind == ir.BodyFunc {
		return guest.LoopSignature()
	}
	s := guest.Signature{Params: []guest.ValType{guest.I32}}
	for _, r := range f.Params {
		s.Params = append(s.Params, f.Regs[r].Wasm())
	}
	for _, o := range f.Outs {
		s.Results = append(s.Results, o.Repr.Wasm())
	}
	s.Results = append(s.Results, guest.I32)
	return s
}

func (m *module) bytes() ([]byte, error) {
	var imports, funcs, global, exports, code writer
	imports.u32(len(m.imports))
	for _, e := range m.imports {
		imports.name(e.module)
		imports.name(e.field)
		imports.byte(0)
		imports.u32(m.typeIndex(e.sig))
	}
	funcs.u32(len(m.code))
	for _, f := range m.prog.Funcs {
		funcs.u32(m.typeIndex(signature(f)))
	}
	for i := range m.manifest.Flows {
		funcs.u32(m.typeIndex(guest.FlowSignature(&m.manifest.Flows[i])))
	}
	var types writer
	types.u32(len(m.types))
	for _, t := range m.types {
		types.byte(funcForm)
		types.name(t[0])
		types.name(t[1])
	}
	global.u32(1)
	global.b = append(global.b, byte(guest.I64), 1, opI64Const, 0, opEnd)

	m.exports(&exports)
	code.u32(len(m.code))
	for _, body := range m.code {
		code.u32(len(body))
		code.b = append(code.b, body...)
	}
	manifest, err := json.Marshal(m.manifest)
	if err != nil {
		return nil, err
	}
	var consts []byte
	consts = binary.AppendUvarint(consts, uint64(len(m.consts)))
	for _, c := range m.consts {
		consts = binary.AppendUvarint(consts, uint64(len(c)))
		consts = append(consts, c...)
	}

	w := writer{b: []byte{0, 'a', 's', 'm', 1, 0, 0, 0}}
	w.section(secType, &types)
	w.section(secImport, &imports)
	w.section(secFunction, &funcs)
	w.section(secGlobal, &global)
	w.section(secExport, &exports)
	w.section(secCode, &code)
	w.custom(guest.SectionManifest, manifest)
	w.custom(guest.SectionConsts, consts)
	w.custom(guest.SectionSteps, guest.EncodeSteps(m.prog.Steps))
	w.custom("name", m.nameSection())
	return w.b, nil
}

func (m *module) exports(w *writer) {
	bodies := 0
	for _, f := range m.prog.Funcs {
		if f.Kind == ir.BodyFunc {
			bodies++
		}
	}
	w.u32(1 + len(m.manifest.Flows) + bodies)
	w.name(guest.FuelGlobal)
	w.byte(3)
	w.u32(0)
	for i, f := range m.manifest.Flows {
		w.name(guest.FlowExport(f.Key))
		w.byte(0)
		w.u32(len(m.imports) + len(m.prog.Funcs) + i)
	}
	for i, f := range m.prog.Funcs {
		if f.Kind == ir.BodyFunc {
			n, _ := strconv.Atoi(f.Name)
			w.name(guest.LoopExport(n))
			w.byte(0)
			w.u32(len(m.imports) + i)
		}
	}
}

// names returns the name of every function, imports first, for the name
// section and the text form.
func (m *module) names() []string {
	var out []string
	for _, e := range m.imports {
		out = append(out, e.module+"."+e.field)
	}
	for _, f := range m.prog.Funcs {
		if f.Kind == ir.BodyFunc {
			out = append(out, "loop "+f.Name)
		} else {
			out = append(out, "flow "+f.Name)
		}
	}
	for _, f := range m.manifest.Flows {
		out = append(out, "export "+f.Key)
	}
	return out
}

// nameSection holds the module's and the functions' names.
func (m *module) nameSection() []byte {
	var w, mod, fns writer
	mod.name(m.manifest.Key)
	w.section(0, &mod)
	names := m.names()
	fns.u32(len(names))
	for i, n := range names {
		fns.u32(i)
		fns.name(n)
	}
	w.section(1, &fns)
	return w.b
}

// Package wasmtest builds WebAssembly modules for tests: valid flows without a
// compiler, and modules that break one rule of guest.Verify each. It is test
// support: nothing outside _test.go files and test packages imports it.
package wasmtest

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Module collects the parts of a module. New returns one that becomes a valid
// flow module as soon as it has a flow; every exported field may be changed
// before Bytes to make it invalid.
type Module struct {
	Manifest *flow.Manifest // nil leaves the section out
	Consts   []flow.Value   // nil leaves the section out
	Steps    []flow.StepInfo

	Types   []guest.Signature // used ones are added; tests may add more
	Imports []Import
	Funcs   []Func
	Exports []Export

	// GlobalSection is the content of the global section: the fuel counter.
	GlobalSection []byte
	// Sections are extra sections with their content, put where their id belongs;
	// custom sections stand in front of the types.
	Sections []Section

	// Scale multiplies every price of metered functions. 0 means 1.
	Scale int64

	refuel   Ref
	replaced map[byte][]byte
}

// Import is one imported function.
type Import struct {
	Module, Field string
	Sig           guest.Signature
}

// Func is one function. Its body is metered when the module is encoded, unless
// Raw is set.
type Func struct {
	Sig    guest.Signature
	Locals []guest.ValType
	Body   Code
	Raw    bool // encode Body as it is, without fuel sequences
}

// Export is one export; Kind 0 is a function, 3 a global.
type Export struct {
	Name  string
	Kind  byte
	Func  Ref // of a function
	Index int // of anything else
}

// Section is one section with its content; ID 0 is custom, with a name in front
// of its content.
type Section struct {
	ID      byte
	Name    string
	Content []byte
}

// Custom is the id of custom sections.
const Custom = 0

// Kinds of exports and imports in the binary format.
const (
	KindFunc   = 0
	KindTable  = 1
	KindMemory = 2
	KindGlobal = 3
)

// New returns a module with a complete manifest and no flows. Its first import
// is refuel, its global is the fuel counter.
func New() *Module {
	m := &Module{
		Manifest: &flow.Manifest{
			ABI: guest.ABI, Compiler: "test", Key: "probe", Name: "Probe", Version: "0.1.0",
			Source: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		},
		Consts:        []flow.Value{flow.Null()},
		GlobalSection: []byte{1, byte(guest.I64), 1, OpI64Const, 0, OpEnd},
		Exports:       []Export{{Name: guest.FuelGlobal, Kind: KindGlobal}},
	}
	m.refuel = m.Core("refuel")
	return m
}

// Flow returns a module with one action flow, key "main", without inputs: body
// leaves a handle on the stack. body gets the module to declare imports,
// constants and further functions with. The flow's only parameter, local 0, is
// trace; locals are numbered from 1.
func Flow(body func(m *Module) Code, locals ...guest.ValType) *Module {
	m := New()
	m.AddFlow("main", nil, body(m), locals...)
	return m
}

// Core imports a function of guest.CoreModule, with the signature that it has
// there, and none for an unknown name.
func (m *Module) Core(name string) Ref {
	sig, _ := guest.CoreSignature(name)
	return m.Import(guest.CoreModule, name, sig)
}

// Card imports a card and lists it in the manifest.
func (m *Module) Card(card *flow.Card, extra string) Ref {
	return m.CardAs(card, guest.CardImport{Extra: extra})
}

// CardAs is Card for any form of the import: c without family, name and version.
func (m *Module) CardAs(card *flow.Card, c guest.CardImport) Ref {
	c.Family, c.Name, c.Version = card.Family(), card.Name(), card.Ver()
	use := flow.CardUse{Key: card.Key, Version: card.Ver(), Effect: card.Effect.String(), Digest: card.Digest()}
	if !slices.Contains(m.Manifest.Cards, use) {
		m.Manifest.Cards = append(m.Manifest.Cards, use)
	}
	return m.Import(c.Module(), c.Field(), c.Signature(card))
}

// Import adds an import, or finds it.
func (m *Module) Import(module, field string, sig guest.Signature) Ref {
	for i, im := range m.Imports {
		if im.Module == module && im.Field == field {
			return Ref{index: i}
		}
	}
	m.Imports = append(m.Imports, Import{module, field, sig})
	return Ref{index: len(m.Imports) - 1}
}

// Refuel returns the import that fuel sequences call.
func (m *Module) Refuel() Ref { return m.refuel }

// Const adds a constant and returns its handle.
func (m *Module) Const(v flow.Value) int32 {
	m.Consts = append(m.Consts, v)
	return int32(len(m.Consts) - 1)
}

// Step adds a step of the flow with the given place in the manifest and returns
// its number.
func (m *Module) Step(flowIndex int, name, what string, ports ...string) int32 {
	n := len(m.Steps) + 1
	m.Steps = append(m.Steps, flow.StepInfo{
		Flow: flowIndex, Name: name, What: what, File: "flows/test.yaml", Line: n, Col: 1, Ports: ports,
	})
	return int32(n)
}

// AddFunc adds a function that is not exported.
func (m *Module) AddFunc(f Func) Ref {
	m.Funcs = append(m.Funcs, f)
	return Ref{index: len(m.Funcs) - 1, defined: true}
}

// Func returns a reference to the n-th defined function, which may be added
// later: that is how functions call each other in a circle.
func (m *Module) Func(n int) Ref { return Ref{index: n, defined: true} }

// AddFlow adds an action flow, its export and its manifest entry. Its
// parameters are trace and the inputs; it leaves one handle.
func (m *Module) AddFlow(key string, in []flow.FieldInfo, body Code, locals ...guest.ValType) Ref {
	info := flow.FlowInfo{Key: key, Name: key, Type: "action", In: in, Effect: "pure", CostMin: 1, CostMax: -1}
	m.Manifest.Flows = append(m.Manifest.Flows, info)
	ref := m.AddFunc(Func{Sig: guest.FlowSignature(&info), Locals: locals, Body: body})
	m.Exports = append(m.Exports, Export{Name: guest.FlowExport(key), Func: ref})
	return ref
}

// AddLoop adds the body of a parallel loop, with the next free number.
func (m *Module) AddLoop(body Code, locals ...guest.ValType) Ref {
	ref := m.AddFunc(Func{Sig: guest.LoopSignature(), Locals: locals, Body: body})
	n := 0
	for _, e := range m.Exports {
		if e.Name == guest.LoopExport(n) {
			n++
		}
	}
	m.Exports = append(m.Exports, Export{Name: guest.LoopExport(n), Func: ref})
	return ref
}

// Type returns the index of sig among the types, for block types.
func (m *Module) Type(sig guest.Signature) int64 {
	i := slices.IndexFunc(m.Types, func(t guest.Signature) bool {
		return slices.Equal(t.Params, sig.Params) && slices.Equal(t.Results, sig.Results)
	})
	if i < 0 {
		i = len(m.Types)
		m.Types = append(m.Types, sig)
	}
	return int64(i)
}

// sectionOrder is the order of sections in a file: tags stand before globals,
// the data count before the code. What does not exist stands last.
var sectionOrder = []byte{1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11, 14, 15}

// Bytes encodes the module.
func (m *Module) Bytes() []byte {
	known := map[byte][]byte{}
	imports, funcs := Uleb(uint64(len(m.Imports))), Uleb(uint64(len(m.Funcs)))
	for _, im := range m.Imports {
		imports = appendName(appendName(imports, im.Module), im.Field)
		imports = append(append(imports, KindFunc), Uleb(uint64(m.Type(im.Sig)))...)
	}
	code := Uleb(uint64(len(m.Funcs)))
	for i := range m.Funcs {
		funcs = append(funcs, Uleb(uint64(m.Type(m.Funcs[i].Sig)))...)
		code = appendSized(code, m.body(&m.Funcs[i]))
	}
	exports := Uleb(uint64(len(m.Exports)))
	for _, e := range m.Exports {
		index := e.Index
		if e.Kind == KindFunc {
			index = m.index(e.Func)
		}
		exports = append(append(appendName(exports, e.Name), e.Kind), Uleb(uint64(index))...)
	}
	types := Uleb(uint64(len(m.Types)))
	for _, t := range m.Types {
		types = appendTypes(appendTypes(append(types, 0x60), t.Params), t.Results)
	}
	known[1], known[2], known[3], known[7], known[10] = types, imports, funcs, exports, code
	if m.GlobalSection != nil {
		known[6] = m.GlobalSection
	}
	maps.Copy(known, m.replaced)

	out := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range append(m.customs(), m.Sections...) {
		if s.ID == Custom {
			out = s.append(out)
		}
	}
	for _, id := range sectionOrder {
		for _, s := range m.Sections {
			if s.ID == id {
				out = s.append(out)
			}
		}
		if content, ok := known[id]; ok {
			out = Section{ID: id, Content: content}.append(out)
		}
	}
	return out
}

func (s Section) append(dst []byte) []byte {
	content := s.Content
	if s.ID == Custom {
		content = append(appendName(nil, s.Name), content...)
	}
	return appendSized(append(dst, s.ID), content)
}

func (m *Module) customs() []Section {
	var out []Section
	if m.Manifest != nil {
		out = append(out, Section{Custom, guest.SectionManifest, mustJSON(m.Manifest)})
	}
	if m.Consts != nil {
		out = append(out, Section{Custom, guest.SectionConsts, EncodeConsts(m.Consts...)})
	}
	if m.Manifest != nil {
		out = append(out, Section{Custom, guest.SectionSteps, guest.EncodeSteps(m.Steps)})
	}
	return out
}

// EncodeConsts returns the content of a section of constants.
func EncodeConsts(consts ...flow.Value) []byte {
	out := Uleb(uint64(len(consts)))
	for _, v := range consts {
		b, err := flow.EncodeValue(v)
		if err != nil {
			panic(err) // the test asks for a constant that cannot exist
		}
		out = appendSized(out, b)
	}
	return out
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // manifests and steps have no member that JSON cannot hold
	}
	return b
}

func (m *Module) index(r Ref) int {
	if r.defined {
		return len(m.Imports) + r.index
	}
	return r.index
}

// imported returns an import as Verify sees it.
func (m *Module) imported(r Ref) *guest.Import {
	im := m.Imports[r.index]
	out := &guest.Import{Module: im.Module, Field: im.Field, Sig: im.Sig}
	if card, ok := guest.ParseCardImport(im.Module, im.Field); ok {
		out.Card = &card
	}
	return out
}

func (m *Module) body(f *Func) []byte {
	code := f.Body
	if !f.Raw {
		code = m.meter(code)
	}
	var groups []byte
	n := 0
	for i := 0; i < len(f.Locals); n++ {
		j := i
		for j < len(f.Locals) && f.Locals[j] == f.Locals[i] {
			j++
		}
		groups = append(append(groups, Uleb(uint64(j-i))...), byte(f.Locals[i]))
		i = j
	}
	out := append(Uleb(uint64(n)), groups...)
	for _, in := range code {
		out = append(out, in.Op)
		if in.Op == OpCall && in.Imm == nil {
			out = binary.AppendUvarint(out, uint64(m.index(in.fn)))
			continue
		}
		out = append(out, in.Imm...)
	}
	return append(out, OpEnd)
}

func appendName(dst []byte, s string) []byte { return appendSized(dst, []byte(s)) }

func appendSized(dst, b []byte) []byte { return append(append(dst, Uleb(uint64(len(b)))...), b...) }

func appendTypes(dst []byte, ts []guest.ValType) []byte {
	dst = append(dst, Uleb(uint64(len(ts)))...)
	for _, t := range ts {
		dst = append(dst, byte(t))
	}
	return dst
}

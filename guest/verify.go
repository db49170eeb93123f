package guest

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/weirflow/weir/flow"
)

// Module is what Verify read from a module that keeps every rule of the
// profile. Nothing in it refers to the verified bytes.
type Module struct {
	Manifest *flow.Manifest
	Steps    []flow.StepInfo      // step n is element n-1
	Consts   []flow.Value         // preloaded as the first handles; element 0 is null
	Imports  []Import             // in index order
	Exports  map[string]Signature // exported functions; the fuel global is not among them

	FuelGlobal int    // index of the global exported as FuelGlobal
	Digest     string // SHA-256 of the module, hexadecimal

	Functions int // functions defined in the module
	CodeBytes int // bytes of all function bodies
	MaxBody   int // bytes of the largest body
	CallDepth int // functions on the longest call chain; 1 where none calls another
}

// Import is one function that a module wants from the host.
type Import struct {
	Module string
	Field  string
	Sig    Signature
	Card   *CardImport // nil for functions of CoreModule
}

// Verify proves from the bytes alone that wasm is a flow module: valid
// WebAssembly, within the profile, metered, without state, and doing nothing
// that its manifest does not list. It trusts no compiler and needs no runtime.
// It takes time in proportion to len(wasm), does not recurse where a module could
// nest, and takes no memory on the word of a length field.
//
// A module that it accepts has
//   - only functions, the one mutable i64 global that counts fuel, and the custom
//     sections of this package, "name" and "producers"; no memory, table, start
//     function, element or data segment;
//   - imports from CoreModule with the types of CoreSignature, and cards that the
//     manifest lists; whether a registry has them, and with which types, is the
//     engine's to compare;
//   - exports "fuel", "flow:KEY" for every flow of the manifest and "loop:N"
//     counted from 0, with their exact types;
//   - a fuel sequence (see fuelSequence) at the start of every function body and
//     loop body that charges at least MinFuel, and no other access to the counter;
//   - no recursion, and call chains of at most MaxCallDepth functions;
//   - nothing beyond the bounds in profile.go, so that it compiles in bounded time.
//
// Errors are module.invalid for bytes that are not a valid module, module.abi
// for another ABI number, module.manifest for a manifest, constants or steps
// that are missing, malformed or contradict the module, and module.profile for
// everything else. They name section, function and byte offset.
func Verify(wasm []byte) (*Module, error) {
	s, err := split(wasm)
	if err != nil {
		return nil, err
	}
	v := &verifier{wasm: wasm, sections: s, m: &Module{Exports: map[string]Signature{}}}
	for _, step := range []func() error{
		v.abi,
		func() error { return s.odd },
		v.readTypes, v.readImports, v.readFunctions, v.readGlobals, v.readExports,
		v.readManifest, v.readConsts, v.readSteps, v.readNames,
		v.compareImports, v.compareExports,
		v.readCode, v.checkCalls,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256(wasm)
	v.m.Digest = hex.EncodeToString(sum[:])
	return v.m, nil
}

// verifier holds what one Verify knows so far. Its methods run once each, in
// the order of Verify.
type verifier struct {
	wasm     []byte
	sections *sections
	m        *Module

	manifestTree flow.Value // the manifest as JSON, if abi could read it

	types   []Signature
	funcs   []uint32 // type of each defined function
	refuel  int      // index of the refuel import, or -1
	exports []funcExport
	fuel    bool // the counter is exported

	calls    []uint32 // callees, function by function: indices of defined functions
	callEnds []int    // where in calls the callees of each function end
	merges   int      // of the module so far (MaxModuleMerges)
	operands int      // of the module so far (MaxModuleOperands)
}

type funcExport struct {
	name string
	sig  Signature
	at   int
}

func (v *verifier) readTypes() error {
	r := v.sections.reader(v.wasm, idType)
	n := v.sections.vector(r, idType, "types", MaxTypes)
	for i := 0; i < n && r.err == nil; i++ {
		r.mark()
		if form := r.byte(); form != 0x60 && r.err == nil {
			r.invalid("type %d is not a function type (0x%02x)", i, form)
		}
		v.types = append(v.types, Signature{
			Params:  r.valTypes("parameters", MaxParams),
			Results: r.valTypes("results", MaxResults),
		})
	}
	return r.done()
}

func (r *reader) valTypes(what string, limit int) []ValType {
	n := r.count(what, limit)
	var out []ValType
	for range n {
		out = append(out, r.valType())
	}
	return out
}

func (r *reader) valType() ValType {
	r.mark()
	t := ValType(r.byte())
	r.checkValType(t)
	return t
}

// checkValType refuses what is no value type, and those that flows do not use.
func (r *reader) checkValType(t ValType) {
	switch t {
	case I32, I64, F64:
	case 0x7D, 0x7B, 0x70, 0x6F: // f32, v128, funcref, externref
		r.profile("flows have no values of type 0x%02x", byte(t))
	default:
		r.invalid("0x%02x is not a value type", byte(t))
	}
}

func (v *verifier) typeIndex(r *reader) uint32 {
	i := r.u32()
	if r.err == nil && int64(i) >= int64(len(v.types)) {
		r.invalid("type %d does not exist", i)
	}
	return i
}

func (v *verifier) readImports() error {
	r := v.sections.reader(v.wasm, idImport)
	v.refuel = -1
	n := v.sections.vector(r, idImport, "imports", MaxImports)
	seen := make(map[[2]string]bool, n)
	for i := range n {
		r.mark()
		im := Import{Module: r.name(MaxName), Field: r.name(MaxName)}
		kind := r.byte()
		if r.err == nil && kind != kindFunc {
			if kind > kindTag {
				r.invalid("import %d is of no known kind (%d)", i, kind)
			}
			r.profile("import %d, %s of %s, is not a function", i, flow.Excerpt(im.Field), flow.Excerpt(im.Module))
		}
		t := v.typeIndex(r)
		if r.err != nil {
			break
		}
		im.Sig = v.types[t]
		v.checkImport(r, &im)
		if key := [2]string{im.Module, im.Field}; seen[key] {
			r.profile("%s of %s is imported twice", flow.Excerpt(im.Field), flow.Excerpt(im.Module))
		} else {
			seen[key] = true
		}
		if im.Module == CoreModule && im.Field == "refuel" {
			v.refuel = i
		}
		v.m.Imports = append(v.m.Imports, im)
	}
	return r.done()
}

// checkImport compares what an import's name says with its type. A card's ports
// are unknown here: of its type only the form is checked.
func (v *verifier) checkImport(r *reader, im *Import) {
	if im.Module == CoreModule {
		want, ok := CoreSignature(im.Field)
		if !ok {
			r.profile("%s has no function %s", CoreModule, flow.Excerpt(im.Field))
		} else if !want.equal(im.Sig) {
			r.profile("%s of %s has another type", flow.Excerpt(im.Field), CoreModule)
		}
		return
	}
	card, ok := ParseCardImport(im.Module, im.Field)
	if !ok {
		r.profile("nothing offers %s of %s", flow.Excerpt(im.Field), flow.Excerpt(im.Module))
		return
	}
	if !card.fits(im.Sig) {
		r.profile("%s of %s has a type that no card has", flow.Excerpt(im.Field), flow.Excerpt(im.Module))
	}
	im.Card = &card
}

func (s Signature) equal(o Signature) bool {
	return slices.Equal(s.Params, o.Params) && slices.Equal(s.Results, o.Results)
}

func (v *verifier) readFunctions() error {
	r := v.sections.reader(v.wasm, idFunction)
	n := v.sections.vector(r, idFunction, "functions", MaxFunctions)
	for range n {
		r.mark()
		v.funcs = append(v.funcs, v.typeIndex(r))
	}
	v.m.Functions = len(v.funcs)
	return r.done()
}

// signature returns the type of a function of the module's index space.
func (v *verifier) signature(index uint32) Signature {
	if i := int(index); i < len(v.m.Imports) {
		return v.m.Imports[i].Sig
	}
	return v.types[v.funcs[int(index)-len(v.m.Imports)]]
}

// functions returns the size of the function index space.
func (v *verifier) functions() int { return len(v.m.Imports) + len(v.funcs) }

// readGlobals accepts one global: mutable, i64, initially 0.
func (v *verifier) readGlobals() error {
	r := v.sections.reader(v.wasm, idGlobal)
	n := v.sections.vector(r, idGlobal, "globals", 1)
	if n == 0 && r.err == nil {
		r.profile("the fuel counter is missing")
		return r.err
	}
	r.mark()
	if t := r.byte(); r.err == nil && ValType(t) != I64 {
		r.checkValType(ValType(t))
		r.profile("the fuel counter is not an i64")
	}
	if mut := r.byte(); r.err == nil && mut != 1 {
		if mut > 1 {
			r.invalid("%d is not a mutability", mut)
		}
		r.profile("the fuel counter is constant")
	}
	if op := r.byte(); op != opI64Const {
		r.profile("the fuel counter does not begin as a constant")
	}
	if start := r.signed(64); start != 0 {
		r.profile("the fuel counter begins at %d", start)
	}
	if end := r.byte(); r.err == nil && end != opEnd {
		r.profile("the fuel counter begins as more than a constant")
	}
	return r.done()
}

// Kinds of imports and exports.
const (
	kindFunc   = 0
	kindGlobal = 3
	kindTag    = 4
)

func (v *verifier) readExports() error {
	r := v.sections.reader(v.wasm, idExport)
	n := v.sections.vector(r, idExport, "exports", MaxExports)
	for range n {
		r.mark()
		name, kind, index := r.name(MaxName), r.byte(), r.u32()
		if r.err != nil {
			break
		}
		if _, dup := v.m.Exports[name]; dup || name == FuelGlobal && v.fuel {
			r.invalid("%s is exported twice", flow.Excerpt(name))
			break
		}
		switch {
		case kind == kindFunc && int64(index) >= int64(v.functions()):
			r.invalid("%s exports function %d, which does not exist", flow.Excerpt(name), index)
		case kind == kindFunc && int(index) < len(v.m.Imports):
			r.profile("%s exports an import", flow.Excerpt(name))
		case kind == kindFunc:
			sig := v.signature(index)
			v.m.Exports[name] = sig
			v.exports = append(v.exports, funcExport{name, sig, r.at})
		case kind == kindGlobal && index != 0:
			r.invalid("%s exports global %d, which does not exist", flow.Excerpt(name), index)
		case kind == kindGlobal && name == FuelGlobal:
			v.fuel = true
		case kind <= kindTag:
			r.profile("%s exports something that flows do not export", flow.Excerpt(name))
		default:
			r.invalid("%s is of no known kind (%d)", flow.Excerpt(name), kind)
		}
	}
	if r.err == nil && !v.fuel {
		r.profile("the fuel counter is not exported as %q", FuelGlobal)
	}
	return r.done()
}

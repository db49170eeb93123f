// Package guest is what both sides of the sandbox agree on: the ABI number, the
// names and signatures of imports and exports, how handles are encoded, the
// fuel protocol, and Verify, the gate that every module passes before an engine
// compiles it. Read abi.go first; docs/ABI.md tells the same in prose.
package guest

import (
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// ABI is the number of the interface between compiled flows and the host. It
// rises when an import changes its meaning or signature.
const ABI = 1

// CoreModule is the import module of the functions in Core.
const CoreModule = "weir/1"

// cardPrefix begins the import module of cards: "card/text@1", externalPrefix
// that of cards of other connectors: "ext/okta@1".
const (
	cardPrefix     = "card/"
	externalPrefix = "ext/"
)

// Custom sections that a module carries.
const (
	SectionManifest = "weir.manifest" // JSON of flow.Manifest
	SectionConsts   = "weir.consts"   // constants: uvarint count, then for each uvarint length and flow.EncodeValue bytes
	SectionSteps    = "weir.steps"    // the step table: see EncodeSteps; step n is element n-1
)

// FuelGlobal is the exported mutable i64 global that counts fuel down.
const FuelGlobal = "fuel"

// Results of compiled functions that return a handle.
const (
	HandleError   int32 = -1 // an error is pending in the host
	HandleStopped int32 = -2 // the flow stopped quietly (Continue If, or no Return of the outputs that it has)
)

// Status is the last result of a compiled flow function.
const (
	StatusReturned int32 = 0
	StatusError    int32 = 1
	StatusStopped  int32 = 2
)

// HandleNull is the first constant of every module: null.
const HandleNull int32 = 0

// Repr is how a value travels between host and guest.
type Repr byte

// The representations, named by the letter that import names use.
const (
	Handle  Repr = 'h' // i32 index into constants and arena
	Number  Repr = 'n' // f64
	Boolean Repr = 'b' // i32 0 or 1
	// Field is what a constant path leads to inside a value: two i32, the value's
	// handle and the path's. Only parameters travel so. It saves the host call of
	// a get, and the handle.
	Field Repr = 'f'
)

// ReprOf returns how a value of type t travels when it is never null. A value
// that may be null always travels as a handle.
func ReprOf(t flow.Type) Repr {
	switch {
	case t.List || t.Secret:
		return Handle
	case t.Base == flow.BaseNumber:
		return Number
	case t.Base == flow.BaseBool:
		return Boolean
	}
	return Handle
}

// ReprOfPort returns how a card input travels: unboxed unless null means
// something else than the type's zero to it.
func ReprOfPort(p *flow.Port) Repr {
	if p.Nullable || p.Secret != flow.SecretRefuse || p.Default != "" && !flow.Equal(p.DefaultValue(), p.Type.Zero()) {
		return Handle
	}
	return ReprOf(p.Type)
}

// ReprOfField returns how a flow's declared input travels: unboxed when it is
// required or has a default, because then it is never null.
func ReprOfField(f *flow.FieldInfo) Repr {
	if !f.Required && f.Default == nil {
		return Handle
	}
	return ReprOf(f.Type)
}

// ReprOfResult returns how a card's result travels.
func ReprOfResult(c *flow.Card) Repr {
	if !c.Single() {
		return Handle
	}
	return ReprOf(c.Out[0].Type)
}

// ValType is a WebAssembly value type as the binary format encodes it.
type ValType byte

// The value types that flows use.
const (
	I32 ValType = 0x7F
	I64 ValType = 0x7E
	F64 ValType = 0x7C
)

// Wasm returns the value type that carries r; a Field takes two of them.
func (r Repr) Wasm() ValType {
	if r == Number {
		return F64
	}
	return I32
}

// Signature is the type of an import or export.
type Signature struct {
	Params  []ValType
	Results []ValType
}

// CoreImport describes one function of CoreModule. Every first parameter called
// step is the number of the step (see SectionSteps). A result of -1 where a
// handle or truth value is expected, and a non-zero second result behind an
// f64, mean that an error is pending.
type CoreImport struct {
	Name string
	Sig  Signature
	// Variadic is the letters that the representations of further values may
	// have, which the import name carries ("object:hnb"); "" where there are none.
	Variadic string
	Gives    bool // the further values are results, before those of Sig, not parameters
	Doc      string
}

// CoreImports returns the functions of CoreModule.
func CoreImports() []CoreImport { return coreImports }

var coreImports = []CoreImport{
	{"refuel", Signature{[]ValType{I64}, []ValType{I64}}, "", false, "fuel left (negative) -> new fuel, or the run ends"},
	{"num", Signature{[]ValType{F64}, []ValType{I32}}, "", false, "box a number"},
	{"bool", Signature{[]ValType{I32}, []ValType{I32}}, "", false, "box a truth value"},
	{"to_num", Signature{[]ValType{I32, I32}, []ValType{F64, I32}}, "", false, "step, value -> number, failed"},
	{"to_bool", Signature{[]ValType{I32, I32}, []ValType{I32}}, "", false, "step, value -> 0, 1 or -1"},
	{"convert", Signature{[]ValType{I32, I32, I32}, []ValType{I32}}, "", false, "step, value, type code -> value"},
	{"get", Signature{[]ValType{I32, I32}, []ValType{I32}}, "", false, "value, constant path (text or list of texts) -> value or null"},
	{"get_num", Signature{[]ValType{I32, I32, I32}, []ValType{F64, I32}}, "", false, "step, value, constant path -> number, failed"},
	{"get_nums", Signature{[]ValType{I32, I32}, []ValType{I32}}, "n", true, "value, constant list of paths -> what get_num gives for each path, and 1; or zeros and 0 where one fails"},
	{"compare", Signature{[]ValType{I32, I32, I32, I32}, []ValType{I32}}, "", false, "step, operator code, a, b -> 0, 1 or -1"},
	{"secret", Signature{[]ValType{I32}, []ValType{I32}}, "", false, "place in Manifest.Secrets -> value"},
	{"config", Signature{[]ValType{I32}, []ValType{I32}}, "", false, "place in Manifest.Config -> value"},
	{"context", Signature{[]ValType{I32}, []ValType{I32}}, "", false, "Context code -> value"},
	{"fail", Signature{[]ValType{I32, I32}, nil}, "", false, "step, object {statusCode, message, …}: makes an error pending"},
	{"rethrow", Signature{[]ValType{I32}, nil}, "", false, "step: makes the error pending again that catch cleared last"},
	{"stop", Signature{[]ValType{I32, I32}, nil}, "", false, "step, message: remembered as what the flow's caller receives"},
	{"try", Signature{[]ValType{I32}, nil}, "", false, "step: opens a frame that catch returns to"},
	{"try_end", Signature{nil, nil}, "", false, "closes it again after success"},
	{"catch", Signature{[]ValType{I32}, []ValType{I32}}, "", false, "step: unwinds to the try frame, clears the pending error -> error object"},
	{"enter", Signature{[]ValType{I32}, nil}, "", false, "step: a flow is called"},
	{"leave", Signature{nil, nil}, "", false, "it came back"},
	{"begin", Signature{[]ValType{I32, I32}, []ValType{I32}}, "", false, "step, list -> number of items or -1; opens a loop frame"},
	{"repeat", Signature{[]ValType{I32, F64}, []ValType{I32}}, "", false, "step, count -> number of turns or -1; opens a loop frame without items"},
	{"next", Signature{nil, []ValType{I32}}, "", false, "releases the iteration's values -> next item, or -1 at the end"},
	{"seek", Signature{[]ValType{I32, I32}, nil}, "", false, "step of a loop that counted its turns itself, turn: names the turn in the pending error"},
	{"yield", Signature{[]ValType{I32}, []ValType{I32}}, "", false, "appends to the loop's result -> 0 or -1"},
	{"yield_num", Signature{[]ValType{F64}, []ValType{I32}}, "", false, "the same for a number"},
	{"keep", Signature{[]ValType{I32}, []ValType{I32}}, "", false, "releases the iteration's values but this one -> its new handle"},
	{"skip", Signature{[]ValType{I32}, nil}, "", false, "step of a loop: unwinds to it and forgets the pending error"},
	{"end", Signature{nil, []ValType{I32}}, "", false, "closes the loop frame -> the list of what was yielded"},
	{"break", Signature{[]ValType{I32}, []ValType{I32}}, "", false, "closes the loop frame, keeps one value -> its new handle"},
	{"parallel", Signature{[]ValType{I32, I32, I32, I32, F64, I32}, []ValType{I32}}, "", false, "step, LoopKind, body, list or count, concurrency, captures -> result or -1"},
	{"object", Signature{[]ValType{I32, I32}, []ValType{I32}}, "hnbf", false, "step, constant object with the keys, values -> object or -1"},
	{"yield_object", Signature{[]ValType{I32, I32}, []ValType{I32}}, "hnbf", false, "object and yield in one: step, constant object with the keys, values -> 0 or -1"},
	{"list", Signature{[]ValType{I32}, []ValType{I32}}, "hnbf", false, "step, items -> list or -1"},
	{"concat", Signature{[]ValType{I32}, []ValType{I32}}, "hnbf", false, "step, parts -> text or -1"},
	{"trace", Signature{[]ValType{I32}, nil}, "hnb", false, "step, values: what the step shows in a trace"},
}

var coreByName = func() map[string]*CoreImport {
	m := make(map[string]*CoreImport, len(coreImports))
	for i := range coreImports {
		m[coreImports[i].Name] = &coreImports[i]
	}
	return m
}()

// CoreSignature returns the signature of a function of CoreModule.
func CoreSignature(name string) (Signature, bool) {
	base, reprs, variadic := strings.Cut(name, ":")
	c, ok := coreByName[base]
	if !ok || (c.Variadic != "") != variadic || !validReprs(reprs, c.Variadic) {
		return Signature{}, false
	}
	switch {
	case !variadic:
		return c.Sig, true
	case c.Gives:
		return Signature{c.Sig.Params, append(appendReprs(nil, reprs), c.Sig.Results...)}, true
	}
	return Signature{appendReprs(c.Sig.Params, reprs), c.Sig.Results}, true
}

// MaxVariadic is the number of values that one variadic import can take, of
// which a Field counts as two: the compiler splits longer literals. 64 keeps
// every call frame under 1 KiB.
const MaxVariadic = 64

// ArgReprs are the letters of values that variadic imports take as parameters.
const ArgReprs = "hnbf"

func validReprs(s, letters string) bool {
	if len(s)+strings.Count(s, "f") > MaxVariadic {
		return false
	}
	return strings.Trim(s, letters) == ""
}

func appendReprs(params []ValType, reprs string) []ValType {
	out := append([]ValType(nil), params...)
	for i := range len(reprs) {
		r := Repr(reprs[i])
		if out = append(out, r.Wasm()); r == Field {
			out = append(out, I32)
		}
	}
	return out
}

// FlowExport returns the export name of a flow. Its parameters are trace (i32)
// and the flow's inputs by ReprOfField; its result is the handle of an object
// of the outputs, HandleError or HandleStopped.
func FlowExport(key string) string { return "flow:" + key }

// LoopExport returns the export name of the n-th body of a parallel loop. Its
// parameters are trace (i32), item (handle), index (f64) and captures (handle
// of a list); its result is the iteration's handle, HandleError or HandleStopped.
func LoopExport(n int) string { return "loop:" + strconv.Itoa(n) }

// LoopSignature is the type of every loop export.
var loopSignature = Signature{[]ValType{I32, I32, F64, I32}, []ValType{I32}}

// LoopSignature returns the type of every loop export.
func LoopSignature() Signature { return loopSignature }

// FlowSignature returns the type of a flow export.
func FlowSignature(f *flow.FlowInfo) Signature {
	s := Signature{Params: []ValType{I32}, Results: []ValType{I32}}
	params := f.Params()
	for i := range params {
		s.Params = append(s.Params, ReprOfField(&params[i]).Wasm())
	}
	return s
}

// LoopKind says what a loop does with what its body gives.
type LoopKind int32

// The loops.
const (
	LoopEach   LoopKind = iota // nothing
	LoopIgnore                 // nothing, and goes on after errors
	LoopMap                    // collects it
	LoopFilter                 // keeps the items for which it is true
	LoopFind                   // stops at the first item for which it is true (never parallel)
	LoopReduce                 // passes it to the next turn (never parallel)
	LoopRepeat                 // nothing; runs a number of times instead of over items
)

// MaxRepeat bounds the turns of one Repeat: above the catalogue's 10,000, so
// that a stream of a million records can be driven by one loop, and far below
// what the i32 counters of the ABI hold.
const MaxRepeat = 10_000_000

// Context codes of the context import.
const (
	ContextExecution int32 = iota // execution id of the run, text
	ContextTime                   // when the run started, date
	ContextFlow                   // key of the flow that was started, text
)

// TypeCode encodes a type for the convert import: the base, plus 16 for lists.
func TypeCode(t flow.Type) int32 {
	c := int32(t.Base)
	if t.List {
		c += 16
	}
	return c
}

// TypeOfCode reads a TypeCode.
func TypeOfCode(c int32) (flow.Type, bool) {
	t := flow.Type{Base: flow.Base(c & 15), List: c&16 != 0}
	return t, c >= 0 && c < 32 && t.Base <= flow.BaseFlow
}

// OperatorCode returns the number of op in the compare import, or -1.
func OperatorCode(op flow.Operator) int32 {
	for i, o := range flow.Operators() {
		if o == op {
			return int32(i)
		}
	}
	return -1
}

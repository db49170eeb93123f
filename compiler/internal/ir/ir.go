// Package ir is the compiler's intermediate representation: structured blocks of
// operations on registers, one struct per operation. It can be printed and
// parsed (text.go), checked (verify.go) and run (eval.go); the evaluator is the
// reference that compiled modules are compared with.
//
// A register has one representation for its whole life: a handle, a number or
// a truth value (guest.Repr). Operations that can fail leave their block for
// the nearest handler: the IfError of a Try, the skip of an ignoring loop, or
// the caller of the function.
package ir

import (
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Reg names a register of a function: an index into Func.Regs.
type Reg int32

// None stands where an operation has no register.
const None Reg = -1

// Program is a whole connector.
type Program struct {
	Funcs []*Func // flows, callees before callers, then the bodies of parallel loops
	Steps []flow.StepInfo
}

// FuncKind says what a function is for.
type FuncKind uint8

// The kinds of functions.
const (
	FlowFunc FuncKind = iota // a flow: inputs -> outputs
	BodyFunc                 // one turn of a parallel loop: item, index, captures -> result
)

// Func is one function.
type Func struct {
	Name   string // flow key, or the loop's number for a BodyFunc
	Kind   FuncKind
	Regs   []guest.Repr
	Params []Reg
	Outs   []Out
	Body   []Op
}

// Out is one result of a flow function.
type Out struct {
	Key  string
	Repr guest.Repr
}

// NewReg adds a register.
func (f *Func) NewReg(r guest.Repr) Reg {
	f.Regs = append(f.Regs, r)
	return Reg(len(f.Regs) - 1)
}

// Repr returns the representation of r.
func (f *Func) Repr(r Reg) guest.Repr { return f.Regs[r] }

// Func returns the flow function with the given key, or nil.
func (p *Program) Func(key string) *Func {
	for _, f := range p.Funcs {
		if f.Kind == FlowFunc && f.Name == key {
			return f
		}
	}
	return nil
}

// Node is what every operation has: the step it belongs to and its place in the
// source.
type Node struct {
	Step int
	Pos  flow.Pos
}

// At returns the node itself; it makes every operation an Op.
func (n *Node) At() *Node { return n }

// Op is one operation: a pointer to one of the structs below.
type Op interface{ At() *Node }

// Const sets Dst to a constant of its representation.
type Const struct {
	Node
	Dst   Reg
	Value flow.Value
}

// Copy sets Dst to Src; both have the same representation.
type Copy struct {
	Node
	Dst Reg
	Src Reg
}

// Box turns a number or truth value into a handle.
type Box struct {
	Node
	Dst Reg
	Src Reg
}

// Convert turns the value of handle Src into Type. Dst is a handle, or unboxed
// where Type is a number or a truth value. It can fail.
type Convert struct {
	Node
	Dst  Reg
	Src  Reg
	Type flow.Type
}

// Get follows Path into Src; what is not there is null.
type Get struct {
	Node
	Dst  Reg
	Src  Reg
	Path []string
}

// GetNum is Get and Convert to a number in one. It can fail.
type GetNum struct {
	Node
	Dst  Reg
	Src  Reg
	Path []string
}

// Object makes an object. It can fail (value limits).
type Object struct {
	Node
	Dst  Reg
	Keys []string
	Args []Reg
}

// List makes a list. It can fail (value limits).
type List struct {
	Node
	Dst  Reg
	Args []Reg
}

// Concat makes text of its parts. It can fail.
type Concat struct {
	Node
	Dst  Reg
	Args []Reg
}

// Card calls a card: one argument per input port, then author-made inputs by
// name. It can fail.
type Card struct {
	Node
	Dst   Reg
	Card  *flow.Card
	Args  []Reg
	Names []string
	Extra []Reg
	// Total: with these arguments the call cannot fail, so that it may be
	// dropped when nothing uses its result.
	Total bool
}

// Compare sets Dst to "A Op B". Handles are compared by the host; numbers and
// truth values by instructions. It can fail on handles.
type Compare struct {
	Node
	Dst Reg
	Op  flow.Operator
	A   Reg
	B   Reg
}

// Secret sets Dst to the secret with this place in the manifest.
type Secret struct {
	Node
	Dst   Reg
	Place int
}

// Config sets Dst to the config value with this place in the manifest.
type Config struct {
	Node
	Dst   Reg
	Place int
}

// Context sets Dst to a fact about the run (guest.Context codes).
type Context struct {
	Node
	Dst  Reg
	Code int
}

// If runs Then or Else.
type If struct {
	Node
	Cond Reg
	Then []Op
	Else []Op
}

// Block runs Body, which a Leave of the same Label can end.
type Block struct {
	Node
	Label int
	Body  []Op
}

// Leave ends the enclosing Block with this Label.
type Leave struct {
	Node
	Label int
}

// Try runs Body; when that fails, it sets Err to the error object and runs
// IfError.
type Try struct {
	Node
	Body    []Op
	Err     Reg
	IfError []Op
}

// Loop runs Body once for each item of the list Over, or Over times (a number)
// for LoopRepeat, one after the other.
//
//	each, ignore, repeat   nothing is collected
//	map                    Out is appended to the result Dst
//	filter                 Item is appended to Dst where Out is true
//	find                   where Out is true the loop ends with Dst = Item, Found = Index
//	reduce                 Memo starts as Init and becomes Out after each turn; Dst is the last Memo
//
// It can fail (Over is no list; limits).
type Loop struct {
	Node
	Kind  guest.LoopKind
	Over  Reg
	Item  Reg // None for repeat
	Index Reg // None where nothing uses it
	Init  Reg // reduce
	Memo  Reg // reduce
	Body  []Op
	Out   Reg // None for each, ignore, repeat
	Dst   Reg // None for each, ignore, repeat
	Found Reg // find
}

// While runs Body, sets Memo to Next, and does so again while More is true, at
// most Turns times: Memo begins as Init. Either the Items of all turns become
// the list Dst, or the last Memo becomes Last; both are handles. It can fail.
type While struct {
	Node
	Turns int
	Init  Reg
	Memo  Reg
	Body  []Op
	Item  Reg // None where nothing is collected
	Next  Reg
	More  Reg
	Dst   Reg // None where nothing is collected
	Last  Reg // None where something is
}

// Parallel runs a body function once for each item of Over, several at a time.
// Captures are handles that the body gets as a list. It can fail.
type Parallel struct {
	Node
	Kind        guest.LoopKind
	Over        Reg // handle of a list; for repeat of a number
	Concurrency Reg // number
	Body        int // number of the BodyFunc
	Captures    []Reg
	Dst         Reg
}

// Call calls a flow. Status is false when it returned values and true when it
// stopped without. It can fail.
type Call struct {
	Node
	Func   string
	Args   []Reg
	Dsts   []Reg
	Status Reg
	Enter  bool // the call is a step of its own in paths; false inside loops
}

// Return ends the function with its results.
type Return struct {
	Node
	Args []Reg
}

// Stop ends the function without results.
type Stop struct {
	Node
	Message Reg // None for none
}

// Fail fails with an error made of the fields of an object.
type Fail struct {
	Node
	Fields Reg
}

// Rethrow fails again with the error that was caught last.
type Rethrow struct{ Node }

// Trace shows values in the trace of a run that is traced, and does nothing in
// other runs. Values are named by the step's Ports, then Outs.
type Trace struct {
	Node
	Args []Reg
}

// Meter pays for the function body or loop turn that it begins.
type Meter struct {
	Node
	Fuel int
}

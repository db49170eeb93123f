// Package lower turns a checked connector into IR: names become registers,
// automatic conversions become operations, constructs become structured
// control flow. lower.go has the functions, value.go the expressions, step.go
// and loop.go one method per construct.
package lower

import (
	"strconv"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Lower returns the IR of a connector that was checked without errors, with marks
// for coverage if they are asked for. What is too long for the module format is
// reported as flow.size.
func Lower(info *check.Info, marks bool) (*ir.Program, flow.Diagnostics) {
	l := &lowerer{info: info, prog: &ir.Program{}, marks: marks}
	for _, fi := range info.Flows {
		l.flow(fi)
	}
	l.prog.Funcs = append(l.prog.Funcs, l.bodies...)
	return l.prog, l.diags
}

type lowerer struct {
	info   *check.Info
	prog   *ir.Program
	bodies []*ir.Func
	marks  bool
	diags  flow.Diagnostics
}

func (l *lowerer) tooLong(pos flow.Pos, format string, args ...any) {
	e := flow.Errorf(flow.CodeFlowSize, format, args...)
	e.Pos = pos
	l.diags = append(l.diags, flow.Diagnostic{Error: e})
}

// fn builds one function.
type fn struct {
	*lowerer
	f      *ir.Func
	fi     *check.FlowInfo
	ops    *[]ir.Op // block under construction
	node   ir.Node  // of the step under construction
	label  int
	inputs []value
	steps  map[*syntax.Step][]value
	errs   []ir.Reg // error objects of the open handlers
	exit   *exit    // of the innermost block of its own; nil at flow level
	loop   *loopScope
	cursor ir.Reg // of a polling flow: what the last cursor step gave
	// capture, in the body of a parallel loop, fetches what the flow around the
	// loop evaluated for a reference.
	capture func(*syntax.Ref) value
}

// exit is where Return and Continue If lead inside a block of its own.
type exit struct {
	label int
	outs  []ir.Reg // handles, one per declared output
	decl  []*syntax.Field
}

// loopScope is what ${item}, ${index} and ${memo} name.
type loopScope struct{ item, index, memo value }

func (l *lowerer) flow(fi *check.FlowInfo) {
	f := &ir.Func{Name: fi.Flow.Key.Text}
	b := &fn{lowerer: l, f: f, fi: fi, ops: &f.Body, steps: map[*syntax.Step][]value{}, cursor: ir.None}
	for _, in := range fi.Flow.Inputs {
		v := inputValue(in)
		v.reg = f.NewReg(v.repr(in))
		f.Params = append(f.Params, v.reg)
		b.inputs = append(b.inputs, v)
	}
	for _, out := range fi.Flow.Outputs {
		f.Outs = append(f.Outs, ir.Out{Key: out.Key.Text, Repr: outRepr(fi, out)})
	}
	if n := len(f.Outs); n > guest.MaxVariadic {
		l.tooLong(fi.Flow.Pos, "a flow may have at most %d outputs, this one has %d", guest.MaxVariadic, n)
		return
	}
	if fi.Flow.Type.Text == flow.FlowPolling {
		b.cursor = f.NewReg(guest.Handle)
		b.emit(&ir.Copy{Dst: b.cursor, Src: b.handleConst(flow.Null())})
	}
	b.block(fi.Flow.Steps)
	if fi.FallsThrough && len(fi.Flow.Promised()) == 0 {
		b.returnNothing()
	}
	l.prog.Funcs = append(l.prog.Funcs, f)
}

// outRepr: outputs are unboxed only where the flow never stops without them.
func outRepr(fi *check.FlowInfo, out *syntax.Field) guest.Repr {
	if fi.AlwaysReturns {
		return guest.ReprOf(out.Type)
	}
	return guest.Handle
}

func inputValue(in *syntax.Field) value {
	return value{t: in.Type, nullable: !in.Required && in.Default == nil}
}

func (v value) repr(in *syntax.Field) guest.Repr {
	if v.nullable {
		return guest.Handle
	}
	return guest.ReprOf(in.Type)
}

// block lowers steps into the block under construction.
func (b *fn) block(steps []*syntax.Step) {
	for _, s := range steps {
		si := b.info.Steps[s]
		if si == nil || si.Dead {
			continue
		}
		b.step(s, si)
	}
}

// nested lowers what build emits into a block of its own and returns it.
func (b *fn) nested(build func()) []ir.Op {
	saved := b.ops
	var ops []ir.Op
	b.ops = &ops
	build()
	b.ops = saved
	return ops
}

func (b *fn) emit(op ir.Op) {
	n := op.At()
	if n.Step == 0 {
		*n = b.node
	}
	*b.ops = append(*b.ops, op)
}

func (b *fn) newLabel() int {
	b.label++
	return b.label
}

// begin numbers a step and makes it the one that operations belong to.
func (b *fn) begin(s *syntax.Step, si *check.StepInfo) *flow.StepInfo {
	b.prog.Steps = append(b.prog.Steps, flow.StepInfo{
		Flow: b.fi.Index, Name: si.Name, What: si.What,
		File: s.Pos.File, Line: s.Pos.Line, Col: s.Pos.Col,
	})
	n := len(b.prog.Steps)
	b.node = ir.Node{Step: n, Pos: s.Pos}
	return &b.prog.Steps[n-1]
}

// trace ends a construct: it shows values under the names given to the step.
func (b *fn) trace(step int, ins []string, inVals []ir.Reg, outs []string, outVals []ir.Reg) {
	if len(inVals)+len(outVals) > guest.MaxVariadic {
		return
	}
	info := &b.prog.Steps[step-1]
	info.Ports, info.Outs = ins, outs
	b.emit(&ir.Trace{Node: ir.Node{Step: step, Pos: b.node.Pos}, Args: append(append([]ir.Reg(nil), inVals...), outVals...)})
}

func (l *lowerer) newBody(f *ir.Func) int {
	n := len(l.bodies)
	f.Kind, f.Name = ir.BodyFunc, strconv.Itoa(n)
	l.bodies = append(l.bodies, f)
	return n
}

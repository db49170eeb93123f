// Package opt holds the optimising passes: pure functions from IR to IR, one
// file each. A pass never changes what a flow returns or which error it ends
// with; it may change what a run costs.
package opt

import (
	"context"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// foldFuel is what folding one connector may spend: it runs author input at
// compile time. 20 million is about 20 ms.
const foldFuel = 20_000_000

// foldBytes is the largest value that folding puts into a module.
const foldBytes = 16 << 10

// Fold replaces operations on constants by their results, by calling the cards
// themselves. A card that fails stays, and fails when the flow runs.
func Fold(p *ir.Program) {
	fuel := int64(foldFuel)
	for _, f := range p.Funcs {
		fo := &folder{p: p, f: f, fuel: &fuel, known: map[ir.Reg]flow.Value{}, defs: make([]int, len(f.Regs))}
		for _, r := range f.Params {
			fo.defs[r]++
		}
		ir.Walk(f.Body, func(op ir.Op) {
			for _, r := range ir.Defs(op) {
				fo.defs[r]++
			}
		})
		f.Body = fo.block(f.Body)
	}
}

type folder struct {
	p     *ir.Program
	f     *ir.Func
	fuel  *int64
	known map[ir.Reg]flow.Value
	defs  []int // how many operations set each register
}

func (fo *folder) block(ops []ir.Op) []ir.Op {
	out := make([]ir.Op, 0, len(ops))
	for _, op := range ops {
		if branch, ok := op.(*ir.If); ok {
			if cond, known := fo.value(branch.Cond); known {
				taken := branch.Else
				if cond.Bool() {
					taken = branch.Then
				}
				out = append(out, fo.block(taken)...)
				continue
			}
		}
		for _, b := range ir.Blocks(op) {
			*b = fo.block(*b)
		}
		out = append(out, fo.fold(op)...)
	}
	return out
}

func (fo *folder) value(r ir.Reg) (flow.Value, bool) {
	v, ok := fo.known[r]
	return v, ok
}

func (fo *folder) values(regs []ir.Reg) ([]flow.Value, bool) {
	out := make([]flow.Value, len(regs))
	for i, r := range regs {
		v, ok := fo.known[r]
		if !ok {
			return nil, false
		}
		out[i] = v
	}
	return out, true
}

// fold returns what takes op's place.
func (fo *folder) fold(op ir.Op) []ir.Op {
	switch o := op.(type) {
	case *ir.Const:
		if fo.defs[o.Dst] == 1 {
			fo.known[o.Dst] = o.Value
		}
	case *ir.Copy:
		if v, ok := fo.value(o.Src); ok && fo.defs[o.Dst] == 1 {
			return fo.constant(op, o.Dst, v)
		}
	case *ir.Box:
		if v, ok := fo.value(o.Src); ok {
			return fo.constant(op, o.Dst, v)
		}
	case *ir.Get:
		if v, ok := fo.value(o.Src); ok {
			return fo.constant(op, o.Dst, flow.At(v, o.Path...))
		}
	case *ir.Convert:
		if v, ok := fo.value(o.Src); ok {
			if c, err := flow.Convert(v, o.Type); err == nil {
				return fo.constant(op, o.Dst, c)
			}
		}
	case *ir.GetNum:
		if v, ok := fo.value(o.Src); ok {
			if c, err := flow.Convert(flow.At(v, o.Path...), flow.NumberType); err == nil {
				return fo.constant(op, o.Dst, c)
			}
		}
	case *ir.Compare:
		a, okA := fo.value(o.A)
		b, okB := fo.value(o.B)
		if okA && okB {
			if r, err := flow.Compare(o.Op, a, b); err == nil {
				return fo.constant(op, o.Dst, flow.Bool(r))
			}
		}
	case *ir.Object:
		if vals, ok := fo.values(o.Args); ok {
			return fo.constant(op, o.Dst, flow.NewObject(flow.NewShape(o.Keys), vals))
		}
	case *ir.List:
		if vals, ok := fo.values(o.Args); ok {
			return fo.constant(op, o.Dst, flow.ListOf(vals...))
		}
	case *ir.Concat:
		return fo.concat(o)
	case *ir.Card:
		return fo.card(o)
	}
	return []ir.Op{op}
}

// constant makes op a constant if the value may be one.
func (fo *folder) constant(op ir.Op, dst ir.Reg, v flow.Value) []ir.Op {
	if v.HasSecret() || v.Size() > foldBytes || fo.defs[dst] != 1 || !foldable(v) || !fitsRepr(v, fo.f.Repr(dst)) {
		return []ir.Op{op}
	}
	fo.known[dst] = v
	return []ir.Op{&ir.Const{Node: *op.At(), Dst: dst, Value: v}}
}

// foldable: files are handles of one run, everything else is data.
func foldable(v flow.Value) bool {
	switch v.Kind() {
	case flow.KindFile:
		return false
	case flow.KindList:
		for _, x := range v.List().All() {
			if !foldable(x) {
				return false
			}
		}
	case flow.KindObject:
		for _, x := range v.Object().All() {
			if !foldable(x) {
				return false
			}
		}
	}
	return true
}

func fitsRepr(v flow.Value, r guest.Repr) bool {
	switch r {
	case guest.Number:
		return v.Kind() == flow.KindNumber
	case guest.Boolean:
		return v.Kind() == flow.KindBool
	}
	return true
}

func (fo *folder) concat(o *ir.Concat) []ir.Op {
	vals, ok := fo.values(o.Args)
	if !ok {
		return []ir.Op{o}
	}
	for i, v := range vals {
		t, err := flow.Convert(v, flow.TextType)
		if err != nil {
			return []ir.Op{o}
		}
		vals[i] = t
	}
	v, err := flow.Concat(vals...)
	if err != nil {
		return []ir.Op{o}
	}
	return fo.constant(o, o.Dst, v)
}

// card calls a pure card on its constant arguments. The step still shows in
// traces, with the values it was folded from.
func (fo *folder) card(o *ir.Card) []ir.Op {
	if o.Card.Effect != flow.Pure || o.Card.NoFold || o.Dst == ir.None {
		return []ir.Op{o}
	}
	args, ok := fo.values(o.Args)
	extra, okExtra := fo.values(o.Extra)
	if !ok || !okExtra {
		return []ir.Op{o}
	}
	v, err := fo.run(o, args, extra)
	if err != nil {
		return []ir.Op{o}
	}
	out := fo.constant(o, o.Dst, v)
	if _, same := out[0].(*ir.Card); same {
		return out
	}
	if fo.p.Steps[o.Step-1].What != o.Card.Key {
		return out // the card is part of a construct, which traces itself
	}
	trace := &ir.Trace{Node: o.Node, Args: append(append([]ir.Reg(nil), o.Args...), o.Extra...)}
	if o.Card.Single() {
		trace.Args = append(trace.Args, o.Dst)
	} else {
		for _, key := range fo.p.Steps[o.Step-1].Outs {
			r := fo.f.NewReg(guest.Handle)
			fo.defs = append(fo.defs, 1)
			out = append(out, fo.constant(&ir.Const{Node: o.Node}, r, flow.At(v, key))...)
			trace.Args = append(trace.Args, r)
		}
	}
	if len(trace.Args) > guest.MaxVariadic {
		return out
	}
	return append(out, trace)
}

func (fo *folder) run(o *ir.Card, args, extra []flow.Value) (flow.Value, error) {
	c := flow.Call{Card: o.Card, Args: make([]flow.Value, len(args)), MaxValue: foldBytes, Charge: fo.charge}
	if len(extra) > 0 {
		c.Extra = flow.NewObject(flow.NewShape(o.Names), extra).Object()
	}
	if err := c.Bind(args, nil); err != nil {
		return flow.Value{}, err
	}
	if err := fo.charge(c.Price()); err != nil {
		return flow.Value{}, err
	}
	v, err := o.Card.Run(context.Background(), &c)
	v = o.Card.Result(v)
	if err == nil && fo.f.Repr(o.Dst) != guest.Handle {
		v, err = flow.Convert(v, o.Card.Out[0].Type)
	}
	return v, err
}

func (fo *folder) charge(n int64) error {
	if *fo.fuel -= n; *fo.fuel < 0 {
		return flow.Errorf(flow.CodeLimitFuel, "folding has spent its budget")
	}
	return nil
}

package ir

import (
	"fmt"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Verify checks that p is well formed: registers exist and are used with their
// representation, labels are open, called functions come earlier. Passes are
// checked with it in tests; text from outside must pass it before anything else.
func Verify(p *Program) error {
	seen := map[string]*Func{}
	bodies := 0
	for _, f := range p.Funcs {
		if f.Kind == BodyFunc {
			bodies++
		}
	}
	for _, f := range p.Funcs {
		v := &verifier{f: f, funcs: seen, bodies: bodies, steps: len(p.Steps)}
		for _, r := range f.Regs {
			v.check(r == guest.Handle || r == guest.Number || r == guest.Boolean, "unknown representation %q", r)
		}
		for _, r := range f.Params {
			v.reg(r)
		}
		v.block(f.Body)
		if v.err != nil {
			return flow.Errorf(flow.CodeInternal, "IR of %q: %v", f.Name, v.err)
		}
		if f.Kind == FlowFunc {
			seen[f.Name] = f
		}
	}
	return nil
}

type verifier struct {
	f      *Func
	funcs  map[string]*Func
	bodies int
	steps  int
	labels []int
	// handlers is how many IfErrors stand around the operation.
	handlers int
	err      error
}

func (v *verifier) check(ok bool, format string, args ...any) {
	if !ok && v.err == nil {
		v.err = fmt.Errorf(format, args...)
	}
}

func (v *verifier) reg(r Reg) bool {
	ok := r >= 0 && int(r) < len(v.f.Regs)
	v.check(ok, "no register %%%d", r)
	return ok
}

func (v *verifier) is(r Reg, want guest.Repr) {
	if v.reg(r) {
		v.check(v.f.Regs[r] == want, "register %%%d is %c, want %c", r, v.f.Regs[r], want)
	}
}

func (v *verifier) handles(regs []Reg) {
	for _, r := range regs {
		v.is(r, guest.Handle)
	}
}

func (v *verifier) block(ops []Op) {
	for _, op := range ops {
		for _, r := range Defs(op) {
			v.reg(r)
		}
		for _, r := range Uses(op) {
			v.reg(r)
		}
		v.check(op.At().Step >= 0 && op.At().Step <= v.steps, "no step %d", op.At().Step)
		if v.err != nil {
			return
		}
		v.op(op)
		if b, ok := op.(*Block); ok {
			v.labels = append(v.labels, b.Label)
		}
		for i, b := range Blocks(op) {
			_, handles := op.(*Try)
			if handles = handles && i == 1; handles {
				v.handlers++
			}
			v.block(*b)
			if handles {
				v.handlers--
			}
		}
		if _, ok := op.(*Block); ok {
			v.labels = v.labels[:len(v.labels)-1]
		}
		if v.err != nil {
			return
		}
	}
}

func (v *verifier) op(op Op) {
	repr := func(r Reg) guest.Repr {
		if r == None {
			return 0
		}
		return v.f.Regs[r]
	}
	needDst := func(r Reg) { v.check(r != None, "%T without a result", op) }
	switch o := op.(type) {
	case *Const:
		needDst(o.Dst)
		k := o.Value.Kind()
		v.check(repr(o.Dst) == guest.Handle || repr(o.Dst) == guest.Number && k == flow.KindNumber ||
			repr(o.Dst) == guest.Boolean && k == flow.KindBool, "constant does not fit its register")
	case *Copy:
		v.check(repr(o.Dst) == repr(o.Src) && o.Src != None, "copy between representations")
	case *Box:
		v.check(o.Src != None && repr(o.Src) != guest.Handle && repr(o.Dst) == guest.Handle, "box of a handle")
	case *Convert:
		v.is(o.Src, guest.Handle)
		v.check(repr(o.Dst) == guest.ReprOf(flow.Type{Base: o.Type.Base, List: o.Type.List}) || repr(o.Dst) == guest.Handle, "convert into another representation")
	case *Get:
		v.is(o.Src, guest.Handle)
		v.is(o.Dst, guest.Handle)
	case *GetNum:
		v.is(o.Src, guest.Handle)
		v.is(o.Dst, guest.Number)
	case *Object:
		v.is(o.Dst, guest.Handle)
		v.check(len(o.Keys) == len(o.Args) && len(o.Args) <= guest.MaxVariadic, "object of %d keys and %d values", len(o.Keys), len(o.Args))
	case *List:
		v.is(o.Dst, guest.Handle)
		v.check(len(o.Args) <= guest.MaxVariadic, "list of %d items", len(o.Args))
	case *Concat:
		v.is(o.Dst, guest.Handle)
		v.check(len(o.Args) <= guest.MaxVariadic, "text of %d parts", len(o.Args))
	case *Card:
		v.card(o)
	case *Compare:
		v.is(o.Dst, guest.Boolean)
		v.check(o.A != None && o.B != None && repr(o.A) == repr(o.B) && o.Op.Valid(), "comparison of different representations")
	case *Secret:
		v.is(o.Dst, guest.Handle)
	case *Config:
		v.is(o.Dst, guest.Handle)
	case *Context:
		v.is(o.Dst, guest.Handle)
	case *If:
		v.is(o.Cond, guest.Boolean)
	case *Leave:
		ok := false
		for _, l := range v.labels {
			ok = ok || l == o.Label
		}
		v.check(ok, "no open block %d", o.Label)
	case *Try:
		v.is(o.Err, guest.Handle)
	case *Loop:
		v.loop(o)
	case *While:
		v.handles([]Reg{o.Init, o.Memo, o.Next})
		v.is(o.More, guest.Boolean)
		v.check(o.Turns > 0, "a loop of %d turns", o.Turns)
		v.check((o.Dst == None) == (o.Item == None) && (o.Dst == None) != (o.Last == None), "a loop that collects and gives its last value")
		if o.Dst != None {
			v.is(o.Dst, guest.Handle)
		} else {
			v.is(o.Last, guest.Handle)
		}
	case *Parallel:
		v.is(o.Over, guest.Handle)
		v.is(o.Concurrency, guest.Number)
		v.handles(o.Captures)
		v.check(o.Body >= 0 && o.Body < v.bodies, "no loop body %d", o.Body)
		v.check(len(o.Captures) <= guest.MaxVariadic, "%d captures", len(o.Captures))
	case *Call:
		v.call(o)
	case *Return:
		if v.f.Kind == BodyFunc {
			v.check(len(o.Args) == 1, "a loop body returns one value")
			v.handles(o.Args)
			return
		}
		v.check(len(o.Args) == len(v.f.Outs), "return of %d values", len(o.Args))
		for i, r := range o.Args {
			if i < len(v.f.Outs) {
				v.is(r, v.f.Outs[i].Repr)
			}
		}
	case *Stop:
		if o.Message != None {
			v.is(o.Message, guest.Handle)
		}
	case *Fail:
		v.is(o.Fields, guest.Handle)
	case *Rethrow:
		v.check(v.handlers > 0, "an error fails again where none was caught")
	case *Meter:
		v.check(o.Fuel > 0, "a fuel check must charge something")
	}
}

func (v *verifier) card(o *Card) {
	if o.Card == nil {
		v.check(false, "card without definition")
		return
	}
	v.check(len(o.Args) == len(o.Card.In), "card %s with %d inputs", o.Card.Key, len(o.Args))
	for i, r := range o.Args {
		if i < len(o.Card.In) {
			v.is(r, guest.ReprOfPort(&o.Card.In[i]))
		}
	}
	v.check(len(o.Names) == len(o.Extra) && len(o.Extra) <= guest.MaxVariadic, "card %s with %d names for %d inputs", o.Card.Key, len(o.Names), len(o.Extra))
	if o.Dst != None {
		v.is(o.Dst, guest.ReprOfResult(o.Card))
	}
}

func (v *verifier) loop(o *Loop) {
	if o.Kind == guest.LoopRepeat {
		v.is(o.Over, guest.Number)
	} else {
		v.is(o.Over, guest.Handle)
		v.is(o.Item, guest.Handle)
	}
	if o.Index != None {
		v.is(o.Index, guest.Number)
	}
	switch o.Kind {
	case guest.LoopMap:
		v.check(o.Out != None && o.Dst != None, "map without a result")
	case guest.LoopFilter:
		v.is(o.Out, guest.Boolean)
		v.is(o.Dst, guest.Handle)
	case guest.LoopFind:
		v.is(o.Out, guest.Boolean)
		v.is(o.Dst, guest.Handle)
		v.is(o.Found, guest.Number)
		v.is(o.Index, guest.Number)
	case guest.LoopReduce:
		v.check(o.Init != None && o.Memo != None && o.Out != None && o.Dst != None, "reduce without a running value")
		if v.err == nil {
			r := v.f.Regs[o.Memo]
			v.check(v.f.Regs[o.Init] == r && v.f.Regs[o.Out] == r && v.f.Regs[o.Dst] == r, "reduce between representations")
		}
	}
}

func (v *verifier) call(o *Call) {
	callee := v.funcs[o.Func]
	if callee == nil {
		v.check(false, "no earlier function %q", o.Func)
		return
	}
	v.is(o.Status, guest.Boolean)
	v.check(len(o.Args) == len(callee.Params) && len(o.Dsts) == len(callee.Outs), "call of %q does not fit", o.Func)
	for i, r := range o.Args {
		if v.err == nil {
			v.is(r, callee.Regs[callee.Params[i]])
		}
	}
	for i, r := range o.Dsts {
		if v.err == nil {
			v.is(r, callee.Outs[i].Repr)
		}
	}
}

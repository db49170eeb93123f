package opt

import (
	"fmt"
	"strings"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/guest"
)

// Reuse computes a field, a conversion or a box once where several steps ask
// for the same one. A result is reused only where the first computation has
// certainly been done: behind it in its block, and in the blocks inside.
func Reuse(p *ir.Program) {
	for _, f := range p.Funcs {
		r := &reuser{regs: f.Regs, defs: make([]int, len(f.Regs)), alias: map[ir.Reg]ir.Reg{}}
		for _, p := range f.Params {
			r.defs[p]++
		}
		ir.Walk(f.Body, func(op ir.Op) {
			for _, d := range ir.Defs(op) {
				r.defs[d]++
			}
		})
		f.Body = r.block(f.Body, nil)
		if len(r.alias) > 0 {
			rename(f.Body, r.alias)
		}
	}
}

type reuser struct {
	regs  []guest.Repr
	defs  []int
	alias map[ir.Reg]ir.Reg // results that another register holds already
}

// known is a chain of what the blocks around have computed.
type known struct {
	outer *known
	at    map[string]ir.Reg
}

func (k *known) find(key string) (ir.Reg, bool) {
	for ; k != nil; k = k.outer {
		if r, ok := k.at[key]; ok {
			return r, true
		}
	}
	return ir.None, false
}

func (r *reuser) block(ops []ir.Op, outer *known) []ir.Op {
	here := &known{outer, map[string]ir.Reg{}}
	out := ops[:0:0]
	for _, op := range ops {
		for _, b := range ir.Blocks(op) {
			*b = r.block(*b, here)
		}
		src, dst, what := r.pure(op)
		if what == "" || r.defs[src] != 1 || r.defs[dst] != 1 {
			out = append(out, op)
			continue
		}
		if a, ok := r.alias[src]; ok {
			src = a
		}
		// The same conversion may be wanted unboxed and as a handle.
		key := fmt.Sprintf("%d %v %s", src, r.regs[dst], what)
		if have, ok := here.find(key); ok {
			r.alias[dst] = have
			continue
		}
		here.at[key] = dst
		out = append(out, op)
	}
	return out
}

// pure describes an operation that depends on one register alone.
func (r *reuser) pure(op ir.Op) (src, dst ir.Reg, what string) {
	switch o := op.(type) {
	case *ir.Get:
		return o.Src, o.Dst, "get " + strings.Join(o.Path, "\x00")
	case *ir.GetNum:
		return o.Src, o.Dst, "number " + strings.Join(o.Path, "\x00")
	case *ir.Convert:
		return o.Src, o.Dst, "convert " + o.Type.String()
	case *ir.Box:
		return o.Src, o.Dst, "box"
	}
	return 0, 0, ""
}

// rename replaces the registers that operations read.
func rename(ops []ir.Op, alias map[ir.Reg]ir.Reg) {
	ir.Walk(ops, func(op ir.Op) {
		ir.MapUses(op, func(r ir.Reg) ir.Reg {
			if a, ok := alias[r]; ok {
				return a
			}
			return r
		})
	})
}

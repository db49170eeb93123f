package opt

import "github.com/weirflow/weir/compiler/internal/ir"

// Dead removes operations that cannot fail, touch nothing and make what nobody
// uses. It repeats until nothing more falls away.
func Dead(p *ir.Program) {
	for _, f := range p.Funcs {
		for {
			used := make([]bool, len(f.Regs))
			ir.Walk(f.Body, func(op ir.Op) {
				for _, r := range ir.Uses(op) {
					used[r] = true
				}
			})
			n := 0
			f.Body = sweep(f.Body, used, &n)
			if n == 0 {
				break
			}
		}
	}
}

func sweep(ops []ir.Op, used []bool, removed *int) []ir.Op {
	out := ops[:0:0]
	for _, op := range ops {
		for _, b := range ir.Blocks(op) {
			*b = sweep(*b, used, removed)
		}
		if droppable(op) && !anyUsed(op, used) {
			*removed++
			continue
		}
		out = append(out, op)
	}
	return out
}

func droppable(op ir.Op) bool {
	switch o := op.(type) {
	case *ir.Const, *ir.Copy, *ir.Box, *ir.Get, *ir.Secret, *ir.Config, *ir.Context:
		return true
	case *ir.Card:
		return o.Total
	case *ir.If:
		return len(o.Then) == 0 && len(o.Else) == 0
	case *ir.Block:
		return len(o.Body) == 0
	}
	return false
}

func anyUsed(op ir.Op, used []bool) bool {
	for _, r := range ir.Defs(op) {
		if used[r] {
			return true
		}
	}
	return false
}

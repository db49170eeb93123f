package wasm

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/meter"
	"github.com/weirflow/weir/guest"
)

// allocation maps the registers of a function to locals: registers whose lives
// do not overlap share one, so that the runtime's compile time, which grows
// with locals times blocks, stays low. A register with one constant definition
// needs no local: the constant stands where it is used.
type allocation struct {
	local  []int // by register; -1 for none
	consts map[ir.Reg]*ir.Const
	extra  []guest.ValType // types of the locals behind the parameters
}

type life struct {
	reg        ir.Reg
	start, end int
}

func allocate(f *ir.Func, fu *fusion) *allocation {
	a := &allocation{local: make([]int, len(f.Regs)), consts: constants(f)}
	lives := livesOf(f, fu)
	for i := range a.local {
		a.local[i] = -1
	}
	params := 1 + len(f.Params)
	for i, r := range f.Params {
		a.local[r] = i + 1
	}
	type slot struct{ local, end int }
	open := map[guest.ValType][]slot{}
	for _, l := range lives {
		if a.local[l.reg] >= 0 || a.consts[l.reg] != nil {
			continue
		}
		t := f.Regs[l.reg].Wasm()
		slots := open[t]
		i := slices.IndexFunc(slots, func(s slot) bool { return s.end < l.start })
		if i < 0 {
			i = len(slots)
			slots = append(slots, slot{local: params + len(a.extra)})
			a.extra = append(a.extra, t)
		}
		slots[i].end = l.end
		a.local[l.reg] = slots[i].local
		open[t] = slots
	}
	return a
}

func constants(f *ir.Func) map[ir.Reg]*ir.Const {
	defs := make([]int, len(f.Regs))
	for _, r := range f.Params {
		defs[r]++
	}
	found := map[ir.Reg]*ir.Const{}
	ir.Walk(f.Body, func(op ir.Op) {
		for _, r := range ir.Defs(op) {
			defs[r]++
		}
		if c, ok := op.(*ir.Const); ok {
			found[c.Dst] = c
		}
	})
	for r := range found {
		if defs[r] != 1 {
			delete(found, r)
		}
	}
	return found
}

// livesOf numbers operations in the order of execution (uses before
// definitions) and gives each register the span in which its local must keep
// it. What a loop uses from outside lives to the loop's end.
func livesOf(f *ir.Func, fu *fusion) []life {
	start := make([]int, len(f.Regs))
	end := make([]int, len(f.Regs))
	for i := range start {
		start[i] = -1
	}
	pos := 2
	touch := func(r ir.Reg, at int) {
		if start[r] < 0 {
			start[r] = at
		}
		end[r] = max(end[r], at)
	}
	for _, r := range f.Params {
		touch(r, 0)
	}
	var walk func(ops []ir.Op)
	walk = func(ops []ir.Op) {
		for _, op := range ops {
			pos += 2
			at := pos
			if c, ok := op.(*ir.Card); ok && meter.Inlined(c) {
				at++ // its slow path reads the operands after the fast path has set the result
			}
			for _, r := range fu.usedBy(op) {
				touch(r, at)
			}
			body, isLoop := loopBody(op)
			if isLoop {
				for _, r := range fu.setBy(op) {
					touch(r, pos)
				}
			}
			if t, ok := op.(*ir.Try); ok {
				walk(t.Body)
				pos += 2
				touch(t.Err, pos)
				walk(t.IfError)
				continue
			}
			for _, b := range ir.Blocks(op) {
				walk(*b)
			}
			if isLoop {
				pos += 2
				for _, r := range append(fu.setBy(op), fu.usedBy(op)...) {
					touch(r, pos)
				}
				ir.Walk(body, func(inner ir.Op) {
					for _, r := range append(fu.usedBy(inner), fu.setBy(inner)...) {
						if start[r] < at {
							touch(r, pos)
						}
					}
				})
				continue
			}
			for _, r := range fu.setBy(op) {
				touch(r, pos+1)
			}
		}
	}
	walk(f.Body)
	var lives []life
	for r := range start {
		if start[r] >= 0 {
			lives = append(lives, life{ir.Reg(r), start[r], end[r]})
		}
	}
	slices.SortFunc(lives, func(a, b life) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return int(a.reg - b.reg)
	})
	return lives
}

// loopBody returns what an operation runs again and again.
func loopBody(op ir.Op) ([]ir.Op, bool) {
	switch o := op.(type) {
	case *ir.Loop:
		return o.Body, true
	case *ir.While:
		return o.Body, true
	}
	return nil, false
}

package guest

import "github.com/weirflow/weir/flow"

// openRegion reads the fuel sequence that must stand here, at the start of a
// function body or loop body, and begins to count instructions.
func (b *body) openRegion() {
	at := b.pos
	b.opened = append(b.opened, region{at: at, price: b.fuelSequence()})
	b.blocks++ // the if of the sequence
	b.merges++
}

// fuelSequence reads
//
//	global.get 0     ;; the counter
//	i64.const N
//	i64.sub
//	global.set 0
//	global.get 0
//	i64.const 0
//	i64.lt_s
//	if
//	  global.get 0
//	  call refuel    ;; a host function: it charges the run, or ends it
//	  global.set 0
//	end
//
// and returns N. Control flow in WebAssembly is structured: nothing can jump
// between these instructions or past them into the region.
func (b *body) fuelSequence() int64 {
	const missing = "there is no fuel sequence at the start of a function or loop body"
	b.mark()
	op := func(want byte) {
		if got := b.byte(); got != want && b.err == nil {
			b.profile(missing)
		}
	}
	index := func(opcode byte, want int) {
		op(opcode)
		if got := b.u32(); int64(got) != int64(want) && b.err == nil {
			b.profile(missing)
		}
	}
	const counter = 0
	index(opGlobalGet, counter)
	op(opI64Const)
	price := b.signed(64)
	op(opI64Sub)
	index(opGlobalSet, counter)
	index(opGlobalGet, counter)
	op(opI64Const)
	if b.signed(64) != 0 {
		b.profile(missing)
	}
	op(opI64LtS)
	op(opIf)
	if b.signed(33) != -64 {
		b.profile(missing)
	}
	index(opGlobalGet, counter)
	index(opCall, b.v.refuel)
	index(opGlobalSet, counter)
	op(opEnd)
	if price < 1 || price > MaxPrice {
		b.profile("a fuel sequence charges %d", price)
	}
	return price
}

// closeRegion compares the price of the innermost region with its length.
func (b *body) closeRegion() {
	g := b.opened[len(b.opened)-1]
	b.opened = b.opened[:len(b.opened)-1]
	if least := g.work.Fuel(); g.price < least {
		b.at = g.at
		b.profile("a fuel sequence charges %d for what is at least %d", g.price, least)
	}
}

// checkCalls requires that no function reaches itself and that no chain of calls
// is longer than MaxCallDepth. It takes functions whose callers were all taken
// before (Kahn's topological order) and pushes the depth down to their callees.
func (v *verifier) checkCalls() error {
	callees := func(f int) []uint32 {
		start := 0
		if f > 0 {
			start = v.callEnds[f-1]
		}
		return v.calls[start:v.callEnds[f]]
	}
	callers := make([]int, len(v.funcs))
	for _, c := range v.calls {
		callers[c]++
	}
	depth := make([]int, len(v.funcs))
	var ready []int
	for f, n := range callers {
		if n == 0 {
			ready = append(ready, f)
		}
	}
	taken := 0
	for ; taken < len(ready); taken++ {
		f := ready[taken]
		depth[f]++
		if depth[f] > MaxCallDepth {
			return flow.Errorf(flow.CodeModuleProfile, "code section, function %d: it ends a chain of more than %d calls",
				len(v.m.Imports)+f, MaxCallDepth)
		}
		v.m.CallDepth = max(v.m.CallDepth, depth[f])
		for _, c := range callees(f) {
			depth[c] = max(depth[c], depth[f])
			if callers[c]--; callers[c] == 0 {
				ready = append(ready, int(c))
			}
		}
	}
	if taken == len(v.funcs) {
		return nil
	}
	// What is left reaches a circle or stands in one: following any callee that is
	// left, as often as there are functions, ends in a circle.
	f := 0
	for callers[f] == 0 {
		f++
	}
	for range v.funcs {
		for _, c := range callees(f) {
			if callers[c] > 0 {
				f = int(c)
				break
			}
		}
	}
	return flow.Errorf(flow.CodeModuleProfile, "code section, function %d: it calls itself, directly or through others",
		len(v.m.Imports)+f)
}

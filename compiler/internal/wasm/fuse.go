package wasm

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/meter"
	"github.com/weirflow/weir/guest"
)

// fusion says which operations of a function become part of others, because a
// crossing into the host costs more than most of what is done there:
//
//   - a Get whose result is only handed to the host, once or twice, is done by the
//     operations that take it (guest.Field);
//   - of a card with several outputs, of which only fields are used, the call gives
//     these (guest.CardOut);
//   - the GetNums of one block on one value are done together, where the first of
//     them stands (get_nums).
//
// None of them changes what is computed or charged, only when: fields of values
// never change, and what can fail still fails in its place.
type fusion struct {
	field  map[ir.Reg]*ir.Get // Gets that are done where their results are used
	outs   map[*ir.Card][]cardOut
	gone   map[ir.Op]bool // Gets and GetNums that cards give the results of
	groups map[*ir.GetNum]*numbers
}

// cardOut is an output that a call gives, and where it goes.
type cardOut struct {
	guest.CardOut
	dst ir.Reg
}

// numbers are GetNums that are done together.
type numbers struct {
	ops []*ir.GetNum
	ok  int // local of the flag: all of them succeeded
}

// maxNumbers bounds one group; further GetNums make another.
const maxNumbers = 16

// maxFieldUses is how often a field may be looked up again instead of being
// kept: a look-up takes a third of the host call that it saves.
const maxFieldUses = 2

// place is one use of a register.
type place struct {
	op   ir.Op
	loop int  // which loop body it is in; 0 for none
	host bool // the operation can take a guest.Field there
}

type fuser struct {
	*fusion
	f     *ir.Func
	defs  []int
	uses  [][]place
	room  map[ir.Op]int // how many more values an operation can take
	loops int
	gets  []place // every Get
	cards []*ir.Card
}

func fuse(f *ir.Func) *fusion {
	fu := &fuser{
		fusion: &fusion{
			field: map[ir.Reg]*ir.Get{}, outs: map[*ir.Card][]cardOut{}, gone: map[ir.Op]bool{}, groups: map[*ir.GetNum]*numbers{},
		},
		f: f, defs: make([]int, len(f.Regs)), uses: make([][]place, len(f.Regs)), room: map[ir.Op]int{},
	}
	for _, r := range f.Params {
		fu.defs[r]++
	}
	fu.survey(f.Body, 0)
	for _, c := range fu.cards {
		fu.results(c)
	}
	for _, g := range fu.gets {
		fu.operand(g)
	}
	fu.numbers(f.Body)
	return fu.fusion
}

// survey notes where registers are set and used.
func (fu *fuser) survey(ops []ir.Op, loop int) {
	for _, op := range ops {
		for _, r := range ir.Defs(op) {
			fu.defs[r]++
		}
		host := hostArgs(op)
		for _, r := range ir.Uses(op) {
			if _, ok := op.(*ir.Trace); !ok {
				fu.uses[r] = append(fu.uses[r], place{op, loop, slices.Contains(host, r)})
			}
		}
		switch o := op.(type) {
		case *ir.Get:
			fu.gets = append(fu.gets, place{op: o, loop: loop})
		case *ir.Card:
			fu.cards = append(fu.cards, o)
			fu.room[op] = guest.MaxVariadic - len(o.Args) - len(o.Extra)
		default:
			fu.room[op] = guest.MaxVariadic - len(host)
		}
		inner := loop
		if _, ok := loopBody(op); ok {
			fu.loops++
			inner = fu.loops
		}
		for _, b := range ir.Blocks(op) {
			fu.survey(*b, inner)
		}
	}
}

// hostArgs returns the registers that op hands to the host in places that may
// be a guest.Field.
func hostArgs(op ir.Op) []ir.Reg {
	switch o := op.(type) {
	case *ir.Object:
		return o.Args
	case *ir.List:
		return o.Args
	case *ir.Concat:
		return o.Args
	case *ir.Card:
		if meter.Inlined(o) || o.Card.External != nil {
			return nil
		}
		regs := slices.Clone(o.Extra)
		for i, r := range o.Args {
			if guest.ReprOfPort(&o.Card.In[i]) == guest.Handle {
				regs = append(regs, r)
			}
		}
		return regs
	}
	return nil
}

// operand decides whether a Get is done by those that use its result.
func (fu *fuser) operand(at place) {
	g := at.op.(*ir.Get)
	uses := fu.uses[g.Dst]
	if fu.gone[g] || fu.defs[g.Dst] != 1 || fu.defs[g.Src] != 1 || len(uses) == 0 || len(uses) > maxFieldUses || guest.PathFuel(g.Path) > 0 {
		return
	}
	for _, u := range uses {
		if !u.host || u.loop != at.loop || fu.room[u.op] < len(uses) {
			return
		}
	}
	for _, u := range uses {
		fu.room[u.op]--
	}
	fu.field[g.Dst] = g
}

// results decides whether a call gives outputs instead of an object of them.
func (fu *fuser) results(c *ir.Card) {
	if c.Card.External != nil || c.Dst == ir.None || fu.defs[c.Dst] != 1 || len(fu.uses[c.Dst]) == 0 || len(fu.uses[c.Dst]) > guest.MaxCardOuts {
		return
	}
	var outs []cardOut
	for _, u := range fu.uses[c.Dst] {
		var path []string
		out := cardOut{}
		switch o := u.op.(type) {
		case *ir.Get:
			out.Repr, out.dst, path = guest.Handle, o.Dst, o.Path
		case *ir.GetNum:
			out.Repr, out.dst, path = guest.Number, o.Dst, o.Path
		default:
			return
		}
		if len(path) != 1 || fu.defs[out.dst] != 1 {
			return
		}
		out.Place = c.Card.Output("", path[0])
		if out.Place < 0 || !guest.TakesOut(c.Card, out.CardOut) ||
			slices.ContainsFunc(outs, func(have cardOut) bool { return have.CardOut == out.CardOut }) {
			return
		}
		outs = append(outs, out)
	}
	fu.outs[c] = outs
	for _, u := range fu.uses[c.Dst] {
		fu.gone[u.op] = true
	}
}

// numbers groups the GetNums of each block.
func (fu *fuser) numbers(ops []ir.Op) {
	open := map[ir.Reg]*numbers{}
	for _, op := range ops {
		for _, b := range ir.Blocks(op) {
			fu.numbers(*b)
		}
		g, ok := op.(*ir.GetNum)
		if !ok || fu.gone[g] || fu.defs[g.Src] != 1 || fu.defs[g.Dst] != 1 || guest.PathFuel(g.Path) > 0 {
			continue
		}
		n := open[g.Src]
		if n == nil || len(n.ops) == maxNumbers {
			n = &numbers{}
			open[g.Src] = n
		}
		n.ops = append(n.ops, g)
		fu.groups[g] = n
	}
	for _, n := range open {
		if len(n.ops) == 1 {
			delete(fu.groups, n.ops[0])
		}
	}
}

// usedBy returns the registers that op reads when it is done.
func (fu *fusion) usedBy(op ir.Op) []ir.Reg {
	if fu.gone[op] {
		return nil
	}
	if g, ok := op.(*ir.Get); ok && fu.field[g.Dst] == g {
		return nil
	}
	regs := ir.Uses(op)
	for i, r := range regs {
		for g := fu.field[r]; g != nil; g = fu.field[r] {
			r = g.Src
		}
		if r != regs[i] {
			regs = slices.Clone(regs)
			regs[i] = r
		}
	}
	return regs
}

// setBy returns the registers that op sets when it is done.
func (fu *fusion) setBy(op ir.Op) []ir.Reg {
	if fu.gone[op] {
		return nil
	}
	switch o := op.(type) {
	case *ir.Get:
		if fu.field[o.Dst] == o {
			return nil
		}
	case *ir.Card:
		if outs := fu.outs[o]; len(outs) > 0 {
			regs := make([]ir.Reg, len(outs))
			for i, out := range outs {
				regs[i] = out.dst
			}
			return regs
		}
	case *ir.GetNum:
		if n := fu.groups[o]; n != nil && n.ops[0] == o {
			regs := make([]ir.Reg, len(n.ops))
			for i, g := range n.ops {
				regs[i] = g.Dst
			}
			return regs
		}
	}
	return ir.Defs(op)
}

// args pushes values for the host and returns their letters.
func (fn *function) args(regs []ir.Reg) string {
	b := make([]byte, len(regs))
	for i, r := range regs {
		if g := fn.fused.field[r]; g != nil {
			fn.get(g.Src)
			fn.i32(fn.pathConst(g.Path))
			b[i] = byte(guest.Field)
			continue
		}
		fn.get(r)
		b[i] = byte(fn.f.Regs[r])
	}
	return string(b)
}

// getNumber emits a GetNum. In a group, the first asks for the numbers of all,
// and each looks whether that went well; where it did not, they are asked for
// one by one, so that the one that fails does so in its place.
func (fn *function) getNumber(o *ir.GetNum) {
	if fn.fused.gone[o] {
		return
	}
	n := fn.fused.groups[o]
	if n != nil {
		if n.ops[0] == o {
			fn.getNumbers(n)
		}
		fn.getLocal(n.ok)
		fn.op(opI32Eqz)
		fn.open(opIf)
		defer fn.close()
	}
	fn.step(o.At())
	fn.get(o.Src)
	fn.i32(fn.pathConst(o.Path))
	fn.core("get_num")
	fn.numberOrFail(o.Dst)
}

func (fn *function) getNumbers(n *numbers) {
	paths := make([][]string, len(n.ops))
	letters := make([]byte, len(n.ops))
	for i, g := range n.ops {
		paths[i], letters[i] = g.Path, byte(guest.Number)
	}
	n.ok = fn.newLocal()
	fn.get(n.ops[0].Src)
	fn.i32(fn.pathsConst(paths))
	fn.core("get_nums:" + string(letters))
	fn.setLocal(n.ok)
	for i := len(n.ops) - 1; i >= 0; i-- {
		fn.set(n.ops[i].Dst)
	}
}

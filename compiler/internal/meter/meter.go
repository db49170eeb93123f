// Package meter inserts the fuel checks of the ABI: one at every function entry
// and one at every loop head, each paying for the operations of its region. A
// region is a function body or loop body without the loops inside it; both
// sides of a branch count, so that the price is an upper bound that depends on
// nothing but the program.
package meter

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Insert adds a Meter to every function and loop of p that has none yet.
func Insert(p *ir.Program) {
	for _, f := range p.Funcs {
		f.Body = withMeter(f, f.Body)
	}
}

func withMeter(f *ir.Func, body []ir.Op) []ir.Op {
	if len(body) > 0 {
		if _, ok := body[0].(*ir.Meter); ok {
			return body
		}
	}
	fuel := int64(4) // entry, exit and the check itself
	add(f, body, nil, &fuel)
	return append([]ir.Op{&ir.Meter{Fuel: int(fuel)}}, body...)
}

// tryScope stands for a Try among the labels of the blocks around an operation.
const tryScope = -1

// add sums the prices of a region and meters the loops in it. scopes has the labels
// of the blocks around ops, outermost first.
func add(f *ir.Func, ops []ir.Op, scopes []int, fuel *int64) {
	for _, op := range ops {
		*fuel += Price(f, op)
		inner := scopes
		switch o := op.(type) {
		case *ir.Loop:
			o.Body = withMeter(f, o.Body)
			continue
		case *ir.While:
			o.Body = withMeter(f, o.Body)
			continue
		case *ir.Leave: // it closes the tries on its way
			for i := len(scopes) - 1; i >= 0 && scopes[i] != o.Label; i-- {
				if scopes[i] == tryScope {
					*fuel += hostCall
				}
			}
		case *ir.Block:
			inner = append(slices.Clip(scopes), o.Label)
		case *ir.Try:
			add(f, o.Body, append(slices.Clip(scopes), tryScope), fuel)
			add(f, o.IfError, scopes, fuel)
			continue
		}
		for _, b := range ir.Blocks(op) {
			add(f, *b, inner, fuel)
		}
	}
}

// hostCall is the price of crossing into the host and back: 35 ns measured,
// less what the operation's own price covers.
const hostCall = 30

// Price returns the fixed price of one operation in fuel. Work that grows with
// its data is charged by the host when its size is known.
func Price(f *ir.Func, op ir.Op) int64 {
	n := int64(len(ir.Uses(op))) + int64(len(ir.Defs(op)))
	switch o := op.(type) {
	case *ir.Const, *ir.Copy, *ir.If, *ir.Block, *ir.Leave, *ir.Meter:
		return 1
	case *ir.Trace:
		return 1 + n/4
	case *ir.Card:
		if Inlined(o) {
			return o.Card.Cost.Base + n
		}
		return hostCall + n
	case *ir.Compare:
		if f.Repr(o.A) != guest.Handle {
			return 2
		}
		return hostCall
	case *ir.Object, *ir.List, *ir.Concat:
		return hostCall + 12*n
	case *ir.Call:
		return 2*hostCall + n
	case *ir.Try:
		return 3*hostCall + n
	case *ir.Loop, *ir.While:
		return 2*hostCall + loopTurn
	case *ir.Return:
		return 1 + n
	case *ir.Parallel:
		return 4 * hostCall
	}
	return hostCall + n
}

// loopTurn covers the host calls that a turn makes beside its body: next, and
// yield or keep.
const loopTurn = 2 * hostCall

// Inlined reports whether a card call is compiled to instructions.
func Inlined(o *ir.Card) bool {
	return o.Card.Inline != flow.InlineNone && len(o.Extra) == 0
}

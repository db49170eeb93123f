package guest

import "strings"

// The least that a module pays for what it does. Compiled flows pay more; these
// bounds keep a forged one from computing for many times its fuel. One unit of fuel
// stands for about a nanosecond of one core.
const (
	// instructionsPerFuel is how many instructions one unit of fuel pays for at
	// most. Chains of them run at 0.3 to 1.3 ns each.
	instructionsPerFuel = 4
	// heavyInstruction is how many instructions a division or a square root counts
	// for: each takes 4 to 7 ns.
	heavyInstruction = 8
	// hostCallFuel is the least price of a host call: crossing over and back takes
	// some 35 ns.
	hostCallFuel = 20
	// hostValueFuel is the least price of each further value that a variadic import
	// takes or gives.
	hostValueFuel = 8
)

// Work adds up what the fuel sequence of a region has to pay for. A region is the
// body of a function or of a loop without the bodies of the loops inside it and
// without fuel sequences; the instruction loop itself belongs to the region around
// it, and every end to what it ends. The zero Work is empty.
type Work struct {
	instructions int
	calls        int64
}

// Add counts one instruction.
func (w *Work) Add(opcode byte) {
	switch opcode {
	case opF64Div, opF64Sqrt:
		w.instructions += heavyInstruction
	default:
		w.instructions++
	}
}

// Call counts what an import does when it is called, beside the instruction. Traces
// count for nothing here, because most runs have none: the host refuses them in
// runs without one and bounds what the others show. It also charges the slow paths
// of inlined cards.
func (w *Work) Call(im *Import) {
	name, values, _ := strings.Cut(im.Field, ":")
	core := im.Module == CoreModule
	switch {
	case core && name == "trace", im.Card != nil && im.Card.Inlined:
	case core && name == "get_nums": // compiled code has a get_num for each of them in the same region
		w.calls += hostValueFuel * int64(len(values))
	case core && values != "":
		w.calls += hostCallFuel + hostValueFuel*int64(len(values))
	default:
		w.calls += hostCallFuel + int64(len(im.Sig.Params))
	}
}

// Fuel returns the least price that a fuel sequence may charge for the work.
func (w Work) Fuel() int64 {
	return max(1, w.calls+int64(w.instructions+instructionsPerFuel-1)/instructionsPerFuel)
}

package wasm

import (
	"strings"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/meter"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

var inlineOps = map[flow.Inline]byte{
	flow.InlineAdd: opF64Add, flow.InlineSub: opF64Sub, flow.InlineMul: opF64Mul, flow.InlineDiv: opF64Div,
	flow.InlineFloor: opF64Floor, flow.InlineCeil: opF64Ceil, flow.InlineAbs: opF64Abs, flow.InlineSqrt: opF64Sqrt,
	flow.InlineMin: opF64Min, flow.InlineMax: opF64Max, flow.InlineNegate: opF64Neg,
	flow.InlineNot: opI32Eqz, flow.InlineXor: opI32Xor, flow.InlineAnd: opI32And, flow.InlineOr: opI32Or,
}

// card calls a card. An inlined one is computed by its instruction first; the
// call remains for results that are not finite, which the card turns into its
// error, and for runs that are traced.
func (fn *function) card(o *ir.Card) {
	if !meter.Inlined(o) || fn.a.local[max(o.Dst, 0)] < 0 || o.Dst == ir.None {
		fn.cardCall(o, meter.Inlined(o))
		return
	}
	fn.gets(o.Args)
	fn.op(inlineOps[o.Card.Inline])
	if fn.f.Regs[o.Dst] == guest.Number {
		// x-x is 0 for finite x and NaN otherwise.
		fn.teeLocal(fn.a.local[o.Dst])
		fn.get(o.Dst)
		fn.op(opF64Sub)
		fn.f64(0)
		fn.op(opF64Ne)
		fn.getLocal(0)
		fn.op(opI32Or)
	} else {
		fn.set(o.Dst)
		fn.getLocal(0)
	}
	fn.open(opIf)
	fn.cardCall(o, true)
	fn.close()
}

func (fn *function) cardCall(o *ir.Card, inlined bool) {
	imp := guest.CardImport{Family: o.Card.Family(), Name: o.Card.Name(), Version: o.Card.Ver(), Inlined: inlined}
	if o.Card.External != nil {
		imp = guest.ExternalImport(o.Card)
	}
	fn.step(o.At())
	if letters := fn.args(o.Args); strings.Contains(letters, "f") {
		imp.Ports = letters
	}
	if len(o.Extra) > 0 {
		fn.i32(fn.shapeConst(o.Names))
		imp.Extra = fn.args(o.Extra)
	}
	outs := fn.fused.outs[o]
	for _, out := range outs {
		imp.Outs += out.String()
	}
	fn.call(fn.cardImport(imp, o.Card))
	switch {
	case len(outs) > 0:
		fn.br(opBrIf, fn.fail)
		for i := len(outs) - 1; i >= 0; i-- {
			fn.set(outs[i].dst)
		}
	case guest.ReprOfResult(o.Card) == guest.Number:
		fn.numberOrFail(o.Dst)
	default:
		fn.handleOrFail(o.Dst)
	}
}

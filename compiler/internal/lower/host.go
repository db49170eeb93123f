package lower

import (
	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// told emits a call of the card behind a construct and shows it as the step.
func (b *fn) told(si *check.StepInfo, args ...ir.Reg) ir.Reg {
	var names []string
	for i := range si.Card.In {
		names = append(names, si.Card.In[i].Key)
	}
	b.prog.Steps[b.node.Step-1].Ports = names
	for _, o := range si.Out {
		b.prog.Steps[b.node.Step-1].Outs = append(b.prog.Steps[b.node.Step-1].Outs, o.Key)
	}
	return b.helperCard(si.Card, args...)
}

// valuesOf makes an object of arguments.
func (b *fn) valuesOf(pos flow.Pos, args []*syntax.Arg) ir.Reg {
	keys, regs := make([]string, len(args)), make([]ir.Reg, len(args))
	for i, a := range args {
		keys[i], regs[i] = a.Key.Text, b.reg(b.expr(a.Value))
	}
	return b.object(pos, keys, regs)
}

// start lowers Call Flow Async: inputs are converted to what the flow declares.
func (b *fn) start(s *syntax.Step, si *check.StepInfo, do *syntax.Start) {
	keys, regs := make([]string, len(do.With)), make([]ir.Reg, len(do.With))
	for i, a := range do.With {
		keys[i] = a.Key.Text
		v := b.expr(a.Value)
		regs[i] = b.reg(v)
		if f := findField(b.info.ByKey[do.Flow.Text].Flow.Inputs, a.Key.Text); !v.nullable {
			regs[i] = b.as(v, f.Type, guest.Handle)
		}
	}
	input := b.object(s.Pos, keys, regs)
	b.told(si, b.handleConst(flow.Text(do.Flow.Text)), input)
	b.steps[s] = nil
}

func findField(fields []*syntax.Field, key string) *syntax.Field {
	for _, f := range fields {
		if f.Key.Text == key {
			return f
		}
	}
	panic("lower: no field " + key)
}

// rawArgs lowers the parts of a hand-made HTTP answer, in the order of the card.
func (b *fn) rawArgs(card *flow.Card, fields []*syntax.Arg) []ir.Reg {
	out := make([]ir.Reg, len(card.In))
	for i := range card.In {
		p := &card.In[i]
		a := findArg(fields, "", p.Key)
		switch repr := guest.ReprOfPort(p); {
		case a == nil && repr == guest.Handle:
			out[i] = b.handleConst(flow.Null())
		case a == nil:
			out[i] = b.constant(p.DefaultValue()).reg
		case repr == guest.Handle:
			out[i] = b.handle(b.expr(a.Value))
		default:
			out[i] = b.as(b.expr(a.Value), p.Type, repr)
		}
	}
	return out
}

// returnRaw lowers Return Raw: the host is told, and the flow returns the parts
// of the answer as outputs.
func (b *fn) returnRaw(si *check.StepInfo, do *syntax.ReturnRaw) {
	args := b.rawArgs(si.Card, do.Fields)
	b.told(si, args...)
	regs := make([]ir.Reg, len(b.fi.Flow.Outputs))
	for i, d := range b.fi.Flow.Outputs {
		regs[i] = b.handleConst(flow.Null())
		for j := range si.Card.In {
			if si.Card.In[j].Key == d.Key.Text {
				p := &si.Card.In[j]
				regs[i] = b.as(value{reg: args[j], t: p.Type, nullable: true}, d.Type, guest.Handle)
			}
		}
	}
	b.emit(&ir.Return{Args: regs})
}

// pause lowers the steps that park the run.
func (b *fn) pause(s *syntax.Step, si *check.StepInfo, do *syntax.Pause) {
	if do.Raw {
		got := b.told(si, b.rawArgs(si.Card, do.Values)...)
		b.steps[s] = []value{{reg: got, path: []string{"headers"}, t: flow.ObjectType}, {reg: got, path: []string{"body"}, t: flow.TextType}}
		return
	}
	got := b.told(si, b.valuesOf(s.Pos, do.Values))
	var outs []value
	for _, o := range si.Out {
		v := value{reg: got, path: []string{o.Key}, t: flow.AnyType, nullable: true}
		outs = append(outs, value{reg: b.converted(v, o.Type), t: o.Type, nullable: true})
	}
	b.steps[s] = outs
}

// converted returns v as a handle of type t; null stays null.
func (b *fn) converted(v value, t flow.Type) ir.Reg {
	src := b.handle(v)
	dst := b.f.NewReg(guest.Handle)
	b.emit(&ir.Copy{Dst: dst, Src: src})
	empty := b.f.NewReg(guest.Boolean)
	b.emit(&ir.Compare{Dst: empty, Op: flow.OpIdentical, A: src, B: b.handleConst(flow.Null())})
	b.emit(&ir.If{Cond: empty, Else: b.nested(func() {
		b.emit(&ir.Copy{Dst: dst, Src: b.as(value{reg: src, t: flow.AnyType}, t, guest.Handle)})
	})})
	return dst
}

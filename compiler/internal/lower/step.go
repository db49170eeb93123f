package lower

import (
	"slices"
	"strconv"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// step lowers one step and remembers what it offers to later ones.
func (b *fn) step(s *syntax.Step, si *check.StepInfo) {
	saved := b.node
	b.begin(s, si)
	b.mark(markBegin, s.Pos)
	switch do := s.Do.(type) {
	case *syntax.Card:
		b.guarded(si, do.OnError, func() {
			switch {
			case si.Pages != nil:
				b.pages(s, si, do)
			case si.Stream != nil:
				b.stream(s, si, do)
			default:
				b.card(s, si, do)
			}
		})
	case *syntax.Paginate:
		b.paginate(s, si, do)
	case *syntax.Start:
		b.start(s, si, do)
	case *syntax.ReturnRaw:
		b.returnRaw(si, do)
	case *syntax.Pause:
		b.pause(s, si, do)
	case *syntax.Assign:
		b.assign(s, do)
	case *syntax.Cursor:
		b.setCursor(s, do)
	case *syntax.AssignIf:
		b.assignIf(s, si, do)
	case *syntax.Lookup:
		b.lookup(s, si, do)
	case *syntax.If:
		b.ifElse(s, si, do)
	case *syntax.Choose:
		b.choose(s, si, do)
	case *syntax.Try:
		b.try(s, si, do)
	case *syntax.Return:
		b.returnValues(do)
	case *syntax.ReturnError:
		b.returnError(s, do)
	case *syntax.ContinueIf:
		b.continueIf(do)
	case *syntax.Call:
		b.call(s, si, do)
	case *syntax.Loop:
		if si.Parallel {
			b.parallel(s, si, do)
		} else {
			b.sequential(s, si, do)
		}
	default:
		panic("lower: unknown step")
	}
	b.node = saved
}

func (b *fn) card(s *syntax.Step, si *check.StepInfo, do *syntax.Card) {
	card := si.Card
	op, names := b.arguments(s, card, do)
	result := b.attempts(si, do, op)
	info := &b.prog.Steps[b.node.Step-1]
	info.Ports, info.Slot = names, do.Connection.Text
	outs := make([]value, len(si.Out))
	for i, o := range si.Out {
		if i < guest.MaxStepNames {
			info.Outs = append(info.Outs, o.Key)
		}
		outs[i] = value{reg: result, t: o.Type, nullable: o.Nullable}
		if !card.Single() {
			outs[i].path = []string{o.Key}
		}
	}
	b.steps[s] = outs
}

// arguments lowers what a card is given. It returns the call, which is not
// emitted yet, and the names of its inputs.
func (b *fn) arguments(s *syntax.Step, card *flow.Card, do *syntax.Card) (*ir.Card, []string) {
	op := &ir.Card{Card: card, Args: make([]ir.Reg, len(card.In))}
	total := card.Effect == flow.Pure && failsOnlyToConvert(card)
	var names []string
	for i := range card.In {
		p := &card.In[i]
		repr := guest.ReprOfPort(p)
		arg := findArg(do.With, p.Group, p.Key)
		if card.External != nil && p.Group == flow.OptionsGroup {
			arg = findArg(do.Options, "", p.Key)
		}
		names = append(names, p.Key)
		if arg == nil {
			if repr == guest.Handle {
				op.Args[i] = b.handleConst(flow.Null())
			} else {
				op.Args[i] = b.constant(p.DefaultValue()).reg
			}
			continue
		}
		v := b.expr(arg.Value)
		total = total && v.t.Base == p.Type.Base && v.t.List == p.Type.List && !v.nullable
		if repr == guest.Handle {
			op.Args[i] = b.handle(v) // the host converts, applies defaults and checks choices
		} else {
			op.Args[i] = b.as(v, p.Type, repr)
		}
	}
	for _, a := range do.With {
		if card.Input(a.Group.Text, a.Key.Text) >= 0 {
			continue
		}
		v := b.expr(a.Value)
		total = total && card.Extra != nil && (card.Extra.Type.Is(flow.BaseAny) || card.Extra.Type.Equal(v.t)) && !v.nullable
		op.Names = append(op.Names, a.Key.Text)
		op.Extra = append(op.Extra, b.reg(v))
	}
	if len(op.Extra) > guest.MaxVariadic {
		b.tooLong(s.Pos, "a card may be given at most %d further inputs, this one has %d", guest.MaxVariadic, len(op.Extra))
		op.Names, op.Extra = op.Names[:guest.MaxVariadic], op.Extra[:guest.MaxVariadic]
	}
	op.Total = total
	op.Dst = b.f.NewReg(guest.ReprOfResult(card))
	return op, append(names, op.Names...)
}

// failsOnlyToConvert reports whether the card fails for no arguments that have the
// types of its inputs. A card whose inputs are texts, numbers and truth values has
// nothing to convert by itself, so that type.conversion is about the arguments.
func failsOnlyToConvert(card *flow.Card) bool {
	if len(card.Errors) == 0 {
		return true
	}
	simple := func(t flow.Type) bool {
		return t.Base == flow.BaseText || t.Base == flow.BaseNumber || t.Base == flow.BaseBool
	}
	if slices.ContainsFunc(card.In, func(p flow.Port) bool { return !simple(p.Type) }) || card.Extra != nil && !simple(card.Extra.Type) {
		return false
	}
	return !slices.ContainsFunc(card.Errors, func(c flow.Code) bool { return c != flow.CodeTypeConversion })
}

func findArg(args []*syntax.Arg, group, key string) *syntax.Arg {
	for _, a := range args {
		if a.Group.Text == group && a.Key.Text == key {
			return a
		}
	}
	return nil
}

func (b *fn) assign(s *syntax.Step, do *syntax.Assign) {
	step := b.node.Step
	var outs []value
	var names []string
	var regs []ir.Reg
	for _, a := range do.Values {
		v := b.expr(a.Value)
		if a.Type != nil {
			repr := guest.ReprOf(*a.Type)
			if v.t.Secret {
				repr = guest.Handle
			}
			v = value{reg: b.as(v, *a.Type, repr), t: flow.Type{Base: a.Type.Base, List: a.Type.List, Secret: v.t.Secret}}
		} else {
			v = value{reg: b.reg(v), t: v.t, nullable: v.nullable}
		}
		outs, names, regs = append(outs, v), append(names, a.Key.Text), append(regs, v.reg)
	}
	b.steps[s] = outs
	b.trace(step, nil, nil, names, regs)
}

// typed returns v as what an output declares.
func (b *fn) typed(v value, o check.Output) ir.Reg {
	if o.Type.Is(flow.BaseAny) || o.Type.Secret {
		return b.handle(v)
	}
	if o.Nullable {
		// An output that may be null keeps null instead of the type's zero.
		if v.nullable && v.t.Base == o.Type.Base && v.t.List == o.Type.List {
			return b.handle(v)
		}
		return b.as(v, o.Type, guest.Handle)
	}
	return b.as(v, o.Type, guest.ReprOf(o.Type))
}

func reprOfOutput(o check.Output) guest.Repr {
	if o.Nullable {
		return guest.Handle
	}
	return guest.ReprOf(o.Type)
}

func (b *fn) assignIf(s *syntax.Step, si *check.StepInfo, do *syntax.AssignIf) {
	out := si.Out[0]
	cond := b.cond(do.Cond)
	then, other := b.orTyped(do.Then, do.Type, out), b.orTyped(do.Else, do.Type, out)
	dst := b.f.NewReg(reprOfOutput(out))
	b.emit(&ir.If{Cond: cond,
		Then: b.nested(func() {
			b.mark(markThen, s.Pos)
			b.emit(&ir.Copy{Dst: dst, Src: then})
		}),
		Else: b.nested(func() {
			b.mark(markElse, s.Pos)
			b.emit(&ir.Copy{Dst: dst, Src: other})
		}),
	})
	b.steps[s] = []value{{reg: dst, t: out.Type, nullable: out.Nullable}}
	b.trace(b.node.Step, nil, nil, []string{out.Key}, []ir.Reg{dst})
}

// orTyped lowers a value that an author-given type converts.
func (b *fn) orTyped(e syntax.Expr, t *flow.Type, out check.Output) ir.Reg {
	v := b.optional(e)
	if t != nil && e != nil {
		v = value{reg: b.as(v, *t, guest.ReprOf(*t)), t: *t}
	}
	return b.typed(v, out)
}

// lookup tests the keys in turn inside a block that the first match leaves.
func (b *fn) lookup(s *syntax.Step, si *check.StepInfo, do *syntax.Lookup) {
	out := si.Out[0]
	key := b.as(b.expr(do.Value), flow.TextType, guest.Handle)
	dst := b.f.NewReg(reprOfOutput(out))
	label := b.newLabel()
	b.emit(&ir.Block{Label: label, Body: b.nested(func() {
		for _, row := range do.Options {
			hit := b.f.NewReg(guest.Boolean)
			b.emit(&ir.Compare{Dst: hit, Op: flow.OpIdentical, A: key, B: b.handleConst(flow.Text(row.Key.Text))})
			b.emit(&ir.If{Cond: hit, Then: b.nested(func() {
				b.emit(&ir.Copy{Dst: dst, Src: b.orTyped(row.Value, do.Type, out)})
				b.emit(&ir.Leave{Label: label})
			})})
		}
		b.emit(&ir.Copy{Dst: dst, Src: b.orTyped(do.Else, do.Type, out)})
	})})
	b.steps[s] = []value{{reg: dst, t: out.Type, nullable: out.Nullable}}
	b.trace(b.node.Step, []string{"value"}, []ir.Reg{key}, []string{out.Key}, []ir.Reg{dst})
}

func (b *fn) ifElse(s *syntax.Step, si *check.StepInfo, do *syntax.If) {
	node := b.node
	cond := b.cond(do.Cond)
	outs := []value{{reg: cond, t: flow.BoolType}}
	names, regs := []string{"result"}, []ir.Reg{cond}
	for _, o := range si.Out[1:] {
		v := value{reg: b.f.NewReg(reprOfOutput(o)), t: o.Type, nullable: o.Nullable}
		outs, names, regs = append(outs, v), append(names, o.Key), append(regs, v.reg)
	}
	branch := func(outcome string, steps []*syntax.Step, value func(*syntax.BranchOut) syntax.Expr) []ir.Op {
		return b.nested(func() {
			b.mark(outcome, placeOf(steps, s.Pos))
			b.block(steps)
			b.node = node
			for i, o := range do.Outputs {
				b.emit(&ir.Copy{Dst: outs[i+1].reg, Src: b.typed(b.optional(value(o)), si.Out[i+1])})
			}
		})
	}
	op := &ir.If{Cond: cond}
	op.Then = branch(markThen, do.Then, func(o *syntax.BranchOut) syntax.Expr { return o.Then })
	op.Else = branch(markElse, do.Else, func(o *syntax.BranchOut) syntax.Expr { return o.Else })
	b.emit(op)
	b.steps[s] = outs
	b.trace(node.Step, nil, nil, names, regs)
}

// ownBlock opens a block that Return and Continue If leave with outputs.
func (b *fn) ownBlock(s *syntax.Step, si *check.StepInfo, decl []*syntax.Field, build func(e *exit)) {
	node := b.node
	e := &exit{label: b.newLabel(), decl: decl}
	var outs []value
	var names []string
	for _, o := range si.Out {
		r := b.f.NewReg(guest.Handle)
		b.emit(&ir.Copy{Dst: r, Src: b.handleConst(flow.Null())})
		e.outs = append(e.outs, r)
		outs, names = append(outs, value{reg: r, t: o.Type, nullable: true}), append(names, o.Key)
	}
	saved := b.exit
	b.exit = e
	body := b.nested(func() { build(e) })
	b.exit = saved
	b.node = node
	b.emit(&ir.Block{Label: e.label, Body: body})
	b.steps[s] = outs
	b.trace(node.Step, nil, nil, names, e.outs)
}

func (b *fn) choose(s *syntax.Step, si *check.StepInfo, do *syntax.Choose) {
	node := b.node
	b.ownBlock(s, si, do.Outputs, func(e *exit) {
		for i, br := range do.Branches {
			b.node = node
			if br.Cond == nil {
				b.mark(markElse, br.Pos)
				b.block(br.Steps)
				return
			}
			cond := b.cond(br.Cond)
			then := b.nested(func() {
				b.mark(strconv.Itoa(i+1), br.Pos)
				b.block(br.Steps)
				b.node = node
				b.emit(&ir.Leave{Label: e.label})
			})
			b.emit(&ir.If{Cond: cond, Then: then})
		}
		b.mark(markNone, s.Pos)
	})
}

func (b *fn) try(s *syntax.Step, si *check.StepInfo, do *syntax.Try) {
	node := b.node
	b.ownBlock(s, si, do.Outputs, func(*exit) {
		op := &ir.Try{Err: b.f.NewReg(guest.Handle)}
		before := b.saveCursor()
		op.Body = b.nested(func() { b.block(do.Steps) })
		b.errs = append(b.errs, op.Err)
		op.IfError = b.nested(func() {
			b.node = node
			b.mark(markError, placeOf(do.IfError, s.Pos))
			b.restoreCursor(before)
			b.block(do.IfError)
		})
		b.errs = b.errs[:len(b.errs)-1]
		b.node = node
		b.emit(op)
	})
}

// returnValues ends the flow, or the block around it, with values.
func (b *fn) returnValues(do *syntax.Return) {
	step := b.node.Step
	decl := b.fi.Flow.Outputs
	if b.exit != nil {
		decl = b.exit.decl
	}
	var names []string
	regs := make([]ir.Reg, len(decl))
	for i, d := range decl {
		names = append(names, d.Key.Text)
		repr := guest.Handle
		if b.exit == nil {
			repr = b.f.Outs[i].Repr
		}
		arg := findArg(do.Values, "", d.Key.Text)
		if arg == nil {
			regs[i] = b.handleConst(flow.Null())
			if d.Kind == syntax.FieldImplicit && b.exit == nil && b.cursor != ir.None && d.Key.Text == syntax.OutputCursor {
				regs[i] = b.cursor
			}
			continue
		}
		v := b.expr(arg.Value)
		if v.t.Secret {
			regs[i] = b.handle(v)
			continue
		}
		regs[i] = b.as(v, d.Type, repr)
		if b.exit == nil && b.fi.Shape != nil && d.Key.Text == syntax.OutputRecords {
			regs[i] = b.shaped(regs[i])
		}
	}
	b.trace(step, nil, nil, names, regs)
	if b.exit == nil {
		b.emit(&ir.Return{Args: regs})
		return
	}
	for i, r := range regs {
		b.emit(&ir.Copy{Dst: b.exit.outs[i], Src: r})
	}
	b.emit(&ir.Leave{Label: b.exit.label})
}

// returnNothing ends a flow that has come to the end of its steps and has no
// outputs to give, as an empty Return would. It is no step of its own.
func (b *fn) returnNothing() {
	regs := make([]ir.Reg, len(b.f.Outs)) // of the answer that return_raw gives elsewhere
	for i := range regs {
		regs[i] = b.handleConst(flow.Null())
	}
	b.emit(&ir.Return{Args: regs})
}

func (b *fn) returnError(s *syntax.Step, do *syntax.ReturnError) {
	fail := func() {
		keys, args := make([]string, len(do.Fields)), make([]ir.Reg, len(do.Fields))
		for i, f := range do.Fields {
			keys[i], args[i] = f.Key.Text, b.reg(b.expr(f.Value))
		}
		b.emit(&ir.Fail{Fields: b.object(s.Pos, keys, args)})
	}
	if do.When == nil {
		fail()
		return
	}
	cond := b.cond(do.When)
	b.emit(&ir.If{Cond: cond, Then: b.nested(func() {
		b.mark(markFails, s.Pos)
		fail()
	})})
	b.trace(b.node.Step, nil, nil, []string{"result"}, []ir.Reg{cond})
}

func (b *fn) continueIf(do *syntax.ContinueIf) {
	cond := b.cond(do.Cond)
	b.trace(b.node.Step, nil, nil, []string{"result"}, []ir.Reg{cond})
	b.emit(&ir.If{Cond: cond, Else: b.nested(func() { b.stop(do.Message) })})
}

// stop ends the flow without outputs, or leaves the block around it.
func (b *fn) stop(message syntax.Expr) {
	if b.exit != nil {
		b.emit(&ir.Leave{Label: b.exit.label})
		return
	}
	msg := ir.None
	if message != nil {
		msg = b.handle(b.expr(message))
	}
	b.emit(&ir.Stop{Message: msg})
}

func (b *fn) call(s *syntax.Step, si *check.StepInfo, do *syntax.Call) {
	op := b.callOp(si.Call, do.With)
	op.Enter = true
	b.emit(op)
	callee := si.Call
	var outs []value
	var names []string
	for i, o := range callee.Flow.Outputs {
		outs = append(outs, value{reg: op.Dsts[i], t: si.Out[i].Type, nullable: !callee.AlwaysReturns})
		names = append(names, o.Key.Text)
	}
	b.steps[s] = outs
	b.trace(b.node.Step, nil, nil, names, op.Dsts)
}

// callOp evaluates the arguments of a flow call and makes registers for its
// results.
func (b *fn) callOp(callee *check.FlowInfo, with []*syntax.Arg) *ir.Call {
	op := &ir.Call{Func: callee.Flow.Key.Text, Status: b.f.NewReg(guest.Boolean)}
	for _, in := range callee.Flow.Inputs {
		p := inputValue(in)
		repr := p.repr(in)
		arg := findArg(with, "", in.Key.Text)
		switch {
		case arg != nil:
			v := b.expr(arg.Value)
			if v.t.Secret {
				op.Args = append(op.Args, b.handle(v))
				break
			}
			if p.nullable && v.nullable && sameType(v.t, in.Type) {
				op.Args = append(op.Args, b.handle(v)) // null stays null
				break
			}
			op.Args = append(op.Args, b.as(v, in.Type, repr))
		case b.loop != nil && in.Key.Text == "memo" && b.loop.memo.reg != ir.None:
			op.Args = append(op.Args, b.as(b.loop.memo, in.Type, repr))
		case in.Default != nil:
			v, _ := syntax.Constant(in.Default)
			if c, err := flow.Convert(v, in.Type); err == nil {
				v = c
			}
			op.Args = append(op.Args, b.as(b.constant(v), in.Type, repr))
		default:
			op.Args = append(op.Args, b.as(b.constant(flow.Null()), flow.AnyType, guest.Handle))
		}
	}
	for _, out := range callee.Flow.Outputs {
		op.Dsts = append(op.Dsts, b.f.NewReg(outRepr(callee, out)))
	}
	return op
}

func sameType(a, b flow.Type) bool { return a.Base == b.Base && a.List == b.List }

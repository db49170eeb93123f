package check

import (
	"cmp"
	"slices"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// body checks one flow.
type body struct {
	*checker
	d       problem.List // hides the checker's: a flow can be checked more than once
	fi      *FlowInfo
	changed map[*FlowInfo]bool // callees that got their first secret

	inputs  map[string]int          // places of the flow's inputs
	named   map[string]*syntax.Step // all named steps of the flow
	done    map[*syntax.Step]bool   // steps that stand before the one being checked
	broken  map[*syntax.Step]bool   // steps whose outputs are not known because of an error
	scope   *scope
	block   *block // innermost block that Return leaves; nil: the flow itself
	loop    *loopScope
	handler int  // how many if_error blocks stand around the step
	dead    bool // the step cannot be reached

	effect     flow.Effect
	usesAuth   bool
	incomplete bool // a Return of the flow leaves out a declared output
}

// scope is the steps that can be seen from one list of steps.
type scope struct {
	up    *scope
	steps map[string]*syntax.Step
}

func (s *scope) find(name string) *syntax.Step {
	for ; s != nil; s = s.up {
		if st := s.steps[name]; st != nil {
			return st
		}
	}
	return nil
}

// block is a branch of Choose or Try, which Return leaves with outputs.
type block struct {
	outputs []*syntax.Field
	secret  []bool
}

// loopScope is what item, index and memo are in the arguments of a loop.
type loopScope struct {
	kind       syntax.LoopKind
	item, memo typed
}

// typed is what is known about the value of an expression.
type typed struct {
	t        flow.Type
	nullable bool
}

func newBody(c *checker, fi *FlowInfo) *body {
	b := &body{checker: c, fi: fi, changed: map[*FlowInfo]bool{}, named: map[string]*syntax.Step{},
		inputs: map[string]int{}, done: map[*syntax.Step]bool{}, broken: map[*syntax.Step]bool{}}
	for i, in := range fi.Flow.Inputs {
		b.inputs[in.Key.Text] = i
	}
	walk(fi.Flow.Steps, func(s *syntax.Step) {
		if _, dup := b.named[s.Name.Text]; s.Name.Text != "" && !dup {
			b.named[s.Name.Text] = s
		}
	})
	return b
}

// flow checks the whole flow and notes what its callers need to know.
func (b *body) flow() {
	o := b.steps(b.fi.Flow.Steps)
	b.fi.Effect, b.fi.UsesAuth = b.effect, b.usesAuth
	through := o.next && !o.lost
	b.fi.FallsThrough = through
	b.fi.AlwaysReturns = (!through || len(b.fi.Flow.Outputs) == 0) && !o.stops && !b.incomplete
	b.fi.AlwaysFails = !through && !o.returns && !o.stops
	if through && len(b.fi.Flow.Promised()) > 0 {
		b.d.Append(flow.Diagnostics{{Error: openEnd(flow.CodeFlowEnd, b.fi.Flow), Severity: flow.SeverityWarning}})
	}
	lo, hi := b.cost()
	b.fi.CostMin, b.fi.CostMax = lo, hi
}

// outcome says how steps can end.
type outcome struct {
	next    bool // the step behind them runs
	lost    bool // it would, but every way there calls a flow that always fails
	returns bool
	stops   bool // Continue If
	fails   bool
}

func (o outcome) or(p outcome) outcome {
	lost := (o.lost || !o.next) && (p.lost || !p.next)
	return outcome{o.next || p.next, lost, o.returns || p.returns, o.stops || p.stops, o.fails || p.fails}
}

// left turns the outcome of a block of its own into that of the step around
// it: leaving the block goes on behind it.
func (o outcome) left() outcome {
	leaves := o.returns || o.stops
	return outcome{next: o.next || leaves, lost: o.lost && !leaves, fails: o.fails}
}

// steps checks a list of steps in a scope of its own.
func (b *body) steps(list []*syntax.Step) outcome {
	var o outcome
	b.inScope(list, func(r outcome) { o = r })
	return o
}

// stepsHere checks a list of steps, whose names join the present scope.
func (b *body) stepsHere(list []*syntax.Step) outcome {
	was := b.dead
	defer func() { b.dead = was }()
	all := outcome{next: true}
	for i, s := range list {
		if !all.next && !b.dead {
			b.dead = true
			n := len(list) - i
			b.d.Warning(flow.CodeFlowUnreachable, s.Pos, "nothing leads to this step%s", map[bool]string{true: "", false: " and those behind it"}[n == 1]).
				WithFix("the step before it always ends the flow or block")
		}
		b.info.Steps[s].Dead = b.dead
		o := b.step(s)
		b.done[s] = true
		if name := s.Name.Text; name != "" && b.named[name] == s {
			b.scope.steps[name] = s
		}
		if !b.dead {
			lost := all.lost
			all.next = false
			all = all.or(o)
			all.lost = all.lost || lost
		}
	}
	return all
}

// step checks one step and sets its outputs.
func (b *body) step(s *syntax.Step) outcome {
	si := b.info.Steps[s]
	si.Out, si.Stream, si.Retry, si.OnError = nil, nil, nil, nil
	switch do := s.Do.(type) {
	case *syntax.Card:
		b.card(s, si, do)
		if do.Pages != nil {
			b.pages(s, si, do)
		}
		if do.Stream != nil && si.Card != nil {
			b.stream(s, si, do)
		}
		if do.Retry != nil && si.Card != nil {
			b.retry(si, do.Retry)
		}
		if do.OnError != nil {
			return b.onError(s, si, do.OnError).or(outcome{next: true})
		}
	case *syntax.Paginate:
		b.paginate(s, si, do)
	case *syntax.Start:
		b.start(s, si, do)
	case *syntax.ReturnRaw:
		b.returnRaw(s, si, do)
		return outcome{returns: true, fails: true}
	case *syntax.Pause:
		b.pause(s, si, do)
	case *syntax.Assign:
		b.assign(si, do)
	case *syntax.Cursor:
		b.cursor(s, do)
		return outcome{next: true, fails: true}
	case *syntax.AssignIf:
		b.cond(do.Cond)
		si.Out = []Output{b.chosen("output", do.Type, do.Then, do.Else)}
	case *syntax.Lookup:
		b.lookup(si, do)
	case *syntax.If:
		return b.ifElse(si, do)
	case *syntax.Choose:
		return b.choose(si, do)
	case *syntax.Try:
		return b.try(si, do)
	case *syntax.Return:
		b.returns(s, do)
		return outcome{returns: true}
	case *syntax.ReturnError:
		b.returnError(do)
		return outcome{next: do.When != nil, fails: true}
	case *syntax.ContinueIf:
		b.cond(do.Cond)
		if do.Message != nil {
			b.want(do.Message, flow.AnyType, "the message", false)
		}
		return outcome{next: true, stops: true}
	case *syntax.Call:
		b.call(s, si, do)
		return outcome{next: true, lost: si.Call != nil && si.Call.AlwaysFails, fails: true}
	case *syntax.Loop:
		b.loopStep(s, si, do)
	}
	return outcome{next: true, fails: true}
}

func (b *body) assign(si *StepInfo, do *syntax.Assign) {
	for _, a := range do.Values {
		o := Output{Key: a.Key.Text}
		switch {
		case a.Value == nil:
			o.Type, o.Nullable = flow.AnyType, true
		case a.Type == nil:
			v := b.expr(a.Value)
			o.Type, o.Nullable = v.t, v.nullable
		default:
			v := b.want(a.Value, *a.Type, "the value of "+a.Key.Text, true)
			o = declared(a.Key.Text, *a.Type, v.t.Secret)
		}
		si.Out = append(si.Out, o)
	}
}

// declared is an output whose value is converted to a type.
func declared(key string, t flow.Type, secret bool) Output {
	return Output{Key: key, Type: withSecret(t, secret), Nullable: zeroIsNull(t)}
}

// zeroIsNull reports whether converting null to t gives null.
func zeroIsNull(t flow.Type) bool { return t.Zero().IsNull() }

// withSecret returns t as it is when something in it may be a secret.
func withSecret(t flow.Type, secret bool) flow.Type {
	if !secret {
		return t
	}
	t.Secret = true
	t.Fields = slices.Clone(t.Fields)
	for i := range t.Fields {
		t.Fields[i].Type = withSecret(t.Fields[i].Type, true)
	}
	return t
}

// chosen is an output that is one of several values; nil is null.
func (b *body) chosen(key string, t *flow.Type, values ...syntax.Expr) Output {
	o := Output{Key: key}
	secret, first := false, true
	for _, e := range values {
		switch {
		case e == nil:
			o.Nullable = true
			continue
		case t != nil:
			v := b.want(e, *t, key, true)
			secret = secret || v.t.Secret
			o.Nullable = o.Nullable || zeroIsNull(*t)
			continue
		}
		v := b.expr(e)
		o.Nullable = o.Nullable || v.nullable
		secret = secret || v.t.Secret
		if isNull(e) {
			continue
		}
		if first {
			o.Type, first = v.t, false
		} else {
			o.Type = common(o.Type, v.t)
		}
	}
	if t != nil {
		o.Type = *t
	}
	o.Type = withSecret(o.Type, secret)
	o.Nullable = o.Nullable || o.Type.Is(flow.BaseAny)
	return o
}

func isNull(e syntax.Expr) bool {
	l, ok := e.(*syntax.Literal)
	return ok && l.Value.IsNull()
}

// common returns the type of values that are of one of two types.
func common(a, z flow.Type) flow.Type {
	switch {
	case a.Equal(z):
		return a
	case a.Base == z.Base && a.List == z.List:
		return flow.Type{Base: a.Base, List: a.List, Secret: a.Secret || z.Secret}
	case a.List && z.List:
		return flow.Type{List: true, Secret: a.Secret || z.Secret}
	}
	return flow.Type{Secret: a.Secret || z.Secret}
}

func (b *body) lookup(si *StepInfo, do *syntax.Lookup) {
	b.want(do.Value, flow.TextType, "the value of lookup", false)
	values := make([]syntax.Expr, 0, len(do.Options)+1)
	for _, o := range do.Options {
		values = append(values, o.Value)
	}
	values = append(values, do.Else)
	for _, e := range values {
		if e != nil {
			b.refuseSecret(e, "a result of lookup")
		}
	}
	si.Out = []Output{b.chosen("result", do.Type, values...)}
}

func (b *body) ifElse(si *StepInfo, do *syntax.If) outcome {
	b.cond(do.Cond)
	si.Out = []Output{{Key: "result", Type: flow.BoolType}}
	outs := make([]Output, len(do.Outputs))
	branch := func(steps []*syntax.Step, value func(*syntax.BranchOut) syntax.Expr) outcome {
		var o outcome
		b.inScope(steps, func(r outcome) {
			o = r
			for i, out := range do.Outputs {
				e := value(out)
				if e == nil {
					outs[i].Nullable = true
					continue
				}
				v := b.want(e, out.Type, "the output "+out.Key.Text, true)
				outs[i].Nullable = outs[i].Nullable || v.nullable
				outs[i].Type.Secret = outs[i].Type.Secret || v.t.Secret
			}
		})
		return o
	}
	then := branch(do.Then, func(o *syntax.BranchOut) syntax.Expr { return o.Then })
	other := branch(do.Else, func(o *syntax.BranchOut) syntax.Expr { return o.Else })
	for i, out := range do.Outputs {
		o := declared(out.Key.Text, out.Type, outs[i].Type.Secret)
		o.Nullable = o.Nullable || outs[i].Nullable
		si.Out = append(si.Out, o)
	}
	return then.or(other)
}

// inScope checks steps and calls then while what they made can still be seen.
func (b *body) inScope(steps []*syntax.Step, then func(outcome)) {
	b.scope = &scope{up: b.scope, steps: map[string]*syntax.Step{}}
	defer func() { b.scope = b.scope.up }()
	o := b.stepsHere(steps)
	then(o)
}

// ownBlock checks the steps of a block that Return leaves.
func (b *body) ownBlock(bl *block, steps []*syntax.Step) outcome {
	saved := b.block
	b.block = bl
	o := b.steps(steps)
	b.block = saved
	return o.left()
}

func newBlock(outputs []*syntax.Field) *block {
	return &block{outputs, make([]bool, len(outputs))}
}

// outputsOf gives a step the outputs of its blocks, any of which may be missing.
func (bl *block) outputsOf(si *StepInfo) {
	for i, f := range bl.outputs {
		si.Out = append(si.Out, Output{Key: f.Key.Text, Type: withSecret(f.Type, bl.secret[i]), Nullable: true})
	}
}

func (b *body) choose(si *StepInfo, do *syntax.Choose) outcome {
	bl := newBlock(do.Outputs)
	all := outcome{next: true}
	for i, br := range do.Branches {
		if br.Cond != nil {
			b.cond(br.Cond)
		} else if i == len(do.Branches)-1 {
			all.next = false
		}
	}
	for _, br := range do.Branches {
		all = all.or(b.ownBlock(bl, br.Steps))
	}
	bl.outputsOf(si)
	return all
}

func (b *body) try(si *StepInfo, do *syntax.Try) outcome {
	bl := newBlock(do.Outputs)
	tried := b.ownBlock(bl, do.Steps)
	b.handler++
	handled := b.ownBlock(bl, do.IfError)
	b.handler--
	bl.outputsOf(si)
	o := tried.or(handled)
	o.fails = true
	return o
}

// returns checks the values that leave a flow or block against its outputs.
func (b *body) returns(s *syntax.Step, do *syntax.Return) {
	outputs, secret := b.fi.Flow.Outputs, b.fi.SecretOut
	allowed, whose := b.fi.Flow.Type.Text == flow.FlowHelper, "the flow"
	if b.block != nil {
		outputs, secret, allowed, whose = b.block.outputs, b.block.secret, true, "the block"
	}
	given := 0
	for _, a := range do.Values {
		i := slices.IndexFunc(outputs, func(f *syntax.Field) bool { return f.Key.Text == a.Key.Text })
		if i < 0 {
			b.d.Error(flow.CodeFlowReturn, a.Key.Pos, "%s declares no output %s", whose, flow.Excerpt(a.Key.Text)).
				Fix = cmp.Or(problem.Suggest(a.Key.Text, keys(outputs)), "declare it under outputs")
			b.expr(a.Value)
			continue
		}
		given++
		v := b.want(a.Value, outputs[i].Type, "the output "+a.Key.Text, allowed)
		secret[i] = secret[i] || allowed && v.t.Secret
		if b.block == nil && len(b.fi.Flow.Record) > 0 && a.Key.Text == syntax.OutputRecords {
			b.fi.Shape = b.need("page.shape", a.Key.Pos, "return of records")
		}
	}
	if b.block == nil && given < len(outputs) && !b.dead {
		b.incomplete = true
	}
}

func keys(fields []*syntax.Field) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Key.Text)
	}
	return out
}

func (b *body) returnError(do *syntax.ReturnError) {
	if do.When != nil {
		b.cond(do.When)
	}
	for _, f := range do.Fields {
		t := flow.AnyType
		switch f.Key.Text {
		case "statusCode":
			t = flow.NumberType
		case "message":
			t = flow.TextType
		}
		b.want(f.Value, t, "the error's "+f.Key.Text, false)
	}
}

// cond checks a condition: its sides must be comparable and hold no secret.
func (b *body) cond(c *syntax.Cond) {
	const what = "a condition"
	left, right := flow.AnyType, flow.AnyType
	switch {
	case c.Type != nil:
		left, right = *c.Type, *c.Type
	case c.Op == "":
		left = flow.BoolType
	case c.Op == flow.OpMultiple:
		left, right = flow.NumberType, flow.NumberType
	case c.Op == flow.OpHas || c.Op == flow.OpHasNot:
		left, right = flow.ObjectType, flow.TextType
	}
	b.want(c.A, left, what, false)
	if c.B != nil {
		b.want(c.B, right, what, false)
	}
}

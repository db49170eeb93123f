package ir

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Machine runs programs directly, without WebAssembly: it is the meaning of the
// IR that every compiled module is compared with. It enforces no limit but the
// nesting that the program itself has.
type Machine struct {
	Program *Program
	Env     flow.Env
	Secrets []flow.Value // by place in the manifest
	Config  []flow.Value
	Context func(code int) flow.Value
	Flows   []string // keys of the flows of the manifest, for errors
	// RunID seeds the idempotency keys of Writes calls.
	CallKey func(path string) string

	Fuel  int64 // spent so far: meters and card prices
	Calls int64 // card calls so far, without inlined ones

	funcs  map[string]*Func
	bodies []*Func
	frames []frame
	caught *flow.Error // what a Try caught last
	call   flow.Call   // reused: cards do not call back into the machine
	given  []flow.Value
	idle   map[*Func][]*activation
}

// frame is one element of a step path.
type frame struct {
	step  int
	index int // -1 for calls
}

// Outcome is how a function ended without error.
type Outcome struct {
	Outputs flow.Value // object by output key; null when Stopped
	Stopped bool
	Message flow.Value // of the Stop, or null
}

// EntryFuel is the price of starting a flow from outside: the exported function
// that hands inputs over and makes the object of the outputs.
func EntryFuel(f *Func) int { return 40 + len(f.Params) + 12*len(f.Outs) }

// signal says why a block ended.
type signal int

const (
	goesOn signal = iota
	leaving
	returned
	stopped
)

// activation is one running function.
type activation struct {
	f     *Func
	h     []flow.Value
	n     []float64 // numbers, and truth values as 0 and 1
	label int       // of the Leave under way
	out   []Reg     // of the Return
	msg   flow.Value
}

// Run runs a flow on inputs by key, which must have been checked and converted
// to the flow's declared types.
func (m *Machine) Run(ctx context.Context, info *flow.FlowInfo, in flow.Value) (Outcome, error) {
	m.index()
	f := m.funcs[info.Key]
	if f == nil {
		return Outcome{}, flow.Errorf(flow.CodeRunFlow, "no flow %q", info.Key)
	}
	a := m.enter(f)
	defer m.leave(a)
	params := info.Params()
	for i, p := range f.Params {
		key := params[i].Key
		if k := i - len(info.In); k >= 0 && k < len(info.Options) {
			key = "option." + key
		}
		v, _ := in.Object().Get(key)
		a.set(p, v)
	}
	m.frames = m.frames[:0]
	m.Fuel += int64(EntryFuel(f))
	sig, err := m.block(ctx, a, f.Body)
	if err != nil {
		return Outcome{}, err
	}
	if sig != returned {
		return Outcome{Stopped: true, Message: a.msg}, nil
	}
	vals := make([]flow.Value, len(f.Outs))
	keys := make([]string, len(f.Outs))
	for i, r := range a.out {
		vals[i], keys[i] = a.get(r), f.Outs[i].Key
	}
	return Outcome{Outputs: flow.NewObject(flow.NewShape(keys), vals)}, nil
}

func (m *Machine) index() {
	if m.funcs != nil {
		return
	}
	m.funcs = map[string]*Func{}
	m.idle = map[*Func][]*activation{}
	for _, f := range m.Program.Funcs {
		if f.Kind == FlowFunc {
			m.funcs[f.Name] = f
		} else {
			m.bodies = append(m.bodies, f)
		}
	}
}

// enter returns an activation of f, a used one where there is one.
func (m *Machine) enter(f *Func) *activation {
	if idle := m.idle[f]; len(idle) > 0 {
		m.idle[f] = idle[:len(idle)-1]
		return idle[len(idle)-1]
	}
	return &activation{f: f, h: make([]flow.Value, len(f.Regs)), n: make([]float64, len(f.Regs))}
}

// leave gives an activation back.
func (m *Machine) leave(a *activation) {
	clear(a.h)
	a.msg = flow.Value{}
	m.idle[a.f] = append(m.idle[a.f], a)
}

func (a *activation) get(r Reg) flow.Value {
	switch a.f.Regs[r] {
	case guest.Number:
		return flow.Number(a.n[r])
	case guest.Boolean:
		return flow.Bool(a.n[r] != 0)
	}
	return a.h[r]
}

func (a *activation) set(r Reg, v flow.Value) {
	switch a.f.Regs[r] {
	case guest.Number:
		a.n[r] = v.Number()
	case guest.Boolean:
		a.setBool(r, v.Bool())
	default:
		a.h[r] = v
	}
}

func (a *activation) setBool(r Reg, b bool) {
	a.n[r] = 0
	if b {
		a.n[r] = 1
	}
}

func (a *activation) values(regs []Reg) []flow.Value {
	out := make([]flow.Value, len(regs))
	for i, r := range regs {
		out[i] = a.get(r)
	}
	return out
}

func (m *Machine) block(ctx context.Context, a *activation, ops []Op) (signal, error) {
	for _, op := range ops {
		sig, err := m.op(ctx, a, op)
		if err != nil || sig != goesOn {
			return sig, err
		}
	}
	return goesOn, nil
}

// path names a step as traces and journals do: "charges[3]/fetch".
func (m *Machine) path(step int) string {
	var b strings.Builder
	for _, f := range m.frames {
		b.WriteString(m.stepName(f.step))
		if f.index >= 0 {
			fmt.Fprintf(&b, "[%d]", f.index)
		}
		b.WriteByte('/')
	}
	b.WriteString(m.stepName(step))
	return b.String()
}

// attempt returns the innermost frame, if that is the loop of a step with retry.
func (m *Machine) attempt() (frame, bool) {
	if len(m.frames) == 0 {
		return frame{}, false
	}
	f := m.frames[len(m.frames)-1]
	return f, f.step >= 1 && f.step <= len(m.Program.Steps) && m.Program.Steps[f.step-1].What == flow.WhatRetry
}

// operation is the path of a step without the attempt that it is.
func (m *Machine) operation(step int) string {
	if _, ok := m.attempt(); ok {
		m.frames = m.frames[:len(m.frames)-1]
		defer func() { m.frames = m.frames[:len(m.frames)+1] }()
	}
	return m.path(step)
}

func (m *Machine) stepName(step int) string {
	if step < 1 || step > len(m.Program.Steps) {
		return ""
	}
	return m.Program.Steps[step-1].Name
}

// slot returns the connection that a step uses.
func (m *Machine) slot(step int) string {
	if step < 1 || step > len(m.Program.Steps) {
		return ""
	}
	return m.Program.Steps[step-1].Slot
}

// at gives err the place of an operation unless it has one.
func (m *Machine) at(err error, n *Node) error {
	if err == nil {
		return nil
	}
	e := *flow.AsError(err)
	if e.Step == "" {
		if !e.Code.Trap() && n.Step > 0 {
			m.Fuel += guest.ErrorFuel
		}
		e.Step = m.path(n.Step)
		if steps := m.Program.Steps; n.Step > 0 && n.Step <= len(steps) && steps[n.Step-1].Flow < len(m.Flows) {
			e.Flow, e.Run = m.Flows[steps[n.Step-1].Flow], m.Context(int(guest.ContextExecution)).Text()
		}
		e.Pos = stepPos(m.Program.Steps, n.Step)
		if a, ok := m.attempt(); ok {
			e.Retries = a.index
		}
	}
	return &e
}

func (m *Machine) op(ctx context.Context, a *activation, op Op) (signal, error) {
	switch o := op.(type) {
	case *Const:
		a.set(o.Dst, o.Value)
	case *Copy:
		a.set(o.Dst, a.get(o.Src))
	case *Box:
		a.h[o.Dst] = a.get(o.Src)
	case *Convert:
		v, err := flow.Convert(a.h[o.Src], o.Type)
		if err != nil {
			m.Fuel += flow.FailedFuel(a.h[o.Src])
			return goesOn, m.at(err, op.At())
		}
		m.Fuel += guest.ConvertFuel(a.h[o.Src], v)
		a.set(o.Dst, v)
	case *Get:
		m.Fuel += guest.PathFuel(o.Path)
		a.h[o.Dst] = flow.At(a.h[o.Src], o.Path...)
	case *GetNum:
		m.Fuel += guest.PathFuel(o.Path)
		from := flow.At(a.h[o.Src], o.Path...)
		v, err := flow.Convert(from, flow.NumberType)
		if err != nil {
			m.Fuel += flow.FailedFuel(from)
			return goesOn, m.at(err, op.At())
		}
		m.Fuel += guest.NumberFuel(from)
		a.set(o.Dst, v)
	case *Object:
		a.h[o.Dst] = flow.NewObject(flow.NewShape(o.Keys), a.values(o.Args))
	case *List:
		a.h[o.Dst] = flow.ListOf(a.values(o.Args)...)
	case *Concat:
		err := m.concat(a, o)
		if err == nil {
			m.Fuel += guest.ConcatFuel(a.h[o.Dst])
		}
		return goesOn, m.at(err, op.At())
	case *Card:
		return goesOn, m.at(m.card(ctx, a, o), op.At())
	case *Compare:
		ok, err := flow.Compare(o.Op, a.get(o.A), a.get(o.B))
		a.setBool(o.Dst, ok)
		if a.f.Regs[o.A] == guest.Handle {
			m.Fuel += guest.CompareFuel(o.Op, a.h[o.A], a.h[o.B])
		}
		return goesOn, m.at(err, op.At())
	case *Secret:
		a.h[o.Dst] = m.Secrets[o.Place]
	case *Config:
		a.h[o.Dst] = m.Config[o.Place]
	case *Context:
		a.h[o.Dst] = m.Context(o.Code)
	case *If:
		if a.n[o.Cond] != 0 {
			return m.block(ctx, a, o.Then)
		}
		return m.block(ctx, a, o.Else)
	case *Block:
		sig, err := m.block(ctx, a, o.Body)
		if sig == leaving && a.label == o.Label {
			sig = goesOn
		}
		return sig, err
	case *Leave:
		a.label = o.Label
		return leaving, nil
	case *Try:
		return m.try(ctx, a, o)
	case *Loop:
		return goesOn, m.at(m.loop(ctx, a, o), op.At())
	case *While:
		return goesOn, m.at(m.while(ctx, a, o), op.At())
	case *Parallel:
		return goesOn, m.at(m.parallel(ctx, a, o), op.At())
	case *Call:
		return goesOn, m.callFlow(ctx, a, o)
	case *Return:
		a.out = o.Args
		return returned, nil
	case *Stop:
		if o.Message != None {
			a.msg = a.h[o.Message]
		}
		return stopped, nil
	case *Fail:
		m.Fuel += guest.RaiseFuel(a.h[o.Fields])
		return goesOn, m.at(flow.RaisedError(a.h[o.Fields]), op.At())
	case *Rethrow:
		return goesOn, m.caught
	case *Trace:
	case *Meter:
		m.Fuel += int64(o.Fuel)
	default:
		panic(fmt.Sprintf("ir: no evaluation of %T", op))
	}
	return goesOn, nil
}

func (m *Machine) concat(a *activation, o *Concat) error {
	parts := a.values(o.Args)
	for i, v := range parts {
		t, err := flow.Convert(v, flow.TextType)
		if err != nil {
			m.Fuel += flow.FailedFuel(v)
			return err
		}
		m.Fuel += guest.PartFuel(v, t)
		parts[i] = t
	}
	v, err := flow.Concat(parts...)
	a.h[o.Dst] = v
	return err
}

func (m *Machine) card(ctx context.Context, a *activation, o *Card) error {
	c := &m.call
	if c.Charge == nil {
		c.Charge = func(fuel int64) error { m.Fuel += fuel; return nil }
	}
	c.Card, c.Env, c.Key, c.Slot, c.Extra = o.Card, m.Env, "", m.slot(o.Step), nil
	m.given = m.given[:0]
	for _, r := range o.Args {
		m.given = append(m.given, a.get(r))
	}
	c.Args = append(c.Args[:0], m.given...)
	if len(o.Extra) > 0 {
		c.Extra = flow.NewObject(flow.NewShape(o.Names), a.values(o.Extra)).Object()
	}
	if err := c.Bind(m.given, nil); err != nil {
		m.Fuel += guest.BindFuel(o.Card, m.given)
		return err
	}
	if o.Card.Effect == flow.Writes && m.CallKey != nil {
		c.Key = m.CallKey(m.operation(o.Step))
	}
	inlined := o.Card.Inline != flow.InlineNone && len(o.Extra) == 0
	if !inlined {
		m.Calls++
		m.Fuel += c.Price()
	}
	v, err := o.Card.Run(ctx, c)
	if err != nil {
		return err
	}
	v = o.Card.Result(v)
	if !inlined {
		m.Fuel += c.PriceOf(v)
	}
	if o.Dst != None {
		if a.f.Regs[o.Dst] != guest.Handle {
			if v, err = flow.Convert(v, o.Card.Out[0].Type); err != nil {
				return err
			}
		}
		a.set(o.Dst, v)
	}
	return nil
}

func (m *Machine) try(ctx context.Context, a *activation, o *Try) (signal, error) {
	depth := len(m.frames)
	sig, err := m.block(ctx, a, o.Body)
	if err == nil {
		return sig, nil
	}
	e := flow.AsError(err)
	if e.Code.Trap() {
		return sig, err
	}
	m.frames = m.frames[:depth]
	m.caught = e
	a.h[o.Err] = e.Object()
	return m.block(ctx, a, o.IfError)
}

func (m *Machine) callFlow(ctx context.Context, a *activation, o *Call) error {
	callee := m.funcs[o.Func]
	b := m.enter(callee)
	defer m.leave(b)
	for i, p := range callee.Params {
		b.set(p, a.get(o.Args[i]))
	}
	if o.Enter {
		m.frames = append(m.frames, frame{o.Step, -1})
	}
	sig, err := m.block(ctx, b, callee.Body)
	if err != nil {
		return err
	}
	if o.Enter {
		m.frames = m.frames[:len(m.frames)-1]
	}
	a.setBool(o.Status, sig != returned)
	if sig == returned {
		for i, r := range b.out {
			a.set(o.Dsts[i], b.get(r))
		}
		return nil
	}
	for _, r := range o.Dsts {
		a.set(r, flow.Null())
	}
	return nil
}

func (m *Machine) loop(ctx context.Context, a *activation, o *Loop) error {
	items, turns, err := m.over(a.get(o.Over), o.Kind)
	if err != nil {
		return err
	}
	var collected []flow.Value
	if o.Kind == guest.LoopReduce {
		a.set(o.Memo, a.get(o.Init))
	}
	depth := len(m.frames)
	m.frames = append(m.frames, frame{o.Step, -1})
	meter := 0
	if len(o.Body) > 0 {
		if mt, ok := o.Body[0].(*Meter); ok {
			meter = mt.Fuel
		}
	}
	for i := range turns {
		m.frames = append(m.frames[:depth], frame{o.Step, i})
		if items != nil {
			a.h[o.Item] = items.At(i)
		}
		if o.Index != None {
			a.n[o.Index] = float64(i)
		}
		if _, err := m.block(ctx, a, o.Body); err != nil {
			if o.Kind == guest.LoopIgnore && !flow.AsError(err).Code.Trap() {
				continue
			}
			return err
		}
		switch o.Kind {
		case guest.LoopMap:
			collected = append(collected, a.get(o.Out))
		case guest.LoopFilter:
			if a.n[o.Out] != 0 {
				collected = append(collected, items.At(i))
			}
		case guest.LoopFind:
			if a.n[o.Out] != 0 {
				a.h[o.Dst], a.n[o.Found] = items.At(i), float64(i)
				m.frames = m.frames[:depth]
				return nil
			}
		case guest.LoopReduce:
			a.set(o.Memo, a.get(o.Out))
		}
	}
	m.Fuel += int64(meter) // the last check, which finds no item
	m.frames = m.frames[:depth]
	switch o.Kind {
	case guest.LoopMap, guest.LoopFilter:
		a.h[o.Dst] = flow.ListOf(collected...)
	case guest.LoopFind:
		a.h[o.Dst], a.n[o.Found] = flow.Null(), -1
	case guest.LoopReduce:
		a.set(o.Dst, a.get(o.Memo))
	}
	return nil
}

// over returns the items of a loop, or nil and the count of a Repeat.
func (m *Machine) over(v flow.Value, kind guest.LoopKind) (*flow.List, int, error) {
	if kind == guest.LoopRepeat {
		n, err := flow.Convert(v, flow.NumberType)
		if err != nil {
			m.Fuel += flow.FailedFuel(v)
			return nil, 0, err
		}
		m.Fuel += guest.NumberFuel(v)
		count := math.Max(0, math.Trunc(n.Number()))
		if !(count <= guest.MaxRepeat) {
			return nil, 0, flow.Errorf(flow.CodeInputInvalid, "a repeat count may be at most %d", guest.MaxRepeat)
		}
		return nil, int(count), nil
	}
	l, err := flow.Convert(v, flow.ListType(flow.AnyType))
	if err != nil {
		m.Fuel += flow.FailedFuel(v)
		return nil, 0, err
	}
	m.Fuel += guest.ItemsFuel(v, l)
	return l.List(), l.List().Len(), nil
}

// parallel runs the turns one after the other: concurrency never changes what a
// loop computes.
func (m *Machine) parallel(ctx context.Context, a *activation, o *Parallel) error {
	items, turns, err := m.over(a.h[o.Over], o.Kind)
	if err != nil {
		return err
	}
	if c := a.n[o.Concurrency]; !(c >= 1 && c <= 200) {
		return flow.Errorf(flow.CodeInputInvalid, "concurrency must be from 1 to 200")
	}
	captures := flow.ListOf(a.values(o.Captures)...)
	body := m.bodies[o.Body]
	var collected []flow.Value
	depth := len(m.frames)
	for i := range turns {
		m.frames = append(m.frames[:depth], frame{o.Step, i})
		m.Fuel += guest.TurnFuel
		b := m.enter(body)
		if items != nil {
			b.h[body.Params[0]] = items.At(i)
		}
		b.n[body.Params[1]] = float64(i)
		b.h[body.Params[2]] = captures
		sig, err := m.block(ctx, b, body.Body)
		if err != nil {
			m.leave(b)
			if o.Kind == guest.LoopIgnore && !flow.AsError(err).Code.Trap() {
				continue
			}
			return err
		}
		var result flow.Value
		if sig == returned {
			result = b.get(b.out[0])
		}
		m.leave(b)
		switch o.Kind {
		case guest.LoopMap:
			collected = append(collected, result)
		case guest.LoopFilter:
			if result.Bool() {
				collected = append(collected, items.At(i))
			}
		}
	}
	m.frames = m.frames[:depth]
	if o.Dst != None {
		a.h[o.Dst] = flow.Null()
		if o.Kind == guest.LoopMap || o.Kind == guest.LoopFilter {
			a.h[o.Dst] = flow.ListOf(collected...)
		}
	}
	return nil
}

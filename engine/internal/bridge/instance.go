package bridge

import (
	"context"
	"strconv"
	"strings"

	"github.com/weirflow/weir/engine/internal/arena"
	"github.com/weirflow/weir/engine/internal/backend"
	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/engine/internal/share"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Instance is one guest instance and everything the host keeps for it while it
// runs. One goroutine uses it at a time. Between runs it holds no value.
type Instance struct {
	prog  *Program
	guest backend.Instance
	flows []backend.Func // by place in the manifest, made when first used
	loops []backend.Func // by number

	arena  arena.Arena
	frames []frame
	acct   *budget.Account // what this instance may spend
	own    budget.Account  // acct of the instance that a run starts on
	worker *share.Worker   // the goroutine that computes
	seat   share.Worker    // worker of the instance that a run starts on
	run    *Run
	scope  *scope
	wall   *wallTimer // kept for the next run that is watched
	spare  *Run       // kept for the next run, if nobody else can have seen it
	first  Run        // the first spare
	quiet  int32      // host calls until the run is watched

	pending *flow.Error // error that the guest was told of by -1
	caught  *flow.Error // what was caught last
	failure *flow.Error // error that a trap ends the run with
	trapped bool        // the guest did not return: the instance cannot be used again
	message flow.Value  // of the last stop
	prefix  string      // path of the iteration that runs here; "" for the run itself
	trace   []TraceStep
	closed  span

	// Scratch space of host calls.
	call    flow.Call
	args    []flow.Value
	stack   [16]uint64
	env     env
	charge  func(fuel int64) error
	recover func() int64
	left    func() int64
	fuel    int64 // what the present card call has cost, for its trace
}

func (p *Program) instantiate() (*Instance, error) {
	in := &Instance{prog: p, flows: make([]backend.Func, len(p.Module.Manifest.Flows))}
	in.arena.Init(p.consts)
	in.spare = &in.first
	g, err := p.code.Instantiate(context.Background(), in)
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "instantiate: %v", err)
	}
	in.guest = g
	in.env.in = in
	in.charge, in.recover, in.left = in.chargeCard, in.reclaim, in.fuelLeft // made once: each is an allocation
	return in, nil
}

// begin prepares the instance for a run, or one iteration of it.
func (in *Instance) begin(r *Run, s *scope, acct *budget.Account, w *share.Worker, exact bool) {
	in.run, in.scope, in.acct, in.worker, in.quiet = r, s, acct, w, quietCalls
	in.arena.Begin(&r.mem, exact)
	in.call.MaxValue, in.call.Charge, in.call.Remaining = r.limits.Value, in.charge, in.left
	in.guest.SetFuel(acct.Grant(firstSlice))
	acct.OnReclaim(in.recover)
	acct.OnWait(w) // it takes a processor again when its next slice is used up
}

// end forgets everything about the run.
func (in *Instance) end() {
	in.arena.End()
	clear(in.frames[:cap(in.frames)])
	in.frames = in.frames[:0]
	if cap(in.frames) > 64 {
		in.frames = nil
	}
	clear(in.args[:cap(in.args)])
	in.acct.OnReclaim(nil)
	in.acct.OnWait(nil)
	in.run, in.scope, in.acct, in.worker = nil, nil, nil, nil
	in.pending, in.caught, in.failure, in.message, in.prefix, in.trace, in.closed = nil, nil, nil, flow.Value{}, "", nil, span{}
	in.call = flow.Call{}
	in.env.reset(0)
}

// reclaim takes the fuel that the guest has not used yet.
func (in *Instance) reclaim() int64 {
	f := in.guest.Fuel()
	if f <= 0 {
		return 0
	}
	in.guest.SetFuel(0)
	return f
}

// flowFunc returns the prepared export of the i-th flow, or nil.
func (in *Instance) flowFunc(i int) backend.Func {
	if name := in.prog.flows[i]; in.flows[i] == nil && name != "" {
		in.flows[i] = in.guest.Func(name)
	}
	return in.flows[i]
}

// loopFunc returns the prepared export of the n-th loop body, or nil.
func (in *Instance) loopFunc(n int) backend.Func {
	name := guest.LoopExport(n)
	if _, ok := in.prog.Module.Exports[name]; !ok {
		return nil
	}
	for len(in.loops) <= n {
		in.loops = append(in.loops, nil)
	}
	if in.loops[n] == nil {
		in.loops[n] = in.guest.Func(name)
	}
	return in.loops[n]
}

// invoke calls f with the parameters on in.stack and returns the guest's
// result: a handle, guest.HandleError or guest.HandleStopped. A trap gives an
// error, which ends the run.
func (in *Instance) invoke(f backend.Func, stack []uint64) (int32, *flow.Error) {
	if err := f.Call(stack); err != nil {
		in.trapped = true
		if in.failure != nil {
			return 0, in.failure
		}
		what, _, _ := strings.Cut(err.Error(), "\n") // a stack of the guest follows
		return 0, flow.Errorf(flow.CodeInternal, "the module trapped: %s", what)
	}
	return int32(uint32(stack[0])), nil
}

// trapSignal is what host functions panic with to end the guest. The reason is
// in Instance.failure.
type trapSignal struct{}

func (trapSignal) String() string { return "the host ended the run" }

// trap ends the guest at once.
func (in *Instance) trap(err *flow.Error) {
	in.failure = err
	panic(trapSignal{})
}

// trapProfile ends a guest that does what no compiled flow does.
func (in *Instance) trapProfile(what string) {
	in.trap(flow.Errorf(flow.CodeModuleProfile, "the module %s", what))
}

// trapLimit ends the run because a resource is used up.
func (in *Instance) trapLimit(step int32, k budget.Kind) {
	if in.scope.state.Load() != 0 {
		in.trapStopped() // it was waiting for the resource when the run was stopped
	}
	in.trap(in.place(step, in.run.limitError(k)))
}

// trapStopped ends the guest because its run, or its iteration, was stopped.
func (in *Instance) trapStopped() { in.trap(in.run.stopError(in.run.reason(in.scope))) }

// resume goes on computing after the run has waited for something.
func (in *Instance) resume() {
	if !in.worker.Resume(in.scope) {
		in.trapStopped()
	}
}

// step returns the step with number n.
func (in *Instance) step(n int32) *flow.StepInfo {
	if n < 1 || int(n) > len(in.prog.Module.Steps) {
		in.trapProfile("names a step that it does not have")
	}
	return &in.prog.Module.Steps[n-1]
}

// place gives a copy of err its step path, flow, run and position, unless an inner
// step has done so.
func (in *Instance) place(step int32, err error) *flow.Error {
	e := *flow.AsError(err)
	if e.Step == "" && step > 0 {
		s := in.step(step)
		e.Step = in.path(step)
		e.Flow, e.Run = in.prog.Module.Manifest.Flows[s.Flow].Key, in.run.id
		e.Pos = flow.Pos{File: s.File, Line: s.Line, Col: s.Col}
		if i := in.attempt(); i >= 0 {
			e.Retries = int(in.frames[i].index)
		}
	}
	return &e
}

// fail makes err the pending error and returns what the guest sees of it.
// Limits and faults end the run instead.
func (in *Instance) fail(step int32, err error) int32 {
	e := in.place(step, err)
	if e.Code.Trap() {
		in.trap(e)
	}
	if step > 0 && flow.AsError(err).Step == "" {
		in.spend(step, budget.Fuel, guest.ErrorFuel)
		in.paid(e.Step)
	}
	in.pending = e
	return guest.HandleError
}

// paid charges for a path that is longer than those of compiled flows.
func (in *Instance) paid(path string) {
	const free = 8 << 10
	if n := len(path); n > free {
		in.spend(0, budget.Fuel, int64(n))
	}
}

// path returns the path of a step: the steps of the calls and loops around it
// with the index of their present turn, then its own name.
func (in *Instance) path(step int32) string { return in.pathWithout(-1, step) }

// operation is the path of a step without the attempt that it is: what the
// outside world knows the step by. path is that with the attempt.
func (in *Instance) operation(step int32, path string) string {
	if i := in.attempt(); i >= 0 {
		return in.pathWithout(i, step)
	}
	return path
}

// attempt returns the place of the loop of attempts that the present step is in,
// or -1.
func (in *Instance) attempt() int {
	for i := len(in.frames) - 1; i >= 0; i-- {
		switch f := &in.frames[i]; {
		case f.kind == frameTry:
		case f.kind == frameLoop && in.step(f.step).What == flow.WhatRetry:
			return i
		default:
			return -1
		}
	}
	return -1
}

// pathWithout is path without one frame.
func (in *Instance) pathWithout(frame int, step int32) string {
	b := make([]byte, 0, 64)
	b = append(b, in.prefix...)
	for i := range in.frames {
		f := &in.frames[i]
		if f.kind == frameTry || i == frame {
			continue
		}
		b = in.appendName(b, f.step)
		if f.kind == frameLoop && f.index >= 0 {
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(f.index), 10)
			b = append(b, ']')
		}
	}
	return string(in.appendName(b, step))
}

// maxPath bounds the path of a step in bytes. Compiled flows have names of at
// most 80 bytes and some hundred scopes; forged ones could make paths of
// megabytes, which no limit of the run counts. It cannot be cut: calls are known
// to journals by their path.
const maxPath = 64 << 10

func (in *Instance) appendName(b []byte, step int32) []byte {
	if len(b) > 0 {
		b = append(b, '/')
	}
	name := in.step(step).Name
	if len(b)+len(name) > maxPath {
		in.trapProfile("has steps whose path is too long")
	}
	return append(b, name...)
}

// value returns the value behind a handle.
func (in *Instance) value(h uint64) flow.Value {
	v, ok := in.arena.Get(int32(uint32(h)))
	if !ok {
		in.trap(flow.Errorf(flow.CodeValueHandle, "the module used handle %d, which names no value", int32(uint32(h))))
	}
	return v
}

// admit refuses a value that is larger or deeper than one value may be.
func (in *Instance) admit(v flow.Value) error { return in.admitSized(v, v.Size()) }

func (in *Instance) admitSized(v flow.Value, n int64) error {
	if n > quietSize {
		in.run.watch()
	}
	if n > in.run.limits.Value {
		return flow.Errorf(flow.CodeLimitValue, "a value of %d bytes is larger than %d", n, in.run.limits.Value)
	}
	if d := v.Depth(); d > in.run.limits.Depth {
		return flow.Errorf(flow.CodeLimitDepth, "a value nested %d levels deep is deeper than %d", d, in.run.limits.Depth)
	}
	return nil
}

// push stores a newly built value.
func (in *Instance) push(step int32, v flow.Value) int32 {
	size := v.Size()
	if err := in.admitSized(v, size); err != nil {
		return in.fail(step, err)
	}
	h, ok := in.arena.PushSized(v, size)
	if !ok {
		in.trapMemory(step)
	}
	return h
}

// share stores a value that something else keeps alive.
func (in *Instance) share(v flow.Value) int32 {
	h, ok := in.arena.PushShared(v)
	if !ok {
		in.trapMemory(0)
	}
	return h
}

// hold charges memory that is kept outside the arena's slots.
func (in *Instance) hold(step int32, bytes int64) {
	if !in.arena.Hold(bytes) {
		in.trapMemory(step)
	}
}

func (in *Instance) trapMemory(step int32) {
	in.trap(in.place(step, flow.Errorf(flow.CodeLimitMemory, "the values of the run need more than %d bytes", in.run.limits.Memory)))
}

// spend charges a resource.
func (in *Instance) spend(step int32, k budget.Kind, n int64) {
	if n > quietFuel {
		in.run.watch()
	}
	if !in.acct.Spend(k, n) {
		in.trapLimit(step, k)
	}
	if k != budget.Fuel {
		return
	}
	if in.worker.Use(n) {
		in.turn()
	}
}

// turn lets other runs compute. A run that comes here can take long.
func (in *Instance) turn() {
	in.run.watch()
	if !in.worker.Turn(in.scope) {
		in.trapStopped()
	}
}

// fuelLeft returns what this instance could still spend, if no other did.
func (in *Instance) fuelLeft() int64 { return in.acct.Left(budget.Fuel) + max(0, in.guest.Fuel()) }

func (in *Instance) chargeCard(fuel int64) error {
	if fuel <= 0 {
		return nil
	}
	if in.fuel += fuel; in.fuel > quietFuel {
		in.run.watch()
	}
	if !in.acct.Spend(budget.Fuel, fuel) {
		return in.run.limitError(budget.Fuel)
	}
	if in.scope.state.Load() != stopNone { // cards that charge as they go need not ask their context
		return in.run.stopError(in.run.reason(in.scope))
	}
	in.worker.Use(fuel) // others get their turn when the card is done: it may hold something that they need
	return nil
}

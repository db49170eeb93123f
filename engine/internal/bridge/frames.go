package bridge

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/weirflow/weir/engine/internal/arena"
	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

type frameKind uint8

const (
	frameTry frameKind = iota
	frameCall
	frameLoop
)

// frame is a scope that the guest opened and has not closed: what an error
// unwinds, and what step paths are made of.
type frame struct {
	kind  frameKind
	step  int32
	began time.Time // of traced runs

	// Loops only.
	index    int32 // present turn, -1 before the first
	count    int32
	list     *flow.List // nil for repeat
	base     arena.Mark // before the loop
	floor    arena.Mark // what lasts through the whole loop
	mark     arena.Mark // what lasts from turn to turn
	out      []flow.Value
	outBytes int64
}

// maxFrames bounds the frames of one instance. Verify bounds the depth of calls,
// and a flow nests no deeper than its source, so that compiled flows stay far
// below; it stops a forged module that opens frames in a loop.
const maxFrames = 4096

func (in *Instance) open(kind frameKind, step int32) *frame {
	in.step(step)
	if len(in.frames) >= maxFrames {
		in.trapProfile("opens too many scopes")
	}
	in.frames = append(in.frames, frame{kind: kind, step: step, index: -1})
	if in.run.traced {
		in.frames[len(in.frames)-1].began = time.Now()
	}
	return &in.frames[len(in.frames)-1]
}

// unwind drops the frames from place i on. What their loops kept alive goes;
// values from before a loop stay.
func (in *Instance) unwind(i int) {
	for j := i; j < len(in.frames); j++ {
		if in.frames[j].kind == frameLoop {
			in.arena.Release(in.frames[j].base)
			break
		}
	}
	if in.run.traced && i < len(in.frames) {
		in.closed = span{in.frames[i].step, in.frames[i].began}
	}
	clear(in.frames[i:])
	in.frames = in.frames[:i]
}

// span is the scope that was closed last: the trace of a call, loop or If Error
// comes right behind its end and tells how long it took.
type span struct {
	step  int32
	began time.Time
}

// nearest returns the place of the innermost frame of the given kind, with the
// given step unless that is 0.
func (in *Instance) nearest(kind frameKind, step int32) int {
	for i := len(in.frames) - 1; i >= 0; i-- {
		if f := &in.frames[i]; f.kind == kind && (step == 0 || f.step == step) {
			in.passed(len(in.frames) - 1 - i)
			return i
		}
	}
	in.trapProfile("closes a scope that is not open")
	return -1
}

// passed charges for looking through more frames than a compiled flow has.
func (in *Instance) passed(frames int) {
	const free = 256
	if frames > free {
		in.spend(0, budget.Fuel, int64(frames))
	}
}

// loop returns the innermost loop frame, after dropping what a stopped turn
// left open inside it.
func (in *Instance) loop() *frame {
	i := in.nearest(frameLoop, 0)
	if i+1 < len(in.frames) {
		in.unwind(i + 1)
	}
	return &in.frames[i]
}

func tryBegin(in *Instance, s []uint64) { in.open(frameTry, int32(s[0])) }

func tryEnd(in *Instance, _ []uint64) { in.unwind(in.nearest(frameTry, 0)) }

func catch(in *Instance, s []uint64) {
	step := int32(s[0])
	in.unwind(in.nearest(frameTry, step))
	if in.pending == nil {
		in.trapProfile("catches an error where none is pending")
	}
	e := in.pending
	in.pending, in.caught = nil, e
	h, ok := in.arena.Push(e.Object())
	if !ok {
		in.trapMemory(step)
	}
	s[0] = i32(h)
}

// rethrow leaves the caught error as it was: its place, and what its object does
// not have.
func rethrow(in *Instance, s []uint64) {
	in.step(int32(s[0]))
	if in.caught == nil {
		in.trapProfile("fails again where no error was caught")
	}
	in.pending = in.caught
}

func enter(in *Instance, s []uint64) { in.open(frameCall, int32(s[0])) }

func leave(in *Instance, _ []uint64) { in.unwind(in.nearest(frameCall, 0)) }

// failStep is Return Error.
func failStep(in *Instance, s []uint64) {
	step, v := int32(s[0]), in.value(s[1])
	if v.HasSecret() {
		in.fail(step, flow.Errorf(flow.CodeSecretFlow, "an error cannot carry a secret"))
		return
	}
	if n := guest.RaiseFuel(v); n > 0 {
		in.spend(step, budget.Fuel, n)
	}
	in.fail(step, flow.RaisedError(v))
}

// stop remembers the message of the flow that the run was started with; what a
// flow below it says when it stops is for nobody.
func stop(in *Instance, s []uint64) {
	in.step(int32(s[0]))
	v := in.value(s[1])
	for i := range in.frames {
		if in.frames[i].kind != frameTry {
			return
		}
	}
	in.passed(len(in.frames))
	in.message = v
}

func begin(in *Instance, s []uint64) {
	step := int32(s[0])
	items, err := in.items(step, in.value(s[1]))
	if err != nil {
		s[0] = i32(in.fail(step, err))
		return
	}
	base := in.arena.Mark()
	if items.List() != in.value(s[1]).List() { // made here, so it is ours to keep alive
		if err := in.admit(items); err != nil {
			s[0] = i32(in.fail(step, err))
			return
		}
		in.hold(step, items.Size())
	}
	f := in.open(frameLoop, step)
	f.list, f.count = items.List(), int32(items.List().Len())
	f.base, f.floor = base, in.arena.Mark()
	f.mark = f.floor
	s[0] = i32(f.count)
}

// items converts what a loop runs over to a list: nothing is the empty list, a
// single value a list of one.
func (in *Instance) items(step int32, v flow.Value) (flow.Value, error) {
	list, err := flow.Convert(v, flow.ListType(flow.AnyType))
	if err != nil {
		in.spend(step, budget.Fuel, flow.FailedFuel(v))
		return list, err
	}
	if n := guest.ItemsFuel(v, list); n > 0 {
		in.spend(step, budget.Fuel, n)
	}
	return list, nil
}

func repeat(in *Instance, s []uint64) {
	step := int32(s[0])
	n, err := turns(math.Float64frombits(s[1]))
	if err != nil {
		s[0] = i32(in.fail(step, err))
		return
	}
	f := in.open(frameLoop, step)
	f.count = n
	f.base = in.arena.Mark()
	f.floor, f.mark = f.base, f.base
	s[0] = i32(n)
}

// seek tells which turn of a loop failed that counts its turns itself: such a
// loop makes no value, so that the host does not see its turns go by.
func seek(in *Instance, s []uint64) {
	i := in.nearest(frameLoop, int32(s[0]))
	if in.pending == nil {
		in.trapProfile("names the turn of an error where none is pending")
	}
	frames := in.frames
	in.frames = frames[:i]
	loop := in.path(frames[i].step)
	in.frames = frames
	if rest, ok := strings.CutPrefix(in.pending.Step, loop+"/"); ok {
		e := *in.pending
		e.Step = loop + "[" + strconv.Itoa(int(int32(s[1]))) + "]/" + rest
		in.pending = &e
	}
}

// turns checks how often a loop is to turn.
func turns(n float64) (int32, error) {
	n = math.Max(0, math.Trunc(n))
	if !(n <= guest.MaxRepeat) { // nor NaN
		return 0, flow.Errorf(flow.CodeInputInvalid, "a repeat count may be at most %d", guest.MaxRepeat)
	}
	return int32(n), nil
}

func next(in *Instance, s []uint64) {
	f := in.loop()
	in.arena.Release(f.mark)
	if f.index+1 >= f.count {
		s[0] = i32(-1)
		return
	}
	f.index++
	if f.list == nil {
		s[0] = i32(guest.HandleNull)
		return
	}
	s[0] = i32(in.share(f.list.At(int(f.index))))
}

func yield(in *Instance, s []uint64) { s[0] = i32(in.yield(in.value(s[0]))) }

func yieldNumber(in *Instance, s []uint64) { s[0] = i32(in.yield(number(s[0]))) }

// yield appends to the result of the innermost loop.
func (in *Instance) yield(v flow.Value) int32 {
	f := &in.frames[in.nearest(frameLoop, 0)]
	n := v.Size()
	if f.outBytes+n > in.run.limits.Value {
		return in.fail(f.step, flow.Errorf(flow.CodeLimitValue, "the list would be larger than %d bytes", in.run.limits.Value))
	}
	if v.Depth() >= in.run.limits.Depth {
		return in.fail(f.step, flow.Errorf(flow.CodeLimitDepth, "the list would be nested deeper than %d", in.run.limits.Depth))
	}
	in.hold(f.step, n)
	f.out = append(f.out, v)
	f.outBytes += n
	f.mark = f.mark.Held(n)
	return 0
}

func keep(in *Instance, s []uint64) {
	v := in.value(s[0])
	f := in.loop()
	in.arena.Release(f.floor.Held(f.outBytes))
	h, ok := in.arena.Push(v)
	if !ok {
		in.trapMemory(f.step)
	}
	f.mark = in.arena.Mark()
	s[0] = i32(h)
}

func skip(in *Instance, s []uint64) {
	i := in.nearest(frameLoop, int32(s[0]))
	if i+1 < len(in.frames) {
		in.unwind(i + 1)
	}
	in.pending = nil
}

func end(in *Instance, s []uint64) {
	f := in.loop()
	step, out := f.step, f.out
	in.unwind(len(in.frames) - 1)
	s[0] = i32(in.push(step, flow.ListOf(out...)))
}

func breakLoop(in *Instance, s []uint64) {
	v := in.value(s[0])
	step := in.loop().step
	in.unwind(len(in.frames) - 1)
	h, ok := in.arena.Push(v)
	if !ok {
		in.trapMemory(step)
	}
	s[0] = i32(h)
}

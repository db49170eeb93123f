package bridge

import (
	"math"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirflow/weir/engine/internal/arena"
	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/engine/internal/share"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// maxConcurrency is the most iterations that a step may ask for at once.
const maxConcurrency = 200

// maxNesting bounds the parallel loops inside each other. Verify refuses calls in
// a circle, but sees no call where a body asks for a loop: a forged one may ask
// for its own, and every level takes an instance and a native stack.
const maxNesting = guest.MaxCallDepth

// workers counts the goroutines that a run's parallel loops have beyond the one
// that the run itself works on.
type workers struct {
	limit int // iterations at once, the run's own goroutine included
	extra atomic.Int64
}

func (w *workers) tryAcquire() bool {
	if w.extra.Add(1) < int64(w.limit) {
		return true
	}
	w.extra.Add(-1)
	return false
}

func (w *workers) release() { w.extra.Add(-1) }

// parallel is a loop whose turns run on instances of their own, several at
// once. What it comes to is what a loop in order would have come to: results
// keep their order, and when a turn fails, the lowest failing one decides, and
// turns behind it are stopped and count for nothing.
func parallel(in *Instance, s []uint64) {
	step := int32(s[0])
	l := &parallelLoop{
		in: in, run: in.run, kind: guest.LoopKind(int32(s[1])), body: int(int32(s[2])),
		captures: in.value(s[5]), path: in.path(step),
	}
	in.paid(l.path)
	err := l.count(step, in.value(s[3]))
	if err == nil {
		l.width, err = width(math.Float64frombits(s[4]))
	}
	if err != nil {
		s[0] = i32(in.fail(step, err))
		return
	}
	if len(in.acct.Position()) >= maxNesting {
		in.trapProfile("nests parallel loops too deeply")
	}
	if l.body < 0 || in.loopFuncMissing(l.body) {
		in.trapProfile("has no such loop body")
	}
	in.run.watch()
	began := time.Now()
	s[0] = i32(l.execute(step))
	in.closed = span{step, began}
}

func (in *Instance) loopFuncMissing(n int) bool {
	_, ok := in.prog.Module.Exports[guest.LoopExport(n)]
	return !ok
}

// width checks how many iterations a step asks for at once.
func width(n float64) (int, error) {
	if !(n >= 1 && n <= maxConcurrency) {
		return 0, flow.Errorf(flow.CodeInputInvalid, "the concurrency must be from 1 to %d, not %s", maxConcurrency, flow.FormatNumber(n))
	}
	return int(n), nil
}

// turnBytes is what a turn at work takes besides its values: 21 KiB for its
// instance with the native stack, its account and its loop, and 9 KiB of its
// goroutine's stack, measured at 60 loops inside each other. It is charged against
// the run's memory, because loops inside loops multiply it.
const turnBytes = 32 << 10

// window is how many turns beyond four for each worker may be finished or at
// work while an earlier one still runs: what they leave is kept until then.
const window = 64

// parallelLoop is one loop at work.
type parallelLoop struct {
	in       *Instance // blocked in the loop's host function
	run      *Run
	kind     guest.LoopKind
	body     int
	captures flow.Value
	path     string // of the loop's step
	items    *flow.List
	turns    int
	width    int
	group    sync.WaitGroup

	mu      sync.Mutex
	next    int          // first turn that has not started
	hands   int          // goroutines at work, the loop's own included
	waiting int          // those among them that wait for a processor
	gate    *scope       // what they wait under: it is stopped when no turn is left to start
	working int          // turns at work
	failed  int          // lowest turn that failed; turns while none has
	open    []*iteration // started and not settled, in order
	out     []flow.Value // results of settled turns, in order
	kept    int64        // bytes reserved for out
	err     *flow.Error  // of the turn that ended the loop
}

// iteration is one turn.
type iteration struct {
	index int
	acct  budget.Account
	scope *scope
	out   Outcome
	peak  int64
	kept  int64 // bytes reserved for the result
	trace []TraceStep

	// Guarded by parallelLoop.mu.
	over  bool
	short *flow.Error // it gave way: its share of the budget went to an earlier turn
}

// count works out the turns from the list or number that the loop runs over.
func (l *parallelLoop) count(step int32, v flow.Value) error {
	switch l.kind {
	case guest.LoopRepeat:
		n, err := flow.Convert(v, flow.NumberType)
		if err != nil {
			l.in.spend(step, budget.Fuel, flow.FailedFuel(v))
			return err
		}
		l.in.spend(step, budget.Fuel, guest.NumberFuel(v))
		turns, err := turns(n.Number())
		l.turns = int(turns)
		return err
	case guest.LoopEach, guest.LoopIgnore, guest.LoopMap, guest.LoopFilter:
		items, err := l.in.items(step, v)
		l.items, l.turns = items.List(), items.List().Len()
		return err
	}
	l.in.trapProfile("runs a loop in parallel that cannot be")
	return nil
}

// execute runs the loop and returns its result as the guest sees it.
func (l *parallelLoop) execute(step int32) int32 {
	l.failed = l.turns
	if l.turns > 0 {
		l.in.arena.Exact()
		l.in.acct.Pause()
		l.hands = 1
		l.gate = l.in.scope.child()
		defer l.gate.close()
		if l.work(l.in.worker) > 0 {
			l.in.worker.Pause()
		}
		l.group.Wait()
	}
	l.run.mem.Return(l.kept)
	l.in.resume()
	if l.err != nil {
		return l.in.fail(step, l.err)
	}
	if l.in.scope.state.Load() != stopNone {
		l.in.trapStopped()
	}
	if l.kind == guest.LoopMap || l.kind == guest.LoopFilter {
		return l.in.push(step, flow.ListOf(l.out...))
	}
	return guest.HandleNull
}

// work runs turns until none is left. The loop's own goroutine never waits for
// a place, so that loops inside loops cannot block each other; further ones
// join while there are places. It returns how many are still at work.
func (l *parallelLoop) work(w *share.Worker) int {
	for {
		it := l.start()
		if it == nil {
			return l.leave()
		}
		l.recruit()
		l.iterate(it, w)
		used := w.Use(it.acct.Used()[budget.Fuel]) // turns may be too short for a slice of their own
		l.finish(it)
		if used {
			w.Turn(l.in.scope) // when it was stopped, the next turn does not start
		}
	}
}

// leave counts a goroutine out. The last one does not leave the budget's count:
// its place goes to the loop's own, which waits for it.
func (l *parallelLoop) leave() int {
	l.mu.Lock()
	l.hands--
	hands := l.hands
	l.mu.Unlock()
	if hands > 0 {
		l.run.pool.Leave()
	}
	return hands
}

// recruit starts one more worker if the loop can use it and may have it. That
// worker recruits the next one, when it has a processor: until then the turns are
// left to those that have.
func (l *parallelLoop) recruit() {
	l.mu.Lock()
	useful := l.ready() && l.waiting == 0
	l.mu.Unlock()
	if !useful || !l.run.workers.tryAcquire() {
		return
	}
	if s := l.run.slots; s != nil && !s.TryAcquire() {
		l.run.workers.release()
		return
	}
	l.mu.Lock()
	l.hands++
	l.waiting++
	l.mu.Unlock()
	l.run.pool.Join()
	l.group.Go(func() {
		defer l.run.workers.release()
		if s := l.run.slots; s != nil {
			defer s.Release()
		}
		w := &share.Worker{}
		defer w.End()
		ok := w.Start(l.run.procs, l.run.tenant, l.gate)
		l.mu.Lock()
		l.waiting--
		l.mu.Unlock()
		if ok {
			l.work(w)
		} else {
			l.leave()
		}
	})
}

// ready reports whether another turn can start; l.mu is held. A worker that
// finds none leaves: whoever finishes a turn starts and recruits again.
func (l *parallelLoop) ready() bool {
	return l.next < l.failed && l.working < l.width && len(l.open) < 4*l.width+window &&
		l.in.scope.state.Load() == stopNone
}

// start begins the next turn, or returns nil when there is none.
func (l *parallelLoop) start() *iteration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ready() {
		return nil
	}
	it := &iteration{index: l.next, scope: l.in.scope.child()}
	l.next++
	l.working++
	l.open = append(l.open, it)
	l.dismiss()
	return it
}

// dismiss ends the waiting of workers when no turn is left for them; l.mu is held.
func (l *parallelLoop) dismiss() {
	if l.next >= l.failed && l.waiting > 0 {
		l.gate.stop(stopSkipped)
	}
}

// iterate runs one turn on an instance of its own.
func (l *parallelLoop) iterate(it *iteration, w *share.Worker) {
	p := l.run.prog
	position := append(slices.Clone(l.in.acct.Position()), int32(it.index))
	l.run.pool.Open(&it.acct, position, sliceShared, &it.scope.state)
	it.acct.OnStarve(func(k budget.Kind) { l.starved(it, k) })
	if !w.Start(l.run.procs, l.run.tenant, it.scope) {
		it.out.Err = l.run.stopError(l.run.reason(it.scope))
		it.acct.Close()
		return
	}
	in, err := p.acquire()
	if err != nil {
		it.out.Err = flow.AsError(err)
		it.acct.Close()
		return
	}
	in.begin(l.run, it.scope, &it.acct, w, true)
	in.prefix = l.path + "[" + strconv.Itoa(it.index) + "]"
	if it.acct.Spend(budget.Fuel, guest.TurnFuel) {
		it.out = l.call(in, it.index)
	} else {
		it.out.Err = l.run.limitError(budget.Fuel)
	}
	if it.out.Err == nil && l.kind == guest.LoopFilter && !it.out.Stopped {
		v, err := flow.Convert(it.out.Value, flow.BoolType)
		if err != nil {
			it.out.Err = flow.AsError(err)
		}
		it.out.Value = v
	}
	it.peak, it.trace = in.arena.Peak(), in.trace
	it.acct.Close()
	clean := !in.trapped
	in.end()
	p.release(in, clean)
	l.keep(it)
}

func (l *parallelLoop) call(in *Instance, index int) Outcome {
	f := in.loopFunc(l.body)
	item, held := guest.HandleNull, in.arena.Hold(turnBytes)
	if held && l.items != nil {
		item, held = in.arena.PushShared(l.items.At(index))
	}
	captures, ok := in.arena.PushShared(l.captures)
	if !held || !ok {
		return Outcome{Err: flow.Errorf(flow.CodeLimitMemory, "the values of the run need more than %d bytes", l.run.limits.Memory)}
	}
	stack := in.stack[:]
	stack[0], stack[1], stack[2], stack[3] = truth(l.run.traced), i32(item), math.Float64bits(float64(index)), i32(captures)
	h, trapped := in.invoke(f, stack)
	if trapped != nil {
		return Outcome{Err: trapped}
	}
	return in.result(h)
}

// keep reserves memory for what stays of a turn, and drops the rest.
func (l *parallelLoop) keep(it *iteration) {
	var kept int64
	switch v := it.out.Value; {
	case it.out.Err != nil:
	case l.kind == guest.LoopMap:
		kept = v.Size()
	case l.kind == guest.LoopFilter && v.Bool():
		kept = arena.SlotBytes // the item itself is the list's
		it.out.Value = l.items.At(it.index)
	}
	if kept == 0 {
		it.out.Value = flow.Value{}
		return
	}
	if l.run.mem.Reserve(kept, 0) == 0 {
		it.out = Outcome{Err: flow.Errorf(flow.CodeLimitMemory, "the values of the run need more than %d bytes", l.run.limits.Memory)}
		return
	}
	it.kept = kept
}

// finish takes note of a turn's end.
func (l *parallelLoop) finish(it *iteration) {
	it.scope.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	it.over = true
	l.working--
	if err := it.out.Err; err != nil && (l.kind != guest.LoopIgnore || err.Code.Trap()) {
		l.fail(it.index)
	}
	l.settle()
}

// starved hears that a finished turn gave its share of the budget back, so that
// an earlier one can go on: from here on it has failed.
func (l *parallelLoop) starved(it *iteration, k budget.Kind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	it.short = l.run.limitError(k)
	l.fail(it.index)
	l.settle()
}

// fail records that the turn with this index failed and stops those behind it;
// l.mu is held.
func (l *parallelLoop) fail(index int) {
	if index >= l.failed {
		return
	}
	l.failed = index
	l.dismiss()
	for _, it := range l.open {
		if it.index > index && !it.over {
			it.scope.stop(stopSkipped)
		}
	}
	l.run.pool.Wake()
}

// settle takes over what is certain: finished turns behind a failed one are
// undone, and finished turns that no unfinished one precedes count for good.
// l.mu is held.
func (l *parallelLoop) settle() {
	l.open = slices.DeleteFunc(l.open, func(it *iteration) bool {
		if !it.over || it.index <= l.failed {
			return false
		}
		l.run.pool.Discard(&it.acct)
		l.run.mem.Return(it.kept)
		return true
	})
	for len(l.open) > 0 && l.open[0].over {
		it := l.open[0]
		l.open[0] = nil
		l.open = l.open[1:]
		l.in.arena.RaisePeak(l.in.arena.Bytes() + l.kept + it.peak)
		l.in.acct.Absorb(&it.acct)
		l.in.trace = append(l.in.trace, it.trace...)
		l.kept += it.kept
		switch {
		case it.index == l.failed && it.short != nil:
			l.err = it.short
		case it.index == l.failed:
			l.err = it.out.Err
		case l.kind == guest.LoopMap || it.kept > 0:
			l.out = append(l.out, it.out.Value)
		}
	}
}

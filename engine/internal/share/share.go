// Package share divides the processors between the runs of an engine. As many
// workers compute at once as there are processors; the others wait in a queue of
// the engine's own instead of the scheduler's. There the tenant comes first that has
// the fewest processors, so that what one tenant computes delays another one by a
// slice or two, however much it is; and goroutines outside the engine never queue
// behind more than the workers that compute.
//
// A Worker is one goroutine that computes for a run. It takes a processor with
// Start, offers it to others with Turn each time its slice of fuel is spent, gives
// it up while it waits for the world, and returns it with End.
package share

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Slice is the fuel for which a worker computes before others get a turn, about
// 0.1 ms.
const Slice = 100_000

// idleSlices is how many slices a worker computes until it lets other goroutines of
// the process run, while no worker waits: about a millisecond.
const idleSlices = 8

// lendTime is how often processors that were lent are looked at while others
// wait: the second look takes them.
const lendTime = time.Millisecond

// lookAhead is how many waiting tenants are compared, those that have waited longest.
const lookAhead = 16

// freshTurns is how many workers of a tenant that have yet to use up a slice go
// before one that has.
const freshTurns = 3

// Processors is what the workers of one engine share. It is used by several
// goroutines.
type Processors struct {
	limit   int32
	busy    atomic.Int32 // processors that workers have
	waiting atomic.Int32 // workers in queues

	nobody Tenant // of workers that belong to none

	mu      sync.Mutex
	ring    []*Tenant // those with waiting workers, in the order of their turns
	lent    queue     // workers whose processors may be taken
	timer   *time.Timer
	ticking bool
}

// New returns n processors.
func New(n int) *Processors { return &Processors{limit: int32(n)} }

// Waiting returns how many workers wait for a processor.
func (p *Processors) Waiting() int { return int(p.waiting.Load()) }

// state is what a worker knows of itself.
type state uint8

const (
	idle      state = iota // has no processor
	computing              // has one
	lent                   // has one, unless it was taken
)

// Worker is one goroutine that computes for a run. The zero Worker has no
// processor, and never needs one until Start names some. Its methods are for the
// goroutine itself; it may be used again after End.
type Worker struct {
	procs  *Processors
	tenant *Tenant
	state  state
	used   int64         // of the present slice, where no guest counts
	slices uint8         // used up so far, modulo 256
	spent  bool          // used up a slice since it last came
	ready  chan struct{} // filled when it is given a processor; made when first needed

	// Guarded by procs.mu: it stands in a queue while it waits, and among the lent
	// ones until its processor is taken.
	link
	away bool // was lent at the last tick
}

// Start takes one of p's processors on behalf of a tenant, unless the worker has
// one, and waits until there is one. It reports false when stop ended first. p may
// be nil; a tenant of nil is nobody.
func (w *Worker) Start(p *Processors, tenant *Tenant, stop context.Context) bool {
	if p == nil || w.state == computing {
		return true
	}
	if tenant == nil {
		tenant = &p.nobody
	}
	w.procs, w.tenant = p, tenant
	return w.enter(stop)
}

// End gives back what the worker has.
func (w *Worker) End() {
	w.Pause()
	w.procs, w.tenant = nil, nil
}

// Use counts fuel that the host spends on the worker's goroutine, and reports
// whether a slice is used up. The guest's own fuel comes in slices anyway.
func (w *Worker) Use(fuel int64) bool {
	w.used += fuel
	return w.used >= Slice
}

// Turn lets others compute, now that a slice is used up, and reports false when
// stop ended before it is the worker's turn again.
func (w *Worker) Turn(stop context.Context) bool {
	p := w.procs
	w.used = 0
	// First those who are not in the queue: a goroutine that is woken runs next and
	// in the time of the one that woke it, so that workers which wake each other
	// would keep all others waiting until the scheduler's own 10 ms are over. While
	// nobody is in the queue that is seldom needed, and not for nothing: it wakes a
	// processor that has nothing to do.
	if w.slices++; w.slices%idleSlices == 0 || p != nil && p.waiting.Load() > 0 {
		runtime.Gosched()
	}
	switch {
	case p == nil || w.state == lent:
		return true
	case w.state == idle: // it had to wait for something, and goes on now
		return w.enter(stop)
	case p.waiting.Load() == 0:
		return true
	}
	p.mu.Lock()
	t := w.tenant
	needier := len(p.ring) > 0 && p.ring[p.neediest()].has.Load() < t.has.Load()
	if !needier && !t.waits() {
		p.mu.Unlock()
		return true // the others have as much as this tenant
	}
	w.spent = true
	p.enqueue(w)
	if needier {
		p.give(-1, t)
		p.dispatch()
	} else { // one of its own goes on in its place
		p.serve(slices.Index(p.ring, t))
	}
	p.mu.Unlock()
	return w.wait(stop)
}

// Pause gives the processor up before the worker waits for something else. It
// does not wait itself.
func (w *Worker) Pause() {
	p := w.procs
	if p == nil || w.state == idle {
		return
	}
	if w.state == computing || w.takeBack() {
		w.state = idle
		p.leave(w.tenant)
	}
}

// Lend lets others take the processor if the worker does not come back soon. It
// costs next to nothing when it does.
func (w *Worker) Lend() {
	p := w.procs
	if p == nil || w.state != computing {
		return
	}
	p.mu.Lock()
	w.state, w.away = lent, false
	p.lent.add(w)
	p.mu.Unlock()
}

// Resume goes on computing after Lend or Pause, when there is a processor. It
// reports false when stop ended first.
func (w *Worker) Resume(stop context.Context) bool {
	if w.procs == nil || w.state == computing || w.state == lent && w.takeBack() {
		return true
	}
	return w.enter(stop)
}

// takeBack ends Lend and reports whether nobody has taken the processor.
func (w *Worker) takeBack() bool {
	p := w.procs
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.in == nil {
		w.state = idle
		return false
	}
	p.lent.remove(w)
	w.state = computing
	return true
}

// enter takes a processor for an idle worker.
func (w *Worker) enter(stop context.Context) bool {
	p := w.procs
	w.spent = false
	if p.waiting.Load() == 0 && p.take(w.tenant) {
		w.state = computing
		return true
	}
	p.mu.Lock()
	p.enqueue(w)
	p.dispatch() // one may have been left in between
	p.mu.Unlock()
	return w.wait(stop)
}

// wait waits for a processor in the queue.
func (w *Worker) wait(stop context.Context) bool {
	w.state = computing
	select {
	case <-w.ready:
		return true
	case <-stop.Done():
	}
	p := w.procs
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.in == nil { // it was given one just now
		<-w.ready
		return true
	}
	w.in.remove(w)
	w.state = idle
	p.waiting.Add(-1)
	if !w.tenant.waits() {
		p.ring = slices.DeleteFunc(p.ring, func(t *Tenant) bool { return t == w.tenant })
	}
	return false
}

// give counts a processor more, or less, for a tenant.
func (p *Processors) give(n int32, t *Tenant) {
	p.busy.Add(n)
	t.has.Add(n)
}

// take takes a processor if one is free.
func (p *Processors) take(t *Tenant) bool {
	if p.busy.Add(1) <= p.limit {
		t.has.Add(1)
		return true
	}
	t.has.Add(1)
	p.leave(t) // where one was left meanwhile, somebody waiting has to be told
	return false
}

// leave gives a processor back.
func (p *Processors) leave(t *Tenant) {
	p.give(-1, t)
	if p.waiting.Load() > 0 {
		p.mu.Lock()
		p.dispatch()
		p.mu.Unlock()
	}
}

// dispatch gives free processors to those who wait; p.mu is held. Whoever leaves
// a processor looks for waiting workers afterwards, and whoever begins to wait
// looks for a processor afterwards, so that one of both sees the other.
func (p *Processors) dispatch() {
	for p.waiting.Load() > 0 {
		if p.busy.Add(1) > p.limit {
			if p.busy.Add(-1) >= p.limit {
				return
			}
			continue // it was left in between
		}
		at := p.neediest()
		p.ring[at].has.Add(1)
		p.serve(at)
	}
}

// serve tells the next worker of the tenant at a place of the ring that it has a
// processor, and puts the tenant behind the others; p.mu is held.
func (p *Processors) serve(at int) {
	t := p.ring[at]
	w := t.next()
	p.waiting.Add(-1)
	p.ring = slices.Delete(p.ring, at, at+1)
	if t.waits() {
		p.ring = append(p.ring, t)
	}
	w.ready <- struct{}{} // has room: it is filled once for each time in a queue
}

// enqueue puts w behind the others of its tenant; p.mu is held.
func (p *Processors) enqueue(w *Worker) {
	if w.ready == nil {
		w.ready = make(chan struct{}, 1)
	}
	t := w.tenant
	if !t.waits() {
		p.ring = append(p.ring, t)
	}
	p.waiting.Add(1)
	if w.spent {
		t.spent.add(w)
	} else {
		t.fresh.add(w)
	}
	if !p.ticking {
		p.ticking = true
		if p.timer == nil {
			p.timer = time.AfterFunc(lendTime, p.tick)
		} else {
			p.timer.Reset(lendTime)
		}
	}
}

// neediest returns the place in the ring of the tenant that has the fewest
// processors, and of several the one that has waited longest. It looks at some, of
// which there is at least one; p.mu is held.
func (p *Processors) neediest() int {
	best := 0
	for i, t := range p.ring[:min(len(p.ring), lookAhead)] {
		if t.has.Load() < p.ring[best].has.Load() {
			best = i
		}
	}
	return best
}

// tick takes the processors of workers that have been away since the last tick,
// as long as others wait.
func (p *Processors) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting.Load() == 0 {
		p.ticking = false
		return
	}
	for w := p.lent.first; w != nil; {
		next := w.next
		if w.away {
			p.lent.remove(w)
			p.give(-1, w.tenant)
		}
		w.away = true
		w = next
	}
	p.dispatch()
	p.timer.Reset(lendTime)
}

// Tenant is whose workers share what it gets. The zero Tenant is ready for the
// workers of one Processors; it must not be used again by others before all of them
// have ended.
type Tenant struct {
	has atomic.Int32 // processors

	// Guarded by Processors.mu. Workers that have just come go before those that have
	// used up a slice, which would otherwise make short runs as slow as long ones; but
	// not for ever.
	fresh, spent queue
	turns        int // of fresh workers while spent ones waited, since the last of those
}

func (t *Tenant) waits() bool { return t.fresh.first != nil || t.spent.first != nil }

// next takes the tenant's next worker out of its queue.
func (t *Tenant) next() *Worker {
	if w := t.fresh.first; w != nil && (t.turns < freshTurns || t.spent.first == nil) {
		if t.spent.first != nil {
			t.turns++
		}
		t.fresh.remove(w)
		return w
	}
	w := t.spent.first
	t.turns = 0
	t.spent.remove(w)
	return w
}

// queue is a list of workers, first come first served.
type queue struct{ first, last *Worker }

// link is a worker's place in a queue.
type link struct {
	in         *queue
	prev, next *Worker
}

func (q *queue) add(w *Worker) {
	w.link = link{in: q, prev: q.last}
	if q.last == nil {
		q.first = w
	} else {
		q.last.next = w
	}
	q.last = w
}

func (q *queue) remove(w *Worker) {
	if w.prev == nil {
		q.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.link = link{}
}

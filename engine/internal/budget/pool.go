// Package budget counts what a run consumes against its limits, exactly and
// whatever runs in parallel: a run whose limit is its own usage passes, one unit
// less fails.
package budget

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Kind is one consumable resource of a run.
type Kind int

// The resources.
const (
	Fuel      Kind = iota // units of fuel
	Calls                 // card calls
	HTTPCalls             // HTTP requests
	HTTPBytes             // bytes received
	FileBytes             // bytes streamed to and from files
	Trace                 // bytes of trace kept
	kinds
)

// Amounts holds one figure per resource.
type Amounts [kinds]int64

// Add adds b to a.
func (a *Amounts) Add(b Amounts) {
	for k := range a {
		a[k] += b[k]
	}
}

// Pool is what is left of a run's budget. Accounts take from it in slices, so
// that the common charge touches no shared memory, and what they have not spent
// is found again before anything is refused.
//
// Accounts have positions: the run is the empty one, iteration 4 of a parallel
// loop in it is [4], iteration 2 of a loop inside that one [4 2]. When nobody
// can go on, the account at the last position gives way, because a sequential
// run would have reached it last; so the outcome is the sequential one.
type Pool struct {
	mu      sync.Mutex
	change  sync.Cond
	left    Amounts
	active  int        // goroutines that work on the run
	waiting []*Account // accounts whose goroutines wait for more
	done    []*Account // finished iterations of loops that go on, in any order
}

// Init gives the pool its budget, before the run starts on one goroutine.
func (p *Pool) Init(limits Amounts) {
	p.change.L = &p.mu
	p.left = limits
	p.active, p.waiting, p.done = 1, nil, nil
}

// Join counts another goroutine that works on the run. The pool must know of
// every one that may yet return or finish something: when all that it knows of
// wait, somebody has to give way.
func (p *Pool) Join() {
	p.mu.Lock()
	p.active++
	p.mu.Unlock()
}

// Leave says that a goroutine has no more work, or waits for others that have.
func (p *Pool) Leave() {
	p.mu.Lock()
	p.active--
	p.change.Broadcast()
	p.mu.Unlock()
}

// Wake makes waiting accounts look at their stop flags.
func (p *Pool) Wake() {
	p.mu.Lock()
	p.change.Broadcast()
	p.mu.Unlock()
}

// Left returns what of k nobody has taken yet.
func (p *Pool) Left(k Kind) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left[k]
}

// Account is one instance's share of a Pool. One goroutine uses it at a time,
// but for Starve and the flags.
type Account struct {
	pool   *Pool
	slice  Amounts // how much is taken ahead
	credit Amounts // taken and not yet spent by the host
	taken  Amounts // taken in all

	position []int32
	place    int // in pool.done, counted from 1; 0 where it is not in there
	starved  bool
	stop     *atomic.Uint32 // not 0: stop waiting
	onStarve func(Kind)     // told, without locks held, that a finished account gave way for want of a resource
	reclaim  func() int64   // takes the fuel that the guest still holds; nil while it holds none
	worker   Worker         // the goroutine that spends; nil for one that takes no processor
}

// Open makes a an account of p. slice says how much it takes ahead of each
// resource; stop ends its waiting when not 0.
func (p *Pool) Open(a *Account, position []int32, slice Amounts, stop *atomic.Uint32) {
	*a = Account{pool: p, slice: slice, position: position, stop: stop}
}

// OnReclaim sets the function that takes back the fuel a guest holds.
func (a *Account) OnReclaim(f func() int64) { a.reclaim = f }

// Worker is a goroutine that hears when it is going to wait for others. Pause is
// called with the pool's lock held and must not wait.
type Worker interface{ Pause() }

// OnWait sets the goroutine that spends from the account.
func (a *Account) OnWait(w Worker) { a.worker = w }

// OnStarve sets the function that hears of a finished account giving way.
func (a *Account) OnStarve(f func(Kind)) { a.onStarve = f }

// Position returns the place of the account's iteration.
func (a *Account) Position() []int32 { return a.position }

// Spend charges n units of k and reports whether the budget holds them.
func (a *Account) Spend(k Kind, n int64) bool {
	if c := a.credit[k] - n; c >= 0 {
		a.credit[k] = c
		return true
	}
	n -= a.credit[k]
	a.credit[k] = 0
	got := a.take(k, n, a.slice[k]+n)
	if got < n {
		return false
	}
	a.credit[k] = got - n
	return true
}

// Left returns what the account could spend at this moment, but for what a guest
// holds.
func (a *Account) Left(k Kind) int64 { return a.credit[k] + a.pool.Left(k) }

// Refuel returns the new fuel of a guest that has overdrawn its fuel to left,
// which is negative.
func (a *Account) Refuel(left int64) (int64, bool) {
	if c := a.credit[Fuel]; c > 0 {
		a.credit[Fuel] = 0
		if left += c; left >= 0 {
			return left, true
		}
	}
	got := a.take(Fuel, -left, a.slice[Fuel]-left)
	return left + got, left+got >= 0
}

// Grant returns a first slice of at most most fuel for the guest, smaller or
// nothing where the pool has no more.
func (a *Account) Grant(most int64) int64 {
	p := a.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	n := max(min(most, a.slice[Fuel], p.left[Fuel]), 0)
	p.left[Fuel] -= n
	a.taken[Fuel] += n
	return n
}

// take gets at least need and at most want units of k, or none.
func (a *Account) take(k Kind, need, want int64) int64 {
	p := a.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left[k] < need {
		a.giveBack()
		if p.left[k] < need && !a.await(k, need) {
			return 0
		}
		want = need // others are short too
	}
	n := min(want, p.left[k])
	p.left[k] -= n
	a.taken[k] += n
	return n
}

// giveBack returns everything taken and not spent; p.mu is held.
func (a *Account) giveBack() {
	for k, c := range a.credit {
		a.pool.left[k] += c
		a.taken[k] -= c
		a.credit[k] = 0
	}
	if a.reclaim != nil {
		f := a.reclaim()
		a.pool.left[Fuel] += f
		a.taken[Fuel] -= f
	}
	a.pool.change.Broadcast()
}

// await waits until need units of k are there; p.mu is held. It reports false
// when the account was stopped, or has to give way.
func (a *Account) await(k Kind, need int64) bool {
	p := a.pool
	p.waiting = append(p.waiting, a)
	defer func() {
		p.waiting = slices.DeleteFunc(p.waiting, func(x *Account) bool { return x == a })
		p.change.Broadcast()
	}()
	for p.left[k] < need {
		if a.starved || a.stop.Load() != 0 {
			return false
		}
		if len(p.waiting) < p.active || p.giveWay(k) {
			if a.worker != nil {
				a.worker.Pause()
			}
			p.change.Wait()
		}
	}
	return !a.starved
}

// giveWay makes the account at the last position return all it took, and
// reports whether another one than a waiting account has to act on it. p.mu is
// held, but not while a finished account is told.
func (p *Pool) giveWay(k Kind) bool {
	var last *Account
	for _, list := range [][]*Account{p.waiting, p.done} {
		for _, x := range list {
			if x.starved {
				if slices.Contains(p.waiting, x) {
					return true // it has yet to wake up and leave
				}
				continue
			}
			if last == nil || slices.Compare(x.position, last.position) > 0 {
				last = x
			}
		}
	}
	last.starved = true
	for k, n := range last.taken {
		p.left[k] += n
	}
	p.change.Broadcast()
	if last.place > 0 {
		p.mu.Unlock()
		last.onStarve(k)
		p.mu.Lock()
	}
	return false
}

// Pause returns everything unspent, while parallel iterations run in the
// account's place.
func (a *Account) Pause() {
	a.pool.mu.Lock()
	a.giveBack()
	a.pool.mu.Unlock()
}

// Close ends the account's work. What it has spent stays charged.
func (a *Account) Close() {
	p := a.pool
	p.mu.Lock()
	a.giveBack()
	if len(a.position) > 0 {
		p.done = append(p.done, a)
		a.place = len(p.done)
	}
	p.mu.Unlock()
}

// Used returns what a closed account has spent.
func (a *Account) Used() Amounts { return a.taken }

// Absorb adds what the closed account of an iteration spent to a.
func (a *Account) Absorb(it *Account) {
	p := a.pool
	p.mu.Lock()
	a.taken.Add(it.taken)
	if it.starved { // its refund is undone: the run ends with its failure
		for k, n := range it.taken {
			p.left[k] -= n
		}
	}
	p.forget(it)
	p.mu.Unlock()
}

// Discard returns what the closed account of an iteration spent: a sequential
// run would not have reached it.
func (p *Pool) Discard(it *Account) {
	p.mu.Lock()
	if !it.starved {
		for k, n := range it.taken {
			p.left[k] += n
		}
	}
	p.forget(it)
	p.change.Broadcast()
	p.mu.Unlock()
}

// forget takes a finished account out of the list; p.mu is held. The last one
// takes its place: with hundreds of turns at work, looking for it would make a
// loop's time grow with the square of them.
func (p *Pool) forget(it *Account) {
	if it.place == 0 {
		return
	}
	last := len(p.done) - 1
	moved := p.done[last]
	p.done[it.place-1], moved.place = moved, it.place
	p.done[last] = nil
	p.done, it.place = p.done[:last], 0
}

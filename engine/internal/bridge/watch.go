package bridge

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A run is watched from the moment on at which it can take long: then a timer
// stops it when its time is over, and the end of its caller's context stops it
// too. Most runs are over in microseconds, and arming and disarming the timer
// alone was an eighth of the shortest. What makes a run long passes one of these
// points first:
//
//   - the guest has used up its first slice of fuel (firstSlice);
//   - it has made quietCalls host calls, whatever they cost;
//   - something costs more than quietFuel at once, or what the host charges adds up
//     to share.Slice;
//   - it has a value of more than quietSize, on which calls may work that are
//     charged only afterwards, or not by size;
//   - a card reads or writes the world, or asks for its context;
//   - a loop runs its turns in parallel.
//
// Until then a run has taken some milliseconds at most: 256 host calls of 20 µs
// or over 64 values of 4 KiB, and 50,000 fuel of compiled code.
const (
	quietCalls = 256
	quietFuel  = 20_000
	quietSize  = 4 << 10
)

// watcher is the part of a Run that stops it.
type watcher struct {
	main     *Instance // on which the run started
	deadline time.Time

	watched atomic.Bool
	mu      sync.Mutex
	over    bool
	wall    *wallTimer
	unhook  func() bool // ends the watching of the caller's context
}

// watch makes sure that the run is watched. Any goroutine may call it, also
// when the run is over.
func (r *Run) watch() {
	if r.watched.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || r.watched.Load() {
		return
	}
	r.wall = r.main.timer(r, time.Until(r.deadline))
	if ctx := r.scope.caller; ctx.Done() != nil {
		r.unhook = context.AfterFunc(ctx, func() { r.stop(stopCaller) })
	}
	r.watched.Store(true)
}

// unwatch ends the watching at the end of the run and reports whether there was
// any.
func (r *Run) unwatch() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	if !r.watched.Load() {
		return false
	}
	if r.unhook != nil {
		r.unhook()
	}
	r.main.keepTimer(r.wall)
	return true
}

// attend is the first thing that a host function does: it ends the guest when
// its run was stopped, and sees to it that a run that goes on is watched.
func (in *Instance) attend() {
	if in.scope.state.Load() != stopNone {
		in.trapStopped()
	}
	if in.quiet--; in.quiet == 0 {
		in.run.watch()
	}
}

// wallTimer stops the run that an instance is used for when its time is over.
// It is kept from run to run; a timer that has fired is not, because its
// function may still be about to look at run.
type wallTimer struct {
	timer *time.Timer
	run   atomic.Pointer[Run]
}

func (in *Instance) timer(r *Run, d time.Duration) *wallTimer {
	w := in.wall
	if in.wall = nil; w != nil {
		w.run.Store(r)
		w.timer.Reset(d)
		return w
	}
	w = &wallTimer{}
	w.run.Store(r)
	w.timer = time.AfterFunc(d, func() {
		if r := w.run.Load(); r != nil {
			r.stop(stopWall)
		}
	})
	return w
}

func (in *Instance) keepTimer(w *wallTimer) {
	w.run.Store(nil)
	if w.timer.Stop() {
		in.wall = w
	}
}

// expired checks the clock itself, for the case that timers are late, and
// reports whether the run has been stopped.
func (r *Run) expired() bool {
	if r.scope.state.Load() == stopNone && time.Now().After(r.deadline) {
		r.stop(stopWall)
	}
	return r.scope.state.Load() != stopNone
}

// interrupted reports whether a card that failed in s may have failed because
// it was interrupted. The caller's context is asked itself: cards hear of its
// end before the scope does.
func (r *Run) interrupted(s *scope) bool {
	if s.state.Load() == stopNone && r.scope.caller.Err() != nil {
		r.stop(stopCaller)
	}
	return s.state.Load() != stopNone
}

package bridge

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Reasons for which a scope is stopped.
const (
	stopNone    uint32 = iota
	stopCaller         // the caller's context ended
	stopWall           // the run's time is over
	stopSkipped        // a sequential run would not have reached this iteration
)

var (
	errWall    = errors.New("the wall time of the run is over")
	errSkipped = errors.New("an earlier iteration failed")
)

// scope is what is stopped together: a run, or one parallel iteration with
// everything below it. Host functions look at its state; cards see its context.
type scope struct {
	state  atomic.Uint32
	run    *Run
	parent *scope
	caller context.Context // of the run; nil in iterations

	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelCauseFunc
	kids   map[*scope]struct{}
	closed bool
}

// child returns a scope that stops with s at the latest.
func (s *scope) child() *scope {
	k := &scope{run: s.run, parent: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kids == nil {
		s.kids = map[*scope]struct{}{}
	}
	s.kids[k] = struct{}{}
	k.state.Store(s.state.Load())
	return k
}

// close frees the scope's context and takes it from its parent.
func (s *scope) close() {
	s.mu.Lock()
	s.closed = true
	if s.cancel != nil {
		s.cancel(nil)
	}
	s.mu.Unlock()
	if s.parent != nil {
		s.parent.mu.Lock()
		delete(s.parent.kids, s)
		s.parent.mu.Unlock()
	}
}

// stop stops the scope and all below it; the first reason stays. Who calls it
// wakes the budget's waiting accounts afterwards.
func (s *scope) stop(why uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.CompareAndSwap(stopNone, why) {
		return
	}
	if s.cancel != nil {
		s.cancel(causeOf(why))
	}
	for k := range s.kids {
		k.stop(why)
	}
}

func causeOf(why uint32) error {
	switch why {
	case stopWall:
		return errWall
	case stopSkipped:
		return errSkipped
	}
	return context.Canceled
}

// context returns the scope's context, which is made when first asked for: most
// runs have no card that looks at it.
func (s *scope) context() context.Context {
	s.run.watch()
	base := s.caller
	if s.parent != nil {
		base = s.parent.context() // before s.mu: stop locks from the parent down
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancelCause(base)
		if why := s.state.Load(); why != stopNone || s.closed {
			s.cancel(causeOf(why))
		}
	}
	return s.ctx
}

// A scope is the context that cards get: it becomes a real one when a card waits
// on it or derives another one from it, and may then be kept longer than the
// run. A card that keeps it without having used it is at fault (flow.Card).

// Deadline implements context.Context.
func (s *scope) Deadline() (time.Time, bool) { return s.context().Deadline() }

// Done implements context.Context.
func (s *scope) Done() <-chan struct{} { return s.context().Done() }

// Err implements context.Context.
func (s *scope) Err() error { return s.context().Err() }

// Value implements context.Context.
func (s *scope) Value(key any) any { return s.context().Value(key) }

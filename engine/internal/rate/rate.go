// Package rate has the request budgets that all runs of an engine share: for each
// connection and host, so many requests in so much time (GCRA, the algorithm of
// ITU-T I.371 in its form with virtual scheduling).
package rate

import (
	"slices"
	"sync"
	"time"
)

// Key names one budget.
type Key struct{ Tenant, Connector, Connection, Host string }

// Budget is what one Key may have: Requests in each Per, Burst of them at once.
type Budget struct {
	Requests int64
	Per      time.Duration
	Burst    int64
}

// The bounds of what a budget can be; numbers beyond them count as these.
const (
	maxRequests = 1_000_000
	maxPer      = 24 * time.Hour
	maxAhead    = 365 * 24 * time.Hour // that a burst can be
)

// interval is the time that one request takes up, and tolerance how far requests
// may run ahead of it.
func (b Budget) interval() (interval, tolerance time.Duration) {
	per := min(max(b.Per, time.Millisecond), maxPer)
	interval = max(per/time.Duration(min(max(b.Requests, 1), maxRequests)), 1)
	ahead := time.Duration(max(b.Burst, 1) - 1)
	return interval, interval * min(ahead, maxAhead/interval)
}

// maxKept bounds the budgets that are remembered. One that is as full as when it
// was new is forgotten first.
const maxKept = 1 << 16

// Budgets are those of an engine. The zero value is ready, and may be used by
// several goroutines.
type Budgets struct {
	mu    sync.Mutex
	next  map[Key]time.Time // when the requests so far are worked off
	sweep int               // the number of keys at which full budgets are forgotten
}

// Turn is the place of a request in the order of its budget.
type Turn struct {
	Wait time.Duration // until the request may be made; 0: at once

	of       *Budgets
	key      Key
	until    time.Time
	interval time.Duration
}

// Take gives a request its turn at the moment now, and keeps it unless it is
// more than atMost away: then ok is false, and nothing is taken.
func (b *Budgets) Take(key Key, budget Budget, now time.Time, atMost time.Duration) (t Turn, ok bool) {
	interval, tolerance := budget.interval()
	b.mu.Lock()
	defer b.mu.Unlock()
	at, known := b.next[key]
	if !known || at.Before(now) {
		at = now
	}
	t = Turn{Wait: max(0, at.Add(-tolerance).Sub(now)), of: b, key: key, until: at.Add(interval), interval: interval}
	if t.Wait > atMost {
		return t, false
	}
	if !known {
		b.forget(now)
	}
	if b.next == nil {
		b.next = map[Key]time.Time{}
	}
	b.next[key] = t.until
	return t, true
}

// Return gives a turn back that was not used. Turns that were given since stay
// where they are.
func (t Turn) Return() {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	if t.of.next[t.key].Equal(t.until) {
		t.of.next[t.key] = t.until.Add(-t.interval)
	}
}

// forget makes room for another key when there are many.
func (b *Budgets) forget(now time.Time) {
	if len(b.next) < max(b.sweep, 64) {
		return
	}
	var open []time.Time
	for k, at := range b.next {
		if at.After(now) {
			open = append(open, at)
		} else {
			delete(b.next, k)
		}
	}
	if len(open) >= maxKept {
		slices.SortFunc(open, time.Time.Compare)
		limit := open[len(open)/4]
		for k, at := range b.next {
			if !at.After(limit) {
				delete(b.next, k)
			}
		}
	}
	b.sweep = min(2*len(b.next), maxKept)
}

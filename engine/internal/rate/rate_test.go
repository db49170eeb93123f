package rate

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// bucket is the model: credit that grows with time up to a bound, of which each
// request takes an interval; a request that waits takes it in advance.
type bucket struct {
	credit, bound, interval time.Duration
	last                    time.Time
}

func (m *bucket) take(now time.Time, atMost time.Duration) (time.Duration, bool) {
	m.credit = min(m.bound, m.credit+now.Sub(m.last))
	m.last = now
	wait := max(0, m.interval-m.credit)
	if wait > atMost {
		return wait, false
	}
	m.credit -= m.interval
	return wait, true
}

// TestModel: turns are those of a bucket of credit, however requests come.
func TestModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		budget := Budget{Requests: 1 + rng.Int64N(50), Per: time.Duration(1+rng.Int64N(100)) * time.Second, Burst: rng.Int64N(12)}
		interval, _ := budget.interval()
		now := time.Unix(1_000_000, 0)
		m := &bucket{bound: interval * time.Duration(max(budget.Burst, 1)), interval: interval, last: now}
		m.credit = m.bound
		var b Budgets
		for i := range 200 {
			now = now.Add(time.Duration(rng.Int64N(int64(interval)*3) * rng.Int64N(2)))
			atMost := time.Duration(rng.Int64N(int64(interval) * 6))
			wait, ok := m.take(now, atMost)
			got, gotOK := b.Take(Key{Host: "a"}, budget, now, atMost)
			if got.Wait != wait || gotOK != ok {
				t.Fatalf("%+v, request %d: %v %t, want %v %t", budget, i, got.Wait, gotOK, wait, ok)
			}
		}
	}
}

// TestWindow: no stretch of time has more requests than the budget and its burst
// allow.
func TestWindow(t *testing.T) {
	budget := Budget{Requests: 10, Per: 10 * time.Second, Burst: 4}
	now := time.Unix(5000, 0)
	var b Budgets
	var made []time.Time
	for range 100 {
		turn, ok := b.Take(Key{}, budget, now, time.Hour)
		if !ok {
			t.Fatal("refused")
		}
		made = append(made, now.Add(turn.Wait))
		now = now.Add(300 * time.Millisecond)
	}
	for i, from := range made {
		for j := i; j < len(made); j++ {
			if n, most := j-i+1, int(made[j].Sub(from)/time.Second)+4; n > most {
				t.Fatalf("%d requests in %v", n, made[j].Sub(from))
			}
		}
	}
}

// TestReturn: a turn that was not used is there for the next request, unless
// others stand behind it.
func TestReturn(t *testing.T) {
	budget := Budget{Requests: 1, Per: time.Second}
	now := time.Unix(0, 0)
	var b Budgets
	take := func(want time.Duration) Turn {
		t.Helper()
		turn, ok := b.Take(Key{}, budget, now, time.Minute)
		if !ok || turn.Wait != want {
			t.Fatalf("waits %v, want %v", turn.Wait, want)
		}
		return turn
	}
	take(0)
	second := take(time.Second)
	second.Return()
	second = take(time.Second)
	third := take(2 * time.Second)
	second.Return()
	third.Return()
	take(2 * time.Second)
}

// TestHostile: numbers without sense make a budget that works.
func TestHostile(t *testing.T) {
	const huge = 1<<63 - 1
	for _, budget := range []Budget{
		{}, {Requests: -1, Per: -1, Burst: -1}, {Requests: huge, Per: huge, Burst: huge}, {Requests: huge, Per: 1, Burst: 1}, {Requests: 1, Per: huge, Burst: huge},
	} {
		interval, tolerance := budget.interval()
		if interval <= 0 || tolerance < 0 {
			t.Errorf("%+v: %v, %v", budget, interval, tolerance)
		}
		var b Budgets
		if turn, ok := b.Take(Key{}, budget, time.Unix(0, 0), 0); !ok || turn.Wait != 0 {
			t.Errorf("%+v: the first request waits %v", budget, turn.Wait)
		}
	}
}

// TestForgets: memory is bounded, full budgets go first, and a budget that is
// not full is kept.
func TestForgets(t *testing.T) {
	var b Budgets
	budget := Budget{Requests: 1, Per: time.Hour}
	now := time.Unix(0, 0)
	for i := range 10_000 {
		b.Take(Key{Connection: fmt.Sprint(i)}, Budget{Requests: 1, Per: time.Second}, now, 0)
		now = now.Add(2 * time.Second)
	}
	if n := len(b.next); n > 128 {
		t.Errorf("%d full budgets are kept", n)
	}
	b.Take(Key{Connection: "kept"}, Budget{Requests: 1, Per: 24 * time.Hour}, now, 0)
	for i := range maxKept + 1000 {
		b.Take(Key{Connection: fmt.Sprint("open", i)}, budget, now, 0)
	}
	if n := len(b.next); n > maxKept {
		t.Errorf("%d budgets are kept", n)
	}
	if _, ok := b.Take(Key{Connection: "kept"}, Budget{Requests: 1, Per: 24 * time.Hour}, now, 0); ok {
		t.Error("a budget that was used up is full again")
	}
}

// TestTogether: requests that come at the same moment get different turns.
func TestTogether(t *testing.T) {
	var b Budgets
	var mu sync.Mutex
	var all sync.WaitGroup
	seen := map[time.Duration]bool{}
	for range 50 {
		all.Go(func() {
			turn, ok := b.Take(Key{}, Budget{Requests: 1, Per: time.Second}, time.Unix(9, 0), time.Hour)
			mu.Lock()
			defer mu.Unlock()
			if !ok || seen[turn.Wait] {
				t.Errorf("the turn in %v is given twice", turn.Wait)
			}
			seen[turn.Wait] = true
		})
	}
	all.Wait()
}

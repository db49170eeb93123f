package budget

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

func open(p *Pool, position []int32, slice Amounts) *Account {
	a := &Account{}
	p.Open(a, position, slice, &atomic.Uint32{})
	return a
}

// TestSpendExactly spends amounts in sequence against every limit around their
// sum.
func TestSpendExactly(t *testing.T) {
	for _, slice := range []int64{0, 1, 7, 1000} {
		for limit := int64(50); limit <= 60; limit++ {
			var p Pool
			p.Init(Amounts{Fuel: limit})
			a := open(&p, nil, Amounts{Fuel: slice})
			spent := int64(0)
			for _, n := range []int64{1, 0, 30, 4, 20} { // 55
				if a.Spend(Fuel, n) {
					spent += n
				}
			}
			if (spent == 55) != (limit >= 55) {
				t.Errorf("slice %d, limit %d: %d of 55 spent", slice, limit, spent)
			}
			a.Close()
			if limit >= 55 && (a.Used()[Fuel] != 55 || p.Left(Fuel) != limit-55) {
				t.Errorf("slice %d, limit %d: used %d, left %d", slice, limit, a.Used()[Fuel], p.Left(Fuel))
			}
		}
	}
}

// guestCounter plays a guest that subtracts from its counter and refuels.
type guestCounter struct{ fuel int64 }

func (g *guestCounter) reclaim() int64 {
	f := max(g.fuel, 0)
	g.fuel -= f
	return f
}

func (g *guestCounter) burn(a *Account, n int64) bool {
	g.fuel -= n
	if g.fuel >= 0 {
		return true
	}
	left := g.fuel
	g.fuel = 0
	fuel, ok := a.Refuel(left)
	if ok {
		g.fuel = fuel
	}
	return ok
}

// TestHostTakesFromGuest has a host charge that only the fuel in the guest's
// counter can pay.
func TestHostTakesFromGuest(t *testing.T) {
	for limit, want := range map[int64]bool{29: false, 30: true, 31: true} {
		var p Pool
		p.Init(Amounts{Fuel: limit})
		a := open(&p, nil, Amounts{Fuel: 1000})
		var g guestCounter
		a.OnReclaim(g.reclaim)
		if !g.burn(a, 10) {
			t.Fatalf("limit %d: the guest was refused 10", limit)
		}
		if got := a.Spend(Fuel, 20); got != want {
			t.Errorf("limit %d: 10 and 20 spent is %t, want %t", limit, got, want)
		}
	}
}

// TestParallelExactly lets accounts spend at random at the same time, with the
// sum as limit and with one less.
func TestParallelExactly(t *testing.T) {
	const workers = 8
	for seed := range uint64(40) {
		var total int64
		amounts := make([][]int64, workers)
		rnd := rand.New(rand.NewPCG(seed, 2))
		for w := range amounts {
			for range 200 {
				n := rnd.Int64N(100)
				amounts[w] = append(amounts[w], n)
				total += n
			}
		}
		for _, less := range []int64{0, 1} {
			var p Pool
			p.Init(Amounts{Fuel: total - less})
			for range workers - 1 {
				p.Join()
			}
			accounts := make([]*Account, workers)
			for w := range accounts {
				accounts[w] = open(&p, []int32{int32(w)}, Amounts{Fuel: 1 + rnd.Int64N(3000)})
			}
			failed := make([]bool, workers)
			starved := make([]atomic.Bool, workers)
			var group sync.WaitGroup
			for w, a := range accounts {
				group.Go(func() {
					var g guestCounter
					a.OnReclaim(g.reclaim)
					a.OnStarve(func(Kind) { starved[w].Store(true) })
					for i, n := range amounts[w] {
						if i%2 == 0 && !g.burn(a, n) || i%2 == 1 && !a.Spend(Fuel, n) {
							failed[w] = true
							break
						}
					}
					a.Close()
					p.Leave()
				})
			}
			group.Wait()
			for w := range accounts {
				// Only the last position may give way: the others fit without it.
				if gave := failed[w] || starved[w].Load(); gave != (less == 1 && w == workers-1) {
					t.Errorf("seed %d, %d less: account %d gave way: %t", seed, less, w, gave)
				}
			}
			if less == 0 && p.Left(Fuel) != 0 {
				t.Errorf("seed %d: %d left", seed, p.Left(Fuel))
			}
		}
	}
}

// TestStopEndsWaiting stops an account while it waits for another one.
func TestStopEndsWaiting(t *testing.T) {
	var p Pool
	p.Init(Amounts{Calls: 1})
	p.Join()
	holder := open(&p, []int32{0}, Amounts{})
	var stop atomic.Uint32
	waiter := &Account{}
	p.Open(waiter, []int32{1}, Amounts{}, &stop)
	done := make(chan bool)
	go func() { done <- waiter.Spend(Calls, 2) }()
	stop.Store(1)
	p.Wake()
	if <-done {
		t.Error("a stopped account was given what is not there")
	}
	if !holder.Spend(Calls, 1) {
		t.Error("the other account was refused what is there")
	}
}

// TestDiscardAndAbsorb follows the figures of iterations that count and of
// iterations that do not.
func TestDiscardAndAbsorb(t *testing.T) {
	var p Pool
	p.Init(Amounts{Fuel: 100, Calls: 100})
	parent := open(&p, nil, Amounts{Fuel: 10})
	parent.Spend(Fuel, 3)
	parent.Pause()
	var its []*Account
	for i := range int32(3) {
		it := open(&p, []int32{i}, Amounts{Fuel: 10})
		it.Spend(Fuel, 10)
		it.Spend(Calls, 1)
		it.Close()
		its = append(its, it)
	}
	parent.Absorb(its[0])
	parent.Absorb(its[1])
	p.Discard(its[2])
	parent.Close()
	got := fmt.Sprint(parent.Used()[Fuel], parent.Used()[Calls], p.Left(Fuel), p.Left(Calls))
	if want := "23 2 77 98"; got != want {
		t.Errorf("used and left %s, want %s", got, want)
	}
}

func TestMemory(t *testing.T) {
	var m Memory
	m.SetLimit(100)
	tests := []struct{ need, want, got int64 }{
		{60, 0, 60}, {41, 0, 0}, {10, 90, 40}, {1, 1, 0},
	}
	for _, tt := range tests {
		if got := m.Reserve(tt.need, tt.want); got != tt.got {
			t.Errorf("reserve %d to %d: %d, want %d", tt.need, tt.want, got, tt.got)
		}
	}
	m.Return(100)
	if m.Live() != 0 {
		t.Errorf("%d left", m.Live())
	}
}

// TestForget finishes accounts and forgets them in random order: those that are
// left, and only those, can still give way.
func TestForget(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		var p Pool
		p.Init(Amounts{Fuel: 1000})
		parent := open(&p, nil, Amounts{})
		var its []*Account
		for i := range 50 {
			it := open(&p, []int32{int32(i)}, Amounts{})
			it.Spend(Fuel, 1)
			it.Close()
			its = append(its, it)
		}
		rnd.Shuffle(len(its), func(i, j int) { its[i], its[j] = its[j], its[i] })
		for n, it := range its {
			if n%2 == 0 {
				parent.Absorb(it)
			} else {
				p.Discard(it)
			}
			left := map[*Account]bool{}
			for i, x := range p.done {
				if x.place != i+1 {
					t.Fatalf("seed %d: place %d at %d", seed, x.place, i)
				}
				left[x] = true
			}
			for i, x := range its {
				if left[x] != (i > n) {
					t.Fatalf("seed %d: after %d accounts, account %d is left: %t", seed, n+1, i, left[x])
				}
			}
		}
		if got := parent.Used()[Fuel]; got != 25 || p.Left(Fuel) != 975 {
			t.Errorf("seed %d: used %d, left %d", seed, got, p.Left(Fuel))
		}
	}
}

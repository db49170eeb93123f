package share

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// crowd has the first processor of p taken while others queue up behind it, in
// the order in which they are added.
type crowd struct {
	t       *testing.T
	p       *Processors
	gate    Worker
	own     Tenant // of gate
	tenants map[string]*Tenant
	group   sync.WaitGroup
	mu      sync.Mutex
	order   []string
}

func newCrowd(t *testing.T, p *Processors) *crowd {
	c := &crowd{t: t, p: p, tenants: map[string]*Tenant{}}
	if !c.gate.Start(p, &c.own, context.Background()) {
		t.Fatal("the first worker has to wait")
	}
	return c
}

func (c *crowd) note(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order = append(c.order, name)
}

// add queues a worker that computes for some slices.
func (c *crowd) add(tenant, name string, slices int) {
	t := c.tenants[tenant]
	if t == nil {
		t = &Tenant{}
		c.tenants[tenant] = t
	}
	c.group.Go(func() {
		var w Worker
		w.Start(c.p, t, context.Background())
		for i := range slices {
			if i > 0 {
				w.Turn(context.Background())
			}
			c.note(name)
		}
		w.End()
	})
	synctest.Wait()
}

// run opens the gate and returns the order of the slices.
func (c *crowd) run() string {
	c.gate.End()
	c.group.Wait()
	for name, t := range c.tenants {
		if t.has.Load() != 0 || t.waits() {
			c.t.Errorf("at the end %s has %d processors", name, t.has.Load())
		}
	}
	if c.p.busy.Load() != 0 || c.p.Waiting() != 0 || len(c.p.ring) != 0 {
		c.t.Errorf("at the end %d are busy, %d wait, of %d tenants", c.p.busy.Load(), c.p.Waiting(), len(c.p.ring))
	}
	return strings.Join(c.order, " ")
}

// TestTenantsTakeTurns: however many workers one tenant has, another one gets
// every second slice.
func TestTenantsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, New(1))
		for i := range 4 {
			c.add("many", fmt.Sprint("m", i), 3)
		}
		c.add("one", "X", 3)
		want := "m0 X m1 X m2 X m3 m0 m1 m2 m3 m0 m1 m2 m3"
		if got := c.run(); got != want {
			t.Errorf("slices in the order %s, want %s", got, want)
		}
	})
}

// TestEqualShares: of two processors each of two tenants keeps one, however many
// workers the other has; those take turns on theirs.
func TestEqualShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(2)
		var many, one Tenant
		var m0, m1, x Worker
		m0.Start(p, &many, context.Background())
		x.Start(p, &one, context.Background())
		var got atomic.Int32
		var group sync.WaitGroup
		group.Go(func() {
			m1.Start(p, &many, context.Background())
			got.Add(1)
		})
		synctest.Wait()
		for range 3 {
			if !x.Turn(context.Background()) || x.spent || got.Load() != 0 {
				t.Fatal("a tenant with one processor had to share it with one that has another")
			}
		}
		group.Go(func() { m0.Turn(context.Background()) })
		synctest.Wait()
		if got.Load() != 1 {
			t.Fatal("the workers of the other tenant do not take turns")
		}
		// A third tenant has none: it gets the next one that is given up.
		var third Tenant
		var y Worker
		group.Go(func() {
			y.Start(p, &third, context.Background())
			got.Add(1)
		})
		synctest.Wait()
		group.Go(func() { x.Turn(context.Background()) })
		synctest.Wait()
		if got.Load() != 2 || third.has.Load() != 1 {
			t.Fatal("a tenant with nothing waits while others have a processor each")
		}
		m1.End()
		y.End()
		group.Wait()
		m0.End()
		x.End()
		if p.busy.Load() != 0 || p.Waiting() != 0 || many.has.Load()+one.has.Load()+third.has.Load() != 0 {
			t.Errorf("at the end %d are busy, %d wait", p.busy.Load(), p.Waiting())
		}
	})
}

// TestFreshFirst: of one tenant's workers those go first that have not used up a
// slice yet, but not for ever.
func TestFreshFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, New(1))
		long := make(chan bool)
		c.tenants["t"] = &Tenant{}
		var w Worker
		c.group.Go(func() {
			w.Start(c.p, c.tenants["t"], context.Background())
			<-long // computes until the others have come
			w.Turn(context.Background())
			c.note("long")
			w.End()
		})
		synctest.Wait()
		c.gate.End()
		synctest.Wait()
		for i := range 6 {
			c.add("t", fmt.Sprint("f", i), 1)
		}
		close(long)
		if got, want := c.run(), "f0 f1 f2 long f3 f4 f5"; got != want {
			t.Errorf("slices in the order %s, want %s", got, want)
		}
	})
}

// TestStopEndsWaiting: a worker that is stopped leaves the queue, and the next one
// gets its turn.
func TestStopEndsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, New(1))
		ctx, cancel := context.WithCancel(context.Background())
		var stopped Worker
		var got atomic.Bool
		done := make(chan bool)
		go func() {
			got.Store(stopped.Start(c.p, &Tenant{}, ctx))
			close(done)
		}()
		synctest.Wait()
		c.add("a", "next", 1)
		cancel()
		<-done
		if got.Load() {
			t.Error("a worker was given a processor that another one holds")
		}
		stopped.End()
		if got := c.run(); got != "next" {
			t.Errorf("slices in the order %q", got)
		}
	})
}

// TestLent: a processor that was lent is taken when its worker stays away while
// others wait, and only then.
func TestLent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(1)
		var w Worker
		w.Start(p, nil, context.Background())
		w.Lend()
		time.Sleep(10 * lendTime)
		if !w.takeBack() {
			t.Fatal("the processor was taken though nobody waits")
		}
		c := &crowd{t: t, p: p, tenants: map[string]*Tenant{}}
		w.Lend()
		began := time.Now()
		c.add("b", "b", 1)
		c.group.Wait()
		if took := time.Since(began); took < lendTime || took > 3*lendTime {
			t.Errorf("the processor was taken after %v", took)
		}
		if w.takeBack() || !w.Resume(context.Background()) || p.busy.Load() != 1 {
			t.Errorf("the worker cannot go on; %d are busy", p.busy.Load())
		}
		// One that comes back in time keeps it.
		c.add("b", "late", 1)
		for range 20 {
			w.Lend()
			time.Sleep(lendTime / 2)
			if !w.takeBack() {
				t.Fatal("the processor was taken from a worker that is seldom away")
			}
		}
		w.Pause()
		c.group.Wait()
		if got := strings.Join(c.order, " "); got != "b late" {
			t.Errorf("slices in the order %s", got)
		}
		w.Resume(context.Background())
		w.End()
		c.run()
	})
}

// TestWithoutProcessors: workers that share nothing never wait.
func TestWithoutProcessors(t *testing.T) {
	var w Worker
	ok := w.Start(nil, nil, context.Background()) && w.Turn(context.Background()) && w.Resume(context.Background())
	w.Lend()
	w.Pause()
	w.End()
	if !ok {
		t.Error("a worker without processors has to wait")
	}
}

// TestBound has many workers do everything in random order: never do more compute
// at once than there are processors, and nobody is forgotten.
func TestBound(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		p := New(n)
		var computing, most atomic.Int32
		in := func() {
			now := computing.Add(1)
			for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
			}
		}
		var group sync.WaitGroup
		var tenants [3]Tenant
		for i := range 40 {
			group.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(n), uint64(i)))
				var w Worker
				for range 60 {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rnd.IntN(300))*time.Microsecond)
					ok := w.Start(p, &tenants[i%3], ctx)
					for range rnd.IntN(20) {
						if !ok {
							break
						}
						in()
						computing.Add(-1)
						switch rnd.IntN(4) {
						case 0:
							w.Pause()
							ok = w.Resume(ctx)
						case 1:
							w.Lend()
							ok = w.Resume(ctx)
						case 2:
							w.Lend()
							w.Pause()
							ok = w.Turn(ctx)
						default:
							ok = w.Turn(ctx)
						}
					}
					w.End()
					cancel()
				}
			})
		}
		group.Wait()
		if most.Load() > int32(n) {
			t.Errorf("%d compute at once on %d processors", most.Load(), n)
		}
		if p.busy.Load() != 0 || p.Waiting() != 0 || len(p.ring) != 0 || tenants[0].has.Load()+tenants[1].has.Load()+tenants[2].has.Load() != 0 {
			t.Errorf("%d processors: at the end %d are busy, %d wait", n, p.busy.Load(), p.Waiting())
		}
	}
}

// TestQueue adds and removes at random and compares with a slice.
func TestQueue(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var q queue
	var model []*Worker
	for range 2000 {
		if rnd.IntN(2) == 0 || len(model) == 0 {
			w := &Worker{}
			q.add(w)
			model = append(model, w)
		} else {
			i := rnd.IntN(len(model))
			q.remove(model[i])
			model = slices.Delete(model, i, i+1)
		}
		var got []*Worker
		for w := q.first; w != nil; w = w.next {
			got = append(got, w)
		}
		if !slices.Equal(got, model) || len(model) > 0 && q.last != model[len(model)-1] || len(model) == 0 && q.last != nil {
			t.Fatal("the queue differs from its model")
		}
	}
}

//go:build linux

package hostile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
	"github.com/weirflow/weir/hostfuncs"
)

// storms are flows that are cancelled in every state that a run can be in.
func storms(t *testing.T) map[string][]byte {
	trim, ok := hostfuncs.Standard().Lookup("text.trim")
	if !ok {
		t.Fatal("no card text.trim")
	}
	spinning := func(m *wasmtest.Module) wasmtest.Code {
		return code.I32(50_000).Set(1).Loop(wasmtest.Empty).Get(1).I32(1).Op(wasmtest.OpI32Sub).Tee(1).BrIf(0).End()
	}
	fanned := func(levels int) []byte {
		return wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
			over := m.Const(list(12))
			card := m.Card(trim, "")
			for i := range levels {
				body := fan(m, int32(guest.LoopMap), int32(i+1), over, 4)
				if i == levels-1 {
					body = code.I32(m.Step(0, "trim", trim.Key)).I32(m.Const(flow.Text(" x "))).Call(card)
				}
				m.AddLoop(body)
			}
			return fan(m, int32(guest.LoopMap), 0, over, 8)
		}).Bytes()
	}
	return map[string][]byte{
		"spinning": wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code { return spinning(m).I32(0) }, guest.I32).Bytes(),
		"waiting": wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
			http, _ := hostfuncs.Standard().Lookup("http.raw")
			m.Manifest.Hosts = []string{"example.com"}
			args := code.I32(m.Step(0, "get", http.Key))
			for i := range http.In {
				v := http.In[i].DefaultValue()
				switch http.In[i].Key {
				case "url":
					v = flow.Text("https://example.com/")
				case "method":
					v = flow.Text("GET")
				}
				args = args.I32(m.Const(v))
			}
			return args.Call(m.Card(http, ""))
		}).Bytes(),
		"parallel": fanned(1),
		"nested":   fanned(3),
	}
}

// waiter answers when the request's context ends, or a little later.
type waiter struct{ n atomic.Int64 }

func (w *waiter) Fetch(ctx context.Context, _ *flow.Request) (*flow.Response, error) {
	t := time.NewTimer(time.Duration(w.n.Add(1)%5) * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return nil, flow.Errorf(flow.CodeRunCancelled, "the request was cancelled")
	case <-t.C:
		return &flow.Response{Status: 200}, nil
	}
}

// TestHostileStorm cancels runs at random moments, by their context and by time:
// each ends once, in time, with its result or with the reason.
func TestHostileStorm(t *testing.T) {
	attack(t, engine.Config{HTTP: &waiter{}}, func(c *child) {
		n := count(3000, 20_000)
		var ended sync.Map
		add := func(code flow.Code) {
			k, _ := ended.LoadOrStore(code, new(atomic.Int64))
			k.(*atomic.Int64).Add(1)
		}
		var group sync.WaitGroup
		var worst atomic.Int64
		for name, wasm := range storms(t) {
			m := c.load(wasm)
			places := make(chan struct{}, 16)
			for i := range n / 4 {
				places <- struct{}{}
				group.Go(func() {
					defer func() { <-places }()
					after := time.Duration(rand.Int64N(int64(2 * time.Millisecond)))
					ctx, cancel := context.WithTimeout(context.Background(), after)
					defer cancel()
					r := engine.Run{Flow: "main", Tenant: fmt.Sprint(i % 7)}
					if i%3 == 0 {
						r.Limits.Wall, ctx = max(after, 1), context.Background()
					}
					began := time.Now()
					_, err := m.Run(ctx, r)
					if took := int64(time.Since(began) - after); took > worst.Load() {
						worst.Store(took)
					}
					switch got := flow.CodeOf(err); got {
					case "", flow.CodeRunCancelled, flow.CodeLimitWall:
						add(got)
					default:
						c.Errorf("%s: %v", name, err)
					}
				})
			}
			group.Wait()
			if err := m.Close(context.Background()); err != nil {
				c.Error(err)
			}
		}
		figures := map[flow.Code]int64{}
		ended.Range(func(k, v any) bool { figures[k.(flow.Code)] = v.(*atomic.Int64).Load(); return true })
		for _, code := range []flow.Code{"", flow.CodeRunCancelled, flow.CodeLimitWall} {
			if figures[code] == 0 {
				c.Errorf("runs ended with %v, none with %q", figures, code)
			}
		}
		c.seen.report.Note = fmt.Sprint(figures)
		c.late(time.Duration(worst.Load()))
	})
}

// TestHostileClose closes engines and modules while loads and runs begin, go on
// and are cancelled.
func TestHostileClose(t *testing.T) {
	attack(t, engine.Config{}, func(c *child) {
		modules := storms(t)
		for range count(40, 1000) {
			eng, err := engine.New(context.Background(), engine.Config{
				Registry: hostfuncs.Standard(), HTTP: &waiter{}, Modules: 1, IdleInstances: 2, Interpreter: rand.IntN(2) == 0,
			})
			if err != nil {
				c.Fatal(err)
			}
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					for range 5 {
						for name, wasm := range modules {
							m, err := eng.Load(context.Background(), wasm)
							if err != nil {
								if got := flow.CodeOf(err); got != flow.CodeRunCancelled {
									c.Errorf("load %s: %v", name, err)
								}
								continue
							}
							if i%4 == 0 {
								group.Go(func() { _ = m.Close(context.Background()) })
							}
							ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.Int64N(int64(time.Millisecond))))
							_, err = m.Run(ctx, engine.Run{Flow: "main", Tenant: "a"})
							cancel()
							if got := flow.CodeOf(err); got != "" && got != flow.CodeRunCancelled {
								c.Errorf("run %s: %v", name, err)
							}
							if err := m.Close(context.Background()); err != nil {
								c.Errorf("close %s: %v", name, err)
							}
						}
					}
				})
			}
			// Closes at a random moment of all this.
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.Int64N(int64(10*time.Millisecond))))
			<-ctx.Done()
			cancel()
			if err := eng.Close(context.Background()); err != nil {
				c.Errorf("close: %v", err)
			}
			if _, err := eng.Load(context.Background(), modules["spinning"]); flow.CodeOf(err) != flow.CodeRunCancelled {
				c.Errorf("load after close: %v", err)
			}
			group.Wait()
		}
	})
}

// TestHostileNeighbour measures a tenant's runs alone, and beside another tenant
// that computes with all the concurrency it may have: ninety-nine in a hundred wait
// no longer than a run may be late. BenchmarkNeighbour of the engine tells by how
// much less.
func TestHostileNeighbour(t *testing.T) {
	attack(t, engine.Config{Limits: unfuelled, TenantConcurrency: 8}, func(c *child) {
		debug.SetGCPercent(100) // time is measured here, not memory
		victim := c.load(storms(t)["parallel"])
		noise := c.load(wasmtest.Flow(func(*wasmtest.Module) wasmtest.Code { return spin(nil) }).Bytes())
		n := count(500, 5000)
		p99 := func() time.Duration {
			took := make([]time.Duration, n)
			for i := range took {
				began := time.Now()
				if _, err := victim.Run(context.Background(), engine.Run{Flow: "main", Tenant: "victim"}); err != nil {
					c.Fatalf("victim: %v", err)
				}
				took[i] = time.Since(began)
			}
			slices.Sort(took)
			return took[n*99/100]
		}
		p99()
		alone := p99()
		ctx, cancel := context.WithCancel(context.Background())
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				for ctx.Err() == nil {
					_, err := noise.Run(ctx, engine.Run{Flow: "main", Tenant: "noisy"})
					switch flow.CodeOf(err) {
					case flow.CodeRunCancelled:
					case flow.CodeLimitConcurrency:
						return
					default:
						c.Errorf("noise: %v", err)
						return
					}
				}
			})
		}
		beside := p99()
		cancel()
		group.Wait()
		c.seen.report.Note = fmt.Sprintf("p99 alone %v, beside 8 spinning runs %v: %.1f times", alone, beside, float64(beside)/float64(alone))
		c.late(beside - alone)
	})
}

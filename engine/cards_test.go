package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest/wasmtest"
	"github.com/weirflow/weir/internal/canary"
)

// world is what the test cards observe and change.
type world struct {
	calls   atomic.Int64 // of cards with an effect
	atOnce  atomic.Int64 // test.sleep calls at this moment
	mostOne atomic.Int64 // most of them at once
	nap     time.Duration
	wait    chan struct{} // test.block waits for it
	hook    func(n float64) error
}

func port(key string, t flow.Type) flow.Port {
	return flow.Port{Key: key, Label: key, Doc: "A value.", Type: t}
}

func card(key string, effect flow.Effect, cost flow.Cost, in, out []flow.Port, run func(context.Context, *flow.Call) (flow.Value, error)) *flow.Card {
	return &flow.Card{
		Key: key, Title: key, Category: "Test", Doc: "Does what its name says.", Since: "0.1", In: in, Out: out,
		Effect: effect, Cost: cost, Run: run,
	}
}

// testCards returns the cards of the tests by name.
func (w *world) testCards() map[string]*flow.Card {
	text, num, anyv := port("text", flow.TextType), port("number", flow.NumberType), port("value", flow.AnyType)
	spend := anyv
	spend.Secret = flow.SecretPass
	base := flow.Cost{Base: 100}
	list := []*flow.Card{
		card("test.upper", flow.Pure, flow.Cost{Base: 20, PerByte: 0.5}, []flow.Port{text}, []flow.Port{port("result", flow.TextType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				return flow.Text(strings.ToUpper(c.Text(0))), nil
			}),
		card("test.add", flow.Pure, flow.Cost{Base: 5}, []flow.Port{num, port("other", flow.NumberType)}, []flow.Port{port("sum", flow.NumberType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				return flow.Number(c.Number(0) + c.Number(1)), nil
			}),
		card("test.more", flow.Pure, flow.Cost{Base: 5}, []flow.Port{num, port("other", flow.NumberType)}, []flow.Port{port("more", flow.BoolType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				return flow.Bool(c.Number(0) > c.Number(1)), nil
			}),
		card("test.repeat", flow.Pure, base, []flow.Port{text, num}, []flow.Port{port("result", flow.TextType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				n := int64(c.Number(1))
				if err := c.Reserve(n * int64(len(c.Text(0)))); err != nil {
					return flow.Value{}, err
				}
				return flow.Text(strings.Repeat(c.Text(0), int(n))), nil
			}),
		card("test.work", flow.Pure, base, []flow.Port{num}, []flow.Port{port("done", flow.NumberType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				return flow.Number(c.Number(0)), c.Spend(int64(c.Number(0)))
			}),
		card("test.fail", flow.Pure, base, []flow.Port{num}, []flow.Port{port("result", flow.NumberType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				return flow.Value{}, c.Invalid(0, "is %s", flow.FormatNumber(c.Number(0)))
			}),
		card("test.panic", flow.Pure, base, nil, []flow.Port{port("result", flow.NumberType)},
			func(context.Context, *flow.Call) (flow.Value, error) { panic(errors.New("the password is tiger")) }),
		card("test.index", flow.Pure, base, nil, []flow.Port{port("result", flow.NumberType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) { return c.Args[len(c.Args)], nil }),
		card("test.hook", flow.Reads, base, []flow.Port{num}, []flow.Port{port("result", flow.NumberType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				w.calls.Add(1)
				if w.hook != nil {
					if err := w.hook(c.Number(0)); err != nil {
						return flow.Value{}, err
					}
				}
				return flow.Number(c.Number(0)), nil
			}),
		card("test.write", flow.Writes, base, []flow.Port{spend}, []flow.Port{port("key", flow.TextType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				w.calls.Add(1)
				return flow.Text(c.Key), nil
			}),
		card("test.now", flow.Reads, base, nil, []flow.Port{port("now", flow.DateType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				w.calls.Add(1)
				return flow.DateOf(c.Env.Now()), nil
			}),
		card("test.sleep", flow.Reads, base, []flow.Port{num}, []flow.Port{port("result", flow.NumberType)},
			func(ctx context.Context, c *flow.Call) (flow.Value, error) {
				n := w.atOnce.Add(1)
				defer w.atOnce.Add(-1)
				for {
					most := w.mostOne.Load()
					if n <= most || w.mostOne.CompareAndSwap(most, n) {
						break
					}
				}
				return c.Value(0), c.Env.Sleep(ctx, w.nap)
			}),
		card("test.block", flow.Reads, base, nil, []flow.Port{port("result", flow.TextType)},
			func(ctx context.Context, c *flow.Call) (flow.Value, error) {
				w.atOnce.Add(1)
				defer w.atOnce.Add(-1)
				select {
				case <-ctx.Done():
					return flow.Value{}, ctx.Err()
				case <-w.wait:
					return flow.Text("released"), nil
				}
			}),
		card("test.fetch", flow.Reads, base, []flow.Port{text}, []flow.Port{port("body", flow.TextType)},
			func(ctx context.Context, c *flow.Call) (flow.Value, error) {
				resp, err := c.Env.Fetch(ctx, &flow.Request{Method: "GET", URL: c.Text(0)})
				if err != nil {
					return flow.Value{}, err
				}
				return flow.Text(string(resp.Body)), nil
			}),
		card("test.pass", flow.Pure, base, []flow.Port{spend}, []flow.Port{port("result", flow.AnyType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) { return c.Value(0), nil }),
		card("test.nest", flow.Pure, base, []flow.Port{num}, []flow.Port{port("result", flow.AnyType)},
			func(_ context.Context, c *flow.Call) (flow.Value, error) {
				v := flow.Number(0)
				for range int(c.Number(0)) {
					v = flow.ListOf(v)
				}
				return v, nil
			}),
		{
			Key: "test.group", Title: "Group", Category: "Test", Doc: "Has groups.", Since: "0.1", Cost: base,
			In: []flow.Port{
				{Key: "plain", Doc: "A value.", Type: flow.TextType},
				{Key: "inner", Group: "options", Doc: "A value.", Type: flow.NumberType, Default: "7"},
			},
			Extra: &flow.Extra{Group: "fields", Type: flow.AnyType},
			Out:   []flow.Port{{Key: "a", Type: flow.NumberType}, {Key: "b", Type: flow.AnyType}},
			Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
				x, _ := c.Extra.Get("x")
				return flow.Members("a", c.Value(1), "b", x), nil
			},
		},
	}
	out := map[string]*flow.Card{}
	for _, c := range list {
		out[c.Name()] = c
	}
	return out
}

// fixture is an engine with the test cards.
type fixture struct {
	world
	t      testing.TB
	cards  map[string]*flow.Card
	engine *engine.Engine
}

func newFixture(t testing.TB, cfg engine.Config) *fixture {
	t.Helper()
	f := &fixture{t: t}
	f.cards = f.testCards()
	var all []*flow.Card
	for _, c := range f.cards {
		all = append(all, c)
	}
	reg, err := flow.NewRegistry(all...)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Registry = reg
	if f.engine, err = engine.New(context.Background(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.engine.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) load(m *wasmtest.Module) *engine.Module {
	f.t.Helper()
	mod, err := f.engine.Load(context.Background(), m.Bytes())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = mod.Close(context.Background()) })
	return mod
}

// waitFor waits until n calls of test.sleep or test.block are at work.
func (f *fixture) waitFor(n int64) {
	f.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); f.atOnce.Load() < n; runtime.Gosched() {
		if time.Now().After(deadline) {
			f.t.Fatalf("%d calls at work, want %d", f.atOnce.Load(), n)
		}
	}
}

func (f *fixture) run(m *wasmtest.Module, r engine.Run) (engine.Result, error) {
	f.t.Helper()
	if r.Flow == "" {
		r.Flow = "main"
	}
	res, err := f.load(m).Run(context.Background(), r)
	noLeak(f.t, &r, &res, err)
	return res, err
}

// noLeak looks for the secrets that a run was given in everything that came of
// it.
func noLeak(t testing.TB, r *engine.Run, res *engine.Result, err error) {
	t.Helper()
	shown, jerr := json.Marshal([]any{res.Outputs, res.Message, res.Trace})
	if jerr != nil {
		t.Fatal(jerr)
	}
	if e := flow.AsError(err); e != nil {
		shown = fmt.Appendf(shown, "%v %s %s %s %s %v", e, e.Fix, e.Body, e.Extra, e.Headers, e.Err)
	}
	for key, v := range r.Secrets {
		flow.MapSecret(v, func(plain string) string {
			if len(plain) >= canary.Min && v.Kind() == flow.KindSecret {
				canary.Check(t, "what came of a run with the secret "+key, shown, plain)
			}
			return ""
		})
	}
}

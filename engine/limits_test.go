package engine_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// fetcher answers every request with the given number of bytes.
type fetcher struct {
	bytes int
	last  atomic.Pointer[flow.Request]
}

func (f *fetcher) Fetch(_ context.Context, r *flow.Request) (*flow.Response, error) {
	f.last.Store(r)
	n := min(int64(f.bytes), r.MaxBody)
	return &flow.Response{Status: 200, Body: []byte(strings.Repeat("x", int(n))), Bytes: n}, nil
}

// TestLimits runs one flow per limit at one unit less than it needs, at exactly
// that, and at one more.
func TestLimits(t *testing.T) {
	f := newFixture(t, engine.Config{HTTP: &fetcher{bytes: 70}})
	three := func(card wasmtest.Code) wasmtest.Code { return code.Repeat(2, card.Op(wasmtest.OpDrop)).Join(card) }
	tests := []struct {
		name  string
		code  flow.Code
		catch bool // the flow can go on
		body  func(m *wasmtest.Module, s int32) wasmtest.Code
		set   func(l *engine.Limits, n int64)
		need  func(r engine.Result) int64
	}{
		{"fuel", flow.CodeLimitFuel, false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return three(code.I32(s).I32(m.Const(flow.Text("abc"))).Call(m.Card(f.cards["upper"], "")))
		}, func(l *engine.Limits, n int64) { l.Fuel = n }, func(r engine.Result) int64 { return r.Usage.Fuel }},
		{"fuel that a card spends", flow.CodeLimitFuel, false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(3_000_000).Call(m.Card(f.cards["work"], "")).Op(wasmtest.OpDrop).Call(m.Core("num"))
		}, func(l *engine.Limits, n int64) { l.Fuel = n }, func(r engine.Result) int64 { return r.Usage.Fuel }},
		{"memory", flow.CodeLimitMemory, false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return three(code.I32(s).I32(m.Const(flow.Text("abc"))).F64(40_000).Call(m.Card(f.cards["repeat"], "")))
		}, func(l *engine.Limits, n int64) { l.Memory = n }, func(r engine.Result) int64 { return r.Usage.PeakMemory }},
		{"value of a card", flow.CodeLimitValue, true, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(flow.Text("abc"))).Call(m.Card(f.cards["upper"], ""))
		}, func(l *engine.Limits, n int64) { l.Value = n }, func(r engine.Result) int64 { return r.Outputs.Size() }},
		{"value of concat", flow.CodeLimitValue, true, func(m *wasmtest.Module, s int32) wasmtest.Code {
			big := m.Const(flow.Text(strings.Repeat("y", 5000)))
			return code.I32(s).I32(big).I32(big).Call(m.Core("concat:hh")).Tee(1).I32(0).Op(wasmtest.OpI32LtS).
				If(wasmtest.Empty).I32(-1).Op(wasmtest.OpReturn).End().I32(0).Set(1).I32(0)
		}, func(l *engine.Limits, n int64) { l.Value = n }, func(engine.Result) int64 { return flow.Text(strings.Repeat("y", 10000)).Size() }},
		{"depth", flow.CodeLimitDepth, true, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(11).Call(m.Card(f.cards["nest"], ""))
		}, func(l *engine.Limits, n int64) { l.Depth = n }, func(engine.Result) int64 { return 12 }}, // the outputs are one level more
		{"calls", flow.CodeLimitCalls, false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return three(code.I32(s).I32(m.Const(flow.Text("abc"))).Call(m.Card(f.cards["upper"], "")))
		}, func(l *engine.Limits, n int64) { l.Calls = n }, func(engine.Result) int64 { return 3 }},
		{"http calls", flow.CodeLimitHTTPCalls, false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return three(code.I32(s).I32(m.Const(flow.Text("https://a.example/"))).Call(m.Card(f.cards["fetch"], "")))
		}, func(l *engine.Limits, n int64) { l.HTTPCalls = n }, func(engine.Result) int64 { return 3 }},
		{"http bytes", flow.CodeLimitHTTPBytes, false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return three(code.I32(s).I32(m.Const(flow.Text("https://a.example/"))).Call(m.Card(f.cards["fetch"], "")))
		}, func(l *engine.Limits, n int64) { l.HTTPBytes = n }, func(engine.Result) int64 { return 210 }},
		{"trace", flow.CodeLimitTrace, false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return three(code.I32(s).I32(m.Const(flow.Text("abc"))).Call(m.Card(f.cards["upper"], "")))
		}, func(l *engine.Limits, n int64) { l.Trace = n }, func(r engine.Result) int64 { return r.Usage.TraceBytes }},
	}
	limitsCovered(t, func(visit func(set func(*engine.Limits, int64), code flow.Code)) {
		for _, tt := range tests {
			visit(tt.set, tt.code)
		}
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := f.load(single(tt.body))
			base, err := m.Run(context.Background(), engine.Run{Flow: "main", Trace: true})
			if err != nil {
				t.Fatal(err)
			}
			need := tt.need(base)
			for _, by := range []int64{-1, 0, 1} {
				var l engine.Limits
				tt.set(&l, need+by)
				res, err := m.Run(context.Background(), engine.Run{Flow: "main", Trace: true, Limits: l})
				want := tt.code
				if by >= 0 {
					want = ""
				}
				if flow.CodeOf(err) != want {
					t.Errorf("limit %d%+d: %v, want code %q", need, by, err, want)
				}
				if want != "" && tt.code == flow.CodeLimitFuel && res.Usage.Fuel != l.Fuel {
					t.Errorf("limit %d: used %d", l.Fuel, res.Usage.Fuel)
				}
				if want != "" && want.Trap() == tt.catch {
					t.Errorf("%s: Trap is %t", want, want.Trap())
				}
			}
		})
	}
}

// elsewhere are the tests of limits that TestLimits does not reach: time does not
// stand still in it, and it has no files.
var elsewhere = map[string]string{
	"Wall": "../internal/conformance TestWallLimit", "FileBytes": "../internal/conformance TestFileBytesLimit", "Concurrency": ". TestConcurrencyLimit",
}

// limitsCovered wants every row of the table to be set by a test here, with the
// code that the table promises, or to have a test elsewhere.
func limitsCovered(t *testing.T, each func(visit func(set func(*engine.Limits, int64), code flow.Code))) {
	t.Helper()
	for i, row := range (engine.Limits{}).Table() {
		var here bool
		each(func(set func(*engine.Limits, int64), code flow.Code) {
			var l engine.Limits
			set(&l, 7)
			if l.Table()[i].Default == 7 {
				here = true
				if code != row.Code {
					t.Errorf("the test of %s wants %s, the table promises %s", row.Name, code, row.Code)
				}
			}
		})
		where, ok := elsewhere[row.Name]
		if here == ok {
			t.Errorf("limit %s: it has a test here: %t; one elsewhere: %t", row.Name, here, ok)
		}
		if !ok {
			continue
		}
		dir, name, _ := strings.Cut(where, " ")
		files, err := filepath.Glob(dir + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(files, func(path string) bool {
			b, err := os.ReadFile(path)
			return err == nil && strings.Contains(string(b), "\nfunc "+name+"(t *testing.T) {")
		}) {
			t.Errorf("limit %s: there is no %s", row.Name, where)
		}
	}
}

func TestConcurrencyLimit(t *testing.T) {
	const items = 12
	for _, limit := range []int64{1, 2, 3, 4, 5} {
		f := newFixture(t, engine.Config{})
		f.nap = time.Millisecond
		m := inParallel(guest.LoopEach, numbers(items), 4, func(m *wasmtest.Module, s int32) wasmtest.Code { return f.call(m, s, "sleep") })
		if _, err := f.run(m, engine.Run{Limits: engine.Limits{Concurrency: limit}}); err != nil {
			t.Fatal(err)
		}
		if got, want := f.mostOne.Load(), min(limit, 4); got > want {
			t.Errorf("limit %d, asked for 4: %d at once", limit, got)
		}
	}
}

func TestTenantConcurrency(t *testing.T) {
	f := newFixture(t, engine.Config{TenantConcurrency: 2})
	f.wait = make(chan struct{})
	m := f.load(single(func(m *wasmtest.Module, s int32) wasmtest.Code { return code.I32(s).Call(m.Card(f.cards["block"], "")) }))
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if _, err := m.Run(context.Background(), engine.Run{Flow: "main", Tenant: "a"}); err != nil {
				t.Error(err)
			}
		})
	}
	f.waitFor(2)
	if _, err := m.Run(context.Background(), engine.Run{Flow: "main", Tenant: "a"}); flow.CodeOf(err) != flow.CodeLimitConcurrency {
		t.Errorf("third run: %v, want limit.concurrency", err)
	}
	close(f.wait)
	if _, err := m.Run(context.Background(), engine.Run{Flow: "main", Tenant: "b"}); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	group.Wait()
	if _, err := m.Run(context.Background(), engine.Run{Flow: "main", Tenant: "a"}); err != nil {
		t.Errorf("after the others: %v", err)
	}
}

func TestLimitsOnlyLower(t *testing.T) {
	f := newFixture(t, engine.Config{Limits: engine.Limits{Calls: 1}})
	m := f.load(single(func(m *wasmtest.Module, s int32) wasmtest.Code {
		call := code.I32(s).I32(0).Call(m.Card(f.cards["upper"], ""))
		return call.Op(wasmtest.OpDrop).Join(call)
	}))
	if _, err := m.Run(context.Background(), engine.Run{Flow: "main", Limits: engine.Limits{Calls: 100}}); flow.CodeOf(err) != flow.CodeLimitCalls {
		t.Errorf("a run raised its limit: %v", err)
	}
	if _, err := m.Run(context.Background(), engine.Run{Flow: "main", Limits: engine.Limits{Fuel: -1}}); flow.CodeOf(err) != flow.CodeInputInvalid {
		t.Errorf("negative limit: %v", err)
	}
	if _, err := engine.New(context.Background(), engine.Config{Limits: engine.Limits{Wall: -1}}); flow.CodeOf(err) != flow.CodeInputInvalid {
		t.Errorf("negative limit of an engine: %v", err)
	}
}

func TestLimitTable(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range (engine.Limits{}).Table() {
		if row.Default <= 0 || row.Doc == "" || row.Unit == "" || seen[row.Name] {
			t.Errorf("row %+v is incomplete or stands twice", row)
		}
		seen[row.Name] = true
	}
	if n := reflect.TypeFor[engine.Limits]().NumField(); len(seen) != n {
		t.Errorf("%d rows, want one for each of the %d limits", len(seen), n)
	}
	if got := (engine.Limits{Memory: 3 << 20}).Table()[2].String(); got != "Memory 3 MiB (limit.memory)" {
		t.Errorf("row prints as %q", got)
	}
}

// endless is a flow that computes until it is stopped.
func endless() *wasmtest.Module {
	return wasmtest.Flow(func(*wasmtest.Module) wasmtest.Code {
		return code.Loop(wasmtest.Empty).Br(0).End().I32(0)
	})
}

// TestStops stops a flow that computes and one that waits, by time and by the
// caller, and measures how late that is.
func TestStops(t *testing.T) {
	f := newFixture(t, engine.Config{Limits: engine.Limits{Fuel: math.MaxInt64 / 4}})
	f.wait = make(chan struct{})
	waiting := single(func(m *wasmtest.Module, s int32) wasmtest.Code { return code.I32(s).Call(m.Card(f.cards["block"], "")) })
	parallel := inParallel(guest.LoopEach, numbers(30), 10, func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).Call(m.Card(f.cards["block"], ""))
	})
	for name, m := range map[string]*engine.Module{"endless": f.load(endless()), "waiting": f.load(waiting), "parallel": f.load(parallel)} {
		const after = 20 * time.Millisecond
		began := time.Now()
		_, err := m.Run(context.Background(), engine.Run{Flow: "main", Limits: engine.Limits{Wall: after}})
		if flow.CodeOf(err) != flow.CodeLimitWall {
			t.Errorf("%s: %v, want limit.wall", name, err)
		}
		if late := time.Since(began) - after; late > 500*time.Millisecond {
			t.Errorf("%s: stopped %v late", name, late)
		}
		ctx, cancel := context.WithCancel(context.Background())
		timer := time.AfterFunc(after, cancel)
		if _, err := m.Run(ctx, engine.Run{Flow: "main"}); flow.CodeOf(err) != flow.CodeRunCancelled {
			t.Errorf("%s: %v, want run.cancelled", name, err)
		}
		timer.Stop()
		if _, err := m.Run(ctx, engine.Run{Flow: "main"}); flow.CodeOf(err) != flow.CodeRunCancelled {
			t.Errorf("%s with a context that has ended: %v, want run.cancelled", name, err)
		}
		cancel()
	}
}

// TestHeartbeat has a flow compute without end beside a goroutine that wants to
// run and a collector that wants to stop the world: compiled code cannot be
// preempted, so that only its fuel checks let them.
func TestHeartbeat(t *testing.T) {
	f := newFixture(t, engine.Config{Limits: engine.Limits{Fuel: math.MaxInt64 / 4}})
	m := f.load(endless())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		_, err := m.Run(ctx, engine.Run{Flow: "main"})
		done <- err
	}()
	var longest time.Duration
	for last, until := time.Now(), time.Now().Add(200*time.Millisecond); last.Before(until); {
		runtime.GC()
		now := time.Now()
		longest = max(longest, now.Sub(last))
		last = now
	}
	cancel()
	if err := <-done; flow.CodeOf(err) != flow.CodeRunCancelled {
		t.Errorf("%v, want run.cancelled", err)
	}
	// Without the checks a collection waits for the flow, that is for ever. The
	// bound leaves room for busy machines.
	if longest > time.Second {
		t.Errorf("a collection took %v", longest)
	}
}

// TestParallelWaits compares a hundred waits of 5 ms at a concurrency of 20 with
// one after the other: twenty times as fast but for the overhead.
func TestParallelWaits(t *testing.T) {
	f := newFixture(t, engine.Config{})
	f.nap = 5 * time.Millisecond
	took := map[float64]time.Duration{}
	for _, width := range []float64{1, 20} {
		m := f.load(inParallel(guest.LoopMap, numbers(100), width, func(m *wasmtest.Module, s int32) wasmtest.Code { return f.call(m, s, "sleep") }))
		began := time.Now()
		res, err := m.Run(context.Background(), engine.Run{Flow: "main"})
		if err != nil {
			t.Fatal(err)
		}
		took[width] = time.Since(began)
		if got := flow.At(res.Outputs, "result"); !flow.Equal(got, numbers(100)) {
			t.Errorf("width %v: result %s", width, got)
		}
	}
	if took[20]*6 > took[1] {
		t.Errorf("width 20 took %v, width 1 %v: less than six times as fast", took[20], took[1])
	}
}

// TestCancelStorm cancels many parallel runs at odd moments: every one ends with
// its result or run.cancelled, and the instances stay usable.
func TestCancelStorm(t *testing.T) {
	f := newFixture(t, engine.Config{})
	f.nap = 100 * time.Microsecond
	m := f.load(inParallel(guest.LoopMap, numbers(20), 8, func(m *wasmtest.Module, s int32) wasmtest.Code { return f.call(m, s, "sleep") }))
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*50*time.Microsecond)
			defer cancel()
			res, err := m.Run(ctx, engine.Run{Flow: "main", Tenant: fmt.Sprint(i % 3)})
			switch {
			case err == nil && !flow.Equal(flow.At(res.Outputs, "result"), numbers(20)):
				t.Errorf("run %d: %s", i, res.Outputs)
			case err != nil && flow.CodeOf(err) != flow.CodeRunCancelled:
				t.Errorf("run %d: %v", i, err)
			}
		})
	}
	group.Wait()
	if _, err := m.Run(context.Background(), engine.Run{Flow: "main"}); err != nil {
		t.Error(err)
	}
}

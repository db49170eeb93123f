package engine_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
	"github.com/weirflow/weir/internal/benchmark"
)

func benchRun(b *testing.B, f *fixture, m *wasmtest.Module) {
	mod := f.load(m)
	ctx := context.Background()
	r := engine.Run{ID: "bench", Flow: "main"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mod.Run(ctx, r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart is the price of a run that does nothing: on an instance that
// has run before, the same for a caller whose context can be cancelled, and on
// an instance made for the run.
func BenchmarkStart(b *testing.B) {
	f := newFixture(b, engine.Config{})
	m := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code { return code.I32(m.Const(flow.Members())) })
	pooled := f.load(m)
	fresh, err := engine.LoadUnpooled(context.Background(), f.engine, m.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := engine.Run{ID: "bench", Flow: "main"}
	run := func(ctx context.Context, m *engine.Module) func() error {
		return func() error { _, err := m.Run(ctx, r); return err }
	}
	benchmark.Ratios(b, []benchmark.Side{
		{Name: "pooled", Run: run(context.Background(), pooled)},
		{Name: "cancellable", Run: run(ctx, pooled)},
		{Name: "new", Run: run(context.Background(), fresh)},
	})
}

// BenchmarkRunNewInstance tells what a new instance allocates.
func BenchmarkRunNewInstance(b *testing.B) {
	f := newFixture(b, engine.Config{})
	m := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code { return code.I32(m.Const(flow.Members())) })
	ctx := context.Background()
	mod, err := engine.LoadUnpooled(ctx, f.engine, m.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mod.Run(ctx, engine.Run{ID: "bench", Flow: "main"}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostCall is one card call from a guest loop: time/op is that of a
// thousand.
func BenchmarkHostCall(b *testing.B) {
	f := newFixture(b, engine.Config{})
	for _, name := range []string{"add", "upper", "num"} {
		b.Run(name, func(b *testing.B) {
			m := looping(func(m *wasmtest.Module, s int32) wasmtest.Code {
				open := code.I32(s).F64(1000).Call(m.Core("repeat"))
				var call wasmtest.Code
				switch name {
				case "add":
					call = code.I32(s).F64(1).F64(2).Call(m.Card(f.cards["add"], "")).Op(wasmtest.OpDrop, wasmtest.OpDrop)
				case "upper":
					call = code.I32(s).I32(m.Const(flow.Text("abcdefgh"))).Call(m.Card(f.cards["upper"], "")).Op(wasmtest.OpDrop)
				case "num":
					call = code.F64(1).Call(m.Core("num")).Op(wasmtest.OpDrop)
				}
				return turns(m, open, call).Call(m.Core("end"))
			})
			benchRun(b, f, m)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/call")
		})
	}
}

// BenchmarkParallel is a parallel loop of a hundred turns that do nothing.
func BenchmarkParallel(b *testing.B) {
	f := newFixture(b, engine.Config{})
	for _, width := range []float64{1, 8} {
		b.Run(map[float64]string{1: "width1", 8: "width8"}[width], func(b *testing.B) {
			benchRun(b, f, inParallel(guest.LoopEach, numbers(100), width,
				func(*wasmtest.Module, int32) wasmtest.Code { return code.I32(0) }))
		})
	}
}

// BenchmarkWaitingRun reports the memory that one run takes while it waits.
func BenchmarkWaitingRun(b *testing.B) {
	f := newFixture(b, engine.Config{})
	f.wait = make(chan struct{})
	m := f.load(single(func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).Call(m.Card(f.cards["block"], ""))
	}))
	for b.Loop() {
		const runs = 1000
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		done := make(chan error, runs)
		for range runs {
			go func() {
				_, err := m.Run(context.Background(), engine.Run{Flow: "main"})
				done <- err
			}()
		}
		f.waitFor(runs)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/runs, "heap-B/run")
		b.ReportMetric(float64(after.StackInuse-before.StackInuse)/runs, "stack-B/run")
		close(f.wait)
		for range runs {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		f.wait = make(chan struct{})
	}
}

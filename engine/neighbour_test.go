package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/guest/wasmtest"
)

// BenchmarkNeighbour runs a flow that computes for half a millisecond beside runs of
// another tenant that compute without end, and reports the middle and the slowest of
// a hundred.
func BenchmarkNeighbour(b *testing.B) {
	const turns = 200_000
	for _, spinning := range []int{0, 8, 64} {
		b.Run(fmt.Sprintf("spinning=%d", spinning), func(b *testing.B) {
			f := newFixture(b, engine.Config{Limits: engine.Limits{Fuel: 1 << 60}})
			quiet := f.load(wasmtest.Flow(func(*wasmtest.Module) wasmtest.Code {
				const left = 1
				return code.F64(turns).Set(left).Loop(wasmtest.Empty).
					Get(left).F64(1).Op(0xA1).Tee(left).F64(0).Op(0x64).BrIf(0).End().I32(0)
			}, 0x7C))
			noisy := f.load(wasmtest.Flow(func(*wasmtest.Module) wasmtest.Code {
				return code.Loop(wasmtest.Empty).Br(0).End().I32(0)
			}))
			ctx, cancel := context.WithCancel(context.Background())
			var group sync.WaitGroup
			for range spinning {
				group.Go(func() { _, _ = noisy.Run(ctx, engine.Run{Flow: "main", Tenant: "noisy"}) })
			}
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := quiet.Run(context.Background(), engine.Run{Flow: "main", Tenant: "quiet", ID: "run"}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			cancel()
			group.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

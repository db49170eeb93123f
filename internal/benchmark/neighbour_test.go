package benchmark

import (
	"context"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// BenchmarkNeighbour reports what an endless loop of compiled code does to the
// rest of its process: the largest gap of a goroutine that wakes up every
// millisecond, the longest forced collection, and how late the run is stopped;
// beside=nothing is the same process without the loop.
func BenchmarkNeighbour(b *testing.B) {
	const wall = 300 * time.Millisecond
	out := build(b, map[string]string{"main": endless, "round": round, "turn": turn})
	for _, beside := range []string{"nothing", "endless"} {
		b.Run("beside="+beside, func(b *testing.B) {
			mod := load(b, out, engine.Config{Limits: engine.Limits{Fuel: math.MaxInt64 / 4, Wall: wall}})
			var gap, collection, late time.Duration
			for b.Loop() {
				stop := make(chan struct{})
				var group sync.WaitGroup
				group.Go(func() { gap = max(gap, heartbeat(stop)) })
				group.Go(func() { collection = max(collection, collections(stop)) })
				began := time.Now()
				if beside == "nothing" {
					time.Sleep(wall)
				} else if _, err := mod.Run(context.Background(), engine.Run{Flow: "main"}); flow.CodeOf(err) != flow.CodeLimitWall {
					b.Fatal(err)
				}
				late = max(late, time.Since(began)-wall)
				close(stop)
				group.Wait()
			}
			b.ReportMetric(0, "ns/op") // the limit that was set
			for name, d := range map[string]time.Duration{"heartbeat-ms": gap, "gc-ms": collection, "late-ms": late} {
				b.ReportMetric(float64(d)/1e6, name)
			}
		})
	}
}

func heartbeat(stop chan struct{}) (gap time.Duration) {
	t := time.NewTicker(time.Millisecond)
	defer t.Stop()
	for last := time.Now(); ; {
		select {
		case <-stop:
			return gap
		case <-t.C:
			now := time.Now()
			gap, last = max(gap, now.Sub(last)), now
		}
	}
}

func collections(stop chan struct{}) (longest time.Duration) {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return longest
		case <-t.C:
			began := time.Now()
			runtime.GC()
			longest = max(longest, time.Since(began))
		}
	}
}

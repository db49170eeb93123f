//go:build linux

package hostile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest/wasmtest"
)

// report is what a child tells of itself, in milliseconds and MiB.
type report struct {
	Code       flow.Code `json:"code,omitempty"` // of the last run
	Late       float64   `json:"late_ms"`        // worst end beyond a limit of time
	Heartbeat  float64   `json:"heartbeat_ms"`   // largest gap of a 1 ms ticker
	Pause      float64   `json:"pause_ms"`       // longest time that a collection stopped the world, waiting for guests included
	Collection float64   `json:"gc_ms"`          // longest forced collection
	Probe      float64   `json:"probe_ms"`       // slowest run of the innocent flow
	Probes     int       `json:"probes"`
	Grown      float64   `json:"rss_growth_mib"` // of the peak over the start
	Note       string    `json:"note,omitempty"`
	FuelTime   float64   `json:"ns_per_fuel,omitempty"` // of a run that spent all its fuel
	Noise      float64   `json:"noise_ms"`              // largest gap of a 1 ms ticker in the idle parent
	Others     float64   `json:"others"`                // share of the processors that other processes used
}

// Bounds on what an attack may do to the rest of its process. Times are the best
// of several attempts, less what an idle process had to wait for on the same
// machine at the same time.
const (
	// maxLate is what docs/THREATMODEL.md promises: how long after its limit of
	// time a run ends, and how long its process answers nobody else.
	maxLate = 50 * time.Millisecond
	// maxCollection bounds a whole collection, which marks up to 80 MiB on cores
	// that are busy otherwise. That it waits for no guest is what Pause shows.
	maxCollection = 4 * maxLate
	// maxFuelTime is how many nanoseconds of the clock a run takes for one fuel at
	// most. Honest code takes one; a module that pays the least that Verify accepts
	// is held to a few, on a machine that has other things to do.
	maxFuelTime = 20
	// garbage is the GOGC of children: the collector lets a heap grow by a quarter
	// of what is alive. How much is up to the embedder; that it is no more is what
	// is tested.
	garbage = 25
	// maxGrown is, in MiB, the default memory limit and the garbage beside it, and
	// room for what is no value of a run: the machine code and instances of modules,
	// stacks, and one value of 8 MiB that is being made from another one.
	maxGrown = 64 + 64*garbage/100 + 16
)

// times returns the figures that other work on the machine makes larger, with
// their bounds.
func (r *report) times() []bounded {
	return []bounded{
		{"a run ended late by", &r.Late, maxLate},
		{"a heartbeat waited for", &r.Heartbeat, maxLate},
		{"a collection stopped the world for", &r.Pause, maxLate},
		{"a collection took", &r.Collection, maxCollection},
		{"an innocent flow took", &r.Probe, maxLate},
	}
}

type bounded struct {
	what  string
	ms    *float64
	bound time.Duration
}

// subtract takes the machine's share from all times.
func (r *report) subtract(noise float64) {
	for _, b := range r.times() {
		*b.ms = max(0, *b.ms-noise)
	}
}

// least lowers the figures of r to those of another attempt.
func (r *report) least(other *report) {
	theirs := other.times()
	for i, b := range r.times() {
		*b.ms = min(*b.ms, *theirs[i].ms)
	}
	r.FuelTime = min(r.FuelTime, other.FuelTime)
	r.Grown = min(r.Grown, other.Grown)
}

// growth returns an error when the process grew too much. A collector that gets no
// processor falls behind, but on a quiet machine there is no excuse for memory.
func (r *report) growth() error {
	if slowdown == 1 && r.Grown > maxGrown {
		return fmt.Errorf("the process grew by %.1f MiB, more than %d", r.Grown, maxGrown)
	}
	return nil
}

// judge returns what is beyond its bound.
func (r *report) judge() error {
	errs := []error{r.growth()}
	for _, b := range r.times() {
		if *b.ms > millis(b.bound*slowdown) {
			errs = append(errs, fmt.Errorf("%s %.1f ms, more than %v", b.what, *b.ms, b.bound*slowdown))
		}
	}
	if r.FuelTime > maxFuelTime*slowdown {
		errs = append(errs, fmt.Errorf("one fuel took %.1f ns, more than %d", r.FuelTime, maxFuelTime*slowdown))
	}
	return errors.Join(errs...)
}

// heartbeat returns a function that is to be called every millisecond and keeps
// the largest gap between two calls.
func heartbeat(worst *time.Duration) func() {
	last := time.Now()
	return func() {
		now := time.Now()
		*worst, last = max(*worst, now.Sub(last)), now
	}
}

func millis(d time.Duration) float64 { return float64(d.Round(10*time.Microsecond)) / 1e6 }

// observer runs beside an attack.
type observer struct {
	report     report
	stop       chan struct{}
	group      sync.WaitGroup
	before     int64 // resident bytes
	goroutines int
	pauses     *metrics.Float64Histogram
	probe      error

	heartbeat, collection, slowest time.Duration
}

// observe starts a heartbeat, a loop of collections, and an innocent flow that
// runs in the engine every 10 ms.
func observe(t *testing.T, eng *engine.Engine) *observer {
	t.Helper()
	innocent := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
		step := m.Step(0, "probe", "return")
		return wasmtest.Code{}.I32(step).I32(m.Const(flow.Members("ok", flow.Null()))).F64(1).Call(m.Core("object:n"))
	})
	m, err := eng.Load(context.Background(), innocent.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	run := func() error {
		res, err := m.Run(context.Background(), engine.Run{Flow: "main", Tenant: "innocent"})
		if err == nil && res.Outputs.String() != `{"ok":1}` {
			err = fmt.Errorf("the innocent flow gave %s", res.Outputs)
		}
		return err
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	debug.FreeOSMemory()
	o := &observer{stop: make(chan struct{}), before: resident(t, "VmRSS:"), goroutines: runtime.NumGoroutine(), pauses: pauses()}
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets VmHWM
		t.Fatal(err)
	}
	o.every(time.Millisecond, heartbeat(&o.heartbeat))
	o.every(20*time.Millisecond, func() {
		began := time.Now()
		runtime.GC()
		o.collection = max(o.collection, time.Since(began))
	})
	o.every(10*time.Millisecond, func() {
		began := time.Now()
		if err := run(); err != nil && o.probe == nil {
			o.probe = err
		}
		o.slowest = max(o.slowest, time.Since(began))
		o.report.Probes++
	})
	return o
}

// every calls f at an interval until the attack is over.
func (o *observer) every(d time.Duration, f func()) { every(&o.group, o.stop, d, f) }

func every(group *sync.WaitGroup, stop chan struct{}, d time.Duration, f func()) {
	group.Go(func() {
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				f()
			case <-stop:
				return
			}
		}
	})
}

// pauses returns how often a collection has stopped the world for how long.
func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64Histogram()
}

// longestPause returns, in milliseconds, the longest time for which a collection
// has stopped the world since before was taken.
func longestPause(before *metrics.Float64Histogram) float64 {
	worst, now := 0.0, pauses()
	for i, n := range now.Counts {
		if n > before.Counts[i] { // the bucket's lower end: the upper one may be infinite
			worst = max(worst, now.Buckets[i])
		}
	}
	return math.Round(worst*1e5) / 100
}

// end judges what the attack did to the process.
func (o *observer) end(t *testing.T) {
	t.Helper()
	close(o.stop)
	o.group.Wait()
	r := &o.report
	r.Heartbeat, r.Collection, r.Probe = millis(o.heartbeat), millis(o.collection), millis(o.slowest)
	r.Pause = longestPause(o.pauses)
	r.Grown = float64((resident(t, "VmHWM:")-o.before)*10>>20) / 10
	if o.probe != nil {
		t.Errorf("the innocent flow: %v", o.probe)
	}
	// Goroutines end a moment after what they worked for.
	for until := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > o.goroutines; runtime.Gosched() {
		if time.Now().After(until) {
			var stacks [8 << 10]byte
			t.Errorf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), o.goroutines, stacks[:runtime.Stack(stacks[:], true)])
			return
		}
	}
}

// resident reads a figure of /proc/self/status in bytes.
func resident(t *testing.T, key string) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte(key))
	var kib int64
	if _, err := fmt.Sscanf(string(rest), "%d kB", &kib); err != nil {
		t.Fatalf("%s in /proc/self/status: %v", key, err)
	}
	return kib << 10
}

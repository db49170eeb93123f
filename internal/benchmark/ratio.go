package benchmark

import (
	"strings"
	"testing"
	"time"
)

// Side is one of the things that a ratio compares.
type Side struct {
	Name string
	Run  func() error
}

// Ratios measures sides in turn, in samples of some milliseconds of processor
// time, and reports as metrics the time of each over all samples, and for every pair "a/b"
// that of a by that of b. Processor time counts what the collector does in other threads and
// does not count what other processes do, and sides that take turns meet the same
// disturbances: so the ratios hold still on a machine that is not idle, where the
// times of whole benchmarks do not.
func Ratios(b *testing.B, sides []Side, pairs ...string) {
	const (
		sample = 10 * time.Millisecond
		batch  = 20 // rounds for each one that the benchmark asks for
	)
	turns := make([]int, len(sides))
	for i, s := range sides {
		turns[i] = calibrate(b, s.Run, sample)
	}
	used := make([]time.Duration, len(sides))
	rounds := 0
	for b.Loop() {
		for range batch {
			rounds++
			for i, s := range sides {
				began := CPUTime()
				for range turns[i] {
					if err := s.Run(); err != nil {
						b.Fatal(err)
					}
				}
				used[i] += CPUTime() - began
			}
		}
	}
	b.ReportMetric(0, "ns/op") // a round is no unit of anything
	each := map[string]float64{}
	for i, s := range sides {
		each[s.Name] = float64(used[i]) / float64(rounds*turns[i])
		b.ReportMetric(each[s.Name], s.Name+"-ns")
	}
	for _, pair := range pairs {
		over, under, _ := strings.Cut(pair, "/")
		b.ReportMetric(each[over]/each[under], pair)
	}
}

// calibrate returns how often run fits into d.
func calibrate(b *testing.B, run func() error, d time.Duration) int {
	for n := 1; ; n *= 2 {
		began := CPUTime()
		for range n {
			if err := run(); err != nil {
				b.Fatal(err)
			}
		}
		if CPUTime()-began >= d {
			return n
		}
	}
}

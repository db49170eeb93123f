package budget

import "sync/atomic"

// Memory is the bytes that all values of one run may take together. It is used
// by several goroutines.
type Memory struct {
	limit int64
	live  atomic.Int64
}

// SetLimit sets the bound in bytes, before the run starts.
func (m *Memory) SetLimit(bytes int64) { m.limit = bytes }

// Live returns the bytes reserved at this moment.
func (m *Memory) Live() int64 { return m.live.Load() }

// Reserve takes need bytes, and up to want where there is room. It returns what
// it took, or 0 when even need does not fit.
func (m *Memory) Reserve(need, want int64) int64 {
	for {
		live := m.live.Load()
		n := min(max(want, need), m.limit-live)
		if n < need {
			return 0
		}
		if m.live.CompareAndSwap(live, live+n) {
			return n
		}
	}
}

// Return gives n bytes back.
func (m *Memory) Return(n int64) { m.live.Add(-n) }

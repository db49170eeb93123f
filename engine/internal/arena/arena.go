// Package arena holds the values of one guest instance behind the handles that
// the guest computes with, and accounts for every byte they keep alive.
package arena

import (
	"math"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
)

// SlotBytes is what one handle costs whatever it names: the Value itself.
const SlotBytes = 32

const (
	// chunk is how much memory an arena reserves ahead, so that the shared
	// counter is touched once in two thousand small values.
	chunk = 64 << 10
	// keepSlots is how many slots an idle arena keeps: 8 KiB.
	keepSlots = 256
	// segment is how many slots lie in one piece of memory: 64 KiB. One piece for
	// all of them would have to be copied to grow: at the memory limit that keeps
	// the old and the new piece alive at once, twice what the run was charged, and
	// copying 64 MiB is one instruction sequence that no collection can interrupt.
	segment = 2048
)

// Arena maps handles to values: first the constants of the module, then what
// the run made. One goroutine uses it at a time.
type Arena struct {
	consts []flow.Value
	slots  []flow.Value   // the first ones, at most segment
	far    [][]flow.Value // those behind them, in full segments but for the last
	behind int            // slots in far
	spare  []flow.Value   // an empty segment, so that a loop at the border of two makes none

	mem      *budget.Memory
	ahead    int64 // reservation granularity: chunk, or 0 to be exact at every moment
	reserved int64 // bytes taken from mem
	bytes    int64 // bytes in use
	peak     int64 // most bytes in use since Begin
}

// Mark is a state of an arena that Release returns to.
type Mark struct {
	slots int
	bytes int64
}

// Init makes a an arena over the constants of a module. They are shared between
// all arenas and charged to none.
func (a *Arena) Init(consts []flow.Value) { *a = Arena{consts: consts} }

// Begin starts a run against the memory budget mem. An exact arena returns every
// released byte at once, which arenas that share a budget with others need.
func (a *Arena) Begin(mem *budget.Memory, exact bool) {
	a.mem, a.ahead, a.peak = mem, chunk, 0
	if exact {
		a.ahead = 0
	}
}

// End drops all values and returns the reserved memory.
func (a *Arena) End() {
	clear(a.slots)
	a.slots = a.slots[:0]
	if cap(a.slots) > keepSlots {
		a.slots = nil
	}
	a.far, a.behind, a.spare = nil, 0, nil
	if a.mem != nil {
		a.mem.Return(a.reserved)
	}
	a.mem, a.reserved, a.bytes = nil, 0, 0
}

// Bytes returns the bytes in use, Peak the most there were since Begin.
func (a *Arena) Bytes() int64 { return a.bytes }

// Peak returns the most bytes in use since Begin, or since a higher RaisePeak.
func (a *Arena) Peak() int64 { return a.peak }

// RaisePeak records that bytes were in use on behalf of this arena.
func (a *Arena) RaisePeak(bytes int64) { a.peak = max(a.peak, bytes) }

// Exact returns what is reserved ahead, for the time in which other arenas work
// against the same budget.
func (a *Arena) Exact() {
	a.mem.Return(a.reserved - a.bytes)
	a.reserved = a.bytes
}

// Get returns the value behind h and whether h names one.
func (a *Arena) Get(h int32) (flow.Value, bool) {
	if uint(h) < uint(len(a.consts)) {
		return a.consts[h], true
	}
	// A negative handle is huge as unsigned and fails here too.
	if i := uint(h) - uint(len(a.consts)); h >= 0 && i < uint(len(a.slots)) {
		return a.slots[i], true
	} else if i -= segment; h >= 0 && i < uint(a.behind) { // then slots is full
		return a.far[i/segment][i%segment], true
	}
	return flow.Value{}, false
}

// count returns how many slots are in use.
func (a *Arena) count() int { return len(a.slots) + a.behind }

// Push stores a newly built value, charged in full. It reports false, and
// stores nothing, when the memory budget is used up.
func (a *Arena) Push(v flow.Value) (int32, bool) { return a.push(v, v.Size()) }

// PushSized is Push for a caller that knows v.Size() already.
func (a *Arena) PushSized(v flow.Value, size int64) (int32, bool) { return a.push(v, size) }

// PushShared stores a value that lives elsewhere already, charged for its slot.
func (a *Arena) PushShared(v flow.Value) (int32, bool) { return a.push(v, SlotBytes) }

func (a *Arena) push(v flow.Value, bytes int64) (int32, bool) {
	if !a.Hold(bytes) {
		return 0, false
	}
	if len(a.slots) == segment {
		return a.pushFar(v, bytes)
	}
	a.slots = append(a.slots, v)
	return int32(len(a.consts) + len(a.slots) - 1), true
}

// pushFar stores a value, whose bytes are held already, behind the first segment.
func (a *Arena) pushFar(v flow.Value, bytes int64) (int32, bool) {
	h := len(a.consts) + a.count()
	if h > math.MaxInt32 { // there is no such handle
		a.bytes -= bytes
		return 0, false
	}
	if a.behind%segment == 0 {
		free := a.spare
		if a.spare = nil; free == nil {
			free = make([]flow.Value, 0, segment)
		}
		a.far = append(a.far, free)
	}
	last := &a.far[a.behind/segment]
	*last = append(*last, v)
	a.behind++
	return int32(h), true
}

// Hold charges bytes that are kept alive outside the slots.
func (a *Arena) Hold(bytes int64) bool {
	b := a.bytes + bytes
	if b > a.reserved {
		n := a.mem.Reserve(b-a.reserved, a.ahead)
		if n == 0 {
			return false
		}
		a.reserved += n
	}
	a.bytes = b
	a.peak = max(a.peak, b)
	return true
}

// Mark returns the present state.
func (a *Arena) Mark() Mark { return Mark{a.count(), a.bytes} }

// Held returns m with bytes more in use: what was held since and stays.
func (m Mark) Held(bytes int64) Mark { m.bytes += bytes; return m }

// Release drops every value pushed since m and restores the byte count.
func (a *Arena) Release(m Mark) {
	if a.behind > 0 {
		a.releaseFar(m)
	}
	if m.slots < len(a.slots) {
		clear(a.slots[m.slots:]) // the collector must not see what the run let go
		a.slots = a.slots[:m.slots]
	}
	a.bytes = m.bytes
	if a.ahead == 0 && a.reserved > a.bytes {
		a.mem.Return(a.reserved - a.bytes)
		a.reserved = a.bytes
	}
}

// releaseFar drops the values pushed since m that lie behind the first segment.
func (a *Arena) releaseFar(m Mark) {
	n := max(m.slots-segment, 0)
	if n >= a.behind {
		return
	}
	keep := (n + segment - 1) / segment
	for i := len(a.far) - 1; i >= keep; i-- {
		if i == keep {
			clear(a.far[i])
			a.spare = a.far[i][:0]
		}
		a.far[i] = nil
	}
	a.far = a.far[:keep]
	if n%segment > 0 {
		last := &a.far[keep-1]
		clear((*last)[n%segment:])
		*last = (*last)[:n%segment]
	}
	a.behind = n
}

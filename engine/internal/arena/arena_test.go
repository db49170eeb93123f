package arena

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
)

func TestHandles(t *testing.T) {
	var mem budget.Memory
	mem.SetLimit(1 << 20)
	a := &Arena{}
	a.Init([]flow.Value{flow.Null(), flow.Text("const")})
	a.Begin(&mem, false)
	h, ok := a.Push(flow.Text("pushed"))
	if !ok || h != 2 {
		t.Fatalf("first handle %d, %t; want 2", h, ok)
	}
	tests := []struct {
		h    int32
		want string
		ok   bool
	}{
		{0, "null", true}, {1, "const", true}, {2, "pushed", true}, {3, "", false}, {-1, "", false}, {-2, "", false},
		{1 << 30, "", false}, {-1 << 31, "", false}, {1<<31 - 1, "", false},
	}
	for _, tt := range tests {
		v, ok := a.Get(tt.h)
		if ok != tt.ok || ok && v.String() != tt.want {
			t.Errorf("handle %d: %s, %t; want %s, %t", tt.h, v, ok, tt.want, tt.ok)
		}
	}
	a.End()
	if _, ok := a.Get(2); ok {
		t.Error("a handle outlived its run")
	}
}

// TestAccounting pushes and releases at random and compares the bytes with a
// plain model.
func TestAccounting(t *testing.T) {
	for _, exact := range []bool{false, true} {
		for seed := range uint64(50) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			var mem budget.Memory
			mem.SetLimit(200_000)
			a := &Arena{}
			a.Init(nil)
			a.Begin(&mem, exact)
			type state struct {
				mark  Mark
				bytes int64
			}
			var marks []state
			var bytes, peak int64
			for range 500 {
				switch n := rnd.IntN(10); {
				case n < 5:
					v := flow.Text(strings.Repeat("x", rnd.IntN(5000)))
					if _, ok := a.Push(v); ok {
						bytes += v.Size()
					} else if bytes+v.Size() <= 200_000 {
						t.Fatalf("exact %t, seed %d: %d bytes refused at %d", exact, seed, v.Size(), bytes)
					}
				case n < 7:
					if _, ok := a.PushShared(flow.Text(strings.Repeat("x", 4000))); ok {
						bytes += SlotBytes
					}
				case n < 8:
					marks = append(marks, state{a.Mark(), bytes})
				case len(marks) > 0:
					m := marks[len(marks)-1]
					marks = marks[:len(marks)-1]
					a.Release(m.mark)
					bytes = m.bytes
				}
				peak = max(peak, bytes)
				if a.Bytes() != bytes || a.Peak() != peak || mem.Live() < bytes || mem.Live() > 200_000 {
					t.Fatalf("exact %t, seed %d: bytes %d, peak %d, live %d; want %d, %d", exact, seed, a.Bytes(), a.Peak(), mem.Live(), bytes, peak)
				}
				if exact && mem.Live() != bytes {
					t.Fatalf("seed %d: an exact arena has %d reserved for %d", seed, mem.Live(), bytes)
				}
			}
			a.End()
			if mem.Live() != 0 {
				t.Errorf("exact %t, seed %d: %d bytes left", exact, seed, mem.Live())
			}
		}
	}
}

// TestReleaseZeroes looks behind the end of the slots for values that the
// collector would still see.
func TestReleaseZeroes(t *testing.T) {
	var mem budget.Memory
	mem.SetLimit(1 << 20)
	a := &Arena{}
	a.Init(nil)
	a.Begin(&mem, false)
	m := a.Mark()
	for range 10 {
		a.Push(flow.Text("canary"))
	}
	a.Release(m)
	for i, v := range a.slots[:10] {
		if !v.IsNull() {
			t.Errorf("slot %d still holds %s", i, v)
		}
	}
	for range 2 * keepSlots {
		a.Push(flow.Text("canary"))
	}
	a.End()
	if cap(a.slots) > keepSlots {
		t.Errorf("an idle arena keeps %d slots", cap(a.slots))
	}
}

// TestSegments pushes and releases at random across the borders of segments and
// compares every handle with a plain slice. What was released must be gone, and
// no piece of memory is larger than a segment.
func TestSegments(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		var mem budget.Memory
		mem.SetLimit(1 << 30)
		var a Arena
		a.Init([]flow.Value{flow.Null()})
		a.Begin(&mem, seed%2 == 0)
		type state struct {
			mark  Mark
			slots int
		}
		var model []float64
		var marks []state
		for range 300 {
			switch n := rnd.IntN(8); {
			case n < 5:
				for range rnd.IntN(2 * segment) {
					h, ok := a.PushShared(flow.Number(float64(len(model))))
					if !ok || int(h) != 1+len(model) {
						t.Fatalf("seed %d: handle %d, %t for slot %d", seed, h, ok, len(model))
					}
					model = append(model, float64(len(model)))
				}
			case n < 6:
				marks = append(marks, state{a.Mark(), len(model)})
			case len(marks) > 0:
				at := rnd.IntN(len(marks))
				a.Release(marks[at].mark)
				model, marks = model[:marks[at].slots], marks[:at]
			}
			for _, i := range []int{0, segment - 1, segment, 2*segment - 1, 2 * segment, rnd.IntN(len(model) + 1), len(model) - 1, len(model)} {
				v, ok := a.Get(int32(1 + i))
				if i < 0 {
					continue
				}
				if ok != (i < len(model)) || ok && v.Number() != model[i] {
					t.Fatalf("seed %d: slot %d of %d holds %s, %t", seed, i, len(model), v, ok)
				}
			}
			if a.Bytes() != int64(len(model))*SlotBytes {
				t.Fatalf("seed %d: %d bytes for %d slots", seed, a.Bytes(), len(model))
			}
			for i, s := range append(a.far, a.slots, a.spare) {
				if cap(s) > segment*5/4 { // what append takes for the first one
					t.Fatalf("seed %d: piece %d has room for %d slots", seed, i, cap(s))
				}
				for _, v := range s[len(s):cap(s)] {
					if !v.IsNull() {
						t.Fatalf("seed %d: behind the end of piece %d is %s", seed, i, v)
					}
				}
			}
		}
		a.End()
		if a.far != nil || a.spare != nil || mem.Live() != 0 {
			t.Errorf("seed %d: an idle arena keeps segments or %d bytes", seed, mem.Live())
		}
	}
}

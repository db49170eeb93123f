//go:build linux

package hostile

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// TestHostileParallel asks for parallel loops that cannot be.
func TestHostileParallel(t *testing.T) {
	attack(t, engine.Config{}, func(c *child) {
		tests := []struct {
			kind, body int32
			width      float64
			over       flow.Value
			want       flow.Code
		}{
			{int32(guest.LoopMap), 0, 2, list(3), ""},
			{int32(guest.LoopMap), 1, 2, list(3), flow.CodeModuleProfile},
			{int32(guest.LoopMap), -1, 2, list(3), flow.CodeModuleProfile},
			{int32(guest.LoopMap), math.MaxInt32, 2, list(3), flow.CodeModuleProfile},
			{int32(guest.LoopMap), math.MinInt32, 2, list(0), flow.CodeModuleProfile},
			{int32(guest.LoopFind), 0, 2, list(3), flow.CodeModuleProfile},
			{int32(guest.LoopReduce), 0, 2, list(3), flow.CodeModuleProfile},
			{-1, 0, 2, list(3), flow.CodeModuleProfile},
			{99, 0, 2, list(3), flow.CodeModuleProfile},
			{int32(guest.LoopMap), 0, 0, list(3), flow.CodeInputInvalid},
			{int32(guest.LoopMap), 0, -1, list(3), flow.CodeInputInvalid},
			{int32(guest.LoopMap), 0, 1e9, list(3), flow.CodeInputInvalid},
			{int32(guest.LoopMap), 0, math.NaN(), list(3), flow.CodeInputInvalid},
			{int32(guest.LoopMap), 0, math.Inf(1), list(3), flow.CodeInputInvalid},
			{int32(guest.LoopMap), 0, math.Inf(-1), list(3), flow.CodeInputInvalid},
			{int32(guest.LoopRepeat), 0, 2, flow.Number(-1), ""},
			{int32(guest.LoopRepeat), 0, 2, flow.Number(1e300), flow.CodeInputInvalid},
			{int32(guest.LoopRepeat), 0, 2, flow.Text("many"), flow.CodeTypeConversion},
			{int32(guest.LoopMap), 0, 2, flow.Text("one item"), ""},
		}
		for _, tt := range tests {
			m := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
				m.AddLoop(code.Get(1))
				return fan(m, tt.kind, tt.body, m.Const(tt.over), tt.width)
			})
			if _, err := c.ends(c.load(m.Bytes()), engine.Run{}, tt.want); err != nil && tt.want == "" {
				c.Errorf("%+v: %v", tt, err)
			}
		}
	})
}

// TestHostileRepeat asks for loops of turns without number, in order and in
// parallel; the number comes from arithmetic, which can make any double.
func TestHostileRepeat(t *testing.T) {
	attack(t, engine.Config{}, func(c *child) {
		numbers := map[string]wasmtest.Code{
			"NaN":      code.F64(0).F64(0).Op(wasmtest.OpF64Div),
			"-NaN":     code.F64(-1).Op(wasmtest.OpF64Sqrt),
			"Inf":      code.F64(1).F64(0).Op(wasmtest.OpF64Div),
			"1e300":    code.F64(1e300),
			"10000001": code.F64(guest.MaxRepeat + 1),
		}
		for name, n := range numbers {
			plain := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
				return code.I32(m.Step(0, "loop", "repeat")).Join(n).Call(m.Core("repeat"))
			})
			fanned := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
				m.AddLoop(code.Get(1))
				return code.I32(m.Step(0, "loop", "repeat")).I32(int32(guest.LoopRepeat)).I32(0).
					Join(n).Call(m.Core("num")).F64(2).I32(0).Call(m.Core("parallel"))
			})
			for _, m := range []*wasmtest.Module{plain, fanned} {
				if _, err := c.ends(c.load(m.Bytes()), engine.Run{}, flow.CodeInputInvalid); err == nil {
					c.Errorf("repeat %s is taken", name)
				}
			}
		}
	})
}

// TestHostileRecursion has the body of a parallel loop run the same loop again:
// Verify sees no circle, because the host stands between.
func TestHostileRecursion(t *testing.T) {
	for _, items := range []int{1, 2, 20} {
		for _, width := range []float64{1, 20} {
			t.Run(fmt.Sprintf("items=%d,width=%v", items, width), func(t *testing.T) {
				attack(t, engine.Config{}, func(c *child) {
					m := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
						again := fan(m, int32(guest.LoopMap), 0, m.Const(list(items)), width)
						m.AddLoop(again)
						return again
					})
					c.ends(c.load(m.Bytes()), engine.Run{}, flow.CodeModuleProfile, flow.CodeLimitFuel, flow.CodeLimitMemory)
				})
			})
		}
	}
}

// TestHostileExplosion nests parallel loops, each of another body, until there
// would be more turns than atoms: the run ends by a limit, and in time.
func TestHostileExplosion(t *testing.T) {
	explosion := func() []byte {
		const levels = 12
		m := wasmtest.New()
		over := m.Const(list(200))
		m.AddFlow("main", nil, fan(m, int32(guest.LoopMap), 0, over, 200))
		for i := range int32(levels) {
			body := fan(m, int32(guest.LoopMap), i+1, over, 200)
			if i == levels-1 {
				body = code.Get(1)
			}
			m.AddLoop(body)
		}
		return m.Bytes()
	}
	t.Run("until_a_limit", func(t *testing.T) {
		attack(t, engine.Config{Limits: engine.Limits{Fuel: 4_000}}, func(c *child) {
			c.ends(c.load(explosion()), engine.Run{}, flow.CodeLimitFuel, flow.CodeLimitMemory)
		})
	})
	t.Run("until_time_is_over", func(t *testing.T) {
		attack(t, engine.Config{Limits: unfuelled}, func(c *child) {
			c.stopped(c.load(explosion()), engine.Run{Tenant: "noisy"}, 300*time.Millisecond)
		})
	})
}

// TestHostileDepth sends every worker that a run may have down as many parallel
// loops inside each other as there may be, and has them all compute there: each level
// takes an instance and a native stack, which are part of the run's memory.
func TestHostileDepth(t *testing.T) {
	attack(t, engine.Config{Limits: unfuelled}, func(c *child) {
		const levels = 60
		m := wasmtest.New()
		wide, one := m.Const(list(200)), m.Const(list(1))
		m.AddFlow("main", nil, fan(m, int32(guest.LoopMap), 0, wide, 200))
		for i := range int32(levels) {
			body := fan(m, int32(guest.LoopMap), i+1, one, 2)
			if i == levels-1 {
				body = spin(nil)
			}
			m.AddLoop(body)
		}
		c.ends(c.load(m.Bytes()), engine.Run{Limits: engine.Limits{Wall: time.Second}}, flow.CodeLimitMemory, flow.CodeLimitWall)
	})
}

// TestHostilePaths opens as many scopes as there may be, with the longest names,
// and then fails again and again: every error says where it happened, in memory
// that no limit counts, so that such paths are refused.
func TestHostilePaths(t *testing.T) {
	build := func(then func(m *wasmtest.Module, step int32) wasmtest.Code) []byte {
		return wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
			step := m.Step(0, strings.Repeat("n", guest.MaxKey), "test", "v")
			const left = 1
			return code.I32(4000).Set(left).Loop(wasmtest.Empty).
				I32(step).Call(m.Core("enter")).
				Get(left).I32(1).Op(wasmtest.OpI32Sub).Tee(left).BrIf(0).End().
				Join(then(m, step))
		}, guest.I32).Bytes()
	}
	caught := func(m *wasmtest.Module, step int32) wasmtest.Code {
		return spin(code.I32(step).Call(m.Core("try")).I32(step).I32(m.Const(flow.Members("message", flow.Text("x")))).
			Call(m.Core("fail")).I32(step).Call(m.Core("catch")).Op(wasmtest.OpDrop))
	}
	t.Run("errors", func(t *testing.T) {
		attack(t, engine.Config{Limits: unfuelled}, func(c *child) {
			c.ends(c.load(build(caught)), engine.Run{}, flow.CodeModuleProfile)
		})
	})
	t.Run("trace", func(t *testing.T) {
		attack(t, engine.Config{Limits: unfuelled}, func(c *child) {
			m := c.load(build(func(m *wasmtest.Module, step int32) wasmtest.Code {
				return spin(code.I32(step).I32(0).Call(m.Core("trace:h")))
			}))
			c.ends(m, engine.Run{Trace: true}, flow.CodeModuleProfile)
		})
	})
}

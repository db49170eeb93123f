//go:build linux && !race

package hostile

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
	"github.com/weirflow/weir/hostfuncs"
)

// TestHostileRuns runs accepted modules that do not end, first until their fuel
// is spent, then until their time is over.
func TestHostileRuns(t *testing.T) {
	flowOf := func(body func(m *wasmtest.Module, step int32) wasmtest.Code, locals ...guest.ValType) func() []byte {
		return func() []byte {
			return wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code { return body(m, m.Step(0, "work", "test")) }, locals...).Bytes()
		}
	}
	card := func(key string) *flow.Card {
		c, ok := hostfuncs.Standard().Lookup(key)
		if !ok {
			t.Fatalf("no card %s", key)
		}
		return c
	}
	tests := []struct {
		name string
		wasm func() []byte
		want flow.Code
	}{
		{"endless loop", func() []byte { return wasmtest.Generate("endless-loop", "1") }, flow.CodeLimitFuel},
		{"call bomb", func() []byte { return wasmtest.Generate("call-bomb", "1") }, flow.CodeLimitFuel},
		{"loop bomb", func() []byte { return wasmtest.Generate("loop-bomb", "1") }, flow.CodeLimitFuel},
		{"cheap host calls", flowOf(func(m *wasmtest.Module, _ int32) wasmtest.Code {
			return spin(code.I32(0).I32(m.Const(flow.Text("a"))).Call(m.Core("get")).Op(wasmtest.OpDrop))
		}), flow.CodeLimitFuel},
		{"values without end", flowOf(func(m *wasmtest.Module, _ int32) wasmtest.Code {
			return spin(code.F64(1).Call(m.Core("num")).Op(wasmtest.OpDrop))
		}), flow.CodeLimitMemory},
		{"loops that are left", flowOf(func(m *wasmtest.Module, s int32) wasmtest.Code {
			return spin(code.I32(s).F64(1e6).Call(m.Core("repeat")).Op(wasmtest.OpDrop).
				I32(0).Call(m.Core("break")).Op(wasmtest.OpDrop))
		}), flow.CodeLimitMemory},
		{"card calls", flowOf(func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(1e7).Call(m.Core("repeat")).Op(wasmtest.OpDrop).
				Join(spin(code.Call(m.Core("next")).Op(wasmtest.OpDrop).
					I32(s).I32(m.Const(flow.Text(" a "))).Call(m.Card(card("text.trim"), "")).Op(wasmtest.OpDrop)))
		}), flow.CodeLimitFuel},
		{"scopes", flowOf(func(m *wasmtest.Module, s int32) wasmtest.Code {
			return spin(code.I32(s).Call(m.Core("try")))
		}), flow.CodeModuleProfile},
		{"errors that are caught", flowOf(func(m *wasmtest.Module, s int32) wasmtest.Code {
			object := m.Const(flow.Members("statusCode", flow.Number(500), "message", flow.Text("x")))
			return code.I32(s).F64(1e7).Call(m.Core("repeat")).Op(wasmtest.OpDrop).
				Join(spin(code.Call(m.Core("next")).Op(wasmtest.OpDrop).I32(s).Call(m.Core("try")).
					I32(s).I32(object).Call(m.Core("fail")).I32(s).Call(m.Core("catch")).Op(wasmtest.OpDrop)))
		}), flow.CodeLimitFuel},
		{"the largest price", flowOf(func(m *wasmtest.Module, _ int32) wasmtest.Code {
			m.Scale = guest.MaxPrice
			return spin(nil)
		}), flow.CodeLimitFuel},
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			attack(t, engine.Config{}, func(c *child) {
				m, began := c.load(tt.wasm()), time.Now()
				res, _ := c.ends(m, engine.Run{}, tt.want)
				if tt.want == flow.CodeLimitFuel {
					c.seen.report.FuelTime = float64(time.Since(began)) / float64(res.Usage.Fuel)
				}
			})
		})
		if tt.want != flow.CodeLimitFuel {
			continue
		}
		t.Run(strings.ReplaceAll(tt.name, " ", "_")+"_until_time_is_over", func(t *testing.T) {
			attack(t, engine.Config{Limits: unfuelled}, func(c *child) {
				c.stopped(c.load(tt.wasm()), engine.Run{}, 300*time.Millisecond)
			})
		})
	}
}

// TestHostileModules loads every module of the corpus: what Verify refuses is
// refused with its code, and before anything is compiled; the others run to the
// end that their file names.
func TestHostileModules(t *testing.T) {
	var cases []wasmtest.Case
	modules := map[string][]byte{}
	load := func(c *child) { // making them takes longer than judging them
		var err error
		cases, err = wasmtest.Corpus("../../testdata/hostile")
		if err != nil || len(cases) < 200 {
			c.Fatalf("%d cases, %v", len(cases), err)
		}
		for _, h := range cases {
			modules[h.Name] = h.Wasm()
		}
	}
	prepared(t, engine.Config{Limits: engine.Limits{Fuel: 50_000_000}, Modules: 1}, load, func(c *child) {
		for _, h := range cases {
			wasm := modules[h.Name]
			began := time.Now()
			m, err := c.engine.Load(context.Background(), wasm)
			took := time.Since(began)
			if h.Verify != "ok" {
				if got := flow.CodeOf(err); string(got) != h.Verify {
					c.Errorf("%s: %v, want %s", h.Name, err, h.Verify)
				}
				// Compiling the worst of them takes half a minute.
				if took > time.Second*slowdown {
					c.Errorf("%s: refused after %v", h.Name, took)
				}
				continue
			}
			if err != nil {
				// A registry without the cards of the corpus refuses what Verify accepts.
				if got := flow.CodeOf(err); got != flow.CodeModuleCard && got != flow.CodeModuleABI {
					c.Errorf("%s: %v", h.Name, err)
				}
				continue
			}
			if h.Run != "" {
				_, err := m.Run(context.Background(), engine.Run{Flow: "main"})
				got := "ok"
				if err != nil {
					got = string(flow.CodeOf(err))
				}
				if got != h.Run {
					c.Errorf("%s: the run ends with %v, want %s", h.Name, err, h.Run)
				}
			}
			if err := m.Close(context.Background()); err != nil {
				c.Errorf("%s: close: %v", h.Name, err)
			}
		}
	})
}

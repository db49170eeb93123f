package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

func numbers(n int) flow.Value {
	items := make([]flow.Value, n)
	for i := range items {
		items[i] = flow.Number(float64(i))
	}
	return flow.ListOf(items...)
}

// fails returns HandleError when the i32 on the stack is negative, and leaves
// it in local.
func fails(local int) wasmtest.Code {
	return code.Tee(local).I32(0).Op(wasmtest.OpI32LtS).If(wasmtest.Empty).I32(-1).Op(wasmtest.OpReturn).End().Get(local)
}

// turns is a guest loop: open leaves the count of begin or repeat, body gets
// the item in local 2.
func turns(m *wasmtest.Module, open, body wasmtest.Code) wasmtest.Code {
	return open.Join(fails(2)).Op(wasmtest.OpDrop).
		Block(wasmtest.Empty).Loop(wasmtest.Empty).
		Call(m.Core("next")).Tee(2).I32(0).Op(wasmtest.OpI32LtS).BrIf(1).
		Join(body).Br(0).End().End()
}

// looping is single with a second local for items.
func looping(body func(m *wasmtest.Module, step int32) wasmtest.Code) *wasmtest.Module {
	return wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
		step := m.Step(0, "work", "test")
		return body(m, step).Join(fails(1)).Op(wasmtest.OpDrop).Join(outputs(m, step))
	}, guest.I32, guest.I32, guest.F64)
}

func TestLoops(t *testing.T) {
	f := newFixture(t, engine.Config{})
	tests := []struct {
		name string
		body func(m *wasmtest.Module, s int32) wasmtest.Code
		want string
		code flow.Code
	}{
		{"map", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).I32(m.Const(flow.ListOf(flow.Text("a"), flow.Text("b")))).Call(m.Core("begin"))
			return turns(m, open, code.I32(s).Get(2).Call(m.Card(f.cards["upper"], "")).Call(m.Core("yield")).Op(wasmtest.OpDrop)).
				Call(m.Core("end"))
		}, `{"result":["A","B"]}`, ""},
		{"map of numbers", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).I32(m.Const(numbers(3))).Call(m.Core("begin"))
			return turns(m, open, code.F64(4).Call(m.Core("yield_num")).Op(wasmtest.OpDrop)).Call(m.Core("end"))
		}, `{"result":[4,4,4]}`, ""},
		{"single value is a list of one", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).I32(m.Const(flow.Text("a"))).Call(m.Core("begin"))
			return turns(m, open, code.Get(2).Call(m.Core("yield")).Op(wasmtest.OpDrop)).Call(m.Core("end"))
		}, `{"result":["a"]}`, ""},
		{"null is the empty list", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).I32(0).Call(m.Core("begin"))
			return turns(m, open, code.Get(2).Call(m.Core("yield")).Op(wasmtest.OpDrop)).Call(m.Core("end"))
		}, `{"result":[]}`, ""},
		{"reduce keeps its memo", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(m.Const(flow.Text(""))).Set(1).I32(s).I32(m.Const(numbers(5))).Call(m.Core("begin"))
			return turns(m, open, code.I32(s).Get(1).Get(2).Call(m.Core("concat:hh")).Call(m.Core("keep")).Set(1)).
				Get(1).Call(m.Core("break"))
		}, `{"result":"01234"}`, ""},
		{"reduce over a converted list", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(m.Const(flow.Text(""))).Set(1).I32(s).I32(m.Const(flow.Text("a"))).Call(m.Core("begin"))
			return turns(m, open, code.I32(s).Get(1).Get(2).Call(m.Core("concat:hh")).Call(m.Core("keep")).Set(1)).
				Get(1).Call(m.Core("break"))
		}, `{"result":"a"}`, ""},
		{"find breaks", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).I32(m.Const(numbers(5))).Call(m.Core("begin"))
			body := code.I32(s).I32(guest.OperatorCode(flow.OpEqual)).Get(2).I32(m.Const(flow.Number(3))).Call(m.Core("compare")).
				If(wasmtest.Empty).Get(2).Call(m.Core("break")).Set(1).Br(2).End()
			return turns(m, open, body).Get(1)
		}, `{"result":3}`, ""},
		{"ignore skips", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).I32(m.Const(numbers(3))).Call(m.Core("begin"))
			body := code.I32(s).Call(m.Core("try")).I32(s).F64(1).Call(m.Card(f.cards["fail"], "")).
				If(wasmtest.Empty).I32(s).Call(m.Core("skip")).End().Op(wasmtest.OpDrop)
			return turns(m, open, body).Call(m.Core("end"))
		}, `{"result":[]}`, ""},
		{"repeat", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).F64(3.9).Call(m.Core("repeat"))
			return turns(m, open, code.Get(2).Call(m.Core("yield")).Op(wasmtest.OpDrop)).Call(m.Core("end"))
		}, `{"result":[null,null,null]}`, ""},
		{"repeat less than nothing", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).F64(-3).Call(m.Core("repeat"))
			return turns(m, open, code.Get(2).Call(m.Core("yield")).Op(wasmtest.OpDrop)).Call(m.Core("end"))
		}, `{"result":[]}`, ""},
		{"repeat too often", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).F64(guest.MaxRepeat + 1).Call(m.Core("repeat"))
			return turns(m, open, nil).Call(m.Core("end"))
		}, "", flow.CodeInputInvalid},
		{"loop inside loop, left by an error", func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).I32(m.Const(numbers(2))).Call(m.Core("begin"))
			body := code.I32(s).Call(m.Core("try")).I32(s).I32(m.Const(numbers(7))).Call(m.Core("begin")).Op(wasmtest.OpDrop).
				Call(m.Core("next")).Call(m.Core("yield")).Op(wasmtest.OpDrop).
				I32(s).F64(1).Call(m.Card(f.cards["fail"], "")).Op(wasmtest.OpDrop, wasmtest.OpDrop).
				I32(s).Call(m.Core("catch")).I32(m.Const(flow.Text("method"))).Call(m.Core("get")).Call(m.Core("yield")).Op(wasmtest.OpDrop)
			return turns(m, open, body).Call(m.Core("end"))
		}, `{"result":["work[0]/work[0]/work","work[1]/work[0]/work"]}`, ""},
		{"opens frames without end", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.Loop(wasmtest.Empty).I32(s).Call(m.Core("try")).Br(0).End().I32(0)
		}, "", flow.CodeModuleProfile},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := f.run(looping(tt.body), engine.Run{})
			if got := flow.CodeOf(err); got != tt.code {
				t.Fatalf("error %v, want code %q", err, tt.code)
			}
			if got := res.Outputs.String(); err == nil && got != tt.want {
				t.Errorf("outputs %s, want %s", got, tt.want)
			}
		})
	}
}

// TestLoopMemoryIsFlat runs a loop that builds a large text in every turn: what
// a turn made is gone when the next one begins.
func TestLoopMemoryIsFlat(t *testing.T) {
	f := newFixture(t, engine.Config{})
	build := func(n int) *wasmtest.Module {
		return looping(func(m *wasmtest.Module, s int32) wasmtest.Code {
			open := code.I32(s).F64(float64(n)).Call(m.Core("repeat"))
			body := code.I32(s).I32(m.Const(flow.Text("0123456789"))).F64(1000).Call(m.Card(f.cards["repeat"], "")).Op(wasmtest.OpDrop)
			return turns(m, open, body).Call(m.Core("end"))
		})
	}
	peak := map[int]int64{}
	for _, n := range []int{1, 2, 1000} {
		res, err := f.run(build(n), engine.Run{})
		if err != nil {
			t.Fatal(err)
		}
		peak[n] = res.Usage.PeakMemory
	}
	if peak[1] < 10_000 || peak[1] != peak[2] || peak[1] != peak[1000] {
		t.Errorf("peak memory by turns %v, want one figure above 10,000", peak)
	}
}

// inParallel is a flow that runs body once per item of list. body leaves a
// handle; its locals are trace, item, index (f64), captures, then an i32 and an f64.
func inParallel(kind guest.LoopKind, list flow.Value, width float64, body func(m *wasmtest.Module, step int32) wasmtest.Code) *wasmtest.Module {
	return wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
		loop, step := m.Step(0, "loop", "list.map"), m.Step(0, "work", "test")
		m.AddLoop(body(m, step), guest.I32, guest.F64)
		return code.I32(loop).I32(int32(kind)).I32(0).I32(m.Const(list)).F64(width).I32(m.Const(flow.ListOf(flow.Text("captured")))).
			Call(m.Core("parallel")).Join(fails(1)).Op(wasmtest.OpDrop).Join(outputs(m, step))
	}, guest.I32)
}

// call is a call of a card that takes the item as a number and gives a number,
// which is boxed.
func (f *fixture) call(m *wasmtest.Module, step int32, card string) wasmtest.Code {
	return code.I32(step).
		I32(step).Get(1).Call(m.Core("to_num")).Op(wasmtest.OpDrop).
		Call(m.Card(f.cards[card], "")).If(wasmtest.Empty).I32(-1).Op(wasmtest.OpReturn).End().
		Call(m.Core("num"))
}

func TestParallelResults(t *testing.T) {
	f := newFixture(t, engine.Config{})
	f.hook = func(n float64) error {
		if n == 3 {
			return flow.Errorf(flow.CodeInputInvalid, "three")
		}
		return nil
	}
	hook := func(m *wasmtest.Module, s int32) wasmtest.Code { return f.call(m, s, "hook") }
	odd := func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).I32(guest.OperatorCode(flow.OpMultiple)).Get(1).I32(m.Const(flow.Number(2))).Call(m.Core("compare")).Call(m.Core("bool"))
	}
	none := func(*wasmtest.Module, int32) wasmtest.Code { return code.I32(-2) }
	captured := func(*wasmtest.Module, int32) wasmtest.Code { return code.Get(3) }
	index := func(m *wasmtest.Module, _ int32) wasmtest.Code { return code.Get(2).Call(m.Core("num")) }
	tests := []struct {
		name string
		kind guest.LoopKind
		list flow.Value
		body func(*wasmtest.Module, int32) wasmtest.Code
		want string
		err  string
	}{
		{"map", guest.LoopMap, numbers(3), hook, `{"result":[0,1,2]}`, ""},
		{"map over nothing", guest.LoopMap, numbers(0), hook, `{"result":[]}`, ""},
		{"map fails", guest.LoopMap, numbers(9), hook, "", "flows/test.yaml:2:1: step loop[3]/work: input.invalid: three"},
		{"map of stopped turns", guest.LoopMap, numbers(2), none, `{"result":[null,null]}`, ""},
		{"captures", guest.LoopMap, numbers(2), captured, `{"result":[["captured"],["captured"]]}`, ""},
		{"index", guest.LoopMap, numbers(4), index, `{"result":[0,1,2,3]}`, ""},
		{"each", guest.LoopEach, numbers(3), hook, `{"result":null}`, ""},
		{"each fails", guest.LoopEach, numbers(5), hook, "", "flows/test.yaml:2:1: step loop[3]/work: input.invalid: three"},
		{"ignore", guest.LoopIgnore, numbers(9), hook, `{"result":null}`, ""},
		{"filter", guest.LoopFilter, numbers(6), odd, `{"result":[0,2,4]}`, ""},
		{"filter of stopped turns", guest.LoopFilter, numbers(6), none, `{"result":[]}`, ""},
		{"repeat", guest.LoopRepeat, flow.Number(3), none, `{"result":null}`, ""},
		{"repeat too often", guest.LoopRepeat, flow.Number(1e12), none, "", "flows/test.yaml:1:1: step loop: input.invalid: a repeat count may be at most 10000000"},
		{"reduce is never parallel", guest.LoopReduce, numbers(1), none, "", "module.profile: the module runs a loop in parallel that cannot be"},
	}
	for _, tt := range tests {
		for _, width := range []float64{1, 3, 200} {
			t.Run(fmt.Sprintf("%s/%v", tt.name, width), func(t *testing.T) {
				res, err := f.run(inParallel(tt.kind, tt.list, width, tt.body), engine.Run{})
				if err != nil || tt.err != "" {
					if err == nil || err.Error() != tt.err {
						t.Fatalf("error %v, want %s", err, tt.err)
					}
					return
				}
				if got := res.Outputs.String(); got != tt.want {
					t.Errorf("outputs %s, want %s", got, tt.want)
				}
			})
		}
	}
	for _, width := range []float64{0, 0.9, 200.5, -1} {
		_, err := f.run(inParallel(guest.LoopMap, numbers(2), width, hook), engine.Run{})
		if flow.CodeOf(err) != flow.CodeInputInvalid {
			t.Errorf("concurrency %v: %v, want input.invalid", width, err)
		}
	}
}

// TestParallelIsSequential compares every figure of a run at different widths
// with the run in order, and runs each at its exact limits.
func TestParallelIsSequential(t *testing.T) {
	f := newFixture(t, engine.Config{})
	const items = 60
	for _, failing := range []float64{-1, 0, 17, items - 1} {
		f.hook = func(n float64) error {
			if n == failing {
				return flow.Errorf(flow.CodeInputInvalid, "this one")
			}
			return nil
		}
		body := func(m *wasmtest.Module, s int32) wasmtest.Code {
			// Uneven work in the guest and in cards, and a value of uneven size.
			spin := code.Get(2).Set(5).Loop(wasmtest.Empty).
				Get(5).F64(1).Op(0xA1).Tee(5).F64(0).Op(0x64).BrIf(0).End()
			work := code.I32(s).Get(2).F64(1000).Op(wasmtest.OpF64Mul).Call(m.Card(f.cards["work"], "")).Op(wasmtest.OpDrop, wasmtest.OpDrop)
			text := code.I32(s).I32(m.Const(flow.Text("0123456789"))).Get(2).Call(m.Card(f.cards["repeat"], "")).Set(4)
			return spin.Join(work, text, f.call(m, s, "hook")).Op(wasmtest.OpDrop).Get(4)
		}
		base, baseErr := f.run(inParallel(guest.LoopMap, numbers(items), 1, body), engine.Run{Trace: true})
		if (baseErr == nil) != (failing < 0) {
			t.Fatal(baseErr)
		}
		u := base.Usage
		for _, width := range []float64{1, 2, 7, 50} {
			m := f.load(inParallel(guest.LoopMap, numbers(items), width, body))
			check := func(what string, l engine.Limits, want flow.Code) {
				t.Helper()
				res, err := m.Run(context.Background(), engine.Run{Flow: "main", Trace: true, Limits: l})
				if want != "" {
					if flow.CodeOf(err) != want {
						t.Errorf("fail at %v, width %v, %s: %v, want %s", failing, width, what, err, want)
					}
					return
				}
				if fmt.Sprint(err) != fmt.Sprint(baseErr) || res.Outputs.String() != base.Outputs.String() {
					t.Errorf("fail at %v, width %v, %s: %v, want %v", failing, width, what, err, baseErr)
				}
				got := res.Usage
				got.Wall = u.Wall
				if got != u {
					t.Errorf("fail at %v, width %v, %s: usage %+v, want %+v", failing, width, what, got, u)
				}
				if a, b := paths(res), paths(base); a != b {
					t.Errorf("fail at %v, width %v, %s: trace %s, want %s", failing, width, what, a, b)
				}
			}
			check("no limit", engine.Limits{}, "")
			check("exact fuel", engine.Limits{Fuel: u.Fuel}, "")
			check("one fuel less", engine.Limits{Fuel: u.Fuel - 1}, flow.CodeLimitFuel)
			check("exact calls", engine.Limits{Calls: u.Calls}, "")
			check("one call less", engine.Limits{Calls: u.Calls - 1}, flow.CodeLimitCalls)
			check("exact trace", engine.Limits{Trace: u.TraceBytes}, "")
			check("one byte of trace less", engine.Limits{Trace: u.TraceBytes - 1}, flow.CodeLimitTrace)
			if width == 1 { // wider loops keep more alive at once
				check("exact memory", engine.Limits{Memory: u.PeakMemory}, "")
				check("one byte less", engine.Limits{Memory: u.PeakMemory - 1}, flow.CodeLimitMemory)
			}
		}
	}
}

// TestNestedParallel runs a parallel loop inside each turn of another one.
func TestNestedParallel(t *testing.T) {
	f := newFixture(t, engine.Config{})
	for _, failing := range []float64{-1, 4} {
		f.hook = func(n float64) error {
			if n == failing {
				return flow.Errorf(flow.CodeInputInvalid, "this one")
			}
			return nil
		}
		build := func(outer, inner float64) *engine.Module {
			return f.load(wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
				a, b, c := m.Step(0, "outer", "list.map"), m.Step(0, "inner", "list.map"), m.Step(0, "work", "test")
				list := m.Const(numbers(7))
				m.AddLoop(code.I32(b).I32(int32(guest.LoopMap)).I32(1).I32(list).F64(inner).I32(0).Call(m.Core("parallel")))
				spin := code.Get(2).F64(100).Op(wasmtest.OpF64Mul).Set(4).Loop(wasmtest.Empty).
					Get(4).F64(1).Op(0xA1).Tee(4).F64(0).Op(0x64).BrIf(0).End()
				m.AddLoop(spin.Join(f.call(m, c, "hook")), guest.F64)
				return code.I32(a).I32(int32(guest.LoopMap)).I32(0).I32(list).F64(outer).I32(0).Call(m.Core("parallel")).
					Join(fails(1)).Op(wasmtest.OpDrop).Join(outputs(m, a))
			}, guest.I32))
		}
		run := func(m *engine.Module, l engine.Limits) string {
			res, err := m.Run(context.Background(), engine.Run{Flow: "main", Limits: l, Trace: true})
			res.Usage.Wall = 0
			return fmt.Sprint(res.Outputs, err, res.Usage, paths(res))
		}
		want := run(build(1, 1), engine.Limits{})
		base, err := build(1, 1).Run(context.Background(), engine.Run{Flow: "main"})
		if (err == nil) != (failing < 0) {
			t.Fatal(err)
		}
		for _, width := range [][2]float64{{1, 4}, {4, 1}, {3, 3}, {10, 10}} {
			m := build(width[0], width[1])
			for range 3 {
				if got := run(m, engine.Limits{}); got != want {
					t.Errorf("fail at %v, widths %v:\n got %s\nwant %s", failing, width, got, want)
				}
				if got := run(m, engine.Limits{Fuel: base.Usage.Fuel, Calls: base.Usage.Calls}); got != want {
					t.Errorf("fail at %v, widths %v, exact limits:\n got %s\nwant %s", failing, width, got, want)
				}
				if _, err := m.Run(context.Background(), engine.Run{Flow: "main", Limits: engine.Limits{Fuel: base.Usage.Fuel - 1}}); flow.CodeOf(err) != flow.CodeLimitFuel {
					t.Errorf("fail at %v, widths %v, one fuel less: %v", failing, width, err)
				}
			}
		}
	}
}

func paths(r engine.Result) string {
	var s []string
	for _, t := range r.Trace {
		s = append(s, t.Path)
	}
	return fmt.Sprint(s)
}

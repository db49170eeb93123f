package engine_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// code is short for an empty sequence of instructions.
var code wasmtest.Code

// outputs appends what makes an object with one output "result" of the handle
// on local 1.
func outputs(m *wasmtest.Module, step int32) wasmtest.Code {
	keys := m.Const(flow.Members("result", flow.Null()))
	return code.I32(step).I32(keys).Get(1).Call(m.Core("object:h"))
}

// single is a flow that leaves one handle in local 1 by body.
func single(body func(m *wasmtest.Module, step int32) wasmtest.Code) *wasmtest.Module {
	return wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
		step := m.Step(0, "work", "test")
		return body(m, step).Tee(1).I32(0).Op(wasmtest.OpI32LtS).If(wasmtest.Empty).I32(-1).Op(wasmtest.OpReturn).End().
			Join(outputs(m, step))
	}, guest.I32, guest.I32)
}

func TestCoreImports(t *testing.T) {
	f := newFixture(t, engine.Config{})
	obj := flow.Members("a", flow.Members("b", flow.Text("12"), "c", flow.Number(5)), "n", flow.Number(3))
	tests := []struct {
		name string
		body func(m *wasmtest.Module, step int32) wasmtest.Code
		want string
		code flow.Code
	}{
		{"const", func(m *wasmtest.Module, _ int32) wasmtest.Code { return code.I32(m.Const(flow.Text("x"))) }, `{"result":"x"}`, ""},
		{"null", func(*wasmtest.Module, int32) wasmtest.Code { return code.I32(0) }, `{"result":null}`, ""},
		{"num", func(m *wasmtest.Module, _ int32) wasmtest.Code { return code.F64(1.5).Call(m.Core("num")) }, `{"result":1.5}`, ""},
		{"bool", func(m *wasmtest.Module, _ int32) wasmtest.Code { return code.I32(1).Call(m.Core("bool")) }, `{"result":true}`, ""},
		{"get one key", func(m *wasmtest.Module, _ int32) wasmtest.Code {
			return code.I32(m.Const(obj)).I32(m.Const(flow.Text("n"))).Call(m.Core("get"))
		}, `{"result":3}`, ""},
		{"get path", func(m *wasmtest.Module, _ int32) wasmtest.Code {
			return code.I32(m.Const(obj)).I32(m.Const(flow.ListOf(flow.Text("a"), flow.Text("b")))).Call(m.Core("get"))
		}, `{"result":"12"}`, ""},
		{"get nothing", func(m *wasmtest.Module, _ int32) wasmtest.Code {
			return code.I32(m.Const(obj)).I32(m.Const(flow.Text("z"))).Call(m.Core("get"))
		}, `{"result":null}`, ""},
		{"get_num", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(obj)).I32(m.Const(flow.ListOf(flow.Text("a"), flow.Text("b")))).Call(m.Core("get_num")).
				Op(wasmtest.OpDrop).Call(m.Core("num"))
		}, `{"result":12}`, ""},
		{"get_nums", func(m *wasmtest.Module, s int32) wasmtest.Code {
			paths := m.Const(flow.ListOf(flow.Text("n"), flow.ListOf(flow.Text("a"), flow.Text("c")), flow.Text("n")))
			return code.I32(m.Const(obj)).I32(paths).Call(m.Core("get_nums:nnn")).Set(1).Op(wasmtest.OpF64Add, wasmtest.OpF64Add).
				Call(m.Core("num")).Get(1).Op(wasmtest.OpI32Add).I32(1).Op(wasmtest.OpI32Sub)
		}, `{"result":11}`, ""},
		{"get_nums converts nothing", func(m *wasmtest.Module, s int32) wasmtest.Code {
			paths := m.Const(flow.ListOf(flow.Text("n"), flow.ListOf(flow.Text("a"), flow.Text("b"))))
			return code.I32(m.Const(obj)).I32(paths).Call(m.Core("get_nums:nn")).Set(1).Op(wasmtest.OpF64Add).
				Call(m.Core("num")).Get(1).Op(wasmtest.OpI32Add)
		}, `{"result":0}`, ""},
		{"get_nums fails quietly", func(m *wasmtest.Module, s int32) wasmtest.Code {
			paths := m.Const(flow.ListOf(flow.Text("n"), flow.Text("a")))
			return code.I32(m.Const(obj)).I32(paths).Call(m.Core("get_nums:nn")).Set(1).Op(wasmtest.OpF64Add).
				Call(m.Core("num")).Get(1).Op(wasmtest.OpI32Add)
		}, `{"result":0}`, ""},
		{"get_nums with more paths", func(m *wasmtest.Module, s int32) wasmtest.Code {
			paths := m.Const(flow.ListOf(flow.Text("n"), flow.Text("a")))
			return code.I32(m.Const(obj)).I32(paths).Call(m.Core("get_nums:n")).Set(1).Call(m.Core("num"))
		}, "", flow.CodeModuleProfile},
		{"get_nums with an empty path", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(m.Const(obj)).I32(m.Const(flow.ListOf(flow.ListOf()))).Call(m.Core("get_nums:n")).Set(1).Call(m.Core("num"))
		}, "", flow.CodeModuleProfile},
		{"get with a path that is made", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(m.Const(obj)).I32(s).I32(m.Const(flow.Text("n"))).Call(m.Core("concat:h")).Call(m.Core("get"))
		}, "", flow.CodeModuleProfile},
		{"get with an empty path", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(m.Const(obj)).I32(m.Const(flow.ListOf())).Call(m.Core("get"))
		}, "", flow.CodeModuleProfile},
		{"fields", func(m *wasmtest.Module, s int32) wasmtest.Code {
			o, deep := m.Const(obj), m.Const(flow.ListOf(flow.Text("a"), flow.Text("b")))
			return code.I32(s).I32(o).I32(deep).F64(2).I32(o).I32(m.Const(flow.Text("none"))).Call(m.Core("list:fnf"))
		}, `{"result":["12",2,null]}`, ""},
		{"field of a forged handle", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(77).I32(m.Const(flow.Text("n"))).Call(m.Core("list:f"))
		}, "", flow.CodeValueHandle},
		{"field with a forged path", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(obj)).I32(-3).Call(m.Core("list:f"))
		}, "", flow.CodeModuleProfile},
		{"card with a field", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(obj)).I32(m.Const(flow.Text("n"))).Call(m.CardAs(f.cards["upper"], guest.CardImport{Ports: "f"}))
		}, `{"result":"3"}`, ""},
		{"card with outputs", func(m *wasmtest.Module, s int32) wasmtest.Code {
			call := m.CardAs(f.cards["group"], guest.CardImport{Ports: "fh", Extra: "f", Outs: "n1h2"})
			return code.I32(s).I32(m.Const(obj)).I32(m.Const(flow.Text("z"))).I32(0).I32(m.Const(flow.Members("x", flow.Null()))).
				I32(m.Const(obj)).I32(m.Const(flow.Text("n"))).Call(call).
				Op(wasmtest.OpDrop).Set(1).Call(m.Core("num")).Set(2).I32(s).Get(2).Get(1).Call(m.Core("list:hh"))
		}, `{"result":[7,3]}`, ""},
		{"card with a null output", func(m *wasmtest.Module, s int32) wasmtest.Code {
			call := m.CardAs(f.cards["group"], guest.CardImport{Outs: "h2"})
			return code.I32(s).I32(0).I32(0).Call(call).Op(wasmtest.OpDrop)
		}, `{"result":null}`, ""},
		{"card with outputs that fails", func(m *wasmtest.Module, s int32) wasmtest.Code {
			call := m.CardAs(f.cards["group"], guest.CardImport{Outs: "n1h2"})
			return code.I32(s).I32(0).I32(m.Const(flow.Text("x"))).Call(call).Set(1).Op(wasmtest.OpDrop, wasmtest.OpDrop).
				I32(0).Get(1).Op(wasmtest.OpI32Sub)
		}, "", flow.CodeTypeConversion},
		{"to_num fails", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(flow.Text("x"))).Call(m.Core("to_num")).Set(1).Op(wasmtest.OpDrop).I32(0).Get(1).Op(wasmtest.OpI32Sub)
		}, "", flow.CodeTypeConversion},
		{"to_bool", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(flow.Text("yes"))).Call(m.Core("to_bool")).Call(m.Core("bool"))
		}, `{"result":true}`, ""},
		{"convert", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(flow.Number(7))).I32(guest.TypeCode(flow.TextType)).Call(m.Core("convert"))
		}, `{"result":"7"}`, ""},
		{"convert fails", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(obj)).I32(guest.TypeCode(flow.NumberType)).Call(m.Core("convert"))
		}, "", flow.CodeTypeConversion},
		{"compare", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(guest.OperatorCode(flow.OpMore)).I32(m.Const(flow.Number(3))).I32(m.Const(flow.Text("2"))).
				Call(m.Core("compare")).Call(m.Core("bool"))
		}, `{"result":true}`, ""},
		{"list", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(flow.Text("a"))).F64(2).I32(0).Call(m.Core("list:hnb"))
		}, `{"result":["a",2,false]}`, ""},
		{"concat", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(flow.Text("a"))).F64(2.5).I32(1).Call(m.Core("concat:hnb"))
		}, `{"result":"a2.5true"}`, ""},
		{"context flow", func(m *wasmtest.Module, _ int32) wasmtest.Code {
			return code.I32(guest.ContextFlow).Call(m.Core("context"))
		}, `{"result":"main"}`, ""},
		{"context id", func(m *wasmtest.Module, _ int32) wasmtest.Code {
			return code.I32(guest.ContextExecution).Call(m.Core("context"))
		}, `{"result":"run-1"}`, ""},
		{"fail", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(flow.Members("statusCode", flow.Number(404), "message", flow.Text("gone")))).
				Call(m.Core("fail")).I32(-1)
		}, "", flow.CodeFlowError},
		{"try and catch", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Call(m.Core("try")).
				I32(s).F64(9).Call(m.Card(f.cards["fail"], "")).Set(1).Op(wasmtest.OpDrop).
				I32(s).Call(m.Core("catch")).I32(m.Const(flow.Text("message"))).Call(m.Core("get"))
		}, `{"result":"input \"number\" is 9"}`, ""},
		{"card with boxed result", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(m.Const(flow.Text("abc"))).Call(m.Card(f.cards["upper"], ""))
		}, `{"result":"ABC"}`, ""},
		{"card converts null", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(0).Call(m.Card(f.cards["upper"], ""))
		}, `{"result":""}`, ""},
		{"card with number result", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(1).F64(2).Call(m.Card(f.cards["add"], "")).Op(wasmtest.OpDrop).Call(m.Core("num"))
		}, `{"result":3}`, ""},
		{"card with boolean result", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(3).F64(2).Call(m.Card(f.cards["more"], "")).Call(m.Core("bool"))
		}, `{"result":true}`, ""},
		{"card with groups and author-made inputs", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(0).I32(0).I32(m.Const(flow.Members("x", flow.Null()))).F64(5).Call(m.Card(f.cards["group"], "n"))
		}, `{"result":{"a":7,"b":5}}`, ""},
		{"card panics", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Call(m.Card(f.cards["panic"], "")).Op(wasmtest.OpDrop).Call(m.Core("num"))
		}, "", flow.CodeInternal},
		{"forged handle", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(99).I32(m.Const(flow.Text("n"))).Call(m.Core("get"))
		}, "", flow.CodeValueHandle},
		{"negative handle", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(-7).I32(m.Const(flow.Text("n"))).Call(m.Core("get"))
		}, "", flow.CodeValueHandle},
		{"forged step", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(99).I32(0).Call(m.Card(f.cards["upper"], ""))
		}, "", flow.CodeModuleProfile},
		{"forged type", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(0).I32(15).Call(m.Core("convert"))
		}, "", flow.CodeModuleProfile},
		{"forged operator", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(99).I32(0).I32(0).Call(m.Core("compare"))
		}, "", flow.CodeModuleProfile},
		{"forged secret", func(m *wasmtest.Module, s int32) wasmtest.Code { return code.I32(3).Call(m.Core("secret")) }, "", flow.CodeModuleProfile},
		{"forged context", func(m *wasmtest.Module, s int32) wasmtest.Code { return code.I32(3).Call(m.Core("context")) }, "", flow.CodeModuleProfile},
		{"forged path", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(0).I32(m.Const(flow.Number(1))).Call(m.Core("get"))
		}, "", flow.CodeModuleProfile},
		{"forged keys", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(0).F64(1).Call(m.Core("object:n"))
		}, "", flow.CodeModuleProfile},
		{"end without loop", func(m *wasmtest.Module, s int32) wasmtest.Code { return code.Call(m.Core("end")) }, "", flow.CodeModuleProfile},
		{"catch without error", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Call(m.Core("try")).I32(s).Call(m.Core("catch"))
		}, "", flow.CodeModuleProfile},
		{"rethrow without error", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Call(m.Core("rethrow")).I32(-1)
		}, "", flow.CodeModuleProfile},
		{"rethrow", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Call(m.Core("try")).
				I32(s).F64(9).Call(m.Card(f.cards["fail"], "")).Set(1).Op(wasmtest.OpDrop).
				I32(s).Call(m.Core("catch")).Op(wasmtest.OpDrop).I32(s).Call(m.Core("rethrow")).I32(-1)
		}, "", flow.CodeInputInvalid},
		{"loop body that does not exist", func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(int32(guest.LoopEach)).I32(4).I32(0).F64(1).I32(0).Call(m.Core("parallel"))
		}, "", flow.CodeModuleProfile},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := f.run(single(tt.body), engine.Run{ID: "run-1"})
			if got := flow.CodeOf(err); got != tt.code {
				t.Fatalf("error %v, want code %q", err, tt.code)
			}
			if err != nil {
				if strings.Contains(err.Error(), "tiger") || strings.Contains(err.Error(), "\n") {
					t.Errorf("the error tells too much: %v", err)
				}
				return
			}
			if got := res.Outputs.String(); got != tt.want {
				t.Errorf("outputs %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRunAfterTrapIsClean(t *testing.T) {
	f := newFixture(t, engine.Config{})
	m := f.load(single(func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).I32(m.Const(flow.Text("abc"))).Call(m.Card(f.cards["upper"], ""))
	}))
	for i := range 5 {
		limit := engine.Limits{}
		if i%2 == 1 {
			limit.Fuel = 1
		}
		_, err := m.Run(context.Background(), engine.Run{Flow: "main", Limits: limit})
		if want := map[bool]flow.Code{true: flow.CodeLimitFuel}[i%2 == 1]; flow.CodeOf(err) != want {
			t.Fatalf("run %d: %v, want code %q", i, err, want)
		}
	}
}

// TestPoolKeepsNothing has one flow leave values behind, a secret among them,
// and another one try every handle that they had, on the same instance.
func TestPoolKeepsNothing(t *testing.T) {
	f := newFixture(t, engine.Config{IdleInstances: 1})
	m := withSecret(wasmtest.New())
	step := m.Step(0, "fill", "test")
	open := code.I32(step).F64(200).Call(m.Core("repeat"))
	secret := code.Repeat(20, code.I32(0).Call(m.Core("secret")).Op(wasmtest.OpDrop))
	text := code.Repeat(20, code.I32(step).I32(m.Const(flow.Text("canary"))).Call(m.Card(f.cards["upper"], "")).Op(wasmtest.OpDrop))
	m.AddFlow("fill", nil, secret.Join(text, turns(m, open, code.Get(2).Call(m.Core("yield")).Op(wasmtest.OpDrop))).I32(-2), guest.I32, guest.I32)
	keys := m.Const(flow.Members("result", flow.Null()))
	for h := range 40 {
		m.AddFlow("probe"+strconv.Itoa(h), nil, code.I32(step).I32(keys).I32(int32(len(m.Consts)+h)).Call(m.Core("object:h")))
	}
	mod := f.load(m)
	secrets := map[string]flow.Value{"token": flow.NewSecret("token", "x")}
	for h := range 40 {
		for _, limits := range []engine.Limits{{}, {Calls: 15}} {
			if _, err := mod.Run(context.Background(), engine.Run{Flow: "fill", Secrets: secrets, Limits: limits}); (err == nil) != (limits.Calls == 0) {
				t.Fatal(err)
			}
			res, err := mod.Run(context.Background(), engine.Run{Flow: "probe" + strconv.Itoa(h), Secrets: secrets})
			if flow.CodeOf(err) != flow.CodeValueHandle {
				t.Errorf("handle %d after the constants: %s, %v; want value.handle", h, res.Outputs, err)
			}
		}
	}
}

//go:build linux && !race

package hostile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// large is a flow over one input that is as large as a value may be: body has
// its handle in local 1, and a second local for an i32.
func large(t flow.Type, body func(m *wasmtest.Module, step int32) wasmtest.Code) []byte {
	m := wasmtest.New()
	ports := make([]string, guest.MaxVariadic)
	for i := range ports {
		ports[i] = fmt.Sprint("v", i)
	}
	step := m.Step(0, "work", "test", ports...)
	m.AddFlow("main", []flow.FieldInfo{{Key: "v", Type: t, Required: true}}, body(m, step), guest.I32)
	return m.Bytes()
}

// or ends the flow when the i32 on the stack says that an error is pending, and
// leaves it otherwise.
func or(local int) wasmtest.Code {
	return code.Tee(local).I32(0).Op(wasmtest.OpI32LtS).If(wasmtest.Empty).I32(guest.HandleError).Op(wasmtest.OpReturn).End().Get(local)
}

// deep returns lists inside each other.
func deep(levels int) flow.Value {
	v := flow.Number(1)
	for range levels {
		v = flow.ListOf(v)
	}
	return v
}

// zeros is a path into the first item of the first item, and so on.
func zeros(n int) flow.Value {
	parts := make([]flow.Value, n)
	for i := range parts {
		parts[i] = flow.Text("0")
	}
	return flow.ListOf(parts...)
}

// megabytes returns a text, a JSON text that amplifies, a list and an object of
// nearly the size that one value may have.
func megabytes(kind string) flow.Value {
	const n = 8 << 20
	switch kind {
	case "text":
		return flow.Text(strings.Repeat("x", n-2000))
	case "json":
		return flow.Text("[" + strings.Repeat("{},", n/3-100) + "{}]")
	case "numbers":
		return list(n/32 - 100)
	}
	return flow.Members("k", megabytes("text"))
}

// TestHostileMemory uses host functions with values as large as they may be, as
// often as one call or a loop can. Each run ends with a limit, or well, and the
// process stays within 1.25 times the memory limit.
func TestHostileMemory(t *testing.T) {
	all := strings.Repeat("h", guest.MaxVariadic)
	limits := []flow.Code{flow.CodeLimitValue, flow.CodeLimitMemory, flow.CodeLimitDepth, flow.CodeLimitTrace}
	unread := append(limits, flow.CodeTypeConversion) // a text that is too large as JSON is none
	each := func(first wasmtest.Code) wasmtest.Code { return first.Repeat(guest.MaxVariadic, code.Get(1)) }
	tests := []struct {
		name  string
		in    flow.Value
		trace bool
		body  func(m *wasmtest.Module, step int32) wasmtest.Code
		want  []flow.Code
	}{
		{"64 large texts in one", megabytes("text"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return each(code.I32(s)).Call(m.Core("concat:" + all))
		}, limits},
		{"64 large objects in one text", megabytes("object"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return each(code.I32(s)).Call(m.Core("concat:" + all))
		}, limits},
		{"64 large lists in one text", megabytes("numbers"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return each(code.I32(s)).Call(m.Core("concat:" + all))
		}, limits},
		{"64 large values in a list", megabytes("text"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return each(code.I32(s)).Call(m.Core("list:" + all))
		}, limits},
		{"64 large values in a trace", megabytes("object"), true, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return each(code.I32(s)).Call(m.Core("trace:" + all)).I32(0)
		}, limits},
		{"JSON of many objects to a list", megabytes("json"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Get(1).I32(guest.TypeCode(flow.ListType(flow.ObjectType))).Call(m.Core("convert"))
		}, unread},
		{"JSON of many objects to an object", megabytes("json"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Get(1).I32(guest.TypeCode(flow.ObjectType)).Call(m.Core("convert"))
		}, unread},
		{"a list of numbers to texts", megabytes("numbers"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Get(1).I32(guest.TypeCode(flow.ListType(flow.TextType))).Call(m.Core("convert"))
		}, limits},
		{"a list of itself", flow.Text("x"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.Loop(wasmtest.Empty).I32(s).Get(1).Get(1).Call(m.Core("list:hh")).Join(or(2)).Set(1).Br(0).End().I32(0)
		}, limits},
		{"wrapped without end", flow.Text("x"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			keys := m.Const(flow.Members("k", flow.Null()))
			return code.Loop(wasmtest.Empty).I32(s).I32(keys).Get(1).Call(m.Core("object:h")).Join(or(2)).Set(1).Br(0).End().I32(0)
		}, limits},
		{"a text that doubles", flow.Text("x"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.Loop(wasmtest.Empty).I32(s).Get(1).Get(1).Call(m.Core("concat:hh")).Join(or(2)).Set(1).Br(0).End().I32(0)
		}, limits},
		{"a loop that keeps all", megabytes("text"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(1e6).Call(m.Core("repeat")).Op(wasmtest.OpDrop).
				Loop(wasmtest.Empty).Call(m.Core("next")).Op(wasmtest.OpDrop).
				I32(s).Get(1).I32(m.Const(flow.Text("y"))).Call(m.Core("concat:hh")).Join(or(2)).
				Call(m.Core("yield")).Join(or(2)).Op(wasmtest.OpDrop).Br(0).End().I32(0)
		}, limits},
		{"loops that each hold a list", megabytes("text"), false, func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.Loop(wasmtest.Empty).I32(s).Get(1).Call(m.Core("begin")).Join(or(2)).Op(wasmtest.OpDrop).Br(0).End().I32(0)
		}, limits},
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			attack(t, engine.Config{}, func(c *child) {
				wasm := large(flow.AnyType, tt.body)
				c.ends(c.load(wasm), engine.Run{Input: flow.Members("v", tt.in), Trace: tt.trace}, tt.want...)
			})
		})
	}
}

// TestHostileHostCalls repeats the host functions whose work grows with their
// values until time is over: one call must not take longer than a run may be
// late.
func TestHostileHostCalls(t *testing.T) {
	op := func(o flow.Operator) int32 { return guest.OperatorCode(o) }
	tests := []struct {
		name string
		in   flow.Value
		body func(m *wasmtest.Module, step int32) wasmtest.Code
	}{
		{"equal lists", megabytes("numbers"), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(op(flow.OpEqual)).Get(1).Get(1).Call(m.Core("compare")).Op(wasmtest.OpDrop)
		}},
		{"in a list", megabytes("numbers"), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(op(flow.OpIn)).I32(m.Const(flow.Text("x"))).Get(1).Call(m.Core("compare")).Op(wasmtest.OpDrop)
		}},
		{"in a text", megabytes("text"), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(op(flow.OpIn)).I32(m.Const(flow.Text("xy"))).Get(1).Call(m.Core("compare")).Op(wasmtest.OpDrop)
		}},
		{"a long number in a list", flow.ListOf(flow.Text(strings.Repeat("9", 4<<20)), list(100_000)), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(op(flow.OpIn)).Get(1).I32(m.Const(flow.Text("0"))).Call(m.Core("get")).
				Get(1).I32(m.Const(flow.Text("1"))).Call(m.Core("get")).Call(m.Core("compare")).Op(wasmtest.OpDrop)
		}},
		{"in a list as text", megabytes("numbers"), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(op(flow.OpIn)).Get(1).I32(m.Const(flow.Text("xy"))).Call(m.Core("compare")).Op(wasmtest.OpDrop)
		}},
		{"a list like a text", megabytes("numbers"), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(op(flow.OpEqual)).Get(1).I32(m.Const(flow.Text("xy"))).Call(m.Core("compare")).Op(wasmtest.OpDrop)
		}},
		{"a key of JSON text", flow.Text("[" + strings.Repeat("1,", 1<<18) + "1]"), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(op(flow.OpHas)).Get(1).I32(m.Const(flow.Text("xy"))).Call(m.Core("compare")).Op(wasmtest.OpDrop)
		}},
		{"numbers of digits", flow.Text(strings.Repeat("9", 8<<20-100)), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Call(m.Core("try")).I32(s).Get(1).Call(m.Core("to_num")).Op(wasmtest.OpDrop, wasmtest.OpDrop).Call(m.Core("try_end"))
		}},
		{"truth of blanks", flow.Text(strings.Repeat(" ", 8<<20-100)), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).Get(1).Call(m.Core("to_bool")).Op(wasmtest.OpDrop)
		}},
		{"a path of many parts", deep(60), func(m *wasmtest.Module, _ int32) wasmtest.Code {
			return code.Get(1).I32(m.Const(zeros(60_000))).Call(m.Core("get")).Op(wasmtest.OpDrop)
		}},
		{"numbers by many paths", deep(60), func(m *wasmtest.Module, _ int32) wasmtest.Code {
			paths := make([]flow.Value, guest.MaxVariadic)
			for i := range paths {
				paths[i] = zeros(60)
			}
			return code.Get(1).I32(m.Const(flow.ListOf(paths...))).Call(m.Core("get_nums:"+strings.Repeat("n", guest.MaxVariadic))).
				Repeat(guest.MaxVariadic+1, code.Op(wasmtest.OpDrop))
		}},
		{"fields in lists", flow.ListOf(list(100_000)), func(m *wasmtest.Module, s int32) wasmtest.Code {
			half := guest.MaxVariadic / 2
			return code.I32(s).F64(1).Call(m.Core("repeat")).Op(wasmtest.OpDrop).
				I32(s).Repeat(half, code.Get(1).I32(m.Const(flow.Text("0")))).Call(m.Core("list:" + strings.Repeat("f", half))).
				Op(wasmtest.OpDrop).I32(0).Call(m.Core("break")).Op(wasmtest.OpDrop)
		}},
		{"a text of a list", megabytes("numbers"), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(1).Call(m.Core("repeat")).Op(wasmtest.OpDrop).
				I32(s).Get(1).Call(m.Core("concat:h")).Op(wasmtest.OpDrop).I32(0).Call(m.Core("break")).Op(wasmtest.OpDrop)
		}},
		{"an error with a body", megabytes("object"), func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(1).Call(m.Core("repeat")).Op(wasmtest.OpDrop).
				I32(s).Call(m.Core("try")).I32(s).Get(1).Call(m.Core("fail")).I32(s).Call(m.Core("catch")).Op(wasmtest.OpDrop).
				I32(0).Call(m.Core("break")).Op(wasmtest.OpDrop)
		}},
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			roomy := unfuelled
			roomy.Memory = 1 << 40 // handles are not what is tested here
			attack(t, engine.Config{Limits: roomy}, func(c *child) {
				m := c.load(large(flow.AnyType, func(m *wasmtest.Module, s int32) wasmtest.Code { return spin(tt.body(m, s)) }))
				c.stopped(m, engine.Run{Input: flow.Members("v", tt.in)}, 200*time.Millisecond)
			})
		})
	}
}

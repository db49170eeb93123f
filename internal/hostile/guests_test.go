//go:build linux

package hostile

import (
	"math"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

var code = wasmtest.Code{}

// unfuelled leaves only time to stop a run.
var unfuelled = engine.Limits{Fuel: math.MaxInt64 / 4, Calls: math.MaxInt64 / 4}

// spin is a loop without end around body.
func spin(body wasmtest.Code) wasmtest.Code {
	return code.Loop(wasmtest.Empty).Join(body).Br(0).End().I32(guest.HandleNull)
}

// fan calls the parallel import with the given parameters and returns its result.
func fan(m *wasmtest.Module, kind, body int32, over int32, width float64) wasmtest.Code {
	return code.I32(m.Step(0, "loop", "list.map")).I32(kind).I32(body).I32(over).F64(width).I32(0).Call(m.Core("parallel"))
}

func list(n int) flow.Value {
	items := make([]flow.Value, n)
	for i := range items {
		items[i] = flow.Number(float64(i))
	}
	return flow.ListOf(items...)
}

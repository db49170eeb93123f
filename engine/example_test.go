package engine_test

import (
	"context"
	"fmt"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest/wasmtest"
)

// A flow that never ends is stopped by its fuel, whatever it does.
func Example() {
	ctx := context.Background()
	e, err := engine.New(ctx, engine.Config{Limits: engine.Limits{Fuel: 1_000_000}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close(ctx)

	wasm := wasmtest.Flow(func(*wasmtest.Module) wasmtest.Code {
		return wasmtest.Code{}.Loop(wasmtest.Empty).Br(0).End().I32(0)
	}).Bytes()
	m, err := e.Load(ctx, wasm)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := m.Run(ctx, engine.Run{Flow: "main"})
	fmt.Println(flow.CodeOf(err), res.Usage.Fuel)
	// Output: limit.fuel 1000000
}

func ExampleLimits_Table() {
	for _, row := range (engine.Limits{HTTPCalls: 5}).Table() {
		if row.Unit == "requests" {
			fmt.Println(row)
		}
	}
	// Output: HTTPCalls 5 requests (limit.http_calls)
}

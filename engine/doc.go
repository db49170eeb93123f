// Package engine loads compiled connectors and runs their flows, under limits
// and in isolation from each other and from the host.
//
// An Engine holds one WebAssembly runtime. Load verifies a module, checks every
// card it imports against the engine's registry and compiles it; Run executes
// one of its flows:
//
//	e, err := engine.New(ctx, engine.Config{Registry: registry})
//	m, err := e.Load(ctx, wasm)
//	res, err := m.Run(ctx, engine.Run{Flow: "charge", Input: input})
//
// Everything is safe for use by several goroutines. Errors are *flow.Error.
package engine

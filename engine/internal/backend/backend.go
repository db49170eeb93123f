// Package backend is the seam between the engine and the WebAssembly runtime
// that executes guests. Everything above it is written against these few
// interfaces; the runtime itself is imported by one folder below it.
package backend

import (
	"context"

	"github.com/weirflow/weir/guest"
)

// HostFunc is one host function. owner is what the calling instance was made
// for. stack holds the parameters and takes the results, both from index 0, as
// the WebAssembly stack has them; it must not be kept.
type HostFunc func(owner any, stack []uint64)

// Import binds one import of a module to its host function.
type Import struct {
	Module string
	Field  string
	Sig    guest.Signature
	Call   HostFunc
}

// Backend compiles modules. It is safe for use by several goroutines.
type Backend interface {
	// Compile translates a verified module and links its imports.
	Compile(ctx context.Context, wasm []byte, imports []Import) (Code, error)
	// Close frees everything, compiled code included.
	Close(ctx context.Context) error
}

// Code is one compiled module. It is safe for use by several goroutines.
type Code interface {
	// Instantiate makes an instance whose host functions receive owner.
	Instantiate(ctx context.Context, owner any) (Instance, error)
	// Close frees the code. No instance may be in use any more.
	Close(ctx context.Context) error
}

// Instance is one instance of a module. One goroutine uses it at a time.
type Instance interface {
	// Func prepares an exported function, nil where there is none. It is
	// expensive (about 1.6 µs and 12 KB): callers keep the result.
	Func(export string) Func
	// Fuel and SetFuel read and write the module's fuel counter.
	Fuel() int64
	SetFuel(int64)
	// Close frees the instance.
	Close(ctx context.Context) error
}

// Func is an exported function of one instance.
type Func interface {
	// Call runs the function with the parameters on stack, and puts its results
	// there. The error is a trap, or a panic of a host function; afterwards the
	// instance must be closed.
	Call(stack []uint64) error
}

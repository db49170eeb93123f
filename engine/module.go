package engine

import (
	"context"
	"sync/atomic"

	"github.com/weirflow/weir/flow"
)

// Module is one loaded connector. It is safe for use by several goroutines.
type Module struct {
	engine *Engine
	entry  *moduleEntry
	closed atomic.Bool
}

// Manifest returns what the module says about itself. It must not be changed.
func (m *Module) Manifest() *flow.Manifest { return m.entry.program.Module.Manifest }

// Digest returns the SHA-256 of the module's bytes in hexadecimal.
func (m *Module) Digest() string { return m.entry.program.Module.Digest }

// Close gives the module back. Its code is freed when its last run has ended
// and the engine does not keep it for another Load. Runs that begin later fail
// with run.cancelled.
func (m *Module) Close(ctx context.Context) error {
	if m.closed.Swap(true) {
		return nil
	}
	return m.entry.release(ctx)
}

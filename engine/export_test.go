package engine

import (
	"context"
	"crypto/sha256"

	"github.com/weirflow/weir/engine/internal/bridge"
	"github.com/weirflow/weir/guest"
)

// LoadUnmetered loads a module whose fuel checks have been blanked out by
// blank. It exists to measure what the checks cost.
func LoadUnmetered(ctx context.Context, e *Engine, wasm []byte, blank func([]byte) []byte) (*Module, error) {
	m, err := guest.Verify(wasm)
	if err != nil {
		return nil, err
	}
	return load(ctx, e, m, blank(wasm), e.cfg.IdleInstances)
}

// LoadUnpooled loads a module that keeps no instance between runs.
func LoadUnpooled(ctx context.Context, e *Engine, wasm []byte) (*Module, error) {
	m, err := guest.Verify(wasm)
	if err != nil {
		return nil, err
	}
	return load(ctx, e, m, wasm, 0)
}

func load(ctx context.Context, e *Engine, m *guest.Module, wasm []byte, idle int) (*Module, error) {
	p, err := bridge.Link(ctx, e.backend, wasm, m, e.cfg.Registry, idle)
	if err != nil {
		return nil, err
	}
	entry := &moduleEntry{key: sha256.Sum256(wasm), ready: make(chan struct{}), program: p}
	entry.refs.Store(1)
	return &Module{engine: e, entry: entry}, nil
}

package engine

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/weirflow/weir/engine/internal/backend"
	"github.com/weirflow/weir/engine/internal/backend/wazero"
	"github.com/weirflow/weir/engine/internal/bridge"
	"github.com/weirflow/weir/engine/internal/rate"
	"github.com/weirflow/weir/engine/internal/share"
	"github.com/weirflow/weir/flow"
)

// Engine loads and runs modules. It is safe for use by several goroutines.
type Engine struct {
	cfg     Config
	limits  bridge.Limits // those of cfg
	backend backend.Backend
	modules moduleCache
	procs   *share.Processors
	budgets rate.Budgets

	work gate // loads and runs

	mu      sync.Mutex
	tenants map[string]*tenant
}

// New returns an engine. Its error is input.invalid for a configuration that
// cannot be, and internal where the runtime or its cache directory fails.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return nil, err
	}
	b, err := wazero.New(ctx, wazero.Options{Interpreter: cfg.Interpreter, CacheDir: cfg.CacheDir})
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the WebAssembly runtime does not start: %v", err)
	}
	return &Engine{cfg: cfg, limits: cfg.Limits.bridge(), backend: b, modules: moduleCache{limit: cfg.Modules}, procs: share.New(cfg.Processors), work: newGate(), tenants: map[string]*tenant{}}, nil
}

// Close waits for the runs at work and frees everything, modules included.
// Loads and runs that come later fail with run.cancelled. Cancel the contexts
// of runs that must not be waited for.
func (e *Engine) Close(ctx context.Context) error {
	if !e.work.close() {
		return nil
	}
	e.modules.drop(ctx)
	if err := e.backend.Close(ctx); err != nil {
		return flow.Errorf(flow.CodeInternal, "close the WebAssembly runtime: %v", err)
	}
	return nil
}

// enter counts one piece of work that Close waits for.
func (e *Engine) enter() error {
	if !e.work.enter() {
		return flow.Errorf(flow.CodeRunCancelled, "the engine is closed")
	}
	return nil
}

// gate counts the work that its close waits for. Every run passes it, so it is
// one atomic counter: closing adds gateClosed, after which the counter is
// negative and nobody comes in.
type gate struct {
	n    atomic.Int64
	idle chan struct{} // gets a token when the last one leaves a closed gate
}

const gateClosed = -1 << 62

func newGate() gate { return gate{idle: make(chan struct{}, 1)} }

// enter reports whether the gate is open; then leave must follow.
func (g *gate) enter() bool {
	if g.n.Add(1) > 0 {
		return true
	}
	g.leave()
	return false
}

func (g *gate) leave() {
	if g.n.Add(-1) == gateClosed {
		select {
		case g.idle <- struct{}{}:
		default: // one who was refused has told it already
		}
	}
}

// close closes the gate, waits until everybody has left, and reports whether it
// was open. Those who close it again do not wait.
func (g *gate) close() bool {
	for {
		n := g.n.Load()
		if n < 0 {
			return false
		}
		if !g.n.CompareAndSwap(n, n+gateClosed) {
			continue
		}
		if n > 0 {
			<-g.idle
		}
		return true
	}
}

// tenant counts what one tenant has at work.
type tenant struct {
	limit int64
	share share.Tenant
	users int // runs that hold it; guarded by Engine.mu
	busy  atomic.Int64
}

// TryAcquire takes a place, if there is one.
func (t *tenant) TryAcquire() bool {
	if t.busy.Add(1) <= t.limit {
		return true
	}
	t.busy.Add(-1)
	return false
}

// Release gives the place back.
func (t *tenant) Release() { t.busy.Add(-1) }

// admit takes a place for a run of the tenant. Runs without a tenant are not
// counted and have none.
func (e *Engine) admit(name string) (*tenant, error) {
	if name == "" {
		return nil, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenants[name]
	if t == nil {
		t = &tenant{limit: int64(e.cfg.TenantConcurrency)}
		e.tenants[name] = t
	}
	if !t.TryAcquire() {
		return nil, flow.Errorf(flow.CodeLimitConcurrency, "the tenant has %d runs and iterations at work already", t.limit)
	}
	t.users++
	return t, nil
}

func (e *Engine) leave(name string, t *tenant) {
	if t == nil {
		return
	}
	t.Release()
	e.mu.Lock()
	defer e.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(e.tenants, name)
	}
}

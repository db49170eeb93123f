package engine

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/weirflow/weir/engine/internal/bridge"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Load verifies a module, resolves its imports and compiles it. Loading bytes
// that are loaded already is a look-up.
//
// Errors: module.invalid, module.profile and module.manifest from guest.Verify;
// module.abi for a module of another ABI; module.card for a card that the
// registry does not have, or has differently.
func (e *Engine) Load(ctx context.Context, wasm []byte) (*Module, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.work.leave()
	entry, fresh := e.modules.get(sha256.Sum256(wasm))
	if fresh {
		if entry.program, entry.err = e.link(ctx, wasm); entry.err == nil {
			entry.given = givenBy(entry.program.Module.Manifest)
		}
		close(entry.ready)
		if err := errors.Join(e.modules.trim(ctx)...); err != nil {
			return nil, err
		}
	}
	<-entry.ready
	if entry.err != nil {
		e.modules.forget(entry)
		return nil, entry.err
	}
	return &Module{engine: e, entry: entry}, nil
}

func (e *Engine) link(ctx context.Context, wasm []byte) (*bridge.Program, error) {
	if err := ctx.Err(); err != nil {
		return nil, flow.Errorf(flow.CodeRunCancelled, "the load was cancelled")
	}
	m, err := guest.Verify(wasm)
	if err != nil {
		return nil, err
	}
	return bridge.Link(ctx, e.backend, wasm, m, e.cfg.Registry, e.cfg.IdleInstances)
}

// moduleCache finds loaded modules by the digest of their bytes. It keeps the
// most recently loaded ones even when nobody holds them.
type moduleCache struct {
	limit int

	mu    sync.Mutex
	byKey map[[sha256.Size]byte]*list.Element
	order list.List // of *moduleEntry, most recently loaded first
}

// moduleEntry is one loaded module, or one that is being loaded.
type moduleEntry struct {
	key     [sha256.Size]byte
	ready   chan struct{} // closed when program, given and err are set
	program *bridge.Program
	given   given
	err     error
	refs    atomic.Int64 // Modules and runs that hold it, and one for the cache; 0 for good once it is freed
}

// hold takes another reference, for a run. It reports false when the entry has
// been freed.
func (e *moduleEntry) hold() bool {
	for {
		n := e.refs.Load()
		if n == 0 {
			return false
		}
		if e.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release gives a reference back and frees the module with the last one.
func (e *moduleEntry) release(ctx context.Context) error {
	if e.refs.Add(-1) > 0 || e.program == nil {
		return nil
	}
	if err := e.program.Close(ctx); err != nil {
		return flow.Errorf(flow.CodeInternal, "free a module: %v", err)
	}
	return nil
}

// get returns the entry of a digest with one reference for the caller. A fresh
// one is for the caller to fill.
func (c *moduleCache) get(key [sha256.Size]byte) (entry *moduleEntry, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.byKey[key]; ok {
		c.order.MoveToFront(el)
		entry = el.Value.(*moduleEntry)
		entry.refs.Add(1) // the cache holds one, so that it is not freed
		return entry, false
	}
	if c.byKey == nil {
		c.byKey = map[[sha256.Size]byte]*list.Element{}
	}
	entry = &moduleEntry{key: key, ready: make(chan struct{})}
	entry.refs.Store(2)
	c.byKey[key] = c.order.PushFront(entry)
	return entry, true
}

// forget takes out an entry that could not be loaded.
func (c *moduleCache) forget(entry *moduleEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.byKey[entry.key]; ok && el.Value == any(entry) {
		c.order.Remove(el)
		delete(c.byKey, entry.key)
	}
}

// trim lets go of the modules that were loaded longest ago.
func (c *moduleCache) trim(ctx context.Context) []error {
	var errs []error
	for {
		c.mu.Lock()
		if c.order.Len() <= c.limit {
			c.mu.Unlock()
			return errs
		}
		el := c.order.Back()
		entry := el.Value.(*moduleEntry)
		c.order.Remove(el)
		delete(c.byKey, entry.key)
		c.mu.Unlock()
		if err := entry.release(ctx); err != nil {
			errs = append(errs, err)
		}
	}
}

// drop empties the cache.
func (c *moduleCache) drop(ctx context.Context) {
	c.mu.Lock()
	c.limit = 0
	c.mu.Unlock()
	c.trim(ctx)
}

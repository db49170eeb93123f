// Package bridge is the host side of the ABI in package guest: it gives every
// import of a module its host function, and keeps what a run needs while its
// guest computes.
package bridge

import (
	"context"
	"slices"
	"sync"

	"github.com/weirflow/weir/engine/internal/backend"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Program is one loaded module: what its runs share.
type Program struct {
	Module *guest.Module

	consts []flow.Value
	paths  []path   // constants as paths: a text, or a list of texts; without parts for others
	multi  [][]path // constants that are lists of paths; nil for others
	large  bool     // some constant is larger than quietSize
	flows  []string // names of the exports, by place in the manifest; "" for flows without one
	code   backend.Code

	mu    sync.Mutex
	idle  []*Instance
	limit int // how many idle instances are kept
}

// Link resolves the imports of a verified module against a registry, compiles
// it, and returns the program. It keeps up to idle instances between runs.
//
// Errors: module.abi, module.card for a card that is missing or differs from
// what the module was compiled against, module.manifest for an import that the
// manifest does not list, module.profile for an import that no ABI has.
func Link(ctx context.Context, b backend.Backend, wasm []byte, m *guest.Module, reg *flow.Registry, idle int) (*Program, error) {
	p := &Program{Module: m, consts: m.Consts, limit: idle}
	if m.Manifest.ABI != guest.ABI {
		return nil, flow.Errorf(flow.CodeModuleABI, "the module was built for ABI %d, this engine has ABI %d", m.Manifest.ABI, guest.ABI)
	}
	if err := checkCards(m.Manifest, reg); err != nil {
		return nil, err
	}
	p.paths, p.multi = make([]path, len(p.consts)), make([][]path, len(p.consts))
	for i, c := range p.consts {
		p.paths[i], p.multi[i] = pathOf(c), pathsOf(c)
		p.large = p.large || c.Size() > quietSize
	}
	p.flows = make([]string, len(m.Manifest.Flows))
	for i := range m.Manifest.Flows {
		name := guest.FlowExport(m.Manifest.Flows[i].Key)
		if _, ok := m.Exports[name]; ok {
			p.flows[i] = name
		}
	}
	imports := make([]backend.Import, len(m.Imports))
	for i := range m.Imports {
		im := &m.Imports[i]
		call, sig, err := resolve(im, m.Manifest, reg)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(sig.Params, im.Sig.Params) || !slices.Equal(sig.Results, im.Sig.Results) {
			return nil, flow.Errorf(flow.CodeModuleProfile, "import %s %s has another signature than ABI %d", im.Module, im.Field, guest.ABI)
		}
		imports[i] = backend.Import{Module: im.Module, Field: im.Field, Sig: im.Sig, Call: call}
	}
	code, err := b.Compile(ctx, wasm, imports)
	if err != nil {
		return nil, flow.Errorf(flow.CodeModuleInvalid, "the runtime does not compile the module: %v", err)
	}
	p.code = code
	return p, nil
}

// Exports reports whether the module exports the i-th flow of its manifest.
func (p *Program) Exports(i int) bool { return p.flows[i] != "" }

// checkCards compares the cards of a manifest with those of a registry.
func checkCards(m *flow.Manifest, reg *flow.Registry) error {
	for _, use := range m.Cards {
		card, ok := reg.Lookup(use.Key)
		switch {
		case !ok || card.Key != use.Key:
			return flow.Errorf(flow.CodeModuleCard, "the module uses card %s@%d, which this engine does not have", use.Key, use.Version)
		case card.Ver() != use.Version:
			return flow.Errorf(flow.CodeModuleCard, "the module uses card %s@%d, this engine has version %d", use.Key, use.Version, card.Ver())
		case card.Digest() != use.Digest:
			return flow.Errorf(flow.CodeModuleCard, "card %s@%d was compiled against another definition", use.Key, use.Version).
				WithFix("compile the connector again with this release")
		}
	}
	return nil
}

// resolve finds the host function of one import.
func resolve(im *guest.Import, m *flow.Manifest, reg *flow.Registry) (backend.HostFunc, guest.Signature, error) {
	if im.Module == guest.CoreModule {
		sig, ok := guest.CoreSignature(im.Field)
		f := coreFunction(im.Field)
		if !ok || f == nil {
			return nil, sig, flow.Errorf(flow.CodeModuleProfile, "ABI %d has no import %s %s", guest.ABI, im.Module, im.Field)
		}
		return hostFunc(f), sig, nil
	}
	ci, ok := guest.ParseCardImport(im.Module, im.Field)
	if !ok {
		return nil, guest.Signature{}, flow.Errorf(flow.CodeModuleProfile, "import %s %s is no card", im.Module, im.Field)
	}
	if ci.External {
		card := ci.ExternalCard(m)
		if card == nil {
			return nil, guest.Signature{}, flow.Errorf(flow.CodeModuleManifest, "the module imports card %s, which its manifest does not define", ci.Key())
		}
		return newCardImport(card, ci).call, ci.Signature(card), nil
	}
	if !slices.ContainsFunc(m.Cards, func(u flow.CardUse) bool { return u.Key == ci.Key() && u.Version == ci.Version }) {
		return nil, guest.Signature{}, flow.Errorf(flow.CodeModuleManifest, "the module imports card %s@%d, which its manifest does not list", ci.Key(), ci.Version)
	}
	card, _ := reg.Lookup(ci.Key())
	if !ci.Fits(card) {
		return nil, guest.Signature{}, flow.Errorf(flow.CodeModuleProfile, "card %s cannot be imported as %s", card.Key, im.Field)
	}
	return newCardImport(card, ci).call, ci.Signature(card), nil
}

func hostFunc(f func(in *Instance, s []uint64)) backend.HostFunc {
	return func(owner any, s []uint64) {
		in := owner.(*Instance)
		in.attend()
		f(in, s)
	}
}

// path is a constant that the get imports follow.
type path struct {
	parts []string
	fuel  int64 // guest.PathFuel
}

// pathOf returns a text, or a list of texts, as a path for the get imports.
func pathOf(v flow.Value) path {
	var parts []string
	switch v.Kind() {
	case flow.KindText:
		parts = []string{v.Text()}
	case flow.KindList:
		for _, part := range v.List().All() {
			if part.Kind() != flow.KindText {
				return path{}
			}
			parts = append(parts, part.Text())
		}
	}
	return path{parts, guest.PathFuel(parts)}
}

// pathsOf returns a list of paths as such.
func pathsOf(v flow.Value) []path {
	var paths []path
	for _, x := range v.List().All() {
		p := pathOf(x)
		if len(p.parts) == 0 {
			return nil
		}
		paths = append(paths, p)
	}
	return paths
}

// acquire returns an instance that no run uses.
func (p *Program) acquire() (*Instance, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		in := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return in, nil
	}
	p.mu.Unlock()
	return p.instantiate()
}

// release takes an instance back. An instance is reused only when its guest
// returned normally: a module in the profile has no state but its fuel, but a
// trap leaves the call in the middle.
func (p *Program) release(in *Instance, clean bool) {
	if clean {
		p.mu.Lock()
		if len(p.idle) < p.limit {
			p.idle = append(p.idle, in)
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
	}
	_ = in.guest.Close(context.Background())
}

// Close frees the program's code. No run may be using it any more.
func (p *Program) Close(ctx context.Context) error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.limit = nil, 0
	p.mu.Unlock()
	for _, in := range idle {
		_ = in.guest.Close(ctx)
	}
	return p.code.Close(ctx)
}

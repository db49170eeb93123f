// Package wazero runs guests in the wazero runtime. It is the only package that
// imports it, and uses its stack API alone: the reflection API costs about
// thirty times as much per host call.
package wazero

import (
	"context"
	"errors"
	"fmt"
	"io"
	goruntime "runtime"
	"time"

	wz "github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/weirflow/weir/engine/internal/backend"
	"github.com/weirflow/weir/guest"
)

// Options configure New.
type Options struct {
	Interpreter bool   // interpret instead of compiling to machine code
	CacheDir    string // directory of compiled code; "" for none
}

// New returns a backend with one runtime of its own.
func New(ctx context.Context, o Options) (backend.Backend, error) {
	cfg := wz.NewRuntimeConfigCompiler()
	if o.Interpreter {
		cfg = wz.NewRuntimeConfigInterpreter()
	}
	// The profile has no memory, no table growth and no threads. Close-on-done
	// stays off: it costs 24 ns per loop turn and does not stop recursion; fuel
	// does both for less.
	cfg = cfg.WithCoreFeatures(api.CoreFeaturesV2).WithCloseOnContextDone(false).
		WithDebugInfoEnabled(false).WithMemoryLimitPages(1)
	r := &runtime{config: moduleConfig()}
	if o.CacheDir != "" && !o.Interpreter {
		cache, err := openCache(o.CacheDir)
		if err != nil {
			return nil, err
		}
		r.cache = cache
		cfg = cfg.WithCompilationCache(cache.wz)
	}
	r.wz = wz.NewRuntimeWithConfig(ctx, cfg)
	return r, nil
}

type runtime struct {
	wz     wz.Runtime
	config wz.ModuleConfig
	cache  *cache // nil without a directory
}

// Close implements backend.Backend.
func (r *runtime) Close(ctx context.Context) error {
	err := r.wz.Close(ctx)
	if r.cache != nil {
		err = errors.Join(err, r.cache.wz.Close(ctx))
	}
	return err
}

// Compile implements backend.Backend. The host functions of one module live in
// anonymous host modules that only this code resolves its imports against, so
// that no module can reach the functions of another one.
func (r *runtime) Compile(ctx context.Context, wasm []byte, imports []backend.Import) (backend.Code, error) {
	// Functions are compiled apart from each other; more workers than four gain
	// nothing on modules of the profile's size.
	ctx = experimental.WithCompilationWorkers(ctx, min(goruntime.GOMAXPROCS(0), 4))
	c := &code{runtime: r, hosts: map[string]api.Module{}}
	builders := map[string]wz.HostModuleBuilder{}
	for _, im := range imports {
		b := builders[im.Module]
		if b == nil {
			b = r.wz.NewHostModuleBuilder(im.Module)
			builders[im.Module] = b
		}
		b.NewFunctionBuilder().
			WithGoFunction(&hostFunction{im.Call}, valTypes(im.Sig.Params), valTypes(im.Sig.Results)).Export(im.Field)
	}
	for name, b := range builders {
		compiled, err := b.Compile(ctx)
		if err == nil {
			c.closers = append(c.closers, compiled)
			c.hosts[name], err = r.wz.InstantiateModule(ctx, compiled, r.config)
		}
		if err != nil {
			return nil, errors.Join(err, c.Close(ctx))
		}
		c.closers = append(c.closers, c.hosts[name])
	}
	var err error
	if r.cache != nil {
		c.module, err = r.cache.compile(ctx, r.wz, wasm)
	} else {
		c.module, err = r.wz.CompileModule(ctx, wasm)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	c.closers = append(c.closers, c.module)
	c.link = experimental.WithImportResolver(context.Background(), func(name string) api.Module { return c.hosts[name] })
	return c, nil
}

// hostFunction is a host function as the runtime calls it.
type hostFunction struct{ call backend.HostFunc }

// Call implements api.GoFunction.
func (f *hostFunction) Call(ctx context.Context, stack []uint64) {
	f.call(ctx.(*ownerContext).owner, stack)
}

func valTypes(in []guest.ValType) []api.ValueType {
	out := make([]api.ValueType, len(in))
	for i, t := range in {
		out[i] = api.ValueType(t)
	}
	return out
}

// moduleConfig gives modules no name, no start function, no source of randomness
// and clocks that stand still. Flows can reach none of them; but seeding wazero's
// default randomness would be most of an instantiation, and its default clocks an
// eighth of the rest.
func moduleConfig() wz.ModuleConfig {
	return wz.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(noRandom{}).
		WithWalltime(func() (int64, int32) { return 0, 0 }, 1).WithNanotime(func() int64 { return 0 }, 1)
}

type noRandom struct{}

func (noRandom) Read([]byte) (int, error) { return 0, io.EOF }

type code struct {
	runtime *runtime
	module  wz.CompiledModule
	hosts   map[string]api.Module
	closers []interface{ Close(context.Context) error }
	link    context.Context
}

// Close implements backend.Code.
func (c *code) Close(ctx context.Context) error {
	var errs []error
	for i := len(c.closers) - 1; i >= 0; i-- {
		errs = append(errs, c.closers[i].Close(ctx))
	}
	c.closers = nil
	return errors.Join(errs...)
}

// Instantiate implements backend.Code.
func (c *code) Instantiate(_ context.Context, owner any) (backend.Instance, error) {
	m, err := c.runtime.wz.InstantiateModule(c.link, c.module, c.runtime.config)
	if err != nil {
		return nil, err
	}
	fuel, ok := m.ExportedGlobal(guest.FuelGlobal).(api.MutableGlobal)
	if !ok {
		return nil, errors.Join(fmt.Errorf("no mutable global %q", guest.FuelGlobal), m.Close(context.Background()))
	}
	return &instance{module: m, fuel: fuel, ctx: ownerContext{owner: owner}}, nil
}

type instance struct {
	module api.Module
	fuel   api.MutableGlobal
	ctx    ownerContext
}

func (i *instance) Func(export string) backend.Func {
	f := i.module.ExportedFunction(export)
	if f == nil {
		return nil
	}
	return &function{f, &i.ctx}
}

func (i *instance) Fuel() int64                     { return int64(i.fuel.Get()) }
func (i *instance) SetFuel(n int64)                 { i.fuel.Set(uint64(n)) }
func (i *instance) Close(ctx context.Context) error { return i.module.Close(ctx) }

type function struct {
	f   api.Function
	ctx *ownerContext
}

func (f *function) Call(stack []uint64) error { return f.f.CallWithStack(f.ctx, stack) }

// ownerContext carries the owner of an instance through the runtime to its host
// functions, at the price of one type assertion per call. It holds no values
// and never ends, so that nothing in a caller's context can switch on features
// of the runtime.
type ownerContext struct{ owner any }

func (*ownerContext) Deadline() (time.Time, bool) { return time.Time{}, false }
func (*ownerContext) Done() <-chan struct{}       { return nil }
func (*ownerContext) Err() error                  { return nil }
func (*ownerContext) Value(any) any               { return nil }

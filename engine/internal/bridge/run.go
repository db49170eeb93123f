package bridge

import (
	"context"
	"io"
	"math"
	"sync"
	"time"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/engine/internal/rate"
	"github.com/weirflow/weir/engine/internal/share"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Limits are the bounds of one run; all of them are set.
type Limits struct {
	Fuel        int64
	Wall        time.Duration
	Memory      int64
	Value       int64
	Depth       int
	Calls       int64
	HTTPCalls   int64
	HTTPBytes   int64
	FileBytes   int64
	Trace       int64
	Concurrency int
}

// Slots bounds parallel iterations beyond a run's own limit. It is used by
// several goroutines.
type Slots interface {
	TryAcquire() bool
	Release()
}

// Options describe one run. Values are checked and converted already.
type Options struct {
	ID      string
	Flow    int // place in Manifest.Flows
	Args    []flow.Value
	Limits  Limits
	Secrets []flow.Value // by place in Manifest.Secrets; null where not given
	Config  []flow.Value // by place in Manifest.Config
	Hidden  []flow.Value // further secrets, which only the redactor looks at
	Hosts   []string
	// Attach are credentials for all requests, Connection names whose they are.
	Attach     []flow.Attachment
	Connection string
	Filled     map[string]Filled // by slot of the module's connections
	// Budgets are those that all runs of the engine share; nil for none. TenantName
	// is whose they are.
	Budgets    *rate.Budgets
	TenantName string
	Fetcher    flow.Fetcher
	Journal    flow.Journal
	Files      flow.Blobs    // nil: the run has no files
	Tables     flow.Tables   // nil: the run has no tables
	Host       flow.Host     // nil: nobody is spoken to
	External   flow.External // nil: nobody provides cards of other connectors
	Trace      bool
	Clock      func() time.Time // nil for time.Now
	Random     io.Reader
	World      flow.World // nil: Clock, Random and real waiting
	Slots      Slots
	// Processors are what the run computes on, together with other runs; nil: as
	// many as it likes. Tenant is on whose behalf; nil is nobody.
	Processors *share.Processors
	Tenant     *share.Tenant
	Began      time.Time // on the machine's clock
}

// Outcome is what a run came to.
type Outcome struct {
	Value   flow.Value // outputs; null when Stopped
	Stopped bool
	Message flow.Value
	Err     *flow.Error
	Used    budget.Amounts
	Peak    int64
	Trace   []TraceStep
	Sealed  []flow.Value // secrets that the run's steps made
}

// Run is what the instances of one run share.
type Run struct {
	prog    *Program
	limits  Limits
	id      string
	flowKey string
	secrets []flow.Value
	config  []flow.Value
	hosts   []string
	attach  []flow.Attachment
	filled  map[string]Filled
	budgets *rate.Budgets
	// connection and tenantName are what the budgets are told apart by.
	connection string
	tenantName string
	fetcher    flow.Fetcher
	journal    flow.Journal
	files      flow.Blobs
	tables     flow.Tables
	host       flow.Host
	outside    flow.External
	traced     bool
	clock      func() time.Time
	random     io.Reader
	world      flow.World
	slots      Slots
	procs      *share.Processors
	tenant     *share.Tenant
	started    time.Time // by clock

	sealing sync.Mutex
	sealed  []flow.Value // secrets that steps made

	pool    budget.Pool
	mem     budget.Memory
	scope   scope
	workers workers
	watcher
}

// The first slice of a guest is small, because its run is watched from the second
// one on.
const firstSlice = 50_000

// Slices of the budget that an instance takes ahead. While a guest spends a slice
// of fuel, others wait for it, collections included; beside a slice the 150 ns for
// the next one are little. Iterations that share a budget take less, so that there
// is seldom something to wait for.
var (
	sliceAlone  = budget.Amounts{budget.Fuel: share.Slice, budget.Calls: 1024}
	sliceShared = budget.Amounts{budget.Fuel: 50_000, budget.Calls: 16}
)

// Run runs one flow to its end.
func (p *Program) Run(ctx context.Context, o *Options) Outcome {
	in, err := p.acquire()
	if err != nil {
		return Outcome{Err: flow.AsError(err)}
	}
	r := in.spare
	if in.spare = nil; r == nil {
		r = &Run{}
	}
	r.prog, r.limits, r.id, r.flowKey = p, o.Limits, o.ID, p.Module.Manifest.Flows[o.Flow].Key
	r.secrets, r.config, r.hosts, r.attach, r.fetcher = o.Secrets, o.Config, o.Hosts, o.Attach, o.Fetcher
	r.journal, r.files, r.tables, r.host, r.outside = o.Journal, o.Files, o.Tables, o.Host, o.External
	r.traced, r.clock, r.random, r.world, r.slots, r.started = o.Trace, o.Clock, o.Random, o.World, o.Slots, o.Began
	r.procs, r.tenant = o.Processors, o.Tenant
	r.filled, r.budgets, r.connection, r.tenantName = o.Filled, o.Budgets, o.Connection, o.TenantName
	if o.Clock == nil {
		r.clock = time.Now
	} else {
		r.started = o.Clock()
	}
	if o.World != nil {
		r.started = o.World.Now("")
	}
	r.workers.limit = o.Limits.Concurrency
	r.mem.SetLimit(o.Limits.Memory)
	r.pool.Init(budget.Amounts{
		budget.Fuel: o.Limits.Fuel, budget.Calls: o.Limits.Calls, budget.HTTPCalls: o.Limits.HTTPCalls,
		budget.HTTPBytes: o.Limits.HTTPBytes, budget.FileBytes: o.Limits.FileBytes, budget.Trace: o.Limits.Trace,
	})
	r.scope.run, r.scope.caller = r, ctx
	r.main, r.deadline = in, o.Began.Add(o.Limits.Wall)
	if ctx.Done() != nil && ctx.Err() != nil {
		r.stop(stopCaller)
	}
	if p.large {
		r.watch()
	}
	r.pool.Open(&in.own, nil, sliceAlone, &r.scope.state)
	in.begin(r, &r.scope, &in.own, &in.seat, false)
	out := in.compute(o)
	watched := r.unwatch()
	r.scope.close()
	in.own.Close()
	out.Used, out.Peak, out.Trace, out.Sealed = in.own.Used(), in.arena.Peak(), in.trace, r.sealed
	if out.Err != nil && out.Err.Code == flow.CodeLimitFuel {
		out.Used[budget.Fuel] = o.Limits.Fuel // what was left did not suffice for anything
	}
	clean := !in.trapped
	in.end()
	if clean && !watched {
		*r = Run{}
		in.spare = r
	}
	p.release(in, clean)
	return out
}

// compute runs the flow when there is a processor for it.
func (in *Instance) compute(o *Options) Outcome {
	r := in.run
	if !in.worker.Start(r.procs, r.tenant, in.scope) {
		return Outcome{Err: r.stopError(r.reason(in.scope))}
	}
	defer in.worker.End()
	return in.start(o)
}

// start calls the flow and reads its result.
func (in *Instance) start(o *Options) (out Outcome) {
	f := in.flowFunc(o.Flow)
	info := &in.prog.Module.Manifest.Flows[o.Flow]
	params := info.Params()
	if f == nil || len(o.Args) != len(params) {
		return Outcome{Err: flow.Errorf(flow.CodeRunFlow, "flow %s cannot be run from outside", flow.Excerpt(info.Key))}
	}
	stack := in.stack[:]
	if n := len(o.Args) + 1; n > len(stack) {
		stack = make([]uint64, n)
	}
	stack[0] = truth(in.run.traced)
	for i, v := range o.Args {
		x, err := in.pass(guest.ReprOfField(&params[i]), v)
		if err != nil {
			return Outcome{Err: err}
		}
		stack[1+i] = x
	}
	h, trapped := in.invoke(f, stack)
	if trapped != nil {
		return Outcome{Err: trapped}
	}
	return in.result(h)
}

// pass stores an argument of the run and returns how it travels.
func (in *Instance) pass(r guest.Repr, v flow.Value) (uint64, *flow.Error) {
	switch r {
	case guest.Number:
		return math.Float64bits(v.Number()), nil
	case guest.Boolean:
		return truth(v.Bool()), nil
	}
	if v.IsNull() {
		return i32(guest.HandleNull), nil
	}
	if err := in.admit(v); err != nil {
		return 0, flow.AsError(err)
	}
	h, ok := in.arena.Push(v)
	if !ok {
		return 0, flow.Errorf(flow.CodeLimitMemory, "the inputs need more than %d bytes", in.run.limits.Memory)
	}
	return i32(h), nil
}

// result reads what a flow or loop body returned.
func (in *Instance) result(h int32) Outcome {
	switch {
	case h == guest.HandleError && in.pending != nil:
		return Outcome{Err: in.pending}
	case h == guest.HandleStopped:
		return Outcome{Stopped: true, Message: in.message}
	}
	v, ok := in.arena.Get(h)
	if !ok {
		return Outcome{Err: flow.Errorf(flow.CodeValueHandle, "the module returned handle %d, which names no value", h)}
	}
	return Outcome{Value: v}
}

func (r *Run) stop(why uint32) {
	r.scope.stop(why)
	r.pool.Wake()
}

// reason returns why s was stopped. The run's own scope is stopped before those
// of its iterations.
func (r *Run) reason(s *scope) uint32 {
	if why := s.state.Load(); why != stopNone {
		return why
	}
	return r.scope.state.Load()
}

func (r *Run) stopError(why uint32) *flow.Error {
	switch why {
	case stopWall:
		return flow.Errorf(flow.CodeLimitWall, "the run took longer than %v", r.limits.Wall)
	case stopSkipped:
		return &flow.Error{Code: flow.CodeRunCancelled, Msg: errSkipped.Error()}
	}
	return flow.Errorf(flow.CodeRunCancelled, "the run was cancelled")
}

func (r *Run) limitError(k budget.Kind) *flow.Error {
	switch k {
	case budget.Fuel:
		return flow.Errorf(flow.CodeLimitFuel, "the run needs more than %d fuel", r.limits.Fuel)
	case budget.Calls:
		return flow.Errorf(flow.CodeLimitCalls, "the run makes more than %d card calls", r.limits.Calls)
	case budget.HTTPCalls:
		return flow.Errorf(flow.CodeLimitHTTPCalls, "the run makes more than %d HTTP requests", r.limits.HTTPCalls)
	case budget.HTTPBytes:
		return flow.Errorf(flow.CodeLimitHTTPBytes, "the run receives more than %d bytes", r.limits.HTTPBytes)
	}
	if k == budget.FileBytes {
		return flow.Errorf(flow.CodeLimitFileBytes, "the run streams more than %d bytes", r.limits.FileBytes)
	}
	return flow.Errorf(flow.CodeLimitTrace, "the trace of the run is larger than %d bytes", r.limits.Trace)
}

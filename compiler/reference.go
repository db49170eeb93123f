package compiler

import (
	"context"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/flow"
)

// Reference runs a compiled connector without WebAssembly, by evaluating its
// IR: what an engine must compute, at what price, with no sandbox and no limit.
// Tests and benchmarks compare modules with it.
type Reference struct {
	Env     flow.Env
	Secrets map[string]flow.Value
	Config  map[string]flow.Value
	// Context gives the facts of the run by guest.Context code. Default: null.
	Context func(code int) flow.Value
	// CallKey makes the idempotency key of a Writes call from its path. Default: none.
	CallKey func(path string) string

	machine *ir.Machine
	out     *Output
}

// ReferenceResult is the outcome of a Reference run.
type ReferenceResult struct {
	Outputs flow.Value
	Stopped bool
	Message flow.Value
	Fuel    int64
	Calls   int64
}

// Reference returns an evaluator of the compiled program.
func (o *Output) Reference() *Reference { return &Reference{out: o} }

// Run evaluates a flow. Inputs are by key, and must already have the flow's
// declared types; an option is the member "option.KEY", and the selected outputs
// are "selected".
func (r *Reference) Run(ctx context.Context, flowKey string, in flow.Value) (ReferenceResult, error) {
	info, _ := r.out.Manifest.Flow(flowKey)
	if info == nil {
		return ReferenceResult{}, flow.Errorf(flow.CodeRunFlow, "no flow %q", flowKey)
	}
	if r.machine == nil {
		r.machine = r.newMachine()
	}
	r.machine.Fuel, r.machine.Calls = 0, 0
	got, err := r.machine.Run(ctx, info, in)
	return ReferenceResult{got.Outputs, got.Stopped, got.Message, r.machine.Fuel, r.machine.Calls}, err
}

func (r *Reference) newMachine() *ir.Machine {
	m := &ir.Machine{Program: r.out.program, Env: r.Env, Context: r.Context, CallKey: r.CallKey}
	if m.Context == nil {
		m.Context = func(int) flow.Value { return flow.Null() }
	}
	for i := range r.out.Manifest.Flows {
		m.Flows = append(m.Flows, r.out.Manifest.Flows[i].Key)
	}
	for _, s := range r.out.Manifest.Secrets {
		m.Secrets = append(m.Secrets, r.Secrets[s.Key])
	}
	for i := range r.out.Manifest.Config {
		f := &r.out.Manifest.Config[i]
		v, ok := r.Config[f.Key]
		if !ok && f.Default != nil {
			v = *f.Default
		}
		m.Config = append(m.Config, v)
	}
	return m
}

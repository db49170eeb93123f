package bridge

import (
	"time"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// TraceStep is one finished step.
type TraceStep struct {
	Path     string
	Step     *flow.StepInfo
	Inputs   flow.Value // objects
	Outputs  flow.Value
	Error    *flow.Error
	Start    time.Time
	Duration time.Duration
	Fuel     int64
}

// traceCard records a card call; the arguments are those of in.call.
func (in *Instance) traceCard(c *cardImport, step int32, out flow.Value, err *flow.Error, began time.Time) {
	t := TraceStep{Start: began, Duration: time.Since(began), Fuel: in.fuel, Error: err, Inputs: c.inputs(&in.call)}
	if err == nil {
		t.Outputs = out
		if c.card.Single() {
			t.Outputs = flow.Members(c.card.Out[0].Key, out)
		}
	}
	in.record(step, t)
}

// inputs returns a call's inputs as an object by port key, groups nested, with
// author-made inputs in their place.
func (c *cardImport) inputs(call *flow.Call) flow.Value {
	var top flow.ObjectBuilder
	groups := map[string]*flow.ObjectBuilder{}
	set := func(group, key string, v flow.Value) {
		if group == "" {
			top.Set(key, v)
			return
		}
		g := groups[group]
		if g == nil {
			g = &flow.ObjectBuilder{}
			groups[group] = g
			top.Set(group, flow.Null()) // keeps the group's place
		}
		g.Set(key, v)
	}
	for i := range c.card.In {
		set(c.card.In[i].Group, c.card.In[i].Key, call.Args[i])
	}
	if c.card.Extra != nil {
		for k, v := range call.Extra.All() {
			set(c.card.Extra.Group, k, v)
		}
	}
	for name, g := range groups {
		top.Set(name, g.Value())
	}
	return top.Value()
}

// traceStep makes "trace:<reprs>": the values are what the step's Ports name,
// then what its Outs name.
func traceStep(reprs string) func(in *Instance, s []uint64) {
	return func(in *Instance, s []uint64) {
		if !in.run.traced {
			in.trapProfile("traces a run that has no trace")
		}
		step := int32(s[0])
		info := in.step(step)
		if len(reprs) != len(info.Ports)+len(info.Outs) {
			in.trapProfile("traces a step without as many values as names")
		}
		var ins, outs flow.ObjectBuilder
		for i := range len(reprs) {
			v, _ := in.argument(guest.Repr(reprs[i]), s, 1+i)
			if i < len(info.Ports) {
				ins.Set(info.Ports[i], v)
			} else {
				outs.Set(info.Outs[i-len(info.Ports)], v)
			}
		}
		t := TraceStep{Start: time.Now(), Inputs: ins.Value(), Outputs: outs.Value()}
		if in.closed.step == step {
			t.Duration, t.Start = t.Start.Sub(in.closed.began), in.closed.began
		}
		in.record(step, t)
	}
}

// record charges a step of the trace by its printed size and keeps it.
func (in *Instance) record(step int32, t TraceStep) {
	t.Step, t.Path = in.step(step), in.path(step)
	size := len(t.Path) + len(t.Step.What) + in.printed(t.Inputs) + in.printed(t.Outputs)
	if t.Error != nil {
		size += len(t.Error.Msg) + len(t.Error.Code)
	}
	in.spend(step, budget.Trace, int64(size))
	in.trace = append(in.trace, t)
}

// printed returns the length of an object as text. The members of a trace are
// bounded one by one and not together, so that an object that is surely too long
// is not printed: then the result is a length beyond what a trace may have.
func (in *Instance) printed(v flow.Value) int {
	if limit := in.run.limits.Trace; v.Size() > limit {
		least := 0
		for _, x := range v.Object().All() {
			if least += len(x.String()); int64(least) > limit {
				return least
			}
		}
	}
	return len(v.String())
}

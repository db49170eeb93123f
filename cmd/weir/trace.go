package main

import (
	"fmt"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// printTrace writes one line per step, then its inputs and outputs.
func (a *app) printTrace(steps []engine.TraceStep) {
	for i := range steps {
		s := &steps[i]
		fmt.Fprintf(a.err, "%-36s %-16s %s  %s  fuel %d\n",
			flow.Printable(s.Path), flow.Printable(s.What), flow.Printable(s.Pos.String()), s.Duration.Round(time.Microsecond), s.Fuel)
		a.printValues("in ", s.Inputs)
		a.printValues("out", s.Outputs)
		if s.Error != nil {
			fmt.Fprintf(a.err, "    error  %s: %s\n", s.Error.Code, flow.Printable(s.Error.Msg))
		}
	}
}

// maxShown bounds one value in the printed trace; --json has them whole.
const maxShown = 160

func (a *app) printValues(label string, v flow.Value) {
	for k, x := range v.Object().All() {
		if x.IsNull() {
			continue
		}
		text := []rune(x.String())
		if len(text) > maxShown {
			text = append(text[:maxShown], '…')
		}
		fmt.Fprintf(a.err, "    %s  %s = %s\n", label, flow.Printable(k), flow.Printable(string(text)))
	}
}

func (a *app) printUsage(u engine.Usage) {
	fmt.Fprintf(a.err, "fuel %d  peak memory %d B  card calls %d  HTTP calls %d  HTTP bytes %d  wall %s\n",
		u.Fuel, u.PeakMemory, u.Calls, u.HTTPCalls, u.HTTPBytes, u.Wall.Round(time.Microsecond))
}

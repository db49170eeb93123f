package engine

import (
	"time"

	"github.com/weirflow/weir/engine/internal/bridge"
	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
)

// Usage is what a run consumed. All of it but Wall is the same for every
// execution of the same run, whatever ran in parallel.
type Usage struct {
	Fuel       int64         `json:"fuel"`
	PeakMemory int64         `json:"peakMemory"` // bytes; of a parallel loop as if it had run in order
	Calls      int64         `json:"calls"`      // card calls
	HTTPCalls  int64         `json:"httpCalls"`
	HTTPBytes  int64         `json:"httpBytes"`
	FileBytes  int64         `json:"fileBytes"` // streamed to and from files
	TraceBytes int64         `json:"traceBytes"`
	Wall       time.Duration `json:"wall"` // nanoseconds
}

func usageOf(out *bridge.Outcome, wall time.Duration) Usage {
	return Usage{
		Fuel: out.Used[budget.Fuel], PeakMemory: out.Peak, Calls: out.Used[budget.Calls],
		HTTPCalls: out.Used[budget.HTTPCalls], HTTPBytes: out.Used[budget.HTTPBytes],
		FileBytes:  out.Used[budget.FileBytes],
		TraceBytes: out.Used[budget.Trace], Wall: wall,
	}
}

// Result is what a run came to.
type Result struct {
	// Outputs is an object of the flow's outputs by key, and null when the run
	// stopped or failed.
	Outputs flow.Value
	// Stopped says that the flow ended without a result: Continue If lets it, and
	// so does the end of a flow that has outputs and returns none. A flow without
	// outputs that comes to the end of its steps has not stopped.
	Stopped bool
	// Message is what the flow said when it stopped, or null.
	Message flow.Value
	Usage   Usage
	// Trace has the finished steps in order, if Run.Trace asked for them.
	Trace []TraceStep
}

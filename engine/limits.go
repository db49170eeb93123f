package engine

import (
	"strconv"
	"time"

	"github.com/weirflow/weir/engine/internal/bridge"
	"github.com/weirflow/weir/flow"
)

// Limits bound one run. A zero field means the default; nothing is unlimited.
type Limits struct {
	// Fuel bounds the work of compiled code and cards; beyond it limit.fuel.
	// Default: 500,000,000.
	Fuel int64
	// Wall bounds the time from start to end; beyond it limit.wall. Default: 60 s.
	Wall time.Duration
	// Memory bounds the bytes of all values alive at one moment; beyond it
	// limit.memory. Default: 64 MiB.
	Memory int64
	// Value bounds the bytes of one value; beyond it limit.value, which flows can
	// catch. Default: 8 MiB.
	Value int64
	// Depth bounds the nesting of one value; beyond it limit.depth, which flows
	// can catch. Default: 64.
	Depth int64
	// Calls bounds the card calls; beyond it limit.calls. Default: 2,000,000.
	Calls int64
	// HTTPCalls bounds the HTTP requests; beyond it limit.http_calls. Default: 100.
	HTTPCalls int64
	// HTTPBytes bounds the bytes received over HTTP; beyond it limit.http_bytes.
	// Default: 50 MiB.
	HTTPBytes int64
	// FileBytes bounds the bytes streamed over HTTP to and from files; beyond it
	// limit.file_bytes. Default: 1 GiB.
	FileBytes int64
	// Trace bounds the printed bytes of the trace; beyond it limit.trace.
	// Default: 1 MiB.
	Trace int64
	// Concurrency bounds the parallel iterations at work at one moment. Further
	// ones wait; no run fails by it. Default: 200.
	Concurrency int64
}

// LimitInfo documents one field of Limits.
type LimitInfo struct {
	Name    string    // field of Limits
	Code    flow.Code // error of a run that exceeds it; "" where it only slows a run down
	Default int64     // in Unit
	Unit    string
	Doc     string

	of func(l *Limits) *int64
}

var limitTable = []LimitInfo{
	{"Fuel", flow.CodeLimitFuel, 500_000_000, "fuel",
		"One unit stands for about a nanosecond of one core. Compiled code is charged at every function entry and loop turn, " +
			"a card call by its price. The default is about half a second of computing.",
		func(l *Limits) *int64 { return &l.Fuel }},
	{"Wall", flow.CodeLimitWall, int64(60 * time.Second), "ns",
		"Time from start to end, waiting included. A run is stopped at most 50 ms late.",
		func(l *Limits) *int64 { return (*int64)(&l.Wall) }},
	{"Memory", flow.CodeLimitMemory, 64 << 20, "bytes",
		"All values that the run keeps alive at one moment: 32 bytes for each handle, and for each value that a step built " +
			"its texts, keys and headers besides. The default holds about 300,000 records of 200 bytes.",
		func(l *Limits) *int64 { return &l.Memory }},
	{"Value", flow.CodeLimitValue, 8 << 20, "bytes",
		"One value with everything in it. The flow can catch the error. The default is an eighth of the memory.",
		func(l *Limits) *int64 { return &l.Value }},
	{"Depth", flow.CodeLimitDepth, 64, "levels",
		"Lists and objects inside each other in one value. The flow can catch the error.",
		func(l *Limits) *int64 { return &l.Depth }},
	{"Calls", flow.CodeLimitCalls, 2_000_000, "calls",
		"Card calls. Cards that are compiled to instructions do not count. The default is a loop over 100,000 items of twenty steps each.",
		func(l *Limits) *int64 { return &l.Calls }},
	{"HTTPCalls", flow.CodeLimitHTTPCalls, 100, "requests",
		"HTTP requests, failed ones included.",
		func(l *Limits) *int64 { return &l.HTTPCalls }},
	{"HTTPBytes", flow.CodeLimitHTTPBytes, 50 << 20, "bytes",
		"Bytes received over HTTP: what came over the wire, and what decoding made of it beyond that.",
		func(l *Limits) *int64 { return &l.HTTPBytes }},
	{"FileBytes", flow.CodeLimitFileBytes, 1 << 30, "bytes",
		"Bytes of files that requests send and receive as streams. They are never held in memory and do not count as HTTPBytes; each costs a unit of fuel.",
		func(l *Limits) *int64 { return &l.FileBytes }},
	{"Trace", flow.CodeLimitTrace, 1 << 20, "bytes",
		"Printed inputs and outputs, paths and messages of all traced steps. It counts only in runs with a trace.",
		func(l *Limits) *int64 { return &l.Trace }},
	{"Concurrency", "", 200, "iterations",
		"Parallel iterations at work at one moment, over all loops of the run. Further ones wait.",
		func(l *Limits) *int64 { return &l.Concurrency }},
}

// Table documents every limit, in the order of the fields. Figures are those of
// l, and the defaults where l has zero.
func (l Limits) Table() []LimitInfo {
	out := make([]LimitInfo, len(limitTable))
	for i, row := range limitTable {
		if n := *row.of(&l); n != 0 {
			row.Default = n
		}
		out[i] = row
	}
	return out
}

// String prints the limit as documentation shows it: "Memory 64 MiB (limit.memory)".
func (i LimitInfo) String() string {
	s := i.Name + " " + i.Amount()
	if i.Code != "" {
		s += " (" + string(i.Code) + ")"
	}
	return s
}

// Amount prints the figure with its unit.
func (i LimitInfo) Amount() string {
	switch n := i.Default; {
	case i.Unit == "ns":
		return time.Duration(n).String()
	case i.Unit == "bytes" && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	default:
		return strconv.FormatInt(n, 10) + " " + i.Unit
	}
}

// within returns l with zero fields filled in from ceiling and no field above
// it. A negative field is input.invalid.
func (l Limits) within(ceiling *Limits) (Limits, error) {
	for i := range limitTable {
		row := &limitTable[i]
		n, top := row.of(&l), *row.of(ceiling)
		switch {
		case *n < 0:
			return l, flow.Errorf(flow.CodeInputInvalid, "limit %s cannot be %d", row.Name, *n)
		case *n == 0 || *n > top:
			*n = top
		}
	}
	return l, nil
}

// ceiling returns l with zero fields replaced by the defaults.
func (l Limits) ceiling() (Limits, error) {
	for i := range limitTable {
		row := &limitTable[i]
		switch n := row.of(&l); {
		case *n < 0:
			return l, flow.Errorf(flow.CodeInputInvalid, "limit %s cannot be %d", row.Name, *n)
		case *n == 0:
			*n = row.Default
		}
	}
	return l, nil
}

func (l *Limits) bridge() bridge.Limits {
	return bridge.Limits{
		Fuel: l.Fuel, Wall: l.Wall, Memory: l.Memory, Value: l.Value, Depth: int(l.Depth), Calls: l.Calls,
		HTTPCalls: l.HTTPCalls, HTTPBytes: l.HTTPBytes, FileBytes: l.FileBytes, Trace: l.Trace, Concurrency: int(l.Concurrency),
	}
}

package engine

import (
	"encoding/json"
	"time"

	"github.com/weirflow/weir/engine/internal/bridge"
	"github.com/weirflow/weir/flow"
)

// TraceStep is one finished step of a run. Secrets in it, and echoes of them in
// texts, show as [secret].
type TraceStep struct {
	Path     string // "charges[3]/fetch": steps of the calls and loops around it, and its own
	Flow     string // key of the flow that has the step
	Step     string // name of the step
	What     string // card key or construct
	Pos      flow.Pos
	Inputs   flow.Value // object by port key, groups nested
	Outputs  flow.Value // object by output key; null where the step failed
	Error    *flow.Error
	Start    time.Time
	Duration time.Duration // 0 for steps that are compiled code
	Fuel     int64         // price of the call
}

// MarshalJSON implements json.Marshaler. Times are RFC 3339, durations are
// nanoseconds.
func (t TraceStep) MarshalJSON() ([]byte, error) {
	type failure struct {
		Code    flow.Code  `json:"code"`
		Message string     `json:"message"`
		Status  int        `json:"statusCode,omitempty"`
		Headers flow.Value `json:"headers,omitzero"`
		Body    flow.Value `json:"body,omitzero"`
		Extra   flow.Value `json:"extra,omitzero"`
	}
	out := struct {
		Path     string        `json:"path"`
		Flow     string        `json:"flow"`
		Step     string        `json:"step"`
		What     string        `json:"what"`
		Pos      flow.Pos      `json:"pos"`
		Inputs   flow.Value    `json:"inputs"`
		Outputs  flow.Value    `json:"outputs"`
		Error    *failure      `json:"error,omitempty"`
		Start    time.Time     `json:"start"`
		Duration time.Duration `json:"duration"`
		Fuel     int64         `json:"fuel"`
	}{t.Path, t.Flow, t.Step, t.What, t.Pos, t.Inputs, t.Outputs, nil, t.Start, t.Duration, t.Fuel}
	if e := t.Error; e != nil {
		out.Error = &failure{e.Code, e.Msg, e.Status, e.Headers, e.Body, e.Extra}
	}
	return json.Marshal(out)
}

func traceOf(m *flow.Manifest, steps []bridge.TraceStep, hide *flow.Redactor) []TraceStep {
	if len(steps) == 0 {
		return nil
	}
	out := make([]TraceStep, len(steps))
	for i, s := range steps {
		out[i] = TraceStep{
			Path: s.Path, Step: s.Step.Name, What: s.Step.What,
			Pos:    flow.Pos{File: s.Step.File, Line: s.Step.Line, Col: s.Step.Col},
			Inputs: hide.Value(s.Inputs), Outputs: hide.Value(s.Outputs),
			Start: s.Start, Duration: s.Duration, Fuel: s.Fuel,
		}
		if s.Step.Flow >= 0 && s.Step.Flow < len(m.Flows) {
			out[i].Flow = m.Flows[s.Step.Flow].Key
		}
		if s.Error != nil {
			out[i].Error = hide.Error(s.Error)
		}
	}
	return out
}

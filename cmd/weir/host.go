package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

// maxStarted bounds the flows that one command starts: flows may start each
// other without end.
const maxStarted = 1000

// runHost is the host of the runs of one command: it prints answers, remembers
// what is to be started, and knows what a paused run is resumed with.
type runHost struct {
	source []compiler.File // nil when a module is run
	answer *flow.Value     // what the first pause without an answer gets

	mu      sync.Mutex
	started []startedFlow
	replies []flow.Reply
	paused  *flow.Reply
}

// startedFlow is a flow that a run has started.
type startedFlow struct {
	Key, Flow string
	Input     flow.Value
}

// Start implements flow.Host: the flow runs when the main one has ended.
func (h *runHost) Start(_ context.Context, key, flowKey string, input flow.Value) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if slices.ContainsFunc(h.started, func(s startedFlow) bool { return s.Key == key }) {
		return nil
	}
	if len(h.started) == maxStarted {
		return flow.Errorf(flow.CodeLimitCalls, "one command starts at most %d flows", maxStarted)
	}
	h.started = append(h.started, startedFlow{key, flowKey, input})
	return nil
}

// Reply implements flow.Host: the first answer counts.
func (h *runHost) Reply(_ context.Context, _ string, r flow.Reply) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replies = append(h.replies, r)
	return nil
}

// Pause implements flow.Host: the answer of --resume is given once.
func (h *runHost) Pause(_ context.Context, _ string, r flow.Reply) (flow.Value, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.answer != nil {
		v := *h.answer
		h.answer = nil
		return v, nil
	}
	h.paused = &r
	return flow.Null(), flow.Errorf(flow.CodeRunPaused, "the run waits for an answer").
		WithFix("run it again with the same --journal and with --resume JSON")
}

// Export implements flow.Host.
func (h *runHost) Export(_ context.Context, flowKey string) (name, text string, err error) {
	if h.source == nil {
		return "", "", flow.Errorf(flow.CodeCardUnbound, "a compiled module does not hold its source").WithFix("run the directory instead")
	}
	if flowKey != "" {
		for _, f := range h.source {
			base := path.Base(f.Name)
			if path.Dir(f.Name) == "flows" && strings.TrimSuffix(base, path.Ext(base)) == flowKey {
				return flowKey + ".flow", string(f.Data), nil
			}
		}
		return "", "", flow.Errorf(flow.CodeFlowUnknown, "no file has the flow %s", flow.Excerpt(flowKey))
	}
	var b strings.Builder
	for _, f := range h.source {
		if path.Dir(f.Name) != "assets" {
			fmt.Fprintf(&b, "# %s\n%s", f.Name, f.Data)
		}
	}
	return "connector.folder", b.String(), nil
}

// startedView is what --json prints of a flow that was started.
type startedView struct {
	Flow    string      `json:"flow"`
	Outputs *flow.Value `json:"outputs,omitempty"`
	Error   *errorView  `json:"error,omitempty"`
}

// runStarted runs what the main run has started, and what that starts, one after
// the other. A failure of one is told and changes nothing for the others.
func (h *runHost) runStarted(ctx context.Context, mod *engine.Module, main engine.Run) []startedView {
	var out []startedView
	for i := 0; ; i++ {
		h.mu.Lock()
		if i == len(h.started) {
			h.mu.Unlock()
			return out
		}
		s := h.started[i]
		h.mu.Unlock()
		r := main
		r.ID, r.Flow, r.Input, r.Helper, r.Trace, r.Journal = s.Key, s.Flow, s.Input, true, false, nil
		r.Options, r.Selected = nil, flow.Null()
		if s, ok := main.HTTP.(tape.Source); ok {
			below := tape.Below(s, r.Flow, r.ID)
			r.HTTP, r.World = below, below
		}
		view := startedView{Flow: s.Flow}
		if res, err := mod.Run(ctx, r); err != nil {
			e := errorJSON(err)
			view.Error = &e
		} else {
			view.Outputs = &res.Outputs
		}
		out = append(out, view)
	}
}

// replyView is what --json prints of an answer.
type replyView struct {
	Status  int               `json:"statusCode,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Values  *flow.Value       `json:"values,omitempty"`
}

func viewOf(r *flow.Reply) *replyView {
	if r == nil {
		return nil
	}
	if !r.Raw {
		return &replyView{Values: &r.Values}
	}
	v := &replyView{Status: r.Status, Body: r.Body, Headers: map[string]string{}}
	for _, p := range r.Headers {
		v.Headers[p.Name] = p.Value.Text()
	}
	return v
}

// tell prints what the host was told, for people.
func (a *app) tell(h *runHost, started []startedView) error {
	show := func(what string, r *flow.Reply) error {
		if r == nil {
			return nil
		}
		fmt.Fprint(a.err, what, ": ")
		return a.printJSON(a.err, viewOf(r))
	}
	var errs []error
	if len(h.replies) > 0 {
		errs = append(errs, show("answered", &h.replies[0]))
	}
	errs = append(errs, show("paused with", h.paused))
	for _, s := range started {
		fmt.Fprintf(a.err, "started %s: ", flow.Printable(s.Flow))
		if s.Error != nil {
			errs = append(errs, a.printJSON(a.err, s.Error))
		} else {
			errs = append(errs, a.printJSON(a.err, s.Outputs))
		}
	}
	return errors.Join(errs...)
}

package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

// maxStarted bounds the flows that one test starts: flows may start each other
// without end.
const maxStarted = 100

// host is who starts the run of a test: it answers pauses with what the test
// says, and remembers what it is told.
type host struct {
	resume []flow.Value

	mu      sync.Mutex
	started []startedFlow
	replies []flow.Reply
}

type startedFlow struct {
	key, flow string
	input     flow.Value
}

// Start implements flow.Host: the flow runs when the run has ended.
func (h *host) Start(_ context.Context, key, flowKey string, input flow.Value) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.started) == maxStarted {
		return flow.Errorf(flow.CodeLimitCalls, "one test starts at most %d flows", maxStarted)
	}
	h.started = append(h.started, startedFlow{key, flowKey, input})
	return nil
}

// Reply implements flow.Host.
func (h *host) Reply(_ context.Context, _ string, r flow.Reply) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replies = append(h.replies, r)
	return nil
}

// Pause implements flow.Host.
func (h *host) Pause(_ context.Context, _ string, r flow.Reply) (flow.Value, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replies = append(h.replies, r)
	if len(h.resume) == 0 {
		return flow.Null(), flow.Errorf(flow.CodeRunPaused, "the test has no further answer to a pause")
	}
	answer := h.resume[0]
	h.resume = h.resume[1:]
	return answer, nil
}

// Export implements flow.Host: tests hold no source.
func (h *host) Export(_ context.Context, flowKey string) (name, text string, err error) {
	if flowKey == "" {
		return "connector.folder", "", nil
	}
	return flowKey + ".flow", "", nil
}

// next returns the i-th flow that was started, while there is one.
func (h *host) next(i int) (startedFlow, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i >= len(h.started) {
		return startedFlow{}, false
	}
	return h.started[i], true
}

// runStarted runs what the run has started, and what that starts, one after the
// other. A test whose started flows fail is a failed test.
func (r *Runner) runStarted(ctx context.Context, h *host, main *engine.Run, player *tape.Player) (failures []string, trace []engine.TraceStep) {
	for i := 0; ; i++ {
		s, ok := h.next(i)
		if !ok {
			return failures, trace
		}
		run := *main
		run.ID, run.Flow, run.Input, run.Options, run.Selected = s.key, s.flow, s.input, nil, flow.Null()
		below := tape.Below(player, s.flow, s.key)
		run.HTTP, run.World = below, below
		res, err := r.module.Run(ctx, run)
		if err != nil {
			failures = append(failures, fmt.Sprintf("the flow %s, which the run has started, failed: %v", flow.Printable(s.flow), err))
		}
		trace = append(trace, res.Trace...)
	}
}

// reply is an expected answer to the caller. nil and null parts are not compared.
type reply struct {
	status  *int64
	headers []tape.Field
	body    flow.Value
	values  flow.Value
}

func (c *checker) reply(n *flow.Node, t *Test) {
	x := n.Get("reply")
	if x == nil || !c.Is(x, "reply", flow.KindObject) {
		return
	}
	c.Fields(x, keys(ReplyFields())...)
	t.reply = &reply{}
	if s := x.Get("statusCode"); s != nil {
		n := c.Integer(s, "statusCode", 100, 999)
		t.reply.status = &n
	}
	c.Each(x, "headers", func(m flow.NodeMember) {
		if c.Is(m.Value, "a header", flow.KindText) {
			t.reply.headers = append(t.reply.headers, tape.Field{Name: m.Key, Value: m.Value.Value.Text()})
		}
	})
	if b := x.Get("body"); b != nil {
		switch b.Kind {
		case flow.KindText, flow.KindObject, flow.KindList:
			t.reply.body = b.Data()
		default:
			c.Problem(flow.CodeSourceValue, b.Pos, "a body must be text, or an object or list that is compared as JSON, not %s", b.Kind.Article())
		}
	}
	if v := x.Get("values"); v != nil && c.Is(v, "values", flow.KindObject) {
		t.reply.values = v.Data()
	}
}

// differences compares the first answer of the run with the expected one.
func (h *host) differences(want *reply) []string {
	if want == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.replies) == 0 {
		return []string{"want an answer to the caller, but the run gave none"}
	}
	got := &h.replies[0]
	var out []string
	if want.status != nil && int(*want.status) != got.Status {
		out = append(out, fmt.Sprintf("reply.statusCode: want %d, got %d", *want.status, got.Status))
	}
	for _, w := range want.headers {
		i := slices.IndexFunc(got.Headers, func(p flow.Pair) bool { return strings.EqualFold(p.Name, w.Name) })
		have := flow.Null()
		if i >= 0 {
			have = got.Headers[i].Value
		}
		out = append(out, tape.Compare("reply.headers."+flow.Printable(w.Name), flow.Text(w.Value), have)...)
	}
	if !want.body.IsNull() {
		body := flow.Text(got.Body)
		if want.body.Kind() != flow.KindText {
			if v, err := flow.ParseJSON([]byte(got.Body), flow.JSONLimits{}); err == nil {
				body = v
			}
		}
		out = append(out, tape.Compare("reply.body", want.body, body)...)
	}
	if !want.values.IsNull() {
		out = append(out, tape.Compare("reply.values", want.values, flow.Plain(got.Values))...)
	}
	return out
}

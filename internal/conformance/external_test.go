package conformance

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

var crm = files{
	"connector.yaml": "key: test\nname: Test\nversion: 0.1.0\nconnections: {mine: {connector: crm}}\n",
	"cards/crm.yaml": "version: 2.1.0\ncards:\n  read:\n    options: {deep: boolean}\n    inputs: {User: {fields: {id: text, n: number}}, tag: text}\n    outputs: {name: text, file: any}\n",
	"flows/main.yaml": "inputs: {ids: \"text[]\"}\noutputs: {names: \"text[]\"}\nsteps:\n" +
		"  - {name: all, map: \"${input.ids}\", flow: one}\n  - return: {names: \"${all.list}\"}\n",
	"flows/one.yaml": "type: helper\ninputs: {id: text}\noutputs: {name: text}\nsteps:\n" +
		"  - {name: read, card: crm.read, connection: mine, options: {deep: true}, with: {User: {id: \"${input.id}\"}}}\n" +
		"  - return: {name: \"${read.name}\"}\n",
}

func ids(names ...string) flow.Value {
	items := make([]flow.Value, len(names))
	for i, n := range names {
		items[i] = flow.Text(n)
	}
	return flow.Members("ids", flow.ListOf(items...))
}

// TestExternalCall: what a provider is told of a call.
func TestExternalCall(t *testing.T) {
	b := newBench(t, compile(t, crm, compiler.Options{}), engine.Config{})
	stub := &cardtest.Stub{}
	got, res := b.run(engine.Run{Flow: "main", Input: ids("a", "b"), External: stub})
	if got.Error != "" || got.Outputs != `{"names":["name 1","name 1"]}` || res.Usage.HTTPCalls != 2 || res.Usage.HTTPBytes != 200 {
		t.Fatalf("%v, %+v", got, res.Usage)
	}
	calls := stub.Calls()
	if len(calls) != 2 {
		t.Fatalf("%d calls", len(calls))
	}
	c := calls[1]
	if c.Card.Key() != "crm.read" || c.Card.Version != "2.1.0" || c.Slot != "mine" || c.Options.String() != `{"deep":true}` ||
		c.Inputs.String() != `{"User":{"id":"b"}}` || c.Stream || len(c.Key) != 32 || c.Key == calls[0].Key {
		t.Errorf("told %+v", c)
	}
}

// TestExternalFailures: whoever provides a card cannot end the run of the flow
// that uses it, and gives it no secret.
func TestExternalFailures(t *testing.T) {
	b := newBench(t, compile(t, crm, compiler.Options{}), engine.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		external flow.External
		code     flow.Code
		text     string
	}{
		"nobody":        {nil, flow.CodeCardUnbound, "crm.read"},
		"a plain error": {answering(flow.Null(), errors.New("disk full")), flow.CodeCardExternal, "disk full"},
		"a limit":       {answering(flow.Null(), flow.Errorf(flow.CodeLimitMemory, "too much")), flow.CodeCardExternal, "limit.memory: too much"},
		"its own error": {answering(flow.Null(), &flow.Error{Code: flow.CodeFlowError, Status: 409, Msg: "taken"}), flow.CodeFlowError, "taken"},
		"a secret":      {answering(flow.Members("name", flow.NewSecret("s", "t0p-s3cret")), nil), flow.CodeSecretFlow, "output \"name\""},
		"a list":        {answering(flow.ListOf(), nil), flow.CodeCardExternal, "a list instead of its outputs"},
		"another type":  {answering(flow.Members("name", flow.FileOf(&flow.File{ID: "f"})), nil), flow.CodeCardExternal, "its output name"},
		"a panic":       {provider(func(context.Context, *flow.ExternalCall) (*flow.ExternalAnswer, error) { panic("t0p-s3cret") }), flow.CodeInternal, "panicked"},
		"nothing":       {provider(func(context.Context, *flow.ExternalCall) (*flow.ExternalAnswer, error) { return nil, nil }), flow.CodeCardExternal, "no answer"},
		"cancelled": {provider(func(inner context.Context, _ *flow.ExternalCall) (*flow.ExternalAnswer, error) {
			cancel()
			<-inner.Done()
			return nil, inner.Err()
		}), flow.CodeRunCancelled, ""},
	} {
		with := t.Context()
		if name == "cancelled" {
			with = ctx
		}
		_, err := b.module.Run(with, engine.Run{Flow: "main", Input: ids("a"), External: c.external})
		if flow.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "t0p-s3cret") {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

type provider func(context.Context, *flow.ExternalCall) (*flow.ExternalAnswer, error)

func (p provider) Call(ctx context.Context, c *flow.ExternalCall) (*flow.ExternalAnswer, error) {
	return p(ctx, c)
}

func answering(outputs flow.Value, err error) flow.External {
	return provider(func(context.Context, *flow.ExternalCall) (*flow.ExternalAnswer, error) {
		return &flow.ExternalAnswer{Outputs: outputs}, err
	})
}

// TestExternalLimits: calls and what they receive count like requests.
func TestExternalLimits(t *testing.T) {
	b := newBench(t, compile(t, crm, compiler.Options{}), engine.Config{})
	for _, c := range []struct {
		limits engine.Limits
		code   flow.Code
	}{
		{engine.Limits{HTTPCalls: 4}, ""}, {engine.Limits{HTTPCalls: 3}, ""}, {engine.Limits{HTTPCalls: 2}, flow.CodeLimitHTTPCalls},
		{engine.Limits{HTTPBytes: 301}, ""}, {engine.Limits{HTTPBytes: 300}, ""}, {engine.Limits{HTTPBytes: 299}, flow.CodeLimitHTTPBytes},
	} {
		_, err := b.module.Run(t.Context(), engine.Run{Flow: "main", Input: ids("a", "b", "c"), External: &cardtest.Stub{}, Limits: c.limits})
		if flow.CodeOf(err) != c.code {
			t.Errorf("%+v: %v, want %q", c.limits, err, c.code)
		}
	}
}

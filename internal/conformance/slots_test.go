package conformance

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// heard is a client that answers everything and remembers what it was asked.
type heard struct {
	mu   sync.Mutex
	reqs []*flow.Request
}

func (h *heard) Fetch(_ context.Context, req *flow.Request) (*flow.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reqs = append(h.reqs, req)
	return &flow.Response{Status: 200, Body: []byte(`[]`)}, nil
}

const slotConnector = "key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\nconnections: {team: {connector: slack}, other: {connector: slack}}\n"

// TestSlots: a request with a slot goes to the hosts of the connection in it,
// with its credentials and no others; one without it has those of the run.
func TestSlots(t *testing.T) {
	out := compile(t, files{"connector.yaml": slotConnector, "flows/main.yaml": `
steps:
  - {card: http.get, with: {Request: {URL: "https://example.com/plain"}}}
  - {card: http.get, connection: team, with: {Request: {URL: "https://api.slack.example/get"}}, retry: {}}
  - {card: http.raw, connection: other, with: {url: "https://b.example/pages", method: GET}, paginate: {by: link}}
`}, compiler.Options{})
	var http heard
	b := newBench(t, out, engine.Config{HTTP: &http})
	conn := func(id, host string) *flow.Connection {
		return &flow.Connection{ID: id, Hosts: []string{host}, Attach: []flow.Attachment{{In: "header", Field: "Authorization", Value: flow.NewSecret(id, "token-of-"+id, host)}}}
	}
	run := engine.Run{Flow: "main", Connection: conn("own", "own.example"), AllowHosts: []string{"localhost:1"}, Trace: true,
		Slots: map[string]*flow.Connection{"team": conn("team", "api.slack.example"), "other": conn("other", "b.example")}}
	res, err := b.module.Run(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	b.scan(&run, &res, err)
	var got []string
	for _, r := range http.reqs {
		got = append(got, r.URL+" "+strings.Join(r.Hosts, ",")+" "+flow.SecretLabel(r.Attach[0].Value))
	}
	want := []string{
		"https://example.com/plain example.com,own.example,localhost:1 own",
		"https://api.slack.example/get api.slack.example,localhost:1 team",
		"https://b.example/pages b.example,localhost:1 other",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	delete(run.Slots, "other")
	if _, err := b.module.Run(t.Context(), run); flow.CodeOf(err) != flow.CodeConnectionSlot || !strings.Contains(err.Error(), `"other"`) {
		t.Errorf("a slot that is not filled: %v", err)
	}
	run.Slots["nobody"] = conn("x", "x.example")
	if _, err := b.module.Run(t.Context(), run); flow.CodeOf(err) != flow.CodeInputInvalid {
		t.Errorf("a slot that is not there: %v", err)
	}
}

// TestRates: the budget of a host holds for all runs of an engine together, apart
// for each connection and tenant; a wait that the run has no time for is http.rate,
// and one that it has time for is waited.
func TestRates(t *testing.T) {
	const main = `
steps:
  - {card: http.get, with: {Request: {URL: "https://EXAMPLE.com:443/"}}}
`
	out := compile(t, files{"connector.yaml": defaultConnector + "rates: [{host: example.com, requests: 1, per: 3600, burst: 2}]\n", "flows/main.yaml": main}, compiler.Options{})
	var http heard
	b := newBench(t, out, engine.Config{HTTP: &http})
	run := func(r engine.Run) flow.Code {
		t.Helper()
		r.Flow = "main"
		_, err := b.module.Run(t.Context(), r)
		if err != nil && flow.AsError(err).Status != 429 {
			t.Errorf("%v", err)
		}
		return flow.CodeOf(err)
	}
	one, two := &flow.Connection{ID: "one"}, &flow.Connection{ID: "two"}
	for i, c := range []struct {
		run  engine.Run
		want flow.Code
	}{
		{engine.Run{}, ""}, {engine.Run{}, ""}, {engine.Run{}, flow.CodeHTTPRate},
		{engine.Run{Connection: one}, ""}, {engine.Run{Connection: two}, ""}, {engine.Run{Connection: one}, ""}, {engine.Run{Connection: one}, flow.CodeHTTPRate},
		{engine.Run{Tenant: "a"}, ""}, {engine.Run{Tenant: "a"}, ""}, {engine.Run{Tenant: "a"}, flow.CodeHTTPRate},
		{engine.Run{World: still{}}, ""},
	} {
		if got := run(c.run); got != c.want {
			t.Errorf("run %d: %q, want %q", i, got, c.want)
		}
	}
	out = compile(t, files{"connector.yaml": defaultConnector + "rates: [{host: example.com, requests: 100, per: 1}]\n", "flows/main.yaml": main}, compiler.Options{})
	b = newBench(t, out, engine.Config{HTTP: &http})
	before := len(http.reqs)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, err := b.module.Run(t.Context(), engine.Run{Flow: "main"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(http.reqs) - before; n != 5 {
		t.Errorf("%d requests, want 5", n)
	}
	// A run that ends while it waits is over then.
	out = compile(t, files{"connector.yaml": defaultConnector + "rates: [{host: example.com, requests: 1, per: 50}]\n", "flows/main.yaml": main}, compiler.Options{})
	b = newBench(t, out, engine.Config{HTTP: &http})
	if got := run(engine.Run{}); got != "" {
		t.Fatal(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := b.module.Run(ctx, engine.Run{Flow: "main"})
		done <- err
	}()
	cancel()
	if err := <-done; flow.CodeOf(err) != flow.CodeRunCancelled {
		t.Errorf("a run that was cancelled while it waited: %v", err)
	}
}

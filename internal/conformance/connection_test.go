package conformance

import (
	"context"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// recorder answers every request and keeps the last one.
type recorder struct{ last *flow.Request }

func (r *recorder) Fetch(_ context.Context, req *flow.Request) (*flow.Response, error) {
	r.last = req
	return &flow.Response{Status: 200, Body: []byte("{}")}, nil
}

const connected = `key: test
name: Test
version: 0.1.0
hosts: [api.example.com, "{{auth.site}}.example.com"]
auth:
  - {key: token, type: custom, parameters: {site: {type: text}, api_token: {type: password}}}
  - {key: login, type: basic}
`

func connectedModule(t *testing.T, flows map[string]string) *bench {
	t.Helper()
	src := files{"connector.yaml": connected}
	for name, text := range flows {
		src["flows/"+name+".yaml"] = text
	}
	return newBench(t, compile(t, src, compiler.Options{}), engine.Config{})
}

// TestConnection: what a run sees of its connection, and what it may reach.
func TestConnection(t *testing.T) {
	b := connectedModule(t, map[string]string{"main": `
outputs: {site: text, user: text, with: text, has: boolean}
steps:
  - name: sent
    card: http.get
    with: {Request: {URL: "https://api.example.com/", Headers: {X-Token: "${auth.api_token}"}}}
  - return: {site: "${auth.site}", user: "${auth.username}", with: "${auth.selected}", has: true}
`})
	token := flow.NewSecret("api_token", "t0p-s3cret", "api.example.com", "acme.example.com")
	good := flow.Connection{ID: "c1", Auth: "token", Values: map[string]flow.Value{"site": flow.Text("acme"), "api_token": token},
		Hosts: []string{"acme.example.com"}, Attach: []flow.Attachment{{In: "header", Field: "Authorization", Value: token}}}
	for _, c := range []struct {
		name string
		conn func() *flow.Connection
		want string
		code flow.Code
	}{
		{"whole", func() *flow.Connection { return &good }, `{"site":"acme","user":"","with":"token","has":true}`, ""},
		{"none", func() *flow.Connection { return nil }, `{"site":"","user":"","with":"","has":true}`, ""},
		{"the other authentication", func() *flow.Connection {
			return &flow.Connection{Auth: "login", Values: map[string]flow.Value{"username": flow.Text("jane"), "password": flow.NewSecret("password", "pw")}}
		}, `{"site":"","user":"jane","with":"login","has":true}`, ""},
		{"an unknown authentication", func() *flow.Connection { return &flow.Connection{Auth: "oauth"} }, "", flow.CodeInputInvalid},
		{"a plain credential", func() *flow.Connection {
			return &flow.Connection{Auth: "token", Values: map[string]flow.Value{"api_token": flow.Text("t0p-s3cret")}}
		}, "", flow.CodeInputInvalid},
		{"a secret for a text", func() *flow.Connection {
			return &flow.Connection{Auth: "token", Values: map[string]flow.Value{"site": token}}
		}, "", flow.CodeInputInvalid},
	} {
		rec := &recorder{}
		res, err := b.module.Run(t.Context(), engine.Run{Flow: "main", Connection: c.conn(), HTTP: rec, Trace: true})
		if flow.CodeOf(err) != c.code || err == nil && res.Outputs.String() != c.want {
			t.Errorf("%s: %s, %v; want %s %s", c.name, res.Outputs, err, c.want, c.code)
		}
		if err != nil && strings.Contains(err.Error(), "t0p-s3cret") {
			t.Errorf("%s: the error holds the secret: %v", c.name, err)
		}
		if c.name != "whole" || rec.last == nil {
			continue
		}
		if got := strings.Join(rec.last.Hosts, " "); got != "api.example.com acme.example.com" {
			t.Errorf("the run may reach %s", got)
		}
		if len(rec.last.Attach) != 1 || rec.last.Attach[0].Field != "Authorization" {
			t.Errorf("attached %v", rec.last.Attach)
		}
	}
}

// TestOptions: options are checked against what the flow declares, selected
// outputs default to all of them, and helpers run only where asked for.
func TestOptions(t *testing.T) {
	b := connectedModule(t, map[string]string{"main": `
options: {kind: {choices: [a, {value: b, default: true}]}, free: {}}
outputs: {kind: text, selected: {type: object, group: More}}
steps:
  - return: {kind: "${option.kind} ${option.free}", selected: "${selected}"}
`, "rows": `
type: helper
inputs: {kind: text}
outputs: {rows: "object[]"}
steps:
  - return: {rows: [{key: "${input.kind}", value: 1}]}
`})
	for _, c := range []struct {
		options  map[string]string
		selected flow.Value
		want     string
		code     flow.Code
	}{
		{map[string]string{"free": "x"}, flow.Null(),
			`{"kind":"b x","selected":{"Outputs":{"kind":{"type":"Text","collection":false}},"More":{"selected":{"type":"Object","collection":false}}}}`, ""},
		{map[string]string{"free": "x", "kind": "a"}, flow.Members("More", flow.Members()), `{"kind":"a x","selected":{"More":{}}}`, ""},
		{map[string]string{"free": "x", "kind": "c"}, flow.Null(), "", flow.CodeInputInvalid},
		{map[string]string{"free": "x", "kin": "a"}, flow.Null(), "", flow.CodeInputInvalid},
		{map[string]string{}, flow.Null(), "", flow.CodeInputMissing},
		{map[string]string{"free": "x"}, flow.Text("all"), "", flow.CodeInputInvalid},
	} {
		res, err := b.module.Run(t.Context(), engine.Run{Flow: "main", Options: c.options, Selected: c.selected})
		if flow.CodeOf(err) != c.code || err == nil && res.Outputs.String() != c.want {
			t.Errorf("%v: %s, %v; want %s %s", c.options, res.Outputs, err, c.want, c.code)
		}
	}
	in := flow.Members("kind", flow.Text("x"))
	if _, err := b.module.Run(t.Context(), engine.Run{Flow: "rows", Input: in}); flow.CodeOf(err) != flow.CodeRunFlow {
		t.Errorf("a helper runs unasked: %v", err)
	}
	res, err := b.module.Run(t.Context(), engine.Run{Flow: "rows", Input: in, Helper: true})
	if got := res.Outputs.String(); err != nil || got != `{"rows":[{"key":"x","value":1}]}` {
		t.Errorf("helper: %s, %v", got, err)
	}
}

// TestCursorLimit: a cursor of exactly the limit is kept, one byte more is not.
func TestCursorLimit(t *testing.T) {
	b := connectedModule(t, map[string]string{"main": `
type: polling
steps:
  - if: {a: "${input.cursor}", is: "!=", b: none}
    then:
      - cursor: ${input.cursor}
  - return: {records: []}
`, "listed": `
type: polling
steps:
  - cursor: [1]
  - return: {records: []}
`})
	for n, want := range map[int]flow.Code{engine.MaxCursor - 3: "", engine.MaxCursor - 2: "", engine.MaxCursor - 1: flow.CodeLimitCursor} {
		_, err := b.module.Run(t.Context(), engine.Run{Flow: "main", Input: flow.Members("cursor", flow.Text(strings.Repeat("x", n)))})
		if flow.CodeOf(err) != want {
			t.Errorf("a cursor of %d bytes with its quotes: %v, want %q", n+2, err, want)
		}
	}
	res, err := b.module.Run(t.Context(), engine.Run{Flow: "main", Input: flow.Members("cursor", flow.Text("none"))})
	if got := res.Outputs.String(); err != nil || got != `{"records":[],"cursor":null}` {
		t.Errorf("without a cursor: %s, %v", got, err)
	}
	if _, err := b.module.Run(t.Context(), engine.Run{Flow: "listed"}); flow.CodeOf(err) != flow.CodeTypeMismatch {
		t.Errorf("a list as cursor: %v", err)
	}
}

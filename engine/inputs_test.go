package engine_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// echo is a flow that gives its inputs back as a list.
func echo(in []flow.FieldInfo) *wasmtest.Module {
	m := wasmtest.New()
	step := m.Step(0, "work", "test")
	keys := m.Const(flow.Members("result", flow.Null()))
	reprs, body := "", code.I32(step).I32(keys).I32(step)
	for i := range in {
		reprs += string(guest.ReprOfField(&in[i]))
		body = body.Get(1 + i)
	}
	body = body.Call(m.Core("list:" + reprs)).Call(m.Core("object:h"))
	m.AddFlow("main", in, body)
	return m
}

func TestInputs(t *testing.T) {
	f := newFixture(t, engine.Config{})
	seven := flow.Number(7)
	in := []flow.FieldInfo{
		{Key: "text", Type: flow.TextType, Required: true},
		{Key: "number", Type: flow.NumberType, Default: &seven},
		{Key: "date", Type: flow.DateType},
		{Key: "on", Type: flow.BoolType, Required: true},
		{Key: "list", Type: flow.ListType(flow.NumberType)},
	}
	m := f.load(echo(in))
	good := `"text":"a","on":true`
	tests := []struct {
		in, want string
		code     flow.Code
		msg      string
	}{
		{`{` + good + `}`, `["a",7,null,true,null]`, "", ""},
		{`{` + good + `,"number":"12","list":"3"}`, `["a",12,null,true,[3]]`, "", ""},
		{`{` + good + `,"date":"2024-02-29","number":null}`, `["a",7,"2024-02-29T00:00:00.000Z",true,null]`, "", ""},
		{`{"text":5,"on":"false"}`, `["5",7,null,false,null]`, "", ""},
		{`{"on":true}`, "", flow.CodeInputMissing, `input "text" is missing`},
		{`{}`, "", flow.CodeInputMissing, `input "text" is missing; input "on" is missing`},
		{`{` + good + `,"more":1}`, "", flow.CodeInputInvalid, `there is no input "more"`},
		{`{` + good + `,"number":"x","date":"y"}`, "", flow.CodeInputInvalid,
			`input "number": text is not a number: "x"; input "date": text is not an ISO 8601 date: "y"`},
		{`[1]`, "", flow.CodeInputInvalid, "the input is a list, not an object"},
	}
	for _, tt := range tests {
		v, err := flow.ParseJSON([]byte(tt.in), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := m.Run(context.Background(), engine.Run{Flow: "main", Input: v})
		if flow.CodeOf(err) != tt.code || err != nil && flow.AsError(err).Msg != tt.msg {
			t.Errorf("%s: %v, want %s %s", tt.in, err, tt.code, tt.msg)
		}
		if got := flow.At(res.Outputs, "result").String(); err == nil && got != tt.want {
			t.Errorf("%s: %s, want %s", tt.in, got, tt.want)
		}
	}
	_, err := m.Run(context.Background(), engine.Run{Flow: "main", Input: flow.Members("text", flow.NewSecret("k", "hunter22"), "on", flow.Bool(true))})
	if flow.CodeOf(err) != flow.CodeSecretFlow || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("a secret as input: %v, want secret.flow", err)
	}
	if _, err := m.Run(context.Background(), engine.Run{Flow: "nope"}); flow.CodeOf(err) != flow.CodeRunFlow {
		t.Errorf("unknown flow: %v, want run.flow", err)
	}
}

// withSecret is a module with one secret and one config value.
func withSecret(m *wasmtest.Module) *wasmtest.Module {
	three := flow.Number(3)
	m.Manifest.Hosts = []string{"api.example"}
	m.Manifest.Secrets = []flow.SecretInfo{{Key: "token", Hosts: []string{"api.example"}}}
	m.Manifest.Config = []flow.FieldInfo{{Key: "size", Type: flow.NumberType, Default: &three}}
	return m
}

func TestSecretsAndConfig(t *testing.T) {
	f := newFixture(t, engine.Config{})
	token := flow.NewSecret("token", "correct horse", "api.example")
	size := f.load(withSecret(single(func(m *wasmtest.Module, s int32) wasmtest.Code { return code.I32(0).Call(m.Core("config")) })))
	tests := []struct {
		name    string
		secrets map[string]flow.Value
		config  map[string]flow.Value
		want    string
		code    flow.Code
	}{
		{"default", map[string]flow.Value{"token": token}, nil, "3", ""},
		{"given", map[string]flow.Value{"token": token}, map[string]flow.Value{"size": flow.Text("4")}, "4", ""},
		{"no secret", nil, nil, "", flow.CodeInputMissing},
		{"plain secret", map[string]flow.Value{"token": flow.Text("x")}, nil, "", flow.CodeInputInvalid},
		{"unknown secret", map[string]flow.Value{"token": token, "b": token}, nil, "", flow.CodeInputInvalid},
		{"unknown config", map[string]flow.Value{"token": token}, map[string]flow.Value{"x": token}, "", flow.CodeInputInvalid},
		{"bad config", map[string]flow.Value{"token": token}, map[string]flow.Value{"size": flow.Text("x")}, "", flow.CodeInputInvalid},
	}
	for _, tt := range tests {
		r := engine.Run{Flow: "main", Secrets: tt.secrets, Config: tt.config}
		res, err := size.Run(context.Background(), r)
		noLeak(t, &r, &res, err)
		if flow.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want code %q", tt.name, err, tt.code)
		}
		if got := flow.At(res.Outputs, "result").String(); err == nil && got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	leak := f.load(withSecret(single(func(m *wasmtest.Module, s int32) wasmtest.Code { return code.I32(0).Call(m.Core("secret")) })))
	r := engine.Run{Flow: "main", Secrets: map[string]flow.Value{"token": token}}
	res, err := leak.Run(context.Background(), r)
	if noLeak(t, &r, &res, err); flow.CodeOf(err) != flow.CodeSecretFlow {
		t.Errorf("a secret as output: %v, want secret.flow", err)
	}
	refuse := f.load(withSecret(single(func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).I32(0).Call(m.Core("secret")).Call(m.Card(f.cards["upper"], ""))
	})))
	res, err = refuse.Run(context.Background(), r)
	if noLeak(t, &r, &res, err); flow.CodeOf(err) != flow.CodeSecretFlow {
		t.Errorf("a secret on a plain port: %v, want secret.flow", err)
	}
}

// TestRedaction looks for a secret and its encodings in everything that a failed
// run tells.
func TestRedaction(t *testing.T) {
	const plain = `p"ss wörd/+7`
	std, b64 := base64.StdEncoding, base64.URLEncoding
	quoted, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	echoes := []string{
		plain, "Bearer " + plain, std.EncodeToString([]byte(plain)), b64.EncodeToString([]byte(plain)),
		std.EncodeToString([]byte("u:" + plain + "!")), std.EncodeToString([]byte("user:" + plain)), std.EncodeToString([]byte("x" + plain + "yz")),
		hex.EncodeToString([]byte(plain)), strings.ToUpper(hex.EncodeToString([]byte(plain))),
		url.QueryEscape(plain), url.PathEscape(plain), string(quoted),
	}
	// What must not survive: a run of characters out of the middle of each form.
	var traces []string
	for _, form := range []string{plain, std.EncodeToString([]byte(plain)), std.EncodeToString([]byte("u:" + plain + "!"))[4:], std.EncodeToString([]byte("x" + plain + "yz"))[4:],
		hex.EncodeToString([]byte(plain)), strings.ToUpper(hex.EncodeToString([]byte(plain))), url.QueryEscape(plain)} {
		traces = append(traces, form[3:11])
	}
	f := newFixture(t, engine.Config{})
	m := f.load(withSecret(single(func(m *wasmtest.Module, s int32) wasmtest.Code {
		var items wasmtest.Code
		for _, e := range echoes {
			items = items.I32(m.Const(flow.Text("see " + e + " there")))
		}
		return code.I32(s).Join(items).Call(m.Core("list:" + strings.Repeat("h", len(echoes)))).Tee(1).Op(wasmtest.OpDrop).
			I32(s).Get(1).Call(m.Card(f.cards["pass"], "")).Op(wasmtest.OpDrop).
			I32(s).I32(0).Call(m.Core("secret")).Call(m.Card(f.cards["pass"], "")).Op(wasmtest.OpDrop).
			I32(s).I32(s).Get(1).I32(m.Const(flow.Text("all"))).Call(m.Core("list:hh")).Call(m.Card(f.cards["pass"], "")).Op(wasmtest.OpDrop).
			I32(s).I32(m.Const(flow.Members("message", flow.Text("login as "+plain), "body", flow.Text(plain)))).Call(m.Core("fail")).I32(-1)
	})))
	r := engine.Run{Flow: "main", Trace: true, Secrets: map[string]flow.Value{"token": flow.NewSecret("token", plain, "api.example")}}
	res, err := m.Run(context.Background(), r)
	noLeak(t, &r, &res, err)
	if flow.CodeOf(err) != flow.CodeFlowError || len(res.Trace) != 3 {
		t.Fatalf("%v, %d steps", err, len(res.Trace))
	}
	shown, jerr := json.Marshal(res.Trace)
	if jerr != nil {
		t.Fatal(jerr)
	}
	e := flow.AsError(err)
	all := string(shown) + e.Error() + e.Body.String() + e.Extra.String() + e.Headers.String()
	for _, s := range traces {
		if strings.Contains(all, s) {
			t.Errorf("%q is left in %s", s, all)
		}
	}
	if n := strings.Count(all, flow.SecretMark); n < 2*len(echoes)+3 {
		t.Errorf("%d marks, want at least %d: %s", n, 2*len(echoes)+3, all)
	}
}

func TestTrace(t *testing.T) {
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	f := newFixture(t, engine.Config{Clock: func() time.Time { return now }})
	m := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
		a, b, c := m.Step(0, "group", "test.group"), m.Step(0, "cond", "control.if", "left", "right"), m.Step(0, "bad", "test.fail")
		m.Steps[b-1].Outs = []string{"taken"}
		return code.I32(a).I32(m.Const(flow.Text("p"))).I32(0).I32(m.Const(flow.Members("x", flow.Null()))).F64(5).Call(m.Card(f.cards["group"], "n")).Op(wasmtest.OpDrop).
			Get(0).If(wasmtest.Empty).I32(b).F64(1).I32(m.Const(flow.Text("r"))).I32(1).Call(m.Core("trace:nhb")).End().
			I32(c).Call(m.Core("enter")).I32(c).F64(2).Call(m.Card(f.cards["fail"], "")).Op(wasmtest.OpDrop, wasmtest.OpDrop).
			I32(-1)
	})
	mod := f.load(m)
	res, err := mod.Run(context.Background(), engine.Run{Flow: "main", Trace: true})
	if err == nil || err.Error() != `flows/test.yaml:3:1: step bad/bad: input.invalid: input "number" is 2` {
		t.Errorf("error %v", err)
	}
	want := []string{
		`group main group test.group {"plain":"p","options":{"inner":7},"fields":{"x":5}} {"a":7,"b":5} <nil>`,
		`cond main cond control.if {"left":1,"right":"r"} {"taken":true} <nil>`,
		`bad/bad main bad test.fail {"number":2} null flows/test.yaml:3:1: step bad/bad: input.invalid: input "number" is 2`,
	}
	if len(res.Trace) != len(want) {
		t.Fatalf("%d steps, want %d: %v", len(res.Trace), len(want), res.Trace)
	}
	for i, s := range res.Trace {
		e := "<nil>"
		if s.Error != nil {
			e = s.Error.Error()
		}
		if got := strings.Join([]string{s.Path, s.Flow, s.Step, s.What, s.Inputs.String(), s.Outputs.String(), e}, " "); got != want[i] {
			t.Errorf("step %d:\n got %s\nwant %s", i, got, want[i])
		}
	}
	if res, _ := mod.Run(context.Background(), engine.Run{Flow: "main"}); res.Trace != nil || res.Usage.TraceBytes != 0 {
		t.Errorf("a trace that nobody asked for: %v, %+v", res.Trace, res.Usage)
	}
}

func TestStopped(t *testing.T) {
	f := newFixture(t, engine.Config{})
	m := wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
		s := m.Step(0, "stop", "control.continueIf")
		helper := code.I32(s).Call(m.Core("enter")).I32(s).I32(m.Const(flow.Text("of a helper"))).Call(m.Core("stop")).Call(m.Core("leave"))
		return code.I32(s).I32(m.Const(flow.Text("enough"))).Call(m.Core("stop")).Join(helper).I32(guest.HandleStopped)
	})
	res, err := f.run(m, engine.Run{})
	if err != nil || !res.Stopped || res.Message.Text() != "enough" || !res.Outputs.IsNull() {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestFetch(t *testing.T) {
	f := newFixture(t, engine.Config{})
	m := f.load(withSecret(single(func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).I32(m.Const(flow.Text("https://api.example/"))).Call(m.Card(f.cards["fetch"], ""))
	})))
	r := engine.Run{Flow: "main", Secrets: map[string]flow.Value{"token": flow.NewSecret("token", "x")}}
	if _, err := m.Run(context.Background(), r); flow.CodeOf(err) != flow.CodeEgressDenied {
		t.Errorf("without a client: %v, want egress.denied", err)
	}
	client := &fetcher{bytes: 5}
	r.HTTP, r.AllowHosts = client, []string{"127.0.0.1:80"}
	res, err := m.Run(context.Background(), r)
	if err != nil || res.Usage.HTTPCalls != 1 || res.Usage.HTTPBytes != 5 {
		t.Errorf("%+v, %v", res, err)
	}
	if got := strings.Join(client.last.Load().Hosts, " "); got != "api.example 127.0.0.1:80" {
		t.Errorf("hosts %q", got)
	}
}

package tape_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/hostfuncs/egress"
	"github.com/weirflow/weir/internal/canary"
	"github.com/weirflow/weir/tape"
)

var update = flag.Bool("update", false, "rewrite the golden tape")

// The secrets of the tests: every encoding changes them.
const (
	apiKey   = `c4nary?"<sec/ret>+~é&x=1`
	user     = "jane+doe@example.com"
	password = `hunter2"/é`
	token    = "sess/ion=t0ken&"
	cookie   = "sid-c00kie"
)

// module compiles testdata/connector and loads it.
func module(t *testing.T) *engine.Module {
	t.Helper()
	files, err := compiler.ReadDir(os.DirFS("testdata/connector"))
	if err != nil {
		t.Fatal(err)
	}
	return load(t, files)
}

func load(t *testing.T, files []compiler.File) *engine.Module {
	t.Helper()
	out, err := compiler.Compile(files, compiler.Options{Registry: hostfuncs.Standard()})
	if err != nil {
		t.Fatal(err)
	}
	eng, err := engine.New(t.Context(), engine.Config{Registry: hostfuncs.Standard()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = eng.Close(context.Background()) })
	mod, err := eng.Load(t.Context(), out.Wasm)
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

// echoServer answers with everything it was sent, in every encoding, and counts.
func echoServer(t *testing.T) (host string, calls *atomic.Int64) {
	t.Helper()
	calls = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		w.Header().Set("Date", "Thu, 01 Jan 2026 00:00:00 GMT")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "sid="+cookie+"; Path=/")
		w.Header().Set("X-Echo", url.QueryEscape(apiKey))
		switch {
		case r.URL.Path == "/gone":
			w.WriteHeader(404)
			_, _ = io.WriteString(w, apiKey+" is not known")
			return
		case r.URL.Path == "/login":
			_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "again": []string{"<" + token + ">"}, "sent": string(body)})
			return
		}
		basic, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
		if err != nil {
			t.Errorf("Authorization is %q", r.Header.Get("Authorization"))
		}
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(map[string]any{
			"path": r.URL.Path, "basic": r.Header.Get("Authorization"), "plain": string(basic), "session": r.Header.Get("X-Session"),
			"hex": hex.EncodeToString([]byte(apiKey)), "url": url.QueryEscape(apiKey), "query": r.URL.RawQuery,
			"json": string(flow.AppendQuoted(nil, apiKey)), "key " + apiKey: base64.RawURLEncoding.EncodeToString([]byte("x" + apiKey + "y")),
		})
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), calls
}

func secretsFor(hosts ...string) map[string]flow.Value {
	return map[string]flow.Value{"api_key": flow.NewSecret("api_key", apiKey, hosts...), "user": flow.NewSecret("user", user, hosts...)}
}

// fixed is a recorder's configuration in which nothing varies. Time goes on, by
// what the run reads of it.
func fixed(resolve func(*flow.Request) (*flow.Request, error)) tape.Config {
	return tape.Config{
		Resolve: resolve, Seed: [32]byte{1, 2, 3},
		Clock: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC) },
	}
}

// record runs the flow everything against a server.
func record(t *testing.T, mod *engine.Module, concurrency int64) (*tape.Tape, engine.Result) {
	t.Helper()
	host, calls := echoServer(t)
	client := egress.New(egress.Config{Allow: []string{host}})
	defer client.Close()
	given := tape.Given{
		Flow: "everything", Input: flow.Members("password", flow.Text(password), "ids", flow.ListOf(flow.Number(1), flow.Number(2), flow.Number(12))),
		Config: flow.Members("base", flow.Text("http://"+host)), Allow: []string{host},
	}
	rec := tape.NewRecorder(client, fixed(client.Resolve))
	secrets := secretsFor(host)
	res, err := mod.Run(t.Context(), engine.Run{
		ID: "run-1", Flow: given.Flow, Input: given.Input, Config: map[string]flow.Value{"base": flow.Text("http://" + host)},
		Secrets: secrets, AllowHosts: given.Allow, HTTP: rec, World: rec, Limits: engine.Limits{Concurrency: concurrency},
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 5 {
		t.Fatalf("the run made %d requests", calls.Load())
	}
	tp, err := rec.Tape("run-1", given, tape.Result{Output: res.Outputs}, secrets["api_key"], secrets["user"])
	if err != nil {
		t.Fatal(err)
	}
	return tp, res
}

// written prints a tape with the port of the test's server made the same.
func written(tp *tape.Tape) string {
	text := string(compiler.PrintData("x.yaml", tp.Value()))
	return strings.ReplaceAll(text, tp.Given.Allow[0], "127.0.0.1:1")
}

// TestRecordAndReplay: a run whose turns run at the same time is recorded the same
// each time, without its secrets in any form; the tape is written and read without
// loss; and a replay without network or secrets gives the same result.
func TestRecordAndReplay(t *testing.T) {
	mod := module(t)
	first, res := record(t, mod, 0)
	text := written(first)
	for _, concurrency := range []int64{1, 3, 0} {
		again, _ := record(t, mod, concurrency)
		if got := written(again); got != text {
			t.Fatalf("with concurrency %d the tape is\n%s\nwant\n%s", concurrency, got, text)
		}
	}
	const golden = "testdata/everything.tape.yaml"
	if *update {
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the tape is\n%s\nwant\n%s", text, want)
	}
	j, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	secret := []string{apiKey, user, password, token, cookie}
	canary.Check(t, "the tape", []byte(text), secret...)
	canary.Check(t, "the tape as JSON", j, secret...)

	n, err := compiler.ReadData(compiler.File{Name: "x.tape.yaml", Data: compiler.PrintData("x.yaml", first.Value())}, compiler.DataLimits{})
	if err != nil {
		t.Fatal(err)
	}
	fromYAML, err := tape.Read(n)
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := tape.ReadJSON("x.tape.json", j)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]*tape.Tape{"YAML": fromYAML, "JSON": fromJSON} {
		if got := written(read); got != text {
			t.Errorf("read from %s the tape is\n%s\nwant\n%s", name, got, text)
		}
		player := tape.NewPlayer(read, nil)
		got, err := mod.Run(t.Context(), engine.Run{
			ID: read.Run, Flow: read.Given.Flow, Input: read.Given.Input, Config: members(read.Given.Config), AllowHosts: read.Given.Allow,
			Secrets: map[string]flow.Value{"api_key": flow.NewSecret("api_key", "other"), "user": flow.NewSecret("user", "another")},
			HTTP:    player, World: player,
		})
		if err != nil {
			t.Errorf("from %s: %v", name, err)
		}
		if f := player.Faults(); len(f) > 0 {
			t.Errorf("from %s: %s", name, strings.Join(f, "\n"))
		}
		if got.Outputs.String() != read.Result.Output.String() {
			t.Errorf("from %s the replay gives\n%s\nwant\n%s", name, got.Outputs, read.Result.Output)
		}
		if got.Usage.HTTPCalls != res.Usage.HTTPCalls {
			t.Errorf("from %s the replay made %d requests, want %d", name, got.Usage.HTTPCalls, res.Usage.HTTPCalls)
		}
	}
}

// members returns the members of an object by name.
func members(v flow.Value) map[string]flow.Value {
	out := map[string]flow.Value{}
	for k, x := range v.Object().All() {
		out[k] = x
	}
	return out
}

package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

var update = flag.Bool("update", false, "rewrite the want.* sections of testdata/flows")

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// golden is one file of testdata/flows: a connector, inputs, and what is wanted.
// A section want.* that is absent is not checked, apart from this: every flow
// must do the same on the evaluator and in WebAssembly, optimised or not,
// compiled or interpreted, resumed or not.
type golden struct {
	path    string
	archive *txtar.Archive
	source  files
	flow    string
	in      flow.Value
	secrets map[string]flow.Value
	config  map[string]flow.Value

	options    map[string]string
	selected   flow.Value
	connection *flow.Connection
	external   func(c *flow.ExternalCall, attempt int) (*flow.ExternalAnswer, error)
}

func loadGolden(t *testing.T, path string) *golden {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{path: path, archive: a, source: files{}, flow: "main", in: flow.Members(), secrets: map[string]flow.Value{}, config: map[string]flow.Value{}}
	for _, f := range a.Files {
		switch {
		case f.Name == "in.json":
			g.in = parse(t, f.Data)
		case f.Name == "secrets.json":
			for k, v := range parse(t, f.Data).Object().All() {
				g.secrets[k] = flow.NewSecret(k, v.Text(), "example.com")
			}
		case f.Name == "config.json":
			for k, v := range parse(t, f.Data).Object().All() {
				g.config[k] = v
			}
		case f.Name == "options.json":
			g.options = map[string]string{}
			for k, v := range parse(t, f.Data).Object().All() {
				g.options[k] = v.Text()
			}
		case f.Name == "selected.json":
			g.selected = parse(t, f.Data)
		case f.Name == "connection.json":
			g.connection = connection(parse(t, f.Data).Object())
		case f.Name == "external.json":
			g.external = external(parse(t, f.Data).Object())
		case f.Name == "connector.yaml" || strings.HasPrefix(f.Name, "flows/") || strings.HasPrefix(f.Name, "cards/"):
			g.source[f.Name] = string(f.Data)
		case !strings.HasPrefix(f.Name, "want."):
			t.Fatalf("unknown section %s", f.Name)
		}
	}
	return g
}

// connection reads {"auth": KEY, "plain": {KEY: TEXT}, "secret": {KEY: TEXT},
// "hosts": [HOST], "attach": [{"in", "field", "value"}]}; secrets are bound to
// example.com and the hosts.
func connection(o *flow.Object) *flow.Connection {
	member := func(key string) flow.Value { v, _ := o.Get(key); return v }
	c := &flow.Connection{Auth: member("auth").Text(), Values: map[string]flow.Value{}}
	for _, h := range member("hosts").List().All() {
		c.Hosts = append(c.Hosts, h.Text())
	}
	secret := func(label string, v flow.Value) flow.Value {
		return flow.NewSecret(label, v.Text(), append([]string{"example.com"}, c.Hosts...)...)
	}
	for k, v := range member("plain").Object().All() {
		c.Values[k] = v
	}
	for k, v := range member("secret").Object().All() {
		c.Values[k] = secret(k, v)
	}
	for _, a := range member("attach").List().All() {
		in, _ := a.Object().Get("in")
		field, _ := a.Object().Get("field")
		value, _ := a.Object().Get("value")
		c.Attach = append(c.Attach, flow.Attachment{In: in.Text(), Field: field.Text(), Value: secret("attached", value)})
	}
	return c
}

// attempts matches the path of an attempt: charge[1]/charge.
var attempts = regexp.MustCompile(`(?:^|/)([^/]+)\[(\d+)\]/([^/]+)$`)

// external reads, by key of a card of another connector, the answers to the
// attempts of a call, the last one for all further ones: {"outputs": {…}},
// {"records": […], "next": …} or {"error": {"code", "statusCode", "message",
// "headers"}}. Cards that are not named are answered by the stub.
func external(o *flow.Object) func(*flow.ExternalCall, int) (*flow.ExternalAnswer, error) {
	return func(c *flow.ExternalCall, attempt int) (*flow.ExternalAnswer, error) {
		v, ok := o.Get(c.Card.Key())
		if !ok {
			return nil, nil
		}
		if m := attempts.FindStringSubmatch(c.Step); m != nil && m[1] == m[3] {
			// A run that is resumed does not make the attempts again that its journal has.
			attempt, _ = strconv.Atoi(m[2])
		}
		answers := v.List()
		v = answers.At(min(attempt, answers.Len()-1))
		if e := flow.At(v, "error"); !e.IsNull() {
			return nil, &flow.Error{
				Code: flow.Code(flow.At(e, "code").Text()), Status: int(flow.At(e, "statusCode").Number()),
				Msg: flow.At(e, "message").Text(), Headers: flow.At(e, "headers"),
			}
		}
		return &flow.ExternalAnswer{Outputs: flow.At(v, "outputs"), Records: flow.At(v, "records").List().Items(), Next: flow.At(v, "next"), Bytes: 10}, nil
	}
}

// given is the run that the file asks for.
func (g *golden) given() engine.Run {
	return engine.Run{Flow: g.flow, Input: g.in, Secrets: g.secrets, Config: g.config, Options: g.options, Selected: g.selected, Connection: g.connection,
		Host: cardtest.NewEnv().Host(), External: &cardtest.Stub{Answer: g.external}, World: still{}}
}

// still is the world of golden runs: time stands still, waiting is over at once,
// and chance depends on the step that draws.
type still struct{}

func (still) Now(string) time.Time { return cardtest.NewEnv().Clock }

func (still) Random(step string) io.Reader {
	return rand.NewChaCha8(sha256.Sum256([]byte(step)))
}

func (still) Sleep(ctx context.Context, _ string, _ time.Duration) error { return ctx.Err() }

// reference runs the file's flow on the evaluator, which is given everything in
// the form in which the engine hands it to compiled code.
func (g *golden) reference(t *testing.T, out *compiler.Output) outcome {
	t.Helper()
	secrets, config := maps.Clone(g.secrets), maps.Clone(g.config)
	if g.connection != nil {
		for k, v := range g.connection.Values {
			if v.Kind() == flow.KindSecret {
				secrets[flow.AuthPrefix+k] = v
			} else {
				config[flow.AuthPrefix+k] = v
			}
		}
		config[flow.AuthPrefix+flow.AuthSelected] = flow.Text(g.connection.Auth)
	}
	var more []any
	for k, v := range g.options {
		more = append(more, "option."+k, flow.Text(v))
	}
	if !g.selected.IsNull() {
		more = append(more, "selected", g.selected)
	}
	env := cardtest.NewEnv()
	env.Outside = &cardtest.Stub{Answer: g.external}
	return onReferenceIn(t, env, out, g.flow, g.in, secrets, config, more...)
}

func parse(t *testing.T, data []byte) flow.Value {
	t.Helper()
	v, err := flow.ParseJSON(data, flow.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// want compares a section, or rewrites it under -update.
func (g *golden) want(t *testing.T, section, got string) {
	t.Helper()
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	for i, f := range g.archive.Files {
		if f.Name != "want."+section {
			continue
		}
		if *update {
			g.archive.Files[i].Data = []byte(got)
		} else if string(f.Data) != got {
			t.Errorf("want.%s differs:\n--- want\n%s--- got\n%s", section, f.Data, got)
		}
	}
}

func (g *golden) has(section string) bool {
	return slices.ContainsFunc(g.archive.Files, func(f txtar.File) bool { return f.Name == "want."+section })
}

func (g *golden) save(t *testing.T) {
	t.Helper()
	if !*update || t.Failed() {
		return
	}
	if err := os.WriteFile(g.path, txtar.Format(g.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func goldens(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/flows/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden flows: %v", err)
	}
	return paths
}

func TestGolden(t *testing.T) {
	for _, path := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			g := loadGolden(t, path)
			if g.has("diag") {
				g.diagnostics(t)
			} else {
				g.execute(t)
			}
			g.save(t)
		})
	}
}

func (g *golden) diagnostics(t *testing.T) {
	var b bytes.Buffer
	diags := compiler.Check(g.source.list(), compiler.Options{Registry: registry()})
	if err := compiler.Render(&b, diags, g.source.list()); err != nil {
		t.Fatal(err)
	}
	g.want(t, "diag", b.String())
}

func (g *golden) execute(t *testing.T) {
	stages := map[string]string{}
	optimised := compile(t, g.source, compiler.Options{Dump: func(pass, text string) { stages[pass] = text }})
	g.want(t, "ir", stages["meter"])
	g.want(t, "wat", stages["encode"])
	plain := compile(t, g.source, compiler.Options{NoOptimize: true})

	ref := g.reference(t, optimised)
	got := g.compare(t, "optimised", optimised, ref, engine.Config{})
	g.compare(t, "interpreted", optimised, ref, engine.Config{Interpreter: true})
	plainRef := g.reference(t, plain)
	g.compare(t, "not optimised", plain, plainRef, engine.Config{})
	if same := sameResult(ref, plainRef); !same {
		t.Errorf("optimising changed the result\nwith    %v\nwithout %v", ref, plainRef)
	}

	g.want(t, "out", got.Outputs.String())
	g.want(t, "err", ref.Error)
	g.want(t, "trace", traceText(got.Trace))
	u := got.Usage
	g.want(t, "usage", fmt.Sprintf("fuel %d\npeak memory %d\ncalls %d\nHTTP calls %d\n", u.Fuel, u.PeakMemory, u.Calls, u.HTTPCalls))
	g.resume(t, optimised)
}

// sameResult ignores what a run cost.
func sameResult(a, b outcome) bool {
	a.Fuel, a.Calls, b.Fuel, b.Calls = 0, 0, 0, 0
	return a == b
}

// compare runs a module with and without a trace and holds it to the reference.
func (g *golden) compare(t *testing.T, name string, out *compiler.Output, ref outcome, cfg engine.Config) engine.Result {
	t.Helper()
	b := newBench(t, out, cfg)
	r := g.given()
	got, _ := b.run(r)
	if got != ref {
		t.Errorf("%s: WebAssembly and evaluator differ\nwasm      %v\nevaluator %v", name, got, ref)
	}
	r.Trace = true
	traced, res := b.run(r)
	if traced != ref {
		t.Errorf("%s: a traced run differs\ntraced    %v\nevaluator %v", name, traced, ref)
	}
	return res
}

// resume records a run, then starts it again from every prefix of its journal,
// with and without concurrency.
func (g *golden) resume(t *testing.T, out *compiler.Output) {
	t.Helper()
	b := newBench(t, out, engine.Config{})
	run := func(entries []flow.Entry, concurrency int) (string, *journal) {
		j := resumed(entries)
		r := g.given()
		r.Journal, r.Trace, r.Limits = j, true, engine.Limits{Concurrency: int64(concurrency)}
		got, res := b.run(r)
		u := res.Usage
		return fmt.Sprintf("%v\npeak %d HTTP %d %d\n%s", got, u.PeakMemory, u.HTTPCalls, u.HTTPBytes, traceText(res.Trace)), j
	}
	want, full := run(nil, 0)
	for _, concurrency := range []int{0, 1} {
		for k := range len(full.entries) + 1 {
			if got, _ := run(full.entries[:k], concurrency); got != want {
				t.Fatalf("resumed after %d of %d entries with concurrency limit %d:\n--- uninterrupted\n%s\n--- resumed\n%s",
					k, len(full.entries), concurrency, want, got)
			}
		}
	}
	g.torn(t, b)
}

// torn does the same with a journal in a file whose last line a crash has cut.
func (g *golden) torn(t *testing.T, b *bench) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal")
	run := func(concurrency int) string {
		r := g.given()
		r.ID = "run"
		j, err := engine.OpenFileJournal(path, r.ID, b.module.Digest())
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		r.Journal, r.Trace, r.Limits = j, true, engine.Limits{Concurrency: int64(concurrency)}
		got, res := b.run(r)
		u := res.Usage
		return fmt.Sprintf("%v\npeak %d HTTP %d %d\n%s", got, u.PeakMemory, u.HTTPCalls, u.HTTPBytes, traceText(res.Trace))
	}
	want := run(0)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n")) // a header, the entries, nothing
	entries := len(lines) - 2
	for _, concurrency := range []int{0, 1} {
		for k := range entries + 1 {
			kept := slices.Concat(lines[:k+1]...)
			cut := append(kept, lines[k+1][:len(lines[k+1])/2]...)
			if err := os.WriteFile(path, cut, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := run(concurrency); got != want {
				t.Fatalf("resumed from a file cut inside entry %d of %d with concurrency limit %d:\n--- uninterrupted\n%s\n--- resumed\n%s",
					k, entries, concurrency, want, got)
			}
		}
	}
}

// traceText prints a trace without its times.
func traceText(steps []engine.TraceStep) string {
	var b strings.Builder
	for i := range steps {
		s := &steps[i]
		fmt.Fprintf(&b, "%s %s %s:%d fuel %d", s.Path, s.What, s.Pos.File, s.Pos.Line, s.Fuel)
		if !s.Inputs.IsNull() {
			fmt.Fprintf(&b, " in %s", s.Inputs)
		}
		if !s.Outputs.IsNull() {
			fmt.Fprintf(&b, " out %s", s.Outputs)
		}
		if s.Error != nil {
			fmt.Fprintf(&b, " error %s: %s", s.Error.Code, s.Error.Msg)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

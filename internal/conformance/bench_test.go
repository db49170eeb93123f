package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/internal/canary"
)

// bench is one connector, compiled and loaded.
type bench struct {
	tb     testing.TB
	reg    *flow.Registry
	out    *compiler.Output
	engine *engine.Engine
	module *engine.Module
}

// files are the sources of a connector by name.
type files map[string]string

func (f files) list() []compiler.File {
	var out []compiler.File
	if _, ok := f["connector.yaml"]; !ok {
		out = append(out, compiler.File{Name: "connector.yaml", Data: []byte(defaultConnector)})
	} else {
		out = append(out, compiler.File{Name: "connector.yaml", Data: []byte(f["connector.yaml"])})
	}
	for _, name := range sortedKeys(f) {
		if name != "connector.yaml" {
			out = append(out, compiler.File{Name: name, Data: []byte(f[name])})
		}
	}
	return out
}

const defaultConnector = "key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\n"

// registry is made once: cards are immutable.
var registry = sync.OnceValue(hostfuncs.Standard)

// compile compiles a connector or fails the test.
func compile(tb testing.TB, f files, opt compiler.Options) *compiler.Output {
	tb.Helper()
	opt.Registry = registry()
	out, err := compiler.Compile(f.list(), opt)
	if err != nil {
		compiler.Render(tb.Output(), diagnostics(err), f.list())
		tb.Fatalf("compile: %v", err)
	}
	return out
}

func diagnostics(err error) flow.Diagnostics {
	if d, ok := err.(flow.Diagnostics); ok {
		return d
	}
	return flow.Diagnostics{{Error: flow.AsError(err)}}
}

// newBench loads a compiled connector into an engine of its own, whose clock,
// randomness and network are those of cardtest.
func newBench(tb testing.TB, out *compiler.Output, cfg engine.Config) *bench {
	tb.Helper()
	env := cardtest.NewEnv()
	cfg.Registry = registry()
	if cfg.HTTP == nil {
		cfg.HTTP = env
	}
	cfg.Clock, cfg.Random = env.Now, env.Random()
	eng, err := engine.New(context.Background(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { eng.Close(context.Background()) })
	mod, err := eng.Load(context.Background(), out.Wasm)
	if err != nil {
		tb.Fatalf("load: %v", err)
	}
	return &bench{tb, registry(), out, eng, mod}
}

// outcome is what a run is compared by.
type outcome struct {
	Outputs string
	Stopped bool
	Message string
	Error   string // code, step and message
	Fuel    int64
	Calls   int64
}

func (o outcome) String() string {
	return fmt.Sprintf("outputs %s stopped %t %s error %q fuel %d calls %d", o.Outputs, o.Stopped, o.Message, o.Error, o.Fuel, o.Calls)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	e := flow.AsError(err)
	return fmt.Sprintf("%s at %s (%s): %s", e.Code, e.Step, e.Pos, e.Msg)
}

// onReferenceIn runs a flow on the evaluator.
func onReferenceIn(tb testing.TB, env *cardtest.Env, out *compiler.Output, key string, in flow.Value, secrets, config map[string]flow.Value, more ...any) outcome {
	tb.Helper()
	info, _ := out.Manifest.Flow(key)
	if info == nil {
		tb.Fatalf("no flow %q", key)
	}
	bound, err := flow.BindFields(info.In, in)
	if err != nil {
		return outcome{Outputs: "null", Message: "null", Error: errorText(err)}
	}
	if len(more) > 0 { // options and selected outputs
		var b flow.ObjectBuilder
		for k, v := range bound.Object().All() {
			b.Set(k, v)
		}
		for i := 0; i < len(more); i += 2 {
			b.Set(more[i].(string), more[i+1].(flow.Value))
		}
		bound = b.Value()
	}
	ref := out.Reference()
	ref.Env, ref.Secrets, ref.Config = env, secrets, config
	ref.CallKey = func(path string) string { // as the engine makes it for the run "run"
		h := sha256.Sum256([]byte("run\n" + path))
		return hex.EncodeToString(h[:16])
	}
	ref.Context = contextOf(key, env)
	got, err := ref.Run(context.Background(), key, bound)
	return outcome{got.Outputs.String(), got.Stopped, got.Message.String(), errorText(err), got.Fuel, got.Calls}
}

// contextOf gives the facts of a run as the engine does with run id "run".
func contextOf(key string, env *cardtest.Env) func(int) flow.Value {
	return func(code int) flow.Value {
		switch code {
		case 0:
			return flow.Text("run")
		case 1:
			return flow.DateOf(env.Clock)
		}
		return flow.Text(key)
	}
}

// run runs a flow on the engine.
func (b *bench) run(r engine.Run) (outcome, engine.Result) {
	if r.ID == "" {
		r.ID = "run"
	}
	res, err := b.module.Run(context.Background(), r)
	b.scan(&r, &res, err)
	return outcome{
		res.Outputs.String(), res.Stopped, res.Message.String(), errorText(err), res.Usage.Fuel, int64(res.Usage.Calls),
	}, res
}

// scan looks for the secrets that a run was given in everything that came of it:
// outputs, trace, error and journal.
func (b *bench) scan(r *engine.Run, res *engine.Result, err error) {
	b.tb.Helper()
	secrets := secretTexts(r)
	if len(secrets) == 0 {
		return
	}
	var all bytes.Buffer
	enc := json.NewEncoder(&all)
	for _, v := range []any{res.Outputs, res.Message, res.Trace, fmt.Sprintf("%v %+v", err, err)} {
		if err := enc.Encode(v); err != nil {
			b.tb.Fatal(err)
		}
	}
	if e := (*flow.Error)(nil); errors.As(err, &e) {
		fmt.Fprintf(&all, "%s %s %s %s %s %v", e.Msg, e.Fix, e.Headers, e.Body, e.Extra, e.Err)
	}
	if j, ok := r.Journal.(*journal); ok {
		j.mu.Lock()
		for _, e := range j.entries {
			fmt.Fprintf(&all, "%+v %s %v\n", e, e.Value, e.Error)
		}
		j.mu.Unlock()
	}
	canary.Check(b.tb, "what came of flow "+r.Flow, all.Bytes(), secrets...)
}

// secretTexts returns the texts of a run's secrets that are long enough to be
// looked for.
func secretTexts(r *engine.Run) []string {
	var out []string
	add := func(v flow.Value) {
		if v.Kind() != flow.KindSecret {
			return
		}
		flow.MapSecret(v, func(plain string) string {
			if len(plain) >= canary.Min {
				out = append(out, plain)
			}
			return ""
		})
	}
	for _, v := range r.Secrets {
		add(v)
	}
	if r.Connection != nil {
		for _, v := range r.Connection.Values {
			add(v)
		}
		for _, a := range r.Connection.Attach {
			add(a.Value)
		}
	}
	return out
}

// TestScanFinds: the scan of every run notices a secret wherever it stands.
func TestScanFinds(t *testing.T) {
	run := engine.Run{Secrets: map[string]flow.Value{"key": flow.NewSecret("key", "s3cret-text")}}
	leak := flow.Text("the s3cret\u002dtext")
	leaks := map[string]struct {
		res engine.Result
		err error
		j   flow.Journal
	}{
		"output":  {res: engine.Result{Outputs: flow.Members("a", leak)}},
		"message": {res: engine.Result{Message: leak}},
		"trace":   {res: engine.Result{Trace: []engine.TraceStep{{Inputs: flow.Members("a", flow.Text("czNjcmV0LXRleHQ="))}}}},
		"error":   {err: flow.Errorf(flow.CodeHTTPStatus, "for s3cret-text")},
		"cause":   {err: fmt.Errorf("around: %w", &flow.Error{Code: flow.CodeHTTPBody, Body: leak})},
		"journal": {j: resumed([]flow.Entry{{Key: "a", Value: leak}})},
		"nothing": {res: engine.Result{Outputs: flow.Members("a", flow.Text("the text"))}},
	}
	for name, c := range leaks {
		r := run
		r.Journal = c.j
		watch := &reports{TB: t}
		(&bench{tb: watch}).scan(&r, &c.res, c.err)
		if (watch.n > 0) != (name != "nothing") {
			t.Errorf("%s: %d reports", name, watch.n)
		}
	}
}

// reports is a test that only counts what it is told.
type reports struct {
	testing.TB
	n int
}

func (r *reports) Errorf(string, ...any) { r.n++ }

package conformance

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/bundle/bundletest"
	"github.com/weirflow/weir/compiler/importer/flopack"
	"github.com/weirflow/weir/compiler/importer/openapi"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest/wasmtest"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/internal/codes"
	"github.com/weirflow/weir/tape"
)

// trial compiles, loads and runs one example by its settings.
type trial struct {
	*testing.T
	example *codes.Example
	source  files
	wasm    []byte
	foreign *flow.File // what inputs of type file get
}

func newTrial(t *testing.T, e *codes.Example) *trial {
	return &trial{T: t, example: e, source: e.Files()}
}

// gives holds the example to its code.
func (tr *trial) gives(want flow.Code) {
	tr.Helper()
	if name, ok := tr.example.Setting("module"); ok {
		tr.hostile(name, want)
		return
	}
	if name, ok := tr.example.Setting("bundle"); ok {
		tr.bundle(name, want)
		return
	}
	if kind, ok := tr.example.Setting("import"); ok {
		tr.imports(kind, want)
		return
	}
	_, release := tr.example.Setting("check")
	out, problems := problemsOf(tr.T, tr.source, release)
	if release && want != flow.CodeReleaseText {
		problems = slices.DeleteFunc(problems, func(d flow.Diagnostic) bool { return d.Code == flow.CodeReleaseText })
	}
	if _, run := tr.example.Setting("run"); !run {
		for _, d := range problems {
			if d.Code != want {
				tr.Errorf("%s\nalso gives %s", tr.example.Source, render(problems, tr.source))
			}
		}
		if len(problems) == 0 {
			tr.Errorf("%s\nis compiled without a problem", tr.example.Source)
		}
		return
	}
	if len(problems) > 0 {
		tr.Fatalf("%s\nis not compiled:\n%s", tr.example.Source, render(problems, tr.source))
	}
	tr.wasm = out.Wasm
	if err := tr.run(out.Manifest); flow.CodeOf(err) != want {
		tr.Errorf("%v\n%s\ngives %v", tr.example.Settings, tr.example.Source, err)
	}
}

// imports imports the file of an example.
func (tr *trial) imports(kind string, want flow.Code) {
	tr.Helper()
	var err error
	switch file := []byte(tr.example.Imported()); kind {
	case "openapi":
		err = tr.openapi(file)
	case "flopack":
		err = tr.flopack(file)
	default:
		tr.Fatalf("nothing imports files of the kind %s", kind)
	}
	if flow.CodeOf(err) != want {
		tr.Errorf("%s\ngives %v", tr.example.Source, err)
	}
}

// openapi returns the error of an import, or else what its report says where it
// says one thing alone.
func (tr *trial) openapi(file []byte) error {
	tr.Helper()
	res, err := openapi.Import("example.yaml", file, openapi.Options{})
	if err != nil || len(res.Report.Findings) != 1 {
		return err
	}
	f := res.Report.Findings[0]
	return &flow.Error{Code: f.Code, Pos: f.Pos(), Msg: f.Message}
}

// flopack is openapi for an export of flows.
func (tr *trial) flopack(file []byte) error {
	tr.Helper()
	res, err := flopack.Import("example.flopack", file, flopack.Options{Registry: registry()})
	if err != nil || len(res.Report.Findings) != 1 {
		return err
	}
	f := res.Report.Findings[0]
	return &flow.Error{Code: f.Code, Pos: f.Pos(), Msg: f.Message}
}

// hostile loads a module of testdata/hostile.
func (tr *trial) hostile(path string, want flow.Code) {
	tr.Helper()
	dir, name := filepath.Split(path)
	cases, err := wasmtest.Corpus(filepath.Join("../../testdata", dir))
	if err != nil {
		tr.Fatal(err)
	}
	for _, c := range cases {
		if c.Name == name {
			if _, err := tr.engine(engine.Config{}).Load(tr.Context(), c.Wasm()); flow.CodeOf(err) != want {
				tr.Errorf("loading %s gives %v", path, err)
			}
			return
		}
	}
	tr.Fatalf("there is no module %s", path)
}

// bundle opens a bundle of testdata/bundles.
func (tr *trial) bundle(name string, want flow.Code) {
	tr.Helper()
	cases, err := bundletest.Corpus("../../testdata/bundles")
	if err != nil {
		tr.Fatal(err)
	}
	i := slices.IndexFunc(cases, func(c bundletest.Case) bool { return c.Name == name })
	if i < 0 {
		tr.Fatalf("there is no bundle %s", name)
	}
	if _, err := bundle.Open(cases[i].Data, cases[i].Trust); flow.CodeOf(err) != want {
		tr.Errorf("opening %s gives %v", name, err)
	}
}

func (tr *trial) engine(cfg engine.Config) *engine.Engine {
	tr.Helper()
	cfg.Registry, cfg.Interpreter = registry(), true
	eng, err := engine.New(context.Background(), cfg)
	if err != nil {
		tr.Fatal(err)
	}
	tr.Cleanup(func() { _ = eng.Close(context.Background()) })
	return eng
}

func (tr *trial) run(manifest *flow.Manifest) error {
	tr.Helper()
	eng := tr.engine(engine.Config{HTTP: server(tr.T, tr.example), TenantConcurrency: 1})
	mod, err := eng.Load(tr.Context(), tr.wasm)
	if err != nil {
		tr.Fatal(err)
	}
	r := engine.Run{ID: "run", Flow: "main", Secrets: map[string]flow.Value{}}
	for _, s := range manifest.Secrets {
		r.Secrets[s.Key] = flow.NewSecret(s.Key, "hidden", s.Hosts...)
	}
	ctx := tr.Context()
	for _, s := range tr.example.Settings {
		switch s.Key {
		case "run":
			r.Input = parse(tr.T, []byte(s.Value))
		case "flow":
			r.Flow = s.Value
		case "limit":
			tr.limit(&r, s.Value)
		case "context":
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			cancel()
		case "given":
			env := cardtest.NewEnv()
			for _, what := range strings.Split(s.Value, ", ") {
				switch what {
				case "tables":
					r.Tables = env.Tables()
				case "a host":
					r.Host = absentHost{}
				case "files":
					r.Files = env.Blobs()
				case "a connector":
					r.External = env.External()
				case "a broken connector":
					r.External = &cardtest.Stub{Answer: func(*flow.ExternalCall, int) (*flow.ExternalAnswer, error) {
						return &flow.ExternalAnswer{Outputs: flow.Text("out of order")}, nil
					}}
				case "a foreign file":
					tr.foreign = &flow.File{ID: "of another run", Name: "a.txt", ContentType: "text/plain", Bytes: 1}
				default:
					tr.Fatalf("nothing gives %q", what)
				}
			}
		case "tape":
			p := tr.tape(mod, r, s.Value)
			r.HTTP, r.World = p, p
		case "journal":
			r.Journal = tr.journal(mod, r, s.Value)
		case "tenant":
			r.Tenant = "tenant"
		}
	}
	if tr.foreign != nil {
		r.Input = tr.withFile(manifest, r)
	}
	if r.Tenant != "" {
		return tr.beside(ctx, eng, mod, r)
	}
	_, err = mod.Run(ctx, r)
	return err
}

// withFile returns the inputs with the foreign file on every input of type file.
func (tr *trial) withFile(manifest *flow.Manifest, r engine.Run) flow.Value {
	tr.Helper()
	info, _ := manifest.Flow(r.Flow)
	if info == nil {
		tr.Fatalf("no flow %s", r.Flow)
	}
	var b flow.ObjectBuilder
	for k, v := range r.Input.Object().All() {
		b.Set(k, v)
	}
	for _, in := range info.In {
		if in.Type.Is(flow.BaseFile) {
			b.Set(in.Key, flow.FileOf(tr.foreign))
		}
	}
	return b.Value()
}

// limit sets a limit as weir run --limit does; a limit of the trace asks for one.
func (tr *trial) limit(r *engine.Run, text string) {
	tr.Helper()
	name, amount, _ := strings.Cut(text, "=")
	if name == "wall" {
		d, err := time.ParseDuration(amount)
		if err != nil {
			tr.Fatal(err)
		}
		r.Limits.Wall = d
		return
	}
	n, err := strconv.ParseInt(amount, 10, 64)
	if err != nil {
		tr.Fatal(err)
	}
	field := map[string]*int64{
		"fuel": &r.Limits.Fuel, "memory": &r.Limits.Memory, "value": &r.Limits.Value, "depth": &r.Limits.Depth,
		"calls": &r.Limits.Calls, "http_calls": &r.Limits.HTTPCalls, "http_bytes": &r.Limits.HTTPBytes,
		"file_bytes": &r.Limits.FileBytes, "trace": &r.Limits.Trace,
	}[name]
	if field == nil {
		tr.Fatalf("no limit %q", name)
	}
	*field = n
	r.Trace = name == "trace"
}

// tape returns a player of the tape of an earlier run with other inputs.
func (tr *trial) tape(mod *engine.Module, r engine.Run, what string) *tape.Player {
	tr.Helper()
	inputs, ok := strings.CutPrefix(what, "of ")
	if !ok {
		tr.Fatalf("no tape is %q", what)
	}
	rec := tape.NewRecorder(server(tr.T, tr.example), tape.Config{})
	r.Input, r.HTTP, r.World = parse(tr.T, []byte(inputs)), rec, rec
	if _, err := mod.Run(tr.Context(), r); err != nil {
		tr.Fatal(err)
	}
	tp, err := rec.Tape(r.ID, tape.Given{Flow: r.Flow, Input: r.Input}, tape.Result{})
	if err != nil {
		tr.Fatal(err)
	}
	return tape.NewPlayer(tp, nil)
}

// journal returns a file journal that is closed, or that an earlier run with
// other inputs has filled.
func (tr *trial) journal(mod *engine.Module, r engine.Run, what string) flow.Journal {
	tr.Helper()
	j, err := engine.OpenFileJournal(filepath.Join(tr.TempDir(), "journal"), r.ID, mod.Digest())
	if err != nil {
		tr.Fatal(err)
	}
	tr.Cleanup(func() { _ = j.Close() }) // closing twice is harmless
	inputs, earlier := strings.CutPrefix(what, "of ")
	switch {
	case earlier:
		r.Journal, r.Input = j, parse(tr.T, []byte(inputs))
		if _, err := mod.Run(tr.Context(), r); err != nil {
			tr.Fatal(err)
		}
	case what == "closed":
		if err := j.Close(); err != nil {
			tr.Fatal(err)
		}
	default:
		tr.Fatalf("no journal is %q", what)
	}
	return j
}

// beside runs the example while another run of its tenant is at work: inside of
// that run's request.
func (tr *trial) beside(ctx context.Context, eng *engine.Engine, example *engine.Module, r engine.Run) error {
	tr.Helper()
	out, problems := problemsOf(tr.T, files{"flows/main.yaml": "steps:\n  - card: http.get\n    with: {Request: {URL: \"https://example.com/\"}}\n"}, false)
	if len(problems) > 0 {
		tr.Fatal(problems)
	}
	busy, err := eng.Load(ctx, out.Wasm)
	if err != nil {
		tr.Fatal(err)
	}
	var got error
	at := fetcher(func(context.Context, *flow.Request) (*flow.Response, error) {
		_, got = example.Run(ctx, r)
		return &flow.Response{Status: 204}, nil
	})
	if _, err := busy.Run(ctx, engine.Run{Flow: "main", Tenant: r.Tenant, HTTP: at}); err != nil {
		tr.Fatal(err)
	}
	return got
}

// absentHost is a host whose caller has not answered yet.
type absentHost struct{ flow.Host }

func (absentHost) Pause(context.Context, string, flow.Reply) (flow.Value, error) {
	return flow.Null(), flow.Errorf(flow.CodeRunPaused, "nobody has answered yet")
}

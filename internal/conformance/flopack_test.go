package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/flopack"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// exported is one archive of testdata/flopack: an export, and what its flows must
// give once it is imported.
type exported struct {
	path    string
	archive *txtar.Archive
	file    txtar.File // the export
	runs    []exportedRun
	report  []string // words that findings must contain
	want    []txtar.File
}

// exportedRun is one run and what must come of it.
type exportedRun struct {
	Flow    string          `json:"flow"` // name of the flow in the export
	Key     string          `json:"key"`  // its key, where two have one name
	Input   json.RawMessage `json:"input"`
	Output  json.RawMessage `json:"output"`
	Stopped json.RawMessage `json:"stopped"` // true, or {"message": …}
	Error   *struct {
		Code       flow.Code `json:"code"`
		Message    string    `json:"message"`
		StatusCode int       `json:"statusCode"`
	} `json:"error"`
	Why string `json:"why"`
}

func loadExported(t *testing.T, path string) *exported {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil || len(a.Files) < 2 {
		t.Fatalf("%d sections, %v", len(a.Files), err)
	}
	x := &exported{path: path, archive: a, file: a.Files[0]}
	if len(a.Comment) == 0 {
		t.Error("the archive does not say what its expectations follow from")
	}
	for _, f := range a.Files[1:] {
		var into any
		switch {
		case f.Name == "runs.json":
			into = &x.runs
		case f.Name == "report.json":
			into = &x.report
		case strings.HasPrefix(f.Name, "want"):
			x.want = append(x.want, f)
			continue
		default:
			t.Fatalf("unknown section %s", f.Name)
		}
		dec := json.NewDecoder(bytes.NewReader(f.Data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(into); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	if len(x.runs) == 0 {
		t.Fatal("the archive has no runs")
	}
	return x
}

// TestFlopack imports the exports of testdata/flopack and runs their flows.
func TestFlopack(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/flopack/*.txtar")
	if err != nil || len(paths) < 64 {
		t.Fatalf("%d exports, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			x := loadExported(t, path)
			files, report := x.imports(t)
			x.golden(t, files, report)
			x.execute(t, files)
		})
	}
}

// imports imports the export twice, and holds the source to what all imported
// source is: without problems, in canonical form, always the same.
func (x *exported) imports(t *testing.T) ([]compiler.File, *flopack.Report) {
	t.Helper()
	res, err := flopack.Import(x.file.Name, x.file.Data, flopack.Options{Registry: registry()})
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	for _, f := range res.Files {
		if text, err := compiler.Format(f); err != nil || string(text) != string(f.Data) {
			t.Errorf("formatting changes %s (%v)", f.Name, err)
		}
	}
	again, err := flopack.Import(x.file.Name, x.file.Data, flopack.Options{Registry: registry()})
	if err != nil || !slices.EqualFunc(res.Files, again.Files, func(a, b compiler.File) bool { return a.Name == b.Name && bytes.Equal(a.Data, b.Data) }) {
		t.Errorf("a second import gives other source, %v", err)
	}
	for _, words := range x.report {
		if !slices.ContainsFunc(res.Report.Findings, func(f flopack.Finding) bool {
			return strings.Contains(f.Message+" "+f.Flow+" "+f.Card, words)
		}) {
			t.Errorf("no finding says %q; they are\n%s", words, findings(res.Report))
		}
	}
	return res.Files, res.Report
}

func findings(r *flopack.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%d:%d %s %s", f.Line, f.Column, f.Severity, f.Code)
		if f.Flow != "" {
			fmt.Fprintf(&b, " in %s", f.Flow)
		}
		if f.Card != "" {
			fmt.Fprintf(&b, ", %s", f.Card)
		}
		fmt.Fprintf(&b, ": %s\n", f.Message)
	}
	return b.String()
}

// golden compares the source and the findings, or rewrites them under -update.
func (x *exported) golden(t *testing.T, files []compiler.File, report *flopack.Report) {
	t.Helper()
	var got []txtar.File
	for _, f := range files {
		got = append(got, txtar.File{Name: "want/" + f.Name, Data: f.Data})
	}
	if text := findings(report); text != "" {
		got = append(got, txtar.File{Name: "want.report", Data: []byte(text)})
	}
	if *update {
		x.archive.Files = slices.DeleteFunc(x.archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want") })
		x.archive.Files = append(x.archive.Files, got...)
		if err := os.WriteFile(x.path, txtar.Format(x.archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := txtar.Format(&txtar.Archive{Files: x.want}); !bytes.Equal(txtar.Format(&txtar.Archive{Files: got}), want) {
		t.Errorf("the import gives other source or findings; look at it with -update and git diff")
	}
}

// execute builds the source, optimised and not, and makes every run on the engine
// and on the evaluator.
func (x *exported) execute(t *testing.T, files []compiler.File) {
	t.Helper()
	for _, opt := range []compiler.Options{{}, {NoOptimize: true}} {
		opt.Registry = registry()
		out, err := compiler.Compile(files, opt)
		if err != nil {
			var b bytes.Buffer
			_ = compiler.Render(&b, diagnostics(err), files)
			t.Fatalf("what was imported does not compile:\n%s", b.String())
		}
		if _, err := guest.Verify(out.Wasm); err != nil {
			t.Fatalf("verify: %v", err)
		}
		b := newBench(t, out, engine.Config{})
		for i := range x.runs {
			r := &x.runs[i]
			name := fmt.Sprintf("run %d (%s %s)", i+1, r.Flow, r.Input)
			got, err := x.run(t, b, r)
			if problem := r.judge(got, err); problem != "" {
				t.Errorf("%s: %s (%s)", name, problem, r.Why)
			}
		}
	}
}

// tabled is an environment with the tables of a connector, all empty.
type tabled struct {
	*cardtest.Env
	tables *cardtest.Tables
}

func (e tabled) Tables() flow.Tables { return e.tables }

// run makes a run on the engine, and the same on the evaluator.
func (x *exported) run(t *testing.T, b *bench, r *exportedRun) (engine.Result, error) {
	t.Helper()
	m := b.out.Manifest
	key := r.Key
	for i := range m.Flows {
		if m.Flows[i].Name == r.Flow && key == "" {
			key = m.Flows[i].Key
		}
	}
	if key == "" {
		t.Fatalf("no flow is called %q", r.Flow)
	}
	input := flow.Members()
	if len(r.Input) > 0 {
		input = parse(t, r.Input)
	}
	host := cardtest.NewEnv().Host()
	res, err := b.module.Run(context.Background(), engine.Run{ID: "run", Flow: key, Input: input, Helper: true, Host: host, Tables: cardtest.NewTables(m.Tables...)})
	env := tabled{cardtest.NewEnv(), cardtest.NewTables(m.Tables...)}
	env.Outside = nil // nobody provides cards of other connectors
	ref := b.out.Reference()
	ref.Env, ref.Context = env, contextOf(key, env.Env)
	info, _ := m.Flow(key)
	bound, bindErr := flow.BindFields(info.In, input)
	if bindErr != nil {
		t.Errorf("%s %s: %v", r.Flow, r.Input, bindErr)
		return res, err
	}
	want, refErr := ref.Run(context.Background(), key, bound)
	engineSays := outcome{res.Outputs.String(), res.Stopped, res.Message.String(), errorText(err), res.Usage.Fuel, int64(res.Usage.Calls)}
	evaluatorSays := outcome{want.Outputs.String(), want.Stopped, want.Message.String(), errorText(refErr), want.Fuel, want.Calls}
	if engineSays != evaluatorSays {
		t.Errorf("%s %s: WebAssembly and evaluator differ\nwasm      %v\nevaluator %v", r.Flow, r.Input, engineSays, evaluatorSays)
	}
	return res, err
}

// judge says what is wrong with what came of a run; "" for nothing.
func (r *exportedRun) judge(got engine.Result, err error) string {
	switch {
	case r.Error != nil:
		e := flow.AsError(err)
		switch {
		case e == nil:
			return fmt.Sprintf("it ends with %s, want an error", got.Outputs)
		case r.Error.Code != "" && e.Code != r.Error.Code, r.Error.Message != "" && e.Msg != r.Error.Message, r.Error.StatusCode != 0 && e.Status != r.Error.StatusCode:
			return fmt.Sprintf("it fails with %s %d %q, want %+v", e.Code, e.Status, e.Msg, *r.Error)
		}
		return ""
	case err != nil:
		return fmt.Sprintf("it fails with %v, want %s%s", err, r.Output, r.Stopped)
	case len(r.Stopped) > 0:
		message := json.RawMessage("null")
		var s struct{ Message json.RawMessage }
		if string(r.Stopped) != "true" && json.Unmarshal(r.Stopped, &s) == nil {
			message = s.Message
		}
		said, err := flow.AppendJSON(nil, got.Message)
		if err != nil || !got.Stopped || !sameJSON(message, said) {
			return fmt.Sprintf("it ends with %s, stopped %t, message %s, want it to stop with %s", got.Outputs, got.Stopped, got.Message, message)
		}
		return ""
	case got.Stopped:
		return fmt.Sprintf("it stops with %s, want %s", got.Message, r.Output)
	case !sameJSON(r.Output, []byte(got.Outputs.String())):
		return fmt.Sprintf("it gives\n%s\nwant\n%s", got.Outputs, r.Output)
	}
	return ""
}

// sameJSON compares two texts as JSON values. The order of keys is free, and a
// result that is null is as good as none: which of its results a flow gives is a
// matter of where it ends.
func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	for _, v := range []any{x, y} {
		if results, ok := v.(map[string]any); ok {
			maps.DeleteFunc(results, func(_ string, v any) bool { return v == nil })
		}
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return bytes.Equal(p, q)
}

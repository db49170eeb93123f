package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/tables"
)

// corpusEnv names a folder of exports that people made, which are not ours to
// keep.
const corpusEnv = "WEIR_CORPUS"

// corpus returns the exports of the folder and of those in it.
func corpus(tb testing.TB) []string {
	tb.Helper()
	dir := os.Getenv(corpusEnv)
	if dir == "" {
		tb.Skipf("NOT RUN: %s is not set; it names a folder of .flopack, .folder and .flow files", corpusEnv)
	}
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if slices.Contains([]string{".flopack", ".folder", ".flow"}, filepath.Ext(path)) && err == nil && d.Type().IsRegular() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(out) == 0 {
		tb.Fatalf("%s is set, and there is no export in %s", corpusEnv, dir)
	}
	return out
}

// flowsOf counts the flows of an export without the importer.
func flowsOf(t *testing.T, data []byte) int {
	t.Helper()
	var pack struct {
		Data struct{ Flos map[string]json.RawMessage }
	}
	if err := json.Unmarshal(data, &pack); err != nil {
		t.Fatal(err)
	}
	return len(pack.Data.Flos)
}

// allowed are the errors that runs on made-up values may end with, and why. All
// others, such as faults of ours and limits, fail the test.
var allowed = map[flow.Code]string{
	flow.CodeFlowError:      "the flow says so: Return Error, or an error of another flow that it hands on",
	flow.CodeTypeConversion: "texts that are made up are no dates, no numbers and no JSON",
	flow.CodeJSONSyntax:     "texts that are made up are no JSON",
	flow.CodeInputInvalid:   "values that are made up are no addresses, dates or operators",
	flow.CodeListBounds:     "an item of an empty list",
	flow.CodeTableInvalid:   "the row was never added, a column was removed from its table, or a text does not fit its column",
	flow.CodeEgressDenied:   "the host is put together when the flow runs, from values that are made up",
	flow.CodeConnectionSlot: "nobody has chosen a connection for the request",
	flow.CodeCryptoInvalid:  "a key that is made up",
	flow.CodeCardUnbound:    "a card that no connector provides, in runs without providers",
	flow.CodeNumberRange:    "a division by a value that is made up",
	flow.CodeLimitHTTPCalls: "a loop that asks until the answer says that it is done, which the stub never does",
}

// madeFetcher answers every request with an object.
type madeFetcher struct{}

func (madeFetcher) Fetch(_ context.Context, req *flow.Request) (*flow.Response, error) {
	body := `{"id": "1", "name": "made up", "status": "ok", "items": [{"id": "1"}], "access_token": "made-up"}`
	return &flow.Response{Status: 200, Headers: []flow.Pair{{Name: "content-type", Value: flow.Text("application/json")}}, Body: []byte(body), Bytes: int64(len(body))}, nil
}

// made returns a value of a type, the same each time.
func made(f *flow.FieldInfo, n int) flow.Value {
	one := func(n int) flow.Value {
		switch f.Type.Base {
		case flow.BaseNumber:
			return flow.Number(float64(n))
		case flow.BaseBool:
			return flow.Bool(n%2 == 1)
		case flow.BaseDate:
			return flow.DateOf(time.Date(2020, 1, n, 0, 0, 0, 0, time.UTC))
		case flow.BaseText, flow.BaseAny:
			return flow.Text(fmt.Sprintf("%s %d", f.Key, n))
		case flow.BaseObject:
			var b flow.ObjectBuilder
			for i := range f.Fields {
				b.Set(f.Fields[i].Key, made(&f.Fields[i], n))
			}
			if len(f.Fields) == 0 {
				b.Set("id", flow.Text(fmt.Sprint(n)))
				b.Set("name", flow.Text(fmt.Sprintf("%s %d", f.Key, n)))
			}
			return b.Value()
		}
		return flow.Null()
	}
	if f.Type.List {
		return flow.ListOf(one(1), one(2))
	}
	return one(n)
}

// TestFlopackCorpus imports exports that people made, whole: every flow compiles
// to a module that is verified, formatting changes nothing, everything is the
// same the second time, and every flow runs to its end, with the cards of other
// connectors and without, to what the evaluator says.
func TestFlopackCorpus(t *testing.T) {
	packs := corpus(t)
	validate := os.Getenv("WEIR_WASM_VALIDATE")
	var flows, runs, unbound, compared int
	ends := map[string]int{}
	for _, path := range packs {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			x := &exported{file: txtar.File{Name: filepath.Base(path), Data: data}}
			files, report := x.imports(t)
			n := 0
			for _, f := range report.Flows {
				if f.Added == "" {
					n++
				}
			}
			if want := flowsOf(t, data); n != want {
				t.Errorf("%d flows of %d are imported", n, want)
			}
			flows += n
			out := built(t, files)
			if validate != "" {
				module := filepath.Join(t.TempDir(), "m.wasm")
				if err := os.WriteFile(module, out.Wasm, 0o644); err != nil {
					t.Fatal(err)
				}
				if b, err := exec.Command(validate, module).CombinedOutput(); err != nil {
					t.Errorf("wasm-validate: %v\n%s", err, b)
				}
			}
			b := newBench(t, out, engine.Config{HTTP: madeFetcher{}})
			for i := range out.Manifest.Flows {
				info := &out.Manifest.Flows[i]
				for _, stub := range []flow.External{&cardtest.Stub{}, nil} {
					end := runMade(t, b, info, stub)
					runs++
					if strings.HasPrefix(end, string(flow.CodeCardUnbound)) {
						unbound++
						if stub != nil {
							t.Errorf("%s: %s with all cards provided", info.Key, end)
						}
					}
					ends[end]++
					if sameMade(t, b, info, stub) {
						compared++
					}
				}
			}
		})
	}
	if validate == "" {
		t.Log("NOT VALIDATED: WEIR_WASM_VALIDATE is not set; run make validate")
	}
	t.Logf("%d exports with %d flows, %d runs, of which %d met a card that nobody provides and %d were compared with the evaluator", len(packs), flows, runs, unbound, compared)
	for _, k := range sortedKeys(ends) {
		t.Logf("%5d %s", ends[k], k)
	}
	if unbound == 0 {
		t.Error("no flow failed with card.unbound without providers")
	}
}

// built compiles source, twice and both ways, and verifies the modules.
func built(t *testing.T, files []compiler.File) *compiler.Output {
	t.Helper()
	var first *compiler.Output
	for _, plain := range []bool{false, true} {
		out, err := compiler.Compile(files, compiler.Options{Registry: registry(), NoOptimize: plain})
		if err != nil {
			var b bytes.Buffer
			_ = compiler.Render(&b, diagnostics(err), files)
			t.Fatalf("what was imported does not compile:\n%s", b.String())
		}
		if _, err := guest.Verify(out.Wasm); err != nil {
			t.Fatalf("verify: %v", err)
		}
		if first == nil {
			first = out
			again, err := compiler.Compile(files, compiler.Options{Registry: registry()})
			if err != nil || !bytes.Equal(again.Wasm, out.Wasm) {
				t.Errorf("a second build gives another module, %v", err)
			}
		}
	}
	return first
}

// runMade runs a flow on made-up values and says how it ended.
func runMade(t *testing.T, b *bench, info *flow.FlowInfo, external flow.External) string {
	t.Helper()
	m := b.out.Manifest
	store, err := tables.Open(filepath.Join(t.TempDir(), "tables.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, def := range m.Tables {
		if err := store.Define(t.Context(), "", m.Key, def); err != nil {
			t.Fatal(err)
		}
	}
	env := cardtest.NewEnv()
	res, err := b.module.Run(t.Context(), engine.Run{ID: "run", Flow: info.Key, Input: madeInput(info), Helper: true, Host: env.Host(), External: external,
		Tables: store.For("", m.Key), Files: env.Blobs(), World: &madeUp{}, Slots: madeSlots(m)})
	switch {
	case err == nil && res.Stopped:
		return "stopped"
	case err == nil:
		return "returned"
	}
	e := flow.AsError(err)
	if allowed[e.Code] == "" {
		t.Errorf("%s: %v at %s (%s)", info.Key, e, e.Step, e.Pos)
	}
	if e.Code != flow.CodeCardUnbound {
		t.Logf("%s: %s: %s at %s (%s)", info.Key, e.Code, e.Msg, e.Step, e.Pos)
	}
	return string(e.Code)
}

// madeInput returns made-up inputs of a flow.
func madeInput(info *flow.FlowInfo) flow.Value {
	var in flow.ObjectBuilder
	for i := range info.In {
		f := &info.In[i]
		v := made(f, 1)
		if info.Type == flow.FlowEndpoint && f.Key == "body" {
			v = flow.Text(`{"id": "1", "name": "made up", "email": "a@example.com"}`)
		}
		in.Set(f.Key, v)
	}
	return in.Value()
}

// madeSlots fills the slots of a connector.
func madeSlots(m *flow.Manifest) map[string]*flow.Connection {
	slots := map[string]*flow.Connection{}
	for _, s := range m.Connections {
		slots[s.Key] = &flow.Connection{ID: s.Key, Hosts: []string{"service.example.com"}}
	}
	return slots
}

package hostile

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest/wasmtest"
	"github.com/weirflow/weir/hostfuncs"
)

const connector = "key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\n"

// sources are the files of a connector by name.
type sources map[string]string

func (s sources) list() []compiler.File {
	if _, ok := s["connector.yaml"]; !ok {
		s["connector.yaml"] = connector
	}
	var out []compiler.File
	for _, name := range slices.Sorted(maps.Keys(s)) {
		out = append(out, compiler.File{Name: name, Data: []byte(s[name])})
	}
	return out
}

// genuine returns modules that the compiler made of testdata/flows.
func genuine(tb testing.TB) [][]byte {
	tb.Helper()
	paths, err := filepath.Glob("../../testdata/flows/*.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	var out [][]byte
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		s := sources{}
		for _, f := range a.Files {
			if f.Name == "connector.yaml" || strings.HasPrefix(f.Name, "flows/") {
				s[f.Name] = string(f.Data)
			}
		}
		if o, err := compiler.Compile(s.list(), compiler.Options{Registry: hostfuncs.Standard()}); err == nil {
			out = append(out, o.Wasm)
		}
	}
	if len(out) < 15 {
		tb.Fatalf("only %d of %d connectors compile", len(out), len(paths))
	}
	return out
}

// tiny are limits under which whatever was accepted ends at once.
var tiny = engine.Limits{Fuel: 200_000, Wall: 100 * time.Millisecond, Memory: 4 << 20, Value: 1 << 20, Calls: 1000, Trace: 64 << 10, Concurrency: 4}

// survive loads a module that may be anything. It must be refused with a code of
// its own, or every flow of it must end. It reports whether it was accepted.
func survive(tb testing.TB, eng *engine.Engine, wasm []byte) bool {
	tb.Helper()
	m, err := eng.Load(context.Background(), wasm)
	if err != nil {
		if code := flow.CodeOf(err); !strings.HasPrefix(string(code), "module.") {
			tb.Errorf("load of %x: %v", wasm, err)
		}
		return false
	}
	for _, f := range m.Manifest().Flows {
		var in flow.ObjectBuilder
		for _, field := range f.In {
			in.Set(field.Key, field.Type.Zero())
		}
		_, err := m.Run(context.Background(), engine.Run{Flow: f.Key, Input: in.Value(), ID: "run", Trace: true, Tenant: "t", Limits: tiny})
		if flow.CodeOf(err) == flow.CodeInternal {
			tb.Errorf("flow %q of %x: %v", f.Key, wasm, err)
		}
	}
	if err := m.Close(context.Background()); err != nil {
		tb.Errorf("close %x: %v", wasm, err)
	}
	return true
}

// fuzzEngine is made once: starting one costs more than most modules.
var fuzzEngine = sync.OnceValues(func() (*engine.Engine, error) {
	return engine.New(context.Background(), engine.Config{Registry: hostfuncs.Standard(), Modules: 1, Interpreter: true})
})

func FuzzLoad(f *testing.F) {
	for _, wasm := range genuine(f) {
		f.Add(wasm)
	}
	cases, err := wasmtest.Corpus("../../testdata/hostile")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		if wasm := c.Wasm(); c.Verify == "ok" && len(wasm) < 4<<10 {
			f.Add(wasm)
		}
	}
	f.Fuzz(func(t *testing.T, wasm []byte) {
		eng, err := fuzzEngine()
		if err != nil {
			t.Fatal(err)
		}
		survive(t, eng, wasm)
	})
}

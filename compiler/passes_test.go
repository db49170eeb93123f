package compiler

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/wasm"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/hostfuncs"
)

func TestPassOrder(t *testing.T) {
	at := map[string]int{}
	for i, p := range passes() {
		at[p.name] = i
	}
	for _, o := range order() {
		before, okBefore := at[o[0]]
		after, okAfter := at[o[1]]
		if !okBefore || !okAfter {
			t.Errorf("%q before %q names a pass that does not exist", o[0], o[1])
		} else if before >= after {
			t.Errorf("%s must come before %s: %s", o[0], o[1], o[2])
		}
	}
}

// goldenSources reads the connectors of testdata/flows that compile.
func goldenSources(t testing.TB) map[string][]File {
	t.Helper()
	paths, err := filepath.Glob("../testdata/flows/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden flows: %v", err)
	}
	out := map[string][]File{}
next:
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files := []File{{Name: "connector.yaml", Data: []byte("key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\n")}}
		for _, f := range a.Files {
			switch {
			case f.Name == "want.diag":
				continue next
			case f.Name == "connector.yaml":
				files[0].Data = f.Data
			case strings.HasPrefix(f.Name, "flows/") || strings.HasPrefix(f.Name, "cards/"):
				files = append(files, File{Name: f.Name, Data: f.Data})
			}
		}
		out[filepath.Base(path)] = files
	}
	return out
}

// compiled runs the passes up to the module and returns the state behind them.
func compiled(t testing.TB, files []File, reg *flow.Registry) *compilation {
	t.Helper()
	c := &compilation{files: files, opt: Options{Registry: reg}, out: &Output{}}
	for _, p := range passes() {
		if p.release {
			continue
		}
		if err := p.run(c); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		if c.prog != nil {
			if err := ir.Verify(c.prog); err != nil {
				t.Fatalf("after %s: %v\n%s", p.name, err, ir.Print(c.prog))
			}
		}
	}
	return c
}

// TestIRText: what Print writes, Parse reads back to the same program, which
// encodes to the same bytes.
func TestIRText(t *testing.T) {
	reg := hostfuncs.Standard()
	for name, files := range goldenSources(t) {
		c := compiled(t, files, reg)
		text := ir.Print(c.prog)
		back, err := ir.Parse(text, reg)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
			continue
		}
		if err := ir.Verify(back); err != nil {
			t.Errorf("%s: parsed IR: %v", name, err)
		}
		if again := ir.Print(back); again != text {
			t.Errorf("%s: printed, parsed and printed again differs:\n%s\n---\n%s", name, text, again)
		}
		b, err := wasm.Encode(back, c.out.Manifest)
		if err != nil || string(b) != string(c.out.Wasm) {
			t.Errorf("%s: parsed IR encodes to another module (%v)", name, err)
		}
	}
}

// TestRethrowNeedsError: an error fails again only where one was caught.
func TestRethrowNeedsError(t *testing.T) {
	program := func(body ...ir.Op) *ir.Program {
		return &ir.Program{Funcs: []*ir.Func{{Name: "main", Regs: []guest.Repr{guest.Handle}, Body: body}}}
	}
	for name, c := range map[string]struct {
		prog *ir.Program
		ok   bool
	}{
		"alone":              {program(&ir.Rethrow{}), false},
		"in what is tried":   {program(&ir.Try{Body: []ir.Op{&ir.Rethrow{}}}), false},
		"behind the handler": {program(&ir.Try{IfError: []ir.Op{&ir.Stop{Message: ir.None}}}, &ir.Rethrow{}), false},
		"in the handler":     {program(&ir.Try{IfError: []ir.Op{&ir.Block{Body: []ir.Op{&ir.Rethrow{}}}}}), true},
	} {
		if err := ir.Verify(c.prog); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDeterministic: equal source gives equal bytes, in whatever order the
// files are given.
func TestDeterministic(t *testing.T) {
	reg := hostfuncs.Standard()
	for name, files := range goldenSources(t) {
		first := compiled(t, files, reg).out
		for range 3 {
			again, err := Compile(slices.Clone(files), Options{Registry: reg})
			if err != nil {
				t.Fatal(err)
			}
			if string(again.Wasm) != string(first.Wasm) || again.Digest != first.Digest {
				t.Fatalf("%s: two compilations differ", name)
			}
		}
	}
}

// TestText: the text form of every golden module can be printed, and damaged
// bytes give an error and no panic.
func TestText(t *testing.T) {
	reg := hostfuncs.Standard()
	for name, files := range goldenSources(t) {
		b := compiled(t, files, reg).out.Wasm
		if text, err := Text(b); err != nil || !strings.HasPrefix(text, "(module") {
			t.Errorf("%s: %v", name, err)
		}
		for cut := 0; cut < len(b); cut += 1 + len(b)/50 {
			if _, err := Text(b[:cut]); err != nil && flow.CodeOf(err) != flow.CodeModuleInvalid {
				t.Errorf("%s cut at %d: %v", name, cut, err)
			}
		}
	}
}

func FuzzIR(f *testing.F) {
	reg := hostfuncs.Standard()
	for _, files := range goldenSources(f) {
		f.Add(ir.Print(compiled(f, files, reg).prog))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ir.Parse(text, reg)
		if err != nil {
			if flow.CodeOf(err) != flow.CodeSourceSyntax {
				t.Fatalf("error without its code: %v", err)
			}
			return
		}
		if ir.Verify(p) != nil {
			return
		}
		back, err := ir.Parse(ir.Print(p), reg)
		if err != nil {
			t.Fatalf("what was printed cannot be parsed: %v\n%s", err, ir.Print(p))
		}
		if ir.Print(back) != ir.Print(p) {
			t.Fatalf("printed, parsed and printed again differs:\n%s", ir.Print(p))
		}
	})
}

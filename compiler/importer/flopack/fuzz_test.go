package flopack_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/flopack"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

// FuzzImport: whatever the export, an import ends with coded errors that have
// places, or with a connector that has no problem, is in canonical form and is
// the same the second time.
func FuzzImport(f *testing.F) {
	archives, err := filepath.Glob("../../../testdata/flopack/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatalf("%d exports, %v", len(archives), err)
	}
	for _, path := range archives {
		a, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	registry := hostfuncs.Standard()
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64<<10 {
			return
		}
		flopack.Is(data)
		const file = "fuzz.flopack"
		res, err := flopack.Import(file, data, flopack.Options{Registry: registry})
		if err != nil {
			problems, ok := err.(flow.Diagnostics)
			if !ok {
				problems = flow.Diagnostics{{Error: flow.AsError(err)}}
			}
			for _, e := range problems {
				if !strings.HasPrefix(string(e.Code), "import.") || e.Pos.File != file || e.Pos.Line < 1 || e.Pos.Col < 1 {
					t.Fatalf("%#v", e.Error)
				}
			}
			return
		}
		if d := compiler.Check(res.Files, compiler.Options{Registry: registry}); d.HasErrors() {
			t.Fatalf("%v", d)
		}
		again, err := flopack.Import(file, data, flopack.Options{Registry: registry})
		if err != nil || len(again.Files) != len(res.Files) {
			t.Fatalf("a second import: %v", err)
		}
		for i, x := range res.Files {
			if text, err := compiler.Format(x); err != nil || !bytes.Equal(text, x.Data) {
				t.Fatalf("formatting changes %s (%v)", x.Name, err)
			}
			if !bytes.Equal(again.Files[i].Data, x.Data) {
				t.Fatalf("a second import gives another %s", x.Name)
			}
		}
		if err := res.Report.WriteText(new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
	})
}

package openapi_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/openapi"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

// FuzzImport: whatever the document, an import ends with a coded error that has
// a place, or with connectors that have no problem and are in canonical form.
func FuzzImport(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data, false)
	}
	files, _ := filepath.Glob("testdata/hostile/*.*")
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, true)
	}
	registry := hostfuncs.Standard()
	f.Fuzz(func(t *testing.T, data []byte, split bool) {
		if len(data) > 64<<10 {
			return
		}
		openapi.Is(data)
		res, err := openapi.Import("api.yaml", data, openapi.Options{Split: split, Max: 20})
		if err != nil {
			e := flow.AsError(err)
			if !strings.HasPrefix(string(e.Code), "import.") || e.Pos.File != "api.yaml" || e.Pos.Line < 1 || e.Pos.Col < 1 {
				t.Fatalf("%#v", e)
			}
			return
		}
		for _, c := range res.Connectors {
			for _, d := range compiler.Check(c.Files, compiler.Options{Registry: registry}) {
				t.Fatalf("%s: %v", c.Dir, d.Error)
			}
			for _, file := range c.Files {
				if text, err := compiler.Format(file); err != nil || !bytes.Equal(text, file.Data) {
					t.Fatalf("formatting changes %s (%v)", file.Name, err)
				}
			}
		}
		if err := res.Report.WriteText(new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
	})
}

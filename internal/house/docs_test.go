package house

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// published are the packages that programs outside of this repository use.
var published = []string{
	"flow", "compiler", "engine", "hostfuncs", "hostfuncs/egress", "guest", "connections", "tape", "bundle", "versions", "compat", "face", "face/manual", "blobs", "tables",
}

// TestHouseDocumented: whatever a published package exports says what it is, and
// each package shows its use in an example that the tests run.
func TestHouseDocumented(t *testing.T) {
	for _, dir := range published {
		set := token.NewFileSet()
		entries, err := os.ReadDir(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		var files, tests []*ast.File
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			f, err := parser.ParseFile(set, filepath.Join(root, dir, e.Name()), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(e.Name(), "_test.go") {
				tests = append(tests, f)
			} else {
				files = append(files, f)
			}
		}
		examples := doc.Examples(tests...)
		checked := false
		for _, ex := range examples {
			checked = checked || ex.Output != ""
		}
		if !checked {
			t.Errorf("%s has no example with an output", dir)
		}
		pkg, err := doc.NewFromFiles(set, files, dir)
		if err != nil {
			t.Fatal(err)
		}
		say := func(text, what string) {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is not documented", dir, what)
			}
		}
		say(pkg.Doc, "the package")
		values := func(all []*doc.Value) {
			for _, v := range all {
				for _, spec := range v.Decl.Specs {
					s := spec.(*ast.ValueSpec)
					for _, name := range s.Names {
						if name.IsExported() {
							say(v.Doc+s.Doc.Text()+s.Comment.Text(), name.Name)
						}
					}
				}
			}
		}
		funcs := func(of string, all []*doc.Func) {
			for _, f := range all {
				if f.Level == 0 {
					say(f.Doc, of+f.Name)
				}
			}
		}
		values(pkg.Consts)
		values(pkg.Vars)
		funcs("", pkg.Funcs)
		for _, typ := range pkg.Types {
			say(typ.Doc, typ.Name)
			values(typ.Consts)
			values(typ.Vars)
			funcs("", typ.Funcs)
			funcs(typ.Name+".", typ.Methods)
		}
	}
}

package house

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/weirflow/weir"

// layer returns how high a package stands, by the table of docs/ARCHITECTURE.md.
func layer(pkg string) int {
	rel := strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
	switch top, _, _ := strings.Cut(rel, "/"); top {
	case "flow":
		return 0
	case "guest":
		return 1
	case "compiler", "engine", "hostfuncs", "blobs", "tables", "face", "connections", "bundle", "compat", "versions", "tape":
		return 2
	case "internal":
		return 3
	case "cmd", "examples":
		return 4
	}
	return -1
}

// part is the unit that siblings of layer 2 must not import each other across.
func part(pkg string) string {
	rel := strings.TrimPrefix(pkg, module+"/")
	top, _, _ := strings.Cut(rel, "/")
	return top
}

// allowedOutside lists which parts may import which modules from outside the
// standard library; "" stands for none.
var allowedOutside = map[string][]string{
	"flow":      {},
	"guest":     {},
	"compiler":  {"github.com/goccy/go-yaml", "github.com/pb33f/go-yaml", "github.com/pb33f/libopenapi", "golang.org/x/text"},
	"engine":    {"github.com/tetratelabs/wazero"},
	"hostfuncs": {"github.com/dlclark/regexp2/v2", "github.com/golang-jwt/jwt/v5", "golang.org/x/net", "golang.org/x/text"},
	"blobs":     {},
	"bundle":    {},
	"compat":    {},
	"versions":  {},
	"face":      {},
	"tables":    {"github.com/ncruces/go-sqlite3"},
	"connections": {"github.com/gofrs/flock", "github.com/golang-jwt/jwt/v5", "github.com/tink-crypto/tink-go/v2", "golang.org/x/net/idna",
		"golang.org/x/oauth2", "golang.org/x/sync/singleflight"},
	"tape":     {},
	"internal": {"golang.org/x/tools"},
	"cmd":      {"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/yuin/goldmark", "golang.org/x/term"},
	"examples": {},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) < 10 {
		t.Fatalf("go list found %d packages", len(pkgs))
	}
	return pkgs
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range listPackages(t) {
		from := layer(p.ImportPath)
		if from < 0 {
			t.Errorf("%s stands in no layer", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, module) {
				checkOutside(t, p.ImportPath, imp)
				continue
			}
			to := layer(imp)
			sibling := from == 2 && to == 2 && part(p.ImportPath) != part(imp)
			if to > from || sibling {
				t.Errorf("%s must not import %s", p.ImportPath, imp)
			}
		}
	}
}

func checkOutside(t *testing.T, from, imp string) {
	t.Helper()
	if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
		checkStandard(t, from, imp)
		return
	}
	for _, ok := range allowedOutside[part(from)] {
		if imp == ok || strings.HasPrefix(imp, ok+"/") {
			if strings.HasPrefix(imp, "github.com/tetratelabs/wazero") && !strings.HasPrefix(from, module+"/engine/internal/backend") {
				t.Errorf("%s must not import the runtime: it stands behind engine/internal/backend", from)
			}
			if strings.HasPrefix(imp, "github.com/pb33f/") && from != module+"/compiler/importer/openapi" {
				t.Errorf("%s must not import %s: it reads OpenAPI documents, behind compiler/importer/openapi", from, imp)
			}
			return
		}
	}
	t.Errorf("%s must not import %s", from, imp)
}

// checkStandard keeps the network in one place and flags out of libraries.
func checkStandard(t *testing.T, from, imp string) {
	t.Helper()
	rel := strings.TrimPrefix(from, module+"/")
	above := layer(from) >= 3
	switch imp {
	case "net/http":
		// connections needs its types for x/oauth2; see TestHouseNobodyElseDials.
		if !above && rel != "hostfuncs/egress" && rel != "connections" {
			t.Errorf("%s must not import %s: only hostfuncs/egress dials", from, imp)
		}
	case "net", "crypto/tls":
		if !above && rel != "hostfuncs/egress" {
			t.Errorf("%s must not import %s: only hostfuncs/egress dials", from, imp)
		}
	case "flag", "os/signal":
		if layer(from) < 3 {
			t.Errorf("%s must not import %s: only commands read flags", from, imp)
		}
	case "unsafe":
		t.Errorf("%s must not import unsafe", from)
	}
}

// root is the repository, seen from this package.
const root = "../.."

func goFiles(t *testing.T, visit func(path string, file *ast.File, set *token.FileSet)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "node_modules" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		n++
		visit(path, f, set)
		return nil
	})
	if err != nil || n < 50 {
		t.Fatalf("read %d Go files: %v", n, err)
	}
}

// onlyIn says which folders may use a function of package flow that opens
// secrets.
var onlyIn = map[string][]string{
	"OpenSecret": {"flow", "hostfuncs/egress"},
}

func TestHouseSecretsAreOpenedInOnePlace(t *testing.T) {
	goFiles(t, func(path string, file *ast.File, _ *token.FileSet) {
		rel := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		if strings.HasSuffix(rel, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if places, guarded := onlyIn[sel.Sel.Name]; guarded {
				if !slices.ContainsFunc(places, func(p string) bool { return rel == p || strings.HasPrefix(rel, p+"/") }) {
					t.Errorf("%s uses %s, which only %v may", rel, sel.Sel.Name, places)
				}
			}
			return true
		})
	})
}

// TestHouseNobodyElseDials: package connections uses what describes HTTP and
// nothing of it that opens a connection or listens.
func TestHouseNobodyElseDials(t *testing.T) {
	described := []string{"Client", "ErrUseLastResponse", "Header", "MethodPost", "Request", "Response", "StatusText", "StatusTooManyRequests"}
	goFiles(t, func(path string, file *ast.File, set *token.FileSet) {
		rel := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		if !strings.HasPrefix(rel, "connections/") || strings.HasSuffix(rel, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "http" && !slices.Contains(described, sel.Sel.Name) {
					t.Errorf("%s uses http.%s: only hostfuncs/egress dials", set.Position(sel.Pos()), sel.Sel.Name)
				}
			}
			// A client without a transport is one that dials.
			if lit, ok := n.(*ast.CompositeLit); ok {
				if typ, ok := lit.Type.(*ast.SelectorExpr); ok && typ.Sel.Name == "Client" && !slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
					kv, ok := e.(*ast.KeyValueExpr)
					key, _ := kv.Key.(*ast.Ident)
					return ok && key != nil && key.Name == "Transport"
				}) {
					t.Errorf("%s: an HTTP client without a transport of its own", set.Position(lit.Pos()))
				}
			}
			return true
		})
	})
}

func TestHouseRules(t *testing.T) {
	goFiles(t, func(path string, file *ast.File, set *token.FileSet) {
		rel := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		switch file.Name.Name {
		case "util", "utils", "common", "helpers", "misc":
			t.Errorf("%s: package %s says nothing", rel, file.Name.Name)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init functions", rel)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			// wazero's reflection API is thirty times slower than its stack API.
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "WithFunc" && strings.HasPrefix(rel, "engine/") {
				t.Errorf("%s: host functions use the stack API", set.Position(sel.Pos()))
			}
			return true
		})
		lines := set.File(file.Pos()).LineCount()
		if lines > 700 && !strings.HasSuffix(rel, "_test.go") {
			t.Errorf("%s has %d lines: one subject, about 500", rel, lines)
		}
	})
}

// TestHouseArchitecturePage: every package that the page names exists, and every
// package is named on it or stands in a folder that is.
func TestHouseArchitecturePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	var names []string
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 && strings.Contains(part, "/") && !strings.ContainsAny(part, " *<") {
			names = append(names, part)
		}
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Errorf("docs/ARCHITECTURE.md names %s, which does not exist", name)
		}
	}
	for _, p := range listPackages(t) {
		rel := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		named := strings.Contains(text, "`"+rel+"`") || strings.HasPrefix(rel, "examples/")
		for dir := rel; !named && dir != "."; dir = filepath.Dir(dir) {
			named = strings.Contains(text, "`"+dir+"`") || strings.Contains(text, "`"+dir+"/*`")
		}
		if !named {
			t.Errorf("docs/ARCHITECTURE.md does not name %s", rel)
		}
	}
}

package conformance

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/compat"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/face"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest/wasmtest"
	"github.com/weirflow/weir/internal/codes"
	"github.com/weirflow/weir/tape"
	"github.com/weirflow/weir/versions"
)

const codesDir = "../../flow"

func readCodes(t *testing.T) []codes.Doc {
	t.Helper()
	all, err := codes.ReadDir(os.DirFS(codesDir))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("read %d codes", len(all))
	}
	return all
}

// unsourced are the codes that no connector can give, with the Go code that
// does. Their comments say why.
var unsourced = map[flow.Code]func(t *testing.T) error{
	// Cards are written in Go.
	flow.CodeCardDefinition: func(*testing.T) error {
		_, err := flow.NewRegistry(&flow.Card{Key: "text.nothing"})
		return err
	},
	// Compiled flows use the handles that they were given; a forged module need not.
	flow.CodeValueHandle: func(t *testing.T) error {
		forged := wasmtest.Flow(func(*wasmtest.Module) wasmtest.Code { return wasmtest.Code{}.I32(1 << 20) })
		return loadAndRun(t, engine.Config{}, forged.Bytes())
	},
	// A card is looked at, not run.
	flow.CodeFaceResult: func(t *testing.T) error {
		m := &flow.Manifest{Flows: []flow.FlowInfo{{Key: "card", Type: flow.FlowAction,
			Options: []flow.FieldInfo{{Key: "a", ChoicesFrom: &flow.Dynamic{Flow: "rows"}}}}}}
		_, err := face.OfCard(t.Context(), m, "card", face.Options{Evaluate: func(context.Context, string, flow.Value) (flow.Value, error) {
			return flow.Text("no list"), nil
		}})
		return err
	},
	// Runs are recorded by whoever starts them.
	flow.CodeTapeLimit: func(t *testing.T) error {
		_, err := recording(t, strings.Repeat("x", tape.MaxBody+1)).Tape("run", tape.Given{}, tape.Result{})
		return err
	},
	flow.CodeTapeSecret: func(t *testing.T) error {
		_, err := recording(t, "text").Tape("run", tape.Given{}, tape.Result{}, flow.NewSecret("pin", "123"))
		return err
	},
	// Keys are files, versions are made of what is compiled, and a comparison takes
	// two builds.
	flow.CodeBundleKey: func(*testing.T) error {
		_, err := bundle.ParseKey([]byte("no key"))
		return err
	},
	flow.CodeVersionUnknown: func(t *testing.T) error {
		_, _, err := versions.OpenDir(t.TempDir()).Open(t.Context(), 1)
		return err
	},
	flow.CodeVersionDamaged: func(*testing.T) error {
		return (&versions.Version{Bytes: 1}).Holds(nil)
	},
	flow.CodeVersionLimit: func(t *testing.T) error {
		_, err := versions.OpenDir(t.TempDir()).Create(t.Context(), versions.Draft{Content: make([]byte, versions.MaxBytes+1)})
		return err
	},
	flow.CodeVersionStore: func(t *testing.T) error {
		_, err := versions.OpenDir("codes_test.go").List(t.Context())
		return err
	},
	flow.CodeCompatConnector: func(*testing.T) error {
		_, err := compat.Compare(&flow.Manifest{Key: "a"}, &flow.Manifest{Key: "b"})
		return err
	},
	flow.CodeCompatExceeded: func(*testing.T) error {
		return (&compat.Report{Level: compat.Major}).Within(compat.Minor)
	},
	// A fault: here of the source of randomness, from which the run's id is made.
	flow.CodeInternal: func(t *testing.T) error {
		return loadAndRun(t, engine.Config{Random: iotest.ErrReader(errors.New("out of order"))}, wasmtest.Generate("valid", ""))
	},
	// What people enter, browsers bring, servers answer and files hold.
	flow.CodeConnectionInvalid:     incompleteConnection,
	flow.CodeConnectionUnknown:     unknownConnection,
	flow.CodeConnectionExists:      secondConnection,
	flow.CodeConnectionReauthorize: expiredConnection,
	flow.CodeOAuthCallback:         strangeCallback,
	flow.CodeOAuthRefused:          tokenAnswer(400, `{"error": "invalid_client"}`),
	flow.CodeOAuthAnswer:           tokenAnswer(200, `<title>Sign in</title>`),
	flow.CodeOAuthUnavailable:      tokenAnswer(503, ``),
	flow.CodeVaultKey:              foreignKey,
	flow.CodeVaultCorrupt:          damagedVault,
	flow.CodeVaultIO:               openToAll,
}

// recording is a recorder that heard one answer with this body.
func recording(t *testing.T, body string) *tape.Recorder {
	t.Helper()
	rec := tape.NewRecorder(fetcher(func(context.Context, *flow.Request) (*flow.Response, error) {
		return &flow.Response{Status: 200, Body: []byte(body)}, nil
	}), tape.Config{})
	if _, err := rec.Fetch(t.Context(), &flow.Request{Method: "GET", URL: "https://example.com/"}); err != nil {
		t.Fatal(err)
	}
	return rec
}

func loadAndRun(t *testing.T, cfg engine.Config, wasm []byte) error {
	t.Helper()
	eng, err := engine.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = eng.Close(context.Background()) })
	mod, err := eng.Load(t.Context(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	_, err = mod.Run(t.Context(), engine.Run{Flow: "main"})
	return err
}

// TestCodeExamples: every code has a comment and an example that gives exactly
// this code, or is one of the few that no source gives.
func TestCodeExamples(t *testing.T) {
	seen := map[flow.Code]string{}
	for _, d := range readCodes(t) {
		t.Run(string(d.Code), func(t *testing.T) {
			if other, dup := seen[d.Code]; dup {
				t.Errorf("%s and %s have the same text", other, d.Name)
			}
			seen[d.Code] = d.Name
			if d.Text == "" || !strings.HasSuffix(d.Text, ".") {
				t.Errorf("%s: the comment %q is no sentence", d.Name, d.Text)
			}
			raise, exempt := unsourced[d.Code]
			if said := strings.Contains(d.Text, codes.Unsourced); said != exempt || said != (d.Example == nil) {
				t.Fatalf("%s: the comment says that no source gives it: %t; it is one of those: %t; it has an example: %t",
					d.Name, said, exempt, d.Example != nil)
			}
			if exempt {
				if err := raise(t); flow.CodeOf(err) != d.Code {
					t.Errorf("got %v", err)
				}
				return
			}
			newTrial(t, d.Example).gives(d.Code)
		})
	}
	for code := range unsourced {
		if seen[code] == "" {
			t.Errorf("%s is no code of %s", code, codesDir)
		}
	}
}

// TestCodesAreUsed: some code outside of tests names every code.
func TestCodesAreUsed(t *testing.T) {
	used := map[string]bool{}
	set := token.NewFileSet()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); strings.HasPrefix(name, ".") && name != ".." || name == "node_modules" || name == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		rel := filepath.ToSlash(path)
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") || strings.HasPrefix(rel, codesDir+"/codes") {
			return nil
		}
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		raisedIn(file, used)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range readCodes(t) {
		if !used[d.Name] {
			t.Errorf("nothing raises %s", d.Name)
		}
	}
}

// raisedIn notes every code that a file names elsewhere than in a card's list of
// errors or an example, which only repeat what cards raise.
func raisedIn(file *ast.File, used map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Errors" || key.Name == "Err") {
				return false
			}
		case *ast.Ident:
			if strings.HasPrefix(n.Name, "Code") {
				used[n.Name] = true
			}
		}
		return true
	})
}

// problemsOf returns what the compiler says about an example, warnings included.
func problemsOf(t *testing.T, source files, release bool) (*compiler.Output, flow.Diagnostics) {
	t.Helper()
	out, err := compiler.Compile(source.list(), compiler.Options{Registry: registry(), Release: release})
	if err != nil {
		return nil, diagnostics(err)
	}
	return out, out.Warnings
}

func render(d flow.Diagnostics, source files) string {
	var b bytes.Buffer
	if err := compiler.Render(&b, d, source.list()); err != nil {
		return err.Error()
	}
	return b.String()
}

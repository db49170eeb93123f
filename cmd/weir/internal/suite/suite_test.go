package suite

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/internal/canary"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata/*.txtar")

// connector compiles a connector of testdata: "plain" has a flow for each
// thing that a test can see, "secret" one that spends a secret, "faces" options,
// connections, tables and files.
func connector(t *testing.T, name string) *compiler.Output {
	t.Helper()
	files, err := compiler.ReadDir(os.DirFS(filepath.Join("testdata", name)))
	if err != nil {
		t.Fatal(err)
	}
	out, err := compiler.Compile(files, compiler.Options{Registry: hostfuncs.Standard()})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func runner(t *testing.T, name string) *Runner {
	t.Helper()
	r, err := NewRunner(t.Context(), connector(t, name).Wasm, Config{Registry: hostfuncs.Standard()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// TestFiles reads and runs every file of testdata/*.txtar, with the connector of
// testdata that its name begins with: section "test" is the test file, "want"
// what is printed about it: problems, or a line for each test with what failed.
// Sections named after tapes are tapes that the tests behind them may name.
func TestFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files: %v", err)
	}
	runners := map[string]*Runner{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		of, _, _ := strings.Cut(name, "-")
		if runners[of] == nil {
			runners[of] = runner(t, of)
		}
		t.Run(name, func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			tapes := Tapes{}
			var test []byte
			for i, f := range a.Files {
				switch {
				case IsTape(f.Name):
					tapes["tests/"+f.Name] = f.Data
				case f.Name == "test":
					test = f.Data
				case f.Name == "want":
					got := outcomeOf(t, runners[of], compiler.File{Name: "tests/t.yaml", Data: test}, tapes)
					canary.Check(t, path, []byte(got), "s3cret-key", "s3cret-token", "s3cret-word")
					if *update {
						a.Files[i].Data = []byte(got)
					} else if got != string(f.Data) {
						t.Errorf("test:\n%s--- want\n%s--- got\n%s", test, f.Data, got)
					}
					tapes = Tapes{}
				default:
					t.Fatalf("section %s", f.Name)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func outcomeOf(t *testing.T, r *Runner, f compiler.File, tapes Tapes) string {
	t.Helper()
	var b strings.Builder
	tests, err := Read([]compiler.File{f}, tapes, r.Manifest())
	var diags flow.Diagnostics
	if errors.As(err, &diags) {
		for _, d := range diags {
			fmt.Fprintf(&b, "%v\n", d.Error)
		}
		return b.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range tests {
		failures := r.Run(t.Context(), &tests[i]).Failures
		if len(failures) == 0 {
			fmt.Fprintf(&b, "ok %s\n", tests[i].Name)
			continue
		}
		fmt.Fprintf(&b, "FAIL %s\n%s\n", tests[i].Name, strings.Join(failures, "\n"))
	}
	return b.String()
}

// TestReadNeverPanics cuts a good file at every byte and changes single bytes:
// each gives tests or coded problems with a place.
func TestReadNeverPanics(t *testing.T) {
	m := connector(t, "plain").Manifest
	good := "tests:\n  - name: a\n    flow: fetch\n    input: {path: \"/x\", n: -1.5e3}\n    http:\n      - request: {method: GET, url: https://api.example.com/x}\n" +
		"        response:\n          status: 200\n          body: |\n            text\n    error: {code: http.status}\n"
	if _, err := Read([]compiler.File{{Name: "tests/t.yaml", Data: []byte(good)}}, nil, m); err != nil {
		t.Fatalf("%s: %v", good, err)
	}
	try := func(text string) {
		_, err := Read([]compiler.File{{Name: "tests/t.yaml", Data: []byte(text)}}, nil, m)
		var diags flow.Diagnostics
		if err != nil && !errors.As(err, &diags) {
			t.Errorf("%q: %v is no diagnostics", text, err)
		}
		for _, d := range diags {
			if d.Code == flow.CodeInternal || d.Pos.File != "tests/t.yaml" || !d.Pos.IsValid() {
				t.Errorf("%q: %v has no place", text, d.Error)
			}
		}
	}
	for i := range good {
		try(good[:i])
		for _, c := range []string{"", "-", ":", "{", "\"", "\n", "#", "&", "\t", "]", "|"} {
			try(good[:i] + c + good[i+1:])
		}
	}
}

func TestFresh(t *testing.T) {
	r := runner(t, "plain")
	const text = "flow: chance\noutput: {uuid: x}\n"
	var seen []string
	for range 3 {
		seen = append(seen, outcomeOf(t, r, compiler.File{Name: "tests/t.yaml", Data: []byte(text)}, nil))
	}
	if seen[0] != seen[1] || seen[1] != seen[2] || !strings.Contains(seen[0], "output.uuid: want") {
		t.Errorf("tests do not begin alike: %q", seen)
	}
}

package schema

import (
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/cmd/weir/internal/suite"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/tape"
)

// TestTests: the schemas take every test and tape of the repository that the
// reader takes, and no other.
func TestTests(t *testing.T) {
	all := schemas(t)
	n := 0
	for _, top := range []string{"examples", "cmd/weir", "testdata"} {
		err := fs.WalkDir(os.DirFS(filepath.Join(repository, top)), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || path.Base(path.Dir(name)) != "tests" || path.Ext(name) != ".yaml" {
				return err
			}
			source, err := os.ReadFile(filepath.Join(repository, top, name))
			if err != nil {
				return err
			}
			v, err := data(name, source)
			if err != nil {
				return err
			}
			kind := Test
			var problems error
			if suite.IsTape(name) {
				kind = Tape
				_, problems = suite.ReadTape(name, source)
			} else {
				_, problems = suite.Read([]compiler.File{{Name: name, Data: source}}, nil, nil)
			}
			schemaErr := all[kind].Validate(v)
			if wrong := formal(problems); wrong != (schemaErr != nil) {
				t.Errorf("%s: the reader says %v, the schema %v", name, problems, schemaErr)
			}
			n++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 2 {
		t.Errorf("found only %d test files", n)
	}
}

// TestTapes: the schemas of tests and tapes take what the reader takes, and
// refuse what it refuses, of every tape of the repository and of random changes.
func TestTapes(t *testing.T) {
	all := schemas(t)
	var pool [][]byte
	for _, pattern := range []string{"tape/testdata/*.tape.yaml", "cmd/weir/testdata/*/tests/*.tape.yaml", "cmd/weir/testdata/*/tests/*/*.tape.yaml", "examples/*/tests/*.tape.yaml"} {
		names, _ := filepath.Glob(filepath.Join(repository, pattern))
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := suite.ReadTape("x.tape.yaml", source); err == nil {
				pool = append(pool, source)
			}
		}
	}
	pool = append(pool, []byte("tape: 1\nflow: f\nrun: r\ntime: 2026-01-02T03:04:05.678Z\nseed: "+strings.Repeat("a", 64)+"\noptions: {a: b}\nconnection: {auth: a, values: {b: c}, hosts: [d]}\nhidden: [a]\ncards: [{step: s, card: a.b, connection: c, options: {x: y}, inputs: {z: 1}, stream: true, page: 2, records: [1], next: 3}]\n"+
		"clock: {s: [1, 2]}\nhttp: [{step: s, request: {method: GET, url: \"https://a.example/\", query: {a: [b]}, bytes: 3}, error: {code: http.tls, statusCode: 500}}]\nstopped: true\n"))
	if len(pool) < 3 {
		t.Fatalf("only %d tapes", len(pool))
	}
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	var right, wrong int
	for i := range 1500 {
		v, err := data("x.yaml", pool[i%len(pool)])
		if err != nil {
			t.Fatal(err)
		}
		if i >= len(pool) {
			v = mutate(rng, v)
		}
		source, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		_, readErr := suite.ReadTape("x.tape.json", source)
		if v, err = data("x.json", source); err != nil {
			t.Fatal(err)
		}
		schemaErr := all[Tape].Validate(v)
		switch {
		case schemaErr != nil && readErr == nil:
			t.Errorf("seed %d: the schema refuses what is read: %v\n%s", seed, schemaErr, source)
		case schemaErr == nil && readErr != nil && !beyondSchema(readErr):
			t.Errorf("seed %d: the schema takes what is refused: %v\n%s", seed, readErr, source)
		case readErr == nil:
			right++
		default:
			wrong++
		}
	}
	if right < 100 || wrong < 100 {
		t.Errorf("seed %d: %d tapes were right and %d wrong", seed, right, wrong)
	}
}

// formal reports whether a problem of a test is in its form, and not in what it
// refers to.
func formal(err error) bool {
	d, _ := err.(flow.Diagnostics)
	return slices.ContainsFunc(d, func(one flow.Diagnostic) bool {
		return one.Error.Code == flow.CodeSourceField || one.Error.Code == flow.CodeSourceMissing || one.Error.Code == flow.CodeSourceValue
	})
}

// beyondSchema reports whether all problems of a tape are in texts of which a
// schema says only that they are texts.
func beyondSchema(err error) bool {
	d, _ := err.(flow.Diagnostics)
	return !slices.ContainsFunc(d, func(one flow.Diagnostic) bool {
		return !slices.ContainsFunc([]string{"time must be as", "not an absolute", "not base64", "a time must be"}, func(s string) bool {
			return strings.HasPrefix(one.Error.Msg, s)
		})
	})
}

// TestFieldsOfExchanges: the schema has the fields that the reader knows.
func TestFieldsOfExchanges(t *testing.T) {
	exchange, request, response, failure := tape.ExchangeFields()
	for def, want := range map[string][]string{"exchange": exchange, "failure": failure, "exchange/request": request, "exchange/response": response, "call": tape.CardFields(), "": tape.TapeFields()} {
		var root map[string]any
		if err := json.Unmarshal([]byte(Render(Tape, hostfuncs.Standard())), &root); err != nil {
			t.Fatal(err)
		}
		at := root
		if def != "" {
			name, field, nested := strings.Cut(def, "/")
			at = root["$defs"].(map[string]any)[name].(map[string]any)
			if nested {
				at = at["properties"].(map[string]any)[field].(map[string]any)
			}
		}
		var got []string
		for k := range at["properties"].(map[string]any) {
			got = append(got, k)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s has the fields %q, want %q", def, got, want)
		}
	}
}

package schema

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

const repository = "../../../.."

// schemas are the compiled schemas of all kinds. Compiling checks each against
// the metaschema of its draft.
func schemas(t *testing.T) map[Kind]*jsonschema.Schema {
	t.Helper()
	out := map[Kind]*jsonschema.Schema{}
	reg := hostfuncs.Standard()
	for _, k := range Kinds() {
		data, err := jsonschema.UnmarshalJSON(strings.NewReader(Render(k, reg)))
		if err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft2020)
		if err := c.AddResource("urn:weir:schema:"+string(k), data); err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		if out[k], err = c.Compile("urn:weir:schema:" + string(k)); err != nil {
			t.Fatalf("%s: %v", k, err)
		}
	}
	return out
}

// kindOf returns the schema that a file of a connector is for.
func kindOf(name string) Kind {
	switch path.Dir(name) {
	case "flows":
		return Flow
	case "tests":
		return Test
	case "cards":
		return Cards
	}
	return Connector
}

// data reads YAML or JSON as a validator sees it.
func data(name string, source []byte) (v any, err error) {
	if path.Ext(name) == ".json" {
		err = json.Unmarshal(source, &v)
		return v, err
	}
	err = yaml.Unmarshal(source, &v)
	return v, err
}

// connectors returns every connector of the repository's tests and examples, by
// where it is from.
func connectors(t *testing.T) map[string][]compiler.File {
	t.Helper()
	out := map[string][]compiler.File{}
	for _, pattern := range []string{"testdata/flows/*.txtar", "testdata/errors/*.txtar"} {
		names, _ := filepath.Glob(filepath.Join(repository, pattern))
		for _, name := range names {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := []compiler.File{{Name: "connector.yaml", Data: []byte("key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\n")}}
			for _, f := range a.Files {
				switch {
				case f.Name == "connector.yaml":
					files[0].Data = f.Data
				case strings.HasPrefix(f.Name, "flows/") || strings.HasPrefix(f.Name, "cards/"):
					files = append(files, compiler.File{Name: f.Name, Data: f.Data})
				}
			}
			out[filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name)] = files
		}
	}
	for _, top := range []string{"examples", "testdata/connectors", "cmd/weir/testdata", "cmd/weir/internal/suite/testdata"} {
		names, _ := filepath.Glob(filepath.Join(repository, top, "*", "connector.*"))
		for _, name := range names {
			files, err := compiler.ReadDir(os.DirFS(filepath.Dir(name)))
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Join(top, filepath.Base(filepath.Dir(name)))] = slices.DeleteFunc(files, func(f compiler.File) bool { return path.Dir(f.Name) == "assets" })
		}
	}
	if len(out) < 40 {
		t.Fatalf("found only %d connectors", len(out))
	}
	return out
}

// structural reports whether a problem is one that a schema can see: it is in
// the form of one file, not in what the file refers to.
func structural(d flow.Diagnostic) bool {
	switch d.Error.Code {
	case flow.CodeSourceMissing:
		return d.Pos.File != "" && d.Error.Msg != "the connector has no flows"
	case flow.CodeSourceField:
		return true
	case flow.CodeCardUnknown:
		key, _, _ := strings.Cut(strings.TrimPrefix(d.Error.Msg, `no card "`), `"`)
		return own(key)
	case flow.CodeCardInput, flow.CodeCardMissing:
		key, found := strings.CutPrefix(d.Error.Msg, "card ") // the inputs of flows stand in other files
		key, _, _ = strings.Cut(key, " ")
		return found && own(key)
	}
	return false
}

// own reports whether a key is none of a card of another connector, which
// another file declares.
func own(key string) bool {
	family, name, dotted := strings.Cut(key, ".")
	if !dotted || strings.Trim(family+name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return true
	}
	for c := range hostfuncs.Standard().All() {
		if c.Family() == family {
			return true
		}
	}
	return false
}

// compare says where the schemas and the compiler differ on a connector: a file
// that the compiler takes and the schema does not, or one in whose form the
// compiler sees a problem and the schema none. counts is of files refused and
// accepted by both.
func compare(all map[Kind]*jsonschema.Schema, files []compiler.File, opt compiler.Options, counts *[2]int) error {
	diags := compiler.Check(files, opt)
	var first *flow.Diagnostic
	bad := map[string]flow.Diagnostic{}
	for i, d := range diags {
		if d.Severity != flow.SeverityError {
			continue
		}
		if first == nil {
			first = &diags[i]
		}
		if structural(d) {
			bad[d.Pos.File] = d
		}
	}
	for _, f := range files {
		v, err := data(f.Name, f.Data)
		if err != nil {
			continue // no YAML at all: syntax is the parser's
		}
		err = all[kindOf(f.Name)].Validate(v)
		if d, refused := bad[f.Name]; refused {
			if err == nil {
				return fmt.Errorf("%s is refused with %v, and the schema takes it:\n%s", f.Name, d, f.Data)
			}
			counts[0]++
		} else if first == nil {
			if err != nil {
				return fmt.Errorf("%s is valid, and the schema refuses it: %v\n%s", f.Name, err, f.Data)
			}
			counts[1]++
		}
	}
	return nil
}

func TestRepository(t *testing.T) {
	all := schemas(t)
	opt := compiler.Options{Registry: hostfuncs.Standard()}
	var counts [2]int
	for from, files := range connectors(t) {
		if err := compare(all, files, opt, &counts); err != nil {
			t.Errorf("%s: %v", from, err)
		}
	}
	if counts[0] < 5 || counts[1] < 80 {
		t.Errorf("only %d wrong and %d right files were compared", counts[0], counts[1])
	}
}

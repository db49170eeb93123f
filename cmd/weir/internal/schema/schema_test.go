package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/cmd/weir/internal/suite"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/tape"
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

func TestWrong(t *testing.T) {
	all := schemas(t)
	const head = "key: a\nname: A\nversion: 1.0.0\n"
	for _, c := range []struct {
		kind   Kind
		source string
		right  bool // a neighbour of a wrong file that is right
	}{
		{Connector, head, true},
		{Connector, "key: a\nname: A", false},
		{Connector, "key: Upper\nname: A\nversion: 1.0.0", false},
		{Connector, "key: a\nname: A\nversion: v1", false},
		{Connector, "key: a\nname: 12\nversion: 1.0.0", false},
		{Connector, head + "hosts: api.example.com", false},
		{Connector, head + "hosts: [https://api.example.com]", false},
		{Connector, head + "hosts: ['*.example.com']", false},
		{Connector, head + "hosts: [10.0.0.1]", false},
		{Connector, head + "hosts: [a.example, a.example]", false},
		{Connector, head + "hosts: ['api.example.com:8443']", true},
		{Connector, head + "secrets: {api_key: }", true},
		{Connector, head + "secrets: {api-key: {}}", false},
		{Connector, head + "secrets: {k: {lable: K}}", false},
		{Connector, head + "config: {url: {type: url}}", false},
		{Connector, head + "config: {url: string}", false},
		{Connector, head + "config: {url: {type: text, group: G}}", false},
		{Connector, head + "flows: []", false},

		{Flow, "steps: []", true},
		{Flow, "name: No steps", false},
		{Flow, "- a", false},
		{Flow, "steps: [just text]", false},
		{Flow, "type: trigger\nsteps: []", false},
		{Flow, "inputs: {a: {label: A}}\nsteps: []", false},
		{Flow, "inputs: {e mail: text}\nsteps: []", false},
		{Flow, "outputs: {a: {type: text, required: true}}\nsteps: []", false},
		{Flow, "steps: [{name: lonely}]", false},
		{Flow, "steps: [{return: {}, call: b}]", false},
		{Flow, "steps: [{name: item, return: {}}]", false},
		{Flow, "steps: [{return: {}, with: {}}]", false},
		{Flow, "steps: [{card: text.conct, with: {}}]", false},
		{Flow, "steps: [{card: okta.readUser, connection: mine, options: {a: 1}, with: {User: {id: a}}}]", true},
		{Flow, "steps: [{card: okta.read.user}]", false},
		{Flow, "steps: [{card: okta}]", false},
		{Flow, "steps: [{card: text.toUpperCase, with: {string: a}, options: {a: 1}}]", false},
		{Flow, "steps: [{card: text.toUpperCase, with: {string: a}, connection: mine}]", false},
		{Flow, "steps: [{card: 'kernel:string:concat', with: {string1: a, string2: b}}]", true},
		{Flow, "steps: [{card: text.toUpperCase}]", false},
		{Flow, "steps: [{card: text.toUpperCase, with: {string: a}}]", true},
		{Flow, "steps: [{card: text.toUpperCase, with: {string: a, locale: de}}]", false},
		{Flow, "steps: [{card: number.add, with: {a: [1], b: 1}}]", false},
		{Flow, "steps: [{card: number.add, with: {a: one, b: 1}}]", false},
		{Flow, "steps: [{card: number.add, with: {a: ' -1.5e3 ', b: true}}]", true},
		{Flow, "steps: [{card: number.add, with: {a: '1${input.x}', b: '${input.y}'}}]", true},
		{Flow, "steps: [{card: boolean.compare, with: {left-operand: 1, operator: '=<', right-operand: 1}}]", false},
		{Flow, "steps: [{card: boolean.compare, with: {left-operand: 1, operator: '<=', right-operand: 1}}]", true},
		{Flow, "steps: [{card: http.raw, with: {url: u, method: GET, headers: text, query: {}}}]", false},
		{Flow, "steps: [{card: list.sum, with: {list: [1, two]}}]", false},
		{Flow, "steps: [{card: list.sum, with: {list: 1}}]", true},
		{Flow, "steps: [{if: {a: 1, is: '===', b: 1}}]", false},
		{Flow, "steps: [{if: {a: 1, is: '=='}}]", false},
		{Flow, "steps: [{if: {a: 1, b: 1}}]", false},
		{Flow, "steps: [{if: {a: 1, is: is empty, b: 1}}]", false},
		{Flow, "steps: [{if: {a: 1, is: is empty}}]", true},
		{Flow, "steps: [{if: true, then: {return: {}}}]", false},
		{Flow, "steps: [{if: true, outputs: {result: {then: 1}}}]", false},
		{Flow, "steps: [{if: true, outputs: {n: number}}]", false},
		{Flow, "steps: [{choose: []}]", false},
		{Flow, "steps: [{choose: [{else: []}]}]", false},
		{Flow, "steps: [{choose: [{when: true}]}]", false},
		{Flow, "steps: [{choose: [{when: true, steps: []}, {else: [], steps: []}]}]", false},
		{Flow, "steps: [{try: []}]", false},
		{Flow, "steps: [{lookup: a}]", false},
		{Flow, "steps: [{assign: 5}]", false},
		{Flow, "steps: [{assign: {n: {type: number, value: '1'}}}]", true},
		{Flow, "steps: [{assign: {n: {type: integer, value: '1'}}}]", false},
		{Flow, "steps: [{assign: {n: {type: integer, value: '1', more: 1}}}]", true},
		{Flow, "steps: [{return_error: {statusCode: []}}]", false},
		{Flow, "steps: [{call: ''}]", false},
		{Flow, "steps: [{map: [1]}]", false},
		{Flow, "steps: [{map: [1], flow: b, concurrency: 0}]", false},
		{Flow, "steps: [{map: [1], flow: b, concurrency: 1.5}]", false},
		{Flow, "steps: [{map: [1], flow: b, ignore_errors: true}]", false},
		{Flow, "steps: [{find: [1], flow: b, concurrency: 2}]", false},
		{Flow, "steps: [{for_each: [1], flow: b, concurrency: 200, ignore_errors: true}]", true},
		{Flow, "steps: [{reduce: [1], flow: b}]", false},
		{Flow, "steps: [{repeat: [1], flow: b}]", false},
		{Flow, "steps: [{if: true, then: [{if: true, else: [{card: text.away}]}]}]", false},

		{Cards, "cards: {read: }", true},
		{Cards, "key: okta", false},
		{Cards, "cards: {read it: {}}", false},
		{Cards, "cards: {read: {input: {}}}", false},
		{Cards, "cards: {read: {inputs: {a: text, User: {fields: {a: text, b c: {type: number, label: B}}}}}}", true},
		{Cards, "cards: {read: {inputs: {User: {fields: {a: {type: text, group: User}}}}}}", false},
		{Cards, "cards: {read: {inputs: {User: {fields: {}, label: U}}}}", false},
		{Cards, "cards: {read: {outputs: {o: {type: object, fields: {a: text}}}}}", true},
		{Cards, "cards: {read: {outputs: {o: {label: O}}}}", false},
		{Cards, "cards: {read: {outputs: {o: {type: text, required: true}}}}", false},
		{Cards, "cards: {read: {options: {o: boolean, p: , q: {choices: [a]}}}}", true},
		{Cards, "cards: {read: {options: {o: {default: 1}}}}", false},
		{Connector, head + "connections: {mine: {connector: marketo2_29}}", true},
		{Connector, head + "connections: {mine: {name: Mine}}", false},

		{Test, "flow: a\noutput: {}", true},
		{Test, "flow: a", false},
		{Test, "output: {}", false},
		{Test, "flow: a\noutput: {}\nstopped: true", false},
		{Test, "flow: a\nstopped: false", false},
		{Test, "tests: []", false},
		{Test, "tests: [{flow: a, output: {}}]", false},
		{Test, "tests: [{name: n, flow: a, output: {}}]", true},
		{Test, "tests: [{name: n, flow: a, output: {}}]\nflow: a", false},
		{Test, "flow: a\nerror: {code: ''}", false},
		{Test, "flow: a\nerror: {code: c, statusCode: 1000}", false},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: 'https://a.example'}}]", false},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: get, url: 'https://a.example'}, response: {status: 200}}]", false},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: a.example}, response: {status: 200}}]", false},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: 'https://a.example'}, response: {status: 200, body: 1}}]", false},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: 'https://a.example'}, response: {status: 200, body: [1]}}]", true},
		{Test, "flow: a\nreply: {statusCode: 200, headers: {a: b}, body: [1]}", true},
		{Test, "flow: a\nreply: {values: {a: 1}}\nresume: [{}]\nstopped: true", true},
		{Test, "flow: a\nreply: {status: 200}", false},
		{Test, "flow: a\nreply: {}\noutput: {}\nstopped: true", false},
		{Test, "flow: a\noutput: {}\nresume: {}", false},
		{Test, "flow: a\noutput: {}\ncards: [{card: okta.readUser, inputs: {id: 1}, outputs: {}}, {card: a.b, stream: true, records: [1], next: 2}]", true},
		{Test, "flow: a\noutput: {}\ncards: [{card: okta.readUser}]", false},
		{Test, "flow: a\noutput: {}\ncards: [{card: okta.readUser, outputs: {}, error: {code: a}}]", false},
		{Test, "flow: a\noutput: {}\ncards: [{card: okta.readUser, outputs: {}, next: 1}]", false},
		{Test, "tape: a.tape.yaml\ncards: []", false},
		{Test, "tape: a.tape.yaml", true},
		{Test, "tape: a.yaml", false},
		{Test, "tape: a.tape.yaml\nflow: a\nstopped: true", true},
		{Test, "tape: a.tape.yaml\noutput: {}\nstopped: true", false},
		{Test, "tape: a.tape.yaml\nhttp: []", false},
		{Test, "flow: a\noutput: {}\noptions: {a: b}\nselected: {}\nallow: [a.example]\ntables: {t: [{a: 1}]}", true},
		{Test, "flow: a\noutput: {}\noptions: {a: 1}", false},
		{Test, "flow: a\noutput: {}\nconnection: {auth: a, values: {b: c}, hosts: [d]}", true},
		{Test, "flow: a\noutput: {}\nconnection: {auth: a, host: d}", false},
		{Test, "flow: a\noutput: {}\ntables: {t: [1]}", false},
		{Test, "flow: a\noutput: {}\nfiles: {f: {text: a}}", true},
		{Test, "flow: a\noutput: {}\nfiles: {f: {text: a, base64: b}}", false},
		{Test, "flow: a\noutput: {}\nhttp: [{step: s, request: {method: GET, url: 'https://a.example', query: {a: [b, c]}}, error: {code: http.tls}}]", true},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: 'https://a.example'}, response: {status: 200}, error: {code: http.tls}}]", false},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: 'https://a.example', body: a, base64: b}, response: {status: 200}}]", false},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: 'https://a.example'}, response: {status: 200, body: [], layout: spaced line}}]", true},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: 'https://a.example'}, response: {status: 200, body: text, layout: line}}]", false},
		{Test, "flow: a\noutput: {}\nhttp: [{request: {method: GET, url: 'https://a.example', sha256: " + strings.Repeat("a", 64) + "}, response: {status: 200}}]", false},
	} {
		v, err := data("wrong.yaml", []byte(c.source))
		if err != nil {
			t.Fatalf("%s: %v", c.source, err)
		}
		if err := all[c.kind].Validate(v); (err == nil) != c.right {
			t.Errorf("%s: right %t, got %v\n%s", c.kind, c.right, err, c.source)
		}
	}
}

// TestCardInputs: whatever literal inputs of a card the compiler takes, the
// schema takes.
func TestCardInputs(t *testing.T) {
	all := schemas(t)
	reg := hostfuncs.Standard()
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	var counts [2]int
	for card := range reg.All() {
		for range 4 {
			source := `{"steps":[{"card":"` + card.Key + `","with":` + cardtest.RandomInput(rng, card).String() + `}]}`
			if err := compare(all, oneFlow(source), compiler.Options{Registry: reg}, &counts); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
	if counts[0] < 10 || counts[1] < 500 {
		t.Errorf("seed %d: only %d wrong and %d right flows were compared", seed, counts[0], counts[1])
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

func oneFlow(source string) []compiler.File {
	return []compiler.File{
		{Name: "connector.yaml", Data: []byte("key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\n")},
		{Name: "flows/main.json", Data: []byte(source)},
	}
}

// TestMutations: schema and compiler still agree on files in which one random
// thing is changed.
func TestMutations(t *testing.T) {
	all := schemas(t)
	opt := compiler.Options{Registry: hostfuncs.Standard()}
	var pool [][]compiler.File
	for _, files := range connectors(t) {
		if !compiler.Check(files, opt).HasErrors() {
			pool = append(pool, files)
		}
	}
	slices.SortFunc(pool, func(a, b []compiler.File) int {
		return strings.Compare(string(a[len(a)-1].Data), string(b[len(b)-1].Data))
	})
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	var counts [2]int
	for range 600 {
		files := slices.Clone(pool[rng.IntN(len(pool))])
		i := rng.IntN(len(files))
		v, err := data(files[i].Name, files[i].Data)
		if err != nil {
			t.Fatal(err)
		}
		mutated, err := json.Marshal(mutate(rng, v))
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(files[i].Name, path.Ext(files[i].Name)) + ".json"
		files[i] = compiler.File{Name: name, Data: mutated}
		if err := compare(all, files, opt, &counts); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if counts[0] < 30 || counts[1] < 100 {
		t.Errorf("seed %d: only %d wrong and %d right files were compared", seed, counts[0], counts[1])
	}
}

// mutate changes one thing in v: it drops, renames or replaces a member, or
// repeats, drops or replaces an item.
func mutate(rng *rand.Rand, v any) any {
	down := rng.IntN(5) > 0
	other := func() any {
		values := []any{nil, true, 0, 1.5, "a", "text", "1", "2024-01-01", "${input.n}", "a${item}", []any{}, []any{1, "b"}, map[string]any{}, map[string]any{"value": 1}}
		return values[rng.IntN(len(values))]
	}
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 {
			return map[string]any{"extra": other()}
		}
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		k := keys[rng.IntN(len(keys))]
		if down {
			x[k] = mutate(rng, x[k])
			return x
		}
		switch rng.IntN(4) {
		case 0:
			delete(x, k)
		case 1:
			x[k+"_"] = x[k]
			delete(x, k)
		case 2:
			x[[]string{"extra", "type", "else", "outputs", "with", "required"}[rng.IntN(6)]] = other()
		default:
			x[k] = other()
		}
		return x
	case []any:
		if len(x) == 0 {
			return []any{other()}
		}
		i := rng.IntN(len(x))
		if down {
			x[i] = mutate(rng, x[i])
			return x
		}
		switch rng.IntN(3) {
		case 0:
			return slices.Delete(x, i, i+1)
		case 1:
			return append(x, x[i])
		}
		x[i] = other()
		return x
	}
	return other()
}

package coverage

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/hostfuncs"
)

const connector = "key: test\nname: Test\nversion: 0.1.0\n"

// profile compiles flows with marks and returns an empty profile and a function
// that runs main and adds the run to it.
func profile(t *testing.T, flows map[string]string) (*Profile, func(input string)) {
	t.Helper()
	files := []compiler.File{{Name: "connector.yaml", Data: []byte(connector)}}
	for _, name := range []string{"main", "part", "other"} {
		if text, ok := flows[name]; ok {
			files = append(files, compiler.File{Name: "flows/" + name + ".yaml", Data: []byte(text)})
		}
	}
	out, err := compiler.Compile(files, compiler.Options{Registry: hostfuncs.Standard(), NoOptimize: true, Coverage: true})
	if err != nil {
		t.Fatal(err)
	}
	m, err := guest.Verify(out.Wasm)
	if err != nil {
		t.Fatal(err)
	}
	eng, err := engine.New(t.Context(), engine.Config{Registry: hostfuncs.Standard()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = eng.Close(context.Background()) })
	mod, err := eng.Load(t.Context(), out.Wasm)
	if err != nil {
		t.Fatal(err)
	}
	p := New(m.Manifest, m.Steps)
	return p, func(input string) {
		t.Helper()
		in, err := flow.ParseJSON([]byte(input), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		res, _ := mod.Run(t.Context(), engine.Run{Flow: "main", Input: in, Trace: true}) // runs may fail
		p.Add(res.Trace)
	}
}

// missed prints what was not covered: "line step branch".
func missed(p *Profile) string {
	var out []string
	for _, f := range p.Report().Flows {
		for _, m := range f.Missed {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s:%d %s %s", f.Flow, m.Line, m.Step, m.Branch)))
		}
	}
	return strings.Join(out, "\n")
}

// TestConstructs runs flows again and again with other inputs, and looks after
// each run at what is not covered yet.
func TestConstructs(t *testing.T) {
	type run struct{ input, missed string }
	const part = "type: helper\ninputs: {x: number}\noutputs: {y: number}\nsteps:\n  - name: fail\n    return_error_if: {a: \"${input.x}\", is: \">\", b: 100}\n    error: {message: large}\n  - name: out\n    return: {y: \"${input.x}\"}\n"
	const truth = "type: helper\ninputs: {x: number}\noutputs: {y: boolean}\nsteps:\n  - return: {y: \"${input.x}\"}\n"
	for name, c := range map[string]struct {
		main, part string
		runs       []run
	}{
		"if": {`
inputs: {n: number}
steps:
  - name: check
    if: {a: "${input.n}", is: ">", b: 1}
    then:
      - {name: a, assign: {x: 1}}
  - {name: b, assign: {x: 1}}
`, "", []run{
			{`{"n": 0}`, "main:7 check then\nmain:7 a"},
			{`{"n": 5}`, ""},
		}},
		"an if whose branch fails": {`
inputs: {n: number}
steps:
  - name: check
    if: true
    then:
      - {name: a, return_error: {message: m}}
    else:
      - {name: b, assign: {x: 1}}
  - {name: c, assign: {x: 1}}
`, "", []run{{`{}`, "main:9 check else\nmain:9 b\nmain:10 c"}}},
		"choose": {`
inputs: {n: number}
steps:
  - name: pick
    choose:
      - when: {a: "${input.n}", is: "==", b: 1}
        steps: []
      - when: {a: "${input.n}", is: "==", b: 2}
        steps: [{name: two, assign: {x: 1}}]
`, "", []run{
			{`{"n": 2}`, "main:5 pick no branch\nmain:6 pick branch 1"},
			{`{"n": 1}`, "main:5 pick no branch"},
			{`{"n": 3}`, ""},
		}},
		"choose with else": {`
inputs: {n: number}
steps:
  - name: pick
    choose:
      - {when: {a: "${input.n}", is: "==", b: 1}, steps: []}
      - {else: []}
`, "", []run{{`{"n": 1}`, "main:7 pick else"}, {`{"n": 2}`, ""}}},
		"try": {`
inputs: {n: number}
steps:
  - name: attempt
    try:
      - {name: may, call: part, with: {x: "${input.n}"}}
    if_error:
      - {name: handle, assign: {x: 1}}
`, part, []run{
			{`{"n": 1}`, "main:8 attempt if_error\nmain:8 handle\npart:6 fail fails"},
			{`{"n": 101}`, ""},
		}},
		"a try that only fails": {`
inputs: {n: number}
steps:
  - name: attempt
    try: [{name: may, call: part, with: {x: "${input.n}"}}]
    if_error: []
`, part, []run{{`{"n": 101}`, "main:5 attempt no error\npart:6 fail goes on\npart:9 out"}}},
		"a step with retry and on_error": {`
inputs: {n: text}
outputs: {k: number}
steps:
  - name: parse
    card: json.parse
    with: {string: "${input.n}"}
    retry: {for: all, times: 1, between: 1}
    on_error: {return: {k: "${error.statusCode}"}}
  - {name: b, assign: {x: 1}}
`, "", []run{
			{`{"n": "1"}`, "main:9 parse on_error"},
			{`{"n": "x"}`, ""},
		}},
		"continue": {`
inputs: {n: number}
steps:
  - {name: go, continue_if: {a: "${input.n}", is: ">", b: 1}}
  - {name: b, assign: {x: 1}}
`, "", []run{{`{"n": 0}`, "main:4 go goes on\nmain:5 b"}, {`{"n": 2}`, ""}}},
		"assign if": {`
inputs: {n: number}
steps:
  - {name: which, assign_if: {a: "${input.n}", is: ">", b: 1}, then: a, else: b}
`, "", []run{{`{"n": 0}`, "main:4 which then"}, {`{"n": 2}`, ""}}},
		"map": {`
inputs: {list: "number[]"}
steps:
  - {name: loop, map: "${input.list}", flow: part}
`, part, []run{
			{`{"list": []}`, "main:4 loop one turn\nmain:4 loop several turns\npart:6 fail\npart:9 out"},
			{`{"list": [1]}`, "main:4 loop several turns\npart:6 fail fails"},
			{`{"list": [1, 101, 2]}`, ""},
		}},
		"a parallel loop": {`
inputs: {list: "number[]"}
steps:
  - {name: loop, for_each: "${input.list}", flow: part, concurrency: 5, ignore_errors: true}
  - {name: again, for_each: "${input.list}", flow: part, concurrency: 5, ignore_errors: true}
`, strings.Replace(part, "steps:\n", "steps:\n  - card: number.random\n    with: {b: 2}\n", 1), []run{
			{`{"list": [1, 101]}`, "main:4 loop no turn\nmain:4 loop one turn\nmain:5 again no turn\nmain:5 again one turn"},
			{`{"list": []}`, "main:4 loop one turn\nmain:5 again one turn"},
			{`{"list": [1]}`, ""},
		}},
		"loops made of cards": {`
inputs: {list: "number[]", object: object}
steps:
  - {name: sort, sort: "${input.list}", flow: part}
  - {name: members, map_members: "${input.object}", flow: part, with: {x: 1}}
`, part, []run{
			{`{"list": [], "object": {}}`, "main:4 sort one turn\nmain:4 sort several turns\nmain:5 members one turn\nmain:5 members several turns\npart:6 fail\npart:9 out"},
			{`{"list": [1, 2], "object": {"a": 1, "b": 2}}`, "main:4 sort one turn\nmain:5 members one turn\npart:6 fail fails"},
		}},
		"loops that count": {`
inputs: {n: number}
steps:
  - {name: loop, repeat: "${input.n}", flow: part, with: {x: 1}}
`, "type: helper\ninputs: {x: number}\nsteps:\n  - {name: twice, card: number.add, with: {left-operand: \"${input.x}\", right-operand: 1}}\n", []run{
			{`{"n": 0}`, "main:4 loop one turn\nmain:4 loop several turns\npart:4 twice"},
			{`{"n": 1}`, "main:4 loop several turns"},
			{`{"n": 3}`, ""},
		}},
		"find stops": {`
inputs: {list: "number[]"}
steps:
  - {name: loop, find: "${input.list}", flow: part}
`, truth, []run{{`{"list": [1, 1, 1]}`, "main:4 loop no turn\nmain:4 loop several turns"}, {`{"list": [0, 1]}`, "main:4 loop no turn"}}},
		"pages": {`
inputs: {n: number}
steps:
  - {name: all, paginate: {n: "${input.n}"}, path: "n", flow: part}
`, "type: helper\ninputs: {n: number}\noutputs: {state: object}\nsteps:\n  - name: more\n    assign_if: {a: \"${input.n}\", is: \">\", b: 1}\n    then: {n: 1}\n    else: {}\n    as: object\n  - return: {state: \"${more.output}\"}\n", []run{
			{`{"n": 1}`, "main:4 all several turns\npart:6 more then"},
			{`{"n": 2}`, ""},
		}},
		"a step that fails is reached": {`
steps:
  - {name: parse, card: json.parse, with: {string: "{"}}
  - {name: b, assign: {x: 1}}
`, "", []run{{`{}`, "main:4 b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			flows := map[string]string{"main": c.main}
			if c.part != "" {
				flows["part"] = c.part
			}
			p, add := profile(t, flows)
			before := p.Report()
			if before.Steps.Covered != 0 || before.Branches.Covered != 0 || before.Steps.All == 0 {
				t.Errorf("an empty profile has %+v", before)
			}
			for _, r := range c.runs {
				add(r.input)
				if got := missed(p); got != r.missed {
					t.Errorf("after %s %q is missed, want %q", r.input, got, r.missed)
				}
			}
			if r := p.Report(); missed(p) == "" && (r.Steps.Percent() != 100 || r.Branches.Percent() != 100) {
				t.Errorf("nothing is missed of %+v", r)
			}
		})
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		count Count
		want  float64
	}{{Count{0, 0}, 100}, {Count{0, 4}, 0}, {Count{1, 4}, 25}, {Count{4, 4}, 100}} {
		if got := c.count.Percent(); got != c.want {
			t.Errorf("%+v is %v percent", c.count, got)
		}
	}
}

package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// checked parses and checks a connector that must be free of errors.
func checked(t *testing.T, files []source.File) (*syntax.Connector, *check.Info) {
	t.Helper()
	conn, d := syntax.Parse(files)
	if d.HasErrors() {
		t.Fatalf("parse: %v", d.Unwrap())
	}
	info, d := check.Check(conn, testRegistry(t))
	if d.HasErrors() {
		t.Fatalf("check: %v", d.Unwrap())
	}
	return conn, info
}

// connector makes the files of a connector out of flows by key.
func connector(flows map[string]string) []source.File {
	files := []source.File{{Name: "connector.yaml", Data: []byte(
		"key: demo\nname: Demo\nversion: 1.0.0\nhosts: [api.example.com]\nsecrets: {key: {}}\nconfig: {n: {type: number, default: 1}}\n")}}
	for key, text := range flows {
		files = append(files, source.File{Name: "flows/" + key + ".yaml", Data: []byte(text)})
	}
	return files
}

// describe prints what the checker found out about the steps of a flow: names,
// what they are, and their outputs, with ? behind those that may be null.
func describe(info *check.Info, steps []*syntax.Step, indent string) string {
	var b strings.Builder
	for _, s := range steps {
		si := info.Steps[s]
		fmt.Fprintf(&b, "%s%s %s", indent, si.Name, si.What)
		for _, o := range si.Out {
			fmt.Fprintf(&b, " %s:%s%s", o.Key, o.Type, map[bool]string{true: "?"}[o.Nullable])
		}
		if si.Parallel {
			b.WriteString(" parallel")
		}
		if si.Dead {
			b.WriteString(" dead")
		}
		b.WriteByte('\n')
		switch do := s.Do.(type) {
		case *syntax.If:
			b.WriteString(describe(info, do.Then, indent+"  ") + describe(info, do.Else, indent+"  "))
		case *syntax.Choose:
			for _, br := range do.Branches {
				b.WriteString(describe(info, br.Steps, indent+"  "))
			}
		case *syntax.Try:
			b.WriteString(describe(info, do.Steps, indent+"  ") + describe(info, do.IfError, indent+"  "))
		}
	}
	return b.String()
}

func TestSteps(t *testing.T) {
	const helpers = "type: helper\ninputs: {x: any}\noutputs: {ok: boolean}\nsteps: [return: {ok: true}]\n"
	const maybe = "type: helper\ninputs: {x: any}\noutputs: {n: number, t: text}\nsteps:\n  - continue_if: \"${input.x}\"\n  - return: {n: 1, t: a}\n"
	const writes = "type: helper\ninputs: {x: any}\noutputs: {n: number}\nsteps:\n  - card: http.raw\n    with: {url: a}\n  - return: {n: 1}\n"
	const same = "type: helper\ninputs: {v: any, w: text}\noutputs: {v: any, w: text}\nsteps: [return: {v: \"${input.v}\", w: \"${input.w}\"}]\n"
	tests := []struct{ name, steps, want string }{
		{"generated names", `
  - card: text.upper
    with: {text: a}
  - card: kernel:string:upper
    with: {text: a}
  - name: upper_3
    card: text.upper
    with: {text: a}
  - card: text.upper
    with: {text: a}
  - if: true
    then: [assign: {a: 1}]
    else: [assign: {a: 1}]
`, `
upper text.upper output:text
upper_2 text.upper output:text
upper_3 text.upper output:text
upper_4 text.upper output:text
if if result:boolean
  assign assign a:number
  assign_2 assign a:number
`},
		{"values", `
  - name: v
    assign: {n: 1, t: a, b: false, z: null, o: {a: 1}, l: [1, 2], m: [1, a], in: "${input.opt}", req: "${input.req}", def: "${input.def}",
      text: "x${input.opt}", cast: {type: number, value: "${input.opt}"}, day: {type: date, value: "${input.opt}"}, at: "${context.time}", c: "${config.n}"}
  - assign: {path: "${v.o.a}", none: "${v.o.b}", item: "${v.l.0}", any: "${v.z.x.y}"}
`, `
v assign n:number t:text b:boolean z:any? o:object l:number[] m:any[] in:text? req:number def:text text:text cast:number day:date? at:date c:number
assign assign path:number? none:any? item:number? any:any?
`},
		{"choices", `
  - assign_if: true
    then: 1
    else: 2
  - assign_if: true
    then: 1
    else: a
  - assign_if: true
    then: 1
  - assign_if: true
    then: "${input.opt}"
    else: b
    as: text
  - lookup: a
    options: {a: 1, b: 2}
  - lookup: a
    options: {a: 1, b: 2}
    else: 3
  - if: true
    outputs: {both: {type: number, then: 1, else: 2}, one: {type: number, then: 1}, null: {type: text, then: a, else: "${input.opt}"}}
  - choose: [{when: true, steps: [return: {n: 1}]}, {else: [return: {n: 1}]}]
    outputs: {n: number}
`, `
assign_if assign_if output:number
assign_if_2 assign_if output:any?
assign_if_3 assign_if output:number?
assign_if_4 assign_if output:text
lookup lookup result:number?
lookup_2 lookup result:number
if if result:boolean both:number one:number? null:text?
choose choose n:number?
  return return
  return_2 return
`},
		{"cards", `
  - name: g
    card: auth.grant
    with: {Who: {user: a, password: "${secret.key}"}}
  - name: open
    card: auth.grant
    with: {Who: {user: a}}
  - card: number.add
    with: {x: 1, "y": 2}
  - card: http.raw
    with: {url: a}
  - name: joined
    card: text.concat
    with: {a: "${secret.key}", b: x}
  - assign: {p: "${open.Token.left}", s: "${g.Token.value}", o: {k: "${g.kind}", l: 1}}
`, `
g auth.grant Token:secret object? kind:secret text?
open auth.grant Token:object? kind:text?
add number.add output:number
raw http.raw statusCode:number? headers:object? body:text?
joined text.concat output:secret text?
assign assign p:number? s:secret text? o:secret object
`},
		{"calls", `
  - call: ok
    with: {x: 1}
  - call: maybe
  - call: same
    with: {v: "${secret.key}", w: a}
  - for_each: [1]
    flow: ok
  - map: [1]
    flow: ok
  - map: "${input.req}"
    flow: maybe
  - filter: [1]
    flow: ok
  - find: [a]
    flow: ok
  - reduce: [1]
    memo: true
    flow: ok
  - reduce: [1]
    memo: {n: 0}
    flow: maybe
  - repeat: 3
    flow: ok
`, `
call call ok:boolean
call_2 call n:number? t:text?
call_3 call v:secret any? w:text
for_each for_each
map map list:boolean[]
map_2 map list:object[]
filter filter list:number[]
find find item:text? index:number
reduce reduce item:boolean
reduce_2 reduce item:object
repeat repeat
`},
		{"parallel", `
  - map: [1]
    flow: writes
    concurrency: 5
  - map: [1]
    flow: writes
    concurrency: 1
  - map: [1]
    flow: writes
  - map: [1]
    flow: ok
    concurrency: 5
  - for_each: [1]
    flow: writes
    concurrency: "${config.n}"
  - find: [1]
    flow: writes
  - repeat: 2
    flow: writes
    concurrency: 2
`, `
map map list:number[] parallel
map_2 map list:number[]
map_3 map list:number[]
map_4 map list:boolean[]
for_each for_each parallel
find find item:number? index:number
repeat repeat parallel
`},
		{"dead", `
  - if: true
    then:
      - return: {}
      - assign: {a: 1}
  - return: {}
  - if: true
    then: [assign: {a: 1}]
`, `
if if result:boolean
  return return
  assign assign a:number dead
return_2 return
if_2 if result:boolean dead
  assign_2 assign a:number dead
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "inputs: {opt: text, req: {type: number, required: true}, def: {type: text, default: a}}\nsteps:" + tt.steps
			_, info := checked(t, connector(map[string]string{"main": text, "ok": helpers, "maybe": maybe, "writes": writes, "same": same}))
			got := "\n" + describe(info, info.ByKey["main"].Flow.Steps, "")
			if got != tt.want {
				t.Errorf("%s\ngot:%s\nwant:%s", tt.steps, got, tt.want)
			}
		})
	}
}

func TestFlows(t *testing.T) {
	pure := price(0, 64)
	tests := []struct {
		name, head, steps string
		always            bool
		effect            flow.Effect
		cost              string
	}{
		{"return", "outputs: {a: text}", "[return: {a: x}]", true, flow.Pure, pure},
		{"nothing", "", "[]", true, flow.Pure, price(0, 0)},
		{"end without return", "outputs: {a: text}", "[assign: {a: 1}]", false, flow.Pure, pure},
		{"output left out", "outputs: {a: text, b: text}", "[return: {a: x}]", false, flow.Pure, pure},
		{"continue if", "outputs: {a: text}", "[continue_if: true, return: {a: x}]", false, flow.Pure, price(0, 128)},
		{"both branches", "outputs: {a: text}", "[if: true, then: [return: {a: x}], else: [return_error: {message: m}]]", true, flow.Pure, price(0, 128)},
		{"one branch", "outputs: {a: text}", "[if: true, then: [return: {a: x}]]", false, flow.Pure, price(0, 128)},
		{"dead return", "outputs: {a: text, b: text}", "[return: {a: x, b: x}, return: {a: x}]", true, flow.Pure, pure},
		{"block returns", "outputs: {a: text}", "[choose: [{when: true, steps: [return: {}]}, {else: [return: {}]}]]", false, flow.Pure, price(0, 128)},
		{"reads", "", "[card: clock.now]", true, flow.Reads, price(10, 74)},
		{"writes", "", "[card: clock.now, {card: http.raw, with: {url: a}}]", true, flow.Writes, price(1010, 1138)},
		{"dead writes", "", "[return: {}, {card: http.raw, with: {url: a}}]", true, flow.Pure, pure},
		{"per byte", "", "[{card: text.concat, with: {a: abcd, b: ab}}]", true, flow.Pure, price(20+102, 20+102+4096+64)},
		{"per item", "", "[{card: list.length, with: {list: [1, 2, 3]}}]", true, flow.Pure, price(16, 80)},
		{"unknown items", "inputs: {l: \"any[]\"}", "[{card: list.length, with: {list: \"${input.l}\"}}]", true, flow.Pure, price(10, 10+200+64)},
		{"branch", "", "[if: true, then: [card: clock.now]]", true, flow.Reads, price(0, 138)},
		{"call", "", "[call: now, call: now]", true, flow.Reads, price(20, 276)},
		{"list", "", "[{for_each: [1, 2, 3], flow: now}]", true, flow.Reads, price(30, 64+3*138)},
		{"open list", "inputs: {l: \"any[]\"}", "[{for_each: \"${input.l}\", flow: now}]", true, flow.Reads, price(0, -1)},
		{"repeat", "", "[{repeat: 1000, flow: now}]", true, flow.Reads, price(10000, 64+1000*138)},
		{"find", "", "[{find: [1, 2], flow: yes}]", true, flow.Reads, price(10, 64+2*(64+64+64+10))},
		{"stop before", "", "[continue_if: true, card: clock.now]", false, flow.Reads, price(0, 138)},
		{"try", "", "[try: [card: clock.now], if_error: [card: clock.now, card: clock.now]]", true, flow.Reads, price(10, 64+3*74)},
		{"choose", "", "[choose: [{when: true, steps: [card: clock.now]}, {else: [card: clock.now, card: clock.now]}]]", true, flow.Reads, price(10, 64+2*74)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Steps are written on one line; a dash makes each of them a step.
			text := tt.head + "\nsteps: " + stepList(tt.steps) + "\n"
			_, info := checked(t, connector(map[string]string{
				"main": text,
				"now":  "type: helper\ninputs: {x: any}\nsteps: [card: clock.now]\n",
				"yes":  "type: helper\ninputs: {x: any}\noutputs: {ok: boolean}\nsteps: [card: clock.now, return: {ok: true}]\n",
			}))
			fi := info.ByKey["main"]
			if got := price(fi.CostMin, fi.CostMax); fi.AlwaysReturns != tt.always || fi.Effect != tt.effect || got != tt.cost {
				t.Errorf("%s\nalways returns %t, effect %s, cost %s\nwant %t, %s, %s", text, fi.AlwaysReturns, fi.Effect, got, tt.always, tt.effect, tt.cost)
			}
		})
	}
}

// stepList lets a step that is written without braces have several fields.
func stepList(s string) string {
	for _, f := range []string{"if: true, then", "try: [card: clock.now], if_error"} {
		if strings.HasPrefix(s, "["+f) {
			return "[{" + s[1:len(s)-1] + "}]"
		}
	}
	return s
}

func price(lo, hi int64) string { return fmt.Sprintf("%d to %d", lo, hi) }

// TestOrder checks that callees come before callers and know their places.
func TestOrder(t *testing.T) {
	helper := func(calls ...string) string {
		s := "type: helper\nsteps:\n"
		for _, c := range calls {
			s += "  - call: " + c + "\n"
		}
		return s
	}
	_, info := checked(t, connector(map[string]string{
		"a": "steps: [call: b, call: d]\n", "b": helper("c", "c"), "c": helper("e"), "d": helper("b"), "e": "type: helper\nsteps: []\n",
	}))
	place := map[string]int{}
	for i, fi := range info.Flows {
		place[fi.Flow.Key.Text] = i
		if fi.Index != i || info.ByKey[fi.Flow.Key.Text] != fi {
			t.Errorf("flow %q: index %d at place %d", fi.Flow.Key.Text, fi.Index, i)
		}
	}
	for _, edge := range []string{"ba", "da", "cb", "bd", "ec"} {
		if place[edge[:1]] > place[edge[1:]] {
			t.Errorf("%q is behind %q, which calls it: %v", edge[:1], edge[1:], place)
		}
	}
}

// TestSecretsTravel gives a secret through a chain of flows, in and out again.
func TestSecretsTravel(t *testing.T) {
	flows := map[string]string{"main": "outputs: {x: text}\nsteps:\n  - name: c\n    call: f0\n    with: {v: \"${secret.key}\", w: a}\n  - return: {x: \"${c.w}\"}\n"}
	const depth = 30
	for i := range depth {
		step := "  - name: c\n    call: f" + fmt.Sprint(i+1) + "\n    with: {v: \"${input.v}\", w: \"${input.w}\"}\n  - return: {v: \"${c.v}\", w: \"${c.w}\"}\n"
		if i == depth-1 {
			step = "  - return: {v: \"x ${input.v}\", w: \"${input.w}\"}\n"
		}
		flows[fmt.Sprintf("f%d", i)] = "type: helper\ninputs: {v: text, w: text}\noutputs: {v: text, w: text}\nsteps:\n" + step
	}
	conn, info := checked(t, connector(flows))
	for _, f := range conn.Flows {
		if f.Key.Text == "main" {
			continue
		}
		fi := info.ByKey[f.Key.Text]
		if fi.SecretIn[0] == "" || fi.SecretIn[1] != "" || !fi.SecretOut[0] || fi.SecretOut[1] {
			t.Errorf("flow %q: secrets in %q, out %v", f.Key.Text, fi.SecretIn, fi.SecretOut)
		}
	}
	for r, target := range info.Refs {
		if want := r.Path[0] == "v" || r.Root == "secret"; target.Type.Secret != want {
			t.Errorf("%s at %s: secret %t", r, r.Pos, target.Type.Secret)
		}
	}
}

// TestLoopDefault checks that a loop without arguments gives its item to the
// only input of its flow, also in the tree that later passes see.
func TestLoopDefault(t *testing.T) {
	conn, info := checked(t, connector(map[string]string{
		"main": "steps:\n  - for_each: [1]\n    flow: one\n  - repeat: 1\n    flow: one\n",
		"one":  "type: helper\ninputs: {x: any}\nsteps: []\n",
	}))
	for _, f := range conn.Flows {
		if f.Key.Text != "main" {
			continue
		}
		with := f.Steps[0].Do.(*syntax.Loop).With
		if len(with) != 1 || with[0].Key.Text != "x" || info.Refs[with[0].Value.(*syntax.Ref)].Kind != check.ToItem {
			t.Errorf("for_each has the arguments %v", with)
		}
		if with := f.Steps[1].Do.(*syntax.Loop).With; len(with) != 0 {
			t.Errorf("repeat has the arguments %v", with)
		}
	}
}

// TestConnectors checks the examples: no errors, no warnings.
func TestConnectors(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "connectors", "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no connectors: %v", err)
	}
	for _, dir := range dirs {
		files, err := source.ReadDir(os.DirFS(dir))
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if d := problems(files, testRegistry(t)); len(d) > 0 {
			t.Errorf("%s: %v", dir, d.Unwrap())
		}
	}
}

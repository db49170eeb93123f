package conformance

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// TestGenerated compiles random programs and holds WebAssembly to the evaluator
// on each, optimised and not, and runs that are resumed to those that are not. A failure prints the seed and the program.
func TestGenerated(t *testing.T) {
	n := uint64(150)
	if testing.Short() {
		n = 20
	}
	steps := map[string]int{}
	for seed := range n {
		g := &generator{rng: rand.New(rand.NewPCG(seed, 7))}
		src := g.connector()
		in := flow.Members("a", flow.Number(float64(g.rng.IntN(20)-5)), "s", flow.Text("seed"),
			"l", flow.ListOf(flow.Number(3), flow.Number(1), flow.Number(2)))
		var first outcome
		for i, opt := range []compiler.Options{{}, {NoOptimize: true}} {
			out := compile(t, src, opt)
			ref := onReferenceIn(t, generatedEnv(), out, "main", in, nil, nil)
			b := newBench(t, out, engine.Config{})
			got, _ := b.run(inWorld(engine.Run{Flow: "main", Input: in}))
			traced, res := b.run(inWorld(engine.Run{Flow: "main", Input: in, Trace: true}))
			if got != ref || traced != ref {
				t.Fatalf("seed %d, optimised %t:\nwasm      %v\ntraced    %v\nevaluator %v\n%s", seed, i == 0, got, traced, ref, printFiles(src))
			}
			if diff := resumedDiffers(b, g.rng, in); diff != "" {
				t.Fatalf("seed %d, optimised %t: %s\n%s", seed, i == 0, diff, printFiles(src))
			}
			for i := range res.Trace {
				steps[res.Trace[i].What]++
				if strings.HasPrefix(res.Trace[i].Path, "s") && strings.Contains(res.Trace[i].Path, "]/") && res.Trace[i].What == "http.raw" {
					steps["http.raw in a loop"]++
				}
			}
			if i == 0 {
				first = ref
			} else if !sameResult(first, ref) {
				t.Fatalf("seed %d: optimising changed the result\nwith    %v\nwithout %v\n%s", seed, first, ref, printFiles(src))
			}
		}
	}
	for _, what := range []string{"http.raw in a loop", "paginate", "other.list", "other.flaky", "other.odd", flow.WhatRetry, flow.WhatOnError, "return_error_if"} {
		if uint64(steps[what]) < n/10 && !testing.Short() {
			t.Errorf("%d programs ran only %d steps of %s", n, steps[what], what)
		}
	}
}

func printFiles(f files) string {
	var b strings.Builder
	for _, name := range sortedKeys(f) {
		fmt.Fprintf(&b, "-- %s --\n%s", name, f[name])
	}
	return b.String()
}

// generator writes random flows whose steps are well typed, so that most of
// them compile; what fails at run time must fail the same way everywhere.
type generator struct {
	rng    *rand.Rand
	steps  int
	blocks int  // how many blocks of their own, which have the text v as output, are open
	below  bool // it writes a helper, whose outputs are others
}

// scope is what a reference may name at a place.
type scope struct{ numbers, texts, lists, bools []string }

func (s scope) clone() scope {
	return scope{
		append([]string(nil), s.numbers...), append([]string(nil), s.texts...),
		append([]string(nil), s.lists...), append([]string(nil), s.bools...),
	}
}

func (g *generator) connector() files {
	f := files{}
	f["flows/double.yaml"] = "type: helper\ninputs: {x: {type: number, required: true}}\noutputs: {y: number}\nsteps:\n" +
		"  - name: m\n    card: number.multiply\n    with: {a: \"${input.x}\", b: 2}\n  - return: {y: \"${m.output}\"}\n"
	f["flows/small.yaml"] = "type: helper\ninputs: {x: number}\noutputs: {ok: boolean}\nsteps:\n" +
		"  - continue_if: {a: \"${input.x}\", is: \"!=\", b: 2}\n" +
		"  - name: c\n    card: boolean.compare\n    with: {left-operand: \"${input.x}\", operator: \"<\", right-operand: 3}\n  - return: {ok: \"${c.result}\"}\n"
	f["flows/sum.yaml"] = "type: helper\ninputs: {memo: {type: number, required: true}, x: {type: number, required: true}}\noutputs: {total: number}\nsteps:\n" +
		"  - name: a\n    card: number.add\n    with: {a: \"${input.memo}\", b: \"${input.x}\"}\n  - return: {total: \"${a.output}\"}\n"
	f["flows/fetch.yaml"] = "type: helper\ninputs: {x: any}\noutputs: {status: number, x: any}\nsteps:\n" +
		"  - name: r\n    card: http.raw\n    with: {url: \"https://example.com/x${input.x}\", method: GET, headers: {}, query: {}}\n" +
		"  - return: {status: \"${r.statusCode}\", x: \"${input.x}\"}\n"
	g.helpers(f)
	var b strings.Builder
	b.WriteString("inputs: {a: {type: number, required: true}, s: {type: text, required: true}, l: \"number[]\"}\noutputs: {n: number, t: text, l: any}\nsteps:\n")
	s := scope{numbers: []string{"${input.a}"}, texts: []string{"${input.s}"}, lists: []string{"${input.l}"}}
	s = g.block(&b, s, "  ", 2)
	fmt.Fprintf(&b, "  - return: {n: %q, t: %q, l: %q}\n", pick(g, s.numbers), pick(g, s.texts), pick(g, s.lists))
	f["flows/main.yaml"] = b.String()
	return f
}

func pick(g *generator, from []string) string { return from[g.rng.IntN(len(from))] }

func (g *generator) number(s scope) string {
	if g.rng.IntN(3) == 0 {
		return fmt.Sprint(g.rng.IntN(7) - 2)
	}
	return fmt.Sprintf("%q", pick(g, s.numbers))
}

func (g *generator) text(s scope) string {
	switch g.rng.IntN(4) {
	case 0:
		return `"x"`
	case 1:
		return fmt.Sprintf("%q", "<"+pick(g, s.texts)+"|"+pick(g, s.numbers)+">")
	}
	return fmt.Sprintf("%q", pick(g, s.texts))
}

func (g *generator) cond(s scope) string {
	ops := []string{"==", "!=", ">=", "<=", ">", "<", "%"}
	if g.rng.IntN(3) == 0 {
		return fmt.Sprintf(`{a: %s, is: "%s", b: %s}`, g.text(s), []string{"==", "in", "is empty"}[g.rng.IntN(2)], g.text(s))
	}
	return fmt.Sprintf(`{a: %s, is: "%s", b: %s}`, g.number(s), ops[g.rng.IntN(len(ops))], g.number(s))
}

// block writes a few steps and returns what is visible behind them.
func (g *generator) block(b *strings.Builder, s scope, in string, depth int) scope {
	s = s.clone()
	for range 1 + g.rng.IntN(4) {
		g.step(b, &s, in, depth)
	}
	return s
}

func (g *generator) step(b *strings.Builder, s *scope, in string, depth int) {
	g.steps++
	name := fmt.Sprintf("s%d", g.steps)
	p := func(format string, args ...any) { fmt.Fprintf(b, in+format+"\n", args...) }
	kind := g.rng.IntN(19)
	if depth == 0 && kind >= 9 && kind < 12 {
		kind = g.rng.IntN(9)
	}
	if kind == 15 || kind == 16 {
		g.asks(b, s, in)
		return
	}
	p("- name: %s", name)
	switch kind {
	case 17, 18:
		g.around(b, s, in, name)
	case 0, 1:
		card := []string{"number.add", "number.subtract", "number.multiply", "number.divide"}[g.rng.IntN(4)]
		p("  card: %s\n%s  with: {a: %s, b: %s}", card, in, g.number(*s), g.number(*s))
		s.numbers = append(s.numbers, "${"+name+".output}")
	case 2:
		p("  card: text.concat\n%s  with: {string1: %s, string2: %s}", in, g.text(*s), g.text(*s))
		s.texts = append(s.texts, "${"+name+".output}")
	case 3:
		p("  card: list.construct\n%s  with: {i: %s, j: %s}", in, g.number(*s), g.number(*s))
		s.lists = append(s.lists, "${"+name+".list}")
	case 4:
		p("  assign_if: %s\n%s  then: %s\n%s  else: %s", g.cond(*s), in, g.text(*s), in, g.text(*s))
		s.texts = append(s.texts, "${"+name+".output}")
	case 5:
		p("  map: %q\n%s  flow: double\n%s  with: {x: \"${item}\"}", pick(g, s.lists), in, in)
		s.lists = append(s.lists, "${"+name+".list}")
	case 6:
		p("  %s: %q\n%s  flow: small\n%s  with: {x: \"${item}\"}", []string{"filter", "find"}[g.rng.IntN(2)], pick(g, s.lists), in, in)
	case 7:
		p("  reduce: %q\n%s  memo: %s\n%s  flow: sum\n%s  with: {memo: \"${memo}\", x: \"${item}\"}", pick(g, s.lists), in, g.number(*s), in, in)
		s.numbers = append(s.numbers, "${"+name+".item}")
	case 8:
		p("  map: %q\n%s  flow: fetch\n%s  with: {x: \"${item}\"}\n%s  concurrency: %d", pick(g, s.lists), in, in, in, 1+g.rng.IntN(4))
	case 9:
		p("  if: %s\n%s  then:", g.cond(*s), in)
		then := g.block(b, *s, in+"    ", depth-1)
		p("  else:")
		other := g.block(b, *s, in+"    ", depth-1)
		p("  outputs: {v: {type: number, then: %q, else: %q}}", pick(g, then.numbers), pick(g, other.numbers))
		s.numbers = append(s.numbers, "${"+name+".v}")
	case 10:
		p("  try:")
		g.blocks++
		body := g.block(b, *s, in+"    ", depth-1)
		p("    - return: {v: %q}", pick(g, body.texts))
		g.blocks--
		p("  if_error:")
		p("    - return: {v: \"caught ${error.error}\"}")
		p("  outputs: {v: text}")
		s.texts = append(s.texts, "${"+name+".v}")
	case 12, 13:
		path := []string{"x", "status/404", "status/429", "status/500", "status/504"}[g.rng.IntN(5)]
		p("  card: http.raw\n%s  with: {url: \"https://example.com/%s\", method: %s, headers: {}, query: {n: %s}}", in, path,
			[]string{"GET", "POST"}[g.rng.IntN(2)], g.number(*s))
		g.retry(b, *s, in)
		g.onError(b, *s, in)
		s.numbers = append(s.numbers, "${"+name+".statusCode}")
	case 14:
		p("  card: number.divide\n%s  with: {a: %s, b: %s}", in, g.number(*s), g.number(*s))
		g.onError(b, *s, in)
		s.numbers = append(s.numbers, "${"+name+".output}")
	default:
		p("  choose:")
		p("    - when: %s\n%s      steps:", g.cond(*s), in)
		g.blocks++
		body := g.block(b, *s, in+"        ", depth-1)
		p("        - return: {v: %q}", pick(g, body.texts))
		g.blocks--
		p("    - else:")
		p("        - return: {v: other}")
		p("  outputs: {v: text}")
		s.texts = append(s.texts, "${"+name+".v}")
	}
}

// onError writes, more often than not, what becomes of the flow or block when the
// step has failed.
func (g *generator) onError(b *strings.Builder, s scope, in string) {
	switch g.rng.IntN(3) {
	case 0:
		return
	case 1:
		fmt.Fprintf(b, "%s  on_error: {call: double, with: {x: %s}}\n", in, g.number(s))
		return
	}
	if g.blocks > 0 {
		fmt.Fprintf(b, "%s  on_error: {return: {v: \"${error.error} after ${error.retry_count} %s\"}}\n", in, pick(g, s.texts))
		return
	}
	fmt.Fprintf(b, "%s  on_error: {return: {n: %q, t: \"${error.error} ${error.statusCode}\", l: %q}}\n", in, pick(g, s.numbers), pick(g, s.lists))
}

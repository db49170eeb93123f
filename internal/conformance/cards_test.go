package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// TestCardsThreeWays runs every example and every vector of every card folded
// at compile time and through WebAssembly; the direct call is each family's own
// test. All cases of a card are compiled into one connector.
func TestCardsThreeWays(t *testing.T) {
	for card := range registry().All() {
		if slices.ContainsFunc(card.Out, func(p flow.Port) bool { return p.Type.Secret }) {
			continue // no action can return what it gives: testdata/flows/seal.txtar runs it
		}
		t.Run(card.Key, func(t *testing.T) {
			t.Parallel()
			cases := cardtest.Cases(card)
			if vectors, err := cardtest.LoadVectors(card.Family()); err == nil {
				cases = append(cases, vectors[card.Key]...)
			}
			// Examples that name a flow name this one.
			const named = "type: helper\nsteps: []\n"
			literal, wired := files{"flows/main.yaml": named}, files{"flows/main.yaml": named}
			for i, c := range cases {
				in, err := flow.ParseJSON([]byte(c.In), flow.JSONLimits{})
				if err != nil {
					t.Fatal(err)
				}
				literal[fmt.Sprintf("flows/c%d.yaml", i)] = stepSource(card, in, false)
				wired[fmt.Sprintf("flows/c%d.yaml", i)] = stepSource(card, in, true)
			}
			both := func(t *testing.T) {
				way(t, card, cases, "wired", wired, compiler.Options{NoOptimize: true})
				way(t, card, cases, "folded", literal, compiler.Options{})
			}
			if card.Suspends { // it waits: in virtual time
				synctest.Test(t, both)
			} else {
				both(t)
			}
		})
	}
}

// way compiles the cases' flows and checks each. A case whose literals the
// checker refuses must be one that expects an error.
func way(t *testing.T, card *flow.Card, cases []cardtest.Case, name string, source files, opt compiler.Options) {
	t.Helper()
	opt.Registry = registry()
	refused := map[int]flow.Code{}
	for i := range cases {
		one := files{fmt.Sprintf("flows/c%d.yaml", i): source[fmt.Sprintf("flows/c%d.yaml", i)], "flows/main.yaml": source["flows/main.yaml"]}
		if _, err := compiler.Compile(one.list(), opt); err != nil {
			refused[i] = flow.CodeOf(diagnostics(err)[0].Error)
			delete(source, fmt.Sprintf("flows/c%d.yaml", i))
		}
	}
	var b *bench
	if len(source) > 0 {
		cfg := engine.Config{}
		if card.Suspends {
			cfg.Limits.Wall = 60 * 24 * time.Hour
		}
		b = newBench(t, compile(t, source, opt), cfg)
	}
	for i, c := range cases {
		in, err := flow.ParseJSON([]byte(c.In), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		if _, files := cardtest.WithFiles(card, in); files && name == "folded" {
			continue // a file is no literal
		}
		if code, ok := refused[i]; ok {
			// The checker insists on required inputs; a direct call does not.
			if c.Err == "" && code != flow.CodeCardMissing {
				t.Errorf("%s %s: %s is refused with %s", name, c.Name, c.In, code)
			}
			continue
		}
		call := func(_ context.Context, card *flow.Card, in flow.Value) (flow.Value, error) {
			env := cardtest.NewEnv()
			input := flow.Members("in", in)
			if name == "folded" {
				input = flow.Members()
			}
			res, err := b.module.Run(context.Background(), engine.Run{Flow: fmt.Sprintf("c%d", i), Input: input, ID: "run", Files: env.Blobs(), Tables: env.Tables(), Host: env.Host()})
			if err != nil {
				return flow.Value{}, err
			}
			out, _ := res.Outputs.Object().Get("out")
			return out, nil
		}
		if err := cardtest.Check(t.Context(), call, card, c); err != nil {
			t.Errorf("%s %s: %v", name, c.Name, err)
		}
	}
}

// stepSource writes a flow of one step that calls card with the given inputs,
// as literals or wired from the flow's input.
func stepSource(card *flow.Card, in flow.Value, wired bool) string {
	var b strings.Builder
	if wired {
		b.WriteString("inputs: {in: any}\n")
	}
	b.WriteString("outputs: {out: any}\nsteps:\n  - name: step\n    card: " + card.Key + "\n    with:\n")
	value := func(v flow.Value, path ...string) string {
		if !wired {
			return literal(v)
		}
		ref := "${input.in"
		for _, p := range path {
			ref += `."` + p + `"`
		}
		return string(flow.AppendQuoted(nil, ref+"}"))
	}
	groups := map[string]bool{}
	for _, p := range card.In {
		groups[p.Group] = p.Group != ""
	}
	if card.Extra != nil && card.Extra.Group != "" {
		groups[card.Extra.Group] = true
	}
	for k, v := range in.Object().All() {
		key := string(flow.AppendQuoted(nil, k))
		if !groups[k] || card.Input("", k) >= 0 {
			fmt.Fprintf(&b, "      %s: %s\n", key, value(v, k))
			continue
		}
		fmt.Fprintf(&b, "      %s:\n", key)
		for k2, v2 := range v.Object().All() {
			fmt.Fprintf(&b, "        %s: %s\n", flow.AppendQuoted(nil, k2), value(v2, k, k2))
		}
		if v.Object().Len() == 0 {
			b.WriteString("        {}\n")
		}
	}
	if in.Object().Len() == 0 {
		b.WriteString("      {}\n")
	}
	// The outputs as an object by key, groups nested: what cases expect.
	b.WriteString("  - return:\n      out:\n")
	ports := card.Out
	if card.FreeOut {
		extras := in
		if g := card.Extra.Group; g != "" {
			extras, _ = in.Object().Get(g)
		}
		for k := range extras.Object().All() {
			ports = append(ports, flow.Port{Key: k})
		}
	}
	if len(ports) == 0 {
		b.WriteString("        {}\n")
	}
	seen := map[string]bool{}
	for _, o := range ports {
		name := o.Key
		if o.Group != "" {
			name = o.Group
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		fmt.Fprintf(&b, "        %s: %s\n", flow.AppendQuoted(nil, name), flow.AppendQuoted(nil, `${step."`+name+`"}`))
	}
	return b.String()
}

// literal writes a value as YAML flow style that reads back the same.
func literal(v flow.Value) string {
	// A byte order mark stands only at the start of a file, so it is escaped.
	return strings.NewReplacer("${", "$${", "\ufeff", `\ufeff`).Replace(string(jsonOf(v)))
}

func jsonOf(v flow.Value) []byte {
	b, err := flow.AppendJSON(nil, v)
	if err != nil {
		panic(err)
	}
	return b
}

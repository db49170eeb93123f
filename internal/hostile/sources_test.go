//go:build linux && !race

package hostile

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

// amplifier answers every request with 5 MiB of JSON that grows most when it
// becomes values.
type amplifier struct{}

func (amplifier) Fetch(_ context.Context, r *flow.Request) (*flow.Response, error) {
	body := []byte("[" + strings.Repeat("{},", 5<<20/3) + "{}]")
	return &flow.Response{Status: 200, Body: body[:min(int64(len(body)), r.MaxBody)], Bytes: int64(len(body))}, nil
}

// compiled compiles sources within the time that a compilation may take, and
// returns the codes of what is wrong with them.
func (c *child) compiled(s sources) (*compiler.Output, []flow.Code) {
	c.Helper()
	began := time.Now()
	out, err := compiler.Compile(s.list(), compiler.Options{Registry: hostfuncs.Standard()})
	// The goal is 2 s on a machine that does nothing else.
	if took := time.Since(began); took > 8*time.Second*slowdown {
		c.Errorf("compiling took %v", took)
	}
	c.seen.report.Note = fmt.Sprint(time.Since(began).Round(time.Millisecond))
	if err == nil {
		return out, nil
	}
	diags, ok := err.(flow.Diagnostics)
	if !ok {
		c.Errorf("the error is %v, not diagnostics", err)
		return nil, []flow.Code{flow.CodeOf(err)}
	}
	var codes []flow.Code
	for _, d := range diags {
		if d.Code == flow.CodeInternal {
			c.Errorf("%v", d)
		}
		codes = append(codes, d.Code)
	}
	return nil, codes
}

// TestHostileFlows compiles and runs the connectors of testdata/hostile/flows.
func TestHostileFlows(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/hostile/flows/*.txtar")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			attack(t, engine.Config{HTTP: amplifier{}}, func(c *child) {
				archive, err := txtar.ParseFile(path)
				if err != nil {
					c.Fatal(err)
				}
				s, want := sources{}, ""
				for _, f := range archive.Files {
					if f.Name == "want" {
						want = strings.TrimSpace(string(f.Data))
						continue
					}
					s[f.Name] = string(f.Data)
				}
				verb, list, _ := strings.Cut(want, " ")
				var codes []flow.Code
				for code := range strings.FieldsSeq(list) {
					codes = append(codes, flow.Code(strings.TrimPrefix(code, "ok")))
				}
				out, got := c.compiled(s)
				switch {
				case verb == "compile":
					for _, code := range codes {
						if !slices.Contains(got, code) {
							c.Errorf("diagnostics %v, want %s among them", got, code)
						}
					}
				case verb != "run" || len(codes) == 0:
					c.Errorf("want is %q", want)
				case out == nil:
					c.Errorf("diagnostics %v, want %s", got, want)
				default:
					m := c.load(out.Wasm)
					c.ends(m, engine.Run{ID: "run"}, codes...)
					c.ends(m, engine.Run{ID: "run", Trace: true}, append(codes, flow.CodeLimitTrace)...)
				}
			})
		})
	}
}

// mainFlow is a connector of one flow with the given steps.
func mainFlow(steps string) sources {
	return sources{"flows/main.yaml": "outputs: {out: any}\nsteps:\n" + steps + "\n  - return: {out: 1}\n"}
}

// TestHostileSources compiles sources that are too large for a file.
func TestHostileSources(t *testing.T) {
	const deep = 100_000
	rep := strings.Repeat
	lines := func(n int, line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i))
		}
		return b.String()
	}
	ifs := func(n int) string {
		var b strings.Builder
		for i := range n {
			pad := rep("  ", 1+2*i)
			fmt.Fprintf(&b, "%s- if: true\n%s  then:\n", pad, pad)
		}
		fmt.Fprintf(&b, "%s- assign: {a: 1}\n", rep("  ", 1+2*n))
		return b.String()
	}
	cycle := func(n int) sources {
		s := sources{}
		for i := range n {
			s[fmt.Sprintf("flows/f%d.yaml", i)] = fmt.Sprintf("type: helper\nsteps:\n  - call: f%d\n", (i+1)%n)
		}
		return s
	}
	everyone := func(n int) sources {
		s := sources{}
		for i := range n {
			s[fmt.Sprintf("flows/f%d.yaml", i)] = "type: helper\nsteps:\n" + lines(n, func(j int) string { return fmt.Sprintf("  - call: f%d\n", j) })
		}
		return s
	}
	tests := []struct {
		name   string
		source func() sources
		want   []flow.Code // one of them; none at all where the source is accepted
	}{
		{"nested flow sequences", func() sources { return mainFlow("  - return: {out: " + rep("[", deep) + rep("]", deep) + "}") }, []flow.Code{flow.CodeSourceLimit}},
		{"nested flow mappings", func() sources { return mainFlow("  - return: {out: " + rep("{a: ", deep/2) + rep("}", deep/2) + "}") }, []flow.Code{flow.CodeSourceLimit}},
		{"open brackets", func() sources { return mainFlow("  - return: {out: " + rep("[", deep)) }, []flow.Code{flow.CodeSourceLimit, flow.CodeSourceSyntax}},
		{"nested dashes", func() sources { return sources{"flows/main.yaml": rep("- ", deep) + "a\n"} }, []flow.Code{flow.CodeSourceLimit}},
		{"nested JSON", func() sources { return sources{"flows/main.json": rep("[", deep) + rep("]", deep)} }, []flow.Code{flow.CodeSourceLimit}},
		{"nested JSON objects", func() sources { return sources{"flows/main.json": rep(`{"a":`, deep/3) + "1" + rep("}", deep/3)} }, []flow.Code{flow.CodeSourceLimit}},
		{"nested block mappings", func() sources {
			return sources{"flows/main.yaml": lines(700, func(i int) string { return rep(" ", i) + "a:\n" })}
		}, []flow.Code{flow.CodeSourceLimit}},
		{"question marks", func() sources { return sources{"flows/main.yaml": rep("? ", deep) + "a\n"} }, []flow.Code{flow.CodeSourceLimit, flow.CodeSourceSyntax}},
		{"a scalar of 10 MiB", func() sources { return mainFlow("  - note: " + rep("x", 10<<20)) }, []flow.Code{flow.CodeSourceLimit}},
		{"a scalar of 250 KiB", func() sources { return mainFlow("  - {note: " + rep("x", 250<<10) + ", assign: {a: 1}}") }, nil},
		{"escapes", func() sources { return mainFlow(`  - {note: "` + rep(`\U0010FFFF`, 25_000) + `", assign: {a: 1}}`) }, nil},
		{"anchors", func() sources {
			return mainFlow("  - note: [" + lines(20_000, func(i int) string { return fmt.Sprintf("&a%d x, ", i) }) + "]")
		}, []flow.Code{flow.CodeSourceSyntax, flow.CodeSourceLimit}},
		{"100,000 keys", func() sources {
			return sources{"flows/main.yaml": lines(deep, func(i int) string { return fmt.Sprintf("k%d: 1\n", i) })}
		}, []flow.Code{flow.CodeSourceLimit}},
		{"keys in a flow mapping", func() sources {
			return mainFlow("  - return: {out: {" + lines(15_000, func(i int) string { return fmt.Sprintf("k%d: 1, ", i) }) + "}}")
		}, nil},
		{"a number of a million digits", func() sources { return mainFlow("  - return: {out: " + rep("9", 200_000) + "}") }, []flow.Code{flow.CodeSourceValue}},
		{"a fraction of many digits", func() sources { return mainFlow("  - return: {out: 0." + rep("3", 200_000) + "}") }, []flow.Code{flow.CodeSourceValue}},
		{"a template of many parts", func() sources {
			return mainFlow("  - {name: a, assign: {v: x}}\n  - {name: b, card: text.trim, with: {string: \"" + rep("${a.v} ", 25_000) + "\"}}")
		}, []flow.Code{flow.CodeFlowSize, flow.CodeSourceLimit}},
		{"a path of many parts", func() sources {
			return mainFlow("  - {name: a, assign: {v: {}}}\n  - {name: b, card: text.trim, with: {string: \"${a.v" + rep(".x", 50_000) + "}\"}}")
		}, nil},
		{"open references", func() sources { return mainFlow("  - return: {out: \"" + rep("${", 50_000) + "\"}") }, []flow.Code{flow.CodeSourceReference}},
		{"dollars", func() sources { return mainFlow("  - return: {out: \"" + rep("$", 200_000) + "{\"}") }, nil},
		{"10,000 steps", func() sources {
			return mainFlow(lines(10_000, func(i int) string { return fmt.Sprintf("  - {name: s%d, card: text.uuid}\n", i) }))
		}, []flow.Code{flow.CodeFlowSize, flow.CodeSourceLimit}},
		{"1,500 steps, each of the one before", func() sources {
			return mainFlow("  - {name: s0, assign: {v: x}}\n  - {name: s1, card: text.trim, with: {string: \"${s0.v}\"}}\n" +
				lines(1500, func(i int) string {
					return fmt.Sprintf("  - {name: s%d, card: text.trim, with: {string: \"${s%d.output}\"}}\n", i+2, i+1)
				}))
		}, nil},
		{"constants that double by folding", func() sources {
			return mainFlow("  - {name: s0, card: text.concat, with: {string1: xxxxxxxxxx, string2: yyyyyyyyyy}}\n" +
				lines(40, func(i int) string {
					return fmt.Sprintf("  - {name: s%d, card: text.concat, with: {string1: \"${s%d.output}\", string2: \"${s%d.output}\"}}\n", i+1, i, i)
				}) + "  - {name: l, card: text.length, with: {string: \"${s40.output}\"}}\n  - return: {out: \"${l.length}\"}\n")
		}, nil},
		{"a circle of 500 flows", func() sources { return cycle(500) }, []flow.Code{flow.CodeFlowCycle}},
		{"80 flows that call all of them", func() sources { return everyone(80) }, []flow.Code{flow.CodeFlowCycle}},
		{"a chain of 300 flows", func() sources {
			s := cycle(300)
			s["flows/f299.yaml"] = "type: helper\nsteps: []\n"
			s["flows/main.yaml"] = "steps:\n  - call: f0\n"
			return s
		}, []flow.Code{flow.CodeFlowSize}},
		{"ifs as deep as a file may be", func() sources { return mainFlow(ifs(30)) }, nil},
		{"ifs deeper than a file may be", func() sources { return mainFlow(ifs(60)) }, []flow.Code{flow.CodeSourceLimit}},
		{"a choice of 3,000 branches", func() sources {
			return mainFlow("  - choose:\n" + lines(3000, func(i int) string {
				return fmt.Sprintf("      - {when: {a: \"${context.flow}\", is: \"==\", b: x%d}, steps: []}\n", i)
			}))
		}, []flow.Code{flow.CodeFlowSize, flow.CodeSourceLimit}},
		{"a look-up of 5,000 options", func() sources {
			return mainFlow("  - lookup: \"${context.flow}\"\n    options: {" + lines(5000, func(i int) string { return fmt.Sprintf("k%d: v%d, ", i, i) }) + "}\n")
		}, []flow.Code{flow.CodeFlowSize, flow.CodeSourceLimit}},
		{"2,000 files", func() sources {
			s := sources{}
			for i := range 2000 {
				s[fmt.Sprintf("flows/f%d.yaml", i)] = "steps: []\n"
			}
			return s
		}, []flow.Code{flow.CodeSourceLimit}},
		{"900 wrong files", func() sources {
			s := sources{}
			for i := range 900 {
				s[fmt.Sprintf("flows/f%d.yaml", i)] = rep("x: [1, 2\n", 400)
			}
			return s
		}, []flow.Code{flow.CodeSourceLimit}},
		{"a connector of long lines", func() sources {
			s := sources{}
			for i := range 5 {
				s[fmt.Sprintf("flows/f%d.yaml", i)] = "outputs: {out: any}\nsteps:\n  - return: {out: [" + rep("\"ä\", b, ", 9_000) + "]}\n"
			}
			return s
		}, nil},
		{"15,000 unknown references", func() sources {
			return mainFlow("  - return: {out: [" + rep("\"${a.b}\", ", 15_000) + "]}")
		}, []flow.Code{flow.CodeNameUnknown}},
	}
	for _, tt := range tests {
		t.Run(strings.NewReplacer(" ", "_", ",", "").Replace(tt.name), func(t *testing.T) {
			attack(t, engine.Config{}, func(c *child) {
				_, got := c.compiled(tt.source())
				if len(tt.want) == 0 && len(got) > 0 || len(tt.want) > 0 && !slices.ContainsFunc(tt.want, func(w flow.Code) bool { return slices.Contains(got, w) }) {
					c.Errorf("diagnostics %.300v, want one of %v", got, tt.want)
				}
			})
		})
	}
}

package check_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// slow tells a pass that hangs from one that runs on a busy machine: files take
// a few tenths of a second.
const slow = 30 * time.Second

// fill repeats what f makes up to the size of a file or n times.
func fill(n int, f func(i int) string) string {
	var b strings.Builder
	for i := range n {
		s := f(i)
		if b.Len()+len(s) > source.MaxFile-1000 {
			break
		}
		b.WriteString(s)
	}
	return b.String()
}

// TestHostileFiles gives files as large as the limits allow, each against one
// part of the front end.
func TestHostileFiles(t *testing.T) {
	const all = source.MaxFile
	line := func(format string) func(int) string {
		return func(i int) string {
			if strings.Contains(format, "%") {
				return fmt.Sprintf(format, i)
			}
			return format
		}
	}
	tests := []struct {
		what, text string
		code       flow.Code // of the first problem; "" for none
	}{
		{"unknown steps", "steps:\n  - assign:\n" + fill(3900, line("      a%[1]d: ${nope%[1]d.x}\n")), flow.CodeNameUnknown},
		{"unknown inputs", "inputs:\n" + fill(3900, line("  i%d: text\n")) + "steps:\n  - assign:\n" + fill(3900, line("      a%[1]d: ${input.j%[1]d}\n")), flow.CodeNameUnknown},
		{"unknown cards", "steps:\n" + fill(6000, line("  - card: text.uper%d\n")), flow.CodeCardUnknown},
		{"unknown fields", fill(3900, line("field%d: 1\n")), flow.CodeSourceField},
		{"many outputs", "steps:\n  - name: v\n    assign:\n" + fill(3900, line("      a%d: 1\n")) + "  - assign:\n" + fill(3900, line("      a%[1]d: ${v.a%[1]d}\n")), ""},
		{"long template", "inputs: {x: text}\nsteps:\n  - assign: {a: \"" + fill(all/9, line("${input.x}")) + "\"}\n", ""},
		{"unclosed references", "steps:\n  - assign: {a: '" + fill(all/3, line("${\"")) + "'}\n", flow.CodeSourceReference},
		{"objects that double", "steps:\n  - {name: s0, assign: {v: {a: 1}}}\n" +
			fill(1500, func(i int) string {
				return fmt.Sprintf("  - {name: s%d, assign: {v: {a: \"${s%d.v}\", b: \"${s%d.v}\"}}}\n", i+1, i, i)
			}), ""},
		{"secrets that double", "steps:\n  - {name: s0, assign_if: true, then: {a: \"${secret.key}\"}}\n" +
			fill(1500, func(i int) string {
				return fmt.Sprintf("  - {name: s%d, assign_if: true, then: {a: \"${s%d.output}\", b: \"${s%d.output}\"}}\n", i+1, i, i)
			}), ""},
		{"comments", "steps:\n" + fill(25000, line("  #\n")) + "  - return: {}\n" + fill(25000, line("  #\n")), ""},
		{"brackets", fill(all, line("[")), flow.CodeSourceLimit},
		{"quotes", fill(all, line("\"")), flow.CodeSourceLimit},
		{"anchors", fill(all, line("&a ")), flow.CodeSourceSyntax},
		{"block headers", fill(all, line("|\n")), flow.CodeSourceSyntax},
		{"documents", fill(all, line("---\n")), flow.CodeSourceValue},
	}
	reg := testRegistry(t)
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			f := source.File{Name: "flows/a.yaml", Data: []byte(tt.text)}
			start := time.Now()
			d := problems(append(connector(nil), f), reg)
			code := flow.Code("")
			if len(d) > 0 {
				code = d[0].Code
			}
			if code != tt.code {
				t.Errorf("got %v, want %q", d.Error(), tt.code)
			}
			if _, err := syntax.Format(f); flow.CodeOf(err) == flow.CodeInternal {
				t.Errorf("Format: %v", err)
			}
			if took := time.Since(start); took > slow {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestHostileGraph gives a chain of flows as long as a connector may have, with
// a secret that travels through all of them and back.
func TestHostileGraph(t *testing.T) {
	const depth = source.MaxFiles - 2
	flows := map[string]string{"main": "steps:\n  - call: f0\n    with: {v: \"${secret.key}\"}\n"}
	for i := range depth {
		step := fmt.Sprintf("  - name: c\n    call: f%d\n    with: {v: \"${input.v}\"}\n  - return: {v: \"${c.v}\"}\n", i+1)
		if i == depth-1 {
			step = "  - return: {v: \"${input.v}\"}\n"
		}
		flows[fmt.Sprintf("f%d", i)] = "type: helper\ninputs: {v: text}\noutputs: {v: text}\nsteps:\n" + step
	}
	start := time.Now()
	_, info := checked(t, connector(flows))
	if took := time.Since(start); took > slow {
		t.Errorf("took %v", took)
	}
	for _, fi := range info.Flows {
		if fi.Flow.Key.Text != "main" && !fi.SecretOut[0] {
			t.Fatalf("the secret does not come back through %q", fi.Flow.Key.Text)
		}
	}
}

func FuzzCheck(f *testing.F) {
	reg := testRegistry(f)
	for _, s := range []string{
		"steps:\n  - card: http.raw\n    with: {url: a, headers: {b: \"${secret.key}\"}}\n",
		"outputs: {a: text}\nsteps:\n  - name: l\n    map: [1, {a: b}]\n    flow: h\n    concurrency: 2\n  - return: {a: \"${l.list.0}\"}\n",
		"steps:\n  - choose: [{when: {a: 1, is: in, b: [1]}, steps: [return: {x: 1}]}, {else: []}]\n    outputs: {x: number}\n  - try: []\n    if_error: [return_error: {message: \"${error.message}\"}]\n",
		"steps:\n  - {reduce: [1], memo: 0, flow: h, with: {x: \"${memo}\"}}\n  - {repeat: 2, flow: h}\n  - {lookup: a, options: {a: 1}, as: number}\n",
		"steps:\n  - {if: true, then: [continue_if: false], outputs: {x: {then: 1}}}\n  - {assign_if: \"${input.x}\", then: 1}\n  - {assign: {a: {type: date, value: x}}}\n",
	} {
		f.Add([]byte(s))
	}
	helper := source.File{Name: "flows/h.yaml", Data: []byte("type: helper\ninputs: {x: any}\noutputs: {y: boolean}\nsteps: [return: {y: \"${input.x}\"}]\n")}
	f.Fuzz(func(t *testing.T, data []byte) {
		files := append(connector(nil), source.File{Name: "flows/a.yaml", Data: data}, helper)
		for _, d := range problems(files, reg) {
			if d.Code == "" || d.Code == flow.CodeInternal || d.Msg == "" {
				t.Fatalf("a problem without code or message: %v\n%s", d.Error, data)
			}
		}
	})
}

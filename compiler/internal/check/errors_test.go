package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

var (
	marker = regexp.MustCompile(`(ERROR|WARNING) ([a-z]+\.[a-z_]+) ("(?:[^"\\]|\\.)*")`)
	// listed is a problem told in the archive's comment, for files without
	// comments and problems without a line.
	listed = regexp.MustCompile(`^(ERROR|WARNING) (?:(\S+?)(?::(\d+))? )?([a-z]+\.[a-z_]+) (".*")$`)
)

// expectation is one problem that an archive announces.
type expectation struct {
	severity string
	file     string
	line     int
	code     flow.Code
	message  *regexp.Regexp
}

// expectations reads what an archive announces: in a comment at the end of the
// line that a problem is on, or listed in the archive's own comment. In the
// quoted regular expression \" stands for a quote.
func expectations(t *testing.T, ar *txtar.Archive) []expectation {
	t.Helper()
	var out []expectation
	add := func(severity, file string, line int, code, quoted string) {
		text := strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
		re, err := regexp.Compile(text)
		if err != nil {
			t.Fatalf("%s:%d: %v", file, line, err)
		}
		out = append(out, expectation{severity, file, line, flow.Code(code), re})
	}
	for line := range strings.Lines(string(ar.Comment)) {
		if m := listed.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			n, _ := strconv.Atoi(m[3])
			add(m[1], m[2], n, m[4], m[5])
		}
	}
	for _, f := range ar.Files {
		n := 0
		for line := range strings.Lines(string(f.Data)) {
			n++
			_, comment, _ := strings.Cut(line, "# ")
			for _, m := range marker.FindAllStringSubmatch(comment, -1) {
				add(m[1], f.Name, n, m[2], m[3])
			}
		}
	}
	return out
}

// archives returns the error archives by name.
func archives(t *testing.T) map[string]*txtar.Archive {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "errors", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	out := map[string]*txtar.Archive{}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(p)] = txtar.Parse(data)
	}
	return out
}

func filesOf(ar *txtar.Archive) []source.File {
	var files []source.File
	for _, f := range ar.Files {
		files = append(files, source.File{Name: f.Name, Data: f.Data})
	}
	return files
}

// problems parses and checks as the compiler does: the checker sees only what
// the parser found no fault with.
func problems(files []source.File, reg *flow.Registry) flow.Diagnostics {
	conn, d := syntax.Parse(files)
	if d.HasErrors() {
		return append(d, check.Rest(conn, reg)...)
	}
	_, more := check.Check(conn, reg)
	return append(d, more...)
}

// TestMissingValues: a field that must be there and has few values names them.
func TestMissingValues(t *testing.T) {
	d := problems([]source.File{{Name: "connector.yaml", Data: []byte("key: a\nname: A\nversion: 1.0.0\nhosts: [a.example]\nauth: [{key: k, type: api_key, field: X-Key}]\n")}}, testRegistry(t))
	if len(d) == 0 || d[0].Code != flow.CodeSourceMissing || d[0].Fix != "write in: header or query or cookie" {
		t.Errorf("%+v", d)
	}
}

// TestErrors compares the problems of every archive with those it announces:
// none may be missing, and none may come on top.
func TestErrors(t *testing.T) {
	reg := testRegistry(t)
	for name, ar := range archives(t) {
		t.Run(name, func(t *testing.T) {
			want := expectations(t, ar)
			if len(want) == 0 {
				t.Fatal("the archive announces nothing")
			}
			for _, d := range problems(filesOf(ar), reg) {
				i := slices.IndexFunc(want, func(w expectation) bool {
					return strings.EqualFold(w.severity, d.Severity.String()) && w.file == d.Pos.File && w.line == d.Pos.Line &&
						w.code == d.Code && w.message.MatchString(d.Msg)
				})
				if i < 0 {
					t.Errorf("unexpected: %s: %v", d.Severity, d.Error)
					continue
				}
				want = slices.Delete(want, i, i+1)
			}
			for _, w := range want {
				t.Errorf("missing: %s:%d: %s %s %q", w.file, w.line, w.severity, w.code, w.message)
			}
		})
	}
}

// TestErrorsCoverCodes checks that every code of the front end occurs.
func TestErrorsCoverCodes(t *testing.T) {
	seen := map[flow.Code]bool{}
	for _, ar := range archives(t) {
		for _, w := range expectations(t, ar) {
			seen[w.code] = true
		}
	}
	codes := []flow.Code{
		flow.CodeSourceSyntax, flow.CodeSourceLimit, flow.CodeSourceDuplicate, flow.CodeSourceText, flow.CodeSourceField,
		flow.CodeSourceMissing, flow.CodeSourceValue, flow.CodeSourceFile, flow.CodeSourceReference,
		flow.CodeNameUnknown, flow.CodeNameScope, flow.CodeNameInvalid, flow.CodeFlowUnknown, flow.CodeFlowCycle,
		flow.CodeFlowType, flow.CodeFlowReturn, flow.CodeFlowUnreachable, flow.CodeCardUnknown, flow.CodeCardInput,
		flow.CodeCardMissing, flow.CodeTypeMismatch, flow.CodeSecretFlow, flow.CodeConnectorHost,
	}
	for _, c := range codes {
		if !seen[c] {
			t.Errorf("no archive has %s", c)
		}
	}
}

// TestFixes checks the corrections that are proposed.
func TestFixes(t *testing.T) {
	tests := []struct{ archive, message, fix string }{
		{"card-unknown.txtar", `no card "text.uper"`, "did you mean text.upper?"},
		{"card-unknown.txtar", `no card "string.upper"`, "did you mean text.upper?"},
		{"source-field.txtar", `a connector has no field "nam"`, "did you mean name?"},
		{"name-unknown.txtar", `there is no input "emial"`, "did you mean email?"},
		{"name-unknown.txtar", `step "one" (assign) has no output "b"`, "known here: a"},
		{"flow-unknown.txtar", `no flow has the key "helpr"`, "did you mean helper?"},
		{"source-reference.txtar", `not a reference: " input.x "`, "write it without spaces: ${input.x}"},
		{"connector-host.txtar", `a host is written in lower case: "API.example.com"`, "write api.example.com"},
		{"secret-flow.txtar", `a secret cannot be used as input text`, "the flow pass gives this input a secret"},
		{"source-value.txtar", `not a type: "legacy"`, ""},
		{"source-value.txtar", `not a type: "string"`, "write text"},
		{"all-at-once.txtar", `version must be text, not a number`, "write three numbers, such as 1.0.0"},
		{"all-at-once.txtar", `the key of a flow is empty`, "leave it out: it is then the name of the file"},
		{"connector-reach.txtar", `the connector may not reach the host "api.exmple.com"`, "did you mean api.example.com? Else add it to hosts in connector.yaml"},
	}
	reg := testRegistry(t)
	all := archives(t)
	for _, tt := range tests {
		var fixes []string
		for _, d := range problems(filesOf(all[tt.archive]), reg) {
			if d.Msg == tt.message {
				fixes = append(fixes, d.Fix)
			}
		}
		if tt.fix != "" && !slices.Contains(fixes, tt.fix) {
			t.Errorf("%s: %s: fixes %s, want %q", tt.archive, tt.message, fmt.Sprintf("%q", fixes), tt.fix)
		}
	}
}

// TestMistakes: what authors often write gives one problem, with the place and
// with what to do about it.
func TestMistakes(t *testing.T) {
	reg := testRegistry(t)
	for _, c := range []struct{ flow, want, fix string }{
		{"steps:\n  - name: a\n    card: text.upper\n     with: {text: x}\n", "3:11 source.syntax", "begin the fields of one mapping in the same column"},
		{"steps:\n  - name: a\n   card: text.upper\n", "3:4 source.syntax", "begin the fields of one mapping in the same column"},
		{"steps:\n\t- name: a\n", "2:1 source.syntax", "indent with spaces"},
		{"steps:\n  - name: a\n  \tcard: text.upper\n", "3:3 source.syntax", "indent with spaces"},
		{"steps:\n\u00a0 - name: a\n", "2:1 source.text", "indent with spaces"},
		{"\ufeffsteps: []\n", "1:1 source.text", "save the file without a byte order mark"},
		{"", "1:1 source.value", "give it fields"},
		{"# nothing yet\n", "1:1 source.value", "give it fields"},
		{"steps: []\n---\nsteps: []\n", "3:6 source.syntax", "make a file of each"},
		{"outputs: {a: any[], b: any[]}\nsteps: []\n", "1:17 source.syntax", "in quotes"},
		{"outputs: {a: any}\nsteps:\n  - return: {a: ${input.x}}\n", "3:18 source.syntax", "in quotes"},
		{"outputs: {a: any}\nsteps:\n  - return: {a: at: 5}\n", "3:17 source.syntax", "put it in quotes"},
		{"outputs: {a: any}\nsteps:\n  - return: {a: \"x}\n", "3:17 source.syntax", "close the quotes"},
		{"outputs: {a: any}\nsteps:\n  - return: {a: 012}\n", "3:17 source.value", "in quotes if it is text"},
		{"outputs: {a: any}\nsteps:\n  - return: 5\n", "3:13 source.value", "write return: {NAME: VALUE}"},
		{"steps:\n  - return: {p: 1}\n", "2:14 flow.return", "declare it under outputs"},
		{"steps:\n  - text.upper\n", "2:5 source.value", "write card: text.upper"},
		{"steps:\n  - {card: Upper Case, with: {text: a}}\n", "2:12 card.unknown", "weir cards lists them"},
		{"steps:\n  - {card: if}\n", "2:12 card.unknown", "write if: instead of card: if"},
		{"steps:\n  - {card: text.upper}\n", "2:12 card.missing", "give it in with"},
		{"steps:\n  - else: []\n", "2:5 source.missing", "else stands in the step with if"},
		{"steps:\n  - if: {a: 1, is: \"=\", b: 1}\n", "2:20 source.value", "write \"==\""},
		{"steps:\n  - if: {a: 1, is: equals, b: 1}\n", "2:20 source.value", "write \"==\""},
		{"steps:\n  - if: {a: 1, is: almost, b: 1}\n", "2:20 source.value", "the operators are"},
		{"steps:\n  - {name: input, assign: {a: 1}}\n", "2:12 name.invalid", "choose another one"},
		{"steps:\n  - {name: my-step, assign: {a: 1}}\n", "2:12 name.invalid", "use letters, digits and underscores"},
		{"inputs: {a: {type: integer}}\nsteps: []\n", "1:20 source.value", "known here: text, number"},
		{"type: actoin\nsteps: []\n", "1:7 flow.type", "did you mean action?"},
		{"key: my flow\nsteps: []\n", "1:6 name.invalid", "use letters, digits and underscores"},
		{"steps:\n  - {call: nobody}\n", "2:12 flow.unknown", "known here: other"},
	} {
		got := problems([]source.File{
			{Name: "connector.yaml", Data: []byte("key: demo\nname: Demo\nversion: 1.0.0\n")},
			{Name: "flows/main.yaml", Data: []byte(c.flow)},
			{Name: "flows/other.yaml", Data: []byte("type: helper\nsteps: []\n")},
		}, reg)
		if len(got) != 1 {
			t.Errorf("%q: %d problems, want 1: %v", c.flow, len(got), got)
			continue
		}
		at := fmt.Sprintf("%d:%d %s", got[0].Pos.Line, got[0].Pos.Col, got[0].Code)
		if at != c.want || !strings.Contains(got[0].Fix, c.fix) {
			t.Errorf("%q: %s, fix %q; want %s, %q", c.flow, at, got[0].Fix, c.want, c.fix)
		}
	}
}

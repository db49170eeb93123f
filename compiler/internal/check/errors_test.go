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
		return d
	}
	_, more := check.Check(conn, reg)
	return append(d, more...)
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

//go:build linux && !race

package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/flopack"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

const packs = "../../testdata/hostile/packs/"

// alone runs fn in a child process with limits and a watchdog, without an engine
// beside it: an importer shares a process with nobody.
func alone(t *testing.T, fn func(c *child)) {
	t.Helper()
	if os.Getenv(childVar) != t.Name() {
		if _, err := inChild(t); err != nil {
			t.Error(err)
		}
		return
	}
	confine(t)
	debug.SetGCPercent(garbage)
	fn(&child{T: t})
	fmt.Fprintln(os.Stdout, "report: {}")
}

// imported imports an export and returns its errors, all of them with codes and
// places, or the findings; what is imported must compile, or be too large with one
// of the given codes.
func (c *child) imported(name string, data []byte, large ...flow.Code) (errs []*flow.Error, found []flopack.Finding) {
	c.Helper()
	const file = "hostile.flopack"
	res, err := flopack.Import(file, data, flopack.Options{Registry: hostfuncs.Standard()})
	if err != nil {
		diags, ok := err.(flow.Diagnostics)
		if !ok {
			diags = flow.Diagnostics{{Error: flow.AsError(err)}}
		}
		for _, d := range diags {
			if !strings.HasPrefix(string(d.Code), "import.") || d.Pos.File != file || d.Pos.Line < 1 || d.Pos.Col < 1 || d.Msg == "" || len(d.Msg) > 2000 {
				c.Errorf("%s: the error is %#v", name, d.Error)
			}
			errs = append(errs, d.Error)
		}
		if len(errs) == 0 {
			c.Errorf("%s: an error without diagnostics", name)
		}
		return errs, nil
	}
	if _, err := json.Marshal(res.Report); err != nil {
		c.Errorf("%s: the report: %v", name, err)
	}
	if len(res.Report.Findings) > flopack.MaxFindings {
		c.Errorf("%s: %d findings", name, len(res.Report.Findings))
	}
	for _, f := range res.Report.Findings {
		if f.Line < 1 || f.Column < 1 || !strings.HasPrefix(string(f.Code), "import.") || f.Message == "" || len(f.Message) > 2000 {
			c.Errorf("%s: the finding %+v", name, f)
			break
		}
	}
	seen := map[string]bool{}
	for _, f := range res.Files {
		if lower := strings.ToLower(f.Name); seen[lower] || filepath.Clean(f.Name) != f.Name || !filepath.IsLocal(f.Name) {
			c.Errorf("%s: a file is called %q", name, f.Name)
		} else {
			seen[lower] = true
		}
	}
	if _, err := compiler.Compile(res.Files, compiler.Options{Registry: hostfuncs.Standard()}); err != nil && !allOf(err, large) {
		var b bytes.Buffer
		_ = compiler.Render(&b, compiler.Check(res.Files, compiler.Options{Registry: hostfuncs.Standard()}), res.Files)
		c.Errorf("%s: what is imported does not compile: %.2000s", name, b.String())
	}
	return nil, res.Report.Findings
}

// allOf reports whether an error is diagnostics with the given codes alone.
func allOf(err error, codes []flow.Code) bool {
	diags, ok := err.(flow.Diagnostics)
	for _, d := range diags {
		ok = ok && (d.Severity != flow.SeverityError || slices.Contains(codes, d.Code))
	}
	return ok && len(codes) > 0
}

// spoiled applies the sections of an archive to the base.
func spoiled(c *child, base []byte, a *txtar.Archive) (data []byte, want string) {
	lines := bytes.SplitAfter(base, []byte("\n"))
	at := 0
	var out []byte
	for _, f := range a.Files {
		var from, to int
		switch {
		case f.Name == "want":
			want = strings.TrimSpace(string(f.Data))
		case f.Name == "pack":
			return f.Data, want
		default:
			if n, err := fmt.Sscanf(f.Name, "lines %d to %d", &from, &to); n != 2 || from <= at || to > len(lines) {
				c.Fatalf("section %s: %v", f.Name, err)
			}
			out = append(bytes.Join([][]byte{out, bytes.Join(lines[at:from-1], nil)}, nil), f.Data...)
			at = to
		}
	}
	return append(out, bytes.Join(lines[at:], nil)...), want
}

// TestHostilePacks imports the exports of testdata/hostile/packs.
func TestHostilePacks(t *testing.T) {
	alone(t, func(c *child) {
		paths, err := filepath.Glob(packs + "*.txtar")
		if err != nil || len(paths) < 100 {
			c.Fatalf("%d exports, %v", len(paths), err)
		}
		base, err := os.ReadFile(packs + "base.flopack")
		if err != nil {
			c.Fatal(err)
		}
		for _, path := range paths {
			a, err := txtar.ParseFile(path)
			if err != nil || len(a.Comment) == 0 {
				c.Fatalf("%s: %v", path, err)
			}
			name := strings.TrimSuffix(filepath.Base(path), ".txtar")
			data, want := spoiled(c, base, a)
			errs, found := c.imported(name, data)
			if problem := meets(want, errs, found); problem != "" {
				c.Errorf("%s: %s", name, problem)
			}
		}
	})
}

// meets says what is wrong with what became of an export; "" for nothing.
func meets(want string, errs []*flow.Error, found []flopack.Finding) string {
	verb, rest, _ := strings.Cut(want, " ")
	code, line, _ := strings.Cut(rest, " ")
	fits := func(got flow.Code) bool { return string(got) == code || code == "import" }
	switch verb {
	case "any":
		return ""
	case "accept":
		if errs != nil {
			return fmt.Sprintf("%v", errs[0])
		}
		return ""
	case "error":
		for _, e := range errs {
			if fits(e.Code) && (line == "" || strconv.Itoa(e.Pos.Line) == line) {
				return ""
			}
		}
	case "report":
		for _, f := range found {
			if fits(f.Code) {
				return ""
			}
		}
	}
	return fmt.Sprintf("want %s; errors %v, findings %+v", want, errs, found)
}

// TestHostilePackNames puts texts that are made to be misread wherever an export
// has a name.
func TestHostilePackNames(t *testing.T) {
	texts := []string{"x\u202egnp.exe", "a\x00b", "line\nbreak", "\u200b", "\u2028", "\ufeff", "../../etc/passwd", "con", "${secret.key}", "$${", `- [x] {y}: "z"`, "# no", "& *", "!!binary x",
		strings.Repeat("\U0001F600", 200), strings.Repeat("a", 100_000), " ", "", "if", "true", "null", "~", "=cmd()", "<script>", "é", "\u0065\u0301", "ﬁ", "İ", "1", "-1", ".", "a.b", "a:b", "|", "'", `"`, "\\", "\t", "%s"}
	for _, place := range []string{
		`"name": "Main"`, `"name": "Twice"`, `"description": ""`, `"name": "Compose"`, `"name": "Call Flow"`, `"name": "If Error"`, `"name": "People"`, `"name": "name"`,
		`"name": "My Okta"`, `"module": "okta"`, `"key": "n"`, `"key": "text"`, `"key": "Row ID"`, `"data": "large {{{token_0003}}}"`,
	} {
		key, value, _ := strings.Cut(place, ": ")
		t.Run(strings.Trim(key, `"`)+" "+strings.Trim(value, `"`), func(t *testing.T) {
			alone(t, func(c *child) {
				base, err := os.ReadFile(packs + "base.flopack")
				if err != nil || !bytes.Contains(base, []byte(place)) {
					c.Fatalf("the base has no %s (%v)", place, err)
				}
				for i, text := range texts {
					quoted, err := json.Marshal(text)
					if err != nil {
						c.Fatal(err)
					}
					c.imported(fmt.Sprintf("text %d", i), bytes.ReplaceAll(base, []byte(place), []byte(key+": "+string(quoted))))
				}
			})
		})
	}
}

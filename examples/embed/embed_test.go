package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEmbed builds the program as an embedder would and runs it.
func TestEmbed(t *testing.T) {
	prints(t, build(t), `^\{"greeting":"Hello, world!"\} for [1-9][0-9]* fuel\n$`)
}

// TestReadme builds the lines of the README, with errors looked at, into this
// program instead of its own and runs them.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(readme), "```go\n")
	code, _, found := strings.Cut(code, "```\n")
	if lines := strings.Count(code, "\n"); !found || lines != 5 {
		t.Fatalf("README.md shows %d lines of Go, want 5", lines)
	}
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(program), "func main() {")
	_, tail, _ := strings.Cut(string(program), "func check")
	code = regexp.MustCompile(`(?m)^(\w+, err := .*)$`).ReplaceAllString(code, "$1\ncheck(err)")
	head = strings.Replace(head, `"github.com/weirflow/weir/hostfuncs"`, "\"github.com/weirflow/weir/hostfuncs\"\n\"github.com/weirflow/weir/hostfuncs/egress\"", 1)
	instead := filepath.Join(t.TempDir(), "main.go")
	text := head + "func main() {\nctx, files := context.Background(), source\n" + code + "}\n\nfunc check" + tail
	if err := os.WriteFile(instead, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("main.go")
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	b, err := json.Marshal(map[string]any{"Replace": map[string]string{here: instead}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, b, 0o600); err != nil {
		t.Fatal(err)
	}
	prints(t, build(t, "-overlay", overlay), `^\{"greeting":"Hello, world!"\} [1-9][0-9]*\n$`)
}

// TestSize: an embedder reads the program in a minute.
func TestSize(t *testing.T) {
	b, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "\n"); n > 45 {
		t.Errorf("main.go has %d lines", n)
	}
}

// build compiles this package and returns the program.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "embed")
	args := append(append([]string{"build"}, flags...), "-o", program, ".")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

func prints(t *testing.T, program, want string) {
	t.Helper()
	out, err := exec.Command(program).CombinedOutput()
	if err != nil || !regexp.MustCompile(want).Match(out) {
		t.Errorf("the program printed %q (%v), want %s", out, err, want)
	}
}

package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestEmbed builds the program as an embedder would and runs it.
func TestEmbed(t *testing.T) {
	program := filepath.Join(t.TempDir(), "embed")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	out, err := exec.Command(program).CombinedOutput()
	want := regexp.MustCompile(`^\{"greeting":"Hello, world!"\} for [1-9][0-9]* fuel\n$`)
	if err != nil || !want.Match(out) {
		t.Errorf("the program printed %q (%v), want %s", out, err, want)
	}
}

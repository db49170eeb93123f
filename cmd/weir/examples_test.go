package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestExamples: the connectors that others begin with can be released as they
// are, are written in canonical form, and their tests, tapes of real servers among
// them, reach every step and branch.
func TestExamples(t *testing.T) {
	dirs, err := filepath.Glob("../../examples/*/connector.yaml")
	if err != nil || len(dirs) < 3 {
		t.Fatalf("%d examples, %v", len(dirs), err)
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			if o := weir(t, "", "check", "--release", dir); o.code != exitDone || o.err != "" {
				t.Errorf("check: exit %d, %s", o.code, o.err)
			}
			if o := weir(t, "", "fmt", "--check", dir); o.code != exitDone {
				t.Errorf("fmt --check: exit %d, %s%s", o.code, o.out, o.err)
			}
			if o := weir(t, "", "test", dir, "--coverage", "--min-coverage", "100"); o.code != exitDone {
				t.Errorf("test: exit %d, %s%s", o.code, o.out, o.err)
			}
			key := filepath.Join(t.TempDir(), "author")
			done(t, "keygen", key)
			done(t, "pack", dir, "-o", key+".weir", "--key", key, "--no-test")
			tapes, err := filepath.Glob(filepath.Join(dir, "tests", "*.tape.yaml"))
			if err != nil || len(tapes) == 0 {
				t.Errorf("%d tapes, %v", len(tapes), err)
			}
			icon := readText(t, filepath.Join(dir, "assets", "icon.png"))
			if !strings.HasPrefix(icon, "\x89PNG") {
				t.Error("the icon is no PNG")
			}
		})
	}
}

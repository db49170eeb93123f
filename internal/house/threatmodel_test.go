package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestHouseThreatModel: every attack that the threat model lists names a test or
// a file that exists.
func TestHouseThreatModel(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "THREATMODEL.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| Attack | Refused by | Tests |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	named := regexp.MustCompile("`([^`]+)`")
	rows := 0
	for row := range strings.Lines(table + "\n") {
		cells := strings.Split(strings.Trim(row, "| \n"), " | ")
		if strings.HasPrefix(cells[0], "**") {
			continue
		}
		rows++
		tests := named.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(cells) != 3 || len(tests) == 0 {
			t.Errorf("not an attack, where it is refused, and tests: %s", row)
			continue
		}
		for _, m := range tests {
			if strings.HasPrefix(m[1], "testdata/") {
				if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
					t.Errorf("there is no %s", m[1])
				}
				continue
			}
			if dot := strings.LastIndex(m[1], "."); dot < 0 || !hasTest(t, m[1][:dot], m[1][dot+1:]) {
				t.Errorf("there is no test %s", m[1])
			}
		}
	}
	if rows < 50 {
		t.Errorf("the table has %d attacks", rows)
	}
}

// hasTest reports whether a folder has a test or fuzz target of this name.
func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(paths, func(path string) bool {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(b), "\nfunc "+name+"(")
	})
}

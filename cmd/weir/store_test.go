package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTablesAndFiles imports a CSV file into a table in one run and exports the
// table to a file in another.
func TestTablesAndFiles(t *testing.T) {
	dir := t.TempDir()
	conn := filepath.Join(dir, "conn")
	write(t, filepath.Join(conn, "connector.yaml"), "key: people\nname: People\nversion: 0.1.0\n")
	write(t, filepath.Join(conn, "flows", "load.yaml"), `
inputs: {csv: {type: file, required: true}}
outputs: {ok: boolean}
steps:
  - card: table.importFromCSV
    with: {parameters: {stash: People}, Source: {File Content: "${input.csv}"}}
  - return: {ok: true}
`)
	write(t, filepath.Join(conn, "flows", "save.yaml"), `
outputs: {csv: file}
steps:
  - name: out
    card: table.exportToCSV
    with: {parameters: {stash: People}, File: {Filename: ../people.csv}}
  - return: {csv: '${out.CSV."File Content"}'}
`)
	def := write(t, filepath.Join(dir, "people.json"), `{"name":"People","columns":[{"name":"Name","type":"text"},{"name":"Age","type":"number"}]}`)
	csv := write(t, filepath.Join(dir, "people.csv"), "Name,Age\nJane,41\nBob,7\n")
	db := filepath.Join(dir, "people.db")
	if got := done(t, "tables", db, "people", def); !strings.Contains(got, "People  0 rows") {
		t.Errorf("after defining: %s", got)
	}
	done(t, "run", conn, "load", "--file", "csv=@"+csv, "--tables", db)
	if got := done(t, "tables", db, "people"); !strings.Contains(got, "People  2 rows") {
		t.Errorf("after loading: %s", got)
	}
	kept := filepath.Join(t.TempDir(), "files", "kept") // made by the run
	for range 2 {
		done(t, "run", conn, "save", "--tables", db, "--out-dir", kept)
	}
	for _, name := range []string{"people.csv", "people-2.csv"} {
		if got := readText(t, filepath.Join(kept, name)); !strings.Contains(got, "Jane,41") {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

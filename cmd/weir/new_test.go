package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNewWorks: what new writes passes check without a warning, is in canonical
// form, builds, and passes its tests, whatever it is called.
func TestNewWorks(t *testing.T) {
	for _, c := range []struct {
		dir, name string // name: "" for the directory's
		key       string
		title     string
	}{
		{"my-crm", "", "my_crm", "My Crm"},
		{"a/b/c", "", "c", "C"},
		{"x", "Acme: \"the\" API # 1", "acme_the_api_1", "Acme: \"the\" API # 1"},
		{"x", "42", "connector_42", "42"},
		{"x", "日本", "connector", "日本"},
		{"x", "true", "true", "true"},
		{"x", "- key: x", "key_x", "- key: x"},
		{"x", "name: Example Contacts", "name_example_contacts", "name: Example Contacts"},
		{"...", "", "connector", "Connector"},
	} {
		dir := filepath.Join(t.TempDir(), c.dir)
		args := []string{"new", dir}
		if c.name != "" {
			args = append(args, "--name", c.name)
		}
		done(t, args...)
		if o := weir(t, "", "check", dir); o.code != exitDone || o.err != "" {
			t.Errorf("%q: check: exit %d, %s", c, o.code, o.err)
		}
		if o := weir(t, "", "fmt", "--check", dir); o.code != exitDone {
			t.Errorf("%q: fmt --check: exit %d, %s%s", c, o.code, o.out, o.err)
		}
		wasm := filepath.Join(t.TempDir(), "x.wasm")
		done(t, "build", dir, "-o", wasm)
		var m moduleView
		if err := json.Unmarshal([]byte(done(t, "inspect", wasm, "--json")), &m); err != nil {
			t.Fatal(err)
		}
		if m.Manifest.Key != c.key || m.Manifest.Name != c.title {
			t.Errorf("%q: key %q and name %q", c, m.Manifest.Key, m.Manifest.Name)
		}
		if out := done(t, "test", dir); !strings.Contains(out, " passed, 0 failed\n") || strings.HasPrefix(out, "0 passed") {
			t.Errorf("%q: test printed %q", c, out)
		}
		if page := readText(t, filepath.Join(dir, "README.md")); strings.Contains(page, " "+templates()[0].key) {
			t.Errorf("%q: the page still names %s", c, templates()[0].key)
		}
	}
}

// TestNewTestsCanFail: the tests that new writes notice a change of the flow.
func TestNewTestsCanFail(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x")
	done(t, "new", dir)
	path := filepath.Join(dir, "flows", "read_contact.yaml")
	for _, change := range [][2]string{
		{`delimiter: ", "`, `delimiter: "; "`},
		{"/v1/contacts/", "/v2/contacts/"},
		{"then: no tags", "then: none"},
		{"required: true", "required: false"},
	} {
		whole := readText(t, path)
		changed := strings.Replace(whole, change[0], change[1], 1)
		if changed == whole {
			t.Fatalf("the flow has no %q", change[0])
		}
		write(t, path, changed)
		if o := weir(t, "", "test", dir); o.code != exitFailed || !strings.Contains(o.out, "FAIL") {
			t.Errorf("%q for %q: exit %d, %s%s", change[1], change[0], o.code, o.out, o.err)
		}
		write(t, path, whole)
	}
}

func TestNewRefuses(t *testing.T) {
	used := t.TempDir()
	file := write(t, filepath.Join(used, "note.txt"), "mine")
	for _, dir := range []string{used, file, filepath.Join(file, "x")} {
		o := weir(t, "", "new", dir, "--json")
		var v struct{ Error errorView }
		if err := json.Unmarshal([]byte(o.err), &v); err != nil || o.code != exitFailed || v.Error.Code != "source.file" {
			t.Errorf("new %s: exit %d, %s", dir, o.code, o.err)
		}
	}
	if entries, err := os.ReadDir(used); err != nil || len(entries) != 1 || readText(t, file) != "mine" {
		t.Errorf("the directory in use holds %v (%v)", entries, err)
	}
	empty := t.TempDir()
	done(t, "new", empty)
	if missing(filepath.Join(empty, "connector.yaml")) {
		t.Error("nothing was written to the empty directory")
	}
}

// TestTemplates: each template passes check, is in canonical form, builds, and
// has tests that pass and reach every step and branch.
func TestTemplates(t *testing.T) {
	for _, template := range templates() {
		dir := filepath.Join(t.TempDir(), "x")
		done(t, "new", dir, "--template", template.name)
		if o := weir(t, "", "check", dir); o.code != exitDone || o.err != "" {
			t.Errorf("%s: check: exit %d, %s", template.name, o.code, o.err)
		}
		if o := weir(t, "", "fmt", "--check", dir); o.code != exitDone {
			t.Errorf("%s: fmt --check: exit %d, %s%s", template.name, o.code, o.out, o.err)
		}
		done(t, "build", dir, "-o", filepath.Join(t.TempDir(), "x.wasm"))
		if o := weir(t, "", "test", dir, "--coverage", "--min-coverage", "100"); o.code != exitDone {
			t.Errorf("%s: test: exit %d\n%s%s", template.name, o.code, o.out, o.err)
		}
	}
}

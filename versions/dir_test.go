package versions_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/versions"
	"github.com/weirflow/weir/versions/versionstest"
)

func TestDir(t *testing.T) {
	versionstest.Run(t, func(t *testing.T) (versions.Store, func() versions.Store) {
		path := filepath.Join(t.TempDir(), "a", "versions")
		return versions.OpenDir(path), func() versions.Store { return versions.OpenDir(path) }
	})
}

// store makes a directory with two versions.
func store(t *testing.T) (*versions.Dir, string) {
	t.Helper()
	path := t.TempDir()
	d := versions.OpenDir(path)
	for _, text := range []string{"first", "second"} {
		if _, err := d.Create(t.Context(), versions.Draft{Content: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	return d, path
}

// TestDirDamage: a version that somebody has changed is not opened.
func TestDirDamage(t *testing.T) {
	for what, damage := range map[string]func(path string) error{
		"content changed":   func(p string) error { return overwrite(p+"/1/bundle.weir", "FIRST") },
		"content longer":    func(p string) error { return overwrite(p+"/1/bundle.weir", "first!") },
		"record cut":        func(p string) error { return overwrite(p+"/1/version.json", `{"number": 1`) },
		"record of another": func(p string) error { return overwrite(p+"/1/version.json", read(p+"/2/version.json")) },
		"digest changed":    func(p string) error { return replace(p+"/1/version.json", `"digest": "`, `"digest": "0`) },
		"unknown member":    func(p string) error { return replace(p+"/1/version.json", `"number"`, `"more": 1, "number"`) },
	} {
		d, path := store(t)
		if err := damage(path); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Open(t.Context(), 1); flow.CodeOf(err) != flow.CodeVersionDamaged {
			t.Errorf("%s: %v", what, err)
		}
		if _, content, err := d.Open(t.Context(), 2); err != nil || string(content) != "second" {
			t.Errorf("%s: the other version is %q, %v", what, content, err)
		}
	}
}

// TestDirStrangers: what is not a version is passed over, and links lead nowhere
// outside.
func TestDirStrangers(t *testing.T) {
	d, path := store(t)
	outside := t.TempDir()
	for _, err := range []error{
		os.Mkdir(path+"/.new-left", 0o755), os.Mkdir(path+"/03", 0o755), os.Mkdir(path+"/-1", 0o755),
		os.WriteFile(path+"/7", nil, 0o644), os.WriteFile(path+"/notes.txt", nil, 0o644),
		os.CopyFS(outside+"/copy", os.DirFS(path+"/1")), os.Symlink(outside+"/copy", path+"/9"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if list, err := d.List(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, _, err := d.Open(t.Context(), 9); flow.CodeOf(err) != flow.CodeVersionStore {
		t.Errorf("a link: %v", err)
	}
	if v, err := d.Create(t.Context(), versions.Draft{Content: []byte("third")}); err != nil || v.Number != 3 {
		t.Errorf("%+v, %v", v, err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".new-") && e.Name() != ".new-left" {
			t.Errorf("%s is left behind", e.Name())
		}
	}
}

// TestDirUnwritable: nothing is kept where something cannot be written.
func TestDirUnwritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	d := versions.OpenDir(path)
	if _, err := d.Create(t.Context(), versions.Draft{Content: []byte("x")}); flow.CodeOf(err) != flow.CodeVersionStore {
		t.Errorf("a file in place of the store: %v", err)
	}
	if _, err := d.List(t.Context()); flow.CodeOf(err) != flow.CodeVersionStore {
		t.Errorf("a file in place of the store: %v", err)
	}
	// The next number is taken by something that is no version.
	e, root := store(t)
	if err := os.WriteFile(root+"/3", []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Create(t.Context(), versions.Draft{Content: []byte("x")}); flow.CodeOf(err) != flow.CodeVersionStore {
		t.Errorf("a file in place of the next version: %v", err)
	}
	if left, err := filepath.Glob(root + "/.new-*"); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if read(root+"/3") != "mine" {
		t.Error("the file was replaced")
	}
}

func overwrite(path, text string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

func replace(path, old, with string) error {
	return overwrite(path, strings.Replace(read(path), old, with, 1))
}

func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

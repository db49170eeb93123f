package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBuildIsReproducible builds the same source in two places, its files made
// in opposite orders: the modules are the same bytes.
func TestBuildIsReproducible(t *testing.T) {
	for _, connector := range []string{"testdata/greeter", "../../examples/stripe", "testdata/failing"} {
		var names []string
		err := filepath.WalkDir(connector, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names = append(names, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var modules []string
		for range 2 {
			dir := t.TempDir()
			for _, n := range names {
				rel, err := filepath.Rel(connector, n)
				if err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(dir, "source", rel), readText(t, n))
			}
			slices.Reverse(names)
			wasm := filepath.Join(dir, "out.wasm")
			done(t, "build", filepath.Join(dir, "source"), "-o", wasm)
			modules = append(modules, readText(t, wasm))
		}
		if modules[0] != modules[1] {
			t.Errorf("%s: two builds differ (%d and %d bytes)", connector, len(modules[0]), len(modules[1]))
		}
	}
}

// TestBuildReplacesWhole: a build leaves one file, replaces what was there
// without writing into it, and a failed build leaves the old module.
func TestBuildReplacesWhole(t *testing.T) {
	dir := t.TempDir()
	wasm := filepath.Join(dir, "x.wasm")
	write(t, wasm, "old")
	if err := os.Chmod(wasm, 0o640); err != nil {
		t.Fatal(err)
	}
	old, err := os.Open(wasm)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()

	if o := weir(t, "", "build", "testdata/broken", "-o", wasm); o.code != exitFailed || readText(t, wasm) != "old" {
		t.Errorf("a failed build: exit %d, the file holds %d bytes", o.code, len(readText(t, wasm)))
	}
	done(t, "build", "testdata/greeter", "-o", wasm)
	if got := readText(t, wasm); !strings.HasPrefix(got, "\x00asm") {
		t.Errorf("the module is %q", got[:4])
	}
	if b, err := io.ReadAll(old); err != nil || string(b) != "old" {
		t.Errorf("who had the old module open reads %q (%v)", b, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v), want the module alone", entries, err)
	}
	if info, err := os.Stat(wasm); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v (%v), want that of the old file", info.Mode(), err)
	}
	for _, path := range []string{filepath.Join(dir, "nowhere", "x.wasm"), dir} {
		if o := weir(t, "", "build", "testdata/greeter", "-o", path); o.code != exitFailed || !strings.Contains(o.err, "source.file") {
			t.Errorf("build to %s: exit %d, %s", path, o.code, o.err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("a build that could not write has left %v", entries)
	}
}

// TestRunNeedsNoSource: a module runs where its source is gone, and to the same
// outputs.
func TestRunNeedsNoSource(t *testing.T) {
	dir := copyTree(t, "testdata/greeter")
	input := write(t, t.TempDir()+"/in.json", `{"name": "Ada"}`)
	wasm := filepath.Join(t.TempDir(), "x.wasm")
	done(t, "build", dir, "-o", wasm)
	want := done(t, "run", dir, "greet", "--input", "@"+input)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if got := done(t, "run", wasm, "greet", "--input", "@"+input); got != want {
		t.Errorf("from the module %q, from source %q", got, want)
	}
}

// TestFormat: fmt rewrites what check named, keeps comments, and then has
// nothing to do; a file that cannot be read keeps all files as they are.
func TestFormat(t *testing.T) {
	dir := copyTree(t, "testdata/untidy")
	flow := filepath.Join(dir, "flows", "hello.yaml")
	if out := done(t, "fmt", dir); out != "flows/hello.yaml\ntests/hello.yaml\n" {
		t.Errorf("fmt printed %q", out)
	}
	const want = "name: Hello\noutputs: {greeting: text}\n# what it says\nsteps:\n  - return: {greeting: Hello}\n"
	if got := readText(t, flow); got != want {
		t.Errorf("fmt wrote\n%s, want\n%s", got, want)
	}
	const wantTest = `# Says hello.

tests:
  # the name
  - name: hello
    flow: hello
    http:
      - request: {method: GET, url: "https://api.example.com/"}
        response: {status: 200, body: {b: 1, a: 2}}
    output: {greeting: hi} # as it is
`
	if got := readText(t, filepath.Join(dir, "tests", "hello.yaml")); got != wantTest {
		t.Errorf("fmt wrote\n%s, want\n%s", got, wantTest)
	}
	if out := done(t, "fmt", "--check", dir) + done(t, "fmt", dir); out != "" {
		t.Errorf("a second fmt printed %q", out)
	}
	const untidy = "outputs: {}\nname:   A\nsteps: [{return: {}}]\n"
	first := write(t, filepath.Join(dir, "flows", "a.yaml"), untidy)
	write(t, filepath.Join(dir, "flows", "z.yaml"), "name: [\n")
	o := weir(t, "", "fmt", dir)
	if o.code != exitFailed || !strings.Contains(o.err, "flows/z.yaml:1:") || readText(t, first) != untidy {
		t.Errorf("fmt with a broken file: exit %d, %s, and the other file is %q", o.code, o.err, readText(t, first))
	}
}

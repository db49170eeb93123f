package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

const releasedDir = "testdata/released"

// signing makes a connector that can be released, a key beside it, and returns
// the directory that holds both.
func signing(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "tracker"), os.DirFS(releasedDir)); err != nil {
		t.Fatal(err)
	}
	done(t, "keygen", dir+"/author")
	done(t, "keygen", dir+"/stranger")
	return dir
}

var (
	moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	sizes  = regexp.MustCompile(`(?m)\b\d{4,5} bytes|^ *\d+(  (?:docs/|assets/|manifest|module|CHANGELOG|README|tests/))|("bytes": )\d+`)
)

// released compares an invocation with a golden file in which the directory, times
// and sizes have names.
func released(t *testing.T, dir, name string, code int, args ...string) outcome {
	t.Helper()
	o := weir(t, "", args...)
	shown := o
	line := strings.ReplaceAll(strings.ReplaceAll(strings.Join(args, " "), dir+"/", ""), dir, "DIR")
	for _, text := range []*string{&shown.out, &shown.err} {
		*text = strings.ReplaceAll(*text, dir+"/", "")
		*text = moment.ReplaceAllString(*text, "TIME")
		*text = sizes.ReplaceAllString(*text, "${2}N$1")
	}
	golden(t, "release-"+name, shown, strings.Split(line, " "))
	if o.code != code {
		t.Errorf("weir %s: exit %d, want %d\n%s%s", strings.Join(args, " "), o.code, code, o.out, o.err)
	}
	return o
}

// TestRelease goes from source to a bundle that others use.
func TestRelease(t *testing.T) {
	dir := signing(t)
	source, file, trust := dir+"/tracker", dir+"/tracker.weir", "--trust="+dir+"/author.pub"
	released(t, dir, "pack", 0, "pack", source, "-o", file, "--key", dir+"/author")
	first := readText(t, file)
	done(t, "pack", source, "-o", file, "--key", dir+"/author")
	if readText(t, file) != first {
		t.Error("packing again gives other bytes")
	}
	released(t, dir, "verify", 0, "verify", file, "--key", dir+"/author.pub")
	released(t, dir, "verify-json", 0, "verify", file, "--key", dir+"/author.pub", "--json")
	released(t, dir, "verify-dir", 0, "verify", file, "--trust", dir)
	released(t, dir, "verify-stranger", 1, "verify", file, "--key", dir+"/stranger.pub")
	released(t, dir, "verify-private", 1, "verify", file, "--key", dir+"/author")
	released(t, dir, "untrusted", 1, "run", file, "read_issue")
	// Whoever may sign together does.
	done(t, "pack", source, "-o", dir+"/both.weir", "--key", dir+"/author", "--key", dir+"/stranger")
	released(t, dir, "verify-both", 0, "verify", dir+"/both.weir", "--key", dir+"/stranger.pub")

	for _, args := range [][]string{
		{"inspect", file}, {"test", file}, {"diff", file, source}, {"diff", source, file}, {"diff", file, file, "--max", "none"},
		{"manual", file}, {"preview", file}, {"preview", file, "read_issue"},
	} {
		done(t, append(args, trust)...)
		if o := weir(t, "", args...); o.code != exitFailed || !strings.Contains(o.err, "bundle.untrusted") || o.out != "" {
			t.Errorf("weir %v without trust: exit %d, %s%s", args, o.code, o.out, o.err)
		}
		done(t, append(args, "--untrusted")...)
	}
	if got, want := done(t, "manual", file, trust), done(t, "manual", source); got != want {
		t.Errorf("the manual of the bundle is\n%s\nthat of the source\n%s", got, want)
	}

	// A bundle that was changed is refused by all, trusted or not.
	damaged := []byte(first)
	damaged[strings.Index(first, "It works")] ^= 1
	write(t, file, string(damaged))
	for _, args := range [][]string{{"verify", file, "--key", dir + "/author.pub"}, {"inspect", file, "--untrusted"}, {"run", file, "read_issue", "--untrusted"}, {"test", file, trust}} {
		if o := weir(t, "", args...); o.code != exitFailed || !strings.Contains(o.err, "bundle.") || o.out != "" {
			t.Errorf("weir %v on a damaged bundle: exit %d, %s%s", args, o.code, o.out, o.err)
		}
	}
}

// TestPackTapes: a bundle holds the tapes of its tests, and a test of the bundle
// plays them. Its module tells nothing of branches, so coverage is refused.
func TestPackTapes(t *testing.T) {
	dir := signing(t)
	source, file := dir+"/tracker", dir+"/tracker.weir"
	write(t, source+"/tests/recorded.yaml", "name: as it was recorded\ntape: tapes/issue.tape.yaml\n")
	tapeFile := write(t, source+"/tests/tapes/issue.tape.yaml", `tape: 1
flow: read_issue
input: {id: "8"}
run: "1"
time: 2026-03-01T12:00:00Z
seed: "0102030000000000000000000000000000000000000000000000000000000000"
http:
  - step: response
    request: {method: GET, url: "https://api.tracker.example/issues/8"}
    response: {status: 200, body: {title: It was recorded}}
output: {title: It was recorded}
`)
	done(t, "pack", source, "-o", file, "--key", dir+"/author")
	if out := done(t, "verify", file, "--key", dir+"/author.pub"); !strings.Contains(out, "tests/tapes/issue.tape.yaml") {
		t.Errorf("the bundle has\n%s", out)
	}
	if out := done(t, "test", file, "--untrusted"); !strings.Contains(out, "ok    tests/recorded.yaml: as it was recorded\n") || !strings.Contains(out, "2 passed") {
		t.Errorf("the test of the bundle prints\n%s", out)
	}
	for _, flag := range []string{"--coverage", "--min-coverage=10", "--coverage-out=" + dir + "/c.json"} {
		if o := weir(t, "", "test", file, "--untrusted", flag); o.code != exitUsage || !strings.Contains(o.err, "coverage is measured on source") {
			t.Errorf("%s: exit %d, %s%s", flag, o.code, o.out, o.err)
		}
	}
	if err := edit(tapeFile, "issues/8", "issues/9"); err != nil {
		t.Fatal(err)
	}
	if o := weir(t, "", "pack", source, "-o", file, "--key", dir+"/author"); o.code != exitFailed || !strings.Contains(o.err, "FAIL  tests/recorded.yaml: as it was recorded") {
		t.Errorf("pack with a tape that differs: exit %d, %s%s", o.code, o.out, o.err)
	}
}

// TestPackRefuses: nothing is written that should not be released.
func TestPackRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(source string) error
		args   []string
	}{
		{"rule", func(s string) error { return os.Remove(s + "/flows/_authping.yaml") }, nil},
		{"no-tests", func(s string) error { return os.RemoveAll(s + "/tests") }, nil},
		{"failing", func(s string) error {
			return edit(s+"/tests/read_issue.yaml", "output: {title: It works}", "output: {title: It does}")
		}, nil},
		{"icon", func(s string) error { return os.WriteFile(s+"/assets/icon.png", []byte("GIF89a"), 0o600) }, []string{"--no-test"}},
		{"test-name", func(s string) error { return os.WriteFile(s+"/tests/my test.yaml", nil, 0o600) }, []string{"--no-test"}},
		{"large-test", func(s string) error { return os.WriteFile(s+"/tests/large.tape", make([]byte, 5<<20), 0o600) }, []string{"--no-test"}},
		{"link", func(s string) error { return os.Symlink("/etc/passwd", s+"/tests/passwd") }, []string{"--no-test"}},
		{"link-readme", func(s string) error {
			return errors.Join(os.Remove(s+"/README.md"), os.Symlink("/etc/passwd", s+"/README.md"))
		}, []string{"--no-test"}},
		{"link-changelog", func(s string) error {
			return errors.Join(os.Remove(s+"/CHANGELOG.md"), os.Symlink("/etc/passwd", s+"/CHANGELOG.md"))
		}, []string{"--no-test"}},
		{"link-tests", func(s string) error {
			return errors.Join(os.Rename(s+"/tests", s+"/other"), os.Symlink("other", s+"/tests"))
		}, []string{"--no-test"}},
	} {
		dir := signing(t)
		if err := c.change(dir + "/tracker"); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"pack", dir + "/tracker", "-o", dir + "/x.weir", "--key", dir + "/author"}, c.args...)
		released(t, dir, "refuse-"+c.name, 1, args...)
		if !missing(dir + "/x.weir") {
			t.Errorf("%s: a bundle was written", c.name)
		}
	}
	dir := signing(t)
	if err := os.RemoveAll(dir + "/tracker/tests"); err != nil {
		t.Fatal(err)
	}
	done(t, "pack", dir+"/tracker", "-o", dir+"/x.weir", "--key", dir+"/author", "--no-test")
}

func edit(path, old, replacement string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, replacement)), 0o600)
}

// TestKeys: private keys are for their owner alone, and nothing is replaced.
func TestKeys(t *testing.T) {
	dir := signing(t)
	released(t, dir, "keygen", 0, "keygen", dir+"/third")
	info, err := os.Stat(dir + "/third")
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the private key has mode %v", info.Mode())
	}
	before := readText(t, dir+"/third")
	if o := weir(t, "", "keygen", dir+"/third"); o.code != exitFailed || readText(t, dir+"/third") != before {
		t.Errorf("a key was replaced: exit %d", o.code)
	}
	write(t, dir+"/fourth.pub", "mine")
	if o := weir(t, "", "keygen", dir+"/fourth"); o.code != exitFailed || !missing(dir+"/fourth") || readText(t, dir+"/fourth.pub") != "mine" {
		t.Errorf("half a key was left: exit %d", o.code)
	}
	if strings.Contains(done(t, "keygen", dir+"/fifth", "--json"), strings.Split(readText(t, dir+"/fifth"), "\n")[1]) {
		t.Error("the private key is printed")
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(dir+"/author", 0o640); err != nil {
			t.Fatal(err)
		}
		released(t, dir, "key-open", 1, "pack", dir+"/tracker", "-o", dir+"/x.weir", "--key", dir+"/author")
	}
}

// TestVersions makes, lists, hides and packs test versions.
func TestVersions(t *testing.T) {
	dir := signing(t)
	source := dir + "/tracker"
	released(t, dir, "versions-none", 0, "versions", source)
	released(t, dir, "version", 0, "version", source, "--by", "jane")
	if err := edit(source+"/flows/read_issue.yaml", "description: Reads one issue.\n", ""); err != nil {
		t.Fatal(err)
	}
	if err := edit(source+"/flows/read_issue.yaml", "  id: {type: text,", "  number: {type: text,"); err != nil {
		t.Fatal(err)
	}
	// While it has an error, nothing is kept.
	released(t, dir, "version-refused", 1, "version", source, "--by", "jane")
	if entries, err := os.ReadDir(source + "/.weir/versions"); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	if err := edit(source+"/flows/read_issue.yaml", "input.id", "input.number"); err != nil {
		t.Fatal(err)
	}
	released(t, dir, "version-second", 0, "version", source, "--by", "jane")
	released(t, dir, "versions", 0, "versions", source)
	released(t, dir, "versions-json", 0, "versions", source, "--json")
	released(t, dir, "versions-one", 0, "versions", source, "2")
	released(t, dir, "versions-hide", 0, "versions", source, "2", "--hide")
	// A hidden version is not compared with.
	released(t, dir, "version-third", 0, "version", source, "--by", "joe")
	done(t, "versions", source, "2", "--unhide")
	released(t, dir, "versions-all", 0, "versions", source+"/connector.yaml")
	released(t, dir, "versions-unknown", 1, "versions", source, "9")

	// The first version is what it was, whatever became of the source.
	released(t, dir, "diff-version", 1, "diff", source+"@1", source, "--max", "minor")
	released(t, dir, "test-version", 0, "test", source+"@1")
	released(t, dir, "pack-version", 0, "pack", source+"@1", "-o", dir+"/one.weir", "--key", dir+"/author")
	released(t, dir, "verify-version", 0, "verify", dir+"/one.weir", "--key", dir+"/author.pub")
	if text := done(t, "manual", dir+"/one.weir", "--untrusted"); !strings.Contains(text, "version 0.1.0 (1.0.0)") || !strings.Contains(text, "| ID |") {
		t.Errorf("the manual is\n%s", text)
	}
	done(t, "diff", source+"@1", dir+"/one.weir", "--untrusted", "--max", "none")
	released(t, dir, "inspect-version-unknown", 1, "inspect", source+"@9")

	damaged := source + "/.weir/versions/1/bundle.weir"
	if err := os.Remove(damaged); err != nil {
		t.Fatal(err)
	}
	write(t, damaged, "other")
	released(t, dir, "version-damaged", 1, "inspect", source+"@1")
}

func TestDiff(t *testing.T) {
	dir := signing(t)
	if err := os.CopyFS(dir+"/next", os.DirFS(releasedDir)); err != nil {
		t.Fatal(err)
	}
	if err := edit(dir+"/next/flows/read_issue.yaml", "  title: {type: text", "  state: text\n  title: {type: text"); err != nil {
		t.Fatal(err)
	}
	if err := edit(dir+"/next/connector.yaml", "version: 1.0.0", "version: 1.1.0"); err != nil {
		t.Fatal(err)
	}
	released(t, dir, "diff", 0, "diff", dir+"/tracker", dir+"/next")
	released(t, dir, "diff-max", 0, "diff", dir+"/tracker", dir+"/next", "--max", "minor")
	released(t, dir, "diff-exceeded-json", 1, "diff", dir+"/next", dir+"/tracker", "--max", "minor", "--json")
	released(t, dir, "diff-none", 0, "diff", dir+"/next", dir+"/next")
	released(t, dir, "diff-other", 1, "diff", dir+"/next", "testdata/greeter")
}

var htmlLink = regexp.MustCompile(`href="([^"]*)"`)

// TestManual writes the pages as Markdown and as HTML, whose links lead to each
// other.
func TestManual(t *testing.T) {
	dir := signing(t)
	if err := edit(dir+"/tracker/CHANGELOG.md", "- Read Issue.", "- Read <script>alert(1)</script> [Issue](javascript:alert(1)) [page](other.md#x)."); err != nil {
		t.Fatal(err)
	}
	released(t, dir, "manual", 0, "manual", dir+"/tracker")
	released(t, dir, "manual-pages", 0, "manual", dir+"/tracker", "-o", dir+"/md")
	released(t, dir, "manual-html", 0, "manual", dir+"/tracker", "-o", dir+"/html", "--html")
	pages := 0
	err := filepath.WalkDir(dir+"/html", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		pages++
		text := readText(t, path)
		if strings.Contains(text, "<script") || strings.Contains(text, "javascript:") || !strings.Contains(text, "default-src 'none'") {
			t.Errorf("%s lets something run:\n%s", path, text)
		}
		for _, m := range htmlLink.FindAllStringSubmatch(text, -1) {
			to, heading, _ := strings.Cut(m[1], "#")
			if to == "other.html" || strings.Contains(to, "://") || to == "" && heading == "" {
				continue
			}
			file := path
			if to != "" {
				file = filepath.Join(filepath.Dir(path), filepath.FromSlash(to))
			}
			if missing(file) || heading != "" && !strings.Contains(readText(t, file), `id="`+heading+`"`) {
				t.Errorf("%s links to %s", path, m[1])
			}
		}
		return nil
	})
	if err != nil || pages != 3 {
		t.Errorf("%d pages, %v", pages, err)
	}
	var v struct {
		Pages []struct{ Name, Title, Text string }
	}
	if err := json.Unmarshal([]byte(done(t, "manual", dir+"/tracker", "--json")), &v); err != nil || len(v.Pages) != 3 || v.Pages[0].Name != "index.md" {
		t.Errorf("%+v, %v", v, err)
	}
	if text := readText(t, dir+"/md/cards/read_issue.md"); text != v.Pages[2].Text {
		t.Errorf("the page differs from the JSON:\n%s", text)
	}
}

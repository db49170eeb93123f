package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weirflow/weir/internal/canary"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

// asCommand makes this test binary behave as the command: tests that kill a
// process start themselves with it.
const asCommand = "WEIR_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(newApp(os.Stdin, os.Stdout, os.Stderr).run(context.Background(), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// outcome is what one invocation did.
type outcome struct {
	code     int
	out, err string
}

// weir runs a command line in this process.
func weir(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	code := newApp(strings.NewReader(stdin), &out, &err).run(t.Context(), args)
	o := outcome{code, out.String(), err.String()}
	scan(t, args, o)
	return o
}

// scan looks for the secrets of a command line, and of the tests that it runs, in
// everything that the command has printed and written.
func scan(t *testing.T, args []string, o outcome) {
	t.Helper()
	secrets, written := secretsOf(t, args)
	what := "weir " + strings.Join(args, " ")
	canary.Check(t, "what "+what+" prints", []byte(o.out+o.err), secrets...)
	for _, path := range written {
		info, err := os.Stat(path)
		switch {
		case err != nil: // nothing was written
		case info.IsDir():
			canary.CheckDir(t, path, secrets...)
		default:
			canary.Check(t, path+" of "+what, []byte(readText(t, path)), secrets...)
		}
	}
}

// testSecrets matches the secrets of a test file, as the tests here write them.
var testSecrets = regexp.MustCompile(`secrets:\s*\{([^}]*)\}`)

// secretsOf returns the secrets that a command line gives, the mark that those of
// connections have, and the files and folders that it names for output.
func secretsOf(t *testing.T, args []string) (secrets, written []string) {
	t.Helper()
	secrets = []string{secretMark}
	add := func(s string) {
		if s = strings.Trim(s, "\"' \r\n"); len(s) >= canary.Min {
			secrets = append(secrets, s)
		}
	}
	for i, a := range args[:max(0, len(args)-1)] {
		next := args[i+1]
		switch a {
		case "--secret", "--param", "--client-secret":
			if _, path, ok := strings.Cut("="+next, "=@"); ok {
				if b, err := os.ReadFile(path); err == nil {
					add(string(b))
				}
			}
		case "-o", "--output", "--journal", "--record", "--junit", "--coverage-out", "--tables", "--out-dir", "--cache", "--vault":
			written = append(written, next)
		case "test":
			files, _ := filepath.Glob(filepath.Join(next, "tests", "*.yaml"))
			for _, path := range files {
				for _, m := range testSecrets.FindAllStringSubmatch(readText(t, path), -1) {
					for pair := range strings.SplitSeq(m[1], ",") {
						_, text, _ := strings.Cut(pair, ":")
						add(text)
					}
				}
			}
		}
	}
	return secrets, written
}

// TestScanFinds: the scan of every command's output notices a secret, in what is
// printed and in what is written.
func TestScanFinds(t *testing.T) {
	dir := t.TempDir()
	key := write(t, dir+"/key", "s3cret-key\n")
	leak := write(t, dir+"/leak.json", `{"a": "s3cret\u002dkey"}`)
	write(t, dir+"/conn/tests/a.yaml", "secrets: {one: t3st-secret, two: 'an0ther-secret'}\n")
	for _, c := range []struct {
		args  []string
		out   string
		leaks bool
	}{
		{[]string{"run", "x", "f", "--secret", "k=@" + key}, "nothing", false},
		{[]string{"run", "x", "f", "--secret", "k=@" + key}, "the s3cret-key", true},
		{[]string{"run", "x", "f", "--secret", "k=@" + key, "--record", leak}, "", true},
		{[]string{"run", "x", "f", "--secret", "k=@" + key, "--out-dir", dir}, "", true},
		{[]string{"run", "x", "f", "--secret", "k=@" + key, "--record", dir + "/none"}, "", false},
		{[]string{"test", dir + "/conn"}, "t3st-secret", true},
		{[]string{"test", dir + "/conn"}, "an0ther-secret", true},
		{[]string{"test", dir + "/conn"}, "another-secret", false},
		{[]string{"connect", "x", "--client-secret", "@" + key}, "the s3cret-key", true},
		{[]string{"connect", "x", "--param", "password=@" + key}, "the s3cret-key", true},
		{[]string{"connect", "x", "--param", "password=@" + key, "--vault", leak}, "", true},
		{[]string{"connect", "x"}, "Bearer t1-" + secretMark, true},
	} {
		secrets, written := secretsOf(t, c.args)
		var r reports
		for _, s := range secrets {
			canary.Check(&r, "output", []byte(c.out), s)
			for _, path := range written {
				if info, err := os.Stat(path); err == nil && info.IsDir() {
					canary.CheckDir(&r, path, s)
				} else if err == nil {
					canary.Check(&r, path, []byte(readText(t, path)), s)
				}
			}
		}
		if (r > 0) != c.leaks {
			t.Errorf("%v %q: %d reports", c.args, c.out, r)
		}
	}
}

// reports counts what a check says.
type reports int

func (*reports) Helper() {}

func (r *reports) Errorf(string, ...any) { *r++ }

// done runs a command line that must succeed and returns what it printed.
func done(t *testing.T, args ...string) string {
	t.Helper()
	o := weir(t, "", args...)
	if o.code != exitDone {
		t.Fatalf("weir %s: exit %d\n%s%s", strings.Join(args, " "), o.code, o.out, o.err)
	}
	return o.out
}

// write makes a file with its folders.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readText(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// copyTree copies a folder of testdata to a new place.
func copyTree(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(from))
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// missing reports that nothing has the name.
func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, os.ErrNotExist)
}

// varying are the parts of output that differ from run to run, or with every
// change of the compiler, and what golden files have in their place.
var varying = []struct {
	find    *regexp.Regexp
	replace string
}{
	{regexp.MustCompile(`"(wall|duration)": \d+`), `"$1": 0`},
	{regexp.MustCompile(`"start": "[^"]*"`), `"start": "TIME"`},
	{regexp.MustCompile(`\b[0-9.]+(ns|µs|ms|s)\b`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SHA256"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "DIGEST"},
}

// golden compares an invocation with testdata/NAME.golden, or rewrites that.
func golden(t *testing.T, name string, o outcome, args []string) {
	t.Helper()
	got := "$ weir " + strings.Join(args, " ") + "\n" + section("stdout", o.out) + section("stderr", o.err) +
		"-- exit " + string(rune('0'+o.code)) + " --\n"
	for _, v := range varying {
		got = v.find.ReplaceAllString(got, v.replace)
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := readText(t, path); got != want {
		t.Errorf("%s differs:\n--- want\n%s--- got\n%s", path, want, got)
	}
}

func section(name, text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return "-- " + name + " --\n" + text
}

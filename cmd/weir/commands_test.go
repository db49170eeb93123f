package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// leaves returns the commands that do something, by their words behind weir.
func leaves(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	out := map[string]*cobra.Command{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if !c.HasSubCommands() {
			out[strings.TrimPrefix(c.CommandPath(), "weir ")] = c
		}
	}
	root := newApp(strings.NewReader(""), os.Stdout, os.Stderr).rootCommand()
	root.InitDefaultHelpCmd()
	walk(root)
	return out
}

// invocations are one command line of each command that succeeds and one that
// fails. DIR is a folder that is made for each of them; see stage.
var invocations = map[string]struct{ works, fails string }{
	"new":                     {"new DIR/fresh", "new DIR/greeter"},
	"import":                  {"import testdata/openapi/shop.yaml -o DIR/shop", "import DIR/note.txt -o DIR/shop"},
	"check":                   {"check DIR/greeter", "check testdata/broken"},
	"fmt":                     {"fmt DIR/untidy", "fmt --check DIR/untidy"},
	"build":                   {"build DIR/greeter -o DIR/x.wasm", "build testdata/broken -o DIR/x.wasm"},
	"test":                    {"test testdata/failing --run greets", "test testdata/failing"},
	"run":                     {"run DIR/greeter stop", "run DIR/greeter fail"},
	"inspect":                 {"inspect DIR/greeter.wasm", "inspect DIR/note.txt"},
	"connect":                 {"connect DIR/tracker --name One --param username=jane --param password=@DIR/password VAULT", "connect DIR/tracker --name Two --param username=jane --param password=@DIR/note.txt VAULT"},
	"connections list":        {"connections list VAULT", "connections list --vault DIR/note.txt --key-file DIR/key"},
	"connections show":        {"connections show First VAULT", "connections show Nobody VAULT"},
	"connections test":        {"connections test DIR/tracker First VAULT", "connections test DIR/tracker Nobody VAULT"},
	"connections rename":      {"connections rename First Second VAULT", "connections rename Nobody Second VAULT"},
	"connections reauthorize": {"connections reauthorize DIR/tracker First --param username=jane --param password=@DIR/password VAULT", "connections reauthorize DIR/tracker Nobody VAULT"},
	"connections delete":      {"connections delete DIR/tracker First VAULT", "connections delete DIR/tracker Nobody VAULT"},
	"connections rotate-key":  {"connections rotate-key VAULT", "connections rotate-key --vault DIR/vault --key-file DIR/note.txt"},
	"preview":                 {"preview DIR/released", "preview DIR/released nothing"},
	"diff":                    {"diff DIR/greeter DIR/greeter", "diff DIR/greeter DIR/nowhere"},
	"version":                 {"version DIR/released", "version testdata/broken"},
	"versions":                {"versions DIR/released", "versions DIR/released 7"},
	"pack":                    {"pack DIR/released -o DIR/y.weir --key DIR/author", "pack testdata/broken -o DIR/y.weir --key DIR/author"},
	"verify":                  {"verify DIR/released.weir --key DIR/author.pub", "verify DIR/released.weir --key DIR/stranger.pub"},
	"keygen":                  {"keygen DIR/third", "keygen DIR/author"},
	"manual":                  {"manual DIR/released", "manual DIR/nowhere"},
	"tables":                  {"tables DIR/tables.db people", "tables DIR/note.txt people"},
	"cards":                   {"cards", "cards text.nothing"},
	"schema":                  {"schema", ""},
	"docs":                    {"docs ../.. --check", "docs DIR"},
	"help":                    {"help run", ""},
}

// stage makes what invocations name.
func stage(t *testing.T, service *fakeService) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"greeter", "untidy", "released"} {
		if err := os.CopyFS(dir+"/"+name, os.DirFS("testdata/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(dir+"/tracker", os.DirFS(service.connector(t, basicAuth))); err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/note.txt", "neither a module nor a key nor a password\n")
	write(t, dir+"/password", "p-"+secretMark)
	done(t, "keygen", dir+"/author")
	done(t, "keygen", dir+"/stranger")
	done(t, "build", dir+"/greeter", "-o", dir+"/greeter.wasm")
	done(t, "pack", dir+"/released", "-o", dir+"/released.weir", "--key", dir+"/author")
	done(t, invocation("connect DIR/tracker --name First --param username=jane --param password=@DIR/password VAULT", dir, service)...)
	return dir
}

func invocation(line, dir string, service *fakeService) []string {
	vault := "--vault DIR/vault --key-file DIR/key"
	if strings.HasPrefix(line, "connect ") || slices.ContainsFunc([]string{"test", "reauthorize", "delete"}, func(s string) bool {
		return strings.HasPrefix(line, "connections "+s)
	}) {
		vault += " --allow-host " + service.host
	}
	return strings.Fields(strings.ReplaceAll(strings.ReplaceAll(line, "VAULT", vault), "DIR", dir))
}

// TestEveryCommand holds each command of the tree to what all of them promise:
// the exit codes, --json on both streams, and a failure that is told on stderr.
func TestEveryCommand(t *testing.T) {
	service := newFakeService(t)
	all := leaves(t)
	for name := range invocations {
		if all[name] == nil {
			t.Errorf("there is no command %q", name)
		}
	}
	for name, cmd := range all {
		t.Run(name, func(t *testing.T) {
			lines, ok := invocations[name]
			if !ok {
				t.Fatal("no invocations of it are listed")
			}
			dir := stage(t, service)
			for _, form := range [][]string{nil, {"--json"}} {
				args := append(invocation(lines.works, dir, service), form...)
				o := weir(t, "", args...)
				if o.code != exitDone {
					t.Errorf("%v: exit %d\n%s%s", args, o.code, o.out, o.err)
				}
				if form != nil {
					jsonAlone(t, args, o.out, o.err)
				}
				dir = stage(t, service)
				if lines.fails == "" {
					continue // nothing that its usage allows fails
				}
				args = append(invocation(lines.fails, dir, service), form...)
				o = weir(t, "", args...)
				if o.code != exitFailed || o.err == "" {
					t.Errorf("%v: exit %d, stderr %q; want exit 1 and why", args, o.code, o.err)
				}
				if form != nil {
					jsonAlone(t, args, o.out)
					problems(t, args, o.err)
				}
			}
			words := strings.Fields(name)
			for _, more := range [][]string{{"--no-such-flag"}, slices.Repeat([]string{"surplus"}, 9)} {
				if name == "import" && more[0] == "surplus" {
					more = append(more, "--max", "no number")
				}
				args := append(slices.Clone(words), more...)
				if o := weir(t, "", args...); o.code != exitUsage || o.out != "" || !strings.Contains(o.err, "usage: weir "+name) {
					t.Errorf("%v: exit %d, stdout %q, stderr %q; want exit 2 and how it is used", args, o.code, o.out, o.err)
				}
				o := weir(t, "", append(args, "--json")...)
				if problems(t, args, o.err); o.code != exitUsage || o.out != "" || !strings.Contains(o.err, `"code": "usage"`) {
					t.Errorf("%v --json: exit %d, stdout %q, stderr %q", args, o.code, o.out, o.err)
				}
			}
			if cmd.Short == "" {
				t.Error("it says nothing of what it does")
			}
			for _, f := range helpOf(cmd).Flags {
				if f.Doc == "" {
					t.Errorf("--%s says nothing of what it is for", f.Name)
				}
			}
		})
	}
}

// jsonAlone: a stream with --json is one JSON value or nothing.
func jsonAlone(t *testing.T, args []string, streams ...string) {
	t.Helper()
	for _, text := range streams {
		if text != "" && !json.Valid([]byte(text)) {
			t.Errorf("%v: not one JSON value:\n%s", args, text)
		}
	}
}

// problems: what is on stderr with --json after a failure is an error or a list of
// diagnostics, each with a code and a message.
func problems(t *testing.T, args []string, text string) {
	t.Helper()
	type problem struct{ Code, Message string }
	var v struct {
		Error       *problem
		Diagnostics []problem
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%v: stderr is %q: %v", args, text, err)
		return
	}
	all := v.Diagnostics
	if v.Error != nil {
		all = append(all, *v.Error)
	}
	if len(all) == 0 || slices.ContainsFunc(all, func(p problem) bool { return p.Code == "" || p.Message == "" }) {
		t.Errorf("%v: no problem with a code and a message in\n%s", args, text)
	}
}

// TestReadmeCommands: the README lists every command that is not for those who
// work on Weir.
func TestReadmeCommands(t *testing.T) {
	readme := readText(t, "../../README.md")
	for name, cmd := range leaves(t) {
		word, sub, _ := strings.Cut(name, " ")
		if !cmd.Hidden && (!strings.Contains(readme, "weir "+word) || !strings.Contains(readme, sub)) {
			t.Errorf("README.md does not have weir %s", name)
		}
	}
}

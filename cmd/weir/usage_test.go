package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/weirflow/weir/engine"
)

// TestWrongUsage: a wrong command line is exit 2, says what is wrong and how the
// command is used, and prints nothing on stdout.
func TestWrongUsage(t *testing.T) {
	const greeter = "testdata/greeter"
	input := write(t, t.TempDir()+"/in.json", `{"name": "x"}`)
	for _, c := range []struct {
		args string // separated by spaces
		want string
	}{
		{"", "a command is missing"},
		{"chek " + greeter, "unknown command"},
		{"help nothing", `no command "nothing"`},
		{"--bogus", "unknown flag"},
		{"check", "accepts 1 arg"},
		{"check a b", "accepts 1 arg"},
		{"check --bogus " + greeter, "unknown flag"},
		{"fmt", "accepts 1 arg"},
		{"build " + greeter, "give either"},
		{"build " + greeter + " -o x --emit ir", "give either"},
		{"build " + greeter + " --emit elf", "ir or wat"},
		{"build " + greeter + " -o", "needs an argument"},
		{"run " + greeter, "accepts 2 arg"},
		{"run " + greeter + " greet --input {", "--input: "},
		{"run " + greeter + " greet --input [1]", "want a JSON object"},
		{"run " + greeter + " greet --input @nowhere.json", "nowhere.json"},
		{"run " + greeter + " greet --input -", "--input: "},
		{"run " + greeter + " greet --limit fuel", "name=value"},
		{"run " + greeter + " greet --limit fuel=0", "above 0"},
		{"run " + greeter + " greet --limit fuel=-5", "above 0"},
		{"run " + greeter + " greet --limit wall=0s", "above 0"},
		{"run " + greeter + " greet --limit wall=10", "missing unit"},
		{"run " + greeter + " greet --limit fuel=1MiB", "not a whole number"},
		{"run " + greeter + " greet --limit memory=9223372036854775807KiB", "too large"},
		{"run " + greeter + " greet --limit memroy=1", "no such limit"},
		{"run " + greeter + " greet --set sign", "NAME=VALUE"},
		{"run " + greeter + " greet --set sgin=1", "no such config value"},
		{"run " + greeter + " greet --set sign=1 --set sign=2", "twice"},
		{"run " + greeter + " greet --secret key=plain", "process lists"},
		{"run " + greeter + " greet --secret key=@" + input, "no such secret"},
		{"run " + greeter + " greet --allow-host http://x", "--allow-host"},
		{"run " + greeter + " greet --trace=maybe", "invalid argument"},
		{"inspect", "accepts 1 arg"},
		{"cards a b", "at most 1 arg"},
		{"new", "accepts 1 arg"},
		{"new testdata/never --name \u200f", "--name"},
		{"import", "requires at least 1 arg"},
		{"import testdata/openapi/shop.yaml", "-o DIR"},
		{"import testdata/openapi/shop.yaml -o testdata/never --max -1", "--max"},
		{"import testdata/openapi/shop.yaml -o testdata/never --server ftp://x", "--server"},
		{"import testdata/openapi/shop.yaml -o testdata/never --key Shop", "--key"},
		{"test", "accepts 1 arg"},
		{"pack " + greeter, "-o FILE.weir"},
		{"pack " + greeter + " -o x.zip --key k", "-o FILE.weir"},
		{"pack " + greeter + " -o x.weir", "--key"},
		{"verify x.weir", "--key FILE.pub"},
		{"diff " + greeter, "accepts 2 arg"},
		{"diff a b --max huge", "none, patch, minor or major"},
		{"versions " + greeter + " --hide", "give a number"},
		{"versions " + greeter + " 1 --hide --unhide", "either --hide or --unhide"},
		{"versions " + greeter + " first", "has a number"},
		{"manual " + greeter + " --html", "needs -o DIR"},
		{"keygen", "accepts 1 arg"},
		{"test testdata/failing --run [", "--run"},
		{"test testdata/failing --run nothing", "no test matches"},
		{"test testdata/failing --tap --json", "not both"},
	} {
		args := strings.Fields(c.args)
		o := weir(t, "", args...)
		if o.code != exitUsage || o.out != "" || !strings.Contains(o.err, c.want) {
			t.Errorf("weir %s: exit %d, stdout %q, stderr %q; want exit 2 and %q", c.args, o.code, o.out, o.err, c.want)
		}
		if o = weir(t, "", append([]string{"--json"}, args...)...); o.code != exitUsage || o.out != "" {
			t.Errorf("weir --json %s: exit %d, stdout %q", c.args, o.code, o.out)
		}
		var v struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal([]byte(o.err), &v); err != nil || v.Error.Code != "usage" {
			t.Errorf("weir --json %s: stderr %q, want an error with code usage", c.args, o.err)
		}
	}
	if !missing("testdata/never") {
		t.Error("wrong usage of new has made a directory")
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"help", "run"}, {"run", "--help"}, {"--version"}} {
		if out := done(t, args...); !strings.Contains(out, "weir") {
			t.Errorf("%v: %q", args, out)
		}
	}
	var h help
	if err := json.Unmarshal([]byte(done(t, "run", "--help", "--json")), &h); err != nil || h.Command != "weir run" || len(h.Flags) < 10 {
		t.Errorf("weir run --help --json: %+v, %v", h, err)
	}
	if err := json.Unmarshal([]byte(done(t, "--json", "help")), &h); err != nil || len(h.Commands) < 20 {
		t.Errorf("weir --json help: %+v, %v", h, err)
	}
	if out := done(t, "--version", "--json"); !json.Valid([]byte(out)) {
		t.Errorf("weir --version --json: %q", out)
	}
}

// TestEveryLimitHasAFlag: each row of the engine's table can be lowered, and to
// nothing else than what was asked for.
func TestEveryLimitHasAFlag(t *testing.T) {
	before := engine.Limits{}.Table()
	if len(before) != len(limitNames) {
		t.Fatalf("%d limits and %d names", len(before), len(limitNames))
	}
	for i, name := range limitNames {
		value := "7"
		if name == "wall" {
			value = "7ns"
		}
		l, err := parseLimits([]string{name + "=" + value})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for j, row := range l.Table() {
			want := before[j].Default
			if i == j {
				want = 7
			}
			if row.Default != want {
				t.Errorf("--limit %s=%s makes %s %d, want %d", name, value, row.Name, row.Default, want)
			}
		}
		if code, ok := strings.CutPrefix(string(before[i].Code), "limit."); ok && code != name {
			t.Errorf("limit %s is called %s by its code", name, code)
		}
	}
	l, err := parseLimits([]string{"wall=1.5s,memory=2MiB", "value=3KiB,http_bytes=1GiB"})
	if err != nil || l.Wall != 1.5e9 || l.Memory != 2<<20 || l.Value != 3<<10 || l.HTTPBytes != 1<<30 {
		t.Errorf("units: %+v, %v", l, err)
	}
}

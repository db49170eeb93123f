package compat_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compat"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata/compat")

const goldenDir = "../testdata/compat"

// goldens reads testdata/compat: each file is one change. Files of the archive
// belong to both builds, those in old/ and new/ to one of them; want is the
// verdict.
func goldens(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(goldenDir, "*.txtar"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

// builds compiles the two builds of an archive.
func builds(t *testing.T, a *txtar.Archive) (older, newer *flow.Manifest, want string) {
	t.Helper()
	sides := map[string]map[string][]byte{"old": {}, "new": {}}
	for _, f := range a.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		side, rest, _ := strings.Cut(f.Name, "/")
		if own := sides[side]; own != nil {
			own[rest] = f.Data
			continue
		}
		for _, s := range sides {
			if s[f.Name] == nil {
				s[f.Name] = f.Data
			}
		}
	}
	return compile(t, sides["old"]), compile(t, sides["new"]), want
}

func compile(t *testing.T, files map[string][]byte) *flow.Manifest {
	t.Helper()
	if files["connector.yaml"] == nil {
		files["connector.yaml"] = []byte("key: example\nname: Example\nversion: 1.2.3\nhosts: [api.example.com]\n")
	}
	var source []compiler.File
	for name, data := range files {
		source = append(source, compiler.File{Name: name, Data: data})
	}
	slices.SortFunc(source, func(a, b compiler.File) int { return strings.Compare(a.Name, b.Name) })
	out, err := compiler.Compile(source, compiler.Options{Registry: hostfuncs.Standard()})
	if err != nil {
		t.Fatalf("not compiled: %v", err)
	}
	return out.Manifest
}

// verdict prints a report as golden files have it. That source and costs are
// others goes without saying.
func verdict(r *compat.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s -> %s\n", r.Level, r.Old, r.Next)
	for _, f := range r.Findings {
		if f.Rule != "source.changed" && f.Rule != "card.cost" {
			fmt.Fprintf(&b, "%s %s: %s: %s\n", f.Level, f.Rule, f.Where, f.Message)
		}
	}
	return b.String()
}

func compare(t *testing.T, older, newer *flow.Manifest) *compat.Report {
	t.Helper()
	r, err := compat.Compare(older, newer)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGolden(t *testing.T) {
	for _, path := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			older, newer, want := builds(t, a)
			got := verdict(compare(t, older, newer))
			symmetric(t, older, newer)
			if *update {
				a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// symmetric holds the comparison to what is true of every two builds: nothing
// has changed between a build and itself, and each finding has its inverse when
// the builds are exchanged.
func symmetric(t *testing.T, a, b *flow.Manifest) {
	t.Helper()
	for _, m := range []*flow.Manifest{a, b} {
		if r := compare(t, m, m); r.Level != compat.None || len(r.Findings) > 0 || r.Next != m.Version {
			t.Errorf("a build differs from itself: %+v", r)
		}
	}
	inverse := map[string][]string{}
	for _, r := range compat.Rules() {
		inverse[r.ID] = r.Inverse
	}
	there, back := compare(t, a, b).Findings, compare(t, b, a).Findings
	left := slices.Clone(back)
	for _, f := range there {
		i := slices.IndexFunc(left, func(g compat.Finding) bool {
			return g.Where == f.Where && slices.Contains(inverse[f.Rule], g.Rule) && slices.Contains(inverse[g.Rule], f.Rule)
		})
		if i < 0 {
			t.Errorf("%s at %q has no inverse in\n%+v", f.Rule, f.Where, back)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	if len(left) > 0 {
		t.Errorf("these are no inverse of anything: %+v", left)
	}
}

// TestEveryRuleHasAGolden: every rule is seen at work, by a file of
// testdata/compat or by TestManifests where no source shows it.
func TestEveryRuleHasAGolden(t *testing.T) {
	seen := map[string]bool{}
	for _, path := range goldens(t) {
		text, err := fs.ReadFile(os.DirFS(goldenDir), filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if words := strings.Fields(line); len(words) > 1 {
				seen[strings.TrimSuffix(words[1], ":")] = true
			}
		}
	}
	for _, c := range manifestCases {
		seen[c.rule] = true
	}
	ids := map[string]bool{}
	for _, r := range compat.Rules() {
		if ids[r.ID] {
			t.Errorf("the rule %s stands twice", r.ID)
		}
		ids[r.ID] = true
		if !seen[r.ID] && r.ID != "source.changed" {
			t.Errorf("nothing shows the rule %s", r.ID)
		}
		if !strings.HasSuffix(r.Doc, ".") || r.Level == compat.None {
			t.Errorf("the rule %s has the text %q and the level %s", r.ID, r.Doc, r.Level)
		}
	}
	for _, r := range compat.Rules() {
		for _, i := range r.Inverse {
			if !ids[i] {
				t.Errorf("the inverse %s of %s is no rule", i, r.ID)
			}
		}
	}
}

// manifestCases are changes that no source can make: by another release of the
// compiler, and of what the compiler settles itself.
var manifestCases = []struct {
	rule   string
	change func(a, b *flow.Manifest)
}{
	{"abi.changed", func(a, b *flow.Manifest) { b.ABI++ }},
	{"compiler.changed", func(a, b *flow.Manifest) { b.Compiler = "9.9.9" }},
	{"card.cost", func(a, b *flow.Manifest) { b.Flows[0].CostMin = 1000 }},
	{"card.cost", func(a, b *flow.Manifest) { b.Flows[0].CostMax = -1 }},
	{"uses.changed", func(a, b *flow.Manifest) { b.Cards[0].Version++ }},
	{"slot.added", func(a, b *flow.Manifest) { b.Connections = []flow.Slot{{Key: "my", Connector: "okta"}} }},
	{"slot.removed", func(a, b *flow.Manifest) { a.Connections = []flow.Slot{{Key: "my", Connector: "okta"}} }},
	{"slot.connector", func(a, b *flow.Manifest) {
		a.Connections, b.Connections = []flow.Slot{{Key: "my", Connector: "okta"}}, []flow.Slot{{Key: "my", Connector: "slack"}}
	}},
	{"text.changed", func(a, b *flow.Manifest) {
		a.Connections, b.Connections = []flow.Slot{{Key: "my", Name: "A"}}, []flow.Slot{{Key: "my", Name: "B"}}
	}},
	{"output.type", func(a, b *flow.Manifest) { b.Flows[0].Out[0].Type.Secret = true }},
	{"option.type", option(func(a, b *flow.FieldInfo) { b.Type = flow.NumberType })},
	{"option.type_wider", option(func(a, b *flow.FieldInfo) { a.Type = flow.NumberType })},
	{"option.group", option(func(a, b *flow.FieldInfo) { b.Group = "Other" })},
	{"option.closed", option(func(a, b *flow.FieldInfo) { a.Extensible = true })},
	{"option.opened", option(func(a, b *flow.FieldInfo) { b.Extensible = true })},
	{"config.group", config(func(a, b *flow.FieldInfo) { b.Group = "Other" })},
	{"config.choices_fewer", config(func(a, b *flow.FieldInfo) { b.Choices = []flow.OptionRow{{Value: "x"}} })},
	{"config.choices_more", config(func(a, b *flow.FieldInfo) { a.Choices = []flow.OptionRow{{Value: "x"}} })},
	{"config.closed", config(func(a, b *flow.FieldInfo) { a.Extensible = true })},
	{"config.opened", config(func(a, b *flow.FieldInfo) { b.Extensible = true })},
}

// option and config change the one field that both builds have.
func option(change func(a, b *flow.FieldInfo)) func(a, b *flow.Manifest) {
	return func(a, b *flow.Manifest) {
		x, y := flow.FieldInfo{Key: "kind", Type: flow.TextType}, flow.FieldInfo{Key: "kind", Type: flow.TextType}
		change(&x, &y)
		a.Flows[0].Options, b.Flows[0].Options = []flow.FieldInfo{x}, []flow.FieldInfo{y}
	}
}

func config(change func(a, b *flow.FieldInfo)) func(a, b *flow.Manifest) {
	return func(a, b *flow.Manifest) {
		x, y := flow.FieldInfo{Key: "base", Type: flow.TextType}, flow.FieldInfo{Key: "base", Type: flow.TextType}
		change(&x, &y)
		a.Config, b.Config = []flow.FieldInfo{x}, []flow.FieldInfo{y}
	}
}

func small() *flow.Manifest {
	return &flow.Manifest{Key: "example", Name: "Example", Version: "1.0.0", ABI: 1,
		Cards: []flow.CardUse{{Key: "text.trim", Version: 1, Effect: "pure"}},
		Flows: []flow.FlowInfo{{Key: "pay", Name: "Pay", Type: flow.FlowAction, Effect: "pure", CostMin: 10, CostMax: 20,
			Out: []flow.FieldInfo{{Key: "id", Type: flow.TextType}}}}}
}

func TestManifests(t *testing.T) {
	for _, c := range manifestCases {
		a, b := small(), small()
		c.change(a, b)
		r := compare(t, a, b)
		if len(r.Findings) != 1 || r.Findings[0].Rule != c.rule {
			t.Errorf("%s: %+v", c.rule, r.Findings)
		}
		symmetric(t, a, b)
	}
	a, b := small(), small()
	b.Key = "other"
	if _, err := compat.Compare(a, b); flow.CodeOf(err) != flow.CodeCompatConnector {
		t.Errorf("two connectors: %v", err)
	}
}

func TestNextAndWithin(t *testing.T) {
	for _, c := range []struct{ version, change, want string }{
		{"1.2.3", "none", "1.2.3"}, {"1.2.3", "patch", "1.2.4"}, {"1.2.3", "minor", "1.3.0"}, {"1.2.3", "major", "2.0.0"},
		{"0.2.3", "patch", "0.2.4"}, {"0.2.3", "minor", "0.2.4"}, {"0.2.3", "major", "0.3.0"}, {"odd", "major", "odd"}, {"1.x.0", "major", "1.x.0"},
	} {
		a, b := small(), small()
		a.Version = c.version
		switch c.change {
		case "patch":
			b.Name = "Other"
		case "minor":
			b.Hosts = []string{"example.com"}
		case "major":
			b.Flows = nil
		}
		r := compare(t, a, b)
		if r.Level.String() != c.change || r.Next != c.want {
			t.Errorf("%s after %s: %s %s, want %s", c.version, c.change, r.Level, r.Next, c.want)
		}
		for _, most := range compat.Levels() {
			err := r.Within(most)
			if want := r.Level > most; (flow.CodeOf(err) == flow.CodeCompatExceeded) != want || (err != nil) != want {
				t.Errorf("%s within %s: %v", r.Level, most, err)
			}
		}
	}
	for _, l := range compat.Levels() {
		var again compat.Level
		text, err := l.MarshalText()
		if err != nil || again.UnmarshalText(text) != nil || again != l {
			t.Errorf("%s is read as %s, %v", l, again, err)
		}
	}
	if _, ok := compat.ParseLevel("huge"); ok {
		t.Error("there is a level huge")
	}
}

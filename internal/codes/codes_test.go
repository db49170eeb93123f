package codes

import (
	"maps"
	"reflect"
	"strings"
	"testing"
)

// constants wraps specs into the source of a package.
func constants(specs string) []byte {
	return []byte("package flow\n\ntype Code string\n\n// Run: why a run failed.\nconst (\n" + specs + "\n)\n\nvar other = 1\n")
}

func TestRead(t *testing.T) {
	got, err := Read(constants(`
	// CodeA: a text is
	// not right. Say so.
	//
	// Example:
	//
	//	# run: {"a": "b: c"}
	//	# limit: fuel=1
	//	# limit: calls=2
	//	# not a setting
	//	steps:
	//	  - note: a
	//
	//	# run: later lines are source
	CodeA Code = "a.one"

	// CodeB: a handle. No source gives it: nobody can.
	CodeB Code = "b.two"
	CodeC Code = "c.three"`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Doc{
		{"Run", "CodeA", "a.one", "A text is not right. Say so.", &Example{
			Settings: []Setting{{"run", `{"a": "b: c"}`}, {"limit", "fuel=1"}, {"limit", "calls=2"}},
			Source:   "# not a setting\nsteps:\n  - note: a\n\n# run: later lines are source",
		}},
		{"Run", "CodeB", "b.two", "A handle. No source gives it: nobody can.", nil},
		{"Run", "CodeC", "c.three", "", nil},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestReadRefuses(t *testing.T) {
	example := func(lines string) string {
		return "// CodeA: a text.\n//\n// Example:\n//\n//\t" + strings.ReplaceAll(lines, "\n", "\n//\t") + "\nCodeA Code = \"a\""
	}
	for _, c := range []struct{ spec, want string }{
		{`CodeA, CodeB Code = "a", "b"`, "one line"},
		{"CodeA Code = \"a\"\nCodeB", "has no value"},
		{`CodeA = Code("a")`, "not a literal"},
		{"// A text.\nCodeA Code = \"a\"", "does not begin"},
		{"// CodeA:\nCodeA Code = \"a\"", "does not begin"},
		{"// CodeB: a text.\nCodeA Code = \"a\"", "does not begin"},
		{example("# colour: red\nsteps: []"), `no setting "colour"`},
		{example("# run: {}\n# run: {}\nsteps: []"), `"run" stands twice`},
		{example("# run: {}"), "either source or a module or bundle"},
		{example("# module: a/b\nsteps: []"), "either source or a module or bundle"},
		{`CodeA Code = `, "expected"},
	} {
		if got, err := Read(constants(c.spec)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngives %+v, %v; want an error with %q", c.spec, got, err, c.want)
		}
	}
}

func TestFiles(t *testing.T) {
	for _, c := range []struct {
		source string
		want   map[string]string
	}{
		{"steps: []", map[string]string{"connector.yaml": Connector, MainFile: "steps: []\n"}},
		{"a: 1\n# flows/b.json\n{}", map[string]string{"connector.yaml": Connector, MainFile: "a: 1\n", "flows/b.json": "{}\n"}},
		{"# connector.yaml\nkey: k\n# flows/b.yaml\nb: 2\n\nc: 3", map[string]string{"connector.yaml": "key: k\n", "flows/b.yaml": "b: 2\n\nc: 3\n"}},
		{"# a comment\na: 1", map[string]string{"connector.yaml": Connector, MainFile: "# a comment\na: 1\n"}},
		{"a: <U+0041><U+1F600>", map[string]string{"connector.yaml": Connector, MainFile: "a: A\U0001F600\n"}},
		{"a:\n  n<1..3>: <1..3>\nb: 1", map[string]string{"connector.yaml": Connector, MainFile: "a:\n  n1: 1\n  n2: 2\n  n3: 3\nb: 1\n"}},
		{"a: <U+41> <1..x>", map[string]string{"connector.yaml": Connector, MainFile: "a: <U+41> <1..x>\n"}},
	} {
		if got := (&Example{Source: c.source}).Files(); !maps.Equal(got, c.want) {
			t.Errorf("%q\ngives %q\nwant  %q", c.source, got, c.want)
		}
	}
}

func TestSetting(t *testing.T) {
	e := &Example{Settings: []Setting{{"run", "{}"}, {"limit", "fuel=1"}, {"limit", "calls=2"}}}
	for _, c := range []struct {
		key, want string
		ok        bool
	}{{"run", "{}", true}, {"limit", "fuel=1", true}, {"http", "", false}} {
		if got, ok := e.Setting(c.key); got != c.want || ok != c.ok {
			t.Errorf("%s: %q, %t; want %q, %t", c.key, got, ok, c.want, c.ok)
		}
	}
	seen := map[string]bool{}
	for _, k := range Keys() {
		if seen[k.Key] || k.Value == "" || !settingLine.MatchString("# "+k.Key+": x") {
			t.Errorf("the setting %q stands twice, has no meaning or cannot be written", k.Key)
		}
		seen[k.Key] = true
	}
}

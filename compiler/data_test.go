package compiler

import (
	"errors"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// FuzzPrintData: what is printed reads back the same, as YAML and as JSON.
func FuzzPrintData(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[1, "a\nb", {"k": null}]`, `{"a b": "x: y", "${x}": "$", "n": 1e300, "m": 12345678901234567890, "l": -9007199254740993, "-": "- a", "": ""}`,
		"{\"t\": \"line\\n  indented\\nlast\", \"u\": \"\\u202e\\u0000é\", \"y\": \"yes\", \"e\": \"trailing \\n\"}",
		`{"deep": [[[[1]]]], "text": "0x1F", "date": "2020-01-01", "empty": {}, "none": [], "tilde": "~"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := flow.ParseJSON([]byte(text), flow.JSONLimits{Depth: 30})
		if err != nil || len(text) > 10_000 {
			return
		}
		for _, name := range []string{"x.yaml", "x.json"} {
			out := PrintData(name, v)
			n, err := ReadData(File{Name: name, Data: out}, DataLimits{})
			if err != nil {
				t.Fatalf("%s of %s:\n%s%v", name, v, out, err)
			}
			if got := n.Data(); !flow.Equal(got, v) {
				t.Errorf("%s: %s became %s through\n%s", name, v, got, out)
			}
		}
	})
}

func TestReadDataLimits(t *testing.T) {
	file := File{Name: "x.yaml", Data: []byte("a: [1, 2, 3, 4]\n")}
	for _, c := range []struct {
		lim  DataLimits
		code flow.Code
	}{
		{DataLimits{}, ""},
		{DataLimits{Bytes: len(file.Data), Values: 6}, ""},
		{DataLimits{Bytes: len(file.Data) - 1}, flow.CodeSourceLimit},
		{DataLimits{Values: 5}, flow.CodeSourceLimit},
	} {
		n, err := ReadData(file, c.lim)
		if flow.CodeOf(err) != c.code || (err == nil) != (n != nil) {
			t.Errorf("%+v: %v", c.lim, err)
		}
	}
	large := File{Name: "x.yaml", Data: []byte("a: |\n" + strings.Repeat("  text\n", 50_000))}
	if _, err := ReadData(large, DataLimits{Bytes: 1 << 20}); err != nil {
		t.Errorf("a larger file within its limit: %v", err)
	}
}

func TestFormatData(t *testing.T) {
	item := &Layout{Fields: []string{"name", "value"}}
	l := &Layout{Fields: []string{"first", "items"}, Inside: map[string]*Layout{"items": {Each: item}}, Each: item}
	const in = `# file

items:
    - {value: 1, name: a}   # one
    # two
    - other: x
      value: {value: 1, name: b}
      name: "b"
extra: {value: 1, name: c}
first: 'x'
`
	const want = `# file

first: x
items:
  - {name: a, value: 1} # one
  # two
  - name: b
    value: {value: 1, name: b}
    other: x
extra: {name: c, value: 1}
`
	got, err := FormatData(File{Name: "x.yaml", Data: []byte(in)}, l)
	if err != nil || string(got) != want {
		t.Errorf("got\n%s(%v)\nwant\n%s", got, err, want)
	}
	again, err := FormatData(File{Name: "x.yaml", Data: got}, l)
	if err != nil || string(again) != want {
		t.Errorf("formatted again:\n%s(%v)", again, err)
	}
	var diags flow.Diagnostics
	if _, err := FormatData(File{Name: "x.yaml", Data: []byte("a: [")}, l); !errors.As(err, &diags) || diags[0].Code != flow.CodeSourceSyntax {
		t.Errorf("what cannot be read gives %v", err)
	}
}

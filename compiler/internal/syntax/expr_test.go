package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// spell prints an expression: texts quoted, references with their parts.
func spell(e Expr) string {
	switch e := e.(type) {
	case *Literal:
		return fmt.Sprintf("%q", e.Value.Text())
	case *Ref:
		return fmt.Sprintf("%s%q", e.Root, e.Path)
	case *Template:
		var parts []string
		for _, p := range e.Parts {
			parts = append(parts, spell(p))
		}
		return strings.Join(parts, "+")
	}
	return fmt.Sprintf("%T", e)
}

func TestParseText(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{"${input.email}", `input["email"]`},
		{"${index}", `index[]`},
		{"${a.b.0.c-d_e}", `a["b" "0" "c-d_e"]`},
		{"${a.größe}", `a["größe"]`},
		{`${made.headers."content-type"}`, `made["headers" "content-type"]`},
		{`${a."x.y".z}`, `a["x.y" "z"]`},
		{`${a."}"}`, `a["}"]`},
		{`${a."say \"hi\" \\ \n"}`, `a["say \"hi\" \\ \\n"]`},
		{`${a.""}`, `a[""]`},
		{"x ${a.b} y", `"x "+a["b"]+" y"`},
		{"${a.b}${c.d}", `a["b"]+c["d"]`},
		{" ${a.b}", `" "+a["b"]`},
		{"costs $5, $$ and $", `"costs $5, $$ and $"`},
		{"$${a.b}", `"${a.b}"`},
		{"$$${a.b}", `"$"+a["b"]`},
		{"$$$${a.b}", `"$${a.b}"`},
		{"$$$$${a.b}", `"$$"+a["b"]`},
		{"{a} }{ ${a.b}}", `"{a} }{ "+a["b"]+"}"`},
		{"$${", `"${"`},
		{"a$", `"a$"`},
		{"$ {x}", `"$ {x}"`},
		{"line\n${a.b}\n", `"line\n"+a["b"]+"\n"`},
		{"{{ x }} <%= y %> %{z} #{w}", `"{{ x }} <%= y %> %{z} #{w}"`},
	}
	for _, tt := range tests {
		var d problem.List
		e := ParseText(tt.text, func(int) flow.Pos { return flow.Pos{} }, &d)
		if got := spell(e); got != tt.want || d.HasErrors() {
			t.Errorf("%q: got %s, want %s, problems %v", tt.text, got, tt.want, d.Sorted().Unwrap())
		}
		if printed := exprNode(e).Text; printed != tt.text && !strings.Contains(tt.text, `"`) {
			t.Errorf("%q prints as %q", tt.text, printed)
		}
	}
}

func TestParseTextProblems(t *testing.T) {
	tests := []struct{ text, message string }{
		{"${}", "the reference is empty"},
		{"${ }", "the reference is empty"},
		{"${a", `the reference is not closed: "${a"`},
		{`${a."b}`, `the reference is not closed: "${a.\"b}"`},
		{"${.a}", `a part of the reference is empty: ".a"`},
		{"${a.}", `a part of the reference is empty: "a."`},
		{"${a..b}", `a part of the reference is empty: "a..b"`},
		{"${ a.b }", `not a reference: " a.b "`},
		{"${a[0]}", `not a reference: "a[0]"`},
		{"${a + b}", `not a reference: "a + b"`},
		{`${a."b"c}`, `not a reference: "a.\"b\"c"`},
		{`${a.b"c"}`, `not a reference: "a.b\"c\""`},
		{`${"a"}`, `a reference begins with a name without quotes: "\"a\""`},
		{"${1a.b}", `a reference begins with the name of a step or of a kind of value: "1a.b"`},
		{"${-a}", `a reference begins with the name of a step or of a kind of value: "-a"`},
		{"${é}", `a reference begins with the name of a step or of a kind of value: "é"`},
		{"${$${a}}", `not a reference: "$${a"`},
	}
	for _, tt := range tests {
		var d problem.List
		ParseText(tt.text, func(int) flow.Pos { return flow.Pos{} }, &d)
		got := d.Sorted()
		if len(got) != 1 || got[0].Code != flow.CodeSourceReference || got[0].Msg != tt.message {
			t.Errorf("%q: got %v, want %s", tt.text, got.Unwrap(), tt.message)
		}
	}
}

func TestIsName(t *testing.T) {
	long := strings.Repeat("a", MaxName)
	tests := map[string]bool{"a": true, "A1_b": true, long: true, long + "a": false, "": false, "1a": false, "_a": false, "a-b": false, "a.b": false, "é": false, "a b": false}
	for s, want := range tests {
		if IsName(s) != want {
			t.Errorf("%q: got %t", s, !want)
		}
	}
}

// TestPositions checks that references and fields know their places.
func TestPositions(t *testing.T) {
	text := "steps:\n  - name: s\n    assign:\n      a: é ${input.x}\n      b: |\n        one\n        two ${input.y}\n      c: {d: [\"${input.z}\"]}\n"
	conn, d := Parse([]source.File{{Name: "connector.yaml", Data: []byte(mainText)}, {Name: "flows/a.yaml", Data: []byte(text)}})
	if d.HasErrors() {
		t.Fatal(d)
	}
	step := conn.Flows[0].Steps[0]
	if step.Pos.Line != 3 || step.Pos.Col != 5 || step.Name.Pos.Col != 11 {
		t.Errorf("step at %s, name at %s", step.Pos, step.Name.Pos)
	}
	want := map[string]string{"x": "flows/a.yaml:4:12", "y": "flows/a.yaml:7:13", "z": "flows/a.yaml:8:16"}
	var visit func(Expr)
	visit = func(e Expr) {
		switch e := e.(type) {
		case *Ref:
			if got := e.Pos.String(); got != want[e.Path[0]] {
				t.Errorf("%s at %s, want %s", e, got, want[e.Path[0]])
			}
			delete(want, e.Path[0])
		case *Template:
			for _, p := range e.Parts {
				visit(p)
			}
		case *ObjectLit:
			for _, v := range e.Vals {
				visit(v)
			}
		case *ListLit:
			for _, v := range e.Items {
				visit(v)
			}
		}
	}
	for _, v := range step.Do.(*Assign).Values {
		visit(v.Value)
	}
	if len(want) > 0 {
		t.Errorf("references not found: %v", want)
	}
}

// TestFormat compares formatted files: fields in canonical order, with their
// comments.
func TestFormat(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"connector.yaml", "version: 1.0.0 # v\n# the key\nkey: a\nextra: 1\nname: A\nconfig: {b: {doc: x, type: text}}\n",
			"# the key\nkey: a\nname: A\nversion: 1.0.0 # v\nconfig: {b: {type: text, doc: x}}\nextra: 1\n"},
		{"flows/a.yaml", "# file\n\nsteps:\n- with: {b: 1, a: 2}\n  # which card\n  card: x.y\n  name: s\ninputs:\n  b: {default: 1, type: number}\n  a: text\n",
			"# file\n\ninputs:\n  b: {type: number, default: 1}\n  a: text\nsteps:\n  - name: s\n    # which card\n    card: x.y\n    with: {b: 1, a: 2}\n"},
		{"flows/a.yaml", "steps:\n  - outputs: {a: {else: 1, then: 2}}\n    else: [{then: [], if: {is: ==, b: 1, a: 2}}]\n    if: true\n",
			"steps:\n  - if: true\n    else: [{if: {a: 2, is: \"==\", b: 1}, then: []}]\n    outputs: {a: {then: 2, else: 1}}\n"},
		{"flows/a.yaml", "steps:\n  - {call: a, card: b, name: c}\n", "steps:\n  - {call: a, card: b, name: c}\n"},
		{"flows/a.yaml", "steps:\n  - assign: {a: {value: 1, type: text}, b: {value: 1, x: 2}}\n", "steps:\n  - assign: {a: {type: text, value: 1}, b: {value: 1, x: 2}}\n"},
		{"flows/a.json", "{\"steps\": [], \"name\": \"x\"}", "{\"name\": \"x\", \"steps\": []}\n"},
	}
	for _, tt := range tests {
		got, err := Format(source.File{Name: tt.name, Data: []byte(tt.in)})
		if err != nil || string(got) != tt.want {
			t.Errorf("%s\nformats as\n%s\nand not as\n%s\n%v", tt.in, got, tt.want, err)
		}
	}
	for text, code := range map[string]flow.Code{"a: 1\na: 2": flow.CodeSourceDuplicate, "[]": flow.CodeSourceValue, "": flow.CodeSourceValue, "a: [": flow.CodeSourceSyntax} {
		if _, err := Format(source.File{Name: "flows/a.yaml", Data: []byte(text)}); flow.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
}

// TestLines checks that problems carry the line they are about.
func TestLines(t *testing.T) {
	_, d := Parse([]source.File{{Name: "connector.yaml", Data: []byte("key: a\r\nname: A\r\nversion: x\r\n")}, {Name: "flows/a.yaml", Data: []byte("steps: []\nfoo: 1\n")}})
	var got []string
	for _, x := range d {
		got = append(got, fmt.Sprintf("%s %q", x.Pos, x.Line))
	}
	if want := `[connector.yaml:3:10 "version: x" flows/a.yaml:2:1 "foo: 1"]`; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestDefaults(t *testing.T) {
	conn, d := Parse([]source.File{
		{Name: "connector.yaml", Data: []byte(mainText)},
		{Name: "flows/create_customer.yaml", Data: []byte("inputs: {a: {type: text, default: null}}\nsteps: []\n")},
		{Name: "flows/b.json", Data: []byte(`{"key": "other", "name": "Named", "type": "helper", "steps": null}`)},
	})
	if d.HasErrors() {
		t.Fatal(d)
	}
	b, a := conn.Flows[0], conn.Flows[1]
	if a.Key.Text != "create_customer" || a.Name.Text != "Create Customer" || a.Type.Text != flow.FlowAction || a.Inputs[0].Default != nil {
		t.Errorf("flow %q named %q of type %q with default %v", a.Key.Text, a.Name.Text, a.Type.Text, a.Inputs[0].Default)
	}
	if b.Key.Text != "other" || b.Name.Text != "Named" || b.Type.Text != flow.FlowHelper {
		t.Errorf("flow %q named %q of type %q", b.Key.Text, b.Name.Text, b.Type.Text)
	}
}

func TestParseSizes(t *testing.T) {
	big := func(n int) []source.File {
		files := []source.File{{Name: "connector.yaml", Data: []byte(mainText)}}
		for i := 0; n > 0; i++ {
			part := min(n, source.MaxFile)
			files = append(files, source.File{Name: fmt.Sprintf("flows/f%d.yaml", i), Data: []byte("steps: []\n" + strings.Repeat(" ", part-len("steps: []\n")))})
			n -= part
		}
		return files
	}
	many := func(n int) []source.File {
		files := []source.File{{Name: "connector.yaml", Data: []byte(mainText)}}
		for i := range n - 1 {
			files = append(files, source.File{Name: fmt.Sprintf("flows/f%d.yaml", i), Data: []byte("steps: []\n")})
		}
		return files
	}
	tests := []struct {
		what  string
		files []source.File
		code  flow.Code
	}{
		{"most bytes", big(source.MaxConnector - len(mainText)), ""},
		{"more bytes", big(source.MaxConnector - len(mainText) + 10), flow.CodeSourceLimit},
		{"most files", many(source.MaxFiles), ""},
		{"more files", many(source.MaxFiles + 1), flow.CodeSourceLimit},
	}
	for _, tt := range tests {
		_, d := Parse(tt.files)
		code := flow.Code("")
		if len(d) > 0 {
			code = d[0].Code
		}
		if code != tt.code {
			t.Errorf("%s: got %v, want %q", tt.what, d.Unwrap(), tt.code)
		}
	}
}

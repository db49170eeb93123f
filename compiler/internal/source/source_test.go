package source

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirflow/weir/flow"
)

// outline prints the values of a tree in one line, with places.
func outline(n *Node) string {
	at := fmt.Sprintf("@%d:%d", n.Pos.Line, n.Pos.Col)
	switch n.Kind {
	case Null:
		return "null" + at
	case Bool:
		return fmt.Sprint(n.True) + at
	case Number:
		return fmt.Sprint(n.Num) + at
	case Text:
		return fmt.Sprintf("%q", n.Text) + at
	}
	var parts []string
	for _, m := range n.Members {
		s := fmt.Sprintf("@%d:%d=", m.Pos.Line, m.Pos.Col) + outline(m.Value)
		if n.Kind == Map {
			s = m.Key + s
		}
		parts = append(parts, s)
	}
	if n.Kind == Map {
		return "{" + strings.Join(parts, " ") + "}" + at
	}
	return "[" + strings.Join(parts, " ") + "]" + at
}

func TestParseValues(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a.yaml", "", "null@1:1"},
		{"a.yaml", "# only a comment\n", "null@1:1"},
		{"a.yaml", "---\na: 1\n", "{a@2:1=1@2:4}@2:1"},
		{"a.yaml", "a: ~\nb:\nc: null", "{a@1:1=null@1:4 b@2:1=null@2:3 c@3:1=null@3:4}@1:1"},
		{"a.yaml", "a: true\nb: FALSE\nc: yes\nd: \"true\"", `{a@1:1=true@1:4 b@2:1=false@2:4 c@3:1="yes"@3:4 d@4:1="true"@4:4}@1:1`},
		{"a.yaml", "a: 1\nb: -1.5\nc: 1e3\nd: '1'\ne: 0\nf: 9007199254740992", `{a@1:1=1@1:4 b@2:1=-1.5@2:4 c@3:1=1000@3:4 d@4:1="1"@4:4 e@5:1=0@5:4 f@6:1=9.007199254740992e+15@6:4}@1:1`},
		{"a.yaml", "a: 1.2.3\nb: 2024-05-06\nc: 12:30:45\nd: 2024-05-06T07:08:09Z\ne: 1.2.3.4", `{a@1:1="1.2.3"@1:4 b@2:1="2024-05-06"@2:4 c@3:1="12:30:45"@3:4 d@4:1="2024-05-06T07:08:09Z"@4:4 e@5:1="1.2.3.4"@5:4}@1:1`},
		{"a.yaml", "1: a\ntrue: b\n\"\": c\n__proto__: d\n'a b': e\n", `{1@1:1="a"@1:4 true@2:1="b"@2:7 @3:1="c"@3:5 __proto__@4:1="d"@4:12 a b@5:1="e"@5:8}@1:1`},
		{"a.yaml", "a:\n- x\n- - y\n  - z\n", `{a@1:1=[@2:1="x"@2:3 @3:1=[@3:3="y"@3:5 @4:3="z"@4:5]@3:3]@2:1}@1:1`},
		{"a.yaml", "{a: [x, {b: 1}], c: }\n", `{a@1:2=[@1:6="x"@1:6 @1:9={b@1:10=1@1:13}@1:9]@1:5 c@1:18=null@1:20}@1:1`},
		{"a.yaml", "ключ: 漢字 # c\r\nb: |\r\n  one\r\n  two\r\nc: >-\n  x\n  y\n", `{ключ@1:1="漢字"@1:7 b@2:1="one\ntwo\n"@2:4 c@5:1="x y"@5:4}@1:1`},
		{"a.yaml", `a: "\n\t\"\u00e9\x41\U0001F600"`, `{a@1:1="\n\t\"éA😀"@1:4}@1:1`},
		{"a.json", "{\"a\": [1, true, null, \"\\u00e9\\n\"],\n\t\"b\": {\"\": -2.5e1}}\n", `{a@1:2=[@1:8=1@1:8 @1:11=true@1:11 @1:17=null@1:17 @1:23="é\n"@1:23]@1:7 b@2:2={@2:8=-25@2:12}@2:7}@1:1`},
		{"a.json", " [] ", "[]@1:2"},
	}
	for _, tt := range tests {
		doc, d := Parse(File{tt.name, []byte(tt.text)})
		if len(d) > 0 {
			t.Errorf("%q: %v", tt.text, d.Unwrap())
		} else if got := outline(doc.Root); got != tt.want {
			t.Errorf("%q\ngot  %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	many := func(n int) string { return "a: [" + strings.Repeat("1,", n-3) + "1]\n" } // n values with the mapping and the list
	tests := []struct {
		what, name, text string
		code             flow.Code // "" accepts
		pos              string
	}{
		{"largest file", "a.yaml", "# " + strings.Repeat("x", MaxFile-3) + "\n", "", ""},
		{"larger file", "a.yaml", "# " + strings.Repeat("x", MaxFile-2) + "\n", flow.CodeSourceLimit, "1:1"},
		{"most values", "a.yaml", many(MaxNodes), "", ""},
		{"more values", "a.yaml", many(MaxNodes + 1), flow.CodeSourceLimit, ""},
		{"most values in JSON", "a.json", "[" + strings.Repeat("1,", MaxNodes-2) + "1]", "", ""},
		{"more values in JSON", "a.json", "[" + strings.Repeat("1,", MaxNodes-1) + "1]", flow.CodeSourceLimit, ""},
		{"deepest brackets", "a.yaml", strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth), "", ""},
		{"deeper brackets", "a.yaml", strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), flow.CodeSourceLimit, "1:65"},
		{"deepest JSON", "a.json", strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth), "", ""},
		{"deeper JSON", "a.json", strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), flow.CodeSourceLimit, "1:65"},
		{"deepest blocks", "a.yaml", strings.Repeat("- ", MaxDepth) + "a", "", ""},
		{"deeper blocks", "a.yaml", strings.Repeat("- ", MaxDepth+1) + "a", flow.CodeSourceLimit, "1:129"},
		{"deep mappings", "a.yaml", mappings(MaxDepth + 1), flow.CodeSourceLimit, ""},
		{"most keys", "a.yaml", keys(MaxKeys), "", ""},
		{"more keys", "a.yaml", keys(MaxKeys + 1), flow.CodeSourceLimit, "4001:6"},
		{"keys of many mappings", "a.yaml", strings.Repeat("- a: 1\n  b: 1\n", MaxKeys), "", ""},
		{"many comments", "a.yaml", strings.Repeat("#\n", MaxFile/2), flow.CodeSourceLimit, "120002:1"},
		{"not UTF-8", "a.yaml", "a: \xff\n", flow.CodeSourceText, "1:4"},
		{"NUL", "a.yaml", "a: \x00\n", flow.CodeSourceText, "1:4"},
		{"lone carriage return", "a.yaml", "a: 1\rb: 2\n", flow.CodeSourceText, "1:5"},
		{"byte order mark", "a.json", "\uFEFF{}", flow.CodeSourceText, "1:1"},
		{"bidirectional control", "a.json", "{\"a\": \"é\u2066\"}", flow.CodeSourceText, "1:9"},
		{"number of many digits", "a.yaml", "a: " + strings.Repeat("9", 5000), flow.CodeSourceValue, "1:4"},
		{"number of many digits in JSON", "a.json", strings.Repeat("9", 5000), flow.CodeSourceValue, "1:1"},
		{"inexact integer", "a.yaml", "a: -9007199254740993", flow.CodeSourceValue, "1:4"},
		{"control in JSON text", "a.json", "\"a\tb\"", flow.CodeSourceSyntax, "1:1"},
		{"lone surrogate", "a.json", `"\ud800"`, flow.CodeSourceSyntax, "1:1"},
		{"comment in JSON", "a.json", "{} # c", flow.CodeSourceSyntax, "1:4"},
		{"empty JSON", "a.json", "", flow.CodeSourceSyntax, "1:1"},
		{"merge key", "a.yaml", "a: 1\n<<: {b: 1}\n", flow.CodeSourceSyntax, "2:1"},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			doc, d := Parse(File{tt.name, []byte(tt.text)})
			if tt.code == "" {
				if len(d) > 0 || doc == nil {
					t.Errorf("refused: %v", d.Unwrap())
				}
				return
			}
			if len(d) != 1 || d[0].Code != tt.code {
				t.Fatalf("got %v, want %s", d.Unwrap(), tt.code)
			}
			if pos := fmt.Sprintf("%d:%d", d[0].Pos.Line, d[0].Pos.Col); tt.pos != "" && pos != tt.pos {
				t.Errorf("at %s, want %s", pos, tt.pos)
			}
		})
	}
}

func keys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

func mappings(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// TestAliasBombs gives the classic bombs; each is refused at its first anchor.
func TestAliasBombs(t *testing.T) {
	for _, text := range []string{
		"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
		"a: &a\n  b: *a\n",
		"a: !!binary aGVsbG8=\n",
		"a: !<tag:x> 1\n",
	} {
		if _, d := Parse(File{"a.yaml", []byte(text)}); len(d) != 1 || d[0].Code != flow.CodeSourceSyntax || d[0].Pos.Line != 1 {
			t.Errorf("%q: %v", text, d.Unwrap())
		}
	}
}

func TestCursor(t *testing.T) {
	tests := []struct {
		text   string
		offset int
		want   string
	}{
		{"a: x ${y}", 2, "1:6"},
		{"a: é ${y}", 3, "1:6"},
		{"a: \"x ${y}\"", 2, "1:7"},
		{"a: 'x ${y}'", 2, "1:7"},
		{"a: \"\\n ${y}\"", 2, "1:4"}, // escapes: the text's own place
		{"a: x\n  ${y}", 2, "1:4"},    // folded
		{"a: |\n  x\n  é ${y}\n", 5, "3:5"},
		{"- |-\n   x\n   ${y}\n", 2, "3:4"},
		{"a: |2\n   x ${y}\n", 3, "1:4"}, // explicit indentation
		{"a: >\n  x ${y}\n", 2, "1:4"},
	}
	for _, tt := range tests {
		doc, d := Parse(File{"a.yaml", []byte(tt.text)})
		if len(d) > 0 {
			t.Errorf("%q: %v", tt.text, d.Unwrap())
			continue
		}
		pos := doc.Root.Members[0].Value.Cursor()(tt.offset)
		if got := fmt.Sprintf("%d:%d", pos.Line, pos.Col); got != tt.want {
			t.Errorf("%q: byte %d is at %s, want %s", tt.text, tt.offset, got, tt.want)
		}
	}
}

func TestReadDir(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	tests := []struct {
		what  string
		files fstest.MapFS
		code  flow.Code
		names string
	}{
		{"all kinds", fstest.MapFS{"connector.yml": file(""), "flows/b.json": file(""), "flows/a.yaml": file(""), "flows/c.yml": file("")},
			"", "connector.yml flows/a.yaml flows/b.json flows/c.yml"},
		{"others ignored", fstest.MapFS{"connector.json": file(""), "README.md": file(""), "tests/a.yaml": file(""), "assets/x.json": file(""),
			"flows/.a.yaml": file(""), "flows/notes.txt": file(""), "other.yaml": file("")}, "", "connector.json"},
		{"no connector", fstest.MapFS{"flows/a.yaml": file("")}, flow.CodeSourceFile, ""},
		{"two connectors", fstest.MapFS{"connector.yaml": file(""), "connector.json": file("")}, flow.CodeSourceDuplicate, ""},
		{"link", fstest.MapFS{"connector.yaml": file(""), "flows/a.yaml": {Mode: fs.ModeSymlink}}, flow.CodeSourceFile, ""},
		{"connector is a folder", fstest.MapFS{"connector.yaml/x": file("")}, flow.CodeSourceFile, ""},
		{"flow is a folder", fstest.MapFS{"connector.yaml": file(""), "flows/a.yaml/x": file("")}, flow.CodeSourceFile, ""},
		{"most bytes", sized(MaxConnector), "", ""},
		{"more bytes", sized(MaxConnector + 1), flow.CodeSourceLimit, ""},
		{"most files", counted(MaxFiles), "", ""},
		{"more files", counted(MaxFiles + 1), flow.CodeSourceLimit, ""},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			files, err := ReadDir(tt.files)
			if flow.CodeOf(err) != tt.code {
				t.Fatalf("got %v, want %q", err, tt.code)
			}
			var names []string
			for _, f := range files {
				names = append(names, f.Name)
			}
			if got := strings.Join(names, " "); tt.names != "" && got != tt.names {
				t.Errorf("read %s, want %s", got, tt.names)
			}
		})
	}
	_, err := ReadDir(broken{fstest.MapFS{"connector.yaml": file("")}})
	if flow.CodeOf(err) != flow.CodeSourceFile {
		t.Errorf("a file that cannot be opened gives %v", err)
	}
}

// sized returns a connector whose files hold n bytes together.
func sized(n int) fstest.MapFS {
	out := fstest.MapFS{"connector.yaml": {}}
	for i := 0; n > 0; i++ {
		part := min(n, MaxFile)
		out[fmt.Sprintf("flows/f%03d.yaml", i)] = &fstest.MapFile{Data: make([]byte, part)}
		n -= part
	}
	return out
}

func counted(n int) fstest.MapFS {
	out := fstest.MapFS{"connector.yaml": {}}
	for i := range n - 1 {
		out[fmt.Sprintf("flows/f%04d.yaml", i)] = &fstest.MapFile{}
	}
	return out
}

type broken struct{ fstest.MapFS }

func (b broken) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".yaml") {
		return nil, errors.New("broken")
	}
	return b.MapFS.Open(name)
}

package syntax

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

const mainText = "key: a\nname: A\nversion: 0.1.0\n"

// names are the kinds of files that a connector has.
var names = []string{"flows/a.yaml", "connector.yaml", "flows/a.json", "connector.json", "cards/a.yaml"}

// corpus adds every source file under testdata, in archives too.
func corpus(add func(kind int, data []byte)) error {
	return filepath.WalkDir(filepath.Join("..", "..", "..", "testdata"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".txtar") {
			for _, part := range strings.Split(string(data), "\n-- ")[1:] {
				name, body, _ := strings.Cut(part, " --\n")
				add(kindOf(name), []byte(body+"\n"))
			}
		} else if source.IsSource(path) {
			add(kindOf(path), data)
		}
		return nil
	})
}

func kindOf(name string) int {
	kind := 0
	if strings.HasPrefix(name, source.CardsDir+"/") {
		return 4
	}
	if strings.Contains(filepath.Base(name), source.MainFile) {
		kind = 1
	}
	if strings.HasSuffix(name, ".json") {
		kind += 2
	}
	return kind
}

// checkFile is what holds for every file: problems have codes and places, and a
// readable file has one canonical form that means the same.
func checkFile(t *testing.T, kind int, data []byte) {
	t.Helper()
	f := source.File{Name: names[kind], Data: data}
	tree, problems := parseOne(f)
	for _, d := range problems {
		if d.Code == "" || d.Msg == "" || d.Code == flow.CodeInternal {
			t.Fatalf("a problem without code or message: %v in %q", d, data)
		}
	}
	once, err := Format(f)
	if err != nil {
		if flow.CodeOf(err) == flow.CodeInternal {
			t.Fatalf("Format: %v\ninput: %q", err, data)
		}
		return
	}
	twice, err := Format(source.File{Name: f.Name, Data: once})
	if err != nil {
		t.Fatalf("formatting the result: %v\ninput: %q\nonce:\n%s", err, data, once)
	}
	if !bytes.Equal(once, twice) {
		t.Fatalf("formatting twice differs\ninput: %q\nonce:\n%s\ntwice:\n%s", data, once, twice)
	}
	if in, out := comments(string(data)), comments(string(once)); strings.HasSuffix(f.Name, ".yaml") && out >= 0 && in > out {
		t.Fatalf("%d of %d comments are left\ninput: %q\nonce:\n%s", out, in, data, once)
	}
	if problems.HasErrors() {
		return
	}
	again, after := parseOne(source.File{Name: f.Name, Data: once})
	if after.HasErrors() || outline(tree) != outline(again) {
		t.Fatalf("formatting changes the tree: %v\ninput: %q\nonce:\n%s", after, data, once)
	}
	for _, p := range Print(tree) {
		if strings.HasPrefix(f.Name, source.MainFile) != (p.Name == "connector.yaml") || path.Dir(f.Name) != path.Dir(p.Name) {
			continue
		}
		again, after := parseOne(source.File{Name: f.Name, Data: p.Data})
		if strings.HasSuffix(f.Name, ".json") != strings.HasSuffix(p.Name, ".json") {
			again, after = parseOne(p)
		}
		if after.HasErrors() || outline(tree) != outline(again) {
			t.Fatalf("printing changes the tree: %v\ninput: %q\nprinted:\n%s", after, data, p.Data)
		}
	}
}

// comments counts the lines that are nothing but a comment, or gives -1 where
// text of several lines makes the count uncertain.
func comments(s string) int {
	if strings.ContainsAny(s, "|>\"'") {
		return -1
	}
	n := 0
	for line := range strings.Lines(s) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			n++
		}
	}
	return n
}

// parseOne parses a file with the other ones that a connector needs.
func parseOne(f source.File) (*Connector, flow.Diagnostics) {
	files := []source.File{f, {Name: "flows/b.yaml", Data: []byte("steps: []\n")}}
	switch {
	case strings.HasPrefix(f.Name, source.CardsDir):
		files = append(files, source.File{Name: "connector.yaml", Data: []byte(mainText)})
	case !strings.HasPrefix(f.Name, source.MainFile):
		files = []source.File{{Name: "connector.yaml", Data: []byte(mainText)}, f}
	}
	return Parse(files)
}

func TestCanonicalForm(t *testing.T) {
	n := 0
	err := corpus(func(kind int, data []byte) {
		n++
		checkFile(t, kind, data)
	})
	if err != nil || n == 0 {
		t.Fatalf("%d files: %v", n, err)
	}
}

func FuzzParse(f *testing.F) {
	if err := corpus(func(kind int, data []byte) { f.Add(kind, data) }); err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		"a: {b: [1, 2]} # c\n# d\n", "- - a\n  # x\n  - b\n", "a: |\n  x\n\n # y\nb: >-\n  z\n", "? a\n: b\n", "a: &x 1\nb: *x\n",
		"steps:\n- if: {a: 1, is: \"==\", b: 2}\n  then: []\n", "a: [ # c\n  ]\n", "a:\n  # c\n  [x]\n", "{a: 1,\n# c\nb: 2}\n", "\"a\\u0000\": '''x'\n",
	} {
		f.Add(0, []byte(s))
	}
	f.Fuzz(func(t *testing.T, kind int, data []byte) {
		checkFile(t, int(uint(kind)%uint(len(names))), data)
	})
}

func FuzzRef(f *testing.F) {
	for _, s := range []string{"${a.b}", "x ${a.\"b.c\"} y", "$${", "$$${a}", "${", "${a.\"}\"}", "${secret.k}${input.x}", "$", "$$", "${ a }", "${a..b}", "${é.b}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "?")
		at := func(int) flow.Pos { return flow.Pos{Line: 1, Col: 1} }
		var d problem.List
		e := ParseText(s, at, &d)
		if d.HasErrors() {
			for _, x := range d.Sorted() {
				if x.Code != flow.CodeSourceReference {
					t.Fatalf("%v from %q", x, s)
				}
			}
			return
		}
		printed := exprNode(e).Text
		again := ParseText(printed, at, &d)
		if d.HasErrors() || outline(e) != outline(again) {
			t.Fatalf("%q prints as %q, which reads as\n%s\nand not\n%s\n%v", s, printed, outline(again), outline(e), d.Sorted())
		}
	})
}

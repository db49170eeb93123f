package flopack

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/flow"
)

// plain makes of a node what encoding/json makes of its text.
func (n *node) plain() any {
	switch n.kind {
	case boolNode:
		return n.text == "true"
	case numberNode:
		return json.Number(n.text)
	case textNode:
		return n.text
	case listNode:
		out := []any{}
		for _, m := range n.members {
			out = append(out, m.value.plain())
		}
		return out
	case mapNode:
		out := map[string]any{}
		for _, m := range n.members {
			out[m.key] = m.value.plain()
		}
		return out
	}
	return nil
}

// TestReadLikeTheLibrary: what is read is what encoding/json reads.
func TestReadLikeTheLibrary(t *testing.T) {
	texts := []string{`{"a": [1, -0.5e+3, true, false, null, "\u00e9\ud83d\ude00\ud800x\n\"\\/"], "é": {}, "": [[]]}`, " [] ", "0", `"x"`, "{}\n"}
	archives, err := filepath.Glob("../../../testdata/flopack/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("%d exports, %v", len(archives), err)
	}
	for _, path := range archives {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(a.Files[0].Data))
	}
	for _, text := range texts {
		dec := json.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\uFEFF")))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		doc, err := read("x", []byte(text))
		if err != nil {
			t.Errorf("%.80s: %v", text, err)
			continue
		}
		if got := doc.root.plain(); !reflect.DeepEqual(got, want) {
			t.Errorf("%.80s: %v, want %v", text, got, want)
		}
	}
}

// TestReadProblems: texts that are no JSON, and where they are wrong.
func TestReadProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "1:1 import.syntax",
		"{":                                "1:2 import.syntax",
		"{\"a\": 1,\n \"é\": 2, \"a\": 3}": "2:10 import.syntax",
		`{"a" 1}`:                          "1:6 import.syntax",
		`{"a": 1 "b": 2}`:                  "1:9 import.syntax",
		`[1,]`:                             "1:4 import.syntax",
		`[01]`:                             "1:2 import.syntax",
		`[1] x`:                            "1:5 import.syntax",
		`{"a": "\x"}`:                      "1:7 import.syntax",
		"[\"a\tb\"]":                       "1:4 import.syntax",
		"[\"\xff\"]":                       "1:3 import.syntax",
		`[tru]`:                            "1:2 import.syntax",
		`[1e999]`:                          "1:2 import.value",
		"[1, \"\U0001F600\", x]":           "1:10 import.syntax",
		strings.Repeat("[", MaxDepth+1):    "1:201 import.limit",
	} {
		_, err := read("x", []byte(text))
		e := flow.AsError(err)
		if err == nil {
			t.Errorf("%q is read", text)
			continue
		}
		if got := strings.TrimPrefix(e.Pos.String(), "x:") + " " + string(e.Code); got != want {
			t.Errorf("%q: %s, want %s (%v)", text, got, want, err)
		}
	}
}

// TestReadLimits: n values are read, and n+1 are not; the same for bytes.
func TestReadLimits(t *testing.T) {
	list := func(values int) []byte { return []byte("[" + strings.Repeat("1,", values-2) + "1]") }
	if _, err := read("x", list(MaxValues)); err != nil {
		t.Error(err)
	}
	if _, err := read("x", list(MaxValues+1)); flow.CodeOf(err) != flow.CodeImportLimit {
		t.Error(err)
	}
	text := append([]byte("[]"), bytes.Repeat([]byte{' '}, MaxPack-2)...)
	if _, err := read("x", text); err != nil {
		t.Error(err)
	}
	if _, err := read("x", append(text, ' ')); flow.CodeOf(err) != flow.CodeImportLimit {
		t.Error(err)
	}
}

// TestPlaces: the path and the place of a value, in lines with wide characters
// before it and behind blocks of the index.
func TestPlaces(t *testing.T) {
	text := `{"a/b": {"é": "` + strings.Repeat("é", 3000) + `", "list": [1, {"x~y": true}]}}`
	doc, err := read("x", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	n := doc.root.get("a/b").get("list").members[1].value.get("x~y")
	if p := doc.root.pointer(n.offset); p != "/a~1b/list/1/x~0y" {
		t.Errorf("pointer %s", p)
	}
	want := len([]rune(text[:n.offset])) + 1
	if pos := doc.pos(int(n.offset)); pos.Line != 1 || pos.Col != want {
		t.Errorf("place %v, want column %d", pos, want)
	}
}

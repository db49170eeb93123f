package diag

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

func problemAt(line, col int, msg, fix string) flow.Diagnostic {
	return flow.Diagnostic{Error: &flow.Error{Code: flow.CodeNameUnknown, Pos: flow.Pos{File: "a.yaml", Line: line, Col: col}, Msg: msg, Fix: fix}}
}

func TestRender(t *testing.T) {
	long := strings.Repeat("0123456789", 15)
	tests := []struct {
		what, text string
		d          flow.Diagnostic
		want       string
	}{
		{"plain", "a: ${b}\n", problemAt(1, 4, "no step", "write c"),
			"a.yaml:1:4: error: name.unknown: no step\n  a: ${b}\n     ^\n  fix: write c\n"},
		{"wide and combining characters", "漢e\u0301😀: x\n", problemAt(1, 6, "m", ""),
			"a.yaml:1:6: error: name.unknown: m\n  漢e\u0301😀: x\n        ^\n"},
		{"tab", "a\tb\n", problemAt(1, 3, "m", ""), "a.yaml:1:3: error: name.unknown: m\n  a   b\n      ^\n"},
		{"line end", "ab\n", problemAt(1, 3, "m", ""), "a.yaml:1:3: error: name.unknown: m\n  ab\n    ^\n"},
		{"Windows line end", "a\r\nbc\r\n", problemAt(2, 2, "m", ""), "a.yaml:2:2: error: name.unknown: m\n  bc\n   ^\n"},
		{"controls", "a\x1b[31m\u202e\n", problemAt(1, 2, "m\x1b", "f\n"), "a.yaml:1:2: error: name.unknown: m\uFFFD\n  a\uFFFD[31m\uFFFD\n   ^\n  fix: f\uFFFD\n"},
		{"not UTF-8", "a\xff\n", problemAt(1, 2, "m", ""), "a.yaml:1:2: error: name.unknown: m\n  a\uFFFD\n   ^\n"},
		{"long line, early", long, problemAt(1, 2, "m", ""), "a.yaml:1:2: error: name.unknown: m\n  " + long[:100] + "…\n   ^\n"},
		{"long line, middle", long, problemAt(1, 101, "m", ""),
			"a.yaml:1:101: error: name.unknown: m\n  …" + long[34:134] + "…\n  " + strings.Repeat(" ", 67) + "^\n"},
		{"long line, end", long, problemAt(1, 150, "m", ""), "a.yaml:1:150: error: name.unknown: m\n  …" + long[50:] + "\n  " + strings.Repeat(" ", 100) + "^\n"},
		{"behind the file", "a\n", problemAt(9, 1, "m", ""), "a.yaml:9:1: error: name.unknown: m\n"},
		{"no place", "a\n", flow.Diagnostic{Error: &flow.Error{Code: flow.CodeSourceFile, Msg: "m"}}, "error: source.file: m\n"},
		{"warning", "a\n", flow.Diagnostic{Error: &flow.Error{Code: flow.CodeSourceFile, Pos: flow.Pos{File: "b"}, Msg: "m"}, Severity: flow.SeverityWarning},
			"b: warning: source.file: m\n"},
	}
	for _, tt := range tests {
		var b strings.Builder
		if err := Render(&b, flow.Diagnostics{tt.d}, []source.File{{Name: "a.yaml", Data: []byte(tt.text)}}); err != nil {
			t.Fatal(err)
		}
		if b.String() != tt.want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", tt.what, b.String(), tt.want)
		}
	}
}

func TestRenderMany(t *testing.T) {
	for _, n := range []int{0, 1, Shown - 1, Shown, Shown + 1, Shown + 7} {
		var d flow.Diagnostics
		for i := range n {
			d = append(d, problemAt(n-i, 1, fmt.Sprint(n-i), ""))
		}
		var b strings.Builder
		if err := Render(&b, d, nil); err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(b.String(), "\n")
		want, tail := min(n, Shown), ""
		if n > Shown {
			want, tail = want+1, fmt.Sprintf("and %d more\n", n-Shown)
		}
		if lines != want || !strings.HasSuffix(b.String(), tail) || n > 0 && !strings.HasPrefix(b.String(), "a.yaml:1:1: ") {
			t.Errorf("%d problems print %d lines:\n%s", n, lines, b.String())
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestRenderFails(t *testing.T) {
	if err := Render(full{}, flow.Diagnostics{problemAt(1, 1, "m", "")}, nil); err == nil {
		t.Error("the writer's error is lost")
	}
}

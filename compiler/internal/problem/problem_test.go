package problem

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestNearest(t *testing.T) {
	tests := []struct {
		name       string
		candidates string
		want       string
	}{
		{"emial", "name email phone", "email"},
		{"Email", "emall email", "email"},
		{"outputs", "output inputs outputs", "output"}, // never itself
		{"requierd", "required default", "required"},
		{"text.uper", "text.upper text.lower", "text.upper"},
		{"xyz", "abc def", ""},
		{"a", "b cd", ""},
		{"ab", "ax", "ax"},
		{"", "a b", ""},
		{"größe", "groesse grösse", ""}, // two edits are too many
		{"größe", "gräße grüsse", "gräße"},
		{strings.Repeat("a", 200), strings.Repeat("a", 199), ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, strings.Fields(tt.candidates)); got != tt.want {
			t.Errorf("%q among %s: got %q, want %q", tt.name, tt.candidates, got, tt.want)
		}
	}
}

func TestSuggest(t *testing.T) {
	tests := []struct{ name, candidates, want string }{
		{"emial", "email", "did you mean email?"},
		{"x", "one two", "known here: one, two"},
		{"x", "", ""},
		{"x", "aa bb cc dd ee ff gg hh ii jj kk ll mm", ""},
	}
	for _, tt := range tests {
		if got := Suggest(tt.name, strings.Fields(tt.candidates)); got != tt.want {
			t.Errorf("%q among %s: got %q, want %q", tt.name, tt.candidates, got, tt.want)
		}
	}
}

func TestList(t *testing.T) {
	var l List
	at := func(line int) flow.Pos { return flow.Pos{File: "a", Line: line, Col: 1} }
	l.Warning(flow.CodeFlowUnreachable, at(3), "later")
	if l.HasErrors() {
		t.Error("a warning counts as an error")
	}
	l.Error(flow.CodeNameUnknown, at(1), "no %s", "x").WithFix("try %s", "y")
	l.Append(flow.Diagnostics{{Error: &flow.Error{Code: flow.CodeNameUnknown, Pos: at(1), Msg: "no x"}}})
	got := l.Sorted()
	if len(got) != 2 || got[0].Fix != "try y" || got[1].Severity != flow.SeverityWarning || !l.HasErrors() {
		t.Errorf("sorted: %v", got.Unwrap())
	}
	for i := range 100 {
		l.Error(flow.CodeNameUnknown, at(i), "n")
	}
	if !l.Many() {
		t.Error("103 problems are not many")
	}
}

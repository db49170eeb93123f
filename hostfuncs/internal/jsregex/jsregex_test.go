package jsregex_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/jsregex"
)

// nodeCase is one line of testdata/node.json.
type nodeCase struct {
	pattern, flags, text string
	position             int
	bad                  bool // the pattern is no regular expression
	dest, first, all     string
}

func nodeCases(t *testing.T) []nodeCase {
	t.Helper()
	b, err := os.ReadFile("testdata/node.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw [][]any
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	out := make([]nodeCase, len(raw))
	for i, r := range raw {
		c := nodeCase{pattern: r[0].(string), flags: r[1].(string), text: r[2].(string)}
		if c.bad = r[3] == "error"; !c.bad {
			c.position = int(r[3].(float64))
			c.dest, c.first, c.all = r[4].(string), r[5].(string), r[6].(string)
		}
		out[i] = c
	}
	return out
}

func TestAgreesWithNode(t *testing.T) {
	cases := nodeCases(t)
	if len(cases) < 5000 {
		t.Fatalf("only %d cases", len(cases))
	}
	call := &flow.Call{}
	for _, c := range cases {
		re, err := jsregex.Compile(c.pattern, c.flags == "i")
		if c.bad {
			if flow.CodeOf(err) != flow.CodeRegexSyntax {
				t.Errorf("/%s/: error %v, want regex.syntax", c.pattern, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("/%s/: %v", c.pattern, err)
			continue
		}
		if got, err := re.Search(context.Background(), c.text, call); err != nil || got != c.position {
			t.Errorf("/%s/%s on %q: position %d (error %v), want %d", c.pattern, c.flags, c.text, got, err, c.position)
		}
		for _, all := range []bool{false, true} {
			want := c.first
			if all {
				want = c.all
			}
			if got, err := re.Replace(context.Background(), c.text, c.dest, all, call); err != nil || got != want {
				t.Errorf("/%s/%s on %q by %q, all %t: %q (error %v), want %q", c.pattern, c.flags, c.text, c.dest, all, got, err, want)
			}
		}
	}
}

// budget counts what is spent and refuses results beyond room.
type budget struct {
	fuel, spent int64
	room        int64
}

func (b *budget) Spend(n int64) error {
	b.spent += n
	if b.fuel > 0 && b.spent > b.fuel {
		return flow.Errorf(flow.CodeLimitFuel, "no fuel")
	}
	return nil
}

func (b *budget) Left() int64 {
	if b.fuel == 0 {
		return 1 << 40
	}
	return b.fuel - b.spent
}

func (b *budget) Reserve(n int64) error {
	if b.room > 0 && n > b.room {
		return flow.Errorf(flow.CodeLimitValue, "no room")
	}
	return nil
}

func TestBounds(t *testing.T) {
	tests := []struct {
		name, pattern, text, dest string
		budget                    budget
		want                      flow.Code
	}{
		{"pattern of 1 KiB", "[" + strings.Repeat("a", 1022) + "]", "a", "", budget{}, ""},
		{"longer pattern", "[" + strings.Repeat("a", 1023) + "]", "a", "", budget{}, flow.CodeInputInvalid},
		{"longer literal", strings.Repeat("a", 5000), "a", "", budget{}, ""},
		{"product reached", "(a?){500}b", strings.Repeat("a", 950), "", budget{}, ""},
		{"product exceeded", "(a?){500}b", strings.Repeat("a", 1<<20), "", budget{}, flow.CodeLimitValue},
		{"catastrophe", "^(a+)+(?=b)", strings.Repeat("a", 40), "", budget{}, flow.CodeLimitValue},
		{"catastrophe without fuel", "^(a+)+(?=b)", strings.Repeat("a", 40), "", budget{fuel: 1e6}, flow.CodeLimitFuel},
		{"catastrophe at each place", "(?=(a+)+b)a", strings.Repeat("a", 2000), "", budget{}, flow.CodeLimitValue},
		{"no fuel", "a.", strings.Repeat("a", 1000), "", budget{fuel: 1000}, flow.CodeLimitFuel},
		{"large result of a literal", "a", strings.Repeat("a", 1000), strings.Repeat("x", 100), budget{room: 90_000}, flow.CodeLimitValue},
		{"large result of a class", "[a]", strings.Repeat("a", 1000), strings.Repeat("x", 100), budget{room: 90_000}, flow.CodeLimitValue},
		{"large result with a group", "([a])", strings.Repeat("a", 1000), strings.Repeat("$1", 100), budget{room: 90_000}, flow.CodeLimitValue},
		{"large result of code units", "(?=(a))", strings.Repeat("a", 1000), strings.Repeat("$1", 100), budget{room: 90_000}, flow.CodeLimitValue},
		{"many matches of a long text", "(a)", strings.Repeat("a", 200_000), "$1$1", budget{}, ""},
		{"deep stack", "(?:(?:a|b)(?=[ab]))*", strings.Repeat("ab", 50_000), "", budget{}, ""},
	}
	for _, tt := range tests {
		// What is not bounded takes hours.
		watchdog := time.AfterFunc(time.Minute, func() { panic(tt.name + " has no end") })
		re, err := jsregex.Compile(tt.pattern, false)
		if err == nil {
			_, err = re.Replace(context.Background(), tt.text, tt.dest, true, &tt.budget)
		}
		if got := flow.CodeOf(err); got != tt.want {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		watchdog.Stop()
	}
}

func TestCompileAny(t *testing.T) {
	tests := []struct {
		patterns   []string
		text, want string
	}{
		{[]string{"(a)", "b"}, "abcab", "<a><>c<a><>"},
		{[]string{"(x)y", `(a)\1`}, "xyaaab", "<x><>ab"},
		{[]string{".", "(b)+"}, "a.bb.c", "a<><b><>c"},
		{[]string{"ab|c", "(abc)"}, "abcabd", "<><><>d"},
		{[]string{"(", "a{2,1}", "x"}, "(xa{2,1}a", "<><><>a"},
	}
	for _, tt := range tests {
		re, err := jsregex.CompileAny(tt.patterns, false, func(p string) bool { return p == "." })
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(tt.want, "<>", emptyGroup(tt.patterns))
		if got, err := re.Replace(context.Background(), tt.text, "<$1>", true, &flow.Call{}); err != nil || got != want {
			t.Errorf("%q on %q: %q (error %v), want %q", tt.patterns, tt.text, got, err, want)
		}
	}
}

// emptyGroup is what <$1> gives where group 1 matched nothing: $1 stands for
// itself where no pattern has a group.
func emptyGroup(patterns []string) string {
	for _, p := range patterns {
		if strings.Contains(p, ")") {
			return "<>"
		}
	}
	return "<$1>"
}

func BenchmarkReplace(b *testing.B) {
	for _, bb := range []struct{ name, pattern, text, dest string }{
		{"linear", "[a]", strings.Repeat("a", 50_000), "b"},
		{"groups", "(a)", strings.Repeat("a", 50_000), "$1"},
		{"units", "(a)", strings.Repeat("a", 100_000), "$1"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var spent budget
			for b.Loop() {
				re, err := jsregex.Compile(bb.pattern, false)
				if err != nil {
					b.Fatal(err)
				}
				spent = budget{}
				if _, err := re.Replace(context.Background(), bb.text, bb.dest, true, &spent); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(spent.spent), "fuel/op")
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, bb := range []struct{ name, pattern, text string }{
		{"literal", "needle", strings.Repeat("hay ", 10_000)},
		{"digit", `\d`, strings.Repeat("hay ", 10_000)},
		{"words", `\w+@\w+`, strings.Repeat("hay ", 10_000)},
		{"adversarial", "(a?){100}b", strings.Repeat("a", 5_000)},
		{"lookahead", `hay(?=x)`, strings.Repeat("hay ", 10_000)},
		{"backreference", `(\w)\1`, strings.Repeat("hay ", 10_000)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var spent budget
			for b.Loop() {
				re, err := jsregex.Compile(bb.pattern, false)
				if err != nil {
					b.Fatal(err)
				}
				spent = budget{}
				if _, err := re.Search(context.Background(), bb.text, &spent); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(spent.spent), "fuel/op")
		})
	}
}

func FuzzReplace(f *testing.F) {
	for _, c := range []struct{ pattern, text, dest string }{
		{`(a+)+b`, "aaab", "$1"}, {`(?<=\1(a))b`, "aab", "$$"}, {`[^\s\S]|\cA|\u{2}`, "uu", ""}, {"😀{2}", "😀a😀", "x"}, {"(?<n>.)\\k<n>", "xx", "$1"},
	} {
		f.Add(c.pattern, c.text, c.dest)
	}
	f.Fuzz(func(t *testing.T, pattern, text, dest string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		for _, fold := range []bool{false, true} {
			re, err := jsregex.Compile(pattern, fold)
			if err != nil {
				if code := flow.CodeOf(err); code != flow.CodeRegexSyntax && code != flow.CodeInputInvalid {
					t.Fatalf("/%s/: %v", pattern, err)
				}
				continue
			}
			at, err := re.Search(context.Background(), text, &budget{})
			if err != nil && flow.CodeOf(err) != flow.CodeLimitValue {
				t.Fatalf("/%s/ on %q: %v", pattern, text, err)
			}
			out, err2 := re.Replace(context.Background(), text, dest, false, &budget{})
			if err == nil && err2 == nil && at < 0 && out != text {
				t.Fatalf("/%s/ on %q: no match, but %q", pattern, text, out)
			}
		}
	})
}

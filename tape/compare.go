package tape

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Compare lists where two JSON values differ, as "path: want X, got Y", at most
// twenty times. The order of an object's members is free; a member that is
// missing is not a member that is null.
func Compare(path string, want, got flow.Value) []string { return matcher{}.compare(path, want, got) }

// matcher compares what was recorded with what happens.
type matcher struct {
	marks []string // masks of credentials that nobody gives again: any text fits them
}

func newMatcher(hidden []string) matcher {
	var m matcher
	for _, name := range hidden {
		m.marks = append(m.marks, flow.Masked(flow.NewSecret(name, "")))
	}
	return m
}

func (m matcher) compare(path string, want, got flow.Value) []string {
	if want.Kind() != got.Kind() {
		return []string{differ(path, Show(want), Show(got))}
	}
	var out []string
	switch want.Kind() {
	case flow.KindObject:
		w, g := want.Object(), got.Object()
		for k, x := range w.All() {
			if y, ok := g.Get(k); ok {
				out = append(out, m.compare(join(path, k), x, y)...)
			} else {
				out = append(out, differ(join(path, k), Show(x), "nothing"))
			}
		}
		for k, y := range g.All() {
			if _, ok := w.Get(k); !ok {
				out = append(out, differ(join(path, k), "nothing", Show(y)))
			}
		}
	case flow.KindList:
		w, g := want.List().Items(), got.List().Items()
		for i := range max(len(w), len(g)) {
			at := path + "[" + strconv.Itoa(i) + "]"
			switch {
			case i >= len(g):
				out = append(out, differ(at, Show(w[i]), "nothing"))
			case i >= len(w):
				out = append(out, differ(at, "nothing", Show(g[i])))
			default:
				out = append(out, m.compare(at, w[i], g[i])...)
			}
		}
	case flow.KindText:
		if !m.fits(want.Text(), got.Text(), "") {
			out = append(out, differTexts(path, want.Text(), got.Text()))
		}
	default:
		if !flow.Equal(want, got) {
			out = append(out, differ(path, Show(want), Show(got)))
		}
	}
	if len(out) > maxDifferences {
		out = append(out[:maxDifferences], "and more")
	}
	return out
}

// maxDifferences is how many differences of one value are listed.
const maxDifferences = 20

// fits reports whether a text is the wanted one, where any text stands for a
// credential that was found while recording. Nothing of stop can stand in such a
// text: it would reach into the next part of an address or form.
func (m matcher) fits(want, got, stop string) bool {
	if want == got {
		return true
	}
	rest, open := got, false
	for {
		at, mark := len(want), ""
		for _, s := range m.marks {
			if i := strings.Index(want, s); i >= 0 && i < at {
				at, mark = i, s
			}
		}
		piece := want[:at]
		i := 0 // where the piece stands in the rest
		switch {
		case open && mark == "":
			i = len(rest) - len(piece) // the last piece ends the text
		case open && rest != "":
			i = 1 + strings.Index(rest[1:], piece)
		}
		switch {
		case open && (i < 1 || strings.ContainsAny(rest[:i], stop)), !strings.HasPrefix(rest[max(i, 0):], piece):
			return false
		case mark == "":
			return open || rest == piece
		}
		rest, want, open = rest[i+len(piece):], want[at+len(mark):], true
	}
}

// says reports whether a part of a request is the given text: by its name where
// it is a secret, or by its own text, which is opened for this one comparison.
func (m matcher) says(v flow.Value, want string) bool {
	if m.fits(want, flow.Masked(v), "") {
		return true
	}
	return v.Kind() == flow.KindSecret && opened(v, func(s string) bool { return s == want })
}

func opened(v flow.Value, f func(string) bool) bool {
	found := false
	flow.MapSecret(v, func(s string) string {
		found = f(s)
		return ""
	})
	return found
}

func differ(path, want, got string) string {
	return fmt.Sprintf("%s: want %s, got %s", path, want, got)
}

// differTexts is differ for texts: long ones are shown from shortly before the
// place where they part.
func differTexts(path, want, got string) string {
	if len(want) <= maxShown && len(got) <= maxShown {
		return differ(path, quote(want), quote(got))
	}
	w, g := []rune(want), []rune(got)
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	from := max(0, i-20)
	return fmt.Sprintf("%s: from character %d on: want %s, got %s", path, from+1, quote(string(w[from:])), quote(string(g[from:])))
}

func join(path, key string) string { return path + "." + flow.Printable(key) }

// maxShown bounds one value in a difference, in characters.
const maxShown = 300

// Show prints a value as differences show it: JSON on one line of at most 300
// characters, secrets sealed.
func Show(v flow.Value) string {
	if v.Kind() == flow.KindText {
		return quote(v.Text())
	}
	return cut(flow.Printable(v.String()))
}

func quote(s string) string { return cut(flow.Printable(string(flow.AppendQuoted(nil, s)))) }

func cut(s string) string {
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}

// pair is a pair of a query or a header as it is compared.
type pair struct {
	name  string
	value flow.Value
}

func sortPairs(list []pair) []pair {
	slices.SortStableFunc(list, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	return list
}

// comparePairs compares pairs sorted by name: the order among different names is
// free.
func (m matcher) comparePairs(what string, want, got []pair) []string {
	var out []string
	for len(want) > 0 || len(got) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0].name < got[0].name:
			out = append(out, differ(what+" "+flow.Printable(want[0].name), quote(want[0].value.Text()), "none"))
			want = want[1:]
		case len(want) == 0 || got[0].name < want[0].name:
			out = append(out, differ(what+" "+flow.Printable(got[0].name), "none", quote(flow.Masked(got[0].value))))
			got = got[1:]
		default:
			if !m.says(got[0].value, want[0].value.Text()) {
				out = append(out, differ(what+" "+flow.Printable(got[0].name), quote(want[0].value.Text()), quote(flow.Masked(got[0].value))))
			}
			want, got = want[1:], got[1:]
		}
	}
	return out
}

// carries compares pairs where got may have more.
func (m matcher) carries(what string, want, got []pair) []string {
	var out []string
	for _, w := range want {
		have := "none"
		if !slices.ContainsFunc(got, func(g pair) bool {
			if g.name != w.name {
				return false
			}
			have = quote(flow.Masked(g.value))
			return m.says(g.value, w.value.Text())
		}) {
			out = append(out, differ(what+" "+flow.Printable(w.name), quote(w.value.Text()), have))
		}
	}
	return out
}

package openapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler/internal/syntax"
)

func TestTitle(t *testing.T) {
	for in, want := range map[string]string{
		"list repositories for user": "List Repositories for User",
		"get user by id":             "Get User by ID",
		"FOR":                        "FOR",
		"of mice and of":             "Of Mice and Of",
		"GET api":                    "GET API",
		"UNSUBSCRIBE now":            "Unsubscribe Now",
		"2 things":                   "2 Things",
	} {
		if got := title(strings.Fields(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestIdentifier(t *testing.T) {
	for in, want := range map[string]string{
		"listPets": "list_pets", "1st": "x_1st", "": "x", "日本": "x", "../..": "x", "__proto__": "proto",
		strings.Repeat("long ", 40): strings.TrimSuffix(strings.Repeat("long_", 12), "_"),
	} {
		got := identifier(in, "x")
		if got != want || !syntax.IsName(got) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestTake: names stay apart in file systems that know no case.
func TestTake(t *testing.T) {
	n := names{}
	var got []string
	for _, s := range []string{"a", "A", "a_2", "a", "b"} {
		got = append(got, n.take(s, "_"))
	}
	if want := []string{"a", "A_2", "a_2_2", "a_3", "b"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"One.\n\nTwo.":                  "One.",
		"<p>A <b>bold</b> start</p><p>": "A bold start",
		"See [the guide](https://a.example \"t\") and `code`.": "See the guide and code.",
		"**Note**: up to *150 characters*, 2 * 3 * 4":          "Note: up to 150 characters, 2 * 3 * 4",
		"# Heading\ntext":          "Heading text",
		"&lt;tag&gt; &amp; more":   "<tag> & more",
		"<!-- hidden\n\n --> seen": "seen",
		"a\x1b[31mb\u202ec":        "a [31mb c",
		"\n\n\n  late":             "late",
	} {
		if got := plainText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		in          string
		limit, most int
		want        string
	}{
		{"", 10, 2, ""},
		{"one", 10, 2, "One."},
		{"One. Two. Three.", 100, 2, "One. Two."},
		{"One. Two is longer.", 8, 2, "One."},
		{"A sentence that is too long to stay.", 20, 2, "A sentence that is."},
		{"version 1.2.3 is out", 100, 1, "Version 1.2.3 is out."},
		{"élan,", 100, 1, "Élan."},
	} {
		if got := sentences(c.in, c.limit, c.most); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestLiteral(t *testing.T) {
	for _, c := range []struct {
		in     string
		before bool
		want   string
	}{
		{"plain", false, "plain"}, {"$5", false, "$5"}, {"${a}", false, "$${a}"}, {"$$${", false, "$$$$$${"}, {"cost $", true, "cost $$"}, {"cost $", false, "cost $"},
	} {
		if got := syntax.EscapeText(c.in, c.before); got != c.want {
			t.Errorf("%q before a reference %t: %q, want %q", c.in, c.before, got, c.want)
		}
	}
}

func TestPointers(t *testing.T) {
	doc, err := read("a.json", []byte(`{"a/b": {"~": [1, {"x": true}]}, "": 5}`))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]int{"": 1, "/a~1b": 9, "/a~1b/~0/1/x": 25, "/a~1b/~0/2": 15, "/a~1b/~0/01": 15, "/nothing/at/all": 1, "/": 38} {
		if got := doc.place(pointer).Col; got != want {
			t.Errorf("%q stands in column %d, want %d", pointer, got, want)
		}
	}
	if got := join("/a", "b/c~d"); got != "/a/b~1c~0d" || doc.at(join("", "a/b", "~", "0")).text != "1" {
		t.Errorf("%q", got)
	}
}

// TestPathText: what stands in paths stays what it is.
func TestPathText(t *testing.T) {
	for in, want := range map[string]string{
		"/a b": "/a%20b", "/a%20b": "/a%20b", "/100%": "/100%25", "/ü": "/%C3%BC", "/a?q=x y&z=ü": "/a?q=x%20y&z=%C3%BC", "/a:b,c;d=@e": "/a:b,c;d=@e", "/\"<>": "/%22%3C%3E",
	} {
		if got := pathText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

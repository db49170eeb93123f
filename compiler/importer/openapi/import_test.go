package openapi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler/importer/openapi"
	"github.com/weirflow/weir/flow"
)

func TestIs(t *testing.T) {
	for in, want := range map[string]bool{
		`{"info": {"openapi": 1}, "openapi": "3.1.0"}`: true,
		"\uFEFF{\"swagger\": \"2.0\"}":                 true,
		`{"a": [{"openapi": 1}], "b": "openapi"}`:      false,
		`{"a": "openapi", "b": 1}`:                     false,
		`{"openapi": "3.1.0", broken`:                  true,
		`{"a": broken`:                                 false,
		`["openapi"]`:                                  false,
		"info: {}\nopenapi: 3.1.0\n":                   true,
		"'openapi' : 3.1.0\n":                          true,
		"# a comment\n---\nswagger: '2.0'\n":           true,
		"info:\n  openapi: 3.1.0\n":                    false,
		"openapi\n":                                    false,
		"":                                             false,
	} {
		if got := openapi.Is([]byte(in)); got != want {
			t.Errorf("%q: %t, want %t", in, got, want)
		}
	}
}

// TestReadLimits: documents at the limits of what is read, and one beyond.
func TestReadLimits(t *testing.T) {
	const head, tail = `{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"get":{}}},"x-a":`, `}`
	yaml := "openapi: 3.1.0\nservers: [{url: 'https://a.example'}]\npaths: {/a: {get: {}}}\nx-a: "
	marks := strings.Count(yaml, ",") + strings.Count(yaml, "{")*2 + strings.Count(yaml, "[")*2
	pad := func(n int, f func(int) string) string { return f(n) }
	for _, c := range []struct {
		name  string
		limit int
		make  func(n int) string
	}{
		{"bytes of JSON", openapi.MaxDocument, func(n int) string {
			return head + `"` + strings.Repeat("x", n-len(head)-len(tail)-2) + `"` + tail
		}},
		{"bytes of YAML", openapi.MaxYAML, func(n int) string { return yaml + strings.Repeat("x", n-len(yaml)) }},
		{"nesting of JSON", openapi.MaxDepth, func(n int) string { return head + strings.Repeat("[", n) + strings.Repeat("]", n) + tail }},
		{"nesting of YAML", openapi.MaxDepth, func(n int) string { return yaml + "\n" + strings.Repeat("- ", n-1) + "x" }},
		{"brackets and commas of YAML", openapi.MaxMarks, func(n int) string { return yaml + strings.Repeat("a,", n-marks) }},
	} {
		for n := c.limit - 1; n <= c.limit+1; n++ {
			_, err := openapi.Import("a", []byte(pad(n, c.make)), openapi.Options{})
			if want := map[bool]flow.Code{true: flow.CodeImportLimit}[n > c.limit]; flow.CodeOf(err) != want {
				t.Errorf("%s: %d of %d: %v, want %q", c.name, n, c.limit, err, want)
			}
		}
	}
}

// TestOptionErrors: options that cannot be used are told from documents that
// cannot.
func TestOptionErrors(t *testing.T) {
	doc := []byte(`{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}`)
	for _, opt := range []openapi.Options{
		{Server: "api.example.com"}, {Server: "ftp://api.example.com"}, {Server: "https://u:p@api.example.com"}, {Server: "https://a.example/?x=1"}, {Server: "https://a.example/#x"},
		{Server: "https://10.0.0.1"}, {Key: "Upper"}, {Key: "1a"}, {Key: "a-b"}, {Key: strings.Repeat("a", 61)},
	} {
		_, err := openapi.Import("a", doc, opt)
		var wrong *openapi.OptionError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), wrong.Why) {
			t.Errorf("%+v: %v", opt, err)
		}
	}
}

// TestWide: cards with as many inputs and outputs as there can be, and more.
func TestWide(t *testing.T) {
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"m%d":{"type":"string"},`, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	for _, c := range []struct {
		params, body, answer int
		inputs, outputs      int
	}{
		{0, 64, 60, 64, 60}, {0, 65, 61, 65, 61}, {0, 100, 59, 100, 59}, {0, 101, 0, 1, 1}, {40, 60, 1, 100, 1}, {40, 61, 1, 41, 1}, {100, 1, 1, 101, 1}, {101, 0, 1, 100, 1},
	} {
		var params strings.Builder
		for i := range c.params {
			fmt.Fprintf(&params, `{"name":"p%d","in":"query","schema":{"type":"string"}},`, i)
		}
		doc := fmt.Sprintf(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"post":{"parameters":[%s],
			"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{%s}}}}},
			"responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{%s}}}}}}}}}}`,
			strings.TrimSuffix(params.String(), ","), members(c.body), members(c.answer))
		if c.body == 0 {
			doc = strings.Replace(doc, `"requestBody":`, `"x-requestBody":`, 1)
		}
		res, err := openapi.Import("a", []byte(doc), openapi.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sound(t, res.Connectors[0])
		text := string(res.Connectors[0].Files[0].Data)
		_, rest, _ := strings.Cut(text, "inputs:\n")
		inputs, rest, _ := strings.Cut(rest, "outputs:\n")
		outputs, _, _ := strings.Cut(rest, "steps:\n")
		if got := strings.Count(inputs, "type: "); got != c.inputs {
			t.Errorf("%+v: %d inputs", c, got)
		}
		if got := strings.Count(outputs, "type: "); got != c.outputs {
			t.Errorf("%+v: %d outputs", c, got)
		}
	}
}

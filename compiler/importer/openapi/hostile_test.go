package openapi_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/compiler/importer/openapi"
	"github.com/weirflow/weir/flow"
)

// TestHostileFiles: each file of testdata/hostile gives the error that
// expected.txt says: file, line:column, code.
func TestHostileFiles(t *testing.T) {
	var got strings.Builder
	paths, err := filepath.Glob("testdata/hostile/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		name := filepath.Base(p)
		if name == "expected.txt" {
			continue
		}
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		_, err = openapi.Import(name, data, openapi.Options{})
		e := flow.AsError(err)
		if e == nil {
			t.Errorf("%s is imported", name)
			continue
		}
		if !strings.HasPrefix(string(e.Code), "import.") || e.Pos.File != name || e.Msg == "" {
			t.Errorf("%s: %#v", name, e)
		}
		fmt.Fprintf(&got, "%s:%d:%d %s %s\n", name, e.Pos.Line, e.Pos.Col, e.Code, e.Msg)
	}
	const file = "testdata/hostile/expected.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got.String() {
		t.Errorf("got\n%swant\n%s(%v)", got.String(), want, err)
	}
}

// bounded runs an import and holds it to a time and to an amount of memory that
// is allocated on the way.
func bounded(t *testing.T, data []byte, opt openapi.Options) (*openapi.Result, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	res, err := openapi.Import("api.yaml", data, opt)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	used := (after.TotalAlloc - before.TotalAlloc) >> 20
	t.Logf("%d bytes: %v, %d MiB", len(data), took.Round(time.Millisecond), used)
	if took > 60*time.Second || used > 4096 {
		t.Errorf("%d bytes: %v, %d MiB", len(data), took, used)
	}
	return res, err
}

// TestHostileSizes: documents that are made to be large, deep, or to grow.
func TestHostileSizes(t *testing.T) {
	repeat := func(head, what string, n int, tail string) []byte {
		var b bytes.Buffer
		b.WriteString(head)
		for i := range n {
			b.WriteString(strings.ReplaceAll(what, "#", fmt.Sprint(i)))
		}
		b.WriteString(tail)
		return b.Bytes()
	}
	ops := func(n int) []byte {
		return repeat(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{`, `"/things/p#":{"get":{}},`, n, `"/last":{"get":{"operationId":"last"}}}}`)
	}
	laughs := func() []byte {
		var b bytes.Buffer
		b.WriteString("openapi: 3.1.0\nx-a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n")
		for i := range 12 {
			fmt.Fprintf(&b, "x-a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
		}
		return b.Bytes()
	}
	for _, c := range []struct {
		name string
		data []byte
		opt  openapi.Options
		want flow.Code // "" when it is imported
	}{
		{"a million operations", ops(1_000_000), openapi.Options{}, flow.CodeImportLimit},
		{"many operations, one of them wanted", ops(200_000), openapi.Options{Only: []string{"last"}}, ""},
		{"many operations, ten of them wanted", ops(200_000), openapi.Options{Max: 10}, ""},
		{"more operations than files", ops(2000), openapi.Options{}, flow.CodeImportLimit},
		{"more operations than files, split", ops(1100), openapi.Options{Split: true, Max: 1050}, ""},
		{"deep JSON", repeat(`{"openapi":"3.1.0","a":`, "[", 1_000_000, ""), openapi.Options{}, flow.CodeImportLimit},
		{"deep JSON, closed", repeat(`{"openapi":"3.1.0","a":`+strings.Repeat("[", 5000), "]", 5000, "}"), openapi.Options{}, flow.CodeImportLimit},
		{"deep YAML in brackets", repeat("openapi: 3.1.0\na: ", "[", 300_000, ""), openapi.Options{}, flow.CodeImportSyntax},
		{"deep YAML in dashes", repeat("openapi: 3.1.0\na:\n  ", "- ", 5000, "x"), openapi.Options{}, flow.CodeImportLimit},
		{"billion laughs", laughs(), openapi.Options{}, flow.CodeImportLimit},
		{"a bracket that holds everything", repeat("a: [ {", "a#: b, ", 1_000_000, "}]"), openapi.Options{}, flow.CodeImportLimit},
		{"too many values", repeat(`{"openapi":"3.1.0","a":[`, "1,", 4_000_000, "1]}"), openapi.Options{}, flow.CodeImportLimit},
		{"too many bytes", repeat(`{"openapi":"3.1.0","a":"`, strings.Repeat("x", 1<<20), 64, `"}`), openapi.Options{}, flow.CodeImportLimit},
		{"too many bytes of YAML", repeat("openapi: 3.1.0\na: ", strings.Repeat("x", 1<<20), 12, ""), openapi.Options{}, flow.CodeImportLimit},
		{"a chain of references", repeat(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"get":{"parameters":[{"$ref":"#/components/parameters/p0"}]}}},"components":{"parameters":{`,
			`"p#":{"$ref":"#/components/parameters/p#1"},`, 100_000, `"x":{}}}}`), openapi.Options{}, ""},
		{"schemas that double", func() []byte {
			var b bytes.Buffer
			b.WriteString(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/s0"}}}}}}},"components":{"schemas":{`)
			for i := range 5000 {
				fmt.Fprintf(&b, `"s%d":{"type":"object","properties":{"p%d":{"$ref":"#/components/schemas/s%d"}},"allOf":[{"$ref":"#/components/schemas/s%d"},{"$ref":"#/components/schemas/s%d"}],"anyOf":[{"$ref":"#/components/schemas/s%d"},{"$ref":"#/components/schemas/s%d"}]},`, i, i, i+1, i+1, i+1, i+1, i+1)
			}
			b.WriteString(`"s5000":{"type":"object"}}}}`)
			return b.Bytes()
		}(), openapi.Options{}, ""},
		{"schemas that all contain each other", func() []byte {
			var b bytes.Buffer
			b.WriteString(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/s0"}}}}}}},"components":{"schemas":{`)
			for i := range 200 {
				fmt.Fprintf(&b, `"s%d":{"oneOf":[`, i)
				for j := range 200 {
					fmt.Fprintf(&b, `{"$ref":"#/components/schemas/s%d"},`, j)
				}
				b.WriteString(`{"type":"object"}]},`)
			}
			b.WriteString(`"end":{}}}}`)
			return b.Bytes()
		}(), openapi.Options{}, ""},
		{"an operation with a hundred thousand parameters", repeat(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"get":{"parameters":[`,
			`{"name":"p#","in":"query","schema":{"type":"string"}},`, 100_000, `{"name":"last","in":"query"}]}}}}`), openapi.Options{}, ""},
		{"a body with a hundred thousand members", repeat(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{`,
			`"p#":{"type":"string"},`, 100_000, `"last":{}}}}}},"responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"a":{}}}}}}}}}}}`), openapi.Options{}, ""},
		{"a hundred thousand choices", repeat(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"get":{"parameters":[{"name":"a","in":"query","schema":{"type":"string","enum":[`,
			`"c#",`, 100_000, `"last"]}}]}}}}`), openapi.Options{}, ""},
		{"a description of a million lines", repeat(`{"openapi":"3.1.0","info":{"title":"`+strings.Repeat("long ", 10_000)+`","description":"`, `<p>[#](x) `, 1_000_000, `"},"servers":[{"url":"https://a.example"}],"paths":{"/a":{"get":{}}}}`), openapi.Options{}, ""},
		{"ten thousand schemes and scopes", repeat(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"security":[{"s1":[]},{"s2":[]}],"paths":{"/a":{"get":{}}},"components":{"securitySchemes":{`,
			`"s#":{"type":"http","scheme":"basic"},`, 10_000, `"x":{}}}}`), openapi.Options{}, ""},
		{"ten thousand findings", repeat(`{"openapi":"3.1.0","servers":[{"url":"https://a.example"}],"paths":{"/a":{"get":{}},`, `"/p#":5,`, 20_000, `"/z":5}}`), openapi.Options{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, err := bounded(t, c.data, c.opt)
			if flow.CodeOf(err) != c.want {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if err != nil {
				return
			}
			for _, con := range res.Connectors {
				sound(t, con)
			}
			if len(res.Report.Findings) > openapi.MaxFindings {
				t.Errorf("%d findings", len(res.Report.Findings))
			}
		})
	}
}

package tape_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

// TestReadRefuses: what is wrong with a tape is a problem with a code and a place.
func TestReadRefuses(t *testing.T) {
	exchange := func(s string) string { return head + "http:\n  - " + s + "\n" }
	const request, response = "request: {method: GET, url: \"https://a.example/\"}", "response: {status: 200}"
	for _, c := range []struct{ text, want string }{
		{"[]", "1:1: source.value: a tape must be an object, not a list"},
		{"flow: f", `1:1: source.missing: the field "tape" is missing`},
		{"tape: 2\nflow: f", "1:7: source.value: tape must be a whole number from 1 to 1"},
		{"tape: 1\nflow: f", `1:1: source.missing: the field "run" is missing`},
		{head + "more: 1", `6:1: source.field: the field "more" is unknown here`},
		{strings.Replace(head, "2026-01-02T03", "2026-13-02T03", 1), "4:7: source.value: time must be as RFC 3339 has it"},
		{strings.Replace(head, "5.678Z", "5.6789Z", 1), "4:7: source.value: time must be as RFC 3339 has it"},
		{strings.Replace(head, "0000", "00", 1), "5:7: source.value: seed must have 64 hexadecimal digits"},
		{head + "input: text", "6:8: source.value: input must be an object, not text"},
		{head + "options: {a: 1}", "6:14: source.value: an option must be text, not a number"},
		{head + "connection: {auth: a, host: b}", `6:23: source.field: the field "host" is unknown here`},
		{head + "hidden: [1]", "6:10: source.value: an item of hidden must be text"},
		{head + "clock: {a: [1.5]}", "6:13: source.value: a time must be a whole number"},
		{head + "clock: {a: 1}", "6:12: source.value: what a step read from the clock must be a list"},
		{head + "output: {}\nstopped: true", "1:1: source.value: a run comes to one of output, error and stopped"},
		{head + "stopped: no thanks", "6:10: source.value: stopped can only be true"},
		{head + "error: {}", `6:8: source.missing: the field "code" is missing`},
		{head + "http: {}", "6:7: source.value: http must be a list"},
		{exchange("1"), "7:5: source.value: an exchange must be an object"},
		{exchange(request), `7:5: source.missing: the field "response" is missing`},
		{exchange(response), `7:5: source.missing: the field "request" is missing`},
		{exchange(request + "\n    " + response + "\n    error: {code: http.tls}"), "7:5: source.value: a request has either a response or an error"},
		{exchange(request + "\n    response: {status: 99}"), "8:24: source.value: status must be a whole number from 200 to 599"},
		{exchange(request + "\n    response: {status: 200, body: 1}"), "8:35: source.value: a body must be text"},
		{exchange(request + "\n    response: {status: 200, base64: '?'}"), "8:37: source.value: not base64"},
		{exchange(request + "\n    response: {status: 200, body: a, base64: YQ==}"), "8:46: source.value: a body is given by body or by base64"},
		{exchange(request + "\n    response: {status: 200, body: a, layout: line}"), "8:46: source.value: only a body that stands for its JSON has a layout"},
		{exchange(request + "\n    response: {status: 200, body: {}, layout: wide}"), `8:47: source.value: not a layout of JSON: "wide"`},
		{exchange(request + "\n    response: {status: 200, headers: {a: {}}}"), "8:42: source.value: a header must be text, not an object"},
		{exchange("request: {method: get, url: x}\n    " + response), `7:23: source.value: not a request method: "get"`},
		{exchange("request: {method: GET, url: a.example}\n    " + response), "7:33: source.value: not an absolute http or https address"},
		{exchange("request: {method: GET, url: \"https://a.example/\", sha256: abc, bytes: 1}\n    " + response), "7:63: source.value: sha256 must have 64 hexadecimal digits"},
		{exchange("request: {method: GET, url: \"https://a.example/\", sha256: " + strings.Repeat("a", 64) + "}\n    " + response), `7:14: source.missing: the field "bytes" is missing`},
	} {
		_, err := tape.Read(node(t, "x.yaml", c.text))
		var d flow.Diagnostics
		if !errors.As(err, &d) {
			t.Errorf("%s\ngives %v", c.text, err)
			continue
		}
		found := false
		for _, one := range d {
			found = found || strings.HasPrefix(one.Error.Error(), "x.yaml:"+c.want)
		}
		if !found {
			t.Errorf("%s\ngives %v\nwant %s", c.text, d.Unwrap(), c.want)
		}
	}
}

// TestReadJSONRefuses: JSON that is no JSON, or too much of it, has a code and a
// place too.
func TestReadJSONRefuses(t *testing.T) {
	for _, c := range []struct {
		text string
		code flow.Code
		pos  string
	}{
		{"", flow.CodeSourceSyntax, "x.json:1:1"},
		{"{\n \"a\": }", flow.CodeSourceSyntax, "x.json:2:7"},
		{"{\n  \"a\": [1,", flow.CodeSourceSyntax, "x.json:2:11"},
		{"{} {}", flow.CodeSourceSyntax, "x.json:1:4"},
		{"{\"a\": 1,\n\"a\": 2}", flow.CodeSourceDuplicate, "x.json:2:1"},
		{"\"\xff\"", flow.CodeSourceText, "x.json:1:1"},
		{"{\"a\": 1e999}", flow.CodeSourceValue, "x.json:1:7"},
		{strings.Repeat("[", 65), flow.CodeSourceLimit, "x.json:1:65"},
		{strings.Repeat("[", 1_000_000), flow.CodeSourceLimit, "x.json:1:65"},
		{"[" + strings.Repeat("1,", tape.MaxValues) + "1]", flow.CodeSourceLimit, fmt.Sprintf("x.json:1:%d", 2*tape.MaxValues)},
		{"\"" + strings.Repeat("a", tape.MaxTape) + "\"", flow.CodeSourceLimit, "x.json:1:1"},
		{"1", flow.CodeSourceValue, "x.json:1:1"},
	} {
		_, err := tape.ReadJSON("x.json", []byte(c.text))
		var d flow.Diagnostics
		if !errors.As(err, &d) || d[0].Code != c.code || d[0].Pos.String() != c.pos {
			t.Errorf("%.60q gives %v, want %s at %s", c.text, err, c.code, c.pos)
		}
	}
}

// FuzzRead: whatever is read is a tape that is written and read without loss, or
// problems with a place; a player of it never panics.
func FuzzRead(f *testing.F) {
	golden, err := os.ReadFile("testdata/everything.tape.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(golden))
	f.Add(head + "http:\n  - {step: a, request: {method: PUT, url: \"https://a.example/?a=b\", base64: AAEC}, error: {code: http.tls, statusCode: 500}}\n")
	f.Add(head + "clock: {b: [1], a: [-5, 3]}\nhidden: [a]\nhttp:\n  - {request: {method: GET, url: \"https://a.example/[secret a]\", bytes: 3}, response: {status: 200, headers: {x: [a, b]}, body: [1], layout: indent 2}}\n")
	f.Add(head + "options: {a: b}\nselected: {g: {f: {type: Text}}}\nconnection: {auth: a, values: {x: y}, hosts: [h]}\nallow: [a]\nerror: {code: flow.error, message: m}\n")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := compiler.ReadData(compiler.File{Name: "x.yaml", Data: []byte(text)}, compiler.DataLimits{})
		if err != nil {
			return
		}
		tp, err := tape.Read(n)
		if err != nil {
			var d flow.Diagnostics
			if !errors.As(err, &d) {
				t.Fatalf("%v is no diagnostics", err)
			}
			for _, one := range d {
				if !one.Pos.IsValid() || !strings.HasPrefix(string(one.Code), "source.") {
					t.Fatalf("%v has no place or code", one.Error)
				}
			}
			return
		}
		written := tp.Value().String()
		data, err := json.Marshal(tp)
		if err != nil {
			t.Fatal(err)
		}
		again, err := tape.ReadJSON("x.json", data)
		if err != nil {
			t.Fatalf("%s\ncannot be read again: %v", data, err)
		}
		if got := again.Value().String(); got != written {
			t.Fatalf("read again\n%s\nbecame\n%s", written, got)
		}
		p := tape.NewPlayer(tp, nil)
		for i := range tp.HTTP {
			x := &tp.HTTP[i].Request
			req := &flow.Request{Method: x.Method, URL: x.URL, Step: tp.HTTP[i].Step, Body: flow.Text(string(x.Body.Data()))}
			for _, q := range x.Query {
				req.Query = append(req.Query, flow.Pair{Name: q.Name, Value: flow.Text(q.Value)})
			}
			for _, h := range x.Headers {
				req.Headers = append(req.Headers, flow.Pair{Name: h.Name, Value: flow.Text(h.Value)})
			}
			_, err := p.Fetch(t.Context(), req)
			if flow.CodeOf(err) == flow.CodeTapeMismatch && x.Body.Bytes == 0 {
				t.Fatalf("the tape does not know its own request: %v", p.Faults())
			}
		}
		p.Faults()
	})
}

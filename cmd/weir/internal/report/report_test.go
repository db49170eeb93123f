package report

import (
	"bytes"
	"encoding/xml"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/cmd/weir/internal/coverage"
)

func sample() *Run {
	r := &Run{}
	r.Add(Test{File: "tests/a.yaml", Line: 2, Name: "passes", Passed: true, Duration: 1500 * time.Microsecond})
	r.Add(Test{File: "tests/a.yaml", Line: 9, Name: "fails # \\ <&\"> \x1b[31m\u202e", Failures: []string{"first\n  line", "<second> & \x00\x1b \"third\""}, Duration: time.Second})
	r.Add(Test{File: "tests/deep.b.yml", Line: 1, Name: "b", Passed: true})
	return r
}

// TestJUnit: what is written is XML that reads back as it was meant, with the
// attributes that build servers ask for, numbers that add up, and no character
// that XML cannot hold.
func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := sample().JUnit(&b, "key"); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if !strings.HasPrefix(text, `<?xml version="1.0" encoding="UTF-8"?>`) || !strings.HasSuffix(text, "</testsuites>\n") {
		t.Errorf("the file is\n%s", text)
	}
	var got Suites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	want := Suites{
		XMLName: xml.Name{Local: "testsuites"}, Name: "key", Tests: 3, Failures: 1, Time: "1.002",
		Suites: []Suite{
			{Name: "tests/a.yaml", Tests: 2, Failures: 1, Time: "1.002", Cases: []Case{
				{Name: "passes", ClassName: "key.tests.a", File: "tests/a.yaml", Line: 2, Time: "0.002"},
				{Name: "fails # \\ <&\"> \uFFFD[31m\u202e", ClassName: "key.tests.a", File: "tests/a.yaml", Line: 9, Time: "1.000", Failure: &Failure{
					Message: "first", Type: "failure", Text: "first\n  line\n<second> & \uFFFD\uFFFD \"third\"",
				}},
			}},
			{Name: "tests/deep.b.yml", Tests: 1, Time: "0.000", Cases: []Case{
				{Name: "b", ClassName: "key.tests.deep.b", File: "tests/deep.b.yml", Line: 1, Time: "0.000"},
			}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read back\n%+v\nwant\n%+v", got, want)
	}
	// The shape that the schemas share: elements, in this order, and attributes.
	shape(t, b.Bytes())
}

// shape checks the elements of a JUnit file against the attributes that each must
// have, and the elements that each may have inside.
func shape(t *testing.T, data []byte) {
	t.Helper()
	required := map[string][]string{
		"testsuites": {"tests", "failures", "errors", "time"},
		"testsuite":  {"name", "tests", "failures", "errors", "skipped", "time"},
		"testcase":   {"name", "classname", "time"},
		"failure":    {"message", "type"},
	}
	parent := map[string]string{"testsuites": "", "testsuite": "testsuites", "testcase": "testsuite", "failure": "testcase"}
	numbers := []string{"tests", "failures", "errors", "skipped", "line"}
	dec := xml.NewDecoder(bytes.NewReader(data))
	var open []string
	for {
		token, err := dec.Token()
		if err != nil {
			break
		}
		switch x := token.(type) {
		case xml.StartElement:
			up := ""
			if len(open) > 0 {
				up = open[len(open)-1]
			}
			name := x.Name.Local
			if want, known := parent[name]; !known || want != up {
				t.Errorf("<%s> stands in <%s>", name, up)
			}
			have := map[string]string{}
			for _, a := range x.Attr {
				have[a.Name.Local] = a.Value
			}
			for _, a := range required[name] {
				if _, ok := have[a]; !ok {
					t.Errorf("<%s> has no %s", name, a)
				}
			}
			for _, a := range numbers {
				if s, ok := have[a]; ok {
					if _, err := strconv.ParseUint(s, 10, 32); err != nil {
						t.Errorf("%s of <%s> is %q", a, name, s)
					}
				}
			}
			if _, err := strconv.ParseFloat(have["time"], 64); err != nil && name != "failure" {
				t.Errorf("time of <%s> is %q", name, have["time"])
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if len(open) != 0 {
		t.Errorf("%v is not closed", open)
	}
}

// TestText: nothing in names and failures moves a cursor or reads as another line.
func TestText(t *testing.T) {
	r := sample()
	r.Coverage = &coverage.Report{Steps: coverage.Count{Covered: 1, All: 3}, Flows: []coverage.Flow{
		{Flow: "main", File: "flows/main.yaml", Steps: coverage.Count{Covered: 1, All: 3}, Missed: []coverage.Missed{{Line: 3, Column: 5, Step: "a\x1b", What: "if", Branch: "then"}}},
	}}
	r.Require(50)
	var text, tap bytes.Buffer
	r.Text(&text)
	r.TAP(&tap)
	const wantText = `ok    tests/a.yaml: passes
FAIL  tests/a.yaml: fails # \ <&"> \u001b[31m\u202e
      first
          line
      <second> & \u0000\u001b "third"
ok    tests/deep.b.yml: b
coverage
main       steps  33.3% (1/3)  branches 100.0% (0/0)
    flows/main.yaml:3:5  a\u001b (if) never takes: then
all flows  steps  33.3% (1/3)  branches 100.0% (0/0)
the coverage of steps is 33.3%, below 50%
2 passed, 1 failed
`
	if text.String() != wantText {
		t.Errorf("text\n%s\nwant\n%s", &text, wantText)
	}
	const wantTAP = `TAP version 14
1..3
ok 1 - tests/a.yaml: passes
not ok 2 - tests/a.yaml: fails \# \\ <&"> \\u001b[31m\\u202e
  ---
  at: "tests/a.yaml:9:1"
  failures:
    - "first\n  line"
    - "<second> & \u0000\u001b \"third\""
  ...
ok 3 - tests/deep.b.yml: b
# coverage
# main       steps  33.3% (1/3)  branches 100.0% (0/0)
#     flows/main.yaml:3:5  a\u001b (if) never takes: then
# all flows  steps  33.3% (1/3)  branches 100.0% (0/0)
# the coverage of steps is 33.3%, below 50%
`
	if tap.String() != wantTAP {
		t.Errorf("TAP\n%s\nwant\n%s", &tap, wantTAP)
	}
	if r.OK() {
		t.Error("all is said to be as it must be")
	}
}

func TestRequire(t *testing.T) {
	for _, c := range []struct {
		steps, branches coverage.Count
		percent         float64
		below           int
	}{
		{coverage.Count{Covered: 1, All: 2}, coverage.Count{Covered: 1, All: 4}, 25, 0},
		{coverage.Count{Covered: 1, All: 2}, coverage.Count{Covered: 1, All: 4}, 26, 1},
		{coverage.Count{Covered: 1, All: 2}, coverage.Count{Covered: 1, All: 4}, 51, 2},
		{coverage.Count{}, coverage.Count{}, 100, 0},
	} {
		r := &Run{Coverage: &coverage.Report{Steps: c.steps, Branches: c.branches}}
		r.Require(c.percent)
		if len(r.Below) != c.below || r.OK() != (c.below == 0) {
			t.Errorf("%+v: %q", c, r.Below)
		}
	}
}

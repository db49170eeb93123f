package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weirflow/weir/cmd/weir/internal/coverage"
	"github.com/weirflow/weir/cmd/weir/internal/report"
	"github.com/weirflow/weir/internal/canary"
)

// shopServer answers as a small API does, and sends back what it was sent.
func shopServer(t *testing.T) (host string, stop func()) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		w.Header().Set("Set-Cookie", "sid=s3cret-session")
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/login" {
			fmt.Fprintf(w, `{"session": {"token": "s3cret-session-token"}, "sent": %q}`, body)
			return
		}
		fmt.Fprintf(w, `{"id": %q, "as": %q, "key": %q}`, filepath.Base(r.URL.Path), r.Header.Get("Authorization"), r.URL.Query().Get("key"))
	}))
	return strings.TrimPrefix(server.URL, "http://"), server.Close
}

const shopFlow = `inputs:
  ids: number[]
outputs:
  items: any
  at: any
steps:
  - name: login
    card: http.post
    with:
      Request:
        URL: ${config.base}/login
        Headers: {X-Key: "${secret.api_key}"}
  - name: items
    map: ${input.ids}
    flow: item
    with: {id: "${item}", token: "${login.Response.Body.session.token}"}
    concurrency: 10
  - name: stamp
    card: date.now
  - return: {items: "${items.list}", at: "${stamp.iso}"}
`

const itemFlow = `type: helper
inputs:
  id: number
  token: text
outputs:
  item: any
steps:
  - name: get
    card: http.get
    with:
      Request:
        URL: ${config.base}/items/${input.id}
        Query: {key: "${secret.api_key}"}
        Headers: {Authorization: "Bearer ${input.token}"}
  - return: {item: "${get.Response.Body.id}"}
`

// TestRecordAndTest records a run against a server, and tests the connector with
// the tape when the server is gone: the same run passes, and another one fails
// with the difference. No secret is on the tape or printed.
func TestRecordAndTest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/connector.yaml", "key: shop\nname: Shop\nversion: 0.1.0\nhosts: [api.example.com]\nsecrets: {api_key: {}}\nconfig: {base: text}\n")
	flowFile := write(t, dir+"/flows/items.yaml", shopFlow)
	write(t, dir+"/flows/item.yaml", itemFlow)
	host, stop := shopServer(t)
	key := write(t, t.TempDir()+"/key", canaryText+"\n")
	tapePath := filepath.Join(dir, "tests", "items.tape.yaml")
	write(t, filepath.Join(dir, "tests", "items.yaml"), "name: as it was recorded\ntape: items.tape.yaml\n")
	record := func(flags ...string) outcome {
		return weir(t, "", append([]string{"run", dir, "items", "--input", `{"ids": [3, 11, 2]}`, "--set", "base=http://" + host,
			"--allow-host", host, "--secret", "api_key=@" + key, "--record", tapePath}, flags...)...)
	}
	var tapes []string
	for _, limit := range []string{"concurrency=1", "concurrency=10"} {
		o := record("--limit", limit, "--run-id", "shop-1")
		if o.code != exitDone || !strings.Contains(o.err, "recorded 4 requests in "+tapePath) {
			t.Fatalf("exit %d\n%s%s", o.code, o.out, o.err)
		}
		tapes = append(tapes, readText(t, tapePath))
	}
	steps := func(text string) string {
		var out []string
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "  - step: ") {
				out = append(out, strings.TrimPrefix(line, "  - step: "))
			}
		}
		return strings.Join(out, " ")
	}
	for _, text := range tapes {
		if got, want := steps(text), "items[0]/get items[1]/get items[2]/get login"; got != want {
			t.Errorf("recorded the steps %s, want %s", got, want)
		}
	}
	stop()
	canary.CheckDir(t, dir, canaryText, "s3cret-session-token", "s3cret-session")
	for _, want := range []string{"key: \"[secret api_key]\"", "Bearer [secret token]", "X-Key: \"[secret api_key]\""} {
		if !strings.Contains(tapes[1], want) {
			t.Errorf("the tape has no %s:\n%s", want, tapes[1])
		}
	}

	if o := weir(t, "", "check", dir); o.code != exitDone || o.err != "" {
		t.Errorf("check: exit %d, %s", o.code, o.err)
	}
	if out := done(t, "test", dir); out != "ok    tests/items.yaml: as it was recorded\n1 passed, 0 failed\n" {
		t.Errorf("the test prints\n%s", out)
	}
	write(t, flowFile, strings.NewReplacer("/login", "/sign-in", `X-Key: "${secret.api_key}"`, `X-Key: "key ${secret.api_key}"`).Replace(shopFlow))
	o := weir(t, "", "test", dir)
	want := `FAIL  tests/items.yaml: as it was recorded
      unexpected request: POST http://` + host + `/sign-in (step login)
        the exchange of this step, at tests/items.tape.yaml:LINE:5, differs:
          url: want http://` + host + `/login, got http://` + host + `/sign-in
          header x-key: want "[secret api_key]", got "key [secret api_key]"
`
	line := regexp.MustCompile(`(items\.tape\.yaml):\d+:`)
	if got := line.ReplaceAllString(o.out, "$1:LINE:"); o.code != exitFailed || !strings.HasPrefix(got, want) {
		t.Errorf("exit %d\n%s\nwant\n%s", o.code, got, want)
	}
	for _, unused := range []string{"/items/3 (step items[0]/get)", "/items/11 (step items[1]/get)", "/items/2 (step items[2]/get)"} {
		if !strings.Contains(o.out, "expected request was not made: GET http://"+host+unused) {
			t.Errorf("%s is not told of in\n%s", unused, o.out)
		}
	}
}

// TestRecordFailures: a run that fails is recorded with its error; a recording
// that cannot be kept fails the command after the outputs are printed.
func TestRecordFailures(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/connector.yaml", "key: shop\nname: Shop\nversion: 0.1.0\nhosts: [api.example.com]\nsecrets: {api_key: {}}\nconfig: {base: text}\n")
	write(t, dir+"/flows/get.yaml", "outputs: {ok: boolean}\nsteps:\n  - name: get\n    card: http.get\n    with: {Request: {URL: \"${config.base}/gone\", Headers: {X-Key: \"${secret.api_key}\"}}}\n  - return: {ok: true}\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "abc" {
			w.WriteHeader(404)
		}
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	tapePath := filepath.Join(dir, "tests", "get.tape.json")
	write(t, filepath.Join(dir, "tests", "get.yaml"), "tape: get.tape.json\n")
	run := func(secret string, flags ...string) outcome {
		key := write(t, t.TempDir()+"/key", secret)
		return weir(t, "", append([]string{"run", dir, "get", "--set", "base=" + server.URL, "--allow-host", host, "--secret", "api_key=@" + key}, flags...)...)
	}
	if o := run("s3cret-key", "--record", tapePath); o.code != exitFailed || !strings.Contains(o.err, "http.status") || !strings.Contains(o.err, "recorded 1 request in") {
		t.Errorf("a run that fails: exit %d, %s", o.code, o.err)
	}
	if text := readText(t, tapePath); !strings.Contains(text, `"code": "http.status"`) {
		t.Errorf("the tape is %s", text)
	}
	if out := done(t, "test", dir); !strings.Contains(out, "1 passed") {
		t.Errorf("the replay prints %s", out)
	}
	if o := run("abc", "--record", tapePath); o.code != exitFailed || !strings.Contains(o.out, `"ok": true`) || !strings.Contains(o.err, "tape.secret") {
		t.Errorf("a secret that is too short: exit %d, %s%s", o.code, o.out, o.err)
	}
	for _, flags := range [][]string{{"--record", "x.yaml"}, {"--record", "x.tape.yaml", "--journal", "x"}} {
		if o := run("s3cret-key", flags...); o.code != exitUsage {
			t.Errorf("%v: exit %d, %s", flags, o.code, o.err)
		}
	}
}

// TestTestFiles: JUnit XML and coverage go to the files that are named; a
// coverage that only goes to a file is not printed.
func TestTestFiles(t *testing.T) {
	dir := t.TempDir()
	junit, covered := dir+"/junit.xml", dir+"/coverage.json"
	out := done(t, "test", "testdata/covered", "--junit", junit, "--coverage-out", covered)
	if strings.Contains(out, "coverage") || !strings.HasSuffix(out, "2 passed, 0 failed\n") {
		t.Errorf("printed\n%s", out)
	}
	var suites report.Suites
	if err := xml.Unmarshal([]byte(readText(t, junit)), &suites); err != nil || suites.Tests != 2 || suites.Name != "covered" || len(suites.Suites) != 1 {
		t.Errorf("the JUnit file holds %+v (%v)", suites, err)
	}
	var c coverage.Report
	if err := json.Unmarshal([]byte(readText(t, covered)), &c); err != nil || c.Steps.All != 7 || c.Steps.Covered != 6 || len(c.Flows) != 2 {
		t.Errorf("the coverage file holds %+v (%v)", c, err)
	}
	for _, flags := range [][]string{{"--tap", "--json"}, {"--min-coverage", "101"}, {"--min-coverage", "-1"}, {"--run", "("}, {"--run", "no such test"}} {
		if o := weir(t, "", append([]string{"test", "testdata/covered"}, flags...)...); o.code != exitUsage {
			t.Errorf("%v: exit %d, %s", flags, o.code, o.err)
		}
	}
	if o := weir(t, "", "test", "testdata/covered", "--junit", dir+"/none/junit.xml"); o.code != exitFailed || !strings.Contains(o.err, "source.file") {
		t.Errorf("a file that cannot be written: exit %d, %s", o.code, o.err)
	}
}

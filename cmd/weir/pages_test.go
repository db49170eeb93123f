package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pageBlocks returns the YAML of a page, by the line that each block begins with.
func pageBlocks(t *testing.T, page string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range guideBlock.FindAllStringSubmatch(readText(t, "../../docs/"+page), -1) {
		if m[1] != "yaml" {
			continue
		}
		first, _, _ := strings.Cut(m[2], "\n")
		first = strings.TrimSpace(strings.Split(first, " #")[0])
		if _, twice := out[first]; twice {
			first += " again"
		}
		if _, thrice := out[first]; thrice {
			t.Fatalf("%s: three blocks begin with %q", page, first)
		}
		out[first] = m[2]
	}
	return out
}

// take returns a block and strikes it off.
func take(t *testing.T, blocks map[string]string, first string) string {
	t.Helper()
	text, ok := blocks[first]
	if !ok {
		t.Fatalf("no block begins with %q", first)
	}
	delete(blocks, first)
	return text
}

// indent moves a block to the right.
func indent(text string) string {
	return regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(text, "  $1")
}

// helpers are the flows that the pages name and do not show.
var helpers = map[string]string{
	"subscribe":        "type: webhook_register\ninputs: {project: text}\nsteps:\n  - return: {registration: {id: \"1\"}}\n",
	"unsubscribe":      "type: webhook_deregister\nsteps: []\n",
	"list_collections": "type: helper\noutputs: {rows: \"object[]\"}\nsteps:\n  - return: {rows: [{key: a, value: b}]}\n",
	"record_fields":    "type: helper\ninputs: {collection: text}\noutputs: {fields: \"object[]\"}\nsteps:\n  - return: {fields: [{name: a, type: Text}]}\n",
	"custom_group":     "type: helper\noutputs: {group: object}\nsteps:\n  - return: {group: {name: Custom, extensible: true, fields: []}}\n",
	"per_issue":        "type: helper\ninputs: {Record: object, State: object}\nsteps: []\n",
	"per_user":         "type: helper\ninputs: {Record: object, State: object}\nsteps: []\n",
}

// TestConnectorExamples: the YAML of docs/CONNECTOR.md is one connector, which
// has no problem.
func TestConnectorExamples(t *testing.T) {
	blocks := pageBlocks(t, "CONNECTOR.md")
	dir := t.TempDir()
	flow := func(key, text string) { write(t, dir+"/flows/"+key+".yaml", text) }

	settings := take(t, blocks, "key: tracker")
	for first, empty := range map[string]string{"auth:": "auth: []", "rates:": "rates: []", "tables:": "tables: {}"} {
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(empty) + `.*\n`)
		if !line.MatchString(settings) {
			t.Fatalf("connector.yaml has no line %q", empty)
		}
		settings = line.ReplaceAllLiteralString(settings, take(t, blocks, first))
	}
	settings = strings.Replace(settings, "connections: {}", "connections: {my_okta: {connector: okta, name: My Okta}}", 1)
	write(t, dir+"/connector.yaml", settings)
	icon, err := os.ReadFile("../../examples/stripe/assets/icon.png")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/assets/icon.png", string(icon))
	write(t, dir+"/cards/okta.yaml", take(t, blocks, "key: okta"))

	flow("new_issue", take(t, blocks, "name: New Issue")+"options: {project: {label: Project}}\nsteps: []\n")
	for i, text := range strings.Split(take(t, blocks, "type: scheduled"), "---\n") {
		flow([]string{"nightly", "asked", "joined"}[i], text+"steps: []\n")
	}
	flow("create_record", take(t, blocks, "name: Create Record")+"steps:\n  - return: {}\n")
	flow("use_okta", "inputs: {id: text, department: text}\nsteps:\n"+indent(take(t, blocks, "- name: user")))
	flow("list_issues", "inputs: {project: text}\nsteps:\n"+indent(take(t, blocks, "- name: issues")))
	for key, text := range helpers {
		flow(key, text)
	}
	flow("external_id", "type: helper\noutputs: {id: text}\nsteps:\n  - {name: id, card: text.uuid}\n  - return: {id: \"${id.output}\"}\n")

	flow("retried", "outputs: {id: text}\nsteps:\n  - card: http.get\n    with: {Request: {URL: \"https://api.tracker.example/\"}}\n"+
		indent(take(t, blocks, "retry: {for: rate_limits, times: 3, between: [60, 180]}"))+"  - return: {id: x}\n")

	other := t.TempDir()
	write(t, other+"/connector.yaml", "key: other\nname: Other\nversion: 1.0.0\nhosts: [api.tracker.example]\n"+take(t, blocks, "auth: again"))
	write(t, other+"/flows/a.yaml", "steps: []\n")
	if o := weir(t, "", "check", other); o.code != exitDone || o.err != "" {
		t.Errorf("exit %d\n%s%s", o.code, o.out, o.err)
	}
	if len(blocks) > 0 {
		t.Errorf("blocks that no test takes: %q", slices.Collect(maps.Keys(blocks)))
	}
	if o := weir(t, "", "check", dir); o.code != exitDone || o.err != "" {
		t.Errorf("exit %d\n%s%s", o.code, o.out, o.err)
	}
}

// TestLanguageExamples: the YAML of docs/LANGUAGE.md is one connector, which has
// no problem, whose test passes, and which a tape records as the page says.
func TestLanguageExamples(t *testing.T) {
	blocks := pageBlocks(t, "LANGUAGE.md")
	dir := t.TempDir()
	write(t, dir+"/connector.yaml", take(t, blocks, "key: stripe"))
	write(t, dir+"/flows/create_customer.yaml", take(t, blocks, "name: Create Customer"))
	tests := take(t, blocks, "tests:")
	write(t, dir+"/tests/customers.yaml", tests)
	replay := take(t, blocks, "flow: create_customer")
	if len(blocks) > 0 {
		t.Errorf("blocks that no test takes: %q", slices.Collect(maps.Keys(blocks)))
	}
	if o := weir(t, "", "check", dir); o.code != exitDone || o.err != "" {
		t.Fatalf("exit %d\n%s%s", o.code, o.out, o.err)
	}
	if out := done(t, "test", dir); !strings.Contains(out, "1 passed, 0 failed\n") {
		t.Errorf("the tests print\n%s", out)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sk_test_fake" || r.Method != http.MethodPost || r.URL.Path != "/v1/customers" {
			http.Error(w, "not what the page sends", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"id": "cus_1", "email": "jane@example.com"}`) // a client that has gone is no fault of the server
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	key := write(t, filepath.Join(t.TempDir(), "key"), "sk_test_fake")
	done(t, "run", dir, "create_customer", "--input", `{"email": "jane@example.com"}`, "--secret", "api_key=@"+key,
		"--set", "base_url="+server.URL, "--allow-host", host, "--record", dir+"/tests/customer.tape.yaml")
	write(t, dir+"/tests/replay.yaml", replay)
	if out := done(t, "test", dir); !strings.Contains(out, "2 passed, 0 failed\n") {
		t.Errorf("the tests print\n%s", out)
	}
}

// TestReleaseExamples: the commands of docs/RELEASE.md succeed as they stand.
func TestReleaseExamples(t *testing.T) {
	page := readText(t, "../../docs/RELEASE.md")
	t.Chdir(t.TempDir())
	m := guideBlock.FindStringSubmatch(page)
	if m == nil || m[1] != "sh" {
		t.Fatal("the page begins with no commands")
	}
	done(t, "new", "DIR", "--template", "custom", "--name", "Tracker")
	write(t, "DIR/flows/read_issue.yaml", "name: Read Issue\ndescription: Reads one issue.\ninputs: {id: {type: text, required: true}}\noutputs: {id: text}\nsteps:\n  - return: {id: \"${input.id}\"}\n")
	done(t, "keygen", "author")
	for range 2 {
		done(t, "version", "DIR") // two before the one that the page keeps, which is number 3
	}
	commands := 0
	for line := range strings.Lines(m[2]) {
		line, _, _ = strings.Cut(line, " #")
		args, ok := strings.CutPrefix(strings.TrimSpace(line), "weir ")
		if !ok {
			t.Fatalf("the page runs %q", line)
		}
		commands++
		quoted := regexp.MustCompile(`'([^']*)'|(\S+)`)
		var words []string
		for _, w := range quoted.FindAllStringSubmatch(args, -1) {
			words = append(words, w[1]+w[2])
		}
		done(t, words...)
	}
	if commands < 5 {
		t.Errorf("the page has %d commands", commands)
	}
}

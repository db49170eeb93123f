package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// library answers as the service of docs/GUIDE.md does.
func library(t *testing.T) string {
	t.Helper()
	answers := map[string]string{
		"GET /v1/me": `{}`, "GET /v1/books/1": `{"title": "Weirs", "published": {"year": 1999}, "authors": [{"name": "Ada"}]}`,
		"GET /v1/kinds": `{"items": [{"id": "novel", "title": "Novel"}]}`, "POST /v1/covers": `{"id": "c1"}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.Method+" "+r.URL.Path]
		if !ok || r.Header.Get("X-Api-Key") != secretMark {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	return strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
}

// TestGuideAgainstService runs the commands with which docs/GUIDE.md uses its
// service, as they stand, against one on this machine: only the address is
// another, and allowed.
func TestGuideAgainstService(t *testing.T) {
	host := library(t)
	page := readText(t, guidePage)
	t.Chdir(t.TempDir())
	dir, home := "library", t.TempDir()
	done(t, "new", dir, "--template", "custom", "--name", "Library")
	var commands, replay string
	for _, m := range guideBlock.FindAllStringSubmatch(page, -1) {
		kind, text := m[1], m[2]
		head := guideHead.FindStringSubmatch(text)
		switch {
		case kind == "yaml" && head != nil && !strings.HasPrefix(head[2], "tests/"):
			text = strings.ReplaceAll(strings.TrimPrefix(text, head[0]), "https://${auth.site}.library.example", "http://"+host)
			text = strings.ReplaceAll(text, "{{auth.site}}.library.example", host)
			write(t, filepath.Join(dir, filepath.FromSlash(head[2])), text)
		case kind == "yaml" && strings.HasPrefix(text, "# tests/recorded.yaml\n"):
			replay = text
		case kind == "text" && strings.HasPrefix(text, "export "):
			commands = text
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "tests")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	write(t, "cover.png", "picture")
	ran := 0
	for line := range strings.Lines(commands) {
		line, _, _ = strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, "~", home)), " #")
		if name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "="); ok && strings.HasPrefix(line, "export ") {
			if path, ok := strings.CutPrefix(value, "$(cat "); ok {
				value = readText(t, strings.TrimSuffix(path, ")"))
			}
			t.Setenv(name, value)
			continue
		}
		args := []string{}
		for _, w := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(strings.TrimPrefix(line, "weir "), -1) {
			args = append(args, w[1]+w[2])
		}
		o := weir(t, "town\n"+secretMark+"\n", append(args, "--allow-host", host)...)
		if o.code != exitDone {
			t.Fatalf("%s: exit %d\n%s%s", line, o.code, o.out, o.err)
		}
		if args[0] == "preview" && !strings.Contains(o.out, "- Novel (novel)") {
			t.Errorf("the preview shows\n%s", o.out)
		}
		ran++
	}
	if ran < 5 {
		t.Errorf("the guide has %d commands for its service", ran)
	}
	write(t, "tests/recorded.yaml", replay)
	if out := done(t, "test", "."); !strings.Contains(out, "1 passed, 0 failed\n") {
		t.Errorf("the recorded test prints\n%s", out)
	}
	o := weir(t, "", "run", ".", "add_cover", "--connection", "mine", "--input", `{"id": "1"}`, "--file", "picture=@cover.png", "--allow-host", host, "--record", "cover.tape.yaml")
	if o.code != exitDone || !strings.Contains(o.err, "the test gives them, in files") {
		t.Errorf("exit %d\n%s", o.code, o.err)
	}
	// A host that is not allowed tells what to do about it.
	o = weir(t, "", "run", ".", "read_book", "--connection", "mine", "--input", `{"id": "1"}`)
	if o.code != exitFailed || !strings.Contains(o.err, "--allow-host "+host) {
		t.Errorf("exit %d\n%s", o.code, o.err)
	}
	write(t, "tests/recorded.yaml", `{flow: read_book, input: {id: "1"}, connection: {auth: key, values: {site: town, api_key: test-key}}, output: {}}`)
	if o = weir(t, "", "test", "."); o.code != exitFailed || !strings.Contains(o.out, "fix: a service of your own") {
		t.Errorf("exit %d\n%s", o.code, o.out)
	}
}

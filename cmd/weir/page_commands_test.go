package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var (
	pageFence  = regexp.MustCompile("(?ms)^```\\w*\n(.*?)^```$")
	pageInline = regexp.MustCompile("`weir ([^`\n]+)`")
	pageWord   = regexp.MustCompile(`(?:^|\s)weir `)
	pageFlag   = regexp.MustCompile(`(?:^|\s)--([a-z][a-z-]*)`)
)

// pageCommands returns the command lines of a page, without the word weir.
func pageCommands(page string) []string {
	var out []string
	for _, m := range pageInline.FindAllStringSubmatch(pageFence.ReplaceAllString(page, ""), -1) {
		out = append(out, m[1])
	}
	for _, m := range pageFence.FindAllStringSubmatch(page, -1) {
		for line := range strings.Lines(m[1]) {
			out = append(out, pageWord.Split(line, -1)[1:]...)
		}
	}
	return out
}

// TestPageCommands: the command lines of all pages name commands that there are,
// with flags that they have.
func TestPageCommands(t *testing.T) {
	pages := []string{"../../README.md", "../../CHANGELOG.md", "../../SECURITY.md"}
	for _, pattern := range []string{"../../docs/*.md", "scaffold/*/README.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("%s: %d pages, %v", pattern, len(more), err)
		}
		pages = append(pages, more...)
	}
	known := leaves(t)
	found := 0
	for _, page := range pages {
		text := readText(t, page)
		if strings.Contains(text, "\nweir connect . ") && !(strings.Contains(text, "export WEIR_VAULT=") && strings.Contains(text, "--key-file")) {
			t.Errorf("%s: weir connect needs a vault and its key", page)
		}
		for _, line := range pageCommands(text) {
			words := strings.Fields(line)
			if strings.HasPrefix(words[0], "-") {
				continue // flags of weir itself
			}
			names := []string{words[0]}
			if words[0] == "connections" && len(words) > 1 {
				names = names[:0]
				for _, sub := range strings.Split(words[1], "|") {
					names = append(names, words[0]+" "+sub)
				}
			}
			for _, name := range names {
				found++
				cmd, ok := known[name]
				if !ok {
					t.Errorf("%s: there is no command weir %s", page, name)
					continue
				}
				for _, m := range pageFlag.FindAllStringSubmatch(line, -1) {
					if cmd.Flag(m[1]) == nil && cmd.InheritedFlags().Lookup(m[1]) == nil {
						t.Errorf("%s: weir %s has no flag --%s", page, name, m[1])
					}
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("the pages have %d command lines", found)
	}
}

// TestImportExamples: the commands of docs/IMPORT.md succeed as they stand, with
// documents that have what they name.
func TestImportExamples(t *testing.T) {
	page := readText(t, "../../docs/IMPORT.md")
	exports := map[string]string{}
	for file, name := range map[string]string{"onboarding.flopack": "call_flow", "tickets.folder": "table_rows", "ping.flow": "assign"} {
		a, err := txtar.ParseFile("../../testdata/flopack/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		exports[file] = string(a.Files[0].Data)
	}
	t.Chdir(t.TempDir())
	document := func(tag, operation, path string) string {
		return `{"openapi": "3.1.0", "info": {"title": "Service"}, "servers": [{"url": "https://api.service.example"}], "paths": {"` + path +
			`": {"get": {"operationId": "` + operation + `", "tags": ["` + tag + `"]}}, "/pulls": {"get": {"tags": ["pulls"]}}}}`
	}
	write(t, "petstore.yaml", document("pets", "list", "/pets"))
	write(t, "github.json", document("issues", "issues/list", "/issues"))
	write(t, "stripe.json", document("charges", "charge", "/charges"))
	write(t, "internal.json", document("a", "b", "/c"))
	for file, text := range exports {
		write(t, file, text)
	}
	blocks := guideBlock.FindAllStringSubmatch(page, -1)
	var commands []string
	for _, m := range blocks {
		if m[1] == "sh" {
			commands = slices.AppendSeq(commands, strings.Lines(m[2]))
		}
	}
	for _, line := range commands {
		line, _, _ = strings.Cut(line, " #")
		args := strings.Fields(line)
		at := slices.Index(args, "-o") + 1
		if at == 0 || args[0] != "weir" {
			t.Fatalf("the page runs %q", line)
		}
		if err := os.RemoveAll(args[at]); err != nil { // each line is an example of its own
			t.Fatal(err)
		}
		done(t, args[1:]...)
		made := 0
		for _, pattern := range []string{args[at], args[at] + "/*"} {
			files, err := filepath.Glob(pattern + "/connector.yaml")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				made++
				done(t, "check", filepath.Dir(f))
			}
		}
		want := map[bool]int{true: 2, false: 1}[slices.Contains(args, "--split")]
		if strings.Contains(line, "tickets.folder") {
			want = 3
		}
		if made != want {
			t.Errorf("%s makes %d connectors, want %d", line, made, want)
		}
	}
	if len(commands) < 7 {
		t.Errorf("the page has %d commands", len(commands))
	}
}

package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
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
	t.Chdir(t.TempDir())
	document := func(tag, operation, path string) string {
		return `{"openapi": "3.1.0", "info": {"title": "Service"}, "servers": [{"url": "https://api.service.example"}], "paths": {"` + path +
			`": {"get": {"operationId": "` + operation + `", "tags": ["` + tag + `"]}}, "/pulls": {"get": {"tags": ["pulls"]}}}}`
	}
	write(t, "petstore.yaml", document("pets", "list", "/pets"))
	write(t, "github.json", document("issues", "issues/list", "/issues"))
	write(t, "stripe.json", document("charges", "charge", "/charges"))
	write(t, "internal.json", document("a", "b", "/c"))
	blocks := guideBlock.FindAllStringSubmatch(page, -1)
	var commands []string
	for _, m := range blocks {
		if m[1] == "sh" {
			commands = slices.AppendSeq(commands, strings.Lines(m[2]))
		}
	}
	for _, line := range commands {
		line, _, _ = strings.Cut(line, " #")
		args, ok := strings.CutPrefix(strings.TrimSpace(line), "weir ")
		if !ok {
			t.Fatalf("the page runs %q", line)
		}
		done(t, strings.Fields(args)...)
	}
	if len(commands) < 4 {
		t.Errorf("the page has %d commands", len(commands))
	}
	for _, dir := range []string{"petstore", "github", "stripe/stripe_charges", "stripe/stripe_pulls", "internal"} {
		if o := weir(t, "", "check", dir); o.code != exitDone || o.err != "" {
			t.Errorf("%s: exit %d\n%s", dir, o.code, o.err)
		}
	}
}

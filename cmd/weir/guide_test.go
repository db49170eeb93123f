package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const guidePage = "../../docs/GUIDE.md"

var (
	guideBlock = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	guideHead  = regexp.MustCompile(`^# (file|printed by): (.+)\n`)
)

// TestGuide follows docs/GUIDE.md from top to bottom: it writes its files, runs
// its commands, all of which must succeed, and compares what they print with what
// the page says.
func TestGuide(t *testing.T) {
	page := readText(t, guidePage)
	t.Chdir(t.TempDir())
	printed := map[string]string{}
	files, commands := 0, 0
	for _, m := range guideBlock.FindAllStringSubmatch(page, -1) {
		kind, text := m[1], m[2]
		head := guideHead.FindStringSubmatch(text)
		switch {
		case kind == "yaml" && head != nil:
			files++
			write(t, filepath.FromSlash(head[2]), strings.TrimPrefix(text, head[0]))
		case kind == "sh":
			for line := range strings.Lines(text) {
				line = strings.TrimSpace(line)
				if dir, ok := strings.CutPrefix(line, "cd "); ok {
					t.Chdir(dir)
					continue
				}
				args, ok := strings.CutPrefix(line, "weir ")
				if !ok {
					t.Fatalf("the guide runs %q", line)
				}
				commands++
				printed[line] = done(t, words(args)...)
			}
		case kind == "text" && head != nil:
			if want := strings.TrimPrefix(text, head[0]); printed[head[2]] != want {
				t.Errorf("%s prints\n%s\nthe guide says\n%s", head[2], printed[head[2]], want)
			}
		}
	}
	if files < 10 || commands < 10 {
		t.Errorf("the guide has %d files and %d commands", files, commands)
	}
	if _, err := os.Stat("../library.weir"); err != nil {
		t.Error(err)
	}
}

// words splits a command line at spaces outside of double quotes.
func words(line string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

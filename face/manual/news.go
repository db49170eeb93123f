package manual

import (
	"regexp"
	"strings"
)

// versionHeading is a heading of a changelog that names a version: "## 1.2.0",
// "## [1.2.0] - 2026-01-02", "# Version 1.2".
var versionHeading = regexp.MustCompile(`^(#{1,3})\s+(?:[Vv]ersion\s+|v)?\[?(\d+(?:\.\d+){1,2}[0-9A-Za-z.+-]*)\]?(.*)$`)

// release is what a changelog says about one version.
type release struct {
	version string
	more    string // behind the version in its heading
	text    string
}

// releases reads a changelog. What belongs to no version is left out.
func releases(changelog string) []release {
	var out []release
	fenced, level := false, 0
	for line := range strings.Lines(strings.ReplaceAll(changelog, "\r\n", "\n")) {
		if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
			fenced = !fenced
		}
		bare := strings.TrimSuffix(line, "\n")
		if m := versionHeading.FindStringSubmatch(bare); m != nil && !fenced && (level == 0 || len(m[1]) == level) {
			level = len(m[1])
			out = append(out, release{version: m[2], more: strings.TrimSpace(m[3])})
			continue
		}
		if h := anyHeading.FindStringSubmatch(bare); h != nil && !fenced && len(h[1]) <= level {
			out = append(out, release{}) // a section that is no version
			continue
		}
		if len(out) > 0 {
			out[len(out)-1].text += line
		}
	}
	kept := out[:0]
	for _, r := range out {
		if r.version != "" {
			r.text = deeper(strings.TrimSpace(r.text), max(0, 3-level))
			kept = append(kept, r)
		}
	}
	return kept
}

// news writes what is new in each version. The text is the author's Markdown.
func (w *writer) news(p *page) {
	if w.opt.Changelog == "" {
		return
	}
	p.heading(2, "What is new")
	list := releases(w.opt.Changelog)
	if len(list) == 0 {
		p.line("Nothing is said about it.")
	}
	for _, r := range list {
		title := r.version
		if r.more != "" {
			title += " " + r.more
		}
		p.heading(3, title)
		if r.text != "" {
			p.line("%s", r.text)
		}
	}
}

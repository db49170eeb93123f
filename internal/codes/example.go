package codes

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MainFile is the file of an example's source where no other is named.
const MainFile = "flows/main.yaml"

// Connector is the connector.yaml of an example that has none of its own.
const Connector = "key: example\nname: Example\nversion: 1.0.0\nhosts: [example.com]\n"

// Example is a connector that gives a code, or the name of a module or bundle
// that does.
// It is written as lines: first settings of the form "# key: value", then the
// lines of files, each file behind a line with its name, such as
// "# flows/part.yaml". Lines before the first name belong to MainFile.
type Example struct {
	Settings []Setting
	Source   string // the lines behind the settings, as they are written
}

// Setting is one fact about how an example is run.
type Setting struct{ Key, Value string }

// Keys returns the settings that there are, each with what it says.
func Keys() []Setting {
	return []Setting{
		{"run", "the flow `main` runs with these inputs; without it the example is only compiled"},
		{"check", "`release`: the rules for connectors that are handed to others apply; their warnings stand beside the error"},
		{"flow", "another flow than `main` runs"},
		{"limit", "a limit of the run, as `weir run --limit` takes it; a limit of the trace asks for one"},
		{"http", "what the server example.com does: `status` N, where to after `to`; `body` TEXT with status 200; `silent` " +
			"never answers; `raw` TEXT instead of HTTP; `refuses` connections; `untrusted` certificate. Without it no host has an address"},
		{"given", "what the run has besides: `tables`, `files`, `a host` whose caller does not answer, `a connector` that provides cards of other " +
			"connectors, or `a broken connector`; `a foreign file` of another run on every input of type file"},
		{"tape", "the run is answered from a tape: `of` an earlier run with these inputs"},
		{"journal", "the journal of the run: `closed`, or `of` an earlier run with these inputs"},
		{"tenant", "`busy`: the run's tenant may have one run at work and has it"},
		{"context", "`ended`: the caller's context has ended"},
		{"import", "the source is a file of this kind, which is imported"},
		{"module", "a module to be loaded: a file of `testdata/`, without its extension"},
		{"bundle", "a bundle to be opened: a file of `testdata/bundles/`, without its extension"},
	}
}

// Setting returns the value of a setting, and whether it is there.
func (e *Example) Setting(key string) (string, bool) {
	for _, s := range e.Settings {
		if s.Key == key {
			return s.Value, true
		}
	}
	return "", false
}

var (
	settingLine = regexp.MustCompile(`^# ([a-z]+): (.+)$`)
	fileLine    = regexp.MustCompile(`^# ([\w/.-]+\.(?:yaml|json))$`)
	character   = regexp.MustCompile(`<U\+([0-9A-F]{4,6})>`)
	counted     = regexp.MustCompile(`<1\.\.([0-9]{1,4})>`)
)

// parseExample reads the indented block of a comment.
func parseExample(block string) (*Example, error) {
	e := &Example{}
	var lines []string
	for line := range strings.Lines(strings.Trim(block, "\n")) {
		line = strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "\t")
		m := settingLine.FindStringSubmatch(line)
		if m == nil || len(lines) > 0 {
			lines = append(lines, line)
			continue
		}
		if !slices.ContainsFunc(Keys(), func(s Setting) bool { return s.Key == m[1] }) {
			return nil, fmt.Errorf("examples have no setting %q", m[1])
		}
		if _, dup := e.Setting(m[1]); dup && m[1] != "limit" {
			return nil, fmt.Errorf("the setting %q stands twice", m[1])
		}
		e.Settings = append(e.Settings, Setting{m[1], m[2]})
	}
	e.Source = strings.Join(lines, "\n")
	_, module := e.Setting("module")
	_, bundle := e.Setting("bundle")
	if (module || bundle) != (e.Source == "") {
		return nil, fmt.Errorf("an example has either source or a module or bundle")
	}
	return e, nil
}

// Imported returns the file of an example that is imported, or "".
func (e *Example) Imported() string {
	if _, ok := e.Setting("import"); !ok {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(e.Source + "\n") {
		b.WriteString(expand(line))
	}
	return b.String()
}

// Files returns the source by file name. <U+202E> becomes the character of that
// number, and a line with <1..65> becomes 65 lines, one with each number. An
// example without a connector.yaml gets Connector.
func (e *Example) Files() map[string]string {
	files := map[string]string{}
	name := MainFile
	for line := range strings.Lines(e.Source + "\n") {
		if m := fileLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			name = m[1]
			continue
		}
		files[name] += expand(line)
	}
	if _, ok := files["connector.yaml"]; !ok {
		files["connector.yaml"] = Connector
	}
	return files
}

func expand(line string) string {
	line = character.ReplaceAllStringFunc(line, func(s string) string {
		n, _ := strconv.ParseInt(character.FindStringSubmatch(s)[1], 16, 32) // the pattern lets nothing else through
		return string(rune(n))
	})
	m := counted.FindStringSubmatch(line)
	if m == nil {
		return line
	}
	last, _ := strconv.Atoi(m[1])
	var b strings.Builder
	for n := range last {
		b.WriteString(counted.ReplaceAllString(line, strconv.Itoa(n+1)))
	}
	return b.String()
}

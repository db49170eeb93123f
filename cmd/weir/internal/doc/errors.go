package doc

import (
	"fmt"
	"strings"

	"github.com/weirflow/weir/internal/codes"
)

// Errors renders docs/ERRORS.md from the comments of the codes.
func Errors(all []codes.Doc) string {
	var b strings.Builder
	b.WriteString("# Errors\n\n" + generated)
	b.WriteString("Every error has a stable code. An If Error handler sees it as `${error.error}`; codes marked with † end the run\nwhatever its flows do.\n")
	examples(&b)
	group := ""
	for _, c := range all {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		mark := ""
		if c.Code.Trap() {
			mark = " †"
		}
		fmt.Fprintf(&b, "\n### `%s`%s\n\n%s\n", c.Code, mark, c.Text)
		if v := c.Code.Vendor(); v != "" {
			fmt.Fprintf(&b, "\nThe vendor's code for it is `%s`.\n", v)
		}
		if c.Example != nil {
			example(&b, c.Example)
		}
	}
	return b.String()
}

// examples says how the examples of the page are to be read.
func examples(b *strings.Builder) {
	fmt.Fprintf(b, "\n## How to read the examples\n\n")
	fmt.Fprintf(b, "Each example gives its code, which a test holds it to. It is `%s` where no line names another file, and belongs to\n"+
		"this connector where it has no `connector.yaml` of its own:\n\n```yaml\n%s```\n", codes.MainFile, codes.Connector)
	b.WriteString("\n`<U+202E>` stands for the character of that number; a line with `<1..65>` stands for 65 lines with a number each.\n" +
		"What stands above an example says how it is run:\n\n| Setting | Meaning |\n|---|---|\n")
	for _, k := range codes.Keys() {
		fmt.Fprintf(b, "| `%s` | %s |\n", k.Key, cell(k.Value))
	}
}

func example(b *strings.Builder, e *codes.Example) {
	var settings []string
	for _, s := range e.Settings {
		settings = append(settings, code(s.Key+": "+s.Value))
	}
	if len(settings) > 0 {
		b.WriteString("\n" + strings.Join(settings, ", ") + "\n")
	}
	if e.Source != "" {
		fmt.Fprintf(b, "\n```yaml\n%s\n```\n", e.Source)
	}
}

// code writes text as a code span, whose fence is longer than any run of
// backquotes in it (CommonMark 6.1).
func code(s string) string {
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if fence == "`" {
		return fence + s + fence
	}
	return fence + " " + s + " " + fence
}

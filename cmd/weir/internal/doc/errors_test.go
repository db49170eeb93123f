package doc

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/internal/codes"
)

func TestErrors(t *testing.T) {
	page := Errors([]codes.Doc{
		{Group: "Source", Code: flow.CodeSourceSyntax, Text: "Not YAML.", Example: &codes.Example{Source: "steps: ["}},
		{Group: "Run", Code: flow.CodeFlowError, Text: "Ended.", Example: &codes.Example{
			Settings: []codes.Setting{{Key: "run", Value: "{\"a\": \"`b`\"}"}, {Key: "http", Value: "silent"}}, Source: "# flows/main.yaml\nsteps:\n  - return: {}",
		}},
		{Group: "Run", Code: flow.CodeModuleABI, Text: "Another ABI.", Example: &codes.Example{Settings: []codes.Setting{{Key: "module", Value: "hostile/a"}}}},
		{Group: "Run", Code: flow.CodeInternal, Text: "A fault."},
	})
	const want = "\n## Source\n\n### `source.syntax`\n\nNot YAML.\n\n```yaml\nsteps: [\n```\n" +
		"\n## Run\n\n### `flow.error`\n\nEnded.\n\n`` run: {\"a\": \"`b`\"} ``, `http: silent`\n\n```yaml\n# flows/main.yaml\nsteps:\n  - return: {}\n```\n" +
		"\n### `module.abi`\n\nAnother ABI.\n\n`module: hostile/a`\n" +
		"\n### `internal` †\n\nA fault.\n"
	head, ok := strings.CutSuffix(page, want)
	if !ok {
		t.Fatalf("the page ends otherwise:\n%s\nwant\n%s", page, want)
	}
	for _, k := range codes.Keys() {
		if !strings.Contains(head, "| `"+k.Key+"` | ") {
			t.Errorf("the head does not explain %q:\n%s", k.Key, head)
		}
	}
}

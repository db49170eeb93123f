package emit

import (
	"testing"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// TestLiteral: a literal that is written and read again is the same value.
func TestLiteral(t *testing.T) {
	for _, json := range []string{
		`null`, `true`, `false`, `0`, `-1.5`, `9007199254740992`, `100000000000000000000`, `-1e300`, `5e-324`, `""`, `"12"`, `"true"`, `"null"`,
		`"${input.a}"`, `"$${"`, `"$"`, `"a: b # c"`, `"two\nlines\n"`, `[]`, `{}`, `[[1, "${x}"], {"a b": {"c": null}}]`,
	} {
		v, err := flow.ParseJSON([]byte(json), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		doc := &source.Document{File: "flows/a.yaml", Root: Map("steps", List(Map("assign", Map("v", Line("type", "any")))))}
		Put(doc.Root.Get("steps").Members[0].Value.Get("assign").Get("v"), "value", syntax.LiteralNode(v))
		text := source.Print(doc)
		tree, problems := syntax.Parse([]source.File{
			{Name: "connector.yaml", Data: []byte("key: a\nname: A\nversion: 1.0.0\n")}, {Name: "flows/a.yaml", Data: text},
		})
		if len(problems) > 0 {
			t.Errorf("%s is written as\n%s\n%v", json, text, problems)
			continue
		}
		got, ok := syntax.Constant(tree.Flows[0].Steps[0].Do.(*syntax.Assign).Values[0].Value)
		if !ok || !flow.Equal(got, v) {
			t.Errorf("%s is written as\n%s\nwhich reads %s", json, text, got)
		}
	}
}

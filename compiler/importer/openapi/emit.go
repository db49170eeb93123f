package openapi

import (
	"github.com/weirflow/weir/compiler/internal/source"
)

// remark puts a comment above a step.
func remark(step *source.Node, text string) *source.Node {
	step.Members[0].Head = []string{"# " + text}
	return step
}

// comment puts a comment above the first member of a file.
func comment(root *source.Node, lines ...string) *source.Document {
	doc := &source.Document{Root: root}
	for _, l := range lines {
		doc.Head = append(doc.Head, "# "+l)
	}
	return doc
}

package compiler

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// DataLimits bound a file of plain data. A zero field means what source files
// may have: 256 KiB and 20,000 values.
type DataLimits struct {
	Bytes  int
	Values int
}

// ReadData reads a file that holds plain data in the same YAML or JSON as source:
// nothing in it is a reference. The error is flow.Diagnostics with the codes of
// any source: source.limit, source.text, source.syntax, source.duplicate and
// source.value.
func ReadData(f File, lim DataLimits) (*flow.Node, error) {
	l := source.SourceLimits()
	if lim.Bytes > 0 {
		l.Bytes = lim.Bytes
	}
	if lim.Values > 0 {
		l.Nodes = lim.Values
	}
	doc, problems := source.ParseWithin(f, l)
	if problems.HasErrors() {
		source.AddLines(problems, []File{f})
		return nil, problems
	}
	return doc.Root.Plain(), nil
}

// PrintData writes plain data as a file in canonical form: as YAML, or as JSON
// where the name ends so. ReadData gives the same data again. What is not data (a
// file, a secret) is written as it prints.
func PrintData(name string, v flow.Value) []byte { return source.Print(source.NewDocument(name, v)) }

// Layout is the canonical order of the fields of a file of plain data.
type Layout struct {
	Fields []string           // of a mapping, in order; others stand behind them as they were
	Inside map[string]*Layout // of what fields hold
	Each   *Layout            // of every item of a list, or every member of a mapping
}

// FormatData is Format for a file of plain data.
func FormatData(f File, l *Layout) ([]byte, error) {
	return syntax.FormatWith(f, func(doc *source.Document) { l.arrange(doc.Root) })
}

func (l *Layout) arrange(n *source.Node) {
	if l == nil {
		return
	}
	syntax.Order(n, l.Fields)
	for _, m := range n.Members {
		if n.Kind == source.Map && slices.Contains(l.Fields, m.Key) {
			l.Inside[m.Key].arrange(m.Value)
			continue
		}
		l.Each.arrange(m.Value)
	}
}

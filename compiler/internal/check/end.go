package check

import (
	"strings"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// openEnd warns of a flow that has outputs and can come to its end without a
// return: it stops there, and whoever waits for the outputs gets nothing.
func (b *body) openEnd() {
	f := b.fi.Flow
	if len(f.Steps) == 0 {
		b.d.Warning(flow.CodeFlowEnd, f.Pos, "the flow ends without a return, and gives none of its outputs").
			WithFix("add the step %s", sampleReturn(f.Promised()))
		return
	}
	last := f.Steps[len(f.Steps)-1]
	e := b.d.Warning(flow.CodeFlowEnd, last.Pos, "the flow can end behind this step without a return, and then gives none of its outputs")
	switch last.Do.(type) {
	case *syntax.If:
		e.WithFix("add the step %s behind it, or in the branch that has none", sampleReturn(f.Promised()))
		return
	case *syntax.Choose, *syntax.Try:
		left := false
		for _, steps := range nested(last) {
			walk(steps, func(s *syntax.Step) {
				_, is := s.Do.(*syntax.Return)
				left = left || is
			})
		}
		if left {
			e.WithFix("a return inside leaves only the block: add the step %s behind it", sampleReturn(f.Promised()))
			return
		}
	}
	e.WithFix("add the step %s behind it", sampleReturn(f.Promised()))
}

// sampleReturn writes a return as an author would begin it.
func sampleReturn(outputs []*syntax.Field) string {
	const shown = 3
	var parts []string
	for i, o := range outputs {
		if i == shown {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, o.Key.Text+": …")
	}
	return "return: {" + strings.Join(parts, ", ") + "}"
}

package check

import (
	"fmt"
	"strings"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// openEnd is what is wrong with a flow that has outputs and can come to its end
// without a return: it stops there, and whoever waits for the outputs gets
// nothing.
func openEnd(code flow.Code, f *syntax.Flow) *flow.Error {
	sample := sampleReturn(f.Promised())
	if len(f.Steps) == 0 {
		e := flow.Errorf(code, "the flow ends without a return, and gives none of its outputs")
		e.Pos, e.Fix = f.Pos, "add the step "+sample
		return e
	}
	last := f.Steps[len(f.Steps)-1]
	e := flow.Errorf(code, "the flow can end behind this step without a return, and then gives none of its outputs")
	e.Pos, e.Fix = last.Pos, fmt.Sprintf("add the step %s behind it", sample)
	switch last.Do.(type) {
	case *syntax.If:
		e.Fix += ", or in the branch that has none"
	case *syntax.Choose, *syntax.Try:
		if holdsReturn(last) {
			e.Fix = "a return inside leaves only the block: " + e.Fix
		}
	}
	return e
}

// holdsReturn reports whether a return stands in the blocks of a step.
func holdsReturn(s *syntax.Step) bool {
	found := false
	for _, steps := range nested(s) {
		walk(steps, func(s *syntax.Step) {
			_, is := s.Do.(*syntax.Return)
			found = found || is
		})
	}
	return found
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

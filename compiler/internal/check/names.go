package check

import (
	"strconv"
	"strings"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// names gives every step of a flow its name and reports names given twice. A
// step without one is named after what it does: concat, concat_2, if, map_2.
func (c *checker) names(f *syntax.Flow) {
	given := map[string]*syntax.Step{}
	walk(f.Steps, func(s *syntax.Step) {
		c.info.Steps[s] = &StepInfo{What: what(s)}
		if s.Name.Text == "" {
			return
		}
		if first, dup := given[s.Name.Text]; dup {
			c.d.Error(flow.CodeSourceDuplicate, s.Name.Pos, "the name %q is already that of the step on line %d",
				s.Name.Text, first.Name.Pos.Line)
			return
		}
		given[s.Name.Text] = s
	})
	taken := map[string]bool{}
	for name := range given {
		taken[name] = true
	}
	next := map[string]int{}
	walk(f.Steps, func(s *syntax.Step) {
		si := c.info.Steps[s]
		if si.Name = s.Name.Text; si.Name != "" {
			return
		}
		base := si.What
		if card, ok := s.Do.(*syntax.Card); ok {
			base = card.Key.Text[strings.LastIndexAny(card.Key.Text, ".:")+1:]
		}
		for si.Name = ""; si.Name == "" || taken[si.Name]; {
			next[base]++
			si.Name = base
			if n := next[base]; n > 1 {
				si.Name += "_" + strconv.Itoa(n)
			}
		}
		taken[si.Name] = true
	})
}

// what returns the card key or construct of a step.
func what(s *syntax.Step) string {
	switch do := s.Do.(type) {
	case *syntax.Card:
		return do.Key.Text
	case *syntax.If:
		return "if"
	case *syntax.Choose:
		return "choose"
	case *syntax.Try:
		return "try"
	case *syntax.Return:
		return "return"
	case *syntax.ReturnError:
		if do.When != nil {
			return "return_error_if"
		}
		return "return_error"
	case *syntax.ContinueIf:
		return "continue_if"
	case *syntax.Assign:
		return "assign"
	case *syntax.Cursor:
		return "cursor"
	case *syntax.Paginate:
		return "paginate"
	case *syntax.Start:
		return "start"
	case *syntax.ReturnRaw:
		return "return_raw"
	case *syntax.Pause:
		if do.Raw {
			return "pause_raw"
		}
		return "pause"
	case *syntax.AssignIf:
		return "assign_if"
	case *syntax.Lookup:
		return "lookup"
	case *syntax.Call:
		return "call"
	case *syntax.Loop:
		return string(do.Kind)
	}
	panic("check: unknown step")
}

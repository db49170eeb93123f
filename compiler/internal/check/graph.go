package check

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// callSite is one step that calls a flow.
type callSite struct {
	name syntax.Str
	to   *FlowInfo
}

// order finds who calls whom and puts callees before callers. It reports unknown
// flows, flows that cannot be called, and circles. With a circle there is no
// order, and it returns false.
func (c *checker) order(flows []*FlowInfo) bool {
	sites := map[*FlowInfo][]callSite{}
	c.calls = map[*FlowInfo][]*FlowInfo{}
	var helpers []string
	for _, fi := range flows {
		if fi.Flow.Type.Text == flow.FlowHelper {
			helpers = append(helpers, fi.Flow.Key.Text)
		}
	}
	for _, fi := range flows {
		walk(fi.Flow.Steps, func(s *syntax.Step) {
			for _, name := range called(s) {
				to, ok := c.info.ByKey[name.Text]
				switch {
				case !ok && c.inactive(name.Text) != nil:
					c.d.Error(flow.CodeFlowUnknown, name.Pos, "the flow %q is switched off", name.Text).
						WithFix("remove active: false in %s", c.inactive(name.Text).File)
					continue
				case !ok && c.conn.Unread.Flow(name.Text):
					continue
				case !ok:
					c.d.Error(flow.CodeFlowUnknown, name.Pos, "no flow has the key %s", flow.Excerpt(name.Text)).
						Fix = problem.Suggest(name.Text, helpers)
					continue
				case to.Flow.Type.Text != flow.FlowHelper:
					c.d.Error(flow.CodeFlowType, name.Pos, "the flow %q is of type %s, and only helpers can be called", name.Text, to.Flow.Type.Text).
						WithFix("set type: helper in %s", to.Flow.File)
				}
				sites[fi] = append(sites[fi], callSite{name, to})
				if !slices.Contains(c.calls[fi], to) {
					c.calls[fi] = append(c.calls[fi], to)
				}
			}
		})
	}
	return c.noCircles(flows, sites)
}

// called lists the flows that a step calls.
func called(s *syntax.Step) []syntax.Str {
	switch do := s.Do.(type) {
	case *syntax.Call:
		return []syntax.Str{do.Flow}
	case *syntax.Loop:
		return []syntax.Str{do.Flow}
	case *syntax.Paginate:
		return []syntax.Str{do.Flow}
	case *syntax.Card:
		var out []syntax.Str
		if do.Pages != nil && do.Pages.Flow.Text != "" {
			out = append(out, do.Pages.Flow)
		}
		if do.Stream != nil {
			out = append(out, do.Stream.Flow)
		}
		if do.OnError != nil && do.OnError.Call != nil {
			out = append(out, do.OnError.Call.Flow)
		}
		return out
	}
	return nil
}

// inactive returns the flow of a key that is switched off, or nil.
func (c *checker) inactive(key string) *syntax.Flow {
	i := slices.IndexFunc(c.conn.Inactive, func(f *syntax.Flow) bool { return f.Key.Text == key })
	if i < 0 {
		return nil
	}
	return c.conn.Inactive[i]
}

// noCircles sorts the flows, callees first, and reports circles of calls. It
// keeps its own stack: the longest chain of calls is as long as there are flows.
func (c *checker) noCircles(flows []*FlowInfo, sites map[*FlowInfo][]callSite) bool {
	const (
		open = 1
		done = 2
	)
	type frame struct {
		fi   *FlowInfo
		next int
	}
	state := map[*FlowInfo]int{}
	ok := true
	for _, root := range flows {
		if state[root] != 0 {
			continue
		}
		state[root] = open
		stack := []frame{{fi: root}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(sites[top.fi]) {
				state[top.fi] = done
				top.fi.Index = len(c.info.Flows)
				c.info.Flows = append(c.info.Flows, top.fi)
				stack = stack[:len(stack)-1]
				continue
			}
			site := sites[top.fi][top.next]
			top.next++
			switch state[site.to] {
			case 0:
				state[site.to] = open
				stack = append(stack, frame{fi: site.to})
			case open:
				ok = false
				var circle []string
				for _, f := range stack {
					if f.fi == site.to || len(circle) > 0 {
						circle = append(circle, f.fi.Flow.Key.Text)
					}
				}
				circle = append(circle, site.to.Flow.Key.Text)
				c.d.Error(flow.CodeFlowCycle, site.name.Pos, "flows call each other in a circle: %s", strings.Join(circle, " > "))
			}
		}
	}
	return ok
}

// walk visits steps and what is nested in them, in the order of the source.
func walk(steps []*syntax.Step, visit func(*syntax.Step)) {
	for _, s := range steps {
		visit(s)
		for _, inner := range nested(s) {
			walk(inner, visit)
		}
	}
}

// nested returns the lists of steps inside a step.
func nested(s *syntax.Step) [][]*syntax.Step {
	switch do := s.Do.(type) {
	case *syntax.If:
		return [][]*syntax.Step{do.Then, do.Else}
	case *syntax.Choose:
		var out [][]*syntax.Step
		for _, b := range do.Branches {
			out = append(out, b.Steps)
		}
		return out
	case *syntax.Try:
		return [][]*syntax.Step{do.Steps, do.IfError}
	}
	return nil
}

package check

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// connectionInputs finds the inputs that are the Connection: objects without a
// default that every caller gives ${auth}, or an input of its own that is the
// Connection. What of such an input is secret is known, and the rest can be
// compared and chosen by, as ${auth.selected} is.
func (c *checker) connectionInputs() {
	type arg struct {
		caller *FlowInfo
		value  syntax.Expr // nil for what is no single expression
	}
	given := map[*FlowInfo]map[string][]arg{}
	note := func(caller *FlowInfo, key string, args []*syntax.Arg, plain bool) {
		to := c.info.ByKey[key]
		if to == nil {
			return
		}
		if given[to] == nil {
			given[to] = map[string][]arg{}
		}
		if !plain {
			for _, in := range to.Flow.Inputs {
				given[to][in.Key.Text] = append(given[to][in.Key.Text], arg{caller, nil})
			}
			return
		}
		for _, a := range args {
			given[to][a.Key.Text] = append(given[to][a.Key.Text], arg{caller, a.Value})
		}
	}
	for _, fi := range c.info.Flows {
		walk(fi.Flow.Steps, func(s *syntax.Step) {
			switch do := s.Do.(type) {
			case *syntax.Call:
				note(fi, do.Flow.Text, do.With, true)
			case *syntax.Loop:
				note(fi, do.Flow.Text, do.With, len(do.With) > 0)
			case *syntax.Paginate:
				note(fi, do.Flow.Text, nil, false)
			case *syntax.Card:
				if do.Pages != nil {
					note(fi, do.Pages.Flow.Text, nil, false)
				}
			}
		})
	}
	for to, inputs := range given {
		to.Connection = make([]bool, len(to.Flow.Inputs))
		for i, in := range to.Flow.Inputs {
			to.Connection[i] = in.Type.Is(flow.BaseObject) && in.Default == nil && len(inputs[in.Key.Text]) > 0
		}
	}
	is := func(a arg) bool {
		r, ok := a.value.(*syntax.Ref)
		switch {
		case ok && r.Root == syntax.RootAuth:
			return len(r.Path) == 0
		case ok && r.Root == syntax.RootInput && len(r.Path) == 1 && a.caller.Connection != nil:
			i := slices.IndexFunc(a.caller.Flow.Inputs, func(in *syntax.Field) bool { return in.Key.Text == r.Path[0] })
			return i >= 0 && a.caller.Connection[i]
		}
		return false
	}
	// Callers come behind the flows that they call: from the last to the first, each
	// flow's own inputs are known before it hands them on.
	for _, fi := range slices.Backward(c.info.Flows) {
		for i := range fi.Connection {
			for _, a := range given[fi][fi.Flow.Inputs[i].Key.Text] {
				fi.Connection[i] = fi.Connection[i] && is(a)
			}
		}
	}
}

// connectionType is the type of an input that is the Connection. Its members are
// whatever a test gives them, so only what is secret is said of them.
func (c *checker) connectionType() flow.Type {
	var fields []flow.Field
	for _, k := range c.info.AuthKeys {
		fields = append(fields, flow.Field{Key: k, Type: withSecret(flow.AnyType, c.info.Auth[k].Secret)})
	}
	return flow.ObjectTypeOf(fields...)
}

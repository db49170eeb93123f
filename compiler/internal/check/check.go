package check

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// Check checks a connector that was parsed without errors, against the cards of
// a registry (nil: none). It reports every problem; Info is complete only when
// none of them is an error.
//
// The tree is completed on the way: card inputs nested under a group become
// arguments of that group, and a loop without arguments gives its item to the
// only input of its flow.
func Check(conn *syntax.Connector, reg *flow.Registry) (*Info, flow.Diagnostics) {
	c := newChecker(conn, reg)
	d := c.run()
	return c.info, d
}

func newChecker(conn *syntax.Connector, reg *flow.Registry) *checker {
	return &checker{conn: conn, reg: reg, info: &Info{
		ByKey:   map[string]*FlowInfo{},
		Steps:   map[*syntax.Step]*StepInfo{},
		Refs:    map[*syntax.Ref]*Target{},
		Secrets: map[string]int{},
		Config:  map[string]int{},
		Auth:    map[string]AuthValue{},
	}}
}

func (c *checker) run() flow.Diagnostics {
	conn := c.conn
	c.externals()
	c.connector()
	flows := make([]*FlowInfo, 0, len(conn.Flows))
	for _, f := range conn.Flows {
		fi := &FlowInfo{Flow: f, SecretIn: make([]string, len(f.Inputs)), SecretOut: make([]bool, len(f.Outputs))}
		if other, dup := c.info.ByKey[f.Key.Text]; dup {
			c.d.Error(flow.CodeSourceDuplicate, f.Key.Pos, "the flow %q is already in %s", f.Key.Text, other.Flow.File)
			continue
		}
		c.info.ByKey[f.Key.Text] = fi
		flows = append(flows, fi)
	}
	if !c.order(flows) {
		return c.d.Sorted()
	}
	for _, fi := range c.info.Flows {
		c.declarations(fi.Flow)
		c.names(fi.Flow)
	}
	c.connectionInputs()
	c.settle()
	c.faces()
	return c.d.Sorted()
}

// checker holds what all flows share.
type checker struct {
	conn  *syntax.Connector
	reg   *flow.Registry
	info  *Info
	d     problem.List
	calls map[*FlowInfo][]*FlowInfo // who calls whom, each once
	later []func()                  // checks of settings that must know all flows

	external map[string]*flow.Card // cards of other connectors by key
	slots    map[string]*syntax.Slot
}

// settle checks the flows until nothing changes any more. A caller can make an
// input of a flow secret, and a flow can give its caller a secret; both only
// ever go from plain to secret, so this ends. The problems of a flow are those
// of its last round.
func (c *checker) settle() {
	found := map[*FlowInfo]flow.Diagnostics{}
	dirty := map[*FlowInfo]bool{}
	for _, fi := range c.info.Flows {
		dirty[fi] = true
	}
	callers := map[*FlowInfo][]*FlowInfo{}
	for caller, callees := range c.calls {
		for _, callee := range callees {
			callers[callee] = append(callers[callee], caller)
		}
	}
	for len(dirty) > 0 {
		for _, fi := range c.info.Flows {
			if !dirty[fi] {
				continue
			}
			delete(dirty, fi)
			before := fi.face()
			b := newBody(c, fi)
			b.flow()
			found[fi] = b.d.Sorted()
			for callee := range b.changed {
				dirty[callee] = true
			}
			if !fi.face().equal(before) {
				for _, caller := range callers[fi] {
					dirty[caller] = true
				}
			}
		}
	}
	for _, fi := range c.info.Flows {
		c.d.Append(found[fi])
	}
}

// face is what callers see of a flow besides its declaration.
type face struct {
	effect    flow.Effect
	always    bool
	auth      bool
	min, max  int64
	secretOut []bool
}

func (fi *FlowInfo) face() face {
	return face{fi.Effect, fi.AlwaysReturns, fi.UsesAuth, fi.CostMin, fi.CostMax, slices.Clone(fi.SecretOut)}
}

func (a face) equal(b face) bool {
	return a.effect == b.effect && a.always == b.always && a.auth == b.auth && a.min == b.min && a.max == b.max &&
		slices.Equal(a.secretOut, b.secretOut)
}

// declarations checks the inputs of a flow.
func (c *checker) declarations(f *syntax.Flow) {
	for _, in := range f.Inputs {
		c.field(in)
	}
}

// field checks that a declaration's default fits its type.
func (c *checker) field(f *syntax.Field) {
	if f.Default == nil {
		return
	}
	v, _ := syntax.Constant(f.Default)
	if _, err := flow.Convert(v, f.Type); err != nil {
		c.d.Error(flow.CodeTypeMismatch, f.Default.Position(), "the default of %q: %s", f.Key.Text, flow.AsError(err).Msg)
	}
	if f.Required {
		c.d.Warning(flow.CodeSourceField, f.Default.Position(), "%q is required, so its default is never used", f.Key.Text).
			WithFix("remove required or default")
	}
}

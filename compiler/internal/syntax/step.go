package syntax

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// step reads one step, or returns nil when it cannot be told what it does.
func (p *parser) step(n *source.Node) *Step {
	if n.Kind != source.Map {
		e := p.d.Error(flow.CodeSourceValue, n.Pos, "a step must be a mapping, not %s", n.Kind)
		if n.Kind == source.Text && strings.Contains(n.Text, ".") && !strings.Contains(n.Text, " ") {
			e.WithFix("write card: %s", n.Text)
		}
		return nil
	}
	c, ok := p.construct(n)
	if !ok {
		return nil
	}
	known := append(stepFields(), c.field)
	m := p.mapping(n, "a step with "+c.field, append(known, c.more...)...)
	s := &Step{Pos: n.Member(c.field).Pos, Name: m.text("name"), Comment: m.text("note").Text}
	p.name(s.Name, "a step")
	if slices.Contains(Roots(), s.Name.Text) {
		p.d.Error(flow.CodeNameInvalid, s.Name.Pos, "the name %q is reserved", s.Name.Text).
			WithFix("choose another one; references begin with this")
	}
	s.Do = p.action(m, c.field)
	return s
}

// construct finds the one field that says what a step does.
func (p *parser) construct(n *source.Node) (construct, bool) {
	var have []construct
	var names, all []string
	for _, c := range constructs() {
		all = append(all, c.field)
		if n.Get(c.field) != nil && !(c.field == "paginate" && n.Get("card") != nil) {
			have, names = append(have, c), append(names, c.field)
		}
	}
	switch len(have) {
	case 1:
		return have[0], true
	case 0:
		e := p.d.Error(flow.CodeSourceMissing, n.Pos, "nothing says what the step does")
		e.Fix = "add one of the fields card, assign, if, call, return, ..."
		for _, m := range n.Members {
			if of := partOf[m.Key]; of != "" {
				e.Pos, e.Fix = m.Pos, m.Key+" stands in the step with "+of+", in the same column"
				break
			}
			if near := problem.Nearest(m.Key, all); near != "" {
				e.Code, e.Pos, e.Msg = flow.CodeSourceField, m.Pos, "a step has no field "+flow.Excerpt(m.Key)
				e.Fix = "did you mean " + near + "?"
				break
			}
		}
	default:
		p.d.Error(flow.CodeSourceField, n.Member(names[1]).Pos, "a step does one thing, not %s", quoted(names)).
			WithFix("make a step of its own of %s", names[1])
	}
	return construct{}, false
}

// partOf names the constructs whose fields are often made steps of their own.
var partOf = map[string]string{"then": "if", "else": "if", "if_error": "try", "with": "card", "retry": "card", "on_error": "card"}

func (p *parser) action(m *mapping, field string) Action {
	n := m.node.Get(field)
	switch field {
	case "card":
		return &Card{Key: m.required("card"), Connection: m.text("connection"), Options: p.literals(m.members("options")),
			With: p.args(m.members("with")), Pages: p.pages(m), Stream: p.stream(m), Retry: p.retry(m), OnError: p.onError(m)}
	case "paginate":
		return p.paginate(m)
	case "start":
		return &Start{Flow: m.required("start"), With: p.args(m.members("with"))}
	case "return_raw":
		p.answers = true
		return &ReturnRaw{Fields: p.raw(m, "return_raw")}
	case "pause":
		return &Pause{Values: p.args(m.members("pause")), Outputs: p.fields(m.members("outputs"), "an output", blockOutputFields())}
	case "pause_raw":
		return &Pause{Raw: true, Values: p.raw(m, "pause_raw")}
	case "assign":
		return p.assign(m)
	case "cursor":
		return &Cursor{Value: p.expr(n)}
	case "assign_if":
		return &AssignIf{Cond: p.cond(n), Then: m.expr("then"), Else: m.expr("else"), Type: m.typ("as")}
	case "lookup":
		if m.node.Get("options") == nil {
			m.missing("options")
		}
		return &Lookup{Value: p.expr(n), Options: p.args(m.members("options")), Else: m.expr("else"), Type: m.typ("as")}
	case "if":
		return &If{Cond: p.cond(n), Then: p.steps(m.node.Get("then")), Else: p.steps(m.node.Get("else")), Outputs: p.branchOuts(m)}
	case "choose":
		return &Choose{Branches: p.branches(n), Outputs: p.fields(m.members("outputs"), "an output", blockOutputFields())}
	case "try":
		if m.node.Get("if_error") == nil {
			m.missing("if_error")
		}
		return &Try{Steps: p.steps(n), IfError: p.steps(m.node.Get("if_error")),
			Outputs: p.fields(m.members("outputs"), "an output", blockOutputFields())}
	case "return":
		return &Return{Values: p.args(m.members("return"))}
	case "return_error":
		return &ReturnError{Fields: p.args(m.members("return_error"))}
	case "return_error_if":
		if m.node.Get("error") == nil {
			m.missing("error")
		}
		return &ReturnError{When: p.cond(n), Fields: p.args(m.members("error"))}
	case "continue_if":
		return &ContinueIf{Cond: p.cond(n), Message: m.expr("message")}
	case "call":
		return &Call{Flow: m.required("call"), With: p.args(m.members("with"))}
	}
	l := &Loop{Kind: LoopKind(field), Over: p.expr(n), Flow: m.required("flow"), With: p.args(m.members("with")),
		Concurrency: m.expr("concurrency"), IgnoreErrors: m.bool("ignore_errors"), Memo: m.expr("memo")}
	if l.Kind == Reduce && l.Memo == nil {
		m.missing("memo")
	}
	return l
}

func (p *parser) args(members []*source.Member) []*Arg {
	var out []*Arg
	for _, m := range members {
		out = append(out, &Arg{Key: Str{m.Key, m.Pos}, Value: p.expr(m.Value)})
	}
	return out
}

func (p *parser) assign(m *mapping) *Assign {
	out := &Assign{}
	for _, v := range m.members("assign") {
		a := &Assigned{Key: Str{v.Key, v.Pos}}
		out.Values = append(out.Values, a)
		if !isLong(v.Value) {
			a.Value = p.expr(v.Value)
			continue
		}
		long := p.mapping(v.Value, "a value", assignedFields()...)
		a.Type, a.Value = long.typ("type"), long.expr("value")
	}
	return out
}

// isLong reports whether an assigned value is written with a type, or only with
// the key value, instead of plainly.
func isLong(n *source.Node) bool {
	return n.Kind == source.Map && n.Get("value") != nil && (len(n.Members) == 1 || len(n.Members) == 2 && n.Get("type") != nil)
}

func (p *parser) branchOuts(m *mapping) []*BranchOut {
	var out []*BranchOut
	for _, o := range m.members("outputs") {
		b := &BranchOut{Key: Str{o.Key, o.Pos}}
		om := p.mapping(o.Value, "an output of if", branchOutFields()...)
		if t := om.typ("type"); t != nil {
			b.Type = *t
		}
		b.Then, b.Else = om.expr("then"), om.expr("else")
		if o.Key == "result" {
			p.d.Error(flow.CodeSourceDuplicate, o.Pos, "the output %q is already what the condition gave", o.Key)
		}
		out = append(out, b)
	}
	return out
}

func (p *parser) branches(n *source.Node) []*Branch {
	if n.Kind != source.List {
		p.d.Error(flow.CodeSourceValue, n.Pos, "choose must be a list of branches, not %s", n.Kind)
		return nil
	}
	var out []*Branch
	for i, item := range n.Members {
		m := p.mapping(item.Value, "a branch", branchFields()...)
		b := &Branch{Pos: item.Value.Pos}
		out = append(out, b)
		when, other := m.node.Get("when"), m.node.Get("else")
		switch {
		case when != nil && other != nil:
			p.d.Error(flow.CodeSourceField, m.node.Member("else").Pos, "a branch has either when or else").
				WithFix("make else the last branch of its own")
		case when != nil:
			b.Cond, b.Steps = p.cond(when), p.steps(m.node.Get("steps"))
			if m.node.Get("steps") == nil {
				m.missing("steps")
			}
		case other != nil:
			b.Steps = p.steps(other)
			if steps := m.node.Member("steps"); steps != nil {
				p.d.Error(flow.CodeSourceField, steps.Pos, "the steps of the last branch stand under else itself")
			}
			if i != len(n.Members)-1 {
				p.d.Error(flow.CodeSourceValue, item.Pos, "else must be the last branch")
			}
		case item.Value.Kind == source.Map:
			m.missing("when")
		}
	}
	if len(out) == 0 || len(out) == 1 && out[0].Cond == nil {
		p.d.Error(flow.CodeSourceValue, n.Pos, "choose needs a branch with when")
	}
	return out
}

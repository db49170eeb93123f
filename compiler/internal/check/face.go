package check

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// faces checks how cards are shown, and the helper flows that compute parts of
// it. It runs when all flows are known.
func (c *checker) faces() {
	for _, check := range c.later {
		check()
	}
	for _, fi := range c.info.Flows {
		f := fi.Flow
		groups := 0
		for _, fields := range [][]*syntax.Field{f.Inputs, f.Outputs, f.Record} {
			for _, field := range fields {
				c.face(f, field)
				if field.Face != nil && field.Face.GroupFrom != nil {
					if groups++; groups == 2 {
						c.d.Error(flow.CodeFaceInvalid, field.Face.GroupFrom.Pos, "a card can have one dynamic group")
					}
				}
			}
		}
		c.optionCircles(f)
		if w := f.Webhook; w != nil {
			c.hook(f, w.Register, flow.FlowWebhookRegister)
			c.hook(f, w.Deregister, flow.FlowWebhookDeregister)
		}
		if t := f.Trigger; t != nil {
			c.trigger(f, t)
		}
	}
}

// optionCircles reports options whose choices depend on each other: none of them
// could ever be chosen first.
func (c *checker) optionCircles(f *syntax.Flow) {
	const begun, done = 1, 2
	state := map[string]int{}
	var visit func(key string)
	visit = func(key string) {
		i := slices.IndexFunc(f.Inputs, func(in *syntax.Field) bool { return in.Key.Text == syntax.OptionKey(key) })
		if i < 0 || state[key] == done || f.Inputs[i].Face == nil || f.Inputs[i].Face.ChoicesFrom == nil {
			return
		}
		d := f.Inputs[i].Face.ChoicesFrom
		if state[key] == begun {
			c.d.Error(flow.CodeFaceInvalid, d.Pos, "the choices of the option %q depend on the option itself", key).
				WithFix("leave out one of the options between which the circle runs")
			state[key] = done
			return
		}
		state[key] = begun
		for _, a := range d.With {
			if r, ok := a.Value.(*syntax.Ref); ok && r.Root == syntax.RootOption && len(r.Path) == 1 {
				visit(r.Path[0])
			}
		}
		state[key] = done
	}
	for _, in := range f.Inputs {
		if key, ok := strings.CutPrefix(in.Key.Text, syntax.OptionKey("")); ok && in.Kind == syntax.FieldOption {
			visit(key)
		}
	}
}

func (c *checker) face(f *syntax.Flow, field *syntax.Field) {
	face := field.Face
	if face == nil {
		return
	}
	bad := func(pos flow.Pos, format string, args ...any) *flow.Error {
		return c.d.Error(flow.CodeFaceInvalid, pos, format, args...)
	}
	if face.Choices != nil {
		rows := make([]flow.OptionRow, len(face.Choices))
		for i, ch := range face.Choices {
			rows[i] = flow.OptionRow{Label: ch.Label.Text, Value: ch.Value.Text, Default: ch.Default}
		}
		c.rows(field.Key.Pos, rows)
		if face.ChoicesFrom != nil {
			bad(face.ChoicesFrom.Pos, "choices are either listed or computed")
		}
	}
	if (face.Choices != nil || face.ChoicesFrom != nil) && field.Type.Base != flow.BaseText && field.Type.Base != flow.BaseAny &&
		field.Type.Base != flow.BaseNumber {
		bad(field.Key.Pos, "only texts and numbers have choices, and %q is %s", field.Key.Text, field.Type)
	}
	if (face.Fields != nil || face.FieldsFrom != nil || face.GroupFrom != nil || face.Extensible) && field.Type.Base != flow.BaseObject {
		bad(field.Key.Pos, "only objects have fields, and %q is %s", field.Key.Text, field.Type)
	}
	if n := given(face.Fields != nil, face.FieldsFrom != nil, face.GroupFrom != nil); n > 1 {
		bad(field.Key.Pos, "%q can have one of fields, fields_from and group_from", field.Key.Text)
	}
	for _, sub := range face.Fields {
		c.face(f, sub)
	}
	if d := face.ChoicesFrom; d != nil {
		c.dynamicList(f, d, "choices_from")
	}
	if d := face.FieldsFrom; d != nil {
		c.dynamicList(f, d, "fields_from")
	}
	if d := face.GroupFrom; d != nil {
		if fi := c.dynamic(f, d); fi != nil {
			outs := fi.Flow.Outputs
			one := len(outs) == 1 && flow.Convertible(outs[0].Type, flow.ObjectType) == nil
			if !one && !hasOutput(outs, "name") {
				c.d.Error(flow.CodeFlowReturn, d.Flow.Pos, "group_from needs a flow that gives one object with name, extensible and fields, and %q does not", d.Flow.Text)
			}
		}
	}
}

// given counts how many of the conditions hold.
func given(conds ...bool) int {
	n := 0
	for _, c := range conds {
		if c {
			n++
		}
	}
	return n
}

// dynamicList checks a helper that must give one list.
func (c *checker) dynamicList(f *syntax.Flow, d *syntax.Dynamic, what string) {
	fi := c.dynamic(f, d)
	if fi == nil {
		return
	}
	outs := fi.Flow.Outputs
	if len(outs) != 1 || !outs[0].Type.List && outs[0].Type.Base != flow.BaseAny {
		c.d.Error(flow.CodeFlowReturn, d.Flow.Pos, "%s needs a flow with exactly one output that is a list, and %q has others", what, d.Flow.Text).
			WithFix("declare one output of type object[]")
	}
}

// dynamic checks the call of a helper that computes a part of a face.
func (c *checker) dynamic(f *syntax.Flow, d *syntax.Dynamic) *FlowInfo {
	fi := c.helper(d.Flow)
	if fi == nil {
		return nil
	}
	c.mapped(f, fi, d)
	return fi
}

// helper finds a helper flow by its key, and reports when there is none.
func (c *checker) helper(key syntax.Str) *FlowInfo {
	fi := c.flowOf(key, flow.FlowHelper)
	if fi != nil && slices.Contains(fi.SecretOut, true) {
		c.d.Error(flow.CodeSecretFlow, key.Pos, "the flow %q gives a secret, which cannot be shown", key.Text)
	}
	return fi
}

// flowOf finds a flow of one type.
func (c *checker) flowOf(key syntax.Str, typ string) *FlowInfo {
	fi := c.info.ByKey[key.Text]
	switch {
	case fi == nil && c.inactive(key.Text) != nil:
		c.d.Error(flow.CodeFlowUnknown, key.Pos, "the flow %q is switched off", key.Text)
	case fi == nil && c.conn.Unread.Flow(key.Text):
	case fi == nil:
		var known []string
		for k, other := range c.info.ByKey {
			if other.Flow.Type.Text == typ {
				known = append(known, k)
			}
		}
		slices.Sort(known)
		c.d.Error(flow.CodeFlowUnknown, key.Pos, "no flow has the key %s", flow.Excerpt(key.Text)).
			Fix = problem.Suggest(key.Text, known)
	case fi.Flow.Type.Text != typ:
		c.d.Error(flow.CodeFlowType, key.Pos, "the flow %q is of type %s, not %s", key.Text, fi.Flow.Type.Text, typ)
		return nil
	}
	return fi
}

// mapped checks what a helper is given: literals and options of the card.
func (c *checker) mapped(f *syntax.Flow, fi *FlowInfo, d *syntax.Dynamic) {
	set := map[string]bool{}
	for _, a := range d.With {
		i := slices.IndexFunc(fi.Flow.Inputs, func(in *syntax.Field) bool { return in.Key.Text == a.Key.Text && in.Kind == syntax.FieldDeclared })
		if i < 0 {
			c.d.Error(flow.CodeCardInput, a.Key.Pos, "the flow %q has no input %s", d.Flow.Text, flow.Excerpt(a.Key.Text)).
				Fix = problem.Suggest(a.Key.Text, keys(fi.Flow.Inputs))
			continue
		}
		set[a.Key.Text] = true
		want := fi.Flow.Inputs[i].Type
		if v, ok := syntax.Constant(a.Value); ok {
			if _, err := flow.Convert(v, want); err != nil {
				c.d.Error(flow.CodeTypeMismatch, a.Value.Position(), "the input %s must be %s: %s", a.Key.Text, want, flow.AsError(err).Msg)
			}
			continue
		}
		r, ok := a.Value.(*syntax.Ref)
		if !ok || r.Root != syntax.RootOption || len(r.Path) != 1 {
			c.d.Error(flow.CodeFaceInvalid, a.Value.Position(), "what computes a face is given literals and options alone").
				WithFix("write ${option.NAME}")
			continue
		}
		if !slices.ContainsFunc(f.Inputs, func(in *syntax.Field) bool { return in.Key.Text == syntax.OptionKey(r.Path[0]) }) {
			var known []string
			for _, in := range f.Inputs {
				if name, ok := strings.CutPrefix(in.Key.Text, syntax.OptionKey("")); ok {
					known = append(known, name)
				}
			}
			c.d.Error(flow.CodeNameUnknown, r.Pos, "there is no option %s", flow.Excerpt(r.Path[0])).
				Fix = problem.Suggest(r.Path[0], known)
		}
	}
	c.requiredInputs(fi, d.Flow.Pos, set)
}

// requiredInputs reports required inputs that nobody gives.
func (c *checker) requiredInputs(fi *FlowInfo, at flow.Pos, set map[string]bool) {
	for _, in := range fi.Flow.Inputs {
		if in.Required && !set[in.Key.Text] {
			c.d.Error(flow.CodeCardMissing, at, "the flow %q needs the input %q", fi.Flow.Key.Text, in.Key.Text)
		}
	}
}

// hook checks the flows that a webhook event registers with.
func (c *checker) hook(f *syntax.Flow, d *syntax.Dynamic, typ string) {
	if d == nil {
		return
	}
	if fi := c.flowOf(d.Flow, typ); fi != nil {
		c.mapped(f, fi, d)
	}
}

// cursor checks the step that says where the next poll begins.
func (b *body) cursor(s *syntax.Step, do *syntax.Cursor) {
	if b.fi.Flow.Type.Text != flow.FlowPolling {
		b.d.Error(flow.CodeFlowType, s.Pos, "only flows of type polling have a cursor")
		b.expr(do.Value)
		return
	}
	t := flow.AnyType
	if b.fi.Flow.Cursor != nil {
		t = *b.fi.Flow.Cursor
	}
	b.want(do.Value, t, "the cursor", false)
}

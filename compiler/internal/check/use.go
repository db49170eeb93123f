package check

import (
	"math"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// card checks a use of a card: that it exists, what it is given, and what it
// gives.
func (b *body) card(s *syntax.Step, si *StepInfo, do *syntax.Card) {
	card := b.find(do.Key)
	if card == nil {
		b.broken[s] = true
		for _, a := range do.With {
			b.expr(a.Value)
		}
		return
	}
	si.Card, si.What = card, card.Key
	b.connection(card, do)
	b.options(card, do)
	do.With = b.flatten(card, do.With)
	if !b.dead {
		b.effect = max(b.effect, card.Effect)
	}
	given := make([]bool, len(card.In))
	secret := false
	extra := 0
	for _, a := range do.With {
		what := "input " + inputName(a)
		if i := card.Input(a.Group.Text, a.Key.Text); i >= 0 && !isOption(card, i) {
			p := &card.In[i]
			given[i] = true
			v := b.want(a.Value, p.Type, what, p.Secret != flow.SecretRefuse)
			secret = secret || v.t.Secret && p.Secret == flow.SecretPass
			b.choice(p, a, what)
			if card.Effect != flow.Pure && strings.EqualFold(p.Key, "url") && do.Connection.Text == "" { // the connection in a slot has hosts of its own
				b.reaches(a.Value)
			}
			continue
		}
		if e := card.Extra; e != nil && e.Group == a.Group.Text {
			extra++
			v := b.want(a.Value, e.Type, what, e.Secret != flow.SecretRefuse)
			secret = secret || v.t.Secret && e.Secret == flow.SecretPass
			continue
		}
		b.expr(a.Value)
		b.unknownInput(card, a)
	}
	for i := range card.In {
		if p := &card.In[i]; p.Required && p.Default == "" && !given[i] && !isOption(card, i) {
			name := p.Key
			if p.Group != "" {
				name = p.Group + "." + p.Key
			}
			b.d.Error(flow.CodeCardMissing, do.Key.Pos, "card %s needs the input %q", card.Key, name).
				WithFix("give it in with")
		}
	}
	if e := card.Extra; e != nil && extra < e.Min {
		b.d.Error(flow.CodeCardMissing, do.Key.Pos, "card %s needs %d inputs of your own, not %d", card.Key, e.Min, extra)
	}
	si.Out = cardOutputs(card, secret)
	if card.FreeOut {
		for _, a := range do.With {
			if card.Input(a.Group.Text, a.Key.Text) < 0 {
				si.Out = append(si.Out, Output{a.Key.Text, withSecret(flow.AnyType, secret), true})
			}
		}
	}
}

func (b *body) find(key syntax.Str) *flow.Card {
	if b.reg != nil {
		if c, ok := b.reg.Lookup(key.Text); ok {
			return c
		}
	}
	if c, ok := b.external[key.Text]; ok {
		return c
	}
	e := b.d.Error(flow.CodeCardUnknown, key.Pos, "no card %s", flow.Excerpt(key.Text))
	if b.d.Many() {
		return nil
	}
	if e.Fix = b.nearExternal(key.Text); e.Fix != "" || b.reg == nil {
		return nil
	}
	if syntax.IsConstruct(key.Text) {
		e.WithFix("it is a step of its own: write %s: instead of card: %s", key.Text, key.Text)
		return nil
	}
	var all, sameName []string
	_, name, _ := strings.Cut(key.Text, ".")
	for c := range b.reg.All() {
		all = append(all, c.Key)
		if c.Name() == name || strings.EqualFold(c.Title, key.Text) {
			sameName = append(sameName, c.Key)
		}
	}
	switch near := problem.Nearest(key.Text, all); {
	case near != "":
		e.WithFix("did you mean %s?", near)
	case len(sameName) > 0 && len(sameName) <= 3:
		e.WithFix("did you mean %s?", strings.Join(sameName, " or "))
	default:
		e.Fix = "weir cards lists them"
	}
	return nil
}

func (b *body) unknownInput(card *flow.Card, a *syntax.Arg) {
	b.d.Error(flow.CodeCardInput, a.Key.Pos, "card %s has no input %s", card.Key, flow.Excerpt(inputName(a))).
		Fix = problem.Suggest(a.Key.Text, inputs(card, a.Group.Text))
}

// isOption reports whether an input of a card is an option of a card of another
// connector: those stand behind its inputs.
func isOption(card *flow.Card, i int) bool {
	return card.External != nil && i >= len(card.External.In)
}

func inputName(a *syntax.Arg) string {
	if a.Group.Text == "" {
		return a.Key.Text
	}
	return a.Group.Text + "." + a.Key.Text
}

// inputs lists what stands in one group of a card's inputs; outside of groups
// that includes the groups themselves.
func inputs(card *flow.Card, group string) []string {
	var out []string
	for i, p := range card.In {
		switch {
		case p.Group == group:
			out = append(out, p.Key)
		case group == "" && !slices.Contains(out, p.Group) && !isOption(card, i):
			out = append(out, p.Group)
		}
	}
	return out
}

// flatten makes arguments of a group out of a mapping under the group's name.
func (b *body) flatten(card *flow.Card, with []*syntax.Arg) []*syntax.Arg {
	out := make([]*syntax.Arg, 0, len(with))
	for _, a := range with {
		if a.Group.Text != "" || card.Input("", a.Key.Text) >= 0 || !hasGroup(card, a.Key.Text) {
			out = append(out, a)
			continue
		}
		if isNull(a.Value) {
			continue
		}
		o, ok := a.Value.(*syntax.ObjectLit)
		if !ok {
			b.expr(a.Value)
			b.d.Error(flow.CodeCardInput, a.Value.Position(), "%q is a group of inputs of card %s, not an input", a.Key.Text, card.Key).
				WithFix("write a mapping with the inputs of the group")
			continue
		}
		for i, k := range o.Keys {
			out = append(out, &syntax.Arg{Group: a.Key, Key: k, Value: o.Vals[i]})
		}
	}
	return out
}

func hasGroup(card *flow.Card, name string) bool {
	return name != "" && !(card.External != nil && name == flow.OptionsGroup) && (card.Extra != nil && card.Extra.Group == name ||
		slices.ContainsFunc(card.In, func(p flow.Port) bool { return p.Group == name }))
}

// choice checks a constant against the values that an input may take.
func (b *body) choice(p *flow.Port, a *syntax.Arg, what string) {
	c, ok := syntax.Constant(a.Value)
	if !ok || c.IsNull() {
		return
	}
	if p.Type.Is(flow.BaseFlow) {
		if _, known := b.info.ByKey[c.Text()]; !known && !b.conn.Unread.Flow(c.Text()) {
			b.d.Error(flow.CodeFlowUnknown, a.Value.Position(), "no flow has the key %s", flow.Excerpt(c.String()))
		}
	}
	if len(p.Choices) == 0 || p.Type.List {
		return
	}
	v, err := flow.Convert(c, flow.TextType)
	if err != nil {
		return
	}
	if v.Text() == "" && p.MayBeEmpty() {
		return
	}
	var known []string
	for _, ch := range p.Choices {
		if ch.Value == v.Text() {
			return
		}
		known = append(known, ch.Value)
	}
	b.d.Error(flow.CodeSourceValue, a.Value.Position(), "%s cannot be %s", what, flow.Excerpt(v.Text())).
		Fix = problem.Suggest(v.Text(), known)
}

// cardOutputs lists what a card gives: one output for each ungrouped port and
// each group. What travels unboxed is never null.
func cardOutputs(card *flow.Card, secret bool) []Output {
	if card.Single() {
		p := card.Out[0]
		return []Output{{p.Key, withSecret(p.Type, secret), secret || card.Nullable()}}
	}
	var out []Output
	for _, f := range card.ResultType().Fields {
		i := card.Output("", f.Key)
		out = append(out, Output{f.Key, withSecret(f.Type, secret), secret || i < 0 || !card.Out[i].Always})
	}
	return out
}

// callee checks the arguments of a call or loop and returns the called flow, or
// nil when there is none.
func (b *body) callee(s *syntax.Step, si *StepInfo, name syntax.Str, with []*syntax.Arg) *FlowInfo {
	fi := b.info.ByKey[name.Text]
	si.Call = fi
	if fi == nil {
		b.broken[s] = true
		for _, a := range with {
			b.expr(a.Value)
		}
		return nil
	}
	if !b.dead {
		b.effect = max(b.effect, fi.Effect)
		b.usesAuth = b.usesAuth || fi.UsesAuth
	}
	given := map[string]bool{}
	for _, a := range with {
		i := slices.IndexFunc(fi.Flow.Inputs, func(f *syntax.Field) bool { return f.Key.Text == a.Key.Text })
		if i < 0 {
			b.expr(a.Value)
			b.d.Error(flow.CodeCardInput, a.Key.Pos, "the flow %q has no input %s", name.Text, flow.Excerpt(a.Key.Text)).
				Fix = problem.Suggest(a.Key.Text, keys(fi.Flow.Inputs))
			continue
		}
		given[a.Key.Text] = true
		v := b.want(a.Value, fi.Flow.Inputs[i].Type, "input "+a.Key.Text, true)
		if v.t.Secret && fi.SecretIn[i] == "" {
			fi.SecretIn[i] = b.fi.Flow.Key.Text
			b.changed[fi] = true
		}
	}
	for _, in := range fi.Flow.Inputs {
		if in.Required && !given[in.Key.Text] {
			b.d.Error(flow.CodeCardMissing, name.Pos, "the flow %q needs the input %q", name.Text, in.Key.Text).
				WithFix("give it in with")
		}
	}
	return fi
}

func (b *body) call(s *syntax.Step, si *StepInfo, do *syntax.Call) {
	if fi := b.callee(s, si, do.Flow, do.With); fi != nil {
		si.Out = fi.outputs()
	}
}

// outputs lists what a call of the flow gives.
func (fi *FlowInfo) outputs() []Output {
	var out []Output
	for i, f := range fi.Flow.Outputs {
		o := declared(f.Key.Text, f.Type, fi.SecretOut[i])
		o.Nullable = o.Nullable || !fi.AlwaysReturns
		out = append(out, o)
	}
	return out
}

// result is what one turn of a loop gives: the flow's single output, or the
// object of its outputs.
func (fi *FlowInfo) result() typed {
	outs := fi.outputs()
	if len(outs) == 1 {
		return typed{outs[0].Type, outs[0].Nullable}
	}
	var fields []flow.Field
	for _, o := range outs {
		fields = append(fields, flow.Field{Key: o.Key, Type: o.Type})
	}
	return typed{t: flow.ObjectTypeOf(fields...)}
}

func (b *body) loopStep(s *syntax.Step, si *StepInfo, do *syntax.Loop) {
	over := b.over(do)
	fi := b.info.ByKey[do.Flow.Text]
	if len(do.With) == 0 && fi != nil && len(fi.Flow.Inputs) == 1 && do.Kind != syntax.Repeat {
		pos := do.Over.Position()
		do.With = []*syntax.Arg{{Key: syntax.Str{Text: fi.Flow.Inputs[0].Key.Text, Pos: pos}, Value: &syntax.Ref{Pos: pos, Root: syntax.RootItem}}}
	}
	scope := &loopScope{kind: do.Kind, item: typed{over.Item(), true}}
	if do.Kind == syntax.Reduce {
		scope.memo = b.memo(do, fi)
	}
	if do.Concurrency != nil {
		b.want(do.Concurrency, flow.NumberType, "the concurrency", false)
		b.whole(do.Concurrency, "the concurrency", 1, maxConcurrency)
	}
	saved := b.loop
	b.loop = scope
	b.callee(s, si, do.Flow, do.With)
	b.loop = saved
	if fi == nil {
		return
	}
	b.around(si, do)
	b.loopOutputs(si, do, fi, over, scope)
	si.Parallel = parallel(do, fi)
}

// The bounds of what loops take. Larger counts are input.invalid at run time.
const (
	maxConcurrency = 200
	maxRepeat      = 10_000_000
)

// over checks what a loop runs over and returns its type.
func (b *body) over(do *syntax.Loop) flow.Type {
	if do.Kind == syntax.Repeat {
		b.want(do.Over, flow.NumberType, "the count of repeat", false)
		b.whole(do.Over, "the count of repeat", 0, maxRepeat)
		return flow.AnyType
	}
	if ofMembers(do.Kind) {
		b.want(do.Over, flow.ObjectType, "the object of "+string(do.Kind), false)
		return flow.ListType(flow.ObjectTypeOf(flow.Field{Key: "key", Type: flow.TextType}, flow.Field{Key: "value", Type: flow.AnyType}))
	}
	return b.want(do.Over, flow.ListType(flow.AnyType), "the list of "+string(do.Kind), false).t
}

// ofMembers reports whether a loop runs over the members of an object.
func ofMembers(k syntax.LoopKind) bool {
	return k == syntax.MapObject || k == syntax.MapMembers || k == syntax.EachMember
}

// around finds the cards that some loops are made of beside the loop itself.
func (b *body) around(si *StepInfo, do *syntax.Loop) {
	need := func(key string) *flow.Card { return b.need(key, do.Flow.Pos, string(do.Kind)) }
	if ofMembers(do.Kind) {
		si.Before = need("object.entries")
	}
	switch do.Kind {
	case syntax.Sort:
		si.After = need("list.sortKeys")
	case syntax.Unique:
		si.After = need("list.uniqueKeys")
	case syntax.MapObject:
		si.After = need("object.fromEntries")
	}
}

// whole checks that a constant is a whole number within bounds.
func (b *body) whole(e syntax.Expr, what string, lo, hi float64) {
	c, ok := syntax.Constant(e)
	if !ok {
		return
	}
	n, err := flow.Convert(c, flow.NumberType)
	if err != nil {
		return // want has reported it
	}
	if x := n.Number(); x < lo || x > hi || x != math.Trunc(x) {
		b.d.Error(flow.CodeSourceValue, e.Position(), "%s must be a whole number from %v to %v", what, lo, hi)
	}
}

// memo returns what ${memo} is: the starting value becomes what the flow gives.
func (b *body) memo(do *syntax.Loop, fi *FlowInfo) typed {
	if fi == nil || len(fi.Flow.Outputs) == 0 {
		b.expr(do.Memo)
		return typed{flow.AnyType, true}
	}
	r := fi.result()
	v := b.want(do.Memo, r.t, "memo", true)
	return typed{withSecret(r.t, v.t.Secret), true}
}

func (b *body) loopOutputs(si *StepInfo, do *syntax.Loop, fi *FlowInfo, over flow.Type, scope *loopScope) {
	r := fi.result()
	outs := fi.Flow.Outputs
	items := flow.ListType(over.Item())
	switch do.Kind {
	case syntax.Map:
		if len(outs) == 0 {
			b.d.Error(flow.CodeFlowReturn, do.Flow.Pos, "map needs a flow with an output, and %q has none", fi.Flow.Key.Text)
		}
		t := r.t
		if t.List { // there are no types for lists of lists
			t = flow.Type{Secret: t.Secret}
		}
		si.Out = []Output{{Key: "list", Type: flow.ListType(t)}}
	case syntax.MapMembers:
		if len(outs) == 0 {
			b.d.Error(flow.CodeFlowReturn, do.Flow.Pos, "map_members needs a flow with an output, and %q has none", fi.Flow.Key.Text)
		}
		si.Out = []Output{{Key: "list", Type: flow.Type{List: true, Secret: r.t.Secret}}}
	case syntax.MapObject:
		if !hasOutput(outs, "key") || !hasOutput(outs, "value") || len(outs) != 2 {
			b.d.Error(flow.CodeFlowReturn, do.Flow.Pos, "map_object needs a flow with the outputs key and value, and %q has others", fi.Flow.Key.Text)
		}
		si.Out = []Output{{Key: "output", Type: flow.ObjectType}}
	case syntax.Sort, syntax.Unique:
		if len(outs) != 1 {
			b.d.Error(flow.CodeFlowReturn, do.Flow.Pos, "%s needs a flow with exactly one output, and %q has %d", do.Kind, fi.Flow.Key.Text, len(outs))
		}
		si.Out = []Output{{Key: "list", Type: items}}
	case syntax.Filter, syntax.Find:
		b.decides(do, fi, outs)
		if do.Kind == syntax.Filter {
			si.Out = []Output{{Key: "list", Type: items}}
			break
		}
		si.Out = []Output{{Key: "item", Type: over.Item(), Nullable: true}, {Key: "index", Type: flow.NumberType}}
	case syntax.Reduce:
		if len(outs) == 0 {
			b.d.Error(flow.CodeFlowReturn, do.Flow.Pos, "reduce needs a flow with an output, and %q has none", fi.Flow.Key.Text)
		}
		si.Out = []Output{{Key: "item", Type: scope.memo.t, Nullable: r.nullable || scope.memo.t.Secret}}
	}
}

func hasOutput(outs []*syntax.Field, key string) bool {
	return slices.ContainsFunc(outs, func(f *syntax.Field) bool { return f.Key.Text == key })
}

// decides checks that a flow gives one truth value, for filter and find.
func (b *body) decides(do *syntax.Loop, fi *FlowInfo, outs []*syntax.Field) {
	key := fi.Flow.Key.Text
	switch {
	case len(outs) != 1:
		b.d.Error(flow.CodeFlowReturn, do.Flow.Pos, "%s needs a flow with exactly one output, and %q has %d", do.Kind, key, len(outs))
	case fi.SecretOut[0]:
		b.d.Error(flow.CodeSecretFlow, do.Flow.Pos, "a secret cannot be used as a condition, and %q gives one", key)
	default:
		if err := flow.Convertible(outs[0].Type, flow.BoolType); err != nil {
			b.d.Error(flow.CodeFlowReturn, do.Flow.Pos, "%s needs a flow that gives true or false, and %q gives %s", do.Kind, key, outs[0].Type)
		}
	}
}

// parallel reports whether a loop runs its turns at the same time: only those
// of flows with effects can gain from it.
func parallel(do *syntax.Loop, fi *FlowInfo) bool {
	switch do.Kind {
	case syntax.Find, syntax.Reduce:
		return false
	}
	if fi.Effect == flow.Pure || do.Concurrency == nil {
		return false
	}
	c, ok := syntax.Constant(do.Concurrency)
	if !ok {
		return true
	}
	n, err := flow.Convert(c, flow.NumberType)
	return err != nil || n.Number() != 1
}

package check

import (
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// want checks a value that is converted to t. what names the place in messages;
// secret says whether a secret may go there.
func (b *body) want(e syntax.Expr, t flow.Type, what string, secret bool) typed {
	v := b.expr(e)
	if v.t.Secret && !secret {
		b.d.Error(flow.CodeSecretFlow, b.secretPos(e), "a secret cannot be used as %s", what).
			Fix = b.secretFix(e)
		return v
	}
	if isNull(e) {
		return v
	}
	if c, ok := syntax.Constant(e); ok {
		if _, err := flow.Convert(c, t); err != nil {
			b.d.Error(flow.CodeTypeMismatch, e.Position(), "%s must be %s: %s", what, t, flow.AsError(err).Msg)
		}
		return v
	}
	if err := flow.Convertible(v.t, t); err != nil {
		b.d.Error(flow.CodeTypeMismatch, e.Position(), "%s must be %s: %s", what, t, err)
	} else if v.t.Secret && v.t.Is(flow.BaseText) && t.Base != flow.BaseText && t.Base != flow.BaseAny {
		b.d.Error(flow.CodeTypeMismatch, e.Position(), "%s must be %s: a secret cannot become anything but text", what, t)
	}
	return v
}

// refuseSecret reports a secret where none may be.
func (b *body) refuseSecret(e syntax.Expr, what string) {
	if b.quietly(e).t.Secret {
		b.d.Error(flow.CodeSecretFlow, b.secretPos(e), "a secret cannot be used as %s", what).
			Fix = b.secretFix(e)
	}
}

// quietly types an expression without reporting its problems.
func (b *body) quietly(e syntax.Expr) typed {
	saved := b.d
	b.d = problem.List{}
	v := b.expr(e)
	b.d = saved
	return v
}

// secretPos returns the place of the first reference in e that is secret.
func (b *body) secretPos(e syntax.Expr) flow.Pos {
	if r := b.secretRef(e); r != nil {
		return r.Pos
	}
	return e.Position()
}

func (b *body) secretRef(e syntax.Expr) *syntax.Ref {
	var inside []syntax.Expr
	switch e := e.(type) {
	case *syntax.Ref:
		if t := b.info.Refs[e]; t != nil && t.Type.Secret {
			return e
		}
	case *syntax.Template:
		inside = e.Parts
	case *syntax.ObjectLit:
		inside = e.Vals
	case *syntax.ListLit:
		inside = e.Items
	}
	for _, x := range inside {
		if r := b.secretRef(x); r != nil {
			return r
		}
	}
	return nil
}

// secretFix tells where a secret comes from when that cannot be seen in e.
func (b *body) secretFix(e syntax.Expr) string {
	r := b.secretRef(e)
	if r == nil {
		return ""
	}
	if t := b.info.Refs[r]; t.Kind == ToInput {
		if caller := b.fi.SecretIn[t.Place]; caller != "" {
			return "the flow " + caller + " gives this input a secret"
		}
	}
	return "hand it to an input that takes secrets, such as a header of an HTTP card"
}

// expr types an expression and resolves the references in it.
func (b *body) expr(e syntax.Expr) typed {
	switch e := e.(type) {
	case *syntax.Literal:
		return literal(e.Value)
	case *syntax.Ref:
		return b.ref(e)
	case *syntax.Template:
		secret := false
		for _, p := range e.Parts {
			v := b.expr(p)
			secret = secret || v.t.Secret
			if err := flow.Convertible(v.t, flow.TextType); err != nil {
				b.d.Error(flow.CodeTypeMismatch, p.Position(), "a part of a text must be text: %s", err)
			}
		}
		return typed{t: withSecret(flow.TextType, secret)}
	case *syntax.ObjectLit:
		fields := make([]flow.Field, len(e.Keys))
		for i, k := range e.Keys {
			fields[i] = flow.Field{Key: k.Text, Type: b.expr(e.Vals[i]).t}
		}
		return typed{t: bounded(flow.ObjectTypeOf(fields...))}
	case *syntax.ListLit:
		var item flow.Type
		secret := false
		for i, x := range e.Items {
			t := b.expr(x).t
			secret = secret || t.Secret
			switch {
			case i == 0:
				item = t
			default:
				item = common(item, t)
			}
			if t.List {
				item = flow.AnyType
			}
		}
		item.Secret = secret
		return typed{t: flow.ListType(item)}
	}
	return typed{t: flow.AnyType, nullable: true}
}

// maxMembers bounds how many members, at all depths, are known of an object
// type. Types share their parts, so that objects made of objects could
// otherwise grow beyond what comparing two of them can take.
const maxMembers = 1000

// bounded forgets the members of an object type that has too many.
func bounded(t flow.Type) flow.Type {
	if members(t, maxMembers) > maxMembers {
		t.Fields = nil
	}
	return t
}

// members counts the members of an object type, and stops beyond limit.
func members(t flow.Type, limit int) int {
	n := 0
	for _, f := range t.Fields {
		if n += 1 + members(f.Type, limit-n); n > limit {
			break
		}
	}
	return n
}

func literal(v flow.Value) typed {
	switch v.Kind() {
	case flow.KindBool:
		return typed{t: flow.BoolType}
	case flow.KindNumber:
		return typed{t: flow.NumberType}
	case flow.KindText:
		return typed{t: flow.TextType}
	}
	return typed{t: flow.AnyType, nullable: true}
}

// ref resolves a reference and notes its target. After a problem the target is
// of any type, so that one mistake is reported once.
func (b *body) ref(r *syntax.Ref) typed {
	t := &Target{Type: flow.AnyType, Nullable: true}
	b.info.Refs[r] = t
	switch r.Root {
	case syntax.RootInput:
		b.inputRef(r, t)
	case syntax.RootSecret:
		if i, ok := b.member(r, "secret", b.info.Secrets); ok {
			t.Kind, t.Place, t.Type, t.Nullable = ToSecret, i, flow.SecretType, false
			if len(r.Path) > 1 {
				b.d.Error(flow.CodeSecretFlow, r.Pos, "a secret has no parts: %s", flow.Excerpt(r.String()))
			}
		}
	case syntax.RootAuth:
		b.authRef(r, t)
	case syntax.RootOption:
		b.optionRef(r, t)
	case syntax.RootSelected:
		if i, ok := b.inputs[syntax.RootSelected]; ok {
			t.Kind, t.Place = ToInput, i
			b.follow(t, r, typed{t: flow.ObjectType}, r.Path)
		}
	case syntax.RootConfig:
		if i, ok := b.member(r, "config value", b.info.Config); ok {
			f := b.conn.Config[i]
			t.Kind, t.Place = ToConfig, i
			b.follow(t, r, typed{f.Type, !f.Required && f.Default == nil || zeroIsNull(f.Type)}, r.Path[1:])
		}
	case syntax.RootContext:
		if i, ok := b.member(r, "context value", contextPlaces()); ok {
			ct := flow.TextType
			if int32(i) == guest.ContextTime {
				ct = flow.DateType
			}
			t.Kind, t.Place = ToContext, i
			b.follow(t, r, typed{t: ct}, r.Path[1:])
		}
	case syntax.RootError:
		if b.handler == 0 {
			b.d.Error(flow.CodeNameScope, r.Pos, "there is an error only in the steps of if_error: %s", flow.Excerpt(r.String()))
			break
		}
		t.Kind = ToError
		b.follow(t, r, typed{t: flow.ObjectType}, r.Path)
	case syntax.RootItem, syntax.RootIndex, syntax.RootMemo:
		b.loopRef(r, t)
	default:
		b.stepRef(r, t)
	}
	return typed{t.Type, t.Nullable}
}

func contextPlaces() map[string]int {
	return map[string]int{
		"execution_id": int(guest.ContextExecution),
		"time":         int(guest.ContextTime),
		"flow":         int(guest.ContextFlow),
	}
}

// member finds what the second part of a reference names.
func (b *body) member(r *syntax.Ref, what string, places map[string]int) (int, bool) {
	if len(r.Path) == 0 {
		b.d.Error(flow.CodeNameUnknown, r.Pos, "the reference names no %s: %s", what, flow.Excerpt(r.String())).
			Fix = b.suggest("", sortedKeys(places))
		return 0, false
	}
	i, ok := places[r.Path[0]]
	if !ok {
		b.d.Error(flow.CodeNameUnknown, r.Pos, "there is no %s %s", what, flow.Excerpt(r.Path[0])).
			Fix = b.suggest(r.Path[0], sortedKeys(places))
	}
	return i, ok
}

// suggest is problem.Suggest while it pays.
func (b *body) suggest(name string, known iter.Seq[string]) string {
	if b.d.Many() {
		return ""
	}
	return problem.Suggest(name, slices.Collect(known))
}

func sortedKeys[V any](m map[string]V) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k) {
				return
			}
		}
	}
}

func (b *body) inputRef(r *syntax.Ref, t *Target) {
	i, ok := b.member(r, "input", b.inputs)
	if !ok {
		return
	}
	in := b.fi.Flow.Inputs[i]
	t.Kind, t.Place = ToInput, i
	it := withSecret(in.Type, b.fi.SecretIn[i] != "")
	if it.Secret && b.fi.Connection != nil && b.fi.Connection[i] {
		it = b.connectionType()
	}
	b.follow(t, r, typed{it, !in.Required && in.Default == nil || zeroIsNull(in.Type)}, r.Path[1:])
}

func (b *body) loopRef(r *syntax.Ref, t *Target) {
	switch {
	case b.loop == nil:
		b.d.Error(flow.CodeNameScope, r.Pos, "%s is known only in the with of a loop: %s", r.Root, flow.Excerpt(r.String()))
	case r.Root == syntax.RootIndex:
		t.Kind = ToIndex
		b.follow(t, r, typed{t: flow.NumberType}, r.Path)
	case r.Root == syntax.RootItem && b.loop.kind == syntax.Repeat:
		b.d.Error(flow.CodeNameScope, r.Pos, "repeat has no items, only ${index}")
	case r.Root == syntax.RootItem:
		t.Kind = ToItem
		b.follow(t, r, b.loop.item, r.Path)
	case b.loop.kind != syntax.Reduce:
		b.d.Error(flow.CodeNameScope, r.Pos, "memo is known only in the with of reduce: %s", flow.Excerpt(r.String()))
	default:
		t.Kind = ToMemo
		b.follow(t, r, b.loop.memo, r.Path)
	}
}

// stepRef resolves a reference to an output of an earlier step.
func (b *body) stepRef(r *syntax.Ref, t *Target) {
	s := b.scope.find(r.Root)
	if s == nil {
		b.unseen(r)
		return
	}
	si := b.info.Steps[s]
	t.Kind, t.Step = ToStep, s
	if b.broken[s] {
		return
	}
	if len(r.Path) == 0 {
		b.d.Error(flow.CodeNameUnknown, r.Pos, "the reference names no output of step %q", r.Root).
			Fix = b.suggest("", si.keys())
		return
	}
	i := slices.IndexFunc(si.Out, func(o Output) bool { return o.Key == r.Path[0] })
	if i < 0 {
		e := b.d.Error(flow.CodeNameUnknown, r.Pos, "step %q (%s) has no output %s", r.Root, si.What, flow.Excerpt(r.Path[0]))
		e.Fix = b.suggest(r.Path[0], si.keys())
		if len(si.Out) == 0 {
			e.Fix = "the step has no outputs"
		}
		return
	}
	t.Place = i
	o := si.Out[i]
	path := r.Path[1:]
	// The members of an output group are all of its members, so a wrong one is
	// a mistake, and not a value that happens to be missing.
	if _, known := o.Type.Field(first(path)); len(path) > 0 && si.complete(o) && !known {
		var group []string
		for _, f := range o.Type.Fields {
			group = append(group, f.Key)
		}
		b.d.Error(flow.CodeNameUnknown, r.Pos, "step %q (%s) has no output %s", r.Root, si.What, flow.Excerpt(o.Key+"."+path[0])).
			Fix = problem.Suggest(path[0], group)
		return
	}
	b.follow(t, r, typed{o.Type, o.Nullable}, path)
}

// complete reports whether the known members of an output are all that it has:
// those of a group, and of objects that our own cards make.
func (si *StepInfo) complete(o Output) bool {
	if si.Card == nil || o.Type.Fields == nil {
		return false
	}
	return si.Card.External == nil || slices.ContainsFunc(si.Card.Out, func(p flow.Port) bool { return p.Group == o.Key })
}

func first(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return path[0]
}

// unseen reports a reference to a step that does not exist or cannot be seen.
func (b *body) unseen(r *syntax.Ref) {
	s, ok := b.named[r.Root]
	if !ok {
		e := b.d.Error(flow.CodeNameUnknown, r.Pos, "there is no step %s", flow.Excerpt(r.Root))
		if !b.d.Many() {
			known := syntax.Roots()
			for sc := b.scope; sc != nil; sc = sc.up {
				known = slices.AppendSeq(known, sortedKeys(sc.steps))
			}
			e.Fix = problem.Suggest(r.Root, known)
		}
		return
	}
	e := b.d.Error(flow.CodeNameScope, r.Pos, "the outputs of step %q are not known here", r.Root)
	if b.done[s] {
		e.WithFix("hand them on with the outputs of the step around it, which begins before line %d", s.Pos.Line)
	} else {
		e.WithFix("it stands on line %d; only steps before this one are known", s.Pos.Line)
	}
}

// keys lists the keys of a step's outputs.
func (si *StepInfo) keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, o := range si.Out {
			if !yield(o.Key) {
				return
			}
		}
	}
}

// follow sets the target's path and the type at its end.
func (b *body) follow(t *Target, r *syntax.Ref, v typed, path []string) {
	t.Path = path
	for i, part := range path {
		next, ok := inside(v.t, part)
		if !ok {
			code, what := flow.CodeTypeMismatch, v.t.String()
			if v.t.Secret && !v.t.List && v.t.Base == flow.BaseText {
				code = flow.CodeSecretFlow
			}
			b.d.Error(code, r.Pos, "a value of type %s has no part %s", what, flow.Excerpt(path[i]))
			return
		}
		v = typed{next, true}
	}
	t.Type, t.Nullable = v.t, v.nullable
}

// inside returns the type of a part of a value, and false where the type has no
// parts at all.
func inside(t flow.Type, part string) (flow.Type, bool) {
	switch {
	case t.List:
		if _, err := strconv.Atoi(part); err != nil {
			return flow.Type{}, false
		}
		return t.Item(), true
	case t.Base == flow.BaseObject:
		if f, ok := t.Field(part); ok {
			return f, true
		}
		return flow.Type{Secret: t.Secret && t.Fields == nil}, true
	case t.Base == flow.BaseAny:
		return flow.Type{Secret: t.Secret}, true
	}
	return flow.Type{}, false
}

package check

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// isMemberPath reports whether every part of a path is a name: none is empty,
// no quote is left open, and there are no more than flow.MaxPathParts.
func isMemberPath(path string) bool {
	parts := flow.SplitPath(path)
	return len(parts) > 0 && len(parts) <= flow.MaxPathParts && !slices.Contains(parts, "") && !strings.HasSuffix(path, ".") &&
		!slices.ContainsFunc(parts, func(s string) bool { return strings.HasPrefix(s, `"`) })
}

// pageBody checks that the body of the step's request has room for what says
// which page is asked for; made are the places of the inputs for body and headers.
// What is not known before the flow runs is left to page.body.
func (b *body) pageBody(card *flow.Card, do *syntax.Card, made []int) {
	p := do.Pages
	if slices.Contains(made, -1) {
		b.d.Error(flow.CodePagesInvalid, p.In.Pos, "card %s sends no body", card.Key).WithFix("use http.post or http.raw")
		return
	}
	given := func(i int) (syntax.Expr, bool) {
		for _, a := range do.With {
			if card.Input(a.Group.Text, a.Key.Text) == i && !isNull(a.Value) {
				return a.Value, true
			}
		}
		return nil, false
	}
	value, ok := given(made[0])
	if !ok {
		if b.asksGet(card, given) {
			b.d.Error(flow.CodePagesInvalid, p.In.Pos, "a GET without a body has no place for %s", flow.Excerpt(p.Param.Text)).
				WithFix("give the method that the service takes the body with, such as POST")
		}
		return
	}
	what := "the body"
	for _, part := range flow.SplitPath(p.Param.Text) {
		if t := b.quietly(value).t; t.List || t.Base != flow.BaseAny && t.Base != flow.BaseObject {
			b.d.Error(flow.CodePagesInvalid, value.Position(), "%s is %s and no object: %s cannot stand in it", what, flow.Type{Base: t.Base, List: t.List}, flow.Excerpt(p.Param.Text)).
				WithFix("write it as a mapping")
			return
		}
		o, ok := value.(*syntax.ObjectLit)
		if !ok {
			return
		}
		i := slices.IndexFunc(o.Keys, func(k syntax.Str) bool { return k.Text == part })
		if i < 0 || isNull(o.Vals[i]) {
			return
		}
		what, value = "the member "+flow.Excerpt(part)+" of the body", o.Vals[i]
	}
}

// asksGet reports whether the method of a request is known to be GET, which is
// that of a card whose method need not be given.
func (b *body) asksGet(card *flow.Card, given func(int) (syntax.Expr, bool)) bool {
	i := portNamed(card.In, "method")
	if i < 0 {
		return false
	}
	value, ok := given(i)
	if !ok {
		return !card.In[i].Required
	}
	c, constant := syntax.Constant(value)
	return constant && c.Kind() == flow.KindText && (c.Text() == "GET" || c.Text() == "")
}

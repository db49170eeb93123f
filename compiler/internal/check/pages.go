package check

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// The inputs of a flow that gets records one by one.
const (
	inputRecord = "Record"
	inputState  = "State"
)

// pages checks an HTTP step that asks for page after page, and replaces its
// outputs: records or nothing, and count.
func (b *body) pages(s *syntax.Step, si *StepInfo, do *syntax.Card) {
	p := do.Pages
	if si.Card == nil {
		return
	}
	ask, query := "page.request", portNamed(si.Card.In, "query")
	ps := &PageStep{URL: portNamed(si.Card.In, "url")}
	ps.Made = []int{ps.URL, query}
	ps.Headers, ps.Body = outputPath(si.Card, "headers"), outputPath(si.Card, "body")
	if ps.URL < 0 || query < 0 || ps.Headers == nil || ps.Body == nil {
		b.d.Error(flow.CodePagesInvalid, p.Pos, "card %s makes no HTTP request whose pages could be asked for", si.Card.Key).
			WithFix("use http.get, http.raw or another card of that family")
		return
	}
	if p.In.Text == syntax.PagesInBody {
		ask, ps.Made = "page.body", []int{portNamed(si.Card.In, "body"), portNamed(si.Card.In, "headers")}
		b.pageBody(si.Card, do, ps.Made)
	}
	ps.Request, ps.Next = b.need(ask, p.Pos, "paginate"), b.need("page.next", p.Pos, "paginate")
	ps.Collect = b.need("page.collect", p.Pos, "paginate")
	spec := b.pageSpec(p)
	if ps.Request == nil || ps.Next == nil || ps.Collect == nil || spec == nil {
		return
	}
	ps.Spec = spec.Value()
	if p.Limit != nil {
		b.want(p.Limit, flow.NumberType, "the limit of paginate", false)
	}
	count := Output{Key: "count", Type: flow.NumberType}
	si.Out = []Output{{Key: "records", Type: flow.ListType(flow.AnyType)}, count}
	si.Pages = ps
	if p.Flow.Text == "" {
		if len(p.With) > 0 {
			b.d.Error(flow.CodePagesInvalid, p.With[0].Key.Pos, "with belongs to the flow that gets each record")
		}
		return
	}
	si.Out = []Output{count}
	b.perRecord(s, si, p.Flow, &p.With)
}

// perRecord checks the flow that is called once for each record, and gives it
// its arguments: Record, and State where it takes that. A flow with one input of
// another name gets the record.
func (b *body) perRecord(s *syntax.Step, si *StepInfo, name syntax.Str, with *[]*syntax.Arg) {
	fi := b.info.ByKey[name.Text]
	if fi == nil {
		b.broken[s] = true
		return
	}
	has := func(key string) bool {
		return slices.ContainsFunc(fi.Flow.Inputs, func(in *syntax.Field) bool { return in.Key.Text == key })
	}
	record := syntax.Str{Text: inputRecord, Pos: name.Pos}
	if !has(inputRecord) && len(fi.Flow.Inputs) == 1 {
		record.Text = fi.Flow.Inputs[0].Key.Text
	}
	args := []*syntax.Arg{{Key: record, Value: &syntax.Ref{Pos: name.Pos, Root: syntax.RootItem}}}
	if made := len(*with) > 0 && (*with)[0].Key.Pos == name.Pos; made {
		args = *with // a flow can be checked more than once
	} else if has(inputState) {
		state := &syntax.ObjectLit{Pos: name.Pos}
		for _, a := range *with {
			state.Keys, state.Vals = append(state.Keys, a.Key), append(state.Vals, a.Value)
		}
		args = append(args, &syntax.Arg{Key: syntax.Str{Text: inputState, Pos: name.Pos}, Value: state})
	} else if len(*with) > 0 {
		b.d.Error(flow.CodeCardInput, (*with)[0].Key.Pos, "the flow %q has no input %s, which with is given to", name.Text, inputState)
	}
	*with = args
	saved := b.loop
	b.loop = &loopScope{kind: syntax.ForEach, item: typed{flow.AnyType, true}}
	b.callee(s, si, name, args)
	b.loop = saved
}

// pageSpec makes the object that tells page.request and page.next how pages
// follow each other; nil after an error.
func (b *body) pageSpec(p *syntax.Pages) *flow.ObjectBuilder {
	var spec flow.ObjectBuilder
	ok := true
	bad := func(pos flow.Pos, format string, args ...any) {
		b.d.Error(flow.CodePagesInvalid, pos, format, args...)
		ok = false
	}
	spec.Set("by", flow.Text(p.By.Text))
	records := p.Records
	if records.Text == "" {
		records.Text = "body"
	}
	if in := answerPart(records.Text); in != "body" {
		bad(records.Pos, "records stand in the body: %s", flow.Excerpt(records.Text))
	}
	spec.Set("records", flow.Text(records.Text))
	counts := p.By.Text == syntax.PagesByPage || p.By.Text == syntax.PagesByOffset
	follows := p.By.Text == syntax.PagesByCursor || p.By.Text == syntax.PagesByURL
	switch {
	case (counts || p.By.Text == syntax.PagesByCursor) && p.Param.Text == "":
		bad(p.Pos, "paginate by %s needs param, the query parameter of the next page, or with in: body its path in the body", p.By.Text)
	case !counts && p.By.Text != syntax.PagesByCursor && p.Param.Text != "":
		bad(p.Param.Pos, "paginate by %s has no param", p.By.Text)
	case p.In.Text != "" && p.Param.Text == "":
		bad(p.In.Pos, "in says where param stands, and paginate by %s has none", p.By.Text)
	case p.In.Text == syntax.PagesInBody && !isMemberPath(p.Param.Text):
		bad(p.Param.Pos, "param is no path of members in the body: %s", flow.Excerpt(p.Param.Text))
	}
	if follows != (p.Next.Text != "") {
		pos := p.Pos
		if p.Next.Text != "" {
			pos = p.Next.Pos
		}
		bad(pos, "next says where the next cursor or address stands, and belongs to cursor and url")
	} else if follows && answerPart(p.Next.Text) == "" {
		bad(p.Next.Pos, "next stands in body or headers: %s", flow.Excerpt(p.Next.Text))
	}
	if p.More.Text != "" && answerPart(p.More.Text) == "" {
		bad(p.More.Pos, "more stands in body or headers: %s", flow.Excerpt(p.More.Text))
	}
	if p.More.Text != "" && p.Size != nil {
		bad(p.Size.Position(), "either more or size tells which page is the last")
	}
	spec.Set("param", flow.Text(p.Param.Text))
	if p.In.Text == syntax.PagesInBody {
		spec.Set("in", flow.Text(syntax.PagesInBody))
	}
	spec.Set("next", flow.Text(p.Next.Text))
	if p.More.Text != "" {
		spec.Set("more", flow.Text(p.More.Text))
	}
	start := 0.0
	if p.By.Text == syntax.PagesByPage {
		start = 1
	}
	for _, f := range []struct {
		key      string
		value    syntax.Expr
		fallback float64
	}{{"start", p.Start, start}, {"size", p.Size, 0}} {
		n := f.fallback
		if f.value != nil {
			v, constant := syntax.Constant(f.value)
			if !constant || v.Kind() != flow.KindNumber || v.Number() < 0 || v.Number() != float64(int64(v.Number())) {
				bad(f.value.Position(), "%s must be a whole number from 0", f.key)
				continue
			}
			if n = v.Number(); !counts {
				bad(f.value.Position(), "paginate by %s has no %s", p.By.Text, f.key)
			}
		}
		spec.Set(f.key, flow.Number(n))
	}
	if !ok {
		return nil
	}
	return &spec
}

// answerPart returns the part of an answer that a path begins in, body or
// headers, or "" when it leads nowhere: parts that are empty, a quote that does
// not close, or no name of a header.
func answerPart(path string) string {
	if name, ok := strings.CutPrefix(path, "headers."); ok {
		if token.MatchString(strings.TrimSuffix(strings.TrimPrefix(name, `"`), `"`)) {
			return "headers"
		}
		return ""
	}
	if !isMemberPath(path) || flow.SplitPath(path)[0] != "body" {
		return ""
	}
	return "body"
}

// need finds a card that a construct is made of.
func (b *body) need(key string, pos flow.Pos, what string) *flow.Card {
	if b.reg != nil {
		if c, ok := b.reg.Lookup(key); ok {
			return c
		}
	}
	b.d.Error(flow.CodeCardUnknown, pos, "%s needs the card %s, which is not there", what, key)
	return nil
}

// portNamed returns the place of an input by its key, whatever its group and
// case.
func portNamed(ports []flow.Port, key string) int {
	return slices.IndexFunc(ports, func(p flow.Port) bool { return strings.EqualFold(p.Key, key) })
}

// outputPath returns where an output of a card with several stands in its
// result; nil when there is none of that name.
func outputPath(c *flow.Card, key string) []string {
	i := portNamed(c.Out, key)
	switch {
	case i < 0 || c.Single():
		return nil
	case c.Out[i].Group == "":
		return []string{c.Out[i].Key}
	}
	return []string{c.Out[i].Group, c.Out[i].Key}
}

// paginate checks the Paginate card: its flow takes the members of the object
// and gives the next object.
func (b *body) paginate(s *syntax.Step, si *StepInfo, do *syntax.Paginate) {
	b.want(do.Object, flow.ObjectType, "the object of paginate", false)
	si.Out = []Output{{Key: "output", Type: flow.ObjectType}}
	fi := b.info.ByKey[do.Flow.Text]
	if fi == nil {
		b.broken[s] = true
		return
	}
	if outs := fi.Flow.Outputs; len(outs) != 1 || flow.Convertible(outs[0].Type, flow.ObjectType) != nil || fi.SecretOut[0] {
		b.d.Error(flow.CodeFlowReturn, do.Flow.Pos, "paginate needs a flow with exactly one output that is an object without secrets, and %q has others", do.Flow.Text)
	}
	do.With = nil
	for _, in := range fi.Flow.Inputs {
		do.With = append(do.With, &syntax.Arg{Key: syntax.Str{Text: in.Key.Text, Pos: do.Flow.Pos},
			Value: &syntax.Ref{Pos: do.Flow.Pos, Root: syntax.RootMemo, Path: []string{in.Key.Text}}})
	}
	saved := b.loop
	b.loop = &loopScope{kind: syntax.Reduce, memo: typed{t: flow.ObjectType}}
	b.callee(s, si, do.Flow, do.With)
	b.loop = saved
}

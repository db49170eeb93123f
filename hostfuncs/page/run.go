package page

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// text returns a member that is a text, or "".
func text(v flow.Value, key string) string {
	m, _ := v.Object().Get(key)
	if m.Kind() != flow.KindText {
		return ""
	}
	return m.Text()
}

func number(v flow.Value, key string) float64 {
	m, _ := v.Object().Get(key)
	if m.Kind() != flow.KindNumber {
		return 0
	}
	return m.Number()
}

// maxAddress is the longest address of a page in bytes: longer ones are not
// requested by the HTTP cards.
const maxAddress = 8 << 10

// itemFuel is what one member of a query or one record of a page stands for when
// the cards ask whether they should go on.
const itemFuel = 100

// runRequest takes url, query, spec and state.
func runRequest(ctx context.Context, c *flow.Call) (flow.Value, error) {
	address, query, spec, state := c.Text(0), c.Object(1), c.Value(2), c.Value(3)
	var b flow.ObjectBuilder
	if to := text(state, "url"); to != "" {
		u, err := parseAddress(to)
		if err != nil {
			return flow.Value{}, err
		}
		given := u.Query()
		for k, v := range query.All() {
			if err := c.Alive(ctx, itemFuel); err != nil {
				return flow.Value{}, err
			}
			if !given.Has(k) {
				b.Set(k, v)
			}
		}
		return flow.Members("url", flow.Text(to), "query", b.Value()), nil
	}
	param, set := text(spec, "param"), position(spec, state)
	for k, v := range query.All() {
		if err := c.Alive(ctx, itemFuel); err != nil {
			return flow.Value{}, err
		}
		if k != param || set.IsNull() {
			b.Set(k, v)
		}
	}
	if !set.IsNull() {
		b.Set(param, set)
	}
	return flow.Members("url", flow.Text(address), "query", b.Value()), nil
}

// runNext takes headers, body, url, spec, state and limit.
func runNext(_ context.Context, c *flow.Call) (flow.Value, error) {
	spec, state := c.Value(3), c.Value(4)
	body, err := parsed(c)
	if err != nil {
		return flow.Value{}, err
	}
	records, err := recordsAt(body, text(spec, "records"))
	if err != nil {
		return flow.Value{}, err
	}
	a := answer{c: c, spec: spec, state: state, body: body, got: len(records)}
	count := number(state, "count")
	limited := false
	if limit := c.Value(5); limit.Kind() == flow.KindNumber && limit.Number() > 0 {
		if left := limit.Number() - count; float64(len(records)) >= left {
			records, limited = records[:max(0, int(left))], true
		}
	}
	var out flow.ObjectBuilder
	out.Set("count", flow.Number(count+float64(len(records))))
	more, err := a.next(&out)
	if err != nil && !limited {
		return flow.Value{}, err
	}
	return flow.Members("records", flow.ListOf(records...), "state", out.Value(), "more", flow.Bool(more && !limited)), nil
}

// parsed returns the body of the answer; text is read as JSON.
func parsed(c *flow.Call) (flow.Value, error) {
	body := c.Value(1)
	if body.Kind() != flow.KindText {
		return body, nil
	}
	if strings.TrimSpace(body.Text()) == "" {
		return flow.Null(), nil
	}
	v, err := flow.ParseJSON([]byte(body.Text()), flow.JSONLimits{Bytes: c.ValueLimit()})
	if flow.CodeOf(err) == flow.CodeJSONSyntax {
		// The parser's words can quote the answer; they stay here.
		return v, flow.Errorf(flow.CodeHTTPBody, "the body of the page is not JSON")
	}
	return v, err
}

// recordsAt returns the list at "body.a.b"; nothing there is an empty list.
func recordsAt(body flow.Value, path string) ([]flow.Value, error) {
	v := body
	if parts := flow.SplitPath(path); len(parts) > 1 {
		v = follow(body, parts[1:])
	}
	switch v.Kind() {
	case flow.KindNull:
		return nil, nil
	case flow.KindList:
		return v.List().Items(), nil
	}
	return nil, flow.Errorf(flow.CodeHTTPBody, "the page has a %s and no list at %s", v.Kind(), flow.Excerpt(path))
}

// answer is one page.
type answer struct {
	c           *flow.Call
	spec, state flow.Value
	body        flow.Value
	got         int
}

// next adds to out what the next request needs, and tells whether there is one.
func (a *answer) next(out *flow.ObjectBuilder) (bool, error) {
	by := text(a.spec, "by")
	if a.says() && !a.goesOn() {
		return false, nil
	}
	switch by {
	case "page", "offset":
		at := number(a.spec, "start")
		if v, ok := a.state.Object().Get(by); ok && v.Kind() == flow.KindNumber {
			at = v.Number()
		}
		if by == "page" {
			at++
		} else {
			at += float64(a.got)
		}
		out.Set(by, flow.Number(at))
		if a.says() {
			return by == "page" || a.got > 0, nil // a page may be empty and not the last; an offset stands still then
		}
		return a.got > 0 && float64(a.got) >= number(a.spec, "size"), nil
	case "cursor":
		v := a.at(text(a.spec, "next"))
		if !leads(v, inBody(a.spec)) {
			return false, nil
		}
		if before, ok := a.state.Object().Get("cursor"); ok && flow.Equal(before, v) {
			e := flow.Errorf(flow.CodeHTTPBody, "the page names itself as the next one")
			if inBody(a.spec) {
				return false, e.WithFix("the service has to take the cursor at %s of the body", text(a.spec, "param"))
			}
			return false, e.WithFix("the service has to take the cursor as query parameter %q; in: body puts it into the body", text(a.spec, "param"))
		}
		out.Set("cursor", v)
		return true, nil
	case "link":
		links, _ := a.c.Object(0).Get("link")
		if links.Kind() != flow.KindText {
			return false, nil
		}
		return a.address(nextLink(links.Text()), out)
	}
	v := a.at(text(a.spec, "next"))
	if v.Kind() != flow.KindText {
		return false, nil
	}
	return a.address(v.Text(), out)
}

// leads reports whether a value is a cursor: null, false and what is empty mean
// that this was the last page. A query has no place for lists and objects.
func leads(v flow.Value, inBody bool) bool {
	switch v.Kind() {
	case flow.KindText:
		return v.Text() != ""
	case flow.KindNumber:
		return true
	case flow.KindList:
		return inBody && v.List().Len() > 0
	case flow.KindObject:
		return inBody && v.Object().Len() > 0
	}
	return false
}

// says reports whether the answer itself tells whether pages follow.
func (a *answer) says() bool { return text(a.spec, "more") != "" }

// goesOn reads what the answer tells about pages that follow: nothing, false, 0,
// empty texts and lists, and "false", as headers have it, mean that none does.
func (a *answer) goesOn() bool {
	switch v := a.at(text(a.spec, "more")); v.Kind() {
	case flow.KindNull:
		return false
	case flow.KindBool:
		return v.Bool()
	case flow.KindNumber:
		return v.Number() != 0
	case flow.KindText:
		return v.Text() != "" && !strings.EqualFold(v.Text(), "false") && v.Text() != "0"
	case flow.KindList:
		return v.List().Len() > 0
	}
	return true
}

// at follows "body.a.b" or "headers.name".
func (a *answer) at(path string) flow.Value {
	if name, ok := strings.CutPrefix(path, "headers."); ok {
		// A name of a header is one part, whatever is in it.
		h, _ := a.c.Object(0).Get(strings.ToLower(strings.Trim(name, `"`)))
		return h
	}
	parts := flow.SplitPath(path)
	if len(parts) == 0 || parts[0] != "body" {
		return flow.Value{}
	}
	return follow(a.body, parts[1:])
}

// follow is flow.At where a position below 0 counts from the end of a list: the
// last record often says where the next page begins.
func follow(v flow.Value, path []string) flow.Value {
	for _, part := range path {
		if i, err := strconv.Atoi(part); err == nil && i < 0 && v.Kind() == flow.KindList {
			part = strconv.Itoa(v.List().Len() + i)
		}
		v = flow.At(v, part)
	}
	return v
}

// parseAddress reads an address of a page, which an answer may have named.
func parseAddress(s string) (*url.URL, error) {
	if len(s) > maxAddress {
		return nil, flow.Errorf(flow.CodeHTTPBody, "the address of a page is longer than %d bytes", maxAddress)
	}
	u, err := url.Parse(s)
	if err != nil {
		// The parser's words quote the address; they stay here.
		return nil, flow.Errorf(flow.CodeHTTPBody, "the address of a page cannot be read")
	}
	return u, nil
}

// address takes a reference to the next page, which must be on the host and port
// that were asked: credentials go with the request.
func (a *answer) address(to string, out *flow.ObjectBuilder) (bool, error) {
	if to == "" {
		return false, nil
	}
	from, err := parseAddress(a.c.Text(2))
	if err != nil {
		return false, err
	}
	next, err := parseAddress(to)
	if err != nil {
		return false, err
	}
	u := from.ResolveReference(next)
	if !strings.EqualFold(u.Scheme, from.Scheme) || !strings.EqualFold(u.Host, from.Host) || u.User != nil {
		return false, flow.Errorf(flow.CodeEgressDenied, "the next page is on another host than this one: %s", flow.Excerpt(u.Host))
	}
	u.Fragment = ""
	if u.String() == from.String() {
		return false, flow.Errorf(flow.CodeHTTPBody, "the page names itself as the next one")
	}
	out.Set("url", flow.Text(u.String()))
	return true, nil
}

// runCollect takes the pages.
func runCollect(ctx context.Context, c *flow.Call) (flow.Value, error) {
	var all []flow.Value
	for _, page := range c.List(0).All() {
		if err := c.Alive(ctx, itemFuel); err != nil {
			return flow.Value{}, err
		}
		if page.Kind() != flow.KindList {
			return flow.Value{}, flow.Errorf(flow.CodeTypeConversion, "a page is a %s and no list", page.Kind())
		}
		all = append(all, page.List().Items()...)
	}
	return flow.Members("records", flow.ListOf(all...), "count", flow.Number(float64(len(all)))), nil
}

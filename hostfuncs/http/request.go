package http

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/exchange"
)

// part is one input of a card: its place, for messages, and its value.
type part struct {
	at    int
	value flow.Value
}

// builder fills in a request from a card's inputs.
type builder struct {
	call    *flow.Call
	request *flow.Request
}

// send builds the request, makes it, and turns a status of 400 or above into an
// http.status error.
func (b *builder) send(ctx context.Context, url, query, headers, body part) (*flow.Response, error) {
	b.request.URL = url.value.Text()
	if b.request.URL == "" {
		return nil, b.call.Invalid(url.at, "is empty")
	}
	if err := b.setQuery(query); err != nil {
		return nil, err
	}
	var err error
	if b.request.Headers, err = exchange.Pairs(b.call, headers.at, headers.value, false); err != nil {
		return nil, err
	}
	if err := b.setBody(body); err != nil {
		return nil, err
	}
	// GET, PUT and DELETE may be repeated anyway (RFC 9110, 9.2.2).
	if m := b.request.Method; m == "POST" || m == "PATCH" {
		b.request.IdempotencyKey = b.call.Key
	}
	res, err := b.call.Env.Fetch(ctx, b.request)
	if err != nil {
		return nil, exchange.Lost(b.request, err)
	}
	if res.Status >= 400 {
		return nil, exchange.StatusError(b.call, res)
	}
	return res, nil
}

// setQuery takes an object, whose members become pairs, or text, which joins
// the URL as it is.
func (b *builder) setQuery(p part) error {
	switch p.value.Kind() {
	case flow.KindText:
		b.request.URL = withQuery(b.request.URL, p.value.Text())
		return nil
	case flow.KindSecret:
		return flow.Errorf(flow.CodeSecretFlow, "input %q takes a secret only as a member of an object", b.call.Card.In[p.at].Key)
	}
	var err error
	b.request.Query, err = exchange.Pairs(b.call, p.at, p.value, true)
	return err
}

// withQuery appends query text to the URL's own query, before any fragment. A
// space and a number sign would end the query and are escaped.
func withQuery(url, query string) string {
	query = strings.TrimPrefix(query, "?")
	if query == "" {
		return url
	}
	url, fragment, found := strings.Cut(url, "#")
	join := "?"
	if strings.Contains(url, "?") {
		join = "&"
	}
	url += join + strings.NewReplacer(" ", "%20", "#", "%23").Replace(query)
	if found {
		url += "#" + fragment
	}
	return url
}

// setBody turns the body into text and announces JSON where no Content-Type is
// given.
func (b *builder) setBody(p part) error {
	if p.value.IsNull() {
		return nil
	}
	body, err := flow.Convert(p.value, flow.TextType)
	if err != nil {
		return err
	}
	b.request.Body = body
	named := slices.ContainsFunc(b.request.Headers, func(h flow.Pair) bool { return strings.EqualFold(h.Name, "Content-Type") })
	if !named && isJSON(body) {
		b.request.Headers = append(b.request.Headers, flow.Pair{Name: "Content-Type", Value: flow.Text("application/json")})
	}
	return nil
}

// isJSON reports whether body is the JSON text of an object or list. Of a secret
// it learns only this, which decides a header of the same request.
func isJSON(body flow.Value) bool {
	found := false
	flow.MapSecret(body, func(s string) string {
		start := strings.TrimLeft(s, " \t\r\n")
		found = (strings.HasPrefix(start, "{") || strings.HasPrefix(start, "[")) && json.Valid([]byte(start))
		return s
	})
	return found
}

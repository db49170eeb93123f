package egress

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/weirflow/weir/flow"
)

// Resolve checks a request as Fetch does before it asks the network, and returns
// what would be sent: the request with the credentials attached that belong on
// it, sealed like everything else. Its errors are those of Fetch up to there.
func (c *Client) Resolve(req *flow.Request) (*flow.Request, error) {
	t, err := c.policy.authorize(req.URL, req.Hosts)
	if err != nil {
		return nil, err
	}
	if _, err := prepare(req, t, c.cfg.UserAgent); err != nil {
		return nil, err
	}
	return attached(req, t), nil
}

// attached returns the request with each of its credentials put on where the
// request goes to a host that it is bound to and carries no field of that name
// yet. What cannot stand in a header is left away: it would be no credential of
// the server's.
func attached(req *flow.Request, t target) *flow.Request {
	if len(req.Attach) == 0 {
		return req
	}
	out := *req
	out.Attach = nil
	out.Headers, out.Query = slices.Clip(req.Headers), slices.Clip(req.Query)
	for _, a := range req.Attach {
		value, err := open(t, "credential", a.Value)
		if err != nil || value == "" || !httpguts.ValidHeaderFieldValue(value) {
			continue // bound elsewhere: the request is not its business
		}
		switch a.In {
		case "header":
			if header(out.Headers, a.Field) < 0 && httpguts.ValidHeaderFieldName(a.Field) {
				out.Headers = append(out.Headers, flow.Pair{Name: a.Field, Value: a.Value})
			}
		case "cookie":
			out.Headers = withCookie(out.Headers, a, t)
		case "query":
			if !slices.ContainsFunc(out.Query, func(p flow.Pair) bool { return p.Name == a.Field }) && !t.url.Query().Has(a.Field) {
				out.Query = append(out.Query, flow.Pair{Name: a.Field, Value: a.Value})
			}
		}
	}
	return &out
}

// header returns the place of a header, or -1.
func header(pairs []flow.Pair, name string) int {
	return slices.IndexFunc(pairs, func(p flow.Pair) bool { return strings.EqualFold(p.Name, name) })
}

// withCookie adds a cookie behind those that the request sends already.
func withCookie(headers []flow.Pair, a flow.Attachment, t target) []flow.Pair {
	cookie := flow.EscapeSecret(a.Value,
		func(s string) string { return (&http.Cookie{Name: a.Field, Value: s}).String() },
		func(mask string) string { return a.Field + "=" + mask })
	at := header(headers, "Cookie")
	if at < 0 {
		return append(headers, flow.Pair{Name: "Cookie", Value: cookie})
	}
	have, err := open(t, "header Cookie", headers[at].Value)
	if err != nil {
		return headers // the request fails by it
	}
	sent := http.Request{Header: http.Header{"Cookie": {have}}}
	if _, err := sent.Cookie(a.Field); err == nil {
		return headers
	}
	joined, err := flow.Concat(headers[at].Value, flow.Text("; "), cookie)
	if err != nil {
		return headers
	}
	headers = slices.Clone(headers)
	headers[at].Value = joined
	return headers
}

package egress

import (
	"net/http"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// TestAttached: a credential goes on requests to the hosts it is bound to that
// carry no field of its name, and what Resolve says is what a server receives,
// sealed.
func TestAttached(t *testing.T) {
	var got *http.Request
	host := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Clone(t.Context()) })
	c := New(Config{Allow: []string{host}})
	defer c.Close()
	key := flow.NewSecret("api_key", "s3cret", host)
	elsewhere := flow.NewSecret("other", "s3cret-other", "other.example")
	token, err := flow.Concat(flow.Text("Bearer "), key)
	if err != nil {
		t.Fatal(err)
	}
	pair := func(name, text string) []flow.Pair { return []flow.Pair{{Name: name, Value: flow.Text(text)}} }
	for _, tt := range []struct {
		name          string
		req           flow.Request
		attach        flow.Attachment
		sent, resolve string // Authorization, Cookie and query
	}{
		{"header", flow.Request{}, flow.Attachment{In: "header", Field: "Authorization", Value: token}, "Bearer s3cret||", "Bearer [secret api_key]||"},
		{"the request's own header", flow.Request{Headers: pair("authorization", "mine")}, flow.Attachment{In: "header", Field: "Authorization", Value: token}, "mine||", "mine||"},
		{"bound elsewhere", flow.Request{}, flow.Attachment{In: "header", Field: "Authorization", Value: elsewhere}, "||", "||"},
		{"empty", flow.Request{}, flow.Attachment{In: "header", Field: "Authorization", Value: flow.NewSecret("e", "", host)}, "||", "||"},
		{"of several lines", flow.Request{}, flow.Attachment{In: "header", Field: "Authorization", Value: flow.NewSecret("e", "a\nb", host)}, "||", "||"},
		{"not a header name", flow.Request{}, flow.Attachment{In: "header", Field: "Author ization", Value: key}, "||", "||"},
		{"query", flow.Request{URL: "/?a=1", Query: pair("b", "2")}, flow.Attachment{In: "query", Field: "key", Value: key}, "||a=1&b=2&key=s3cret", "||b=2&key=[secret api_key]"},
		{"the request's own query", flow.Request{Query: pair("key", "mine")}, flow.Attachment{In: "query", Field: "key", Value: key}, "||key=mine", "||key=mine"},
		{"the URL's own query", flow.Request{URL: "/?key=mine"}, flow.Attachment{In: "query", Field: "key", Value: key}, "||key=mine", "||"},
		{"cookie", flow.Request{}, flow.Attachment{In: "cookie", Field: "sid", Value: key}, "|sid=s3cret|", "|sid=[secret api_key]|"},
		{"a further cookie", flow.Request{Headers: pair("Cookie", "a=1")}, flow.Attachment{In: "cookie", Field: "sid", Value: key}, "|a=1; sid=s3cret|", "|a=1; sid=[secret api_key]|"},
		{"the request's own cookie", flow.Request{Headers: pair("Cookie", "sid=mine")}, flow.Attachment{In: "cookie", Field: "sid", Value: key}, "|sid=mine|", "|sid=mine|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := tt.req
			req.Method, req.URL, req.Hosts = "GET", "http://"+host+req.URL, []string{host}
			if !strings.Contains(tt.req.URL, "?") {
				req.URL += "/"
			}
			req.Attach = []flow.Attachment{tt.attach}
			before := len(req.Headers) + len(req.Query)
			if _, err := c.Fetch(t.Context(), &req); err != nil {
				t.Fatal(err)
			}
			if sent := got.Header.Get("Authorization") + "|" + got.Header.Get("Cookie") + "|" + got.URL.RawQuery; sent != tt.sent {
				t.Errorf("sent %q, want %q", sent, tt.sent)
			}
			res, err := c.Resolve(&req)
			if err != nil {
				t.Fatal(err)
			}
			if text := shownParts(res); text != tt.resolve || len(res.Attach) != 0 {
				t.Errorf("resolved %q, want %q", text, tt.resolve)
			}
			if len(req.Headers)+len(req.Query) != before || len(req.Attach) != 1 {
				t.Error("the request itself was changed")
			}
		})
	}
}

// shownParts prints what Resolve gave as TestAttached names it.
func shownParts(r *flow.Request) string {
	var auth, cookie string
	for _, h := range r.Headers {
		switch strings.ToLower(h.Name) {
		case "authorization":
			auth = flow.Masked(h.Value)
		case "cookie":
			cookie = flow.Masked(h.Value)
		}
	}
	var query []string
	for _, q := range r.Query {
		query = append(query, q.Name+"="+flow.Masked(q.Value))
	}
	return auth + "|" + cookie + "|" + strings.Join(query, "&")
}

// TestResolveRefuses: Resolve refuses what Fetch refuses before it asks the
// network, with the same codes.
func TestResolveRefuses(t *testing.T) {
	c := New(Config{Resolver: names{}})
	defer c.Close()
	for _, tt := range []struct {
		req  flow.Request
		code flow.Code
	}{
		{flow.Request{Method: "GET", URL: "https://a.example/"}, ""},
		{flow.Request{Method: "TRACE", URL: "https://a.example/"}, flow.CodeInputInvalid},
		{flow.Request{Method: "GET", URL: "https://b.example/"}, flow.CodeEgressDenied},
		{flow.Request{Method: "GET", URL: "http://a.example/"}, flow.CodeEgressDenied},
		{flow.Request{Method: "GET", URL: "https://127.0.0.1/"}, flow.CodeEgressDenied},
		{flow.Request{Method: "GET", URL: "https://a.example/", Body: flow.NewSecret("s", "s3cret", "b.example")}, flow.CodeEgressSecretHost},
	} {
		tt.req.Hosts = []string{"a.example", "127.0.0.1"}
		_, err := c.Resolve(&tt.req)
		if flow.CodeOf(err) != tt.code {
			t.Errorf("%s %s: %v, want %s", tt.req.Method, tt.req.URL, err, tt.code)
		}
		_, err = c.Fetch(t.Context(), &tt.req)
		if want := tt.code; want != "" && flow.CodeOf(err) != want || want == "" && flow.CodeOf(err) != flow.CodeEgressDNS {
			t.Errorf("%s %s: Fetch gives %v, want %s", tt.req.Method, tt.req.URL, err, tt.code)
		}
	}
}

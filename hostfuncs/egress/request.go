package egress

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/weirflow/weir/flow"
)

// What one request may carry: twice what common servers accept.
const (
	maxRequestHeaders     = 100
	maxRequestHeaderBytes = 64 << 10
)

// methods are those a request may have. CONNECT and TRACE are not among them.
var methods = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}

// reserved header fields describe the connection or the framing of the
// message. The client writes them itself; a flow that could would be able to
// ask for an upgrade or to smuggle a second request into the first.
var reserved = []string{
	"Connection", "Content-Length", "Expect", "Host", "Http2-Settings", "Keep-Alive", "Proxy-Authenticate",
	"Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// outgoing is a request with its secrets opened. It lives during one Fetch and
// is never printed.
type outgoing struct {
	target target
	method string
	header http.Header
	body   string
	pieces []piece // the body instead of body, where the request streams it
	sink   func(head *flow.Response, body io.Reader) error
}

// prepare checks what a request sends and opens its secrets toward t. Errors
// are input.invalid for what HTTP cannot carry and egress.secret_host for a
// secret bound elsewhere; they name fields and never hold values.
func prepare(req *flow.Request, t target, userAgent string) (*outgoing, error) {
	if !slices.Contains(methods, req.Method) {
		return nil, flow.Errorf(flow.CodeInputInvalid, "the request method is not one of %s", strings.Join(methods, ", "))
	}
	req = attached(req, t)
	out := &outgoing{target: t, method: req.Method, header: make(http.Header, len(req.Headers)+3), sink: req.Sink}
	if err := out.setHeaders(req.Headers); err != nil {
		return nil, err
	}
	if req.IdempotencyKey != "" && out.header.Get("Idempotency-Key") == "" {
		if !httpguts.ValidHeaderFieldValue(req.IdempotencyKey) {
			return nil, badHeaderValue("Idempotency-Key")
		}
		out.header.Set("Idempotency-Key", req.IdempotencyKey)
	}
	if out.header.Get("User-Agent") == "" {
		out.header.Set("User-Agent", userAgent)
	}
	// What is asked for here is what body.go can undo. An author's own choice
	// would only be a way to get bytes that nobody decodes.
	out.header.Set("Accept-Encoding", "gzip")
	if out.sink != nil {
		// A file is wanted as it lies there, and its size known in advance.
		out.header.Set("Accept-Encoding", "identity")
	}
	query, err := openQuery(t, req.Query)
	if err != nil {
		return nil, err
	}
	u := *t.url
	u.RawQuery = cleanQuery(u.RawQuery)
	if u.RawQuery != "" && query != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += query
	u.ForceQuery = false
	out.target.url = &u
	if out.body, err = open(t, "body", req.Body); err != nil {
		return nil, err
	}
	out.pieces, err = openPieces(t, req)
	return out, err
}

func (out *outgoing) setHeaders(pairs []flow.Pair) error {
	if len(pairs) > maxRequestHeaders {
		return flow.Errorf(flow.CodeInputInvalid, "a request may have at most %d headers", maxRequestHeaders)
	}
	size := 0
	for _, p := range pairs {
		if !httpguts.ValidHeaderFieldName(p.Name) {
			return flow.Errorf(flow.CodeInputInvalid, "not a header name: %s", flow.Excerpt(p.Name))
		}
		name := http.CanonicalHeaderKey(p.Name)
		if slices.Contains(reserved, name) {
			return flow.Errorf(flow.CodeInputInvalid, "the header %q is set by the client itself", name)
		}
		value, err := open(out.target, "header "+name, p.Value)
		if err != nil {
			return err
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return badHeaderValue(name)
		}
		if size += len(name) + len(value) + 4; size > maxRequestHeaderBytes {
			return flow.Errorf(flow.CodeInputInvalid, "the headers of a request may have at most %d bytes", maxRequestHeaderBytes)
		}
		out.header.Add(name, value)
	}
	return nil
}

func badHeaderValue(name string) error {
	return flow.Errorf(flow.CodeInputInvalid, "the value of the header %q has a line break or control character", name)
}

// open returns the text of a request's part. Only texts and secrets are parts.
func open(t target, what string, v flow.Value) (string, error) {
	switch v.Kind() {
	case flow.KindNull, flow.KindText, flow.KindSecret:
		bare, full := t.binding()
		return flow.OpenSecret(v, bare, full)
	}
	return "", flow.Errorf(flow.CodeInputInvalid, "the %s of a request must be text, not %s", what, v.Kind())
}

// openQuery prints query pairs with everything escaped that RFC 3986 does not
// call unreserved: a space is %20, which every server reads alike, and never +.
func openQuery(t target, pairs []flow.Pair) (string, error) {
	var b strings.Builder
	for _, p := range pairs {
		value, err := open(t, "query", p.Value)
		if err != nil {
			return "", err
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		escape(&b, p.Name, unreserved)
		b.WriteByte('=')
		escape(&b, value, unreserved)
	}
	return b.String(), nil
}

// cleanQuery escapes what may not stand in a query (RFC 3986, 3.4) and leaves
// everything else, escapes included, as the author wrote it.
func cleanQuery(s string) string {
	var b strings.Builder
	escape(&b, s, func(c byte) bool { return unreserved(c) || strings.IndexByte("!$&'()*+,;=:@/?%[]", c) >= 0 })
	return b.String()
}

// cleanPath escapes what may not stand in a path (RFC 3986, 3.3), so that
// escapes like %2F beside it are sent as they were written.
func cleanPath(s string) string {
	var b strings.Builder
	escape(&b, s, func(c byte) bool { return unreserved(c) || strings.IndexByte("!$&'()*+,;=:@/%[]", c) >= 0 })
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func escape(b *strings.Builder, s string, keep func(byte) bool) {
	const digits = "0123456789ABCDEF"
	for _, c := range []byte(s) {
		if keep(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
}

// follow returns the request that a redirect with this status asks for (RFC
// 9110, 15.4): the same method and body for 307 and 308, GET without a body
// for 303, and for 301 and 302 what browsers do, which is GET after POST.
func (out *outgoing) follow(status int, to target) *outgoing {
	next := &outgoing{target: to, method: out.method, header: out.header, body: out.body, pieces: out.pieces, sink: out.sink}
	if status == http.StatusSeeOther && out.method != "HEAD" ||
		(status == http.StatusMovedPermanently || status == http.StatusFound) && out.method == "POST" {
		next.method, next.body, next.pieces = "GET", "", nil
		next.header = out.header.Clone()
		for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Location", "Idempotency-Key"} {
			next.header.Del(name)
		}
	}
	u := *to.url
	u.RawQuery = cleanQuery(u.RawQuery)
	next.target.url = &u
	return next
}

// request returns the message for the transport; streamed is the body of a
// request that has pieces. It has no GetBody, so that the transport cannot send
// a body a second time.
func (out *outgoing) request(streamed *sending) *http.Request {
	r := &http.Request{
		Method: out.method,
		URL:    out.target.url,
		Header: out.header,
		Host:   out.target.url.Host,
	}
	switch {
	case streamed != nil:
		r.Body = streamed
		r.ContentLength = streamed.total
	case out.body != "":
		r.Body = bodyOf(out.body)
		r.ContentLength = int64(len(out.body))
	}
	return r
}

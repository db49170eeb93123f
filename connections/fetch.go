package connections

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/weirflow/weir/flow"
)

const (
	// maxAnswer bounds the answer of a token address: tokens with many claims
	// reach 16 KiB, and there may be three of them.
	maxAnswer = 256 << 10
	// maxRequest bounds what is read of a request that x/oauth2 built.
	maxRequest = flow.MaxSecret
	// exchangeTimeout bounds one request to a token address.
	exchangeTimeout = 30 * time.Second
)

// tokenTransport carries the requests of x/oauth2 to one token address and
// nowhere else. It adds what the authentication declares to requests and turns
// answers into the form of RFC 6749, 5.1 and 5.2.
type tokenTransport struct {
	fetch flow.Fetcher
	to    *url.URL
	auth  *flow.OAuth2
}

// withTransport returns a context whose HTTP client x/oauth2 uses.
func (t *tokenTransport) withTransport(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport: t,
		// The fetcher follows none either: a redirected token request would take
		// its credentials along.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}

// RoundTrip implements http.RoundTripper.
func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != t.to.Scheme || req.URL.Host != t.to.Host || req.Method != http.MethodPost {
		return nil, flow.Errorf(flow.CodeEgressDenied, "a token request would go elsewhere than to %q", t.to.Host)
	}
	form, err := readForm(req)
	if err != nil {
		return nil, err
	}
	for _, p := range t.auth.TokenParams {
		if !form.Has(p.Name) { // what the protocol sets stays
			form.Set(p.Name, p.Text)
		}
	}
	// Body and Authorization are secrets, which the fetcher opens for this host
	// alone and which nothing that prints the request shows.
	bound := []string{t.to.Host, strings.TrimSuffix(t.to.Host, ":"+portOf(t.to)) + ":" + portOf(t.to)}
	out := &flow.Request{
		Method: http.MethodPost, URL: t.to.String(), Hosts: []string{t.to.Host},
		Body:    flow.NewSecret("token request", form.Encode(), bound...),
		MaxBody: maxAnswer, Timeout: exchangeTimeout,
	}
	header := func(name string, v flow.Value) {
		out.Headers = slices.DeleteFunc(out.Headers, func(p flow.Pair) bool { return strings.EqualFold(p.Name, name) })
		out.Headers = append(out.Headers, flow.Pair{Name: name, Value: v})
	}
	header("Accept", flow.Text("application/json"))
	for _, h := range t.auth.TokenHeaders {
		header(h.Name, flow.Text(h.Text))
	}
	header("Content-Type", flow.Text("application/x-www-form-urlencoded"))
	if a := req.Header.Get("Authorization"); a != "" {
		header("Authorization", flow.NewSecret("client authentication", a, bound...))
	}
	res, err := t.fetch.Fetch(req.Context(), out)
	if err != nil {
		return nil, err
	}
	return t.answer(req, res)
}

// portOf returns the port of an address, given or not.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

func readForm(req *http.Request) (url.Values, error) {
	if req.Body == nil {
		return url.Values{}, nil
	}
	defer req.Body.Close()
	body, err := io.ReadAll(io.LimitReader(req.Body, maxRequest+1))
	if err != nil || len(body) > maxRequest {
		return nil, flow.Errorf(flow.CodeConnectionInvalid, "the token request has more than %d bytes", maxRequest)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "a token request is no form")
	}
	return form, nil
}

// answer gives x/oauth2 the answer in its one form: no text of the server but
// tokens, their kind, scope and lifetime, and a known error code.
func (t *tokenTransport) answer(req *http.Request, res *flow.Response) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}}
	content := ""
	for _, p := range res.Headers {
		switch strings.ToLower(p.Name) {
		case "content-type":
			content, _, _ = mime.ParseMediaType(p.Value.Text())
		case "retry-after":
			header.Set("Retry-After", p.Value.Text())
		}
	}
	body, err := canonicalAnswer(res.Status, content, res.Body, t.auth)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: res.Status, Status: http.StatusText(res.Status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

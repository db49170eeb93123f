package tape

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// differences lists in what a request is not that of the exchange. body is the
// request's, secrets by name.
func (m matcher) differences(x *Exchange, req *flow.Request, body *Body) []string {
	var out []string
	if req.Method != x.Request.Method {
		out = append(out, differ("method", x.Request.Method, req.Method))
	}
	wantTarget, wantQuery := split(x.Request.URL)
	gotTarget, gotQuery := split(req.URL)
	if !m.fits(wantTarget, gotTarget, "/") {
		out = append(out, differ("url", flow.Printable(wantTarget), flow.Printable(gotTarget)))
	}
	for _, f := range x.Request.Query {
		wantQuery = append(wantQuery, pair{f.Name, flow.Text(f.Value)})
	}
	for _, p := range req.Query {
		gotQuery = append(gotQuery, pair{p.Name, p.Value})
	}
	out = append(out, m.comparePairs("query", sortPairs(wantQuery), sortPairs(gotQuery))...)
	headers := m.comparePairs
	if x.Loose {
		headers = m.carries
	}
	out = append(out, headers("header", x.headers(), headersOf(req, x.Loose))...)
	return append(out, m.compareBody(x, req, body)...)
}

func (x *Exchange) headers() []pair {
	var out []pair
	for _, f := range x.Request.Headers {
		out = append(out, pair{strings.ToLower(f.Name), flow.Text(f.Value)})
	}
	return sortPairs(out)
}

// headersOf returns the headers that are compared. The idempotency key is made
// of the run and the step, so that a tape does not keep it; people may expect it.
func headersOf(req *flow.Request, loose bool) []pair {
	var out []pair
	for _, h := range req.Headers {
		out = append(out, pair{strings.ToLower(h.Name), h.Value})
	}
	if loose && req.IdempotencyKey != "" {
		out = append(out, pair{"idempotency-key", flow.Text(req.IdempotencyKey)})
	}
	return sortPairs(out)
}

// split returns the part of an address before the query in one spelling, and the
// pairs of the query, decoded.
func split(address string) (target string, query []pair) {
	address, raw, _ := strings.Cut(address, "?")
	target = address
	if u, err := url.Parse(address); err == nil {
		host := strings.ToLower(u.Host)
		if port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]; port != "" {
			host = strings.TrimSuffix(host, port)
		}
		path := cmp.Or(u.EscapedPath(), "/")
		if strings.Contains(u.Path, secretMark) {
			path = u.Path // what stands for a secret is for people, and spelled so
		}
		target = u.Scheme + "://" + host + path
	}
	for part := range strings.SplitSeq(raw, "&") {
		if part != "" {
			name, value, _ := strings.Cut(part, "=")
			query = append(query, pair{unescape(name), flow.Text(unescape(value))})
		}
	}
	return target, query
}

func (m matcher) compareBody(x *Exchange, req *flow.Request, got *Body) []string {
	want := &x.Request.Body
	switch {
	case want.Empty():
		if x.Loose || len(got.Data()) == 0 && got.Bytes == 0 {
			return nil
		}
		return []string{differ("body", "none", bodyText(got))}
	case want.Bytes > 0 || got.Bytes > 0:
		return compareLong(want, got)
	case len(want.Binary) > 0:
		if !bytes.Equal(want.Binary, got.Data()) {
			return []string{differ("body", bodyText(want), bodyText(got))}
		}
		return nil
	case want.Value.Kind() == flow.KindText:
		return m.compareText(want.Value.Text(), req, got)
	}
	return m.compareJSON(want.Value, req, got)
}

func (m matcher) compareText(want string, req *flow.Request, got *Body) []string {
	text := string(got.Data())
	if m.fits(want, text, "&\n") || m.says(req.Body, want) {
		return nil
	}
	// Two JSON texts are told apart by what they say.
	w, errW := flow.ParseJSON([]byte(want), flow.JSONLimits{})
	g, errG := flow.ParseJSON([]byte(text), flow.JSONLimits{})
	if errW == nil && errG == nil {
		if d := m.compare("body", w, g); len(d) > 0 {
			return d
		}
	}
	return []string{differTexts("body", want, text)}
}

// compareJSON compares a body with the value whose JSON it must be, with secrets
// by name or by their text.
func (m matcher) compareJSON(want flow.Value, req *flow.Request, got *Body) []string {
	g, err := flow.ParseJSON(got.Data(), flow.JSONLimits{})
	if err != nil {
		return []string{differ("body", Show(want), bodyText(got))}
	}
	d := m.compare("body", want, g)
	if len(d) == 0 || req.Body.Kind() != flow.KindSecret {
		return d
	}
	// What is wanted may be the text of a secret: then only the places count where
	// that differs too.
	places := map[string]bool{}
	opened(req.Body, func(s string) bool {
		plain, err := flow.ParseJSON([]byte(s), flow.JSONLimits{})
		if err != nil {
			return false
		}
		for _, one := range m.compare("body", want, plain) {
			place, _, _ := strings.Cut(one, ": want ")
			places[place] = true
		}
		return true
	})
	return slices.DeleteFunc(d, func(one string) bool {
		place, _, _ := strings.Cut(one, ": want ")
		return !places[place]
	})
}

// compareLong compares bodies of which one is known by its digest, or by its
// length alone.
func compareLong(want, got *Body) []string {
	w, g := long(want), long(got)
	if w.Bytes == g.Bytes && (w.SHA256 == "" || g.SHA256 == "" || w.SHA256 == g.SHA256) {
		return nil
	}
	return []string{differ("body", bodyText(&w), bodyText(&g))}
}

func long(b *Body) Body {
	if b.Bytes > 0 {
		return *b
	}
	return digest(b.Data())
}

// bodyText describes a body in a difference.
func bodyText(b *Body) string {
	switch {
	case b.SHA256 != "":
		return fmt.Sprintf("%d bytes with the SHA-256 %s…", b.Bytes, b.SHA256[:8])
	case b.Bytes > 0:
		return fmt.Sprintf("%d bytes", b.Bytes)
	case len(b.Binary) > 0:
		sum := digest(b.Binary)
		return bodyText(&sum)
	case b.Value.IsNull():
		return "none"
	}
	return Show(b.Value)
}

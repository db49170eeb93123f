package connections

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/weirflow/weir/flow"
)

// maxCallback bounds what a browser brings back: codes of large providers have
// up to 2 KB.
const maxCallback = 16 << 10

// callback is what an authorization server told by way of the browser (RFC 6749,
// 4.1.2; RFC 9207).
type callback struct {
	state, code, iss string
	hasIss           bool
	failure          string // the error code; "" for none
}

// parseCallback reads the address that a browser was sent to. Parameters that
// stand twice are refused (RFC 6749, 3.1), because who reads the other one sees
// another answer. Errors: oauth.callback.
func parseCallback(u *url.URL) (*callback, error) {
	if len(u.RawQuery) > maxCallback {
		return nil, badCallback("is too long")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, badCallback("is no query")
	}
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(q[name]) > 1 {
			return nil, badCallback("has the parameter " + name + " twice")
		}
	}
	c := &callback{state: q.Get("state"), code: q.Get("code"), iss: q.Get("iss"), hasIss: q.Has("iss"), failure: q.Get("error")}
	if c.state == "" {
		return nil, badCallback("has no state")
	}
	if c.code != "" && c.failure != "" {
		return nil, badCallback("has a code and an error")
	}
	return c, nil
}

func badCallback(what string) error {
	return flow.Errorf(flow.CodeOAuthCallback, "what the browser brought back %s", what).WithFix("begin again")
}

// RedirectURI returns the redirect address of a connector below base, the
// address of whoever receives callbacks, such as https://weir.example or
// http://127.0.0.1:8976 (RFC 8252, 7.3). Every connector has its own, so that an
// answer of one authorization server is never taken for that of another (RFC
// 9700, 4.4.2). Errors: connection.invalid when base is not https, or http on a
// loopback address, or has a user, a query or a fragment.
func RedirectURI(base, connector string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(base, "#") || u.Opaque != "" {
		return "", flow.Errorf(flow.CodeConnectionInvalid, "no address for redirects: %s", flow.Excerpt(base))
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return "", flow.Errorf(flow.CodeConnectionInvalid, "redirects need https, or http on a loopback address: %s", flow.Excerpt(base))
	}
	return strings.TrimSuffix(u.String(), "/") + "/oauth/" + url.PathEscape(connector) + "/cb", nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

package url

import (
	"context"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/weirflow/weir/flow"
)

// defaultPort returns the port of a scheme that a URL need not name (URL
// Standard, "special scheme"), or 0.
func defaultPort(scheme string) int {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	case "ftp":
		return 21
	}
	return 0
}

func format() *flow.Card {
	return &flow.Card{
		Key: "url.format", Aliases: []string{"kernel:url:format"}, Title: "Format", Category: category, Since: since,
		Doc: "Assembles a URL from its parts; it undoes Parse. The default port of the protocol is left out, a ? is put before a query that is not empty, and characters that cannot stand in a URL are percent-encoded; escapes that are there already stay. A host that is no host name or address is input.invalid.",
		In: []flow.Port{
			{Key: "protocol", Label: "protocol", Doc: "The scheme, without a colon.", Type: flow.TextType, Required: true, Default: `"https"`},
			{Key: "host", Label: "host", Doc: "Host name or IP address, without a port.", Type: flow.TextType, Required: true},
			{Key: "port", Label: "port", Doc: "Port; 0 for none.", Type: flow.NumberType, Default: "443"},
			{Key: "path", Label: "path", Doc: "The path.", Type: flow.TextType, Default: `"/"`},
			{Key: "query", Label: "query", Doc: "The query, encoded, without ?.", Type: flow.TextType, Default: `""`},
		},
		Out:    []flow.Port{out("url", "url", "The URL.", flow.TextType)},
		Cost:   flow.Cost{Base: 400, PerByte: 8},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitValue},
		Notes: []flow.Note{
			{
				Topic: "the default port", Vendor: "do not say whether it is written",
				Choice: "443 for https and wss, 80 for http and ws, 21 for ftp are left out; other ports are written, so the untouched 443 shows with http", Why: "the URL is the one that browsers show",
			},
			{
				Topic: "# in path or query, ? in the path", Vendor: "are silent",
				Choice: "they are percent-encoded", Why: "a part must not be able to end itself and begin another",
			},
		},
		Examples: []flow.Example{
			{In: `{"protocol":"http","host":"www.test.com","port":8080,"path":"/test%20url","query":"value=example&value2=URL"}`, Out: `{"url":"http://www.test.com:8080/test%20url?value=example&value2=URL"}`},
			{In: `{"host":"example.com","path":"a b?#"}`, Out: `{"url":"https://example.com/a%20b%3F%23"}`},
			{In: `{"host":"::1","port":8443}`, Out: `{"url":"https://[::1]:8443/"}`},
			{In: `{"host":"example.com/path"}`, Err: flow.CodeInputInvalid},
			{In: `{"host":"example.com","port":70000}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			scheme := strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(c.Text(0), "//"), ":"))
			if !validScheme(scheme) {
				return flow.Value{}, c.Invalid(0, "is not a URL scheme: %s", flow.Excerpt(c.Text(0)))
			}
			host, ok, err := cleanHost(c, c.Text(1))
			if err != nil {
				return flow.Value{}, err
			}
			if !ok || host == "" {
				return flow.Value{}, c.Invalid(1, "is not a host: %s", flow.Excerpt(c.Text(1)))
			}
			port := c.Number(2)
			if !(port >= 0 && port <= 65535) || port != math.Trunc(port) {
				return flow.Value{}, c.Invalid(2, "is not a port: %s", flow.FormatNumber(port))
			}
			path, query := c.Text(3), strings.TrimPrefix(c.Text(4), "?")
			if err := c.Reserve(int64(len(path) + len(query))); err != nil {
				return flow.Value{}, err
			}
			path, query, err = escapeParts(ctx, c, len(scheme)+len(host)+len("://:65535/?"), path, query)
			if err != nil {
				return flow.Value{}, err
			}
			at := ""
			if p := int(port); p != 0 && p != defaultPort(scheme) {
				at = ":" + strconv.Itoa(p)
			}
			if !strings.HasPrefix(path, "/") {
				at += "/"
			}
			if query != "" {
				query = "?" + query
			}
			return flow.Text(scheme + "://" + host + at + path + query), nil
		},
	}
}

var parseShape = flow.NewShape([]string{"protocol", "host", "port", "path", "query"})

func parse() *flow.Card {
	return &flow.Card{
		Key: "url.parse", Aliases: []string{"kernel:url:parse"}, Title: "Parse", Category: category, Since: since,
		Doc: "Splits a URL into its parts, which come out encoded: a blank in the path becomes %20. User names, passwords and fragments are dropped. A URL without a port has the default port of its protocol; a relative URL has protocol https and an empty host.",
		In:  []flow.Port{{Key: "url", Label: "url", Doc: "The URL.", Type: flow.TextType, Required: true}},
		Out: []flow.Port{
			always(out("protocol", "protocol", "The scheme in lower case, without a colon.", flow.TextType)),
			always(out("host", "host", "The host in lower-case ASCII, without the port: bücher.example is xn--bcher-kva.example, and an IPv6 address stands in brackets.", flow.TextType)),
			out("port", "port", "The port; null where the protocol has no default one.", flow.NumberType),
			always(out("path", "path", "The path, / if there is none.", flow.TextType)),
			always(out("query", "query", "The query without ?.", flow.TextType)),
		},
		Cost:   flow.Cost{Base: 700, PerByte: 3.5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeLimitValue},
		Notes: []flow.Note{{
			Topic: "port of a URL that names none, relative and empty URLs", Vendor: "show the stored defaults https, 443, / and empty text",
			Choice: "the default port of the protocol; missing protocol, host, path and query take the stored defaults", Why: "links of paged answers are often relative, or empty on the last page",
		}},
		Examples: []flow.Example{
			{In: `{"url":"http://www.test.com:8080/test url?value=example&value2=URL"}`, Out: `{"protocol":"http","host":"www.test.com","port":8080,"path":"/test%20url","query":"value=example&value2=URL"}`},
			{In: `{"url":"HTTPS://user:pw@Example.com?a=b#c"}`, Out: `{"protocol":"https","host":"example.com","port":443,"path":"/","query":"a=b"}`},
			{In: `{"url":"/api/users?after=x"}`, Out: `{"protocol":"https","host":"","port":443,"path":"/api/users","query":"after=x"}`},
			{In: `{"url":"http://example.com:99999/"}`, Err: flow.CodeInputInvalid},
			{In: `{"url":"https://good.example\\@evil.example/"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			u := split(strings.TrimSpace(c.Text(0)))
			host, ok, err := cleanHost(c, u.host)
			if err != nil {
				return flow.Value{}, err
			}
			if !ok || u.hostless {
				return flow.Value{}, c.Invalid(0, "has no valid host")
			}
			port := flow.Null()
			if u.port != "" {
				p, err := strconv.ParseUint(u.port, 10, 16)
				if err != nil {
					return flow.Value{}, c.Invalid(0, "has no valid port")
				}
				port = flow.Number(float64(p))
			} else if p := defaultPort(u.scheme); p != 0 {
				port = flow.Number(float64(p))
			}
			path, query, err := escapeParts(ctx, c, len(host), u.path, u.query)
			if err != nil {
				return flow.Value{}, err
			}
			if path == "" {
				path = "/"
			}
			if len(c.Text(0)) > cloneFrom {
				u.scheme, host = strings.Clone(u.scheme), strings.Clone(host)
			}
			return flow.NewObject(parseShape, []flow.Value{
				flow.Text(u.scheme), flow.Text(host), port, flow.Text(path), flow.Text(query),
			}), nil
		},
	}
}

// escapeParts escapes a path and a query while the run goes on, and if there is
// room for them and for beside more bytes.
func escapeParts(ctx context.Context, c *flow.Call, beside int, path, query string) (string, string, error) {
	p, err := escapedLenWhile(ctx, c, path, &pathChars)
	if err != nil {
		return "", "", err
	}
	q, err := escapedLenWhile(ctx, c, query, &queryChars)
	if err != nil {
		return "", "", err
	}
	if err := c.Reserve(int64(beside + p + q)); err != nil {
		return "", "", err
	}
	if path, err = escapeWhile(ctx, c, path, p, &pathChars); err == nil {
		query, err = escapeWhile(ctx, c, query, q, &queryChars)
	}
	return path, query, err
}

// cloneFrom is the length up to which scheme and host may share the memory of
// the URL that they are part of.
const cloneFrom = 256

// parts are the pieces of a URL as they stand in it, the scheme in lower case.
type parts struct {
	scheme, host, port, path, query string
	hostless                        bool // names a scheme that needs a host, and has none
}

// split takes a URL apart as RFC 3986, appendix B, does; a missing scheme is https.
func split(s string) parts {
	u := parts{scheme: "https"}
	if scheme, rest, ok := strings.Cut(s, ":"); ok && validScheme(scheme) {
		u.scheme, s = strings.ToLower(scheme), rest
		u.hostless = defaultPort(u.scheme) != 0
	}
	s, _, _ = strings.Cut(s, "#")
	s, u.query, _ = strings.Cut(s, "?")
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		authority := rest
		s = ""
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			authority, s = rest[:i], rest[i:]
		}
		u.host, u.port = splitAuthority(authority)
		u.hostless = u.hostless && u.host == ""
	}
	u.path = s
	return u
}

// splitAuthority drops the user information and cuts the port off. A backslash
// is where readers of URLs disagree about the end of the host, so an authority
// with one is kept whole, which no host is.
func splitAuthority(s string) (host, port string) {
	if strings.ContainsRune(s, '\\') {
		return s, ""
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.ContainsRune(s[i:], ']') {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// validScheme checks the grammar of RFC 3986, 3.1.
func validScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !(s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.')) {
			return false
		}
	}
	return s != ""
}

// hostChars may stand in a host name. RFC 3986, 3.2.2, has more, escapes among
// them, which no host name on the Internet needs and which readers of URLs
// decode differently.
var hostChars = classOf(alphanumeric + "-._")

// maxHost is the longest name of a host in bytes (RFC 1035, 2.3.4).
const maxHost = 255

// lookupProfile is IDNA2008 with the mapping of UTS 46, as browsers look names up
// and as the egress client reads them.
var lookupProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.BidiRule(), idna.ValidateLabels(true))

// unicodeHostPrice is the fuel of one byte of a host beyond ASCII (measured: 70 ns).
const unicodeHostPrice = 100

// cleanHost returns a host in lower-case ASCII, an IPv6 address in brackets, and
// whether it is one. "" passes: a relative URL has no host.
func cleanHost(c *flow.Call, s string) (string, bool, error) {
	if strings.ContainsRune(s, ':') || strings.HasPrefix(s, "[") {
		literal := s
		if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
			literal = s[1 : len(s)-1]
		}
		a, err := netip.ParseAddr(literal)
		if err != nil || !a.Is6() || a.Zone() != "" {
			return "", false, nil
		}
		return "[" + strings.ToLower(literal) + "]", true, nil
	}
	if len(s) > maxHost {
		return "", false, nil
	}
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		if err := c.Spend(unicodeHostPrice * int64(len(s))); err != nil {
			return "", false, err
		}
		ascii, err := lookupProfile.ToASCII(s)
		if err != nil || len(ascii) > maxHost {
			return "", false, nil
		}
		s = ascii
	}
	for i := range len(s) {
		if !hostChars.has(s[i]) {
			return "", false, nil
		}
	}
	return strings.ToLower(s), true, nil
}

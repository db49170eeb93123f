package egress

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/weirflow/weir/flow"
)

// maxURL is the longest URL in bytes that is read: what common servers accept.
const maxURL = 8 << 10

// host is one destination in its only spelling: a name in lower-case ASCII or
// the canonical form of an address.
type host struct {
	name string
	addr netip.Addr // valid when the host is an address literal
	port uint16     // 0: none was given
}

// String returns host:port, or the name alone where no port is known.
func (h host) String() string {
	if h.port == 0 {
		return h.name
	}
	return net.JoinHostPort(h.name, strconv.Itoa(int(h.port)))
}

// target is where one request goes.
type target struct {
	host
	url    *url.URL // scheme, path and query; its host is host in canonical form
	opened bool     // the operator allows loopback and private addresses here
}

// binding returns the names under which secrets may be bound to this target.
// A bare host name stands for HTTPS on its own port and for nothing else.
func (t target) binding() (bare, full string) {
	full = t.String()
	if t.url.Scheme == "https" && t.port == 443 {
		return t.name, full
	}
	return full, full
}

// policy decides where requests may go.
type policy struct {
	allow map[string]bool // hosts, and host:port, that the operator opens
	ports []uint16
}

func newPolicy(allow []string, ports []uint16) policy {
	p := policy{allow: make(map[string]bool, len(allow)), ports: ports}
	for _, entry := range allow {
		if h, why := parseHost(entry); why == "" {
			p.allow[h.String()] = true
		}
	}
	return p
}

// opens reports whether the operator allows loopback and private addresses for
// this host and port.
func (p policy) opens(h host) bool {
	return p.allow[h.String()] || p.allow[h.name] && slices.Contains(p.ports, h.port)
}

// authorize reads a URL and checks it against the hosts that the request lists.
// Text that is no URL is input.invalid; every other refusal is egress.denied.
func (p policy) authorize(raw string, hosts []string) (target, error) {
	t, err := parseURL(raw)
	if err != nil {
		return target{}, err
	}
	t.opened = p.opens(t.host)
	if !listed(t, hosts) {
		return target{}, flow.Errorf(flow.CodeEgressDenied, "the host %q is not one of the allowed hosts", t.String()).
			WithFix("add the host to the connector's hosts")
	}
	if t.url.Scheme != "https" && !t.opened {
		return target{}, flow.Errorf(flow.CodeEgressDenied, "requests to %q need https", t.String()).WithFix(allowFix, t.String())
	}
	if !t.opened && !slices.Contains(p.ports, t.port) {
		return target{}, flow.Errorf(flow.CodeEgressDenied, "port %d is not one of the allowed ports", t.port)
	}
	if t.addr.IsValid() {
		if why := refusal(t.addr, t.opened); why != "" {
			return target{}, deniedAddress(t.host, why)
		}
	}
	return t, nil
}

// allowFix is for people who try a connector with a service of their own.
const allowFix = "a service of your own machine or network has to be allowed: --allow-host %[1]s, and allow: [%[1]q] in a test"

func deniedAddress(h host, why string) error {
	return flow.Errorf(flow.CodeEgressDenied, "the address of %q is not public: %s", h.String(), why)
}

// listed reports whether an entry of hosts names t. An entry without a port
// stands for the default port of the scheme; an entry that is no host, such as
// a wildcard, names nothing.
func listed(t target, hosts []string) bool {
	return slices.ContainsFunc(hosts, func(entry string) bool {
		h, why := parseHost(entry)
		if why != "" || h.name != t.name {
			return false
		}
		if h.port == 0 {
			h.port = defaultPort(t.url.Scheme)
		}
		return h.port == t.port
	})
}

func defaultPort(scheme string) uint16 {
	if scheme == "http" {
		return 80
	}
	return 443
}

// parseURL reads an absolute http or https URL. The authority is split by hand,
// strictly, and net/url must agree with the result: where two readers differ, a
// check on one and a connection by the other is a hole.
func parseURL(raw string) (target, error) {
	if len(raw) > maxURL {
		return target{}, flow.Errorf(flow.CodeInputInvalid, "the URL is longer than %d bytes", maxURL)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7F || r == '\uFFFD' }) {
		return target{}, flow.Errorf(flow.CodeInputInvalid, "the URL contains a space or a control character")
	}
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok || scheme == "" {
		return target{}, flow.Errorf(flow.CodeInputInvalid, "the URL is not absolute")
	}
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" {
		return target{}, flow.Errorf(flow.CodeEgressDenied, "the scheme of the URL is not https")
	}
	rest, ok = strings.CutPrefix(rest, "//")
	if !ok {
		return target{}, flow.Errorf(flow.CodeInputInvalid, "the URL has no host")
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	if strings.ContainsAny(authority, `@\`) {
		return target{}, flow.Errorf(flow.CodeEgressDenied, "the URL has user information or a backslash before its path")
	}
	h, why := parseHost(authority)
	if why != "" {
		return target{}, flow.Errorf(flow.CodeEgressDenied, "the host of the URL %s: %s", why, flow.Excerpt(authority))
	}
	path, query := tail, ""
	if i := strings.IndexAny(tail, "?#"); i >= 0 {
		path, query = tail[:i], tail[i:]
	}
	u, err := url.Parse(scheme + "://" + authority + cleanPath(path) + query)
	if err != nil || u.Host != authority || u.User != nil {
		return target{}, flow.Errorf(flow.CodeInputInvalid, "the URL is not valid")
	}
	if h.port == 0 {
		h.port = defaultPort(scheme)
	}
	u.Host = h.String()
	if h.port == defaultPort(scheme) {
		u.Host = strings.TrimSuffix(u.Host, ":"+strconv.Itoa(int(h.port)))
	}
	u.Fragment, u.RawFragment = "", ""
	return target{host: h, url: u}, nil
}

// ValidHost reports why entry cannot stand in Config.Allow or in a request's
// hosts: it must be a host name or an address, with or without a port. The
// error is egress.denied.
func ValidHost(entry string) error {
	if _, why := parseHost(entry); why != "" {
		return flow.Errorf(flow.CodeEgressDenied, "the host %s: %s", why, flow.Excerpt(entry))
	}
	return nil
}

// parseHost reads host, host:port, [address] or [address]:port. It returns why
// the text is refused, in words that follow "the host", or "".
func parseHost(s string) (host, string) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		literal, tail, ok := strings.Cut(rest, "]")
		addr, err := netip.ParseAddr(literal)
		if !ok || err != nil || !addr.Is6() || addr.Zone() != "" {
			return host{}, "is not an IPv6 address"
		}
		return withPort(host{name: addr.String(), addr: addr}, tail)
	}
	name, tail := s, ""
	if i := strings.IndexByte(s, ':'); i >= 0 {
		name, tail = s[:i], s[i:]
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return withPort(host{name: addr.String(), addr: addr}, tail)
	}
	ascii, why := hostName(name)
	if why != "" {
		return host{}, why
	}
	return withPort(host{name: ascii}, tail)
}

// withPort adds a port given as ":digits", or none for "".
func withPort(h host, tail string) (host, string) {
	if tail == "" {
		return h, ""
	}
	digits := strings.TrimPrefix(tail, ":")
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return host{}, "has a port that is not a number"
		}
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || n == 0 || digits[0] == '0' || digits == tail {
		return host{}, "has a port outside 1 to 65535"
	}
	h.port = uint16(n)
	return h, ""
}

// lookupProfile is IDNA2008 with the mapping of UTS 46, as browsers look names up.
var lookupProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.BidiRule(), idna.ValidateLabels(true))

// hostName returns a DNS name in lower-case ASCII. Names that end in a number
// are refused, because C libraries read 127.1, 0177.0.0.1, 2130706433 and
// 0x7f000001 as addresses (WHATWG URL, "ends in a number"), and so is a final
// dot, which names the same host in a second spelling.
func hostName(s string) (string, string) {
	if s == "" {
		return "", "is empty"
	}
	labels := strings.Split(s, ".")
	for i, label := range labels {
		ascii, ok := hostLabel(label)
		if !ok {
			return "", "is not a plain host name"
		}
		labels[i] = ascii
	}
	if endsInNumber(labels[len(labels)-1]) {
		return "", "is a number that is not an IPv4 address"
	}
	name := strings.Join(labels, ".")
	if len(name) > 253 {
		return "", "is longer than 253 characters"
	}
	return name, ""
}

func hostLabel(s string) (string, bool) {
	plain := true
	for _, c := range []byte(s) {
		plain = plain && c < 0x80
	}
	lower := strings.ToLower(s)
	if !plain || strings.HasPrefix(lower, "xn--") {
		// A label beyond ASCII must stay one: full-width digits and other
		// compatibility characters, which turn into plain ASCII or into dots, are
		// a disguise.
		ascii, err := lookupProfile.ToASCII(s)
		if err != nil || !utf8.ValidString(s) || !strings.HasPrefix(ascii, "xn--") {
			return "", false
		}
		lower = ascii
	}
	if lower == "" || len(lower) > 63 || lower[0] == '-' || lower[len(lower)-1] == '-' {
		return "", false
	}
	for _, c := range []byte(lower) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return "", false
		}
	}
	return lower, true
}

func endsInNumber(label string) bool {
	hex, isHex := strings.CutPrefix(label, "0x")
	return strings.Trim(label, "0123456789") == "" || isHex && strings.Trim(hex, "0123456789abcdef") == ""
}

// control returns the hook that runs on every socket just before it connects:
// whatever happened before it, no other address than a permitted one is reached.
func (p policy) control(h host) func(context.Context, string, string, syscall.RawConn) error {
	opened := p.opens(h)
	return func(_ context.Context, network, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || to.Port() != h.port || network != "tcp4" && network != "tcp6" {
			return deniedAddress(h, "not the port that was asked for")
		}
		if why := refusal(to.Addr(), opened); why != "" {
			return deniedAddress(h, why)
		}
		return nil
	}
}

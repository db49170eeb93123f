package connections

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/weirflow/weir/flow"
)

// hole is {{auth.KEY}}; what is between the braces is checked by fill.
var hole = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// fill replaces every hole of a template with what put makes of its value.
// Braces that are no hole, and keys without a value, are refused.
func fill(template string, plain map[string]string, put func(key, value string) (string, error)) (string, error) {
	var b strings.Builder
	rest := template
	for {
		at := hole.FindStringSubmatchIndex(rest)
		literal := rest
		if at != nil {
			literal = rest[:at[0]]
		}
		if strings.Contains(literal, "{{") || strings.Contains(literal, "}}") {
			return "", flow.Errorf(flow.CodeConnectionInvalid, "braces that do not belong together: %s", flow.Excerpt(template))
		}
		b.WriteString(literal)
		if at == nil {
			return b.String(), nil
		}
		key, ok := strings.CutPrefix(rest[at[2]:at[3]], flow.AuthPrefix)
		value, known := plain[key]
		if !ok || !known {
			return "", flow.Errorf(flow.CodeConnectionInvalid, "the connection has no value for %s", flow.Excerpt(rest[at[0]:at[1]]))
		}
		if value == "" || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return "", flow.Errorf(flow.CodeConnectionInvalid, "%q is empty or has characters that cannot be used", key)
		}
		filled, err := put(key, value)
		if err != nil {
			return "", err
		}
		b.WriteString(filled)
		rest = rest[at[1]:]
	}
}

// isTemplate reports whether a text has holes, or braces that want to be some.
func isTemplate(s string) bool { return strings.Contains(s, "{{") || strings.Contains(s, "}}") }

// holesIn returns the keys of the holes of a template.
func holesIn(template string) []string {
	var keys []string
	for _, m := range hole.FindAllStringSubmatch(template, -1) {
		keys = append(keys, strings.TrimPrefix(m[1], flow.AuthPrefix))
	}
	return keys
}

// settleHost fills a template of a host, with or without a port. What a person
// typed may be no more than a name there: no port, no user, no path, no address.
// The result is in lower case.
func settleHost(template string, plain map[string]string) (string, error) {
	if _, port, _ := strings.Cut(template, ":"); isTemplate(port) {
		return "", flow.Errorf(flow.CodeConnectionInvalid, "a port cannot come from the connection: %s", flow.Excerpt(template))
	}
	host, err := fill(template, plain, func(key, value string) (string, error) {
		lower := strings.ToLower(value)
		if strings.Trim(lower, hostCharacters) != "" {
			return "", flow.Errorf(flow.CodeConnectionInvalid, "%q is not a host name: %s", key, flow.Excerpt(value)).
				WithFix("give letters, digits, hyphens and dots alone, without https:// and without a path")
		}
		return lower, nil
	})
	if err != nil {
		return "", err
	}
	if why := badHost(host); why != "" {
		return "", flow.Errorf(flow.CodeConnectionInvalid, "with what was given, a host of the connector %s: %s", why, flow.Excerpt(host))
	}
	return host, nil
}

const hostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-."

// badHost says why s is not a DNS name with an optional port (RFC 1123, 2.1), in
// words that follow "a host". Names whose last label begins with a digit are
// refused, because resolvers read 127.1, 0177.0.0.1 and 0x7f000001 as addresses.
func badHost(s string) string {
	name, port, hasPort := strings.Cut(s, ":")
	if hasPort && (len(port) == 0 || len(port) > 5 || strings.Trim(port, "0123456789") != "" || port[0] == '0') {
		return "has a port that is no number"
	}
	if len(name) > 253 {
		return "is longer than 253 characters"
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, hostCharacters) != "" {
			return "is not a plain host name"
		}
		if _, err := idna.Lookup.ToUnicode(l); err != nil {
			return "is not a valid international host name"
		}
	}
	if last := labels[len(labels)-1]; last[0] >= '0' && last[0] <= '9' {
		return "is an address or looks like one"
	}
	return ""
}

// settleURL fills a template of an address: host characters alone in its host,
// percent-encoded values in its path, nothing anywhere else. The result has the
// host that the template means, whatever was typed.
func settleURL(template string, plain map[string]string) (string, error) {
	if !isTemplate(template) {
		return template, nil
	}
	scheme, rest, ok := strings.Cut(template, "://")
	if !ok || scheme != "https" && scheme != "http" {
		return "", badAddress(template, "does not begin with https://")
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	path, query, hasQuery := strings.Cut(path, "?")
	if isTemplate(query) || strings.Contains(template, "#") {
		return "", badAddress(template, "has a value of the connection behind its path, or a fragment")
	}
	if isTemplate(authority) {
		host, err := settleHost(authority, plain)
		if err != nil {
			return "", err
		}
		authority = host
	}
	path, err := fill(path, plain, func(_, value string) (string, error) { return url.PathEscape(value), nil })
	if err != nil {
		return "", err
	}
	for segment := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(segment); err != nil || plain == "." || plain == ".." {
			return "", badAddress(template, "leads out of its path with what was given")
		}
	}
	settled := scheme + "://" + authority + path
	if hasQuery {
		settled += "?" + query
	}
	u, err := url.Parse(settled)
	if err != nil || u.Host != authority || u.Scheme != scheme || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return "", badAddress(template, "is no address with what was given")
	}
	return settled, nil
}

func badAddress(template, why string) error {
	return flow.Errorf(flow.CodeConnectionInvalid, "the address %s %s", flow.Excerpt(template), why)
}

// settleText fills a template of any other text.
func settleText(template string, plain map[string]string) (string, error) {
	return fill(template, plain, func(_, value string) (string, error) { return value, nil })
}

// settled is what the plain values of a connection fix for as long as it is not
// reauthorized.
type settled struct {
	auth  flow.Auth
	hosts []string
	bound []string
}

// settle fills every template of a connector for one authentication.
func settle(m *flow.Manifest, a *flow.Auth, plain map[string]string) (settled, error) {
	s := settled{auth: *a}
	var all []string
	for _, h := range m.Hosts {
		if !isTemplate(h) {
			all = append(all, h)
			continue
		}
		if slices.ContainsFunc(holesIn(h), func(key string) bool { _, ok := plain[key]; return !ok }) {
			continue // a host for another authentication
		}
		host, err := settleHost(h, plain)
		if err != nil {
			return settled{}, err
		}
		if s.hosts, all = append(s.hosts, host), append(all, host); len(s.hosts) > 100 {
			return settled{}, flow.Errorf(flow.CodeConnectionInvalid, "the connector has more than 100 hosts")
		}
	}
	s.bound = all
	if len(a.Hosts) > 0 {
		s.bound = nil
		for _, h := range a.Hosts {
			if isTemplate(h) {
				var err error
				if h, err = settleHost(h, plain); err != nil {
					return settled{}, err
				}
			}
			s.bound = append(s.bound, h)
		}
	}
	slices.Sort(s.hosts)
	slices.Sort(s.bound)
	s.hosts, s.bound = slices.Compact(s.hosts), slices.Compact(s.bound)
	if a.OAuth2 == nil {
		return s, nil
	}
	o := *a.OAuth2
	s.auth.OAuth2 = &o
	for _, address := range []*string{&o.AuthorizeURL, &o.TokenURL, &o.RefreshURL, &o.Issuer} {
		var err error
		if *address, err = settleURL(*address, plain); err != nil {
			return settled{}, err
		}
	}
	if o.JWT != nil {
		j := *o.JWT
		o.JWT = &j
		for _, text := range []*string{&j.KeyID, &j.Issuer, &j.Subject, &j.Audience} {
			var err error
			if *text, err = settleText(*text, plain); err != nil {
				return settled{}, err
			}
		}
	}
	return s, nil
}

// bindTo adds hosts that the connector does not name.
func (s *settled) bindTo(hosts []string) error {
	for _, h := range hosts {
		h = strings.ToLower(h)
		if why := badHost(h); why != "" && !isAddress(h) {
			return flow.Errorf(flow.CodeConnectionInvalid, "a host that secrets are to be sent to %s: %s", why, flow.Excerpt(h))
		}
		s.bound = append(s.bound, h)
	}
	if len(s.bound) > 100 {
		return flow.Errorf(flow.CodeConnectionInvalid, "the connection has more than 100 hosts")
	}
	slices.Sort(s.bound)
	s.bound = slices.Compact(s.bound)
	return nil
}

// isAddress reports whether s is an IP address with or without a port.
func isAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	if p, withPort := netip.ParseAddrPort(s); withPort == nil {
		a, err = p.Addr(), nil
	}
	return err == nil && a.Zone() == ""
}

// destinations lists where a connection's credentials go, to compare two of them.
func (s *settled) destinations() string {
	where := fmt.Sprintf("%q", s.bound)
	if o := s.auth.OAuth2; o != nil {
		where += fmt.Sprintf("%q", []string{o.AuthorizeURL, o.TokenURL, o.RefreshURL})
	}
	return where
}

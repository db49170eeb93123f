package check

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// connector checks hosts, secrets and config values.
func (c *checker) connector() {
	var hosts []string
	for _, h := range c.conn.Hosts {
		if syntax.IsTemplate(h.Text) {
			c.hostTemplate(h, &hosts)
			continue
		}
		c.host(h, &hosts)
	}
	for i, s := range c.conn.Secrets {
		c.info.Secrets[s.Key.Text] = i
		var own []string
		for _, h := range s.Hosts {
			if c.host(h, &own) && !slices.Contains(hosts, h.Text) {
				c.d.Error(flow.CodeConnectorHost, h.Pos, "the secret %q names a host that the connector does not: %s",
					s.Key.Text, flow.Excerpt(h.Text)).WithFix("add it to the connector's hosts")
			}
		}
		if len(s.Hosts) == 0 && len(hosts) == 0 {
			c.d.Warning(flow.CodeConnectorHost, s.Key.Pos, "the secret %q can be sent to no host", s.Key.Text).
				WithFix("list the connector's hosts")
		}
	}
	for i, f := range c.conn.Config {
		c.info.Config[f.Key.Text] = i
		c.field(f)
	}
	c.auths(hosts)
	c.branding()
	c.tables()
	c.rates(hosts)
}

// host checks one entry of a list of hosts and adds it to those seen.
func (c *checker) host(h syntax.Str, seen *[]string) bool {
	if why, fix := badHost(h.Text); why != "" {
		c.d.Error(flow.CodeConnectorHost, h.Pos, "%s: %s", why, flow.Excerpt(h.Text)).Fix = fix
		return false
	}
	if slices.Contains(*seen, h.Text) {
		c.d.Error(flow.CodeSourceDuplicate, h.Pos, "the host %s is listed twice", flow.Excerpt(h.Text))
		return false
	}
	*seen = append(*seen, h.Text)
	return true
}

// badHost says why s is not a host name with an optional port, in words. Names
// are those of RFC 1123, section 2.1, in lower case; international names are
// written in their ASCII form (RFC 5890). Addresses are refused: what a
// connector may reach must be readable, and what a name resolves to is checked
// when a request is made.
func badHost(s string) (why, fix string) {
	const plain = "write the host name alone, such as api.example.com, or with a port"
	switch {
	case s == "":
		return "a host is empty", plain
	case strings.Contains(s, "*"):
		return "a host cannot hold wildcards", "list every host"
	case strings.Contains(s, "://"):
		return "a host has no scheme", plain
	case strings.Contains(s, "@"):
		return "a host has no user", plain
	case strings.ContainsAny(s, "/?#"):
		return "a host has no path", plain
	}
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return "a host cannot be an address", "use the host's name"
	}
	if _, err := netip.ParseAddrPort(s); err == nil {
		return "a host cannot be an address", "use the host's name"
	}
	name, port, hasPort := strings.Cut(s, ":")
	if hasPort {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
			return "a port is a number from 1 to 65535", ""
		}
	}
	if name != strings.ToLower(name) {
		return "a host is written in lower case", "write " + strings.ToLower(s)
	}
	if len(name) > 253 {
		return "a host name has at most 253 characters", ""
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "not a host name", "use letters, digits and hyphens between the dots; international names in their xn-- form"
		}
	}
	// A last label of digits (or 0x...) is read as an address by some resolvers.
	if last := labels[len(labels)-1]; last[0] >= '0' && last[0] <= '9' {
		return "a host cannot be an address", "use the host's name"
	}
	return "", ""
}

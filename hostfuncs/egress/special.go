package egress

import "net/netip"

// special is one block of addresses that are not the public internet.
type special struct {
	prefix netip.Prefix
	name   string
	opens  bool // whether Config.Allow can open it
}

// specials are the IANA special-purpose address registries (IPv4: RFC 6890 and
// updates; IPv6: likewise), multicast and reserved space, and what cloud
// providers put on public addresses. Blocks that the registries call globally
// reachable but that serve no API (protocol assignments, relays) are listed too.
// IPv6 outside 2000::/3 is refused as a whole; the entries there only name it.
var specials = []special{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network (RFC 791)", false},
	{netip.MustParsePrefix("10.0.0.0/8"), "private use (RFC 1918)", true},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared address space (RFC 6598)", true},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback (RFC 1122)", true},
	{netip.MustParsePrefix("168.63.129.16/32"), "a cloud platform's host", false},
	{netip.MustParsePrefix("169.254.0.0/16"), "link local (RFC 3927)", false},
	{netip.MustParsePrefix("172.16.0.0/12"), "private use (RFC 1918)", true},
	{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignments (RFC 6890)", false},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation (RFC 5737)", false},
	{netip.MustParsePrefix("192.31.196.0/24"), "AS112 (RFC 7535)", false},
	{netip.MustParsePrefix("192.52.193.0/24"), "multicast tunnelling (RFC 7450)", false},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay (RFC 7526)", false},
	{netip.MustParsePrefix("192.168.0.0/16"), "private use (RFC 1918)", true},
	{netip.MustParsePrefix("192.175.48.0/24"), "AS112 (RFC 7534)", false},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarking (RFC 2544)", false},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation (RFC 5737)", false},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation (RFC 5737)", false},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast (RFC 5771)", false},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved (RFC 1112)", false},

	{netip.MustParsePrefix("::/128"), "unspecified (RFC 4291)", false},
	{netip.MustParsePrefix("::1/128"), "loopback (RFC 4291)", true},
	{netip.MustParsePrefix("::/96"), "IPv4-compatible (RFC 4291)", false},
	{netip.MustParsePrefix("64:ff9b::/96"), "IPv4 translation (RFC 6052)", false},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "IPv4 translation (RFC 8215)", false},
	{netip.MustParsePrefix("100::/64"), "discard (RFC 6666)", false},
	{netip.MustParsePrefix("2001::/32"), "Teredo (RFC 4380)", false},
	{netip.MustParsePrefix("2001:2::/48"), "benchmarking (RFC 5180)", false},
	{netip.MustParsePrefix("2001::/23"), "protocol assignments (RFC 2928)", false},
	{netip.MustParsePrefix("2001:db8::/32"), "documentation (RFC 3849)", false},
	{netip.MustParsePrefix("2002::/16"), "6to4 (RFC 3056)", false},
	{netip.MustParsePrefix("2620:4f:8000::/48"), "AS112 (RFC 7534)", false},
	{netip.MustParsePrefix("3fff::/20"), "documentation (RFC 9637)", false},
	{netip.MustParsePrefix("5f00::/16"), "segment routing (RFC 9602)", false},
	{netip.MustParsePrefix("fc00::/7"), "unique local (RFC 4193)", true},
	{netip.MustParsePrefix("fe80::/10"), "link local (RFC 4291)", false},
	{netip.MustParsePrefix("fec0::/10"), "site local (RFC 3879)", false},
	{netip.MustParsePrefix("ff00::/8"), "multicast (RFC 4291)", false},
}

// unicast6 is all IPv6 space that IANA has delegated for global unicast.
var unicast6 = netip.MustParsePrefix("2000::/3")

// refusal returns why addr may not be connected to, or "" when it may. opened
// says that the operator allows loopback and private addresses for this host.
func refusal(addr netip.Addr, opened bool) string {
	switch {
	case !addr.IsValid():
		return "no address"
	case addr.Zone() != "":
		return "scoped to an interface (RFC 4007)"
	case addr.Is4In6():
		return "IPv4-mapped (RFC 4291)"
	}
	for _, s := range specials {
		if s.prefix.Contains(addr) {
			if s.opens && opened {
				return ""
			}
			return s.name
		}
	}
	if addr.Is6() && !unicast6.Contains(addr) {
		return "outside global unicast (RFC 4291)"
	}
	return ""
}

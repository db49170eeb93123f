package egress

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/weirflow/weir/flow"
)

// Resolver turns a host name into addresses; *net.Resolver is one. Names are
// asked for with a final dot, so that search domains do not apply. Whatever it
// answers, only permitted addresses are connected to.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

const (
	// maxAddresses is how many addresses one name may have. Large sites have
	// about ten; an answer beyond this is an attack on the list.
	maxAddresses = 64
	// maxAttempts is how many of them are tried: two of each family.
	maxAttempts = 4
)

// dial connects to host:port. The transport calls it with the host of a target
// that was authorised, and may use the connection for another request to the
// same host and port; it therefore depends on nothing else of a request.
func (c *Client) dial(ctx context.Context, _, address string) (net.Conn, error) {
	h, why := parseHost(address)
	if why != "" || h.port == 0 {
		return nil, flow.Errorf(flow.CodeEgressDenied, "the host %s", why)
	}
	addrs := []netip.Addr{h.addr}
	if !h.addr.IsValid() {
		var err error
		if addrs, err = c.resolve(ctx, h); err != nil {
			return nil, err
		}
	}
	return c.connect(ctx, h, addrs)
}

// resolve returns the addresses of a name. One forbidden address among them
// refuses the name: no honest service mixes public and private ones, and a
// rebinding attack does.
func (c *Client) resolve(ctx context.Context, h host) ([]netip.Addr, error) {
	addrs, err := c.lookup(ctx, h)
	if err != nil || len(addrs) == 0 {
		return nil, lookupFault(h, err)
	}
	if len(addrs) > maxAddresses {
		return nil, flow.Errorf(flow.CodeEgressDNS, "the name %q has more than %d addresses", h.name, maxAddresses)
	}
	opened := c.policy.opens(h)
	for i, a := range addrs {
		addrs[i] = a.Unmap() // resolvers hand out IPv4 in both forms
		if why := refusal(addrs[i], opened); why != "" {
			return nil, deniedAddress(h, why)
		}
	}
	return addrs, nil
}

// lookup asks the resolver. The names that mean this machine are not asked for:
// no server has a say in them (RFC 6761, 6.3), and as rooted names they are not
// found in files of hosts.
func (c *Client) lookup(ctx context.Context, h host) ([]netip.Addr, error) {
	if h.name == "localhost" || strings.HasSuffix(h.name, ".localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.DNSTimeout)
	defer cancel()
	return c.cfg.Resolver.LookupNetIP(ctx, "ip", h.name+".")
}

// connect tries addresses in the resolver's order until one accepts. An address
// that does not answer leaves the others their share of the time.
func (c *Client) connect(ctx context.Context, h host, addrs []netip.Addr) (net.Conn, error) {
	addrs = addrs[:min(len(addrs), maxAttempts)]
	deadline := time.Now().Add(c.cfg.ConnectTimeout)
	d := net.Dialer{KeepAlive: -1, ControlContext: c.policy.control(h)}
	d.SetMultipathTCP(false)
	failed := timeout(h, "did not accept a connection", c.cfg.ConnectTimeout)
	for i, a := range addrs {
		d.Timeout = time.Until(deadline) / time.Duration(len(addrs)-i)
		if d.Timeout <= 0 {
			break
		}
		conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(a.String(), strconv.Itoa(int(h.port))))
		if err == nil {
			return conn, nil
		}
		if failed = connectFault(h, c.cfg.ConnectTimeout, err); ctx.Err() != nil || flow.CodeOf(failed) == flow.CodeEgressDenied {
			break
		}
	}
	return nil, failed
}

// dialTLS connects and completes the handshake.
func (c *Client) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	h, _ := parseHost(address)
	cfg := c.tls.Clone()
	cfg.ServerName = h.name
	ctx, cancel := context.WithTimeout(ctx, c.cfg.TLSTimeout)
	defer cancel()
	secured := tls.Client(conn, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake error is the one to tell
		return nil, handshakeFault(h, c.cfg.TLSTimeout, err)
	}
	return secured, nil
}

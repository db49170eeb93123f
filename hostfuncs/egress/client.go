package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/weirflow/weir/flow"
)

// Config says how a Client behaves. The zero value is the safest one and fit
// for production.
type Config struct {
	// Allow lists hosts, as host or host:port, that may also have loopback,
	// private or shared (RFC 6598) addresses, other ports and plain HTTP. It is
	// the operator's permission for exactly these: a host alone stands for the
	// ports of Ports, and link-local addresses stay closed. Entries that
	// ValidHost refuses open nothing. A request must list the host as well.
	// Default: none
	Allow []string
	// Ports are the ports that may be used. Default: 443 and 80
	Ports []uint16
	// Roots are the certificate authorities that servers are checked against.
	// Default: those of the system
	Roots *x509.CertPool
	// Resolver turns names into addresses. Default: Go's own resolver, which
	// reads no address notation that this package does not
	Resolver Resolver
	// DNSTimeout bounds the lookup of one name. Default: 5 s
	DNSTimeout time.Duration
	// ConnectTimeout bounds connecting, over all addresses tried. Default: 5 s
	ConnectTimeout time.Duration
	// TLSTimeout bounds the TLS handshake. Default: 10 s
	TLSTimeout time.Duration
	// FirstByteTimeout bounds the wait for the complete headers of an answer
	// after the request is sent. Default: 30 s
	FirstByteTimeout time.Duration
	// Timeout bounds one Fetch as a whole, redirects included; a request can
	// only shorten it. Default: 60 s
	Timeout time.Duration
	// MinRate is how many bytes per second the body of an answer must bring in
	// every window of RateWindow. Default: 1024
	MinRate int
	// RateWindow is the time over which MinRate is measured. Default: 10 s
	RateWindow time.Duration
	// MaxHeaderBytes bounds the headers of an answer together with those of the
	// interim (1xx) answers before it. Default: 64 KiB
	MaxHeaderBytes int64
	// MaxHeaders bounds the number of header fields of an answer. Default: 100
	MaxHeaders int
	// MaxBody bounds the decoded body of an answer in bytes; a request can only
	// lower it. Default: 5 MiB
	MaxBody int64
	// MaxStream bounds what a request sends out of streams, and the decoded body
	// of an answer that is streamed, in bytes. Default: 1 GiB
	MaxStream int64
	// StreamTimeout is Timeout for requests that stream a body in either
	// direction. MinRate holds for streamed answers too, and a server that takes
	// nothing of a streamed body for a RateWindow is http.timeout. Default: 10 min
	StreamTimeout time.Duration
	// KeepAlive is how long a connection waits for another request to the same
	// host and port. Connections that are used once keep requests of different
	// flows apart on servers and proxies that confuse their order, at the price
	// of a handshake each. Default: 0, every request has its own connection
	KeepAlive time.Duration
	// UserAgent is sent where a request names none. Default: "weir"
	UserAgent string
	// Logger gets one debug record per request: method, host, status, sizes and
	// error code, never paths, queries, headers or bodies. Default: none
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	if len(c.Ports) == 0 {
		c.Ports = []uint16{443, 80}
	}
	if c.Resolver == nil {
		c.Resolver = &net.Resolver{PreferGo: true}
	}
	for _, d := range []struct {
		to    *time.Duration
		value time.Duration
	}{
		{&c.DNSTimeout, 5 * time.Second}, {&c.ConnectTimeout, 5 * time.Second}, {&c.TLSTimeout, 10 * time.Second},
		{&c.FirstByteTimeout, 30 * time.Second}, {&c.Timeout, time.Minute}, {&c.RateWindow, 10 * time.Second},
		{&c.StreamTimeout, 10 * time.Minute},
	} {
		if *d.to <= 0 {
			*d.to = d.value
		}
	}
	if c.MinRate <= 0 {
		c.MinRate = 1024
	}
	if c.MaxHeaderBytes <= 0 {
		c.MaxHeaderBytes = 64 << 10
	}
	if c.MaxHeaders <= 0 {
		c.MaxHeaders = 100
	}
	if c.MaxBody <= 0 {
		c.MaxBody = 5 << 20
	}
	if c.MaxStream <= 0 {
		c.MaxStream = 1 << 30
	}
	if c.UserAgent == "" {
		c.UserAgent = "weir"
	}
	return c
}

// maxRedirects is how many redirects a request can ask to follow.
const maxRedirects = 3

// Client is the guarded HTTP client. It may be used by several goroutines.
type Client struct {
	cfg       Config
	policy    policy
	tls       *tls.Config
	transport *http.Transport
}

var _ flow.Fetcher = (*Client)(nil)

// New returns a client. It opens no connection. Proxy settings of the
// environment, cookies and client certificates do not exist for it.
func New(cfg Config) *Client {
	cfg = cfg.withDefaults()
	c := &Client{
		cfg:    cfg,
		policy: newPolicy(cfg.Allow, cfg.Ports),
		tls:    &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.Roots, NextProtos: []string{"h2", "http/1.1"}},
	}
	var both http.Protocols
	both.SetHTTP1(true)
	both.SetHTTP2(true)
	c.transport = &http.Transport{
		Proxy:                  nil, // in particular not http.ProxyFromEnvironment
		DialContext:            c.dial,
		DialTLSContext:         c.dialTLS,
		DisableCompression:     true, // body.go decodes, and counts while it does
		DisableKeepAlives:      cfg.KeepAlive <= 0,
		IdleConnTimeout:        cfg.KeepAlive,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    8,
		ResponseHeaderTimeout:  cfg.FirstByteTimeout,
		MaxResponseHeaderBytes: cfg.MaxHeaderBytes,
		ForceAttemptHTTP2:      true,
		Protocols:              &both,
		HTTP2: &http.HTTP2Config{
			// The smallest allowed of each: answers are small or streamed.
			MaxDecoderHeaderTableSize:     4 << 10,
			MaxReadFrameSize:              16 << 10,
			MaxReceiveBufferPerConnection: 1 << 20,
			MaxReceiveBufferPerStream:     512 << 10,
			SendPingTimeout:               cfg.FirstByteTimeout,
			WriteByteTimeout:              cfg.FirstByteTimeout,
		},
	}
	return c
}

// Close closes idle connections. Requests under way are not disturbed.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Fetch makes one request and reads its answer to the end. Every status but a
// redirect is an answer. Errors:
//
//   - input.invalid: the request cannot be said in HTTP
//   - egress.denied: scheme, host, port or address are not permitted
//   - egress.secret_host: a secret is bound to another host
//   - egress.redirect: the answer redirects, and the request follows no
//     redirect, not so many, or not to another host; Status is set
//   - egress.dns: the name has no address, or too many
//   - http.connect, http.tls, http.timeout: no connection, or too slow
//   - http.protocol: the answer breaks HTTP, or its headers are too large
//   - http.body: the content encoding is unknown or the data is not in it
//   - limit.http_bytes: the decoded body, or a streamed one, is larger than allowed
//   - file.unknown: a streamed request body ends before its announced length
//   - what BodyParts and Sink of the request give
//   - run.cancelled, or the cause given to ctx: ctx has ended
func (c *Client) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	start := time.Now()
	res, to, err := c.fetch(ctx, req)
	if c.cfg.Logger != nil {
		attrs := []slog.Attr{slog.String("host", to.String()), slog.Duration("took", time.Since(start))}
		if slices.Contains(methods, req.Method) {
			attrs = append(attrs, slog.String("method", req.Method))
		}
		if err != nil {
			attrs = append(attrs, slog.String("error", string(flow.CodeOf(err))))
		} else {
			attrs = append(attrs, slog.Int("status", res.Status), slog.Int64("bytes", res.Bytes+res.Streamed))
		}
		c.cfg.Logger.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
	}
	return res, err
}

func (c *Client) fetch(ctx context.Context, req *flow.Request) (*flow.Response, host, error) {
	if ctx.Err() != nil {
		return nil, host{}, cancelled(ctx)
	}
	t, err := c.policy.authorize(req.URL, req.Hosts)
	if err != nil {
		return nil, host{}, err
	}
	out, err := prepare(req, t, c.cfg.UserAgent)
	if err != nil {
		return nil, t.host, err
	}
	if out.streams() > c.cfg.MaxStream {
		return nil, t.host, flow.Errorf(flow.CodeLimitHTTPBytes, "the request to %q carries more than %d bytes", t.host.String(), c.cfg.MaxStream)
	}
	within := c.cfg.Timeout
	if out.sink != nil || out.pieces != nil {
		within = c.cfg.StreamTimeout
	}
	if req.Timeout > 0 {
		within = min(within, req.Timeout)
	}
	limit := c.cfg.MaxBody
	if req.MaxBody > 0 {
		limit = min(limit, req.MaxBody)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, timeout(t.host, "did not finish its answer", within))
	defer cancel()

	var spent int64
	for hop := 0; ; hop++ {
		res, location, err := c.exchange(ctx, out, limit)
		if err != nil {
			return nil, t.host, err
		}
		spent += res.Bytes
		if !redirects(res.Status) {
			res.Bytes = spent
			return res, t.host, nil
		}
		if hop >= min(req.Redirects, maxRedirects) {
			return nil, t.host, redirectFault(t.host, res.Status, "and is not followed")
		}
		if out, err = c.redirect(out, res.Status, location, req.Hosts); err != nil {
			return nil, t.host, err
		}
	}
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func redirectFault(h host, status int, what string) error {
	e := flow.Errorf(flow.CodeEgressRedirect, "the answer of %q redirects (status %d) %s", h.String(), status, what)
	e.Status = status
	return e
}

// redirect returns the request for the next hop. It is authorised like the
// first one and must stay on the same scheme, host and port: headers, body and
// secrets were meant for that one.
func (c *Client) redirect(out *outgoing, status int, location string, hosts []string) (*outgoing, error) {
	from := out.target
	elsewhere := redirectFault(from.host, status, "to another host or to no valid URL")
	ref, err := url.Parse(location)
	if err != nil || location == "" {
		return nil, elsewhere
	}
	to, err := c.policy.authorize(from.url.ResolveReference(ref).String(), hosts)
	if err != nil || to.host != from.host || to.url.Scheme != from.url.Scheme {
		return nil, elsewhere
	}
	return out.follow(status, to), nil
}

// exchange sends one request and reads one answer. For a redirect it returns
// the Location header and no body.
func (c *Client) exchange(ctx context.Context, out *outgoing, limit int64) (*flow.Response, string, error) {
	h := out.target.host
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var streamed *sending
	if out.pieces != nil {
		streamed = newSending(out.pieces, func(count *atomic.Int64) func() { return c.watchSending(h, count, cancel) })
		// Nothing of a body is read once Fetch has returned.
		defer func() { cancel(nil); <-streamed.closed }()
	}
	res, err := c.transport.RoundTrip(out.request(streamed).WithContext(ctx))
	if err != nil {
		if fault := streamed.fault(); fault != nil {
			return nil, "", fault
		}
		return nil, "", exchangeFault(ctx, h, c.cfg.FirstByteTimeout, err)
	}
	defer func() { _ = res.Body.Close() }() // read to the end, or given up
	if res.StatusCode < 200 {
		return nil, "", protocol(h, "switches to another protocol")
	}
	answer := &flow.Response{Status: res.StatusCode}
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		for _, value := range res.Header[name] {
			answer.Headers = append(answer.Headers, flow.Pair{Name: strings.ToLower(name), Value: flow.Text(value)})
			answer.Bytes += int64(len(name) + len(value) + 4)
		}
	}
	if len(answer.Headers) > c.cfg.MaxHeaders || answer.Bytes > c.cfg.MaxHeaderBytes {
		return nil, "", protocol(h, "has too many or too large headers")
	}
	if redirects(res.StatusCode) {
		return answer, res.Header.Get("Location"), nil
	}
	if out.sink != nil && res.StatusCode >= 200 && res.StatusCode <= 299 {
		answer.Streamed, err = c.sinkBody(ctx, cancel, h, res, answer, out.sink)
		return answer, "", err
	}
	var wireBytes int64
	answer.Body, wireBytes, err = c.readBody(ctx, cancel, h, res, limit)
	if err != nil {
		return nil, "", err
	}
	answer.Bytes += max(wireBytes, int64(len(answer.Body)))
	return answer, "", nil
}

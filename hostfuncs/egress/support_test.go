package egress

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weirflow/weir/flow"
)

// canary is a listener that must stay alone: it counts connections.
type canary struct {
	port string
	seen atomic.Int64
}

// newCanary listens on one port of every loopback address that the machine has.
func newCanary(t *testing.T) *canary {
	t.Helper()
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &canary{}
	_, c.port, _ = net.SplitHostPort(first.Addr().String())
	listeners := []net.Listener{first}
	for _, address := range []string{"[::1]:", "127.0.0.2:"} {
		if l, err := net.Listen("tcp", address+c.port); err == nil {
			listeners = append(listeners, l)
		}
	}
	for _, l := range listeners {
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				c.seen.Add(1)
				_ = conn.Close()
			}
		}()
	}
	return c
}

func (c *canary) untouched(t *testing.T) {
	t.Helper()
	if n := c.seen.Load(); n != 0 {
		t.Errorf("the canary saw %d connections, want none", n)
	}
}

// names is a resolver with fixed answers; a name that it does not have gets the
// answer of "*".
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	if !strings.HasSuffix(name, ".") {
		return nil, &net.DNSError{Err: "name is not rooted", Name: name}
	}
	list, ok := n[strings.TrimSuffix(name, ".")]
	if !ok {
		list, ok = n["*"]
	}
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out, nil
}

// raw starts a server that reads the head of one request per connection and
// then lets script write whatever it likes. It returns host:port.
func raw(t *testing.T, script func(conn net.Conn, head string)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				var head strings.Builder
				r := bufio.NewReader(conn)
				for !strings.HasSuffix(head.String(), "\r\n\r\n") {
					b, err := r.ReadByte()
					if err != nil {
						return
					}
					head.WriteByte(b)
				}
				script(conn, head.String())
				if tcp, ok := conn.(*net.TCPConn); ok {
					_ = tcp.CloseWrite()
				}
				_, _ = io.Copy(io.Discard, r) // until the client has gone: a reset would eat the answer
			})
		}
	})
	return l.Addr().String()
}

// says is a script that writes one text.
func says(text string) func(net.Conn, string) {
	return func(conn net.Conn, _ string) { _, _ = io.WriteString(conn, text) }
}

// serve starts a plain HTTP server and returns host:port.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// serveTLS starts an HTTPS server that speaks HTTP/1.1 and HTTP/2.
func serveTLS(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// client returns a client that may reach the given loopback servers.
func client(t *testing.T, cfg Config, allow ...string) *Client {
	t.Helper()
	cfg.Allow = append(cfg.Allow, allow...)
	c := New(cfg)
	t.Cleanup(c.Close)
	return c
}

// get is a GET request for a URL whose host:port it lists.
func get(url string) *flow.Request {
	return &flow.Request{Method: "GET", URL: url, Hosts: []string{authorityOf(url)}}
}

func authorityOf(url string) string {
	_, rest, _ := strings.Cut(url, "//")
	authority, _, _ := strings.Cut(rest, "/")
	return authority
}

func wantCode(t *testing.T, what string, err error, want flow.Code) {
	t.Helper()
	if flow.CodeOf(err) != want {
		t.Errorf("%s: error %v, want code %q", what, err, want)
	}
}

package conformance

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
	"github.com/weirflow/weir/internal/codes"
)

// fetcher is a function as flow.Fetcher.
type fetcher func(context.Context, *flow.Request) (*flow.Response, error)

func (f fetcher) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	return f(ctx, req)
}

// loopback is a resolver that finds example.com on this machine.
type loopback struct{}

func (loopback) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	if name == "example.com." {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// nowhere is a resolver that knows no name.
type nowhere struct{}

func (nowhere) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// server returns the guarded client itself, which finds no host, or example.com
// alone where the example says what it does. That server listens on a port of
// its own, so requests to example.com are given that port.
func server(t *testing.T, e *codes.Example) flow.Fetcher {
	t.Helper()
	what, ok := e.Setting("http")
	if !ok {
		return newClient(t, egress.Config{Resolver: nowhere{}})
	}
	address, roots := listen(t, what)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	at := "example.com:" + port
	cfg := egress.Config{Resolver: loopback{}, Allow: []string{at}, Roots: roots}
	if what == "silent" {
		cfg.FirstByteTimeout = 20 * time.Millisecond
	}
	client := newClient(t, cfg)
	return fetcher(func(ctx context.Context, req *flow.Request) (*flow.Response, error) {
		moved := *req
		if rest, ok := strings.CutPrefix(req.URL, "https://example.com/"); ok {
			moved.URL = "https://" + at + "/" + rest
		}
		moved.Hosts = append(slices.Clone(req.Hosts), at)
		return client.Fetch(ctx, &moved)
	})
}

func newClient(t *testing.T, cfg egress.Config) *egress.Client {
	t.Helper()
	c := egress.New(cfg)
	t.Cleanup(c.Close)
	return c
}

// listen starts a server by an example's setting. It returns its address and the
// authorities that clients trust.
func listen(t *testing.T, what string) (string, *x509.CertPool) {
	t.Helper()
	kind, rest, _ := strings.Cut(what, " ")
	var serve http.HandlerFunc
	switch kind {
	case "status":
		number, location, _ := strings.Cut(rest, " to ")
		status, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		serve = func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(status)
		}
	case "body", "untrusted":
		serve = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, rest) }
	case "silent":
		serve = func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // the end of a connection shows behind the body
			<-r.Context().Done()
		}
	case "raw":
		serve = func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return // the client sees no text then, and the test fails
			}
			_, _ = io.WriteString(conn, rest+"\r\n")
			_ = conn.Close()
		}
	case "refuses":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return l.Addr().String(), nil
	default:
		t.Fatalf("no server does %q", what)
	}
	s := httptest.NewUnstartedServer(serve)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	if kind != "untrusted" {
		roots.AddCert(s.Certificate())
	}
	return s.Listener.Addr().String(), roots
}

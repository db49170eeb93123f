package egress

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	search "github.com/weirflow/weir/internal/canary"
)

func rootsOf(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

// TestRequest looks at what a server receives.
func TestRequest(t *testing.T) {
	text := flow.Text
	for _, c := range []struct {
		name string
		req  flow.Request
		want string // request line, chosen headers, body
	}{
		{"bare", flow.Request{Method: "GET"}, "GET / HTTP/1.1 weir"},
		{"path", flow.Request{Method: "GET", URL: "/a%2Fb/ä/c;d?x=1&y=%20z#frag"}, "GET /a%2Fb/%C3%A4/c;d?x=1&y=%20z HTTP/1.1 weir"},
		{"query", flow.Request{Method: "GET", URL: "/?a=1", Query: []flow.Pair{{Name: "q", Value: text("a b&c=d+é/?")}, {Name: "q", Value: text("")}, {Name: "ü[]", Value: text("~-._")}}},
			"GET /?a=1&q=a%20b%26c%3Dd%2B%C3%A9%2F%3F&q=&%C3%BC%5B%5D=~-._ HTTP/1.1 weir"},
		{"query of the URL", flow.Request{Method: "GET", URL: `/?a[]=<"b">&c=d|e&f=100%&g='h'`}, "GET /?a[]=%3C%22b%22%3E&c=d%7Ce&f=100%&g='h' HTTP/1.1 weir"},
		{"empty query", flow.Request{Method: "GET", URL: "/?"}, "GET / HTTP/1.1 weir"},
		{"body", flow.Request{Method: "POST", Body: text("hällo")}, "POST / HTTP/1.1 weir Content-Length=6 hällo"},
		{"no body", flow.Request{Method: "POST"}, "POST / HTTP/1.1 weir Content-Length=0"},
		{"delete with a body", flow.Request{Method: "DELETE", Body: text("x")}, "DELETE / HTTP/1.1 weir Content-Length=1 x"},
		{"user agent", flow.Request{Method: "OPTIONS", Headers: []flow.Pair{{Name: "user-agent", Value: text("mine")}}}, "OPTIONS / HTTP/1.1 mine"},
		{"idempotency key", flow.Request{Method: "PUT", IdempotencyKey: "k1"}, "PUT / HTTP/1.1 weir Content-Length=0 Idempotency-Key=k1"},
		{"own idempotency key", flow.Request{Method: "PATCH", IdempotencyKey: "k1", Headers: []flow.Pair{{Name: "idempotency-key", Value: text("k2")}}},
			"PATCH / HTTP/1.1 weir Content-Length=0 Idempotency-Key=k2"},
		{"repeated header", flow.Request{Method: "GET", Headers: []flow.Pair{{Name: "X-A", Value: text("1")}, {Name: "x-a", Value: text("2")}}}, "GET / HTTP/1.1 weir X-A=1 X-A=2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				got = r.Method + " " + r.RequestURI + " " + r.Proto + " " + r.Header.Get("User-Agent")
				for _, name := range []string{"Content-Length", "Idempotency-Key", "X-A", "Referer", "Cookie", "Transfer-Encoding"} {
					for _, v := range r.Header[http.CanonicalHeaderKey(name)] {
						got += " " + name + "=" + v
					}
				}
				if b, _ := io.ReadAll(r.Body); len(b) > 0 {
					got += " " + string(b)
				}
			})
			c.req.URL = "http://" + address + c.req.URL
			c.req.Hosts = []string{address}
			if _, err := client(t, Config{}, address).Fetch(t.Context(), &c.req); err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("server got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestRequestRefused lists requests that are not made at all.
func TestRequestRefused(t *testing.T) {
	cage := newCanary(t)
	address := "127.0.0.1:" + cage.port
	header := func(name, value string) flow.Request {
		return flow.Request{Method: "GET", Headers: []flow.Pair{{Name: name, Value: flow.Text(value)}}}
	}
	cases := map[string]flow.Request{
		"no method":           {},
		"lower-case method":   {Method: "get"},
		"unknown method":      {Method: "BREW"},
		"CONNECT":             {Method: "CONNECT"},
		"TRACE":               {Method: "TRACE"},
		"method with a break": {Method: "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"},
		"line break in value": header("X", "a\r\nY: b"),
		"LF in value":         header("X", "a\nb"),
		"NUL in value":        header("X", "a\x00b"),
		"empty name":          header("", "a"),
		"space in name":       header("X Y", "a"),
		"colon in name":       header("X:Y", "a"),
		"line break in name":  header("X\r\nY", "a"),
		"name beyond ASCII":   header("Ü", "a"),
		"key with a break":    {Method: "POST", IdempotencyKey: "a\r\nb"},
		"101 headers":         {Method: "GET", Headers: slices.Repeat([]flow.Pair{{Name: "X", Value: flow.Text("y")}}, 101)},
		"large headers":       {Method: "GET", Headers: slices.Repeat([]flow.Pair{{Name: "X", Value: flow.Text(strings.Repeat("y", 8000))}}, 9)},
		"header that is none": {Method: "GET", Headers: []flow.Pair{{Name: "X", Value: flow.Number(1)}}},
		"query that is none":  {Method: "GET", Query: []flow.Pair{{Name: "X", Value: flow.ListOf()}}},
		"body that is none":   {Method: "GET", Body: flow.Members()},
	}
	for _, name := range reserved {
		cases["reserved "+name] = header(strings.ToLower(name), "websocket")
	}
	for name, req := range cases {
		req.URL, req.Hosts = "http://"+address+"/", []string{address}
		_, err := client(t, Config{}, address).Fetch(t.Context(), &req)
		wantCode(t, name, err, flow.CodeInputInvalid)
	}
	for _, tail := range []string{"/a\r\nb", "/a b", "/?a\nb", "/#\r"} {
		_, err := client(t, Config{}, address).Fetch(t.Context(), get("http://"+address+tail))
		wantCode(t, tail, err, flow.CodeInputInvalid)
	}
	cage.untouched(t)
}

func TestAnswer(t *testing.T) {
	address := raw(t, says("HTTP/1.1 418 I'm a teapot\r\nX-B: 2\r\nx-a: 1\r\nX-B: 3\r\nX-Bad: \xff\r\nContent-Length: 3\r\n\r\n\x00\xffz"))
	res, err := client(t, Config{}, address).Fetch(t.Context(), get("http://"+address+"/"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range res.Headers {
		got = append(got, h.Name+"="+h.Value.Text())
	}
	if want := "content-length=3 x-a=1 x-b=2 x-b=3 x-bad=\uFFFD"; strings.Join(got, " ") != want {
		t.Errorf("headers %q, want %q", got, want)
	}
	if res.Status != 418 || string(res.Body) != "\x00\xffz" {
		t.Errorf("status %d, body %q", res.Status, res.Body)
	}
}

func TestSecrets(t *testing.T) {
	const plain = "s3cr3t value&"
	var got string
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = r.URL.Query().Get("k") + "|" + r.Header.Get("Authorization") + "|" + string(b)
	})
	bare := "127.0.0.1" // stands for https on 443 and nothing else
	for _, c := range []struct {
		name  string
		bound []string
		want  flow.Code
	}{
		{"bound here", []string{address}, ""},
		{"bound here among others", []string{"a.example", address}, ""},
		{"bound to the bare host", []string{bare}, flow.CodeEgressSecretHost},
		{"bound to another port", []string{bare + ":1"}, flow.CodeEgressSecretHost},
		{"bound elsewhere", []string{"a.example"}, flow.CodeEgressSecretHost},
		{"bound nowhere", nil, flow.CodeEgressSecretHost},
	} {
		secret := flow.NewSecret("api key", plain, c.bound...)
		for part := range 3 {
			got = ""
			req := get("http://" + address + "/")
			req.Method = "POST"
			want := []string{"", "", ""}
			want[part] = plain
			switch part {
			case 0:
				req.Query = []flow.Pair{{Name: "k", Value: secret}}
			case 1:
				req.Headers = []flow.Pair{{Name: "Authorization", Value: secret}}
			case 2:
				req.Body = secret
			}
			_, err := client(t, Config{}, address).Fetch(t.Context(), req)
			wantCode(t, fmt.Sprint(c.name, ", part ", part), err, c.want)
			if err == nil && got != strings.Join(want, "|") {
				t.Errorf("%s: server got %q, want %q", c.name, got, want)
			}
			if err != nil && got != "" {
				t.Errorf("%s: a request was made: %q", c.name, got)
			}
		}
	}
	// The URL is judged before any secret is opened.
	req := get("https://a.example/")
	req.Hosts, req.Body = []string{"b.example"}, flow.NewSecret("api key", plain, "b.example")
	_, err := client(t, Config{}).Fetch(t.Context(), req)
	wantCode(t, "host that is not listed", err, flow.CodeEgressDenied)
}

// TestErrorsAreSilent makes every kind of failure happen while secrets are in
// query, header and body, with servers that send them back, and searches the
// errors and the log for them.
func TestErrorsAreSilent(t *testing.T) {
	const plain = "TOPSECRET"
	echo := func(format string) func(net.Conn, string) {
		return func(conn net.Conn, head string) {
			_, _ = fmt.Fprintf(conn, format, strings.ReplaceAll(head, "\r\n", " "))
		}
	}
	var log bytes.Buffer
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for name, address := range map[string]string{
		"status line":    raw(t, echo("%s\r\n\r\n")),
		"header":         raw(t, echo("HTTP/1.1 200 OK\r\n%s\r\n\r\n")),
		"length":         raw(t, echo("HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n")),
		"chunk":          raw(t, echo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n")),
		"encoding":       raw(t, echo("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n\r\nx")),
		"location":       raw(t, echo("HTTP/1.1 302 Found\r\nLocation: http://evil.example/%s\r\n\r\n")),
		"upgrade":        raw(t, echo("HTTP/1.1 101 Switching Protocols\r\nUpgrade: %s\r\nConnection: upgrade\r\n\r\n")),
		"truncated body": raw(t, echo("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n%s")),
		"no connection":  closed.Addr().String(),
		"slow":           raw(t, stall("HTTP/1.1 200 OK\r\n\r\n"+plain)),
	} {
		cl := client(t, Config{RateWindow: 30 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, address)
		secret := flow.NewSecret("label", plain, address)
		req := &flow.Request{
			Method: "POST", URL: "http://" + address + "/path?own=" + plain, Hosts: []string{address}, Body: secret,
			Query: []flow.Pair{{Name: "q", Value: secret}}, Headers: []flow.Pair{{Name: "X-Key", Value: secret}}, Redirects: 1,
		}
		_, err := cl.Fetch(t.Context(), req)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			search.Check(t, name+": the error", fmt.Appendf(nil, "%v %+v %#v %s", e, e, e, flow.AsError(e).Object()), plain)
		}
		for _, h := range []string{"a\r\n" + plain, "\x00" + plain} {
			bad := flow.NewSecret("label", h, address)
			req.Headers = []flow.Pair{{Name: "X-Key", Value: bad}}
			if _, err = cl.Fetch(t.Context(), req); err == nil || strings.Contains(err.Error(), plain) {
				t.Errorf("%s: header that cannot be sent: %v", name, err)
			}
		}
	}
	search.Check(t, "the log", log.Bytes(), plain)
	if strings.Contains(log.String(), "/path") {
		t.Errorf("the log tells: %s", log.String())
	}
	for _, want := range []string{"host=127.0.0.1", "method=POST", "error=http.protocol", "error=http.connect"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, log.String())
		}
	}
}

func TestHTTPS(t *testing.T) {
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"proto":%q,"host":%q}`, r.Proto, r.Host)
	})
	address := s.Listener.Addr().String()
	var log bytes.Buffer
	for _, keep := range []time.Duration{0, time.Minute} {
		cl := client(t, Config{Roots: rootsOf(s), KeepAlive: keep, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, address)
		for range 3 {
			res, err := cl.Fetch(t.Context(), get("https://"+address+"/"))
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf(`{"proto":"HTTP/2.0","host":%q}`, address); string(res.Body) != want {
				t.Errorf("body %s, want %s", res.Body, want)
			}
		}
	}
	if !strings.Contains(log.String(), "status=200") {
		t.Errorf("the log lacks the status: %s", log.String())
	}
}

// TestConnections checks that connections are used once unless KeepAlive is set.
func TestConnections(t *testing.T) {
	for _, c := range []struct {
		keep time.Duration
		want int
	}{{0, 4}, {time.Minute, 1}} {
		opened := 0
		var mu sync.Mutex
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			mu.Lock()
			defer mu.Unlock()
			if state == http.StateNew {
				opened++
			}
		}
		s.Start()
		address := s.Listener.Addr().String()
		cl := client(t, Config{KeepAlive: c.keep}, address)
		for range 4 {
			if _, err := cl.Fetch(t.Context(), get("http://"+address+"/")); err != nil {
				t.Fatal(err)
			}
		}
		cl.Close()
		s.Close()
		if opened != c.want {
			t.Errorf("KeepAlive %s: %d connections for 4 requests, want %d", c.keep, opened, c.want)
		}
	}
}

func TestParallel(t *testing.T) {
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Query().Get("n")) })
	address := s.Listener.Addr().String()
	cl := client(t, Config{Roots: rootsOf(s), KeepAlive: time.Minute}, address)
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			want := fmt.Sprint(n)
			req := get("https://" + address + "/")
			req.Query = []flow.Pair{{Name: "n", Value: flow.Text(want)}}
			if res, err := cl.Fetch(t.Context(), req); err != nil || string(res.Body) != want {
				t.Errorf("request %s: %v, %v", want, res, err)
			}
		})
	}
	wg.Wait()
}

func TestCancelled(t *testing.T) {
	hang := raw(t, stall(""))
	body := raw(t, stall("HTTP/1.1 200 OK\r\n\r\nx"))
	cl := client(t, Config{}, hang, body)
	limit := flow.Errorf(flow.CodeLimitWall, "the run took too long")
	for _, address := range []string{hang, body} {
		for _, c := range []struct {
			cause error
			want  flow.Code
		}{{nil, flow.CodeRunCancelled}, {limit, flow.CodeLimitWall}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			timer := time.AfterFunc(30*time.Millisecond, func() { cancel(c.cause) })
			_, err := cl.Fetch(ctx, get("http://"+address+"/"))
			timer.Stop()
			wantCode(t, fmt.Sprint("cancelled by ", c.cause), err, c.want)
			if c.cause == nil && !errors.Is(err, context.Canceled) {
				t.Errorf("error %v does not wrap context.Canceled", err)
			}
			_, err = cl.Fetch(ctx, get("http://"+address+"/"))
			wantCode(t, "cancelled before", err, c.want)
		}
	}
}

// TestFaults covers errors that a test cannot make a kernel give.
func TestFaults(t *testing.T) {
	h := host{name: "a.example", port: 443}
	denied := deniedAddress(h, "private")
	for name, c := range map[string]struct {
		err  error
		want flow.Code
	}{
		"connect timed out":    {connectFault(h, time.Second, os.ErrDeadlineExceeded), flow.CodeHTTPTimeout},
		"connect denied":       {connectFault(h, time.Second, &net.OpError{Op: "dial", Err: denied}), flow.CodeEgressDenied},
		"connect unreachable":  {connectFault(h, time.Second, errors.New("no route")), flow.CodeHTTPConnect},
		"lookup timed out":     {lookupFault(h, os.ErrDeadlineExceeded), flow.CodeEgressDNS},
		"handshake broken":     {handshakeFault(h, time.Second, io.EOF), flow.CodeHTTPTLS},
		"constrained":          {handshakeFault(h, time.Second, x509.CertificateInvalidError{Reason: x509.CANotAuthorizedForThisName}), flow.CodeHTTPTLS},
		"exchange, known":      {exchangeFault(t.Context(), h, time.Second, fmt.Errorf("wrapped: %w", denied)), flow.CodeEgressDenied},
		"exchange, TLS alert":  {exchangeFault(t.Context(), h, time.Second, &net.OpError{Op: "remote error", Err: io.EOF}), flow.CodeHTTPTLS},
		"body, timed out":      {bodyFault(t.Context(), h, os.ErrDeadlineExceeded), flow.CodeHTTPTimeout},
		"body, cut off":        {bodyFault(t.Context(), h, io.ErrUnexpectedEOF), flow.CodeHTTPProtocol},
		"exchange, end of run": {exchangeFault(t.Context(), h, time.Second, io.EOF), flow.CodeHTTPProtocol},
	} {
		wantCode(t, name, c.err, c.want)
	}
	c := client(t, Config{ConnectTimeout: time.Nanosecond}, "127.0.0.1:1")
	_, err := c.Fetch(t.Context(), get("http://127.0.0.1:1/"))
	wantCode(t, "no time to connect", err, flow.CodeHTTPTimeout)
}

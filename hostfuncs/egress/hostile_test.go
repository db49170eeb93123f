package egress

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
)

// drip writes text byte by byte until the client hangs up.
func drip(text string) func(net.Conn, string) {
	return func(conn net.Conn, _ string) {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for i := range len(text) {
			<-tick.C
			if _, err := conn.Write([]byte{text[i]}); err != nil {
				return
			}
		}
	}
}

// stall writes text and then nothing, until the client hangs up.
func stall(text string) func(net.Conn, string) {
	return func(conn net.Conn, _ string) {
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
	}
}

// endless writes head once and then block for ever, until the client hangs up.
func endless(head, block string) func(net.Conn, string) {
	return func(conn net.Conn, _ string) {
		_, err := io.WriteString(conn, head)
		for err == nil {
			_, err = io.WriteString(conn, block)
		}
	}
}

// TestHostileAnswers talks to servers that break HTTP or never end.
func TestHostileAnswers(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	const proto, slow, large = flow.CodeHTTPProtocol, flow.CodeHTTPTimeout, flow.CodeLimitHTTPBytes
	chunk := "8000\r\n" + strings.Repeat("x", 0x8000) + "\r\n"
	for _, c := range []struct {
		name   string
		script func(net.Conn, string)
		want   flow.Code
		body   string
	}{
		{"fine", says(ok + "Content-Length: 2\r\n\r\nhi"), "", "hi"},
		{"no length, until the end of the connection", says(ok + "\r\nhi"), "", "hi"},
		{"trailers", says(ok + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n"), "", "hi"},
		{"length too small", says(ok + "Content-Length: 2\r\n\r\nhi and more"), "", "hi"},
		{"early hints", says("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi"), "", "hi"},

		{"nothing", says(""), proto, ""},
		{"no HTTP", says("SSH-2.0-OpenSSH\r\n"), proto, ""},
		{"half a status line", says("HTTP/1.1 2"), proto, ""},
		{"status of two digits", says("HTTP/1.1 20 OK\r\n\r\n"), proto, ""},
		{"length too large", says(ok + "Content-Length: 100\r\n\r\nhi"), proto, ""},
		{"negative length", says(ok + "Content-Length: -1\r\n\r\nhi"), proto, ""},
		{"two lengths", says(ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"), proto, ""},
		{"no last chunk", says(ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"), proto, ""},
		{"no chunk length", says(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n"), proto, ""},
		{"chunk longer than said", says(ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"), proto, ""},
		{"unknown transfer encoding", says(ok + "Transfer-Encoding: gzip\r\n\r\nhi"), proto, ""},
		{"header without a colon", says(ok + "oops\r\n\r\n"), proto, ""},
		{"10,000 headers", says(ok + strings.Repeat("a: b\r\n", 10_000) + "\r\n"), proto, ""},
		{"101 headers", says(ok + strings.Repeat("a: b\r\n", 101) + "Content-Length: 0\r\n\r\n"), proto, ""},
		{"header of 1 MiB", says(ok + "a: " + strings.Repeat("b", 1<<20) + "\r\n\r\n"), proto, ""},
		{"status text of 1 MiB", says("HTTP/1.1 500 " + strings.Repeat("b", 1<<20) + "\r\n\r\n"), proto, ""},
		{"10,000 interim answers", says(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 10_000) + ok + "\r\n"), proto, ""},
		{"endless interim answers", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), proto, ""},
		{"upgrade", says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), proto, ""},

		{"announced too large", stall(ok + "Content-Length: 100000\r\n\r\n" + strings.Repeat("x", 1<<15)), large, ""},
		{"endless chunks", endless(ok+"Transfer-Encoding: chunked\r\n\r\n", chunk), large, ""},
		{"endless without length", endless(ok+"\r\n", chunk), large, ""},

		{"silent", stall(""), slow, ""},
		{"slow headers", drip(ok + strings.Repeat("a: b\r\n", 99) + "\r\n"), slow, ""},
		{"slow body", drip(ok + "\r\n" + strings.Repeat("x", 1000)), slow, ""},
		{"pause before the end", stall(ok + "Content-Length: 1000\r\n\r\n" + strings.Repeat("x", 999)), slow, ""},
		{"events for ever", stall(ok + "Content-Type: text/event-stream\r\n\r\ndata: 1\n\n"), slow, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address := raw(t, c.script)
			cl := client(t, Config{MaxBody: 64 << 10, FirstByteTimeout: 700 * time.Millisecond, RateWindow: 300 * time.Millisecond, MinRate: 20_000}, address)
			res, err := cl.Fetch(t.Context(), get("http://"+address+"/"))
			wantCode(t, c.name, err, c.want)
			if err == nil && string(res.Body) != c.body {
				t.Errorf("body %q, want %q", res.Body, c.body)
			}
		})
	}
}

// TestSlowWithinRate shows that the rate decides, not the time as such.
func TestSlowWithinRate(t *testing.T) {
	address := raw(t, drip("HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat("x", 120)))
	cl := client(t, Config{RateWindow: 200 * time.Millisecond, MinRate: 10}, address)
	res, err := cl.Fetch(t.Context(), get("http://"+address+"/"))
	if err != nil || len(res.Body) != 120 {
		t.Errorf("a body of 120 bytes in 0.6 s: %v", err)
	}
}

// TestMemory reads an endless answer under the default bounds and looks at what
// was allocated for it.
func TestMemory(t *testing.T) {
	address := raw(t, endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 1<<16)))
	cl := client(t, Config{}, address)
	req := get("http://" + address + "/")
	req.MaxBody = 1 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := cl.Fetch(t.Context(), req)
	runtime.ReadMemStats(&after)
	wantCode(t, "endless answer", err, flow.CodeLimitHTTPBytes)
	if got := after.TotalAlloc - before.TotalAlloc; got > 10<<20 {
		t.Errorf("reading at most 1 MiB allocated %d bytes in all", got)
	}
}

func TestTimeouts(t *testing.T) {
	hang := raw(t, stall(""))
	cl := client(t, Config{Timeout: 40 * time.Millisecond}, hang)
	_, err := cl.Fetch(t.Context(), get("http://"+hang+"/"))
	wantCode(t, "the client's bound", err, flow.CodeHTTPTimeout)

	req := get("http://" + hang + "/")
	req.Timeout = 40 * time.Millisecond
	_, err = client(t, Config{}, hang).Fetch(t.Context(), req)
	wantCode(t, "the request's bound", err, flow.CodeHTTPTimeout)

	// A server that never reads cannot hold a large request body for ever.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	req = get("http://" + l.Addr().String() + "/")
	req.Method, req.Body = "POST", flow.Text(strings.Repeat("x", 32<<20))
	_, err = client(t, Config{Timeout: 100 * time.Millisecond}, l.Addr().String()).Fetch(t.Context(), req)
	wantCode(t, "upload that nobody reads", err, flow.CodeHTTPTimeout)
}

func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	_, err = client(t, Config{}, address).Fetch(t.Context(), get("http://"+address+"/"))
	wantCode(t, "closed port", err, flow.CodeHTTPConnect)
}

// TestNextAddress goes on to the next address when one refuses.
func TestNextAddress(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	_, port, _ := net.SplitHostPort(address)
	cl := client(t, Config{Resolver: names{"a.example": {"127.9.9.9", "127.0.0.1"}}}, "a.example:"+port)
	res, err := cl.Fetch(t.Context(), get("http://a.example:"+port+"/"))
	if err != nil || string(res.Body) != "ok" {
		t.Errorf("second address: %v", err)
	}
}

// TestNoProxy sets every proxy variable to a canary, in a process of its own:
// net/http reads them once.
func TestNoProxy(t *testing.T) {
	const child = "EGRESS_TEST_PROXY_CHILD"
	if os.Getenv(child) == "" {
		cage := newCanary(t)
		proxy := "http://127.0.0.1:" + cage.port
		cmd := exec.Command(os.Args[0], "-test.run=^TestNoProxy$", "-test.count=1")
		cmd.Env = append(os.Environ(), child+"=1", "NO_PROXY=", "no_proxy=", "HTTP_PROXY="+proxy, "http_proxy="+proxy,
			"HTTPS_PROXY="+proxy, "https_proxy="+proxy, "ALL_PROXY="+proxy, "all_proxy="+proxy)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("with proxies in the environment: %v\n%s", err, out)
		}
		cage.untouched(t)
		return
	}
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }
	plain, secured := serve(t, ok), serveTLS(t, ok)
	for _, url := range []string{"http://" + plain, "https://" + secured.Listener.Addr().String()} {
		_, port, _ := net.SplitHostPort(authorityOf(url))
		scheme, _, _ := strings.Cut(url, ":")
		// example.com is a name in the server's certificate, and unlike 127.0.0.1
		// none that net/http exempts from proxies.
		cl := client(t, Config{Roots: rootsOf(secured), Resolver: names{"example.com": {"127.0.0.1"}}}, "example.com:"+port)
		res, err := cl.Fetch(t.Context(), get(scheme+"://example.com:"+port+"/"))
		if err != nil || string(res.Body) != "ok" {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestNoState checks that one answer changes nothing for the next request.
func TestNoState(t *testing.T) {
	var seen []string
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, fmt.Sprint(r.Header.Get("Cookie"), r.Header.Get("Authorization")))
		w.Header().Set("Set-Cookie", "a=b; Path=/")
		w.Header().Set("Alt-Svc", `h2="127.0.0.1:1"`)
		w.Header().Set("WWW-Authenticate", "Basic realm=x")
		w.WriteHeader(401)
	})
	address := s.Listener.Addr().String()
	cl := client(t, Config{Roots: rootsOf(s), KeepAlive: time.Second}, address)
	for range 3 {
		res, err := cl.Fetch(t.Context(), get("https://"+address+"/"))
		if err != nil || res.Status != 401 {
			t.Fatalf("status %v, %v", res, err)
		}
	}
	for i, got := range seen {
		if got != "" {
			t.Errorf("request %d carried %q", i, got)
		}
	}
}

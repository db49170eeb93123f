package egress

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/weirflow/weir/flow"
)

// frames starts a TLS server that agrees on HTTP/2, reads the first request's
// headers and then lets script write frames. It returns host:port and the roots.
func frames(t *testing.T, script func(f *http2.Framer, stream uint32)) (string, *x509.CertPool) {
	t.Helper()
	ca := newAuthority(t)
	cert := ca.issue(t, "", time.Now().Add(-time.Hour), time.Now().Add(time.Hour), x509.ExtKeyUsageServerAuth)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func(conn net.Conn) {
				defer func() { _ = conn.Close() }()
				preface := make([]byte, len(http2.ClientPreface))
				if _, err := io.ReadFull(conn, preface); err != nil {
					return
				}
				f := http2.NewFramer(conn, conn)
				_ = f.WriteSettings()
				for {
					frame, err := f.ReadFrame()
					if err != nil {
						return
					}
					if h, ok := frame.(*http2.HeadersFrame); ok {
						go func() { _, _ = io.Copy(io.Discard, conn) }()
						script(f, h.StreamID)
						return
					}
				}
			}(conn)
		}
	}()
	return l.Addr().String(), ca.pool()
}

func block(pairs ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return b.Bytes()
}

// TestHostileHTTP2 floods the client with frames. Every flood ends with an error
// within the client's bounds.
func TestHostileHTTP2(t *testing.T) {
	answer := block(":status", "200")
	head := func(f *http2.Framer, stream uint32, fragment []byte, last bool) error {
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: fragment, EndHeaders: last})
	}
	forever := func(write func() error) {
		for write() == nil {
		}
	}
	const proto, slow, large = flow.CodeHTTPProtocol, flow.CodeHTTPTimeout, flow.CodeLimitHTTPBytes
	for _, c := range []struct {
		name   string
		script func(f *http2.Framer, stream uint32)
		want   []flow.Code
	}{
		{"reset", func(f *http2.Framer, s uint32) { _ = f.WriteRSTStream(s, http2.ErrCodeInternal) }, []flow.Code{proto}},
		{"goaway", func(f *http2.Framer, s uint32) {
			forever(func() error { return f.WriteGoAway(s, http2.ErrCodeNo, nil) })
		}, []flow.Code{proto, slow}},
		{"protocol error", func(f *http2.Framer, s uint32) { _ = f.WriteRawFrame(http2.FrameData, 0, 0, []byte("x")) }, []flow.Code{proto}},
		{"huge frame", func(f *http2.Framer, s uint32) {
			_ = f.WriteRawFrame(http2.FrameData, 0, s, make([]byte, 1<<20))
		}, []flow.Code{proto}},
		{"continuation for ever", func(f *http2.Framer, s uint32) {
			_ = head(f, s, answer, false)
			part := block("x-flood", strings.Repeat("y", 8000))
			forever(func() error { return f.WriteContinuation(s, false, part) })
		}, []flow.Code{proto}},
		{"interim answers for ever", func(f *http2.Framer, s uint32) {
			forever(func() error { return head(f, s, block(":status", "103"), true) })
		}, []flow.Code{proto, slow}},
		{"pings for ever", func(f *http2.Framer, _ uint32) {
			forever(func() error { return f.WritePing(false, [8]byte{1}) })
		}, []flow.Code{proto, slow}},
		{"settings for ever", func(f *http2.Framer, _ uint32) {
			forever(func() error { return f.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 20}) })
		}, []flow.Code{proto, slow}},
		{"empty data for ever", func(f *http2.Framer, s uint32) {
			_ = head(f, s, answer, true)
			forever(func() error { return f.WriteData(s, false, nil) })
		}, []flow.Code{proto, slow}},
		{"data for ever", func(f *http2.Framer, s uint32) {
			_ = head(f, s, answer, true)
			forever(func() error { return f.WriteData(s, false, make([]byte, 1<<14)) })
		}, []flow.Code{large, proto}},
		{"length that lies", func(f *http2.Framer, s uint32) {
			_ = head(f, s, block(":status", "200", "content-length", "100"), true)
			_ = f.WriteData(s, true, []byte("short"))
		}, []flow.Code{proto}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address, roots := frames(t, c.script)
			cl := client(t, Config{Roots: roots, MaxBody: 128 << 10, FirstByteTimeout: time.Second, RateWindow: 500 * time.Millisecond, Timeout: 2 * time.Second}, address)
			start := time.Now()
			_, err := cl.Fetch(t.Context(), get("https://"+address+"/"))
			code := flow.CodeOf(err)
			for _, want := range c.want {
				if code == want {
					code = ""
				}
			}
			if code != "" || err == nil {
				t.Errorf("error %v, want one of %v", err, c.want)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestNoWindow uploads to a server that never lets the body through.
func TestNoWindow(t *testing.T) {
	done := make(chan struct{})
	defer close(done)
	address, roots := frames(t, func(*http2.Framer, uint32) { <-done })
	req := get("https://" + address + "/")
	req.Method, req.Body = "POST", flow.Text(strings.Repeat("x", 1<<20))
	_, err := client(t, Config{Roots: roots, Timeout: 150 * time.Millisecond}, address).Fetch(t.Context(), req)
	wantCode(t, "zero window", err, flow.CodeHTTPTimeout)
}

package egress

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
)

// tracked is a part of a request body that counts how often it is open.
type tracked struct {
	opened, closed atomic.Int64
}

func (tr *tracked) part(content string, announced int) flow.BodyPart {
	return flow.BodyPart{Bytes: int64(announced), Open: func() (io.ReadCloser, error) {
		tr.opened.Add(1)
		return &trackedBody{strings.NewReader(content), tr}, nil
	}}
}

type trackedBody struct {
	io.Reader
	tr *tracked
}

func (b *trackedBody) Close() error { b.tr.closed.Add(1); return nil }

// settled checks that every stream was closed when Fetch returned.
func (tr *tracked) settled(t *testing.T, what string, opened int64) {
	t.Helper()
	if o, c := tr.opened.Load(), tr.closed.Load(); o != opened || c != o {
		t.Errorf("%s: %d streams were opened and %d closed, want %d", what, o, c, opened)
	}
}

func put(url string, parts ...flow.BodyPart) *flow.Request {
	req := get(url)
	req.Method, req.BodyParts = "PUT", parts
	return req
}

func TestSendStream(t *testing.T) {
	large := strings.Repeat("0123456789", 50_000)
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%d %q %v %s", r.ContentLength, r.TransferEncoding, err, body)
	}
	secured := serveTLS(t, handler)
	pool := secured.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for _, server := range []string{"http://" + serve(t, handler), secured.URL} {
		host := authorityOf(server)
		cl := client(t, Config{Roots: pool, MaxStream: 600_000}, host)
		secret := flow.BodyPart{Text: flow.NewSecret("key", "s3cret", host)}
		text := func(s string) flow.BodyPart { return flow.BodyPart{Text: flow.Text(s)} }
		var tr tracked
		for _, c := range []struct {
			name   string
			parts  []flow.BodyPart
			want   string
			code   flow.Code
			opened int64
		}{
			{"one stream", []flow.BodyPart{tr.part("abc", 3)}, "abc", "", 1},
			{"text around", []flow.BodyPart{text("<"), tr.part("abc", 3), text("|"), tr.part("de", 2), text(">")}, "<abc|de>", "", 2},
			{"secret", []flow.BodyPart{text("key="), secret}, "key=s3cret", "", 0},
			{"large", []flow.BodyPart{tr.part(large, len(large)), text("end")}, large + "end", "", 1},
			{"longer than announced", []flow.BodyPart{tr.part("abcdef", 3), text("!")}, "abc!", "", 1},
			{"exactly the limit", []flow.BodyPart{text("<"), tr.part(strings.Repeat("x", 600_000), 600_000)}, "<" + strings.Repeat("x", 600_000), "", 1},

			{"over the limit", []flow.BodyPart{tr.part("", 600_000), tr.part("", 1)}, "", flow.CodeLimitHTTPBytes, 0},
			{"far over the limit", []flow.BodyPart{tr.part("", math.MaxInt64), tr.part("", math.MaxInt64)}, "", flow.CodeLimitHTTPBytes, 0},
			{"shorter than announced", []flow.BodyPart{tr.part("abc", 4)}, "", flow.CodeFileUnknown, 1},
			{"negative", []flow.BodyPart{tr.part("abc", -1)}, "", flow.CodeInputInvalid, 0},
			{"bound elsewhere", []flow.BodyPart{tr.part("abc", 3), {Text: flow.NewSecret("key", "s3cret", "other.example")}}, "", flow.CodeEgressSecretHost, 0},
			{"no text", []flow.BodyPart{{Text: flow.Number(1)}}, "", flow.CodeInputInvalid, 0},
			{"cannot be opened", []flow.BodyPart{{Bytes: 1, Open: func() (io.ReadCloser, error) {
				return nil, flow.Errorf(flow.CodeFileUnknown, "no such file")
			}}}, "", flow.CodeFileUnknown, 0},
			{"fails with another error", []flow.BodyPart{{Bytes: 1, Open: func() (io.ReadCloser, error) { return nil, errors.New("disk") }}}, "", flow.CodeInternal, 0},
		} {
			what := server[:5] + " " + c.name
			tr = tracked{}
			res, err := cl.Fetch(t.Context(), put(server+"/", c.parts...))
			wantCode(t, what, err, c.code)
			if want := fmt.Sprintf("%d [] <nil> %s", len(c.want), c.want); err == nil && string(res.Body) != want {
				t.Errorf("%s: the server got %.100s, want %.100s", what, res.Body, want)
			}
			tr.settled(t, what, c.opened)
		}
	}
	both := put("http://a.example/", flow.BodyPart{Text: flow.Text("x")})
	both.Body = flow.Text("y")
	_, err := client(t, Config{}, "a.example").Fetch(t.Context(), both)
	wantCode(t, "two bodies", err, flow.CodeInputInvalid)
}

// TestStreamAgain opens a body again where a redirect repeats it.
func TestStreamAgain(t *testing.T) {
	for _, c := range []struct {
		status int
		want   string
		opened int64
	}{{307, "PUT abc", 2}, {308, "PUT abc", 2}, {303, "GET ", 1}} {
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.URL.Path == "/from" {
				w.Header().Set("Location", "/to")
				w.WriteHeader(c.status)
				return
			}
			_, _ = fmt.Fprintf(w, "%s %s", r.Method, body)
		})
		var tr tracked
		var got strings.Builder
		req := put("http://"+address+"/from", tr.part("abc", 3))
		req.Redirects = 1
		req.Sink = func(_ *flow.Response, body io.Reader) error { _, err := io.Copy(&got, body); return err }
		res, err := client(t, Config{}, address).Fetch(t.Context(), req)
		if err != nil || got.String() != c.want || res.Body != nil {
			t.Errorf("%d: %q, %v (%v), want %q", c.status, got.String(), res, err, c.want)
		}
		tr.settled(t, fmt.Sprint(c.status), c.opened)
	}
}

func TestSink(t *testing.T) {
	const limit = 200_000
	full := strings.Repeat("x", limit)
	refused := flow.Errorf(flow.CodeLimitMemory, "no room")
	for _, c := range []struct {
		name, status, head, body string
		sink                     error
		want                     flow.Code
		called                   bool
	}{
		{"empty", "200 OK", "Content-Length: 0\r\n", "", nil, "", true},
		{"no content", "204 No Content", "", "", nil, "", true},
		{"exactly the limit", "200 OK", fmt.Sprintf("Content-Length: %d\r\n", limit), full, nil, "", true},
		{"limit without length", "206 Partial Content", "", full, nil, "", true},
		{"gzip", "200 OK", "Content-Encoding: gzip\r\n", packed(t, "gzip", full), nil, "", true},
		{"deflate", "299 Fine", "Content-Encoding: deflate\r\n", packed(t, "zlib", full), nil, "", true},

		{"one byte over", "200 OK", "", full + "x", nil, flow.CodeLimitHTTPBytes, true},
		{"announced over", "200 OK", fmt.Sprintf("Content-Length: %d\r\n", limit+1), full + "x", nil, flow.CodeLimitHTTPBytes, true},
		{"bomb", "200 OK", "Content-Encoding: gzip\r\n", packed(t, "gzip", strings.Repeat("x", 8<<20)), nil, flow.CodeLimitHTTPBytes, true},
		{"truncated", "200 OK", "Content-Length: 100\r\n", "abc", nil, flow.CodeHTTPProtocol, true},
		{"truncated gzip", "200 OK", "Content-Encoding: gzip\r\n", packed(t, "gzip", full)[:50], nil, flow.CodeHTTPBody, true},
		{"unknown encoding", "200 OK", "Content-Encoding: br\r\n", "x", nil, flow.CodeHTTPBody, true},
		{"sink refuses", "200 OK", "", full, refused, flow.CodeLimitMemory, true},
		{"sink fails", "200 OK", "", full, errors.New("disk"), flow.CodeInternal, true},

		{"status 199 and below cannot end", "101 Switching Protocols", "", "", nil, flow.CodeHTTPProtocol, false},
		{"not modified", "304 Not Modified", "", "", nil, "", false},
		{"not found", "404 Not Found", "", "gone", nil, "", false},
		{"error larger than memory allows", "500 Oops", "", strings.Repeat("x", 2000), nil, flow.CodeLimitHTTPBytes, false},
	} {
		address := raw(t, func(conn net.Conn, head string) {
			if !strings.Contains(head, "\r\nAccept-Encoding: identity\r\n") {
				t.Errorf("%s: head %q asks for an encoding", c.name, head)
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 "+c.status+"\r\nX-Name: value\r\n"+c.head+"\r\n"+c.body)
		})
		called := false
		var got strings.Builder
		req := get("http://" + address + "/")
		req.Sink = func(head *flow.Response, body io.Reader) error {
			called = true
			if len(head.Headers) == 0 || head.Status == 0 {
				t.Errorf("%s: the sink sees %+v", c.name, head)
			}
			if c.sink != nil {
				return c.sink
			}
			_, _ = io.Copy(&got, body) // the client knows of the error anyway
			return nil
		}
		res, err := client(t, Config{MaxBody: 1000, MaxStream: limit}, address).Fetch(t.Context(), req)
		wantCode(t, c.name, err, c.want)
		if called != c.called {
			t.Errorf("%s: sink called: %t, want %t", c.name, called, c.called)
		}
		if int64(got.Len()) > limit {
			t.Errorf("%s: the sink got %d bytes, more than allowed", c.name, got.Len())
		}
		if err != nil {
			continue
		}
		if called && (res.Streamed != int64(got.Len()) || len(res.Body) > 0 || res.Bytes > 200) {
			t.Errorf("%s: answer %d bytes, %d streamed, body %d; the sink got %d", c.name, res.Bytes, res.Streamed, len(res.Body), got.Len())
		}
		if !called && (res.Streamed != 0 || string(res.Body) != c.body) {
			t.Errorf("%s: body %q, %d streamed, want %q", c.name, res.Body, res.Streamed, c.body)
		}
		if called && c.body != "" && got.String() != full {
			t.Errorf("%s: the sink got %d bytes, want %d", c.name, got.Len(), len(full))
		}
	}
}

// TestStalledStreams ends transfers whose other side stops.
func TestStalledStreams(t *testing.T) {
	cfg := Config{RateWindow: 100 * time.Millisecond, StreamTimeout: time.Minute}
	endless := flow.BodyPart{Bytes: 1 << 30, Open: func() (io.ReadCloser, error) { return io.NopCloser(zeros{}), nil }}
	hold := make(chan struct{})
	defer close(hold)
	taker := raw(t, func(net.Conn, string) { <-hold })
	_, err := client(t, cfg, taker).Fetch(t.Context(), put("http://"+taker+"/", endless))
	wantCode(t, "a server that reads nothing", err, flow.CodeHTTPTimeout)

	giver := raw(t, func(conn net.Conn, _ string) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc")
		<-hold
	})
	req := get("http://" + giver + "/")
	req.Sink = func(_ *flow.Response, body io.Reader) error { _, err := io.Copy(io.Discard, body); return err }
	_, err = client(t, cfg, giver).Fetch(t.Context(), req)
	wantCode(t, "a server that stops", err, flow.CodeHTTPTimeout)

	cfg = Config{Timeout: time.Nanosecond, StreamTimeout: 200 * time.Millisecond, RateWindow: time.Minute}
	_, err = client(t, cfg, taker).Fetch(t.Context(), put("http://"+taker+"/", endless))
	wantCode(t, "beyond the time for streams", err, flow.CodeHTTPTimeout)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestEarlyAnswer takes the answer of a server that does not want the rest.
func TestEarlyAnswer(t *testing.T) {
	address := raw(t, func(conn net.Conn, _ string) {
		_, _ = io.WriteString(conn, "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\n\r\nbig")
	})
	var tr tracked
	res, err := client(t, Config{}, address).Fetch(t.Context(), put("http://"+address+"/", tr.part(strings.Repeat("x", 1<<20), 1<<20)))
	if err != nil || res.Status != 413 || string(res.Body) != "big" {
		t.Errorf("answer %+v (%v), want 413", res, err)
	}
	tr.settled(t, "early answer", 1)
}

package file_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/egress"
	"github.com/weirflow/weir/hostfuncs/file"
)

// live is an environment with a real client, real servers on loopback and a
// real blob store.
type live struct {
	*cardtest.Env
	client *egress.Client
	store  *blobs.Store
	host   string
}

func (l *live) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	q := *req
	q.Hosts = []string{l.host}
	return l.client.Fetch(ctx, &q)
}

func (l *live) Blobs() flow.Blobs { return l.store }

func newLive(t testing.TB, cfg blobs.Config, h http.HandlerFunc) *live {
	t.Helper()
	server := httptest.NewServer(h)
	cfg.Dir = t.TempDir()
	l := &live{Env: cardtest.NewEnv(), store: blobs.New(cfg), host: server.Listener.Addr().String()}
	l.client = egress.New(egress.Config{Allow: []string{l.host}, MaxStream: 1 << 30})
	t.Cleanup(func() {
		server.Close()
		l.client.Close()
		if err := l.store.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(cfg.Dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	})
	return l
}

func (l *live) url(path string) flow.Value { return flow.Text("http://" + l.host + path) }

// call runs a card of this family.
func call(t testing.TB, env flow.Env, key string, members ...any) (flow.Value, error) {
	t.Helper()
	for _, c := range file.Cards() {
		if c.Key == key {
			return flow.Invoke(t.Context(), c, flow.Members(members...), env)
		}
	}
	t.Fatalf("no card %q", key)
	return flow.Value{}, nil
}

func (l *live) download(t testing.TB, path string) (flow.Value, error) {
	t.Helper()
	out, err := call(t, l, "file.largeDownload", "Location", flow.Members("URL", l.url(path)))
	return flow.At(out, "File", "File Content"), err
}

// noise writes n bytes that do not repeat within a block and hashes them.
func noise(w io.Writer, n int64) string {
	block := make([]byte, 64<<10)
	state := uint64(1)
	for i := range block {
		state = state*6364136223846793005 + 1442695040888963407
		block[i] = byte(state >> 56)
	}
	h := sha256.New()
	both := io.MultiWriter(w, h)
	for i := uint64(0); n > 0; i++ {
		copy(block, strconv.FormatUint(i, 16))
		part := block[:min(n, int64(len(block)))]
		if _, err := both.Write(part); err != nil {
			return "the writer failed"
		}
		n -= int64(len(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TestLargeTransfer takes a file from one server to another, raw and in a form:
// 256 MiB, or 1 GiB where WEIR_LONG is set. All memory ever allocated on the way, by
// client, store and both servers, stays far below the size of the file, so that
// nothing can have held it.
func TestLargeTransfer(t *testing.T) {
	const allocated = 16 << 20
	size := int64(256 << 20)
	if os.Getenv("WEIR_LONG") != "" {
		size = 1 << 30
	}
	want := ""
	receive := func(h hash.Hash, body io.Reader) int64 {
		n, err := io.CopyBuffer(h, struct{ io.Reader }{body}, make([]byte, 64<<10))
		if err != nil {
			t.Errorf("receiving: %v", err)
		}
		return n
	}
	l := newLive(t, blobs.Config{}, func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		var n int64
		switch r.URL.Path {
		case "/source.bin":
			w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
			want = noise(w, size)
			return
		case "/raw":
			if r.ContentLength != size {
				t.Errorf("Content-Length %d, want %d", r.ContentLength, size)
			}
			n = receive(h, r.Body)
		case "/form":
			form, err := r.MultipartReader()
			if err != nil {
				t.Error(err)
				return
			}
			part, err := form.NextPart()
			if err != nil || part.FileName() != "source.bin" {
				t.Errorf("part %v (%v)", part, err)
				return
			}
			n = receive(h, part)
			if _, err := form.NextPart(); err != io.EOF {
				t.Errorf("behind the file: %v", err)
			}
		}
		_, _ = fmt.Fprintf(w, `{"bytes": %d, "hash": %q}`, n, hex.EncodeToString(h.Sum(nil)))
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := l.download(t, "/source.bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, key, group string }{{"/raw", "file.largeUpload", "Destination"}, {"/form", "file.largeMultipartUpload", "Http"}} {
		out, err := call(t, l, c.key, "File", flow.Members("File Content", f), c.group, flow.Members("URL", l.url(c.path), "Method", flow.Text("PUT")))
		if err != nil {
			t.Fatalf("%s: %v", c.path, err)
		}
		body := flow.At(out, "Body")
		if flow.At(body, "hash").Text() != want || flow.At(body, "bytes").Number() != float64(size) {
			t.Errorf("%s: arrived as %s, want %d bytes with hash %s", c.path, body, size, want)
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > allocated {
		t.Errorf("%d bytes were allocated while %d bytes were moved three times, want at most %d", n, size, allocated)
	}
}

// BenchmarkTransfer moves a file of 16 MiB in and out again.
func BenchmarkTransfer(b *testing.B) {
	const size = 16 << 20
	block := make([]byte, 64<<10)
	l := newLive(b, blobs.Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "PUT" {
			_, _ = io.CopyBuffer(io.Discard, struct{ io.Reader }{r.Body}, make([]byte, 64<<10))
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(size))
		for range size / len(block) {
			_, _ = w.Write(block)
		}
	})
	b.SetBytes(size)
	for b.Loop() {
		f, err := l.download(b, "/a")
		if err != nil {
			b.Fatal(err)
		}
		_, err = call(b, l, "file.largeUpload", "File", flow.Members("File Content", f), "Destination", flow.Members("URL", l.url("/b"), "Method", flow.Text("PUT")))
		if err != nil {
			b.Fatal(err)
		}
		if err := l.store.Release(f.File()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestBrokenDownloads leave no file and give the error of the transfer.
func TestBrokenDownloads(t *testing.T) {
	const quota = 100_000
	l := newLive(t, blobs.Config{MaxBlob: quota, MaxRun: quota}, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		switch r.URL.Path {
		case "/short":
			w.Header().Set("Content-Length", strconv.Itoa(n+1))
		case "/chunked":
			defer panic(http.ErrAbortHandler)
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
		case "/status":
			w.WriteHeader(http.StatusForbidden)
		case "/unchanged":
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, strings.Repeat("x", n))
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	})
	for _, c := range []struct {
		path string
		want flow.Code
	}{
		{"/short?n=0", flow.CodeHTTPProtocol},
		{"/short?n=10", flow.CodeHTTPProtocol},
		{"/short?n=90000", flow.CodeHTTPProtocol},
		{"/chunked?n=10", flow.CodeHTTPProtocol},
		{"/chunked?n=90000", flow.CodeHTTPProtocol},
		{"/gzip?n=10", flow.CodeHTTPBody},
		{"/status?n=10", flow.CodeHTTPStatus},
		{"/unchanged?n=0", flow.CodeHTTPStatus},
		{"/good?n=100001", flow.CodeLimitValue},
		{"/good?n=99999", ""},
		{"/good?n=100000", ""},
		{"/good?n=0", ""},
	} {
		f, err := l.download(t, c.path)
		if flow.CodeOf(err) != c.want {
			t.Errorf("%s: error %v, want code %q", c.path, err, c.want)
		}
		if err == nil {
			if err := l.store.Release(f.File()); err != nil {
				t.Errorf("%s: %v", c.path, err)
			}
		}
		if bytes, n := l.store.Used(); bytes != 0 || n != 0 {
			t.Errorf("%s: %d bytes in %d files are left", c.path, bytes, n)
		}
	}
}

// TestReleased refuses a file that was released, by every card.
func TestReleased(t *testing.T) {
	l := newLive(t, blobs.Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" {
			t.Errorf("%s reached the server", r.Method)
		}
		_, _ = io.WriteString(w, "abc")
	})
	f, err := l.download(t, "/a.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.store.Release(f.File()); err != nil {
		t.Fatal(err)
	}
	put := flow.Text("PUT")
	for key, in := range map[string][]any{
		"file.info":                 {"File", flow.Members("File Content", f)},
		"file.largeUpload":          {"File", flow.Members("File Content", f), "Destination", flow.Members("URL", l.url("/"), "Method", put)},
		"file.largeMultipartUpload": {"File", flow.Members("File Content", f), "Http", flow.Members("URL", l.url("/"), "Method", put)},
		"file.upload":               {"File Content", f, "URL", l.url("/"), "HTTP Method", put, "Protocol", flow.Text("HTTP")},
	} {
		if _, err := call(t, l, key, in...); flow.CodeOf(err) != flow.CodeFileUnknown {
			t.Errorf("%s: error %v, want file.unknown", key, err)
		}
	}
}

// TestUnbound: a run without a store has no files.
func TestUnbound(t *testing.T) {
	var bare struct{ flow.Env }
	bare.Env = cardtest.NewEnv()
	f := flow.FileOf(cardtest.ExampleFile("a", "", "x"))
	for key, in := range map[string][]any{
		"file.info":          {"File", flow.Members("File Content", f)},
		"file.largeDownload": {"Location", flow.Members("URL", flow.Text("https://example.com/"))},
		"file.download":      {"File Name", flow.Text("a"), "URL", flow.Text("https://example.com/")},
		"file.largeUpload":   {"File", flow.Members("File Content", f), "Destination", flow.Members("URL", flow.Text("https://example.com/"))},
	} {
		if _, err := call(t, bare, key, in...); flow.CodeOf(err) != flow.CodeCardUnbound {
			t.Errorf("%s: error %v, want card.unbound", key, err)
		}
	}
}

// seen is one part of a form as a server reads it.
type seen struct{ name, file, contentType, content string }

func parts(t *testing.T, r *http.Request) []seen {
	t.Helper()
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Errorf("Content-Type %q: %v", r.Header.Get("Content-Type"), err)
		return nil
	}
	form := multipart.NewReader(r.Body, params["boundary"])
	var out []seen
	for {
		p, err := form.NextRawPart()
		if err != nil {
			if err != io.EOF {
				t.Errorf("after %d parts: %v", len(out), err)
			}
			return out
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Errorf("part %d: %v", len(out), err)
		}
		out = append(out, seen{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(b)})
	}
}

// TestForms reads forms with hostile names and contents by Go's own reader.
func TestForms(t *testing.T) {
	var got []seen
	l := newLive(t, blobs.Config{}, func(_ http.ResponseWriter, r *http.Request) { got = parts(t, r) })
	secret := flow.NewSecret("token", "s3cret", l.host)
	hostile := "a\"; filename=\"b\r\nX-Evil: 1\r\n\r\n--weir-"
	store := func(name, contentType, content string) flow.Value {
		f, err := l.store.Create(t.Context(), flow.FileMeta{Name: name, ContentType: contentType}, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		return flow.FileOf(f)
	}
	multi := func(f flow.Value, name string, data flow.Value) []any {
		return []any{"File", flow.Members("File Content", f, "File Name", flow.Text(name)), "Http", flow.Members("URL", l.url("/up")), "Data", data}
	}
	up := func(f, metadata, info flow.Value) []any {
		return []any{"File Content", f, "URL", l.url("/up"), "HTTP Method", flow.Text("POST"), "File Metadata", metadata, "File Info", info}
	}
	plain := store("a.txt", "text/plain", "abc")
	for i, c := range []struct {
		key  string
		in   []any
		want []seen
		err  flow.Code
	}{
		{key: "file.largeMultipartUpload", in: multi(plain, "", flow.Members("key", secret, "list", flow.ListOf(flow.Text("1"), secret))), want: []seen{
			{"key", "", "", "s3cret"}, {"list", "", "", "1"}, {"list", "", "", "s3cret"}, {"file", "a.txt", "text/plain", "abc"}}},
		{key: "file.largeMultipartUpload", in: multi(plain, "../../x.txt", flow.Members(hostile, flow.Text(hostile))), want: []seen{
			{`a%22; filename=%22b%0D%0AX-Evil: 1%0D%0A%0D%0A--weir-`, "", "", hostile}, {"file", "x.txt", "text/plain", "abc"}}},
		{key: "file.largeMultipartUpload", in: multi(store("", "text/plain\r\nX-Evil: 1", "\r\n--weir-\r\n"), "ü \".bin", flow.Members()), want: []seen{
			{"file", "ü _.bin", flow.DefaultContentType, "\r\n--weir-\r\n"}}},
		{key: "file.upload", in: up(plain, flow.Members(
			"meta", flow.Members("headers", flow.Members("Content-Type", flow.Text("application/json")), "content", flow.Members("a", flow.Number(1))),
			"json", flow.Members("x", flow.Bool(true)), "secret", flow.Members("content", secret)),
			flow.Members("name", flow.Text("doc"), "filename", flow.Text("b.txt"), "headers", flow.Members("Content-Type", flow.Text("text/csv")))), want: []seen{
			{"meta", "", "application/json", `{"a":1}`}, {"json", "", "", `{"x":true}`}, {"secret", "", "", "s3cret"}, {"doc", "b.txt", "text/csv", "abc"}}},
		{key: "file.upload", in: up(plain, flow.Members("m", flow.Text("")), flow.Members("name", flow.Text(""))), want: []seen{
			{"m", "", "", ""}, {"", "a.txt", "text/plain", "abc"}}},

		{key: "file.upload", in: up(plain, flow.Members("m", flow.Members("headers", flow.Members("A", secret), "content", flow.Text(""))), flow.Members("name", flow.Text("f"))), err: flow.CodeSecretFlow},
		{key: "file.upload", in: up(plain, flow.Members("m", flow.Members("headers", flow.Members("A", flow.Text("b\r\nC: d")), "content", flow.Text(""))), flow.Members("name", flow.Text("f"))), err: flow.CodeInputInvalid},
		{key: "file.upload", in: up(plain, flow.Members("m", flow.Members("headers", flow.Members("content-disposition", flow.Text("x")), "content", flow.Text(""))), flow.Members("name", flow.Text("f"))), err: flow.CodeInputInvalid},
		{key: "file.upload", in: up(plain, flow.Members("m", flow.Members("headers", flow.Text("A: b"), "content", flow.Text(""))), flow.Members("name", flow.Text("f"))), err: flow.CodeInputInvalid},
		{key: "file.upload", in: up(plain, flow.Members("m", flow.Text("x")), flow.Members("name", secret)), err: flow.CodeSecretFlow},
		{key: "file.largeMultipartUpload", in: multi(plain, "", flow.Members("key", flow.NewSecret("other", "x", "other.example"))), err: flow.CodeEgressSecretHost},
	} {
		got = nil
		_, err := call(t, l, c.key, c.in...)
		if flow.CodeOf(err) != c.err {
			t.Errorf("%d: %s: error %v, want code %q", i, flow.Members(c.in...), err, c.err)
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%d: %s:\n got %q\nwant %q", i, flow.Members(c.in...), got, c.want)
		}
	}
}

// TestFuel charges for content before it is sent and after it has come.
func TestFuel(t *testing.T) {
	for _, key := range []string{"file.largeDownload", "file.largeUpload"} {
		for _, c := range []struct {
			budget int64
			want   flow.Code
		}{{1000, ""}, {999, flow.CodeLimitFuel}} {
			env := cardtest.NewEnv()
			def := file.Cards()[0]
			given := []flow.Value{flow.Text("https://example.com/attachment/" + strings.Repeat("x", 1000-len("content of "))), flow.Null(), flow.Null()}
			if key == "file.largeUpload" {
				def = file.Cards()[5]
				given = []flow.Value{flow.FileOf(cardtest.ExampleFile("a", "", strings.Repeat("x", 1000))), flow.Text("https://example.com/a"), flow.Text("PUT"), flow.Null()}
			}
			left := c.budget
			call := &flow.Call{Card: def, Args: make([]flow.Value, len(def.In)), Env: env, Charge: func(n int64) error {
				if left -= n; left < 0 {
					return flow.Errorf(flow.CodeLimitFuel, "no fuel is left")
				}
				return nil
			}}
			if err := call.Bind(given, nil); err != nil {
				t.Fatal(err)
			}
			_, err := def.Run(t.Context(), call)
			if def.Key != key || flow.CodeOf(err) != c.want {
				t.Errorf("%s with %d units: error %v, want code %q", def.Key, c.budget, err, c.want)
			}
		}
	}
}

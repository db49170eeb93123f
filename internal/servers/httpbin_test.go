package servers

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startHTTPBin starts go-httpbin and returns it with a user of the connector in
// testdata.
func startHTTPBin(t *testing.T) *user {
	t.Helper()
	bin := program(t, "go-httpbin")
	s := start(t, time.Minute, "/get", func(port string) []string { return []string{bin, "-host", "127.0.0.1", "-port", port} })
	u := newUser(t, filepath.Join("testdata", "httpbin"), s)
	u.given = append(u.given, "--set", "base_url="+s.url)
	return u
}

// input is the inputs of a flow as JSON: keys and values in turn.
func input(t *testing.T, pairs ...any) string {
	t.Helper()
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return text(t, m)
}

// get asks for a path and returns the answer's parts.
func (u *user) get(path string, args ...any) (body string, headers map[string]any) {
	u.Helper()
	out := u.run("", "ask", input(u.T, append([]any{"path", path}, args...)...))
	body, _ = out["body"].(string)
	headers, _ = out["headers"].(map[string]any)
	return body, headers
}

// TestServerHTTPBinAnswers: encodings, statuses, headers and streamed bodies.
func TestServerHTTPBinAnswers(t *testing.T) {
	u := startHTTPBin(t)
	for path, has := range map[string]string{
		"/gzip":          `"gzipped": true`,
		"/deflate":       `"deflated": true`,
		"/encoding/utf8": "∮ E⋅da = Q,  n → ∞, ∑ f(i) = ∏ g(i)",
		"/html":          "Herman Melville",
		"/trailers?a=b":  `"method": "GET"`, // in chunks, with trailers behind them
		"/drip?numbytes=5&duration=100ms&delay=0": "*****",
		"/range/26":        "abcdefghijklmnopqrstuvwxyz",
		"/base64/w7zDvA==": "üü",
	} {
		if body, _ := u.get(path); !strings.Contains(body, has) {
			t.Errorf("%s: %q", path, body)
		}
	}
	body, _ := u.get("/stream/50")
	if n := strings.Count(body, "\n"); n != 50 || !strings.HasPrefix(body, `{"id":0,`) || !strings.Contains(body, "\n"+`{"id":49,`) {
		t.Errorf("50 lines in chunks: %d lines, %q", n, body)
	}
	_, headers := u.get("/response-headers?X-Two=one&X-Two=two%3B+%C3%BC&Content-Type=text%2Fplain")
	u.want("headers of one name", headers["x-two"], `"one, two; ü"`)

	body, headers = u.get("/range/26", "headers", map[string]any{"Range": "bytes=3-5"})
	u.want("a part", []any{body, headers["content-range"]}, `["def","bytes 3-5/26"]`)
	u.want("not modified", u.run("", "ask", input(t, "path", "/etag/abc", "headers", map[string]any{"If-None-Match": `"abc"`}))["status"], "304")
	for _, status := range []int{200, 201, 202, 204, 206} {
		out := u.run("", "ask", input(t, "path", fmt.Sprint("/status/", status)))
		u.want("a status", out["status"], fmt.Sprint(status))
	}
	for _, status := range []int{400, 401, 403, 404, 409, 410, 418, 422, 429, 451, 500, 501, 502, 503, 504, 599} {
		if f := u.fails("", "ask", input(t, "path", fmt.Sprint("/status/", status))); f.Code != "http.status" || f.Status != status || f.Step != "answer" {
			t.Errorf("status %d: %+v", status, f)
		}
	}
	u.want("JSON", u.run("", "read", input(t, "path", "/json"))["body"].(map[string]any)["slideshow"].(map[string]any)["author"], `"Yours Truly"`)
	for path, code := range map[string]string{
		// The server has no Brotli of its own; it says that it has.
		"/response-headers?Content-Encoding=br":   "http.body",
		"/response-headers?Content-Encoding=gzip": "http.body",
		"/html": "http.body",
		"/xml":  "http.body",
	} {
		if f := u.fails("", "read", input(t, "path", path)); f.Code != code {
			t.Errorf("%s: %+v, want %s", path, f, code)
		}
	}
}

// TestServerHTTPBinRedirects: what a request carries is meant for the host it
// names; no redirect is followed, whatever kind it is.
func TestServerHTTPBinRedirects(t *testing.T) {
	u := startHTTPBin(t)
	to := url.QueryEscape(strings.TrimPrefix(u.given[3], "base_url=") + "/get")
	for _, path := range []string{
		"/redirect/1", "/relative-redirect/2", "/absolute-redirect/1", "/cookies/set?a=b", "/redirect-to?url=" + to, "/redirect-to?url=" + url.QueryEscape("https://evil.example/"),
		"/redirect-to?url=" + to + "&status_code=301", "/redirect-to?url=" + to + "&status_code=303",
		"/redirect-to?url=" + to + "&status_code=307", "/redirect-to?url=" + to + "&status_code=308",
	} {
		for _, method := range []string{"GET", "POST"} {
			if f := u.fails("", "ask", input(t, "path", path, "method", method, "body", "abc")); f.Code != "egress.redirect" {
				t.Errorf("%s %s: %+v", method, path, f)
			}
		}
	}
	if f := u.fails("", "download", input(t, "path", "/redirect/1", "name", "a")); f.Code != "egress.redirect" {
		t.Errorf("a file: %+v", f)
	}
}

// TestServerHTTPBinLimits: a server that is slow, or that does not stop, costs no
// more than the run may use.
func TestServerHTTPBinLimits(t *testing.T) {
	u := startHTTPBin(t)
	for _, c := range []struct{ path, limit, code string }{
		{"/delay/10", "wall=300ms", "limit.wall"},                              // before the headers
		{"/drip?duration=10s&numbytes=10&delay=0", "wall=300ms", "limit.wall"}, // in the body
		{"/stream-bytes/100000?chunk_size=1000", "http_bytes=20KiB", "limit.http_bytes"},
		{"/bytes/100000", "http_bytes=20KiB", "limit.http_bytes"},
		{"/range/20000", "value=10KiB", "limit.value"},
	} {
		if f := u.fails("", "ask", input(t, "path", c.path), "--limit", c.limit); f.Code != c.code {
			t.Errorf("%s with %s: %+v", c.path, c.limit, f)
		}
	}
	if f := u.fails("", "download", input(t, "path", "/stream-bytes/100000", "name", "a"), "--limit", "file_bytes=50KiB"); f.Code != "limit.file_bytes" {
		t.Errorf("a large file: %+v", f)
	}
	u.want("a delay within the limit", u.run("", "ask", input(t, "path", "/delay/0.2"), "--limit", "wall=60s")["status"], "200")
}

// TestServerHTTPBinRequests: forms, JSON, queries and cookies arrive as they were
// meant.
func TestServerHTTPBinRequests(t *testing.T) {
	u := startHTTPBin(t)
	u.want("a form", u.run("", "send_form", `{"data": {"a": {"b": [1, "x y"], "c": null}, "d": "ü&=+%", "e": true}}`),
		`{"form":{"a[b][0]":["1"],"a[b][1]":["x y"],"d":["ü&=+%"],"e":["true"]},"type":["application/x-www-form-urlencoded"]}`)
	u.want("a form with lists of one name", u.run("", "send_form", `{"data": {"a": ["x", "y"]}, "lists": "repeat"}`)["form"], `{"a":["x","y"]}`)
	u.want("JSON", u.run("", "send_json", `{"data": {"a": "ü\n<&>", "n": 1.5, "l": [null, {}]}}`),
		`{"delete":{"a":["ü\n<&>"],"l":["{}"],"n":["1.5"]},"patch":{"a":"ü\n<&>","l":[null,{}],"n":1.5},"post":{"a":"ü\n<&>","l":[null,{}],"n":1.5},"put":{"a":"ü\n<&>","l":[null,{}],"n":1.5}}`)
	read := u.run("", "read", input(t, "path", "/get?x=1", "query", map[string]any{"x": "a b+c&d=e/ü", "y": []int{1, 2}}, "headers", map[string]any{"X-Mine": "a, b"}))["body"].(map[string]any)
	u.want("the query", read["args"], `{"x":["1","a b+c&d=e/ü"],"y":["1","2"]}`)
	u.want("a header", read["headers"].(map[string]any)["X-Mine"], `["a, b"]`)
	u.want("cookies", u.run("", "names", `{"headers": {"Cookie": "a=b; c=d"}}`)["cookies"], `["a","c"]`)
}

// TestServerHTTPBinCredentials: the server itself checks what connections attach,
// and sends it back: nothing prints it.
func TestServerHTTPBinCredentials(t *testing.T) {
	u := startHTTPBin(t)
	u.done(append(append([]string{"connect", u.connector, "--auth", "login", "--name", "Login", "--param", "username=jane", "--param", "password=" + u.secret("password", "pass-w0rd:x")}, u.given...), u.vault()...)...)
	for _, auth := range []string{"token", "cookie", "parameter"} {
		u.done(append(append([]string{"connect", u.connector, "--auth", auth, "--name", auth, "--param", "api_key=" + u.secret(auth, "c4nary-of-"+auth)}, u.given...), u.vault()...)...)
	}
	for _, path := range []string{"/basic-auth/jane/pass-w0rd:x", "/hidden-basic-auth/jane/pass-w0rd:x"} {
		u.want(path, u.run("Login", "allowed", input(t, "path", path), "--trace"), `{"yes":true}`)
	}
	u.want("a token", u.run("token", "allowed", input(t, "path", "/bearer"), "--trace"), `{"yes":true}`)
	for _, c := range []struct {
		connection, path string
		status           int
	}{
		{"", "/basic-auth/jane/other", 401}, {"", "/bearer", 401}, {"", "/hidden-basic-auth/jane/other", 404},
		{"Login", "/basic-auth/jane/other", 401}, {"Login", "/bearer", 401}, {"token", "/basic-auth/jane/x", 401},
		{"Login", "/digest-auth/auth/jane/pass-w0rd:x", 401},
	} {
		if f := u.fails(c.connection, "allowed", input(t, "path", c.path), "--trace"); f.Code != "http.status" || f.Status != c.status {
			t.Errorf("%s with %q: %+v", c.path, c.connection, f)
		}
	}
	u.want("a cookie beside others", u.run("cookie", "names", `{"headers": {"Cookie": "a=b"}}`, "--trace"), `{"cookies":["a","session"],"parameters":[]}`)
	u.want("a parameter beside others", u.run("parameter", "names", `{"query": {"a": "b"}}`, "--trace"), `{"cookies":[],"parameters":["a","key"]}`)
	for _, c := range [][2]string{{"token", "allowed"}, {"cookie", "names"}, {"parameter", "names"}} {
		u.taped(c[0]+".tape.yaml", c[0], c[1], map[string]string{"allowed": `{"path": "/bearer"}`, "names": `{}`}[c[1]])
	}
}

// TestServerHTTPBinFiles: bytes come and go as they are.
func TestServerHTTPBinFiles(t *testing.T) {
	u := startHTTPBin(t)
	for _, path := range []string{"/bytes/65536?seed=7", "/stream-bytes/65536?seed=7&chunk_size=999"} {
		dir := filepath.Join(u.dir, "out"+strings.Split(path, "/")[1])
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		out := u.run("", "download", input(t, "path", path, "name", "a.bin"), "--out-dir", dir)
		u.want(path, []any{out["name"], out["size"]}, `["a.bin",65536]`)
		got, err := os.ReadFile(filepath.Join(dir, "a.bin"))
		if err != nil || len(got) != 65536 || bytes.Count(got, []byte{0}) < 50 {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
		whole := u.run("", "upload", `{}`, "--file", "file=@"+filepath.Join(dir, "a.bin"))
		data, _ := whole["data"].(string)
		if want := "data:application/octet-stream;base64," + base64.URLEncoding.EncodeToString(got); data != want {
			t.Errorf("%s comes back with %d characters, want %d", path, len(data), len(want))
		}
	}
	image := u.run("", "download", `{"path": "/image/png"}`)
	u.want("an image", []any{image["name"], image["size"]}, `["png",8090]`)
	sent := u.run("", "upload", `{}`, "--file", "file=@"+u.file("a b.txt", "line\r\n--weir-\r\nü"))
	u.want("a part of a form", []any{sent["form"], sent["files"]}, `[{"folder":["inbox & more"],"tags":["a","b"]},{"file":["line\r\n--weir-\r\nü"]}]`)
	if f := u.fails("", "download", input(t, "path", "/status/404", "name", "a")); f.Code != "http.status" || f.Status != 404 {
		t.Errorf("a file that is not there: %+v", f)
	}
}

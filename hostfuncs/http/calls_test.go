package http_test

import (
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/egress"
	"github.com/weirflow/weir/hostfuncs/http"
)

// recorder is an environment whose server gives one answer and keeps what it
// was asked.
type recorder struct {
	*cardtest.Env
	answer flow.Response
	err    error
	asked  *flow.Request
}

func (r *recorder) Fetch(_ context.Context, req *flow.Request) (*flow.Response, error) {
	r.asked = req
	return &r.answer, r.err
}

func newRecorder(status int, contentType, body string) *recorder {
	r := &recorder{Env: cardtest.NewEnv(), answer: flow.Response{Status: status, Body: []byte(body)}}
	if contentType != "" {
		r.answer.Headers = []flow.Pair{{Name: "content-type", Value: flow.Text(contentType)}}
	}
	return r
}

func card(t *testing.T, key string) *flow.Card {
	t.Helper()
	for _, c := range http.Cards() {
		if c.Key == key {
			return c
		}
	}
	t.Fatalf("no card %q", key)
	return nil
}

// requestTo returns the inputs of a card for one URL.
func requestTo(key, url, method string, members ...any) flow.Value {
	if key == "http.raw" {
		return flow.Members(append([]any{"url", flow.Text(url), "method", flow.Text(method)}, members...)...)
	}
	if key == "http.request" {
		members = append([]any{"Method", flow.Text(method)}, members...)
	}
	return flow.Members("Request", flow.Members(append([]any{"URL", flow.Text(url)}, members...)...))
}

// TestIdempotencyKey sends the key with the methods that are not idempotent by
// themselves.
func TestIdempotencyKey(t *testing.T) {
	for _, c := range []struct {
		card, method string
		want         bool
	}{
		{"http.get", "GET", false}, {"http.put", "PUT", false}, {"http.delete", "DELETE", false}, {"http.post", "POST", true}, {"http.patch", "PATCH", true},
		{"http.raw", "GET", false}, {"http.raw", "PUT", false}, {"http.raw", "DELETE", false}, {"http.raw", "POST", true}, {"http.raw", "PATCH", true},
		{"http.request", "GET", false}, {"http.request", "POST", true},
	} {
		env := newRecorder(200, "", "{}")
		def := card(t, c.card)
		call := &flow.Call{Card: def, Args: make([]flow.Value, len(def.In)), Env: env, Key: "key"}
		given := make([]flow.Value, len(def.In))
		for i, p := range def.In {
			switch strings.ToLower(p.Key) {
			case "url":
				given[i] = flow.Text("https://a.example/")
			case "method":
				given[i] = flow.Text(c.method)
			}
		}
		if err := call.Bind(given, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := def.Run(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if got := env.asked.IdempotencyKey == "key"; got != c.want {
			t.Errorf("%s %s: key sent %t, want %t", c.card, c.method, got, c.want)
		}
		if env.asked.Method != c.method || env.asked.Hosts != nil || env.asked.Redirects != 0 || env.asked.Timeout == 0 {
			t.Errorf("%s %s: request %+v", c.card, c.method, env.asked)
		}
	}
}

// TestContentType looks at the header that a body brings with it.
func TestContentType(t *testing.T) {
	secret := flow.NewSecret("k", "s3cr3t", "a.example")
	secretJSON := flow.NewSecret("k", `{"a":"s3cr3t"}`, "a.example")
	for _, c := range []struct {
		name string
		body flow.Value
		want string
	}{
		{"object", flow.Members("a", flow.Number(1)), "application/json"},
		{"object with a secret", flow.Members("a", secret), "application/json"},
		{"list", flow.ListOf(flow.Text("a")), "application/json"},
		{"JSON text", flow.Text(" \n[1]"), "application/json"},
		{"secret JSON text", secretJSON, "application/json"},
		{"secret text", secret, ""},
		{"text", flow.Text("a=b"), ""},
		{"broken JSON", flow.Text("{a}"), ""},
		{"JSON and more", flow.Text("{} {}"), ""},
		{"JSON number", flow.Text("12"), ""},
		{"empty", flow.Text(""), ""},
	} {
		for _, key := range []string{"http.raw", "http.request", "http.post"} {
			env := newRecorder(200, "", "{}")
			name := "Body"
			if key == "http.raw" {
				name = "body"
			}
			if _, err := flow.Invoke(t.Context(), card(t, key), requestTo(key, "https://a.example/", "POST", name, c.body), env); err != nil {
				t.Fatalf("%s, %s: %v", key, c.name, err)
			}
			got := ""
			for _, h := range env.asked.Headers {
				if h.Name == "Content-Type" {
					got = h.Value.Text()
				}
			}
			if got != c.want {
				t.Errorf("%s, %s: Content-Type %q, want %q", key, c.name, got, c.want)
			}
			if env.asked.Body.HasSecret() != c.body.HasSecret() {
				t.Errorf("%s, %s: body is %s", key, c.name, env.asked.Body.Kind())
			}
		}
	}
}

// TestSecretPlaces lists where a secret may and may not stand.
func TestSecretPlaces(t *testing.T) {
	secret := flow.NewSecret("k", "s3cr3t", "a.example")
	object := flow.Members("k", secret)
	for _, c := range []struct {
		card, port string
		value      flow.Value
		want       flow.Code
	}{
		{"http.raw", "headers", object, ""}, {"http.raw", "query", object, ""}, {"http.raw", "body", secret, ""}, {"http.raw", "body", object, ""},
		{"http.get", "Headers", object, ""}, {"http.get", "Query", object, ""}, {"http.post", "Body", object, ""}, {"http.post", "Body", secret, ""},
		{"http.get", "Query", flow.Members("k", flow.ListOf(secret, secret)), ""}, {"http.get", "Query", flow.Members("k", object), ""},
		{"http.get", "Query", secret, flow.CodeSecretFlow},
		{"http.get", "Headers", flow.Members("k", object), flow.CodeInputInvalid},
		{"http.raw", "url", secret, flow.CodeSecretFlow}, {"http.raw", "method", secret, flow.CodeSecretFlow},
		{"http.get", "URL", secret, flow.CodeSecretFlow}, {"http.request", "Method", secret, flow.CodeSecretFlow},
	} {
		env := newRecorder(200, "", "{}")
		in := requestTo(c.card, "https://a.example/", "POST", c.port, c.value)
		_, err := flow.Invoke(t.Context(), card(t, c.card), in, env)
		if flow.CodeOf(err) != c.want {
			t.Errorf("%s with %s=%s: error %v, want %q", c.card, c.port, c.value, err, c.want)
		}
	}
	for _, key := range []string{"cert", "key", "ca", "passphrase"} {
		in := flow.Members("url", flow.Text("https://a.example/"), "method", flow.Text("GET"), "ssl", flow.Members(key, secret))
		_, err := flow.Invoke(t.Context(), card(t, "http.raw"), in, newRecorder(200, "", ""))
		if flow.CodeOf(err) != flow.CodeInputInvalid || !strings.Contains(err.Error(), "client certificates are not supported") {
			t.Errorf("ssl/%s: %v", key, err)
		}
	}
}

// TestAnswers reads bodies of every kind.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, contentType, body string
		parsed                  string // what http.get gives, as JSON
		code                    flow.Code
		text                    string // what http.raw gives
	}{
		{"object", "application/json", `{"a":1}`, `{"a":1}`, "", `{"a":1}`},
		{"list", "application/json", `[1,2]`, `[1,2]`, "", `[1,2]`},
		{"byte order mark", "application/json", "\uFEFF{}", `{}`, "", "\uFEFF{}"},
		{"JSON under another name", "text/plain", `{"a":1}`, `{"a":1}`, "", `{"a":1}`},
		{"nothing", "", "", `{}`, "", ""},
		{"white space", "application/json", " \r\n", `{}`, "", " \r\n"},
		{"null", "application/json", "null", `{}`, "", "null"},
		{"HTML", "text/html", "<html>", "", flow.CodeHTTPBody, "<html>"},
		{"a lie", "application/json", "<html>", "", flow.CodeHTTPBody, "<html>"},
		{"text", "application/json", `"a"`, "", flow.CodeHTTPBody, `"a"`},
		{"number", "application/json", `1`, "", flow.CodeHTTPBody, "1"},
		{"duplicate keys", "application/json", `{"tok":1,"tok":2}`, "", flow.CodeHTTPBody, `{"tok":1,"tok":2}`},
		{"too deep", "application/json", strings.Repeat("[", 1000), "", flow.CodeLimitDepth, strings.Repeat("[", 1000)},
		{"grows too large", "application/json", "[" + strings.Repeat("{},", 200_000) + "{}]", "", flow.CodeLimitValue, "[" + strings.Repeat("{},", 200_000) + "{}]"},
		{"not UTF-8", "text/plain; charset=latin1", "caf\xe9", "", flow.CodeHTTPBody, "caf\uFFFD"},
	} {
		env := newRecorder(200, c.contentType, c.body)
		out, err := flow.Invoke(t.Context(), card(t, "http.get"), requestTo("http.get", "https://a.example/", ""), env)
		if flow.CodeOf(err) != c.code {
			t.Errorf("%s: http.get gave %v, want %q", c.name, err, c.code)
		}
		if err != nil && strings.Contains(err.Error(), "tok") {
			t.Errorf("%s: the error quotes the body: %v", c.name, err)
		}
		response, _ := out.Object().Get("Response")
		if body, _ := response.Object().Get("Body"); err == nil && body.String() != c.parsed {
			t.Errorf("%s: http.get gave %s, want %s", c.name, body, c.parsed)
		}
		out, err = flow.Invoke(t.Context(), card(t, "http.raw"), requestTo("http.raw", "https://a.example/", "GET"), env)
		if err != nil {
			t.Errorf("%s: http.raw gave %v", c.name, err)
		}
		if body, _ := out.Object().Get("body"); body.Text() != c.text {
			t.Errorf("%s: http.raw gave %s", c.name, flow.Excerpt(body.Text()))
		}
	}
	huge := newRecorder(200, "", strings.Repeat("x", flow.DefaultMaxValue+1))
	for _, key := range []string{"http.raw", "http.request"} {
		_, err := flow.Invoke(t.Context(), card(t, key), requestTo(key, "https://a.example/", "GET"), huge)
		if flow.CodeOf(err) != flow.CodeLimitValue {
			t.Errorf("%s: body beyond the value limit: %v", key, err)
		}
	}
}

// TestAnswerHeaders: headers of one name are one text, but for cookies, whose dates
// have commas (RFC 9110, 5.3).
func TestAnswerHeaders(t *testing.T) {
	pair := func(name, value string) flow.Pair { return flow.Pair{Name: name, Value: flow.Text(value)} }
	const cookie = "sid=1; Expires=Wed, 07 Sep 2016 16:55:25 GMT"
	for _, c := range []struct {
		headers []flow.Pair
		want    string
	}{
		{[]flow.Pair{pair("Vary", "a"), pair("ETag", "e"), pair("vary", "b, c")}, `{"vary":"a, b, c","etag":"e"}`},
		{[]flow.Pair{pair("Set-Cookie", cookie), pair("etag", "e"), pair("set-cookie", "b=2")}, `{"set-cookie":["` + cookie + `","b=2"],"etag":"e"}`},
		{[]flow.Pair{pair("set-cookie", cookie)}, `{"set-cookie":["` + cookie + `"]}`},
	} {
		env := newRecorder(200, "", "")
		env.answer.Headers = c.headers
		for key, path := range map[string][]string{"http.raw": {"headers"}, "http.get": {"Response", "Headers"}} {
			out, err := flow.Invoke(t.Context(), card(t, key), requestTo(key, "https://a.example/", "GET"), env)
			if got := flow.At(out, path...).String(); err != nil || got != c.want {
				t.Errorf("%s: headers %s (error %v), want %s", key, got, err, c.want)
			}
		}
	}
}

// TestStatusErrors looks at what a flow's error handler sees.
func TestStatusErrors(t *testing.T) {
	for _, c := range []struct {
		status            int
		contentType, body string
		message, wantBody string
	}{
		{404, "application/json; charset=utf-8", `{"why":"gone"}`, "404 Not Found", `{"why":"gone"}`},
		{429, "text/plain", "Too many requests.", "429 Too Many Requests", "Too many requests."},
		{422, "application/problem+json", `["a"]`, "422 Unprocessable Entity", `["a"]`},
		{500, "application/json", "<html>\xff", "500 Internal Server Error", "<html>\uFFFD"},
		{400, "", "", "400 Bad Request", ""},
		{401, "TEXT/JSON", `{}`, "401 Unauthorized", `{}`},
		{499, "", "x", "499 Client Error", "x"},
		{599, "", "x", "599 Server Error", "x"},
		{502, "text/plain", strings.Repeat("x", flow.DefaultMaxValue+1), "502 Bad Gateway", "null"},
	} {
		env := newRecorder(c.status, c.contentType, c.body)
		env.answer.Headers = append(env.answer.Headers,
			flow.Pair{Name: "set-cookie", Value: flow.Text("sid=1")}, flow.Pair{Name: "X-API-Key", Value: flow.Text("k")},
			flow.Pair{Name: "retry-after", Value: flow.Text("5")}, flow.Pair{Name: "vary", Value: flow.Text("a")}, flow.Pair{Name: "Vary", Value: flow.Text("b")})
		_, err := flow.Invoke(t.Context(), card(t, "http.raw"), requestTo("http.raw", "https://a.example/", "GET"), env)
		e := flow.AsError(err)
		if e == nil || e.Code != flow.CodeHTTPStatus || e.Status != c.status || e.Msg != c.message || e.Kind != "HTTP Request Error" || e.Body.String() != c.wantBody {
			t.Errorf("status %d: %+v", c.status, e)
			continue
		}
		want := `"retry-after":"5","vary":"a, b"}`
		if c.contentType != "" {
			want = fmt.Sprintf(`"content-type":%q,`, c.contentType) + want
		}
		if got := e.Headers.String(); got != "{"+want {
			t.Errorf("status %d: headers %s, want {%s", c.status, got, want)
		}
	}
}

// TestFetchErrors passes what the client says on unchanged.
func TestFetchErrors(t *testing.T) {
	for _, key := range []string{"http.raw", "http.get", "http.request"} {
		env := newRecorder(0, "", "")
		env.err = flow.Errorf(flow.CodeHTTPTimeout, "slow")
		_, err := flow.Invoke(t.Context(), card(t, key), requestTo(key, "https://a.example/", "GET"), env)
		if err != env.err {
			t.Errorf("%s: error %v, want %v", key, err, env.err)
		}
	}
}

// live is an environment whose requests go out through the guarded client.
type live struct {
	*cardtest.Env
	client *egress.Client
	hosts  []string
}

func (l live) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	r := *req
	r.Hosts = l.hosts
	return l.client.Fetch(ctx, &r)
}

// TestLive sends requests to a real server on loopback.
func TestLive(t *testing.T) {
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Got", r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/away" {
			nethttp.Redirect(w, r, "/", nethttp.StatusFound)
			return
		}
		if r.URL.Path == "/fail" {
			w.WriteHeader(nethttp.StatusTeapot)
		}
		_, _ = fmt.Fprintf(w, `{"uri":%q,"body":%q,"type":%q}`, r.RequestURI, b, r.Header.Get("Content-Type"))
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	client := egress.New(egress.Config{Allow: []string{address}, Timeout: 5 * time.Second})
	defer client.Close()
	env := live{cardtest.NewEnv(), client, []string{address}}
	here := flow.NewSecret("k", "s3cr3t", address)
	elsewhere := flow.NewSecret("k", "s3cr3t", "api.example.com")

	in := requestTo("http.post", server.URL+"/a?b=1", "", "Query", flow.Members("c", flow.Text("d e")),
		"Headers", flow.Members("Authorization", here), "Body", flow.Members("x", flow.Bool(true), "key", here))
	out, err := flow.Invoke(t.Context(), card(t, "http.post"), in, env)
	if err != nil {
		t.Fatal(err)
	}
	response, _ := out.Object().Get("Response")
	body, _ := response.Object().Get("Body")
	want := `{"uri":"/a?b=1&c=d%20e","body":"{\"x\":true,\"key\":\"s3cr3t\"}","type":"application/json"}`
	if body.String() != want {
		t.Errorf("body %s, want %s", body, want)
	}
	headers, _ := response.Object().Get("Headers")
	if got, _ := headers.Object().Get("x-got"); got.Text() != "s3cr3t" {
		t.Errorf("headers %s", headers)
	}
	_, port, _ := net.SplitHostPort(address)
	for _, c := range []struct {
		name, url string
		secret    flow.Value
		want      flow.Code
	}{
		{"secret of another host", server.URL, elsewhere, flow.CodeEgressSecretHost},
		{"status", server.URL + "/fail", here, flow.CodeHTTPStatus},
		{"redirect", server.URL + "/away", here, flow.CodeEgressRedirect},
		{"host that is not listed", "http://localhost:" + port + "/", here, flow.CodeEgressDenied},
	} {
		_, err := flow.Invoke(t.Context(), card(t, "http.raw"), requestTo("http.raw", c.url, "GET", "headers", flow.Members("Authorization", c.secret)), env)
		if flow.CodeOf(err) != c.want || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
}

// BenchmarkRaw measures one request over loopback, from which the price comes.
func BenchmarkRaw(b *testing.B) {
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) { _, _ = io.WriteString(w, `{"ok":true}`) }))
	defer server.Close()
	address := server.Listener.Addr().String()
	client := egress.New(egress.Config{Allow: []string{address}})
	defer client.Close()
	env := live{cardtest.NewEnv(), client, []string{address}}
	raw := http.Cards()[6]
	in := requestTo("http.raw", server.URL, "POST", "body", flow.Members("a", flow.Number(1)))
	for b.Loop() {
		if _, err := flow.Invoke(b.Context(), raw, in, env); err != nil {
			b.Fatal(err)
		}
	}
}

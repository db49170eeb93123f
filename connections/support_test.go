package connections

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/weirflow/weir/flow"
	search "github.com/weirflow/weir/internal/canary"
)

// canary stands in every secret of these tests and in nothing else.
const canary = "cAnArY"

// clean fails where x shows a secret, however it is printed.
func clean(t *testing.T, what string, x any) {
	t.Helper()
	texts := []string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, x))
	}
	if b, err := json.Marshal(x); err == nil {
		texts = append(texts, string(b))
	}
	for err, ok := x.(error); ok && err != nil; err = errors.Unwrap(err) {
		texts = append(texts, err.Error())
	}
	for _, s := range texts {
		if how, found := search.New(canary).FindText(s); found {
			t.Fatalf("%s shows a secret as %s: %.2000s", what, how, s)
		}
	}
}

func wantCode(t *testing.T, what string, err error, want flow.Code) {
	t.Helper()
	clean(t, what, err)
	if flow.CodeOf(err) != want {
		t.Errorf("%s: error %v, want code %q", what, err, want)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// web is a Fetcher over handlers in memory, by host. It opens secrets as the
// egress client does and refuses hosts that a request does not list.
type web struct {
	mu    sync.Mutex
	hosts map[string]http.HandlerFunc
	seen  []seenRequest
}

type seenRequest struct {
	host   string
	form   url.Values
	header http.Header
}

func newWeb() *web { return &web{hosts: map[string]http.HandlerFunc{}} }

func (w *web) serve(host string, h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts[host] = h
}

func (w *web) requests() []seenRequest {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

func (w *web) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	if strings.Contains(fmt.Sprintf("%v %+v %#v", *req, req.Headers, req.Body), canary) {
		return nil, flow.Errorf(flow.CodeInternal, "a request shows a secret")
	}
	u, err := url.Parse(req.URL)
	if err != nil || !slices.Contains(req.Hosts, u.Host) || len(req.Hosts) != 1 {
		return nil, flow.Errorf(flow.CodeEgressDenied, "the host is not listed")
	}
	bare, full := u.Host, u.Host
	if u.Port() == "" {
		full += ":" + portOf(u)
	}
	if u.Scheme != "https" || u.Port() != "" {
		bare = full
	}
	body, err := flow.OpenSecret(req.Body, bare, full)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	h := w.hosts[u.Host]
	w.mu.Unlock()
	if h == nil {
		return nil, flow.Errorf(flow.CodeEgressDNS, "the name %q has no address", u.Host)
	}
	r := httptest.NewRequestWithContext(ctx, req.Method, req.URL, strings.NewReader(body))
	for _, p := range req.Headers {
		text, err := flow.OpenSecret(p.Value, bare, full)
		if err != nil {
			return nil, err
		}
		r.Header.Set(p.Name, text)
	}
	form, err := url.ParseQuery(body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.seen = append(w.seen, seenRequest{u.Host, form, r.Header.Clone()})
	w.mu.Unlock()
	rec := httptest.NewRecorder()
	h(rec, r)
	if ctx.Err() != nil {
		return nil, flow.Errorf(flow.CodeRunCancelled, "the request was given up")
	}
	res := &flow.Response{Status: rec.Code, Body: rec.Body.Bytes()}
	for name, values := range rec.Header() {
		for _, v := range values {
			res.Headers = append(res.Headers, flow.Pair{Name: strings.ToLower(name), Value: flow.Text(v)})
		}
	}
	return res, nil
}

// answers is a handler that says one thing.
func answers(status int, content, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", content)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func gives(body string) http.HandlerFunc { return answers(200, "application/json", body) }

// rotating is a token address that replaces refresh tokens and refuses spent ones.
type rotating struct {
	mu      sync.Mutex
	n       int
	current string
	ttl     int
	dead    bool // a spent token was used: everything is revoked
}

func (s *rotating) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = r.ParseForm()
	if r.Form.Get("grant_type") == "refresh_token" {
		if s.dead || r.Form.Get("refresh_token") != s.current {
			s.dead = true
			w.WriteHeader(400)
			_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"` + canary + `"}`))
			return
		}
	}
	s.n++
	s.current = fmt.Sprintf("refresh-%s-%d", canary, s.n)
	fmt.Fprintf(w, `{"access_token":"access-%s-%d","refresh_token":%q,"token_type":"Bearer","expires_in":%d}`, canary, s.n, s.current, s.ttl)
}

func (s *rotating) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

// openVault makes or opens a vault file in a folder with one fixed key.
func openVault(t *testing.T, dir string) *FileVault {
	t.Helper()
	k, err := ParseKey([]byte(testKey))
	if err != nil {
		t.Fatal(err)
	}
	v, err := OpenFile(t.Context(), filepath.Join(dir, "vault"), k)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const testKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

func newManager(t *testing.T, v Vault, w flow.Fetcher) *Manager {
	t.Helper()
	m, err := New(Config{Vault: v, HTTP: w})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// hidden turns pairs into answers.
func hidden(pairs ...string) map[string]Hidden {
	out := map[string]Hidden{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = Hide(pairs[i+1])
	}
	return out
}

// codeAuth is an authorization code authentication of the service id.example.
func codeAuth() flow.Auth {
	return flow.Auth{
		Key: "oauth", Name: "OAuth 2.0", Type: flow.AuthOAuth2,
		OAuth2: &flow.OAuth2{
			Grant: flow.GrantAuthorizationCode, AuthorizeURL: "https://id.example/authorize", TokenURL: "https://id.example/token",
			Issuer: "https://id.example", ClientAuth: flow.ClientAuthBasic,
			Scopes: []flow.Scope{{Name: "read", Required: true}, {Name: "write"}}, CustomizeScopes: true,
		},
	}
}

func connector(auths ...flow.Auth) Connector {
	return Connector{Manifest: &flow.Manifest{Key: "tracker", Name: "Tracker", Hosts: []string{"api.tracker.example"}, Auths: auths}}
}

// connectCode makes a connection with an authorization code.
func connectCode(t *testing.T, m *Manager, c Connector) View {
	t.Helper()
	d := must[*Draft](t)(m.Draft(t.Context(), c, "local", ""))
	s := must[*Session](t)(m.Begin(t.Context(), d, Answers{Name: "My Tracker", Values: hidden("client_id", "id", "client_secret", "s-"+canary)}, "http://127.0.0.1:4321"))
	return must[View](t)(m.Finish(t.Context(), s, answerTo(t, s, url.Values{"code": {"code"}, "iss": {"https://id.example"}})))
}

// answerTo returns the address that a browser comes back to, with the session's
// own state.
func answerTo(t *testing.T, s *Session, q url.Values) string {
	t.Helper()
	u, err := url.Parse(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Has("state") {
		q.Set("state", u.Query().Get("state"))
	}
	return s.Redirect + "?" + q.Encode()
}

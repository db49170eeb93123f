package connections

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirflow/weir/flow"
)

// begin starts an authorization at a token address of id.example.
func begin(t *testing.T, m *Manager, c Connector) *Session {
	t.Helper()
	d := must[*Draft](t)(m.Draft(t.Context(), c, "local", ""))
	s := must[*Session](t)(m.Begin(t.Context(), d, Answers{Name: rand.Text(), Values: hidden("client_id", "id", "client_secret", "s-"+canary), Scopes: []string{}}, "http://127.0.0.1:4321"))
	clean(t, "the session", s)
	return s
}

func TestAuthorizationCode(t *testing.T) {
	w := newWeb()
	c := connector(codeAuth())
	c.Manifest.Auths[0].OAuth2.AuthorizeParams = []flow.NamedText{{Name: "access_type", Text: "offline"}, {Name: "state", Text: "mine"}, {Name: "code_challenge_method", Text: "plain"}}
	c.Manifest.Auths[0].OAuth2.TokenParams = []flow.NamedText{{Name: "audience", Text: "https://api.example"}, {Name: "grant_type", Text: "password"}}
	c.Manifest.Auths[0].OAuth2.TokenHeaders = []flow.NamedText{{Name: "X-Api-Version", Text: "2"}, {Name: "accept", Text: "application/vnd.api+json"}}
	m := newManager(t, openVault(t, t.TempDir()), w)
	s := begin(t, m, c)
	u, err := url.Parse(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Host != "id.example" || q.Get("client_id") != "id" || q.Get("response_type") != "code" || q.Get("scope") != "read" || q.Get("access_type") != "offline" ||
		q.Get("redirect_uri") != "http://127.0.0.1:4321/oauth/tracker/cb" || q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 20 || len(q["state"]) != 1 {
		t.Errorf("the browser goes to %s", s.Address)
	}
	if strings.Contains(s.Address, canary) || strings.Contains(s.Address, s.verifier.reveal()) {
		t.Error("the address tells a secret")
	}
	w.serve("id.example", func(rw http.ResponseWriter, r *http.Request) {
		id, secret, ok := r.BasicAuth()
		_ = r.ParseForm()
		sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
		if !ok || id != "id" || secret != "s-"+canary || r.Form.Get("grant_type") != "authorization_code" || r.Form.Get("code") != "c-"+canary ||
			r.Form.Get("redirect_uri") != s.Redirect || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") ||
			r.Form.Get("audience") != "https://api.example" || r.Header.Get("X-Api-Version") != "2" || r.Header.Get("Accept") != "application/vnd.api+json" ||
			r.URL.Path != "/token" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			answers(400, "application/json", `{"error":"invalid_request"}`)(rw, r)
			return
		}
		gives(`{"access_token":"a-`+canary+`","refresh_token":"r-`+canary+`","expires_in":3600,"scope":"read extra"}`)(rw, r)
	})
	view, err := m.Finish(t.Context(), s, answerTo(t, s, url.Values{"code": {"c-" + canary}, "iss": {"https://id.example"}}))
	if err != nil {
		t.Fatalf("%v", err)
	}
	clean(t, "the view", view)
	if view.State != StateOK || !view.Refreshes || fmt.Sprint(view.Scopes) != "[read extra]" || time.Until(view.Expires) < 59*time.Minute {
		t.Errorf("made %+v", view)
	}
	conn := must[*flow.Connection](t)(m.Open(t.Context(), c.Manifest, "local", view.ID))
	if got, err := flow.OpenSecret(conn.Values["access_token"], "api.tracker.example", ""); got != "a-"+canary || err != nil {
		t.Errorf("the access token: %v", err)
	}
	if len(conn.Values) != 1 {
		t.Errorf("flows see %d values", len(conn.Values))
	}
	if _, err := flow.OpenSecret(conn.Values["access_token"], "id.example", "id.example:443"); err == nil {
		t.Error("the token may go to a host that is not the connector's")
	}
}

// TestCallbacks: what browsers bring that is not the answer to the session.
func TestCallbacks(t *testing.T) {
	w := newWeb()
	m := newManager(t, openVault(t, t.TempDir()), w)
	w.serve("id.example", gives(`{"access_token":"a-`+canary+`"}`))
	good := url.Values{"code": {"c-" + canary}, "iss": {"https://id.example"}}
	with := func(change func(q url.Values)) url.Values {
		q := url.Values{}
		for k, v := range good {
			q[k] = append([]string(nil), v...)
		}
		change(q)
		return q
	}
	// used says whether the session has been used up.
	for _, c := range []struct {
		what string
		q    url.Values
		want flow.Code
		used bool
	}{
		{"another state", with(func(q url.Values) { q.Set("state", "guess") }), flow.CodeOAuthCallback, false},
		{"an empty state", with(func(q url.Values) { q.Set("state", "") }), flow.CodeOAuthCallback, false},
		{"an error with another state", url.Values{"state": {"guess"}, "error": {"access_denied"}}, flow.CodeOAuthCallback, false},
		{"another issuer", with(func(q url.Values) { q.Set("iss", "https://evil.example") }), flow.CodeOAuthCallback, true},
		{"an issuer with a slash", with(func(q url.Values) { q.Set("iss", "https://id.example/") }), flow.CodeOAuthCallback, true},
		{"no issuer", with(func(q url.Values) { q.Del("iss") }), flow.CodeOAuthCallback, true},
		{"no code", with(func(q url.Values) { q.Del("code") }), flow.CodeOAuthCallback, true},
		{"an empty code", with(func(q url.Values) { q.Set("code", "") }), flow.CodeOAuthCallback, true},
		{"two codes", with(func(q url.Values) { q.Add("code", "x") }), flow.CodeOAuthCallback, false},
		{"two issuers", with(func(q url.Values) { q.Add("iss", "https://id.example") }), flow.CodeOAuthCallback, false},
		{"a code and an error", with(func(q url.Values) { q.Set("error", "access_denied") }), flow.CodeOAuthCallback, false},
		{"a refusal", with(func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }), flow.CodeOAuthRefused, true},
		{"a refusal of its own", with(func(q url.Values) { q.Del("code"); q.Set("error", canary); q.Set("error_description", canary) }), flow.CodeOAuthRefused, true},
		{"a refusal of another issuer", url.Values{"error": {"access_denied"}, "iss": {"https://evil.example"}}, flow.CodeOAuthCallback, true},
		{"far too much", with(func(q url.Values) { q.Set("x", strings.Repeat("x", maxCallback)) }), flow.CodeOAuthCallback, false},
	} {
		s := begin(t, m, connector(codeAuth()))
		_, err := m.Finish(t.Context(), s, answerTo(t, s, c.q))
		wantCode(t, c.what, err, c.want)
		if s.Waiting() == c.used {
			t.Errorf("%s: used up: %t, want %t", c.what, s.used, c.used)
		}
		if n := len(w.requests()); n != 0 {
			t.Fatalf("%s: %d token requests", c.what, n)
		}
	}
	s := begin(t, m, connector(codeAuth()))
	answer := answerTo(t, s, good)
	_, query, _ := strings.Cut(answer, "?")
	for _, at := range []string{
		"http://127.0.0.1:4322/oauth/tracker/cb", "https://127.0.0.1:4321/oauth/tracker/cb", "http://evil.example/oauth/tracker/cb", "http://u@127.0.0.1:4321/oauth/tracker/cb",
		"/oauth/billing/cb", "/oauth/tracker/cb/", "/oauth//tracker/cb", "/oauth/x/../tracker/cb", "/oauth/tracker%2Fcb", "", "::", "/%zz",
	} {
		_, err := m.Finish(t.Context(), s, at+"?"+query)
		wantCode(t, "at "+at, err, flow.CodeOAuthCallback)
	}
	// None of them used the session up.
	if _, err := m.Finish(t.Context(), s, "/oauth/tracker/cb?"+query); err != nil {
		t.Errorf("the session's own answer, without a host: %v", err)
	}
	_, err := m.Finish(t.Context(), s, answer)
	wantCode(t, "the answer once more", err, flow.CodeOAuthCallback)
	if n := len(w.requests()); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}

	// Mix-up: an honest answer to one session, brought to another.
	one, two := begin(t, m, connector(codeAuth())), begin(t, m, connector(codeAuth()))
	_, err = m.Finish(t.Context(), two, answerTo(t, one, url.Values{"code": {"c"}, "iss": {"https://id.example"}}))
	wantCode(t, "an answer to another session", err, flow.CodeOAuthCallback)
}

// TestNamesAreCheckedFirst: nobody consents, and no token is asked for, for a
// connection whose name is taken.
func TestNamesAreCheckedFirst(t *testing.T) {
	w := newWeb()
	w.serve("id.example", gives(`{"access_token":"a"}`))
	m := newManager(t, openVault(t, t.TempDir()), w)
	c := connector(codeAuth())
	view := connectCode(t, m, c)
	d := must[*Draft](t)(m.Draft(t.Context(), c, "local", ""))
	_, err := m.Begin(t.Context(), d, Answers{Name: "my tracker", Values: hidden("client_id", "id", "client_secret", "s-"+canary)}, "http://127.0.0.1:4321")
	wantCode(t, "Begin", err, flow.CodeConnectionExists)
	machine := connector(flow.Auth{Key: "cc", Type: flow.AuthOAuth2, OAuth2: &flow.OAuth2{Grant: flow.GrantClientCredentials, TokenURL: "https://id.example/token"}})
	d = must[*Draft](t)(m.Draft(t.Context(), machine, "local", ""))
	_, err = m.Create(t.Context(), d, Answers{Name: " My Tracker", Values: hidden("client_id", "id", "client_secret", "s-"+canary)})
	wantCode(t, "Create", err, flow.CodeConnectionExists)
	if n := len(w.requests()); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
	// Its own name is free for the connection itself.
	d = must[*Draft](t)(m.Reauthorize(t.Context(), c, "local", view.ID))
	if _, err := m.Begin(t.Context(), d, Answers{Name: "My Tracker"}, "http://127.0.0.1:4321"); err != nil {
		t.Error(err)
	}
}

func TestIssuerIsOptional(t *testing.T) {
	w := newWeb()
	m := newManager(t, openVault(t, t.TempDir()), w)
	w.serve("id.example", gives(`{"access_token":"a"}`))
	a := codeAuth()
	a.OAuth2.Issuer = ""
	s := begin(t, m, connector(a))
	if _, err := m.Finish(t.Context(), s, answerTo(t, s, url.Values{"code": {"c"}})); err != nil {
		t.Error(err)
	}
}

func TestSessionsEnd(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWeb()
		m := newManager(t, openVault(t, dir), w)
		w.serve("id.example", gives(`{"access_token":"a"}`))
		s := begin(t, m, connector(codeAuth()))
		time.Sleep(sessionLifetime - time.Second)
		late := begin(t, m, connector(codeAuth()))
		if _, err := m.Finish(t.Context(), s, answerTo(t, s, url.Values{"code": {"c"}, "iss": {"https://id.example"}})); err != nil {
			t.Errorf("just in time: %v", err)
		}
		time.Sleep(sessionLifetime)
		_, err := m.Finish(t.Context(), late, answerTo(t, late, url.Values{"code": {"c"}, "iss": {"https://id.example"}}))
		wantCode(t, "too late", err, flow.CodeOAuthCallback)
	})
}

// TestCodeIsSpentOnce: whatever the token address answers, a code is not sent a
// second time, and nothing is stored.
func TestCodeIsSpentOnce(t *testing.T) {
	for what, h := range map[string]http.HandlerFunc{
		"a fault":   answers(503, "text/html", canary),
		"a refusal": answers(400, "application/json", `{"error":"invalid_grant","error_description":"`+canary+`"}`),
		"a page":    answers(200, "text/html", canary),
		"a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://evil.example/")
			w.WriteHeader(307)
		},
		"a token with breaks": gives(`{"access_token":"a\n` + canary + `"}`),
	} {
		w := newWeb()
		m := newManager(t, openVault(t, t.TempDir()), w)
		w.serve("id.example", h)
		s := begin(t, m, connector(codeAuth()))
		_, err := m.Finish(t.Context(), s, answerTo(t, s, url.Values{"code": {"c-" + canary}, "iss": {"https://id.example"}}))
		clean(t, what, err)
		if err == nil || len(w.requests()) != 1 {
			t.Errorf("%s: %v after %d requests", what, err, len(w.requests()))
		}
		if list, _ := m.List(t.Context(), "local"); len(list) != 0 {
			t.Errorf("%s: stored %+v", what, list)
		}
	}
}

func TestRedirectURI(t *testing.T) {
	for base, want := range map[string]string{
		"https://weir.example": "https://weir.example/oauth/tracker/cb", "https://weir.example/": "https://weir.example/oauth/tracker/cb",
		"https://example.org/weir": "https://example.org/weir/oauth/tracker/cb", "http://127.0.0.1:80": "http://127.0.0.1:80/oauth/tracker/cb",
		"http://[::1]:8080": "http://[::1]:8080/oauth/tracker/cb", "http://localhost:1": "http://localhost:1/oauth/tracker/cb",
	} {
		if got, err := RedirectURI(base, "tracker"); got != want || err != nil {
			t.Errorf("%s: %s, %v", base, got, err)
		}
	}
	for _, base := range []string{"", "weir.example", "http://weir.example", "http://127.0.0.2.evil.example", "https://u@weir.example", "https://weir.example?x", "https://weir.example/?", "https://weir.example#", "ftp://127.0.0.1", "https:", "//x", "http://10.0.0.1"} {
		_, err := RedirectURI(base, "tracker")
		wantCode(t, base, err, flow.CodeConnectionInvalid)
	}
}

func FuzzCallback(f *testing.F) {
	f.Add("/oauth/tracker/cb?state=s&code=c&iss=https%3A%2F%2Fid.example")
	f.Add("http://127.0.0.1:4321/oauth/tracker/cb?state=STATE&code=c&iss=https%3A%2F%2Fid.example")
	f.Add("/oauth/tracker/cb?state=STATE&error=access_denied&iss=https%3A%2F%2Fid.example")
	f.Add("/oauth/tracker/cb?state=STATE;code=c&%zz")
	f.Add("//evil.example/oauth/tracker/cb?state=STATE&state=STATE&code=c")
	record := &Record{Connector: "tracker", Auth: codeAuth()}
	f.Fuzz(func(t *testing.T, arrived string) {
		s := &Session{Redirect: "http://127.0.0.1:4321/oauth/tracker/cb", record: record, state: Hide("STATE"), Expires: time.Now().Add(time.Hour)}
		c, err := s.accept(arrived)
		if err != nil {
			if code := flow.CodeOf(err); code != flow.CodeOAuthCallback && code != flow.CodeOAuthRefused {
				t.Errorf("%q: %v", arrived, err)
			}
			if flow.CodeOf(err) == flow.CodeOAuthRefused && !s.used {
				t.Errorf("%q: refused, and the session goes on", arrived)
			}
			return
		}
		u, err := url.Parse(arrived)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if c.code == "" || len(q["state"]) != 1 || q.Get("state") != "STATE" || q.Get("iss") != "https://id.example" || q.Get("code") != c.code || u.Path != "/oauth/tracker/cb" || !s.used {
			t.Errorf("%q is accepted", arrived)
		}
		if _, err := s.accept(arrived); flow.CodeOf(err) != flow.CodeOAuthCallback {
			t.Errorf("%q is accepted twice: %v", arrived, err)
		}
	})
}

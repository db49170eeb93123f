package connections

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weirflow/weir/flow"
)

// create makes a connection of a connector's only authentication.
func create(t *testing.T, m *Manager, c Connector, pairs ...string) View {
	t.Helper()
	d := must[*Draft](t)(m.Draft(t.Context(), c, "local", ""))
	v := must[View](t)(m.Create(t.Context(), d, Answers{Name: "Mine", Values: hidden(pairs...)}))
	clean(t, "the view", v)
	return v
}

// TestAttachments: what goes on requests, for each type, and where to.
func TestAttachments(t *testing.T) {
	scheme := func(in, field, prefix string) *flow.KeyScheme {
		return &flow.KeyScheme{In: in, Field: field, Prefix: prefix}
	}
	basic := base64.StdEncoding.EncodeToString([]byte("me:p-" + canary))
	for _, c := range []struct {
		auth  flow.Auth
		pairs []string
		in    string
		field string
		want  string
	}{
		{flow.Auth{Key: "a", Type: flow.AuthBasic, Attach: true}, []string{"username", "me", "password", "p-" + canary}, "header", "Authorization", "Basic " + basic},
		{flow.Auth{Key: "a", Type: flow.AuthBasic}, []string{"username", "me", "password", "p-" + canary}, "", "", ""},
		{flow.Auth{Key: "a", Type: flow.AuthAPIKey, Attach: true, Scheme: scheme("header", "X-Key", "Token ")}, []string{"api_key", "k-" + canary}, "header", "X-Key", "Token k-" + canary},
		{flow.Auth{Key: "a", Type: flow.AuthAPIKey, Attach: true, Scheme: scheme("query", "key", "")}, []string{"api_key", "k-" + canary}, "query", "key", "k-" + canary},
		{flow.Auth{Key: "a", Type: flow.AuthAPIKey, Attach: true, Scheme: scheme("cookie", "sid", "")}, []string{"api_key", "k-" + canary}, "cookie", "sid", "k-" + canary},
		{flow.Auth{Key: "a", Type: flow.AuthOAuth2, Attach: true, OAuth2: &flow.OAuth2{Grant: flow.GrantClientCredentials, TokenURL: "https://id.example/token"}},
			[]string{"client_id", "me", "client_secret", "s-" + canary}, "header", "Authorization", "Bearer t-" + canary},
	} {
		w := newWeb()
		w.serve("id.example", gives(`{"access_token":"t-`+canary+`"}`))
		m := newManager(t, openVault(t, t.TempDir()), w)
		con := connector(c.auth)
		v := create(t, m, con, c.pairs...)
		conn := must[*flow.Connection](t)(m.Open(t.Context(), con.Manifest, "local", v.ID))
		clean(t, c.auth.Type, conn)
		if c.in == "" {
			if len(conn.Attach) != 0 {
				t.Errorf("%s: attaches %d values", c.auth.Type, len(conn.Attach))
			}
			continue
		}
		if len(conn.Attach) != 1 || conn.Attach[0].In != c.in || conn.Attach[0].Field != c.field {
			t.Fatalf("%s: attaches %+v", c.auth.Type, conn.Attach)
		}
		if got, err := flow.OpenSecret(conn.Attach[0].Value, "api.tracker.example", ""); got != c.want || err != nil {
			t.Errorf("%s: %v", c.auth.Type, err)
		}
		if _, err := flow.OpenSecret(conn.Attach[0].Value, "evil.example", "evil.example:443"); err == nil {
			t.Errorf("%s: goes to any host", c.auth.Type)
		}
	}
}

// TestClientCredentials: both client authentications, form-encoded as RFC 6749,
// 2.3.1 says, and a new token when the old one ends, without a refresh token.
func TestClientCredentials(t *testing.T) {
	for _, style := range []string{flow.ClientAuthBasic, flow.ClientAuthPost} {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			w := newWeb()
			var n atomic.Int64
			w.serve("id.example", func(rw http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(rw, `{"access_token":"t%d-%s","refresh_token":"no-%s","expires_in":600}`, n.Add(1), canary, canary)
			})
			m := newManager(t, openVault(t, dir), w)
			a := flow.Auth{Key: "cc", Type: flow.AuthOAuth2, OAuth2: &flow.OAuth2{
				Grant: flow.GrantClientCredentials, TokenURL: "https://id.example/token", ClientAuth: style, ScopeSeparator: ",",
				Scopes: []flow.Scope{{Name: "a"}, {Name: "b"}}, TokenParams: []flow.NamedText{{Name: "audience", Text: "x"}},
			}}
			c := connector(a)
			v := create(t, m, c, "client_id", "m e", "client_secret", "s:/ "+canary)
			time.Sleep(time.Hour)
			conn, err := m.Open(t.Context(), c.Manifest, "local", v.ID)
			if got := bearer(t, conn, err); got != "t2-x" {
				t.Errorf("%s: %s", style, got)
			}
			if conn.Values["client_id"].Text() != "m e" || conn.Values["client_secret"].Kind() != flow.KindSecret {
				t.Errorf("%s: flows see %v", style, conn.Values)
			}
			for i, r := range w.requests() {
				id, secret := r.form.Get("client_id"), r.form.Get("client_secret")
				if style == flow.ClientAuthBasic {
					raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.header.Get("Authorization"), "Basic "))
					if want := "m+e:s%3A%2F+" + canary; string(raw) != want || id != "" || secret != "" {
						t.Errorf("request %d authenticates wrongly", i)
					}
				} else if id != "m e" || secret != "s:/ "+canary || r.header.Get("Authorization") != "" {
					t.Errorf("request %d authenticates wrongly", i)
				}
				if r.form.Get("grant_type") != "client_credentials" || r.form.Get("scope") != "a,b" || r.form.Get("audience") != "x" || r.form.Has("refresh_token") {
					t.Errorf("request %d is for %q with scope %q", i, r.form.Get("grant_type"), r.form.Get("scope"))
				}
			}
		})
	}
}

// TestJWTBearer: the assertion is what RFC 7523 says, for every kind of key.
func TestJWTBearer(t *testing.T) {
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	ecKey := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	written := func(key any) string {
		der := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(key))
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	auth := func(alg string) flow.Auth {
		return flow.Auth{Key: "jwt", Type: flow.AuthOAuth2, Parameters: []flow.Parameter{{Key: "mail", Type: flow.ParamText}}, OAuth2: &flow.OAuth2{
			Grant: flow.GrantJWTBearer, TokenURL: "https://id.example/token", ClientAuth: flow.ClientAuthBasic, Scopes: []flow.Scope{{Name: "a"}, {Name: "b"}},
			JWT: &flow.JWTAssertion{Algorithm: alg, Key: "private_key", KeyID: "k1", Issuer: "{{auth.mail}}", Subject: "user", Lifetime: 120},
		}}
	}
	for alg, key := range map[string]struct{ private, public any }{
		"RS256": {rsaKey, &rsaKey.PublicKey}, "PS384": {rsaKey, &rsaKey.PublicKey}, "ES256": {ecKey, &ecKey.PublicKey}, "EdDSA": {edKey, edKey.Public()},
	} {
		w := newWeb()
		w.serve("id.example", func(rw http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			claims := jwt.MapClaims{}
			tok, err := jwt.ParseWithClaims(r.Form.Get("assertion"), claims, func(*jwt.Token) (any, error) { return key.public, nil },
				jwt.WithValidMethods([]string{alg}), jwt.WithAudience("https://id.example/token"), jwt.WithIssuer("me@x"), jwt.WithSubject("user"), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
			if err != nil || tok.Header["kid"] != "k1" || claims["jti"] == "" || claims["exp"].(float64)-claims["iat"].(float64) != 120 ||
				r.Form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || r.Form.Get("scope") != "a b" || claims["scope"] != "a b" || r.Header.Get("Authorization") != "" || r.Form.Has("client_id") {
				t.Errorf("%s: %v, %v", alg, err, r.Form)
				rw.WriteHeader(400)
				return
			}
			gives(`{"access_token":"t-`+canary+`","expires_in":600}`)(rw, r)
		})
		m := newManager(t, openVault(t, t.TempDir()), w)
		c := connector(auth(alg))
		v := create(t, m, c, "mail", "me@x", "private_key", written(key.private))
		conn, err := m.Open(t.Context(), c.Manifest, "local", v.ID)
		if got := bearer(t, conn, err); got != "t-x" {
			t.Errorf("%s: %s", alg, got)
		}
		if _, seen := conn.Values["private_key"]; seen {
			t.Error("flows see the private key")
		}
	}
	for alg, text := range map[string]string{
		"RS256": canary, "ES256": written(rsaKey), "ES384": written(ecKey), "EdDSA": written(rsaKey), "HS256": canary, "none": canary, "": canary, "PS256": written(edKey),
	} {
		m := newManager(t, openVault(t, t.TempDir()), newWeb())
		d := must[*Draft](t)(m.Draft(t.Context(), connector(auth(alg)), "local", ""))
		_, err := m.Create(t.Context(), d, Answers{Name: "x", Values: hidden("mail", "me@x", "private_key", text)})
		wantCode(t, alg, err, flow.CodeConnectionInvalid)
	}
}

// TestHealth: what an authping flow says becomes the state.
func TestHealth(t *testing.T) {
	m := newManager(t, openVault(t, t.TempDir()), newWeb())
	c := connector(flow.Auth{Key: "k", Type: flow.AuthAPIKey, Attach: true, Scheme: &flow.KeyScheme{In: "header", Field: "X-Key", Prefix: "Token "}})
	c.Manifest.Flows = []flow.FlowInfo{{Key: "main", Type: flow.FlowAction}, {Key: "_authping", Type: flow.FlowAuthping}}
	var says func() (flow.Value, error)
	c.RunFlow = func(ctx context.Context, key string, conn *flow.Connection) (flow.Value, error) {
		if _, bounded := ctx.Deadline(); key != "_authping" || conn == nil || !bounded {
			return flow.Value{}, errors.New("not that one")
		}
		return says()
	}
	status := func(working flow.Value, message flow.Value) func() (flow.Value, error) {
		return func() (flow.Value, error) {
			return flow.Members("working", working, "serviceResponse", flow.Members("statusCode", flow.Number(200), "message", message)), nil
		}
	}
	says = status(flow.Bool(true), flow.Text("fine"))
	v := create(t, m, c, "api_key", "k-"+canary)
	if v.State != StateOK || v.Health != "" || v.Tested.IsZero() {
		t.Errorf("made: %+v", v)
	}
	for what, k := range map[string]struct {
		says  func() (flow.Value, error)
		state State
		want  string
	}{
		"works":               {status(flow.Bool(true), flow.Value{}), StateOK, ""},
		"does not":            {status(flow.Bool(false), flow.Text("HTTP 401: bad key")), StateFailed, "HTTP 401: bad key"},
		"does not say why":    {status(flow.Bool(false), flow.Value{}), StateFailed, "the service did not accept the credentials"},
		"says it with text":   {status(flow.Text("true"), flow.Text("x")), StateFailed, "x"},
		"says nothing":        {func() (flow.Value, error) { return flow.Value{}, nil }, StateFailed, "the service did not accept the credentials"},
		"says a number":       {status(flow.Bool(false), flow.Number(7)), StateFailed, "7"},
		"echoes the key":      {status(flow.Bool(false), flow.Text("bad key k-"+canary+"!")), StateFailed, "bad key [secret]!"},
		"echoes it encoded":   {status(flow.Bool(false), flow.Text("bad "+base64.StdEncoding.EncodeToString([]byte("k-"+canary)))), StateFailed, ""},
		"writes on terminals": {status(flow.Bool(false), flow.Text("\x1b[2J\u202e")), StateFailed, `\u001b[2J\u202e`},
		"writes a book":       {status(flow.Bool(false), flow.Text(strings.Repeat("ü", 10*maxHealth))), StateFailed, strings.Repeat("ü", maxHealth) + "…"},
		"fails": {func() (flow.Value, error) {
			return flow.Value{}, flow.Errorf(flow.CodeHTTPStatus, "status 500 k-"+canary)
		}, StateFailed, "status 500 [secret]"},
		"fails otherwise": {func() (flow.Value, error) { return flow.Value{}, errors.New("boom") }, StateFailed, "boom"},
	} {
		says = k.says
		got := must[View](t)(m.Test(t.Context(), c, "local", v.ID))
		clean(t, what, got)
		if got.State != k.state || k.want != "" && got.Health != k.want || k.state == StateOK && got.Health != "" {
			t.Errorf("%s: %s %q, want %s %q", what, got.State, got.Health, k.state, k.want)
		}
		if strings.Contains(got.Health, base64.RawStdEncoding.EncodeToString([]byte("k-" + canary))[:8]) {
			t.Errorf("%s: %q", what, got.Health)
		}
		if again := must[View](t)(m.Get(t.Context(), "local", v.ID)); again.State != got.State || again.Health != got.Health {
			t.Errorf("%s: stored as %s %q", what, again.State, again.Health)
		}
	}
	says = status(flow.Bool(false), flow.Value{})
	if got := must[View](t)(m.Test(t.Context(), c, "local", v.ID)); got.State != StateFailed {
		t.Errorf("fails: %+v", got)
	}
	says = status(flow.Bool(true), flow.Value{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.Test(ctx, c, "local", v.ID)
	wantCode(t, "given up", err, flow.CodeRunCancelled)
	_, err = m.Test(t.Context(), c, "local", "none")
	wantCode(t, "unknown", err, flow.CodeConnectionUnknown)
	c.RunFlow = nil
	if got, err := m.Test(t.Context(), c, "local", v.ID); err != nil || got.State != StateFailed {
		t.Errorf("without flows: %+v, %v", got, err)
	}
}

// TestHealthRenewsOnce: a token whose end nobody knows is replaced when the test
// fails, and the test made once more.
func TestHealthRenewsOnce(t *testing.T) {
	server := &rotating{}
	w := newWeb()
	w.serve("id.example", server.ServeHTTP)
	m := newManager(t, openVault(t, t.TempDir()), w)
	c := connector(codeAuth())
	c.Manifest.Flows = []flow.FlowInfo{{Key: "_authping", Type: flow.FlowAuthping}}
	accepted := "access-x-1"
	pings := 0
	c.RunFlow = func(_ context.Context, _ string, conn *flow.Connection) (flow.Value, error) {
		pings++
		return flow.Members("working", flow.Bool(bearer(t, conn, nil) == accepted)), nil
	}
	v := connectCode(t, m, c)
	if v.State != StateOK || pings != 1 {
		t.Fatalf("%s after %d pings", v.State, pings)
	}
	accepted = "access-x-2"
	if v = must[View](t)(m.Test(t.Context(), c, "local", v.ID)); v.State != StateOK || pings != 3 {
		t.Errorf("%s after %d pings", v.State, pings)
	}
	accepted = "none"
	if v = must[View](t)(m.Test(t.Context(), c, "local", v.ID)); v.State != StateFailed || pings != 5 || server.count() != 3 {
		t.Errorf("%s after %d pings and %d tokens", v.State, pings, server.count())
	}
}

// TestDelete: the revoke flow runs with the credentials; whatever it does, the
// connection goes.
func TestDelete(t *testing.T) {
	w := newWeb()
	m := newManager(t, openVault(t, t.TempDir()), w)
	c := connector(flow.Auth{Key: "k", Type: flow.AuthAPIKey, Scheme: &flow.KeyScheme{In: "header", Field: "X-Key"}})
	c.Manifest.Flows = []flow.FlowInfo{{Key: "bye", Type: flow.FlowRevoke}}
	for what, k := range map[string]struct {
		run     func(context.Context, string, *flow.Connection) (flow.Value, error)
		revoked bool
		problem string
	}{
		"revokes": {func(_ context.Context, key string, conn *flow.Connection) (flow.Value, error) {
			got, err := flow.OpenSecret(conn.Values["api_key"], "api.tracker.example", "")
			if key != "bye" || got != "k-"+canary {
				return flow.Value{}, fmt.Errorf("not that one: %v", err)
			}
			return flow.Value{}, nil
		}, true, ""},
		"fails": {func(context.Context, string, *flow.Connection) (flow.Value, error) {
			return flow.Value{}, flow.Errorf(flow.CodeHTTPStatus, "status 500 for k-"+canary)
		}, false, "http.status: status 500 for [secret]"},
		"has no flows": {nil, false, ""},
	} {
		v := create(t, m, c, "api_key", "k-"+canary)
		with := c
		with.RunFlow = k.run
		got, err := m.Delete(t.Context(), with, "local", v.ID)
		clean(t, what, got)
		if err != nil || got.Revoked != k.revoked || got.Problem != k.problem || got.View.ID != v.ID {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
		if _, err := m.Get(t.Context(), "local", v.ID); flow.CodeOf(err) != flow.CodeConnectionUnknown {
			t.Errorf("%s: still there: %v", what, err)
		}
	}
	// The connector is gone; somebody gives up while the flow runs.
	v := create(t, m, c, "api_key", "k-"+canary)
	if _, err := m.Delete(t.Context(), Connector{}, "local", v.ID); err != nil {
		t.Errorf("without the connector: %v", err)
	}
	v = create(t, m, c, "api_key", "k-"+canary)
	ctx, cancel := context.WithCancel(t.Context())
	c.RunFlow = func(ctx context.Context, _ string, _ *flow.Connection) (flow.Value, error) {
		cancel()
		return flow.Value{}, ctx.Err()
	}
	if got, err := m.Delete(ctx, c, "local", v.ID); err != nil || got.Problem == "" {
		t.Errorf("given up: %+v, %v", got, err)
	}
	if list := must[[]View](t)(m.List(t.Context(), "local")); len(list) != 0 {
		t.Errorf("left over: %+v", list)
	}
	_, err := m.Delete(t.Context(), c, "local", v.ID)
	wantCode(t, "twice", err, flow.CodeConnectionUnknown)

	// A connection whose token is dead can be deleted too.
	w.serve("id.example", gives(`{"access_token":"a","refresh_token":"r-`+canary+`","expires_in":600}`))
	oauth := connector(codeAuth())
	oauth.Manifest.Flows, oauth.RunFlow = c.Manifest.Flows, c.RunFlow
	v = connectCode(t, m, oauth)
	expire(t, m.cfg.Vault, v.ID)
	w.serve("id.example", answers(400, "application/json", `{"error":"invalid_grant"}`))
	got, err := m.Delete(t.Context(), oauth, "local", v.ID)
	if err != nil || got.Revoked || !strings.Contains(got.Problem, string(flow.CodeConnectionReauthorize)) {
		t.Errorf("a dead token: %+v, %v", got, err)
	}
}

func TestRenameAndFind(t *testing.T) {
	m := newManager(t, openVault(t, t.TempDir()), newWeb())
	c := connector(flow.Auth{Key: "b", Type: flow.AuthBasic})
	v := create(t, m, c, "username", "me", "password", canary)
	got := must[View](t)(m.Rename(t.Context(), "local", v.ID, " Ours ", "for all"))
	if got.Name != "Ours" || got.Description != "for all" {
		t.Errorf("renamed to %+v", got)
	}
	for _, name := range []string{"", " ", strings.Repeat("x", 101), "a\x00b", "\xff"} {
		_, err := m.Rename(t.Context(), "local", v.ID, name, "")
		wantCode(t, name, err, flow.CodeConnectionInvalid)
	}
	_, err := m.Rename(t.Context(), "local", "none", "x", "")
	wantCode(t, "none", err, flow.CodeConnectionUnknown)
	other := create(t, m, c, "username", "me", "password", canary)
	_, err = m.Rename(t.Context(), "local", other.ID, "ours", "")
	wantCode(t, "a taken name", err, flow.CodeConnectionExists)
	for q, want := range map[string]int{"Ours": 1, "ours ": 1, v.ID: 1, other.ID: 1, "Mine": 1, "None": 0, "": 0} {
		if list := must[[]View](t)(m.Find(t.Context(), "local", "tracker", q)); len(list) != want {
			t.Errorf("%q finds %d", q, len(list))
		}
	}
	if list := must[[]View](t)(m.Find(t.Context(), "local", "billing", "Ours")); len(list) != 0 {
		t.Errorf("another connector's: %+v", list)
	}
	b := must[[]byte](t)(json.Marshal(got))
	if !strings.Contains(string(b), `"state":"ok"`) || strings.Contains(string(b), "tested") {
		t.Errorf("as JSON: %s", b)
	}
	if _, err := New(Config{Vault: m.cfg.Vault}); flow.CodeOf(err) != flow.CodeInputInvalid {
		t.Errorf("no HTTP client: %v", err)
	}
	clean(t, "the manager", m)
}

// TestDestinationsAreFixed: a later release cannot send what was given for an
// earlier one elsewhere.
func TestDestinationsAreFixed(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := &rotating{ttl: 600}
		w := newWeb()
		w.serve("id.example", server.ServeHTTP)
		m := newManager(t, openVault(t, dir), w)
		c := connector(codeAuth())
		v := connectCode(t, m, c)
		evil := connector(codeAuth())
		evil.Manifest.Hosts = []string{"evil.example"}
		evil.Manifest.Auths[0].Hosts = []string{"evil.example"}
		evil.Manifest.Auths[0].Attach = true
		evil.Manifest.Auths[0].OAuth2.TokenURL = "https://evil.example/token"
		evil.Manifest.Auths[0].OAuth2.RefreshURL = "https://evil.example/token"
		time.Sleep(time.Hour)
		conn := must[*flow.Connection](t)(m.Open(t.Context(), evil.Manifest, "local", v.ID))
		for i, r := range w.requests() {
			if r.host != "id.example" {
				t.Errorf("request %d went to %s", i, r.host)
			}
		}
		for _, s := range secretsOf(conn) {
			if _, err := flow.OpenSecret(s, "evil.example", "evil.example:443"); err == nil {
				t.Error("a secret may go to the new host")
			}
		}
		if len(conn.Attach) != 1 || len(conn.Hosts) != 0 {
			t.Errorf("opens to %+v", conn)
		}
	})
}

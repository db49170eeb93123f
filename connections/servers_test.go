package connections

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// serversEnv names the folder into which make servers has installed the
// authorization server that these tests run against.
const serversEnv = "WEIR_SERVERS"

// startServer starts npm oidc-provider and returns its issuer.
func startServer(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(serversEnv)
	if dir == "" {
		t.Skipf("NOT RUN: %s is not set; make servers runs this against a real authorization server", serversEnv)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider")); err != nil {
		t.Fatalf("%s is set, and there is no oidc-provider: %v", serversEnv, err)
	}
	cmd := exec.Command("node", filepath.Join("testdata", "oidc-provider", "server.mjs"), dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints strings.Builder
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the server says: %s", complaints.String())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "http://127.0.0.1:") {
			issuer := lines.Text()
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the server
			return issuer
		}
	}
	t.Fatalf("the server did not start: %s", complaints.String())
	return ""
}

// service is a connector of the real server, its egress client, and a manager.
type service struct {
	issuer string
	host   string
	client *egress.Client
	vault  *FileVault
	m      *Manager
}

func newService(t *testing.T, issuer string) *service {
	t.Helper()
	u, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{issuer: issuer, host: u.Host, client: egress.New(egress.Config{Allow: []string{u.Host}})}
	t.Cleanup(s.client.Close)
	s.vault = openVault(t, t.TempDir())
	s.m = newManager(t, s.vault, s.client)
	return s
}

func (s *service) code(clientAuth string) Connector {
	return s.connector(flow.Auth{Key: "oauth", Name: "OAuth 2.0", Type: flow.AuthOAuth2, Attach: true, OAuth2: &flow.OAuth2{
		Grant: flow.GrantAuthorizationCode, AuthorizeURL: s.issuer + "/auth", TokenURL: s.issuer + "/token", Issuer: s.issuer, ClientAuth: clientAuth,
		Scopes: []flow.Scope{{Name: "openid", Required: true}, {Name: "offline_access"}}, CustomizeScopes: true,
		AuthorizeParams: []flow.NamedText{{Name: "prompt", Text: "consent"}},
	}})
}

// connector runs _authping and revoke as flows would, through the egress client.
func (s *service) connector(a flow.Auth) Connector {
	c := Connector{Manifest: &flow.Manifest{Key: "tracker", Name: "Tracker", Hosts: []string{s.host}, Auths: []flow.Auth{a},
		Flows: []flow.FlowInfo{{Key: "_authping", Type: flow.FlowAuthping}, {Key: "revoke", Type: flow.FlowRevoke}}}}
	c.RunFlow = func(ctx context.Context, key string, conn *flow.Connection) (flow.Value, error) {
		req := &flow.Request{Method: "GET", URL: s.issuer + "/me", Hosts: []string{s.host}}
		if key == "revoke" {
			body, err := flow.Concat(flow.Text("client_id=code-none&token="), conn.Values["access_token"])
			if err != nil {
				return flow.Value{}, err
			}
			req = &flow.Request{Method: "POST", URL: s.issuer + "/token/revocation", Hosts: []string{s.host}, Body: body,
				Headers: []flow.Pair{{Name: "Content-Type", Value: flow.Text("application/x-www-form-urlencoded")}}}
		} else {
			req.Headers = []flow.Pair{{Name: conn.Attach[0].Field, Value: conn.Attach[0].Value}}
		}
		res, err := s.client.Fetch(ctx, req)
		if err != nil {
			return flow.Value{}, err
		}
		message := flow.Text(fmt.Sprint("status ", res.Status))
		return flow.Members("working", flow.Bool(res.Status == 200), "serviceResponse", flow.Members("message", message)), nil
	}
	return c
}

// credentials are those of a client of the server.
func credentials(id string) map[string]Hidden {
	if id == "code-none" {
		return hidden("client_id", id)
	}
	return hidden("client_id", id, "client_secret", "secret of "+id+": "+canary+"/+%")
}

func (s *service) begin(t *testing.T, c Connector, id string) *Session {
	t.Helper()
	d := must[*Draft](t)(s.m.Draft(t.Context(), c, "local", ""))
	return must[*Session](t)(s.m.Begin(t.Context(), d, Answers{Name: "Mine " + id, Values: credentials(id)}, "http://127.0.0.1:8765"))
}

var formAction = regexp.MustCompile(`action="([^"]+)"`)

// browse goes where a session sends the browser, signs in, and consents or
// declines. It returns the address that the browser is sent back to.
func browse(t *testing.T, s *Session, consent bool) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	at, form := s.Address, url.Values(nil)
	for range 20 {
		var res *http.Response
		if form == nil {
			res, err = browser.Get(at)
		} else {
			res, err = browser.PostForm(at, form)
		}
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		form = nil
		if loc, err := res.Location(); err == nil {
			if at = loc.String(); strings.HasPrefix(at, s.Redirect) {
				return at
			}
			continue
		}
		action := formAction.FindSubmatch(page)
		switch {
		case res.StatusCode != 200 || action == nil:
			t.Fatalf("the browser is stuck with status %d at %s", res.StatusCode, at)
		case strings.Contains(string(page), `value="login"`):
			at, form = string(action[1]), url.Values{"prompt": {"login"}, "login": {"jane"}, "password": {"x"}}
		case consent:
			at, form = string(action[1]), url.Values{"prompt": {"consent"}}
		default:
			at = string(action[1]) + "/abort"
		}
	}
	t.Fatal("the browser goes in circles")
	return ""
}

// form posts a form to the server as its client would.
func (s *service) form(t *testing.T, path string, form url.Values) (int, map[string]any) {
	t.Helper()
	res, err := http.PostForm(s.issuer+path, form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	out := map[string]any{}
	_ = json.NewDecoder(res.Body).Decode(&out) // revocation answers nothing
	return res.StatusCode, out
}

// TestServerAuthorizationCode walks the whole life of connections with a server
// that nobody here wrote.
func TestServerAuthorizationCode(t *testing.T) {
	issuer := startServer(t)
	for id, style := range map[string]string{"code basic": flow.ClientAuthBasic, "code-post": flow.ClientAuthPost, "code-none": flow.ClientAuthNone} {
		t.Run(id, func(t *testing.T) {
			s := newService(t, issuer)
			c := s.code(style)
			session := s.begin(t, c, id)
			view, err := s.m.Finish(t.Context(), session, browse(t, session, true))
			if err != nil {
				t.Fatal(err)
			}
			clean(t, "the view", view)
			if view.State != StateOK || view.Tested.IsZero() || !view.Refreshes || fmt.Sprint(view.Scopes) != "[openid offline_access]" {
				t.Fatalf("made %+v", view)
			}

			first := must[*Record](t)(s.vault.Get(t.Context(), "local", view.ID)).Token
			// Fifty users of an expired token: the server would revoke everything if
			// the refresh token were sent twice.
			for round := range 3 {
				expire(t, s.vault, view.ID)
				var wg sync.WaitGroup
				for range 50 {
					wg.Go(func() {
						if _, err := s.m.Open(t.Context(), c.Manifest, "local", view.ID); err != nil {
							t.Errorf("round %d: %v", round, err)
						}
					})
				}
				wg.Wait()
			}
			last := must[*Record](t)(s.vault.Get(t.Context(), "local", view.ID)).Token
			if first.Refresh.reveal() == last.Refresh.reveal() || first.Access.reveal() == last.Access.reveal() {
				t.Error("the tokens were not rotated")
			}
			if view = must[View](t)(s.m.Test(t.Context(), c, "local", view.ID)); view.State != StateOK {
				t.Errorf("after rotations: %+v", view)
			}

			// Somebody else spends an old refresh token: the server takes none any more.
			secret := credentials(id)["client_secret"]
			stolen := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh.reveal()}, "client_id": {id}}
			if style == flow.ClientAuthPost {
				stolen.Set("client_secret", secret.reveal())
			}
			if style != flow.ClientAuthBasic {
				if status, answer := s.form(t, "/token", stolen); status != 400 || answer["error"] != "invalid_grant" {
					t.Fatalf("the server takes an old refresh token: %d %v", status, answer["error"])
				}
				expire(t, s.vault, view.ID)
				for range 3 {
					_, err = s.m.Open(t.Context(), c.Manifest, "local", view.ID)
					wantCode(t, "after reuse", err, flow.CodeConnectionReauthorize)
				}
				if view = must[View](t)(s.m.Get(t.Context(), "local", view.ID)); view.State != StateReauthorize {
					t.Errorf("after reuse: %+v", view)
				}
			}

			// A person authorizes again; a test of the connection passes.
			d := must[*Draft](t)(s.m.Reauthorize(t.Context(), c, "local", view.ID))
			again := must[*Session](t)(s.m.Begin(t.Context(), d, Answers{}, "http://127.0.0.1:8765"))
			mended, err := s.m.Finish(t.Context(), again, browse(t, again, true))
			if err != nil || mended.State != StateOK || mended.ID != view.ID {
				t.Fatalf("reauthorized: %+v, %v", mended, err)
			}
		})
	}
}

// TestServerRevocation: deleting runs the revoke flow, and the token is dead.
func TestServerRevocation(t *testing.T) {
	s := newService(t, startServer(t))
	c := s.code(flow.ClientAuthNone)
	session := s.begin(t, c, "code-none")
	view, err := s.m.Finish(t.Context(), session, browse(t, session, true))
	if err != nil {
		t.Fatal(err)
	}
	conn := must[*flow.Connection](t)(s.m.Open(t.Context(), c.Manifest, "local", view.ID))
	ping := func() bool {
		t.Helper()
		out, err := c.RunFlow(t.Context(), "_authping", conn)
		if err != nil {
			t.Fatal(err)
		}
		return flow.At(out, "working").Bool()
	}
	if !ping() {
		t.Fatal("the token does not work")
	}
	got, err := s.m.Delete(t.Context(), c, "local", view.ID)
	if err != nil || !got.Revoked || got.Problem != "" {
		t.Errorf("deleted: %+v, %v", got, err)
	}
	if ping() {
		t.Error("the token still works")
	}
}

// TestServerRefuses: what a real server and a real browser bring when somebody
// interferes.
func TestServerRefuses(t *testing.T) {
	issuer := startServer(t)
	s := newService(t, issuer)
	c := s.code(flow.ClientAuthBasic)

	session := s.begin(t, c, "code basic")
	_, err := s.m.Finish(t.Context(), session, browse(t, session, false))
	wantCode(t, "a person who declines", err, flow.CodeOAuthRefused)

	session = s.begin(t, c, "code basic")
	arrived := browse(t, session, true)
	session.verifier = Hide(strings.Repeat("a", 43))
	_, err = s.m.Finish(t.Context(), session, arrived)
	wantCode(t, "another verifier", err, flow.CodeOAuthRefused)

	wrong := s.code(flow.ClientAuthBasic)
	wrong.Manifest.Auths[0].OAuth2.Issuer = issuer + "/"
	session = s.begin(t, wrong, "code basic")
	_, err = s.m.Finish(t.Context(), session, browse(t, session, true))
	wantCode(t, "another issuer", err, flow.CodeOAuthCallback)

	session = s.begin(t, c, "code basic")
	session.record.Secrets["client_secret"] = Hide("wrong " + canary)
	_, err = s.m.Finish(t.Context(), session, browse(t, session, true))
	wantCode(t, "another client secret", err, flow.CodeOAuthRefused)

	// One code, two sessions: the second one has another state.
	one, two := s.begin(t, c, "code basic"), s.begin(t, c, "code basic")
	arrived = browse(t, one, true)
	_, err = s.m.Finish(t.Context(), two, arrived)
	wantCode(t, "an answer to another session", err, flow.CodeOAuthCallback)
	if _, err = s.m.Finish(t.Context(), one, arrived); err != nil {
		t.Errorf("its own session: %v", err)
	}
	_, err = s.m.Finish(t.Context(), one, arrived)
	wantCode(t, "the answer once more", err, flow.CodeOAuthCallback)
	if list := must[[]View](t)(s.m.List(t.Context(), "local")); len(list) != 1 {
		t.Errorf("%d connections are stored, want 1", len(list))
	}

	// The same code from elsewhere: refused, and all that it gave is revoked.
	u, err := url.Parse(arrived)
	if err != nil {
		t.Fatal(err)
	}
	view := must[[]View](t)(s.m.List(t.Context(), "local"))[0]
	replay := &http.Request{Method: "POST", URL: &url.URL{Scheme: "http", Host: s.host, Path: "/token"}, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body: io.NopCloser(strings.NewReader(url.Values{"grant_type": {"authorization_code"}, "code": {u.Query().Get("code")}, "redirect_uri": {one.Redirect}, "code_verifier": {one.verifier.reveal()}}.Encode()))}
	replay.SetBasicAuth(url.QueryEscape("code basic"), url.QueryEscape(credentials("code basic")["client_secret"].reveal()))
	res, err := http.DefaultClient.Do(replay)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 400 {
		t.Errorf("the server takes a code twice: %d", res.StatusCode)
	}
	if view = must[View](t)(s.m.Test(t.Context(), c, "local", view.ID)); view.State != StateFailed {
		t.Errorf("after the replay: %+v", view)
	}
}

// TestServerClientCredentials: both client authentications, with an id and a
// secret that need encoding.
func TestServerClientCredentials(t *testing.T) {
	s := newService(t, startServer(t))
	for id, style := range map[string]string{"cc basic": flow.ClientAuthBasic, "cc-post": flow.ClientAuthPost} {
		a := flow.Auth{Key: "cc", Type: flow.AuthOAuth2, Attach: true, OAuth2: &flow.OAuth2{
			Grant: flow.GrantClientCredentials, TokenURL: s.issuer + "/token", ClientAuth: style, Scopes: []flow.Scope{{Name: "read"}, {Name: "write"}},
		}}
		c := s.connector(a)
		c.RunFlow = nil
		d := must[*Draft](t)(s.m.Draft(t.Context(), c, "local", ""))
		view, err := s.m.Create(t.Context(), d, Answers{Name: id, Values: credentials(id)})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if fmt.Sprint(view.Scopes) != "[read write]" || view.Expires.IsZero() || !view.Refreshes {
			t.Errorf("%s: %+v", id, view)
		}
		first := must[*Record](t)(s.vault.Get(t.Context(), "local", view.ID)).Token.Access.reveal()
		expire(t, s.vault, view.ID)
		if _, err := s.m.Open(t.Context(), c.Manifest, "local", view.ID); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if second := must[*Record](t)(s.vault.Get(t.Context(), "local", view.ID)).Token.Access.reveal(); second == first {
			t.Errorf("%s: the token was not renewed", id)
		}
		wrong := credentials(id)
		wrong["client_secret"] = Hide("wrong " + canary)
		_, err = s.m.Create(t.Context(), d, Answers{Name: "wrong", Values: wrong})
		wantCode(t, id+" with another secret", err, flow.CodeOAuthRefused)
		if e := flow.AsError(err); !strings.Contains(e.Msg, "invalid_client") || e.Fix == "" {
			t.Errorf("%s: %v, fix %q", id, err, e.Fix)
		}
	}
}

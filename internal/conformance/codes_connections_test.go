package conformance

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/flow"
)

// The functions of this file raise the codes about connections.

// service is a token address that always answers the same.
type service struct {
	status int
	body   string
}

func (s service) Fetch(context.Context, *flow.Request) (*flow.Response, error) {
	return &flow.Response{Status: s.status, Body: []byte(s.body)}, nil
}

// newVault makes a vault and returns its file with it.
func newVault(t *testing.T) (*connections.FileVault, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vault")
	v, err := connections.OpenFile(t.Context(), path, newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	return v, path
}

func newKey(t *testing.T) connections.Key {
	t.Helper()
	key, err := connections.ParseKey([]byte(connections.NewKey()))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// drafted returns a manager and a draft of a connection with one authentication.
func drafted(t *testing.T, s service, a flow.Auth) (*connections.Manager, *connections.Draft) {
	t.Helper()
	v, _ := newVault(t)
	m, err := connections.New(connections.Config{Vault: v, HTTP: s})
	if err != nil {
		t.Fatal(err)
	}
	c := connections.Connector{Manifest: &flow.Manifest{Key: "example", Hosts: []string{"example.com"}, Auths: []flow.Auth{a}}}
	d, err := m.Draft(t.Context(), c, "local", "")
	if err != nil {
		t.Fatal(err)
	}
	return m, d
}

func basic() flow.Auth { return flow.Auth{Key: "basic", Type: flow.AuthBasic} }

func oauth(grant string) flow.Auth {
	return flow.Auth{Key: "oauth", Type: flow.AuthOAuth2, OAuth2: &flow.OAuth2{
		Grant: grant, AuthorizeURL: "https://example.com/authorize", TokenURL: "https://example.com/token",
	}}
}

func answers(pairs ...string) connections.Answers {
	a := connections.Answers{Name: "Mine", Values: map[string]connections.Hidden{}}
	for i := 0; i < len(pairs); i += 2 {
		a.Values[pairs[i]] = connections.Hide(pairs[i+1])
	}
	return a
}

func incompleteConnection(t *testing.T) error {
	m, d := drafted(t, service{}, basic())
	_, err := m.Create(t.Context(), d, answers("username", "jane"))
	return err
}

func unknownConnection(t *testing.T) error {
	m, _ := drafted(t, service{}, basic())
	_, err := m.Get(t.Context(), "local", "none")
	return err
}

func secondConnection(t *testing.T) error {
	m, d := drafted(t, service{}, basic())
	var err error
	for range 2 {
		_, err = m.Create(t.Context(), d, answers("username", "jane", "password", "x"))
	}
	return err
}

// expiredConnection has a token that ended, and nothing to renew it with.
func expiredConnection(t *testing.T) (err error) {
	m, d := drafted(t, service{200, `{"access_token": "a", "expires_in": 1}`}, oauth(flow.GrantAuthorizationCode))
	s, err := m.Begin(t.Context(), d, answers("client_id", "x", "client_secret", "x"), "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	v, err := m.Finish(t.Context(), s, s.Redirect+"?code=x&state="+u.Query().Get("state"))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		// A bubble begins in the year 2000; by the clock of this one the token is old.
		time.Sleep(time.Until(v.Expires) + time.Second)
		_, err = m.Open(t.Context(), nil, "local", v.ID)
	})
	return err
}

func strangeCallback(t *testing.T) error {
	m, d := drafted(t, service{}, oauth(flow.GrantAuthorizationCode))
	s, err := m.Begin(t.Context(), d, answers("client_id", "x", "client_secret", "x"), "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Finish(t.Context(), s, s.Redirect+"?code=x&state=guess")
	return err
}

// tokenAnswer raises what an answer of a token address comes to.
func tokenAnswer(status int, body string) func(*testing.T) error {
	return func(t *testing.T) (err error) {
		m, d := drafted(t, service{status, body}, oauth(flow.GrantClientCredentials))
		synctest.Test(t, func(t *testing.T) { // faults are tried again, with pauses
			_, err = m.Create(t.Context(), d, answers("client_id", "x", "client_secret", "x"))
		})
		return err
	}
}

func foreignKey(t *testing.T) error {
	_, path := newVault(t)
	_, err := connections.OpenFile(t.Context(), path, newKey(t))
	return err
}

func damagedVault(t *testing.T) error {
	v, path := newVault(t)
	if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := v.List(t.Context(), "local")
	return err
}

func openToAll(t *testing.T) error {
	v, path := newVault(t)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := v.List(t.Context(), "local")
	return err
}

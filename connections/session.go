package connections

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/url"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/weirflow/weir/flow"
)

// sessionLifetime is how long a person may take to consent.
const sessionLifetime = 10 * time.Minute

// Session is an authorization that was begun: the half before the browser. It
// lives in memory, belongs to whoever began it, and is good for one answer: a
// server keeps it under the person's own login, never where another person's
// browser could reach it. Its fields are for reading.
type Session struct {
	Address  string    // where the person's browser must go
	Redirect string    // where it comes back to, exactly
	Expires  time.Time // after that, no answer is taken

	draft    *Draft
	record   *Record
	state    Hidden
	verifier Hidden

	mu   sync.Mutex
	used bool
}

// String says for what the session is, and shows nothing of its protocol.
func (s *Session) String() string { return "authorization of " + s.record.Connector }

// Format implements fmt.Formatter: Address holds the state, which no log needs.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// Waiting reports whether the session still takes an answer.
func (s *Session) Waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.used && time.Now().Before(s.Expires)
}

// Begin starts an authorization code grant, with PKCE (RFC 7636, S256) and a
// state of its own. callbacks is the base of RedirectURI. Errors:
// connection.invalid, connection.exists, vault.*.
func (m *Manager) Begin(ctx context.Context, d *Draft, a Answers, callbacks string) (*Session, error) {
	if !d.NeedsBrowser() {
		return nil, flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q needs no browser", d.auth.Key)
	}
	r, err := d.record(a)
	if err != nil {
		return nil, err
	}
	if err := m.nameFree(ctx, r); err != nil {
		return nil, err
	}
	s := &Session{
		draft: d, record: r, state: Hide(rand.Text()), verifier: Hide(oauth2.GenerateVerifier()),
		Expires: time.Now().Add(sessionLifetime),
	}
	if s.Redirect, err = RedirectURI(callbacks, r.Connector); err != nil {
		return nil, err
	}
	o := r.Auth.OAuth2
	u, err := url.Parse(o.AuthorizeURL)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return nil, flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q has no usable authorize address", d.auth.Key)
	}
	cfg := authCodeConfig(r, o.TokenURL, s.Redirect)
	var options []oauth2.AuthCodeOption
	for _, p := range o.AuthorizeParams {
		if !protocolParams[p.Name] {
			options = append(options, oauth2.SetAuthURLParam(p.Name, p.Text))
		}
	}
	options = append(options, oauth2.S256ChallengeOption(s.verifier.reveal()))
	s.Address = cfg.AuthCodeURL(s.state.reveal(), options...)
	return s, nil
}

// protocolParams are parameters of an authorize address that no declaration can
// set.
var protocolParams = map[string]bool{
	"response_type": true, "response_mode": true, "client_id": true, "client_secret": true, "redirect_uri": true, "scope": true,
	"state": true, "code_challenge": true, "code_challenge_method": true, "code_verifier": true, "code": true,
}

// Finish is the half behind the browser: it checks the answer against the
// session, trades the code for a token, stores the connection and tests it.
// arrived is the address that the browser was sent to; a server that does not
// know its own name may leave out scheme and host. Errors:
//
//   - oauth.callback: the answer is not one to this session, or its second; when
//     the state is not the session's, the session still waits for its own
//   - oauth.refused: the person or the server refused
//   - oauth.answer, oauth.unavailable, egress.*: there is no token
//   - connection.exists: another connection has the name
//   - vault.*: it could not be stored
func (m *Manager) Finish(ctx context.Context, s *Session, arrived string) (View, error) {
	c, err := s.accept(arrived)
	if err != nil {
		return View{}, err
	}
	token, err := m.exchange(ctx, s.record, c.code, s.Redirect, s.verifier)
	if err != nil {
		return View{}, err
	}
	r := s.record.clone()
	r.Token = token
	return m.store(ctx, s.draft, r)
}

// accept checks an answer and takes it. What has the session's state uses the
// session up, whatever else is wrong with it.
func (s *Session) accept(arrived string) (*callback, error) {
	if len(arrived) > maxCallback {
		return nil, badCallback("is too long")
	}
	at, err := url.Parse(arrived)
	if err != nil {
		return nil, badCallback("is no address")
	}
	want, err := url.Parse(s.Redirect)
	if err != nil {
		return nil, badCallback("cannot be compared with the redirect address")
	}
	elsewhere := at.Host != "" && (at.Host != want.Host || at.Scheme != want.Scheme)
	if elsewhere || at.EscapedPath() != want.EscapedPath() || at.User != nil {
		return nil, badCallback("came to another address than this authorization's")
	}
	c, err := parseCallback(at)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if subtle.ConstantTimeCompare([]byte(c.state), []byte(s.state.reveal())) != 1 {
		return nil, badCallback("has the state of another authorization")
	}
	if s.used {
		return nil, badCallback("was brought before")
	}
	s.used = true
	if !time.Now().Before(s.Expires) {
		return nil, badCallback("comes too late")
	}
	// RFC 9207, 2.4, and before anything else of the answer is believed.
	if issuer := s.record.Auth.OAuth2.Issuer; issuer != "" && (!c.hasIss || c.iss != issuer) {
		return nil, badCallback("is from another issuer than the authentication's, or does not name it")
	}
	if c.failure != "" {
		e := flow.Errorf(flow.CodeOAuthRefused, "the authorization was refused (%s)", refusal(c.failure))
		return nil, e.WithFix("%s", refusalFix(c.failure))
	}
	if c.code == "" {
		return nil, badCallback("has no code")
	}
	return c, nil
}

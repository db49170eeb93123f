package connections

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/weirflow/weir/flow"
)

const (
	// attempts is how often a token is asked for before giving up, where there is
	// no other that can be used.
	attempts = 3
	// firstPause is the longest pause before the second attempt; it doubles.
	firstPause = time.Second
	// maxPause is the longest Retry-After that is waited for: somebody waits here.
	maxPause = 10 * time.Second
)

// passing lists the refusals that say to try again later.
var passing = []string{"temporarily_unavailable", "server_error", "slow_down"}

// jwtBearerGrant is the grant_type of RFC 7523, 2.1.
const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// joinScopes returns the scope parameter of r.
func joinScopes(r *Record) string {
	sep := r.Auth.OAuth2.ScopeSeparator
	if sep == "" {
		sep = " "
	}
	return strings.Join(r.Scopes, sep)
}

// scopeList returns r's scopes for x/oauth2, which joins with spaces: one text,
// joined already.
func scopeList(r *Record) []string {
	if len(r.Scopes) == 0 {
		return nil
	}
	return []string{joinScopes(r)}
}

func authStyle(o *flow.OAuth2) oauth2.AuthStyle {
	if o.ClientAuth == flow.ClientAuthPost || o.ClientAuth == flow.ClientAuthNone {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

// authCodeConfig describes the authorization code grant of r for x/oauth2.
// redirect is "" for a refresh.
func authCodeConfig(r *Record, tokenURL, redirect string) *oauth2.Config {
	o := r.Auth.OAuth2
	return &oauth2.Config{
		ClientID: r.Plain[keyClientID], ClientSecret: r.Secrets[keyClientSecret].reveal(),
		Endpoint:    oauth2.Endpoint{AuthURL: o.AuthorizeURL, TokenURL: tokenURL, AuthStyle: authStyle(o)},
		RedirectURL: redirect, Scopes: scopeList(r),
	}
}

// transport returns what carries token requests of r to one address.
func (m *Manager) transport(r *Record, address string) (*tokenTransport, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q has no usable token address", r.Auth.Key)
	}
	return &tokenTransport{fetch: m.cfg.HTTP, to: u, auth: r.Auth.OAuth2}, nil
}

// exchange trades an authorization code for a token, once: a code that was sent
// is spent, whatever the answer was.
func (m *Manager) exchange(ctx context.Context, r *Record, code, redirect string, verifier Hidden) (*Token, error) {
	t, err := m.transport(r, r.Auth.OAuth2.TokenURL)
	if err != nil {
		return nil, err
	}
	cfg := authCodeConfig(r, r.Auth.OAuth2.TokenURL, redirect)
	tok, err := cfg.Exchange(t.withTransport(ctx), code, oauth2.VerifierOption(verifier.reveal()))
	if err != nil {
		return nil, tokenFault(ctx, err).Error
	}
	return tokenOf(tok), nil
}

// renew gets a token without a person: by a refresh token, client credentials or
// an assertion. What may pass is tried again, a few times. That is right for a
// refresh token too: where its answer was lost, the server either has not
// replaced it, and the next attempt succeeds, or it has, and the connection is
// lost with the answer.
func (m *Manager) renew(ctx context.Context, r *Record, attempts int) (*Token, *fault) {
	for attempt := 1; ; attempt++ {
		tok, err := m.renewOnce(ctx, r)
		if err == nil {
			return tokenOf(tok), nil
		}
		f := tokenFault(ctx, err)
		if !f.passing || attempt == attempts || f.after > maxPause {
			return nil, f
		}
		pause := firstPause << (attempt - 1)
		pause = max(f.after, pause/2+rand.N(pause/2)) // apart from others that wait
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, f
		}
	}
}

func (m *Manager) renewOnce(ctx context.Context, r *Record) (*oauth2.Token, error) {
	o := r.Auth.OAuth2
	address := o.TokenURL
	if r.grant() == flow.GrantAuthorizationCode && o.RefreshURL != "" {
		address = o.RefreshURL
	}
	t, err := m.transport(r, address)
	if err != nil {
		return nil, err
	}
	ctx = t.withTransport(ctx)
	cc := &clientcredentials.Config{
		ClientID: r.Plain[keyClientID], ClientSecret: r.Secrets[keyClientSecret].reveal(),
		TokenURL: address, Scopes: scopeList(r), AuthStyle: authStyle(o),
	}
	switch r.grant() {
	case flow.GrantClientCredentials:
		return cc.Token(ctx)
	case flow.GrantJWTBearer:
		signed, err := assertion(r, time.Now())
		if err != nil {
			return nil, err
		}
		cc.EndpointParams = url.Values{"grant_type": {jwtBearerGrant}, "assertion": {signed}}
		if cc.ClientSecret == "" {
			cc.AuthStyle = oauth2.AuthStyleInParams // the assertion authenticates
		}
		return cc.Token(ctx)
	case flow.GrantAuthorizationCode:
		old := &oauth2.Token{RefreshToken: r.Token.Refresh.reveal()}
		return authCodeConfig(r, address, "").TokenSource(ctx, old).Token()
	}
	return nil, flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q has no grant that this release knows", r.Auth.Key)
}

// tokenOf reads what x/oauth2 gave.
func tokenOf(t *oauth2.Token) *Token {
	out := &Token{Access: Hide(t.AccessToken), Refresh: Hide(t.RefreshToken), Obtained: stamp(time.Now())}
	if !t.Expiry.IsZero() {
		out.Expiry = stamp(t.Expiry)
	}
	if scope, ok := t.Extra("scope").(string); ok {
		out.Scopes = strings.Fields(scope)
	}
	return out
}

// stamp returns a moment in the form in which it is stored.
func stamp(t time.Time) time.Time { return t.UTC().Round(0) }

// fault is why there is no token.
type fault struct {
	*flow.Error
	refusal string        // the server's error code, where it gave one
	passing bool          // the same request may succeed later
	after   time.Duration // and not before, where the server says so
}

// tokenFault names an error of x/oauth2 without its text, which quotes answers.
func tokenFault(ctx context.Context, err error) *fault {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := refused.Response.StatusCode
		f := &fault{refusal: refusal(refused.ErrorCode), after: retryAfter(refused.Response.Header.Get("Retry-After"))}
		f.passing = status >= 500 || status == http.StatusTooManyRequests || slices.Contains(passing, f.refusal)
		if f.passing {
			f.Error = flow.Errorf(flow.CodeOAuthUnavailable, "the token address answers with status %d (%s)", status, f.refusal)
		} else {
			f.Error = flow.Errorf(flow.CodeOAuthRefused, "the token address refuses with status %d (%s)", status, f.refusal)
			f.Fix = refusalFix(f.refusal)
		}
		f.Status = status
		return f
	}
	if e, ok := errors.AsType[*flow.Error](err); ok {
		switch e.Code {
		case flow.CodeHTTPConnect, flow.CodeHTTPTimeout, flow.CodeHTTPProtocol, flow.CodeEgressDNS:
			return &fault{Error: unavailable(e), passing: ctx.Err() == nil}
		case flow.CodeHTTPTLS:
			return &fault{Error: unavailable(e)}
		}
		return &fault{Error: e}
	}
	if ctx.Err() != nil {
		return &fault{Error: flow.Errorf(flow.CodeRunCancelled, "the token was not waited for: %v", ctx.Err())}
	}
	return &fault{Error: flow.Errorf(flow.CodeOAuthAnswer, "the answer of the token address cannot be read")}
}

func unavailable(cause *flow.Error) *flow.Error {
	return flow.Errorf(flow.CodeOAuthUnavailable, "the token address cannot be asked: %v", cause)
}

func refusalFix(code string) string {
	switch code {
	case "invalid_client", "unauthorized_client":
		return "check client id and client secret, and how the client authenticates"
	case "invalid_grant":
		return "authorize again"
	case "invalid_scope":
		return "ask for other scopes"
	}
	return ""
}

// retryAfter reads a number of seconds; a date is not worth a wait here.
func retryAfter(s string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 3600)) * time.Second
}

package connections

import (
	"context"
	"time"

	"github.com/weirflow/weir/flow"
)

const (
	// bufferShare keeps the expiry buffer to a fifth of a token's life, so that
	// tokens that live for a minute are not renewed at every use.
	bufferShare = 5
	// renewTimeout bounds a renewal as a whole: three exchanges and their pauses.
	// It goes on when whoever asked first gives up: others wait for it.
	renewTimeout = 2 * time.Minute
	// storeAttempts is how often a token that replaced another is stored: losing
	// it loses the connection.
	storeAttempts = 3
)

// stale says whether r's token must be renewed before it is used. dead says that
// it is of no use any more.
func (m *Manager) stale(r *Record, now time.Time) (stale, dead bool) {
	t := r.Token
	if t == nil || t.Expiry.IsZero() {
		return false, false
	}
	buffer := min(m.cfg.ExpiryBuffer, t.Expiry.Sub(t.Obtained)/bufferShare)
	return !now.Before(t.Expiry.Add(-buffer)), !now.Before(t.Expiry)
}

// fresh returns r, or its successor with a token that can be used.
func (m *Manager) fresh(ctx context.Context, r *Record) (*Record, error) {
	if r.State == StateReauthorize {
		return nil, mustReauthorize(r)
	}
	stale, dead := m.stale(r, time.Now())
	if !stale || !dead && !r.renewable() {
		return r, nil
	}
	next, err := m.renewed(ctx, r)
	if err != nil && !dead && ctx.Err() == nil && flow.CodeOf(err) == flow.CodeOAuthUnavailable {
		return r, nil // good for a moment yet; the next one asks again
	}
	return next, err
}

func mustReauthorize(r *Record) error {
	return flow.Errorf(flow.CodeConnectionReauthorize, "the connection %s must be authorized again", flow.Excerpt(r.Name)).
		WithFix("reauthorize the connection")
}

// renewed gets a new token in the place of the one that r has. However many ask
// for it at one moment, one request is made: goroutines share a call, processes
// take turns at the connection's lock and find the token that another stored.
func (m *Manager) renewed(ctx context.Context, r *Record) (*Record, error) {
	var seen time.Time
	if r.Token != nil {
		seen = r.Token.Obtained
	}
	// Who saw different tokens must not share a call.
	key := r.Tenant + "\x00" + r.ID + "\x00" + seen.String()
	done := m.renewing.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
		defer cancel()
		return m.renewLocked(ctx, r.Tenant, r.ID, seen)
	})
	select {
	case res := <-done:
		if res.Err != nil {
			return nil, res.Err
		}
		return res.Val.(*Record), nil
	case <-ctx.Done():
		return nil, flow.Errorf(flow.CodeRunCancelled, "the new token was not waited for: %v", ctx.Err())
	}
}

// renewLocked renews under the connection's lock, unless the token is another
// one by now than the one obtained at seen.
func (m *Manager) renewLocked(ctx context.Context, tenant, id string, seen time.Time) (*Record, error) {
	release, err := m.cfg.Vault.Lock(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	defer release()
	r, err := m.cfg.Vault.Get(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if r.State == StateReauthorize {
		return nil, mustReauthorize(r)
	}
	stale, dead := m.stale(r, time.Now())
	if !stale && r.Token != nil && !r.Token.Obtained.Equal(seen) {
		return r, nil
	}
	if !r.renewable() {
		return nil, m.lost(ctx, r, "the access token has expired, and there is no refresh token")
	}
	tries := attempts
	if !dead {
		tries = 1 // whoever asked has a token for a while yet
	}
	token, fault := m.renew(ctx, r, tries)
	if fault != nil {
		return nil, m.refused(ctx, r, fault)
	}
	if r.grant() != flow.GrantAuthorizationCode {
		token.Refresh = Hidden{} // asking again needs none
	}
	if len(token.Scopes) == 0 && r.Token != nil {
		token.Scopes = r.Token.Scopes
	}
	r.Token = token
	if r.Refused {
		r.State, r.Health, r.Refused = StateOK, "", false
	}
	return r, m.keep(ctx, r)
}

// keep stores a record whose token has replaced another at the server. Until it
// is stored, nobody may use the new token: whoever does would find no refresh
// token behind it.
func (m *Manager) keep(ctx context.Context, r *Record) error {
	var err error
	for range storeAttempts {
		if err = m.cfg.Vault.Put(ctx, r); err == nil || flow.CodeOf(err) != flow.CodeVaultIO {
			return err
		}
		select {
		case <-time.After(firstPause / 10):
		case <-ctx.Done():
			return err
		}
	}
	return err
}

// refused stores what a server's refusal means for the connection and returns
// the error to give. What may pass changes nothing.
func (m *Manager) refused(ctx context.Context, r *Record, f *fault) error {
	switch {
	case f.refusal == "invalid_grant":
		return m.lost(ctx, r, f.Msg)
	case f.Code != flow.CodeOAuthRefused && f.Code != flow.CodeOAuthAnswer:
		return f.Error
	}
	r.State, r.Health, r.Refused = StateFailed, f.Msg, true
	if err := m.cfg.Vault.Put(ctx, r); err != nil {
		return err
	}
	return f.Error
}

// lost stores that nothing but a person's authorization helps any more, so that
// the server is not asked again and again.
func (m *Manager) lost(ctx context.Context, r *Record, why string) error {
	r.State, r.Health, r.Refused = StateReauthorize, why, true
	if err := m.cfg.Vault.Put(ctx, r); err != nil {
		return err
	}
	return mustReauthorize(r)
}

package connections

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/weirflow/weir/flow"
)

// Config says what a Manager works with.
type Config struct {
	// Vault keeps the connections. Required
	Vault Vault
	// HTTP makes the requests to token addresses; hostfuncs/egress has the guarded
	// client. Required
	HTTP flow.Fetcher
	// ExpiryBuffer is how long before its expiry a token is renewed, but a fifth of
	// its life at most. Default: 60 s
	ExpiryBuffer time.Duration
	// FlowTimeout bounds the flows that test and revoke connections. Default: 60 s
	FlowTimeout time.Duration
}

// Manager makes, tests, opens and deletes connections. It is used by any number
// of goroutines; several managers may share a vault.
type Manager struct {
	cfg      Config
	renewing singleflight.Group
}

// New returns a manager. Errors: input.invalid when something required is missing.
func New(cfg Config) (*Manager, error) {
	if cfg.Vault == nil || cfg.HTTP == nil {
		return nil, flow.Errorf(flow.CodeInputInvalid, "connections need a vault and an HTTP client")
	}
	if cfg.ExpiryBuffer <= 0 {
		cfg.ExpiryBuffer = time.Minute
	}
	if cfg.FlowTimeout <= 0 {
		cfg.FlowTimeout = time.Minute
	}
	return &Manager{cfg: cfg}, nil
}

// String names the type alone.
func (m *Manager) String() string { return "connections" }

// Format implements fmt.Formatter.
func (m *Manager) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(m.String())) }

// get returns a connection of a connector.
func (m *Manager) get(ctx context.Context, of *flow.Manifest, tenant, id string) (*Record, error) {
	r, err := m.cfg.Vault.Get(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if of != nil && r.Connector != of.Key {
		return nil, flow.Errorf(flow.CodeConnectionUnknown, "the connection %s is one of %q, not of %q", flow.Excerpt(r.Name), r.Connector, of.Key)
	}
	return r, nil
}

// Create completes a draft that needs no browser: it gets a token where the
// authentication has one, stores the connection and tests it. Errors:
// connection.invalid, connection.exists, oauth.*, egress.*, vault.*. A test that
// fails is no error: the view says so.
func (m *Manager) Create(ctx context.Context, d *Draft, a Answers) (View, error) {
	if d.NeedsBrowser() {
		return View{}, flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q needs a browser", d.auth.Key)
	}
	r, err := d.record(a)
	if err != nil {
		return View{}, err
	}
	if err := m.nameFree(ctx, r); err != nil {
		return View{}, err
	}
	if r.renewable() {
		token, fault := m.renew(ctx, r, attempts)
		if fault != nil {
			return View{}, fault.Error
		}
		token.Refresh = Hidden{} // asking again needs none
		r.Token = token
	}
	return m.store(ctx, d, r)
}

// nameFree says early that a name is taken: before a person consents, and before
// a token is asked for. The vault says it again.
func (m *Manager) nameFree(ctx context.Context, r *Record) error {
	list, err := m.Find(ctx, r.Tenant, r.Connector, r.Name)
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.ID != r.ID {
			return nameTaken(r.Name)
		}
	}
	return nil
}

func nameTaken(name string) error {
	return flow.Errorf(flow.CodeConnectionExists, "there is another connection named %s", flow.Excerpt(name)).
		WithFix("choose another name")
}

// store keeps a completed connection and tests it.
func (m *Manager) store(ctx context.Context, d *Draft, r *Record) (View, error) {
	now := stamp(time.Now())
	r.Updated = now
	if d.old == nil {
		r.ID, r.Created, r.Revision = strings.ToLower(rand.Text()), now, 0
	}
	release, err := m.cfg.Vault.Lock(ctx, r.Tenant, r.ID)
	if err != nil {
		return View{}, err
	}
	if d.old != nil {
		// A token may have been renewed while the person was typing.
		var current *Record
		if current, err = m.cfg.Vault.Get(ctx, r.Tenant, r.ID); err == nil {
			r.Revision = current.Revision
		}
	}
	if err == nil {
		err = m.keep(ctx, r)
	}
	release()
	if err != nil {
		return View{}, err
	}
	if authping(d.connector) == "" {
		return r.View(), nil
	}
	return m.Test(ctx, d.connector, r.Tenant, r.ID)
}

// List returns the connections of a tenant, by name. Errors: vault.*.
func (m *Manager) List(ctx context.Context, tenant string) ([]View, error) {
	return m.cfg.Vault.List(ctx, tenant)
}

// Get returns one connection. Errors: connection.unknown, vault.*.
func (m *Manager) Get(ctx context.Context, tenant, id string) (View, error) {
	r, err := m.cfg.Vault.Get(ctx, tenant, id)
	if err != nil {
		return View{}, err
	}
	return r.View(), nil
}

// Find returns the connections of a tenant with this id, or with this name and,
// where connector is not "", of this connector. Errors: vault.*.
func (m *Manager) Find(ctx context.Context, tenant, connector, nameOrID string) ([]View, error) {
	all, err := m.cfg.Vault.List(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var out []View
	for _, v := range all {
		if connector != "" && v.Connector != connector {
			continue
		}
		if v.ID == nameOrID {
			return []View{v}, nil
		}
		if foldName(v.Name) == foldName(nameOrID) {
			out = append(out, v)
		}
	}
	return out, nil
}

// Rename changes what people read of a connection. Errors: connection.unknown,
// connection.invalid, connection.exists, vault.*.
func (m *Manager) Rename(ctx context.Context, tenant, id, name, description string) (View, error) {
	name = strings.TrimSpace(name)
	if err := checkName(name, description); err != nil {
		return View{}, err
	}
	return m.update(ctx, tenant, id, func(r *Record) {
		r.Name, r.Description, r.Updated = name, description, stamp(time.Now())
	})
}

// update changes a record under its lock.
func (m *Manager) update(ctx context.Context, tenant, id string, f func(*Record)) (View, error) {
	release, err := m.cfg.Vault.Lock(ctx, tenant, id)
	if err != nil {
		return View{}, err
	}
	defer release()
	r, err := m.cfg.Vault.Get(ctx, tenant, id)
	if err != nil {
		return View{}, err
	}
	f(r)
	if err := m.cfg.Vault.Put(ctx, r); err != nil {
		return View{}, err
	}
	return r.View(), nil
}

// Open returns what a run of the connector of is given of a connection. A token
// that is about to expire is renewed first, and stored before it is returned.
// Values that the connection does not have are absent; secrets are bound to the
// hosts of the day when it was made. Without of, the connection fills a slot of a
// connector that is not its own: then its credential goes on all requests, and they
// may go wherever it may be sent. Errors: connection.unknown,
// connection.reauthorize, oauth.*, egress.*, vault.*.
func (m *Manager) Open(ctx context.Context, of *flow.Manifest, tenant, id string) (*flow.Connection, error) {
	r, err := m.get(ctx, of, tenant, id)
	if err != nil {
		return nil, err
	}
	if r, err = m.fresh(ctx, r); err != nil {
		return nil, err
	}
	auth := &r.Auth
	if of != nil {
		// How credentials go on requests is a matter of the release that runs.
		if now, err := authOf(of, r.Auth.Key); err == nil && now.Type == r.Auth.Type {
			auth = now
		}
	}
	c := r.connection(auth)
	if of == nil {
		c.Hosts = slices.Clone(r.Bound)
		if !auth.Attach {
			c.Attach = r.attachments(auth, func(key, text string) flow.Value { return flow.NewSecret(flow.AuthPrefix+key, text, r.Bound...) })
		}
	}
	return c, nil
}

// connection returns what flows see of r, in the words of auth.
func (r *Record) connection(auth *flow.Auth) *flow.Connection {
	c := &flow.Connection{ID: r.ID, Auth: r.Auth.Key, Values: map[string]flow.Value{}, Hosts: r.Hosts}
	secret := func(key, text string) flow.Value { return flow.NewSecret(flow.AuthPrefix+key, text, r.Bound...) }
	for _, v := range auth.Values() {
		h, hidden := r.Secrets[v.Key]
		text, plain := r.Plain[v.Key]
		switch {
		case v.Key == keyAccessToken && auth.Type == flow.AuthOAuth2:
			if r.Token != nil {
				c.Values[v.Key] = secret(v.Key, r.Token.Access.reveal())
			}
		case hidden:
			c.Values[v.Key] = secret(v.Key, h.reveal())
		case plain && v.Secret:
			c.Values[v.Key] = secret(v.Key, text)
		case plain:
			c.Values[v.Key] = flow.Text(text)
		}
	}
	if auth.Attach {
		c.Attach = r.attachments(auth, secret)
	}
	return c
}

// attachments returns the credential that goes on requests which have none.
func (r *Record) attachments(auth *flow.Auth, secret func(key, text string) flow.Value) []flow.Attachment {
	header := func(key, text string) []flow.Attachment {
		return []flow.Attachment{{In: "header", Field: "Authorization", Value: secret(key, text)}}
	}
	switch {
	case auth.Type == flow.AuthBasic:
		pair := r.Plain[keyUsername] + ":" + r.Secrets[keyPassword].reveal()
		return header(keyPassword, "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	case auth.Type == flow.AuthOAuth2 && r.Token != nil:
		return header(keyAccessToken, "Bearer "+r.Token.Access.reveal())
	case auth.Type == flow.AuthAPIKey && auth.Scheme != nil:
		text := auth.Scheme.Prefix + r.Secrets[keyAPI].reveal()
		return []flow.Attachment{{In: auth.Scheme.In, Field: auth.Scheme.Field, Value: secret(keyAPI, text)}}
	}
	return nil
}

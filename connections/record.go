package connections

import (
	"maps"
	"slices"
	"time"

	"github.com/weirflow/weir/flow"
)

// State is the health of a connection.
type State string

// The states.
const (
	// StateOK: it works, as far as is known.
	StateOK State = "ok"
	// StateFailed: the last test, or the last attempt to get a token, failed.
	StateFailed State = "failed"
	// StateReauthorize: the service takes the credentials no longer. Nothing is
	// sent to it until somebody reauthorizes.
	StateReauthorize State = "needs_reauthorization"
)

// Record is one connection as a Vault keeps it. Its secrets print as [secret].
type Record struct {
	Tenant string
	ID     string
	// Revision is raised by every Put, and each must name the one it replaces.
	Revision  int64
	Connector string // key

	// Auth is the authentication as it was when the connection was made or last
	// reauthorized, with its addresses filled in. A later release of the connector
	// cannot send the credentials elsewhere.
	Auth        flow.Auth
	Name        string
	Description string
	Plain       map[string]string // values that are no secrets, by key
	Secrets     map[string]Hidden // by key, client_secret of OAuth 2.0 among them
	Hosts       []string          // what the connector's host templates gave
	Bound       []string          // where secrets may be sent
	Scopes      []string          // that were asked for
	Token       *Token            // nil where the authentication has none

	State   State
	Health  string // why State is not ok, for people
	Refused bool   // State is what the authorization server's last answer made it
	Created time.Time
	Updated time.Time // when Name, Description, values or token were last changed by a person
	Tested  time.Time // when the connection was last tested; zero for never
}

// Token is what an authorization server gave.
type Token struct {
	Access   Hidden
	Refresh  Hidden // zero where there is none
	Scopes   []string
	Obtained time.Time
	Expiry   time.Time // zero where the server did not say
}

// clone returns a copy that shares nothing that is ever changed in place.
func (r *Record) clone() *Record {
	c := *r
	c.Plain, c.Secrets = maps.Clone(r.Plain), maps.Clone(r.Secrets)
	c.Hosts, c.Bound, c.Scopes = slices.Clone(r.Hosts), slices.Clone(r.Bound), slices.Clone(r.Scopes)
	if r.Token != nil {
		t := *r.Token
		c.Token = &t
	}
	return &c
}

// View is a connection without its secrets, for lists and for JSON.
type View struct {
	ID          string            `json:"id"`
	Connector   string            `json:"connector"`
	Auth        string            `json:"auth"` // Auth Selection Key
	Type        string            `json:"type"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Values      map[string]string `json:"values,omitempty"`  // that are no secrets and not hidden
	Secrets     []string          `json:"secrets,omitempty"` // keys of those that are stored
	Hosts       []string          `json:"hosts,omitempty"`   // settled when the connection was made
	Bound       []string          `json:"bound,omitempty"`   // where its secrets may be sent
	Scopes      []string          `json:"scopes,omitempty"`  // granted, or asked for where the server did not say
	State       State             `json:"state"`
	Health      string            `json:"health,omitempty"`
	Expires     time.Time         `json:"expires,omitzero"` // of the access token
	Refreshes   bool              `json:"refreshes,omitempty"`
	Created     time.Time         `json:"created"`
	Updated     time.Time         `json:"updated"`
	Tested      time.Time         `json:"tested,omitzero"`
}

// View returns r without its secrets.
func (r *Record) View() View {
	v := View{
		ID: r.ID, Connector: r.Connector, Auth: r.Auth.Key, Type: r.Auth.Type, Name: r.Name, Description: r.Description,
		Secrets: slices.Sorted(maps.Keys(r.Secrets)), Hosts: r.Hosts, Bound: r.Bound, Scopes: r.Scopes,
		State: r.State, Health: r.Health, Created: r.Created, Updated: r.Updated, Tested: r.Tested,
	}
	v.Values = maps.Clone(r.Plain)
	for _, c := range r.Auth.Config {
		if c.Hidden {
			delete(v.Values, c.Key)
		}
	}
	if t := r.Token; t != nil {
		v.Expires, v.Refreshes = t.Expiry, r.renewable()
		if len(t.Scopes) > 0 {
			v.Scopes = t.Scopes
		}
	}
	return v
}

// grant returns the grant of OAuth 2.0, or "".
func (r *Record) grant() string {
	if r.Auth.OAuth2 == nil {
		return ""
	}
	return r.Auth.OAuth2.Grant
}

// renewable reports whether a new token can be had without a person.
func (r *Record) renewable() bool {
	switch r.grant() {
	case flow.GrantClientCredentials, flow.GrantJWTBearer:
		return true
	case flow.GrantAuthorizationCode:
		return r.Token != nil && !r.Token.Refresh.IsZero()
	}
	return false
}

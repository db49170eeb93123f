package connections

import (
	"slices"

	"github.com/weirflow/weir/flow"
)

// Stub returns what a run would be given of a connection that has these values,
// without making one: tests of connectors use it. values are those that flows
// see, by key, secrets among them; one that is missing is null in flows. auth is
// the key of the authentication, "" for the only one. hosts replaces those that
// the connector's templates give, unless it is nil. Secrets are bound to the
// hosts in bound besides. Errors: connection.invalid.
func Stub(m *flow.Manifest, auth string, values map[string]string, hosts, bound []string) (*flow.Connection, error) {
	a, err := authOf(m, auth)
	if err != nil {
		return nil, err
	}
	r := &Record{ID: "test", Auth: *a, Plain: map[string]string{}, Secrets: map[string]Hidden{}}
	for _, v := range a.Values() {
		text, given := values[v.Key]
		switch {
		case !given:
		case a.Type == flow.AuthOAuth2 && v.Key == keyAccessToken:
			r.Token = &Token{Access: Hide(text)}
		case v.Secret:
			r.Secrets[v.Key] = Hide(text)
		default:
			r.Plain[v.Key] = text
		}
	}
	s, err := settle(m, a, r.Plain)
	if err != nil {
		return nil, err
	}
	r.Hosts, r.Bound = s.hosts, s.bound
	if hosts != nil {
		r.Hosts = hosts
		if len(a.Hosts) == 0 {
			r.Bound = slices.Concat(slices.DeleteFunc(slices.Clone(m.Hosts), isTemplate), hosts)
		}
	}
	r.Bound = slices.Concat(r.Bound, bound)
	return r.connection(a), nil
}

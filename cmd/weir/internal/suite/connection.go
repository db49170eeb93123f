package suite

import (
	"slices"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

// stub is the connection of a test: texts that stand for what a connection has.
type stub struct {
	auth   *flow.Auth // nil where the connector is not known
	values map[string]string
	hosts  []string // nil for those that the connector's templates give
}

// connection reads the connection of a test, or takes that of its tape.
func (c *checker) connection(n *flow.Node, t *Test) {
	x := n.Get("connection")
	if x == nil {
		if g := t.Given.Connection; g != nil {
			t.stub = &stub{auth: c.authOf(n.Get("tape"), g.Auth), values: map[string]string{}, hosts: g.Hosts}
			t.stub.complete(g)
		}
		return
	}
	if !c.Is(x, "connection", flow.KindObject) {
		return
	}
	c.Fields(x, keys(ConnectionFields())...)
	key := ""
	if a := x.Get("auth"); a != nil {
		key = c.Text(a, "auth")
	}
	s := &stub{auth: c.authOf(x, key), values: map[string]string{}}
	c.Each(x, "values", func(m flow.NodeMember) {
		if s.auth != nil && !slices.ContainsFunc(s.auth.Values(), func(v flow.AuthValue) bool { return v.Key == m.Key }) {
			c.Problem(flow.CodeNameUnknown, m.Pos, "the authentication %s has no value %s", s.auth.Key, flow.Excerpt(m.Key))
		}
		if c.Is(m.Value, "a value of the connection", flow.KindText) {
			s.values[m.Key] = m.Value.Value.Text()
		}
	})
	c.Items(x, "hosts", func(h *flow.Node) { s.hosts = append(s.hosts, c.Text(h, "a host")) })
	if t.taped && t.Given.Connection != nil {
		s.complete(t.Given.Connection)
	}
	t.stub = s
}

// authOf finds an authentication; "" is the only one.
func (c *checker) authOf(at *flow.Node, key string) *flow.Auth {
	if c.manifest == nil {
		return nil
	}
	auths := c.manifest.Auths
	i := slices.IndexFunc(auths, func(a flow.Auth) bool { return a.Key == key })
	switch {
	case i >= 0:
		return &auths[i]
	case key == "" && len(auths) == 1:
		return &auths[0]
	case len(auths) == 0:
		c.Problem(flow.CodeNameUnknown, at.Pos, "the connector has no authentication")
	case key == "":
		c.Problem(flow.CodeSourceMissing, at.Pos, "the field %q is missing: the connector has %d authentications", "auth", len(auths))
	default:
		c.Problem(flow.CodeNameUnknown, at.Pos, "the connector has no authentication %s", flow.Excerpt(key))
	}
	return nil
}

// complete adds what a recorded connection had. Secrets are compared by name, so
// that any text will do for them.
func (s *stub) complete(g *tape.Connection) {
	for k, v := range g.Values.Object().All() {
		if _, given := s.values[k]; !given {
			s.values[k] = v.Text()
		}
	}
	if s.auth == nil {
		return
	}
	for _, v := range s.auth.Values() {
		if _, given := s.values[v.Key]; v.Secret && !given {
			s.values[v.Key] = placeholder(flow.AuthPrefix + v.Key)
		}
	}
}

// placeholder is what stands for a secret that a replay is not given.
func placeholder(key string) string { return flow.Masked(flow.NewSecret(key, "")) }

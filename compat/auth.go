package compat

import (
	"slices"

	"github.com/weirflow/weir/flow"
)

// auths compares the ways to connect.
func (c *comparison) auths(older, newer []flow.Auth) {
	where := func(a *flow.Auth) string { return "authentication " + a.Key }
	ordered := pairs(older, newer, func(a *flow.Auth) string { return a.Key }, c.auth,
		func(a *flow.Auth) { c.find("auth.removed", where(a), "the authentication is gone") },
		func(a *flow.Auth) {
			if len(older) == 0 {
				c.find("auth.first", where(a), "the connector needs a connection now")
				return
			}
			c.find("auth.added", where(a), "the authentication is new")
		})
	if !ordered {
		c.find("order.changed", "authentications", "they stand in another order")
	}
}

func (c *comparison) auth(a, b *flow.Auth) {
	where := "authentication " + a.Key
	if a.Type != b.Type || grant(a) != grant(b) {
		c.find("auth.type", where, "it is %s, and was %s", kind(b), kind(a))
	}
	c.text(where, "name", a.Name, b.Name)
	c.parameters(where, a.Parameters, b.Parameters)
	c.scopes(where, a.OAuth2, b.OAuth2)
	switch come, gone := missing(b.Hosts, a.Hosts), missing(a.Hosts, b.Hosts); {
	case len(come) > 0 && len(gone) > 0:
		c.find("auth.hosts_replaced", where, "its secrets go to %s, and no longer to %s", come[0], gone[0])
	case len(come) > 0:
		c.find("auth.hosts_added", where, "its secrets may go to %s", come[0])
	case len(gone) > 0:
		c.find("auth.hosts_removed", where, "its secrets no longer go to %s", gone[0])
	}
	c.protocol(where, a, b)
	pairs(a.Config, b.Config, func(v *flow.ConfigValue) string { return v.Key },
		func(x, y *flow.ConfigValue) {
			at := where + ", config value " + x.Key
			c.text(at, "label", x.Label, y.Label)
			x2, y2 := *x, *y
			x2.Label, y2.Label = "", ""
			if x2 != y2 {
				c.find("auth.value", at, "the config value is another")
			}
		},
		func(v *flow.ConfigValue) {
			c.find("auth.value", where+", config value "+v.Key, "the config value is gone")
		},
		func(v *flow.ConfigValue) {
			c.find("auth.value", where+", config value "+v.Key, "the config value is new")
		})
}

func grant(a *flow.Auth) string {
	if a.OAuth2 == nil {
		return ""
	}
	return a.OAuth2.Grant
}

func kind(a *flow.Auth) string {
	if g := grant(a); g != "" {
		return a.Type + " " + g
	}
	return a.Type
}

func (c *comparison) parameters(where string, older, newer []flow.Parameter) {
	at := func(p *flow.Parameter) string { return where + ", parameter " + p.Key }
	pairs(older, newer, func(p *flow.Parameter) string { return p.Key },
		func(a, b *flow.Parameter) {
			if a.Type != b.Type {
				c.find("auth.parameter_type", at(a), "it is of type %s, and was of type %s", b.Type, a.Type)
			} else {
				c.choices("auth", at(a), a.Options, b.Options)
				if !slices.Equal(a.Options, b.Options) && sameRows(a.Options, b.Options) || defaultRow(a.Options) != defaultRow(b.Options) {
					c.find("text.changed", at(a)+", choices", "the choices are called otherwise, stand in another order or begin with another")
				}
			}
			c.text(at(a), "label", a.Label, b.Label)
			c.text(at(a), "description", a.Doc, b.Doc)
		},
		func(p *flow.Parameter) { c.find("auth.parameter_removed", at(p), "the parameter is gone") },
		func(p *flow.Parameter) { c.find("auth.parameter_added", at(p), "connections need this parameter") })
}

// scopes compares what connections ask for. A scope is optional only where
// people choose.
func (c *comparison) scopes(where string, a, b *flow.OAuth2) {
	if a == nil || b == nil {
		return // another type: reported as that
	}
	always := func(o *flow.OAuth2, s *flow.Scope) bool { return s.Required || !o.CustomizeScopes }
	at := func(s *flow.Scope) string { return where + ", scope " + s.Name }
	pairs(a.Scopes, b.Scopes, func(s *flow.Scope) string { return s.Name },
		func(x, y *flow.Scope) {
			switch was, is := always(a, x), always(b, y); {
			case is && !was:
				c.find("auth.scope_required", at(x), "the scope is always asked for")
			case was && !is:
				c.find("auth.scope_optional", at(x), "people may leave the scope out")
			}
			c.text(at(x), "label", x.Label, y.Label)
		},
		func(s *flow.Scope) { c.find("auth.scope_removed", at(s), "the scope is gone") },
		func(s *flow.Scope) {
			if always(b, s) {
				c.find("auth.scope_required", at(s), "the scope is new and always asked for")
			} else {
				c.find("auth.scope_added", at(s), "the scope is new, and people may choose it")
			}
		})
}

// protocol compares how credentials are got and used: everything about an
// authentication that the other rules do not look at.
func (c *comparison) protocol(where string, a, b *flow.Auth) {
	rest := func(x *flow.Auth) flow.Auth {
		y := *x
		y.Name, y.Hosts, y.Parameters, y.Config, y.Username, y.Password = "", nil, nil, nil, nil, nil
		if y.OAuth2 != nil {
			o := *y.OAuth2
			o.Scopes, o.CustomizeScopes, o.Grant = nil, false, ""
			y.OAuth2 = &o
		}
		if y.Scheme != nil {
			s := *y.Scheme
			s.Label, s.Doc = "", ""
			y.Scheme = &s
		}
		return y
	}
	if a.Type == b.Type && grant(a) == grant(b) && !same(rest(a), rest(b)) {
		c.find("auth.protocol", where, "%s", different(a, b))
	}
	if !same(a.Username, b.Username) || !same(a.Password, b.Password) || !same(schemeText(a), schemeText(b)) {
		c.find("text.changed", where, "the fields of the dialog are called otherwise")
	}
}

func schemeText(a *flow.Auth) [2]string {
	if a.Scheme == nil {
		return [2]string{}
	}
	return [2]string{a.Scheme.Label, a.Scheme.Doc}
}

// different says what of the protocol is another.
func different(a, b *flow.Auth) string {
	switch o, p := a.OAuth2, b.OAuth2; {
	case a.Attach != b.Attach:
		return "the credential is put on requests by the platform, or no longer is"
	case a.Scheme != nil && b.Scheme != nil:
		return "the key stands at another place of requests"
	case o == nil || p == nil:
		return "credentials are used otherwise"
	case o.AuthorizeURL != p.AuthorizeURL || o.TokenURL != p.TokenURL || o.RefreshURL != p.RefreshURL || o.Issuer != p.Issuer:
		return "an address of the authorization server is another"
	}
	return "tokens are asked for otherwise"
}

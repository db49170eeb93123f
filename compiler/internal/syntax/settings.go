package syntax

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Branding is how a connector presents itself; empty texts are not given.
type Branding struct{ Icon, Color, Docs, Support Str }

// Auth is one way to connect. Places are those of its fields; what is nested
// in them is named with dots: "client.auth", "scopes.0.name", "parameters.site.type".
type Auth struct {
	flow.Auth
	Pos    flow.Pos
	Places Places
	node   *source.Node
}

// Table declares a table that flows work on.
type Table struct {
	Key     Str
	Name    Str
	Columns []*Field // only key, type and default
	node    *source.Node
}

// Table returns the definition that stores work with. Columns of types that
// tables do not have are in it as they are.
func (t *Table) Table() *flow.Table {
	out := &flow.Table{Name: t.Key.Text, Label: t.Name.Text}
	for _, c := range t.Columns {
		col := flow.Column{Name: c.Key.Text, Type: c.Type}
		if v, ok := Constant(c.Default); ok && c.Default != nil {
			if conv, err := flow.Convert(v, c.Type); err == nil {
				col.Default = conv
			}
		}
		out.Columns = append(out.Columns, col)
	}
	return out
}

// Rate is a budget of requests to one host.
type Rate struct {
	flow.Rate
	Pos    flow.Pos
	Places Places
	node   *source.Node
}

// settings reads the parts of connector.yaml that describe the connector
// rather than its flows.
func (p *parser) settings(c *Connector, m *mapping) {
	b := Branding{m.text("icon"), m.text("color"), m.text("docs"), m.text("support")}
	if b != (Branding{}) {
		c.Branding = &b
	}
	for _, item := range m.items("auth") {
		c.Auths = append(c.Auths, p.auth(item))
	}
	for _, t := range m.members("tables") {
		c.Tables = append(c.Tables, p.table(t))
	}
	p.connections(c, m)
	for _, item := range m.items("rates") {
		rm := p.mapping(item, "a rate", rateFields()...)
		r := &Rate{Pos: item.Pos, Places: places(rm.node), node: item}
		r.Host = rm.required("host").Text
		r.Requests, r.Per, r.Burst = rm.whole("requests", 1, 1_000_000), rm.whole("per", 1, 86_400), 1
		if rm.node.Get("burst") != nil {
			r.Burst = rm.whole("burst", 1, 1_000_000)
		}
		c.Rates = append(c.Rates, r)
	}
}

// items returns the values of a field that is a list; it need not be there.
func (m *mapping) items(field string) []*source.Node {
	n := m.node.Get(field)
	if n == nil || n.Kind == source.Null {
		return nil
	}
	if n.Kind != source.List {
		m.p.d.Error(flow.CodeSourceValue, n.Pos, "%s must be a list, not %s", field, n.Kind).
			WithFix("begin each item with a dash")
		return nil
	}
	out := make([]*source.Node, len(n.Members))
	for i, item := range n.Members {
		out[i] = item.Value
	}
	return out
}

// whole returns a required field that is a whole number within bounds.
func (m *mapping) whole(field string, lo, hi int64) int64 {
	n := m.node.Get(field)
	if n == nil {
		m.missing(field)
		return lo
	}
	if n.Kind != source.Number || n.Num != float64(int64(n.Num)) || int64(n.Num) < lo || int64(n.Num) > hi {
		m.p.d.Error(flow.CodeSourceValue, n.Pos, "%s must be a whole number from %d to %d", field, lo, hi)
		return lo
	}
	return int64(n.Num)
}

// pairs returns a field that is a mapping of texts.
func (m *mapping) pairs(field string) []flow.NamedText {
	var out []flow.NamedText
	for _, f := range m.members(field) {
		out = append(out, flow.NamedText{Name: f.Key, Text: m.p.str(f.Value, f.Key).Text})
	}
	return out
}

func (p *parser) table(member *source.Member) *Table {
	m := p.mapping(member.Value, "a table", tableFields()...)
	t := &Table{Key: Str{member.Key, member.Pos}, Name: m.text("name"), node: member.Value}
	p.name(t.Key, "a table")
	if t.Name.Text == "" {
		t.Name.Text = t.Key.Text
	}
	if m.node.Get("columns") == nil {
		m.missing("columns")
	}
	t.Columns = p.fields(m.members("columns"), "a column", columnFields())
	return t
}

// auth reads one way to connect.
func (p *parser) auth(n *source.Node) *Auth {
	m := p.mapping(n, "an authentication", authFields()...)
	a := &Auth{Pos: n.Pos, Places: places(m.node), node: n}
	key := m.required("key")
	p.name(key, "an authentication")
	a.Key, a.Name = key.Text, m.text("name").Text
	if a.Name == "" {
		a.Name = inWords(a.Key)
	}
	a.Type = m.oneOf("type", flow.AuthBasic, flow.AuthOAuth2, flow.AuthAPIKey, flow.AuthCustom)
	a.Attach = a.Type == flow.AuthAPIKey
	if m.node.Get("attach") != nil {
		a.Attach = m.bool("attach")
	}
	for i, h := range m.texts("hosts") {
		a.Hosts = append(a.Hosts, h.Text)
		a.Places["hosts."+strconv.Itoa(i)] = h.Pos
	}
	p.authOnly(m, a.Type)
	switch a.Type {
	case flow.AuthBasic:
		a.Username, a.Password = m.label("username"), m.label("password")
	case flow.AuthAPIKey:
		a.Scheme = &flow.KeyScheme{In: m.oneOf("in", "header", "query", "cookie"), Field: m.required("field").Text,
			Prefix: m.text("prefix").Text, Label: m.text("label").Text, Doc: m.text("doc").Text}
	case flow.AuthOAuth2:
		a.OAuth2 = p.oauth2(m, a)
	}
	a.Parameters = p.parameters(m, a)
	a.Config = p.configValues(m, a)
	return a
}

// authOnly reports fields that do not belong to the type.
func (p *parser) authOnly(m *mapping, typ string) {
	common := []string{"key", "name", "type", "parameters", "config_values", "attach", "hosts"}
	own := map[string][]string{
		flow.AuthBasic:  {"username", "password"},
		flow.AuthAPIKey: {"in", "field", "prefix", "label", "doc"},
		flow.AuthOAuth2: {"grant", "authorize_url", "token_url", "refresh_url", "issuer", "client", "scopes", "customize_scopes", "scope_separator",
			"authorize_params", "token_params", "token_headers", "token_response", "jwt"},
	}
	if _, known := own[typ]; !known && typ != flow.AuthCustom {
		return
	}
	for _, f := range m.node.Members {
		if slices.Contains(authFields(), f.Key) && !slices.Contains(common, f.Key) && !slices.Contains(own[typ], f.Key) {
			p.d.Error(flow.CodeSourceField, f.Pos, "an authentication of type %s has no field %s", typ, f.Key)
		}
	}
}

// label reads how a built-in field is shown; nil when nothing is said.
func (m *mapping) label(field string) *flow.Label {
	n := m.node.Get(field)
	if n == nil || n.Kind == source.Null {
		return nil
	}
	lm := m.p.mapping(n, field, labelFields()...)
	return &flow.Label{Label: lm.text("label").Text, Doc: lm.text("doc").Text}
}

func (p *parser) oauth2(m *mapping, a *Auth) *flow.OAuth2 {
	o := &flow.OAuth2{
		Grant:        m.oneOf("grant", flow.GrantAuthorizationCode, flow.GrantClientCredentials, flow.GrantJWTBearer),
		AuthorizeURL: m.text("authorize_url").Text, TokenURL: m.required("token_url").Text, RefreshURL: m.text("refresh_url").Text,
		Issuer: m.text("issuer").Text, ClientAuth: flow.ClientAuthBasic, CustomizeScopes: m.bool("customize_scopes"),
		ScopeSeparator: m.text("scope_separator").Text, AuthorizeParams: m.pairs("authorize_params"), TokenParams: m.pairs("token_params"),
		TokenHeaders: m.pairs("token_headers"),
	}
	if o.Grant == flow.GrantAuthorizationCode {
		m.required("authorize_url")
	} else if m.node.Get("authorize_url") != nil {
		p.d.Error(flow.CodeSourceField, a.Places["authorize_url"], "the grant %s asks nobody to authorize", o.Grant)
	}
	if n := m.node.Get("client"); n != nil {
		cm := p.mapping(n, "client", clientFields()...)
		if cm.node.Get("auth") != nil {
			o.ClientAuth = cm.oneOf("auth", flow.ClientAuthBasic, flow.ClientAuthPost, flow.ClientAuthNone)
		}
		o.ClientID = cm.text("id").Text
		a.Places["client.auth"] = places(cm.node).Of("auth", n.Pos)
	}
	for i, item := range m.items("scopes") {
		s := flow.Scope{}
		if item.Kind == source.Text {
			s.Name = item.Text
		} else {
			sm := p.mapping(item, "a scope", scopeFields()...)
			s = flow.Scope{Name: sm.required("name").Text, Label: sm.text("label").Text, Required: sm.bool("required")}
		}
		a.Places["scopes."+strconv.Itoa(i)] = item.Pos
		o.Scopes = append(o.Scopes, s)
	}
	if n := m.node.Get("token_response"); n != nil {
		t := p.mapping(n, "token_response", tokenResponseFields()...)
		o.TokenResponse = flow.TokenResponse{AccessToken: t.text("access_token").Text, RefreshToken: t.text("refresh_token").Text,
			ExpiresIn: t.text("expires_in").Text, Scope: t.text("scope").Text, TokenType: t.text("token_type").Text}
	}
	switch n := m.node.Get("jwt"); {
	case n != nil && o.Grant != flow.GrantJWTBearer:
		p.d.Error(flow.CodeSourceField, n.Pos, "the grant %s has no assertion", o.Grant)
	case n != nil:
		o.JWT = p.jwt(n)
	case o.Grant == flow.GrantJWTBearer:
		m.missing("jwt")
	}
	return o
}

// jwt reads the assertion of the JWT bearer grant.
func (p *parser) jwt(n *source.Node) *flow.JWTAssertion {
	m := p.mapping(n, "jwt", jwtFields()...)
	j := &flow.JWTAssertion{Algorithm: "RS256", Key: "private_key", KeyID: m.text("key_id").Text, Issuer: m.required("issuer").Text,
		Subject: m.text("subject").Text, Audience: m.text("audience").Text, Lifetime: 300}
	if m.node.Get("algorithm") != nil {
		j.Algorithm = m.oneOf("algorithm", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
	}
	if k := m.text("key"); k.Text != "" {
		j.Key = k.Text
	}
	if m.node.Get("lifetime") != nil {
		j.Lifetime = int(m.whole("lifetime", 1, 3600))
	}
	return j
}

func (p *parser) parameters(m *mapping, a *Auth) []flow.Parameter {
	var out []flow.Parameter
	for _, f := range m.members("parameters") {
		at := "parameters." + f.Key
		a.Places[at] = f.Pos
		p.name(Str{f.Key, f.Pos}, "a parameter")
		pm := p.mapping(f.Value, "a parameter", parameterFields()...)
		par := flow.Parameter{Key: f.Key, Label: pm.text("label").Text, Doc: pm.text("doc").Text, Type: flow.ParamText}
		if pm.node.Get("type") != nil {
			par.Type = pm.oneOf("type", flow.ParamText, flow.ParamPassword, flow.ParamDropdown)
		}
		if n := pm.node.Get("options"); n != nil {
			for _, c := range p.choices(n) {
				par.Options = append(par.Options, flow.OptionRow{Label: c.Label.Text, Value: c.Value.Text, Default: c.Default})
			}
			if par.Type != flow.ParamDropdown {
				p.d.Error(flow.CodeSourceField, n.Pos, "only a dropdown has options")
			}
		}
		if par.Type == flow.ParamDropdown && len(par.Options) == 0 {
			p.d.Error(flow.CodeSourceMissing, f.Pos, "the dropdown %q has no options", f.Key)
		}
		out = append(out, par)
	}
	return out
}

func (p *parser) configValues(m *mapping, a *Auth) []flow.ConfigValue {
	var out []flow.ConfigValue
	for _, f := range m.members("config_values") {
		at := "config_values." + f.Key
		a.Places[at] = f.Pos
		p.name(Str{f.Key, f.Pos}, "a config value")
		cm := p.mapping(f.Value, "a config value", configValueFields()...)
		c := flow.ConfigValue{Key: f.Key, Label: cm.text("label").Text, Type: flow.ParamText, Value: cm.text("value").Text, Flow: cm.text("flow").Text}
		if cm.node.Get("type") != nil {
			c.Type = cm.oneOf("type", flow.ParamText, flow.ParamPassword)
		}
		if cm.node.Get("visible") != nil {
			c.Hidden = !cm.bool("visible")
		}
		if n := cm.node.Get("flow"); n != nil {
			a.Places[at+".flow"] = n.Pos
		}
		if (cm.node.Get("value") == nil) == (cm.node.Get("flow") == nil) && !cm.bad {
			p.d.Error(flow.CodeSourceField, f.Pos, "the config value %q needs either value or flow", f.Key)
		}
		out = append(out, c)
	}
	return out
}

// IsTemplate reports whether a text of the settings is completed when a
// connection is made.
func IsTemplate(s string) bool { return strings.Contains(s, "{{") || strings.Contains(s, "}}") }

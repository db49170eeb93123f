package check

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// auths checks the ways to connect and collects the values that flows see.
func (c *checker) auths(hosts []string) {
	if n := len(c.conn.Auths); n > flow.MaxAuths {
		c.d.Error(flow.CodeConnectorAuth, c.conn.Auths[flow.MaxAuths].Pos, "a connector may have %d authentications, this one has %d", flow.MaxAuths, n)
	}
	keys := map[string]bool{}
	owner := map[string]string{} // value key -> authentication that has it
	secret := map[string]bool{}
	for _, a := range c.conn.Auths {
		if keys[a.Key] {
			c.d.Error(flow.CodeSourceDuplicate, a.Places.Of("key", a.Pos), "the authentication %q stands twice", a.Key)
		}
		keys[a.Key] = true
		own := map[string]bool{}
		for _, v := range a.Values() {
			at := a.Places.Of("parameters."+v.Key, a.Places.Of("config_values."+v.Key, a.Pos))
			switch other, known := owner[v.Key]; {
			case v.Key == flow.AuthSelected:
				c.d.Error(flow.CodeNameInvalid, at, "the name %q is reserved for the key of the authentication in use", v.Key)
			case own[v.Key]:
				c.d.Error(flow.CodeSourceDuplicate, at, "the value %q stands twice in one authentication", v.Key)
			case known && secret[v.Key] != v.Secret:
				c.d.Error(flow.CodeConnectorAuth, at, "%q is a secret in one authentication and plain in another: %s and %s", v.Key, other, a.Key).
					WithFix("give one of them another key")
			}
			own[v.Key] = true
			if _, known := owner[v.Key]; !known {
				owner[v.Key], secret[v.Key] = a.Key, v.Secret
			}
		}
		c.auth(a, hosts)
	}
	if len(c.conn.Auths) == 0 {
		return
	}
	owner[flow.AuthSelected] = ""
	secrets, config := len(c.conn.Secrets), len(c.conn.Config)
	c.info.AuthKeys = slices.Sorted(maps.Keys(owner))
	for _, k := range c.info.AuthKeys {
		if secret[k] {
			c.info.Auth[k] = AuthValue{true, secrets}
			secrets++
		} else {
			c.info.Auth[k] = AuthValue{false, config}
			config++
		}
	}
}

// auth checks one way to connect by itself.
func (c *checker) auth(a *syntax.Auth, hosts []string) {
	bad := func(field, format string, args ...any) *flow.Error {
		return c.d.Error(flow.CodeConnectorAuth, a.Places.Of(field, a.Pos), format, args...)
	}
	for i, h := range a.Hosts {
		if !slices.Contains(hosts, h) {
			c.d.Error(flow.CodeConnectorHost, a.Places.Of(fmt.Sprintf("hosts.%d", i), a.Pos),
				"the authentication %q names a host that the connector does not: %s", a.Key, flow.Excerpt(h)).WithFix("add it to the connector's hosts")
		}
	}
	if a.Attach && a.Type == flow.AuthCustom {
		bad("attach", "a custom authentication has no place of its own on requests").
			WithFix("build the header in a helper flow")
	}
	if s := a.Scheme; s != nil {
		switch {
		case s.In == "header" && s.Field != "" && !token.MatchString(s.Field):
			bad("field", "not the name of a header: %s", flow.Excerpt(s.Field))
		case s.In == "cookie" && strings.ContainsAny(s.Field, "=;, \t\"\\"):
			bad("field", "not the name of a cookie: %s", flow.Excerpt(s.Field))
		}
	}
	for _, p := range a.Parameters {
		at := "parameters." + p.Key
		c.rows(a.Places.Of(at, a.Pos), p.Options)
	}
	for i := range a.Config {
		c.configFlow(a, &a.Config[i])
	}
	if a.OAuth2 != nil {
		c.oauth2(a)
	}
}

// configFlow checks that the helper of a config value is there. faces looks at
// what it does once all flows are known.
func (c *checker) configFlow(a *syntax.Auth, v *flow.ConfigValue) {
	if v.Flow == "" {
		return
	}
	at := a.Places.Of("config_values."+v.Key+".flow", a.Pos)
	c.later = append(c.later, func() {
		fi := c.helper(syntax.Str{Text: v.Flow, Pos: at})
		if fi == nil {
			return
		}
		if fi.UsesAuth {
			c.d.Error(flow.CodeConnectorAuth, at, "the flow %q uses the connection, which does not exist yet when a config value is computed", v.Flow)
		}
		if len(fi.Flow.Outputs) != 1 || flow.Convertible(fi.Flow.Outputs[0].Type, flow.TextType) != nil {
			c.d.Error(flow.CodeFlowReturn, at, "a config value needs a flow with exactly one output that is text, and %q has others", v.Flow)
		}
		c.requiredInputs(fi, at, nil)
	})
}

func (c *checker) oauth2(a *syntax.Auth) {
	o := a.OAuth2
	c.address(a, "authorize_url", o.AuthorizeURL)
	c.address(a, "token_url", o.TokenURL)
	c.address(a, "refresh_url", o.RefreshURL)
	if o.Issuer != "" {
		c.address(a, "issuer", o.Issuer)
	}
	seen := map[string]bool{}
	for i, s := range o.Scopes {
		at := a.Places.Of(fmt.Sprintf("scopes.%d", i), a.Pos)
		switch {
		case !scopeToken.MatchString(s.Name):
			c.d.Error(flow.CodeConnectorAuth, at, "not a scope: %s", flow.Excerpt(s.Name)).
				WithFix("a scope is printable ASCII without spaces, quotes and backslashes")
		case seen[s.Name]:
			c.d.Error(flow.CodeSourceDuplicate, at, "the scope %s is listed twice", flow.Excerpt(s.Name))
		}
		seen[s.Name] = true
		if s.Required && !o.CustomizeScopes {
			c.d.Error(flow.CodeConnectorAuth, at, "the scope %s cannot be required where nobody chooses: all are asked for", s.Name).
				WithFix("remove required, or set customize_scopes: true")
		}
	}
	for _, list := range []struct {
		field string
		pairs []flow.NamedText
	}{{"authorize_params", o.AuthorizeParams}, {"token_params", o.TokenParams}} {
		for _, p := range list.pairs {
			if slices.Contains(protocolParams, p.Name) {
				c.d.Error(flow.CodeConnectorAuth, a.Places.Of(list.field, a.Pos), "the parameter %s belongs to the protocol", p.Name)
			}
		}
	}
	for _, h := range o.TokenHeaders {
		if !token.MatchString(h.Name) || strings.ContainsFunc(h.Text, unicode.IsControl) || strings.EqualFold(h.Name, "authorization") {
			c.d.Error(flow.CodeConnectorAuth, a.Places.Of("token_headers", a.Pos), "not a header that can be added: %s", flow.Excerpt(h.Name))
		}
	}
	if j := o.JWT; j != nil {
		i := slices.IndexFunc(a.Parameters, func(p flow.Parameter) bool { return p.Key == j.Key })
		if i < 0 || a.Parameters[i].Type != flow.ParamPassword {
			c.d.Error(flow.CodeConnectorAuth, a.Places.Of("jwt", a.Pos), "the key of the assertion must be a parameter of type password, and %q is none", j.Key).
				WithFix("declare it under parameters")
		}
		for _, s := range []string{j.KeyID, j.Issuer, j.Subject, j.Audience} {
			c.template(a, "jwt", s)
		}
	}
}

var (
	// scopeToken is scope-token of RFC 6749, 3.3.
	scopeToken = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,255}$`)
	// protocolParams are set by the protocol itself.
	protocolParams = []string{"client_id", "client_secret", "redirect_uri", "response_type", "response_mode", "state", "scope", "code", "code_verifier",
		"code_challenge", "code_challenge_method", "grant_type", "refresh_token", "assertion"}
	// token is that of RFC 9110, 5.6.2: the name of a header.
	token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")
	hole  = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
)

// address checks an address of the protocol: absolute, https, without user and
// fragment. Values of the connection may stand in host and path.
func (c *checker) address(a *syntax.Auth, field, s string) {
	if s == "" {
		return
	}
	c.template(a, field, s)
	u, err := url.Parse(hole.ReplaceAllString(s, "x"))
	_, query, _ := strings.Cut(s, "?")
	switch at := a.Places.Of(field, a.Pos); {
	case err != nil || u.Host == "":
		c.d.Error(flow.CodeConnectorAuth, at, "%s is no absolute address", field)
	case u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())):
		c.d.Error(flow.CodeConnectorAuth, at, "%s must begin with https://", field)
	case u.User != nil || u.Fragment != "":
		c.d.Error(flow.CodeConnectorAuth, at, "%s cannot have a user or a fragment", field)
	case strings.Contains(query, "{{"):
		c.d.Error(flow.CodeConnectorAuth, at, "values of the connection stand in host and path only")
	default:
		for _, name := range protocolParams {
			if u.Query().Has(name) {
				c.d.Error(flow.CodeConnectorAuth, at, "the parameter %s of %s belongs to the protocol", name, field)
			}
		}
	}
}

// loopback names the hosts that local servers are tried on.
func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// template checks the holes of a text that is completed with values of one
// authentication.
func (c *checker) template(a *syntax.Auth, field, s string) {
	for _, key := range c.holes(a.Places.Of(field, a.Pos), s) {
		if !plainValue(&a.Auth, key) {
			e := c.d.Error(flow.CodeNameUnknown, a.Places.Of(field, a.Pos), "the authentication %q has no plain value %s", a.Key, flow.Excerpt(key))
			e.Fix = problem.Suggest(key, plainKeys(&a.Auth))
		}
	}
}

// holes returns the keys of the holes in a text, and reports malformed ones.
func (c *checker) holes(at flow.Pos, s string) []string {
	var keys []string
	for _, m := range hole.FindAllStringSubmatch(s, -1) {
		key, ok := strings.CutPrefix(m[1], "auth.")
		if !ok || !syntax.IsName(key) {
			c.d.Error(flow.CodeSourceReference, at, "not a value of the connection: %s", flow.Excerpt(m[0])).
				WithFix("write {{auth.KEY}}")
			continue
		}
		keys = append(keys, key)
	}
	if rest := hole.ReplaceAllString(s, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		c.d.Error(flow.CodeSourceReference, at, "braces that do not belong together: %s", flow.Excerpt(s))
	}
	return keys
}

// plainKeys lists the values that may stand in addresses: texts that are typed,
// chosen or fixed.
func plainKeys(a *flow.Auth) []string {
	var out []string
	for _, v := range a.Values() {
		if !v.Secret {
			out = append(out, v.Key)
		}
	}
	return out
}

func plainValue(a *flow.Auth, key string) bool { return slices.Contains(plainKeys(a), key) }

// hostTemplate checks a host that connections complete.
func (c *checker) hostTemplate(h syntax.Str, seen *[]string) {
	for _, key := range c.holes(h.Pos, h.Text) {
		if !slices.ContainsFunc(c.conn.Auths, func(a *syntax.Auth) bool { return plainValue(&a.Auth, key) }) {
			c.d.Error(flow.CodeNameUnknown, h.Pos, "no authentication has the plain value %s", flow.Excerpt(key)).
				WithFix("declare it under the parameters of an authentication")
		}
	}
	plain := h
	plain.Text = hole.ReplaceAllString(h.Text, "x")
	if why, fix := badHost(plain.Text); why != "" {
		c.d.Error(flow.CodeConnectorHost, h.Pos, "%s: %s", why, flow.Excerpt(h.Text)).Fix = fix
		return
	}
	if slices.Contains(*seen, h.Text) {
		c.d.Error(flow.CodeSourceDuplicate, h.Pos, "the host %s is listed twice", flow.Excerpt(h.Text))
		return
	}
	*seen = append(*seen, h.Text)
}

// authRef resolves ${auth.KEY} and ${auth}.
func (b *body) authRef(r *syntax.Ref, t *Target) {
	if !b.dead {
		b.usesAuth = true
	}
	if len(b.info.Auth) == 0 {
		b.d.Error(flow.CodeNameUnknown, r.Pos, "the connector has no authentication").
			WithFix("declare one under auth in connector.yaml")
		return
	}
	if len(r.Path) == 0 {
		var fields []flow.Field
		for _, k := range b.info.AuthKeys {
			fields = append(fields, flow.Field{Key: k, Type: withSecret(flow.TextType, b.info.Auth[k].Secret)})
		}
		t.Kind = ToAuth
		t.Type, t.Nullable = flow.ObjectTypeOf(fields...), false
		return
	}
	v, ok := b.info.Auth[r.Path[0]]
	switch {
	case !ok:
		b.d.Error(flow.CodeNameUnknown, r.Pos, "no authentication has the value %s", flow.Excerpt(r.Path[0])).
			Fix = problem.Suggest(r.Path[0], b.info.AuthKeys)
	case v.Secret:
		t.Kind, t.Place, t.Type, t.Nullable = ToSecret, v.Place, flow.SecretType, true
		if len(r.Path) > 1 {
			b.d.Error(flow.CodeSecretFlow, r.Pos, "a secret has no parts: %s", flow.Excerpt(r.String()))
		}
	default:
		t.Kind, t.Place = ToConfig, v.Place
		b.follow(t, r, typed{flow.TextType, true}, r.Path[1:])
	}
}

// optionRef resolves ${option.NAME}.
func (b *body) optionRef(r *syntax.Ref, t *Target) {
	var known []string
	for _, in := range b.fi.Flow.Inputs {
		if in.Kind == syntax.FieldOption {
			known = append(known, strings.TrimPrefix(in.Key.Text, syntax.OptionKey("")))
		}
	}
	if len(r.Path) == 0 {
		b.d.Error(flow.CodeNameUnknown, r.Pos, "the reference names no option: %s", flow.Excerpt(r.String())).
			Fix = problem.Suggest("", known)
		return
	}
	i, ok := b.inputs[syntax.OptionKey(r.Path[0])]
	if !ok {
		b.d.Error(flow.CodeNameUnknown, r.Pos, "there is no option %s", flow.Excerpt(r.Path[0])).
			Fix = problem.Suggest(r.Path[0], known)
		return
	}
	in := b.fi.Flow.Inputs[i]
	t.Kind, t.Place = ToInput, i
	b.follow(t, r, typed{in.Type, !in.Required && in.Default == nil}, r.Path[1:])
}

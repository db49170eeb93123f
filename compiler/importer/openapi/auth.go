package openapi

import (
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/pb33f/libopenapi/datamodel/high/base"
	high "github.com/pb33f/libopenapi/datamodel/high/v3"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/importer/internal/lines"
	"github.com/weirflow/weir/compiler/importer/internal/words"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// auths are the ways to connect that the operations accept.
type auths struct {
	list []*auth
	// helper says that a flow gives the headers of a credential that connections
	// do not attach themselves.
	helper bool
}

// auth is one way to connect.
type auth struct {
	key     string
	node    *source.Node // of connector.yaml, without what all have
	headers []headerPart // what the helper flow adds to requests; nothing when it is attached
}

// headerPart is a header that a secret of the connection makes.
type headerPart struct{ field, value string }

// requirement is one way to be allowed: schemes that are needed together.
type requirement struct {
	schemes []string // names, sorted
	scopes  map[string][]string
	uses    int // operations that accept it
	first   int // place of the first of them
}

func (r *requirement) name() string { return strings.Join(r.schemes, " and ") }

// authentication makes ways to connect of the requirements of the selected
// operations, those first that most of them accept.
func (m *mapper) authentication() {
	m.auths = &auths{}
	found := map[string]*requirement{}
	add := func(i int, r *base.SecurityRequirement) {
		if r == nil || r.Requirements == nil || r.Requirements.Len() == 0 {
			return // no credential is needed
		}
		req := &requirement{scopes: map[string][]string{}, first: i}
		for name, scopes := range r.Requirements.FromOldest() {
			name = unmarked(name)
			req.schemes = append(req.schemes, name)
			req.scopes[name] = scopes
		}
		sort.Strings(req.schemes)
		if have := found[req.name()]; have != nil {
			req = have
		}
		found[req.name()] = req
		req.uses++
	}
	for i, op := range m.model.ops {
		list := op.Security
		if op.Operation.GoLow().Security.ValueNode == nil {
			list = m.model.Security // the operation does not say that it needs none
		}
		for _, r := range list {
			add(i, r)
		}
	}
	if len(found) == 0 && len(m.model.Security) == 0 && m.model.Components != nil && m.model.Components.SecuritySchemes != nil {
		// Nothing says which of them is needed: any may be.
		for name := range m.model.Components.SecuritySchemes.FromOldest() {
			r := &requirement{schemes: []string{unmarked(name)}, first: len(found)}
			found[r.name()] = r
		}
	}
	reqs := make([]*requirement, 0, len(found))
	for _, r := range found {
		reqs = append(reqs, r)
	}
	slices.SortFunc(reqs, func(a, b *requirement) int {
		switch {
		case a.uses != b.uses:
			return b.uses - a.uses
		case a.first != b.first:
			return a.first - b.first
		}
		return strings.Compare(a.name(), b.name())
	})
	keys := names{}
	for _, r := range reqs {
		m.require(r, keys)
	}
	if len(m.auths.list) == 0 && len(m.server.params) > 0 {
		m.auths.list = append(m.auths.list, &auth{key: "connection", node: emit.Map("name", "Connection", "type", flow.AuthCustom)})
	}
}

// scheme finds a security scheme of the document.
func (m *mapper) scheme(name string) *high.SecurityScheme {
	if m.model.Components == nil || m.model.Components.SecuritySchemes == nil {
		return nil
	}
	s, _ := m.model.Components.SecuritySchemes.Get(marked(name))
	return s
}

// require makes the ways to connect of one requirement.
func (m *mapper) require(r *requirement, keys names) {
	at := join("/components/securitySchemes", r.schemes[0])
	report := SchemeReport{Scheme: r.name(), Outcome: LeftOut, Pointer: at}
	leave := func(format string, args ...any) {
		m.report.find(flow.CodeImportAuth, Loss, at, "", format, args...)
		m.report.Schemes = append(m.report.Schemes, report)
	}
	var made []*auth
	var types []string
	for _, name := range r.schemes {
		s := m.scheme(name)
		if s == nil {
			leave("the security scheme %s is not in the document", flow.Excerpt(name))
			return
		}
		types = append(types, schemeType(s))
	}
	report.Type = strings.Join(types, " and ")
	if len(r.schemes) > 1 {
		a, why := m.combined(r)
		if why != "" {
			leave("%s needs several credentials on one request, and %s", flow.Excerpt(r.name()), why)
			return
		}
		made = []*auth{a}
	} else {
		var why string
		if made, why = m.single(r.schemes[0], m.scheme(r.schemes[0])); why != "" {
			leave("the security scheme %s cannot be used: %s", flow.Excerpt(r.schemes[0]), why)
			return
		}
	}
	for _, a := range made {
		if len(m.auths.list) == flow.MaxAuths {
			leave("a connector has %d authentications at most; %s is one more", flow.MaxAuths, flow.Excerpt(r.name()))
			return
		}
		a.key = keys.take(identifier(r.name(), "auth"), "_")
		m.auths.list = append(m.auths.list, a)
		m.auths.helper = m.auths.helper || len(a.headers) > 0
		report.Outcome, report.Auth = Imported, a.key
		m.report.Schemes = append(m.report.Schemes, report)
	}
}

// schemeType names a scheme in reports.
func schemeType(s *high.SecurityScheme) string {
	switch s.Type {
	case "apiKey":
		return "apiKey in " + s.In
	case "http":
		return "http " + s.Scheme
	}
	return s.Type
}

// single makes the ways to connect of one scheme, or says why there are none.
func (m *mapper) single(name string, s *high.SecurityScheme) (made []*auth, why string) {
	doc := sentences(plainText(s.Description), maxDoc, 2)
	switch s.Type {
	case "apiKey":
		if why := keyPlace(s); why != "" {
			return nil, why
		}
		title, prefix := "API Key", ""
		if s.In == "header" && strings.EqualFold(s.Name, "authorization") && bearer.MatchString(name+" "+s.Description) {
			title, prefix = "Bearer Token", "Bearer "
			m.report.find(flow.CodeImportAuth, Doubt, join("/components/securitySchemes", name), "", "the key goes into Authorization and is called a bearer token; \"Bearer \" is put before it")
		}
		return []*auth{{node: emit.Map("name", title, "type", flow.AuthAPIKey, "in", s.In, "field", s.Name, "prefix", prefix, "label", title, "doc", doc)}}, ""
	case "http":
		switch strings.ToLower(s.Scheme) {
		case "basic":
			return []*auth{{node: emit.Map("name", "Basic", "type", flow.AuthBasic, "attach", true)}}, ""
		case "bearer":
			return []*auth{{node: emit.Map("name", "Bearer Token", "type", flow.AuthAPIKey, "in", "header", "field", "Authorization", "prefix", "Bearer ",
				"label", "Token", "doc", doc)}}, ""
		}
		return nil, "requests cannot be signed with the HTTP scheme " + flow.Excerpt(s.Scheme)
	case "oauth2":
		return m.oauth2(name, s)
	case "openIdConnect":
		return nil, "OpenID Connect discovery is not done"
	case "mutualTLS":
		return nil, "client certificates cannot be bound to a host"
	}
	return nil, "there is no type " + flow.Excerpt(s.Type)
}

var bearer = regexp.MustCompile(`(?i)bearer`)

// keyPlace says why an API key cannot go where the document says.
func keyPlace(s *high.SecurityScheme) string {
	switch {
	case s.Name == "":
		return "it has no name"
	case s.In == "header" && !headerName.MatchString(s.Name), s.In == "cookie" && !headerName.MatchString(s.Name):
		return flow.Excerpt(s.Name) + " is not the name of a " + s.In
	case s.In != "header" && s.In != "query" && s.In != "cookie":
		return "there is no place " + flow.Excerpt(s.In)
	}
	return ""
}

// combined makes one way to connect of several keys that go into headers.
func (m *mapper) combined(r *requirement) (*auth, string) {
	a := &auth{}
	params, keys := emit.Map(), names{}
	for _, name := range r.schemes {
		s := m.scheme(name)
		bearer := s.Type == "http" && strings.EqualFold(s.Scheme, "bearer")
		field, prefix := s.Name, ""
		switch {
		case bearer:
			field, prefix = "Authorization", "Bearer "
		case s.Type != "apiKey" || s.In != "header":
			return nil, "only keys in headers can be combined; " + flow.Excerpt(name) + " is " + schemeType(s)
		case keyPlace(s) != "":
			return nil, keyPlace(s)
		}
		if slices.ContainsFunc(a.headers, func(h headerPart) bool { return strings.EqualFold(h.field, field) }) {
			return nil, "two of them are the header " + field
		}
		key := keys.take(serverKey(name), "_")
		for slices.ContainsFunc(m.server.params, func(p serverParameter) bool { return p.key == key }) {
			key = keys.take(key+"_key", "_")
		}
		emit.Set(params, key, emit.Line("type", flow.ParamPassword, "label", label(name), "doc", sentences(plainText(s.Description), maxDoc, 2)))
		a.headers = append(a.headers, headerPart{field, prefix + emit.Ref("auth", key)})
	}
	a.node = emit.Map("name", cut(title(words.Split(r.name())), maxName), "type", flow.AuthCustom, "parameters", params)
	return a, ""
}

// oauth2 makes a way to connect of each flow that there is a grant for.
func (m *mapper) oauth2(name string, s *high.SecurityScheme) (made []*auth, why string) {
	if s.Flows == nil {
		return nil, "it has no flows"
	}
	at := join("/components/securitySchemes", name, "flows")
	find := func(flowName, format string, args ...any) {
		m.report.find(flow.CodeImportAuth, Loss, at+"/"+flowName, "", "the OAuth flow "+flowName+" of "+flow.Excerpt(name)+" cannot be used: "+format, args...)
	}
	if s.Flows.Implicit != nil {
		find("implicit", "it is no longer to be used (RFC 9700, 2.1.2)")
	}
	if s.Flows.Password != nil {
		find("password", "it is no longer to be used (RFC 9700, 2.4)")
	}
	for _, f := range []struct {
		name, grant, title string
		*high.OAuthFlow
	}{
		{"authorizationCode", flow.GrantAuthorizationCode, "OAuth 2.0", s.Flows.AuthorizationCode},
		{"clientCredentials", flow.GrantClientCredentials, "OAuth 2.0 Client Credentials", s.Flows.ClientCredentials},
	} {
		if f.OAuthFlow == nil {
			continue
		}
		authorize, token, refresh := m.absolute(f.AuthorizationUrl), m.absolute(f.TokenUrl), m.absolute(f.RefreshUrl)
		if f.grant != flow.GrantAuthorizationCode {
			authorize = ""
		}
		if token == "" || f.grant == flow.GrantAuthorizationCode && authorize == "" {
			find(f.name, "its addresses are no absolute https addresses")
			continue
		}
		if refresh == token {
			refresh = ""
		}
		scopes, left := scopesOf(f.OAuthFlow)
		if left > 0 {
			m.report.find(flow.CodeImportAuth, Loss, at+"/"+f.name+"/scopes", "", "%s of %s cannot be asked for: too many, or none by RFC 6749, 3.3", lines.Counted(left, "scope"), flow.Excerpt(name))
		}
		n := emit.Map("name", f.title, "type", flow.AuthOAuth2, "grant", f.grant, "authorize_url", authorize, "token_url", token, "refresh_url", refresh,
			"scopes", scopes, "customize_scopes", len(scopes.Members) > 1, "attach", true)
		made = append(made, &auth{node: n})
	}
	if len(made) == 0 {
		return nil, "none of its flows can be used"
	}
	return made, ""
}

// absolute returns an address of the protocol, or "" when it cannot be one. An
// address without host belongs to that of the service.
func (m *mapper) absolute(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err == nil && !u.IsAbs() && m.server.plain != "" {
		if b, err := url.Parse(m.server.plain + "/"); err == nil {
			u = b.ResolveReference(u)
		}
	}
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Host)) || strings.Contains(u.String(), "{{") {
		return ""
	}
	u.Fragment = ""
	return u.String()
}

// maxScopes bounds the scopes that people choose from.
const maxScopes = 500

// scopesOf lists the scopes of a flow, and counts those that are none.
func scopesOf(f *high.OAuthFlow) (out *source.Node, left int) {
	out = emit.List()
	if f.Scopes == nil {
		return out, 0
	}
	for name, doc := range f.Scopes.FromOldest() {
		name = unmarked(name)
		if !scopeToken(name) || len(out.Members) == maxScopes {
			left++
			continue
		}
		emit.Push(out, emit.Line("name", name, "label", strings.TrimSuffix(sentences(plainText(doc), 100, 1), ".")))
	}
	return out, left
}

// scopeToken reports whether a text is a scope (RFC 6749, 3.3).
func scopeToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7F || c == '"' || c == '\\' {
			return false
		}
	}
	return s != "" && len(s) <= 255
}

// node writes the authentication part of connector.yaml.
func (a *auths) node(s *server) *source.Node {
	out := emit.List()
	for _, one := range a.list {
		n := emit.Map("key", one.key)
		n.Members = append(n.Members, one.node.Members...)
		params := s.parameters()
		if own := n.Get("parameters"); own != nil {
			own.Members = append(own.Members, params.Members...)
		} else {
			emit.Set(n, "parameters", params)
		}
		emit.Push(out, n)
	}
	return out
}

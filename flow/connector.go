package flow

import "strings"

// Branding is how a connector presents itself.
type Branding struct {
	Icon    *Asset `json:"icon,omitempty"`
	Color   string `json:"color,omitempty"`   // "#" and 3 or 6 hexadecimal digits
	Docs    string `json:"docs,omitempty"`    // address of the documentation for people
	Support string `json:"support,omitempty"` // mail address
}

// Asset names a file that belongs to a connector and is not part of its module.
type Asset struct {
	File   string `json:"file"`   // relative to the connector, with slashes
	SHA256 string `json:"sha256"` // of its content, hexadecimal
	Type   string `json:"type"`   // "image/png" or "image/jpeg"
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
}

// The types of authentication.
const (
	AuthBasic  = "basic"
	AuthOAuth2 = "oauth2"
	AuthAPIKey = "api_key"
	AuthCustom = "custom"
)

// The grants of OAuth 2.0 (RFC 6749; RFC 7523 for the JWT bearer grant).
const (
	GrantAuthorizationCode = "authorization_code"
	GrantClientCredentials = "client_credentials"
	GrantJWTBearer         = "jwt_bearer"
)

// How a client authenticates at the token address (RFC 6749, 2.3.1).
const (
	ClientAuthBasic = "basic" // client_secret_basic
	ClientAuthPost  = "post"  // client_secret_post
	ClientAuthNone  = "none"  // public client: the id in the body
)

// MaxAuths is the number of authentications that a connector may have.
const MaxAuths = 5

// Auth is one way to connect. Addresses and hosts may hold {{auth.KEY}}, which
// is filled in with plain values when a connection is made.
type Auth struct {
	Key    string   `json:"key"` // the Auth Selection Key
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Attach bool     `json:"attach,omitempty"` // the credential goes on every request that has none
	Hosts  []string `json:"hosts,omitempty"`  // where secrets may be sent; templates

	Username   *Label        `json:"username,omitempty"` // basic
	Password   *Label        `json:"password,omitempty"` // basic
	Scheme     *KeyScheme    `json:"scheme,omitempty"`   // api_key
	OAuth2     *OAuth2       `json:"oauth2,omitempty"`
	Parameters []Parameter   `json:"parameters,omitempty"`
	Config     []ConfigValue `json:"config,omitempty"`
}

// Label is how a built-in field of a connection is shown.
type Label struct {
	Label string `json:"label,omitempty"`
	Doc   string `json:"doc,omitempty"`
}

// KeyScheme says where an API key goes (OpenAPI 3.1, Security Scheme Object).
type KeyScheme struct {
	In     string `json:"in"`               // "header", "query" or "cookie"
	Field  string `json:"field"`            // name of the header, parameter or cookie
	Prefix string `json:"prefix,omitempty"` // before the key, such as "Token "
	Label  string `json:"label,omitempty"`
	Doc    string `json:"doc,omitempty"`
}

// OAuth2 is how tokens are got.
type OAuth2 struct {
	Grant           string        `json:"grant"`
	AuthorizeURL    string        `json:"authorizeUrl,omitempty"`
	TokenURL        string        `json:"tokenUrl"`
	RefreshURL      string        `json:"refreshUrl,omitempty"` // "" for TokenURL
	Issuer          string        `json:"issuer,omitempty"`     // "" when iss is not checked
	ClientAuth      string        `json:"clientAuth"`
	ClientID        string        `json:"clientId,omitempty"` // of a public client; "" when the installation or person gives it
	Scopes          []Scope       `json:"scopes,omitempty"`
	CustomizeScopes bool          `json:"customizeScopes,omitempty"`
	ScopeSeparator  string        `json:"scopeSeparator,omitempty"` // "" for a space
	AuthorizeParams []NamedText   `json:"authorizeParams,omitempty"`
	TokenParams     []NamedText   `json:"tokenParams,omitempty"`
	TokenHeaders    []NamedText   `json:"tokenHeaders,omitempty"`
	TokenResponse   TokenResponse `json:"tokenResponse,omitzero"`
	JWT             *JWTAssertion `json:"jwt,omitempty"` // jwt_bearer
}

// NamedText is one name with its text.
type NamedText struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Scope is one scope that a connection may ask for.
type Scope struct {
	Name     string `json:"name"`
	Label    string `json:"label,omitempty"`
	Required bool   `json:"required,omitempty"` // cannot be left out where people choose
}

// TokenResponse says where the members of a token answer stand: dotted paths;
// "" for the member of the same name at the top (RFC 6749, 5.1).
type TokenResponse struct {
	AccessToken  string `json:"accessToken,omitempty"`
	RefreshToken string `json:"refreshToken,omitempty"`
	ExpiresIn    string `json:"expiresIn,omitempty"`
	Scope        string `json:"scope,omitempty"`
	TokenType    string `json:"tokenType,omitempty"`
}

// JWTAssertion is the assertion of the JWT bearer grant (RFC 7523, 3). Texts may
// hold {{auth.KEY}}.
type JWTAssertion struct {
	Algorithm string `json:"algorithm"` // RS256, ES256, PS256, ...
	Key       string `json:"key"`       // the password parameter with the private key, in PEM
	KeyID     string `json:"keyId,omitempty"`
	Issuer    string `json:"issuer"`
	Subject   string `json:"subject,omitempty"`
	Audience  string `json:"audience,omitempty"` // "" for TokenURL
	Lifetime  int    `json:"lifetime"`           // seconds
}

// The types of parameters and config values of an authentication.
const (
	ParamText     = "text"
	ParamPassword = "password" // a secret
	ParamDropdown = "dropdown"
)

// Parameter is asked for when a connection is made.
type Parameter struct {
	Key     string      `json:"key"`
	Label   string      `json:"label,omitempty"`
	Doc     string      `json:"doc,omitempty"`
	Type    string      `json:"type"`
	Options []OptionRow `json:"options,omitempty"` // of a dropdown
}

// OptionRow is one row of a static dropdown.
type OptionRow struct {
	Label   string `json:"label"`
	Value   string `json:"value"`
	Default bool   `json:"default,omitempty"`
}

// ConfigValue is shown to, or hidden from, who makes a connection. Exactly one
// of Value and Flow is given.
type ConfigValue struct {
	Key    string `json:"key"`
	Label  string `json:"label,omitempty"`
	Type   string `json:"type"` // text or password
	Value  string `json:"value,omitempty"`
	Flow   string `json:"flow,omitempty"` // key of a helper flow without inputs, which cannot use a connection
	Hidden bool   `json:"hidden,omitempty"`
}

// AuthValue is one value that flows see as ${auth.KEY}, over all
// authentications of a connector.
type AuthValue struct {
	Key    string
	Secret bool
}

// AuthSelected is the key of the value that names the authentication in use.
const AuthSelected = "selected"

// Values lists what flows see of this authentication, built-in values first.
func (a *Auth) Values() []AuthValue {
	var out []AuthValue
	switch a.Type {
	case AuthBasic:
		out = append(out, AuthValue{"username", false}, AuthValue{"password", true})
	case AuthAPIKey:
		out = append(out, AuthValue{"api_key", true})
	case AuthOAuth2:
		out = append(out, AuthValue{"access_token", true})
		if a.OAuth2 != nil && a.OAuth2.Grant == GrantClientCredentials {
			out = append(out, AuthValue{"client_id", false}, AuthValue{"client_secret", true})
		}
	}
	for _, p := range a.Parameters {
		out = append(out, AuthValue{p.Key, p.Type == ParamPassword})
	}
	for _, c := range a.Config {
		out = append(out, AuthValue{c.Key, c.Type == ParamPassword})
	}
	return out
}

// LabelOf returns what people see of something: its label, or its key in words.
func LabelOf(label, key string) string {
	if label != "" {
		return label
	}
	words := strings.Split(key, "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// Ask is one thing that must be given for a connection.
type Ask struct {
	Parameter
	// Installation: it belongs to the connector's registration with the service and
	// is given once by who installs the connector, not by who connects.
	Installation bool
}

// Asks lists what must be given for a connection of this authentication: what
// its type has built in, then its parameters. A parameter with the key of
// something built in takes its place. Labels are never empty.
func (a *Auth) Asks() []Ask {
	var out []Ask
	add := func(key, label, kind string, l *Label, installation bool) {
		for _, p := range a.Parameters {
			if p.Key == key {
				return
			}
		}
		p := Parameter{Key: key, Label: label, Type: kind}
		if l != nil {
			p.Doc = l.Doc
			if l.Label != "" {
				p.Label = l.Label
			}
		}
		out = append(out, Ask{p, installation})
	}
	switch {
	case a.Type == AuthBasic:
		add("username", "Username", ParamText, a.Username, false)
		add("password", "Password", ParamPassword, a.Password, false)
	case a.Type == AuthAPIKey:
		l := Label{}
		if a.Scheme != nil {
			l = Label{a.Scheme.Label, a.Scheme.Doc}
		}
		add("api_key", "API Key", ParamPassword, &l, false)
	case a.Type == AuthOAuth2 && a.OAuth2 != nil && a.OAuth2.Grant == GrantJWTBearer:
		if a.OAuth2.JWT != nil {
			add(a.OAuth2.JWT.Key, "Private Key", ParamPassword, nil, false)
		}
	case a.Type == AuthOAuth2 && a.OAuth2 != nil:
		once := a.OAuth2.Grant == GrantAuthorizationCode
		if a.OAuth2.ClientID == "" {
			add("client_id", "Client ID", ParamText, nil, once)
		}
		if a.OAuth2.ClientAuth != ClientAuthNone {
			add("client_secret", "Client Secret", ParamPassword, nil, once)
		}
	}
	for _, p := range a.Parameters {
		p.Label = LabelOf(p.Label, p.Key)
		out = append(out, Ask{p, false})
	}
	return out
}

// Dynamic names the helper flow that computes a part of a card's face, and what
// it is given.
type Dynamic struct {
	Flow string       `json:"flow"`
	With []DynamicArg `json:"with,omitempty"`
}

// DynamicArg is one input of the helper flow: the value of an option of the
// same card, or a literal.
type DynamicArg struct {
	Input  string `json:"input"`
	Option string `json:"option,omitempty"` // "" for a literal
	Value  *Value `json:"value,omitempty"`
}

// Webhook is what a webhook event brings with it.
type Webhook struct {
	Register   *Dynamic   `json:"register,omitempty"`
	Deregister *Dynamic   `json:"deregister,omitempty"`
	Challenge  *Challenge `json:"challenge,omitempty"`
}

// Challenge tells deliveries apart that only verify the address. They are
// answered with what they carry and run no flow.
type Challenge struct {
	In     string `json:"in"`     // "headers", "query" or "body" (a member of a JSON object)
	Name   string `json:"name"`   // what carries the challenge
	Answer string `json:"answer"` // "text": the challenge alone; "header": under the same name; "json": {NAME: challenge}
}

// Trigger says when a standalone flow runs. Which fields count is a matter of
// the flow's type.
type Trigger struct {
	// scheduled: cron fields, five-field syntax with lists, ranges and steps.
	Minutes  string `json:"minutes,omitempty"`
	Hours    string `json:"hours,omitempty"`
	Days     string `json:"days,omitempty"` // of the month
	Months   string `json:"months,omitempty"`
	Weekdays string `json:"weekdays,omitempty"` // 0 to 6, 0 is Sunday
	TimeZone string `json:"timeZone,omitempty"` // IANA name; "" for UTC
	// endpoint: "open", "token" or "oauth".
	Security string `json:"security,omitempty"`
	// event: whose.
	Connector  string `json:"connector,omitempty"`
	Event      string `json:"event,omitempty"`
	Connection string `json:"connection,omitempty"` // slot
	Options    *Value `json:"options,omitempty"`    // object
}

// Slot is a connection of another connector that flows use. Whoever runs the
// flow fills it.
type Slot struct {
	Key       string `json:"key"`
	Connector string `json:"connector"`
	Name      string `json:"name,omitempty"`
}

// Rate is a budget of requests to one host, shared by all runs of a process
// that use the same connection (GCRA: one request every Per/Requests, with a
// tolerance of Burst).
type Rate struct {
	Host     string `json:"host"`
	Requests int64  `json:"requests"`
	Per      int64  `json:"per"`             // seconds
	Burst    int64  `json:"burst,omitempty"` // requests at once; 0 means 1
}

// Covers reports whether the budget is for requests to a host, which stands in an
// address of the given scheme. In the place of a template any text is covered.
func (r *Rate) Covers(scheme, host string) bool {
	want, port := strings.ToLower(r.Host), ":443"
	if scheme == "http" {
		port = ":80"
	}
	host = strings.TrimSuffix(strings.ToLower(host), port)
	want = strings.TrimSuffix(want, port)
	before, rest, ok := strings.Cut(want, "{{")
	if !ok {
		return host == want
	}
	_, after, _ := cutLast(rest, "}}")
	return len(host) > len(before)+len(after) && strings.HasPrefix(host, before) && strings.HasSuffix(host, after)
}

// cutLast is strings.Cut around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Connection is what a run is given of stored credentials.
type Connection struct {
	ID string // names the connection in request budgets; "" for none
	// Auth is the key of the authentication that it was made with.
	Auth string
	// Values are the values by key. Those of type password, and tokens, are
	// secrets bound to the connection's hosts; all others are text.
	Values map[string]Value
	// Hosts are the hosts that the connector's host templates gave when the
	// connection was made. Runs may reach them besides the fixed hosts.
	Hosts []string
	// Attach are credentials that go on every request to a host they are bound to.
	Attach []Attachment
}

// Attachment is a credential that the egress client puts on a request which
// does not carry a field of that name, and only for hosts the secret is bound to.
type Attachment struct {
	In    string // "header", "query" or "cookie"
	Field string
	Value Value // secret
}

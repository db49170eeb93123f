package connections

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// Connector is what the package needs to know of a connector.
type Connector struct {
	Manifest *flow.Manifest
	// RunFlow runs a flow of the connector and returns its outputs. c is nil for
	// the helper flow of a config value, which can use no connection. Default: no
	// flow can be run; then connections are not tested, and not revoked.
	RunFlow func(ctx context.Context, key string, c *flow.Connection) (flow.Value, error)
}

// Bounds of what a person may enter.
const (
	maxName        = 100     // characters
	maxDescription = 1000    // characters
	maxPlain       = 8 << 10 // bytes of one value that is no secret
)

// Field is one thing to ask a person for.
type Field struct {
	Key     string           `json:"key"`
	Label   string           `json:"label"`
	Doc     string           `json:"doc,omitempty"`
	Secret  bool             `json:"secret,omitempty"`
	Options []flow.OptionRow `json:"options,omitempty"` // of a dropdown
	// Installation: see flow.Ask. Who connects people fills it in for them.
	Installation bool `json:"installation,omitempty"`
	// Value is what to begin with: the default of a dropdown, or what is stored
	// already; "" for secrets.
	Value string `json:"value,omitempty"`
	// Stored: the field may be left out when reauthorizing; what is stored stays,
	// as long as the credentials go to the same hosts.
	Stored bool `json:"stored,omitempty"`
}

// Shown is a config value that people copy from.
type Shown struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Value string `json:"value,omitempty"` // "" where it is hidden
	// Hidden is the value where its type is password.
	Hidden Hidden `json:"-"`
}

// Reveal returns the text of a password config value, for the one place that
// shows it to be copied.
func (s Shown) Reveal() string { return s.Hidden.reveal() }

// Draft is a connection that is being made, or reauthorized: what has to be
// asked, and what may be chosen. Fields, Shown and Scopes are for reading.
type Draft struct {
	Fields []Field
	Shown  []Shown
	// Scopes are those of the authentication; Choose says whether people choose.
	Scopes []flow.Scope
	Choose bool

	connector Connector
	tenant    string
	auth      flow.Auth
	config    map[string]string // text config values
	hidden    map[string]Hidden // password config values
	old       *Record           // that is reauthorized, or nil
}

// String says for which authentication the draft is.
func (d *Draft) String() string { return "draft of a connection with " + d.auth.Key }

// Format implements fmt.Formatter: no verb shows config values.
func (d *Draft) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(d.String())) }

// Auth returns the authentication that the draft is for.
func (d *Draft) Auth() flow.Auth { return d.auth }

// NeedsBrowser reports whether Begin and Finish complete the draft, not Create.
func (d *Draft) NeedsBrowser() bool {
	return d.auth.OAuth2 != nil && d.auth.OAuth2.Grant == flow.GrantAuthorizationCode
}

// Answers are what a person gave.
type Answers struct {
	Name        string
	Description string
	Values      map[string]Hidden // by Field.Key, secrets and others
	// Scopes are those chosen, where Draft.Choose; required ones need not be among
	// them. nil chooses all.
	Scopes []string
	// Hosts are further ones (name or address, with a port or without) that the
	// secrets may be sent to: where a service that the connector knows by its public
	// name stands elsewhere. Who runs the connection must allow them once more.
	Hosts []string
}

// Draft begins a connection of tenant with the authentication auth, which may be
// "" where the connector has one only. Config values that come from a flow are
// computed here, so that they can be shown. Errors: connection.invalid, and what
// the flows give.
func (m *Manager) Draft(ctx context.Context, c Connector, tenant, auth string) (*Draft, error) {
	a, err := authOf(c.Manifest, auth)
	if err != nil {
		return nil, err
	}
	d := &Draft{connector: c, tenant: tenant, auth: *a}
	return d, d.prepare(ctx)
}

// Reauthorize begins to replace the credentials of a connection. Config values
// stay what they were: the service may know them. Errors: connection.unknown,
// connection.invalid when the connector has no such authentication any more,
// vault.*.
func (m *Manager) Reauthorize(ctx context.Context, c Connector, tenant, id string) (*Draft, error) {
	r, err := m.get(ctx, c.Manifest, tenant, id)
	if err != nil {
		return nil, err
	}
	a, err := authOf(c.Manifest, r.Auth.Key)
	if err != nil {
		return nil, err
	}
	d := &Draft{connector: c, tenant: tenant, auth: *a, old: r}
	return d, d.prepare(ctx)
}

// authOf returns an authentication of a connector by its key.
func authOf(m *flow.Manifest, key string) (*flow.Auth, error) {
	var keys []string
	for i := range m.Auths {
		if m.Auths[i].Key == key || key == "" && len(m.Auths) == 1 {
			return &m.Auths[i], nil
		}
		keys = append(keys, m.Auths[i].Key)
	}
	switch {
	case len(keys) == 0:
		return nil, flow.Errorf(flow.CodeConnectionInvalid, "the connector %q has no authentication", m.Key)
	case key == "":
		return nil, flow.Errorf(flow.CodeConnectionInvalid, "the connector %q has several authentications", m.Key).
			WithFix("choose one of %s", strings.Join(keys, ", "))
	}
	return nil, flow.Errorf(flow.CodeConnectionInvalid, "the connector %q has no authentication %s", m.Key, flow.Excerpt(key)).
		WithFix("choose one of %s", strings.Join(keys, ", "))
}

// prepare finds out what to ask and what to show.
func (d *Draft) prepare(ctx context.Context) error {
	d.Fields = fieldsOf(&d.auth)
	for i := range d.Fields {
		f := &d.Fields[i]
		if d.old == nil {
			continue
		}
		// What was a secret stays one, even where the connector has come to declare
		// it as plain: then it is asked for again.
		if f.Secret {
			_, f.Stored = d.old.Secrets[f.Key]
			continue
		}
		if was, ok := d.old.Plain[f.Key]; ok {
			f.Stored, f.Value = true, was
		}
	}
	if o := d.auth.OAuth2; o != nil {
		d.Scopes, d.Choose = o.Scopes, o.CustomizeScopes
	}
	d.config, d.hidden = map[string]string{}, map[string]Hidden{}
	for i := range d.auth.Config {
		c := &d.auth.Config[i]
		text, err := d.configValue(ctx, c)
		if err != nil {
			return err
		}
		shown := Shown{Key: c.Key, Label: flow.LabelOf(c.Label, c.Key)}
		if c.Type == flow.ParamPassword {
			d.hidden[c.Key], shown.Hidden = Hide(text), Hide(text)
		} else {
			d.config[c.Key], shown.Value = text, text
		}
		if !c.Hidden {
			d.Shown = append(d.Shown, shown)
		}
	}
	return nil
}

// configValue returns a config value: the stored one, the static one, or the
// single output of its flow.
func (d *Draft) configValue(ctx context.Context, c *flow.ConfigValue) (string, error) {
	if c.Flow == "" {
		return c.Value, nil
	}
	if d.old != nil {
		if h, ok := d.old.Secrets[c.Key]; ok && c.Type == flow.ParamPassword {
			return h.reveal(), nil
		}
		if text, ok := d.old.Plain[c.Key]; ok && c.Type != flow.ParamPassword {
			return text, nil
		}
	}
	if d.connector.RunFlow == nil {
		return "", flow.Errorf(flow.CodeConnectionInvalid, "the config value %q comes from a flow, and flows cannot be run here", c.Key)
	}
	out, err := d.connector.RunFlow(ctx, c.Flow, nil)
	if err != nil {
		return "", err
	}
	for _, v := range out.Object().All() {
		switch v.Kind() {
		case flow.KindText, flow.KindNumber, flow.KindBool, flow.KindDate:
		default:
			continue
		}
		if text, err := flow.Convert(v, flow.TextType); err == nil && out.Object().Len() == 1 {
			return text.Text(), checkText(c.Key, text.Text(), maxPlain)
		}
	}
	return "", flow.Errorf(flow.CodeConnectionInvalid, "the flow %q does not give the text that the config value %q needs", c.Flow, c.Key)
}

// fieldsOf lists what an authentication asks for.
func fieldsOf(a *flow.Auth) []Field {
	var out []Field
	for _, p := range a.Asks() {
		f := Field{
			Key: p.Key, Label: p.Label, Doc: p.Doc, Secret: p.Type == flow.ParamPassword, Options: p.Options, Installation: p.Installation,
		}
		for _, row := range p.Options {
			if row.Default {
				f.Value = row.Value
			}
		}
		out = append(out, f)
	}
	return out
}

// Keys of values that types of authentication have built in (see flow.Auth.Values).
const (
	keyUsername     = "username"
	keyPassword     = "password"
	keyAPI          = "api_key"
	keyAccessToken  = "access_token"
	keyClientID     = "client_id"
	keyClientSecret = "client_secret"
)

// record turns answers into a record that has everything but a token.
func (d *Draft) record(a Answers) (*Record, error) {
	r := &Record{Tenant: d.tenant, Connector: d.connector.Manifest.Key, State: StateOK}
	if d.old != nil {
		r = d.old.clone()
		r.State, r.Health, r.Refused, r.Token = StateOK, "", false, nil
		if a.Name == "" {
			a.Name = r.Name
		}
		if a.Description == "" {
			a.Description = r.Description
		}
	}
	r.Name, r.Description = strings.TrimSpace(a.Name), a.Description
	if err := checkName(r.Name, r.Description); err != nil {
		return nil, err
	}
	kept, err := d.values(r, a)
	if err != nil {
		return nil, err
	}
	s, err := settle(d.connector.Manifest, &d.auth, r.Plain)
	if err == nil {
		err = s.bindTo(a.Hosts)
	}
	if err != nil {
		return nil, err
	}
	if kept != "" {
		before := settled{auth: d.old.Auth, bound: d.old.Bound}
		// Who may not see a secret must not be able to send it elsewhere.
		if s.destinations() != before.destinations() {
			return nil, flow.Errorf(flow.CodeConnectionInvalid, "the connection would go to other hosts than before, and %q is not given anew", kept).
				WithFix("give every secret again")
		}
	}
	r.Auth, r.Hosts, r.Bound = s.auth, s.hosts, s.bound
	r.Auth.Config = slices.Clone(r.Auth.Config)
	for i := range r.Auth.Config {
		r.Auth.Config[i].Value = "" // it lies with the other values
	}
	r.Scopes, err = d.scopes(a.Scopes)
	return r, err
}

// values fills in the values of r and returns the key of a secret that was kept.
func (d *Draft) values(r *Record, a Answers) (kept string, err error) {
	plain, secrets := map[string]string{}, map[string]Hidden{}
	var missing, foreign []string
	for _, f := range d.Fields {
		given, ok := a.Values[f.Key]
		text := given.reveal()
		if !ok || text == "" {
			if !f.Stored {
				if text = f.Value; text == "" {
					missing = append(missing, f.Key)
					continue
				}
			} else if f.Secret {
				kept, text = f.Key, d.old.Secrets[f.Key].reveal()
			} else {
				text = d.old.Plain[f.Key]
			}
		}
		if err := f.check(text); err != nil {
			return "", err
		}
		if f.Secret {
			secrets[f.Key] = Hide(text)
		} else {
			plain[f.Key] = text
		}
	}
	for key := range a.Values {
		if !slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Key == key }) {
			foreign = append(foreign, key)
		}
	}
	slices.Sort(foreign)
	if len(foreign) > 0 {
		return "", flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q does not ask for %s", d.auth.Key, flow.Excerpt(strings.Join(foreign, ", ")))
	}
	if len(missing) > 0 {
		return "", flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q needs %s", d.auth.Key, strings.Join(missing, ", "))
	}
	for k, text := range d.config {
		plain[k] = text
	}
	for k, h := range d.hidden {
		secrets[k] = h
	}
	if o := d.auth.OAuth2; o != nil && o.ClientID != "" {
		plain[keyClientID] = o.ClientID
	}
	if d.auth.Type == flow.AuthBasic && strings.Contains(plain[keyUsername], ":") {
		// RFC 7617, 2: everything behind the first colon would be password.
		return "", flow.Errorf(flow.CodeConnectionInvalid, "a user name of Basic authentication cannot hold a colon")
	}
	r.Plain, r.Secrets = plain, secrets
	return kept, nil
}

// check says what is wrong with a value of the field.
func (f *Field) check(text string) error {
	if len(f.Options) > 0 {
		if !slices.ContainsFunc(f.Options, func(row flow.OptionRow) bool { return row.Value == text }) {
			return flow.Errorf(flow.CodeConnectionInvalid, "%q has no such option: %s", f.Key, flow.Excerpt(text))
		}
		return nil
	}
	if !f.Secret {
		return checkText(f.Key, text, maxPlain)
	}
	// Secrets may have line breaks: private keys do.
	if len(text) > flow.MaxSecret || !utf8.ValidString(text) {
		return flow.Errorf(flow.CodeConnectionInvalid, "%q is longer than %d bytes or not UTF-8", f.Key, flow.MaxSecret)
	}
	return nil
}

func checkText(key, text string, limit int) error {
	if len(text) > limit || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return flow.Errorf(flow.CodeConnectionInvalid, "%q is longer than %d bytes, or has control characters", key, limit)
	}
	return nil
}

func checkName(name, description string) error {
	switch {
	case name == "":
		return flow.Errorf(flow.CodeConnectionInvalid, "a connection needs a name")
	case utf8.RuneCountInString(name) > maxName:
		return flow.Errorf(flow.CodeConnectionInvalid, "the name of a connection has at most %d characters", maxName)
	case utf8.RuneCountInString(description) > maxDescription:
		return flow.Errorf(flow.CodeConnectionInvalid, "the description of a connection has at most %d characters", maxDescription)
	}
	if err := checkText("name", name, maxPlain); err != nil {
		return err
	}
	if !utf8.ValidString(description) {
		return flow.Errorf(flow.CodeConnectionInvalid, "the description of a connection must be UTF-8")
	}
	return nil
}

// scopes returns the scopes to ask for, in the order of the authentication.
func (d *Draft) scopes(chosen []string) ([]string, error) {
	var out []string
	for _, s := range d.Scopes {
		if s.Required || !d.Choose || chosen == nil || slices.Contains(chosen, s.Name) {
			out = append(out, s.Name)
		}
	}
	for _, name := range chosen {
		if !slices.ContainsFunc(d.Scopes, func(s flow.Scope) bool { return s.Name == name }) {
			return nil, flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q has no scope %s", d.auth.Key, flow.Excerpt(name))
		}
		if !d.Choose && !slices.Contains(out, name) {
			return nil, flow.Errorf(flow.CodeConnectionInvalid, "the scopes of %q cannot be chosen", d.auth.Key)
		}
	}
	return out, nil
}

package guest

import (
	"regexp"
	"slices"

	"github.com/weirflow/weir/flow"
)

// Limits of what a manifest says about faces and authentication. A dropdown of
// 1,000 rows is longer than people scroll.
const (
	maxRows   = 1000
	maxValues = 200 // parameters and config values of one authentication
)

// hostHole is a part of a host that the connection of a run fills in.
var hostHole = regexp.MustCompile(`\{\{auth\.[A-Za-z][A-Za-z0-9_]*\}\}`)

// face checks how a field is shown.
func (c *manifestChecker) face(where string, f *flow.FieldInfo, limit int) {
	c.rows(where, f.Choices)
	c.dynamic(where, f.ChoicesFrom)
	c.dynamic(where, f.FieldsFrom)
	c.dynamic(where, f.GroupFrom)
	if len(f.Fields) > 0 {
		c.fields(where+": field "+flow.Excerpt(f.Key), f.Fields, limit)
	}
}

func (c *manifestChecker) rows(where string, rows []flow.OptionRow) {
	c.require(len(rows) <= maxRows, where, "too many choices")
	for _, r := range rows {
		c.require(shortTexts(r.Label, r.Value), where, "a choice is too long")
	}
}

func (c *manifestChecker) dynamic(where string, d *flow.Dynamic) {
	if d == nil {
		return
	}
	c.require(validName(d.Flow) && len(d.With) <= maxFields, where, "what computes a face is malformed")
	for _, a := range d.With {
		c.require(a.Input != "" && len(a.Input) <= MaxKey && len(a.Option) <= MaxKey, where, "what computes a face is malformed")
	}
}

// auths checks the ways to connect: their number, keys and sizes. Addresses are
// the business of whoever makes connections.
func (c *manifestChecker) auths(auths []flow.Auth) {
	c.require(len(auths) <= flow.MaxAuths, "more authentications than a connector can have")
	seen := map[string]bool{}
	for i := range auths {
		a := &auths[i]
		where := "authentication " + flow.Excerpt(a.Key)
		c.require(validName(a.Key) && shortTexts(a.Name), where, "the key or name is malformed")
		c.require(!seen[a.Key], where, "it stands twice")
		seen[a.Key] = true
		c.require(slices.Contains([]string{flow.AuthBasic, flow.AuthOAuth2, flow.AuthAPIKey, flow.AuthCustom}, a.Type), where, "there is no such type")
		c.require((a.Type == flow.AuthOAuth2) == (a.OAuth2 != nil) && (a.Type == flow.AuthAPIKey) == (a.Scheme != nil), where, "it lacks what its type needs")
		c.require(len(a.Parameters)+len(a.Config) <= maxValues, where, "too many values")
		c.hosts(where, a.Hosts)
		for _, p := range a.Parameters {
			c.require(validName(p.Key) && shortTexts(p.Label, p.Doc), where, "a parameter is malformed")
			c.rows(where, p.Options)
		}
		for _, v := range a.Config {
			c.require(validName(v.Key) && shortTexts(v.Label, v.Value, v.Flow), where, "a config value is malformed")
		}
		if o := a.OAuth2; o != nil {
			c.require(len(o.Scopes) <= maxRows && shortTexts(o.AuthorizeURL, o.TokenURL, o.RefreshURL, o.Issuer, o.ClientID), where, "the protocol is malformed")
		}
	}
}

// settings checks the rest of what a connector says about itself.
func (c *manifestChecker) settings(m *flow.Manifest) {
	b := m.Branding
	c.require(shortTexts(b.Color, b.Docs, b.Support), "branding is too long")
	c.require(b.Icon == nil || validHex(b.Icon.SHA256, 64) && shortTexts(b.Icon.File, b.Icon.Type), "the icon is malformed")
	c.auths(m.Auths)
	c.require(len(m.Tables) <= maxNamed && len(m.Rates) <= maxHosts, "more tables or rates than a module can have")
	for i := range m.Tables {
		c.require(m.Tables[i].Validate() == nil, "table "+flow.Excerpt(m.Tables[i].Name), "the definition is malformed")
	}
	for _, r := range m.Rates {
		c.require(slices.Contains(m.Hosts, r.Host) && r.Requests > 0 && r.Per > 0 && r.Burst >= 0, "rate of "+flow.Excerpt(r.Host), "it is malformed")
	}
}

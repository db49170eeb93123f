package check

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

var accentColor = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

// branding checks what people see of the connector.
func (c *checker) branding() {
	b := c.conn.Branding
	if b == nil {
		return
	}
	bad := func(s syntax.Str, format string, args ...any) *flow.Error {
		return c.d.Error(flow.CodeConnectorBrand, s.Pos, format, args...)
	}
	if b.Color.Text != "" && !accentColor.MatchString(b.Color.Text) {
		bad(b.Color, "not a colour: %s", flow.Excerpt(b.Color.Text)).WithFix("write # and 3 or 6 hexadecimal digits, such as \"#00297A\"")
	}
	if b.Docs.Text != "" {
		if u, err := url.Parse(b.Docs.Text); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			bad(b.Docs, "not an address: %s", flow.Excerpt(b.Docs.Text)).WithFix("write the whole address, beginning with https://")
		}
	}
	if s := b.Support.Text; s != "" {
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
			bad(b.Support, "not a mail address: %s", flow.Excerpt(s))
		}
	}
	if b.Icon.Text != "" {
		c.icon(b.Icon)
	}
}

// tables checks the declared tables.
func (c *checker) tables() {
	for _, t := range c.conn.Tables {
		typed := true
		for _, col := range t.Columns {
			if col.Type.List || !slices.Contains([]flow.Base{flow.BaseText, flow.BaseNumber, flow.BaseBool, flow.BaseDate}, col.Type.Base) {
				c.d.Error(flow.CodeSourceValue, col.TypePos, "a column cannot be %s", col.Type).WithFix("a column is text, number, boolean or date")
				typed = false
				continue
			}
			c.field(col)
		}
		if err := t.Table().Validate(); err != nil && typed {
			c.d.Error(flow.CodeTableInvalid, t.Key.Pos, "%s", flow.AsError(err).Msg)
		}
	}
}

// rates checks the budgets of requests.
func (c *checker) rates(hosts []string) {
	seen := map[string]bool{}
	for _, r := range c.conn.Rates {
		at := r.Places.Of("host", r.Pos)
		switch {
		case !slices.Contains(hosts, r.Host):
			c.d.Error(flow.CodeConnectorHost, at, "the rate is for a host that the connector does not name: %s", flow.Excerpt(r.Host)).
				WithFix("add it to the connector's hosts")
		case seen[r.Host]:
			c.d.Error(flow.CodeSourceDuplicate, at, "the host %s has two rates", r.Host)
		}
		seen[r.Host] = true
	}
}

// rows checks the rows of a dropdown.
func (c *checker) rows(at flow.Pos, rows []flow.OptionRow) {
	values, defaults := map[string]bool{}, 0
	for _, r := range rows {
		if values[r.Value] {
			c.d.Error(flow.CodeSourceDuplicate, at, "the choice %s stands twice", flow.Excerpt(r.Value))
		}
		values[r.Value] = true
		if r.Default {
			defaults++
		}
		if strings.TrimSpace(r.Label) == "" {
			c.d.Error(flow.CodeSourceValue, at, "a choice has no label")
		}
	}
	if defaults > 1 {
		c.d.Error(flow.CodeSourceValue, at, "only one choice can be the default")
	}
}

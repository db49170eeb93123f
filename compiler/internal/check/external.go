package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// externals checks the cards of other connectors and the slots of connections,
// and makes the cards that steps can name.
func (c *checker) externals() {
	c.external = map[string]*flow.Card{}
	for _, x := range c.conn.Externals {
		if c.family(x.Key.Text) {
			c.d.Error(flow.CodeNameInvalid, x.Key.Pos, "%s is a family of Weir's own cards, and cannot be a connector beside it", flow.Excerpt(x.Key.Text))
			continue
		}
		for _, card := range x.Cards {
			for _, fields := range [][]*syntax.Field{card.Options, card.Inputs, card.Outputs} {
				for _, f := range fields {
					c.externalField(f)
				}
			}
			if n := len(card.Inputs) + len(card.Options); n > guest.MaxExternalInputs {
				c.d.Error(flow.CodeSourceLimit, card.Key.Pos, "a card of another connector may have %d inputs and options, this one has %d", guest.MaxExternalInputs, n).
					WithFix("declare the fields of a group that the flows do not use as one object")
			}
			info := x.Info(card)
			c.external[info.Key()] = flow.ExternalCard(info)
		}
	}
	c.slots = map[string]*syntax.Slot{}
	for _, s := range c.conn.Connections {
		c.slots[s.Key.Text] = s
	}
}

// family reports whether the registry has cards of a family.
func (c *checker) family(name string) bool {
	if c.reg == nil {
		return false
	}
	for card := range c.reg.All() {
		if card.Family() == name {
			return true
		}
	}
	return false
}

func (c *checker) externalField(f *syntax.Field) {
	c.field(f)
	for _, key := range []syntax.Str{f.Group, f.Key} {
		if len(key.Text) > guest.MaxKey {
			c.d.Error(flow.CodeNameInvalid, key.Pos, "a name may have %d bytes: %s", guest.MaxKey, flow.Excerpt(key.Text))
		}
	}
	if f.Face == nil {
		return
	}
	if f.Face.Choices != nil {
		rows := make([]flow.OptionRow, len(f.Face.Choices))
		for i, ch := range f.Face.Choices {
			rows[i] = flow.OptionRow{Label: ch.Label.Text, Value: ch.Value.Text, Default: ch.Default}
		}
		c.rows(f.Key.Pos, rows)
	}
	if f.Face.Fields != nil && f.Type.Base != flow.BaseObject {
		c.d.Error(flow.CodeFaceInvalid, f.Key.Pos, "only objects have fields, and %q is %s", f.Key.Text, f.Type)
	}
	for _, sub := range f.Face.Fields {
		c.externalField(sub)
	}
}

// options checks the options of a step, which cards of other connectors have.
func (b *body) options(card *flow.Card, do *syntax.Card) {
	given := map[string]bool{}
	for _, a := range do.Options {
		i := card.Input(flow.OptionsGroup, a.Key.Text)
		if card.External == nil || i < 0 {
			e := b.d.Error(flow.CodeCardInput, a.Key.Pos, "card %s has no option %s", card.Key, flow.Excerpt(a.Key.Text))
			if card.External != nil {
				e.Fix = problem.Suggest(a.Key.Text, inputs(card, flow.OptionsGroup))
			}
			continue
		}
		given[a.Key.Text] = true
		what := "option " + a.Key.Text
		b.want(a.Value, card.In[i].Type, what, false)
		b.choice(&card.In[i], a, what)
	}
	if card.External == nil {
		return
	}
	for _, o := range card.External.Options {
		if o.Required && o.Default == nil && !given[o.Key] {
			b.d.Error(flow.CodeCardMissing, do.Key.Pos, "card %s needs the option %q", card.Key, o.Key)
		}
	}
}

// connection checks the slot that a step names.
func (b *body) connection(card *flow.Card, do *syntax.Card) {
	name := do.Connection
	if name.Text == "" {
		return
	}
	if card.External == nil && !requests(card) {
		b.d.Error(flow.CodeCardInput, name.Pos, "card %s takes no connection", card.Key)
		return
	}
	slot := b.slot(name)
	if card.External == nil {
		return // the connection says where its requests may go
	}
	if slot != nil && slot.Connector.Text != card.External.Connector {
		b.d.Error(flow.CodeCardInput, name.Pos, "%s is a connection of %s, and card %s needs one of %s",
			flow.Excerpt(name.Text), slot.Connector.Text, card.Key, card.External.Connector)
	}
}

// requests reports whether a card makes HTTP requests.
func requests(card *flow.Card) bool {
	return card.Effect != flow.Pure && slices.Contains(card.Errors, flow.CodeEgressSecretHost)
}

// slot finds a declared connection, or reports that there is none.
func (b *body) slot(name syntax.Str) *syntax.Slot {
	slot := b.slots[name.Text]
	if slot == nil {
		b.d.Error(flow.CodeNameUnknown, name.Pos, "there is no connection %s", flow.Excerpt(name.Text)).
			Fix = b.suggest(name.Text, sortedKeys(b.slots))
	}
	return slot
}

// nearExternal suggests a card of another connector for an unknown key.
func (c *checker) nearExternal(key string) string {
	family, _, _ := strings.Cut(key, ".")
	keys := slices.Sorted(maps.Keys(c.external))
	if near := problem.Nearest(key, keys); near != "" {
		return "did you mean " + near + "?"
	}
	for _, x := range c.conn.Externals {
		if x.Key.Text == family {
			return "declare it in " + x.File
		}
	}
	return ""
}

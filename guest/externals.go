package guest

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// MaxExternalInputs bounds the inputs and options of a card of another connector:
// its import has a parameter for each, one for the step and two for pages.
const MaxExternalInputs = MaxParams - 3

// maxExternalOutputs bounds its outputs, which stand in one object.
const maxExternalOutputs = 1000

// externals checks the definitions of cards of other connectors, and the
// connections that they are used with.
func (c *manifestChecker) externals(m *flow.Manifest) {
	c.require(len(m.Externals) <= MaxImports && len(m.Connections) <= maxNamed, "more cards of other connectors, or connections, than a module can have")
	seen := map[string]bool{}
	for i := range m.Externals {
		x := &m.Externals[i]
		where := "card " + flow.Excerpt(x.Key())
		c.require(externalKey(x.Connector) && externalKey(x.Card), where, "the key is malformed")
		c.require(!seen[x.Key()], where, "it stands twice")
		seen[x.Key()] = true
		c.require(shortTexts(x.Name, x.Version, x.Title, x.Doc), where, "a text is too long")
		c.require(len(x.In)+len(x.Options) <= MaxExternalInputs, where, "too many inputs")
		c.fields(where, x.In, MaxExternalInputs)
		c.fields(where, x.Options, MaxExternalInputs)
		c.fields(where, x.Out, maxExternalOutputs)
	}
	slots := map[string]bool{}
	for _, s := range m.Connections {
		where := "connection " + flow.Excerpt(s.Key)
		c.require(validName(s.Key) && validName(s.Connector) && shortTexts(s.Name), where, "it is malformed")
		c.require(!slots[s.Key], where, "it stands twice")
		slots[s.Key] = true
	}
}

// externalKey reports whether s can be the key of a connector or of its card:
// without the dot that stands between both.
func externalKey(s string) bool { return validName(s) && !strings.Contains(s, ".") }

// hasSlot reports whether the manifest declares a connection.
func (v *verifier) hasSlot(key string) bool {
	return slices.ContainsFunc(v.m.Manifest.Connections, func(s flow.Slot) bool { return s.Key == key })
}

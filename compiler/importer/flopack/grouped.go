package flopack

import (
	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
)

// grouped is what a card is given: inputs, and mappings of inputs by group. A
// group may be named like an input.
type grouped struct {
	*source.Node
	groups map[string]*source.Node
}

func newGrouped() *grouped { return &grouped{emit.Map(), map[string]*source.Node{}} }

// in returns the mapping of a group, and makes it when it is first asked for. The
// group "" is the whole.
func (g *grouped) in(group string) *source.Node {
	if group == "" {
		return g.Node
	}
	n := g.groups[group]
	if n == nil {
		n = emit.Map()
		g.groups[group] = n
		emit.Put(g.Node, group, n)
	}
	return n
}

// has reports whether an input is given.
func (g *grouped) has(group, key string) bool {
	n := g.Node
	if group != "" {
		n = g.groups[group]
	}
	return n != nil && n.Get(key) != nil
}

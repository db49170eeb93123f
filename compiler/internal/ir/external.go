package ir

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Externals returns the definitions of the cards of other connectors that p
// calls, sorted by key.
func Externals(p *Program) []*flow.ExternalInfo {
	var out []*flow.ExternalInfo
	seen := map[string]bool{}
	for _, f := range p.Funcs {
		Walk(f.Body, func(op Op) {
			if c, ok := op.(*Card); ok && c.Card.External != nil && !seen[c.Card.External.Key()] {
				seen[c.Card.External.Key()] = true
				out = append(out, c.Card.External)
			}
		})
	}
	slices.SortFunc(out, func(a, b *flow.ExternalInfo) int { return strings.Compare(a.Key(), b.Key()) })
	return out
}

// externals writes the definitions, one a line, as JSON.
func (p *printer) externals(infos []*flow.ExternalInfo) {
	for _, x := range infos {
		b, err := json.Marshal(x)
		if err != nil {
			panic("ir: a definition without JSON: " + err.Error())
		}
		p.printf("external %q\n", b)
	}
}

// external reads a definition and makes the cards that operations may name.
func (p *parser) external() {
	var info flow.ExternalInfo
	if err := json.Unmarshal([]byte(p.str()), &info); err != nil {
		p.fail("%v", err)
	}
	if info.Connector == "" || info.Card == "" || strings.Contains(info.Connector+info.Card, ".") || p.cards[info.Key()] != nil {
		p.fail("no card can be made of %q", info.Key())
	}
	if p.cards == nil {
		p.cards = map[string]*flow.Card{}
	}
	p.cards[info.Key()] = flow.ExternalCard(&info)
	if info.Streams {
		p.cards[info.Key()+flow.StreamSuffix] = flow.ExternalStream(&info)
	}
}

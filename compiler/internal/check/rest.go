package check

import (
	"path"
	"slices"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// Rest checks what could be read of a connector with problems of form, so that
// an author sees all problems at once. It returns errors in flows that do not
// depend on what could not be read: a misspelt card is one whatever connector.yaml
// says, an unknown secret is not. In a flow that has problems of form itself, it
// looks at the names of cards and of their inputs alone.
func Rest(conn *syntax.Connector, reg *flow.Registry) flow.Diagnostics {
	if conn.Unread == nil || conn.Unread.Cards {
		return nil
	}
	c := newChecker(conn, reg)
	all := c.run()
	for _, f := range conn.Unread.Trees {
		b := newBody(c, &FlowInfo{Flow: f})
		walk(f.Steps, func(s *syntax.Step) {
			if do, ok := s.Do.(*syntax.Card); ok && do.Key.Text != "" {
				b.cardNames(do)
			}
		})
		all = append(all, b.d.Sorted()...)
	}
	return slices.DeleteFunc(all, func(d flow.Diagnostic) bool {
		return d.Severity != flow.SeverityError || path.Dir(d.Pos.File) != source.FlowsDir || conn.Unread.Settings && !slices.Contains(ofFlows, d.Code)
	})
}

// ofFlows are the codes of problems that settings have no part in.
var ofFlows = []flow.Code{
	flow.CodeCardUnknown, flow.CodeCardInput, flow.CodeCardMissing, flow.CodeTypeMismatch, flow.CodeFlowUnknown, flow.CodeFlowType,
	flow.CodeFlowCycle, flow.CodeFlowReturn, flow.CodeNameScope, flow.CodeSourceDuplicate,
}

// cardNames checks that a card exists and has the inputs that it is given.
func (b *body) cardNames(do *syntax.Card) {
	card := b.find(do.Key)
	if card == nil {
		return
	}
	check := func(group string, key syntax.Str) {
		if card.Input(group, key.Text) < 0 && (card.Extra == nil || card.Extra.Group != group) {
			b.unknownInput(card, &syntax.Arg{Group: syntax.Str{Text: group}, Key: key})
		}
	}
	for _, a := range do.With {
		o, nested := a.Value.(*syntax.ObjectLit)
		switch {
		case a.Group.Text != "" || card.Input("", a.Key.Text) >= 0 || !hasGroup(card, a.Key.Text):
			check(a.Group.Text, a.Key)
		case nested:
			for _, k := range o.Keys {
				check(a.Key.Text, k)
			}
		}
	}
}

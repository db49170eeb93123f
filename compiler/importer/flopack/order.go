package flopack

import (
	"github.com/weirflow/weir/flow"
)

// block is a sequence of cards that run one after the other.
type block struct {
	items []item
	noop  *card // that begins a branch; nil for a scope
}

// item is one card of a block, with the branches where it is If/Else.
type item struct {
	card    *card
	join    *card
	yes, no *block
}

// order puts the cards of a scope in the order in which they run. The order is
// in the edges alone: each leads to the next card of the same block, or from a
// card of a branch to the join that closes the branch.
type order struct {
	scope   *scope
	next    map[*card][]*card
	visited map[*card]bool
	fail    func(at *node, format string, args ...any)
	failed  bool
}

// arrange returns the block of a scope. What keeps it from being one is reported
// to fail, and the result is nil then.
func arrange(s *scope, fail func(at *node, format string, args ...any)) *block {
	o := &order{scope: s, next: map[*card][]*card{}, visited: map[*card]bool{}, fail: fail}
	target := map[*card]bool{}
	for _, e := range s.edges {
		o.next[e[0]] = append(o.next[e[0]], e[1])
		target[e[1]] = true
	}
	for _, c := range s.cards {
		for id := range c.branches {
			if b := s.byID[id]; b != nil {
				target[b] = true
			}
		}
	}
	var heads []*card
	for _, c := range s.cards {
		if !c.expands() && !target[c] {
			heads = append(heads, c)
		}
	}
	switch {
	case len(heads) == 0:
		o.problem(s.at, "no card begins the flow: its cards follow each other in a circle, or there are none")
		return nil
	case len(heads) > 1:
		o.problem(heads[1].at, "%d cards begin the flow, which must have one: %s and %s do", len(heads), heads[0].named(), heads[1].named())
		return nil
	}
	b := o.walk(heads[0], nil)
	if !o.failed {
		for _, c := range s.cards {
			if !c.expands() && !o.visited[c] {
				o.problem(c.at, "the card %s is never reached", c.named())
				break
			}
		}
	}
	if o.failed {
		return nil
	}
	return b
}

func (o *order) problem(at *node, format string, args ...any) {
	if !o.failed {
		o.fail(at, format, args...)
	}
	o.failed = true
}

// stops are the joins at which the walk of a branch ends, the innermost first.
type stops struct {
	join *card
	up   *stops
}

func (s *stops) has(c *card) bool {
	for ; s != nil; s = s.up {
		if s.join == c {
			return true
		}
	}
	return false
}

// walk follows a block from its first card.
func (o *order) walk(c *card, end *stops) *block {
	b := &block{}
	for c != nil && !o.failed {
		if o.visited[c] {
			o.problem(c.at, "the cards run in a circle: %s follows itself", c.named())
			return b
		}
		o.visited[c] = true
		it := item{card: c}
		if c.is("control", "if") {
			if c = o.branch(&it, end); c == nil {
				return b
			}
		}
		b.items = append(b.items, it)
		c = o.follow(c, end)
	}
	return b
}

// follow returns the card behind c in its block, or nil.
func (o *order) follow(c *card, end *stops) *card {
	var out *card
	for _, n := range o.next[c] {
		switch {
		case end.has(n):
		case out != nil:
			o.problem(c.at, "two cards follow %s: %s and %s", c.named(), out.named(), n.named())
			return nil
		default:
			out = n
		}
	}
	return out
}

// branch walks both branches of If/Else and returns the join behind them.
func (o *order) branch(it *item, end *stops) *card {
	c := it.card
	var yes, no *card
	for id, truth := range c.branches {
		b := o.scope.byID[id]
		switch {
		case b == nil:
		case truth:
			yes = b
		default:
			no = b
		}
	}
	if yes == nil || no == nil || len(c.branches) != 2 {
		o.problem(c.at, "%s must have two branches, one for true and one for false", c.named())
		return nil
	}
	join := o.join(c, yes, no, end)
	if join == nil {
		return nil
	}
	if o.visited[join] {
		o.problem(join.at, "the cards run in a circle: %s is reached twice", join.named())
		return nil
	}
	o.visited[join] = true
	it.join = join
	inner := &stops{join, end}
	it.yes, it.no = o.walk(yes, inner), o.walk(no, inner)
	for _, b := range []struct {
		block *block
		noop  *card
	}{{it.yes, yes}, {it.no, no}} {
		b.block.noop = b.noop
		if len(b.block.items) > 0 && b.block.items[0].card == b.noop {
			b.block.items = b.block.items[1:]
		}
	}
	return join
}

// join finds the one join that both branches lead to.
func (o *order) join(c, yes, no *card, end *stops) *card {
	var out *card
	for _, n := range o.next[yes] {
		if !n.is("control", "join") || end.has(n) {
			continue
		}
		for _, m := range o.next[no] {
			if m != n {
				continue
			}
			if out != nil && out != n {
				o.problem(c.at, "the branches of %s meet in two joins", c.named())
				return nil
			}
			out = n
		}
	}
	if out == nil {
		o.problem(c.at, "the branches of %s do not meet: there is no join behind them", c.named())
	}
	return out
}

// graphProblem reports what keeps the cards of a flow from having an order.
func (r *modelReader) graphProblem(f *flowDef) func(at *node, format string, args ...any) {
	return func(at *node, format string, args ...any) {
		r.problem(flow.CodeImportOrder, at, "flow %s: "+format, append([]any{flow.Excerpt(f.title())}, args...)...)
	}
}

package check

import (
	"math"
	"slices"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Sizes that an upper estimate takes for values that are known only at run
// time: a record of an ordinary API.
const (
	ordinaryBytes = 4096
	ordinaryItems = 100
)

// constructFuel is the most that the instructions of one step outside of cards
// are taken to cost in the upper estimate.
const constructFuel = 64

// price is a range of fuel; hi -1 is unbounded.
type price struct{ lo, hi int64 }

func (p price) plus(q price) price {
	return price{sum(p.lo, q.lo), high(p.hi, q.hi, sum)}
}

func (p price) or(q price) price {
	return price{min(p.lo, q.lo), high(p.hi, q.hi, func(a, b int64) int64 { return max(a, b) })}
}

func (p price) times(n int64) price {
	return price{product(p.lo, n), high(p.hi, n, product)}
}

func high(a, b int64, f func(a, b int64) int64) int64 {
	if a < 0 || b < 0 {
		return -1
	}
	return f(a, b)
}

func sum(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func product(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

// paths is what steps cost on the ways to their end, and on the ways that leave
// the flow or block before; nil where there is no such way.
type paths struct{ next, exit *price }

func either(a, z *price) *price {
	switch {
	case a == nil:
		return z
	case z == nil:
		return a
	}
	p := a.or(*z)
	return &p
}

func after(p price, q *price) *price {
	if q == nil {
		return nil
	}
	r := p.plus(*q)
	return &r
}

// cost estimates the fuel of one run of the flow, from what its cards cost.
func (b *body) cost() (lo, hi int64) {
	p := b.stepsCost(b.fi.Flow.Steps)
	if all := either(p.next, p.exit); all != nil {
		return all.lo, all.hi
	}
	return 0, 0
}

func (b *body) stepsCost(list []*syntax.Step) paths {
	so := paths{next: &price{}}
	for _, s := range list {
		if so.next == nil || b.info.Steps[s].Dead {
			break
		}
		p := b.stepCost(s)
		so.exit = either(so.exit, after(*so.next, p.exit))
		so.next = after(*so.next, p.next)
	}
	return so
}

// blockCost is stepsCost of a block of its own: leaving it goes on behind it.
func (b *body) blockCost(list []*syntax.Step) price {
	p := b.stepsCost(list)
	if all := either(p.next, p.exit); all != nil {
		return *all
	}
	return price{}
}

func (b *body) stepCost(s *syntax.Step) paths {
	base := price{0, constructFuel}
	si := b.info.Steps[s]
	switch do := s.Do.(type) {
	case *syntax.Card:
		if si.Card != nil {
			base = base.plus(attemptsCost(cardCost(si.Card, do), si.Retry))
		}
		if do.Pages != nil || do.Stream != nil {
			base.hi = -1
		}
		if do.OnError != nil {
			failed := base.plus(price{0, guest.ErrorFuel})
			failed.lo = 0
			if do.OnError.Return != nil {
				failed = failed.plus(b.shapeCost(do.OnError.Return))
			}
			if si.OnError != nil {
				failed = failed.plus(price{si.OnError.CostMin, si.OnError.CostMax})
			}
			return paths{next: &base, exit: &failed}
		}
	case *syntax.Call:
		if si.Call != nil {
			base = base.plus(price{si.Call.CostMin, si.Call.CostMax})
		}
	case *syntax.Loop:
		if si.Call != nil {
			base = base.plus(b.loopCost(do, si.Call))
		}
	case *syntax.If:
		then, other := b.stepsCost(do.Then), b.stepsCost(do.Else)
		return paths{after(base, either(then.next, other.next)), after(base, either(then.exit, other.exit))}
	case *syntax.Choose:
		branches := &price{}
		for i, br := range do.Branches {
			p := b.blockCost(br.Steps)
			if i == 0 && do.Branches[len(do.Branches)-1].Cond == nil {
				branches = &p
			} else {
				branches = either(branches, &p)
			}
		}
		base = base.plus(*branches)
	case *syntax.Try:
		tried, handled := b.blockCost(do.Steps), b.blockCost(do.IfError)
		both := tried.plus(handled)
		base = base.plus(price{min(tried.lo, handled.lo), both.hi})
	case *syntax.Return:
		base = base.plus(b.shapeCost(do))
		return paths{exit: &base}
	case *syntax.ReturnError:
		if do.When == nil {
			return paths{exit: &base}
		}
		return paths{next: &base, exit: &base}
	case *syntax.ContinueIf:
		return paths{next: &base, exit: &base}
	}
	return paths{next: &base}
}

// shapeCost is what it takes to give the records of a polling flow their types.
func (b *body) shapeCost(do *syntax.Return) price {
	if b.fi.Shape == nil || !slices.ContainsFunc(do.Values, func(a *syntax.Arg) bool { return a.Key.Text == syntax.OutputRecords }) {
		return price{}
	}
	c := b.fi.Shape.Cost
	return price{0, c.Base + int64(c.PerByte*2*ordinaryBytes+c.PerItem*ordinaryItems)}
}

// attemptsCost is one attempt, and at most as many as a step may have, with a
// decision behind each but the last.
func attemptsCost(p price, r *RetryStep) price {
	if r == nil {
		return p
	}
	again := price{0, r.Card.Cost.Base + constructFuel + guest.ErrorFuel}
	all := p.plus(again).times(int64(r.Times) + 1)
	return price{p.lo, all.hi}
}

// loopCost is one call for each item that is known to come, and unbounded where
// their number is not known.
func (b *body) loopCost(do *syntax.Loop, fi *FlowInfo) price {
	turn := price{fi.CostMin, fi.CostMax}.plus(price{0, constructFuel})
	n := int64(-1)
	if l, ok := do.Over.(*syntax.ListLit); ok {
		n = int64(len(l.Items))
	}
	if c, ok := syntax.Constant(do.Over); ok && n < 0 {
		switch {
		case do.Kind == syntax.Repeat:
			if v, err := flow.Convert(c, flow.NumberType); err == nil {
				n = int64(max(0, min(v.Number(), maxRepeat)))
			}
		case c.IsNull():
			n = 0
		default:
			n = 1
		}
	}
	if n < 0 {
		return price{0, -1}
	}
	p := turn.times(n)
	if do.Kind == syntax.Find {
		p.lo = turn.lo * min(n, 1)
	}
	if do.Kind == syntax.ForEach && do.IgnoreErrors {
		p.lo = 0
	}
	return p
}

// cardCost prices one call: constants count with their size, all else with
// nothing in the lower and with an ordinary size in the upper estimate.
func cardCost(card *flow.Card, do *syntax.Card) price {
	cost := card.Cost
	p := price{cost.Base, cost.Base}
	if cost.PerByte == 0 && cost.PerItem == 0 {
		return p
	}
	given := map[int]syntax.Expr{}
	var extra []syntax.Expr
	for _, a := range do.With {
		if i := card.Input(a.Group.Text, a.Key.Text); i >= 0 {
			given[i] = a.Value
		} else {
			extra = append(extra, a.Value)
		}
	}
	var bytesLo, bytesHi, itemsLo, itemsHi float64
	value := func(e syntax.Expr, t flow.Type) {
		if c, ok := syntax.Constant(e); ok {
			if v, err := flow.Convert(c, t); err == nil {
				n, m := float64(v.Size()), float64(v.List().Len()+v.Object().Len())
				bytesLo, bytesHi, itemsLo, itemsHi = bytesLo+n, bytesHi+n, itemsLo+m, itemsHi+m
				return
			}
		}
		bytesHi += ordinaryBytes
		itemsHi += ordinaryItems
	}
	for i := range card.In {
		if e, ok := given[i]; ok {
			value(e, card.In[i].Type)
		} else {
			bytesHi += float64(card.In[i].DefaultValue().Size())
		}
	}
	for _, e := range extra {
		if card.Extra != nil {
			value(e, card.Extra.Type)
		}
	}
	bytesHi += ordinaryBytes // the result
	p.lo += int64(cost.PerByte*bytesLo + cost.PerItem*itemsLo)
	p.hi += int64(cost.PerByte*bytesHi + cost.PerItem*(itemsHi+float64(len(extra))))
	return p
}

package check

import (
	"math"

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// The bounds of retry: the vendor's.
const (
	maxRetries   = 5
	maxRetryWait = 300 // seconds
)

// RetryStep is what a step that tries again is made of.
type RetryStep struct {
	Card     *flow.Card // control.retry
	Times    int
	Min, Max float64 // seconds
}

// retry checks the retry of a card step. One that never tries again is none.
func (b *body) retry(si *StepInfo, r *syntax.Retry) {
	rs := &RetryStep{Times: 3, Min: 60, Max: 180}
	if r.For != nil {
		b.retryFor(r.For)
	}
	if r.Times != nil {
		if n, ok := b.bound(r.Times, "times", 0, maxRetries, true); ok {
			rs.Times = int(n)
		}
	}
	if r.Between != nil {
		lo, hi := r.Between, r.Between
		if l, ok := r.Between.(*syntax.ListLit); ok && len(l.Items) == 2 {
			lo, hi = l.Items[0], l.Items[1]
		}
		var one, two bool
		rs.Min, one = b.bound(lo, "between", 1, maxRetryWait, false)
		rs.Max, two = rs.Min, one
		if hi != lo {
			rs.Max, two = b.bound(hi, "between", 1, maxRetryWait, false)
		}
		if one && two && rs.Min > rs.Max {
			b.d.Error(flow.CodeRetryInvalid, r.Between.Position(), "the shortest wait is longer than the longest: %v to %v seconds", rs.Min, rs.Max)
		}
	}
	if rs.Card = b.need("control.retry", r.Pos, "retry"); rs.Card == nil || rs.Times == 0 {
		return
	}
	if !b.dead {
		b.effect = max(b.effect, rs.Card.Effect)
	}
	si.Retry = rs
}

// retryFor checks what is tried again.
func (b *body) retryFor(e syntax.Expr) {
	c, constant := syntax.Constant(e)
	if !constant {
		b.want(e, flow.ListType(flow.NumberType), "the statuses of retry", false)
		return
	}
	if c.IsNull() || c.Kind() == flow.KindText && (c.Text() == syntax.RetryRateLimits || c.Text() == syntax.RetryAll) {
		return
	}
	statuses := c.List().Items()
	bad := c.Kind() != flow.KindList
	for _, s := range statuses {
		n := s.Number()
		bad = bad || s.Kind() != flow.KindNumber || n < 400 || n > 599 || n != math.Trunc(n)
	}
	if bad {
		b.d.Error(flow.CodeRetryInvalid, e.Position(), "for must be %s, %s or a list of statuses from 400 to 599", syntax.RetryRateLimits, syntax.RetryAll)
	}
}

// bound reads a literal number within bounds.
func (b *body) bound(e syntax.Expr, field string, lo, hi float64, whole bool) (float64, bool) {
	c, ok := syntax.Constant(e)
	if n := c.Number(); ok && c.Kind() == flow.KindNumber && n >= lo && n <= hi && (!whole || n == math.Trunc(n)) {
		return n, true
	}
	what := "a number"
	if whole {
		what = "a whole number"
	}
	b.d.Error(flow.CodeRetryInvalid, e.Position(), "%s of retry must be %s from %v to %v", field, what, lo, hi)
	return 0, false
}

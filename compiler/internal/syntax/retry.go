package syntax

import (
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Retry makes a card step try again when it has failed.
type Retry struct {
	Pos     flow.Pos
	For     Expr // RetryRateLimits, RetryAll, or a list of statuses; nil for the default
	Times   Expr // a number; nil for the default
	Between Expr // a number or a list of two, in seconds; nil for the default
}

// What is tried again, where it is no list of statuses.
const (
	RetryRateLimits = "rate_limits"
	RetryAll        = "all"
)

func retryFields() []string { return []string{"for", "times", "between"} }

// retry reads the retry field of a card step; nil without one.
func (p *parser) retry(m *mapping) *Retry {
	n := m.node.Get("retry")
	if n == nil {
		return nil
	}
	rm := p.mapping(n, "retry", retryFields()...)
	return &Retry{Pos: n.Pos, For: rm.expr("for"), Times: rm.expr("times"), Between: rm.expr("between")}
}

func retryNode(r *Retry) *source.Node {
	m := newMap()
	m.Flow = true
	m.expr("for", r.For)
	m.expr("times", r.Times)
	m.expr("between", r.Between)
	return m.Node
}

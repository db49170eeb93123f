package bridge

import (
	"context"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
)

// External implements flow.ExternalEnv.
func (e *env) External() flow.External {
	if e.in.run.outside == nil {
		return nil
	}
	return (*outside)(e)
}

// outside is who provides the cards of other connectors, as one instance sees it:
// its calls count like requests, which most of them make.
type outside env

// Call implements flow.External.
func (o *outside) Call(ctx context.Context, c *flow.ExternalCall) (*flow.ExternalAnswer, error) {
	e := (*env)(o)
	if err := e.spend(budget.HTTPCalls, 1); err != nil {
		return nil, err
	}
	e.httpCalls++
	q := *c
	q.Step = e.in.path(e.step)
	a, err := e.in.run.outside.Call(ctx, &q)
	if err != nil || a == nil {
		return nil, err
	}
	e.httpBytes += a.Bytes
	if err := e.spend(budget.HTTPBytes, a.Bytes); err != nil {
		return nil, err
	}
	return a, nil
}

package bridge

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
)

// env is the flow.Env of one instance. A card uses it from one goroutine.
type env struct {
	in *Instance

	// Of the present call.
	step   int32
	random io.Reader // from the run's World; nil until it is asked for

	// What the present call did.
	httpCalls int
	httpBytes int64
	fileBytes int64
	limit     *flow.Error // a limit it reached, which ends the run whatever the card returns
}

// reset prepares for a call of a step; 0 is none.
func (e *env) reset(step int32) { *e = env{in: e.in, step: step} }

// Now implements flow.Env.
func (e *env) Now() time.Time {
	if w := e.in.run.world; w != nil {
		return w.Now(e.in.path(e.step))
	}
	return e.in.run.clock()
}

// Random implements flow.Env.
func (e *env) Random() io.Reader {
	w := e.in.run.world
	if w == nil {
		return e.in.run.random
	}
	if e.random == nil {
		e.random = w.Random(e.in.path(e.step))
	}
	return e.random
}

// Sleep implements flow.Env.
func (e *env) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	e.in.worker.Pause()
	if w := e.in.run.world; w != nil {
		return w.Sleep(ctx, e.in.path(e.step), d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return flow.Errorf(flow.CodeRunCancelled, "the wait was ended: %v", context.Cause(ctx))
	}
}

// MayWait implements flow.WaitEnv. Waiting in a World of its own takes no time.
func (e *env) MayWait() time.Duration {
	if !e.waits() {
		return math.MaxInt64
	}
	return time.Until(e.in.run.deadline)
}

// waits reports whether waiting takes time in the World of the run.
func (e *env) waits() bool {
	_, real := e.in.run.world.(flow.RealTime)
	return real || e.in.run.world == nil
}

// Blobs implements flow.FileEnv.
func (e *env) Blobs() flow.Blobs {
	e.in.worker.Pause()
	return e.in.run.files
}

// Tables implements flow.TableEnv.
func (e *env) Tables() flow.Tables {
	e.in.worker.Pause()
	return e.in.run.tables
}

// Host implements flow.HostEnv.
func (e *env) Host() flow.Host { return e.in.run.host }

// Seal implements flow.SealEnv.
func (e *env) Seal(label, plain string) flow.Value {
	r := e.in.run
	v := flow.NewSecret(label, plain, r.hosts...)
	r.sealing.Lock()
	r.sealed = append(r.sealed, v)
	r.sealing.Unlock()
	return v
}

// Fetch implements flow.Env: it adds the hosts of the run or slot to the request,
// counts it against the run's limits and lets it wait for its turn.
func (e *env) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	r := e.in.run
	if r.fetcher == nil {
		return nil, flow.Errorf(flow.CodeEgressDenied, "this engine makes no HTTP requests")
	}
	q := *req.Metered(func(n int64) error {
		e.fileBytes += n
		return e.spend(budget.FileBytes, n)
	})
	connection, err := e.address(&q)
	if err != nil {
		return nil, err
	}
	if err := e.spend(budget.HTTPCalls, 1); err != nil {
		return nil, err
	}
	e.httpCalls++
	q.Step = e.in.path(e.step)
	if err := e.turn(ctx, q.URL, connection); err != nil {
		return nil, err
	}
	// One byte more than is left lets an answer that is too large be seen here.
	left := r.pool.Left(budget.HTTPBytes) + 1
	if q.MaxBody <= 0 || q.MaxBody > left {
		q.MaxBody = left
	}
	e.in.worker.Pause()
	resp, err := r.fetcher.Fetch(ctx, &q)
	if err != nil {
		return nil, err
	}
	e.httpBytes += resp.Bytes
	if err := e.spend(budget.HTTPBytes, resp.Bytes); err != nil {
		return nil, err
	}
	return resp, nil
}

// spend charges a resource on behalf of a card, which returns the error.
func (e *env) spend(k budget.Kind, n int64) error {
	if e.in.acct.Spend(k, n) {
		return nil
	}
	e.limit = e.in.run.limitError(k)
	return e.limit
}

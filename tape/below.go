package tape

import (
	"context"
	"io"
	"time"

	"github.com/weirflow/weir/flow"
)

// Source is what a run gets its requests, time and chance from: a Recorder, a
// Player, or what Below makes of one.
type Source interface {
	flow.Fetcher
	flow.World
}

// Below returns the source of a run that another run has started: s, with steps
// of its own. Flow and key are those of flow.Host.Start.
func Below(s Source, flowKey, key string) Source {
	return below{s, flowKey + "~" + key[:min(len(key), 8)]}
}

// below puts a path before the steps of a run.
type below struct {
	Source
	prefix string
}

func (b below) step(s string) string {
	if s == "" {
		return b.prefix
	}
	return b.prefix + "/" + s
}

// Fetch implements flow.Fetcher.
func (b below) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	q := *req
	q.Step = b.step(req.Step)
	return b.Source.Fetch(ctx, &q)
}

// Now implements flow.World.
func (b below) Now(step string) time.Time { return b.Source.Now(b.step(step)) }

// Random implements flow.World.
func (b below) Random(step string) io.Reader { return b.Source.Random(b.step(step)) }

// Sleep implements flow.World.
func (b below) Sleep(ctx context.Context, step string, d time.Duration) error {
	return b.Source.Sleep(ctx, b.step(step), d)
}

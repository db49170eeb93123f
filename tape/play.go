package tape

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/weirflow/weir/flow"
)

// Player answers the requests of one run from exchanges, and is the run's
// flow.World: time is what the tape says, chance comes from its seed, and nobody
// waits. It reaches nothing.
type Player struct {
	tape    *Tape
	resolve func(*flow.Request) (*flow.Request, error)
	match   matcher

	mu       sync.Mutex
	left     []*Exchange
	cards    []*CardCall
	steps    map[string]bool // that the tape has requests or calls of
	readings map[string][]int64
	faults   []string
}

var (
	_ flow.Fetcher = (*Player)(nil)
	_ flow.World   = (*Player)(nil)
)

// NewPlayer returns a player of a tape. resolve is what the recorder had as
// Config.Resolve, or any check that requests must pass first; its errors are
// those of the run. It may be nil.
func NewPlayer(t *Tape, resolve func(*flow.Request) (*flow.Request, error)) *Player {
	p := &Player{tape: t, resolve: resolve, match: newMatcher(t.Hidden), steps: map[string]bool{}, readings: map[string][]int64{}}
	for i := range t.HTTP {
		p.left = append(p.left, &t.HTTP[i])
		p.steps[t.HTTP[i].Step] = true
	}
	for i := range t.Cards {
		p.cards = append(p.cards, &t.Cards[i])
		p.steps[t.Cards[i].Step] = true
	}
	for _, r := range t.Clock {
		p.readings[r.Step] = r.At
	}
	return p
}

// Fetch implements flow.Fetcher. A request takes the first unused exchange of its
// step, or, where the tape has none of that step, the first unused one that fits.
// Its errors are the recorded ones, those of resolve, and tape.mismatch for a
// request that the tape does not have, which ends the run.
func (p *Player) Fetch(_ context.Context, req *flow.Request) (*flow.Response, error) {
	if p.resolve != nil {
		resolved, err := p.resolve(req)
		if err != nil {
			return nil, err
		}
		req = resolved
	}
	body, err := bodyOfRequest(req)
	if err != nil {
		return nil, err
	}
	x := p.take(req, &body)
	switch {
	case x == nil:
		return nil, flow.Errorf(flow.CodeTapeMismatch, "the request is not one that is expected")
	case x.Error != nil:
		e := *x.Error
		return nil, &e
	}
	return x.Response.answer(req)
}

// bodyOfRequest reads what a request would send, secrets by name.
func bodyOfRequest(req *flow.Request) (Body, error) {
	if len(req.BodyParts) > 0 {
		return read(req.BodyParts)
	}
	return bodyOf([]byte(flow.Masked(req.Body))), nil
}

// take returns the exchange for a request, which is used from then on, or nil
// after noting how the request differs.
func (p *Player) take(req *flow.Request, body *Body) *Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	ofStep := req.Step != "" && p.steps[req.Step]
	var nearest *Exchange
	var fewest []string
	for i, x := range p.left {
		if x.Step != "" && (ofStep || x.Loose) && x.Step != req.Step {
			continue
		}
		if ofStep && x.Step == "" && !x.Loose {
			continue
		}
		diffs := p.match.differences(x, req, body)
		if len(diffs) == 0 {
			p.left = append(p.left[:i:i], p.left[i+1:]...)
			return x
		}
		if nearest == nil || len(diffs) < len(fewest) {
			nearest, fewest = x, diffs
		}
		if ofStep && !x.Loose {
			p.left = append(p.left[:i:i], p.left[i+1:]...) // it is told of once
			break                                          // calls make their requests in order
		}
	}
	p.faults = append(p.faults, fault(req, nearest, fewest))
	return nil
}

// fault describes a request that is not expected.
func fault(req *flow.Request, nearest *Exchange, diffs []string) string {
	what := "unexpected request: " + req.Method + " " + address(req)
	if nearest == nil {
		return described(what, req.Step, flow.Pos{}, "", nil)
	}
	return described(what, req.Step, nearest.Pos, nearest.Step, diffs)
}

// described says what is not expected, and how it differs from the nearest thing
// that is, which has a place and perhaps a step; without differences nothing is
// left.
func described(what, step string, pos flow.Pos, nearest string, diffs []string) string {
	var b strings.Builder
	b.WriteString(what)
	if step != "" {
		b.WriteString(" (step " + flow.Printable(step) + ")")
	}
	if len(diffs) == 0 {
		b.WriteString("\nno exchange is left for it")
		return b.String()
	}
	which := "the nearest exchange"
	if nearest != "" && nearest == step {
		which = "the exchange of this step"
	}
	b.WriteString("\n" + which)
	if pos.IsValid() {
		b.WriteString(", at " + pos.String() + ",")
	}
	b.WriteString(" differs:")
	for _, d := range diffs {
		b.WriteString("\n  " + d)
	}
	return b.String()
}

// address prints where a request goes, query included; secrets stay sealed.
func address(req *flow.Request) string {
	var b strings.Builder
	b.WriteString(flow.Printable(req.URL))
	join := "?"
	if strings.Contains(req.URL, "?") {
		join = "&"
	}
	for _, p := range req.Query {
		b.WriteString(join + url.QueryEscape(p.Name) + "=")
		if p.Value.Kind() == flow.KindSecret {
			b.WriteString(flow.Printable(flow.Masked(p.Value)))
		} else {
			b.WriteString(url.QueryEscape(p.Value.Text()))
		}
		join = "&"
	}
	return b.String()
}

// answer returns the answer as a client would.
func (r *Response) answer(req *flow.Request) (*flow.Response, error) {
	switch r.Status {
	case 301, 302, 303, 307, 308:
		e := flow.Errorf(flow.CodeEgressRedirect, "the answer redirects (status %d) and is not followed", r.Status)
		e.Status = r.Status
		return nil, e
	}
	body := r.Body.Data()
	if req.MaxBody > 0 && int64(len(body)) > req.MaxBody && req.Sink == nil {
		return nil, flow.Errorf(flow.CodeLimitHTTPBytes, "the answer is larger than %d bytes", req.MaxBody)
	}
	res := &flow.Response{Status: r.Status}
	for _, f := range r.Headers {
		res.Headers = append(res.Headers, flow.Pair{Name: strings.ToLower(f.Name), Value: flow.Text(f.Value)})
		res.Bytes += int64(len(f.Name) + len(f.Value) + 4)
	}
	if req.Sink != nil && r.Status <= 299 {
		counted := &received{}
		if err := req.Sink(res, io.TeeReader(bytes.NewReader(body), counted)); err != nil {
			return nil, err
		}
		res.Streamed = counted.bytes
		return res, nil
	}
	res.Body = body
	res.Bytes += int64(len(body))
	return res, nil
}

// Now implements flow.World. A call reads the times that it read when it was
// recorded; one that reads more gets the last of them again, and one that the
// tape does not know the start.
func (p *Player) Now(step string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.readings[step]
	if len(at) == 0 {
		return p.tape.Start
	}
	if len(at) > 1 {
		p.readings[step] = at[1:]
	}
	return p.tape.Start.Add(time.Duration(at[0]) * time.Millisecond)
}

// Random implements flow.World.
func (p *Player) Random(step string) io.Reader { return chance(p.tape.Seed, step) }

// Sleep implements flow.World: the wait is over at once.
func (p *Player) Sleep(ctx context.Context, _ string, _ time.Duration) error {
	if ctx.Err() != nil {
		return flow.Errorf(flow.CodeRunCancelled, "the wait was ended: %v", context.Cause(ctx))
	}
	return nil
}

// Faults returns what was wrong with the requests of the run, now that it is
// over: requests that were not expected, with what the nearest exchange has
// instead, and exchanges that were not used. Faults may have several lines and
// hold no secret that the run was given.
func (p *Player) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var unused []string
	note := func(what, step string, pos flow.Pos) {
		if step != "" {
			what += " (step " + flow.Printable(step) + ")"
		}
		if pos.IsValid() {
			what += " (" + pos.String() + ")"
		}
		unused = append(unused, what)
	}
	for _, x := range p.left {
		note("expected request was not made: "+x.Request.Method+" "+flow.Printable(x.Request.URL), x.Step, x.Pos)
	}
	for _, x := range p.cards {
		note("expected call was not made: "+flow.Printable(x.Card), x.Step, x.Pos)
	}
	if n := len(unused) - maxUnused; n > 0 {
		unused = append(unused[:maxUnused], fmt.Sprintf("%d further expected exchanges were not used", n))
	}
	return append(p.faults[:len(p.faults):len(p.faults)], unused...)
}

// maxUnused is how many exchanges that were not used are named.
const maxUnused = 10

// Unexpected reports whether a request ended the run because it was not
// expected.
func (p *Player) Unexpected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.faults) > 0
}

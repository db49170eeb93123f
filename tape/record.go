package tape

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"io"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weirflow/weir/flow"
)

// Recorder makes the requests of one run through another fetcher and notes them.
// It is the run's flow.World as well: its time is that of the clock and waiting
// is real, but chance comes from a seed that goes on the tape. A run that draws
// keys or passwords which are to last must not be recorded.
type Recorder struct {
	next    flow.Fetcher
	resolve func(*flow.Request) (*flow.Request, error)
	clock   func() time.Time
	start   time.Time
	seed    [32]byte

	mu       sync.Mutex
	taken    []*taken
	cards    []CardCall
	readings map[string][]int64
	count    int
	bytes    int64
	fault    error // why nothing more is noted
}

var (
	_ flow.Fetcher = (*Recorder)(nil)
	_ flow.World   = (*Recorder)(nil)
)

// taken is one request and what came of it, secrets sealed.
type taken struct {
	req    *flow.Request
	sent   []byte // the body, where it was kept
	digest Body   // instead of sent
	res    *flow.Response
	body   []byte // of res
	err    *flow.Error
}

// Config configures NewRecorder. The zero value is useful.
type Config struct {
	// Resolve returns a request as it will be sent, with the credentials of a
	// connection on it; hostfuncs/egress has one. A Player of the tape needs the
	// same. Default: requests as flows make them
	Resolve func(*flow.Request) (*flow.Request, error)
	// Clock is the time. Default: time.Now
	Clock func() time.Time
	// Seed is what chance is made of. Default: random
	Seed [32]byte
}

// NewRecorder returns a recorder around next. The run begins now.
func NewRecorder(next flow.Fetcher, cfg Config) *Recorder {
	r := &Recorder{next: next, resolve: cfg.Resolve, clock: cfg.Clock, seed: cfg.Seed, readings: map[string][]int64{}}
	if r.clock == nil {
		r.clock = time.Now
	}
	if r.seed == [32]byte{} {
		_, _ = rand.Read(r.seed[:]) // never fails
	}
	r.start = r.clock().UTC().Truncate(time.Millisecond)
	return r
}

// Fetch implements flow.Fetcher. Its errors are those of the recorded fetcher.
// What is too large for a tape is no error here: Tape tells of it.
func (r *Recorder) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	sent := req
	if r.resolve != nil {
		resolved, err := r.resolve(req)
		if err != nil {
			return nil, err // refused before it was made
		}
		sent = resolved
	}
	t := &taken{req: sent}
	q := *req
	var parts *sentParts
	if len(req.BodyParts) > 0 {
		parts = newSent(req.BodyParts)
		q.BodyParts = parts.watched()
	} else {
		t.sent = []byte(flow.Masked(req.Body))
	}
	var sink *received
	if req.Sink != nil {
		sink = &received{}
		q.Sink = sink.watched(req.Sink)
	}
	res, err := r.next.Fetch(ctx, &q)
	switch e := flow.AsError(err); {
	case err == nil:
		t.res, t.body = res, res.Body
	case e.Code.Trap() && e.Code != flow.CodeLimitHTTPBytes || ctx.Err() != nil:
		return nil, err // the run ends here; nothing can be said about the request
	default:
		t.err = e
	}
	if parts != nil {
		t.sent, t.digest = parts.body()
	}
	if sink != nil && sink.head != nil && err == nil {
		t.body = sink.kept
		if sink.bytes > MaxBody {
			r.fail("the answer to the request of step %s has %d bytes, and a tape keeps %d of one body", req.Step, sink.bytes, MaxBody)
		}
	}
	r.keep(t)
	return res, err
}

func (r *Recorder) fail(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault == nil {
		r.fault = flow.Errorf(flow.CodeTapeLimit, format, args...)
	}
}

// keep notes a request unless it, or all of them, are too much.
func (r *Recorder) keep(t *taken) {
	if n := max(len(t.sent), len(t.body)); n > MaxBody {
		r.fail("a body of step %s has %d bytes, and a tape keeps %d of one", t.req.Step, n, MaxBody)
		return
	}
	r.mu.Lock()
	r.bytes += int64(len(t.sent) + len(t.body))
	r.taken = append(r.taken, t)
	over := r.bytes > MaxTape
	r.mu.Unlock()
	if over {
		r.fail("the requests and answers of the run have more than %d bytes", MaxTape)
	}
}

// maxReadings bounds how often a run may read the clock.
const maxReadings = 50_000

// Now implements flow.World: whole milliseconds.
func (r *Recorder) Now(step string) time.Time {
	if step == "" {
		return r.start
	}
	at := r.clock().UTC().Truncate(time.Millisecond)
	r.mu.Lock()
	r.count++
	over := r.count > maxReadings
	if !over {
		r.readings[step] = append(r.readings[step], at.Sub(r.start).Milliseconds())
	}
	r.mu.Unlock()
	if over {
		r.fail("the run reads the clock more than %d times", maxReadings)
	}
	return at
}

// Random implements flow.World.
func (r *Recorder) Random(step string) io.Reader { return chance(r.seed, step) }

// chance is the randomness of one call: a function of the seed and the step, so
// that it does not depend on what runs at the same time.
func chance(seed [32]byte, step string) io.Reader {
	h := sha256.New()
	_, _ = h.Write(seed[:])
	_, _ = io.WriteString(h, step)
	return mathrand.NewChaCha8([32]byte(h.Sum(nil)))
}

// Sleep implements flow.World.
func (r *Recorder) Sleep(ctx context.Context, _ string, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return flow.Errorf(flow.CodeRunCancelled, "the wait was ended: %v", context.Cause(ctx))
	}
}

// RealTime implements flow.RealTime.
func (r *Recorder) RealTime() {}

// Tape returns what was recorded, now that the run with this ID is over. given
// and result are cleared of secrets like everything else; secrets are those that
// the run was given, its connection's included.
//
// Errors: tape.limit when the run got more than a tape holds; tape.secret when a
// secret would stay in it.
func (r *Recorder) Tape(run string, given Given, result Result, secrets ...flow.Value) (*Tape, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != nil {
		return nil, r.fault
	}
	for _, s := range secrets {
		if err := tellable(s); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(r.taken, func(a, b *taken) int { return comparePaths(a.req.Step, b.req.Step) })
	learn := learner{known: map[string]bool{}, names: map[string]int{}}
	for _, s := range secrets {
		flow.MapSecret(s, func(plain string) string { learn.known[plain] = true; return "" })
		learn.names[flow.SecretLabel(s)]++
	}
	for _, v := range []flow.Value{given.Input, given.Config, given.Selected} {
		learn.value(v)
	}
	for _, x := range r.cards {
		for _, v := range append([]flow.Value{x.Inputs, x.Outputs}, x.Records...) {
			learn.value(v)
		}
	}
	// What a request made of a secret, such as a signature, is as secret.
	var made []flow.Value
	for _, t := range r.taken {
		for _, p := range slices.Concat(t.req.Headers, t.req.Query) {
			made = append(made, p.Value)
		}
		made = append(made, t.req.Body)
		for _, p := range t.req.BodyParts {
			made = append(made, p.Text)
		}
		learn.bodies(t)
	}
	for _, t := range r.taken {
		learn.headers(t)
	}
	named := flow.NewMarkingRedactor(flow.Masked, slices.Concat(secrets, learn.found)...)
	e := eraser{flow.NewMarkingRedactor(func(s flow.Value) string { return named.Text(flow.Masked(s)) }, slices.Concat(secrets, made, learn.found)...)}
	out := &Tape{Given: e.given(given), Run: e.Text(run), Start: r.start, Seed: r.seed, Result: e.result(result)}
	for _, step := range sortedSteps(r.readings) {
		out.Clock = append(out.Clock, Reading{Step: step, At: r.readings[step]})
	}
	for _, t := range r.taken {
		x := e.exchange(t)
		if e.holds(x.Request.Body.Data()) || x.Response != nil && e.holds(x.Response.Body.Data()) {
			return nil, flow.Errorf(flow.CodeTapeSecret, "a secret stands in a body of step %s and cannot be taken out", t.req.Step)
		}
		out.HTTP = append(out.HTTP, x)
	}
	slices.SortStableFunc(r.cards, func(a, b CardCall) int { return comparePaths(a.Step, b.Step) })
	for _, x := range r.cards {
		out.Cards = append(out.Cards, e.card(x))
	}
	whole := out.Value()
	for _, s := range learn.found {
		if strings.Contains(whole.String(), flow.Masked(s)) {
			out.Hidden = append(out.Hidden, flow.SecretLabel(s))
		}
	}
	whole = out.Value()
	text, err := flow.AppendJSON(nil, whole)
	if err != nil {
		return nil, err
	}
	if whole.Depth() > maxDepth || values(whole) > MaxValues {
		return nil, flow.Errorf(flow.CodeTapeLimit, "what the run was given or gave is nested too deeply, or holds too many values, for a tape")
	}
	if len(text) > MaxTape {
		return nil, flow.Errorf(flow.CodeTapeLimit, "the tape would have %d bytes, and one may have %d", len(text), MaxTape)
	}
	if e.holds(text) {
		return nil, flow.Errorf(flow.CodeTapeSecret, "the text of a secret is part of other text, so that it cannot be taken out")
	}
	return out, nil
}

// maxDepth is how deeply files of plain data are nested at most, with some room.
const maxDepth = 60

func values(v flow.Value) int {
	n := 1
	switch v.Kind() {
	case flow.KindList:
		for _, x := range v.List().All() {
			n += values(x)
		}
	case flow.KindObject:
		for _, x := range v.Object().All() {
			n += values(x)
		}
	}
	return n
}

// minSecret is the shortest secret that can be told from other text.
const minSecret = 4

func tellable(s flow.Value) error {
	if s.Kind() != flow.KindSecret {
		return nil // a plain value of a connection, which the tape shows
	}
	short := false
	flow.MapSecret(s, func(plain string) string { short = plain != "" && len(plain) < minSecret; return "" })
	if short {
		return flow.Errorf(flow.CodeTapeSecret, "the secret %s is too short to be told from other text", flow.SecretLabel(s)).
			WithFix("record with a secret of %d characters or more", minSecret)
	}
	return nil
}

func sortedSteps(readings map[string][]int64) []string {
	var out []string
	for step := range readings {
		out = append(out, step)
	}
	slices.SortFunc(out, comparePaths)
	return out
}

// given clears what the run was started with.
func (e eraser) given(g Given) Given {
	g.Input, g.Config, g.Selected = e.value(flow.Plain(g.Input)), e.value(flow.Plain(g.Config)), e.value(flow.Plain(g.Selected))
	if g.Options != nil {
		options := make(map[string]string, len(g.Options))
		for k, v := range g.Options {
			options[k] = e.Text(v)
		}
		g.Options = options
	}
	if c := g.Connection; c != nil {
		g.Connection = &Connection{Auth: c.Auth, Values: e.value(c.Values), Hosts: c.Hosts}
	}
	return g
}

// result clears what the run came to.
func (e eraser) result(r Result) Result {
	r.Output = e.value(flow.Plain(r.Output))
	if r.Error != nil {
		r.Error = e.failure(r.Error)
	}
	return r
}

// failure keeps of an error what a tape says about it.
func (e eraser) failure(err *flow.Error) *flow.Error {
	return &flow.Error{Code: err.Code, Msg: e.Text(err.Msg), Status: err.Status}
}

func (e eraser) exchange(t *taken) Exchange {
	x := Exchange{Step: t.req.Step, Request: Request{
		Method: t.req.Method, URL: e.Text(t.req.URL), Query: e.fields(t.req.Query), Headers: e.fields(t.req.Headers), Body: t.digest,
	}}
	if t.digest.Empty() {
		x.Request.Body = e.body(t.sent)
	}
	if t.err != nil {
		x.Error = e.failure(t.err)
		return x
	}
	x.Response = &Response{Status: t.res.Status, Body: e.body(t.body)}
	for _, h := range t.res.Headers {
		if !flow.CredentialHeader(h.Name) {
			x.Response.Headers = append(x.Response.Headers, Field{strings.ToLower(h.Name), e.Text(h.Value.Text())})
		}
	}
	return x
}

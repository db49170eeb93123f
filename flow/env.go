package flow

import (
	"context"
	"io"
	"math"
	"time"
)

// Env is everything a card may touch; nothing else exists for it. The engine
// provides one per run, with limits and the journal already applied.
type Env interface {
	// Now is the wall clock. Only cards with effect Reads may call it.
	Now() time.Time
	// Random is a source of cryptographic randomness, for Reads cards.
	Random() io.Reader
	// Sleep waits until d has passed or ctx ends. It is bounded by the run's wall limit.
	Sleep(ctx context.Context, d time.Duration) error
	// Fetch makes one HTTP request through the guarded client.
	Fetch(ctx context.Context, req *Request) (*Response, error)
}

// WaitEnv is an Env that knows how long its run may still wait.
type WaitEnv interface {
	Env
	// MayWait returns how long Sleep can take before a limit ends the run.
	MayWait() time.Duration
}

// MayWait returns how long a card may wait, where there is somebody who knows.
func MayWait(e Env) time.Duration {
	if w, ok := e.(WaitEnv); ok {
		return w.MayWait()
	}
	return math.MaxInt64
}

// RealTime is a World whose Sleep takes real time, so that it counts against the
// wall limit of the run.
type RealTime interface {
	World
	// RealTime does nothing; it tells such a World from others.
	RealTime()
}

// World is what a run sees of time and chance where it is not the real ones: a
// recording of them, or their replay (package tape). step is the path of the step
// that asks, with iteration indices, such as "pages[2]/stamp", and "" where the
// run itself does; a path stands for one call. Implementations are used by
// several goroutines, in no promised order across paths.
type World interface {
	// Now is the wall clock.
	Now(step string) time.Time
	// Random returns a source of randomness for one call, or for the run's id.
	Random(step string) io.Reader
	// Sleep waits until d has passed for the run, or ctx ends.
	Sleep(ctx context.Context, step string, d time.Duration) error
}

// Fetcher makes HTTP requests. hostfuncs/egress has the guarded one; tests and
// embedders may bring their own, which must open secrets no other way.
type Fetcher interface {
	Fetch(ctx context.Context, req *Request) (*Response, error)
}

// Pair is one name and its value, where order and repetition matter.
type Pair struct {
	Name  string
	Value Value // text or secret
}

// Request is one HTTP request as a card describes it. Secrets are still sealed:
// the client opens them below this type, and only for hosts they are bound to.
type Request struct {
	Method  string
	URL     string // absolute, without secrets
	Query   []Pair // appended to the URL's own query
	Headers []Pair
	Body    Value // null, text or secret
	// BodyParts are the body instead of Body where it does not fit into memory:
	// they are sent one after another, with their total as Content-Length.
	BodyParts []BodyPart
	// Sink takes the body of an answer with a status of 200 to 299 as a stream,
	// decoded and bounded by the client; Response.Body stays empty then. It is
	// called once at most, with the answer so far, and must read to the end. Its
	// error becomes Fetch's, unless the stream itself failed. Every other answer
	// is read into Response.Body. Default: none.
	Sink func(head *Response, body io.Reader) error
	// Attach are credentials that the client adds, each only where the request
	// goes to a host it is bound to and has no field of its name already.
	Attach []Attachment
	// Hosts are the only hosts that may be reached: names, or host:port for
	// ports other than the scheme's own.
	Hosts []string
	// IdempotencyKey is sent as the Idempotency-Key header of writes when not "".
	IdempotencyKey string
	// Redirects is how many same-host redirects are followed. Default: 0.
	Redirects int
	// MaxBody bounds the decoded body in bytes, where it is not streamed. 0 means
	// the client's own bound.
	MaxBody int64
	// Timeout bounds the whole exchange. 0 means the client's own bound, which is
	// longer for requests with BodyParts or Sink.
	Timeout time.Duration
	// Step is the path of the step that makes the request, with iteration indices,
	// such as "pages[2]/fetch". Engines set it. Default: "", no step of a flow.
	Step string
}

// Response is one HTTP answer, body decoded and read to its end.
type Response struct {
	Status  int
	Headers []Pair // names in lower case; no order across names is promised
	Body    []byte
	// Bytes counts what was received on the wire plus decoded body bytes beyond it,
	// without what went to a Sink.
	Bytes int64
	// Streamed counts the decoded body bytes that went to a Sink.
	Streamed int64
}

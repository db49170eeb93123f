package cardtest

import (
	"context"
	"io"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/weirflow/weir/flow"
)

// Env is the environment that examples run in: a fixed clock, a seeded source
// of randomness, no waiting, a server that echoes requests, and some tables.
type Env struct {
	Clock time.Time
	Slept time.Duration // how long cards asked to wait
	rand  *rand.ChaCha8

	// Outside provides the cards of other connectors. NewEnv sets it to a Stub.
	Outside flow.External

	tables func() *Tables // seeded when first asked for
	files  Files
}

// NewEnv returns an environment whose clock stands at 2016-09-07T16:55:25.670Z.
func NewEnv() *Env {
	clock := time.Date(2016, 9, 7, 16, 55, 25, 670e6, time.UTC)
	return &Env{
		Clock:   clock,
		Outside: &Stub{},
		tables:  sync.OnceValue(func() *Tables { return seedTables(flow.DateOf(clock)) }),
		rand:    rand.NewChaCha8([32]byte{1}),
	}
}

// Now implements flow.Env.
func (e *Env) Now() time.Time { return e.Clock.Add(e.Slept) }

// Random implements flow.Env.
func (e *Env) Random() io.Reader { return e.rand }

// Sleep implements flow.Env: it only moves the clock.
func (e *Env) Sleep(ctx context.Context, d time.Duration) error {
	e.Slept += d
	return ctx.Err()
}

// External implements flow.ExternalEnv.
func (e *Env) External() flow.External { return e.Outside }

// Fetch implements flow.Env: https://example.com/status/NNN answers with that
// status and the body {"error":"NNN"}; every other path of that host answers
// 200 and a JSON description of the request; other hosts are egress.denied.
// Paths of files are in files.go, those of pages in pages.go.
func (e *Env) Fetch(_ context.Context, req *flow.Request) (*flow.Response, error) {
	u, err := url.Parse(req.URL)
	if err != nil || u.Host != "example.com" || u.Scheme != "https" {
		return nil, flow.Errorf(flow.CodeEgressDenied, "the host is not allowed")
	}
	open := func(v flow.Value) string {
		if v.HasSecret() {
			return flow.SecretMark
		}
		return v.Text()
	}
	if code, ok := strings.CutPrefix(u.Path, "/status/"); ok {
		status, _ := strconv.Atoi(code)
		return deliver(req, answer(status, flow.Members("error", flow.Text(code))))
	}
	if name, ok := strings.CutPrefix(u.Path, "/attachment/"); ok {
		return deliver(req, attachment(name))
	}
	if name, ok := strings.CutPrefix(u.Path, "/pages/"); ok {
		return deliver(req, page(name, u, req))
	}
	body, err := sent(req, open)
	if err != nil {
		return nil, err
	}
	query := u.RawQuery
	for _, p := range req.Query {
		if query != "" {
			query += "&"
		}
		query += url.PathEscape(p.Name) + "=" + url.PathEscape(open(p.Value))
	}
	u.RawQuery = query
	var headers flow.ObjectBuilder
	for _, p := range req.Headers {
		headers.Set(strings.ToLower(p.Name), flow.Text(open(p.Value)))
	}
	return deliver(req, answer(200, flow.Members(
		"method", flow.Text(req.Method),
		"url", flow.Text(u.String()),
		"headers", headers.Value(),
		"body", flow.Text(body),
	)))
}

func answer(status int, body flow.Value) *flow.Response {
	b := []byte(body.String())
	return &flow.Response{
		Status:  status,
		Headers: []flow.Pair{{Name: "content-type", Value: flow.Text("application/json")}},
		Body:    b,
		Bytes:   int64(len(b)),
	}
}

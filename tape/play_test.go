package tape_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

const head = "tape: 1\nflow: f\nrun: r\ntime: 2026-01-02T03:04:05.678Z\nseed: \"" +
	"0000000000000000000000000000000000000000000000000000000000000000\"\n"

func node(t *testing.T, name, text string) *flow.Node {
	t.Helper()
	n, err := compiler.ReadData(compiler.File{Name: name, Data: []byte(text)}, compiler.DataLimits{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPlay replays the files of testdata/*.txtar. A section "tape" is a recorded
// tape and "test" the exchanges of a test; "requests" are made in order, and
// "want" is what each gives and what the player says at the end. In a request a
// text that begins with "secret NAME: " is that secret.
func TestPlay(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i+2 < len(a.Files); i += 3 {
				var tp *tape.Tape
				switch name := a.Files[i].Name; name {
				case "tape":
					if tp, err = tape.Read(node(t, "x.tape.yaml", head+string(a.Files[i].Data))); err != nil {
						t.Fatal(err)
					}
				case "test":
					var r flow.NodeReader
					tp = &tape.Tape{HTTP: tape.ReadExchanges(&r, node(t, "t.yaml", string(a.Files[i].Data)))}
					if err := r.Err(); err != nil {
						t.Fatal(err)
					}
				default:
					t.Fatalf("section %s where tape or test is expected", name)
				}
				got := played(t, tp, node(t, "requests.yaml", string(a.Files[i+1].Data)).Data())
				if *update {
					a.Files[i+2].Data = []byte(got)
				} else if got != string(a.Files[i+2].Data) {
					t.Errorf("%s--- requests\n%s--- want\n%s--- got\n%s", a.Files[i].Data, a.Files[i+1].Data, a.Files[i+2].Data, got)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// played makes requests and prints what they give.
func played(t *testing.T, tp *tape.Tape, requests flow.Value) string {
	t.Helper()
	p := tape.NewPlayer(tp, nil)
	var b strings.Builder
	for _, r := range requests.List().All() {
		req := requestOf(r)
		res, err := p.Fetch(t.Context(), req)
		if err != nil {
			fmt.Fprintf(&b, "%s: %v\n", req.Method, err)
			continue
		}
		fmt.Fprintf(&b, "%s: %d %s\n", req.Method, res.Status, res.Body)
	}
	for _, f := range p.Faults() {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

// sealed returns a part of a request, which may be text around one secret.
func sealed(s string) flow.Value {
	before, rest, ok := strings.Cut(s, "secret ")
	name, plain, named := strings.Cut(rest, ": ")
	if !ok || !named {
		return flow.Text(s)
	}
	plain, behind, _ := strings.Cut(plain, "|")
	v, err := flow.Concat(flow.Text(before), flow.NewSecret(name, plain, "a.example"), flow.Text(behind))
	if err != nil {
		panic(err)
	}
	return v
}

func requestOf(v flow.Value) *flow.Request {
	field := func(key string) flow.Value {
		x, _ := v.Object().Get(key)
		return x
	}
	req := &flow.Request{Method: field("method").Text(), URL: field("url").Text(), Step: field("step").Text(), IdempotencyKey: field("key").Text()}
	for k, x := range field("query").Object().All() {
		req.Query = append(req.Query, flow.Pair{Name: k, Value: sealed(x.Text())})
	}
	for k, x := range field("headers").Object().All() {
		req.Headers = append(req.Headers, flow.Pair{Name: k, Value: sealed(x.Text())})
	}
	if body := field("body"); !body.IsNull() {
		req.Body = sealed(body.Text())
	}
	return req
}

// TestPlayerIsTheWorld: time is what the tape says, call by call; chance depends
// on the seed and the step; nobody waits.
func TestPlayerIsTheWorld(t *testing.T) {
	tp, err := tape.Read(node(t, "x.tape.yaml", head+"clock: {a: [5, 10], \"b[1]/c\": [-1]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := tape.NewPlayer(tp, nil)
	start := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	for _, c := range []struct {
		step string
		want time.Duration
	}{{"", 0}, {"a", 5}, {"b[1]/c", -1}, {"a", 10}, {"a", 10}, {"other", 0}} {
		if got := p.Now(c.step).Sub(start); got != c.want*time.Millisecond {
			t.Errorf("%s: %v behind the start, want %v", c.step, got, c.want)
		}
	}
	draw := func(p *tape.Player, step string) string {
		var b [16]byte
		if _, err := io.ReadFull(p.Random(step), b[:]); err != nil {
			t.Fatal(err)
		}
		return string(b[:])
	}
	other := *tp
	other.Seed[0]++
	if draw(p, "a") != draw(tape.NewPlayer(tp, nil), "a") || draw(p, "a") == draw(p, "b") || draw(p, "a") == draw(tape.NewPlayer(&other, nil), "a") {
		t.Error("chance does not depend on seed and step alone")
	}
	began := time.Now()
	if err := p.Sleep(t.Context(), "a", 100*time.Hour); err != nil || time.Since(began) > time.Minute {
		t.Errorf("the wait: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Sleep(ctx, "a", time.Hour); flow.CodeOf(err) != flow.CodeRunCancelled {
		t.Errorf("a wait in a run that is over: %v", err)
	}
}

// TestPlayerAnswers: answers are what a client would give, within the bounds of
// the request.
func TestPlayerAnswers(t *testing.T) {
	player := func(response string) *tape.Player {
		tp, err := tape.Read(node(t, "x.tape.yaml", head+"http:\n  - request: {method: GET, url: \"https://a.example/\"}\n    response: "+response+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		return tape.NewPlayer(tp, nil)
	}
	req := func() *flow.Request { return &flow.Request{Method: "GET", URL: "https://a.example/"} }

	res, err := player(`{status: 201, headers: {X: [a, b]}, body: {n: 1}, layout: spaced}`).Fetch(t.Context(), req())
	if err != nil || res.Status != 201 || string(res.Body) != `{"n": 1}` || fmt.Sprint(res.Headers) != "[{x a} {x b}]" || res.Bytes != 8+2*6 {
		t.Errorf("%+v, %v", res, err)
	}
	bounded := req()
	bounded.MaxBody = 3
	if _, err := player(`{status: 200, body: text}`).Fetch(t.Context(), bounded); flow.CodeOf(err) != flow.CodeLimitHTTPBytes {
		t.Errorf("an answer that is too large: %v", err)
	}
	if _, err := player(`{status: 302}`).Fetch(t.Context(), req()); flow.CodeOf(err) != flow.CodeEgressRedirect || flow.AsError(err).Status != 302 {
		t.Errorf("a redirect: %v", err)
	}
	for _, c := range []struct {
		status   int
		streamed string
	}{{200, "text"}, {404, ""}} {
		var got bytes.Buffer
		streaming := req()
		streaming.Sink = func(head *flow.Response, body io.Reader) error {
			_, err := io.Copy(&got, body)
			return err
		}
		res, err := player(fmt.Sprintf(`{status: %d, body: text}`, c.status)).Fetch(t.Context(), streaming)
		if err != nil || got.String() != c.streamed || res.Streamed != int64(len(c.streamed)) || len(res.Body)+got.Len() != 4 {
			t.Errorf("a streamed %d: %q and %+v, %v", c.status, &got, res, err)
		}
	}
	refusal := flow.Errorf(flow.CodeEgressDenied, "no")
	p := tape.NewPlayer(&tape.Tape{}, func(*flow.Request) (*flow.Request, error) { return nil, refusal })
	if _, err := p.Fetch(t.Context(), req()); err != refusal || len(p.Faults()) != 0 || p.Unexpected() {
		t.Errorf("a refused request: %v, %q", err, p.Faults())
	}
}

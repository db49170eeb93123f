package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// pager is a service of any number of records, in pages linked by headers. The
// records of all pages are the same, so that it costs next to nothing.
type pager struct {
	pages int
	body  []byte
}

func newPager(pages, size int) *pager {
	var b strings.Builder
	b.WriteByte('[')
	for i := range size {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"record %d","tags":["a","b"]}`, i, i)
	}
	b.WriteByte(']')
	return &pager{pages, []byte(b.String())}
}

func (p *pager) Fetch(_ context.Context, req *flow.Request) (*flow.Response, error) {
	u, err := url.Parse(req.URL)
	if err != nil {
		return nil, err
	}
	n, _ := strconv.Atoi(u.Query().Get("page"))
	res := &flow.Response{Status: 200, Body: p.body, Bytes: int64(len(p.body))}
	if n+1 < p.pages {
		res.Headers = []flow.Pair{{Name: "link", Value: flow.Text(fmt.Sprintf(`<?page=%d>; rel="next"`, n+1))}}
	}
	return res, nil
}

// TestPagesStreamFlat: records that are handed to a flow one by one leave
// nothing behind, however many pages there are: 1,000,000 records need what 2,000
// need.
func TestPagesStreamFlat(t *testing.T) {
	src := files{
		"connector.yaml": "key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\n",
		"flows/main.yaml": "outputs: {n: number}\nsteps:\n" +
			"  - name: all\n    card: http.get\n    with: {Request: {URL: \"https://example.com/\"}}\n    paginate: {by: link, flow: each, with: {label: seen}}\n" +
			"  - return: {n: \"${all.count}\"}\n",
		"flows/each.yaml": "type: helper\ninputs: {Record: object, State: object}\nsteps:\n" +
			"  - {card: text.concat, with: {string1: \"${input.State.label} \", string2: \"${input.Record.name}\"}}\n",
	}
	b := newBench(t, compile(t, src, compiler.Options{NoOptimize: true}), engine.Config{Limits: engine.Limits{
		Fuel: 1 << 50, Wall: 10 * time.Minute, Calls: 1 << 40, HTTPCalls: 1 << 20, HTTPBytes: 1 << 40}})
	const size = 1000
	run := func(pages int) engine.Usage {
		t.Helper()
		res, err := b.module.Run(t.Context(), engine.Run{Flow: "main", HTTP: newPager(pages, size)})
		if err != nil || res.Outputs.String() != fmt.Sprintf(`{"n":%d}`, pages*size) {
			t.Fatalf("%d pages: %s, %v", pages, res.Outputs, err)
		}
		return res.Usage
	}
	few := run(2)
	pages := 1000
	if testing.Short() {
		pages = 100
	}
	began := time.Now()
	many := run(pages)
	if slack := int64(1024); many.PeakMemory > few.PeakMemory+slack {
		t.Errorf("%d records keep %d bytes alive, %d keep %d", pages*size, many.PeakMemory, 2*size, few.PeakMemory)
	}
	t.Logf("%d records in %v, peak %d bytes, %d with %d records", pages*size, time.Since(began), many.PeakMemory, few.PeakMemory, 2*size)
}

// TestPagesEnd: a service that always names another page is stopped after as
// many as Paginate may ask for, and Paginate itself after as many turns.
func TestPagesEnd(t *testing.T) {
	src := files{
		"connector.yaml": "key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\n",
		"flows/main.yaml": "inputs: {max: {type: number, default: 1e9}}\noutputs: {n: number}\nsteps:\n" +
			"  - {paginate: {n: 0, max: \"${input.max}\", break: false}, name: loop, path: break, flow: turn}\n  - return: {n: \"${loop.output.n}\"}\n",
		"flows/turn.yaml": "type: helper\ninputs: {n: number, max: number}\noutputs: {state: object}\nsteps:\n" +
			"  - {name: n, card: number.add, with: {a: \"${input.n}\", b: 1}}\n" +
			"  - if: {a: \"${n.output}\", is: \"==\", b: \"${input.max}\"}\n    then: [return: {state: {n: \"${n.output}\"}}]\n" +
			"  - return: {state: {n: \"${n.output}\", max: \"${input.max}\", break: 1}}\n",
		"flows/pages.yaml": "outputs: {n: number}\nsteps:\n" +
			"  - {name: all, card: http.get, with: {Request: {URL: \"https://example.com/\"}}, paginate: {by: link}}\n  - return: {n: \"${all.count}\"}\n",
	}
	b := newBench(t, compile(t, src, compiler.Options{}), engine.Config{Limits: engine.Limits{Fuel: 1 << 50, Calls: 1 << 40, HTTPCalls: 1 << 20}})
	const most = 5000
	for _, max := range []int{most - 1, most, most + 1} {
		res, err := b.module.Run(t.Context(), engine.Run{Flow: "main", Input: flow.Members("max", flow.Number(float64(max)))})
		if want := fmt.Sprintf(`{"n":%d}`, min(max, most)); err != nil || res.Outputs.String() != want {
			t.Errorf("a loop that ends after %d turns: %s, %v; want %s", max, res.Outputs, err, want)
		}
	}
	res, err := b.module.Run(t.Context(), engine.Run{Flow: "pages", HTTP: newPager(1<<40, 1)})
	if want := fmt.Sprintf(`{"n":%d}`, most); err != nil || res.Outputs.String() != want {
		t.Errorf("pages without end: %s, %v; want %s", res.Outputs, err, want)
	}
}

// TestNextPageElsewhere: the address of the next page is the service's, and leads
// no further than the connector may go.
func TestNextPageElsewhere(t *testing.T) {
	var calls atomic.Int32
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer canary.Close()
	var next string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"items": [{}], "next": %q}`, next)
	}))
	defer service.Close()
	host := strings.TrimPrefix(service.URL, "http://")
	client := egress.New(egress.Config{Allow: []string{host, strings.TrimPrefix(canary.URL, "http://")}})
	defer client.Close()
	b := newBench(t, compile(t, files{"flows/main.yaml": "outputs: {n: number}\nsteps:\n" +
		"  - name: all\n    card: http.get\n    with: {Request: {URL: \"" + service.URL + "/\"}}\n    paginate: {by: url, records: body.items, next: body.next}\n" +
		"  - return: {n: \"${all.count}\"}\n"}, compiler.Options{}), engine.Config{HTTP: client})
	for _, next = range []string{canary.URL + "/", strings.Replace(canary.URL, "127.0.0.1", "localhost", 1), "http://169.254.169.254/latest", "http://10.0.0.1/", "https://evil.example/", "file:///etc/passwd", "//evil.example/"} {
		_, err := b.module.Run(t.Context(), engine.Run{Flow: "main", AllowHosts: []string{host}})
		if code := flow.CodeOf(err); code != flow.CodeEgressDenied && code != flow.CodeInputInvalid {
			t.Errorf("next page at %s: %v", next, err)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("the canary was called %d times", n)
	}
}

// searcher is a service whose pages are asked for by POST, with a cursor inside of
// the body. It is slow and forgetful: the first request for the second page gets
// no answer, or one that it is busy.
type searcher struct {
	busy bool

	mu   sync.Mutex
	seen []string // Idempotency-Key and body of each request
}

// requests returns what has been seen.
func (s *searcher) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

func (s *searcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	first := !slices.ContainsFunc(s.seen, func(seen string) bool { return strings.HasSuffix(seen, string(body)) })
	s.seen = append(s.seen, r.Header.Get("Idempotency-Key")+" "+string(body))
	s.mu.Unlock()
	var asked struct{ Variables struct{ After int } }
	if r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &asked) != nil {
		http.Error(w, "not a search", http.StatusBadRequest)
		return
	}
	after := asked.Variables.After
	if after == 2 && first {
		if !s.busy {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	next := "null"
	if after < 4 {
		next = strconv.Itoa(after + 2)
	}
	_, _ = fmt.Fprintf(w, `{"data": {"items": [{"id": %d}, {"id": %d}], "end": %s}}`, after+1, after+2, next)
}

// TestPagesInBody: each page of a search by POST is an operation of its own, whose
// attempts have one idempotency key. A lost answer ends the run, unless the flow
// gives a key itself; that one is not the same for all pages.
func TestPagesInBody(t *testing.T) {
	const query = `{"query":"{ items }","variables":{"first":2`
	for name, c := range map[string]struct {
		headers string
		busy    bool
		code    flow.Code
		keys    []string // of the pages, by the attempts that each has
	}{
		"busy":        {"{}", true, "", []string{"a", "b", "b", "c"}},
		"lost":        {"{}", false, flow.CodeHTTPUnknownOutcome, []string{"a", "b"}},
		"lost, named": {"{Idempotency-Key: search}", false, "", []string{"a", "b", "b", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			service := &searcher{busy: c.busy}
			server := httptest.NewServer(service)
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			client := egress.New(egress.Config{Allow: []string{host}})
			defer client.Close()
			b := newBench(t, compile(t, files{"flows/main.yaml": "outputs: {n: number, records: \"object[]\"}\nsteps:\n" +
				"  - name: all\n    card: http.post\n    with: {Request: {URL: \"" + server.URL + "/\", Headers: " + c.headers + ", Body: {query: \"{ items }\", variables: {first: 2}}}}\n" +
				"    paginate: {by: cursor, records: body.data.items, param: variables.after, in: body, next: body.data.end}\n    retry: {for: all, times: 2, between: 1}\n" +
				"  - return: {n: \"${all.count}\", records: \"${all.records}\"}\n"}, compiler.Options{}), engine.Config{HTTP: client})
			res, err := b.module.Run(t.Context(), engine.Run{Flow: "main", AllowHosts: []string{host}})
			if flow.CodeOf(err) != c.code {
				t.Fatalf("%v, want %q", err, c.code)
			}
			if want := `{"n":6,"records":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5},{"id":6}]}`; c.code == "" && res.Outputs.String() != want {
				t.Errorf("outputs %s", res.Outputs)
			}
			letters, last := map[string]string{}, ""
			var keys []string
			requests := service.requests()
			for i, seen := range requests {
				key, body, _ := strings.Cut(seen, " ")
				if letters[key] == "" {
					letters[key] = string(rune('a' + len(letters)))
					last = map[int]string{0: "}}", 1: `,"after":2}}`, 2: `,"after":4}}`}[len(letters)-1]
				}
				keys = append(keys, letters[key])
				if key == "" || body != query+last {
					t.Errorf("request %d: %s", i, seen)
				}
			}
			if !slices.Equal(keys, c.keys) {
				t.Errorf("keys %v of %v, want %v", keys, requests, c.keys)
			}
		})
	}
}

package conformance

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// The steps of generated flows that ask the outside world more than once: pages,
// streams, attempts; and the helpers that get what comes of them.

// pageAttempt matches the path of an attempt to get a page: list[0]/list[1]/list.
var pageAttempt = regexp.MustCompile(`(?:^|/)([^/]+)\[\d+\]/([^/]+)\[(\d+)\]/([^/]+)$`)

// outside answers the cards that generated flows use of another connector, as
// far as the stub does not make up an answer.
func outside(c *flow.ExternalCall, attempt int) (*flow.ExternalAnswer, error) {
	failed := func(status int) error {
		return &flow.Error{Code: flow.CodeHTTPStatus, Status: status, Msg: strconv.Itoa(status), Headers: flow.Members("Retry-After", flow.Text("2"))}
	}
	record := func(id int) flow.Value { return flow.Members("id", flow.Number(float64(id))) }
	a := &flow.ExternalAnswer{Bytes: 10}
	page := int(c.Page.Number())
	if m := pageAttempt.FindStringSubmatch(c.Step); m != nil && m[1] == m[2] && m[2] == m[4] {
		attempt, _ = strconv.Atoi(m[3]) // a run that is resumed does not make those again that its journal has
	}
	switch c.Card.Key() {
	case "other.busy":
		if attempt == 0 {
			return nil, failed(429)
		}
		a.Records = []flow.Value{record(1), record(2)}
	case "other.gone":
		return nil, failed(410)
	case "other.flaky": // two pages, the second of which comes with an effort, and an empty one
		if page == 1 && attempt == 0 {
			return nil, failed(504)
		}
		a.Records = [][]flow.Value{{record(1)}, {record(2), record(3)}, nil}[page]
		if page < 2 {
			a.Next = flow.Number(float64(page + 1))
		}
	case "other.odd":
		a.Records = []flow.Value{flow.Number(1), flow.Null(), flow.Text("text"), flow.ListOf(record(2)), flow.Members()}
	default:
		return nil, nil
	}
	return a, nil
}

// inWorld gives a run the outside world of generated flows.
func inWorld(r engine.Run) engine.Run {
	r.World, r.External = still{}, &cardtest.Stub{Answer: outside}
	return r
}

// generatedEnv is the same world for the evaluator.
func generatedEnv() *cardtest.Env {
	env := cardtest.NewEnv()
	env.Outside = &cardtest.Stub{Answer: outside}
	return env
}

// helpers writes the flows that take records, and those that ask for some.
func (g *generator) helpers(f files) {
	f["cards/other.yaml"] = "cards:\n" +
		"  list: {inputs: {query: text}, outputs: {Users: \"object[]\"}, streams: true}\n" +
		"  busy: {streams: true}\n  gone: {streams: true}\n  flaky: {streams: true}\n  odd: {streams: true}\n" +
		"  read: {inputs: {id: any}, outputs: {name: text, size: number}}\n"
	f["flows/note.yaml"] = "type: helper\ninputs: {Record: any, State: object}\nsteps:\n" +
		"  - continue_if: {a: \"${input.State.n}\", is: \"!=\", b: 2}\n" +
		"  - card: other.read\n    with: {id: \"${input.Record.id}\"}\n"
	f["flows/strict.yaml"] = "type: helper\ninputs: {user: any}\noutputs: {id: any}\nsteps:\n" +
		"  - return_error_if: {a: \"${input.user.id}\", is: \"==\", b: 3}\n    error: {statusCode: 409, message: \"third ${input.user}\"}\n" +
		"  - if: {a: \"${input.user.id}\", is: \"!=\", b: 1}\n    then:\n      - return: {id: \"${input.user.id}\"}\n"
	f["flows/down.yaml"] = "type: helper\ninputs: {left: number, break: any}\noutputs: {next: object}\nsteps:\n" +
		"  - name: less\n    card: number.subtract\n    with: {a: \"${input.left}\", b: 1}\n" +
		"  - continue_if: {a: \"${input.left}\", is: \"<\", b: 6}\n" +
		"  - if: {a: \"${input.left}\", is: \">\", b: 1}\n    then:\n      - return: {next: {left: \"${less.output}\", break: true}}\n" +
		"  - return: {next: {left: 0}}\n"
	// Pages, streams and attempts below the turns of a loop.
	var b strings.Builder
	b.WriteString("type: helper\ninputs: {x: any}\noutputs: {n: number, all: any}\nsteps:\n")
	s := scope{numbers: []string{"${input.x}"}, texts: []string{"${input.x}"}, lists: []string{"${input.x}"}}
	inner := &generator{rng: g.rng, steps: 1000, below: true}
	for range 1 + g.rng.IntN(2) {
		inner.asks(&b, &s, "  ")
	}
	fmt.Fprintf(&b, "  - return: {n: %q, all: %q}\n", pick(g, s.numbers), pick(g, s.lists))
	f["flows/pull.yaml"] = b.String()
}

// asks writes a step that asks for pages, or for the records of a stream.
func (g *generator) asks(b *strings.Builder, s *scope, in string) {
	g.steps++
	name := fmt.Sprintf("s%d", g.steps)
	p := func(format string, args ...any) { fmt.Fprintf(b, in+format+"\n", args...) }
	p("- name: %s", name)
	limit := ""
	if g.rng.IntN(3) == 0 {
		limit = fmt.Sprintf(", limit: %s", g.number(*s))
	}
	to, records := "", false
	switch g.rng.IntN(3) {
	case 0:
		to = fmt.Sprintf(", flow: note, with: {n: %s}", g.number(*s))
	case 1:
		to = ", flow: strict"
	}
	if g.rng.IntN(2) == 0 {
		card := []string{"list", "busy", "gone", "flaky", "odd"}[g.rng.IntN(5)]
		if to == "" {
			to = ", flow: strict"
		}
		p("  card: other.%s", card)
		if card == "list" && g.rng.IntN(2) == 0 {
			p("  with: {query: %s}", g.text(*s))
		}
		p("  stream: {%s%s}", strings.TrimPrefix(to, ", "), limit)
	} else {
		how := []struct{ path, by string }{
			{"pages/list", "by: page, records: body.items, param: page, size: 2"},
			{"pages/list", "by: offset, records: body.items, param: offset"},
			{"pages/cursor", "by: cursor, records: body.items, param: after, next: body.next_cursor"},
			{"pages/link", "by: link"},
			{"pages/url", "by: url, records: body.items, next: body.next"},
			{"pages/last", "by: cursor, records: body.data, param: after, next: body.data.-1.id, more: body.has_more"},
			{"status/429", "by: link, records: body.items"},
			{"status/500", "by: page, records: body.items, param: page"},
			{"x", "by: link, records: body.items"},
		}[g.rng.IntN(9)]
		p("  card: http.raw\n%s  with: {url: \"https://example.com/%s\", method: %s, headers: {}, query: {n: %s}}", in, how.path,
			[]string{"GET", "GET", "POST"}[g.rng.IntN(3)], g.number(*s))
		p("  paginate: {%s%s%s}", how.by, to, limit)
		records = to == ""
	}
	g.retry(b, *s, in)
	if !g.below {
		g.onError(b, *s, in)
	} else if g.rng.IntN(3) == 0 {
		p("  on_error: {return: {n: \"${error.statusCode}\", all: \"${error.message}\"}}")
	}
	if records {
		s.lists = append(s.lists, "${"+name+".records}")
	}
	s.numbers = append(s.numbers, "${"+name+".count}")
}

// retry writes, more often than not, how a step is tried again.
func (g *generator) retry(b *strings.Builder, s scope, in string) {
	if g.rng.IntN(4) == 0 {
		return
	}
	fmt.Fprintf(b, "%s  retry: {for: %s, times: %d, between: 1}\n", in,
		[]string{"rate_limits", "all", "[404, 500]", fmt.Sprintf("%q", pick(g, s.lists))}[g.rng.IntN(4)], g.rng.IntN(4))
}

// around writes a step that calls the helpers, some of which stop, or end without
// outputs, or ask for pages themselves.
func (g *generator) around(b *strings.Builder, s *scope, in, name string) {
	p := func(format string, args ...any) { fmt.Fprintf(b, in+format+"\n", args...) }
	list := pick(g, s.lists)
	switch g.rng.IntN(9) {
	case 0:
		p("  for_each: %q\n%s  flow: note\n%s  with: {Record: {id: \"${item}\"}, State: {n: \"${index}\"}}", list, in, in)
		if g.rng.IntN(2) == 0 {
			p("  concurrency: %d", 1+g.rng.IntN(3))
		}
	case 1:
		p("  for_each: %q\n%s  flow: strict\n%s  with: {user: {id: \"${item}\"}}\n%s  ignore_errors: %t", list, in, in, in, g.rng.IntN(2) == 0)
	case 2:
		p("  map: %q\n%s  flow: strict\n%s  with: {user: \"${item}\"}", list, in, in)
		s.lists = append(s.lists, "${"+name+".list}")
	case 3:
		p("  map: %q\n%s  flow: pull\n%s  with: {x: \"${item}\"}\n%s  concurrency: %d", list, in, in, in, 1+g.rng.IntN(3))
	case 4:
		p("  for_each: %q\n%s  flow: pull\n%s  with: {x: \"${index}\"}\n%s  concurrency: %d\n%s  ignore_errors: true", list, in, in, in, 1+g.rng.IntN(3), in)
	case 5:
		p("  call: pull\n%s  with: {x: %s}", in, g.number(*s))
		s.numbers = append(s.numbers, "${"+name+".n}")
	default:
		p("  paginate: {left: %s, break: true}\n%s  path: break\n%s  flow: down", g.number(*s), in, in)
		s.numbers = append(s.numbers, "${"+name+".output.left}")
	}
}

// resumedDiffers records a run, starts it again from some prefixes of its
// journal, and says how what comes of that differs from the run that nothing
// interrupted.
func resumedDiffers(b *bench, rng *rand.Rand, in flow.Value) string {
	run := func(entries []flow.Entry, concurrency int64) (string, *journal) {
		j := resumed(entries)
		got, res := b.run(inWorld(engine.Run{Flow: "main", Input: in, Journal: j, Trace: true, Limits: engine.Limits{Concurrency: concurrency}}))
		return fmt.Sprintf("%v\npeak %d HTTP %d %d\n%s", got, res.Usage.PeakMemory, res.Usage.HTTPCalls, res.Usage.HTTPBytes, traceText(res.Trace)), j
	}
	want, full := run(nil, 0)
	for range 3 {
		k := rng.IntN(len(full.entries) + 1)
		if got, _ := run(full.entries[:k], int64(rng.IntN(2))); got != want {
			return fmt.Sprintf("resumed after %d of %d entries:\n--- uninterrupted\n%s\n--- resumed\n%s", k, len(full.entries), want, got)
		}
	}
	return ""
}

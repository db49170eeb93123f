package tape

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/weirflow/weir/flow"
)

// The fields of tapes, in canonical order. Tests of connectors share those of an
// exchange and of what a run is given.
var (
	tapeFields     = []string{"tape", "flow", "input", "options", "selected", "config", "connection", "allow", "run", "time", "seed", "hidden", "clock", "http", "cards", "output", "error", "stopped"}
	exchangeFields = []string{"step", "request", "response", "error"}
	requestFields  = []string{"method", "url", "query", "headers", "body", "layout", "base64", "sha256", "bytes"}
	responseFields = []string{"status", "headers", "body", "layout", "base64"}
	cardFields     = []string{"step", "card", "connection", "options", "inputs", "stream", "page", "outputs", "records", "next", "error"}
	failureFields  = []string{"code", "message", "statusCode"}
	methods        = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
)

// ExchangeFields returns the fields of an exchange, of its request, its answer
// and its error, in canonical order.
func ExchangeFields() (exchange, request, response, failure []string) {
	return slices.Clone(exchangeFields), slices.Clone(requestFields), slices.Clone(responseFields), slices.Clone(failureFields)
}

// CardFields returns the fields of a call of a card of another connector, in
// canonical order.
func CardFields() []string { return slices.Clone(cardFields) }

// Layouts returns the layouts of JSON that have a name: see Body.
func Layouts() []string { return slices.Clone(layouts[1:]) }

// TapeFields returns the fields of a tape, in canonical order.
func TapeFields() []string { return slices.Clone(tapeFields) }

// Methods returns the methods that requests may have.
func Methods() []string { return slices.Clone(methods) }

// Read reads a tape. All problems are reported together, as flow.Diagnostics
// with places: source.field, source.missing and source.value.
func Read(n *flow.Node) (*Tape, error) {
	r := reader{&flow.NodeReader{}}
	t := &Tape{}
	if r.Is(n, "a tape", flow.KindObject) {
		r.tape(n, t)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

type reader struct{ *flow.NodeReader }

func (r reader) tape(n *flow.Node, t *Tape) {
	if x := r.Required(n, "tape"); x != nil && r.Integer(x, "tape", 1, Version) == 0 {
		return // of another release: nothing about its fields is certain
	}
	r.Fields(n, tapeFields...)
	t.Given = r.given(n)
	if x := r.Required(n, "run"); x != nil {
		t.Run = r.Text(x, "run")
	}
	if x := r.Required(n, "time"); x != nil && r.Text(x, "time") != "" {
		at, err := time.Parse(time.RFC3339, x.Value.Text())
		if err != nil || at.Year() < 1 || at.Year() > 9999 || !at.Equal(at.Truncate(time.Millisecond)) {
			r.Problem(flow.CodeSourceValue, x.Pos, "time must be as RFC 3339 has it, with milliseconds at most: %s", flow.Excerpt(x.Value.Text()))
		}
		t.Start = at.UTC()
	}
	if x := r.Required(n, "seed"); x != nil && r.Text(x, "seed") != "" {
		seed, err := hex.DecodeString(x.Value.Text())
		if err != nil || len(seed) != len(t.Seed) {
			r.Problem(flow.CodeSourceValue, x.Pos, "seed must have %d hexadecimal digits", 2*len(t.Seed))
		}
		copy(t.Seed[:], seed)
	}
	t.Hidden = r.texts(n, "hidden")
	r.Each(n, "clock", func(m flow.NodeMember) {
		reading := Reading{Step: m.Key}
		if r.Is(m.Value, "what a step read from the clock", flow.KindList) {
			for _, at := range m.Value.Members {
				// A century on each side of the start.
				reading.At = append(reading.At, r.Integer(at.Value, "a time", -4e12, 4e12))
			}
		}
		t.Clock = append(t.Clock, reading)
	})
	slices.SortStableFunc(t.Clock, func(a, b Reading) int { return comparePaths(a.Step, b.Step) })
	t.HTTP, t.Cards = r.exchanges(n, false), r.cards(n, false)
	t.Result = r.result(n)
}

func (r reader) given(n *flow.Node) Given {
	g := Given{Input: r.object(n, "input"), Selected: r.object(n, "selected"), Config: r.object(n, "config"), Allow: r.texts(n, "allow")}
	if x := r.Required(n, "flow"); x != nil {
		g.Flow = r.Text(x, "flow")
	}
	r.Each(n, "options", func(m flow.NodeMember) {
		if g.Options == nil {
			g.Options = map[string]string{}
		}
		if r.Is(m.Value, "an option", flow.KindText) {
			g.Options[m.Key] = m.Value.Value.Text()
		}
	})
	if x := n.Get("connection"); x != nil && r.Is(x, "connection", flow.KindObject) {
		r.Fields(x, "auth", "values", "hosts")
		g.Connection = &Connection{Values: r.object(x, "values"), Hosts: r.texts(x, "hosts")}
		if a := x.Get("auth"); a != nil {
			g.Connection.Auth = r.Text(a, "auth")
		}
	}
	return g
}

func (r reader) object(n *flow.Node, key string) flow.Value {
	x := n.Get(key)
	if x == nil || !r.Is(x, key, flow.KindObject) {
		return flow.Null()
	}
	return x.Data()
}

func (r reader) texts(n *flow.Node, key string) []string {
	var out []string
	r.Items(n, key, func(x *flow.Node) { out = append(out, r.Text(x, "an item of "+key)) })
	return out
}

// result reads what the run came to; a tape need not say.
func (r reader) result(n *flow.Node) Result {
	var out Result
	said := 0
	if x := n.Get("output"); x != nil {
		said++
		out.Output = r.object(n, "output")
	}
	if x := n.Get("error"); x != nil {
		said++
		out.Error = r.failure(x)
	}
	if x := n.Get("stopped"); x != nil {
		said++
		if out.Stopped = x.Value.Bool(); !out.Stopped {
			r.Problem(flow.CodeSourceValue, x.Pos, "stopped can only be true")
		}
	}
	if said > 1 {
		r.Problem(flow.CodeSourceValue, n.Pos, "a run comes to one of output, error and stopped")
	}
	return out
}

func (r reader) failure(n *flow.Node) *flow.Error {
	e := &flow.Error{}
	if !r.Is(n, "error", flow.KindObject) {
		return e
	}
	r.Fields(n, failureFields...)
	if x := r.Required(n, "code"); x != nil {
		e.Code = flow.Code(r.Text(x, "code"))
	}
	if x := n.Get("message"); x != nil && r.Is(x, "message", flow.KindText) {
		e.Msg = x.Value.Text()
	}
	if x := n.Get("statusCode"); x != nil {
		e.Status = int(r.Integer(x, "statusCode", 1, 999))
	}
	return e
}

// ReadExchanges reads the field http of a test: exchanges that people wrote.
// Problems go to to.
func ReadExchanges(to *flow.NodeReader, n *flow.Node) []Exchange {
	return reader{to}.exchanges(n, true)
}

// ReadCards reads the field cards of a test: calls of cards of other connectors
// that people wrote. Problems go to to.
func ReadCards(to *flow.NodeReader, n *flow.Node) []CardCall { return reader{to}.cards(n, true) }

func (r reader) cards(n *flow.Node, loose bool) []CardCall {
	var out []CardCall
	r.Items(n, "cards", func(x *flow.Node) {
		if r.Is(x, "a call", flow.KindObject) {
			out = append(out, r.card(x, loose))
		}
	})
	return out
}

func (r reader) card(n *flow.Node, loose bool) CardCall {
	r.Fields(n, cardFields...)
	x := CardCall{Pos: n.Pos, Loose: loose, Options: r.object(n, "options"), Inputs: r.object(n, "inputs"), Outputs: r.object(n, "outputs")}
	for key, to := range map[string]*string{"step": &x.Step, "connection": &x.Connection} {
		if s := n.Get(key); s != nil {
			*to = r.Text(s, key)
		}
	}
	if s := r.Required(n, "card"); s != nil {
		x.Card = r.Text(s, "card")
	}
	if s := n.Get("stream"); s != nil && r.Is(s, "stream", flow.KindBool) {
		x.Stream = s.Value.Bool()
	}
	for key, to := range map[string]*flow.Value{"page": &x.Page, "next": &x.Next} {
		if v := n.Get(key); v != nil {
			*to = v.Data()
		}
	}
	r.Items(n, "records", func(v *flow.Node) { x.Records = append(x.Records, v.Data()) })
	if e := n.Get("error"); e != nil {
		x.Error = r.failure(e)
	}
	r.answered(n, "outputs", "records", "error")
	if s := n.Get("next"); s != nil && n.Get("records") == nil {
		r.Problem(flow.CodeSourceValue, s.Pos, "only records have a next page")
	}
	return x
}

// answered reports a call that is not answered, or answered twice.
func (r reader) answered(n *flow.Node, ways ...string) {
	var given []string
	for _, way := range ways {
		if n.Get(way) != nil {
			given = append(given, way)
		}
	}
	switch {
	case len(given) == 0:
		r.Problem(flow.CodeSourceMissing, n.Pos, "the call is not answered").WithFix("give one of %s", strings.Join(ways, ", "))
	case len(given) > 1:
		r.Problem(flow.CodeSourceValue, n.Get(given[1]).Pos, "a call is answered by %s or by %s", given[0], given[1])
	}
}

func (r reader) exchanges(n *flow.Node, loose bool) []Exchange {
	var out []Exchange
	r.Items(n, "http", func(x *flow.Node) {
		if r.Is(x, "an exchange", flow.KindObject) {
			out = append(out, r.exchange(x, loose))
		}
	})
	return out
}

func (r reader) exchange(n *flow.Node, loose bool) Exchange {
	x := Exchange{Pos: n.Pos, Loose: loose}
	r.Fields(n, exchangeFields...)
	if s := n.Get("step"); s != nil {
		x.Step = r.Text(s, "step")
	}
	if q := r.Required(n, "request"); q != nil && r.Is(q, "request", flow.KindObject) {
		r.request(q, &x.Request)
	}
	res, failed := n.Get("response"), n.Get("error")
	switch {
	case res == nil && failed == nil:
		r.Problem(flow.CodeSourceMissing, n.Pos, "the field %q is missing", "response").
			WithFix("give a response, or the error that the client gives instead")
	case res != nil && failed != nil:
		r.Problem(flow.CodeSourceValue, n.Pos, "a request has either a response or an error")
	case failed != nil:
		x.Error = r.failure(failed)
	case r.Is(res, "response", flow.KindObject):
		x.Response = &Response{}
		r.response(res, x.Response)
		if loose {
			x.Response.announce()
		}
	}
	return x
}

func (r reader) request(n *flow.Node, to *Request) {
	r.Fields(n, requestFields...)
	if x := r.Required(n, "method"); x != nil {
		to.Method = r.Text(x, "method")
		if to.Method != "" && !slices.Contains(methods, to.Method) {
			r.Problem(flow.CodeSourceValue, x.Pos, "not a request method: %s", flow.Excerpt(to.Method)).
				WithFix("known here: %s", strings.Join(methods, ", "))
		}
	}
	if x := r.Required(n, "url"); x != nil {
		to.URL = r.Text(x, "url")
		u, err := url.Parse(to.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Fragment != "" {
			r.Problem(flow.CodeSourceValue, x.Pos, "not an absolute http or https address without a fragment: %s", flow.Excerpt(to.URL))
		}
	}
	to.Query, to.Headers = r.fields(n, "query"), r.fields(n, "headers")
	r.body(n, &to.Body)
	if x := n.Get("sha256"); x != nil {
		to.Body.SHA256 = r.Text(x, "sha256")
		if sum, err := hex.DecodeString(to.Body.SHA256); err != nil || len(sum) != 32 {
			r.Problem(flow.CodeSourceValue, x.Pos, "sha256 must have 64 hexadecimal digits")
		}
		r.Required(n, "bytes")
	}
	if x := n.Get("bytes"); x != nil {
		to.Body.Bytes = r.Integer(x, "bytes", 1, 1<<40)
	}
	r.oneOf(n, "body", "base64", "bytes")
}

func (r reader) response(n *flow.Node, to *Response) {
	r.Fields(n, responseFields...)
	if x := r.Required(n, "status"); x != nil {
		to.Status = int(r.Integer(x, "status", 200, 599))
	}
	to.Headers = r.fields(n, "headers")
	r.body(n, &to.Body)
	r.oneOf(n, "body", "base64")
}

// announce names the type of a body that stands for JSON, where people have not.
func (r *Response) announce() {
	if k := r.Body.Value.Kind(); k != flow.KindObject && k != flow.KindList {
		return
	}
	if !slices.ContainsFunc(r.Headers, func(f Field) bool { return strings.EqualFold(f.Name, "content-type") }) {
		r.Headers = append(r.Headers, Field{"content-type", "application/json"})
	}
}

// oneOf reports a body that is given twice.
func (r reader) oneOf(n *flow.Node, keys ...string) {
	first := ""
	for _, key := range keys {
		switch {
		case n.Get(key) == nil:
		case first == "":
			first = key
		default:
			r.Problem(flow.CodeSourceValue, n.Get(key).Pos, "a body is given by %s or by %s", first, key)
		}
	}
}

func (r reader) body(n *flow.Node, to *Body) {
	if x := n.Get("body"); x != nil {
		switch x.Kind {
		case flow.KindText, flow.KindObject, flow.KindList:
			to.Value = x.Data()
		default:
			r.Problem(flow.CodeSourceValue, x.Pos, "a body must be text, or an object or list that is written as JSON, not %s", x.Kind.Article())
		}
	}
	if x := n.Get("layout"); x != nil {
		to.Layout = r.Text(x, "layout")
		if to.Layout != "" && !slices.Contains(layouts, to.Layout) {
			r.Problem(flow.CodeSourceValue, x.Pos, "not a layout of JSON: %s", flow.Excerpt(to.Layout)).
				WithFix("known here: %s", strings.Join(layouts[1:], ", "))
		}
		if k := to.Value.Kind(); k != flow.KindObject && k != flow.KindList {
			r.Problem(flow.CodeSourceValue, x.Pos, "only a body that stands for its JSON has a layout")
		}
	}
	if x := n.Get("base64"); x != nil && r.Text(x, "base64") != "" {
		data, err := base64.StdEncoding.DecodeString(x.Value.Text())
		if err != nil {
			r.Problem(flow.CodeSourceValue, x.Pos, "not base64 (RFC 4648, 4): %v", err)
		}
		to.Binary = data
	}
}

// fields reads pairs: a text for each name, or a list of them.
func (r reader) fields(n *flow.Node, key string) []Field {
	what := map[string]string{"query": "a parameter", "headers": "a header"}[key]
	var out []Field
	r.Each(n, key, func(m flow.NodeMember) {
		if m.Value.Kind != flow.KindList {
			if r.Is(m.Value, what, flow.KindText) {
				out = append(out, Field{m.Key, m.Value.Value.Text()})
			}
			return
		}
		for _, item := range m.Value.Members {
			if r.Is(item.Value, what, flow.KindText) {
				out = append(out, Field{m.Key, item.Value.Value.Text()})
			}
		}
	})
	return out
}

package tape

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/weirflow/weir/flow"
)

// timeLayout is RFC 3339 in UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Value returns the tape as plain data, which Read reads. Equal tapes give equal
// data, whatever ran at the same time when they were recorded.
func (t *Tape) Value() flow.Value {
	var b flow.ObjectBuilder
	b.Set("tape", flow.Number(Version))
	t.Given.set(&b)
	b.Set("run", flow.Text(t.Run))
	b.Set("time", flow.Text(t.Start.Format(timeLayout)))
	b.Set("seed", flow.Text(hex.EncodeToString(t.Seed[:])))
	setTexts(&b, "hidden", t.Hidden)
	if len(t.Clock) > 0 {
		var clock flow.ObjectBuilder
		for _, r := range t.Clock {
			at := make([]flow.Value, len(r.At))
			for i, ms := range r.At {
				at[i] = flow.Number(float64(ms))
			}
			clock.Set(r.Step, flow.ListOf(at...))
		}
		b.Set("clock", clock.Value())
	}
	if len(t.HTTP) > 0 {
		list := make([]flow.Value, len(t.HTTP))
		for i := range t.HTTP {
			list[i] = t.HTTP[i].Value()
		}
		b.Set("http", flow.ListOf(list...))
	}
	if len(t.Cards) > 0 {
		list := make([]flow.Value, len(t.Cards))
		for i := range t.Cards {
			list[i] = t.Cards[i].Value()
		}
		b.Set("cards", flow.ListOf(list...))
	}
	t.Result.set(&b)
	return b.Value()
}

func (g *Given) set(b *flow.ObjectBuilder) {
	b.Set("flow", flow.Text(g.Flow))
	setFull(b, "input", g.Input)
	if len(g.Options) > 0 {
		var options flow.ObjectBuilder
		for _, k := range slices.Sorted(maps.Keys(g.Options)) {
			options.Set(k, flow.Text(g.Options[k]))
		}
		b.Set("options", options.Value())
	}
	setFull(b, "selected", g.Selected)
	setFull(b, "config", g.Config)
	if c := g.Connection; c != nil {
		var one flow.ObjectBuilder
		if c.Auth != "" {
			one.Set("auth", flow.Text(c.Auth))
		}
		setFull(&one, "values", c.Values)
		setTexts(&one, "hosts", c.Hosts)
		b.Set("connection", one.Value())
	}
	setTexts(b, "allow", g.Allow)
}

func (r *Result) set(b *flow.ObjectBuilder) {
	switch {
	case r.Error != nil:
		b.Set("error", failureValue(r.Error))
	case r.Stopped:
		b.Set("stopped", flow.Bool(true))
	case !r.Output.IsNull():
		b.Set("output", r.Output)
	}
}

// setFull sets a member unless it is null or an empty object.
func setFull(b *flow.ObjectBuilder, key string, v flow.Value) {
	if !v.IsNull() && (v.Kind() != flow.KindObject || v.Object().Len() > 0) {
		b.Set(key, v)
	}
}

func setTexts(b *flow.ObjectBuilder, key string, texts []string) {
	if len(texts) > 0 {
		list := make([]flow.Value, len(texts))
		for i, s := range texts {
			list[i] = flow.Text(s)
		}
		b.Set(key, flow.ListOf(list...))
	}
}

// Value returns the exchange as plain data, which ReadExchange reads.
func (x *Exchange) Value() flow.Value {
	var b, req flow.ObjectBuilder
	if x.Step != "" {
		b.Set("step", flow.Text(x.Step))
	}
	req.Set("method", flow.Text(x.Request.Method))
	req.Set("url", flow.Text(x.Request.URL))
	setFields(&req, "query", x.Request.Query)
	setFields(&req, "headers", x.Request.Headers)
	x.Request.Body.set(&req)
	b.Set("request", req.Value())
	if x.Error != nil {
		b.Set("error", failureValue(x.Error))
	} else if x.Response != nil {
		var res flow.ObjectBuilder
		res.Set("status", flow.Number(float64(x.Response.Status)))
		setFields(&res, "headers", x.Response.Headers)
		x.Response.Body.set(&res)
		b.Set("response", res.Value())
	}
	return b.Value()
}

// Value returns the call as plain data, which ReadCards reads.
func (x *CardCall) Value() flow.Value {
	var b flow.ObjectBuilder
	if x.Step != "" {
		b.Set("step", flow.Text(x.Step))
	}
	b.Set("card", flow.Text(x.Card))
	if x.Connection != "" {
		b.Set("connection", flow.Text(x.Connection))
	}
	setFull(&b, "options", x.Options)
	setFull(&b, "inputs", x.Inputs)
	if x.Stream {
		b.Set("stream", flow.Bool(true))
	}
	setFull(&b, "page", x.Page)
	switch {
	case x.Error != nil:
		b.Set("error", failureValue(x.Error))
	case x.Stream:
		b.Set("records", flow.ListOf(x.Records...))
		setFull(&b, "next", x.Next)
	case x.Outputs.IsNull():
		b.Set("outputs", flow.Members())
	default:
		b.Set("outputs", x.Outputs)
	}
	return b.Value()
}

// setFields sets an object of pairs; those of one name are a list.
func setFields(b *flow.ObjectBuilder, key string, fields []Field) {
	var names []string
	values := map[string][]flow.Value{}
	for _, f := range fields {
		if values[f.Name] == nil {
			names = append(names, f.Name)
		}
		values[f.Name] = append(values[f.Name], flow.Text(f.Value))
	}
	var out flow.ObjectBuilder
	for _, name := range names {
		if v := values[name]; len(v) == 1 {
			out.Set(name, v[0])
		} else {
			out.Set(name, flow.ListOf(v...))
		}
	}
	setFull(b, key, out.Value())
}

func (b *Body) set(to *flow.ObjectBuilder) {
	switch {
	case !b.Value.IsNull():
		to.Set("body", b.Value)
		if b.Layout != "" {
			to.Set("layout", flow.Text(b.Layout))
		}
	case len(b.Binary) > 0:
		to.Set("base64", flow.Text(base64.StdEncoding.EncodeToString(b.Binary)))
	case b.Bytes > 0:
		if b.SHA256 != "" {
			to.Set("sha256", flow.Text(b.SHA256))
		}
		to.Set("bytes", flow.Number(float64(b.Bytes)))
	}
}

func failureValue(e *flow.Error) flow.Value {
	var b flow.ObjectBuilder
	b.Set("code", flow.Text(string(e.Code)))
	if e.Msg != "" {
		b.Set("message", flow.Text(e.Msg))
	}
	if e.Status != 0 {
		b.Set("statusCode", flow.Number(float64(e.Status)))
	}
	return b.Value()
}

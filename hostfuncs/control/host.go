package control

import (
	"context"
	"math"

	"github.com/weirflow/weir/flow"
)

// hostCost is the price of speaking to who started the run: a message to another
// goroutine, or a write to a queue.
func hostCost() flow.Cost { return flow.Cost{Base: 20_000, PerByte: 2} }

func hostErrors(more ...flow.Code) []flow.Code {
	return append([]flow.Code{flow.CodeCardUnbound, flow.CodeTypeConversion}, more...)
}

// start is Call Flow Async. The construct of the same name checks the inputs.
func start() *flow.Card {
	return &flow.Card{
		Key: "control.start", Title: "Start Flow", Category: category, Since: since,
		Doc: "Begins a flow of the same connector beside this one and does not wait for it. What becomes of it is nothing to this flow.",
		In: []flow.Port{
			{Key: "flow", Label: "Helper Flow", Doc: "Key of the flow.", Type: flow.TextType, Required: true},
			{Key: "input", Label: "input", Doc: "Inputs of the flow by key.", Type: flow.ObjectType},
		},
		Effect: flow.Writes, Cost: hostCost(), Errors: hostErrors(flow.CodeInputInvalid),
		Examples: []flow.Example{
			{In: `{"flow": "send_mail", "input": {"to": "a@b.example"}}`, Out: `{}`},
			{In: `{"flow": "tidy_up"}`, Out: `{}`, Note: "without inputs"},
			{In: `{"flow": ""}`, Err: flow.CodeInputInvalid},
			{In: `{"flow": "x", "input": 5}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			host, err := flow.HostOf(c.Env)
			if err != nil {
				return flow.Value{}, err
			}
			key := c.Text(0)
			if key == "" {
				return flow.Value{}, c.Invalid(0, "is empty")
			}
			return flow.Members(), host.Start(ctx, c.Key, key, c.Value(1))
		},
	}
}

// rawPorts are the parts of a hand-made HTTP answer.
func rawPorts() []flow.Port {
	return []flow.Port{
		{Key: "statusCode", Label: "statusCode", Doc: "Status of the answer: 200, or 400 to 599.", Type: flow.NumberType, Default: "200"},
		{Key: "headers", Label: "headers", Doc: "Headers of the answer by name.", Type: flow.ObjectType},
		{Key: "body", Label: "body", Doc: "Body of the answer.", Type: flow.TextType, Widget: "multiline"},
	}
}

// reply makes an answer of a call's status, headers and body, which stand at
// place at and behind it.
func reply(c *flow.Call, at int) (flow.Reply, error) {
	status := c.Number(at)
	if status != math.Trunc(status) || status != 200 && (status < 400 || status > 599) {
		return flow.Reply{}, c.Invalid(at, "must be 200 or from 400 to 599")
	}
	r := flow.Reply{Raw: true, Status: int(status)}
	for name, v := range c.Object(at + 1).All() {
		text, err := flow.Convert(v, flow.TextType)
		if err != nil {
			return r, err
		}
		r.Headers = append(r.Headers, flow.Pair{Name: name, Value: text})
	}
	body, err := flow.Convert(c.Value(at+2), flow.TextType)
	if err != nil {
		return r, err
	}
	r.Body = body.Text()
	return r, nil
}

// returnRaw is the part of Return Raw that answers; the construct returns.
func returnRaw() *flow.Card {
	return &flow.Card{
		Key: "control.returnRaw", Title: "Answer Raw", Category: category, Since: since,
		Doc:    "Answers whoever is waiting for the run with a hand-made HTTP response. Without anybody waiting it does nothing.",
		In:     rawPorts(),
		Effect: flow.Writes, Cost: hostCost(), Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"statusCode": 404, "headers": {"Content-Type": "application/json"}, "body": "{\"error\":\"not found\"}"}`, Out: `{}`},
			{In: `{}`, Out: `{}`, Note: "status 200 and nothing else"},
			{In: `{"statusCode": 302, "headers": {"Location": "/"}}`, Err: flow.CodeInputInvalid},
			{In: `{"statusCode": "many"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			r, err := reply(c, 0)
			if err != nil {
				return flow.Value{}, err
			}
			host, err := flow.HostOf(c.Env)
			if err != nil {
				return flow.Members(), nil
			}
			return flow.Members(), host.Reply(ctx, c.Key, r)
		},
	}
}

// pause hands over values and waits for what comes back.
func pause() *flow.Card {
	return &flow.Card{
		Key: "control.pause", Title: "Pause Flow", Category: category, Since: since,
		Doc:    "Hands values to whoever is waiting for the run, and parks the run until somebody resumes it. What they send is the output.",
		In:     []flow.Port{{Key: "values", Label: "values", Doc: "What the caller gets.", Type: flow.ObjectType}},
		Out:    []flow.Port{{Key: "answer", Label: "answer", Doc: "What was sent to resume the run.", Type: flow.ObjectType}},
		Effect: flow.Writes, Suspends: true, Cost: hostCost(), Errors: hostErrors(),
		Examples: []flow.Example{
			{In: `{"values": {"question": "approve?"}}`, Out: `{"answer": {"question": "approve?"}}`, Note: "here the caller sends back what it got"},
			{In: `{}`, Out: `{"answer": {}}`},
			{In: `{"values": 5}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			return resumed(ctx, c, flow.Reply{Values: c.Value(0)}, flow.ObjectType)
		},
	}
}

// pauseRaw is pause with a hand-made answer.
func pauseRaw() *flow.Card {
	return &flow.Card{
		Key: "control.pauseRaw", Title: "Pause Flow Raw", Category: category, Since: since,
		Doc: "Answers whoever is waiting for the run with a hand-made HTTP response, and parks the run until somebody resumes it. The request that does is the output.",
		In:  rawPorts(),
		Out: []flow.Port{
			{Key: "headers", Label: "Headers", Doc: "Headers of the request that resumed the run, by name in lower case.", Type: flow.ObjectType},
			{Key: "body", Label: "Body", Doc: "Its body.", Type: flow.TextType},
		},
		Effect: flow.Writes, Suspends: true, Cost: hostCost(), Errors: hostErrors(flow.CodeInputInvalid),
		Examples: []flow.Example{
			{In: `{"statusCode": 200, "body": "<wait/>"}`, Out: `{"headers": {}, "body": "<wait/>"}`, Note: "here the caller sends back what it got"},
			{In: `{}`, Out: `{"headers": {}, "body": ""}`},
			{In: `{"statusCode": 100}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			r, err := reply(c, 0)
			if err != nil {
				return flow.Value{}, err
			}
			v, err := resumed(ctx, c, r, flow.ObjectType)
			if err != nil {
				return flow.Value{}, err
			}
			headers, _ := v.Object().Get("headers")
			if headers.Kind() != flow.KindObject {
				headers = flow.ObjectType.Zero()
			}
			body, _ := v.Object().Get("body")
			if body, err = flow.Convert(body, flow.TextType); err != nil {
				return flow.Value{}, err
			}
			return flow.Members("headers", headers, "body", body), nil
		},
	}
}

// resumed pauses the run and returns what it is resumed with.
func resumed(ctx context.Context, c *flow.Call, r flow.Reply, t flow.Type) (flow.Value, error) {
	host, err := flow.HostOf(c.Env)
	if err != nil {
		return flow.Value{}, err
	}
	v, err := host.Pause(ctx, c.Key, r)
	if err != nil {
		return flow.Value{}, err
	}
	if v.IsNull() {
		return t.Zero(), nil
	}
	return flow.Convert(v, t)
}

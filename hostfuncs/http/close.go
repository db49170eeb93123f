package http

import (
	"context"
	"math"
	"strings"

	"github.com/weirflow/weir/flow"
)

// statuses is the note of both cards that answer.
func statuses() flow.Note {
	return flow.Note{
		Topic: "which statuses can be answered", Vendor: "said of Return Raw alone",
		Choice: "200 and 400 to 599, as there", Why: "both answer the same caller",
	}
}

// closeCard answers the caller of an API endpoint while the flow goes on.
func closeCard() *flow.Card {
	return &flow.Card{
		Key: "http.close", Aliases: []string{"channels:httpfunctions:close"}, Title: "Close", Category: category, Since: since,
		Doc: "Answers whoever called the flow over HTTP; the flow goes on. Only the first answer of a run has an effect.",
		In: []flow.Port{
			{Group: groupResponse, Key: "statusCode", Label: "Status Code", Doc: "Status of the answer: 200, or 400 to 599.", Type: flow.NumberType, Default: "200"},
			{Group: groupResponse, Key: "headers", Label: "Headers", Doc: "Headers of the answer by name.", Type: flow.ObjectType},
			{Group: groupResponse, Key: "body", Label: "Body", Doc: "Body of the answer, sent as JSON; its type is application/json unless a header says otherwise.", Type: flow.ObjectType},
		},
		Effect: flow.Writes,
		Cost:   flow.Cost{Base: 20_000, PerByte: 2},
		Errors: []flow.Code{flow.CodeCardUnbound, flow.CodeInputInvalid, flow.CodeTypeConversion},
		Notes:  []flow.Note{statuses()},
		Examples: []flow.Example{
			{In: `{"Response": {"statusCode": 200, "headers": {}, "body": {"ok": true}}}`, Out: `{}`},
			{In: `{}`, Out: `{}`, Note: "status 200 and an empty object"},
			{In: `{"Response": {"statusCode": 301}}`, Err: flow.CodeInputInvalid},
			{In: `{"Response": {"body": 5}}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) { return closeWith(ctx, c, c.Number(0)) },
	}
}

// closeKernelCard is the card that Close replaced: flows made before still have
// it. Its headers and fields of the body were inputs that authors named, which
// are the members of two objects here.
func closeKernelCard() *flow.Card {
	return &flow.Card{
		Key: "http.closeKernel", Aliases: []string{"kernel:http:close"}, Title: "Close (older kernel card)", Category: category, Since: since,
		Doc: "Answers whoever called the flow over HTTP; the flow goes on. Close does the same, and new flows should use that. Only the first answer of a run has an effect.",
		In: []flow.Port{
			{Key: "statusCode", Label: "statusCode", Doc: "Status of the answer as text: 200, or 400 to 599.", Type: flow.TextType, Required: true},
			{Key: "headers", Label: "headers", Doc: "Headers of the answer by name.", Type: flow.ObjectType},
			{Key: "body", Label: "body", Doc: "Body of the answer, sent as JSON; its type is application/json unless a header says otherwise.", Type: flow.ObjectType},
		},
		Effect: flow.Writes,
		Cost:   flow.Cost{Base: 20_000, PerByte: 2},
		Errors: []flow.Code{flow.CodeCardUnbound, flow.CodeInputInvalid, flow.CodeTypeConversion},
		Notes: []flow.Note{statuses(), {
			Topic: "headers and body that authors name", Vendor: "exported cards have groups of inputs that authors added",
			Choice: "each is one object with these as members", Why: "importers make it of the group, and new flows use Close",
		}},
		Examples: []flow.Example{
			{In: `{"statusCode": "200", "body": {"commands": ["a"]}}`, Out: `{}`},
			{In: `{"statusCode": "404", "headers": {"Content-Type": "application/problem+json"}, "body": {"title": "Not Found"}}`, Out: `{}`},
			{In: `{"statusCode": "", "body": {}}`, Err: flow.CodeInputInvalid, Note: "there is no default"},
			{In: `{"statusCode": "301"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			status, ok := flow.ParseNumber(c.Text(0))
			if !ok {
				return flow.Value{}, c.Invalid(0, "must be a number")
			}
			return closeWith(ctx, c, status)
		},
	}
}

// closeWith answers with a status, the headers of the second and the body of the
// third input.
func closeWith(ctx context.Context, c *flow.Call, status float64) (flow.Value, error) {
	if status != math.Trunc(status) || status != 200 && (status < 400 || status > 599) {
		return flow.Value{}, c.Invalid(0, "must be 200 or from 400 to 599")
	}
	host, err := flow.HostOf(c.Env)
	if err != nil {
		return flow.Value{}, err
	}
	r := flow.Reply{Raw: true, Status: int(status)}
	typed := false
	for name, v := range c.Object(1).All() {
		text, err := flow.Convert(v, flow.TextType)
		if err != nil {
			return flow.Value{}, err
		}
		r.Headers = append(r.Headers, flow.Pair{Name: name, Value: text})
		typed = typed || strings.EqualFold(name, "Content-Type")
	}
	if !typed {
		r.Headers = append(r.Headers, flow.Pair{Name: "Content-Type", Value: flow.Text("application/json")})
	}
	body, err := flow.Convert(c.Value(2), flow.TextType)
	if err != nil {
		return flow.Value{}, err
	}
	r.Body = body.Text()
	return flow.Members(), host.Reply(ctx, c.Key, r)
}

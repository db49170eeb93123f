package http

import (
	"context"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/exchange"
)

// rawTimeout is how long the kernel card waits for its answer, where the client
// allows so much.
const rawTimeout = 90 * time.Second

const rawDoc = " Nothing is parsed: the body of the answer is its text, read as UTF-8 with invalid bytes replaced." +
	" A status of 400 or above is an error that carries the answer."

func methodChoices(names ...string) []flow.Choice {
	out := make([]flow.Choice, len(names))
	for i, n := range names {
		out[i] = flow.Choice{Value: n, Label: n}
	}
	return out
}

// requestCard is the connector form of the raw request.
func requestCard() *flow.Card {
	body := bodyPort()
	body.Type, body.Default = flow.TextType, `""`
	body.Doc = "Body of the request, sent as it is. An object that arrives here is sent as JSON."
	return &flow.Card{
		Key: "http.request", Aliases: []string{"channels:httpfunctions:raw"}, Title: "Raw Request", Category: category, Since: since,
		Doc: "Sends an HTTP request of any method, with text in and text out." + rawDoc,
		In: []flow.Port{
			urlPort(),
			{
				Group: groupRequest, Key: "Method", Label: "Method", Type: flow.TextType, Default: `""`,
				Choices: methodChoices("GET", "POST", "PUT", "PATCH", "DELETE"),
				Doc:     "Method of the request. GET when none is given.",
			},
			queryPort(), headersPort(), body,
		},
		Out:    responsePorts(flow.TextType, "The text of the answer."),
		Effect: flow.Writes,
		Cost:   exchange.Price(),
		Errors: failures(),
		Notes: notes(flow.Note{
			Topic:  "no method",
			Vendor: "the input is optional and has no stated default",
			Choice: "GET",
			Why:    "it is the one method that changes nothing",
		}),
		Examples: []flow.Example{
			{
				In:  `{"Request": {"URL": "https://example.com/path", "Method": "GET", "Query": {"x": "one", "y": "two"}, "Headers": {"Accept": "text/plain"}}}`,
				Out: `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": "{\"method\":\"GET\",\"url\":\"https://example.com/path?x=one&y=two\",\"headers\":{\"accept\":\"text/plain\"},\"body\":\"\"}"}}`,
			},
			{
				In:   `{"Request": {"URL": "https://example.com/soap", "Method": "POST", "Headers": {"Content-Type": "text/xml"}, "Body": "<a/>"}}`,
				Out:  `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": "{\"method\":\"POST\",\"url\":\"https://example.com/soap\",\"headers\":{\"content-type\":\"text/xml\"},\"body\":\"<a/>\"}"}}`,
				Note: "text both ways",
			},
			{In: `{"Request": {"URL": "https://example.com/status/400"}}`, Err: flow.CodeHTTPStatus},
			{In: `{"Request": {"URL": "https://example.com/", "Method": "CONNECT"}}`, Err: flow.CodeInputInvalid},
		},
		Run: runRequest,
	}
}

// runRequest takes the inputs URL, Method, Query, Headers and Body.
func runRequest(ctx context.Context, c *flow.Call) (flow.Value, error) {
	method := c.Text(1)
	if method == "" {
		method = "GET"
	}
	b := builder{call: c, request: &flow.Request{Method: method, Timeout: channelTimeout}}
	res, err := b.send(ctx, part{0, c.Value(0)}, part{2, c.Value(2)}, part{3, c.Value(3)}, part{4, c.Value(4)})
	if err != nil {
		return flow.Value{}, err
	}
	text, err := exchange.TextBody(c, res)
	if err != nil {
		return flow.Value{}, err
	}
	return response(res, text), nil
}

// rawCard is the raw request of connector projects and older flows.
func rawCard() *flow.Card {
	hidden := func(key, doc string) flow.Port {
		return flow.Port{Group: "ssl", Key: key, Label: key, Type: flow.TextType, Widget: "hidden", Secret: flow.SecretSpend, Doc: doc}
	}
	return &flow.Card{
		Key: "http.raw", Aliases: []string{"kernel:http:raw"}, Title: "Raw Request (kernel card)", Category: category, Since: since,
		Doc: "Sends an HTTP request of any method, with text in and text out, without a connection." + rawDoc,
		In: []flow.Port{
			{
				Key: "url", Label: "url", Type: flow.TextType, Required: true,
				Doc: "Absolute https address of the request. It cannot be a secret: put those into headers, query or body.",
			},
			{
				Key: "method", Label: "method", Type: flow.TextType, Required: true,
				Choices: methodChoices("DELETE", "GET", "PATCH", "POST", "PUT"),
				Doc:     "Method of the request.",
			},
			{
				Key: "headers", Label: "headers", Type: flow.ObjectType, Required: true, Default: `{}`, Secret: flow.SecretSpend,
				Doc: "Headers of the request by name.",
			},
			{
				Key: "query", Label: "query", Type: flow.ObjectType, Required: true, Default: `{}`, Secret: flow.SecretSpend,
				Doc: "Query of the request: members are encoded and appended to the URL.",
			},
			{
				Key: "body", Label: "body", Type: flow.TextType, Default: `""`, Secret: flow.SecretSpend, Widget: "multiline",
				Doc: "Body of the request, sent as it is. An object that arrives here is sent as JSON.",
			},
			hidden("cert", "Client certificate. Not supported: giving one is an error."),
			hidden("key", "Key of the client certificate. Not supported: giving one is an error."),
			hidden("ca", "Authority of the server's certificate. Not supported: giving one is an error."),
			hidden("passphrase", "Passphrase of the key. Not supported: giving one is an error."),
		},
		Out: []flow.Port{
			{Key: "statusCode", Label: "statusCode", Type: flow.NumberType, Doc: "Status of the answer, such as 200.", Always: true},
			{Key: "headers", Label: "headers", Type: flow.ObjectType, Doc: "Headers of the answer by name in lower case; set-cookie is a list.", Always: true},
			{Key: "body", Label: "body", Type: flow.TextType, Doc: "The text of the answer.", Always: true},
		},
		Effect: flow.Writes,
		Cost:   exchange.Price(),
		Errors: failures(),
		Notes: notes(flow.Note{
			Topic:  "retries that nobody asked for",
			Vendor: "exported cards have an error policy of up to 3 retries after answers that limit the rate, 60 to 180 s apart",
			Choice: "none: a step says retry where it wants them, and importers write what the export has",
			Why:    "the policy is stored with the step there too, and a card that waits for minutes unasked surprises",
		}, flow.Note{
			Topic:  "client certificates",
			Vendor: "a hidden group of inputs for them exists",
			Choice: "the inputs exist and must stay empty: a value is input.invalid",
			Why:    "a certificate is a credential of the whole connection and cannot be bound to a host like a secret",
		}),
		Examples: []flow.Example{
			{
				In:  `{"url": "https://example.com/items", "method": "GET", "headers": {"Accept": "application/json"}, "query": {"q": "a b", "page": 2}}`,
				Out: `{"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "{\"method\":\"GET\",\"url\":\"https://example.com/items?q=a%20b&page=2\",\"headers\":{\"accept\":\"application/json\"},\"body\":\"\"}"}`,
			},
			{
				In:   `{"url": "https://example.com/items", "method": "POST", "headers": {}, "query": {}, "body": {"a": [1, true, null]}}`,
				Out:  `{"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "{\"method\":\"POST\",\"url\":\"https://example.com/items\",\"headers\":{\"content-type\":\"application/json\"},\"body\":\"{\\\"a\\\":[1,true,null]}\"}"}`,
				Note: "an object becomes JSON text, which is announced as such",
			},
			{In: `{"url": "https://example.com/status/429", "method": "GET", "headers": {}, "query": {}}`, Err: flow.CodeHTTPStatus},
			{In: `{"url": "https://example.com/", "method": "GET", "ssl": {"cert": "-----BEGIN CERTIFICATE-----"}}`, Err: flow.CodeInputInvalid, Note: "client certificates are not supported"},
		},
		Run: runRaw,
	}
}

// runRaw takes the inputs url, method, headers, query, body and the group ssl.
func runRaw(ctx context.Context, c *flow.Call) (flow.Value, error) {
	for i := 5; i < len(c.Args); i++ {
		if v := c.Value(i); v.HasSecret() || v.Text() != "" {
			return flow.Value{}, c.Invalid(i, "cannot be used: client certificates are not supported")
		}
	}
	if c.Text(1) == "" {
		return flow.Value{}, c.Invalid(1, "is empty")
	}
	b := builder{call: c, request: &flow.Request{Method: c.Text(1), Timeout: rawTimeout}}
	res, err := b.send(ctx, part{0, c.Value(0)}, part{3, c.Value(3)}, part{2, c.Value(2)}, part{4, c.Value(4)})
	if err != nil {
		return flow.Value{}, err
	}
	text, err := exchange.TextBody(c, res)
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Members(
		"statusCode", flow.Number(float64(res.Status)),
		"headers", exchange.Headers(res, false),
		"body", text,
	), nil
}

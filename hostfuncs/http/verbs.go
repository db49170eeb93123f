package http

import (
	"context"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/exchange"
)

// channelTimeout is how long a connector card waits for its answer.
const channelTimeout = 30 * time.Second

// verb returns the card of one method whose answers are JSON.
func verb(method, name, title, doc string, body bool) *flow.Card {
	card := &flow.Card{
		Key: "http." + name, Aliases: []string{"channels:httpfunctions:" + name}, Title: title, Category: category, Since: since,
		Doc: doc + " The answer must be JSON, or empty; a status of 400 or above is an error that carries the answer." +
			" Use Raw Request for everything else.",
		In:     []flow.Port{urlPort(), queryPort(), headersPort()},
		Out:    responsePorts(flow.ObjectType, "The parsed JSON of the answer; an empty object when there is none."),
		Effect: flow.Writes,
		Cost:   exchange.Price(),
		Errors: failures(flow.CodeLimitDepth),
		Notes: notes(flow.Note{
			Topic:  "an answer that is not JSON",
			Vendor: "not said",
			Choice: "http.body; so is JSON that is neither an object nor a list. An empty answer and null give an empty object",
			Why:    "the output is an object, and Raw Request gives the text",
		}),
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			return runVerb(ctx, c, method)
		},
	}
	if body {
		card.In = append(card.In, bodyPort())
	}
	return card
}

// runVerb takes the inputs URL, Query, Headers and, where the card has it, Body.
func runVerb(ctx context.Context, c *flow.Call, method string) (flow.Value, error) {
	b := builder{call: c, request: &flow.Request{Method: method, Timeout: channelTimeout}}
	var body flow.Value
	if len(c.Args) > 3 {
		body = c.Value(3)
	}
	if method == "DELETE" && body.Kind() == flow.KindObject && body.Object().Len() == 0 {
		body = flow.Null()
	}
	res, err := b.send(ctx, part{0, c.Value(0)}, part{1, c.Value(1)}, part{2, c.Value(2)}, part{3, body})
	if err != nil {
		return flow.Value{}, err
	}
	parsed, err := jsonBody(c, res)
	if err != nil {
		return flow.Value{}, err
	}
	return response(res, parsed), nil
}

func deleteCard() *flow.Card {
	card := verb("DELETE", "delete", "Delete", "Sends an HTTP DELETE request.", true)
	card.Notes = append(card.Notes, flow.Note{
		Topic:  "the empty object as body of DELETE",
		Vendor: "DELETE may carry a body; its default is an empty object",
		Choice: "an empty object sends no body; other methods send {}",
		Why:    "services refuse a DELETE with a body far more often than they need one",
	})
	card.Examples = []flow.Example{
		{
			In:   `{"Request": {"URL": "https://example.com/items/1"}}`,
			Out:  `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "DELETE", "url": "https://example.com/items/1", "headers": {}, "body": ""}}}`,
			Note: "no body is sent",
		},
		{
			In:  `{"Request": {"URL": "https://example.com/items", "Body": ["1", "2"]}}`,
			Out: `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "DELETE", "url": "https://example.com/items", "headers": {"content-type": "application/json"}, "body": "[\"1\",\"2\"]"}}}`,
		},
		{In: `{"Request": {"URL": "https://example.com/status/404"}}`, Err: flow.CodeHTTPStatus},
	}
	return card
}

func getCard() *flow.Card {
	card := verb("GET", "get", "Get", "Sends an HTTP GET request.", false)
	card.Effect = flow.Reads
	card.Examples = []flow.Example{
		{
			In:   `{"Request": {"URL": "https://example.com/items", "Query": {"x": "one", "y": "two"}}}`,
			Out:  `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "GET", "url": "https://example.com/items?x=one&y=two", "headers": {}, "body": ""}}}`,
			Note: "members of the query are appended to the URL",
		},
		{
			In:   `{"Request": {"URL": "https://example.com/items?page=2", "Query": "sort=name&sort=age", "Headers": {"Accept": "application/json"}}}`,
			Out:  `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "GET", "url": "https://example.com/items?page=2&sort=name&sort=age", "headers": {"accept": "application/json"}, "body": ""}}}`,
			Note: "a query given as text is sent as written",
		},
		{In: `{"Request": {"URL": "https://example.com/status/401"}}`, Err: flow.CodeHTTPStatus},
		{In: `{"Request": {"URL": ""}}`, Err: flow.CodeInputInvalid},
	}
	return card
}

func patchCard() *flow.Card {
	card := verb("PATCH", "patch", "Patch", "Sends an HTTP PATCH request.", true)
	card.Examples = []flow.Example{
		{
			In:  `{"Request": {"URL": "https://example.com/items/1", "Body": {"name": "x"}}}`,
			Out: `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "PATCH", "url": "https://example.com/items/1", "headers": {"content-type": "application/json"}, "body": "{\"name\":\"x\"}"}}}`,
		},
		{
			In:   `{"Request": {"URL": "https://example.com/items/1", "Headers": {"content-type": "application/merge-patch+json"}, "Body": {"name": null}}}`,
			Out:  `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "PATCH", "url": "https://example.com/items/1", "headers": {"content-type": "application/merge-patch+json"}, "body": "{\"name\":null}"}}}`,
			Note: "a Content-Type that is given stays",
		},
		{In: `{"Request": {"URL": "https://example.com/status/409", "Body": {}}}`, Err: flow.CodeHTTPStatus},
	}
	return card
}

func postCard() *flow.Card {
	card := verb("POST", "post", "Post", "Sends an HTTP POST request.", true)
	card.Examples = []flow.Example{
		{
			In:  `{"Request": {"URL": "https://example.com/items", "Body": {"a": 1}}}`,
			Out: `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "POST", "url": "https://example.com/items", "headers": {"content-type": "application/json"}, "body": "{\"a\":1}"}}}`,
		},
		{
			In:   `{"Request": {"URL": "https://example.com/form", "Headers": {"Content-Type": "application/x-www-form-urlencoded"}, "Body": "a=1&b=2"}}`,
			Out:  `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "POST", "url": "https://example.com/form", "headers": {"content-type": "application/x-www-form-urlencoded"}, "body": "a=1&b=2"}}}`,
			Note: "text is sent as it is",
		},
		{In: `{"Request": {"URL": "https://example.com/status/500"}}`, Err: flow.CodeHTTPStatus},
		{In: `{"Request": {"URL": "https://example.org/"}}`, Err: flow.CodeEgressDenied, Note: "a host that the connector does not list"},
	}
	return card
}

func putCard() *flow.Card {
	card := verb("PUT", "put", "Put", "Sends an HTTP PUT request.", true)
	card.Examples = []flow.Example{
		{
			In:  `{"Request": {"URL": "https://example.com/items/1", "Body": {"whoCanPostMessage": "ALL_MEMBERS_CAN_POST"}}}`,
			Out: `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "PUT", "url": "https://example.com/items/1", "headers": {"content-type": "application/json"}, "body": "{\"whoCanPostMessage\":\"ALL_MEMBERS_CAN_POST\"}"}}}`,
		},
		{
			In:   `{"Request": {"URL": "https://example.com/tags", "Body": []}}`,
			Out:  `{"Response": {"Status Code": 200, "Headers": {"content-type": "application/json"}, "Body": {"method": "PUT", "url": "https://example.com/tags", "headers": {"content-type": "application/json"}, "body": "[]"}}}`,
			Note: "an empty list is a body",
		},
		{In: `{"Request": {"URL": "https://example.com/status/403", "Body": {}}}`, Err: flow.CodeHTTPStatus},
	}
	return card
}

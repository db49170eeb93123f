package check_test

import (
	"context"
	"testing"

	"github.com/weirflow/weir/flow"
)

// card fills in what every card must have. The cards of these tests are never
// run.
func card(c flow.Card) *flow.Card {
	c.Title, c.Category, c.Doc, c.Since = c.Key, "Test", "Test.", "0"
	if c.Cost.Base == 0 {
		c.Cost.Base = 10
	}
	for i := range c.In {
		c.In[i].Doc = "Test."
	}
	c.Run = func(context.Context, *flow.Call) (flow.Value, error) { return flow.Null(), nil }
	return &c
}

func port(key string, t flow.Type) flow.Port { return flow.Port{Key: key, Type: t} }

func required(key string, t flow.Type) flow.Port {
	return flow.Port{Key: key, Type: t, Required: true}
}

// testRegistry has one card for each kind of port and result.
func testRegistry(t testing.TB) *flow.Registry {
	t.Helper()
	text := []flow.Port{port("output", flow.TextType)}
	reg, err := flow.NewRegistry(
		card(flow.Card{Key: "text.upper", Aliases: []string{"kernel:string:upper"}, In: []flow.Port{required("text", flow.TextType)}, Out: text}),
		card(flow.Card{Key: "text.concat", Out: text, Cost: flow.Cost{Base: 20, PerByte: 1},
			Extra: &flow.Extra{Type: flow.TextType, Secret: flow.SecretPass, Min: 2}}),
		card(flow.Card{Key: "number.add", In: []flow.Port{required("x", flow.NumberType), required("y", flow.NumberType)},
			Out: []flow.Port{port("output", flow.NumberType)}, Inline: flow.InlineAdd}),
		card(flow.Card{Key: "list.length", In: []flow.Port{required("list", flow.ListType(flow.AnyType))},
			Out: []flow.Port{port("length", flow.NumberType)}, Cost: flow.Cost{Base: 10, PerItem: 2}}),
		card(flow.Card{Key: "json.parse", In: []flow.Port{required("string", flow.TextType)}, Out: []flow.Port{port("output", flow.AnyType)}}),
		card(flow.Card{Key: "clock.now", Out: []flow.Port{port("output", flow.DateType)}, Effect: flow.Reads}),
		card(flow.Card{Key: "flow.ref", In: []flow.Port{required("flow", flow.FlowType)}, Out: text}),
		card(flow.Card{Key: "auth.grant", In: []flow.Port{
			{Key: "user", Group: "Who", Type: flow.TextType, Required: true, Secret: flow.SecretPass},
			{Key: "password", Group: "Who", Type: flow.TextType, Secret: flow.SecretPass},
			{Key: "scope", Type: flow.TextType, Required: true, Default: `"all"`},
		}, Out: []flow.Port{{Key: "value", Group: "Token", Type: flow.TextType}, {Key: "left", Group: "Token", Type: flow.NumberType}, {Key: "kind", Type: flow.TextType}}}),
		card(flow.Card{Key: "http.raw", In: []flow.Port{
			required("url", flow.TextType),
			{Key: "method", Type: flow.TextType, Default: `"GET"`, Choices: []flow.Choice{{Value: "GET"}, {Value: "POST"}, {Value: "PUT"}}},
			{Key: "body", Type: flow.TextType, Secret: flow.SecretSpend},
		}, Extra: &flow.Extra{Group: "headers", Type: flow.TextType, Secret: flow.SecretSpend},
			Out:    []flow.Port{port("statusCode", flow.NumberType), port("headers", flow.ObjectType), port("body", flow.TextType)},
			Effect: flow.Writes, Cost: flow.Cost{Base: 1000}}),
		card(flow.Card{Key: "http.get", In: []flow.Port{
			{Key: "URL", Group: "Request", Type: flow.TextType}, {Key: "Query", Group: "Request", Type: flow.ObjectType},
		}, Out: []flow.Port{{Key: "Headers", Group: "Response", Type: flow.ObjectType}, {Key: "Body", Group: "Response", Type: flow.AnyType}}, Effect: flow.Reads}),
		card(request("http.post", flow.Port{Key: "Body", Group: "Request", Type: flow.AnyType, Secret: flow.SecretSpend})),
		card(request("http.request", flow.Port{Key: "Body", Group: "Request", Type: flow.TextType, Secret: flow.SecretSpend},
			flow.Port{Key: "Method", Group: "Request", Type: flow.TextType})),
		card(flow.Card{Key: "control.start", Out: text}), card(flow.Card{Key: "control.pause", Out: text}), card(flow.Card{Key: "control.pauseRaw", Out: text}),
		card(flow.Card{Key: "control.returnRaw", Out: text}), card(flow.Card{Key: "page.request", Out: text}), card(flow.Card{Key: "page.body", Out: text}), card(flow.Card{Key: "page.next", Out: text}), card(flow.Card{Key: "page.collect", Out: text}),
		card(flow.Card{Key: "page.shape", Out: text}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// request is a card of the HTTP family with some inputs besides URL, Query and
// Headers.
func request(key string, more ...flow.Port) flow.Card {
	return flow.Card{Key: key, In: append([]flow.Port{
		{Key: "URL", Group: "Request", Type: flow.TextType}, {Key: "Query", Group: "Request", Type: flow.ObjectType}, {Key: "Headers", Group: "Request", Type: flow.ObjectType},
	}, more...),
		Out:    []flow.Port{{Key: "Headers", Group: "Response", Type: flow.ObjectType}, {Key: "Body", Group: "Response", Type: flow.AnyType}},
		Effect: flow.Writes}
}

package flow_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/weirflow/weir/flow"
)

// A card is a value: everything else that there is to say about it is derived
// from its definition.
func ExampleCard() {
	shout := &flow.Card{
		Key: "demo.shout", Title: "Shout", Category: "Demo", Doc: "Writes a text in capitals.", Since: "0.1",
		In:   []flow.Port{{Key: "text", Doc: "What to shout.", Type: flow.TextType, Required: true}},
		Out:  []flow.Port{{Key: "output", Doc: "The text, louder.", Type: flow.TextType}},
		Cost: flow.Cost{Base: 50, PerByte: 1},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.Text(strings.ToUpper(c.Text(0)) + "!"), nil
		},
	}
	out, err := flow.Invoke(context.Background(), shout, flow.Members("text", flow.Text("hello")), nil)
	fmt.Println(out, err)

	_, err = flow.Invoke(context.Background(), shout, flow.Members("txet", flow.Text("hello")), nil)
	fmt.Println(flow.CodeOf(err))
	// Output:
	// {"output":"HELLO!"} <nil>
	// card.input
}

// Values convert between types as the wires of a flow do.
func ExampleConvert() {
	number, err := flow.Convert(flow.Text(" 42 "), flow.NumberType)
	fmt.Println(number, err)
	_, err = flow.Convert(flow.Text("potato"), flow.NumberType)
	fmt.Println(err)
	// Output:
	// 42 <nil>
	// type.conversion: text is not a number: "potato"
}

// A secret has no printed form, whatever it is inside of.
func ExampleNewSecret() {
	key := flow.NewSecret("api_key", "sk_live_1", "api.example.com")
	fmt.Println(flow.Members("Authorization", key))
	// Output: {"Authorization":"[secret]"}
}

package face_test

import (
	"context"
	"fmt"
	"os"

	"github.com/weirflow/weir/face"
	"github.com/weirflow/weir/flow"
)

// A card as the people who use it see it.
func ExampleOfCard() {
	m := &flow.Manifest{Key: "hello", Name: "Hello", Version: "1.0.0", Flows: []flow.FlowInfo{{
		Key: "greet", Name: "Greet", Type: flow.FlowAction, Effect: "pure", Description: "Greets somebody.",
		In:  []flow.FieldInfo{{Key: "name", Label: "Name", Type: flow.TextType, Required: true}},
		Out: []flow.FieldInfo{{Key: "greeting", Type: flow.TextType}},
	}}}
	card, err := face.OfCard(context.Background(), m, "greet", face.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := card.Print(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Hello: Greet
	// Greets somebody.
	//
	// Inputs
	//   Name *  [        ]  Text
	//
	// Outputs
	//   Greeting  Text
}

package manual_test

import (
	"fmt"

	"github.com/weirflow/weir/face/manual"
	"github.com/weirflow/weir/flow"
)

// The manual of a connector needs its manifest and nothing else.
func ExamplePages() {
	m := &flow.Manifest{Key: "hello", Name: "Hello", Version: "1.0.0", Flows: []flow.FlowInfo{{
		Key: "greet", Name: "Greet", Type: flow.FlowAction, Effect: "pure",
		In: []flow.FieldInfo{{Key: "name", Type: flow.TextType}},
	}}}
	pages, err := manual.Pages(m, manual.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range pages {
		fmt.Println(p.Name, "-", p.Title)
	}
	// Output:
	// index.md - Hello
	// authorization.md - Authorization
	// cards/greet.md - Greet
}

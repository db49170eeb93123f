package compat_test

import (
	"fmt"

	"github.com/weirflow/weir/compat"
	"github.com/weirflow/weir/flow"
)

// A card that asks for more than before breaks the flows that use it.
func ExampleCompare() {
	build := func(version string, required bool) *flow.Manifest {
		return &flow.Manifest{Key: "hello", Name: "Hello", Version: version, Flows: []flow.FlowInfo{{
			Key: "greet", Name: "Greet", Type: flow.FlowAction, Effect: "pure",
			In: []flow.FieldInfo{{Key: "name", Type: flow.TextType, Required: required}},
		}}}
	}
	report, err := compat.Compare(build("1.2.0", false), build("1.3.0", true))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Level, report.Next)
	fmt.Println(report.Findings[0].Where, report.Findings[0].Rule)
	// Output:
	// major 2.0.0
	// card greet, input name input.required
}

// Command embed runs a flow inside a Go program: compile, load, run.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

var source = []compiler.File{
	{Name: "connector.yaml", Data: []byte("key: hello\nname: Hello\nversion: 0.1.0\n")},
	{Name: "flows/greet.yaml", Data: []byte(`
inputs: {name: {type: text, required: true}}
outputs: {greeting: text}
steps:
  - return: {greeting: "Hello, ${input.name}!"}
`)},
}

func main() {
	ctx := context.Background()
	registry := hostfuncs.Standard()
	built, err := compiler.Compile(source, compiler.Options{Registry: registry})
	check(err)
	eng, err := engine.New(ctx, engine.Config{Registry: registry})
	check(err)
	defer eng.Close(ctx)
	module, err := eng.Load(ctx, built.Wasm)
	check(err)
	result, err := module.Run(ctx, engine.Run{Flow: "greet", Input: flow.Members("name", flow.Text("world"))})
	check(err)
	fmt.Println(result.Outputs, "for", result.Usage.Fuel, "fuel")
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

package compiler_test

import (
	"fmt"
	"os"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/hostfuncs"
)

var greeter = []compiler.File{
	{Name: "connector.yaml", Data: []byte("key: hello\nname: Hello\nversion: 0.1.0\n")},
	{Name: "flows/greet.yaml", Data: []byte(`
inputs: {name: {type: text, required: true}}
outputs: {greeting: text}
steps:
  - name: loud
    card: text.toUpperCase
    with: {string: "${input.name}"}
  - return: {greeting: "Hello, ${loud.output}!"}
`)},
}

// Compile turns source into one module, which says what it may do.
func ExampleCompile() {
	out, err := compiler.Compile(greeter, compiler.Options{Registry: hostfuncs.Standard()})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := out.Manifest
	fmt.Println(m.Name, m.Version, m.Flows[0].Key, m.Cards[0].Key, m.Cards[0].Effect, len(m.Hosts))
	// Output: Hello 0.1.0 greet text.toUpperCase pure 0
}

// Problems are told all at once, each with its place and, where one is known, the
// fix.
func ExampleRender() {
	files := []compiler.File{greeter[0], {Name: "flows/greet.yaml", Data: []byte("outputs: {a: text}\nsteps:\n  - {name: b, card: text.uuuid}\n  - return: {a: \"${c.output}\"}\n")}}
	problems := compiler.Check(files, compiler.Options{Registry: hostfuncs.Standard()})
	if err := compiler.Render(os.Stdout, problems, files); err != nil {
		fmt.Println(err)
	}
	// Output:
	// flows/greet.yaml:3:21: error: card.unknown: no card "text.uuuid"
	//     - {name: b, card: text.uuuid}
	//                       ^
	//   fix: did you mean text.uuid?
	// flows/greet.yaml:4:18: error: name.unknown: there is no step "c"
	//     - return: {a: "${c.output}"}
	//                    ^
	//   fix: known here: input, secret, config, context, error, item, index, memo, auth, option, selected, b
}

// Format keeps comments.
func ExampleFormat() {
	text, err := compiler.Format(compiler.File{Name: "flows/a.yaml", Data: []byte("steps:\n- with: {string:   a}   # what\n  card: text.trim\nname: A\n")})
	fmt.Print(string(text), err)
	// Output:
	// name: A
	// steps:
	//   - card: text.trim
	//     with: {string: a} # what
	// <nil>
}

package hostfuncs_test

import (
	"fmt"

	"github.com/weirflow/weir/hostfuncs"
)

// The standard cards are a value: a program takes all of them, or those it wants
// its flows to have.
func ExampleStandard() {
	all := hostfuncs.Standard()
	card, ok := all.Lookup("kernel:string:concat")
	fmt.Println(card.Key, card.Effect, ok)
	fmt.Println(all.Len() > 150)
	// Output:
	// text.concat pure true
	// true
}

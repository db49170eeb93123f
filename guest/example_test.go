package guest_test

import (
	"fmt"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// Verify judges bytes, whoever made them.
func ExampleVerify() {
	m, err := guest.Verify(wasmtest.Generate("valid", ""))
	fmt.Println(m.Functions > 0, err)

	_, err = guest.Verify(wasmtest.Generate("call-bomb", ""))
	fmt.Println(flow.CodeOf(err))
	// Output:
	// true <nil>
	// module.profile
}

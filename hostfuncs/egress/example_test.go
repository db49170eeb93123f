package egress_test

import (
	"context"
	"fmt"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// A request goes to hosts that it lists, and never to an address of this machine
// or its networks, however it is written.
func ExampleNew() {
	client := egress.New(egress.Config{})
	defer client.Close()
	for _, url := range []string{"https://elsewhere.example/", "https://127.0.0.1/", "https://0x7f.1/", "http://[::ffff:10.0.0.1]/"} {
		_, err := client.Fetch(context.Background(), &flow.Request{Method: "GET", URL: url, Hosts: []string{"api.example.com", "127.0.0.1"}})
		fmt.Println(flow.CodeOf(err))
	}
	// Output:
	// egress.denied
	// egress.denied
	// egress.denied
	// egress.denied
}

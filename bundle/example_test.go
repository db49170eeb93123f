package bundle_test

import (
	"fmt"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest/wasmtest"
)

// A bundle is made once, signed, and opened by those who trust the key.
func Example() {
	private, public, err := bundle.NewKey()
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := bundle.ParseKey(private)
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed, err := bundle.Seal(bundle.Contents{Module: wasmtest.Generate("valid", ""), Files: map[string][]byte{"README.md": []byte("read me\n")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	signed, err := bundle.Sign(sealed, key)
	if err != nil {
		fmt.Println(err)
		return
	}
	author, err := bundle.ParsePublicKey("author", public)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := bundle.Open(signed, bundle.TrustKeys(author))
	fmt.Println(b.Signers[0].Name, err)

	_, err = bundle.Open(signed, bundle.TrustKeys())
	fmt.Println(flow.CodeOf(err))
	// Output:
	// author <nil>
	// bundle.untrusted
}

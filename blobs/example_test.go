package blobs_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/flow"
)

// A file is a handle: it opens in the store that made it and in no other.
func ExampleNew() {
	ctx := context.Background()
	store := blobs.New(blobs.Config{})
	defer store.Close()
	file, err := store.Create(ctx, flow.FileMeta{Name: "../etc/notes.txt", ContentType: "text/plain"}, strings.NewReader("hello"))
	if err != nil {
		fmt.Println(err)
		return
	}
	content, err := store.Open(ctx, file)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer content.Close()
	text, err := io.ReadAll(content)
	fmt.Println(file.Name, string(text), err)

	_, err = blobs.New(blobs.Config{}).Open(ctx, file)
	fmt.Println(flow.CodeOf(err))
	// Output:
	// notes.txt hello <nil>
	// file.unknown
}

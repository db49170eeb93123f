package versions_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weirflow/weir/versions"
)

// A directory keeps numbered copies that never change.
func ExampleOpenDir() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "versions")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store := versions.OpenDir(filepath.Join(dir, "kept"))
	for _, content := range []string{"first", "second"} {
		if _, err := store.Create(ctx, versions.Draft{Content: []byte(content), Connector: "hello", Source: "0.1.0"}); err != nil {
			fmt.Println(err)
			return
		}
	}
	v, content, err := store.Open(ctx, 2)
	fmt.Println(v.Number, v.Connector, string(content), err)
	// Output: 2 hello second <nil>
}

package tables_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tables"
)

// A table belongs to a tenant and a connector; whatever a flow asks for is data.
func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "tables")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := tables.Open(filepath.Join(dir, "tables.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	people := flow.Table{Name: "people", Columns: []flow.Column{{Name: "name", Type: flow.TextType}}}
	if err := store.Define(ctx, "acme", "hello", people); err != nil {
		fmt.Println(err)
		return
	}
	rows := store.For("acme", "hello")
	now := flow.DateOf(time.Unix(1_500_000_000, 0))
	for id, name := range []string{"Ada", "'; DROP TABLE people; --"} {
		row := flow.NewRow{ID: fmt.Sprint(id), Fields: flow.Members("name", flow.Text(name)).Object()}
		if err := rows.Create(ctx, "people", now, row); err != nil {
			fmt.Println(err)
			return
		}
	}
	for row, err := range rows.Search(ctx, "people", flow.Query{OrderBy: "name", Descending: true}) {
		fmt.Println(row.Cells[0], err)
	}
	// Output:
	// Ada <nil>
	// '; DROP TABLE people; -- <nil>
}

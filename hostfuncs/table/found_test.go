package table_test

import (
	"fmt"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// TestMostFound: a search gives 3,500 rows at most whatever Limit says; an export
// writes them all.
func TestMostFound(t *testing.T) {
	const most = 3500
	for _, n := range []int{most - 1, most, most + 1} {
		env := cardtest.NewEnv()
		_, err := env.Tables().Import(t.Context(), "Letters", flow.Date(0), true, func(yield func(flow.NewRow, error) bool) {
			for i := range n {
				if !yield(flow.NewRow{ID: fmt.Sprint("r", i), Fields: flow.Members("n", flow.Number(float64(i))).Object()}, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			options string
			want    int
		}{
			{`{}`, min(n, most)},
			{`{"Limit": 0}`, min(n, most)},
			{`{"Limit": 3499}`, most - 1},
			{`{"Limit": 3500}`, min(n, most)},
			{`{"Limit": 3501}`, min(n, most)},
			{`{"Limit": 1e300}`, min(n, most)},
			{`{"Offset": 1}`, n - 1},
			{`{"Offset": 3499}`, n - most + 1},
		} {
			out := must(t, env, "searchRows2", `{"parameters": {"stash": "Letters", "resultSet": "all"}, "Sort": `+c.options+`}`)
			if got := flow.At(out, "Result", "Rows").List().Len(); got != c.want {
				t.Errorf("%d rows, %s: %d found, want %d", n, c.options, got, c.want)
			}
		}
		out := must(t, env, "exportToCSV", `{"parameters": {"stash": "Letters"}, "File": {"Filename": "f"}, "Options": {"Columns": ["n"]}}`)
		lines := 0
		for _, r := range content(t, env, out) {
			if r == '\n' {
				lines++
			}
		}
		if lines != n+1 {
			t.Errorf("%d rows: %d lines exported", n, lines)
		}
	}
}

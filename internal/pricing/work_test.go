package pricing

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/tables"
)

// rowCounts are the sizes of the tables Rows10, Rows1000 and so on; the last is as many as a
// table may have.
var rowCounts = []int{10, 1_000, flow.MaxTableRows}

func rowsTable(n int) string { return "Rows" + strconv.Itoa(n) }

// seeded copies the tables of examples into a store and makes those of rowCounts,
// each with a text, of which two rows have the same, and a number.
func seeded(t *testing.T, examples flow.Tables) flow.Tables {
	t.Helper()
	const tenant, connector = "tenant", "connector"
	store, err := tables.Open(filepath.Join(t.TempDir(), "tables.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	ctx, to := t.Context(), store.For(tenant, connector)
	fill := func(def flow.Table, rows func(yield func(flow.NewRow, error) bool)) {
		t.Helper()
		err := store.Define(ctx, tenant, connector, def)
		if err == nil {
			_, err = to.Import(ctx, def.Name, flow.Date(0), false, rows)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Players", "Letters", "Pairs", "Actions", "Loaded"} {
		def, err := examples.Table(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		fill(*def, func(yield func(flow.NewRow, error) bool) {
			for row, err := range examples.Search(ctx, name, flow.Query{}) {
				var b flow.ObjectBuilder
				for i, c := range def.Columns {
					b.Set(c.Name, row.Cells[i])
				}
				if !yield(flow.NewRow{ID: row.ID, Fields: b.Value().Object()}, err) {
					return
				}
			}
		})
	}
	for _, n := range rowCounts {
		def := flow.Table{Name: rowsTable(n), Columns: []flow.Column{{Name: "name", Type: flow.TextType}, {Name: "n", Type: flow.NumberType}}}
		fill(def, func(yield func(flow.NewRow, error) bool) {
			for i := range n {
				fields := flow.Members("name", flow.Text("name "+strconv.Itoa(i/2)), "n", flow.Number(float64(n-i)))
				if !yield(flow.NewRow{ID: "r" + strconv.Itoa(i), Fields: fields.Object()}, nil) {
					return
				}
			}
		})
	}
	return to
}

// work returns workloads beside the examples of cards: tables of many rows,
// bodies that come back, and the longest host beyond ASCII.
func work() map[string][]flow.Example {
	out := map[string][]flow.Example{}
	add := func(card, in string) { out[card] = append(out[card], flow.Example{In: in}) }
	for _, n := range rowCounts {
		table := `{"parameters": {"stash": "` + rowsTable(n) + `"`
		add("table.searchRows2", table+`, "resultSet": "all-new"}}`)
		add("table.searchRows2", table+`, "resultSet": "all-new"}, "Sort": {"Column": "name", "Direction": "desc"}}`)
		add("table.searchRows2", table+`}, "Sort": {"Column": "n"}, "Filter": {"Where Expression": {"expr": [`+
			`{"lhs": "name", "op": "!=", "rhs": "name 1", "join": "AND"}, {"lhs": "n", "op": "<", "rhs": 0}]}}}`)
		add("table.readRow", table+`}, "Read By": {"Row ID": "r5"}}`)
		add("table.updateRow", table+`}, "Update By": {"Row ID": "r5"}, "Fields": {"name": "another"}}`)
		add("table.deleteRow", table+`}, "Delete By": {"Row ID": "none"}}`)
		add("table.createRow", table+`}, "Fields": {"name": "another"}}`)
		add("table.exportToCSV", table+`}, "File": {"Filename": "rows.csv"}}`)
		add("table.exportToCSV", table+`}, "File": {"Filename": "rows.csv"}, "Options": {"Offset": 90000}}`)
		add("table.readTable", table+`}}`)
	}
	for _, n := range []int{10, 1_000, 10_000} {
		var csv strings.Builder
		csv.WriteString("name,n\n")
		for i := range n {
			csv.WriteString("name " + strconv.Itoa(i) + "," + strconv.Itoa(i) + "\n")
		}
		add("table.importFromCSV", flow.Members("parameters", flow.Members("stash", flow.Text("Letters")), "Source", flow.Members("File Content", flow.Text(csv.String()))).String())
	}
	body := `{"text": "` + strings.Repeat("lorem ipsum ", 50_000) + `"}`
	add("http.post", `{"Request": {"URL": "https://example.com/echo", "Body": `+body+`}}`)
	add("http.raw", `{"url": "https://example.com/echo", "method": "POST", "body": `+flow.Text(body).String()+`}`)
	add("url.parse", `{"url": "https://`+strings.Repeat("bücher.", 30)+`example/"}`)
	return out
}

// measureClearing measures what can be done only once: removing all rows of a
// table.
func measureClearing(t *testing.T, o *outside) []measurement {
	t.Helper()
	card, _ := hostfuncs.Standard().Lookup("table.clearTable")
	var out []measurement
	for _, n := range rowCounts {
		again := func() measurement {
			m := measurement{card: card.Key, work: "all of " + strconv.Itoa(n) + " rows"}
			_, err := o.tables.Import(t.Context(), "Loaded", flow.Date(0), true, func(yield func(flow.NewRow, error) bool) {
				for i := range n {
					if !yield(flow.NewRow{ID: strconv.Itoa(i), Fields: flow.Members("Column A", flow.Text("lorem ipsum")).Object()}, nil) {
						return
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			c, ok := bind(card, flow.Members("parameters", flow.Members("stash", flow.Text("Loaded"))))
			if !ok {
				t.Fatal("the inputs do not bind")
			}
			c.Env = o
			c.Charge = func(fuel int64) error { m.fuel += fuel; return nil }
			since := effort{world: o}.clock()
			result, err := card.Run(t.Context(), c)
			m.ns = since()
			if err != nil {
				t.Fatal(err)
			}
			m.fuel += c.Price() + c.PriceOf(result)
			return m
		}
		m := again()
		m.again = again
		for range 3 {
			m.ns = min(m.ns, again().ns)
		}
		out = append(out, m)
	}
	return out
}

package tables_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/table"
	"github.com/weirflow/weir/tables"
)

// BenchmarkSearch searches 100,000 rows for the hundred that match, through the
// card, through the store and with the same statement in plain SQL, on one file.
func BenchmarkSearch(b *testing.B) {
	path := filepath.Join(b.TempDir(), "t.db")
	s, err := tables.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	db := define(b, s, people())
	if _, err := db.Import(b.Context(), "People", flow.Date(0), true, numbered("r", flow.MaxTableRows, 40)); err != nil {
		b.Fatal(err)
	}
	const from, found = flow.MaxTableRows - 100, 100
	b.Run("card", func(b *testing.B) {
		env := seeded{cardtest.NewEnv(), db}
		card := cardOf(b, "table.searchRows2")
		in, err := flow.ParseJSON(fmt.Appendf(nil, `{"parameters": {"stash": "People", "resultSet": "all"}, "Filter": {"Where Expression": {"expr": [{"lhs": "age", "op": ">=", "rhs": %d}]}}, "Sort": {"Column": "age"}}`, from), flow.JSONLimits{})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			out, err := flow.Invoke(b.Context(), card, in, env)
			if n := flow.At(out, "Result", "Rows").List().Len(); err != nil || n != found {
				b.Fatalf("%d rows, %v", n, err)
			}
		}
	})
	b.Run("store", func(b *testing.B) {
		q := flow.Query{Where: []flow.Clause{{Column: "age", Op: ">=", Value: flow.Number(from)}}, OrderBy: "age", Descending: true}
		for b.Loop() {
			n := 0
			for _, err := range db.Search(b.Context(), "People", q) {
				if n++; err != nil {
					b.Fatal(err)
				}
			}
			if n != found {
				b.Fatalf("%d rows", n)
			}
		}
	})
	b.Run("sql", func(b *testing.B) {
		c, err := sqlite3.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		st, _, err := c.Prepare(`SELECT id, created, updated, c0, c1, c2, c3 FROM row_1 WHERE c1 >= ? ORDER BY c1 DESC, n`)
		if err != nil {
			b.Fatal(err)
		}
		defer st.Close()
		for b.Loop() {
			n := 0
			if err := st.BindFloat(1, from); err != nil {
				b.Fatal(err)
			}
			for st.Step() {
				n++
				_, _ = st.ColumnText(0), st.ColumnText(3)
			}
			if err := st.Reset(); err != nil || n != found {
				b.Fatalf("%d rows, %v", n, err)
			}
		}
	})
}

func cardOf(b *testing.B, key string) *flow.Card {
	b.Helper()
	for _, c := range table.Cards() {
		if c.Key == key {
			return c
		}
	}
	b.Fatalf("no card %q", key)
	return nil
}

// BenchmarkCards measures what the prices in hostfuncs/table are made of.
func BenchmarkCards(b *testing.B) {
	s := openStore(b)
	env := seed(b, s, connector)
	for _, c := range []struct{ key, in string }{
		{"table.createRow", `{"parameters": {"stash": "Players"}, "Fields": {"First name": "Ann", "Jersey number": 7}}`},
		{"table.updateRow", `{"parameters": {"stash": "Players"}, "Update By": {"Row ID": "p2"}, "Fields": {"First name": "Ann"}}`},
		{"table.readRow", `{"parameters": {"stash": "Players"}, "Read By": {"Row ID": "p2"}}`},
		{"table.searchRows2", `{"parameters": {"stash": "Letters"}}`},
		{"table.readTable", `{"parameters": {"stash": "Players"}}`},
		{"table.importFromCSV", `{"parameters": {"stash": "Letters"}, "Source": {"File Content": "name,n\na,1\nb,2\n"}}`},
		{"table.exportToCSV", `{"parameters": {"stash": "Letters"}, "File": {"Filename": "a.csv"}}`},
	} {
		b.Run(c.key, func(b *testing.B) {
			card := cardOf(b, c.key)
			in, err := flow.ParseJSON([]byte(c.in), flow.JSONLimits{})
			if err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				if i++; c.key == "table.createRow" && i%10_000 == 0 {
					if _, err := env.Tables().Clear(b.Context(), "Players"); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := flow.Invoke(b.Context(), card, in, env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("search/row", func(b *testing.B) {
		db := define(b, s, people())
		if _, err := db.Import(b.Context(), "People", flow.Date(0), true, numbered("r", 3500, 40)); err != nil {
			b.Fatal(err)
		}
		in := flow.Members("parameters", flow.Members("stash", flow.Text("People"), "resultSet", flow.Text("all")))
		for b.Loop() {
			if _, err := flow.Invoke(b.Context(), cardOf(b, "table.searchRows2"), in, env); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/3500, "ns/row")
	})
	b.Run("import/row", func(b *testing.B) {
		db := define(b, s, people())
		for b.Loop() {
			if _, err := db.Import(b.Context(), "People", flow.Date(0), true, numbered("r", 10_000, 40)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
	})
}

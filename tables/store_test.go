package tables_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tables"
)

// attacks are names and values that would do harm if they were ever read as
// anything but data.
var attacks = []string{
	`x'; DROP TABLE weir_table; --`, `x"; DELETE FROM row_1; --`, "`x`", `]; SELECT 1`, `row_1`, `weir_table`, `c0`, `id`, `n`, `1=1`, `' OR ''='`,
	`") OR 1=1 --`, `?1`, `:a`, `@a`, `$a`, `/**/`, `sqlite_master`, `x''y`, `\`, `%`, `count(*)`, `name COLLATE NOCASE`, `CASE WHEN 1 THEN 1 END`,
	"name\x00", "ｎａｍｅ", `load_extension('x')`, `NULL`, `rowid`, `_rowid_`, `🂡`,
}

// TestAttacksAreData uses every attack as table, column, value, row id, sort
// column, wanted column and operator: what is a good name works as one, the rest
// is refused, and nothing else happens.
func TestAttacksAreData(t *testing.T) {
	s := openStore(t)
	db := define(t, s, people())
	create(t, db, "People", "canary", "name", flow.Text("canary"))
	for i, x := range attacks {
		def := flow.Table{Name: x, Columns: []flow.Column{{Name: x, Type: flow.TextType, Default: flow.Text(x)}, {Name: "v", Type: flow.NumberType}}}
		connector := fmt.Sprint("attack", i)
		err := s.Define(t.Context(), x, connector, def)
		if strings.ContainsRune(x, 0) {
			if flow.CodeOf(err) != flow.CodeTableInvalid {
				t.Errorf("%q as a name: %v", x, err)
			}
		} else if err != nil {
			t.Errorf("%q as a name: %v", x, err)
			continue
		} else {
			mine := s.For(x, connector)
			create(t, mine, x, x, x, flow.Text(x), "v", flow.Number(1))
			create(t, mine, x, "plain", x, flow.Text("plain"))
			q := flow.Query{Columns: []string{x}, Where: []flow.Clause{{Column: x, Op: "=", Value: flow.Text(x)}}, OrderBy: x}
			if got := found(t, mine, x, q); !slices.Equal(got, []string{x}) {
				t.Errorf("%q finds %q", x, got)
			}
			if err := mine.Update(t.Context(), x, x, flow.Date(0), flow.Members(x, flow.Text(x+x)).Object()); err != nil {
				t.Errorf("%q: update: %v", x, err)
			}
			if row, err := mine.Read(t.Context(), x, x, []string{x}); err != nil || row.Cells[0].Text() != x+x {
				t.Errorf("%q: read %v, %v", x, row.Cells, err)
			}
			if err := mine.Delete(t.Context(), x, x); err != nil {
				t.Errorf("%q: delete: %v", x, err)
			}
			if got := found(t, mine, x, flow.Query{}); !slices.Equal(got, []string{"plain"}) {
				t.Errorf("%q: %q are left", x, got)
			}
		}
		refused := map[string]error{
			"table":  second(db.Table(t.Context(), x)),
			"row":    db.Delete(t.Context(), "People", x),
			"column": db.Update(t.Context(), "People", "canary", flow.Date(0), flow.Members(x, flow.Text("y")).Object()),
			"wanted": second(db.Read(t.Context(), "People", "canary", []string{x})),
			"new":    db.Create(t.Context(), "People", flow.Date(0), flow.NewRow{ID: "new", Fields: flow.Members(x, flow.Text("y")).Object()}),
			"order":  failure(db.Search(t.Context(), "People", flow.Query{OrderBy: x})),
			"clause": failure(db.Search(t.Context(), "People", flow.Query{Where: []flow.Clause{{Column: x, Op: "=", Value: flow.Text("y")}}})),
			"op":     failure(db.Search(t.Context(), "People", flow.Query{Where: []flow.Clause{{Column: "name", Op: x, Value: flow.Text("y")}}})),
		}
		for what, err := range refused {
			if flow.CodeOf(err) != flow.CodeTableInvalid {
				t.Errorf("%q as %s: %v, want table.invalid", x, what, err)
			}
		}
		if got := found(t, db, "People", flow.Query{Where: []flow.Clause{{Column: "name", Op: "=", Value: flow.Text(x)}}}); len(got) != 0 {
			t.Errorf("%q as a value finds %q", x, got)
		}
	}
	if row, err := db.Read(t.Context(), "People", "canary", []string{"name"}); err != nil || row.Cells[0].Text() != "canary" {
		t.Errorf("the canary: %v, %v", row.Cells, err)
	}
	if def, err := db.Table(t.Context(), "People"); err != nil || def.Rows != 1 {
		t.Errorf("People: %+v, %v", def, err)
	}
}

func second[T any](_ T, err error) error { return err }

func failure(rows iter.Seq2[flow.Row, error]) error {
	for _, err := range rows {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestIsolation: tenants and connectors see nothing of each other, however their
// names are cut.
func TestIsolation(t *testing.T) {
	s := openStore(t)
	owners := [][2]string{{"a", "b"}, {"a", "c"}, {"ab", ""}, {"", "ab"}, {"A", "b"}}
	for i, o := range owners {
		if err := s.Define(t.Context(), o[0], o[1], people()); err != nil {
			t.Fatal(err)
		}
		create(t, s.For(o[0], o[1]), "People", fmt.Sprint(i))
	}
	for i, o := range owners {
		if got := found(t, s.For(o[0], o[1]), "People", flow.Query{}); !slices.Equal(got, []string{fmt.Sprint(i)}) {
			t.Errorf("%q sees %q", o, got)
		}
	}
	if err := s.Drop(t.Context(), "a", "b", "People"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.For("a", "b").Table(t.Context(), "People"); flow.CodeOf(err) != flow.CodeTableInvalid {
		t.Errorf("a dropped table: %v", err)
	}
	if got := found(t, s.For("a", "c"), "People", flow.Query{}); len(got) != 1 {
		t.Errorf("dropping a table took %q from another connector", got)
	}
}

func TestDefine(t *testing.T) {
	s := openStore(t)
	text := func(names ...string) []flow.Column {
		var out []flow.Column
		for _, n := range names {
			out = append(out, flow.Column{Name: n, Type: flow.TextType})
		}
		return out
	}
	many := make([]string, flow.MaxTableColumns+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for _, c := range []struct {
		def  flow.Table
		code flow.Code
	}{
		{flow.Table{Name: "t", Columns: text("a")}, ""},
		{flow.Table{Name: "t", Columns: text("a")}, ""},
		{flow.Table{Name: "t", Columns: text("a", "b")}, ""},
		{flow.Table{Name: "t", Columns: text("a")}, flow.CodeTableInvalid},
		{flow.Table{Name: "t", Columns: text("b", "a")}, flow.CodeTableInvalid},
		{flow.Table{Name: "t", Columns: append([]flow.Column{{Name: "a", Type: flow.NumberType}}, text("b")...)}, flow.CodeTableInvalid},
		{flow.Table{Name: "full", Columns: text(many[1:]...)}, ""},
		{flow.Table{Name: "fuller", Columns: text(many...)}, flow.CodeTableInvalid},
		{flow.Table{Name: "none"}, flow.CodeTableInvalid},
		{flow.Table{Name: "", Columns: text("a")}, flow.CodeTableInvalid},
		{flow.Table{Name: " x", Columns: text("a")}, flow.CodeTableInvalid},
		{flow.Table{Name: strings.Repeat("x", flow.MaxTableName), Columns: text("a")}, ""},
		{flow.Table{Name: strings.Repeat("x", flow.MaxTableName+1), Columns: text("a")}, flow.CodeTableInvalid},
		{flow.Table{Name: "x", Columns: text("a\nb")}, flow.CodeTableInvalid},
		{flow.Table{Name: "x", Columns: text("a", "a")}, flow.CodeTableInvalid},
		{flow.Table{Name: "x", Columns: text("a", "A")}, ""},
		{flow.Table{Name: "y", Columns: text("Row ID")}, flow.CodeTableInvalid},
		{flow.Table{Name: "y", Columns: []flow.Column{{Name: "a", Type: flow.ObjectType}}}, flow.CodeTableInvalid},
		{flow.Table{Name: "y", Columns: []flow.Column{{Name: "a", Type: flow.ListType(flow.TextType)}}}, flow.CodeTableInvalid},
		{flow.Table{Name: "y", Columns: []flow.Column{{Name: "a", Type: flow.NumberType, Default: flow.Text("x")}}}, flow.CodeTableInvalid},
	} {
		if err := s.Define(t.Context(), tenant, connector, c.def); flow.CodeOf(err) != c.code {
			t.Errorf("%.60s with %d columns: %v, want code %q", c.def.Name, len(c.def.Columns), err, c.code)
		}
	}
	// Rows that are older than a column have an empty cell in it.
	db := define(t, s, flow.Table{Name: "grown", Columns: text("a")})
	create(t, db, "grown", "old", "a", flow.Text("x"))
	define(t, s, flow.Table{Name: "grown", Columns: append(text("a", "b"), flow.Column{Name: "n", Type: flow.NumberType, Default: flow.Number(7)})})
	create(t, db, "grown", "new")
	for id, want := range map[string]string{"old": `["x","",null]`, "new": `["","",7]`} {
		if row, err := db.Read(t.Context(), "grown", id, nil); err != nil || flow.ListOf(row.Cells...).String() != want {
			t.Errorf("%s: %v (%v), want %s", id, row.Cells, err, want)
		}
	}
	list, err := s.List(t.Context(), tenant, connector)
	if err != nil || !slices.IsSortedFunc(list, func(a, b flow.Table) int { return strings.Compare(a.Name, b.Name) }) || len(list) != 5 {
		t.Errorf("list: %d tables, %v", len(list), err)
	}
	for i := len(list); i < 100; i++ {
		define(t, s, flow.Table{Name: fmt.Sprint("filler ", i), Columns: text("a")})
	}
	if err := s.Define(t.Context(), tenant, connector, flow.Table{Name: "one more", Columns: text("a")}); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("a hundred and first table: %v, want limit.value", err)
	}
}

// numbered yields n rows whose text has size bytes.
func numbered(prefix string, n, size int) iter.Seq2[flow.NewRow, error] {
	text := flow.Text(strings.Repeat("x", size))
	return func(yield func(flow.NewRow, error) bool) {
		for i := range n {
			row := flow.NewRow{ID: fmt.Sprint(prefix, i), Fields: flow.Members("name", text, "age", flow.Number(float64(i))).Object()}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func TestLimits(t *testing.T) {
	db := define(t, openStore(t), people())
	n, err := db.Import(t.Context(), "People", flow.Date(0), false, numbered("r", flow.MaxTableRows, 1))
	if err != nil || n != flow.MaxTableRows {
		t.Fatalf("%d rows: %v", n, err)
	}
	extra := flow.NewRow{ID: "extra", Fields: flow.Members().Object()}
	if err := db.Create(t.Context(), "People", flow.Date(0), extra); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("one row more: %v, want limit.value", err)
	}
	if err := db.Delete(t.Context(), "People", "r5"); err != nil {
		t.Fatal(err)
	}
	if err := db.Create(t.Context(), "People", flow.Date(0), extra); err != nil {
		t.Errorf("a row in place of a deleted one: %v", err)
	}
	if n, err := db.Clear(t.Context(), "People"); err != nil || n != flow.MaxTableRows {
		t.Errorf("cleared %d rows: %v", n, err)
	}
	// Bytes: rows of one full cell and three others.
	row := flow.CellBytes([]flow.Value{flow.Text(strings.Repeat("x", flow.MaxCell)), {}, {}, {}})
	fit := int(flow.MaxTableBytes / row)
	if _, err := db.Import(t.Context(), "People", flow.Date(0), true, numbered("b", fit+1, flow.MaxCell)); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("%d rows of %d bytes: %v, want limit.value", fit+1, row, err)
	}
	if got := found(t, db, "People", flow.Query{}); len(got) != 0 {
		t.Errorf("a refused import left %d rows", len(got))
	}
	if err := db.Update(t.Context(), "People", "none", flow.Date(0), flow.Members("name", flow.Text(strings.Repeat("x", flow.MaxCell+1))).Object()); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("a text that is too long: %v, want limit.value", err)
	}
}

// TestCounts: the bytes that the limits count follow every change.
func TestCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	s, err := tables.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	db := define(t, s, people())
	create(t, db, "People", "a", "name", flow.Text("12345"))
	create(t, db, "People", "b", "name", flow.Text("é😀"))
	create(t, db, "People", "b", "name", flow.Text("again"))
	if err := db.Update(t.Context(), "People", "a", flow.Date(0), flow.Members("name", flow.Text("1\x002"), "age", flow.Number(3)).Object()); err != nil {
		t.Fatal(err)
	}
	create(t, db, "People", "c", "name", flow.Text("gone"))
	if err := db.Delete(t.Context(), "People", "c"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := sqlite3.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	st, _, err := c.Prepare(`SELECT rows, bytes, (SELECT sum(size) FROM row_1) FROM weir_table`)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	want := int64(2*4*8 + 3 + 6)
	if !st.Step() || st.ColumnInt64(0) != 2 || st.ColumnInt64(1) != want || st.ColumnInt64(2) != want {
		t.Errorf("%d rows and %d bytes, sum %d, want 2 and %d", st.ColumnInt64(0), st.ColumnInt64(1), st.ColumnInt64(2), want)
	}
}

func TestImportIsOneChange(t *testing.T) {
	db := define(t, openStore(t), people())
	create(t, db, "People", "old")
	for _, c := range []struct {
		name string
		rows iter.Seq2[flow.NewRow, error]
		code flow.Code
	}{
		{"an error of the source", func(yield func(flow.NewRow, error) bool) {
			if yield(flow.NewRow{ID: "x", Fields: flow.Members().Object()}, nil) {
				yield(flow.NewRow{}, flow.Errorf(flow.CodeInputInvalid, "the source broke"))
			}
		}, flow.CodeInputInvalid},
		{"a cell that does not fit", func(yield func(flow.NewRow, error) bool) {
			if yield(flow.NewRow{ID: "x", Fields: flow.Members().Object()}, nil) {
				yield(flow.NewRow{ID: "y", Fields: flow.Members("age", flow.Text("old")).Object()}, nil)
			}
		}, flow.CodeTableInvalid},
	} {
		if _, err := db.Import(t.Context(), "People", flow.Date(0), true, c.rows); flow.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
		if got := found(t, db, "People", flow.Query{}); !slices.Equal(got, []string{"old"}) {
			t.Errorf("%s left %q", c.name, got)
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of the source was swallowed")
			}
		}()
		_, _ = db.Import(t.Context(), "People", flow.Date(0), true, func(func(flow.NewRow, error) bool) { panic("source") })
	}()
	create(t, db, "People", "new") // the writer is free again
	if got := found(t, db, "People", flow.Query{}); !slices.Equal(got, []string{"old", "new"}) {
		t.Errorf("after a panic: %q", got)
	}
}

func TestCancellation(t *testing.T) {
	db := define(t, openStore(t), people())
	if _, err := db.Import(t.Context(), "People", flow.Date(0), true, numbered("r", 20_000, 10)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := db.Import(ctx, "People", flow.Date(0), true, func(yield func(flow.NewRow, error) bool) {
		for row, err := range numbered("s", 10, 1) {
			cancel()
			if !yield(row, err) {
				return
			}
		}
	})
	if flow.CodeOf(err) != flow.CodeRunCancelled {
		t.Errorf("a cancelled import: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err = range db.Search(ctx, "People", flow.Query{}) {
		if n++; n == 10 {
			cancel()
		}
	}
	if flow.CodeOf(err) != flow.CodeRunCancelled || n == 20_000 {
		t.Errorf("a cancelled search gave %d rows: %v", n, err)
	}
	for what, err := range map[string]error{
		"table": second(db.Table(ctx, "People")), "update": db.Update(ctx, "People", "r1", flow.Date(0), flow.Members().Object()),
		"clear": second(db.Clear(ctx, "People")), "search": failure(db.Search(ctx, "People", flow.Query{OrderBy: "age"})),
	} {
		if flow.CodeOf(err) != flow.CodeRunCancelled {
			t.Errorf("%s after the end: %v", what, err)
		}
	}
	if def, err := db.Table(t.Context(), "People"); err != nil || def.Rows != 20_000 {
		t.Errorf("afterwards: %v, %v", def, err)
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file:a b?mode=memory&x=é%41+#.db") // a name like any other
	t.Chdir(dir)
	s, err := tables.Open(filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	db := define(t, s, people())
	create(t, db, "People", "a")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path+suffix, info, err)
		}
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Table(t.Context(), "People"); flow.CodeOf(err) != flow.CodeCardUnbound {
		t.Errorf("a closed store reads: %v", err)
	}
	if err := db.Delete(t.Context(), "People", "a"); flow.CodeOf(err) != flow.CodeCardUnbound {
		t.Errorf("a closed store writes: %v", err)
	}
	s, err = tables.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := found(t, s.For(tenant, connector), "People", flow.Query{}); !slices.Equal(got, []string{"a"}) {
		t.Errorf("opened again: %q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "foreign.db")
	c, err := sqlite3.Open(foreign)
	if err == nil {
		err = errors.Join(c.Exec(`CREATE TABLE t (a)`), c.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, bytes.Repeat([]byte("no database "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", ":memory:", dir, foreign, text, filepath.Join(dir, "none", "x")} {
		if s, err := tables.Open(bad); flow.CodeOf(err) != flow.CodeInputInvalid {
			t.Errorf("%q: %v %v, want input.invalid", bad, s, err)
		}
	}
}

// TestHammer lets writers, readers and abandoned searches at one table at the
// same moment. Every search must see a state that some writer left.
func TestHammer(t *testing.T) {
	s := openStore(t)
	db := define(t, s, people())
	const workers, steps = 8, 40
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range steps {
				id := fmt.Sprintf("%d-%d", w, i)
				if err := db.Create(t.Context(), "People", flow.Date(0), flow.NewRow{ID: id, Fields: flow.Members("name", flow.Text(id), "age", flow.Number(0)).Object()}); err != nil {
					t.Errorf("create %s: %v", id, err)
				}
				if err := db.Update(t.Context(), "People", id, flow.Date(1), flow.Members("age", flow.Number(1)).Object()); err != nil {
					t.Errorf("update %s: %v", id, err)
				}
				if i%2 == 1 {
					if err := db.Delete(t.Context(), "People", id); err != nil {
						t.Errorf("delete %s: %v", id, err)
					}
				}
				seen := 0
				for row, err := range db.Search(t.Context(), "People", flow.Query{OrderBy: "name", Where: []flow.Clause{{Column: "age", Op: "=", Value: flow.Number(1)}}}) {
					if err != nil {
						t.Errorf("search: %v", err)
					} else if row.Cells[0].Text() != row.ID || row.Updated.Millis() != 1 {
						t.Errorf("row %s has cells %v of %v", row.ID, row.Cells, row.Updated)
					}
					if seen++; i%3 == 0 && seen == 3 {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	def, err := db.Table(t.Context(), "People")
	if err != nil || def.Rows != workers*steps/2 {
		t.Errorf("%+v, %v, want %d rows", def, err, workers*steps/2)
	}
	if got := found(t, db, "People", flow.Query{}); int64(len(got)) != def.Rows {
		t.Errorf("%d rows, counted %d", len(got), def.Rows)
	}
}

// TestSearchIsOneMoment: rows that are written while a search is read do not
// appear in it.
func TestSearchIsOneMoment(t *testing.T) {
	db := define(t, openStore(t), people())
	for i := range 5 {
		create(t, db, "People", fmt.Sprint(i))
	}
	n := 0
	for row, err := range db.Search(t.Context(), "People", flow.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		create(t, db, "People", "new "+row.ID)
	}
	if n != 5 {
		t.Errorf("the search gave %d rows, want 5", n)
	}
	if got := found(t, db, "People", flow.Query{}); len(got) != 10 {
		t.Errorf("%d rows afterwards, want 10", len(got))
	}
}

package tables

import (
	"context"
	"iter"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/weirflow/weir/flow"
)

// Read implements flow.Tables.
func (s *scope) Read(ctx context.Context, table, id string, columns []string) (flow.Row, error) {
	var out flow.Row
	err := s.read(ctx, table, func(c *connection, t *stored) error {
		places, err := t.Places(columns)
		if err != nil {
			return err
		}
		st, err := c.run(selectSQL(t, places)+" WHERE id = ?", id)
		if err != nil {
			return err
		}
		found := st.Step()
		if found {
			out = rowOf(st, t, places)
		}
		if err := st.Reset(); err != nil {
			return err
		}
		if !found {
			return t.NoRow(id)
		}
		return nil
	})
	return out, err
}

// Search implements flow.Tables. The rows are read while they are asked for.
func (s *scope) Search(ctx context.Context, table string, q flow.Query) iter.Seq2[flow.Row, error] {
	return func(yield func(flow.Row, error) bool) {
		ended := false
		err := s.read(ctx, table, func(c *connection, t *stored) error {
			b, err := t.BindQuery(&q)
			if err != nil {
				return err
			}
			sql, values := searchSQL(t, b)
			st, err := c.run(sql, values...)
			if err != nil {
				return err
			}
			for st.Step() {
				if !yield(rowOf(st, t, b.Columns), nil) {
					ended = true
					return nil
				}
			}
			return st.Err()
		})
		if err != nil && !ended {
			yield(flow.Row{}, err)
		}
	}
}

func selectSQL(t *stored, places []int) string {
	var sql strings.Builder
	sql.WriteString("SELECT id, created, updated")
	for _, p := range places {
		sql.WriteString(", " + cell(p))
	}
	sql.WriteString(" FROM " + t.rows())
	return sql.String()
}

// searchSQL returns the statement of a query and what is bound to it.
func searchSQL(t *stored, b *flow.BoundQuery) (string, []any) {
	var values []any
	where := ""
	for i := range b.Tests {
		one := testSQL(&b.Tests[i])
		values = append(values, b.Tests[i].Value)
		switch {
		case i == 0:
			where = one
		case b.Tests[i-1].Or:
			where = "(" + where + ") OR " + one
		default:
			where = "(" + where + ") AND " + one
		}
	}
	sql := selectSQL(t, b.Columns)
	if where != "" {
		sql += " WHERE " + where
	}
	sql += " ORDER BY "
	if b.Ordered {
		sql += cell(b.OrderBy)
		if b.Descending {
			sql += " DESC"
		}
		sql += ", "
	}
	limit := b.Limit
	if limit == 0 {
		limit = -1 // SQLite's "all"
	}
	return sql + "n LIMIT ? OFFSET ?", append(values, limit, b.Offset)
}

// testSQL returns the condition of one clause, with one parameter. A comparison
// with an empty cell is unknown in SQL, which selects as little as false does.
func testSQL(test *flow.Test) string {
	op := map[string]string{"=": " = ", "!=": " IS NOT ", "<": " < ", "<=": " <= ", ">": " > ", ">=": " >= "}[test.Op]
	if test.Op == "=" && test.Value.IsNull() {
		op = " IS "
	}
	return cell(test.Place) + op + "?"
}

// rowOf reads the row at which a statement of selectSQL stands.
func rowOf(st *sqlite3.Stmt, t *stored, places []int) flow.Row {
	row := flow.Row{
		ID: st.ColumnText(0), Created: flow.Date(float64(st.ColumnInt64(1))), Updated: flow.Date(float64(st.ColumnInt64(2))),
		Cells: make([]flow.Value, len(places)),
	}
	for i, p := range places {
		at := 3 + i
		if st.ColumnType(at) == sqlite3.NULL {
			continue
		}
		switch t.Columns[p].Type.Base {
		case flow.BaseText:
			row.Cells[i] = flow.Text(st.ColumnText(at))
		case flow.BaseNumber:
			row.Cells[i] = flow.Number(st.ColumnFloat(at))
		case flow.BaseBool:
			row.Cells[i] = flow.Bool(st.ColumnBool(at))
		case flow.BaseDate:
			row.Cells[i] = flow.Date(float64(st.ColumnInt64(at)))
		}
	}
	return row
}

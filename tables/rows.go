package tables

import (
	"context"
	"iter"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/weirflow/weir/flow"
)

// scope is the tables of one connector of one tenant.
type scope struct {
	store             *Store
	tenant, connector string
}

// For returns the tables of one connector of one tenant, for engine runs.
func (s *Store) For(tenant, connector string) flow.Tables { return &scope{s, tenant, connector} }

// read runs do with the definition of a table, in one moment of the file.
func (s *scope) read(ctx context.Context, table string, do func(*connection, *stored) error) error {
	return s.store.read(ctx, func(c *connection) error {
		t, err := c.lookup(s.tenant, s.connector, table)
		if err != nil {
			return err
		}
		return do(c, t)
	})
}

// write does the same in a transaction that may write.
func (s *scope) write(ctx context.Context, table string, do func(*connection, *stored) error) error {
	return s.store.write(ctx, func(c *connection) error {
		t, err := c.lookup(s.tenant, s.connector, table)
		if err != nil {
			return err
		}
		return do(c, t)
	})
}

// Table implements flow.Tables.
func (s *scope) Table(ctx context.Context, table string) (*flow.Table, error) {
	var out *flow.Table
	err := s.read(ctx, table, func(_ *connection, t *stored) error {
		out = &t.Table
		return nil
	})
	return out, err
}

// Create implements flow.Tables.
func (s *scope) Create(ctx context.Context, table string, at flow.Value, row flow.NewRow) error {
	_, err := s.Import(ctx, table, at, false, func(yield func(flow.NewRow, error) bool) { yield(row, nil) })
	return err
}

// Import implements flow.Tables.
func (s *scope) Import(ctx context.Context, table string, at flow.Value, clear bool, rows iter.Seq2[flow.NewRow, error]) (int64, error) {
	n := int64(0)
	err := s.write(ctx, table, func(c *connection, t *stored) error {
		have, bytes := t.Rows, t.bytes
		if clear {
			have, bytes = 0, 0
			if err := c.exec("DELETE FROM " + t.rows()); err != nil {
				return err
			}
		}
		st, err := c.prepared(insertSQL(t))
		if err != nil {
			return err
		}
		for row, err := range rows {
			if err == nil && ctx.Err() != nil {
				err = cancelled()
			}
			if err != nil {
				return err
			}
			cells, err := t.Cells(row.Fields)
			if err != nil {
				return err
			}
			n++
			size := flow.CellBytes(cells)
			if err := insert(st, row.ID, at, size, cells); err != nil {
				return err
			}
			if c.Changes() == 0 {
				continue // the row is there already
			}
			have, bytes = have+1, bytes+size
			if err := t.Full(have, bytes); err != nil {
				return err
			}
		}
		return c.count(t, have, bytes)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func insertSQL(t *stored) string {
	var sql strings.Builder
	sql.WriteString("INSERT INTO " + t.rows() + " (id, created, updated, size")
	for i := range t.Columns {
		sql.WriteString(", " + cell(i))
	}
	sql.WriteString(") VALUES (?1, ?2, ?2, ?3" + strings.Repeat(", ?", len(t.Columns)) + ") ON CONFLICT (id) DO NOTHING")
	return sql.String()
}

func insert(st *sqlite3.Stmt, id string, at flow.Value, size int64, cells []flow.Value) error {
	for i, v := range [...]any{id, at, size} {
		if err := bind(st, 1+i, v); err != nil {
			return err
		}
	}
	for i, v := range cells {
		if err := bind(st, 4+i, v); err != nil {
			return err
		}
	}
	return st.Exec()
}

// Update implements flow.Tables.
func (s *scope) Update(ctx context.Context, table, id string, at flow.Value, fields *flow.Object) error {
	return s.write(ctx, table, func(c *connection, t *stored) error {
		places, cells, err := t.Changes(fields)
		if err != nil {
			return err
		}
		size, growth, found, err := c.sizes(t, id, places, cells)
		if err != nil {
			return err
		}
		if !found {
			return t.NoRow(id)
		}
		bytes := t.bytes + growth
		if err := t.Full(t.Rows, bytes); err != nil {
			return err
		}
		var sql strings.Builder
		values := []any{at, size + growth}
		sql.WriteString("UPDATE " + t.rows() + " SET updated = ?, size = ?")
		for i, p := range places {
			sql.WriteString(", " + cell(p) + " = ?")
			values = append(values, cells[i])
		}
		sql.WriteString(" WHERE id = ?")
		if err := c.exec(sql.String(), append(values, id)...); err != nil {
			return err
		}
		return c.count(t, t.Rows, bytes)
	})
}

// sizes returns the size of a row and by how much the new cells change it. Only
// texts differ in size.
func (c *connection) sizes(t *stored, id string, places []int, cells []flow.Value) (size, growth int64, found bool, err error) {
	var sql strings.Builder
	sql.WriteString("SELECT size, 0")
	for i, p := range places {
		if t.Columns[p].Type.Base == flow.BaseText {
			sql.WriteString(" + octet_length(" + cell(p) + ")")
			growth += int64(len(cells[i].Text()))
		}
	}
	st, err := c.run(sql.String()+" FROM "+t.rows()+" WHERE id = ?", id)
	if err != nil {
		return 0, 0, false, err
	}
	if st.Step() {
		found = true
		size = st.ColumnInt64(0)
		growth -= st.ColumnInt64(1)
	}
	return size, growth, found, st.Reset()
}

// Delete implements flow.Tables.
func (s *scope) Delete(ctx context.Context, table, id string) error {
	return s.write(ctx, table, func(c *connection, t *stored) error {
		st, err := c.run("DELETE FROM "+t.rows()+" WHERE id = ? RETURNING size", id)
		if err != nil {
			return err
		}
		size, found := int64(0), false
		for st.Step() { // to the end, which is where the row goes
			size, found = st.ColumnInt64(0), true
		}
		if err := st.Reset(); err != nil {
			return err
		}
		if !found {
			return t.NoRow(id)
		}
		return c.count(t, t.Rows-1, t.bytes-size)
	})
}

// Clear implements flow.Tables.
func (s *scope) Clear(ctx context.Context, table string) (int64, error) {
	n := int64(0)
	err := s.write(ctx, table, func(c *connection, t *stored) error {
		n = t.Rows
		if err := c.exec("DELETE FROM " + t.rows()); err != nil {
			return err
		}
		return c.count(t, 0, 0)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

package tables

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// stored is a table as the file has it.
type stored struct {
	flow.Table
	id    int64
	bytes int64
}

// rows returns the name of the table that holds the rows.
func (t *stored) rows() string { return "row_" + strconv.FormatInt(t.id, 10) }

// cell returns the name of the column at a place.
func cell(place int) string {
	switch place {
	case flow.PlaceRowID:
		return "id"
	case flow.PlaceCreated:
		return "created"
	case flow.PlaceUpdated:
		return "updated"
	}
	return "c" + strconv.Itoa(place)
}

// declared returns how the column at a place is declared.
func declared(place int, c *flow.Column) string {
	kind := map[flow.Base]string{
		flow.BaseText: " TEXT NOT NULL DEFAULT ''", flow.BaseNumber: " REAL", flow.BaseBool: " INTEGER", flow.BaseDate: " INTEGER",
	}[c.Type.Base]
	return cell(place) + kind
}

// Define makes a table, or adds the columns that an existing one lacks behind
// those it has; rows that are there have empty cells in them. Defaults may
// change. A definition that is none, and one that renames, retypes, moves or
// drops columns of an existing table, are table.invalid; more than 100 tables of
// one connector limit.value.
func (s *Store) Define(ctx context.Context, tenant, connector string, t flow.Table) error {
	if err := t.Validate(); err != nil {
		return err
	}
	columns, err := json.Marshal(t.Columns)
	if err != nil {
		return flow.Errorf(flow.CodeTableInvalid, "table %s: %v", flow.Excerpt(t.Name), err)
	}
	return s.write(ctx, func(c *connection) error {
		have, err := c.lookup(tenant, connector, t.Name)
		if err == nil {
			return c.extend(have, &t, string(columns))
		}
		if flow.CodeOf(err) != flow.CodeTableInvalid {
			return err
		}
		return c.define(tenant, connector, &t, string(columns))
	})
}

func (c *connection) define(tenant, connector string, t *flow.Table, columns string) error {
	names, err := c.list(tenant, connector)
	if err != nil {
		return err
	}
	if len(names) >= maxTables {
		return flow.Errorf(flow.CodeLimitValue, "a connector has at most %d tables", maxTables)
	}
	if err := c.exec(`INSERT INTO weir_table (tenant, connector, name, columns) VALUES (?, ?, ?, ?)`, tenant, connector, t.Name, columns); err != nil {
		return err
	}
	now := &stored{id: c.LastInsertRowID()}
	var sql strings.Builder
	sql.WriteString("CREATE TABLE " + now.rows() + " (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, updated INTEGER NOT NULL, size INTEGER NOT NULL")
	for i := range t.Columns {
		sql.WriteString(", " + declared(i, &t.Columns[i]))
	}
	sql.WriteString(") STRICT")
	return c.Exec(sql.String())
}

// extend adds the columns that t has more than the stored table.
func (c *connection) extend(have *stored, t *flow.Table, columns string) error {
	for i, old := range have.Columns {
		if i >= len(t.Columns) || t.Columns[i].Name != old.Name || !t.Columns[i].Type.Equal(old.Type) {
			return flow.Errorf(flow.CodeTableInvalid, "table %s has another column %s", flow.Excerpt(t.Name), flow.Excerpt(old.Name))
		}
	}
	for i := len(have.Columns); i < len(t.Columns); i++ {
		if err := c.Exec("ALTER TABLE " + have.rows() + " ADD COLUMN " + declared(i, &t.Columns[i])); err != nil {
			return err
		}
	}
	return c.exec(`UPDATE weir_table SET columns = ? WHERE id = ?`, columns, have.id)
}

// Drop removes a table with its rows. One that does not exist is table.invalid.
func (s *Store) Drop(ctx context.Context, tenant, connector, table string) error {
	return s.write(ctx, func(c *connection) error {
		t, err := c.lookup(tenant, connector, table)
		if err != nil {
			return err
		}
		if err := c.exec(`DELETE FROM weir_table WHERE id = ?`, t.id); err != nil {
			return err
		}
		return c.Exec("DROP TABLE " + t.rows())
	})
}

// List returns the definitions of a connector's tables, sorted by name.
func (s *Store) List(ctx context.Context, tenant, connector string) ([]flow.Table, error) {
	var out []flow.Table
	err := s.read(ctx, func(c *connection) error {
		names, err := c.list(tenant, connector)
		if err != nil {
			return err
		}
		for _, name := range names {
			t, err := c.lookup(tenant, connector, name)
			if err != nil {
				return err
			}
			out = append(out, t.Table)
		}
		return nil
	})
	return out, err
}

func (c *connection) list(tenant, connector string) ([]string, error) {
	st, err := c.run(`SELECT name FROM weir_table WHERE tenant = ? AND connector = ? ORDER BY name`, tenant, connector)
	if err != nil {
		return nil, err
	}
	var out []string
	for st.Step() {
		out = append(out, st.ColumnText(0))
	}
	return out, st.Reset()
}

// lookup reads the definition of a table.
func (c *connection) lookup(tenant, connector, table string) (*stored, error) {
	st, err := c.run(`SELECT id, columns, rows, bytes FROM weir_table WHERE tenant = ? AND connector = ? AND name = ?`, tenant, connector, table)
	if err != nil {
		return nil, err
	}
	found := st.Step()
	t := &stored{Table: flow.Table{Name: table}}
	if found {
		t.id, t.Rows, t.bytes = st.ColumnInt64(0), st.ColumnInt64(2), st.ColumnInt64(3)
		err = json.Unmarshal([]byte(st.ColumnText(1)), &t.Columns)
	}
	if err := errors.Join(err, st.Reset()); err != nil {
		return nil, err
	}
	if !found {
		return nil, flow.NoTable(table)
	}
	return t, nil
}

// count stores how many rows and bytes the table now has.
func (c *connection) count(t *stored, rows, bytes int64) error {
	return c.exec(`UPDATE weir_table SET rows = ?, bytes = ? WHERE id = ?`, rows, bytes, t.id)
}

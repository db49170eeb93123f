package flow

import (
	"context"
	"iter"
	"math"
	"slices"
	"strings"
	"unicode"
)

// Limits of tables. With them the largest table holds MaxTableBytes of cells, so
// that one flow cannot fill a disk.
const (
	MaxTableRows    = 100_000
	MaxTableColumns = 100
	MaxTableName    = 128 // bytes of the name of a table or column
	MaxTableBytes   = 256 << 20
	MaxCell         = 64 << 10 // bytes of one text
	MaxClauses      = 100      // clauses of one query
)

// The columns that every row has besides those of its table.
const (
	ColumnRowID   = "Row ID"  // text
	ColumnCreated = "Created" // date
	ColumnUpdated = "Updated" // date
)

// Places of these columns in a BoundQuery. Other columns stand at their place
// in Table.Columns.
const (
	PlaceRowID   = -1
	PlaceCreated = -2
	PlaceUpdated = -3
)

// Column is one column of a table. Its type is text, number, boolean or date.
type Column struct {
	Name    string `json:"name"`
	Type    Type   `json:"type"`
	Default Value  `json:"default,omitzero"` // of new rows that give no value; null for none
}

// Table is the definition of a table.
type Table struct {
	Name    string   `json:"name"`            // what cards call it
	Label   string   `json:"label,omitempty"` // what people see; "" for Name
	Columns []Column `json:"columns"`
	// Rows is how many rows it had when the definition was read; stores set it.
	Rows int64 `json:"-"`
}

// Row is one row of a table.
type Row struct {
	ID      string
	Created Value // dates
	Updated Value
	Cells   []Value // in the order of the columns asked for
}

// NewRow is a row to be added: its id and the cells of some columns by name.
type NewRow struct {
	ID     string
	Fields *Object
}

// Query selects rows. The zero Query selects all rows in the order in which
// they were added.
type Query struct {
	Columns    []string // wanted columns of the table, in order; nil for all of them
	Where      []Clause // none: all rows
	OrderBy    string   // any column, also Row ID, Created and Updated; "" for the order of adding
	Descending bool
	Offset     int64 // how many matching rows are left out at the start
	Limit      int64 // 0 for no limit
}

// Clause is one test of a row.
type Clause struct {
	Column string
	Op     string // one of TableOperators
	Value  Value
	Or     bool // how the result is joined to the next clause's: by OR, else by AND
}

// TableOperators returns the operators that clauses may use.
func TableOperators() []string { return []string{"=", "!=", "<", "<=", ">", ">="} }

// Tables are the tables that one run may use. Names of tables and columns, and
// all values, may come from the outside world: an implementation must never
// read them as anything but data.
//
// Clauses are joined from left to right without precedence. Texts compare and
// sort by code point, case matters; false comes before true. An empty cell
// equals only an empty value, is neither less nor more than anything, and sorts
// before every value. Rows that sort alike stay in the order of adding.
//
// Errors: table.invalid for a table, column or row that does not exist or does
// not fit, and for a clause that cannot be; limit.value for what would exceed
// the limits of tables; run.cancelled when ctx ends. A method that fails has
// changed nothing.
type Tables interface {
	// Table returns the definition of a table.
	Table(ctx context.Context, table string) (*Table, error)
	// Create adds a row at the given time. When the table has a row of that id
	// already, a repeated call made it, and nothing changes.
	Create(ctx context.Context, table string, at Value, row NewRow) error
	// Read returns the wanted columns of one row; nil for all.
	Read(ctx context.Context, table, id string, columns []string) (Row, error)
	// Update sets the given cells of one row at the given time.
	Update(ctx context.Context, table, id string, at Value, fields *Object) error
	// Delete removes one row.
	Delete(ctx context.Context, table, id string) error
	// Clear removes all rows and returns how many there were.
	Clear(ctx context.Context, table string) (int64, error)
	// Search yields the rows that q selects, one by one, as they were when the
	// iteration began. An error is the last thing it yields.
	Search(ctx context.Context, table string, q Query) iter.Seq2[Row, error]
	// Import adds all rows at the given time, or none when one is refused or is an
	// error, and returns how many rows there were. It treats ids as Create does.
	// With clear, the rows that the table had before are removed. The sequence
	// must not use the same Tables.
	Import(ctx context.Context, table string, at Value, clear bool, rows iter.Seq2[NewRow, error]) (int64, error)
}

// TableEnv is an Env whose run may have tables.
type TableEnv interface {
	Env
	// Tables returns the tables of the run, or nil when it has none.
	Tables() Tables
}

// TablesOf returns the tables of env, and card.unbound when there are none.
func TablesOf(env Env) (Tables, error) {
	if e, ok := env.(TableEnv); ok {
		if t := e.Tables(); t != nil {
			return t, nil
		}
	}
	return nil, Errorf(CodeCardUnbound, "this run was given no tables")
}

// NoTable returns the error about a table that does not exist.
func NoTable(name string) error {
	return Errorf(CodeTableInvalid, "there is no table %s", Excerpt(name))
}

// NoRow returns the error about a row that does not exist.
func (t *Table) NoRow(id string) error {
	return Errorf(CodeTableInvalid, "table %s has no row %s", Excerpt(t.Name), Excerpt(id))
}

// Full returns the error about a table that would exceed MaxTableRows or
// MaxTableBytes, and nil when it would not.
func (t *Table) Full(rows, bytes int64) error {
	if rows > MaxTableRows {
		return Errorf(CodeLimitValue, "table %s would hold more than %d rows", Excerpt(t.Name), MaxTableRows)
	}
	if bytes > MaxTableBytes {
		return Errorf(CodeLimitValue, "table %s would hold more than %d bytes", Excerpt(t.Name), MaxTableBytes)
	}
	return nil
}

// Validate reports what a definition cannot be, as table.invalid: names must be
// printable, at most MaxTableName bytes long and different from each other and
// from the columns that every row has; defaults must fit their columns.
func (t *Table) Validate() error {
	if err := validTableName("table", t.Name); err != nil {
		return err
	}
	if n := len(t.Columns); n == 0 || n > MaxTableColumns {
		return Errorf(CodeTableInvalid, "table %s has %d columns, not 1 to %d", Excerpt(t.Name), n, MaxTableColumns)
	}
	for i, c := range t.Columns {
		if err := validTableName("column", c.Name); err != nil {
			return err
		}
		if t.place(c.Name) != i {
			return Errorf(CodeTableInvalid, "column %s stands twice, or is one that every row has", Excerpt(c.Name))
		}
		if c.Type.List || !slices.Contains([]Base{BaseText, BaseNumber, BaseBool, BaseDate}, c.Type.Base) {
			return Errorf(CodeTableInvalid, "column %s cannot be %s", Excerpt(c.Name), c.Type)
		}
		if _, err := c.Cell(c.Default); err != nil {
			return err
		}
	}
	return nil
}

func validTableName(what, name string) error {
	bad := func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }
	if name == "" || len(name) > MaxTableName || strings.TrimSpace(name) != name || strings.ContainsFunc(name, bad) {
		return Errorf(CodeTableInvalid, "no name for a %s: %s", what, Excerpt(name))
	}
	return nil
}

const noPlace = math.MinInt

// place returns the place of a column, or noPlace.
func (t *Table) place(name string) int {
	switch name {
	case ColumnRowID:
		return PlaceRowID
	case ColumnCreated:
		return PlaceCreated
	case ColumnUpdated:
		return PlaceUpdated
	}
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	return noPlace
}

// at returns the place and definition of a column.
func (t *Table) at(name string) (int, Column, error) {
	switch i := t.place(name); i {
	case noPlace:
		return 0, Column{}, Errorf(CodeTableInvalid, "table %s has no column %s", Excerpt(t.Name), Excerpt(name))
	case PlaceRowID:
		return i, Column{Name: name, Type: TextType}, nil
	case PlaceCreated, PlaceUpdated:
		return i, Column{Name: name, Type: DateType}, nil
	default:
		return i, t.Columns[i], nil
	}
}

// Cell converts a value to what the column stores. An empty value (null, "", {}
// or []) makes an empty cell: null, and "" in a text column, which has no null.
// Values that cannot be converted are table.invalid, numbers that are not finite
// number.range, texts longer than MaxCell limit.value and secrets secret.flow.
func (c *Column) Cell(v Value) (Value, error) {
	if v.HasSecret() {
		return Value{}, Errorf(CodeSecretFlow, "column %s does not take a secret", Excerpt(c.Name))
	}
	if IsEmpty(v) {
		if c.Type.Base == BaseText {
			return Value{kind: KindText, ref: ""}, nil
		}
		return Value{}, nil
	}
	x, err := Convert(v, c.Type)
	if err != nil {
		return Value{}, Errorf(CodeTableInvalid, "column %s: %s", Excerpt(c.Name), AsError(err).Msg)
	}
	switch x.kind {
	case KindText:
		if len(x.Text()) > MaxCell {
			return Value{}, Errorf(CodeLimitValue, "column %s holds texts of at most %d bytes", Excerpt(c.Name), MaxCell)
		}
	case KindNumber:
		if math.IsInf(x.num, 0) || x.num != x.num {
			return Value{}, Errorf(CodeNumberRange, "column %s holds finite numbers only", Excerpt(c.Name))
		}
		x.num += 0 // a negative zero becomes zero, as every store keeps it
	}
	return x, nil
}

// Cells returns the cells of a new row in the order of the table's columns. A
// column that is not given, or given null, has its default.
func (t *Table) Cells(fields *Object) ([]Value, error) {
	cells := make([]Value, len(t.Columns))
	given := 0
	for i := range t.Columns {
		c := &t.Columns[i]
		v, ok := fields.Get(c.Name)
		if ok {
			given++
		}
		if v.IsNull() {
			v = c.Default
		}
		var err error
		if cells[i], err = c.Cell(v); err != nil {
			return nil, err
		}
	}
	if given < fields.Len() {
		_, _, err := t.Changes(fields) // names the one that is too many
		return nil, err
	}
	return cells, nil
}

// Changes returns the places and new cells of the given columns.
func (t *Table) Changes(fields *Object) (places []int, cells []Value, err error) {
	for name, v := range fields.All() {
		i, c, err := t.at(name)
		if err != nil {
			return nil, nil, err
		}
		if i < 0 {
			return nil, nil, Errorf(CodeTableInvalid, "column %s cannot be set", Excerpt(name))
		}
		cell, err := c.Cell(v)
		if err != nil {
			return nil, nil, err
		}
		places, cells = append(places, i), append(cells, cell)
	}
	return places, cells, nil
}

// BoundQuery is a Query whose names and values fit a table.
type BoundQuery struct {
	Columns    []int // places of the wanted columns
	Tests      []Test
	Ordered    bool
	OrderBy    int
	Descending bool
	Offset     int64
	Limit      int64
}

// Test is a Clause whose value has the type of its column.
type Test struct {
	Place int
	Op    string
	Value Value
	Or    bool
}

// BindQuery checks a query against the table and converts its values. What does
// not fit is table.invalid.
func (t *Table) BindQuery(q *Query) (*BoundQuery, error) {
	b := &BoundQuery{Descending: q.Descending, Offset: q.Offset, Limit: q.Limit}
	if q.Offset < 0 || q.Limit < 0 {
		return nil, Errorf(CodeTableInvalid, "limit and offset cannot be negative")
	}
	var err error
	if b.Columns, err = t.Places(q.Columns); err != nil {
		return nil, err
	}
	if len(q.Where) > MaxClauses {
		return nil, Errorf(CodeLimitValue, "a query has at most %d clauses", MaxClauses)
	}
	for _, clause := range q.Where {
		place, c, err := t.at(clause.Column)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(TableOperators(), clause.Op) {
			return nil, Errorf(CodeTableInvalid, "%s is no operator of a clause", Excerpt(clause.Op))
		}
		v, err := c.Cell(clause.Value)
		if err != nil {
			return nil, err
		}
		b.Tests = append(b.Tests, Test{Place: place, Op: clause.Op, Value: v, Or: clause.Or})
	}
	if q.OrderBy != "" {
		b.Ordered = true
		if b.OrderBy, _, err = t.at(q.OrderBy); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Places returns the places of the named columns, and of all columns of the
// table for nil. Only columns of the table can be named.
func (t *Table) Places(columns []string) ([]int, error) {
	if columns == nil {
		out := make([]int, len(t.Columns))
		for i := range out {
			out[i] = i
		}
		return out, nil
	}
	out := make([]int, 0, len(columns))
	for _, name := range columns {
		i := t.place(name)
		if i < 0 {
			return nil, Errorf(CodeTableInvalid, "table %s has no column %s", Excerpt(t.Name), Excerpt(name))
		}
		out = append(out, i)
	}
	return out, nil
}

// CellBytes returns what cells count against MaxTableBytes: 8 bytes each, and
// the bytes of texts.
func CellBytes(cells []Value) int64 {
	n := int64(8 * len(cells))
	for _, v := range cells {
		n += int64(len(v.Text()))
	}
	return n
}

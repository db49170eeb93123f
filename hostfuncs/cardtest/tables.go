package cardtest

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/weirflow/weir/flow"
)

// Tables keeps tables in memory, in the plainest way: it is what examples run
// on and what other stores are compared with.
type Tables struct {
	mu     sync.Mutex
	tables map[string]*memoryTable
}

type memoryTable struct {
	def   flow.Table
	rows  []*flow.Row // in the order of adding; Cells has all columns; rows never change
	bytes int64
}

// NewTables returns a store of the given tables, all empty. It panics when one
// of them is no valid definition.
func NewTables(defs ...flow.Table) *Tables {
	t := &Tables{tables: map[string]*memoryTable{}}
	for _, def := range defs {
		if err := def.Validate(); err != nil {
			panic(err)
		}
		t.tables[def.Name] = &memoryTable{def: def}
	}
	return t
}

// AnnID is the row id of the first row of the table Players.
const AnnID = "8847efd0-7f6e-11ee-8a5d-e12ecc4c77c7"

// seedTables returns what examples find: Players, Letters, Pairs, Actions and
// the empty table Loaded.
func seedTables(at flow.Value) *Tables {
	texts := func(names ...string) []flow.Column {
		var out []flow.Column
		for _, n := range names {
			out = append(out, flow.Column{Name: n, Type: flow.TextType})
		}
		return out
	}
	t := NewTables(
		flow.Table{Name: "Players", Columns: append(texts("First name", "Last name"),
			flow.Column{Name: "Jersey number", Type: flow.NumberType},
			flow.Column{Name: "Active?", Type: flow.BoolType, Default: flow.Bool(true)})},
		flow.Table{Name: "Letters", Columns: append(texts("name"), flow.Column{Name: "n", Type: flow.NumberType})},
		flow.Table{Name: "Pairs", Columns: texts("a", "b")},
		flow.Table{Name: "Actions", Columns: append(texts("Action"), flow.Column{Name: "When", Type: flow.DateType})},
		flow.Table{Name: "Loaded", Columns: texts("Column A", "Column B")},
	)
	add := func(table, id string, pairs ...any) {
		row := flow.NewRow{ID: id, Fields: flow.Members(pairs...).Object()}
		if err := t.Create(context.Background(), table, at, row); err != nil {
			panic(err)
		}
	}
	add("Players", AnnID, "First name", flow.Text("Ann"), "Jersey number", flow.Number(7))
	add("Players", "p2", "First name", flow.Text("Bo"), "Last name", flow.Text("Li"), "Jersey number", flow.Number(10), "Active?", flow.Bool(false))
	for i, name := range []string{"a", "b", "c"} {
		add("Letters", "l"+name, "name", flow.Text(name), "n", flow.Number(float64(i+1)))
	}
	add("Pairs", "pair1", "a", flow.Text("1"), "b", flow.Text("x,y"))
	for i, name := range []string{"Create", "Delete", "Update"} {
		add("Actions", "a"+name, "Action", flow.Text(name), "When", flow.Date(float64(i)*86_400_000))
	}
	return t
}

// Tables implements flow.TableEnv.
func (e *Env) Tables() flow.Tables { return e.tables() }

// get returns a table; the caller holds the lock.
func (t *Tables) get(ctx context.Context, name string) (*memoryTable, error) {
	if ctx.Err() != nil {
		return nil, flow.Errorf(flow.CodeRunCancelled, "the run was cancelled")
	}
	m, ok := t.tables[name]
	if !ok {
		return nil, flow.NoTable(name)
	}
	return m, nil
}

func (m *memoryTable) find(id string) int {
	return slices.IndexFunc(m.rows, func(r *flow.Row) bool { return r.ID == id })
}

// Table implements flow.Tables.
func (t *Tables) Table(ctx context.Context, table string) (*flow.Table, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.get(ctx, table)
	if err != nil {
		return nil, err
	}
	def := m.def
	def.Rows = int64(len(m.rows))
	return &def, nil
}

// Create implements flow.Tables.
func (t *Tables) Create(ctx context.Context, table string, at flow.Value, row flow.NewRow) error {
	_, err := t.Import(ctx, table, at, false, func(yield func(flow.NewRow, error) bool) { yield(row, nil) })
	return err
}

// Read implements flow.Tables.
func (t *Tables) Read(ctx context.Context, table, id string, columns []string) (flow.Row, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.get(ctx, table)
	if err != nil {
		return flow.Row{}, err
	}
	places, err := m.def.Places(columns)
	if err != nil {
		return flow.Row{}, err
	}
	i := m.find(id)
	if i < 0 {
		return flow.Row{}, m.def.NoRow(id)
	}
	return project(m.rows[i], places), nil
}

func project(r *flow.Row, places []int) flow.Row {
	out := flow.Row{ID: r.ID, Created: r.Created, Updated: r.Updated, Cells: make([]flow.Value, len(places))}
	for i, p := range places {
		out.Cells[i] = r.Cells[p]
	}
	return out
}

// Update implements flow.Tables.
func (t *Tables) Update(ctx context.Context, table, id string, at flow.Value, fields *flow.Object) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.get(ctx, table)
	if err != nil {
		return err
	}
	places, cells, err := m.def.Changes(fields)
	if err != nil {
		return err
	}
	i := m.find(id)
	if i < 0 {
		return m.def.NoRow(id)
	}
	old := m.rows[i]
	row := &flow.Row{ID: id, Created: old.Created, Updated: at, Cells: slices.Clone(old.Cells)}
	for j, p := range places {
		row.Cells[p] = cells[j]
	}
	bytes := m.bytes + flow.CellBytes(row.Cells) - flow.CellBytes(old.Cells)
	if err := m.def.Full(0, bytes); err != nil {
		return err
	}
	m.rows[i], m.bytes = row, bytes
	return nil
}

// Delete implements flow.Tables.
func (t *Tables) Delete(ctx context.Context, table, id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.get(ctx, table)
	if err != nil {
		return err
	}
	i := m.find(id)
	if i < 0 {
		return m.def.NoRow(id)
	}
	m.bytes -= flow.CellBytes(m.rows[i].Cells)
	m.rows = slices.Concat(m.rows[:i], m.rows[i+1:])
	return nil
}

// Clear implements flow.Tables.
func (t *Tables) Clear(ctx context.Context, table string) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.get(ctx, table)
	if err != nil {
		return 0, err
	}
	n := len(m.rows)
	m.rows, m.bytes = nil, 0
	return int64(n), nil
}

// Import implements flow.Tables.
func (t *Tables) Import(ctx context.Context, table string, at flow.Value, clear bool, rows iter.Seq2[flow.NewRow, error]) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.get(ctx, table)
	if err != nil {
		return 0, err
	}
	var kept []*flow.Row
	var bytes, n int64
	if !clear {
		kept, bytes = slices.Clone(m.rows), m.bytes
	}
	have := map[string]bool{}
	for _, r := range kept {
		have[r.ID] = true
	}
	for row, err := range rows {
		if err != nil {
			return 0, err
		}
		if _, err := t.get(ctx, table); err != nil {
			return 0, err
		}
		cells, err := m.def.Cells(row.Fields)
		if err != nil {
			return 0, err
		}
		n++
		if have[row.ID] {
			continue
		}
		have[row.ID] = true
		kept = append(kept, &flow.Row{ID: row.ID, Created: at, Updated: at, Cells: cells})
		bytes += flow.CellBytes(cells)
		if err := m.def.Full(int64(len(kept)), bytes); err != nil {
			return 0, err
		}
	}
	m.rows, m.bytes = kept, bytes
	return n, nil
}

// Search implements flow.Tables.
func (t *Tables) Search(ctx context.Context, table string, q flow.Query) iter.Seq2[flow.Row, error] {
	return func(yield func(flow.Row, error) bool) {
		found, places, err := t.find(ctx, table, &q)
		if err != nil {
			yield(flow.Row{}, err)
			return
		}
		for _, r := range found {
			if !yield(project(r, places), nil) {
				return
			}
		}
	}
}

func (t *Tables) find(ctx context.Context, table string, q *flow.Query) ([]*flow.Row, []int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, err := t.get(ctx, table)
	if err != nil {
		return nil, nil, err
	}
	b, err := m.def.BindQuery(q)
	if err != nil {
		return nil, nil, err
	}
	var found []*flow.Row
	for _, r := range m.rows {
		if passes(r, b.Tests) {
			found = append(found, r)
		}
	}
	if b.Ordered {
		slices.SortStableFunc(found, func(x, y *flow.Row) int {
			c := compareCells(cellAt(x, b.OrderBy), cellAt(y, b.OrderBy))
			if b.Descending {
				return -c
			}
			return c
		})
	}
	found = found[min(b.Offset, int64(len(found))):]
	if b.Limit > 0 {
		found = found[:min(b.Limit, int64(len(found)))]
	}
	return found, b.Columns, nil
}

func cellAt(r *flow.Row, place int) flow.Value {
	switch place {
	case flow.PlaceRowID:
		return flow.Text(r.ID)
	case flow.PlaceCreated:
		return r.Created
	case flow.PlaceUpdated:
		return r.Updated
	}
	return r.Cells[place]
}

// compareCells orders two cells of one column; an empty one comes first.
func compareCells(a, b flow.Value) int {
	truth := func(v bool) int {
		if v {
			return 1
		}
		return 0
	}
	if a.IsNull() || b.IsNull() {
		return cmp.Compare(truth(!a.IsNull()), truth(!b.IsNull()))
	}
	switch a.Kind() {
	case flow.KindText:
		return strings.Compare(a.Text(), b.Text())
	case flow.KindDate:
		return cmp.Compare(a.Millis(), b.Millis())
	case flow.KindBool:
		return cmp.Compare(truth(a.Bool()), truth(b.Bool()))
	}
	return cmp.Compare(a.Number(), b.Number())
}

func passes(r *flow.Row, tests []flow.Test) bool {
	result := true
	for i := range tests {
		one := passesOne(cellAt(r, tests[i].Place), &tests[i])
		switch {
		case i == 0:
			result = one
		case tests[i-1].Or:
			result = result || one
		default:
			result = result && one
		}
	}
	return result
}

func passesOne(cell flow.Value, test *flow.Test) bool {
	c := compareCells(cell, test.Value)
	switch test.Op {
	case "=":
		return c == 0
	case "!=":
		return c != 0
	}
	if cell.IsNull() || test.Value.IsNull() {
		return false
	}
	switch test.Op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

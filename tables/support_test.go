package tables_test

import (
	"path/filepath"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/tables"
)

const (
	tenant    = "tenant"
	connector = "connector"
)

func openStore(t testing.TB) *tables.Store {
	t.Helper()
	s, err := tables.Open(filepath.Join(t.TempDir(), "tables.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func define(t testing.TB, s *tables.Store, def flow.Table) flow.Tables {
	t.Helper()
	if err := s.Define(t.Context(), tenant, connector, def); err != nil {
		t.Fatalf("%s: %v", def.Name, err)
	}
	return s.For(tenant, connector)
}

// people is a table with a column of every type.
func people() flow.Table {
	return flow.Table{Name: "People", Columns: []flow.Column{
		{Name: "name", Type: flow.TextType, Default: flow.Text("nobody")},
		{Name: "age", Type: flow.NumberType},
		{Name: "active", Type: flow.BoolType, Default: flow.Bool(true)},
		{Name: "seen", Type: flow.DateType, Default: flow.Date(86_400_000)},
	}}
}

func create(t testing.TB, s flow.Tables, table, id string, pairs ...any) {
	t.Helper()
	if err := s.Create(t.Context(), table, flow.Date(1000), flow.NewRow{ID: id, Fields: flow.Members(pairs...).Object()}); err != nil {
		t.Fatalf("create %s: %v", id, err)
	}
}

// found returns the ids that a query finds.
func found(t testing.TB, s flow.Tables, table string, q flow.Query) []string {
	t.Helper()
	var out []string
	for row, err := range s.Search(t.Context(), table, q) {
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		out = append(out, row.ID)
	}
	return out
}

// seeded is the environment of examples with its tables copied into a store.
type seeded struct {
	*cardtest.Env
	tables flow.Tables
}

// Tables implements flow.TableEnv.
func (s seeded) Tables() flow.Tables { return s.tables }

// seed copies the example tables into the store for one connector.
func seed(t testing.TB, s *tables.Store, connector string) seeded {
	t.Helper()
	env := cardtest.NewEnv()
	to := s.For(tenant, connector)
	for _, name := range []string{"Players", "Letters", "Pairs", "Actions", "Loaded"} {
		def, err := env.Tables().Table(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Define(t.Context(), tenant, connector, *def); err != nil {
			t.Fatal(err)
		}
		for row, err := range env.Tables().Search(t.Context(), name, flow.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			var b flow.ObjectBuilder
			for i, c := range def.Columns {
				b.Set(c.Name, row.Cells[i])
			}
			if err := to.Create(t.Context(), name, row.Created, flow.NewRow{ID: row.ID, Fields: b.Value().Object()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return seeded{env, to}
}

package tables_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/table"
)

// TestCards: every example and vector of the cards holds on this store as it
// does in memory.
func TestCards(t *testing.T) {
	s := openStore(t)
	vectors, err := cardtest.LoadVectors("table")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, card := range table.Cards() {
		for _, c := range append(cardtest.Cases(card), vectors[card.Key]...) {
			n++
			env := seed(t, s, fmt.Sprintf("case %d", n))
			call := func(ctx context.Context, card *flow.Card, in flow.Value) (flow.Value, error) {
				return flow.Invoke(ctx, card, in, env)
			}
			if err := cardtest.Check(t.Context(), call, card, c); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
	}
}

var words = []string{"", "a", "A", "b", "ab", "a' OR '1'='1", "é", "\uE000", "😀", "a\x00b", "a\x00c", "10", "9", "%", "_"}

func randomCell(r *rand.Rand, c *flow.Column) flow.Value {
	switch c.Type.Base {
	case flow.BaseText:
		return flow.Text(words[r.IntN(len(words))])
	case flow.BaseNumber:
		if r.IntN(4) == 0 {
			return flow.Text("")
		}
		return flow.Number([]float64{0, -1, 1, 0.5, 2, 1e300, -1e300, 5e-324, 1 << 53}[r.IntN(9)])
	case flow.BaseBool:
		return []flow.Value{flow.Bool(true), flow.Bool(false), flow.Text("")}[r.IntN(3)]
	}
	return []flow.Value{flow.Date(-1), flow.Date(0), flow.Date(8.64e15), flow.Text("")}[r.IntN(4)]
}

func randomQuery(r *rand.Rand, def *flow.Table) flow.Query {
	var q flow.Query
	columns := append([]flow.Column{{Name: flow.ColumnRowID, Type: flow.TextType}, {Name: flow.ColumnUpdated, Type: flow.DateType}}, def.Columns...)
	for range r.IntN(5) {
		c := &columns[r.IntN(len(columns))]
		q.Where = append(q.Where, flow.Clause{
			Column: c.Name, Op: flow.TableOperators()[r.IntN(6)], Value: randomCell(r, c), Or: r.IntN(2) == 0,
		})
	}
	if r.IntN(3) > 0 {
		q.OrderBy = columns[r.IntN(len(columns))].Name
	}
	q.Descending = r.IntN(2) == 0
	q.Offset, q.Limit = int64(r.IntN(4)), int64(r.IntN(30))
	return q
}

// TestAgreesWithMemory makes the same random changes and searches here and in
// the plain store in memory.
func TestAgreesWithMemory(t *testing.T) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0))
	def := people()
	here, there := define(t, openStore(t), def), flow.Tables(cardtest.NewTables(def))
	both := func(what string, do func(flow.Tables) error) {
		t.Helper()
		a, b := do(here), do(there)
		if flow.CodeOf(a) != flow.CodeOf(b) {
			t.Fatalf("seed %d: %s: %v here, %v in memory", seed, what, a, b)
		}
	}
	fields := func() *flow.Object {
		var b flow.ObjectBuilder
		for i := range def.Columns {
			if r.IntN(3) > 0 {
				b.Set(def.Columns[i].Name, randomCell(r, &def.Columns[i]))
			}
		}
		return b.Value().Object()
	}
	for i := range 400 {
		id, at, f := fmt.Sprint(r.IntN(60)), flow.Date(float64(r.IntN(5))), fields()
		switch r.IntN(6) {
		case 0, 1, 2:
			both("create", func(s flow.Tables) error { return s.Create(t.Context(), "People", at, flow.NewRow{ID: id, Fields: f}) })
		case 3:
			both("update", func(s flow.Tables) error { return s.Update(t.Context(), "People", id, at, f) })
		case 4:
			both("delete", func(s flow.Tables) error { return s.Delete(t.Context(), "People", id) })
		case 5:
			both("read", func(s flow.Tables) error { _, err := s.Read(t.Context(), "People", id, nil); return err })
		}
		q := randomQuery(r, &def)
		var got [2]string
		for j, s := range []flow.Tables{here, there} {
			var rows []string
			for row, err := range s.Search(t.Context(), "People", q) {
				if err != nil {
					t.Fatalf("seed %d: %+v: %v", seed, q, err)
				}
				rows = append(rows, row.ID+flow.ListOf(append(row.Cells, row.Created, row.Updated)...).String())
			}
			got[j] = strings.Join(rows, "\n")
		}
		if got[0] != got[1] {
			t.Fatalf("seed %d, step %d: %+v found\n%s\nin memory\n%s", seed, i, q, got[0], got[1])
		}
	}
	a, err := here.Table(t.Context(), "People")
	if err != nil {
		t.Fatal(err)
	}
	b, err := there.Table(t.Context(), "People")
	if err != nil || a.Rows != b.Rows || !slices.Equal(names(a), names(b)) {
		t.Errorf("seed %d: %+v here, %+v in memory (%v)", seed, a, b, err)
	}
}

func names(t *flow.Table) []string {
	var out []string
	for _, c := range t.Columns {
		out = append(out, c.Name+" "+c.Type.String())
	}
	return out
}

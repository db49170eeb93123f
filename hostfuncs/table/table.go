// Package table holds the cards that keep rows in tables. Tables belong to the
// environment of a run; the cards check and convert what goes in and shape what
// comes out. CSV is read and written in csv.go.
package table

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"

	"github.com/weirflow/weir/flow"
)

const (
	category = "Tables"
	since    = "0.1"
)

// Cards returns the cards of this family in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		createRow(), readRow(), updateRow(), deleteRow(), clearTable(), searchRows(), readTable(), exportCSV(), importCSV(),
	}
}

// Prices in fuel, measured by BenchmarkSearch and BenchmarkCards of the SQLite
// store and rounded up: testing a row takes 290 ns, giving one 1.9 µs, importing
// one 6.2 µs. A call pays for its transaction; what depends on the size of the
// table is charged when that size is known.
const (
	priceRead   = 100_000
	priceWrite  = 400_000
	priceScan   = 400   // testing one row
	priceSort   = 60    // one comparison of a sort
	priceRow    = 2_000 // giving one row to the flow or to a file
	priceInsert = 8_000 // one row of an import
)

const (
	groupParameters = "parameters"
	groupRow        = "Row"
	groupFields     = "Fields"
)

// stash is the port that every card has first.
func stash(label string) flow.Port {
	return flow.Port{
		Group: groupParameters, Key: "stash", Label: label, Type: flow.TextType,
		Doc: "Name of the table. It may be known only at run time.",
	}
}

func rowIDPort(group, doc string) flow.Port {
	return flow.Port{Group: group, Key: flow.ColumnRowID, Label: flow.ColumnRowID, Type: flow.TextType, Required: true, Doc: doc}
}

func columns(doc string) *flow.Extra {
	return &flow.Extra{Group: groupFields, Label: "columns", Type: flow.AnyType, Doc: doc}
}

// failures are the errors that every card of this family can give.
func failures(more ...flow.Code) []flow.Code {
	return append([]flow.Code{
		flow.CodeCardUnbound, flow.CodeTableInvalid, flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeSecretFlow, flow.CodeLimitValue,
	}, more...)
}

// notes are the choices that all cards of this family share.
func notes(more ...flow.Note) []flow.Note {
	return append([]flow.Note{{
		Topic:  "a table chosen at run time",
		Vendor: "an option of the card replaces the chosen table by an input Table ID",
		Choice: "the input parameters.stash takes any text, so it can be wired",
		Why:    "one input does for both",
	}}, more...)
}

var emptyCells = flow.Note{
	Topic:  "empty values",
	Vendor: "not said",
	Choice: "null, an empty text, list or object makes an empty cell, also in columns of numbers; a text column holds an empty text and never null. In a new row, null takes the column's default, an empty text does not",
	Why:    "a cell has one way of being empty, and flows can still ask for an empty cell",
}

var badValues = flow.Note{
	Topic:  "a value that does not convert to its column's type",
	Vendor: "not said",
	Choice: "table.invalid",
	Why:    "a row that silently lacks a value is worse than none",
}

// open returns the run's tables and the definition of the table that the first
// input names.
func open(ctx context.Context, c *flow.Call) (flow.Tables, *flow.Table, error) {
	tables, err := flow.TablesOf(c.Env)
	if err != nil {
		return nil, nil, err
	}
	if c.Text(0) == "" {
		return nil, nil, c.Invalid(0, "names no table")
	}
	def, err := tables.Table(ctx, c.Text(0))
	return tables, def, err
}

// now is the time that a write gives its rows.
func now(c *flow.Call) flow.Value { return flow.DateOf(c.Env.Now()) }

// identities returns the source of the ids of new rows. A call with an
// idempotency key always makes the same ids, so that repeating it after a crash
// adds no row twice: UUIDs of version 8 out of the key. Without one they are
// random UUIDs (RFC 9562, sections 5.4 and 5.8).
func identities(c *flow.Call) func() (string, error) {
	n := 0
	return func() (string, error) {
		var b [16]byte
		version := byte(0x40)
		if c.Key != "" {
			sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", c.Key, n))
			copy(b[:], sum[:])
			n++
			version = 0x80
		} else if _, err := io.ReadFull(c.Env.Random(), b[:]); err != nil {
			return "", flow.Errorf(flow.CodeInternal, "no randomness: %v", err)
		}
		b[6] = b[6]&0x0F | version
		b[8] = b[8]&0x3F | 0x80
		h := hex.EncodeToString(b[:])
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
	}
}

// count returns the i-th input as a number of rows: fractions are dropped, and
// more than any table has means all.
func count(c *flow.Call, i int) (int64, error) {
	n := c.Number(i)
	if n < 0 || math.IsNaN(n) {
		return 0, c.Invalid(i, "cannot be negative")
	}
	return int64(min(n, 1<<53)), nil
}

// scan charges for looking at every row of a table, and for sorting them.
func scan(c *flow.Call, def *flow.Table, sorted bool) error {
	rows := float64(def.Rows)
	price := rows * priceScan
	if sorted && rows > 1 {
		price += rows * math.Log2(rows) * priceSort
	}
	return c.Spend(int64(price))
}

// names returns the names of a table's own columns.
func names(def *flow.Table) []string {
	out := make([]string, len(def.Columns))
	for i := range def.Columns {
		out[i] = def.Columns[i].Name
	}
	return out
}

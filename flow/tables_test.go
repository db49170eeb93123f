package flow_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestCell(t *testing.T) {
	number, text := flow.NumberType, flow.TextType
	for _, c := range []struct {
		typ  flow.Type
		in   flow.Value
		want flow.Value
		code flow.Code
	}{
		{text, flow.Null(), flow.Text(""), ""},
		{text, flow.ListOf(), flow.Text(""), ""},
		{text, flow.Number(1.5), flow.Text("1.5"), ""},
		{text, flow.Text(strings.Repeat("x", flow.MaxCell)), flow.Text(strings.Repeat("x", flow.MaxCell)), ""},
		{text, flow.Text(strings.Repeat("x", flow.MaxCell+1)), flow.Null(), flow.CodeLimitValue},
		{text, flow.NewSecret("k", "v"), flow.Null(), flow.CodeSecretFlow},
		{number, flow.Text(""), flow.Null(), ""},
		{number, flow.Members(), flow.Null(), ""},
		{number, flow.Text(" 7 "), flow.Number(7), ""},
		{number, flow.Text("seven"), flow.Null(), flow.CodeTableInvalid},
		{number, flow.Number(math.Inf(1)), flow.Null(), flow.CodeNumberRange},
		{number, flow.Number(math.NaN()), flow.Null(), flow.CodeNumberRange},
		{flow.BoolType, flow.Text("False"), flow.Bool(false), ""},
		{flow.DateType, flow.Text("1970-01-02"), flow.Date(86_400_000), ""},
		{flow.DateType, flow.Number(1e300), flow.Null(), flow.CodeTableInvalid},
	} {
		column := flow.Column{Name: "c", Type: c.typ}
		got, err := column.Cell(c.in)
		if flow.CodeOf(err) != c.code || err == nil && !flow.Equal(got, c.want) {
			t.Errorf("%.40s in a column of %s: %.40s (%v), want %.40s or code %q", c.in, c.typ, got, err, c.want, c.code)
		}
	}
	column := flow.Column{Name: "c", Type: number}
	if got, err := column.Cell(flow.Number(math.Copysign(0, -1))); err != nil || math.Signbit(got.Number()) {
		t.Errorf("-0 is stored as %v (%v), want 0", got.Number(), err)
	}
}

func TestTableAsJSON(t *testing.T) {
	const in = `{"name":"People","columns":[{"name":"name","type":"text","default":"x"},{"name":"seen","type":"date","default":"1970-01-02T00:00:00.000Z"},{"name":"n","type":"number"}]}`
	var def flow.Table
	if err := json.Unmarshal([]byte(in), &def); err != nil {
		t.Fatal(err)
	}
	if err := def.Validate(); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(def)
	if err != nil || string(out) != in {
		t.Errorf("%s came back as %s (%v)", in, out, err)
	}
	cells, err := def.Cells(flow.Members().Object())
	if want := `["x","1970-01-02T00:00:00.000Z",null]`; err != nil || flow.ListOf(cells...).String() != want || cells[1].Kind() != flow.KindDate {
		t.Errorf("the row of defaults is %v (%v), want %s", cells, err, want)
	}
}

func TestBindQuery(t *testing.T) {
	def := flow.Table{Name: "t", Columns: []flow.Column{{Name: "a", Type: flow.TextType}, {Name: "n", Type: flow.NumberType}}}
	for _, c := range []struct {
		q    flow.Query
		code flow.Code
	}{
		{flow.Query{}, ""},
		{flow.Query{Columns: []string{"n", "a", "n"}, OrderBy: flow.ColumnCreated, Limit: 1, Offset: 1}, ""},
		{flow.Query{Columns: []string{flow.ColumnRowID}}, flow.CodeTableInvalid},
		{flow.Query{OrderBy: "N"}, flow.CodeTableInvalid},
		{flow.Query{Limit: -1}, flow.CodeTableInvalid},
		{flow.Query{Offset: -1}, flow.CodeTableInvalid},
		{flow.Query{Where: []flow.Clause{{Column: flow.ColumnUpdated, Op: ">", Value: flow.Text("2020-01-01")}}}, ""},
		{flow.Query{Where: []flow.Clause{{Column: "n", Op: "==", Value: flow.Number(1)}}}, flow.CodeTableInvalid},
		{flow.Query{Where: []flow.Clause{{Column: "n", Op: "=", Value: flow.Text("x")}}}, flow.CodeTableInvalid},
		{flow.Query{Where: []flow.Clause{{Column: "a", Op: "=", Value: flow.NewSecret("k", "v")}}}, flow.CodeSecretFlow},
		{flow.Query{Where: make([]flow.Clause, flow.MaxClauses+1)}, flow.CodeLimitValue},
	} {
		if _, err := def.BindQuery(&c.q); flow.CodeOf(err) != c.code {
			t.Errorf("%+v: %v, want code %q", c.q, err, c.code)
		}
	}
}

// TestFull: a table may be as large as its limits, and not by one more.
func TestFull(t *testing.T) {
	def := flow.Table{Name: "t"}
	for _, c := range []struct {
		rows, bytes int64
		code        flow.Code
	}{
		{flow.MaxTableRows - 1, 0, ""}, {flow.MaxTableRows, 0, ""}, {flow.MaxTableRows + 1, 0, flow.CodeLimitValue},
		{0, flow.MaxTableBytes - 1, ""}, {0, flow.MaxTableBytes, ""}, {0, flow.MaxTableBytes + 1, flow.CodeLimitValue},
	} {
		if err := def.Full(c.rows, c.bytes); flow.CodeOf(err) != c.code {
			t.Errorf("%d rows, %d bytes: %v, want code %q", c.rows, c.bytes, err, c.code)
		}
	}
}

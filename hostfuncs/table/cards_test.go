package table_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/table"
)

func card(t *testing.T, name string) *flow.Card {
	t.Helper()
	for _, c := range table.Cards() {
		if c.Key == "table."+name {
			return c
		}
	}
	t.Fatalf("no card %q", name)
	return nil
}

// invoke calls a card with inputs written as JSON.
func invoke(t *testing.T, env flow.Env, name, in string) (flow.Value, error) {
	t.Helper()
	v, err := flow.ParseJSON([]byte(in), flow.JSONLimits{})
	if err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	return flow.Invoke(t.Context(), card(t, name), v, env)
}

func must(t *testing.T, env flow.Env, name, in string) flow.Value {
	t.Helper()
	v, err := invoke(t, env, name, in)
	if err != nil {
		t.Fatalf("%s %s: %v", name, in, err)
	}
	return v
}

// rows returns the cells of a whole table as JSON.
func rows(t *testing.T, env flow.TableEnv, name string) string {
	t.Helper()
	var out []string
	for row, err := range env.Tables().Search(t.Context(), name, flow.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, flow.ListOf(row.Cells...).String())
	}
	return strings.Join(out, " ")
}

// TestUpdateRow checks what becomes of the row, which the card does not give.
func TestUpdateRow(t *testing.T) {
	for _, c := range []struct{ table, row, empty, fields, want string }{
		{"Pairs", "pair1", "No", `{"a": "x", "b": ""}`, `["x","x,y"]`},
		{"Pairs", "pair1", "Yes", `{"a": "x", "b": ""}`, `["x",""]`},
		{"Pairs", "pair1", "Yes", `{"a": null}`, `["","x,y"]`},
		{"Pairs", "pair1", "Yes", `{}`, `["1","x,y"]`},
		{"Pairs", "pair1", "No", `{"a": [], "b": {}}`, `["1","x,y"]`},
		{"Letters", "la", "No", `{"n": 0}`, `["a",0] ["b",2] ["c",3]`},
		{"Letters", "la", "Yes", `{"n": ""}`, `["a",null] ["b",2] ["c",3]`},
		{"Letters", "la", "Yes", `{"n": "-0"}`, `["a",0] ["b",2] ["c",3]`},
	} {
		env := cardtest.NewEnv()
		must(t, env, "updateRow", fmt.Sprintf(`{"parameters": {"stash": %q, "updateEmptyInputs": %q}, "Update By": {"Row ID": %q}, "Fields": %s}`,
			c.table, c.empty, c.row, c.fields))
		if got := rows(t, env, c.table); got != c.want {
			t.Errorf("%s with empty inputs %s: %s, want %s", c.fields, c.empty, got, c.want)
		}
	}
}

// TestCreateRow checks defaults, empty inputs and the row's times.
func TestCreateRow(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{`{"First name": "Cy"}`, `{"First name":"Cy","Last name":"","Jersey number":null,"Active?":true}`},
		{`{"Active?": null}`, `{"First name":"","Last name":"","Jersey number":null,"Active?":true}`},
		{`{"Active?": "", "Jersey number": "12"}`, `{"First name":"","Last name":"","Jersey number":12,"Active?":null}`},
	} {
		env := cardtest.NewEnv()
		env.Slept = 1e9
		id := flow.At(must(t, env, "createRow", `{"parameters": {"stash": "Players"}, "Fields": `+c.fields+`}`), "Output", "Row ID").Text()
		got := must(t, env, "readRow", fmt.Sprintf(`{"parameters": {"stash": "Players"}, "Read By": {"Row ID": %q}}`, id))
		if fields := flow.At(got, "Fields").String(); fields != c.want {
			t.Errorf("%s: %s, want %s", c.fields, fields, c.want)
		}
		if at := flow.FormatDate(flow.At(got, "Row", "Created")); at != "2016-09-07T16:55:26.670Z" {
			t.Errorf("%s: created %s", c.fields, at)
		}
	}
}

// TestRepeatedCalls: a call that is repeated with its idempotency key, as after
// a crash, adds nothing.
func TestRepeatedCalls(t *testing.T) {
	for _, c := range []struct {
		name, table string
		args        []flow.Value
		extra       flow.Value
		added       int
	}{
		{"createRow", "Letters", []flow.Value{flow.Text("Letters")}, flow.Members("name", flow.Text("d")), 1},
		{"importFromCSV", "Letters", []flow.Value{
			flow.Text("Letters"), flow.Text("name\nd\ne\n"), flow.ListOf(), flow.Members(), flow.Text(","), flow.Bool(false), flow.Bool(true),
		}, flow.Members(), 2},
	} {
		env := cardtest.NewEnv()
		call := &flow.Call{Card: card(t, c.name), Args: c.args, Extra: c.extra.Object(), Env: env, Key: "run and step"}
		var first flow.Value
		for i := range 3 {
			got, err := call.Card.Run(t.Context(), call)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = got
			} else if !flow.Equal(first, got) {
				t.Errorf("%s gave %s, then %s", c.name, first, got)
			}
		}
		if n := strings.Count(rows(t, env, c.table), "["); n != 3+c.added {
			t.Errorf("%s: %d rows, want %d", c.name, n, 3+c.added)
		}
		call.Key = "another"
		if _, err := call.Card.Run(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(rows(t, env, c.table), "["); n != 3+2*c.added {
			t.Errorf("%s with another key: %d rows, want %d", c.name, n, 3+2*c.added)
		}
	}
}

// TestWhere checks expressions by which letters they find.
func TestWhere(t *testing.T) {
	for _, c := range []struct {
		expr, want string
		code       flow.Code
	}{
		{`{}`, "abc", ""},
		{`{"expr": []}`, "abc", ""},
		{`{"expr": null}`, "abc", ""},
		{`{"expr": [{"lhs": "name", "op": "!=", "rhs": "b"}]}`, "ac", ""},
		{`{"expr": [{"lhs": "n", "op": "<=", "rhs": "2"}]}`, "ab", ""},
		{`{"expr": [{"lhs": "n", "op": "<", "rhs": 1e300}]}`, "abc", ""},
		{`{"expr": [{"lhs": "n", "op": "=", "rhs": ""}]}`, "", ""},
		{`{"expr": [{"lhs": "n", "op": "!=", "rhs": null}]}`, "abc", ""},
		{`{"expr": [{"lhs": "n", "op": ">", "rhs": null}]}`, "", ""},
		{`{"expr": [{"lhs": "Row ID", "op": "=", "rhs": "lc"}]}`, "c", ""},
		{`{"expr": [{"lhs": "Created", "op": ">", "rhs": "2016-09-07"}]}`, "abc", ""},
		{`{"expr": [{"lhs": "n", "op": "=", "rhs": 1, "join": "OR"}, {"lhs": "n", "op": "=", "rhs": 2, "join": "AND"}, {"lhs": "name", "op": "=", "rhs": "b"}]}`, "b", ""},
		{`{"expr": [{"lhs": "n", "op": "=", "rhs": 2, "join": "AND"}, {"lhs": "n", "op": "=", "rhs": 1, "join": "OR"}, {"lhs": "name", "op": "=", "rhs": "a", "join": "x"}]}`, "", flow.CodeInputInvalid},
		{`{"expr": [{"lhs": "n", "op": "=", "rhd": {"outputId": "two"}}]}`, "b", ""},
		{`{"expr": [{"lhs": "n", "op": "=", "rhd": {"outputId": "three"}}]}`, "", flow.CodeInputInvalid},
		{`{"expr": [{"lhs": "n", "op": "=", "rhs": "two"}]}`, "", flow.CodeTableInvalid},
		{`{"expr": [{"lhs": "N", "op": "=", "rhs": 2}]}`, "", flow.CodeTableInvalid},
		{`{"expr": [{"lhs": "n", "op": "= 1 OR 1", "rhs": 2}]}`, "", flow.CodeTableInvalid},
		{`{"expr": [{"lhs": "n", "op": "=", "rhs": 2, "or": true}]}`, "", flow.CodeInputInvalid},
		{`{"expr": [7]}`, "", flow.CodeInputInvalid},
		{`{"expr": {"lhs": "n"}}`, "", flow.CodeInputInvalid},
		{`{"where": []}`, "", flow.CodeInputInvalid},
		{`[]`, "", flow.CodeInputInvalid},
		{`{"expr": [` + strings.Repeat(`{"lhs": "n", "op": "=", "rhs": 1, "join": "OR"},`, 99) + `{"lhs": "n", "op": "=", "rhs": 3}]}`, "ac", ""},
		{`{"expr": [` + strings.Repeat(`{"lhs": "n", "op": "=", "rhs": 1, "join": "OR"},`, 100) + `{"lhs": "n", "op": "=", "rhs": 3}]}`, "", flow.CodeLimitValue},
	} {
		got, err := invoke(t, cardtest.NewEnv(), "searchRows2",
			`{"parameters": {"stash": "Letters", "resultSet": "all"}, "Filter": {"Where Expression": `+c.expr+`}, "_expr": {"two": 2}}`)
		if flow.CodeOf(err) != c.code {
			t.Errorf("%.200s: error %v, want code %q", c.expr, err, c.code)
			continue
		}
		found := ""
		for _, row := range flow.At(got, "Result", "Rows").List().All() {
			found += flow.At(row, "name").Text()
		}
		if found != c.want {
			t.Errorf("%.200s found %q, want %q", c.expr, found, c.want)
		}
	}
}

// TestBudgets: what a search may cost depends on the size of the table, and what
// it may build on the run.
func TestBudgets(t *testing.T) {
	env := cardtest.NewEnv()
	def := card(t, "searchRows2")
	spent := int64(0)
	call := &flow.Call{
		Card: def, Env: env, Extra: flow.Members().Object(), MaxValue: 700, Charge: func(n int64) error { spent += n; return nil },
		Args: []flow.Value{flow.Text("Letters"), flow.Text("one"), flow.Members(), flow.Text(""), flow.Text("asc"), flow.Number(0), flow.Number(0)},
	}
	if _, err := def.Run(t.Context(), call); err != nil || spent == 0 {
		t.Errorf("the first row: %v after %d fuel", err, spent)
	}
	call.Args[1] = flow.Text("all")
	if _, err := def.Run(t.Context(), call); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("all rows in 700 bytes: %v, want limit.value", err)
	}
	call.MaxValue = 0
	call.Charge = func(int64) error { return flow.Errorf(flow.CodeLimitFuel, "no fuel") }
	if _, err := def.Run(t.Context(), call); flow.CodeOf(err) != flow.CodeLimitFuel {
		t.Errorf("without fuel: %v, want limit.fuel", err)
	}
}

// bare is an environment with neither tables nor files.
type bare struct{ flow.Env }

func TestUnbound(t *testing.T) {
	for _, c := range table.Cards() {
		env := bare{cardtest.NewEnv()}
		if _, err := flow.Invoke(t.Context(), c, flow.Members("parameters", flow.Members("stash", flow.Text("Letters"))), env); flow.CodeOf(err) != flow.CodeCardUnbound {
			t.Errorf("%s: %v, want card.unbound", c.Key, err)
		}
	}
}

func TestSecretsAreRefused(t *testing.T) {
	secret := flow.NewSecret("token", "t0ps3cret", "example.com")
	for _, c := range []struct{ name, group, key string }{
		{"createRow", "Fields", "First name"}, {"updateRow", "Fields", "First name"}, {"readRow", "Read By", "Row ID"},
		{"searchRows2", "_expr", "x"}, {"importFromCSV", "Source", "File Content"},
	} {
		in := flow.Members("parameters", flow.Members("stash", flow.Text("Players")), c.group, flow.Members(c.key, secret))
		_, err := flow.Invoke(t.Context(), card(t, c.name), in, cardtest.NewEnv())
		if flow.CodeOf(err) != flow.CodeSecretFlow || strings.Contains(err.Error(), "t0ps") {
			t.Errorf("%s: %v, want secret.flow", c.name, err)
		}
	}
}

// content returns the text of an exported file.
func content(t *testing.T, env *cardtest.Env, out flow.Value) string {
	t.Helper()
	r, err := env.Blobs().Open(t.Context(), flow.At(out, "CSV", "File Content").File())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestExport(t *testing.T) {
	for _, c := range []struct{ table, options, want string }{
		{"Pairs", `{}`, "a,b\n1,\"x,y\"\n"},
		{"Pairs", `{"Delimiter": "|"}`, "a|b\n1|x,y\n"},
		{"Pairs", `{"Delimiter": "→", "Columns": ["b"]}`, "b\nx,y\n"},
		{"Letters", `{"Columns": ["n", "Row ID", "name", "n"], "Limit": 1, "Offset": 1}`, "n,Row ID,name,n\n2,lb,b,2\n"},
		{"Letters", `{"Columns": ["Created"], "Limit": 1}`, "Created\n2016-09-07T16:55:25.670Z\n"},
		{"Letters", `{"Offset": 1e300}`, "name,n\n"},
		{"Players", `{}`, "First name,Last name,Jersey number,Active?\nAnn,,7,true\nBo,Li,10,false\n"},
		{"Loaded", `{}`, "Column A,Column B\n"},
	} {
		env := cardtest.NewEnv()
		out := must(t, env, "exportToCSV", fmt.Sprintf(`{"parameters": {"stash": %q}, "File": {"Filename": "../x/out.csv"}, "Options": %s}`, c.table, c.options))
		if got := content(t, env, out); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.table, c.options, got, c.want)
		}
		if f := flow.At(out, "CSV", "File Content").File(); f.Name != "out.csv" || f.ContentType != "text/csv; charset=utf-8" {
			t.Errorf("%s: file %q of type %q", c.table, f.Name, f.ContentType)
		}
	}
}

// TestFormulas: texts that a spreadsheet would compute are escaped on export and
// come back as they were; with the option off they stay as they are.
func TestFormulas(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"=1+1", `"'=1+1"`}, {"+49 30", `"'+49 30"`}, {"-2", `"'-2"`}, {"@SUM(A1)", `"'@SUM(A1)"`},
		{"=HYPERLINK(\"http://x\",\"y\")", `"'=HYPERLINK(""http://x"",""y"")"`},
		{"\t=1", "\"'\t=1\""}, {"\r=1", "\"'\r=1\""}, {"'=1", `"''=1"`}, {"''-1", `"'''-1"`},
		{"a=1", "a=1"}, {"'", "'"}, {"'a", "'a"}, {" =1", " =1"}, {"", ""}, {"1", "1"}, {"a\nb", "\"a\nb\""}, {"a\r\nb", "\"a\r\nb\""}, {"\uFEFFx", "\"\uFEFFx\""},
	} {
		env := cardtest.NewEnv()
		if err := env.Tables().Create(t.Context(), "Loaded", flow.Date(0), flow.NewRow{ID: "r", Fields: flow.Members("Column A", flow.Text(c.text)).Object()}); err != nil {
			t.Fatal(err)
		}
		for _, escaped := range []bool{true, false} {
			out := must(t, env, "exportToCSV", fmt.Sprintf(`{"parameters": {"stash": "Loaded"}, "File": {"Filename": "f"}, "Options": {"Escape Formulas": %t}}`, escaped))
			got := content(t, env, out)
			if want := "Column A,Column B\n" + c.want + ",\n"; escaped && got != want {
				t.Errorf("%q is written %q, want %q", c.text, got, want)
			}
			if !escaped && strings.Contains(got, "'") && !strings.Contains(c.text, "'") {
				t.Errorf("%q is written %q without the option", c.text, got)
			}
			in := flow.Members(
				"parameters", flow.Members("stash", flow.Text("Loaded")),
				"Source", flow.Members("File Content", flow.At(out, "CSV", "File Content")),
				"Options", flow.Members("Escape Formulas", flow.Bool(escaped)),
			)
			if _, err := flow.Invoke(t.Context(), card(t, "importFromCSV"), in, env); err != nil {
				t.Fatal(err)
			}
			if back, want := rows(t, env, "Loaded"), flow.ListOf(flow.Text(c.text), flow.Text("")).String(); back != want {
				t.Errorf("%q came back as %s (escaped: %t)", c.text, back, escaped)
			}
		}
	}
}

func TestImport(t *testing.T) {
	for _, c := range []struct {
		csv, options, want string
		code               flow.Code
	}{
		{"name,n\nx,1\n", `{}`, `["x",1]`, ""},
		{"\uFEFFname,n\r\nx,1\r\n\r\ny,2", `{}`, `["x",1] ["y",2]`, ""},
		{"n,other,name\n1,ignored,x\n", `{}`, `["x",1]`, ""},
		{"name,n\nx,\n", `{}`, `["x",null]`, ""},
		{"name\n\"a\"\"b\nc\"\n", `{}`, `["a\"b\nc",null]`, ""},
		{"name\n\"\"\n", `{}`, `["",null]`, ""},
		{"name,n\n", `{}`, ``, ""},
		{"name,n\nx,1\n", `{"Clear Destination": false}`, `["a",1] ["b",2] ["c",3] ["x",1]`, ""},
		{"name,n\nx,1\n", `{"Select": ["name"]}`, `["x",null]`, ""},
		{"a,b\nx,1\n", `{"Mapping": {"a": "name", "b": "n"}, "Select": ["c"]}`, `["x",1]`, ""},
		{"name|n\nx,y|1\n", `{"Delimiter": "|"}`, `["x,y",1]`, ""},
		{"name,name,n\nx,y,1\n", `{"Select": ["n"]}`, `["",1]`, ""},
		{"name,name,n\nx,y,1\n", `{}`, "", flow.CodeInputInvalid},
		{"", `{}`, "", flow.CodeInputInvalid},
		{"name,n\nx\n", `{}`, "", flow.CodeInputInvalid},
		{"name,n\nx,1,2\n", `{}`, "", flow.CodeInputInvalid},
		{"name,n\nx,\"1\"2\n", `{}`, "", flow.CodeInputInvalid},
		{"name,n\nx\"y,1\n", `{}`, "", flow.CodeInputInvalid},
		{"name,n\n\"x,1\n", `{}`, "", flow.CodeInputInvalid},
		{"name,n\rx,1\r", `{}`, "", flow.CodeInputInvalid},
		{"name,n\nx,1e400\n", `{}`, "", flow.CodeTableInvalid},
		{"name,n\nx,1\n", `{"Mapping": {"name": "Row ID"}}`, "", flow.CodeTableInvalid},
		{"name,n\nx,1\n", `{"Mapping": {"name": "n", "n": "n"}}`, "", flow.CodeInputInvalid},
		{"name,n\nx,1\n", `{"Mapping": {"name": 1}}`, "", flow.CodeInputInvalid},
		{"name,n\nx,1\n", `{"Delimiter": "\""}`, "", flow.CodeInputInvalid},
		{"name\n" + strings.Repeat("x", flow.MaxCell), `{}`, `["` + strings.Repeat("x", flow.MaxCell) + `",null]`, ""},
		{"name\n" + strings.Repeat("x", flow.MaxCell+1), `{}`, "", flow.CodeLimitValue},
		{"name\n\"" + strings.Repeat("x", flow.DefaultMaxValue), `{}`, "", flow.CodeLimitValue},
		{"name," + strings.Repeat(",", flow.DefaultMaxValue/32), `{}`, "", flow.CodeLimitValue},
	} {
		env := cardtest.NewEnv()
		options, err := flow.ParseJSON([]byte(c.options), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range []flow.Value{flow.Text(c.csv), flow.FileOf(cardtest.ExampleFile("in.csv", "text/csv", c.csv))} {
			in := flow.Members("parameters", flow.Members("stash", flow.Text("Letters")), "Source", flow.Members("File Content", source), "Options", options)
			before := rows(t, env, "Letters")
			_, err := flow.Invoke(t.Context(), card(t, "importFromCSV"), in, env)
			if flow.CodeOf(err) != c.code {
				t.Errorf("%.60q %s: error %v, want code %q", c.csv, c.options, err, c.code)
				continue
			}
			got := rows(t, env, "Letters")
			if err != nil && got != before {
				t.Errorf("%.60q %s failed and changed the table to %.100s", c.csv, c.options, got)
			}
			if err == nil && got != c.want && source.Kind() == flow.KindText {
				t.Errorf("%.60q %s: %.100s, want %.100s", c.csv, c.options, got, c.want)
			}
		}
	}
}

// TestImportNamesTheLine: a person has to find the cell in a long file.
func TestImportNamesTheLine(t *testing.T) {
	for csv, line := range map[string]string{
		"name,n\na,1\nb,two\n":        "line 3:",
		"name,n\n\"a\nb\",1\nb,two\n": "line 4:",
		"name,n\na,1\n\nb\n":          "line 4 ",
		"name,n\na,1\nb,\"2\n\n\n":    "line 3 ",
		"name,n\na,1\nb,\xff\n":       "line 3 ",
	} {
		f := flow.FileOf(cardtest.ExampleFile("in.csv", "", csv))
		in := flow.Members("parameters", flow.Members("stash", flow.Text("Letters")), "Source", flow.Members("File Content", f))
		_, err := flow.Invoke(t.Context(), card(t, "importFromCSV"), in, cardtest.NewEnv())
		if err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("%q: %v, want %q in it", csv, err, line)
		}
	}
}

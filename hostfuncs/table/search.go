package table

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// maxFound is how many rows a search gives at most, whatever its limit (spec:
// functions-structural 13.6).
const maxFound = 3500

func wherePort() flow.Port {
	return flow.Port{
		Group: "Filter", Key: "Where Expression", Label: "Where Expression", Type: flow.ObjectType, Default: `{}`,
		Doc: `Which rows: {"expr": [{"lhs": column, "op": operator, "rhs": value, "join": "AND" or "OR"}]}. The operators are = != < <= > >=;` +
			` join links a clause to the next one. Instead of rhs, "rhd": {"outputId": name} takes the input of that name of the group _expr. Empty: all rows.`,
	}
}

// whereNotes are the choices about Where Expression.
func whereNotes(more ...flow.Note) []flow.Note {
	return notes(append([]flow.Note{
		{
			Topic:  "AND and OR in one expression",
			Vendor: "not said",
			Choice: "clauses are combined from left to right without precedence: a OR b AND c is (a OR b) AND c",
			Why:    "the list is flat, and reads that way",
		},
		{
			Topic:  "partial matches of texts",
			Vendor: "the help speaks of matching a full or partial text; exported flows have no operator for it",
			Choice: "= matches the whole text, case matters",
			Why:    "finding more rows than meant is the worse fault where rows are then deleted",
		},
		{
			Topic:  "comparing with empty cells",
			Vendor: "not said",
			Choice: "an empty cell equals only an empty value; it is neither less nor more than anything, and sorts first",
			Why:    "so an empty cell can be looked for, and never counts as 0",
		},
		{
			Topic:  "order of texts",
			Vendor: "ascending is A-Z, 0-9",
			Choice: "by Unicode code point, so digits come before letters and capitals before small letters",
			Why:    "comparing and sorting agree, and stores can use an index",
		},
	}, more...)...)
}

func searchRows() *flow.Card {
	return &flow.Card{
		Key: "table.searchRows2", Aliases: []string{"stash:searchRows2", "stash:searchRows"}, Title: "Search Rows", Category: category, Since: since,
		Effect: flow.Reads,
		Doc: "Finds rows by conditions on their columns. It gives either the first matching row, or all of them as a list of at most 3,500 rows." +
			" Finding nothing is no error: the outputs are empty.",
		In: []flow.Port{
			stash("Table"),
			{
				Group: groupParameters, Key: "resultSet", Label: "Result Set", Type: flow.TextType, Required: true, Default: `"one"`,
				Choices: []flow.Choice{
					{Value: "one", Label: "First matching row"}, {Value: "all", Label: "All matching rows"}, {Value: "all-new", Label: "All matching rows"},
				},
				Doc: "Whether the first or all matching rows are wanted; all and all-new mean the same.",
			},
			wherePort(),
			{Group: "Sort", Key: "Column", Label: "Column", Type: flow.TextType, Doc: "Column to sort by; Row ID, Created and Updated are possible. Empty: the order of adding."},
			{
				Group: "Sort", Key: "Direction", Label: "Direction", Type: flow.TextType, Required: true, Default: `"desc"`,
				Choices: []flow.Choice{{Value: "asc", Label: "Ascending"}, {Value: "desc", Label: "Descending"}},
				Doc:     "Direction of sorting; without a column it means nothing.",
			},
			{Group: "Sort", Key: "Limit", Label: "Limit", Type: flow.NumberType, Default: `0`, Doc: "How many rows are wanted at most; 0 for as many as possible."},
			{Group: "Sort", Key: "Offset", Label: "Offset", Type: flow.NumberType, Default: `0`, Doc: "How many matching rows are left out at the start."},
		},
		Extra: &flow.Extra{Group: "_expr", Label: "values of the expression", Type: flow.AnyType, Doc: "Value that a clause takes by name with rhd."},
		Out: []flow.Port{
			{Group: "Result", Key: "Rows", Label: "Rows", Type: flow.ListType(flow.ObjectType), Doc: "All matching rows: cells by column, and Row ID, Created and Updated. Empty when only the first is wanted."},
			{Group: groupRow, Key: flow.ColumnRowID, Label: flow.ColumnRowID, Type: flow.TextType, Doc: "Id of the first matching row; null when there is none or all are wanted."},
			{Group: groupRow, Key: flow.ColumnCreated, Label: flow.ColumnCreated, Type: flow.DateType, Doc: "When that row was added."},
			{Group: groupRow, Key: flow.ColumnUpdated, Label: flow.ColumnUpdated, Type: flow.DateType, Doc: "When that row was last changed."},
			{Key: groupFields, Label: groupFields, Type: flow.ObjectType, Doc: "Cells of that row by column; empty when there is none."},
		},
		Cost:   flow.Cost{Base: priceRead, PerByte: 2, PerItem: 500},
		Errors: failures(flow.CodeNumberRange),
		Notes: whereNotes(
			flow.Note{
				Topic:  "no matching row, where the first one is wanted",
				Vendor: "not said",
				Choice: "all outputs are empty, and there is no error",
				Why:    "flows ask whether Row ID is empty",
			},
			flow.Note{
				Topic:  "a limit of 0, and of less than 0",
				Vendor: "0 is the default",
				Choice: "0 means no limit but the 3,500 rows of a search; a negative limit or offset is input.invalid",
				Why:    "exported flows store 0 where nothing was entered",
			},
			flow.Note{
				Topic:  "the first generation of this card",
				Vendor: "its key is known only from the 2 in its successor's",
				Choice: "its key is an alias",
				Why:    "nothing else is known of it",
			},
		),
		Examples: []flow.Example{
			{
				In: `{"parameters": {"stash": "Letters", "resultSet": "all-new"}, "Sort": {"Column": "n", "Direction": "asc"},` +
					` "Filter": {"Where Expression": {"expr": [{"lhs": "n", "op": ">=", "rhs": 2, "join": "AND"}]}}}`,
				Out: `{"Result": {"Rows": [{"name": "b", "n": 2, "Row ID": "lb", "Created": "2016-09-07T16:55:25.670Z", "Updated": "2016-09-07T16:55:25.670Z"},` +
					` {"name": "c", "n": 3, "Row ID": "lc", "Created": "2016-09-07T16:55:25.670Z", "Updated": "2016-09-07T16:55:25.670Z"}]},` +
					` "Row": {"Row ID": null, "Created": null, "Updated": null}, "Fields": {}}`,
			},
			{
				In: `{"parameters": {"stash": "Actions"}, "Sort": {"Column": "When"}, "Filter": {"Where Expression": {"expr": [` +
					`{"lhs": "Action", "op": "=", "rhs": "Create", "join": "OR"}, {"lhs": "Action", "op": "=", "rhd": {"outputId": "wanted"}}]}}, "_expr": {"wanted": "Update"}}`,
				Out: `{"Result": {"Rows": []}, "Row": {"Row ID": "aUpdate", "Created": "2016-09-07T16:55:25.670Z", "Updated": "2016-09-07T16:55:25.670Z"},` +
					` "Fields": {"Action": "Update", "When": "1970-01-03T00:00:00.000Z"}}`,
				Note: "the latest row that is Create or Update",
			},
			{
				In:   `{"parameters": {"stash": "Letters"}, "Filter": {"Where Expression": {"expr": [{"lhs": "name", "op": "=", "rhs": "A"}]}}}`,
				Out:  `{"Result": {"Rows": []}, "Row": {"Row ID": null, "Created": null, "Updated": null}, "Fields": {}}`,
				Note: "nothing matches: case matters",
			},
			{In: `{"parameters": {"stash": "Letters"}, "Filter": {"Where Expression": {"expr": [{"lhs": "1=1; --", "op": "=", "rhs": "a"}]}}}`, Err: flow.CodeTableInvalid},
			{In: `{"parameters": {"stash": "Letters"}, "Filter": {"Where Expression": {"expr": [{"lhs": "n", "op": "LIKE", "rhs": 1}]}}}`, Err: flow.CodeTableInvalid},
			{In: `{"parameters": {"stash": "Letters"}, "Sort": {"Limit": -1}}`, Err: flow.CodeInputInvalid},
		},
		Run: runSearch,
	}
}

// runSearch takes the inputs table, result set, where expression, column,
// direction, limit and offset.
func runSearch(ctx context.Context, c *flow.Call) (flow.Value, error) {
	tables, def, err := open(ctx, c)
	if err != nil {
		return flow.Value{}, err
	}
	q := flow.Query{Columns: names(def), OrderBy: c.Text(3), Descending: c.Text(4) == "desc"}
	if q.Where, err = where(c, 2); err != nil {
		return flow.Value{}, err
	}
	if q.Limit, err = count(c, 5); err != nil {
		return flow.Value{}, err
	}
	if q.Offset, err = count(c, 6); err != nil {
		return flow.Value{}, err
	}
	if err := scan(c, def, q.OrderBy != ""); err != nil {
		return flow.Value{}, err
	}
	if c.Text(1) == "one" {
		return first(ctx, c, tables, q)
	}
	if q.Limit == 0 || q.Limit > maxFound {
		q.Limit = maxFound
	}
	shape := flow.NewShape(append(q.Columns[:len(q.Columns):len(q.Columns)], flow.ColumnRowID, flow.ColumnCreated, flow.ColumnUpdated))
	var rows []flow.Value
	size := int64(0)
	for row, err := range tables.Search(ctx, c.Text(0), q) {
		if err != nil {
			return flow.Value{}, err
		}
		v := flow.NewObject(shape, append(row.Cells, flow.Text(row.ID), row.Created, row.Updated))
		size += v.Size()
		if err := c.Reserve(size); err != nil {
			return flow.Value{}, err
		}
		if err := c.Spend(priceRow); err != nil {
			return flow.Value{}, err
		}
		rows = append(rows, v)
	}
	return found(flow.ListOf(rows...), flow.Row{}, flow.Null(), flow.Members()), nil
}

func first(ctx context.Context, c *flow.Call, tables flow.Tables, q flow.Query) (flow.Value, error) {
	q.Limit = 1
	for row, err := range tables.Search(ctx, c.Text(0), q) {
		if err != nil {
			return flow.Value{}, err
		}
		fields := flow.NewObject(flow.NewShape(q.Columns), row.Cells)
		if err := c.Reserve(fields.Size()); err != nil {
			return flow.Value{}, err
		}
		return found(flow.ListOf(), row, flow.Text(row.ID), fields), nil
	}
	return found(flow.ListOf(), flow.Row{}, flow.Null(), flow.Members()), nil
}

// found puts the outputs together.
func found(rows flow.Value, row flow.Row, id, fields flow.Value) flow.Value {
	return flow.Members(
		"Result", flow.Members("Rows", rows),
		groupRow, flow.Members(flow.ColumnRowID, id, flow.ColumnCreated, row.Created, flow.ColumnUpdated, row.Updated),
		groupFields, fields,
	)
}

// where reads the i-th input as a where expression. Names, operators and values
// are checked by the table.
func where(c *flow.Call, i int) ([]flow.Clause, error) {
	v := c.Value(i)
	if v.Kind() != flow.KindObject {
		return nil, c.Invalid(i, "must be an object, not %s", v.Kind())
	}
	expr, given := v.Object().Get("expr")
	if !given && v.Object().Len() > 0 {
		return nil, c.Invalid(i, `has no member "expr"`)
	}
	if !expr.IsNull() && expr.Kind() != flow.KindList {
		return nil, c.Invalid(i, "has a member expr that is %s, not a list", expr.Kind())
	}
	if n := expr.List().Len(); n > flow.MaxClauses {
		return nil, flow.Errorf(flow.CodeLimitValue, "a where expression has at most %d clauses", flow.MaxClauses)
	}
	var out []flow.Clause
	for n, item := range expr.List().All() {
		clause, err := readClause(c, i, n+1, item)
		if err != nil {
			return nil, err
		}
		out = append(out, clause)
	}
	return out, nil
}

func readClause(c *flow.Call, i, n int, v flow.Value) (flow.Clause, error) {
	var out flow.Clause
	if v.Kind() != flow.KindObject {
		return out, c.Invalid(i, "has a clause %d that is %s, not an object", n, v.Kind())
	}
	var join, mapped flow.Value
	for key, m := range v.Object().All() {
		switch key {
		case "lhs":
			out.Column = m.Text()
		case "op":
			out.Op = m.Text()
		case "rhs":
			out.Value = m
		case "rhd":
			mapped = m
		case "join":
			join = m
		default:
			return out, c.Invalid(i, "has a clause %d with an unknown member %s", n, flow.Excerpt(key))
		}
	}
	switch {
	case join.IsNull(), join.Text() == "AND", join.Kind() == flow.KindText && join.Text() == "":
	case join.Text() == "OR":
		out.Or = true
	default:
		return out, c.Invalid(i, "has a clause %d that is joined by neither AND nor OR", n)
	}
	if !mapped.IsNull() {
		name := flow.At(mapped, "outputId").Text()
		value, ok := c.Extra.Get(name)
		if !ok {
			return out, c.Invalid(i, "has a clause %d that needs the input _expr.%s", n, flow.Excerpt(name))
		}
		out.Value = value
	}
	return out, nil
}

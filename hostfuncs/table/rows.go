package table

import (
	"context"

	"github.com/weirflow/weir/flow"
)

const uuidPattern = `~^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`

func createRow() *flow.Card {
	return &flow.Card{
		Key: "table.createRow", Aliases: []string{"stash:createRow"}, Title: "Create Row", Category: category, Since: since, Effect: flow.Writes,
		Doc: "Adds a row to a table. Columns that are not given have their default, or are empty. The new row's id is a UUID;" +
			" when a resumed run repeats the call, the row is not added a second time.",
		In:     []flow.Port{stash("Table")},
		Extra:  columns("Value of the column of this name."),
		Out:    []flow.Port{{Group: "Output", Key: flow.ColumnRowID, Label: flow.ColumnRowID, Type: flow.TextType, Doc: "Id of the new row."}},
		Cost:   flow.Cost{Base: priceWrite, PerByte: 2, PerItem: 500},
		Errors: failures(flow.CodeNumberRange),
		Notes: notes(badValues, emptyCells, flow.Note{
			Topic:  "the type of a row id",
			Vendor: "the help says number, exported flows say text",
			Choice: "text",
			Why:    "it is a UUID",
		}),
		Examples: []flow.Example{
			{
				In:  `{"parameters": {"stash": "Players"}, "Fields": {"First name": "Cy", "Jersey number": 7}}`,
				Out: `{"Output": {"Row ID": "` + uuidPattern + `"}}`,
			},
			{In: `{"parameters": {"stash": "Players"}}`, Out: `{"Output": {"Row ID": "` + uuidPattern + `"}}`, Note: "a row of defaults"},
			{In: `{"parameters": {"stash": "Players"}, "Fields": {"Jersey number": "seven"}}`, Err: flow.CodeTableInvalid, Note: "the column holds numbers"},
			{In: `{"parameters": {"stash": "Players"}, "Fields": {"Shoe size": 42}}`, Err: flow.CodeTableInvalid},
			{In: `{"parameters": {"stash": "Teams"}, "Fields": {}}`, Err: flow.CodeTableInvalid},
			{In: `{"parameters": {"stash": ""}, "Fields": {}}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			tables, _, err := open(ctx, c)
			if err != nil {
				return flow.Value{}, err
			}
			id, err := identities(c)()
			if err != nil {
				return flow.Value{}, err
			}
			if err := tables.Create(ctx, c.Text(0), now(c), flow.NewRow{ID: id, Fields: c.Extra}); err != nil {
				return flow.Value{}, err
			}
			return flow.Members("Output", flow.Members(flow.ColumnRowID, flow.Text(id))), nil
		},
	}
}

func readRow() *flow.Card {
	return &flow.Card{
		Key: "table.readRow", Aliases: []string{"stash:readRow"}, Title: "Read Row", Category: category, Since: since, Effect: flow.Reads,
		Doc: "Reads one row by its id. A row that does not exist is an error; use Search Rows where it may be missing.",
		In:  []flow.Port{stash("Table"), rowIDPort("Read By", "Id of the row to read.")},
		Out: []flow.Port{
			{Group: groupRow, Key: flow.ColumnCreated, Label: flow.ColumnCreated, Type: flow.DateType, Doc: "When the row was added."},
			{Group: groupRow, Key: flow.ColumnUpdated, Label: flow.ColumnUpdated, Type: flow.DateType, Doc: "When the row was last changed."},
			{Key: groupFields, Label: groupFields, Type: flow.ObjectType, Doc: "Cells of the row by column."},
		},
		Cost:   flow.Cost{Base: priceRead, PerByte: 2},
		Errors: failures(),
		Notes: notes(flow.Note{
			Topic:  "a row that does not exist",
			Vendor: "not said",
			Choice: "table.invalid, which handlers see as Not Found",
			Why:    "a flow that goes on with nothing hides the fault",
		}),
		Examples: []flow.Example{
			{
				In: `{"parameters": {"stash": "Players"}, "Read By": {"Row ID": "8847efd0-7f6e-11ee-8a5d-e12ecc4c77c7"}}`,
				Out: `{"Row": {"Created": "2016-09-07T16:55:25.670Z", "Updated": "2016-09-07T16:55:25.670Z"},` +
					` "Fields": {"First name": "Ann", "Last name": "", "Jersey number": 7, "Active?": true}}`,
			},
			{
				In:  `{"parameters": {"stash": "Letters"}, "Read By": {"Row ID": "lb"}}`,
				Out: `{"Row": {"Created": "2016-09-07T16:55:25.670Z", "Updated": "2016-09-07T16:55:25.670Z"}, "Fields": {"name": "b", "n": 2}}`,
			},
			{In: `{"parameters": {"stash": "Players"}, "Read By": {"Row ID": "x' OR '1'='1"}}`, Err: flow.CodeTableInvalid},
			{In: `{"parameters": {"stash": "Players"}, "Read By": {"Row ID": ""}}`, Err: flow.CodeTableInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			tables, def, err := open(ctx, c)
			if err != nil {
				return flow.Value{}, err
			}
			columns := names(def)
			row, err := tables.Read(ctx, c.Text(0), c.Text(1), columns)
			if err != nil {
				return flow.Value{}, err
			}
			fields := flow.NewObject(flow.NewShape(columns), row.Cells)
			if err := c.Reserve(fields.Size()); err != nil {
				return flow.Value{}, err
			}
			return flow.Members(
				groupRow, flow.Members(flow.ColumnCreated, row.Created, flow.ColumnUpdated, row.Updated),
				groupFields, fields,
			), nil
		},
	}
}

func updateRow() *flow.Card {
	return &flow.Card{
		Key: "table.updateRow", Aliases: []string{"stash:updateRow"}, Title: "Update Row", Category: category, Since: since, Effect: flow.Writes,
		Doc: "Changes columns of one row. Columns that are not given keep their value, and so do those with an empty input unless empty inputs are wanted.",
		In: []flow.Port{
			stash("Table"),
			{
				Group: groupParameters, Key: "updateEmptyInputs", Label: "Update Empty Inputs", Type: flow.TextType, Required: true, Default: `"No"`,
				Choices: []flow.Choice{{Value: "No", Label: "No"}, {Value: "Yes", Label: "Yes"}},
				Doc:     "Whether an empty input empties its column.",
			},
			rowIDPort("Update By", "Id of the row to change."),
		},
		Extra:  columns("New value of the column of this name."),
		Cost:   flow.Cost{Base: priceWrite, PerByte: 2, PerItem: 500},
		Errors: failures(flow.CodeNumberRange),
		Notes: notes(badValues, emptyCells, flow.Note{
			Topic:  "an update that changes nothing",
			Vendor: "not said",
			Choice: "the row must exist, and its Updated is renewed",
			Why:    "the call was made",
		}),
		Examples: []flow.Example{
			{
				In:   `{"parameters": {"stash": "Pairs", "updateEmptyInputs": "No"}, "Update By": {"Row ID": "pair1"}, "Fields": {"a": "x", "b": ""}}`,
				Out:  `{}`,
				Note: "b keeps its value",
			},
			{
				In:   `{"parameters": {"stash": "Pairs", "updateEmptyInputs": "Yes"}, "Update By": {"Row ID": "pair1"}, "Fields": {"a": "x", "b": ""}}`,
				Out:  `{}`,
				Note: "b is emptied",
			},
			{In: `{"parameters": {"stash": "Pairs"}, "Update By": {"Row ID": "pair9"}, "Fields": {"a": "x"}}`, Err: flow.CodeTableInvalid},
			{In: `{"parameters": {"stash": "Pairs"}, "Update By": {"Row ID": "pair1"}, "Fields": {"Row ID": "x"}}`, Err: flow.CodeTableInvalid},
			{In: `{"parameters": {"stash": "Pairs", "updateEmptyInputs": "Maybe"}, "Update By": {"Row ID": "pair1"}}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			tables, _, err := open(ctx, c)
			if err != nil {
				return flow.Value{}, err
			}
			fields := c.Extra
			if c.Text(1) == "No" {
				var b flow.ObjectBuilder
				for name, v := range fields.All() {
					if !flow.IsEmpty(v) {
						b.Set(name, v)
					}
				}
				fields = b.Value().Object()
			}
			return flow.Members(), tables.Update(ctx, c.Text(0), c.Text(2), now(c), fields)
		},
	}
}

func deleteRow() *flow.Card {
	return &flow.Card{
		Key: "table.deleteRow", Aliases: []string{"stash:deleteRow"}, Title: "Delete Row", Category: category, Since: since, Effect: flow.Writes,
		Doc:    "Deletes one row by its id. A row that does not exist is an error.",
		In:     []flow.Port{stash("Table"), rowIDPort("Delete By", "Id of the row to delete.")},
		Cost:   flow.Cost{Base: priceWrite, PerByte: 2},
		Errors: failures(),
		Notes: notes(flow.Note{
			Topic:  "a row that does not exist",
			Vendor: "not said",
			Choice: "table.invalid, which handlers see as Not Found",
			Why:    "as Read Row",
		}),
		Examples: []flow.Example{
			{In: `{"parameters": {"stash": "Players"}, "Delete By": {"Row ID": "8847efd0-7f6e-11ee-8a5d-e12ecc4c77c7"}}`, Out: `{}`},
			{In: `{"parameters": {"stash": "Letters"}, "Delete By": {"Row ID": "la"}}`, Out: `{}`},
			{In: `{"parameters": {"stash": "Letters"}, "Delete By": {"Row ID": "lz"}}`, Err: flow.CodeTableInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			tables, _, err := open(ctx, c)
			if err != nil {
				return flow.Value{}, err
			}
			return flow.Members(), tables.Delete(ctx, c.Text(0), c.Text(1))
		},
	}
}

func clearTable() *flow.Card {
	return &flow.Card{
		Key: "table.clearTable", Aliases: []string{"stash:clearTable"}, Title: "Clear Table", Category: category, Since: since, Effect: flow.Writes,
		Doc:    "Deletes all rows of a table. Its columns stay.",
		In:     []flow.Port{stash("Table")},
		Out:    []flow.Port{{Group: "Table", Key: "Cleared Rows", Label: "Cleared Rows", Type: flow.NumberType, Doc: "How many rows there were."}},
		Cost:   flow.Cost{Base: priceWrite, PerByte: 2},
		Errors: failures(),
		Notes:  notes(),
		Examples: []flow.Example{
			{In: `{"parameters": {"stash": "Letters"}}`, Out: `{"Table": {"Cleared Rows": 3}}`},
			{In: `{"parameters": {"stash": "Loaded"}}`, Out: `{"Table": {"Cleared Rows": 0}}`, Note: "an empty table"},
			{In: `{"parameters": {"stash": "Players; DROP TABLE Players"}}`, Err: flow.CodeTableInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			tables, def, err := open(ctx, c)
			if err != nil {
				return flow.Value{}, err
			}
			if err := scan(c, def, false); err != nil {
				return flow.Value{}, err
			}
			n, err := tables.Clear(ctx, c.Text(0))
			return flow.Members("Table", flow.Members("Cleared Rows", flow.Number(float64(n)))), err
		},
	}
}

func readTable() *flow.Card {
	return &flow.Card{
		Key: "table.readTable", Aliases: []string{"stash:readTable"}, Title: "Read Table", Category: category, Since: since, Effect: flow.Reads,
		Doc: "Lists the columns of a table. The types are called string, number, boolean and date; the columns that every row has are not listed.",
		In:  []flow.Port{stash("Table")},
		Out: []flow.Port{{
			Group: "Output", Key: "Column Schema", Label: "Column Schema", Type: flow.ListType(flow.ObjectType),
			Doc: "One object with name and type for each column, in order.",
		}},
		Cost:   flow.Cost{Base: priceRead, PerByte: 2},
		Errors: failures(),
		Notes: notes(flow.Note{
			Topic:  "the name of the type of dates, and Row ID, Created and Updated",
			Vendor: "not said",
			Choice: "date; the three are not listed",
			Why:    "the other types are in lower case, and the three are the same for every table",
		}),
		Examples: []flow.Example{
			{
				In: `{"parameters": {"stash": "Players"}}`,
				Out: `{"Output": {"Column Schema": [{"name": "First name", "type": "string"}, {"name": "Last name", "type": "string"},` +
					` {"name": "Jersey number", "type": "number"}, {"name": "Active?", "type": "boolean"}]}}`,
			},
			{
				In:  `{"parameters": {"stash": "Actions"}}`,
				Out: `{"Output": {"Column Schema": [{"name": "Action", "type": "string"}, {"name": "When", "type": "date"}]}}`,
			},
			{In: `{"parameters": {"stash": "players"}}`, Err: flow.CodeTableInvalid, Note: "case matters"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			_, def, err := open(ctx, c)
			if err != nil {
				return flow.Value{}, err
			}
			out := make([]flow.Value, len(def.Columns))
			for i, column := range def.Columns {
				name := column.Type.String()
				if column.Type.Base == flow.BaseText {
					name = "string"
				}
				out[i] = flow.Members("name", flow.Text(column.Name), "type", flow.Text(name))
			}
			return flow.Members("Output", flow.Members("Column Schema", flow.ListOf(out...))), nil
		},
	}
}

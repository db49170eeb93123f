package table

import (
	"context"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

const groupOptions = "Options"

func delimiterPort() flow.Port {
	return flow.Port{Group: groupOptions, Key: "Delimiter", Label: "Delimiter", Type: flow.TextType, Required: true, Default: `","`, Doc: "The one character between cells."}
}

func exportCSV() *flow.Card {
	return &flow.Card{
		Key: "table.exportToCSV", Aliases: []string{"stash:exportToCSV"}, Title: "Export to CSV", Category: category, Since: since, Effect: flow.Reads,
		Doc: "Writes rows of a table into a CSV file, with a first line of column names. Numbers are written in decimal, dates in ISO 8601, empty cells as nothing." +
			" Texts that a spreadsheet would compute are escaped.",
		In: []flow.Port{
			stash("Table"),
			{Group: "File", Key: "Filename", Label: "Filename", Type: flow.TextType, Required: true, Doc: "Name of the file."},
			wherePort(),
			delimiterPort(),
			{Group: groupOptions, Key: "Limit", Label: "Limit", Type: flow.NumberType, Default: `0`, Doc: "How many rows are written at most; 0 for all."},
			{Group: groupOptions, Key: "Offset", Label: "Offset", Type: flow.NumberType, Default: `0`, Doc: "How many matching rows are left out at the start."},
			{Group: groupOptions, Key: "Columns", Label: "Columns", Type: flow.ListType(flow.TextType), Doc: "Which columns, in which order; Row ID, Created and Updated are possible. Empty: all columns of the table."},
			{
				Group: groupOptions, Key: "Escape Formulas", Label: "Escape Formulas", Type: flow.BoolType, Default: `true`,
				Doc: "Whether texts that begin with = + - @, a tab or a carriage return get an apostrophe in front, so that spreadsheets show them instead of computing them.",
			},
		},
		Out:    []flow.Port{{Group: "CSV", Key: "File Content", Label: "File Content", Type: flow.FileType, Doc: "The file."}},
		Cost:   flow.Cost{Base: 3 * priceRead, PerByte: 2, PerItem: 500},
		Errors: failures(flow.CodeNumberRange, flow.CodeLimitMemory),
		Notes: whereNotes(
			flow.Note{
				Topic:  "texts that spreadsheets compute",
				Vendor: "not said",
				Choice: "they get an apostrophe in front, which Import From CSV takes away again; the option Escape Formulas, which the vendor's card does not have, turns it off. Numbers are never escaped",
				Why:    "rows often come from outside, and the file is often opened by a person",
			},
			flow.Note{
				Topic:  "the form of the file",
				Vendor: "not said",
				Choice: "UTF-8 without a byte order mark, a header line, a line feed behind every line; quotes as in RFC 4180, and around a lone empty cell",
				Why:    "every reader takes a line feed, and the example of the catalogue has it",
			},
			flow.Note{
				Topic:  "Row ID, Created and Updated",
				Vendor: "not said",
				Choice: "written only where Columns names them",
				Why:    "so the file can be imported again",
			},
		),
		Examples: []flow.Example{
			{In: `{"parameters": {"stash": "Pairs"}, "File": {"Filename": "out.csv"}}`, Out: `{"CSV": {"File Content": "~out\\.csv"}}`, Note: "the file holds a,b and 1,\"x,y\""},
			{
				In: `{"parameters": {"stash": "Letters"}, "File": {"Filename": "letters.csv"}, "Options": {"Delimiter": "|", "Columns": ["n", "Row ID"], "Limit": 2},` +
					` "Filter": {"Where Expression": {"expr": [{"lhs": "n", "op": ">", "rhs": 1}]}}}`,
				Out: `{"CSV": {"File Content": "~letters\\.csv"}}`,
			},
			{In: `{"parameters": {"stash": "Letters"}, "File": {"Filename": "letters.csv"}, "Options": {"Columns": ["m"]}}`, Err: flow.CodeTableInvalid},
			{In: `{"parameters": {"stash": "Letters"}, "File": {"Filename": "letters.csv"}, "Options": {"Delimiter": "||"}}`, Err: flow.CodeInputInvalid},
			{In: `{"parameters": {"stash": "Letters"}, "File": {"Filename": ""}}`, Err: flow.CodeInputInvalid},
		},
		Run: runExport,
	}
}

// runExport takes the inputs table, file name, where expression, delimiter,
// limit, offset, columns and escape formulas.
func runExport(ctx context.Context, c *flow.Call) (flow.Value, error) {
	blobs, err := flow.BlobsOf(c.Env)
	if err != nil {
		return flow.Value{}, err
	}
	tables, def, err := open(ctx, c)
	if err != nil {
		return flow.Value{}, err
	}
	if strings.TrimSpace(c.Text(1)) == "" {
		return flow.Value{}, c.Invalid(1, "is empty")
	}
	var q flow.Query
	if q.Where, err = where(c, 2); err != nil {
		return flow.Value{}, err
	}
	comma, err := delimiter(c, 3)
	if err != nil {
		return flow.Value{}, err
	}
	if q.Limit, err = count(c, 4); err != nil {
		return flow.Value{}, err
	}
	if q.Offset, err = count(c, 5); err != nil {
		return flow.Value{}, err
	}
	header := names(def)
	if c.List(6).Len() > 0 {
		header = header[:0:0]
		for _, v := range c.List(6).All() {
			header = append(header, v.Text())
		}
	}
	if len(header) > flow.MaxTableColumns {
		return flow.Value{}, c.Invalid(6, "has more than %d columns", flow.MaxTableColumns)
	}
	if err := scan(c, def, false); err != nil {
		return flow.Value{}, err
	}
	w := &csvWriter{comma: comma, guard: c.Bool(7)}
	w.record(len(header), func(i int) flow.Value { return flow.Text(header[i]) })
	q.Columns = []string{}
	for _, name := range header {
		if !ownColumn(name) {
			q.Columns = append(q.Columns, name)
		}
	}
	next, stop := iter.Pull2(tables.Search(ctx, c.Text(0), q))
	defer stop()
	file, err := blobs.Create(ctx, flow.FileMeta{Name: c.Text(1), ContentType: "text/csv; charset=utf-8"}, &exporter{call: c, next: next, to: w, header: header})
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Members("CSV", flow.Members("File Content", flow.FileOf(file))), nil
}

func ownColumn(name string) bool {
	return name == flow.ColumnRowID || name == flow.ColumnCreated || name == flow.ColumnUpdated
}

// exporter is the content of an exported file, made while it is read.
type exporter struct {
	call   *flow.Call
	next   func() (flow.Row, error, bool)
	to     *csvWriter
	header []string
	at     int // how much of the writer's buffer is read
	err    error
}

// Read implements io.Reader.
func (e *exporter) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if e.at == len(e.to.buf) {
			e.to.buf, e.at = e.to.buf[:0], 0
			if e.err == nil {
				e.err = e.row()
			}
			if e.err != nil {
				break
			}
		}
		copied := copy(p[n:], e.to.buf[e.at:])
		n, e.at = n+copied, e.at+copied
	}
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, e.err
}

// row writes the next row, or returns why there is none.
func (e *exporter) row() error {
	row, err, ok := e.next()
	if !ok {
		return io.EOF
	}
	if err == nil {
		err = e.call.Spend(priceRow)
	}
	if err != nil {
		return err
	}
	at := 0
	e.to.record(len(e.header), func(i int) flow.Value {
		switch e.header[i] {
		case flow.ColumnRowID:
			return flow.Text(row.ID)
		case flow.ColumnCreated:
			return row.Created
		case flow.ColumnUpdated:
			return row.Updated
		}
		at++
		return row.Cells[at-1]
	})
	return nil
}

func importCSV() *flow.Card {
	return &flow.Card{
		Key: "table.importFromCSV", Aliases: []string{"stash:importFromCSV"}, Title: "Import From CSV", Category: category, Since: since, Effect: flow.Writes,
		Doc: "Loads the lines of a CSV file into a table. The first line has the column names; columns of the file that have none in the table are left out." +
			" Either all lines are loaded or, when one does not fit, none. By default the rows that the table had before are removed.",
		In: []flow.Port{
			stash("Destination Table"),
			{Group: "Source", Key: "File Content", Label: "File Content", Type: flow.AnyType, Required: true, Doc: "The CSV: a file, or text."},
			{Group: groupOptions, Key: "Select", Label: "Select", Type: flow.ListType(flow.TextType), Doc: "Columns to load, where file and table call them alike. Empty, without Mapping: all that both have."},
			{Group: groupOptions, Key: "Mapping", Label: "Mapping", Type: flow.ObjectType, Doc: "Columns to load, where the names differ: the table's column by the file's. It is used instead of Select."},
			delimiterPort(),
			{Group: groupOptions, Key: "Clear Destination", Label: "Clear Destination", Type: flow.BoolType, Default: `true`, Doc: "Whether the rows that the table had before are removed."},
			{
				Group: groupOptions, Key: "Escape Formulas", Label: "Escape Formulas", Type: flow.BoolType, Default: `true`,
				Doc: "Whether the apostrophe that Export to CSV puts before = + - @, a tab or a carriage return is taken away.",
			},
		},
		Out:    []flow.Port{{Group: "Table", Key: "New Rows", Label: "New Rows", Type: flow.NumberType, Doc: "How many rows were loaded."}},
		Cost:   flow.Cost{Base: priceWrite, PerByte: 2, PerItem: 500},
		Errors: failures(flow.CodeNumberRange, flow.CodeFileUnknown),
		Notes: notes(badValues, emptyCells,
			flow.Note{
				Topic:  "File Content",
				Vendor: "a file",
				Choice: "a file, or the text itself",
				Why:    "CSV often comes as the body of an answer",
			},
			flow.Note{
				Topic:  "Select and Mapping together, and neither",
				Vendor: "Mapping is for names that differ",
				Choice: "Mapping alone counts when it is given; without both, the columns that file and table have in common are loaded, and none in common is an error",
				Why:    "a mapping that is given says everything",
			},
			flow.Note{
				Topic:  "Clear Destination",
				Vendor: "not on the help page; true in the one sample",
				Choice: "when true, the rows that the table had are removed in the same transaction",
				Why:    "its name",
			},
			flow.Note{
				Topic:  "lines that are no well-formed CSV",
				Vendor: "the file must be well-formed",
				Choice: "input.invalid with the line: stray quotes, another number of cells than the first line has, text that is not UTF-8. Lines without any character are skipped",
				Why:    "RFC 4180",
			},
		),
		Examples: []flow.Example{
			{
				In: `{"parameters": {"stash": "Loaded"}, "Source": {"File Content": "Column 1,Column 2\nA,B\n"},` +
					` "Options": {"Mapping": {"Column 1": "Column A"}, "Clear Destination": false}}`,
				Out:  `{"Table": {"New Rows": 1}}`,
				Note: "the row has A in Column A",
			},
			{In: `{"parameters": {"stash": "Letters"}, "Source": {"File Content": "n;name\n1;a\n2;\"b;\"\n"}, "Options": {"Delimiter": ";"}}`, Out: `{"Table": {"New Rows": 2}}`},
			{In: `{"parameters": {"stash": "Letters"}, "Source": {"File Content": "name,n\na,one\n"}}`, Err: flow.CodeTableInvalid, Note: "n holds numbers"},
			{In: `{"parameters": {"stash": "Letters"}, "Source": {"File Content": "name,n\na,\"1\n"}}`, Err: flow.CodeInputInvalid, Note: "the quote is never closed"},
			{In: `{"parameters": {"stash": "Letters"}, "Source": {"File Content": "x,y\n1,2\n"}}`, Err: flow.CodeTableInvalid, Note: "nothing in common"},
			{In: `{"parameters": {"stash": "Letters"}, "Source": {"File Content": "name\na\n"}, "Options": {"Select": ["n"]}}`, Err: flow.CodeInputInvalid, Note: "the file has no n"},
		},
		Run: runImport,
	}
}

// runImport takes the inputs table, content, select, mapping, delimiter, clear
// and escape formulas.
func runImport(ctx context.Context, c *flow.Call) (flow.Value, error) {
	tables, def, err := open(ctx, c)
	if err != nil {
		return flow.Value{}, err
	}
	comma, err := delimiter(c, 4)
	if err != nil {
		return flow.Value{}, err
	}
	content, err := source(ctx, c, 1)
	if err != nil {
		return flow.Value{}, err
	}
	defer content.Close()
	in := &importer{call: c, def: def, csv: newCSVReader(content, comma, c.Reserve), unguard: c.Bool(6), id: identities(c)}
	if err := in.readHeader(); err != nil {
		return flow.Value{}, err
	}
	n, err := tables.Import(ctx, c.Text(0), now(c), c.Bool(5), in.rows)
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Members("Table", flow.Members("New Rows", flow.Number(float64(n)))), nil
}

// source opens the i-th input, a file or text.
func source(ctx context.Context, c *flow.Call, i int) (io.ReadCloser, error) {
	switch v := c.Value(i); v.Kind() {
	case flow.KindText:
		return io.NopCloser(strings.NewReader(v.Text())), nil
	case flow.KindFile:
		blobs, err := flow.BlobsOf(c.Env)
		if err != nil {
			return nil, err
		}
		return blobs.Open(ctx, v.File())
	default:
		return nil, c.Invalid(i, "must be a file or text, not %s", v.Kind())
	}
}

// importer turns the records of a CSV file into rows of a table.
type importer struct {
	call    *flow.Call
	def     *flow.Table
	csv     *csvReader
	unguard bool
	id      func() (string, error)

	width int // cells of every record
	from  []int
	to    []flow.Column
	shape *flow.Shape
}

// readHeader reads the first record and decides which of its columns go where.
func (in *importer) readHeader() error {
	c := in.call
	n, err := in.csv.record()
	if err == io.EOF {
		return c.Invalid(1, "has no first line with the names of columns")
	}
	if err != nil {
		return err
	}
	in.width = n
	header := make([]string, n)
	for i := range header {
		header[i] = in.cell(i)
	}
	type pair struct{ from, to string }
	var wanted []pair
	switch mapping := c.Object(3); {
	case mapping.Len() > 0:
		for from, to := range mapping.All() {
			if to.Kind() != flow.KindText {
				return c.Invalid(3, "has a member that is no text: %s", flow.Excerpt(from))
			}
			wanted = append(wanted, pair{from, to.Text()})
		}
	case c.List(2).Len() > 0:
		for _, v := range c.List(2).All() {
			wanted = append(wanted, pair{v.Text(), v.Text()})
		}
	default:
		for _, name := range names(in.def) {
			if slices.Contains(header, name) {
				wanted = append(wanted, pair{name, name})
			}
		}
		if len(wanted) == 0 {
			return flow.Errorf(flow.CodeTableInvalid, "the file has no column of table %s", flow.Excerpt(in.def.Name))
		}
	}
	var keys []string
	for _, p := range wanted {
		i := slices.Index(header, p.from)
		if i < 0 {
			return c.Invalid(1, "has no column %s", flow.Excerpt(p.from))
		}
		if slices.Contains(header[i+1:], p.from) {
			return c.Invalid(1, "has two columns %s", flow.Excerpt(p.from))
		}
		places, err := in.def.Places([]string{p.to})
		if err != nil {
			return err
		}
		if slices.Contains(keys, p.to) {
			return flow.Errorf(flow.CodeInputInvalid, "column %s is loaded from two columns of the file", flow.Excerpt(p.to))
		}
		keys = append(keys, p.to)
		in.from = append(in.from, i)
		in.to = append(in.to, in.def.Columns[places[0]])
	}
	in.shape = flow.NewShape(keys)
	return nil
}

func (in *importer) cell(i int) string {
	text := in.csv.cell(i)
	if in.unguard {
		text = unguard(text)
	}
	return text
}

// rows yields a row for each further record.
func (in *importer) rows(yield func(flow.NewRow, error) bool) {
	for {
		row, err := in.row()
		if err == io.EOF || !yield(row, err) || err != nil {
			return
		}
	}
}

func (in *importer) row() (flow.NewRow, error) {
	n, err := in.csv.record()
	if err != nil {
		return flow.NewRow{}, err
	}
	if n != in.width {
		return flow.NewRow{}, flow.Errorf(flow.CodeInputInvalid, "the file is no CSV: line %d has %d cells, the first line %d", in.csv.start, n, in.width)
	}
	if err := in.call.Spend(priceInsert + int64(20*len(in.csv.text))); err != nil {
		return flow.NewRow{}, err
	}
	cells := make([]flow.Value, len(in.from))
	for i, from := range in.from {
		cells[i] = flow.Text(in.cell(from))
		cell, err := in.to[i].Cell(cells[i])
		if err != nil {
			e := flow.AsError(err)
			return flow.NewRow{}, flow.Errorf(e.Code, "line %d: %s", in.csv.start, e.Msg)
		}
		// An empty cell stays an empty text, so that it does not become the default.
		if !cell.IsNull() {
			cells[i] = cell
		}
	}
	id, err := in.id()
	return flow.NewRow{ID: id, Fields: flow.NewObject(in.shape, cells).Object()}, err
}

package table

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// delimiter returns the one character that the i-th input names.
func delimiter(c *flow.Call, i int) (rune, error) {
	r, n := utf8.DecodeRuneInString(c.Text(i))
	if n == 0 || n != len(c.Text(i)) || strings.ContainsRune("\"\r\n\uFEFF", r) || r == utf8.RuneError {
		return 0, c.Invalid(i, "must be one character, and no quote or line break: %s", flow.Excerpt(c.Text(i)))
	}
	return r, nil
}

// csvReader reads comma-separated values (RFC 4180): cells in quotes may hold
// delimiters, line breaks and doubled quotes; lines end with LF or CR LF. A byte
// order mark is dropped. What the RFC does not allow is input.invalid with the
// line: stray quotes, single carriage returns, and text that is not UTF-8.
type csvReader struct {
	from    *bufio.Reader
	comma   rune
	reserve func(bytes int64) error // may a record be this large?
	line    int                     // of the character read last, from 1
	start   int                     // line on which the record began
	text    []byte                  // the cells of the record, end to end
	ends    []int
	again   rune // a character to be read once more, or noRune
}

const noRune = -1

func newCSVReader(from io.Reader, comma rune, reserve func(int64) error) *csvReader {
	return &csvReader{from: bufio.NewReaderSize(from, 32<<10), comma: comma, reserve: reserve, line: 1, again: noRune}
}

func (r *csvReader) fail(what string) error {
	return flow.Errorf(flow.CodeInputInvalid, "the file is no CSV: line %d %s", r.line, what)
}

// next returns the next character, with LF for every line end, and io.EOF at
// the end of the file.
func (r *csvReader) next() (rune, error) {
	if c := r.again; c != noRune {
		r.again = noRune
		return c, nil
	}
	c, err := r.read()
	if err == nil && c == '\r' {
		if c, err = r.read(); err == io.EOF || err == nil && c != '\n' {
			return 0, r.fail("has a carriage return without a line feed")
		}
	}
	return c, err
}

// read returns the next character as it stands.
func (r *csvReader) read() (rune, error) {
	c, n, err := r.from.ReadRune()
	if c == utf8.RuneError && n == 1 {
		return 0, r.fail("is not UTF-8")
	}
	return c, err
}

// record reads the next record: n cells, which cell returns until the next call.
// A line without any character is no record. The end of the file is io.EOF.
func (r *csvReader) record() (n int, err error) {
	for {
		r.text, r.ends = r.text[:0], r.ends[:0]
		r.start = r.line
		c, err := r.next()
		if err != nil {
			return 0, err
		}
		if c == '\uFEFF' && r.start == 1 {
			continue
		}
		if c == '\n' {
			r.line++
			continue
		}
		r.again = c
		break
	}
	for more := true; more; {
		if more, err = r.cellText(); err != nil {
			return 0, err
		}
		r.ends = append(r.ends, len(r.text))
		if err := r.reserve(int64(len(r.text) + 64*len(r.ends))); err != nil {
			return 0, err
		}
	}
	return len(r.ends), nil
}

// cellText appends the text of one cell and reports whether another follows in
// this record.
func (r *csvReader) cellText() (more bool, err error) {
	c, err := r.next()
	if c == '"' && err == nil {
		return r.quotedText()
	}
	for {
		switch {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, err
		case c == '\n':
			r.line++
			return false, nil
		case c == r.comma:
			return true, nil
		case c == '"':
			return false, r.fail("has a quote inside a cell without quotes")
		}
		if err := r.put(c); err != nil {
			return false, err
		}
		c, err = r.next()
	}
}

// quotedText reads a cell behind its opening quote. Line ends inside are kept as
// they are.
func (r *csvReader) quotedText() (more bool, err error) {
	began := r.line
	for {
		c, err := r.read()
		if err == io.EOF {
			r.line = began
			return false, r.fail("begins a cell whose quote is never closed")
		}
		if err != nil {
			return false, err
		}
		if c != '"' {
			if c == '\n' {
				r.line++
			}
			if err := r.put(c); err != nil {
				return false, err
			}
			continue
		}
		c, err = r.next()
		switch {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, err
		case c == '"':
			if err := r.put(c); err != nil {
				return false, err
			}
		case c == '\n':
			r.line++
			return false, nil
		case c == r.comma:
			return true, nil
		default:
			return false, r.fail("has text behind the closing quote of a cell")
		}
	}
}

// put appends a character; it asks for memory whenever the record has doubled.
func (r *csvReader) put(c rune) error {
	if len(r.text)+utf8.UTFMax > cap(r.text) {
		if err := r.reserve(2 * int64(cap(r.text))); err != nil {
			return err
		}
	}
	r.text = utf8.AppendRune(r.text, c)
	return nil
}

// cell returns the i-th cell of the record.
func (r *csvReader) cell(i int) string {
	from := 0
	if i > 0 {
		from = r.ends[i-1]
	}
	return string(r.text[from:r.ends[i]])
}

// csvWriter writes comma-separated values with a line feed behind every record.
type csvWriter struct {
	buf   []byte
	comma rune
	guard bool // texts that spreadsheets would compute are escaped
}

// record appends one record.
func (w *csvWriter) record(n int, cell func(i int) flow.Value) {
	for i := range n {
		if i > 0 {
			w.buf = utf8.AppendRune(w.buf, w.comma)
		}
		w.cell(cell(i), n == 1)
	}
	w.buf = append(w.buf, '\n')
}

// cell appends one cell, in quotes where they are needed. A record of one empty
// cell needs them too: many readers skip empty lines.
func (w *csvWriter) cell(v flow.Value, alone bool) {
	var text string
	if !v.IsNull() {
		// Cells are scalars, which always have a text.
		x, _ := flow.Convert(v, flow.TextType)
		text = x.Text()
	}
	guarded := w.guard && v.Kind() == flow.KindText && computed(text)
	if !guarded && (text != "" || !alone) && !strings.ContainsAny(text, "\"\r\n\uFEFF") && !strings.ContainsRune(text, w.comma) {
		w.buf = append(w.buf, text...)
		return
	}
	w.buf = append(w.buf, '"')
	if guarded {
		w.buf = append(w.buf, '\'')
	}
	for i := range len(text) {
		if text[i] == '"' {
			w.buf = append(w.buf, '"')
		}
		w.buf = append(w.buf, text[i])
	}
	w.buf = append(w.buf, '"')
}

// computed reports whether a spreadsheet may take text for a formula: it begins
// with = + - @, a tab or a carriage return. Apostrophes before that count too,
// so that taking one away gives every guarded text back.
func computed(text string) bool {
	s := strings.TrimLeft(text, "'")
	return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}

// unguard takes away the apostrophe that csvWriter put before a text.
func unguard(text string) string {
	if len(text) > 1 && text[0] == '\'' && computed(text) {
		return text[1:]
	}
	return text
}

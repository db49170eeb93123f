package source

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/flow"
)

// Parse reads one file. Where the text has a structure in spite of its problems
// (duplicate keys, impossible numbers), the document is returned with them, so
// that the rest of it can be checked as well; else the document is nil. Codes:
// source.limit, source.text, source.syntax, source.duplicate and source.value.
func Parse(f File) (*Document, flow.Diagnostics) { return ParseWithin(f, SourceLimits()) }

// ParseWithin is Parse with other limits.
func ParseWithin(f File, lim Limits) (*Document, flow.Diagnostics) {
	var d problem.List
	text, ok := checkText(f, lim.Bytes, &d)
	if !ok {
		return nil, d.Sorted()
	}
	doc := &Document{File: f.Name, JSON: isJSON(f.Name)}
	if doc.JSON {
		parseJSON(doc, text, lim, &d)
	} else {
		parseYAML(doc, text, lim, &d)
	}
	if doc.Root == nil {
		return nil, d.Sorted()
	}
	return doc, d.Sorted()
}

func isJSON(name string) bool { return len(name) > 5 && name[len(name)-5:] == ".json" }

// checkText refuses what no source file may contain and returns the text with
// line ends as "\n".
func checkText(f File, limit int, d *problem.List) (string, bool) {
	start := flow.Pos{File: f.Name, Line: 1, Col: 1}
	if len(f.Data) > limit {
		d.Error(flow.CodeSourceLimit, start, "the file is larger than %d bytes", limit)
		return "", false
	}
	data := bytes.ReplaceAll(f.Data, []byte("\r\n"), []byte("\n"))
	pos, indent := start, true
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			d.Error(flow.CodeSourceText, pos, "the file is not UTF-8: byte 0x%02X", data[i]).
				WithFix("save the file as UTF-8")
			return "", false
		}
		if forbidden(r) {
			e := d.Error(flow.CodeSourceText, pos, "the character U+%04X cannot stand in a source file", r)
			switch {
			case r == bom:
				e.Fix = "save the file without a byte order mark"
			default:
				e.Fix = "remove it, or write it as an escape in double quotes"
			}
			return "", false
		}
		if indent = indent && (r == ' ' || r == '\t' || unicode.Is(unicode.Zs, r)); indent && r > ' ' {
			d.Error(flow.CodeSourceText, pos, "the blank U+%04X cannot indent a line", r).WithFix("indent with spaces")
			return "", false
		}
		i += size
		pos.Col++
		if r == '\n' {
			pos.Line, pos.Col, indent = pos.Line+1, 1, true
		}
	}
	return string(data), true
}

const bom = '\uFEFF'

// forbidden reports characters that make a file read otherwise than it looks:
// controls, line separators that editors show and YAML does not, bidirectional
// controls (Unicode UAX #9) and the byte order mark.
func forbidden(r rune) bool {
	switch {
	case r == '\t' || r == '\n':
		return false
	case r < 0x20, r >= 0x7F && r <= 0x9F:
		return true
	case r == 0x061C, r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return true
	case r == 0x2028, r == 0x2029, r == bom, r == 0xFFFE, r == 0xFFFF:
		return true
	}
	return false
}

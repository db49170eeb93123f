package flopack

import (
	"bytes"
	"encoding/json"
	"sort"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// Limits of what is read. The largest exports known have 2 MB, 120,000 values
// and 150 flows.
const (
	MaxPack   = 32 << 20 // bytes of an export
	MaxValues = 500_000  // values of an export, which take about 100 bytes each while it is read
	// MaxDepth is the nesting of objects and lists. A flow that stands inside a
	// card adds 13 levels, and source holds 15 such flows inside each other: a
	// block in a step in a block takes 4 of its 64 levels. 5 + 15 * 13 = 200.
	MaxDepth = 200
)

// document is one export as a tree.
type document struct {
	file string
	data []byte
	root *node
	// lines are the offsets at which lines begin, runes how many characters stand
	// before each block of the text: exports are often one line, and every card of
	// them has a place.
	lines []int
	runes []int
}

// blockSize is the distance of the entries of runes, in bytes.
const blockSize = 1024

// read makes a tree of an export.
func read(file string, data []byte) (*document, error) {
	d := &document{file: file, data: data, lines: []int{0}, runes: []int{0}}
	if len(data) > MaxPack {
		return nil, d.failed(flow.CodeImportLimit, 0, "the export is larger than %d bytes", MaxPack)
	}
	for i, c := range data {
		if c == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	for i := 0; i < len(data); i += blockSize {
		d.runes = append(d.runes, d.runes[len(d.runes)-1]+starts(data[i:min(i+blockSize, len(data))]))
	}
	r := &reader{doc: d, data: data}
	if bytes.HasPrefix(data, []byte("\uFEFF")) {
		r.at = 3
	}
	root, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if r.space(); r.at < len(data) {
		return nil, d.failed(flow.CodeImportSyntax, int32(r.at), "data stands behind the export")
	}
	d.root = root
	return d, nil
}

// pos returns the place of an offset; columns count characters.
func (d *document) pos(offset int) flow.Pos {
	offset = min(max(offset, 0), len(d.data))
	line := sort.SearchInts(d.lines, offset+1) - 1
	return flow.Pos{File: d.file, Line: line + 1, Col: 1 + d.before(offset) - d.before(d.lines[line])}
}

// before counts the characters before an offset.
func (d *document) before(offset int) int {
	b := offset / blockSize
	return d.runes[b] + starts(d.data[b*blockSize:offset])
}

// starts counts the bytes that begin a character.
func starts(b []byte) int {
	n := 0
	for _, c := range b {
		if utf8.RuneStart(c) {
			n++
		}
	}
	return n
}

// failed makes an error about what stands at an offset.
func (d *document) failed(code flow.Code, offset int32, format string, args ...any) *flow.Error {
	e := flow.Errorf(code, format, args...)
	e.Pos = d.pos(int(offset))
	return e
}

// reader reads JSON (RFC 8259). It is one of its own because nodes know their
// places, and because a key must not stand twice.
type reader struct {
	doc    *document
	data   []byte
	at     int
	values int
}

func (r *reader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) syntax(format string, args ...any) error {
	if r.at >= len(r.data) {
		return r.doc.failed(flow.CodeImportSyntax, int32(len(r.data)), "the export ends before it is complete")
	}
	return r.doc.failed(flow.CodeImportSyntax, int32(r.at), format, args...)
}

func (r *reader) value(depth int) (*node, error) {
	r.space()
	if r.at >= len(r.data) {
		return nil, r.syntax("")
	}
	if r.values++; r.values > MaxValues {
		return nil, r.doc.failed(flow.CodeImportLimit, int32(r.at), "the export holds more than %d values", MaxValues)
	}
	n := &node{offset: int32(r.at)}
	switch c := r.data[r.at]; {
	case c == '{' || c == '[':
		if depth >= MaxDepth {
			return nil, r.doc.failed(flow.CodeImportLimit, int32(r.at), "the export is nested deeper than %d", MaxDepth)
		}
		return n, r.members(n, depth+1)
	case c == '"':
		n.kind = textNode
		var err error
		n.text, err = r.string()
		return n, err
	case c == '-' || c >= '0' && c <= '9':
		return n, r.number(n)
	}
	for word, k := range map[string]kind{"true": boolNode, "false": boolNode, "null": nullNode} {
		if bytes.HasPrefix(r.data[r.at:], []byte(word)) {
			r.at += len(word)
			n.kind, n.text = k, word
			return n, nil
		}
	}
	return nil, r.syntax("not JSON: a value cannot begin so")
}

// members reads what stands in braces or brackets.
func (r *reader) members(n *node, depth int) error {
	n.kind = listNode
	end := byte(']')
	if r.data[r.at] == '{' {
		n.kind, end = mapNode, '}'
	}
	r.at++
	var seen map[string]bool
	for first := true; ; first = false {
		r.space()
		if r.at < len(r.data) && r.data[r.at] == end && first {
			break
		}
		m := member{offset: int32(r.at)}
		var err error
		if n.kind == mapNode {
			if m.key, err = r.key(); err != nil {
				return err
			}
			if has(n.members, &seen, m.key) {
				return r.doc.failed(flow.CodeImportSyntax, m.offset, "the key %s stands twice", flow.Excerpt(m.key))
			}
		}
		if m.value, err = r.value(depth); err != nil {
			return err
		}
		if n.kind == listNode {
			m.offset = m.value.offset
		}
		n.members = append(n.members, m)
		r.space()
		if r.at < len(r.data) && r.data[r.at] == end {
			break
		}
		if r.at >= len(r.data) || r.data[r.at] != ',' {
			return r.syntax("not JSON: a comma or %c is missing", end)
		}
		r.at++
	}
	r.at++
	return nil
}

// has reports whether an object has a key. Small ones are searched, large ones
// hashed.
func has(members []member, seen *map[string]bool, key string) bool {
	const hashed = 16
	if len(members) < hashed {
		for i := range members {
			if members[i].key == key {
				return true
			}
		}
		return false
	}
	if *seen == nil {
		*seen = map[string]bool{}
		for i := range members {
			(*seen)[members[i].key] = true
		}
	}
	if (*seen)[key] {
		return true
	}
	(*seen)[key] = true
	return false
}

func (r *reader) key() (string, error) {
	if r.at >= len(r.data) || r.data[r.at] != '"' {
		return "", r.syntax("not JSON: a key must stand here")
	}
	key, err := r.string()
	if err != nil {
		return "", err
	}
	if r.space(); r.at >= len(r.data) || r.data[r.at] != ':' {
		return "", r.syntax("not JSON: a colon is missing")
	}
	r.at++
	return key, nil
}

// string reads a text in quotes. What is not UTF-8 in it ends the import; an
// escape of half a character becomes U+FFFD, as everywhere.
func (r *reader) string() (string, error) {
	begin := r.at + 1
	plain := true
	for i := begin; ; i++ {
		if i >= len(r.data) {
			r.at = len(r.data)
			return "", r.syntax("")
		}
		switch c := r.data[i]; {
		case c == '"':
			text := r.data[begin:i]
			if !utf8.Valid(text) {
				return "", r.doc.failed(flow.CodeImportSyntax, int32(begin), "a text is not UTF-8")
			}
			r.at = i + 1
			if plain {
				return string(text), nil
			}
			return r.unquote(begin-1, i+1)
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			r.at = i
			return "", r.syntax("not JSON: a control character in a text")
		}
	}
}

func (r *reader) unquote(begin, end int) (string, error) {
	var s string
	if json.Unmarshal(r.data[begin:end], &s) != nil {
		return "", r.doc.failed(flow.CodeImportSyntax, int32(begin), "not JSON: an escape in this text")
	}
	return s, nil
}

// number reads a number.
func (r *reader) number(n *node) error {
	begin := r.at
	for r.at < len(r.data) {
		switch c := r.data[r.at]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			r.at++
			continue
		}
		break
	}
	n.kind, n.text = numberNode, string(r.data[begin:r.at])
	if !json.Valid(r.data[begin:r.at]) {
		if r.at == len(r.data) {
			return r.syntax("")
		}
		return r.doc.failed(flow.CodeImportSyntax, int32(begin), "not JSON: %s is no number", flow.Excerpt(n.text))
	}
	if f := n.value().Number(); f > 1.7e308 || f < -1.7e308 {
		return r.doc.failed(flow.CodeImportValue, int32(begin), "the number is too large")
	}
	return nil
}

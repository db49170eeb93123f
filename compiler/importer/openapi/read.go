package openapi

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// Limits of what is read. The largest documents that services publish have
// 14 MB and 500,000 values.
const (
	MaxDocument = 64 << 20  // bytes of a document in JSON
	MaxYAML     = 12 << 20  // bytes of a document in YAML
	MaxValues   = 3_000_000 // values of a document, those behind aliases once for each use
	MaxDepth    = 200       // nesting of objects and lists
	// MaxMarks bounds the characters , [ ] { } and # of a YAML document: its
	// parser holds all that stands between two brackets, at several hundred
	// bytes for each of these characters.
	MaxMarks = 400_000
)

// read makes a tree of a document. Text that begins with a brace is JSON, all
// other is YAML.
func read(file string, data []byte) (*document, error) {
	d := &document{file: file, index: map[*node]map[string]*node{}}
	start := flow.Pos{File: file, Line: 1, Col: 1}
	if len(data) > MaxDocument {
		return nil, failed(flow.CodeImportLimit, start, "the document is larger than %d bytes", MaxDocument)
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if at := invalidUTF8(data); at >= 0 {
		return nil, failed(flow.CodeImportSyntax, position(file, data, at), "the document is not UTF-8: byte 0x%02X", data[at])
	}
	var err error
	if isJSON(data) {
		d.root, err = readJSON(file, data)
	} else {
		d.root, err = readYAML(file, data)
	}
	return d, err
}

// isJSON reports whether the first character of a document is a brace.
func isJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{'
}

// invalidUTF8 returns the offset of the first byte that is no UTF-8, or -1.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// position finds the line and column of an offset.
func position(file string, data []byte, offset int) flow.Pos {
	before := data[:min(max(offset, 0), len(data))]
	begin := bytes.LastIndexByte(before, '\n') + 1
	return flow.Pos{File: file, Line: 1 + bytes.Count(before, []byte{'\n'}), Col: 1 + utf8.RuneCount(before[begin:])}
}

// failed makes the error that ends an import.
func failed(code flow.Code, pos flow.Pos, format string, args ...any) *flow.Error {
	return &flow.Error{Code: code, Pos: pos, Msg: fmt.Sprintf(format, args...)}
}

// counter bounds the values of a document.
type counter struct {
	file   string
	values int
}

// add counts one value that stands at a place, depth collections deep.
func (c *counter) add(line, col int32, depth int) error {
	pos := flow.Pos{File: c.file, Line: int(line), Col: int(col)}
	if c.values++; c.values > MaxValues {
		return failed(flow.CodeImportLimit, pos, "the document holds more than %d values", MaxValues)
	}
	if depth > MaxDepth {
		return failed(flow.CodeImportLimit, pos, "the document is nested deeper than %d", MaxDepth)
	}
	return nil
}

// unique refuses a key that an object has already. Objects are small, so that
// they are searched; large ones are hashed.
type unique struct {
	members []member
	seen    map[string]bool
}

func (u *unique) has(key string) bool {
	if u.seen == nil && len(u.members) < indexed {
		for i := range u.members {
			if u.members[i].key == key {
				return true
			}
		}
		return false
	}
	if u.seen == nil {
		u.seen = make(map[string]bool, 2*len(u.members))
		for i := range u.members {
			u.seen[u.members[i].key] = true
		}
	}
	return u.seen[key]
}

func (u *unique) add(m member) {
	u.members = append(u.members, m)
	if u.seen != nil {
		u.seen[m.key] = true
	}
}

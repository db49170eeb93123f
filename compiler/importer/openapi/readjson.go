package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// readJSON reads a document in JSON (RFC 8259).
func readJSON(file string, data []byte) (*node, error) {
	r := &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1, col: 1, counter: counter{file: file}}
	r.dec.UseNumber()
	root, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if tok, err := r.dec.Token(); err != io.EOF || tok != nil {
		return nil, failed(flow.CodeImportSyntax, position(file, data, int(r.dec.InputOffset())), "data stands behind the document")
	}
	return root, nil
}

// jsonReader makes nodes of the tokens of the standard library's decoder, which
// knows where a token ends and not where it begins.
type jsonReader struct {
	counter
	data      []byte
	dec       *json.Decoder
	at        int // offset of line and col
	line, col int32
}

// next returns the next token and where it begins.
func (r *jsonReader) next() (json.Token, int32, int32, error) {
	begin := int(r.dec.InputOffset())
	tok, err := r.dec.Token()
	if err != nil {
		return nil, 0, 0, r.syntax(err)
	}
	for begin < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[begin]) >= 0 {
		begin++
	}
	r.advance(begin)
	return tok, r.line, r.col, nil
}

// advance moves line and col to an offset further on.
func (r *jsonReader) advance(to int) {
	for passed := r.data[r.at:to]; len(passed) > 0; {
		i := bytes.IndexByte(passed, '\n')
		if i < 0 {
			r.col += int32(utf8.RuneCount(passed))
			break
		}
		r.line, r.col = r.line+1, 1
		passed = passed[i+1:]
	}
	r.at = to
}

func (r *jsonReader) syntax(err error) error {
	offset := int(r.dec.InputOffset())
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return failed(flow.CodeImportSyntax, position(r.file, r.data, len(r.data)), "the document ends before it is complete")
	case errors.As(err, &syntax):
		// Its offset is that behind the character at fault.
		offset = max(offset, int(syntax.Offset)-1)
	}
	return failed(flow.CodeImportSyntax, position(r.file, r.data, offset), "not valid JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func (r *jsonReader) value(depth int) (*node, error) {
	tok, line, col, err := r.next()
	if err != nil {
		return nil, err
	}
	return r.node(tok, line, col, depth)
}

func (r *jsonReader) node(tok json.Token, line, col int32, depth int) (*node, error) {
	if err := r.add(line, col, depth); err != nil {
		return nil, err
	}
	n := &node{line: line, col: col}
	switch tok := tok.(type) {
	case string:
		n.kind, n.text = textNode, tok
	case json.Number:
		n.kind, n.text = numberNode, tok.String()
	case bool:
		n.kind, n.text = boolNode, "false"
		if tok {
			n.text = "true"
		}
	case json.Delim:
		n.kind = listNode
		if tok == '{' {
			n.kind = mapNode
		}
		return n, r.members(n, depth+1)
	}
	return n, nil
}

func (r *jsonReader) members(n *node, depth int) error {
	var keys unique
	for r.dec.More() {
		tok, line, col, err := r.next()
		if err != nil {
			return err
		}
		m := member{line: line, col: col}
		if n.kind == mapNode {
			m.key, _ = tok.(string)
			if keys.has(m.key) {
				return failed(flow.CodeImportSyntax, flow.Pos{File: r.file, Line: int(line), Col: int(col)}, "the key %s stands twice", flow.Excerpt(m.key))
			}
			m.value, err = r.value(depth)
		} else {
			m.value, err = r.node(tok, line, col, depth)
		}
		if err != nil {
			return err
		}
		if n.kind == mapNode {
			keys.add(m)
		} else {
			keys.members = append(keys.members, m)
		}
	}
	n.members = keys.members
	_, _, _, err := r.next()
	return err
}

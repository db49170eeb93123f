package tape

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// MarshalJSON implements json.Marshaler: the form that ReadJSON reads.
func (t *Tape) MarshalJSON() ([]byte, error) { return flow.AppendJSON(nil, t.Value()) }

// ReadJSON reads a tape from JSON text; name stands for the file in the places
// of problems. Errors are flow.Diagnostics: those of Read, and source.limit,
// source.text, source.syntax and source.duplicate.
func ReadJSON(name string, data []byte) (*Tape, error) {
	r := jsonReader{data: data, pos: flow.Pos{File: name, Line: 1, Col: 1}}
	n, err := r.read()
	if err != nil {
		return nil, flow.Diagnostics{{Error: flow.AsError(err)}}
	}
	return Read(n)
}

// maxJSONDepth is how deep files of plain data are nested.
const maxJSONDepth = 64

// jsonReader turns JSON into nodes.
type jsonReader struct {
	data   []byte
	dec    *json.Decoder
	at     int      // offset of pos
	pos    flow.Pos // of the last token that was looked at
	values int
}

func (r *jsonReader) fail(code flow.Code, format string, args ...any) error {
	e := flow.Errorf(code, format, args...)
	e.Pos = r.pos
	return e
}

func (r *jsonReader) read() (*flow.Node, error) {
	switch {
	case len(r.data) > MaxTape:
		return nil, r.fail(flow.CodeSourceLimit, "the file is larger than %d bytes", MaxTape)
	case !utf8.Valid(r.data):
		return nil, r.fail(flow.CodeSourceText, "the file is not UTF-8")
	}
	r.dec = json.NewDecoder(bytes.NewReader(r.data))
	r.dec.UseNumber()
	n, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := r.token(); err != io.EOF {
		return nil, r.fail(flow.CodeSourceSyntax, "data stands behind the value")
	}
	return n, nil
}

// token returns the next token and moves pos to its first character.
func (r *jsonReader) token() (json.Token, error) {
	start := int(r.dec.InputOffset())
	for start < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[start]) >= 0 {
		start++
	}
	r.move(start)
	t, err := r.dec.Token()
	var syntax *json.SyntaxError
	switch {
	case err == io.EOF:
		return nil, io.EOF
	case errors.As(err, &syntax):
		r.move(max(r.at, min(int(syntax.Offset), len(r.data))-1))
		return nil, r.fail(flow.CodeSourceSyntax, "not valid JSON: %v", syntax)
	case err != nil:
		return nil, r.fail(flow.CodeSourceSyntax, "not valid JSON: %v", err)
	}
	return t, nil
}

// move moves pos forward to an offset.
func (r *jsonReader) move(to int) {
	for _, c := range string(r.data[r.at:to]) {
		r.pos.Col++
		if c == '\n' {
			r.pos.Line, r.pos.Col = r.pos.Line+1, 1
		}
	}
	r.at = to
}

func (r *jsonReader) value(depth int) (*flow.Node, error) {
	t, err := r.token()
	if err == io.EOF {
		return nil, r.fail(flow.CodeSourceSyntax, "the file ends where a value is expected")
	}
	if err != nil {
		return nil, err
	}
	if r.values++; r.values > MaxValues {
		return nil, r.fail(flow.CodeSourceLimit, "the file holds more than %d values", MaxValues)
	}
	n := &flow.Node{Pos: r.pos}
	switch t := t.(type) {
	case nil:
	case bool:
		n.Kind, n.Value = flow.KindBool, flow.Bool(t)
	case string:
		n.Kind, n.Value = flow.KindText, flow.Text(t)
	case json.Number:
		f, err := strconv.ParseFloat(string(t), 64)
		if err != nil {
			return nil, r.fail(flow.CodeSourceValue, "the number is too large: %s", flow.Excerpt(string(t)))
		}
		n.Kind, n.Value = flow.KindNumber, flow.Number(f)
	case json.Delim:
		if depth >= maxJSONDepth {
			return nil, r.fail(flow.CodeSourceLimit, "the file is nested deeper than %d", maxJSONDepth)
		}
		n.Kind = flow.KindList
		if t == '{' {
			n.Kind = flow.KindObject
		}
		return n, r.members(n, depth+1)
	}
	return n, nil
}

// members reads an object or list from behind its opening character.
func (r *jsonReader) members(n *flow.Node, depth int) error {
	seen := map[string]bool{}
	for r.dec.More() {
		var m flow.NodeMember
		if n.Kind == flow.KindObject {
			t, err := r.token()
			if err != nil {
				return err
			}
			m.Key, m.Pos = t.(string), r.pos // the decoder takes nothing else for a key
			if seen[m.Key] {
				return r.fail(flow.CodeSourceDuplicate, "the key %s stands twice", flow.Excerpt(m.Key))
			}
			seen[m.Key] = true
		}
		v, err := r.value(depth)
		if err != nil {
			return err
		}
		if m.Value = v; n.Kind == flow.KindList {
			m.Pos = v.Pos
		}
		n.Members = append(n.Members, m)
	}
	if _, err := r.token(); err == io.EOF {
		return r.fail(flow.CodeSourceSyntax, "the file ends inside a list or object")
	} else if err != nil {
		return err
	}
	return nil
}

package tape

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// Body is the body of a request or an answer. The zero Body is an empty one.
type Body struct {
	// Value is a text, or an object or list that stands for its JSON.
	Value flow.Value
	// Layout says how that JSON is written: "" without spaces, "spaced" with one
	// behind commas and colons, "indent 2", "indent 4" or "indent tab" on several
	// lines; and behind each of them "line" where a line break follows. Replays are
	// exact by it.
	Layout string
	// Binary are the bytes instead of Value where they are no text.
	Binary []byte
	// SHA256 stands for the body of a request that is too long to be kept, in
	// hexadecimal; Bytes is its length. Bytes alone stands for one of which the
	// server did not want to hear the end.
	SHA256 string
	Bytes  int64
}

// Empty reports whether the body has no bytes.
func (b *Body) Empty() bool {
	return b.Value.IsNull() && len(b.Binary) == 0 && b.SHA256 == "" && b.Bytes == 0
}

// Data returns the bytes of a body that was kept.
func (b *Body) Data() []byte {
	switch b.Value.Kind() {
	case flow.KindNull:
		return b.Binary
	case flow.KindText:
		return []byte(b.Value.Text())
	}
	return writeJSON(b.Value, b.Layout)
}

// bodyOf returns a body of these bytes. JSON becomes a value where it can be
// written again byte for byte.
func bodyOf(data []byte) Body {
	if len(data) == 0 {
		return Body{}
	}
	if v, layout, ok := jsonOf(data); ok {
		return Body{Value: v, Layout: layout}
	}
	if utf8.Valid(data) {
		return Body{Value: flow.Text(string(data))}
	}
	return Body{Binary: data}
}

// layouts lists the layouts of JSON that are known.
var layouts = []string{
	"", "line", "spaced", "spaced line", "indent 2", "indent 2 line", "indent 4", "indent 4 line", "indent tab", "indent tab line",
}

// writeJSON writes a value as JSON in one of layouts.
func writeJSON(v flow.Value, layout string) []byte {
	data, err := flow.AppendJSON(nil, v)
	if err != nil {
		return []byte(v.String())
	}
	layout, line := strings.CutSuffix(layout, "line")
	layout = strings.TrimSpace(layout)
	var out bytes.Buffer
	switch unit, indented := strings.CutPrefix(layout, "indent "); {
	case indented:
		_ = json.Indent(&out, data, "", map[string]string{"2": "  ", "4": "    ", "tab": "\t"}[unit]) // it is JSON
		data = out.Bytes()
	case layout == "spaced":
		data = spaced(data)
	}
	if line {
		data = append(data, '\n')
	}
	return data
}

// spaced puts a space behind the commas and colons between values.
func spaced(data []byte) []byte {
	out := make([]byte, 0, len(data)+len(data)/8)
	quoted := false
	for i, c := range data {
		out = append(out, c)
		switch {
		case c == '"' && !escapedAt(data, i):
			quoted = !quoted
		case !quoted && (c == ',' || c == ':'):
			out = append(out, ' ')
		}
	}
	return out
}

// escapedAt reports whether an odd number of backslashes stands before i.
func escapedAt(data []byte, i int) bool {
	n := 0
	for i--; i >= 0 && data[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// jsonOf returns the object or list of which data is the JSON text, and how it is
// written. Texts that would be written in another way (1.0, \/, a number that no
// double holds, a layout that is not known) are not taken for it: the flow may
// have read them as text.
func jsonOf(data []byte) (v flow.Value, layout string, ok bool) {
	v, err := flow.ParseJSON(data, flow.JSONLimits{Depth: maxBodyDepth})
	if err != nil || v.Kind() != flow.KindObject && v.Kind() != flow.KindList || !small(v) {
		return flow.Value{}, "", false
	}
	for _, layout := range layouts {
		if bytes.Equal(writeJSON(v, layout), data) {
			return v, layout, true
		}
	}
	return flow.Value{}, "", false
}

// maxBodyDepth leaves room for what is around a body in a tape: files of plain
// data are nested 64 levels deep at most.
const maxBodyDepth = 48

// maxMembers is how many members an object of a body may have to be kept as
// one: files of plain data hold 4,000 keys in one mapping.
const maxMembers = 2000

// small reports whether every object in v has few enough members.
func small(v flow.Value) bool {
	switch v.Kind() {
	case flow.KindList:
		for _, x := range v.List().All() {
			if !small(x) {
				return false
			}
		}
	case flow.KindObject:
		if v.Object().Len() > maxMembers {
			return false
		}
		for _, x := range v.Object().All() {
			if !small(x) {
				return false
			}
		}
	}
	return true
}

// digestOf returns what stands for a body that is too long to be kept.
func digestOf(sum []byte, n int64) Body { return Body{SHA256: hex.EncodeToString(sum), Bytes: n} }

// digest is digestOf for data that is at hand.
func digest(data []byte) Body {
	sum := sha256.Sum256(data)
	return digestOf(sum[:], int64(len(data)))
}

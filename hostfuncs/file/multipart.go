package file

import (
	"encoding/hex"
	"io"
	"strings"

	"github.com/weirflow/weir/flow"
)

// form is a multipart/form-data body in the making (RFC 7578). Plain text
// gathers in one body part; secrets and content stand between.
type form struct {
	boundary string
	parts    []flow.BodyPart
	plain    strings.Builder // text that is not in parts yet
}

// newForm returns an empty form. 128 random bits make the boundary: nobody who
// writes a field or a file can know it beforehand and end a part with it.
func newForm(random io.Reader) (*form, error) {
	var n [16]byte
	if _, err := io.ReadFull(random, n[:]); err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the source of randomness failed: %v", err)
	}
	return &form{boundary: "weir-" + hex.EncodeToString(n[:])}, nil
}

// contentType returns the media type of the whole.
func (f *form) contentType() string { return "multipart/form-data; boundary=" + f.boundary }

// begin writes the head of one part. fileName is nil for fields.
func (f *form) begin(name string, fileName *string, headers []flow.Pair) {
	f.plain.WriteString("--" + f.boundary + "\r\nContent-Disposition: form-data; name=\"" + quoted(name) + `"`)
	if fileName != nil {
		f.plain.WriteString(`; filename="` + quoted(*fileName) + `"`)
	}
	f.plain.WriteString("\r\n")
	for _, h := range headers {
		f.plain.WriteString(h.Name + ": " + h.Value.Text() + "\r\n")
	}
	f.plain.WriteString("\r\n")
}

// field adds a part with text, which may be a secret.
func (f *form) field(name string, headers []flow.Pair, content flow.Value) {
	f.begin(name, nil, headers)
	if content.HasSecret() {
		f.add(flow.BodyPart{Text: content})
	} else {
		f.plain.WriteString(content.Text())
	}
	f.plain.WriteString("\r\n")
}

// file adds a part with the content of a file.
func (f *form) file(name, fileName string, headers []flow.Pair, content flow.BodyPart) {
	f.begin(name, &fileName, headers)
	f.add(content)
	f.plain.WriteString("\r\n")
}

func (f *form) add(part flow.BodyPart) {
	f.flush()
	f.parts = append(f.parts, part)
}

func (f *form) flush() {
	if f.plain.Len() > 0 {
		f.parts = append(f.parts, flow.BodyPart{Text: flow.Text(f.plain.String())})
		f.plain.Reset()
	}
}

// end closes the form and returns the body.
func (f *form) end() []flow.BodyPart {
	f.plain.WriteString("--" + f.boundary + "--\r\n")
	f.flush()
	return f.parts
}

// quoted escapes a name for a quoted parameter of Content-Disposition as
// browsers do (HTML, "multipart/form-data encoding algorithm"), and all control
// characters alike, so that a name cannot end its line.
func quoted(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c == '"' || c == 0x7F {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// partHeaders reads the headers of one part from member "headers" of the object
// at input i.
func partHeaders(c *flow.Call, i int, v flow.Value) ([]flow.Pair, error) {
	headers := flow.At(v, "headers")
	switch headers.Kind() {
	case flow.KindNull, flow.KindObject:
	default:
		return nil, c.Invalid(i, "has headers that are no object")
	}
	var out []flow.Pair
	for name, value := range headers.Object().All() {
		if !token(name) || strings.EqualFold(name, "Content-Disposition") {
			return nil, c.Invalid(i, "has a header that a part cannot have: %s", flow.Excerpt(name))
		}
		if value.HasSecret() {
			return nil, flow.Errorf(flow.CodeSecretFlow, "input %q takes no secret in the headers of a part", c.Card.In[i].Key)
		}
		text, err := flow.Convert(value, flow.TextType)
		if err != nil {
			return nil, err
		}
		if strings.ContainsFunc(text.Text(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }) {
			return nil, c.Invalid(i, "has a control character in header %s", flow.Excerpt(name))
		}
		out = append(out, flow.Pair{Name: name, Value: text})
	}
	return out, nil
}

// token reports whether s can be the name of a header (RFC 9110, 5.6.2).
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

// withType adds a Content-Type unless there is one.
func withType(headers []flow.Pair, contentType string) []flow.Pair {
	for _, h := range headers {
		if strings.EqualFold(h.Name, "Content-Type") {
			return headers
		}
	}
	return append(headers, flow.Pair{Name: "Content-Type", Value: flow.Text(contentType)})
}

// withoutType drops the author's Content-Type: that of a form names its
// boundary, and any other would make the body unreadable.
func withoutType(headers []flow.Pair) []flow.Pair {
	out := make([]flow.Pair, 0, len(headers)+1)
	for _, h := range headers {
		if !strings.EqualFold(h.Name, "Content-Type") {
			out = append(out, h)
		}
	}
	return out
}

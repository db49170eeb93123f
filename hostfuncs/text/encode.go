package text

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

func base64Encode() *flow.Card {
	text := required("string", "text", "The text to encode, as UTF-8.")
	text.Secret = flow.SecretPass
	return &flow.Card{
		Key: "text.base64", Aliases: []string{"kernel:string:base64"}, Title: "Base64", Category: category, Since: since,
		Doc:    "Encodes a text as Base64. The standard alphabet is used, with padding and without line breaks (RFC 4648, section 4). A secret gives a secret.",
		In:     []flow.Port{text},
		Out:    outputs("output", "output", "The Base64 text.", flow.TextType),
		Cost:   flow.Cost{Base: 80, PerByte: 2},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"string":"Hello"}`, Out: `{"output":"SGVsbG8="}`},
			{In: `{"string":"é€"}`, Out: `{"output":"w6nigqw="}`},
			{In: `{"string":""}`, Out: `{"output":""}`},
			{In: `{"text":"Hello"}`, Err: flow.CodeCardInput, Note: "the input is called string"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			v := c.Value(0)
			if err := c.Reserve(int64(base64.StdEncoding.EncodedLen(len(v.Text())))); err != nil {
				return flow.Value{}, err
			}
			// Concat applies the bound on secrets, which encoding may pass.
			return flow.Concat(flow.MapSecret(v, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }))
		},
	}
}

func base64Decode() *flow.Card {
	return &flow.Card{
		Key: "text.base64Decode", Aliases: []string{"kernel:string:base64Decode"}, Title: "Base64 Decode", Category: category, Since: since,
		Doc:    "Decodes Base64 to the text it stands for. The alphabets of RFC 4648, sections 4 and 5, are both taken, padding is optional, and bytes that are not UTF-8 become U+FFFD. For binary content there are the File cards.",
		In:     []flow.Port{required("string", "text", "The Base64 text.")},
		Out:    outputs("output", "output", "The decoded text.", flow.TextType),
		Cost:   flow.Cost{Base: 80, PerByte: 4},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes: []flow.Note{{
			Topic: "text that is not Base64", Vendor: "say nothing",
			Choice: "other characters are skipped, the first = ends the text, what is left of a group of four is dropped when it is less than a byte",
			Why:    "the decoders that the vendor's platform is built on do so",
		}},
		Examples: []flow.Example{
			{In: `{"string":"SGVsbG8="}`, Out: `{"output":"Hello"}`},
			{In: `{"string":"IA=="}`, Out: `{"output":" "}`, Note: "a way to write a single blank"},
			{In: `{"string":"w6nigqw"}`, Out: `{"output":"é€"}`},
			{In: `{"string":"SG Vs\nbG8?!"}`, Out: `{"output":"Hello"}`},
			{In: `{"text":"SGVsbG8="}`, Err: flow.CodeCardInput, Note: "the input is called string"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			var d decoder
			for s := c.Text(0); s != "" && !d.ended; {
				n := min(len(s), 64<<10)
				if err := c.Alive(ctx, 4*int64(n)); err != nil {
					return flow.Value{}, err
				}
				d.add(s[:n])
				s = s[n:]
			}
			return flow.Text(decodeUTF8(d.rest())), nil
		},
	}
}

// decoder decodes what can be decoded of Base64, piece by piece, and reports no
// errors.
type decoder struct {
	out   []byte
	group uint32 // digits of the group that is not full
	n     int    // how many
	ended bool   // an = was read
}

func (d *decoder) add(s string) {
	d.out = slices.Grow(d.out, len(s)/4*3+3)
	for i := range len(s) {
		if s[i] == '=' {
			d.ended = true
			return
		}
		x := digit64(s[i])
		if x < 0 {
			continue
		}
		d.group = d.group<<6 | uint32(x)
		if d.n++; d.n == 4 {
			d.out = append(d.out, byte(d.group>>16), byte(d.group>>8), byte(d.group))
			d.group, d.n = 0, 0
		}
	}
}

// rest ends decoding and returns all bytes.
func (d *decoder) rest() []byte {
	switch d.n {
	case 2:
		return append(d.out, byte(d.group>>4))
	case 3:
		return append(d.out, byte(d.group>>10), byte(d.group>>2))
	}
	return d.out
}

func digit64(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return -1
}

// decodeUTF8 reads bytes as UTF-8. Each longest beginning of a character that
// is not completed becomes one U+FFFD, as in ECMAScript hosts (WHATWG Encoding,
// UTF-8 decoder).
func decodeUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b) + len(b)/2)
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			out.WriteByte(b[0])
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			for n < len(b) && n < 4 && !utf8.FullRune(b[:n]) {
				n++ // b[:n] still begins a character
			}
			if n > 1 && utf8.FullRune(b[:n]) {
				n--
			}
		}
		out.WriteRune(r)
		b = b[n:]
	}
	return out.String()
}

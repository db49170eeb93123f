package jwt

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/weirflow/weir/flow"
)

// token is a token in compact form (RFC 7515, section 7.1), taken apart.
type token struct {
	header, payload flow.Value // objects
	signed          string     // what the signature is over
	signature       []byte
}

// parseToken takes the i-th input apart. A token that is not one is
// input.invalid, a payload that grows too large is limit.value.
func parseToken(c *flow.Call, i int) (token, error) {
	s := c.Text(i)
	if s == "" {
		return token{}, c.Invalid(i, "must be provided")
	}
	parts := strings.SplitN(s, ".", 4)
	if len(parts) != 3 {
		return token{}, c.Invalid(i, "is malformed: a token has three parts")
	}
	t := token{signed: s[:len(parts[0])+1+len(parts[1])]}
	var err error
	if t.header, err = parseObject(c, i, parts[0], "header"); err != nil {
		return token{}, err
	}
	if t.payload, err = parseObject(c, i, parts[1], "payload"); err != nil {
		return token{}, err
	}
	var ok bool
	if t.signature, ok = decodeBase64(parts[2]); !ok {
		return token{}, c.Invalid(i, "is malformed: the signature is not base64url")
	}
	return t, nil
}

func parseObject(c *flow.Call, i int, part, name string) (flow.Value, error) {
	b, ok := decodeBase64(part)
	if !ok {
		return flow.Value{}, c.Invalid(i, "is malformed: the %s is not base64url", name)
	}
	v, err := flow.ParseJSON(b, flow.JSONLimits{Bytes: c.ValueLimit()})
	switch code := flow.CodeOf(err); {
	case code == flow.CodeLimitValue || code == flow.CodeLimitDepth:
		return flow.Value{}, err
	case err != nil || v.Kind() != flow.KindObject:
		return flow.Value{}, c.Invalid(i, "is malformed: the %s is not a JSON object", name)
	}
	return v, nil
}

// decodeBase64 reads base64url without padding (RFC 7515, section 2). Line
// ends, which the standard library skips, are not part of it.
func decodeBase64(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil
}

func decodeCard() *flow.Card {
	shape := flow.NewShape([]string{"header", "payload"})
	return &flow.Card{
		Key: "jwt.decode", Aliases: []string{"kernel:jwt:decode"}, Title: "Decode", Category: category, Since: since,
		Doc: "Reads a JSON Web Token without checking it. Anybody can make a token with any content: use Verify where the content matters.",
		In:  []flow.Port{{Key: "token", Label: "token", Doc: "The token in compact form.", Type: flow.TextType, Required: true}},
		Out: []flow.Port{
			{Key: "header", Label: "header", Doc: "The header as JSON text.", Type: flow.TextType},
			{Key: "payload", Label: "payload", Doc: "The claims.", Type: flow.ObjectType},
		},
		Cost:   flow.Cost{Base: 1500, PerByte: 15},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeLimitValue, flow.CodeLimitDepth},
		Notes: []flow.Note{{
			Topic: "JWT Decode: form of the header", Vendor: "The vendor's documents declare text and show no example.", Choice: "JSON text.", Why: "An output declared as text cannot hold an object.",
		}},
		Examples: []flow.Example{
			{In: `{"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoiSm9obiBEb2UiLCJzdWIiOiIxMjM0NTY3ODkwIn0.LmURJCzy7NfJBggkWYrAZ8XNzFxMhrDgBJUmBcffhSw"}`,
				Out: `{"header":"{\"alg\":\"HS256\",\"typ\":\"JWT\"}","payload":{"name":"John Doe","sub":"1234567890"}}`},
			{In: `{"token":"eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."}`,
				Out: `{"header":"{\"alg\":\"none\"}","payload":{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}}`, Note: "the unsecured token of RFC 7519, section 6.1"},
			{In: `{"token":"eyJhbGciOiJIUzI1NiJ9.e30"}`, Err: flow.CodeInputInvalid},
			{In: `{"token":""}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			t, err := parseToken(c, 0)
			if err != nil {
				return flow.Value{}, err
			}
			header, err := flow.AppendJSON(nil, t.header)
			if err != nil {
				return flow.Value{}, err
			}
			return flow.NewObject(shape, []flow.Value{flow.Text(string(header)), t.payload}), nil
		},
	}
}

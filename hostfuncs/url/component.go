package url

import (
	"context"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

func decodeComponent() *flow.Card {
	return &flow.Card{
		Key: "url.decodeComponent", Aliases: []string{"kernel:url:decodeComponent"}, Title: "Decode Component", Category: category, Since: since,
		Doc:    "Decodes percent-encoded text, as decodeURIComponent does: + stays +, and a malformed escape or escapes that are not UTF-8 are input.invalid.",
		In:     []flow.Port{{Key: "string", Label: "text", Doc: "The encoded text.", Type: flow.TextType, Required: true}},
		Out:    []flow.Port{out("output", "output", "The decoded text.", flow.TextType)},
		Cost:   flow.Cost{Base: 150, PerByte: 4},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid},
		Examples: []flow.Example{
			{In: `{"string":"Sherlock%20Holmes%3A%20Detective"}`, Out: `{"output":"Sherlock Holmes: Detective"}`},
			{In: `{"string":"a+b%C3%A9"}`, Out: `{"output":"a+bé"}`},
			{In: `{"string":"100%"}`, Err: flow.CodeInputInvalid},
			{In: `{"string":"%FF"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			s, clean, err := unescapeWhile(c.Text(0), func(n int) error { return c.Alive(ctx, 15+int64(n)/16) })
			if err != nil {
				return flow.Value{}, err
			}
			if !clean {
				return flow.Value{}, c.Invalid(0, "has a percent sign without two hexadecimal digits")
			}
			if !utf8.ValidString(s) {
				return flow.Value{}, c.Invalid(0, "has escapes that are not UTF-8")
			}
			return flow.Text(s), nil
		},
	}
}

func encodeComponent() *flow.Card {
	return &flow.Card{
		Key: "url.encodeComponent", Aliases: []string{"kernel:url:encodeComponent"}, Title: "Encode Component", Category: category, Since: since,
		Doc: "Percent-encodes text for use in a URL, as encodeURIComponent does: letters, digits and - _ . ! ~ * ' ( ) stay, everything else becomes escapes of its UTF-8 bytes. A secret gives a secret.",
		In: []flow.Port{{Key: "string", Label: "text", Doc: "The text to encode.", Type: flow.TextType, Required: true,
			Secret: flow.SecretPass}},
		Out:    []flow.Port{out("output", "output", "The encoded text.", flow.TextType)},
		Cost:   flow.Cost{Base: 150, PerByte: 4},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"string":"Sherlock Holmes: Detective"}`, Out: `{"output":"Sherlock%20Holmes%3A%20Detective"}`},
			{In: `{"string":"é!'()*/"}`, Out: `{"output":"%C3%A9!'()*%2F"}`},
			{In: `{"string":["a"]}`, Out: `{"output":"%5B%22a%22%5D"}`, Note: "a list converts to JSON text"},
			{In: `{"component":"a b"}`, Err: flow.CodeCardInput, Note: "the input is called string"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			b := builder{ctx: ctx, c: c}
			if c.Value(0).Kind() != flow.KindSecret {
				if err := b.escaped(c.Text(0), &componentChars); err != nil {
					return flow.Value{}, err
				}
				return flow.Text(string(b.text)), nil
			}
			// Concat applies the bound on secrets, which encoding may pass.
			return flow.Concat(flow.EscapeSecret(c.Value(0), func(s string) string { return escape(s, &componentChars) }, asItIs))
		},
	}
}

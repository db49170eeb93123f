package text

import (
	"context"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/weirflow/weir/flow"
)

func toLowerCase() *flow.Card {
	return &flow.Card{
		Key: "text.toLowerCase", Aliases: []string{"kernel:string:toLowerCase"}, Title: "To Lower Case", Category: category, Since: since,
		Doc:  "Converts a text to lower case. The mapping is Unicode's own for all languages (chapter 3.13), with the final form of the Greek sigma.",
		In:   []flow.Port{required("string", "text", "The text to convert.")},
		Out:  outputs("output", "output", "The text in lower case.", flow.TextType),
		Cost: flow.Cost{Base: 100, PerByte: 20}, NoFold: true,
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"string":"Hello, ÉCOLE"}`, Out: `{"output":"hello, école"}`},
			{In: `{"string":"ΟΔΟΣ"}`, Out: `{"output":"οδος"}`},
			{In: `{"string":""}`, Out: `{"output":""}`},
			{In: `{"text":"ABC"}`, Err: flow.CodeCardInput, Note: "the input is called string"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return mapped(c, strings.ToLower, cases.Lower)
		},
	}
}

func toUpperCase() *flow.Card {
	return &flow.Card{
		Key: "text.toUpperCase", Aliases: []string{"kernel:string:toUpperCase"}, Title: "To Upper Case", Category: category, Since: since,
		Doc:  "Converts a text to upper case. The mapping is Unicode's own for all languages (chapter 3.13); one character may become several, as ß becomes SS.",
		In:   []flow.Port{required("string", "text", "The text to convert.")},
		Out:  outputs("output", "output", "The text in upper case.", flow.TextType),
		Cost: flow.Cost{Base: 100, PerByte: 20}, NoFold: true,
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"string":"Hello, école"}`, Out: `{"output":"HELLO, ÉCOLE"}`},
			{In: `{"string":"straße"}`, Out: `{"output":"STRASSE"}`},
			{In: `{"string":42}`, Out: `{"output":"42"}`},
			{In: `{"text":"abc"}`, Err: flow.CodeCardInput, Note: "the input is called string"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return mapped(c, strings.ToUpper, cases.Upper)
		},
	}
}

// mapped applies one of two equal mappings: a fast one for ASCII alone, or the
// full one, whose results have at most three times the bytes (U+0390).
func mapped(c *flow.Call, ascii func(string) string, full func(language.Tag, ...cases.Option) cases.Caser) (flow.Value, error) {
	s := c.Text(0)
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 {
		return flow.Text(ascii(s)), nil
	}
	if err := c.Reserve(3 * int64(len(s))); err != nil {
		return flow.Value{}, err
	}
	return flow.Text(full(language.Und).String(s)), nil
}

func trim() *flow.Card {
	return &flow.Card{
		Key: "text.trim", Aliases: []string{"kernel:string:trim"}, Title: "Trim", Category: category, Since: since,
		Doc:    "Removes the blanks at both ends of a text. All white space and line breaks of ECMAScript go, tabs and non-breaking spaces among them; blanks inside stay.",
		In:     []flow.Port{required("string", "text", "The text to trim.")},
		Out:    outputs("output", "output", "The text without blanks at its ends.", flow.TextType),
		Cost:   flow.Cost{Base: 60, PerByte: 3},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"string":"  a b \n"}`, Out: `{"output":"a b"}`},
			{In: `{"string":"\u00a0\ufeff"}`, Out: `{"output":""}`},
			{In: `{"string":"x"}`, Out: `{"output":"x"}`},
			{In: `{"text":" a "}`, Err: flow.CodeCardInput, Note: "the input is called string"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			s := c.Text(0)
			left := strings.TrimLeftFunc(s, blank)
			lo := len(s) - len(left)
			return piece(s, lo, lo+len(strings.TrimRightFunc(left, blank))), nil
		},
	}
}

// blank reports white space and line terminators (ECMA-262, 12.2 and 12.3).
func blank(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

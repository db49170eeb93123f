// Package json has the cards that read and write JSON text.
package json

import (
	"context"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "JSON"
)

// Cards returns the JSON cards in catalogue order.
func Cards() []*flow.Card { return []*flow.Card{parse(), stringify()} }

func parse() *flow.Card {
	return &flow.Card{
		Key: "json.parse", Aliases: []string{"kernel:json:parse"}, Title: "Parse", Category: category, Since: since,
		Doc: "Reads JSON text into a value. The text must be exactly one JSON value as RFC 8259 has it, without comments, trailing commas, single quotes or repeated keys; the order of keys is kept, and numbers become doubles.",
		In: []flow.Port{{Key: "string", Label: "string", Doc: "The JSON text.", Type: flow.TextType, Required: true,
			Widget: "multiline"}},
		Out:    []flow.Port{{Key: "output", Label: "output", Doc: "The value; set its type to what the text holds.", Type: flow.AnyType}},
		Cost:   flow.Cost{Base: 350, PerByte: 5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeJSONSyntax, flow.CodeLimitDepth, flow.CodeLimitValue},
		Notes: []flow.Note{{
			Topic: "the error text and repeated keys", Vendor: "name no error text; JSON.parse takes the last of repeated keys",
			Choice: "json.syntax with line and column; repeated keys are an error", Why: "two readers must not see two different objects in one text",
		}, {
			Topic: "escapes of half a character, and numbers beyond a double", Vendor: "say nothing; JSON.parse keeps the half and gives Infinity",
			Choice: "json.syntax", Why: "neither is a value that can be written again",
		}},
		Examples: []flow.Example{
			{In: `{"string":"{\"a\":\"this\",\"n\":[1,2.5,null]}"}`, Out: `{"output":{"a":"this","n":[1,2.5,null]}}`},
			{In: `{"string":" true "}`, Out: `{"output":true}`},
			{In: `{"string":"{bad"}`, Err: flow.CodeJSONSyntax},
			{In: `{"string":"{\"a\":1,\"a\":2}"}`, Err: flow.CodeJSONSyntax},
			{In: `{"string":""}`, Err: flow.CodeJSONSyntax},
			{In: `{"string":"\"\\ud83d\""}`, Err: flow.CodeJSONSyntax, Note: "half of an emoji"},
			{In: `{"string":"1e999"}`, Err: flow.CodeJSONSyntax},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.ParseJSON([]byte(c.Text(0)), flow.JSONLimits{Bytes: c.ValueLimit()})
		},
	}
}

func stringify() *flow.Card {
	return &flow.Card{
		Key: "json.stringify", Aliases: []string{"kernel:json:stringify"}, Title: "Stringify", Category: category, Since: since,
		Doc: "Writes any value as compact JSON text with the order of keys kept. Text becomes a quoted string, a date its ISO text, a number that is not finite null. A value that holds a secret gives a secret.",
		In: []flow.Port{{Key: "object", Label: "object", Doc: "The value to write, of any type.", Type: flow.AnyType, Required: true,
			Secret: flow.SecretPass}},
		Out:    []flow.Port{{Key: "output", Label: "output", Doc: "The JSON text.", Type: flow.TextType}},
		Cost:   flow.Cost{Base: 150, PerByte: 3},
		Errors: []flow.Code{flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"object":{"id":"00u","n":[1,"a",null,true]}}`, Out: `{"output":"{\"id\":\"00u\",\"n\":[1,\"a\",null,true]}"}`},
			{In: `{"object":"a \"quoted\" text"}`, Out: `{"output":"\"a \\\"quoted\\\" text\""}`},
			{In: `{"object":null}`, Out: `{"output":"null"}`},
			{In: `{"value":{"a":1}}`, Err: flow.CodeCardInput, Note: "the input is called object"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			v := c.Value(0)
			if v.Kind() == flow.KindSecret {
				// Concat applies the bound on secrets, which quoting may pass.
				return flow.Concat(flow.QuoteSecret(v))
			}
			if v.HasSecret() {
				return flow.Convert(v, flow.TextType)
			}
			n := printed(v)
			if err := c.Reserve(n); err != nil {
				return flow.Value{}, err
			}
			b, err := flow.AppendJSON(make([]byte, 0, n), v)
			if err != nil {
				return flow.Value{}, err
			}
			return flow.Text(string(b)), nil
		},
	}
}

// longestScalar bounds the printed form of a number (a sign, 17 digits, a
// point, leading zeros or an exponent), a date, a truth value and null. The
// longest is a date before the year -100000: 29 bytes.
const longestScalar = 30

// printed bounds the JSON text of v: exactly for text, which escapes can make
// six times as long, and by a constant no larger than their size in memory for
// other scalars.
func printed(v flow.Value) int64 {
	switch v.Kind() {
	case flow.KindText:
		return quoted(v.Text())
	case flow.KindFlow:
		return quoted(v.FlowKey())
	case flow.KindFile:
		return quoted(v.File().Name)
	case flow.KindList:
		n := int64(2)
		for _, x := range v.List().All() {
			n += printed(x) + 1
		}
		return n
	case flow.KindObject:
		n := int64(2)
		for k, x := range v.Object().All() {
			n += quoted(k) + printed(x) + 2
		}
		return n
	}
	return longestScalar
}

// quoted returns the length of s as flow.AppendQuoted prints it.
func quoted(s string) int64 {
	n := int64(len(s)) + 2
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf || c >= 0x20 && c != '"' && c != '\\':
		case c == '"', c == '\\', c == '\b', c == '\f', c == '\n', c == '\r', c == '\t':
			n++
		default:
			n += 5 // \u00XX
		}
	}
	return n
}

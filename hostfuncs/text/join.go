package text

import (
	"context"
	"strings"

	"github.com/weirflow/weir/flow"
)

func compose() *flow.Card {
	return &flow.Card{
		Key: "text.compose", Aliases: []string{"kernel:string:compose"}, Title: "Compose", Category: category, Since: since,
		Doc: "Fills the fields of a template: each {{{name}}} is replaced by the text of the field of that name. Numbers, truth values, dates, objects and lists are written as text; a field without a value is empty. Values are not searched for fields again. A secret among the fields makes the result a secret.",
		In: []flow.Port{{
			Key: "_text_", Label: "(template)", Doc: "The template, over as many lines as it needs.", Type: flow.TextType, Required: true, Widget: "multiline",
		}},
		Extra:  &flow.Extra{Label: "(dropped field)", Doc: "A field that the template names as {{{name}}}.", Type: flow.TextType, Secret: flow.SecretPass},
		Out:    outputs("output", "output", "The filled template.", flow.TextType),
		Cost:   flow.Cost{Base: 150, PerByte: 2, PerItem: 60},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"_text_":"Hello {{{a8QNi8ioO}}}, you have {{{c9CaBYGwc}}} tasks.","a8QNi8ioO":"Jane","c9CaBYGwc":3}`, Out: `{"output":"Hello Jane, you have 3 tasks."}`},
			{In: `{"_text_":"User imported successfully."}`, Out: `{"output":"User imported successfully."}`},
			{In: `{"_text_":"{{{a}}}|{{{gone}}}|{{{{a}}}}","a":"{{{a}}}"}`, Out: `{"output":"{{{a}}}||{{{{a}}}}"}`},
			{In: `{"_text_":"data: {{{o}}}","o":{"a":[1,true]}}`, Out: `{"output":"data: {\"a\":[1,true]}"}`},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			for _, v := range c.Extra.All() {
				if v.HasSecret() {
					return fillSecret(c)
				}
			}
			var b strings.Builder
			err := fill(c, func(part flow.Value) error {
				s := part.Text()
				if err := c.Reserve(int64(b.Len() + len(s))); err != nil {
					return err
				}
				b.WriteString(s)
				return nil
			})
			if err != nil {
				return flow.Value{}, err
			}
			return flow.Text(b.String()), nil
		},
	}
}

// fuelField is the price of finding and filling one field.
const fuelField = 80

// fill gives the texts of the template and the values of its fields to emit.
func fill(c *flow.Call, emit func(flow.Value) error) error {
	for rest := c.Text(0); ; {
		from, to := nextField(rest, c.Extra)
		if from < 0 {
			return emit(flow.Text(rest))
		}
		if err := emit(flow.Text(rest[:from])); err != nil {
			return err
		}
		if err := c.Spend(fuelField); err != nil {
			return err
		}
		if v, ok := c.Extra.Get(rest[from+3 : to-3]); ok {
			if err := emit(v); err != nil {
				return err
			}
		}
		rest = rest[to:]
	}
}

// fillSecret fills a template that has secrets among its fields. Those that the
// template does not name take part without their text: a result made in their
// presence is as secret as they are.
func fillSecret(c *flow.Call) (flow.Value, error) {
	var parts []flow.Value
	for _, v := range c.Extra.All() {
		if v.HasSecret() {
			parts = append(parts, flow.MapSecret(v, func(string) string { return "" }))
		}
	}
	var bytes int64
	err := fill(c, func(part flow.Value) error {
		if part.Kind() == flow.KindText && part.Text() == "" {
			return nil
		}
		parts = append(parts, part)
		bytes += part.Size()
		return c.Reserve(bytes)
	})
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Concat(parts...)
}

// nextField returns where the first {{{name}}} of s begins and ends, or -1. The
// name must be one of fields or look like the generated ones: letters, digits,
// _ and -. Other text in three braces stands for itself.
func nextField(s string, fields *flow.Object) (from, to int) {
	for i := 0; ; i++ {
		j := strings.Index(s[i:], "{{{")
		if j < 0 {
			return -1, -1
		}
		i += j
		n := strings.IndexAny(s[i+3:], "{}")
		if n <= 0 || !strings.HasPrefix(s[i+3+n:], "}}}") {
			continue
		}
		name := s[i+3 : i+3+n]
		generated := strings.IndexFunc(name, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
		}) < 0
		if _, ok := fields.Get(name); ok || generated {
			return i, i + n + 6
		}
	}
}

// join concatenates texts and secrets after asking for room.
func join(c *flow.Call, parts []flow.Value) (flow.Value, error) {
	var n int64
	for _, p := range parts {
		n += int64(len(p.Text()))
	}
	if err := c.Reserve(n); err != nil {
		return flow.Value{}, err
	}
	return flow.Concat(parts...)
}

func concat() *flow.Card {
	first, second := required("string1", "text 1", "The first text."), required("string2", "text 2", "The text behind it.")
	for _, p := range []*flow.Port{&first, &second} {
		p.Default, p.Secret = `""`, flow.SecretPass
	}
	return &flow.Card{
		Key: "text.concat", Aliases: []string{"kernel:string:concat"}, Title: "Concatenate", Category: category, Since: since,
		Doc:    "Joins two or more texts end to end. No separator is put between them; empty and missing ones add nothing. A secret among them makes the result a secret that may go only where all of them may go.",
		In:     []flow.Port{first, second},
		Extra:  &flow.Extra{Label: "text n", Doc: "A further text; they follow in their displayed order.", Type: flow.TextType, Secret: flow.SecretPass},
		Out:    outputs("output", "output", "The joined text.", flow.TextType),
		Cost:   flow.Cost{Base: 80, PerByte: 0.5, PerItem: 30},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"string1":"John","string2":" ","text 3":"Smith"}`, Out: `{"output":"John Smith"}`},
			{In: `{"string1":"/api/v1/users/","string2":"00u1"}`, Out: `{"output":"/api/v1/users/00u1"}`},
			{In: `{"string1":1,"string2":null,"a":true}`, Out: `{"output":"1true"}`},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			parts := append(make([]flow.Value, 0, len(c.Args)+c.Extra.Len()), c.Args...)
			for _, v := range c.Extra.All() {
				parts = append(parts, v)
			}
			return join(c, parts)
		},
	}
}

func split() *flow.Card {
	return &flow.Card{
		Key: "text.split", Aliases: []string{"kernel:string:split"}, Title: "Split", Category: category, Since: since,
		Doc: "Cuts a text into a list at each occurrence of a separator. The separator is plain text of any length; pieces are not trimmed, and neighbouring separators give empty ones. A text without the separator gives a list of one.",
		In: []flow.Port{
			required("string", "text", "The text to cut."),
			optional("delimiter", "separator", "The separator; an empty one cuts between all characters.", `","`, flow.TextType),
		},
		Out:    outputs("output", "result list", "The pieces, in order.", flow.ListType(flow.TextType)),
		Cost:   flow.Cost{Base: 100, PerByte: 4},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Notes: []flow.Note{{
			Topic: "an empty separator", Vendor: "say nothing", Choice: "a list of the characters; an empty text gives an empty list",
			Why: "ECMAScript cuts so, except that it halves characters of two code units",
		}},
		Examples: []flow.Example{
			{In: `{"string":"one,two,three"}`, Out: `{"output":["one","two","three"]}`},
			{In: `{"string":"a||b||","delimiter":"||"}`, Out: `{"output":["a","b",""]}`},
			{In: `{"string":"a😀","delimiter":""}`, Out: `{"output":["a","😀"]}`},
			{In: `{"string":""}`, Out: `{"output":[""]}`},
			{In: `{"string":"a;b","separator":";"}`, Err: flow.CodeCardInput, Note: "the separator is called delimiter"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			s, sep := c.Text(0), c.Text(1)
			n := strings.Count(s, sep) + 1
			if sep == "" {
				n -= 2 // Count counts the places before, between and behind the characters
			}
			// Each piece is a value with a string header beside its text.
			const fuelPiece, bytesPiece = 60, 48
			if err := c.Reserve(int64(len(s)) + int64(n)*bytesPiece); err != nil {
				return flow.Value{}, err
			}
			if err := c.Spend(int64(n) * fuelPiece); err != nil {
				return flow.Value{}, err
			}
			items := make([]flow.Value, 0, n)
			for from := range pieces(s, sep) {
				if err := c.Alive(ctx, fuelPiece+int64(from[1]-from[0])/16); err != nil {
					return flow.Value{}, err
				}
				items = append(items, piece(s, from[0], from[1]))
			}
			return flow.ListOf(items...), nil
		},
	}
}

// pieces iterates over where the pieces of s begin and end.
func pieces(s, sep string) func(yield func([2]int) bool) {
	return func(yield func([2]int) bool) {
		from := 0
		for part := range strings.SplitSeq(s, sep) {
			if !yield([2]int{from, from + len(part)}) {
				return
			}
			from += len(part) + len(sep)
		}
	}
}

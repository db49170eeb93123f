package text

import (
	"context"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// unit cuts a number down to a position: fractions are dropped, and what is no
// number counts as 0 (ECMA-262, ToIntegerOrInfinity). Positions beyond 2^31
// lie behind every text.
func unit(f float64) int {
	switch {
	case math.IsNaN(f):
		return 0
	case f > math.MaxInt32:
		return math.MaxInt32
	case f < -math.MaxInt32:
		return -math.MaxInt32
	}
	return int(f)
}

func at() *flow.Card {
	return &flow.Card{
		Key: "text.at", Aliases: []string{"kernel:string:at"}, Title: "At", Category: category, Since: since,
		Doc: "Gives the one character that stands at a position of a text. Positions count from 0 in UTF-16 code units; outside the text the result is empty.",
		In: []flow.Port{
			required("string", "text", "The text to look into."),
			{Key: "index", Label: "position", Doc: "Position of the character, from 0; fractions are dropped.", Type: flow.NumberType, Required: true, Default: "0"},
		},
		Out:    outputs("output", "character", "The character, or an empty text.", flow.TextType),
		Cost:   flow.Cost{Base: 60, PerByte: 1},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes: []flow.Note{
			{Topic: "a position outside the text", Vendor: "say nothing", Choice: "an empty text", Why: "charAt of ECMAScript does so"},
			{Topic: "a position inside a character of two code units", Vendor: "say nothing", Choice: "the whole character", Why: "half of a surrogate pair is no text"},
		},
		Examples: []flow.Example{
			{In: `{"string":"Hello, World!","index":1}`, Out: `{"output":"e"}`},
			{In: `{"string":"abc","index":9}`, Out: `{"output":""}`},
			{In: `{"string":"a😀b","index":3}`, Out: `{"output":"b"}`, Note: "😀 takes two positions"},
			{In: `{"string":"abc","index":"first"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			s, i := c.Text(0), unit(c.Number(1))
			lo := flow.UnitOffset(s, i)
			if i < 0 || lo == len(s) {
				return flow.Text(""), nil
			}
			_, w := utf8.DecodeRuneInString(s[lo:])
			return piece(s, lo, lo+w), nil
		},
	}
}

func find() *flow.Card {
	return &flow.Card{
		Key: "text.find", Aliases: []string{"kernel:string:find"}, Title: "Find", Category: category, Since: since,
		Doc: "Gives the position of the first occurrence of a text inside another, or -1. Case matters; an empty text is found at 0. For patterns there is Find Pattern.",
		In: []flow.Port{
			required("string", "look in", "The text to search."),
			required("substr", "look for", "The text to find, taken literally."),
		},
		Out:    outputs("output", "position", "Position in UTF-16 code units, from 0; -1 when it does not occur.", flow.NumberType),
		Cost:   flow.Cost{Base: 60, PerByte: 1.5},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"string":"This is a test","substr":"t"}`, Out: `{"output":10}`},
			{In: `{"string":"This is a test","substr":"hello"}`, Out: `{"output":-1}`},
			{In: `{"string":"😀 test","substr":"test"}`, Out: `{"output":3}`},
			{In: `{"string":"a test","find":"t"}`, Err: flow.CodeCardInput, Note: "what to find is called substr"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			s := c.Text(0)
			i := strings.Index(s, c.Text(1))
			if i > 0 {
				i = flow.Units(s[:i])
			}
			return flow.Number(float64(i)), nil
		},
	}
}

func lastIndexOf() *flow.Card {
	return &flow.Card{
		Key: "text.lastIndexOf", Aliases: []string{"kernel:string:lastIndexOf"}, Title: "Find Last", Category: category, Since: since,
		Doc: "Gives the position of the last occurrence of a text inside another, or -1. Case matters. A right-most position leaves out occurrences that start behind it.",
		In: []flow.Port{
			required("string", "look in", "The text to search."),
			required("substr", "look for", "The text to find, taken literally."),
			{Key: "index", Label: "right-most position", Doc: "The largest position that counts; without it all do, and a negative one is 0.", Type: flow.NumberType, Nullable: true},
		},
		Out:    outputs("output", "position", "Position in UTF-16 code units, from 0; -1 when it does not occur.", flow.NumberType),
		Cost:   flow.Cost{Base: 60, PerByte: 2.5},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"string":"Mississippi","substr":"ss"}`, Out: `{"output":5}`},
			{In: `{"string":"Mississippi","substr":"ss","index":4}`, Out: `{"output":2}`},
			{In: `{"string":"Mississippi","substr":"abc"}`, Out: `{"output":-1}`},
			{In: `{"string":"Mississippi","substr":"ss","index":"four"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			s, sub := c.Text(0), c.Text(1)
			end := len(s)
			if last := c.Value(2); !last.IsNull() && !math.IsNaN(last.Number()) {
				end = min(flow.UnitOffset(s, unit(last.Number()))+len(sub), end)
			}
			i := strings.LastIndex(s[:end], sub)
			if i > 0 {
				i = flow.Units(s[:i])
			}
			return flow.Number(float64(i)), nil
		},
	}
}

func length() *flow.Card {
	return &flow.Card{
		Key: "text.length", Aliases: []string{"kernel:string:length"}, Title: "Length", Category: category, Since: since,
		Doc:    "Counts the characters of a text in UTF-16 code units: most characters count one, emoji and rare scripts two. Blanks and line breaks count.",
		In:     []flow.Port{required("string", "text", "The text to measure.")},
		Out:    outputs("length", "length", "The number of UTF-16 code units.", flow.NumberType),
		Cost:   flow.Cost{Base: 50, PerByte: 1.5},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"string":"Hello, World!"}`, Out: `{"length":13}`},
			{In: `{"string":null}`, Out: `{"length":0}`},
			{In: `{"string":"é😀"}`, Out: `{"length":3}`},
			{In: `{"text":"abc"}`, Err: flow.CodeCardInput, Note: "the input is called string"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.Number(float64(flow.Units(c.Text(0)))), nil
		},
	}
}

func substr() *flow.Card {
	return &flow.Card{
		Key: "text.substr", Aliases: []string{"kernel:string:substr"}, Title: "Text Segment", Category: category, Since: since,
		Doc: "Cuts out the part of a text between two positions. The character at the end position is left out; without an end the rest of the text is taken.",
		In: []flow.Port{
			required("string", "text", "The text to cut from."),
			optional("start", "start at", "Position of the first character, from 0; negative ones are 0.", "0", flow.NumberType),
			{Key: "end", Label: "end before", Doc: "Position behind the last character; without it the end of the text.", Type: flow.NumberType, Nullable: true},
		},
		Out:    outputs("output", "segment", "The part, empty where the end is not behind the start.", flow.TextType),
		Cost:   flow.Cost{Base: 70, PerByte: 2.5},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes: []flow.Note{
			{Topic: "a missing end", Vendor: "contradict themselves: a table has \"Ex\" for \"Example\" from 2, the rule beside it the rest", Choice: "the rest of the text", Why: "published flows rely on it"},
			{Topic: "negative positions, and a start behind the end", Vendor: "say nothing", Choice: "negative positions are 0; the result is empty", Why: "neither wrap-around nor swapping can be meant"},
			{Topic: "a position inside a character of two code units", Vendor: "say nothing", Choice: "the cut is made before the character", Why: "half of a surrogate pair is no text"},
		},
		Examples: []flow.Example{
			{In: `{"string":"Example","start":3,"end":5}`, Out: `{"output":"mp"}`},
			{In: `{"string":"Example","start":2}`, Out: `{"output":"ample"}`},
			{In: `{"string":"Example","start":-4,"end":2}`, Out: `{"output":"Ex"}`},
			{In: `{"string":"Example","start":5,"end":3}`, Out: `{"output":""}`},
			{In: `{"string":"Example","start":"x"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			s := c.Text(0)
			lo, hi := flow.UnitOffset(s, unit(c.Number(1))), len(s)
			if end := c.Value(2); !end.IsNull() {
				hi = flow.UnitOffset(s, unit(end.Number()))
			}
			if lo >= hi {
				return flow.Text(""), nil
			}
			return piece(s, lo, hi), nil
		},
	}
}

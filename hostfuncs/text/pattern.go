package text

import (
	"context"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/jsregex"
)

func match() *flow.Card {
	return &flow.Card{
		Key: "text.match", Aliases: []string{"kernel:string:match"}, Title: "Find Pattern", Category: category, Since: since,
		Doc: "Gives the position of the first match of a regular expression, or -1. Patterns are those of ECMAScript without flags, so case matters and ^ and $ mean the ends of the whole text. A pattern has at most 1 KiB; its length times that of the text is bounded.",
		In: []flow.Port{
			required("string", "look in", "The text to search."),
			required("target", "look for", "The regular expression, without delimiters."),
		},
		Out:    outputs("output", "position", "Position in UTF-16 code units, from 0; -1 when nothing matches.", flow.NumberType),
		Cost:   flow.Cost{Base: 500, PerByte: 2},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeRegexSyntax, flow.CodeInputInvalid, flow.CodeLimitValue},
		Notes: []flow.Note{{
			Topic: "a text that is no regular expression", Vendor: "say nothing", Choice: "regex.syntax", Why: "a search that cannot be made is not one without result",
		}},
		Examples: []flow.Example{
			{In: `{"string":"testing_123","target":"\\d"}`, Out: `{"output":8}`},
			{In: `{"string":"testing_123","target":"esting_\\d{3}"}`, Out: `{"output":1}`},
			{In: `{"string":"testing_123","target":"hello"}`, Out: `{"output":-1}`},
			{In: `{"string":"testing","target":"(te"}`, Err: flow.CodeRegexSyntax},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if err := payPattern(c, c.Text(1)); err != nil {
				return flow.Value{}, err
			}
			re, err := jsregex.Compile(c.Text(1), false)
			if err != nil {
				return flow.Value{}, err
			}
			at, err := re.Search(ctx, c.Text(0), c)
			return flow.Number(float64(at)), err
		},
	}
}

func replace() *flow.Card {
	return &flow.Card{
		Key: "text.replace", Aliases: []string{"kernel:string:replace"}, Title: "Replace", Category: category, Since: since,
		Doc: "Replaces the first or every occurrence of a text or pattern. What to look for is a regular expression of ECMAScript; where it is none, or a single |, it is taken literally, and an empty one changes nothing. In the replacement $1 to $9 stand for what the groups of the pattern matched and $$ for a dollar sign.",
		In: []flow.Port{
			optional("string", "look in", "The text to change.", `""`, flow.TextType),
			optional("src", "look for", "The text or regular expression to replace.", `""`, flow.TextType),
			optional("dest", "replace with", "The replacement; an empty one deletes.", `""`, flow.TextType),
			optional("global", "all instances", "True replaces every occurrence, False the first.", "false", flow.BoolType),
			optional("sensitive", "case sensitive", "False lets capital and small letters match each other.", "true", flow.BoolType),
		},
		Out:    outputs("output", "result text", "The changed text, or the same one where nothing matches.", flow.TextType),
		Cost:   flow.Cost{Base: 600, PerByte: 2},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeLimitValue, flow.CodeTypeConversion},
		Notes: []flow.Note{
			{Topic: "what is no regular expression, and a single |", Vendor: "say nothing; published flows replace \\, {, }, | and {resourceId}", Choice: "the literal text", Why: "those flows expect it, and a single | would match everywhere"},
			{Topic: "$ in the replacement", Vendor: "say nothing", Choice: "$1 to $9 and $$ are live; $&, $` and $' are plain text", Why: "groups are the reason to use a pattern; the rest surprises people who write prices"},
		},
		Examples: []flow.Example{
			{In: `{"string":"Hello world","src":"Hello","dest":"Goodbye"}`, Out: `{"output":"Goodbye world"}`},
			{In: `{"string":"(206) 555-1234","src":"\\d","dest":"#","global":true}`, Out: `{"output":"(###) ###-####"}`},
			{In: `{"string":"Jane Doe","src":"(\\w+) (\\w+)","dest":"$2, $1"}`, Out: `{"output":"Doe, Jane"}`},
			{In: `{"string":"a|b|c","src":"|","dest":"/","global":true}`, Out: `{"output":"a/b/c"}`},
			{In: `{"string":"SMTP:a@x.com","src":"smtp:","sensitive":false}`, Out: `{"output":"a@x.com"}`},
			{In: `{"string":"x","src":"x","global":[true]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			s, src, fold := c.Text(0), c.Text(1), !c.Bool(4)
			if src == "" {
				return c.Value(0), nil
			}
			if err := payPattern(c, src); err != nil {
				return flow.Value{}, err
			}
			re, err := jsregex.Compile(src, fold)
			if src == "|" || flow.CodeOf(err) == flow.CodeRegexSyntax {
				re, err = jsregex.Literal(src, fold)
			}
			if err != nil {
				return flow.Value{}, err
			}
			return replaced(ctx, re, s, c.Text(2), c.Bool(3), c)
		},
	}
}

// payPattern charges for reading a pattern, which may turn out to be none or too
// large to be searched with.
func payPattern(c *flow.Call, pattern string) error {
	const fuelRead = 150 // for each byte
	return c.Spend(int64(min(len(pattern), jsregex.MaxPattern)) * fuelRead)
}

func replaced(ctx context.Context, re *jsregex.Regexp, s, dest string, all bool, c *flow.Call) (flow.Value, error) {
	out, err := re.Replace(ctx, s, dest, all, c)
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Text(out), nil
}

func replaceAny() *flow.Card {
	return &flow.Card{
		Key: "text.replaceAny", Aliases: []string{"kernel:string:replaceAny"}, Title: "Replace Patterns", Category: category, Since: since,
		Doc: "Replaces whatever matches one of several patterns by one value. The text is passed once, the first pattern that matches at a place wins, and what was put in is not searched again. Patterns are read as in Replace, except that a single dot is a dot.",
		In: []flow.Port{
			required("text", "look in", "The text to change."),
			optional("replacement", "replace with", "The replacement of every match; an empty one deletes.", `""`, flow.TextType),
			optional("global", "all instances", "True replaces every match, False the first.", "true", flow.BoolType),
			optional("case sensitive", "case sensitive", "False lets capital and small letters match each other.", "true", flow.BoolType),
		},
		Extra:  &flow.Extra{Group: "patterns", Label: "(pattern)", Doc: "A text or regular expression to replace; the name carries no meaning, empty ones are left out.", Type: flow.TextType},
		Out:    outputs("output", "result text", "The changed text.", flow.TextType),
		Cost:   flow.Cost{Base: 800, PerByte: 2, PerItem: 200},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeLimitValue, flow.CodeTypeConversion},
		Notes: []flow.Note{
			{Topic: "the default of all instances", Vendor: "say nothing; all known flows have it on", Choice: "true", Why: "it is what the card is used for"},
			{Topic: "whether patterns are regular expressions", Vendor: "say nothing; one published flow lists a dot among characters to replace", Choice: "as in Replace, and a single dot is literal", Why: "the name says patterns, and any character can hardly be meant"},
			{Topic: "patterns that are no regular expressions, and $ in the replacement", Vendor: "say nothing", Choice: "as in Replace: the literal text; $1 to $9 and $$ are live", Why: "the two are one card for one and for many patterns"},
		},
		Examples: []flow.Example{
			{In: `{"text":"a.b_c-d","replacement":" ","patterns":{"1":".","2":"_","3":"-"}}`, Out: `{"output":"a b c d"}`},
			{In: `{"text":"âåáx","replacement":"a","patterns":{"input":"[âå]","input2":"á"}}`, Out: `{"output":"aaax"}`},
			{In: `{"text":"[null,1,NULL,2]","case sensitive":false,"patterns":{"input":"null,"}}`, Out: `{"output":"[1,2]"}`},
			{In: `{"text":"abc","global":{},"patterns":{"input":"b"}}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			var patterns []string
			for _, v := range c.Extra.All() {
				if p := v.Text(); p != "" {
					if err := payPattern(c, p); err != nil {
						return flow.Value{}, err
					}
					patterns = append(patterns, p)
				}
			}
			if len(patterns) == 0 {
				return c.Value(0), nil
			}
			re, err := jsregex.CompileAny(patterns, !c.Bool(3), func(p string) bool { return p == "." || p == "|" })
			if err != nil {
				return flow.Value{}, err
			}
			return replaced(ctx, re, c.Text(0), c.Text(1), c.Bool(2), c)
		},
	}
}

package boolean

import (
	"context"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/formula"
)

// fuelByte is the price of one byte of an expression: 150 ns, measured.
const fuelByte = 200

func expression() *flow.Card {
	return &flow.Card{
		Key: "boolean.expression", Aliases: []string{"kernel:boolean:expression"}, Title: "Expression", Category: category, Since: since, Effect: flow.Reads,
		Doc: "Evaluates a logical expression. Operators are and, or, xor, not, the comparisons == != < <= > >=, and all operators and functions of Formula; {{{name}}} stands for the value of a field, and # begins a comment. A number other than 0 is true, a text is true unless it is empty or the word false, and a date counts as its milliseconds since 1970. Texts cannot be compared here: Compare does that.",
		In: []flow.Port{{
			Key: "_text_", Label: "(expression)", Doc: "The expression.", Type: flow.TextType, Required: true, Widget: "code",
		}},
		Extra:  &flow.Extra{Label: "(dropped field)", Doc: "A truth value, number, text or date that the expression names as {{{name}}}.", Type: flow.AnyType},
		Out:    output("output", "The result; a number counts as true unless it is 0."),
		Cost:   flow.Cost{Base: 300},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeNumberRange, flow.CodeTypeConversion, flow.CodeLimitDepth},
		Notes: []flow.Note{{
			Topic: "an empty text as truth value", Vendor: "call a text false when it is null or the word false",
			Choice: "an empty text is false too", Why: "the automatic conversion reads it so, and a text without a value is empty",
		}},
		Examples: []flow.Example{
			{In: `{"_text_":"true and (true or false) and (4>pi)"}`, Out: `{"output":true}`},
			{In: `{"_text_":"not (2 >= 3) xor true"}`, Out: `{"output":false}`},
			{In: `{"_text_":"{{{n}}} > 3 and not {{{t}}}","n":4,"t":"FALSE"}`, Out: `{"output":true}`},
			{In: `{"_text_":"{{{missing}}}"}`, Out: `{"output":false}`},
			{In: `{"_text_":"not {{{t}}}","t":""}`, Out: `{"output":true}`},
			{In: `{"_text_":"true and"}`, Err: flow.CodeInputInvalid},
			{In: `{"_text_":"{{{o}}} or true","o":{"a":1}}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			src := c.Text(0)
			if err := c.Spend(int64(min(len(src), formula.MaxSource)) * fuelByte); err != nil {
				return flow.Value{}, err
			}
			fields := func(id string) (formula.Value, error) {
				v, _ := c.Extra.Get(id) // null, like a field without a value, where there is none
				return field(v)
			}
			v, err := formula.Evaluate(src, fields, c.Env.Random())
			if err != nil {
				return flow.Value{}, err
			}
			if v.IsList {
				return flow.Value{}, flow.Errorf(flow.CodeInputInvalid, "the result of an expression cannot be a list")
			}
			if v.Number != v.Number {
				return flow.Value{}, flow.Errorf(flow.CodeNumberRange, "the expression has no real result")
			}
			return flow.Bool(v.Number != 0), nil
		},
	}
}

// field converts the value of a field: numbers and dates to numbers, all else
// to truth values.
func field(v flow.Value) (formula.Value, error) {
	switch v.Kind() {
	case flow.KindNumber:
		return formula.Value{Number: v.Number()}, nil
	case flow.KindDate:
		return formula.Value{Number: v.Millis()}, nil
	}
	b, err := flow.Convert(v, flow.BoolType)
	if err != nil {
		return formula.Value{}, err
	}
	out := formula.Value{IsBool: true}
	if b.Bool() {
		out.Number = 1
	}
	return out, nil
}

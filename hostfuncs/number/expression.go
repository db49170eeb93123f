package number

import (
	"context"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/formula"
)

// fuelByte is the price of one byte of an expression: 150 ns, measured.
const fuelByte = 200

func expression() *flow.Card {
	return &flow.Card{
		Key: "number.expression", Aliases: []string{"kernel:math:expression"}, Title: "Formula", Category: category, Since: since, Effect: flow.Reads,
		Doc: "Evaluates a formula. Operators are + - * / ^ (power) % (remainder) ! (factorial), the bit operators & | ^| ~ << >>, comparisons and and, or, xor, not; functions abs ceil floor min max round random exp log log10 pow sqrt sin cos tan asin acos atan sinh cosh tanh; constants pi and e. {{{name}}} stands for the value of a field, and # begins a comment. Syntax and precedence are those of math.js.",
		In: []flow.Port{{
			Key: "_text_", Label: "(expression)", Doc: "The formula.", Type: flow.TextType, Required: true, Widget: "code",
		}},
		Extra:  &flow.Extra{Label: "(dropped field)", Doc: "A number, or a list of numbers for min and max, that the formula names as {{{name}}}.", Type: flow.AnyType},
		Out:    result("output", "The result; a truth value counts as 1 or 0."),
		Cost:   flow.Cost{Base: 300},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeNumberRange, flow.CodeTypeConversion, flow.CodeLimitDepth},
		Notes: []flow.Note{
			{Topic: "errors of formulas", Vendor: "say nothing", Choice: "input.invalid for what is no formula; number.range for results that are infinite or not real", Why: "JSON has neither infinity nor complex numbers"},
			{Topic: "the remainder in formulas", Vendor: "name %", Choice: "it is floored (-7 % 3 is 2), binds as * and / do from left to right, and a remainder by 0 is number.range; 5% is no percentage", Why: "math.js up to version 8 does so; later versions bind % more tightly"},
			{Topic: "a field in a formula", Vendor: "say that it is dropped into the text", Choice: "it stands for its value as if in parentheses", Why: "a negative number or a text must not change how the rest is read"},
		},
		Examples: []flow.Example{
			{In: `{"_text_":"10^2"}`, Out: `{"output":100}`},
			{In: `{"_text_":"({{{PgtLQQaY4}}} + 11644473600000) * 10000 # file time","PgtLQQaY4":0}`, Out: `{"output":116444736000000000}`},
			{In: `{"_text_":"max({{{all}}}, 5)","all":[3,"9",1]}`, Out: `{"output":9}`},
			{In: `{"_text_":"round(-2.5) + -7%3"}`, Out: `{"output":-1}`},
			{In: `{"_text_":"2 +"}`, Err: flow.CodeInputInvalid},
			{In: `{"_text_":"1/0"}`, Err: flow.CodeNumberRange},
			{In: `{"_text_":"{{{x}}}+1","x":"potato"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			src := c.Text(0)
			if err := c.Spend(int64(min(len(src), formula.MaxSource)) * fuelByte); err != nil {
				return flow.Value{}, err
			}
			fields := func(id string) (formula.Value, error) {
				v, _ := c.Extra.Get(id) // null, like a field without a value, where there is none
				return field(c, v)
			}
			v, err := formula.Evaluate(src, fields, c.Env.Random())
			if err != nil {
				return flow.Value{}, err
			}
			if v.IsList {
				return flow.Value{}, flow.Errorf(flow.CodeInputInvalid, "the result of a formula cannot be a list")
			}
			return finite(v.Number)
		},
	}
}

// field converts the value of a field: a list to numbers, all else to a number.
func field(c *flow.Call, v flow.Value) (formula.Value, error) {
	if v.Kind() != flow.KindList {
		n, err := flow.Convert(v, flow.NumberType)
		return formula.Value{Number: n.Number()}, err
	}
	if err := c.Spend(int64(v.List().Len()) * 30); err != nil {
		return formula.Value{}, err
	}
	out := formula.Value{IsList: true}
	for _, item := range v.List().All() {
		n, err := flow.Convert(item, flow.NumberType)
		if err != nil {
			return formula.Value{}, err
		}
		out.List = append(out.List, n.Number())
	}
	return out, nil
}

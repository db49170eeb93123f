package boolean

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// operators are the comparisons that the card offers, with the designer's words.
var operators = []flow.Choice{
	{Value: string(flow.OpEqual), Label: "equal to"}, {Value: string(flow.OpNotEqual), Label: "not equal"},
	{Value: string(flow.OpAtLeast), Label: "greater than or equal"}, {Value: string(flow.OpAtMost), Label: "less than or equal"},
	{Value: string(flow.OpMore), Label: "greater than"}, {Value: string(flow.OpLess), Label: "less than"},
	{Value: string(flow.OpMultiple), Label: "a multiple of"}, {Value: string(flow.OpIn), Label: "in"}, {Value: string(flow.OpNotIn), Label: "not in"},
	{Value: string(flow.OpHas), Label: "has key"}, {Value: string(flow.OpHasNot), Label: "doesn't have key"},
	{Value: string(flow.OpEmpty), Label: "is empty"}, {Value: string(flow.OpNotEmpty), Label: "is not empty"},
}

func compare() *flow.Card {
	return &flow.Card{
		Key: "boolean.compare", Aliases: []string{"kernel:boolean:compare"}, Title: "Compare", Category: category, Since: since,
		Doc: "Compares two values. Numbers are ordered by size, dates by instant and texts by UTF-16 code unit, capitals first, so that 80 is more than 9 but \"80\" is less than \"9\"; objects and lists are equal when their contents are. A number and a text that holds one compare as numbers, null equals what is empty.",
		In: []flow.Port{
			{Key: "left-operand", Label: "value a", Doc: "The value to compare: text, number, date, truth value or object.", Type: flow.AnyType, Nullable: true},
			{Key: "operator", Label: "comparison", Doc: "What to test: an ordering, a multiple of, contained in a text or list, having a key, being empty.", Type: flow.TextType, Required: true, Default: `"=="`, Choices: operators},
			{Key: "right-operand", Label: "value b", Doc: "The value to compare with; is empty and is not empty leave it aside.", Type: flow.AnyType, Nullable: true},
		},
		Out:    []flow.Port{{Key: "result", Label: "result", Doc: "True when the comparison holds.", Type: flow.BoolType}},
		Cost:   flow.Cost{Base: 200, PerByte: 8, PerItem: 60},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion},
		Notes: []flow.Note{
			{Topic: "values of different types", Vendor: "have no rule; a strict operator beside == says that == is loose", Choice: "what holds a number compares with numbers, and with dates what can be read as one; the rest compares as text, objects and lists as JSON", Why: "the strict operators of the list cards mean the opposite"},
			{Topic: "null", Vendor: "convert it to the type of the operand, which is not known here", Choice: "it equals null and what is empty, and nothing else; an ordering holds it as 0 against a number and is False against all else", Why: "conditions of steps do the same, and a missing value must not equal 0"},
			{Topic: "case of text", Vendor: "say nothing", Choice: "case matters", Why: "as everywhere but in Difference, where they say otherwise"},
			{Topic: "0 and False as empty", Vendor: "call null, empty text, {} and [] empty and are silent on these", Choice: "neither is empty", Why: "both are values"},
			{Topic: "a multiple of 0", Vendor: "say nothing", Choice: "false", Why: "nothing but 0 could be one, and a remainder by 0 does not exist"},
		},
		Examples: []flow.Example{
			{In: `{"left-operand":80,"operator":">","right-operand":9}`, Out: `{"result":true}`},
			{In: `{"left-operand":"80","operator":">","right-operand":"9"}`, Out: `{"result":false}`},
			{In: `{"left-operand":-4,"operator":"%","right-operand":4}`, Out: `{"result":true}`},
			{In: `{"left-operand":"test","operator":"in","right-operand":"this is a test"}`, Out: `{"result":true}`},
			{In: `{"left-operand":{"test":123},"operator":"has","right-operand":"test"}`, Out: `{"result":true}`},
			{In: `{"left-operand":0,"operator":"is empty"}`, Out: `{"result":false}`},
			{In: `{"left-operand":null,"right-operand":{}}`, Out: `{"result":true}`},
			{In: `{"left-operand":null,"right-operand":0}`, Out: `{"result":false}`},
			{In: `{"left-operand":{"a":[1]},"right-operand":{"a":[1]}}`, Out: `{"result":true}`},
			{In: `{"left-operand":1,"operator":"~","right-operand":1}`, Err: flow.CodeInputInvalid},
			{In: `{"left-operand":"twelve","operator":"%","right-operand":4}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			holds, err := flow.Compare(flow.Operator(c.Text(1)), c.Value(0), c.Value(2))
			return flow.Bool(holds), err
		},
	}
}

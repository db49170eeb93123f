// Package convert has the cards that convert one value by the rules of the
// automatic conversion.
package convert

import (
	"context"

	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "Conversion"
)

// Cards returns the conversion cards in catalogue order.
func Cards() []*flow.Card { return []*flow.Card{toNumber(), toText()} }

func input(doc string) []flow.Port {
	return []flow.Port{{Key: "input", Label: "input", Doc: doc, Type: flow.AnyType, Required: true}}
}

func toNumber() *flow.Card {
	return &flow.Card{
		Key: "convert.toNumber", Aliases: []string{"kernel:control:toNumber"}, Title: "To Number", Category: category, Since: since,
		Doc:    "Converts a value to a number. True gives 1 and False 0, a text must be a decimal number with nothing but blanks around it, a date gives its milliseconds since 1970; null and blank text give 0.",
		In:     input("The value: number, text, truth value or date."),
		Out:    []flow.Port{{Key: "output", Label: "output", Doc: "The number.", Type: flow.NumberType}},
		Cost:   flow.Cost{Base: 120, PerByte: 2},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes: []flow.Note{
			{Topic: "machine keys", Vendor: "show no keys", Choice: "input and output", Why: "the labels"},
		},
		Examples: []flow.Example{
			{In: `{"input":true}`, Out: `{"output":1}`},
			{In: `{"input":" 123 "}`, Out: `{"output":123}`},
			{In: `{"input":""}`, Out: `{"output":0}`},
			{In: `{"input":"abc123"}`, Err: flow.CodeTypeConversion},
			{In: `{"input":[1]}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return flow.Convert(c.Value(0), flow.NumberType)
		},
	}
}

func toText() *flow.Card {
	return &flow.Card{
		Key: "convert.toString", Aliases: []string{"kernel:control:toString"}, Title: "To String", Category: category, Since: since,
		Doc:    "Converts a value to text. Numbers are written as ECMAScript writes them, truth values as true and false, dates in ISO 8601, objects and lists as compact JSON; text stays as it is. Null and files are an error.",
		In:     input("The value: text, number, truth value, date, object or list."),
		Out:    []flow.Port{{Key: "output", Label: "output", Doc: "The text.", Type: flow.TextType}},
		Cost:   flow.Cost{Base: 100, PerByte: 4},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Notes: []flow.Note{
			{Topic: "To String of lists, dates and null", Vendor: "name numbers, truth values, texts and objects, and call all else an error", Choice: "lists are written as JSON and dates as ISO 8601; null is an error", Why: "lists and dates are objects and texts on the wires of the vendor"},
			{Topic: "machine keys", Vendor: "show no keys", Choice: "input and output", Why: "the labels"},
		},
		Examples: []flow.Example{
			{In: `{"input":123}`, Out: `{"output":"123"}`},
			{In: `{"input":false}`, Out: `{"output":"false"}`},
			{In: `{"input":{"a":[1,null]}}`, Out: `{"output":"{\"a\":[1,null]}"}`},
			{In: `{"input":null}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			v := c.Value(0)
			if v.IsNull() {
				return flow.Value{}, flow.Errorf(flow.CodeTypeConversion, "null cannot be converted to text")
			}
			out, err := flow.Convert(v, flow.TextType)
			if err != nil {
				return flow.Value{}, err
			}
			return out, c.Reserve(int64(len(out.Text())))
		},
	}
}

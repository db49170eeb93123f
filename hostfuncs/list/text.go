package list

import (
	"context"

	"github.com/weirflow/weir/flow"
)

func join() *flow.Card {
	return &flow.Card{
		Key: "list.join", Aliases: []string{"kernel:list:join"}, Title: "List to Text", Category: category, Since: since,
		Doc: "Joins the items of a list into one text, with a separator between them. Numbers, true/false and dates are written as text and null as nothing; objects and lists among the items are type.conversion: use Pluck first.",
		In: []flow.Port{
			passing(items("list", "list", "Text, numbers, true/false or dates.")),
			{Key: "delimiter", Label: "separator", Doc: "Text between two items.", Type: flow.TextType, Default: `""`},
		},
		Out:    []flow.Port{out("string", "text", "The joined text; a secret if an item is one.", flow.TextType)},
		Cost:   flow.Cost{Base: 300, PerItem: 160, PerByte: 1},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"list":["a","b","c"],"delimiter":","}`, Out: `{"string":"a,b,c"}`},
			{In: `{"list":[1,true,null,"x"],"delimiter":"-"}`, Out: `{"string":"1-true--x"}`},
			{In: `{"list":[],"delimiter":","}`, Out: `{"string":""}`},
			{In: `{"list":[{"a":1}],"delimiter":","}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			l, between := c.List(0), c.Value(1)
			parts := make([]flow.Value, 0, 2*l.Len())
			var size int64
			for i, v := range l.All() {
				if v.Kind() == flow.KindObject || v.Kind() == flow.KindList {
					return flow.Value{}, flow.Errorf(flow.CodeTypeConversion, "item %d is of type %s and cannot be joined", i, v.Kind())
				}
				t, err := flow.Convert(v, flow.TextType)
				if err != nil {
					return flow.Value{}, err
				}
				if i > 0 {
					parts = append(parts, between)
					size += int64(len(between.Text()))
				}
				parts = append(parts, t)
				size += int64(len(t.Text()))
			}
			if err := c.Reserve(size); err != nil {
				return flow.Value{}, err
			}
			return flow.Concat(parts...)
		},
	}
}

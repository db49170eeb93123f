package list

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// operatorChoices are the comparisons with the labels that the designer shows.
var operatorChoices = []flow.Choice{
	{Value: string(flow.OpEqual), Label: "equal to"},
	{Value: string(flow.OpNotEqual), Label: "not equal to"},
	{Value: string(flow.OpAtLeast), Label: "greater than or equal to"},
	{Value: string(flow.OpAtMost), Label: "less than or equal to"},
	{Value: string(flow.OpMore), Label: "greater than"},
	{Value: string(flow.OpLess), Label: "less than"},
	{Value: string(flow.OpMultiple), Label: "a multiple of"},
	{Value: string(flow.OpIn), Label: "in"},
	{Value: string(flow.OpNotIn), Label: "not in"},
	{Value: string(flow.OpHas), Label: "has key"},
	{Value: string(flow.OpHasNot), Label: "doesn't have key"},
	{Value: string(flow.OpIdentical), Label: "equal including type"},
	{Value: string(flow.OpUnidentical), Label: "not equal including type"},
	{Value: string(flow.OpEmpty), Label: "is empty"},
	{Value: string(flow.OpNotEmpty), Label: "is not empty"},
}

func conditionPorts(operators []flow.Choice, comparisonRequired bool) []flow.Port {
	return []flow.Port{
		items("list", "list", "The list to search."),
		{Key: "operator", Label: "operator", Doc: "How an item is compared.", Type: flow.TextType, Required: true,
			Default: `"=="`, Choices: operators},
		{Key: "path", Label: "path", Doc: "Dotted path of the compared value inside an item; blank compares the item itself.", Type: flow.TextType},
		{Key: "comparison", Label: "comparison", Doc: "What the item's value is compared with; it stands on the right side.", Type: flow.AnyType, Required: comparisonRequired},
	}
}

// missingPath is the note of both cards.
var missingPath = flow.Note{
	Topic: "items that lack the path", Vendor: "say nothing",
	Choice: "they hold null there, which equals what is empty and compares as in Compare (boolean.compare)", Why: "a missing key reads as null everywhere else",
}

// condition is the test that Filter and Find share: item (or what is at path
// inside it) operator comparison.
type condition struct {
	op    flow.Operator
	path  []string
	right flow.Value
}

// conditionOf reads the condition of c and takes the fuel for holding every
// item against the right side, whose size counts once for each item.
func conditionOf(c *flow.Call) (condition, error) {
	n := c.List(0).Len()
	cond := condition{op: flow.Operator(c.Text(1)), right: c.Value(3)}
	var err error
	if cond.path, err = pathOf(c, 2, n); err != nil {
		return cond, err
	}
	if cond.op.Unary() {
		return cond, nil
	}
	return cond, c.Spend(int64(n) * 3 * cond.right.Size())
}

// price is what comparing one item stands for.
func (c *condition) price(item flow.Value) int64 { return 100 + 3*c.right.Size() + item.Size()/2 }

func (c *condition) holds(item flow.Value) (bool, error) {
	if len(c.path) > 0 {
		item = flow.At(item, c.path...)
	}
	return flow.Compare(c.op, item, c.right)
}

func filterBy() *flow.Card {
	return &flow.Card{
		Key: "list.filterBy", Aliases: []string{"kernel:list:filterBy"}, Title: "Filter", Category: category, Since: since,
		Doc:    "Keeps the items that satisfy one simple condition, in their order. The item, or the value at a path inside it, stands on the left side of the operator; with \"in\" it must be a part of the comparison text, or an item of the comparison list.",
		In:     conditionPorts(operatorChoices, false),
		Out:    []flow.Port{out("list", "list", "The items for which the condition is true.", listType)},
		Cost:   flow.Cost{Base: 500, PerItem: 500, PerByte: 0.5},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitDepth},
		Notes:  []flow.Note{missingPath},
		Examples: []flow.Example{
			{In: `{"list":[5,80,9],"operator":">","comparison":9}`, Out: `{"list":[80]}`},
			{In: `{"list":[{"s":"OPEN"},{"s":"DONE"},{}],"path":"s","comparison":"OPEN"}`, Out: `{"list":[{"s":"OPEN"}]}`, Note: "the default operator is =="},
			{In: `{"list":["a","b","c"],"operator":"in","comparison":["a","c"]}`, Out: `{"list":["a","c"]}`},
			{In: `{"list":["",0,null,"x"],"operator":"is not empty"}`, Out: `{"list":[0,"x"]}`},
			{In: `{"list":[{"s":"x"},{}],"path":"s","comparison":""}`, Out: `{"list":[{}]}`, Note: "a missing value is empty"},
			{In: `{"list":[1],"operator":"~","comparison":1}`, Err: flow.CodeInputInvalid},
			{In: `{"list":[4,"five"],"operator":"%","comparison":2}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			cond, err := conditionOf(c)
			if err != nil {
				return flow.Value{}, err
			}
			var next []flow.Value
			for _, v := range c.List(0).All() {
				if err := c.Alive(ctx, cond.price(v)); err != nil {
					return flow.Value{}, err
				}
				ok, err := cond.holds(v)
				if err != nil {
					return flow.Value{}, err
				}
				if ok {
					next = append(next, v)
				}
			}
			return flow.ListOf(next...), nil
		},
	}
}

var findShape = flow.NewShape([]string{"item", "index"})

func findBy() *flow.Card {
	return &flow.Card{
		Key: "list.findBy", Aliases: []string{"kernel:list:findBy"}, Title: "Find", Category: category, Since: since,
		Doc: "Returns the first item that satisfies one simple condition, and its position from 0. Without such an item the item is null and the position -1.",
		In:  conditionPorts(operatorChoices[:13], true), // without the unary operators, which stand last
		Out: []flow.Port{
			out("item", "item", "The first fitting item, or null.", flow.AnyType),
			always(out("index", "index", "Its position from 0, or -1.", flow.NumberType)),
		},
		Cost:   flow.Cost{Base: 500, PerItem: 500, PerByte: 0.5},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitDepth},
		Notes:  []flow.Note{missingPath},
		Examples: []flow.Example{
			{In: `{"list":[{"id":"a","t":"sms"},{"id":"b","t":"totp"}],"path":"t","comparison":"totp"}`, Out: `{"item":{"id":"b","t":"totp"},"index":1}`},
			{In: `{"list":["a","b"],"operator":"==","comparison":"z"}`, Out: `{"item":null,"index":-1}`},
			{In: `{"list":["1",1],"operator":"===","comparison":1}`, Out: `{"item":1,"index":1}`},
			{In: `{"list":[""],"operator":"is empty","comparison":""}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			cond, err := conditionOf(c)
			if err != nil {
				return flow.Value{}, err
			}
			for i, v := range c.List(0).All() {
				if err := c.Alive(ctx, cond.price(v)); err != nil {
					return flow.Value{}, err
				}
				ok, err := cond.holds(v)
				if err != nil {
					return flow.Value{}, err
				}
				if ok {
					return flow.NewObject(findShape, []flow.Value{v, flow.Number(float64(i))}), nil
				}
			}
			return flow.NewObject(findShape, []flow.Value{flow.Null(), flow.Number(-1)}), nil
		},
	}
}

func includes() *flow.Card {
	return &flow.Card{
		Key: "list.includes", Aliases: []string{"kernel:list:includes"}, Title: "Includes", Category: category, Since: since,
		Doc: "Tells whether a list contains a value. Objects are compared by content, text with regard to case. A value of another simple type than the items is converted to theirs first.",
		In: []flow.Port{
			items("list", "list", "The list to search."),
			{Key: "value", Label: "value", Doc: "What to look for.", Type: flow.AnyType, Required: true},
		},
		Out:  []flow.Port{out("result", "result", "True if an item equals the value.", flow.BoolType)},
		Cost: flow.Cost{Base: 350, PerItem: 25, PerByte: 0.5},
		Notes: []flow.Note{
			{Topic: "case of text", Vendor: "say nothing", Choice: "case matters", Why: "only Difference is documented to ignore it"},
		},
		Examples: []flow.Example{
			{In: `{"list":[{"name":"Bob","age":20},{"name":"Jane","age":25}],"value":{"name":"Jane","age":25}}`, Out: `{"result":true}`},
			{In: `{"list":["a","b"],"value":"A"}`, Out: `{"result":false}`},
			{In: `{"list":[1,2],"value":"2"}`, Out: `{"result":true}`, Note: "the text is read as a number, as the items are"},
			{In: `{"list":[0,""],"value":null}`, Out: `{"result":false}`},
			{In: `{"list":[1,2],"item":2}`, Err: flow.CodeCardInput, Note: "the input is called value"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if err := c.Spend(fuelConverted * c.Value(1).Size()); err != nil {
				return flow.Value{}, err
			}
			want := asItems(c.List(0), c.Value(1))
			for _, v := range c.List(0).All() {
				if err := c.Alive(ctx, 20+min(v.Size(), want.Size())/16); err != nil {
					return flow.Value{}, err
				}
				if flow.Equal(v, want) {
					return flow.Bool(true), nil
				}
			}
			return flow.Bool(false), nil
		},
	}
}

// fuelConverted is the price of each byte that asItems may have to read as a
// number, a date or an object.
const fuelConverted = 6

// asItems converts a simple value to the one simple type that all items of l
// have. Where they have several types, or the value does not convert, it stays
// as it is.
func asItems(l *flow.List, v flow.Value) flow.Value {
	kind, uniform := uniformKind(l)
	if !uniform || kind == v.Kind() || !scalar(v.Kind()) {
		return v
	}
	if x, err := flow.Convert(v, typeOf(kind)); err == nil {
		return x
	}
	return v
}

// uniformKind returns the simple kind that all items share, if they do.
func uniformKind(l *flow.List) (flow.Kind, bool) {
	if l.Len() == 0 {
		return flow.KindNull, false
	}
	kind := l.At(0).Kind()
	if !scalar(kind) {
		return kind, false
	}
	for _, v := range l.All() {
		if v.Kind() != kind {
			return kind, false
		}
	}
	return kind, true
}

func scalar(k flow.Kind) bool {
	return k == flow.KindText || k == flow.KindNumber || k == flow.KindBool || k == flow.KindDate
}

func typeOf(k flow.Kind) flow.Type {
	switch k {
	case flow.KindNumber:
		return flow.NumberType
	case flow.KindBool:
		return flow.BoolType
	case flow.KindDate:
		return flow.DateType
	}
	return flow.TextType
}

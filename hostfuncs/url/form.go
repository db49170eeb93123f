package url

import (
	"context"
	"math"
	"strconv"

	"github.com/weirflow/weir/flow"
)

func form() *flow.Card {
	return &flow.Card{
		Key: "url.form", Title: "Encode Form", Category: category, Since: since,
		Doc: "Turns an object into application/x-www-form-urlencoded text, with nested values in brackets: metadata[order]=1, items[0][price]=5. Null, {} and [] are left out; true/false and numbers become text and dates ISO text. A secret among the values gives a secret.",
		In: []flow.Port{
			{Key: "data", Label: "data", Doc: "Values by name; objects and lists may nest.", Type: flow.ObjectType, Required: true, Secret: flow.SecretPass},
			{Key: "lists", Label: "lists", Type: flow.TextType, Default: `"indices"`,
				Doc: "How the items of a list are named: a[0]=x&a[1]=y, a[]=x&a[]=y or a=x&a=y.",
				Choices: []flow.Choice{
					{Value: "indices", Label: "a[0]=x&a[1]=y"},
					{Value: "brackets", Label: "a[]=x&a[]=y"},
					{Value: "repeat", Label: "a=x&a=y"},
				}},
		},
		Out:    []flow.Port{out("output", "output", "The form text, for a request body or a query.", flow.TextType)},
		Cost:   flow.Cost{Base: 400, PerByte: 5, PerItem: 60},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeNumberRange, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"data":{"amount":500,"metadata":{"order":"7 & 8"},"expand":["customer","invoice"]}}`, Out: `{"output":"amount=500&metadata[order]=7+%26+8&expand[0]=customer&expand[1]=invoice"}`},
			{In: `{"data":{"items":[{"price":"p1","quantity":2},{"price":"p2"}]}}`, Out: `{"output":"items[0][price]=p1&items[0][quantity]=2&items[1][price]=p2"}`},
			{In: `{"data":{"a":[1,null,2],"n":null,"e":{},"t":true},"lists":"brackets"}`, Out: `{"output":"a[]=1&a[]=2&t=true"}`},
			{In: `{"data":{"a":["x","y"]},"lists":"repeat"}`, Out: `{"output":"a=x&a=y"}`},
			{In: `{"data":{"a":[1]},"lists":"commas"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			o, err := object(c.Value(0))
			if err != nil {
				return flow.Value{}, err
			}
			f := formWriter{builder: builder{ctx: ctx, c: c}, lists: c.Text(1)}
			for k, v := range o.All() {
				f.name = f.name[:0]
				err := f.appendKey(k)
				if err == nil {
					err = f.write(v)
				}
				if err != nil {
					return flow.Value{}, err
				}
			}
			return f.value()
		},
	}
}

// formWriter walks a value with the name of the current place in one buffer
// that grows and shrinks, so that a long key costs once and not once for every
// value below it.
type formWriter struct {
	builder
	lists string
	name  []byte
}

func (f *formWriter) write(v flow.Value) error {
	mark := len(f.name)
	defer func() { f.name = f.name[:mark] }()
	switch v.Kind() {
	case flow.KindNull:
		return nil
	case flow.KindObject:
		for k, x := range v.Object().All() {
			f.name = append(f.name[:mark], '[')
			if err := f.appendKey(k); err != nil {
				return err
			}
			f.name = append(f.name, ']')
			if err := f.write(x); err != nil {
				return err
			}
		}
		return nil
	case flow.KindList:
		i := 0
		for _, x := range v.List().All() {
			if x.IsNull() {
				continue
			}
			f.name = f.appendItem(f.name[:mark], i)
			if err := f.write(x); err != nil {
				return err
			}
			i++
		}
		return nil
	case flow.KindNumber:
		if n := v.Number(); math.IsNaN(n) || math.IsInf(n, 0) {
			return flow.Errorf(flow.CodeNumberRange, "a number that is not finite cannot be sent")
		}
	}
	if f.size > 0 {
		if err := f.literal("&"); err != nil {
			return err
		}
	}
	if err := f.reserve(len(f.name) + 1); err != nil {
		return err
	}
	f.text = append(append(f.text, f.name...), '=')
	return f.scalar(v, &formChars)
}

// appendKey appends an encoded key to the name.
func (f *formWriter) appendKey(k string) error {
	if err := f.c.Reserve(f.size + int64(len(f.name)+escapedLen(k, &formChars))); err != nil {
		return err
	}
	f.name = appendEscaped(f.name, k, &formChars)
	return nil
}

// appendItem appends what names the i-th item of a list.
func (f *formWriter) appendItem(name []byte, i int) []byte {
	switch f.lists {
	case "brackets":
		return append(name, "[]"...)
	case "repeat":
		return name
	}
	return append(strconv.AppendInt(append(name, '['), int64(i), 10), ']')
}

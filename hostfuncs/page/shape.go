package page

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// shape gives records the fields that a polling flow declares for them. The
// construct `return` checks the inputs.
func shape() *flow.Card {
	return &flow.Card{
		Key: "page.shape", Title: "Shape Records", Category: category, Since: since,
		Doc: "Converts the fields of records to the types that they are declared with, as outputs are converted. A declared field that a record does not have" +
			" is null; what is not declared stays as it is. It is what `return` of a polling flow is made of.",
		In: []flow.Port{
			{Key: "records", Label: "records", Type: flow.ListType(flow.ObjectType), Required: true, Doc: "The records."},
			{Key: "types", Label: "types", Type: flow.ObjectType, Required: true, Doc: "The type of each declared field by its key, such as text or number[]."},
		},
		Out:    []flow.Port{{Key: "shaped", Label: "shaped", Type: flow.ListType(flow.ObjectType), Doc: "The records with their fields converted."}},
		Cost:   flow.Cost{Base: 600, PerByte: 6, PerItem: 200},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"records": [{"id": 42, "tags": "a"}], "types": {"id": "text", "tags": "text[]"}}`, Out: `{"shaped": [{"id": "42", "tags": ["a"]}]}`},
			{In: `{"records": [{"n": 1}], "types": {"id": "text"}}`, Out: `{"shaped": [{"n": 1, "id": null}]}`, Note: "a field that is not there, and one that is not declared"},
			{In: `{"records": [{"id": null}], "types": {"id": "text"}}`, Out: `{"shaped": [{"id": ""}]}`, Note: "null is converted as everywhere"},
			{In: `{"records": [], "types": {"id": "text"}}`, Out: `{"shaped": []}`},
			{In: `{"records": [{"at": "soon"}], "types": {"at": "date"}}`, Err: flow.CodeTypeConversion},
			{In: `{"records": [{}], "types": {"id": "words"}}`, Err: flow.CodeInputInvalid},
		},
		Run: runShape,
	}
}

// field is one declared field of a record.
type field struct {
	key string
	t   flow.Type
}

// runShape takes records and types.
func runShape(ctx context.Context, c *flow.Call) (flow.Value, error) {
	var fields []field
	for k, v := range c.Object(1).All() {
		t, ok := flow.Type{}, false
		if v.Kind() == flow.KindText {
			t, ok = flow.ParseType(v.Text())
		}
		if !ok {
			return flow.Value{}, c.Invalid(1, "has a type that no field has, for %s", flow.Excerpt(k))
		}
		fields = append(fields, field{k, t})
	}
	shaped := make([]flow.Value, 0, c.List(0).Len())
	for i, record := range c.List(0).All() {
		var b flow.ObjectBuilder
		for k, v := range record.Object().All() {
			if err := c.Alive(ctx, itemFuel); err != nil {
				return flow.Value{}, err
			}
			b.Set(k, v)
		}
		for _, f := range fields {
			if err := c.Alive(ctx, itemFuel); err != nil {
				return flow.Value{}, err
			}
			v, given := record.Object().Get(f.key)
			if given {
				var err error
				if v, err = flow.ConvertWithin(v, f.t, c.ValueLimit()); err != nil {
					e := flow.AsError(err)
					return flow.Value{}, flow.Errorf(e.Code, "record %d, field %s: %s", i, flow.Excerpt(f.key), e.Msg)
				}
			}
			b.Set(f.key, v)
		}
		shaped = append(shaped, b.Value())
	}
	return flow.ListOf(shaped...), nil
}

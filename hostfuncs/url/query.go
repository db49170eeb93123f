package url

import (
	"context"
	"math"
	"strings"

	"github.com/weirflow/weir/flow"
)

func decode() *flow.Card {
	return &flow.Card{
		Key: "url.decode", Aliases: []string{"kernel:url:decode"}, Title: "Decode Query", Category: category, Since: since,
		Doc:    "Turns a query string into an object of text. A key that occurs several times gives a list of its values, + means a space, a key without = has empty text, and a malformed escape stays as it is. A leading ? is not stripped.",
		In:     []flow.Port{{Key: "query", Label: "query", Doc: "The query, without a leading ?.", Type: flow.TextType, Required: true}},
		Out:    []flow.Port{out("output", "output", "Values by key.", flow.ObjectType)},
		Cost:   flow.Cost{Base: 200, PerByte: 5},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Notes: []flow.Note{{
			Topic: "machine key of the input", Vendor: "show the label only",
			Choice: "query, the label", Why: "the sister cards name their inputs so",
		}},
		Examples: []flow.Example{
			{In: `{"query":"name=John%20Doe&region=North%20America"}`, Out: `{"output":{"name":"John Doe","region":"North America"}}`},
			{In: `{"query":"a=1&a=2&b=x+y&c&&=v"}`, Out: `{"output":{"a":["1","2"],"b":"x y","c":"","":"v"}}`},
			{In: `{"query":"x=100%&y=%zz"}`, Out: `{"output":{"x":"100%","y":"%zz"}}`},
			{In: `{"string":"a=1"}`, Err: flow.CodeCardInput, Note: "the input is called query"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			return decodeQuery(c)
		},
	}
}

// pairBytes is what a key and its text cost in memory beside their bytes
// (flow.Value.Size).
const pairBytes = 64

// fuelPair is the price of a pair, whose key may be new.
const fuelPair = 200

func decodeQuery(c *flow.Call) (flow.Value, error) {
	var keys []string
	var lists [][]flow.Value
	place := map[string]int{}
	var used int64
	for piece := range strings.SplitSeq(c.Text(0), "&") {
		if piece == "" {
			continue
		}
		used += pairBytes + int64(len(piece))
		if err := c.Reserve(used); err != nil {
			return flow.Value{}, err
		}
		if err := c.Spend(fuelPair); err != nil {
			return flow.Value{}, err
		}
		k, v, _ := strings.Cut(piece, "=")
		key := decoded(k)
		i, ok := place[key]
		if !ok {
			i = len(keys)
			place[key] = i
			keys = append(keys, key)
			lists = append(lists, nil)
		}
		lists[i] = append(lists[i], flow.Text(decoded(v)))
	}
	vals := make([]flow.Value, len(keys))
	for i, l := range lists {
		if len(l) == 1 {
			vals[i] = l[0]
		} else {
			vals[i] = flow.ListOf(l...)
		}
	}
	return flow.NewObject(flow.NewShape(keys), vals), nil
}

// decoded resolves one side of a pair; bytes that are not UTF-8 become U+FFFD.
func decoded(s string) string {
	s, _ = unescape(strings.ReplaceAll(s, "+", " "))
	return strings.ToValidUTF8(s, "\uFFFD")
}

func encode() *flow.Card {
	return &flow.Card{
		Key: "url.encode", Aliases: []string{"kernel:url:encode"}, Title: "Encode Query", Category: category, Since: since,
		Doc: "Turns an object into a query string, without a leading ?. The order of keys is kept, a list gives its key once per item, numbers, true/false and dates become text, and null and nested objects an empty value. A secret among the values gives a secret.",
		In: []flow.Port{{Key: "data", Label: "data", Doc: "Values by key.", Type: flow.ObjectType, Required: true,
			Secret: flow.SecretPass}},
		Out:    []flow.Port{out("output", "output", "The query.", flow.TextType)},
		Cost:   flow.Cost{Base: 300, PerByte: 3, PerItem: 60},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeSecretFlow, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"data":{"name":"John Doe","region":"North America"}}`, Out: `{"output":"name=John%20Doe&region=North%20America"}`},
			{In: `{"data":{"a":["1","2"],"n":5,"b":true,"z":null,"o":{"x":1},"l":[]}}`, Out: `{"output":"a=1&a=2&n=5&b=true&z=&o="}`},
			{In: `{"data":{"ü&":"="}}`, Out: `{"output":"%C3%BC%26=%3D"}`},
			{In: `{"data":"not an object"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			return encodeQuery(ctx, c)
		},
	}
}

func encodeQuery(ctx context.Context, c *flow.Call) (flow.Value, error) {
	o, err := object(c.Value(0))
	if err != nil {
		return flow.Value{}, err
	}
	b := builder{ctx: ctx, c: c}
	for k, v := range o.All() {
		if v.Kind() != flow.KindList {
			if err := b.pair(k, v); err != nil {
				return flow.Value{}, err
			}
		}
		for _, x := range v.List().All() {
			if err := b.pair(k, x); err != nil {
				return flow.Value{}, err
			}
		}
	}
	return b.value()
}

// pair adds key=value with the rules of Encode Query.
func (b *builder) pair(key string, v flow.Value) error {
	if b.size > 0 {
		if err := b.literal("&"); err != nil {
			return err
		}
	}
	if err := b.escaped(key, &componentChars); err != nil {
		return err
	}
	if err := b.literal("="); err != nil {
		return err
	}
	switch v.Kind() {
	case flow.KindNull, flow.KindFile:
		return nil
	case flow.KindObject, flow.KindList:
		if v.HasSecret() {
			return flow.Errorf(flow.CodeSecretFlow, "a secret inside a nested value would be lost")
		}
		return nil
	case flow.KindNumber:
		if f := v.Number(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
	}
	return b.scalar(v, &componentChars)
}

// object returns v as an object: a JSON array in its place is type.conversion.
func object(v flow.Value) (*flow.Object, error) {
	if v.Kind() == flow.KindList {
		return nil, flow.Errorf(flow.CodeTypeConversion, "a list stands where an object is needed")
	}
	return v.Object(), nil
}

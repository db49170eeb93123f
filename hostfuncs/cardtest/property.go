package cardtest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// Property calls every card n times with random inputs of the declared types,
// from a printed seed. A call must give a value of the declared type or a coded
// error that is not internal, must never panic, and pure cards must give the
// same answer twice.
func Property(t *testing.T, cards []*flow.Card, seed uint64, n int) {
	t.Helper()
	for _, card := range cards {
		rng := rand.New(rand.NewPCG(seed, 0))
		for i := range n {
			in := RandomInput(rng, card)
			if err := lawful(t.Context(), card, in); err != nil {
				t.Errorf("seed %d, call %d: %s on %s: %v", seed, i, card.Key, flow.Excerpt(in.String()), err)
				break
			}
		}
	}
}

func lawful(ctx context.Context, card *flow.Card, in flow.Value) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	out, err := Direct(ctx, card, in)
	if err != nil {
		if code := flow.CodeOf(err); code == flow.CodeInternal || code == "" {
			return fmt.Errorf("error without a code: %w", err)
		} else if !slices.Contains(card.Errors, code) && code != flow.CodeCardInput {
			return fmt.Errorf("error %s, which the card does not list: %w", code, err)
		}
		return parts(ctx, card, in, out, err)
	}
	if err := declaredTypes(card, out); err != nil {
		return err
	}
	if err := parts(ctx, card, in, out, nil); err != nil {
		return err
	}
	if card.Effect == flow.Pure {
		again, err := Direct(ctx, card, in)
		if err != nil || again.String() != out.String() {
			return fmt.Errorf("not deterministic: %s, then %s (%v)", out, again, err)
		}
	}
	return nil
}

// declaredTypes holds every output, grouped ones included, to its declared type.
func declaredTypes(card *flow.Card, out flow.Value) error {
	for i := range card.Out {
		p := &card.Out[i]
		from, name := out.Object(), p.Key
		if p.Group != "" {
			g, _ := from.Get(p.Group)
			from, name = g.Object(), p.Group+"."+p.Key
		}
		v, ok := from.Get(p.Key)
		if !ok {
			return fmt.Errorf("output %q is missing", name)
		}
		if !hasType(v, p.Type) {
			return fmt.Errorf("output %q is %s, declared %s", name, v.Kind(), p.Type)
		}
	}
	return nil
}

func hasType(v flow.Value, t flow.Type) bool {
	if v.IsNull() || t.Base == flow.BaseAny && !t.List {
		return true
	}
	if t.List {
		return v.Kind() == flow.KindList
	}
	if t.Secret && v.Kind() == flow.KindSecret {
		return true
	}
	want := map[flow.Base]flow.Kind{
		flow.BaseText: flow.KindText, flow.BaseNumber: flow.KindNumber, flow.BaseBool: flow.KindBool,
		flow.BaseDate: flow.KindDate, flow.BaseObject: flow.KindObject, flow.BaseFile: flow.KindFile, flow.BaseFlow: flow.KindFlow,
	}[t.Base]
	if t.Base == flow.BaseObject && v.Kind() == flow.KindList {
		return true // a JSON array travels in an object field
	}
	return v.Kind() == want
}

// RandomInput returns inputs for card: mostly of the declared types, sometimes
// missing, sometimes of another type that converts or does not.
func RandomInput(rng *rand.Rand, card *flow.Card) flow.Value {
	groups := map[string]*flow.ObjectBuilder{}
	var order []string
	set := func(group, key string, v flow.Value) {
		b, ok := groups[group]
		if !ok {
			b = &flow.ObjectBuilder{}
			groups[group] = b
			order = append(order, group)
		}
		b.Set(key, v)
	}
	for _, p := range card.In {
		switch {
		case rng.IntN(12) == 0:
		case len(p.Choices) > 0 && rng.IntN(8) > 0:
			set(p.Group, p.Key, flow.Text(p.Choices[rng.IntN(len(p.Choices))].Value))
		case rng.IntN(10) == 0:
			set(p.Group, p.Key, RandomValue(rng, flow.AnyType, 2))
		default:
			set(p.Group, p.Key, RandomValue(rng, p.Type, 3))
		}
	}
	if e := card.Extra; e != nil {
		for i := range rng.IntN(4) {
			set(e.Group, fmt.Sprintf("extra %d", i), RandomValue(rng, e.Type, 2))
		}
	}
	var out flow.ObjectBuilder
	for _, g := range order {
		v := groups[g].Value()
		if g != "" {
			out.Set(g, v)
			continue
		}
		for k, x := range v.Object().All() {
			out.Set(k, x)
		}
	}
	return out.Value()
}

var randomTexts = []string{
	"", " ", "a", "Hello, World!", "ü", "日本", "😀x", "42", "-1.5e3", "true", "false", "null", "[1,2]", `{"a":1}`, "2016-09-07T16:55:25.670Z",
	"a,b,c", "a@b.example", "(", "[a-z]+", "$1", "\x00", "\n", "https://example.com/a?b=c#d", "YYYY-MM-DD", "a.b.0", "__proto__", "%41%", "<a>1</a>",
}

var randomNumbers = []float64{
	0, math.Copysign(0, -1), 1, -1, 2, 0.5, -2.5, 3, 10, 100, 255, 1e6, 1e15, 1 << 53, 1e21, 1e-7, math.MaxFloat64, math.SmallestNonzeroFloat64, 1473206485670,
}

// RandomValue returns a value of type t, nested at most depth levels.
func RandomValue(rng *rand.Rand, t flow.Type, depth int) flow.Value {
	if t.List {
		n := rng.IntN(5)
		if depth <= 0 {
			n = 0
		}
		items := make([]flow.Value, n)
		for i := range items {
			items[i] = RandomValue(rng, t.Item(), depth-1)
		}
		return flow.ListOf(items...)
	}
	switch t.Base {
	case flow.BaseText:
		s := randomTexts[rng.IntN(len(randomTexts))]
		if rng.IntN(6) == 0 {
			s = strings.Repeat(s, rng.IntN(20))
		}
		return flow.Text(s)
	case flow.BaseNumber:
		if rng.IntN(2) == 0 {
			return flow.Number(float64(rng.IntN(200) - 100))
		}
		return flow.Number(randomNumbers[rng.IntN(len(randomNumbers))])
	case flow.BaseBool:
		return flow.Bool(rng.IntN(2) == 0)
	case flow.BaseDate:
		return flow.Date(rng.Float64() * 4e12)
	case flow.BaseObject:
		var b flow.ObjectBuilder
		for range rng.IntN(4) {
			if depth > 0 {
				b.Set(randomTexts[rng.IntN(len(randomTexts))], RandomValue(rng, flow.AnyType, depth-1))
			}
		}
		return b.Value()
	case flow.BaseFile:
		return flow.FileOf(ExampleFile(randomTexts[rng.IntN(len(randomTexts))], "", randomTexts[rng.IntN(len(randomTexts))]))
	case flow.BaseFlow:
		return flow.Null()
	}
	others := [...]flow.Type{flow.FileType, flow.TextType, flow.NumberType, flow.BoolType, flow.DateType, flow.ObjectType, flow.ListType(flow.AnyType)}
	if rng.IntN(10) == 0 {
		return flow.Null()
	}
	return RandomValue(rng, others[rng.IntN(len(others))], depth-1)
}

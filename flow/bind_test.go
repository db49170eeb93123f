package flow

import (
	"testing"
)

// samples has values of every kind, with and without secrets.
func samples() []Value {
	secret := NewSecret("k", "hunter22", "example.com")
	return []Value{
		Null(), Bool(true), Bool(false), Number(0), Number(-1.5), Text(""), Text("x"), Text("12"), Date(5), FlowOf("f"), secret,
		Members(), Members("a", Number(1)), Members("a", secret), ListOf(), ListOf(Text("x"), Number(2)), ListOf(secret),
		{kind: KindFile, ref: &File{ID: "1"}},
	}
}

// TestAsIs: what AsIs takes, Bind takes as it is.
func TestAsIs(t *testing.T) {
	taken := 0
	for base := BaseAny; base <= BaseFlow; base++ {
		for _, list := range []bool{false, true} {
			for _, choices := range [][]Choice{nil, {{Value: "x"}}} {
				for _, nullable := range []bool{false, true} {
					typ := Type{Base: base, List: list}
					p := Port{Key: "p", Type: typ, Choices: choices, Nullable: nullable}
					for _, v := range samples() {
						if v.HasSecret() || !p.AsIs().Has(v.Kind()) {
							continue
						}
						taken++
						if got, err := p.Bind(v); err != nil || got != v {
							t.Errorf("%s, nullable %t: %s becomes %s (%v)", typ, nullable, v, got, err)
						}
					}
				}
			}
			e := &Extra{Type: Type{Base: base, List: list}}
			for _, v := range samples() {
				if v.HasSecret() || !e.AsIs().Has(v.Kind()) {
					continue
				}
				taken++
				c := Call{Card: &Card{Key: "a.b", Extra: e}}
				c.SetExtra(NewShape([]string{"k"}), []Value{v})
				if err := c.BindExtra(); err != nil || c.Extra.At(0) != v {
					t.Errorf("further inputs of %s: %s becomes %s (%v)", e.Type, v, c.Extra.At(0), err)
				}
			}
		}
	}
	if taken < 80 {
		t.Errorf("only %d values were taken as they are", taken)
	}
}

// TestSetExtraLendsOnly: what was made of author-made inputs stays as it was when
// the next call takes their place.
func TestSetExtraLendsOnly(t *testing.T) {
	var c Call
	vals := []Value{Text("first"), ListOf(Number(1))}
	c.SetExtra(NewShape([]string{"a", "b"}), vals)
	kept, added := c.Extra.Value(), c.Extra.With("c", Bool(true))
	size, depth := kept.Size(), kept.Depth()
	vals[0], vals[1] = Text("second"), Null()
	c.SetExtra(NewShape([]string{"x", "y"}), vals)
	if got := kept.String(); got != `{"a":"first","b":[1]}` || kept.Size() != size || kept.Depth() != depth || depth != 2 {
		t.Errorf("the kept value became %s", got)
	}
	if got := added.String(); got != `{"a":"first","b":[1],"c":true}` {
		t.Errorf("the value with one more became %s", got)
	}
	again := kept.Object().Value()
	if again.Object() != kept.Object() {
		t.Error("a value of its own was copied")
	}
}

// TestWith compares With with a builder, around the size from which shapes have
// an index.
func TestWith(t *testing.T) {
	v, b := Members(), ObjectBuilder{}
	keys := "abcdefghijklmnopqrst"
	for i := range keys {
		key := keys[i : i+1]
		v = v.Object().With(key, Number(float64(i)))
		b.Set(key, Number(float64(i)))
		changed := v.Object().With("a", Text("new"))
		again := b
		again.keys, again.vals = append([]string(nil), b.keys...), append([]Value(nil), b.vals...)
		again.index = nil
		want := NewObject(NewShape(again.keys), again.vals)
		if !Equal(v, want) || v.String() != want.String() || v.Size() != want.Size() {
			t.Fatalf("%s of %d bytes, want %s of %d", v, v.Size(), want, want.Size())
		}
		if got, _ := changed.Object().Get("a"); got.Text() != "new" || changed.Object().Len() != i+1 {
			t.Fatalf("%s", changed)
		}
		if got, _ := v.Object().Get("a"); got != Number(0) {
			t.Fatalf("the first object changed: %s", v)
		}
	}
}

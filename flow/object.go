package flow

import "iter"

// Object is an immutable map from text keys to values that remembers the order
// in which keys were added. No key is reserved: "__proto__" is data.
type Object struct {
	shape  *Shape
	vals   []Value
	size   int64
	depth  int32
	secret bool
	lent   bool // part of a Call that will be used again
}

// Shape is the ordered key set that objects built in one place share.
type Shape struct {
	keys  []string
	index map[string]int32 // nil up to shapeScan keys, where scanning is faster
	bytes int64
}

// shapeScan is the number of keys up to which a linear scan beats a map look-up
// (measured: the lines cross between 8 and 12 short keys).
const shapeScan = 8

var (
	emptyShape  = &Shape{}
	emptyObject = &Object{shape: emptyShape, size: sizeObject, depth: 1}
)

// NewShape returns the shape with the given keys, which must be distinct; of
// equal keys the first keeps its place and the later ones are dropped.
func NewShape(keys []string) *Shape {
	s := &Shape{keys: keys}
	if len(keys) > shapeScan {
		s.index = make(map[string]int32, len(keys))
		out := keys[:0:0]
		for _, k := range keys {
			if _, dup := s.index[k]; dup {
				continue
			}
			s.index[k] = int32(len(out))
			out = append(out, k)
		}
		s.keys = out
	} else {
		out := make([]string, 0, len(keys))
	next:
		for _, k := range keys {
			for _, have := range out {
				if have == k {
					continue next
				}
			}
			out = append(out, k)
		}
		s.keys = out
	}
	for _, k := range s.keys {
		s.bytes += sizeKey + int64(len(k))
	}
	return s
}

// with returns s with a key behind the others, which it must not have.
func (s *Shape) with(key string) *Shape {
	n := len(s.keys)
	out := &Shape{keys: make([]string, n+1), bytes: s.bytes + sizeKey + int64(len(key))}
	copy(out.keys, s.keys)
	out.keys[n] = key
	if n+1 > shapeScan {
		out.index = make(map[string]int32, n+1)
		for i, k := range out.keys {
			out.index[k] = int32(i)
		}
	}
	return out
}

// Len returns the number of keys.
func (s *Shape) Len() int { return len(s.keys) }

// Key returns the i-th key.
func (s *Shape) Key(i int) string { return s.keys[i] }

// Find returns the place of key, or -1.
func (s *Shape) Find(key string) int {
	if s.index != nil {
		if i, ok := s.index[key]; ok {
			return int(i)
		}
		return -1
	}
	for i, k := range s.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// NewObject returns the object that gives vals[i] to the i-th key of s. It
// takes ownership of vals; len(vals) must equal s.Len().
func NewObject(s *Shape, vals []Value) Value {
	if len(vals) != len(s.keys) {
		panic("flow: NewObject: as many values as keys are needed")
	}
	o := &Object{}
	o.fill(s, vals)
	return Value{kind: KindObject, ref: o}
}

func (o *Object) fill(s *Shape, vals []Value) {
	*o = Object{shape: s, vals: vals, size: sizeObject + s.bytes}
	for _, v := range vals {
		o.size += v.Size()
		o.depth = max(o.depth, int32(v.Depth()))
		o.secret = o.secret || v.HasSecret()
	}
	o.depth++
}

// Len returns the number of keys.
func (o *Object) Len() int { return len(o.vals) }

// Key returns the i-th key in insertion order.
func (o *Object) Key(i int) string { return o.shape.keys[i] }

// At returns the value of the i-th key.
func (o *Object) At(i int) Value { return o.vals[i] }

// Shape returns the key set of o.
func (o *Object) Shape() *Shape { return o.shape }

// Get returns the value of key and whether o has it.
func (o *Object) Get(key string) (Value, bool) {
	if i := o.shape.Find(key); i >= 0 {
		return o.vals[i], true
	}
	return Value{}, false
}

// Value returns o as a value, which may be kept even where o may not (Call.Extra).
func (o *Object) Value() Value {
	if !o.lent {
		return Value{kind: KindObject, ref: o}
	}
	own := *o
	own.lent = false
	own.vals = append([]Value(nil), o.vals...)
	return Value{kind: KindObject, ref: &own}
}

// With returns o with v as the value of key: in its place where o has the key,
// behind the others where it has not.
func (o *Object) With(key string, v Value) Value {
	i, n := o.shape.Find(key), len(o.vals)
	if i >= 0 {
		vals := make([]Value, n)
		copy(vals, o.vals)
		vals[i] = v
		return NewObject(o.shape, vals)
	}
	vals := make([]Value, n+1)
	copy(vals, o.vals)
	vals[n] = v
	return NewObject(o.shape.with(key), vals)
}

// All iterates over keys and values in insertion order.
func (o *Object) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for i, k := range o.shape.keys {
			if !yield(k, o.vals[i]) {
				return
			}
		}
	}
}

// ObjectBuilder collects the members of an object. The zero value is ready.
type ObjectBuilder struct {
	keys  []string
	vals  []Value
	index map[string]int
}

// Set gives v to key. A key that was set before keeps its place and takes the
// new value.
func (b *ObjectBuilder) Set(key string, v Value) {
	if i := b.find(key); i >= 0 {
		b.vals[i] = v
		return
	}
	if b.index != nil {
		b.index[key] = len(b.keys)
	} else if len(b.keys) == shapeScan {
		b.index = make(map[string]int, 2*shapeScan)
		for i, k := range b.keys {
			b.index[k] = i
		}
		b.index[key] = len(b.keys)
	}
	b.keys = append(b.keys, key)
	b.vals = append(b.vals, v)
}

// Has reports whether key was set.
func (b *ObjectBuilder) Has(key string) bool { return b.find(key) >= 0 }

// Len returns the number of keys set so far.
func (b *ObjectBuilder) Len() int { return len(b.keys) }

func (b *ObjectBuilder) find(key string) int {
	if b.index != nil {
		if i, ok := b.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range b.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// Value returns the object. The builder must not be used afterwards.
func (b *ObjectBuilder) Value() Value {
	return NewObject(NewShape(b.keys), b.vals)
}

// Members returns the object made of alternating keys and values, for tests and
// literals: Members("a", Number(1), "b", Text("x")).
func Members(pairs ...any) Value {
	var b ObjectBuilder
	for i := 0; i+1 < len(pairs); i += 2 {
		b.Set(pairs[i].(string), pairs[i+1].(Value))
	}
	return b.Value()
}

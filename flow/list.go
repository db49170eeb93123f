package flow

import "iter"

// List is an immutable sequence of values.
type List struct {
	items  []Value
	size   int64
	depth  int32
	secret bool
}

var emptyList = &List{size: sizeList, depth: 1}

// ListOf returns a list of the given items and takes ownership of the slice.
func ListOf(items ...Value) Value {
	l := &List{items: items, size: sizeList}
	for _, v := range items {
		l.size += v.Size()
		l.depth = max(l.depth, int32(v.Depth()))
		l.secret = l.secret || v.HasSecret()
	}
	l.depth++
	return Value{kind: KindList, ref: l}
}

// Len returns the number of items.
func (l *List) Len() int { return len(l.items) }

// At returns the i-th item.
func (l *List) At(i int) Value { return l.items[i] }

// All iterates over positions and items.
func (l *List) All() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		for i, v := range l.items {
			if !yield(i, v) {
				return
			}
		}
	}
}

// Items returns a copy of the items, for callers that reorder them.
func (l *List) Items() []Value {
	out := make([]Value, len(l.items))
	copy(out, l.items)
	return out
}

// Slice returns the items from lo up to hi as a list that shares their storage.
func (l *List) Slice(lo, hi int) Value { return ListOf(l.items[lo:hi:hi]...) }

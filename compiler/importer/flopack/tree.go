package flopack

import (
	"slices"
	"strconv"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
)

// tree builds an object of dotted names.
type tree struct {
	value *source.Node // nil: it has members
	keys  []string
	in    map[string]*tree
}

// maxPath bounds the parts of a name.
const maxPath = 20

// put sets the value at a path, and returns false when there is one already, or
// one above or below it.
func (t *tree) put(path []string, n *source.Node) bool {
	if len(path) > maxPath {
		return false
	}
	if len(path) > 1 && slices.Contains(path, "") {
		return false
	}
	at := t
	for i, p := range path {
		next := at.in[p]
		switch {
		case at.value != nil, next != nil && i == len(path)-1, next != nil && next.value != nil:
			return false
		case next == nil:
			return at.grow(path[i:], n)
		}
		at = next
	}
	return false
}

func (t *tree) grow(path []string, n *source.Node) bool {
	for _, p := range path {
		if t.in == nil {
			t.in = map[string]*tree{}
		}
		next := &tree{}
		t.in[p] = next
		t.keys = append(t.keys, p)
		t = next
	}
	t.value = n
	return true
}

// object writes the tree as an object, whatever its keys.
func (t *tree) object() *source.Node {
	n := &source.Node{Kind: source.Map}
	for _, k := range t.keys {
		emit.Put(n, k, t.in[k].node())
	}
	return n
}

// node writes a tree: as a list where its keys are the positions of one.
func (t *tree) node() *source.Node {
	if t.value != nil {
		return t.value
	}
	for i := range t.keys {
		if t.in[strconv.Itoa(i)] == nil {
			return t.object()
		}
	}
	n := &source.Node{Kind: source.List}
	for i := range t.keys {
		emit.Push(n, t.in[strconv.Itoa(i)].node())
	}
	return n
}

package flow

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Node is one value of a file of plain data, with its place. compiler.ReadData
// makes nodes of YAML and JSON.
type Node struct {
	Pos     Pos
	Value   Value        // of null, a truth value, a number or a text; null for objects and lists
	Members []NodeMember // of an object or list
	Kind    Kind         // KindNull, KindBool, KindNumber, KindText, KindList or KindObject
}

// NodeMember is one member of an object, or one item of a list.
type NodeMember struct {
	Key   string // "" in lists
	Pos   Pos    // of the key, or the item
	Value *Node
}

// Get returns the value of an object's member, or nil.
func (n *Node) Get(key string) *Node {
	i := slices.IndexFunc(n.Members, func(m NodeMember) bool { return m.Key == key })
	if i < 0 || n.Kind != KindObject {
		return nil
	}
	return n.Members[i].Value
}

// Data returns what the node holds as a value.
func (n *Node) Data() Value {
	switch n.Kind {
	case KindList:
		items := make([]Value, len(n.Members))
		for i, m := range n.Members {
			items[i] = m.Value.Data()
		}
		return ListOf(items...)
	case KindObject:
		var b ObjectBuilder
		for _, m := range n.Members {
			b.Set(m.Key, m.Value.Data())
		}
		return b.Value()
	}
	return n.Value
}

// Plain returns v as its JSON reads: a date is text, and so is a file. A value
// that holds a secret stays as it is.
func Plain(v Value) Value {
	b, err := AppendJSON(nil, v)
	if err != nil {
		return v
	}
	p, err := ParseJSON(b, JSONLimits{})
	if err != nil {
		return v
	}
	return p
}

// NodeReader reads nodes field by field and collects what is wrong with them:
// source.field for a field that is unknown, source.missing for one that is
// missing, source.value for one of the wrong form. Its methods go on after a
// problem, so that all are found at once.
type NodeReader struct{ problems Diagnostics }

// Problem adds a problem and returns it, so that a fix can be set.
func (r *NodeReader) Problem(code Code, pos Pos, format string, args ...any) *Error {
	e := Errorf(code, format, args...)
	e.Pos = pos
	r.problems = append(r.problems, Diagnostic{Error: e})
	return e
}

// Join adds the problems that err stands for; nil adds none.
func (r *NodeReader) Join(err error) {
	var d Diagnostics
	if errors.As(err, &d) {
		r.problems = append(r.problems, d...)
	} else if err != nil {
		r.problems = append(r.problems, Diagnostic{Error: AsError(err)})
	}
}

// Err returns all problems in order as Diagnostics, or nil.
func (r *NodeReader) Err() error {
	if len(r.problems) == 0 {
		return nil
	}
	r.problems.Sort()
	return r.problems
}

// Fields reports the members of an object that are not among known.
func (r *NodeReader) Fields(n *Node, known ...string) {
	for _, m := range n.Members {
		if n.Kind == KindObject && !slices.Contains(known, m.Key) {
			r.Problem(CodeSourceField, m.Pos, "the field %s is unknown here", Excerpt(m.Key)).
				WithFix("known here: %s", strings.Join(known, ", "))
		}
	}
}

// Required returns the value of a member that must be there, or nil.
func (r *NodeReader) Required(n *Node, key string) *Node {
	x := n.Get(key)
	if x == nil {
		r.Problem(CodeSourceMissing, n.Pos, "the field %q is missing", key)
	}
	return x
}

// Is reports whether n is of the wanted kind. what names it where it is not.
func (r *NodeReader) Is(n *Node, what string, kind Kind) bool {
	if n.Kind == kind {
		return true
	}
	r.Problem(CodeSourceValue, n.Pos, "%s must be %s, not %s", what, kind.Article(), n.Kind.Article())
	return false
}

// Text returns the text of n, which must not be empty, and "" where it is none.
func (r *NodeReader) Text(n *Node, what string) string {
	if !r.Is(n, what, KindText) {
		return ""
	}
	if n.Value.Text() == "" {
		r.Problem(CodeSourceValue, n.Pos, "%s is empty", what)
	}
	return n.Value.Text()
}

// Integer returns the whole number that n holds, from low to high, and 0 where
// it holds none.
func (r *NodeReader) Integer(n *Node, what string, low, high int64) int64 {
	f := n.Value.Number()
	if n.Kind != KindNumber || f != float64(int64(f)) || int64(f) < low || int64(f) > high {
		r.Problem(CodeSourceValue, n.Pos, "%s must be a whole number from %s to %s", what, strconv.FormatInt(low, 10), strconv.FormatInt(high, 10))
		return 0
	}
	return int64(f)
}

// Each calls f for the members of the object that a field holds, where it is
// there.
func (r *NodeReader) Each(n *Node, key string, f func(NodeMember)) { r.each(n, key, KindObject, f) }

// Items calls f for the items of the list that a field holds, where it is there.
func (r *NodeReader) Items(n *Node, key string, f func(*Node)) {
	r.each(n, key, KindList, func(m NodeMember) { f(m.Value) })
}

func (r *NodeReader) each(n *Node, key string, kind Kind, f func(NodeMember)) {
	x := n.Get(key)
	if x == nil || !r.Is(x, key, kind) {
		return
	}
	for _, m := range x.Members {
		f(m)
	}
}

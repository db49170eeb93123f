package openapi

import (
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// kind says what a node is.
type kind uint8

// The kinds of nodes.
const (
	nullNode kind = iota
	boolNode
	numberNode
	textNode
	mapNode
	listNode
)

// String returns the kind with its article, for messages.
func (k kind) String() string {
	return [...]string{"null", "true or false", "a number", "text", "an object", "a list"}[k]
}

// node is one value of a document, from JSON or YAML alike.
type node struct {
	kind    kind
	line    int32
	col     int32
	text    string // scalars: as written, texts without quotes and escapes
	members []member
}

// member is one member of an object, or one item of a list.
type member struct {
	key   string // "" in lists
	line  int32
	col   int32
	value *node
}

// get returns the value of a member of an object, or nil.
func (n *node) get(key string) *node {
	if n == nil || n.kind != mapNode {
		return nil
	}
	for i := range n.members {
		if n.members[i].key == key {
			return n.members[i].value
		}
	}
	return nil
}

// str returns the text of a member that is text, or "".
func (n *node) str(key string) string {
	if v := n.get(key); v != nil && v.kind == textNode {
		return v.text
	}
	return ""
}

// items returns the values of a list, and nothing of anything else.
func (n *node) items() []member {
	if n == nil || n.kind != listNode {
		return nil
	}
	return n.members
}

// fields returns the members of an object, and nothing of anything else.
func (n *node) fields() []member {
	if n == nil || n.kind != mapNode {
		return nil
	}
	return n.members
}

// document is one file that was read.
type document struct {
	file string
	root *node
	// index finds members of large objects: documents point into objects with
	// thousands of members, thousands of times.
	index map[*node]map[string]*node
}

// indexed is the size from which on an object is searched by hash.
const indexed = 16

// child returns a part of a value: a member by its key or an item by its
// position.
func (d *document) child(n *node, part string) *node {
	switch n.kind {
	case listNode:
		i, err := strconv.Atoi(part)
		if err != nil || i < 0 || i >= len(n.members) || strconv.Itoa(i) != part {
			return nil
		}
		return n.members[i].value
	case mapNode:
		if len(n.members) < indexed {
			return n.get(part)
		}
		keys, ok := d.index[n]
		if !ok {
			keys = make(map[string]*node, len(n.members))
			for _, m := range n.members {
				keys[m.key] = m.value
			}
			d.index[n] = keys
		}
		return keys[part]
	}
	return nil
}

// at returns the value that a JSON Pointer (RFC 6901) names, or nil.
func (d *document) at(pointer string) *node {
	n := d.root
	for part := range pointerParts(pointer) {
		if n = d.child(n, part); n == nil {
			return nil
		}
	}
	return n
}

// place returns where the value of a JSON Pointer stands; where there is none,
// the place of the nearest value around it.
func (d *document) place(pointer string) flow.Pos {
	n := d.root
	for part := range pointerParts(pointer) {
		next := d.child(n, part)
		if next == nil {
			break
		}
		n = next
	}
	return d.pos(n)
}

func (d *document) pos(n *node) flow.Pos {
	return flow.Pos{File: d.file, Line: int(n.line), Col: int(n.col)}
}

// pointerParts yields the parts of a JSON Pointer.
func pointerParts(pointer string) func(func(string) bool) {
	return func(yield func(string) bool) {
		pointer, ok := strings.CutPrefix(pointer, "/")
		if !ok {
			return
		}
		for part := range strings.SplitSeq(pointer, "/") {
			if !yield(strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")) {
				return
			}
		}
	}
}

// join appends parts to a JSON Pointer.
func join(pointer string, parts ...string) string {
	for _, p := range parts {
		pointer += "/" + strings.ReplaceAll(strings.ReplaceAll(p, "~", "~0"), "/", "~1")
	}
	return pointer
}

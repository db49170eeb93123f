package flopack

import (
	"sort"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// kind says what a node is.
type kind uint8

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
	return [...]string{"null", "a truth value", "a number", "text", "an object", "a list"}[k]
}

// node is one value of an export. It knows where it stands, and so the value
// knows its line and its path without keeping them.
type node struct {
	kind    kind
	offset  int32  // of its first byte
	text    string // text, or the digits of a number; "true" and "false"
	members []member
}

// member is a member of an object, or an item of a list.
type member struct {
	key    string // "" in lists
	value  *node
	offset int32 // of the key, or of the item
}

// get returns the value of a member, or nil. Objects are small here: the large
// ones, of flows and of ports, are walked and not searched.
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

// null reports whether a node is absent or null.
func (n *node) null() bool { return n == nil || n.kind == nullNode }

// text returns the text of a member, or "" when it is none.
func (n *node) string(key string) string {
	if v := n.get(key); v != nil && v.kind == textNode {
		return v.text
	}
	return ""
}

// true reports whether a member is true.
func (n *node) true(key string) bool {
	v := n.get(key)
	return v != nil && v.kind == boolNode && v.text == "true"
}

// number returns a member that is a number.
func (n *node) number(key string) (float64, bool) {
	v := n.get(key)
	if v == nil || v.kind != numberNode {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.text, 64)
	return f, err == nil
}

// value makes the value of a node.
func (n *node) value() flow.Value {
	switch n.kind {
	case boolNode:
		return flow.Bool(n.text == "true")
	case numberNode:
		f, _ := strconv.ParseFloat(n.text, 64)
		return flow.Number(f)
	case textNode:
		return flow.Text(n.text)
	case listNode:
		items := make([]flow.Value, len(n.members))
		for i := range n.members {
			items[i] = n.members[i].value.value()
		}
		return flow.ListOf(items...)
	case mapNode:
		var b flow.ObjectBuilder
		for i := range n.members {
			b.Set(n.members[i].key, n.members[i].value.value())
		}
		return b.Value()
	}
	return flow.Null()
}

// empty reports whether a node is what the designer stores where nothing was
// entered: null, "", {} or [].
func (n *node) empty() bool {
	return n.null() || n.kind == textNode && n.text == "" || (n.kind == mapNode || n.kind == listNode) && len(n.members) == 0
}

// pointer returns the JSON Pointer (RFC 6901) of what stands at an offset below n.
func (n *node) pointer(offset int32) string {
	var b strings.Builder
	for n != nil && n.offset < offset && len(n.members) > 0 {
		i := sort.Search(len(n.members), func(i int) bool { return n.members[i].offset > offset }) - 1
		if i < 0 {
			break
		}
		b.WriteByte('/')
		if n.kind == listNode {
			b.WriteString(strconv.Itoa(i))
		} else {
			b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(n.members[i].key))
		}
		if n.members[i].offset == offset {
			break
		}
		n = n.members[i].value
	}
	return b.String()
}

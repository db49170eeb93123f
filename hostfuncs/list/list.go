// Package list has the cards that build, search, order and combine lists.
// Cards that call a helper flow per item are constructs of the compiler and not
// found here.
package list

import (
	"math"
	"strings"

	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "List"
)

var listType = flow.ListType(flow.AnyType)

// Cards returns the list cards in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		push(), unshift(), at(), collapse(), concat(), construct(), difference(), filterBy(), findBy(), flatten(),
		shift(), pop(), groupBy(), includes(), indexBy(), intersection(), length(), join(), pluck(), uniqueBy(),
		reverse(), sample(), sortBy(), union(), merge(), slice(), split(), stats(), sum(), swap(), truncate(), xor(), zip(),
		sortKeys(), uniqueKeys(),
	}
}

// items is the input port of most list cards.
func items(key, label, doc string) flow.Port {
	return flow.Port{Key: key, Label: label, Doc: doc, Type: listType, Required: true}
}

func out(key, label, doc string, t flow.Type) flow.Port {
	return flow.Port{Key: key, Label: label, Doc: doc, Type: t}
}

// always marks an output that is never null.
func always(p flow.Port) flow.Port {
	p.Always = true
	return p
}

// passing marks ports whose secrets end up in the result.
func passing(p flow.Port) flow.Port {
	p.Secret = flow.SecretPass
	return p
}

// furtherLists is the extension of the cards that take two lists or more.
func furtherLists(item flow.Type, secret flow.SecretUse) *flow.Extra {
	return &flow.Extra{Label: "Further lists", Doc: "More lists, used in the order in which they stand on the card.",
		Type: flow.ListType(item), Secret: secret}
}

// lists returns the fixed list inputs and the further ones of c in card order.
func lists(c *flow.Call) []*flow.List {
	all := make([]*flow.List, 0, 2+c.Extra.Len())
	all = append(all, c.List(0), c.List(1))
	for _, v := range c.Extra.All() {
		all = append(all, v.List())
	}
	return all
}

func total(all []*flow.List) int {
	n := 0
	for _, l := range all {
		n += l.Len()
	}
	return n
}

// position reads a 0-based position in a list of n items; everything else,
// fractions included, is list.bounds.
func position(f float64, n int) (int, error) {
	if !(f >= 0 && f < float64(n)) || f != math.Trunc(f) {
		return 0, flow.Errorf(flow.CodeListBounds, "position %s is outside a list of %d items", flow.FormatNumber(f), n)
	}
	return int(f), nil
}

// amount reads a number of items out of n: fractions are cut off, what is
// negative or no number is 0, what is larger is n.
func amount(f float64, n int) int {
	switch {
	case !(f > 0):
		return 0
	case f >= float64(n):
		return n
	}
	return int(f)
}

// rowOf returns an object item. A JSON array may stand where an object is
// wanted, but it has no keys: that is type.conversion.
func rowOf(v flow.Value) (*flow.Object, error) {
	if v.Kind() == flow.KindList {
		return nil, flow.Errorf(flow.CodeTypeConversion, "a list stands where an object is needed")
	}
	return v.Object(), nil
}

// part returns the items from lo up to hi in storage of their own: a slice of
// the list's storage would keep all of it alive at the price of a part.
func part(l *flow.List, lo, hi int) flow.Value {
	next := make([]flow.Value, hi-lo)
	for i := range next {
		next[i] = l.At(lo + i)
	}
	return flow.ListOf(next...)
}

// maxParts bounds the parts of a path: JSON is read no deeper by default.
const maxParts = 128

// pathOf splits the dotted path of input i, which n items will be searched
// with, and takes the fuel for that: hashing or parsing a key costs its length,
// and the path is counted only once among the inputs. A path of more than 128
// parts is limit.depth.
func pathOf(c *flow.Call, i, n int) ([]string, error) {
	p := c.Text(i)
	// The path is split once and followed in every item.
	const fuelSplit, longest = 10, 1 << 10
	if err := c.Spend(fuelSplit*int64(min(len(p), longest)) + int64(len(p))/16 + int64(n)*int64(len(p))); err != nil {
		return nil, err
	}
	if strings.Count(p, ".") >= maxParts {
		return nil, flow.Errorf(flow.CodeLimitDepth, "a path has more than %d parts", maxParts)
	}
	return flow.SplitPath(p), nil
}

package list

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// identity is equal for two values exactly when flow.Equal says that they are,
// save that NaN is identical to itself, so that membership costs one look-up in
// a map instead of a walk through a list. Scalars need no memory of their own.
type identity struct {
	kind flow.Kind
	bits uint64 // number or date, -0 as 0
	text string // text, or the encoding of a container
}

// identifier gives values their identities for one call, and ends with its run:
// err says so, and what it gives then is nothing.
type identifier struct {
	ctx  context.Context
	call *flow.Call
	fold bool // text without regard to its case
	err  error
}

func identify(ctx context.Context, c *flow.Call) *identifier { return &identifier{ctx: ctx, call: c} }

// of returns the identity of v.
func (d *identifier) of(v flow.Value) identity {
	if d.err == nil {
		d.err = d.call.Alive(d.ctx, 150+int64(len(v.Text())))
	}
	if d.err != nil {
		return identity{}
	}
	id := identity{kind: v.Kind()}
	switch v.Kind() {
	case flow.KindBool:
		if v.Bool() {
			id.bits = 1
		}
	case flow.KindNumber:
		id.bits = floatBits(v.Number())
	case flow.KindDate:
		id.bits = floatBits(v.Millis())
	case flow.KindText:
		id.text = v.Text()
		if d.fold {
			id.text = strings.ToLower(id.text)
		}
	case flow.KindFlow:
		id.text = v.FlowKey()
	case flow.KindFile:
		id.text = v.File().ID
	case flow.KindList, flow.KindObject:
		whole := identifier{ctx: d.ctx, call: d.call} // the text inside counts as it is
		id.text = string(whole.append(nil, v))
		d.err = whole.err
	}
	return id
}

func floatBits(f float64) uint64 {
	return math.Float64bits(f + 0) // -0 + 0 is +0
}

// append encodes v without ambiguity: the kind, then a fixed width or a
// length in front of everything variable. Members stand in key order.
func (d *identifier) append(dst []byte, v flow.Value) []byte {
	dst = append(dst, byte(v.Kind()))
	switch v.Kind() {
	case flow.KindList:
		l := v.List()
		dst = binary.AppendUvarint(dst, uint64(l.Len()))
		for _, x := range l.All() {
			dst = d.append(dst, x)
		}
	case flow.KindObject:
		o := v.Object()
		dst = binary.AppendUvarint(dst, uint64(o.Len()))
		order := make([]int, o.Len())
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(o.Key(a), o.Key(b)) })
		for _, i := range order {
			dst = appendText(dst, o.Key(i))
			dst = d.append(dst, o.At(i))
		}
	default:
		id := d.of(v)
		dst = binary.BigEndian.AppendUint64(dst, id.bits)
		dst = appendText(dst, id.text)
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

type set map[identity]struct{}

// set returns the identities of a list's items.
func (d *identifier) set(l *flow.List) set {
	s := make(set, l.Len())
	for _, v := range l.All() {
		s[d.of(v)] = struct{}{}
		if d.err != nil {
			break
		}
	}
	return s
}

func (s set) has(id identity) bool {
	_, ok := s[id]
	return ok
}

// add reports whether id is new.
func (s set) add(id identity) bool {
	if s.has(id) {
		return false
	}
	s[id] = struct{}{}
	return true
}

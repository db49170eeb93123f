package benchmark

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// host returns the host function of an import. Those that the flows of this
// package have no use for are refused.
func (l *linear) host(b testing.TB, im *guest.Import) func(s []uint64) error {
	b.Helper()
	if im.Module != guest.CoreModule {
		card, _ := registry().Lookup(im.Card.Key())
		return l.card(card, im.Card)
	}
	name, reprs, _ := strings.Cut(im.Field, ":")
	switch name {
	case "refuel":
		return func(s []uint64) error { s[0] = 1 << 40; return nil }
	case "get":
		return func(s []uint64) error { s[0] = l.handle(l.follow(l.texts[uint32(s[0])], s[1])); return nil }
	case "to_bool":
		return func(s []uint64) error { // a guest would look at the first letter itself
			s[0] = 0
			if l.load(l.texts[uint32(s[1])])[0] == 't' {
				s[0] = 1
			}
			return nil
		}
	case "bool":
		return func(s []uint64) error {
			s[0] = l.handle(l.store(strconv.AppendBool(nil, uint32(s[0]) != 0)))
			return nil
		}
	case "compare":
		return l.compare
	case "object", "yield_object":
		return func(s []uint64) error {
			l.object(reprs, s)
			if name == "yield_object" {
				return l.yield(s)
			}
			return nil
		}
	case "concat":
		return func(s []uint64) error { return l.concat(reprs, s) }
	case "begin":
		return func(s []uint64) error {
			l.loops = append(l.loops, linearLoop{items: l.texts[uint32(s[1])]})
			s[0] = 0
			return nil
		}
	case "next":
		return l.next
	case "yield":
		return l.yield
	case "end":
		return l.end
	case "trace":
		return func([]uint64) error { return nil }
	case "convert":
		return l.convert
	}
	b.Fatalf("no %s over JSON", im.Field)
	return nil
}

// card is the host function of a card, and what the guest does around it.
func (l *linear) card(card *flow.Card, ci *guest.CardImport) func(s []uint64) error {
	ports := ci.Ports
	if ports == "" {
		ports = strings.Repeat("h", len(card.In))
	}
	keys, place := make([][]byte, len(card.In)), map[string]int{}
	for i := range card.In {
		keys[i] = append(flow.AppendQuoted(nil, card.In[i].Key), ':')
		place[card.In[i].Key] = i
	}
	given, set := make([]flow.Value, len(card.In)), make([]bool, len(card.In))
	single := flow.NewShape([]string{card.Out[0].Key})
	outs, _ := guest.CardOuts(ci.Outs)
	places := []int{0}
	if len(outs) > 0 {
		places = places[:0]
		for _, o := range outs {
			places = append(places, o.Place)
		}
	}
	wanted := make([][]byte, len(places))
	for i, p := range places {
		wanted[i] = flow.AppendQuoted(nil, card.Out[p].Key)
	}
	return func(s []uint64) error {
		at := 1
		var t text
		b := append(l.buf[:0], '{')
		for i := range len(ports) {
			if t, at = l.argument(ports[i], s, at); t == l.texts[guest.HandleNull] {
				continue // not given
			}
			b = append(append(append(b, keys[i]...), l.load(t)...), ',')
		}
		if ci.Extra != "" {
			names := l.names[uint32(s[at])]
			at++
			for i := range len(ci.Extra) {
				end := skip(names, 0) + 1
				t, at = l.argument(ci.Extra[i], s, at)
				b = append(append(append(b, names[:end]...), l.load(t)...), ',')
				names = names[end:]
			}
		}
		if len(b) > 1 {
			b = b[:len(b)-1]
		}
		l.buf = append(b, '}')

		in, err := l.decode(l.load(l.store(l.buf)))
		if err != nil {
			return err
		}
		clear(set)
		var extra flow.ObjectBuilder
		for k, v := range in.Object().All() {
			if i, ok := place[k]; ok {
				given[i], set[i] = v, true
			} else {
				extra.Set(k, v)
			}
		}
		c := &l.call
		*c = flow.Call{Card: card, Args: given}
		if extra.Len() > 0 {
			c.Extra = extra.Value().Object()
		}
		if err := c.Bind(given, set); err != nil {
			return err
		}
		out, err := card.Run(context.Background(), c)
		if err != nil {
			return err
		}
		if out = card.Result(out); card.Single() {
			out = flow.NewObject(single, []flow.Value{out})
		}
		doc, err := l.encode(out)
		if err != nil {
			return err
		}
		t = l.store(doc)

		for i := range wanted {
			s[i] = l.handle(l.member(t, wanted[i]))
		}
		if len(outs) > 0 {
			s[len(outs)] = 0
		}
		return nil
	}
}

func (l *linear) give(v flow.Value, to *uint64) error {
	doc, err := l.encode(v)
	if err == nil {
		*to = l.handle(l.store(doc))
	}
	return err
}

func (l *linear) compare(s []uint64) error {
	a, err := l.decode(l.load(l.texts[uint32(s[2])]))
	if err != nil {
		return err
	}
	b, err := l.decode(l.load(l.texts[uint32(s[3])]))
	if err != nil {
		return err
	}
	ok, err := flow.Compare(flow.Operators()[uint32(s[1])], a, b)
	s[0] = 0
	if ok {
		s[0] = 1
	}
	return err
}

func (l *linear) convert(s []uint64) error {
	v, err := l.decode(l.load(l.texts[uint32(s[1])]))
	if err != nil {
		return err
	}
	t, _ := guest.TypeOfCode(int32(uint32(s[2])))
	if v, err = flow.Convert(v, t); err != nil {
		return err
	}
	return l.give(v, &s[0])
}

// object puts a document together from the keys and the documents of values.
func (l *linear) object(reprs string, s []uint64) {
	b := append(l.buf[:0], '{')
	names := l.names[uint32(s[1])]
	at := 2
	var t text
	for i := range len(reprs) {
		if i > 0 {
			b = append(b, ',')
		}
		end := skip(names, 0) + 1
		t, at = l.argument(reprs[i], s, at)
		b = append(append(b, names[:end]...), l.load(t)...)
		names = names[end:]
	}
	l.buf = append(b, '}')
	s[0] = l.handle(l.store(l.buf))
}

func (l *linear) concat(reprs string, s []uint64) error {
	parts := make([]flow.Value, len(reprs))
	at := 1
	var t text
	for i := range parts {
		t, at = l.argument(reprs[i], s, at)
		v, err := l.decode(l.load(t))
		if err == nil {
			parts[i], err = flow.Convert(v, flow.TextType)
		}
		if err != nil {
			return err
		}
	}
	v, err := flow.Concat(parts...)
	if err != nil {
		return err
	}
	return l.give(v, &s[0])
}

func (l *linear) next(s []uint64) error {
	loop := &l.loops[len(l.loops)-1]
	rest := l.load(loop.items)
	if len(rest) < 2 || rest[1] == ']' {
		s[0] = uint64(uint32(0xFFFFFFFF))
		return nil
	}
	end := uint32(skip(rest, 1))
	s[0] = l.handle(text{loop.items.at + 1, end - 1})
	loop.items = text{loop.items.at + end, loop.items.n - end}
	return nil
}

func (l *linear) yield(s []uint64) error {
	loop := &l.loops[len(l.loops)-1]
	loop.out = append(loop.out, l.texts[uint32(s[0])])
	s[0] = 0
	return nil
}

func (l *linear) end(s []uint64) error {
	out := l.loops[len(l.loops)-1].out
	l.loops = l.loops[:len(l.loops)-1]
	b := append(l.buf[:0], '[')
	for i, t := range out {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, l.load(t)...)
	}
	l.buf = append(b, ']')
	s[0] = l.handle(l.store(l.buf))
	return nil
}

package jsregex

import (
	"unicode/utf16"
	"unicode/utf8"
)

// width returns the fewest code units that n matches; back-references and
// assertions count as none.
func (n *node) width() int {
	w := 0
	switch n.op {
	case opChar, opSet:
		w = 1
	case opCat, opCapture:
		for _, s := range n.subs {
			w = min(w+s.width(), infinite)
		}
	case opAlt:
		w = n.subs[0].width()
		for _, s := range n.subs[1:] {
			w = min(w, s.width())
		}
	case opRepeat:
		w = min(n.subs[0].width()*n.min, infinite)
	}
	return w
}

// size returns the number of instructions that n stands for, repetitions
// written out: a pattern's price for one byte of text. It saturates at
// infinite.
func (n *node) size() int {
	total := 1
	switch n.op {
	case opAlt, opCapture, opLook:
		total = 2
	case opEmpty, opCat:
		total = 0
	}
	for _, s := range n.subs {
		total = min(total+s.size(), infinite)
	}
	if n.op == opRepeat {
		times := n.max
		if times == infinite {
			times = n.min
		}
		total = min(total*max(times, 1), infinite)
	}
	return total
}

// linear reports whether Go's engine gives n the meaning that ECMAScript gives
// it, on texts without characters beyond U+FFFF. It says no where only unusual
// patterns would tell the difference.
func (n *node) linear(fold bool) bool {
	switch n.op {
	case opLook, opBackref:
		return false
	case opChar:
		if utf16.IsSurrogate(rune(n.char)) || fold && n.char >= utf8.RuneSelf {
			return false
		}
	case opSet:
		if fold && !n.set.foldable() {
			return false
		}
	case opRepeat:
		// Three differences: a turn of a loop that matches nothing is undone unless
		// it is required, each turn forgets the captures of the one before, and Go
		// drops x{0}.
		if n.subs[0].width() == 0 && n.min < n.max || n.max == 0 || n.max > 1 && n.subs[0].capturesInside() {
			return false
		}
	}
	for _, s := range n.subs {
		if !s.linear(fold) {
			return false
		}
	}
	return true
}

// capturesInside reports whether a group stands below n. (A repeated group
// alone, as in (a)*, keeps its last turn in both engines.)
func (n *node) capturesInside() bool {
	for _, s := range n.subs {
		if s.op == opCapture || s.capturesInside() {
			return true
		}
	}
	return false
}

// literal returns the text that n matches, when it matches exactly one.
func (n *node) literal() (string, bool) {
	var units []uint16
	switch {
	case n.op == opChar:
		units = []uint16{n.char}
	case n.op == opCat:
		for _, s := range n.subs {
			if s.op != opChar {
				return "", false
			}
			units = append(units, s.char)
		}
	default:
		return "", false
	}
	runes := utf16.Decode(units)
	if len(utf16.Encode(runes)) != len(units) {
		return "", false
	}
	for i, u := range utf16.Encode(runes) {
		if u != units[i] {
			return "", false // half of a surrogate pair
		}
	}
	return string(runes), true
}

// renumbered raises the numbers of all groups and back-references of n by by.
func (n *node) renumbered(by int) {
	if n.op == opCapture || n.op == opBackref {
		n.group += by
	}
	for _, s := range n.subs {
		s.renumbered(by)
	}
}

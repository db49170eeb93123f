package jsregex

import "slices"

// set is a set of UTF-16 code units: sorted ranges that do not touch, and
// whether their complement is meant. The complement stays a mark because with
// the flag i it is taken after folding (ECMA-262, CharacterSetMatcher).
type set struct {
	ranges   [][2]uint16
	negative bool
}

// spaces are the white space and line terminators that \s means (ECMA-262,
// 12.2 and 12.3).
var spaces = [][2]uint16{
	{0x09, 0x0D}, {0x20, 0x20}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A},
	{0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF},
}

func lineTerminators() *set {
	return &set{ranges: [][2]uint16{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}}
}

// add puts a unit, or all of another set, into s.
func (s *set) add(c uint16, other *set) {
	if other == nil {
		s.ranges = append(s.ranges, [2]uint16{c, c})
		return
	}
	s.ranges = append(s.ranges, other.ranges...)
}

// normal sorts the ranges of s and joins those that overlap or touch.
func (s *set) normal() *set {
	slices.SortFunc(s.ranges, func(a, b [2]uint16) int { return int(a[0]) - int(b[0]) })
	out := s.ranges[:0]
	for _, r := range s.ranges {
		if n := len(out); n > 0 && int(r[0]) <= int(out[n-1][1])+1 {
			out[n-1][1] = max(out[n-1][1], r[1])
			continue
		}
		out = append(out, r)
	}
	s.ranges = out
	return s
}

// inverted returns the complement of s as plain ranges.
func (s *set) inverted() *set {
	out := &set{}
	next := 0
	for _, r := range s.ranges {
		if int(r[0]) > next {
			out.ranges = append(out.ranges, [2]uint16{uint16(next), r[0] - 1})
		}
		next = int(r[1]) + 1
	}
	if next <= 0xFFFF {
		out.ranges = append(out.ranges, [2]uint16{uint16(next), 0xFFFF})
	}
	return out
}

// beyondASCII returns the part of s from U+0080 on.
func (s *set) beyondASCII() [][2]uint16 {
	var out [][2]uint16
	for _, r := range s.ranges {
		if r[1] >= 0x80 {
			out = append(out, [2]uint16{max(r[0], 0x80), r[1]})
		}
	}
	return out
}

// foldable reports whether s beyond ASCII holds either case of every letter or
// none of both, so that folding ASCII letters alone folds s.
func (s *set) foldable() bool {
	have := s.beyondASCII()
	white := &set{ranges: spaces}
	for _, closed := range []*set{{}, {ranges: [][2]uint16{{0x80, 0xFFFF}}}, white, white.inverted(), lineTerminators(), lineTerminators().inverted()} {
		if slices.Equal(have, closed.beyondASCII()) {
			return true
		}
	}
	return false
}

// foldedASCII returns s with the other case of each of its ASCII letters.
func (s *set) foldedASCII() *set {
	out := &set{ranges: slices.Clone(s.ranges), negative: s.negative}
	for _, r := range s.ranges {
		for c := int(r[0]); c <= min(int(r[1]), 'z'); c++ {
			if l := c | 0x20; l >= 'a' && l <= 'z' && c >= 'A' {
				out.add(uint16(c)^0x20, nil)
			}
		}
	}
	return out.normal()
}

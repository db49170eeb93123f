package source

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// comment is one comment of a file.
type comment struct {
	at   place
	text string
}

// span is the first and last line of some comments.
type span struct{ first, last int }

// spot is one member with its surroundings, while comments find their place.
type spot struct {
	member *Member
	node   *Node // holds the member
	up     *spot // the member whose value holds node; nil at the top
}

func (s *spot) at() place { return place{s.member.Pos.Line, s.member.Pos.Col} }

// attach gives every comment to the member or collection that it is about, and
// marks the members that stand behind an empty line.
//
// A comment behind something on its line belongs to the last member that begins
// on it, or, behind a closing bracket, to the member whose value ends there. A
// comment on a line of its own belongs to the next member, unless it is
// indented as deep as a collection that has ended: then it stands at that
// collection's foot. A first block of comments that an empty line divides from
// the first member belongs to the file.
func (y *yamlReader) attach() {
	sort.SliceStable(y.order, func(i, j int) bool { return y.order[i].at().before(y.order[j].at()) })
	y.header()
	spans := map[*[]string]span{} // of the comments in each list
	for _, c := range y.comments {
		next := sort.Search(len(y.order), func(i int) bool { return c.at.before(y.order[i].at()) })
		if y.behind(c) {
			if next > 0 {
				y.lineComment(y.order[next-1], c)
			} else {
				y.doc.Head = append(y.doc.Head, c.text)
			}
			continue
		}
		list, foot := y.ownLine(c, next)
		if seen, ok := spans[list]; ok && y.emptyBetween(seen.last, c.at.line) || !ok && foot && y.empty(c.at.line-1) {
			*list = append(*list, "")
		}
		spans[list] = span{first: cmp.Or(spans[list].first, c.at.line), last: c.at.line}
		*list = append(*list, c.text)
	}
	for _, s := range y.order {
		y.blank(s, spans)
	}
}

// header takes the comments at the top of the file that an empty line divides
// from what follows.
func (y *yamlReader) header() {
	first := len(y.lines) + 1
	if len(y.order) > 0 {
		first = y.order[0].member.Pos.Line
	}
	end := 0 // comments before this one belong to the file
	for i, c := range y.comments {
		if c.at.line >= first || y.behind(c) {
			break
		}
		if y.empty(c.at.line + 1) {
			end = i + 1
		}
	}
	for i, c := range y.comments[:end] {
		if i > 0 && y.emptyBetween(y.comments[i-1].at.line, c.at.line) {
			y.doc.Head = append(y.doc.Head, "")
		}
		y.doc.Head = append(y.doc.Head, c.text)
	}
	y.comments = y.comments[end:]
}

// behind reports whether something stands before the comment on its line.
func (y *yamlReader) behind(c comment) bool {
	line := []rune(y.lines[min(c.at.line, len(y.lines))-1])
	return strings.TrimSpace(string(line[:min(c.at.col-1, len(line))])) != ""
}

func (y *yamlReader) empty(line int) bool {
	return line >= 1 && line <= len(y.lines) && strings.TrimSpace(y.lines[line-1]) == ""
}

func (y *yamlReader) emptyBetween(a, b int) bool {
	for l := a + 1; l < b; l++ {
		if y.empty(l) {
			return true
		}
	}
	return false
}

func (y *yamlReader) lineComment(s *spot, c comment) {
	for s.up != nil && s.node.Flow && s.node.end.before(c.at) {
		s = s.up
	}
	if s.member.Line != "" {
		s.member.Head = append(s.member.Head, s.member.Line)
	}
	s.member.Line = c.text
}

// ownLine finds the list that a comment on a line of its own belongs to; next
// is the place in order of the first member behind it. It reports whether the
// list is the foot of a collection.
func (y *yamlReader) ownLine(c comment, next int) (list *[]string, foot bool) {
	var holders []*Node // collections that go on behind the comment
	var follow *spot
	if next < len(y.order) {
		follow = y.order[next]
		for s := follow; s != nil; s = s.up {
			holders = append(holders, s.node)
		}
	}
	if next == 0 {
		if follow == nil {
			return &y.doc.Head, false
		}
		return &follow.member.Head, false
	}
	for s := y.order[next-1]; s != nil; s = s.up {
		if slices.Contains(holders, s.node) {
			break
		}
		if s.node.Flow {
			// Inside brackets the columns mean nothing; the bracket decides.
			if c.at.before(s.node.end) {
				return &s.node.Foot, true
			}
			continue
		}
		if s.member.Pos.Col <= c.at.col && (follow == nil || follow.node.Flow || follow.member.Pos.Col < c.at.col) {
			return &s.node.Foot, true
		}
	}
	if follow == nil {
		return &y.doc.Root.Foot, true
	}
	return &follow.member.Head, false
}

// blank notes an empty line before a member and its comments, and keeps the one
// between the comments and the member as the last of the comments.
func (y *yamlReader) blank(s *spot, spans map[*[]string]span) {
	m, first := s.member, s.node.Members[0] == s.member
	head, ok := spans[&m.Head]
	if !ok {
		m.Blank = !first && y.empty(m.Pos.Line-1)
		return
	}
	m.Blank = !first && y.empty(head.first-1)
	if y.empty(m.Pos.Line - 1) {
		m.Head = append(m.Head, "")
	}
}

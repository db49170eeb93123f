package openapi

import (
	"slices"

	"github.com/weirflow/weir/flow"
)

// bodyPages finds out how the pages of a search by POST are read: its body takes
// a cursor, and its answer names the next one. A POST that only has one of them may
// be anything, and nil is given.
func (m *mapper) bodyPages(a *action, sent *schema) *pages {
	if a.op.method != "POST" || sent.base != "object" {
		return nil
	}
	cursor := m.cursorMember(sent)
	ans := m.success(a.op)
	if cursor == nil || !isJSONType(ans.media.name) {
		return nil
	}
	p := &pages{by: "cursor", inBody: cursor}
	path, isURL := m.next(ans.schema)
	if path == nil || isURL || !m.records(p, ans.schema) {
		return nil
	}
	if p.next, p.param = nextPath(path), memberPath(cursor); p.next == "" || p.param == "" {
		m.find(flow.CodeImportPages, Loss, ans.at, "the member %s says where the list goes on, and a name on the way cannot stand in a path: the card gives one page", flow.Excerpt(path[len(path)-1]))
		return nil
	}
	for _, name := range sizeParams() {
		for _, prop := range sent.props {
			if v := m.schemas.of(prop.proxy); squeezed(prop.name) == name && v.base == "number" && v.maximum != nil && *v.maximum >= 1 {
				p.sizeMember, p.perPage = prop.name, int(min(*v.maximum, maxPageSize))
				return p
			}
		}
	}
	return p
}

// cursorMember finds the member of a body that takes the cursor: one of the body
// itself, or of an object in it that is about pages.
func (m *mapper) cursorMember(sent *schema) []string {
	in := func(v *schema) string {
		for _, name := range cursorParams() {
			for _, p := range v.props {
				s := m.schemas.of(p.proxy)
				if squeezed(p.name) == name && !s.readOnly && (s.base == "string" || s.base == "number" || s.base == "") {
					return p.name
				}
			}
		}
		return ""
	}
	if name := in(sent); name != "" {
		return []string{name}
	}
	for _, p := range sent.props {
		if s := m.schemas.of(p.proxy); s != sent && s.base == "object" && !s.readOnly && slices.Contains(around(), squeezed(p.name)) {
			if name := in(s); name != "" {
				return []string{p.name, name}
			}
		}
	}
	return nil
}

// fixed reports whether a member of the body is not asked for, because it belongs
// to pages, and which number it has; 0 for one that is not there on the first page.
func (p *pages) fixed(name string) (value int, ok bool) {
	switch {
	case p == nil:
		return 0, false
	case len(p.inBody) == 1 && name == p.inBody[0]:
		return 0, true
	case p.sizeMember != "" && name == p.sizeMember:
		return p.perPage, true
	}
	return 0, false
}

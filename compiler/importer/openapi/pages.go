package openapi

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/importer/internal/words"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// pages says how the pages of a list are read.
type pages struct {
	by       string   // page, offset, cursor, link or url
	records  []string // path of the list in the body; nothing when the body is the list
	list     *schema
	param    string // query parameter of page, offset and cursor
	start    int
	hasStart bool
	next     string       // body.PATH or headers.NAME
	more     string       // body.PATH of the flag that says whether pages follow; "" for none
	size     *parameter   // query parameter that says how many records a page has; nil when there is none
	perPage  int          // how many are asked for; 0 to leave that to the card's user
	skip     []*parameter // what the card's user is not asked for

	inBody     []string // path of the cursor in the request's body; nothing where param stands in the query
	sizeMember string   // member of the body that has perPage; "" for none
}

// Names of parameters and members that services use for pages, in lower case
// without what divides words.
func pageParams() []string {
	return []string{"page", "pagenumber", "pageno", "pagenum", "pageindex"}
}

func offsetParams() []string {
	return []string{"offset", "skip", "start", "startat", "startindex", "pageoffset"}
}

func cursorParams() []string {
	return []string{"cursor", "pagetoken", "nexttoken", "pagecursor", "nextcursor", "continuationtoken", "nextpagetoken", "continue", "after",
		"marker", "pagekey", "scrollid", "startcursor"}
}

func sizeParams() []string {
	return []string{"perpage", "pagesize", "limit", "size", "count", "maxresults", "pagelimit", "take", "max", "itemsperpage", "top"}
}

// nextMembers lists where an answer says how it goes on: the members of an
// object, from the outside in.
func nextMembers() [][]string {
	return [][]string{{"nextcursor"}, {"nextpagetoken"}, {"nexttoken"}, {"nextpage"}, {"next"}, {"nexturl"}, {"nextlink"}, {"nexthref"}, {"nextpageurl"},
		{"odatanextlink"}, {"continuationtoken"}, {"nextmarker"}, {"endcursor"}, {"continue"}}
}

// around lists the objects of an answer in which nextMembers stand.
func around() []string {
	return []string{"pagination", "paging", "meta", "metadata", "links", "responsemetadata", "cursors", "page", "pageinfo", "cursor"}
}

// squeezed is a name in lower case without what divides words.
func squeezed(name string) string { return strings.ToLower(strings.Join(words.Split(name), "")) }

// pages finds out how the pages of an answer are read; nil when it has none.
func (m *mapper) pages(a *action, ans *answer) *pages {
	if a.pages != nil {
		return a.pages
	}
	if a.op.method != "GET" || a.body != nil || !isJSONType(ans.media.name) {
		return nil
	}
	p := &pages{}
	if !m.records(p, ans.schema) {
		return nil
	}
	byPage, byOffset, byCursor := m.param(a, pageParams()), m.param(a, offsetParams()), m.param(a, cursorParams())
	p.size = m.param(a, sizeParams())
	path, isURL := m.next(ans.schema)
	next := nextPath(path)
	if path == nil {
		next = ""
	} else if next == "" {
		m.find(flow.CodeImportPages, Loss, ans.at, "the member %s says where the list goes on, and its name cannot stand in a path: the card gives one page", flow.Excerpt(path[len(path)-1]))
		return nil
	}
	switch {
	case m.link(a, ans, p):
	case linkHeader(ans):
		p.by = "link"
	case next != "" && isURL:
		p.by, p.next = "url", next
	case next != "" && byCursor != nil:
		p.by, p.param, p.next = "cursor", byCursor.Name, next
	case byPage != nil && counts(byPage.schema):
		p.by, p.param, p.start, p.hasStart = "page", byPage.Name, startOf(byPage.schema, 1), true
	case byOffset != nil && p.size != nil && counts(byOffset.schema):
		p.by, p.param, p.start, p.hasStart = "offset", byOffset.Name, startOf(byOffset.schema, 0), true
	default:
		if byCursor == nil {
			byCursor = m.param(a, []string{"startingafter"})
		}
		if byCursor != nil && m.lastRecord(p, ans.schema) {
			p.by, p.param = "cursor", byCursor.Name
			p.skip = append(p.skip, m.param(a, []string{"endingbefore"}))
			break
		}
		if byCursor != nil {
			m.find(flow.CodeImportPages, Loss, byCursor.at, "the answer does not say what %s of the next page is; the card gives one page", flow.Excerpt(byCursor.Name))
		}
		return nil
	}
	p.skip = append(p.skip, byPage, byOffset, byCursor)
	if p.size != nil && p.size.schema.base == "number" && p.size.schema.maximum != nil && *p.size.schema.maximum >= 1 {
		// As many as there can be. Where that is not said, a number could be
		// refused, or cut down so that each page looks like the last.
		p.perPage = int(min(*p.size.schema.maximum, maxPageSize))
		p.skip = append(p.skip, p.size)
	}
	return p
}

// param returns the query parameter of one of some names that is a scalar.
func (m *mapper) param(a *action, known []string) *parameter {
	for _, name := range known {
		for _, p := range a.params {
			if p.In == "query" && squeezed(p.Name) == name && (p.schema.base == "string" || p.schema.base == "number" || p.schema.base == "") {
				return p
			}
		}
	}
	return nil
}

// records finds the list of records: the answer itself, or the only list of
// objects among its members, or the only list at all.
func (m *mapper) records(p *pages, v *schema) bool {
	if v.base == "array" {
		p.list = v
		return true
	}
	if v.base != "object" {
		return false
	}
	type found struct {
		path []string
		list *schema
	}
	var objects, lists []found
	for _, prop := range v.props {
		s := m.schemas.of(prop.proxy)
		if s.base != "array" {
			continue
		}
		f := found{[]string{prop.name}, s}
		lists = append(lists, f)
		if m.schemas.of(s.items).base == "object" {
			objects = append(objects, f)
		}
	}
	if len(objects) != 1 {
		objects = lists
	}
	if len(objects) != 1 || nextPath(objects[0].path) == "" {
		return false
	}
	p.records, p.list = objects[0].path, objects[0].list
	return true
}

// next finds the member of an answer that says where it goes on, and whether
// that is an address.
func (m *mapper) next(v *schema) (path []string, isURL bool) {
	if v.base != "object" {
		return nil, false
	}
	for _, name := range nextMembers() {
		for _, p := range v.props {
			s := m.schemas.of(p.proxy)
			if squeezed(p.name) != name[0] || s.base != "string" && s.base != "" && s.base != "number" {
				continue
			}
			return []string{p.name}, isAddress(p.name, s)
		}
	}
	for _, p := range v.props {
		if !slices.Contains(around(), squeezed(p.name)) {
			continue
		}
		s := m.schemas.of(p.proxy)
		if s == v || s.base != "object" {
			continue
		}
		// One object deeper may hold it: {"next": {"href": …}}.
		for _, q := range s.props {
			inner := m.schemas.of(q.proxy)
			if squeezed(q.name) == "next" && inner.base == "object" {
				for _, h := range inner.props {
					switch squeezed(h.name) {
					case "href", "url":
						return []string{p.name, q.name, h.name}, true
					case "after", "cursor":
						return []string{p.name, q.name, h.name}, false
					}
				}
			}
		}
		if path, isURL := m.nextIn(s, 2); path != nil {
			return append([]string{p.name}, path...), isURL
		}
	}
	return nil, false
}

// nextIn is next for an object inside of an answer, some levels deep.
func (m *mapper) nextIn(v *schema, levels int) (path []string, isURL bool) {
	for _, name := range append(nextMembers(), []string{"after"}) {
		for _, p := range v.props {
			s := m.schemas.of(p.proxy)
			if squeezed(p.name) == name[0] && (s.base == "string" || s.base == "") {
				return []string{p.name}, isAddress(p.name, s)
			}
		}
	}
	if levels == 0 {
		return nil, false
	}
	for _, p := range v.props {
		if s := m.schemas.of(p.proxy); s.base == "object" && s != v && slices.Contains(around(), squeezed(p.name)) {
			if path, isURL := m.nextIn(s, levels-1); path != nil {
				return append([]string{p.name}, path...), isURL
			}
		}
	}
	return nil, false
}

// isAddress reports whether a text is the address of the next page.
func isAddress(name string, v *schema) bool {
	if v.format == "uri" || v.format == "url" || v.format == "uri-reference" {
		return true
	}
	s := squeezed(name)
	return strings.HasSuffix(s, "url") || strings.HasSuffix(s, "link") || strings.HasSuffix(s, "href") ||
		s == "next" && addressText.MatchString(v.doc)
}

var addressText = regexp.MustCompile(`(?i)\b(urls?|uri|link|address)\b`)

// linkHeader reports whether an answer has the header Link (RFC 8288).
func linkHeader(ans *answer) bool {
	if ans.Response == nil || ans.Headers == nil {
		return false
	}
	for name := range ans.Headers.FromOldest() {
		if strings.EqualFold(unmarked(name), "link") {
			return true
		}
	}
	return false
}

// link reads the links of an answer: one that leads to the same operation and
// gives it one parameter from the answer is the next page.
func (m *mapper) link(a *action, ans *answer, p *pages) bool {
	if ans.Response == nil || ans.Links == nil {
		return false
	}
	for _, l := range ans.Links.FromOldest() {
		target := m.model.ids[l.OperationId]
		if l.OperationId == "" && l.OperationRef == "#"+a.op.at {
			target = a.op
		}
		if target != a.op || l.Parameters == nil || l.Parameters.Len() != 1 {
			continue
		}
		first := l.Parameters.First()
		name := strings.TrimPrefix(unmarked(first.Key()), "query.")
		i := slices.IndexFunc(a.params, func(q *parameter) bool { return q.In == "query" && q.Name == name })
		if i < 0 {
			continue
		}
		if path, ok := strings.CutPrefix(first.Value(), "$response.body#/"); ok {
			var parts []string
			for part := range pointerParts("/" + path) {
				parts = append(parts, part)
			}
			if p.next = nextPath(parts); p.next == "" {
				continue
			}
			p.by, p.param, p.skip = "cursor", name, []*parameter{a.params[i]}
			return true
		}
		if header, ok := strings.CutPrefix(first.Value(), "$response.header."); ok && headerName.MatchString(header) && !strings.Contains(header, ".") {
			p.by, p.param, p.next, p.skip = "cursor", name, "headers."+strings.ToLower(header), []*parameter{a.params[i]}
			return true
		}
	}
	return false
}

// lastRecord reads lists that go on behind the last record: its id is the cursor,
// and a flag beside the list says whether there is more.
func (m *mapper) lastRecord(p *pages, v *schema) bool {
	if v.base != "object" {
		return false
	}
	of := func(v *schema, base string, names ...string) string {
		for _, prop := range v.props {
			if slices.Contains(names, squeezed(prop.name)) && m.schemas.of(prop.proxy).base == base {
				return prop.name
			}
		}
		return ""
	}
	record := m.schemas.of(p.list.items)
	flag, id := of(v, "boolean", "hasmore", "more", "hasnext", "hasnextpage"), of(record, "string", "id")
	if id == "" {
		id = of(record, "number", "id")
	}
	if flag == "" || id == "" || nextPath([]string{flag}) == "" {
		return false
	}
	p.more, p.next = nextPath([]string{flag}), nextPath(append(slices.Clone(p.records), "-1", id))
	return true
}

// nextPath writes a path in the body of an answer, or "" where a name cannot
// stand in one.
func nextPath(path []string) string {
	if len(path) == 0 {
		return "body"
	}
	if inside := memberPath(path); inside != "" {
		return "body." + inside
	}
	return ""
}

// memberPath writes a path of members, or "" where a name cannot stand in one.
func memberPath(path []string) string {
	var out []string
	for _, p := range path {
		switch {
		case p == "" || strings.Contains(p, `"`):
			return ""
		case strings.Contains(p, "."):
			p = `"` + p + `"`
		}
		out = append(out, p)
	}
	return strings.Join(out, ".")
}

// counts reports whether the values of a parameter are numbers.
func counts(v *schema) bool { return v.base == "number" || v.base == "" }

// startOf is the first page or offset.
func startOf(v *schema, instead int) int {
	if v.def != nil {
		if n, err := strconv.Atoi(v.def.Value); err == nil && (n == 0 || n == 1) {
			return n
		}
	}
	if v.minimum != nil && (*v.minimum == 0 || *v.minimum == 1) {
		return int(*v.minimum)
	}
	return instead
}

// maxPageSize bounds the records of a page that a card asks for.
const maxPageSize = 1000

// paged makes a card that reads all pages of a list.
func (m *mapper) paged(a *action, p *pages) {
	a.report.Pages = p.by
	for _, q := range p.skip {
		if q != nil {
			a.unask(q.Name)
		}
	}
	if p.perPage > 0 && p.size != nil {
		emit.Set(a.query, p.size.Name, p.perPage)
	}
	limit := a.input(&input{group: groupPages, label: "Record Limit", typ: flow.NumberType, def: source.NumberNode(defaultRecords),
		doc: "At most so many records are read."}, "record_limit")
	paginate := emit.Map("by", p.by)
	emit.Set(paginate, "records", nextPath(p.records))
	if p.inBody != nil {
		emit.Set(paginate, "param", p.param)
		emit.Set(paginate, "in", "body")
	} else {
		emit.Set(paginate, "param", syntax.EscapeText(p.param, false))
	}
	if p.hasStart {
		emit.Set(paginate, "start", p.start)
	}
	emit.Set(paginate, "next", p.next)
	emit.Set(paginate, "more", p.more)
	if p.perPage > 0 && p.hasStart {
		emit.Set(paginate, "size", p.perPage)
	}
	emit.Set(paginate, "limit", limit.ref())
	request := emit.Map("URL", m.target(a), "Query", a.object("query", a.query), "Headers", m.ownHeaders(a))
	card := "http.get"
	if p.inBody != nil {
		card = "http.post"
		emit.Set(request, "Body", a.body)
	}
	step := emit.Map("name", "pages", "card", card, "with", emit.Map("Request", request))
	emit.Set(step, "paginate", paginate)
	a.steps = append(a.steps, step)
	group := resultGroup(m.schemas.of(p.list.items))
	a.outputs = append(a.outputs,
		&output{key: "records", label: "Records", group: group, typ: m.schemas.typ(p.list), fields: m.members(p.list), from: []string{"pages", "records"}},
		&output{key: "count", label: "Count", group: groupPages, doc: "How many records there are.", typ: flow.NumberType, from: []string{"pages", "count"}})
	values := emit.Map()
	for _, o := range a.outputs {
		emit.Set(values, o.key, emit.Ref(o.from[0], o.from[1:]...))
	}
	a.do("return", values)
}

// defaultRecords is how many records a card reads when nobody says.
const defaultRecords = 1000

// unask takes the input of a query parameter back.
func (a *action) unask(name string) {
	i := slices.IndexFunc(a.report.Inputs, func(r ParameterReport) bool { return r.In == "query" && r.Name == name && r.Input != "" })
	if i < 0 {
		return
	}
	key := a.report.Inputs[i].Input
	a.report.Inputs[i].Input = ""
	a.inputs = slices.DeleteFunc(a.inputs, func(in *input) bool { return in.key == key })
	a.query.Members = slices.DeleteFunc(a.query.Members, func(q *source.Member) bool { return q.Key == name })
}

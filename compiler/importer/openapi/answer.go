package openapi

import (
	"cmp"
	"slices"
	"strings"

	high "github.com/pb33f/libopenapi/datamodel/high/v3"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/importer/internal/words"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// answer is what an operation answers with when it succeeds.
type answer struct {
	status string
	*high.Response
	media  mediaType // "" as name where there is no content
	schema *schema
	at     string
}

// answerRank says how well an answer of a media type can be read.
func answerRank(media string) int {
	switch {
	case essence(media) == mediaJSON:
		return 0
	case isJSONType(media):
		return 1
	case essence(media) == "*/*":
		return 2
	case isTextType(media):
		return 3
	}
	return 4
}

// success finds the answer that says what the operation gives: the least status
// from 200 to 299 that has content, else the least of them, else what stands for
// all others.
func (m *mapper) success(op *modelOperation) *answer {
	out := &answer{schema: &schema{}, at: op.at + "/responses"}
	if op.Responses == nil {
		return out
	}
	type coded struct {
		status string
		*high.Response
	}
	var all []coded
	for status, r := range op.Responses.Codes.FromOldest() {
		if len(status) == 3 && status[0] == '2' {
			all = append(all, coded{status, r})
		}
	}
	slices.SortStableFunc(all, func(a, b coded) int {
		if d := cmp.Compare(hasContent(b.Response), hasContent(a.Response)); d != 0 {
			return d
		}
		return cmp.Compare(strings.ToUpper(a.status), strings.ToUpper(b.status))
	})
	if len(all) == 0 && op.Responses.Default != nil {
		all = append(all, coded{"default", op.Responses.Default})
	}
	if len(all) == 0 {
		return out
	}
	out.status, out.Response = all[0].status, all[0].Response
	if out.Extensions != nil {
		if n, ok := out.Extensions.Get(markAt); ok {
			out.at = n.Value
		}
	}
	if out.Content != nil {
		if mt, ok := best(out.Content.FromOldest(), answerRank); ok {
			out.media, out.schema = mt, m.schemas.of(mt.Schema)
		}
	}
	return out
}

func hasContent(r *high.Response) int {
	if r.Content != nil && r.Content.Len() > 0 {
		return 1
	}
	return 0
}

// answer makes outputs of the answer and adds the steps that send the request.
func (m *mapper) answer(a *action) {
	ans := m.success(a.op)
	a.report.Response = strings.TrimSpace(ans.status + " " + ans.media.name)
	media := essence(ans.media.name)
	switch {
	case a.upload != nil:
		m.upload(a, ans)
	case m.isFile(ans) && a.op.method == "GET":
		m.download(a, ans)
	default:
		if m.isFile(ans) {
			m.find(flow.CodeImportResponse, Loss, ans.at, "the answer is a file, which is fetched with GET alone; its text is given")
			ans.schema = &schema{base: "string"}
		}
		if media != "" && media != mediaJSON && media != "*/*" {
			emit.Set(a.headers, "Accept", syntax.EscapeText(ans.media.name, false))
		}
		if p := m.pages(a, ans); p != nil {
			m.paged(a, p)
			return
		}
		m.call(a)
		m.outputs(a, ans, []string{"answer", "body"})
	}
}

// isFile reports whether an answer is a file rather than JSON or text.
func (m *mapper) isFile(ans *answer) bool {
	if ans.media.name == "" || answerRank(ans.media.name) < 2 {
		return false
	}
	return answerRank(ans.media.name) == 4 || ans.schema.format == "binary"
}

// call sends the request through the helper flow.
func (m *mapper) call(a *action) {
	with := emit.Map("relative_url", a.url, "request_method", a.op.method, "query", a.object("query", a.query), "headers", a.object("headers", a.headers))
	if a.body != nil {
		emit.Set(with, "body", a.body)
	}
	if base := m.baseOf(a.op); base != "" {
		emit.Set(with, "base_url", base)
	}
	a.steps = append(a.steps, emit.Map("name", "answer", "call", keyHelper, "with", with))
}

// target returns the address of the request for cards that send it themselves.
func (m *mapper) target(a *action) string {
	base := m.baseOf(a.op)
	if base == "" {
		base = m.server.base
	}
	return base + a.url
}

// ownHeaders returns the headers for cards that send the request themselves: a
// credential that the connection does not attach goes with them.
func (m *mapper) ownHeaders(a *action) any {
	own := a.object("headers", a.headers)
	if !m.auths.helper {
		return own
	}
	name := a.step("credentials", "call", keyAuthHeaders)
	if len(a.headers.Members) == 0 {
		return emit.Ref(name, "headers")
	}
	merged := a.step("all_headers", "card", "object.merge", "with", emit.Map("start", own, "sink", emit.Ref(name, "headers")))
	return emit.Ref(merged, "output")
}

// outputs declares what the answer gives and returns it. body is where the
// parsed answer is.
func (m *mapper) outputs(a *action, ans *answer, body []string) {
	group := resultGroup(ans.schema)
	switch v := ans.schema; {
	case ans.media.name == "":
		a.outputs = append(a.outputs, &output{key: "status_code", label: "Status Code", group: "Response", typ: flow.NumberType, from: []string{"answer", "status_code"}})
		if a.upload != nil {
			a.outputs[len(a.outputs)-1] = &output{key: "body", label: "Body", group: "Response", typ: flow.AnyType, from: body}
		}
	case v.base == "object" && len(v.props) > 0:
		rest := false
		for _, p := range v.props {
			s := m.schemas.of(p.proxy)
			switch {
			case s.writeOnly:
				continue
			case len(a.outputs) >= maxOutputs || p.name == "" || len(p.name) > maxKey:
				rest = true
				continue
			}
			a.outputs = append(a.outputs, &output{key: p.name, label: label(p.name), group: group, typ: m.schemas.typ(s), fields: m.members(s),
				from: append(slices.Clone(body), p.name)})
		}
		if rest || len(a.outputs) == 0 {
			key := "body"
			for slices.ContainsFunc(a.outputs, func(o *output) bool { return o.key == key }) {
				key += "_all"
			}
			a.outputs = append(a.outputs, &output{key: key, label: "Body", group: "Response", doc: "The whole answer.", typ: flow.ObjectType, from: body})
		}
	default:
		key, typ := "body", m.schemas.typ(v)
		if typ.List {
			key = "items"
		}
		if !isJSONType(ans.media.name) && typ.Base == flow.BaseAny && isTextType(ans.media.name) {
			typ = flow.TextType
		}
		a.outputs = append(a.outputs, &output{key: key, label: label(key), group: group, typ: typ, fields: m.members(v), from: body})
	}
	values := emit.Map()
	for _, o := range a.outputs {
		emit.Set(values, o.key, emit.Ref(o.from[0], o.from[1:]...))
	}
	a.do("return", values)
}

// resultGroup names the group of outputs after the schema that describes them.
func resultGroup(v *schema) string {
	name := v.name
	if i := strings.LastIndexAny(name, "./"); i >= 0 {
		name = name[i+1:] // names of packages stand before it
	}
	if t := title(words.Split(name)); t != "" && len(t) <= 40 {
		return t
	}
	return "Result"
}

// download fetches the answer as a file.
func (m *mapper) download(a *action, ans *answer) {
	if media := essence(ans.media.name); !strings.Contains(media, "*") {
		emit.Set(a.headers, "Accept", syntax.EscapeText(ans.media.name, false))
	}
	with := emit.Map("Location", emit.Line("URL", m.target(a)), "Headers", m.ownHeaders(a), "Query", a.object("query", a.query))
	a.steps = append(a.steps, emit.Map("name", "answer", "card", "file.largeDownload", "with", with))
	values := emit.Map()
	for _, o := range []*output{
		{key: "file", label: "File", typ: flow.FileType, from: []string{"answer", "File", "File Content"}},
		{key: "file_name", label: "File Name", typ: flow.TextType, from: []string{"answer", "File", "Filename"}},
		{key: "size", label: "Size", doc: "Length in bytes.", typ: flow.NumberType, from: []string{"answer", "File", "Size"}},
	} {
		o.group = "File"
		a.outputs = append(a.outputs, o)
		emit.Set(values, o.key, emit.Ref(o.from[0], o.from[1:]...))
	}
	a.do("return", values)
}

// upload sends a file, as the body or as part of a form.
func (m *mapper) upload(a *action, ans *answer) {
	u := a.upload
	with := emit.Map("File Content", u.file.ref(), "URL", m.target(a), "HTTP Method", a.op.method, "Protocol", "HTTP", "Query", a.object("query", a.query),
		"Headers", m.ownHeaders(a))
	if u.name != "" {
		emit.Set(with, "File Info", emit.Line("name", syntax.EscapeText(u.name, false)))
		if len(u.data.Members) > 0 {
			// A part without a value is left out, not sent empty.
			filled := a.step("fields", "card", cardWithoutNulls, "with", emit.Map("object", a.object("form", u.data)))
			emit.Set(with, "File Metadata", emit.Ref(filled, "output"))
		}
	}
	a.steps = append(a.steps, emit.Map("name", "answer", "card", "file.upload", "with", with))
	m.outputs(a, ans, []string{"answer", "response"})
}

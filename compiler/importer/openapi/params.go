package openapi

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	high "github.com/pb33f/libopenapi/datamodel/high/v3"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// parameter is a parameter with what its schema says.
type parameter struct {
	*high.Parameter
	at     string // JSON Pointer
	schema *schema
	json   bool // the value is JSON text (content instead of schema)
}

func (p *parameter) required() bool { return p.Required != nil && *p.Required }

// style and explode with the defaults of OpenAPI (3.1.1, 4.8.12).
func (p *parameter) style() string {
	if p.Style != "" {
		return p.Style
	}
	if p.In == "path" || p.In == "header" {
		return "simple"
	}
	return "form"
}

func (p *parameter) explode() bool {
	if p.Explode != nil {
		return *p.Explode
	}
	return p.style() == "form"
}

// read looks at one parameter of the document.
func (m *mapper) read(from *high.Parameter, at string) *parameter {
	p := &parameter{Parameter: from, at: at}
	if from.Extensions != nil {
		if n, ok := from.Extensions.Get(markAt); ok {
			p.at = n.Value
		}
	}
	proxy := from.Schema
	if proxy == nil && from.Content != nil {
		if first := from.Content.First(); first != nil {
			proxy = first.Value().Schema
			p.json = isJSONType(unmarked(first.Key()))
		}
	}
	p.schema = m.schemas.of(proxy)
	return p
}

// parametersOf lists the parameters of an operation: its own, and those of its
// path that it does not have itself.
func (m *mapper) parametersOf(op *modelOperation) []*parameter {
	var out []*parameter
	seen := map[[2]string]bool{} // the one of the operation replaces that of the path
	for _, list := range [][]*high.Parameter{op.Parameters, op.shared} {
		for _, from := range list {
			p := m.read(from, op.at)
			key := [2]string{p.In, p.Name}
			switch {
			case p.Name == "" || p.In == "":
				m.find(flow.CodeImportParameter, Loss, p.at, "a parameter has no name or no place, and is left out")
			case seen[key]:
			case len(out) == maxInputs:
				m.find(flow.CodeImportParameter, Loss, p.at, "a card has %d inputs at most; parameters behind the first %d are left out", maxInputs, maxInputs)
			default:
				seen[key] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// parameters makes inputs of the parameters, and puts them into the request.
func (m *mapper) parameters(a *action) {
	places := map[string][]*parameter{}
	a.params = m.parametersOf(a.op)
	for _, p := range a.params {
		in := p.In
		switch {
		case in == "query" && p.style() == "deepObject" && !p.json:
			in = "deep"
		case in == "path", in == "query", in == "header", in == "cookie":
		default:
			m.leftOut(a, p, "there is no place %s for parameters", flow.Excerpt(in))
		}
		places[in] = append(places[in], p)
	}
	m.path(a, places["path"])
	for _, p := range places["query"] {
		m.query(a, p)
	}
	for _, p := range places["header"] {
		m.header(a, p)
	}
	m.cookies(a, places["cookie"])
	m.deep(a, places["deep"])
}

// leftOut reports a parameter that is not sent.
func (m *mapper) leftOut(a *action, p *parameter, why string, args ...any) {
	m.find(flow.CodeImportParameter, Loss, p.at, "the parameter "+flow.Excerpt(p.Name)+" is left out: "+why, args...)
	a.report.Inputs = append(a.report.Inputs, ParameterReport{In: p.In, Name: p.Name, Outcome: LeftOut})
}

// ask adds the input of a parameter.
func (m *mapper) ask(a *action, p *parameter, group string) *input {
	in := &input{group: group, required: p.required()}
	m.describe(in, p.schema, p.Description)
	if in.typ.Base == flow.BaseFile {
		in.typ = flow.TextType
	}
	if p.Deprecated {
		in.doc = strings.TrimSpace("Deprecated. " + in.doc)
	}
	in.def = m.defaultOf(in, p.schema, p.at)
	a.input(in, p.Name)
	a.report.Inputs = append(a.report.Inputs, ParameterReport{In: p.In, Name: p.Name, Outcome: Imported, Input: in.key, Type: in.typ.String()})
	return in
}

// query puts a parameter into the query of the request.
func (m *mapper) query(a *action, p *parameter) {
	if p.AllowReserved {
		m.find(flow.CodeImportParameter, Doubt, p.at, "the parameter %s may hold reserved characters as they are; they are percent-encoded", flow.Excerpt(p.Name))
	}
	if p.schema.base == "object" && !p.json && p.style() == "form" && p.explode() {
		m.spread(a, p)
		return
	}
	in := m.ask(a, p, groupQuery)
	separator := ","
	switch p.style() {
	case "spaceDelimited":
		separator = " "
	case "pipeDelimited":
		separator = "|"
	case "form":
		if p.schema.base == "object" && !p.json {
			m.find(flow.CodeImportParameter, Loss, p.at, "the object %s is sent as JSON, not as a list of names and values", flow.Excerpt(p.Name))
		}
	default:
		m.find(flow.CodeImportParameter, Doubt, p.at, "the parameter %s has the style %s, which a query does not have; it is sent as form", flow.Excerpt(p.Name), flow.Excerpt(p.style()))
	}
	value := in.ref()
	switch {
	case p.json && in.typ.List:
		value = a.jsonText(in)
	case in.typ.List && (!p.explode() || p.style() != "form"):
		value = a.joined(in, separator)
	}
	emit.Set(a.query, p.Name, value)
}

// spread puts the members of an object into the query, each under its own name.
func (m *mapper) spread(a *action, p *parameter) {
	if len(p.schema.props) == 0 || len(a.inputs)+len(p.schema.props) > maxInputs {
		m.find(flow.CodeImportParameter, Doubt, p.at, "the members of %s are not known: they are sent as one parameter in JSON", flow.Excerpt(p.Name))
		emit.Set(a.query, p.Name, m.ask(a, p, groupQuery).ref())
		return
	}
	for _, prop := range p.schema.props {
		if slices.ContainsFunc(a.params, func(q *parameter) bool { return q != p && q.In == "query" && q.Name == prop.name }) || a.query.Get(prop.name) != nil {
			m.find(flow.CodeImportParameter, Loss, p.at, "the member %s of %s is left out: the query has another parameter of that name", flow.Excerpt(prop.name), flow.Excerpt(p.Name))
			continue
		}
		own := *p.Parameter
		need := p.required() && p.schema.required[prop.name]
		own.Name, own.Required, own.Description = prop.name, &need, ""
		emit.Set(a.query, prop.name, m.ask(a, &parameter{Parameter: &own, at: p.at, schema: m.schemas.of(prop.proxy)}, groupQuery).ref())
	}
}

// joined adds steps that write a list as one text, or null where there is none.
func (a *action) joined(in *input, separator string) string {
	join := a.step(in.key+"_joined", "card", "list.join", "with", emit.Line("list", in.ref(), "delimiter", separator))
	if in.required {
		return emit.Ref(join, "string")
	}
	return a.unlessEmpty(in, emit.Ref(join, "string"))
}

// unlessEmpty adds a step that gives a value, or null where an input is empty.
func (a *action) unlessEmpty(in *input, value string) string {
	name := a.step(in.key+"_or_none", "assign_if", emit.Line("a", in.ref(), "is", "is not empty"), "then", value, "as", "any")
	return emit.Ref(name, "output")
}

// jsonText adds a step that writes an input as JSON.
func (a *action) jsonText(in *input) string {
	text := a.step(in.key+"_json", "card", "json.stringify", "with", emit.Line("object", in.ref()))
	if in.required {
		return emit.Ref(text, "output")
	}
	return a.unlessEmpty(in, emit.Ref(text, "output"))
}

// deep puts parameters into the query whose members stand in brackets. All of
// them are one text behind the address.
func (m *mapper) deep(a *action, params []*parameter) {
	if len(params) == 0 {
		return
	}
	data := emit.Line()
	for _, p := range params {
		if p.schema.base != "object" && p.schema.base != "array" && p.schema.base != "" {
			// Brackets are for what has parts.
			emit.Set(a.query, p.Name, m.ask(a, p, groupQuery).ref())
			continue
		}
		emit.Set(data, p.Name, m.ask(a, p, groupQuery).ref())
	}
	if len(data.Members) == 0 {
		return
	}
	name := a.step("brackets", "card", "url.form", "with", emit.Map("data", a.object("parts", data)))
	if strings.Contains(a.url, "?") {
		a.url += "&" + emit.Ref(name, "output")
	} else {
		a.url += "?" + emit.Ref(name, "output")
	}
}

// header puts a parameter into the headers of the request.
func (m *mapper) header(a *action, p *parameter) {
	switch strings.ToLower(p.Name) {
	case "accept", "content-type", "authorization":
		// OpenAPI says that these are described elsewhere (3.1.1, 4.8.12.1).
		a.report.Inputs = append(a.report.Inputs, ParameterReport{In: p.In, Name: p.Name, Outcome: LeftOut})
		return
	}
	if !headerName.MatchString(p.Name) {
		m.leftOut(a, p, "it is not the name of a header")
		return
	}
	in := m.ask(a, p, groupHeaders)
	value := in.ref()
	switch {
	case in.typ.List:
		value = a.joined(in, ",")
	case in.typ.Base == flow.BaseObject:
		value = a.jsonText(in)
		if !p.json {
			m.find(flow.CodeImportParameter, Loss, p.at, "the object %s is sent as JSON, not as a list of names and values", flow.Excerpt(p.Name))
		}
	}
	emit.Set(a.headers, p.Name, value)
}

// headerName is the token of RFC 9110, 5.6.2.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")

// cookies puts required parameters into a cookie header; optional ones cannot be
// left out of a text, and are left out altogether.
func (m *mapper) cookies(a *action, params []*parameter) {
	var pairs []string
	for _, p := range params {
		switch {
		case !p.required():
			m.leftOut(a, p, "optional cookies are not sent")
		case !headerName.MatchString(p.Name) || p.schema.base == "object" || p.schema.base == "array":
			m.leftOut(a, p, "only cookies of simple values are sent")
		default:
			in := m.ask(a, p, groupHeaders)
			enc := a.step(in.key+"_in_cookie", "card", "url.encodeComponent", "with", emit.Line("string", in.ref()))
			pairs = append(pairs, syntax.EscapeText(p.Name, false)+"="+emit.Ref(enc, "output"))
		}
	}
	emit.Set(a.headers, "Cookie", strings.Join(pairs, "; "))
}

// hole is a place in a path that a parameter fills.
var hole = regexp.MustCompile(`\{([^{}]*)\}`)

// path writes the path of the request: what parameters give is percent-encoded,
// so that it stays within its segment.
func (m *mapper) path(a *action, params []*parameter) {
	text, fragment, cutOff := strings.Cut(a.op.path, "#")
	if cutOff {
		m.find(flow.CodeImportOperation, Doubt, a.op.at, "what stands behind # in the path is not sent: %s", flow.Excerpt(fragment))
	}
	var b strings.Builder
	end := 0
	used := map[string]bool{}
	for _, at := range hole.FindAllStringSubmatchIndex(text, -1) {
		name := text[at[2]:at[3]]
		b.WriteString(syntax.EscapeText(pathText(text[end:at[0]]), true))
		end = at[1]
		i := slices.IndexFunc(params, func(p *parameter) bool { return p.Name == name })
		if i < 0 {
			m.find(flow.CodeImportParameter, Doubt, a.op.at, "the path has a place for %s, which is no parameter; a text is asked for", flow.Excerpt(name))
			yes := true
			params = append(params, &parameter{Parameter: &high.Parameter{Name: name, In: "path", Required: &yes}, at: a.op.at, schema: &schema{base: "string"}})
			i = len(params) - 1
		}
		if p := params[i]; used[name] {
			b.WriteString(a.inPath[name])
		} else {
			used[name] = true
			b.WriteString(m.segment(a, p))
		}
	}
	b.WriteString(syntax.EscapeText(pathText(text[end:]), false))
	for _, p := range params {
		if !used[p.Name] {
			m.leftOut(a, p, "the path has no place for it")
		}
	}
	a.url = b.String() + a.url
}

// pathText percent-encodes what cannot stand in a path. Escapes that are there
// stay, and so does a query.
func pathText(s string) string {
	path, query, ok := strings.Cut(s, "?")
	u := url.URL{Path: path}
	if plain, err := url.PathUnescape(path); err == nil {
		u = url.URL{Path: plain, RawPath: path}
	}
	out := u.EscapedPath()
	if ok {
		out += "?" + queryText(query)
	}
	return out
}

// queryText percent-encodes what cannot stand in a query (RFC 3986, 3.4).
func queryText(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7F || strings.IndexByte("\"<>\\^`{|}#", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// segment adds the steps that write a parameter of the path, and returns the
// reference to what they give.
func (m *mapper) segment(a *action, p *parameter) string {
	yes := true
	p.Required = &yes // a path has no holes, whatever the document says
	in := m.ask(a, p, groupPath)
	in.required = true
	style := map[string]string{"simple": "", "label": ".", "matrix": ";" + syntax.EscapeText(pathText(p.Name), false) + "="}
	prefix, ok := style[p.style()]
	if !ok {
		m.find(flow.CodeImportParameter, Doubt, p.at, "the parameter %s has the style %s, which a path does not have; it is sent as simple", flow.Excerpt(p.Name), flow.Excerpt(p.style()))
	}
	value := in.ref()
	if in.typ.Base == flow.BaseNumber && !in.typ.List || in.typ.Base == flow.BaseBool && !in.typ.List {
		a.keepPath(p.Name, prefix+value) // digits and words need no encoding
		return prefix + value
	}
	separator := ","
	switch {
	case in.typ.List:
		if p.explode() && prefix != "" {
			separator = prefix
		}
		a.refuse(in, "is", "is empty")
		value = emit.Ref(a.step(in.key+"_joined", "card", "list.join", "with", emit.Line("list", value, "delimiter", separator)), "string")
	case in.typ.Base == flow.BaseObject:
		m.find(flow.CodeImportParameter, Loss, p.at, "the object %s stands in the path as JSON, not as names and values", flow.Excerpt(p.Name))
	default:
		// An empty text would name another resource, and dots lead out of the path.
		a.refuse(in, "is", "in", "b", []string{"", ".", ".."})
	}
	value = emit.Ref(a.step(in.key+"_in_path", "card", "url.encodeComponent", "with", emit.Line("string", value)), "output")
	if encoded := url.QueryEscape(separator); in.typ.List && encoded != separator {
		value = emit.Ref(a.step(in.key+"_parts", "card", "text.replace",
			"with", emit.Line("string", value, "src", encoded, "dest", strings.ReplaceAll(syntax.EscapeText(separator, false), "$", "$$"), "global", true)), "output")
	}
	a.keepPath(p.Name, prefix+value)
	return prefix + value
}

// refuse adds a step that fails where an input is not what the request needs.
func (a *action) refuse(in *input, condition ...any) {
	a.do("return_error_if", emit.Line(append([]any{"a", in.ref()}, condition...)...),
		"error", emit.Line("statusCode", 400, "message", syntax.EscapeText("No "+in.label+" input provided. Enter a valid "+in.label+".", false)))
}

// keepPath remembers what stands in the path for a parameter that it has twice.
func (a *action) keepPath(name, text string) {
	if a.inPath == nil {
		a.inPath = map[string]string{}
	}
	a.inPath[name] = text
}

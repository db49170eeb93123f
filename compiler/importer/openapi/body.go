package openapi

import (
	"slices"
	"strings"

	high "github.com/pb33f/libopenapi/datamodel/high/v3"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

const (
	mediaJSON      = "application/json"
	mediaForm      = "application/x-www-form-urlencoded"
	mediaMultipart = "multipart/form-data"
)

// isJSONType reports whether a media type is JSON (RFC 6838, 4.2.8: suffix +json).
func isJSONType(media string) bool {
	media = essence(media)
	return media == mediaJSON || media == "text/json" || strings.HasSuffix(media, "+json")
}

// essence is a media type without parameters, in lower case.
func essence(media string) string {
	media, _, _ = strings.Cut(media, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// isTextType reports whether a media type is text that people write.
func isTextType(media string) bool {
	media = essence(media)
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+xml") || slices.Contains(
		[]string{"application/xml", "application/yaml", "application/x-yaml", "application/graphql", "application/x-ndjson", "application/jsonl"}, media)
}

// bodyRank says how well a body of a media type can be written; the best of a
// request is taken.
func bodyRank(media string) int {
	media = essence(media)
	switch {
	case media == mediaJSON:
		return 0
	case isJSONType(media):
		return 1
	case media == mediaForm:
		return 2
	case media == mediaMultipart:
		return 3
	case isTextType(media):
		return 4
	case media == "*/*":
		return 5
	}
	return 6
}

// mediaType is one form of a body or an answer.
type mediaType struct {
	name string
	*high.MediaType
}

// best returns the media type of the lowest rank, the first among equals.
func best(content contentMap, rank func(string) int) (mediaType, bool) {
	var out mediaType
	found := false
	for name, mt := range content {
		name = unmarked(name)
		if !found || rank(name) < rank(out.name) {
			out, found = mediaType{name, mt}, true
		}
	}
	return out, found
}

type contentMap = func(func(string, *high.MediaType) bool)

// body makes inputs of the request body and writes it.
func (m *mapper) body(a *action) {
	rb := a.op.RequestBody
	if rb == nil || rb.Content == nil {
		return
	}
	at := a.op.at + "/requestBody"
	if rb.Extensions != nil {
		if n, ok := rb.Extensions.Get(markAt); ok {
			at = n.Value
		}
	}
	mt, ok := best(rb.Content.FromOldest(), bodyRank)
	if !ok {
		return
	}
	if a.op.method == "GET" {
		if v := m.schemas.of(mt.Schema); v.base == "object" && len(v.props) == 0 {
			return // described for form's sake
		}
		m.find(flow.CodeImportBody, Loss, at, "the body of a GET is not sent: it has no defined meaning (RFC 9110, 9.3.1)")
		return
	}
	b := &bodyWriter{mapper: m, action: a, at: at, media: mt, schema: m.schemas.of(mt.Schema), required: rb.Required != nil && *rb.Required,
		doc: rb.Description}
	a.report.Body = mt.name
	switch media := essence(mt.name); {
	case isJSONType(media), media == "*/*" && b.schema.base != "" && b.schema.base != "string":
		b.json()
	case media == mediaForm:
		b.form()
	case media == mediaMultipart:
		b.multipart()
	case isTextType(media), media == "*/*" && b.schema.format != "binary" && b.schema.base != "":
		b.text()
	default:
		b.file()
	}
}

// bodyWriter writes the body of one request.
type bodyWriter struct {
	*mapper
	action   *action
	at       string
	media    mediaType
	schema   *schema
	required bool
	doc      string
}

// contentType announces what the body is, unless it may be anything.
func (b *bodyWriter) contentType(media string) {
	if !strings.Contains(media, "*") && b.action.headers.Get("Content-Type") == nil {
		emit.Set(b.action.headers, "Content-Type", syntax.EscapeText(media, false))
	}
}

// whole asks for the body as one input.
func (b *bodyWriter) whole(typ flow.Type) *input {
	in := &input{group: groupBody, required: b.required}
	b.describe(in, b.schema, b.doc)
	in.typ = typ
	in.choices = nil
	in.doc = sentences(strings.TrimSpace(ended(in.doc)+b.memberDoc(b.schema)), maxDoc, 3)
	b.action.input(in, "body")
	b.note("", in)
	return in
}

// memberDoc names the members of an object that is asked for as a whole.
func (b *bodyWriter) memberDoc(v *schema) string {
	var names []string
	for _, k := range b.members(v) {
		names = append(names, k.name)
	}
	if len(names) == 0 {
		return ""
	}
	return " Members: " + listed(names) + "."
}

func (b *bodyWriter) note(name string, in *input) {
	r := &b.action.report
	r.Inputs = append(r.Inputs, ParameterReport{In: "body", Name: name, Outcome: Imported, Input: in.key, Type: in.typ.String()})
}

// flat reports whether the members of the body become inputs of their own.
func (b *bodyWriter) flat() bool {
	return b.schema.base == "object" && len(b.schema.props) > 0 && len(b.action.inputs)+len(b.schema.props) <= maxInputs
}

// fields asks for the members of the body, each by itself, and returns the
// object of them. What only answers have is left out.
func (b *bodyWriter) fields(keep func(name string, v *schema, in *input) bool) *source.Node {
	if b.schema.either {
		b.find(flow.CodeImportBody, Doubt, b.at, "the body is one of several objects; the inputs are the members of all of them")
	}
	data := emit.Line()
	for _, p := range b.schema.props {
		v := b.schemas.of(p.proxy)
		if v.readOnly {
			continue
		}
		if n, fixed := b.action.pages.fixed(p.name); fixed {
			b.action.report.Inputs = append(b.action.report.Inputs, ParameterReport{In: "body", Name: p.name, Outcome: Imported})
			if n > 0 {
				emit.Set(data, p.name, n)
			}
			continue
		}
		in := &input{group: groupBody, required: b.required && b.schema.required[p.name]}
		b.describe(in, v, "")
		in.doc = b.withDefault(in, v)
		b.action.input(in, p.name)
		b.note(p.name, in)
		if keep != nil && !keep(p.name, v, in) {
			continue
		}
		emit.Set(data, p.name, in.ref())
	}
	return data
}

// withDefault says in the description of an input what the service takes where
// there is none. The value is not sent: in a change of something that exists it
// would undo what it was.
func (b *bodyWriter) withDefault(in *input, v *schema) string {
	doc := in.doc
	if v.base == "object" {
		doc = strings.TrimSpace(ended(doc) + b.memberDoc(v))
	}
	if n, value := defaultValue(v); n != nil && !in.typ.List && len(value) <= maxLabel {
		doc = strings.TrimSpace(ended(doc) + " Default: " + value + ".")
	}
	return sentences(doc, maxDoc+maxLabel, 5)
}

func defaultValue(v *schema) (*source.Node, string) {
	if v.def == nil || v.def.Value == "" || v.def.ShortTag() == "!!null" {
		return nil, ""
	}
	n, _ := constant(v.def)
	return n, plainText(v.def.Value)
}

// json writes a body in JSON. Members without a value are left out.
func (b *bodyWriter) json() {
	if essence(b.media.name) != mediaJSON {
		b.contentType(b.media.name)
	}
	b.action.pages = b.bodyPages(b.action, b.schema)
	if !b.flat() {
		typ := b.schemas.typ(b.schema)
		in := b.whole(typ)
		b.action.body = source.TextNode(in.ref())
		if typ.Base != flow.BaseObject && !typ.List {
			// A scalar would be sent as text.
			b.action.body = source.TextNode(b.action.jsonText(in))
			b.contentType(b.media.name)
		}
		return
	}
	data := b.fields(nil)
	if len(data.Members) == 0 {
		return // it has nothing but what belongs to pages, or to answers
	}
	filled := b.action.step("filled", "card", cardWithoutNulls, "with", emit.Map("object", b.action.object("body", data)))
	b.action.body = source.TextNode(emit.Ref(filled, "output"))
}

// cardWithoutNulls removes the members of an object that are null.
const cardWithoutNulls = "object.withoutNulls"

// form writes a body as application/x-www-form-urlencoded.
func (b *bodyWriter) form() {
	b.contentType(mediaForm)
	var data any
	if b.flat() {
		data = b.action.object("body", b.fields(nil))
	} else {
		data = b.whole(flow.ObjectType).ref()
	}
	lists := "repeat" // the style form with explode, the default (OpenAPI 3.1.1, 4.8.15.1)
	if b.media.Encoding != nil {
		for _, e := range b.media.Encoding.FromOldest() {
			if e.Style == "deepObject" {
				lists = "" // indices, the default of the card
			}
		}
	}
	name := b.action.step("form", "card", "url.form", "with", emit.Map("data", data, "lists", lists))
	b.action.body = source.TextNode(emit.Ref(name, "output"))
}

// text writes a body that people write themselves.
func (b *bodyWriter) text() {
	b.contentType(b.media.name)
	b.action.body = source.TextNode(b.whole(flow.TextType).ref())
}

// file sends a file as the body.
func (b *bodyWriter) file() {
	if b.action.op.method != "POST" && b.action.op.method != "PUT" {
		b.find(flow.CodeImportBody, Loss, b.at, "files are sent with POST and PUT alone; the body is asked for as text")
		b.text()
		return
	}
	in := b.whole(flow.FileType)
	in.required = true
	if media := essence(b.media.name); !strings.Contains(media, "*") && media != "application/octet-stream" {
		b.contentType(b.media.name)
	}
	b.action.upload = &upload{file: in}
}

// upload is a request that a card for files makes.
type upload struct {
	file *input
	name string       // of the part of a form; "" where the file is the body
	data *source.Node // the other parts
}

// multipart writes a form with parts.
func (b *bodyWriter) multipart() {
	var file *input
	var fileName string
	if !b.flat() {
		b.find(flow.CodeImportBody, Doubt, b.at, "the parts of the form are not known; they are asked for as one object")
		b.parts(b.whole(flow.ObjectType).ref())
		return
	}
	uploads := b.action.op.method == "POST" || b.action.op.method == "PUT"
	data := b.fields(func(name string, v *schema, in *input) bool {
		item := v
		if v.base == "array" {
			item = b.schemas.of(v.items)
		}
		if item.format != "binary" {
			return true
		}
		switch {
		case !uploads:
			b.find(flow.CodeImportBody, Loss, b.at, "files are sent with POST and PUT alone; the part %s is asked for as text", flow.Excerpt(name))
			return true
		case file != nil:
			b.find(flow.CodeImportBody, Loss, b.at, "a form is sent with one file; the part %s is not sent", flow.Excerpt(name))
			b.action.drop(in)
			return false
		case v.base == "array":
			b.find(flow.CodeImportBody, Loss, b.at, "a form is sent with one file; of the list %s one is", flow.Excerpt(name))
		}
		if !in.required {
			b.find(flow.CodeImportBody, Doubt, b.at, "the file %s need not be given; the card asks for it always", flow.Excerpt(name))
		}
		in.typ, in.required, in.def, in.choices = flow.FileType, true, nil, nil
		file, fileName = in, name
		return false
	})
	if file == nil {
		b.parts(b.action.object("fields", data))
		return
	}
	b.action.upload = &upload{file: file, name: fileName, data: data}
}

// drop takes an input back.
func (a *action) drop(in *input) {
	a.inputs = slices.DeleteFunc(a.inputs, func(i *input) bool { return i == in })
	for i := range a.report.Inputs {
		if a.report.Inputs[i].Input == in.key {
			a.report.Inputs[i].Outcome, a.report.Inputs[i].Input = LeftOut, ""
		}
	}
}

// parts writes a form without files. A helper flow puts it together.
func (b *bodyWriter) parts(data any) {
	b.mapper.needs.multipart = true
	name := b.action.step("form", "call", keyMultipart, "with", emit.Map("fields", data))
	emit.Set(b.action.headers, "Content-Type", emit.Ref(name, "content_type"))
	b.action.body = source.TextNode(emit.Ref(name, "body"))
}

package openapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/importer/internal/words"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Options say what is imported. The zero value imports every operation.
type Options struct {
	// Only selects operations: tags, operation ids, paths ("/pets"), or methods
	// with paths ("GET /pets"); a star at the end stands for anything. Default:
	// all operations.
	Only []string
	// Max is how many of the selected operations are imported, in the order of the
	// document. Default: all.
	Max int
	// Split makes a connector of the operations of each tag, and several where they
	// are too many for one. Default: one connector, and an error where it would be
	// too large.
	Split bool
	// Server is the address of the service instead of the document's: absolute,
	// with http or https. Default: the first of the document.
	Server string
	// Key is the key of the connector. Default: made of the document's title.
	Key string
}

// Connector is the source of one connector.
type Connector struct {
	Dir   string // where it belongs, below the directory of all; "" for that directory itself
	Files []compiler.File
}

// Result is what a document gives.
type Result struct {
	Connectors []Connector
	Report     *Report
}

// Is reports whether a file looks like an OpenAPI or Swagger document: an object
// in JSON or YAML with the field openapi or swagger.
func Is(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if !isJSON(data) {
		for l := range bytes.Lines(data) {
			for _, field := range []string{"openapi", "swagger"} {
				rest, ok := bytes.CutPrefix(bytes.TrimLeft(l, `"'`), []byte(field))
				if rest = bytes.TrimLeft(rest, "\"' \t"); ok && len(rest) > 0 && rest[0] == ':' {
					return true
				}
			}
		}
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	depth := 0
	for key := false; ; {
		tok, err := dec.Token()
		if err != nil {
			return false
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
			key = depth == 1
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			key = depth == 1
			continue
		}
		if depth != 1 {
			continue
		}
		if key && (tok == "openapi" || tok == "swagger") {
			return true
		}
		key = !key
	}
}

// Import turns a document into the source of a connector, or of several. The
// name of the file stands in errors and in the report. Errors that end an import
// have the codes import.format, import.syntax, import.limit, import.version,
// import.value and import.selection; whatever else is not as the document has it
// is in the report.
func Import(file string, data []byte, opt Options) (*Result, error) {
	if opt.Key != "" && !connectorKey.MatchString(opt.Key) {
		return nil, &OptionError{"key", opt.Key, "must be lower case letters, digits and underscores, and begin with a letter"}
	}
	doc, err := read(file, data)
	if err != nil {
		return nil, err
	}
	version, err := doc.version()
	if err != nil {
		return nil, err
	}
	report := newReport(doc)
	all, err := doc.operations(report)
	if err != nil {
		return nil, err
	}
	selected, err := chosen(all, &opt, file)
	if err != nil {
		return nil, err
	}
	if len(selected) == 0 {
		return nil, failed(flow.CodeImportSelection, doc.place("/paths"), "the document has no operations")
	}
	usable := doc.usable(report, selected)
	if len(usable) == 0 {
		return nil, failed(flow.CodeImportSelection, doc.pos(selected[0].node), "none of the operations can be an action; %s: %s", selected[0], selected[0].leftOut)
	}
	report.OpenAPI, report.Operations, report.Selected = version, len(all), len(selected)
	switch {
	case len(usable) > maxOperations && !opt.Split:
		return nil, tooLarge(doc, all, len(usable), maxOperations)
	case len(usable) > maxSplit:
		return nil, failed(flow.CodeImportLimit, doc.place("/paths"), "%d operations are too many for one import, which takes %d", len(usable), maxSplit).
			WithFix("choose with --only, or take the first ones with --max")
	}
	im := &importer{doc: doc, report: report, opt: &opt, all: all, version: version, result: &Result{Report: report}}
	if err := im.groups(usable); err != nil {
		return nil, err
	}
	return im.result, nil
}

var connectorKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

// maxOperations bounds the actions of a connector: a connector has a thousand
// files, and some flows besides.
const maxOperations = source.MaxFiles - 20

// maxSplit bounds the operations of all connectors together.
const maxSplit = 10_000

// usable reports the operations that no action can stand for, and returns the
// others.
func (d *document) usable(report *Report, selected []*operation) []*operation {
	var out []*operation
	for _, o := range selected {
		if o.leftOut == "" {
			out = append(out, o)
			continue
		}
		report.find(flow.CodeImportOperation, Loss, o.at, o.String(), "the operation is left out: %s", o.leftOut)
		pos := d.pos(o.node)
		report.Actions = append(report.Actions, OperationReport{Operation: o.String(), OperationID: o.id, Line: pos.Line, Column: pos.Col, Pointer: o.at, Outcome: LeftOut})
	}
	return out
}

func tooLarge(doc *document, all []*operation, have, fit int) error {
	return failed(flow.CodeImportLimit, doc.place("/paths"), "%d operations are too many for one connector; the first %d fit", have, fit).
		WithFix("choose with --only, take the first ones with --max, or make one connector of each tag with --split; the tags are %s", tagList(all))
}

// importer makes the connectors of one document.
type importer struct {
	doc     *document
	report  *Report
	opt     *Options
	all     []*operation
	version string
	result  *Result
}

// groups makes one connector, or with Split one for each tag.
func (im *importer) groups(ops []*operation) error {
	root := newReducer(im.doc, im.report).reduce(im.version, ops)
	m, err := build(root, im.version, ops)
	if err != nil {
		return err
	}
	schemas := newSchemas(im.report)
	im.report.Title, im.report.Version = plainText(titleOf(m)), versionOf(m)
	if !im.opt.Split {
		c, rest, err := im.connector(m, schemas, m.ops, "", nil)
		if err == nil && len(rest) > 0 {
			err = tooLarge(im.doc, im.all, len(m.ops), len(m.ops)-len(rest))
		}
		if err != nil {
			return err
		}
		im.result.Connectors = []Connector{*c}
		return nil
	}
	byTag := map[string][]*modelOperation{}
	var tags []string
	for _, op := range m.ops {
		t := op.tag()
		if byTag[t] == nil {
			tags = append(tags, t)
		}
		byTag[t] = append(byTag[t], op)
	}
	dirs := names{}
	for _, t := range tags {
		for rest := byTag[t]; len(rest) > 0; {
			var c *Connector
			if c, rest, err = im.connector(m, schemas, rest, t, dirs); err != nil {
				return err
			}
			im.result.Connectors = append(im.result.Connectors, *c)
		}
	}
	return nil
}

func titleOf(m *model) string {
	if m.Info == nil {
		return ""
	}
	return m.Info.Title
}

func versionOf(m *model) string {
	if m.Info == nil {
		return ""
	}
	return m.Info.Version
}

// connector makes a connector of as many operations as it can hold, and returns
// the others. dirs keeps the directories of several connectors apart; nil when
// there is one.
func (im *importer) connector(model *model, schemas *schemas, ops []*modelOperation, tag string, dirs names) (*Connector, []*modelOperation, error) {
	own := *model
	own.ops = ops
	m := &mapper{doc: im.doc, model: &own, report: im.report, schemas: schemas, names: names{}, keys: names{}}
	m.reserve()
	if err := m.servers(im.opt.Server); err != nil {
		return nil, nil, err
	}
	m.authentication()
	base := im.opt.Key
	if base == "" {
		base = identifier(m.service(), "service")
	}
	key, name := base, m.service()
	if dirs != nil {
		key = base + "_" + identifier(cmp.Or(tag, "other"), "tag")
		key = key[:min(len(key), maxKey)]
		name = cut(name+" "+title(words.Split(cmp.Or(tag, "Other"))), maxName)
		taken := dirs.take(key, "_")
		if n, again := strings.CutPrefix(taken, key+"_"); again {
			name += " " + n
		}
		key = taken
	}
	out := &files{}
	var rest []*modelOperation
	for i, op := range ops {
		needs := m.needs
		needs.bases, needs.hosts = slices.Clip(needs.bases), slices.Clip(needs.hosts)
		a := m.action(op)
		if !out.action(a) {
			m.needs = needs
			if i == 0 {
				return nil, nil, failed(flow.CodeImportLimit, im.doc.place(op.at), "the operation %s is too large for a connector", op.operation)
			}
			rest = ops[i:]
			break
		}
		a.report.Connector = key
		im.report.Actions = append(im.report.Actions, a.report)
	}
	im.around(m, out, key, name)
	if out.err != nil {
		return nil, nil, out.err
	}
	c := &Connector{Files: out.list}
	if dirs != nil {
		c.Dir = key
	}
	im.report.Connectors = append(im.report.Connectors, ConnectorReport{Key: key, Name: name, Dir: c.Dir, Flows: len(out.list) - 1, Bytes: out.bytes})
	return c, rest, nil
}

// around adds connector.yaml and the flows that are no operations.
func (im *importer) around(m *mapper, out *files, key, name string) {
	ping := m.pingOf(im.all)
	switch {
	case len(m.auths.list) == 0:
	case ping == nil:
		m.report.find(flow.CodeImportHealth, Loss, "/paths", "", "no GET needs a credential and no input: whether a connection works is not asked; there is no _authping")
	default:
		out.flow("_authping", m.authping(ping))
	}
	out.flow(keyCustom, m.customAction())
	out.flow(keyHelper, m.helper())
	if m.auths.helper {
		out.flow(keyAuthHeaders, m.authHeaders())
	}
	if m.needs.multipart {
		form, part := m.multipartForm()
		out.flow(keyMultipart, form)
		out.flow(keyPart, part)
	}
	description := ""
	if m.model.Info != nil {
		description = sentences(plainText(cmp.Or(m.model.Info.Summary, m.model.Info.Description)), maxDescription, 2)
	}
	docs, support := "", ""
	if d := m.model.ExternalDocs; d != nil && webAddress(d.URL) {
		docs = d.URL
	}
	if m.model.Info != nil && m.model.Info.Contact != nil {
		if a, err := mail.ParseAddress(m.model.Info.Contact.Email); err == nil && a.Address == m.model.Info.Contact.Email {
			support = a.Address
		}
	}
	root := emit.Map("key", key, "name", name, "version", "1.0.0", "description", cmp.Or(description, "Actions of "+name+"."), "docs", docs, "support", support,
		"hosts", append(slices.Clone(m.server.hosts), m.needs.hosts...), "auth", m.auths.node(&m.server), "config", m.server.config())
	doc := comment(root, flow.Printable(fmt.Sprintf("Made from %s: %s, OpenAPI %s.", path.Base(im.doc.file), im.report.named(), im.version)))
	out.write("connector.yaml", doc)
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// files collects the files of a connector within what a connector can hold.
type files struct {
	list     []compiler.File
	bytes    int
	manifest int // bytes, about
	err      error
}

// action adds the flow of a card, unless the connector would be too large.
func (f *files) action(a *action) bool {
	text, err := format(path.Join(source.FlowsDir, a.key+".yaml"), &source.Document{Root: a.source()})
	if err != nil {
		f.err = err
		return true
	}
	size := manifestBytes(a)
	if len(f.list) >= maxOperations || f.bytes+len(text) > source.MaxConnector*9/10 || f.manifest+size > guest.MaxManifest*9/10 {
		return false
	}
	f.manifest += size
	f.add(path.Join(source.FlowsDir, a.key+".yaml"), text)
	return true
}

func (f *files) flow(key string, root *source.Node) {
	f.write(path.Join(source.FlowsDir, key+".yaml"), &source.Document{Root: root})
}

func (f *files) write(name string, doc *source.Document) {
	text, err := format(name, doc)
	if err != nil && f.err == nil {
		f.err = err
	}
	f.add(name, text)
}

func (f *files) add(name string, text []byte) {
	f.bytes += len(text)
	f.list = append(f.list, compiler.File{Name: name, Data: text})
}

// format writes a file in the one form that weir fmt leaves as it is.
func format(name string, doc *source.Document) ([]byte, error) {
	return compiler.Format(compiler.File{Name: name, Data: source.Print(doc)})
}

// manifestBytes is about what a card adds to the manifest of the module.
func manifestBytes(a *action) int {
	info := flow.FlowInfo{Key: a.key, Name: a.name, Type: flow.FlowAction, Description: a.description, Effect: "writes", CostMin: 100_000, CostMax: 1_000_000}
	for _, in := range a.inputs {
		f := flow.FieldInfo{Key: in.key, Group: in.group, Label: in.label, Doc: in.doc, Type: in.typ, Required: in.required, Extensible: in.extensible}
		for _, c := range in.choices {
			f.Choices = append(f.Choices, flow.OptionRow{Label: c, Value: c})
		}
		info.In = append(info.In, f)
	}
	for _, o := range a.outputs {
		f := flow.FieldInfo{Key: o.key, Group: o.group, Label: o.label, Doc: o.doc, Type: o.typ}
		for _, k := range o.fields {
			f.Fields = append(f.Fields, flow.FieldInfo{Key: k.name, Type: k.typ})
		}
		info.Out = append(info.Out, f)
	}
	b, err := json.Marshal(info)
	if err != nil {
		return 0
	}
	return len(b) + 100
}

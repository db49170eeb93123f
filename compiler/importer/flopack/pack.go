package flopack

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Limits of what is worked with, below those of a connector: a thousand files,
// and 20,000 values in each of them.
const (
	// MaxFlows leaves room for connector.yaml, the cards of other connectors, and
	// helpers that the importer adds.
	MaxFlows = 900
	// MaxCards bounds the cards of one flow, embedded flows included. A step has at
	// least four values in source, so that 5,000 fill a file; as many again may
	// be comments, hidden cards and joins.
	MaxCards = 10_000
	// MaxPorts bounds the inputs of a card, and its outputs: a step has at most 125
	// inputs, and an object that is built of more is a table.
	MaxPorts = 1_000
)

// pack is the model of an export.
type pack struct {
	doc         *document
	version     string
	flows       []*flowDef
	byID        map[string]*flowDef
	connections []*connection
	tables      []*table
	folders     []*folder
}

// flowDef is one flow of an export.
type flowDef struct {
	id, name, description string
	at                    *node
	body                  *scope // nil: the export names the flow and does not hold it
	scheduled             bool
	cron                  *node
	security              string
	folder                string
	method                *node // connector_method_meta: what card of a connector the flow is
}

// connection is a connection that cards use.
type connection struct {
	id, name, module string
	at               *node
}

// table is a table of an export.
type table struct {
	id, name string
	at       *node
	columns  []column
}

// column is a column of a table. def is nil without a default.
type column struct {
	name string
	key  string // what it is called in source
	typ  flow.Type
	def  *node
}

// folder is a folder that flows stand in.
type folder struct {
	id, name, description, path string
}

// packFormat finds what a tree is: version and whether it is an export at all.
func (d *document) format() error {
	if d.root.kind != mapNode || d.root.string("type") != "flopack" {
		return d.failed(flow.CodeImportFormat, d.root.offset, `the file is no export: "type" is not "flopack"`)
	}
	return nil
}

// versions are those of the format that are known.
func versions() []string { return []string{"1.2.0", "1.3.0", "1.4.0", "1.5.0"} }

// newPack makes the model of an export. Whatever has the wrong form is an error.
func newPack(doc *document, report *Report) (*pack, error) {
	if err := doc.format(); err != nil {
		return nil, err
	}
	p := &pack{doc: doc, version: doc.root.string("version"), byID: map[string]*flowDef{}}
	r := &modelReader{doc: doc, report: report}
	if !slices.Contains(versions(), p.version) {
		report.doubt(flow.CodeImportVersion, doc.root.offset, place{}, "the version %s is not known; it is read like %s", flow.Excerpt(p.version), versions()[len(versions())-1])
	}
	flags := r.object(doc.root, "flags")
	for _, name := range []string{"auto-transform", "looseBooleans", "looseStrings", "looseNulls"} {
		if !flags.true(name) {
			report.doubt(flow.CodeImportValue, doc.root.offset, place{}, "the flag %s is not set: values are converted all the same", name)
		}
	}
	data := r.required(doc.root, "data")
	for _, m := range r.mapping(data, "groups") {
		g := r.object(m.value, "data")
		p.folders = append(p.folders, &folder{id: m.key, name: r.text(g, "name"), description: r.text(g, "description"), path: r.text(g, "path")})
	}
	for _, m := range r.mapping(data, "configs") {
		p.connections = append(p.connections, &connection{id: m.key, name: r.text(m.value, "name"), module: r.text(m.value, "module"), at: m.value})
	}
	for _, m := range r.mapping(data, "tables") {
		p.tables = append(p.tables, r.table(m))
	}
	flows := r.mapping(data, "flos")
	if len(flows) > MaxFlows {
		return nil, doc.failed(flow.CodeImportLimit, data.get("flos").offset, "%d flows are too many for a connector, which takes %d", len(flows), MaxFlows)
	}
	if len(flows) == 0 && len(r.problems) == 0 {
		r.problem(flow.CodeImportValue, data, "there are no flows in the export")
	}
	for _, m := range flows {
		f, err := r.flow(m)
		if err != nil {
			return nil, err
		}
		p.flows = append(p.flows, f)
		p.byID[f.id] = f
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return p, nil
}

// modelReader makes the model of a tree. It goes on after problems, so that all
// of them are reported.
type modelReader struct {
	doc      *document
	report   *Report
	problems flow.Diagnostics
	cards    int // of the flow that is read
}

// maxProblems bounds the problems that are listed.
const maxProblems = 50

// wrong reports a value of the wrong kind.
func (r *modelReader) wrong(n *node, what string, want kind) {
	r.problem(flow.CodeImportValue, n, "%s must be %s, not %s", what, want, n.kind)
}

func (r *modelReader) problem(code flow.Code, n *node, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		return
	}
	e := r.doc.failed(code, n.offset, format, args...)
	if p := r.doc.root.pointer(n.offset); p != "" {
		e.Msg += " (" + p + ")"
	}
	r.problems = append(r.problems, flow.Diagnostic{Error: e})
}

// object returns a member that is an object; absent and null are nil.
func (r *modelReader) object(n *node, key string) *node {
	v := n.get(key)
	switch {
	case v.null():
		return nil
	case v.kind != mapNode:
		r.wrong(v, key, mapNode)
		return nil
	}
	return v
}

// required is object for what must be there.
func (r *modelReader) required(n *node, key string) *node {
	if v := n.get(key); v == nil || v.kind == nullNode {
		if n != nil {
			r.problem(flow.CodeImportValue, n, "%s is missing", key)
		}
		return nil
	}
	return r.object(n, key)
}

// mapping returns the members of a member that is an object, each of them an
// object.
func (r *modelReader) mapping(n *node, key string) []member {
	v := r.object(n, key)
	if v == nil {
		return nil
	}
	out := make([]member, 0, len(v.members))
	for _, m := range v.members {
		if m.value.kind != mapNode {
			r.wrong(m.value, "an entry of "+key, mapNode)
			continue
		}
		out = append(out, m)
	}
	return out
}

// list returns the items of a member that is a list.
func (r *modelReader) list(n *node, key string) []member {
	v := n.get(key)
	switch {
	case v.null():
		return nil
	case v.kind != listNode:
		r.wrong(v, key, listNode)
		return nil
	}
	return v.members
}

// text returns a member that is text; absent and null are "".
func (r *modelReader) text(n *node, key string) string {
	v := n.get(key)
	switch {
	case v.null():
		return ""
	case v.kind != textNode:
		r.wrong(v, key, textNode)
		return ""
	}
	return v.text
}

// columnTypes are the types of columns as exports write them.
func columnType(s string) (flow.Type, bool) {
	switch s {
	case "str":
		return flow.TextType, true
	case "dte":
		return flow.DateType, true
	case "bln":
		return flow.BoolType, true
	case "dec":
		return flow.NumberType, true
	}
	return flow.TextType, false
}

func (r *modelReader) table(m member) *table {
	t := &table{id: m.key, name: r.text(m.value, "name"), at: m.value}
	for _, c := range r.list(r.object(m.value, "data"), "structure") {
		if c.value.kind != mapNode {
			r.wrong(c.value, "a column", mapNode)
			continue
		}
		col := column{name: r.text(c.value, "name")}
		typ := r.text(c.value, "type")
		var known bool
		if col.typ, known = columnType(typ); !known {
			r.report.doubt(flow.CodeImportValue, c.value.offset, place{}, "the column %s of table %s has the type %s, which is not known: it becomes text",
				flow.Excerpt(col.name), flow.Excerpt(t.name), flow.Excerpt(typ))
		}
		if d := c.value.get("default"); !d.empty() {
			col.def = d
		}
		t.columns = append(t.columns, col)
	}
	return t
}

func (r *modelReader) flow(m member) (*flowDef, error) {
	f := &flowDef{id: m.key, name: r.text(m.value, "name"), description: r.text(m.value, "description"), at: m.value}
	body := r.object(m.value, "data")
	if body == nil {
		return f, nil
	}
	f.scheduled, f.cron = body.true("scheduled"), r.object(body, "cron")
	f.security, f.folder = r.text(body, "security_level"), r.text(body, "group")
	f.method = r.object(body, "connector_method_meta")
	r.cards = 0
	var err error
	f.body, err = r.scope(body)
	return f, err
}

// title is the name of a flow, or what stands for it.
func (f *flowDef) title() string {
	if s := strings.TrimSpace(f.name); s != "" {
		return s
	}
	return "Flow"
}

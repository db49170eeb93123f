package flopack

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Options say how an export is imported.
type Options struct {
	// Registry has the cards of ours, known by the vendor's keys. Required.
	Registry *flow.Registry
	// Key is the key of the connector. Default: made of the name of the folder that
	// the flows are in, or of the file.
	Key string
}

// Result is what an export gives.
type Result struct {
	Files  []compiler.File
	Report *Report
}

// OptionError is a wrong option.
type OptionError struct{ Option, Value, Problem string }

func (e *OptionError) Error() string { return e.Option + " " + e.Value + ": it " + e.Problem }

var connectorKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

var packHead = regexp.MustCompile(`"type"\s*:\s*"flopack"`)

// Is reports whether a file looks like an export: an object in JSON that says so.
func Is(data []byte) bool {
	s := strings.TrimLeft(strings.TrimPrefix(string(data[:min(len(data), 256)]), "\uFEFF"), " \t\r\n")
	return strings.HasPrefix(s, "{") && packHead.Match(data)
}

// Import turns an export into the source of a connector. The name of the file
// stands in errors and in the report. An export that cannot be read gives
// flow.Diagnostics or *flow.Error with the codes import.format, import.syntax,
// import.limit, import.value and import.order; whatever else is not as the export
// has it is in the report.
func Import(file string, data []byte, opt Options) (*Result, error) {
	if opt.Key != "" && !connectorKey.MatchString(opt.Key) {
		return nil, &OptionError{"key", opt.Key, "must be lower case letters, digits and underscores, and begin with a letter"}
	}
	doc, err := read(file, data)
	if err != nil {
		return nil, err
	}
	report := newReport(doc)
	p, err := newPack(doc, report)
	if err != nil {
		return nil, err
	}
	im := newImporter(p, report, opt)
	if err := im.settle(); err != nil {
		return nil, err
	}
	files, err := im.files()
	if err != nil {
		return nil, err
	}
	return &Result{Files: files, Report: report}, nil
}

// importer makes the connector of one export.
type importer struct {
	pack       *pack
	report     *Report
	reg        *flow.Registry
	constructs map[string]string // key of the construct by the vendor's key
	key, name  string

	keys     names                           // of flows
	byDef    map[*flowDef]*face              // what flows become
	order    []*face                         // in which they are written
	made     map[*face]func() []*source.Node // steps of those that the importer adds
	inner    map[*scope]*block               // order of the flows inside cards
	heads    map[*scope]*card                // first cards of all scopes
	folded   map[*card]*face                 // loops that became part of an event
	owner    map[*card]*flowDef
	auth     *source.Node
	authping bool // there is a flow that tells whether a connection works

	circles map[[2]*flowDef]bool // calls that would close a circle
	twins   map[*face]*face
	lifts   map[*scope]*face
	arounds map[string]*face
	absent  map[string]*face

	foreign      map[string]*foreignConnector
	foreignOrder []*foreignConnector
	foreignKeys  map[string]bool
	families     map[string]bool // of our own cards
	slotKeys     map[string]string
	slotUses     map[string]int
	slotOrder    []*connection
	tableKeys    map[*table]string
}

func newImporter(p *pack, report *Report, opt Options) *importer {
	im := &importer{pack: p, report: report, reg: opt.Registry, constructs: map[string]string{}, keys: names{},
		byDef: map[*flowDef]*face{}, made: map[*face]func() []*source.Node{}, inner: map[*scope]*block{}, heads: map[*scope]*card{},
		folded: map[*card]*face{}, owner: map[*card]*flowDef{}, circles: map[[2]*flowDef]bool{}, twins: map[*face]*face{},
		lifts: map[*scope]*face{}, arounds: map[string]*face{}, absent: map[string]*face{}, foreign: map[string]*foreignConnector{},
		foreignKeys: map[string]bool{}, families: map[string]bool{}, slotKeys: map[string]string{}, slotUses: map[string]int{},
		tableKeys: map[*table]string{}}
	for _, c := range compiler.Constructs() {
		for _, alias := range c.Aliases {
			im.constructs[alias] = c.Key
		}
	}
	for _, e := range compiler.Events() {
		for _, alias := range e.Aliases {
			im.constructs[alias] = beginning
		}
	}
	for c := range opt.Registry.All() {
		im.families[c.Family()] = true
	}
	im.name = im.title()
	im.key = opt.Key
	if im.key == "" {
		im.key = identifier(im.name, "flows")
	}
	report.Version, report.Connector, report.Name = p.version, im.key, im.name
	return im
}

// beginning stands in the list of constructs for cards that begin a flow.
const beginning = "beginning"

// title names the connector: after the folder at the top, or the file.
func (im *importer) title() string {
	for _, f := range im.pack.folders {
		if name := printable(f.name); f.path == "" && name != "" && name != "Unknown Folder" {
			return cut(name, maxName)
		}
	}
	base := path.Base(strings.ReplaceAll(im.pack.doc.file, `\`, "/"))
	base = strings.TrimSuffix(base, path.Ext(base))
	return cut(printable(inWords(identifier(base, "flows"))), maxName)
}

// maxName bounds the name of a connector, in characters.
const maxName = 60

// settle finds out what must be known before flows are written: their order and
// faces, the cards of other connectors, connections and tables.
func (im *importer) settle() error {
	r := &modelReader{doc: im.pack.doc, report: im.report}
	im.everyCard(func(f *flowDef, c *card) { im.owner[c] = f })
	im.faces(r)
	if len(r.problems) > 0 {
		return r.problems
	}
	im.foreigners()
	im.usage()
	im.slots()
	im.tableNames()
	return nil
}

// firstCard is the card that begins a flow of the export.
func (im *importer) firstCard(f *flowDef) *card { return im.heads[f.body] }

// usage finds what callers want of flows: the outputs of the last card where
// there is no Return, and the faces of flows that the export does not hold. It
// also finds the calls that would close a circle.
func (im *importer) usage() {
	calls := map[*flowDef][]*flowDef{}
	single := map[*face]bool{} // flows of which a loop wants one value
	im.everyCard(func(from *flowDef, c *card) {
		construct := im.constructs[c.address.vendorKey()]
		for _, p := range c.inputs {
			if !p.isFlow || p.data == nil || p.data.kind != textNode {
				continue
			}
			d := im.pack.byID[p.data.text]
			if d == nil {
				continue
			}
			if construct != "start" && !slices.Contains(calls[from], d) && im.callsFlow(c, p) {
				calls[from] = append(calls[from], d)
			}
			f := im.byDef[d]
			if d.body == nil {
				im.imagine(f, c, p)
				continue
			}
			im.looseInputs(f, c)
			switch construct {
			case "call", "map", "filter", "find", "reduce", "sort", "unique", "map_object", "map_members", "paginate":
				if c.needed() {
					im.lastResults(f)
				}
				single[f] = single[f] || construct != "call"
			}
		}
		if d := im.pack.byID[c.policy.flow]; d != nil && c.policy.kind == "flo" && !slices.Contains(calls[from], d) {
			calls[from] = append(calls[from], d)
		}
	})
	for _, f := range im.order {
		for _, c := range f.failing {
			for _, p := range c.policy.args {
				if !p.isFlow && !single[f] {
					f.give(p)
				}
			}
		}
	}
	im.findCircles(calls)
}

// callsFlow reports whether an input that names a flow makes its card call it.
func (im *importer) callsFlow(c *card, p *port) bool {
	return p.group == groupStreaming || im.constructs[c.address.vendorKey()] != ""
}

// findCircles follows the calls from each flow, in their order, and notes those
// that lead back to a flow on the way.
func (im *importer) findCircles(calls map[*flowDef][]*flowDef) {
	const (
		open = 1
		done = 2
	)
	state := map[*flowDef]int{}
	var walk func(f *flowDef)
	walk = func(f *flowDef) {
		state[f] = open
		for _, to := range calls[f] {
			switch state[to] {
			case open:
				im.circles[[2]*flowDef{f, to}] = true
			case 0:
				walk(to)
			}
		}
		state[f] = done
	}
	for _, f := range im.pack.flows {
		if state[f] == 0 {
			walk(f)
		}
	}
}

// imagine gives a flow that the export does not hold the inputs and outputs that
// its callers know it by.
func (im *importer) imagine(f *face, c *card, p *port) {
	taken := names{}
	for _, in := range f.inputs {
		taken.take(in.name)
	}
	for _, q := range c.inputs {
		id := [2]string{q.group, q.key}
		if !q.custom && q.proxy == nil || q.isFlow || q.key == "" || q.group != p.group || f.byField[id] != nil {
			continue
		}
		in := &input{group: q.group, key: q.key, typ: q.typ, name: taken.take(fieldKey(q.key, "field"))}
		in.typ.Fields = nil
		if in.name != q.key {
			in.label = q.key
		}
		f.inputs, f.byField[id] = append(f.inputs, in), in
	}
	if im.constructs[c.address.vendorKey()] == "call" {
		for _, o := range c.outputs {
			if c.scope.used[o] > 0 && o.group != groupContext {
				f.give(&port{group: o.group, key: o.key, typ: flow.AnyType})
			}
		}
	} else if len(f.outputs) == 0 && c.needed() {
		f.outputs = []*output{{key: "result", typ: flow.AnyType}}
	}
}

// files writes all files of the connector.
func (im *importer) files() ([]compiler.File, error) {
	var out []compiler.File
	add := func(name string, doc *source.Document) error {
		if why := oversized(doc.Root, 0, new(int)); why != "" {
			return im.pack.doc.failed(flow.CodeImportLimit, im.pack.doc.root.offset, "%s would be too large for a file of source: %s", name, why)
		}
		text, err := compiler.Format(compiler.File{Name: name, Data: source.Print(doc)})
		if err != nil {
			return im.tooLarge(name, err)
		}
		im.report.Bytes += len(text)
		out = append(out, compiler.File{Name: name, Data: text})
		if len(out) > source.MaxFiles || im.report.Bytes > source.MaxConnector {
			return im.pack.doc.failed(flow.CodeImportLimit, im.pack.doc.root.offset, "the flows are too many for one connector").
				WithFix("export them in parts")
		}
		return nil
	}
	var flows []compiler.File
	for i := 0; i < len(im.order); i++ {
		f := im.order[i]
		var doc *source.Document
		if im.made[f] != nil {
			doc = im.writeExtra(f)
		} else {
			doc = im.write(f)
		}
		if err := add("flows/"+f.key+".yaml", doc); err != nil {
			return nil, err
		}
	}
	flows, out = out, nil
	if err := add("connector.yaml", im.connectorFile()); err != nil {
		return nil, err
	}
	for _, k := range im.foreignOrder {
		if len(k.cards) == 0 {
			continue
		}
		if err := add("cards/"+strings.ToLower(k.key)+".yaml", im.foreignFile(k)); err != nil {
			return nil, err
		}
	}
	return append(out, flows...), nil
}

// tooLarge says that a flow does not fit into a file of source.
func (im *importer) tooLarge(name string, err error) error {
	d, ok := err.(flow.Diagnostics)
	if !ok || len(d) == 0 || d[0].Code != flow.CodeSourceLimit {
		return err
	}
	return im.pack.doc.failed(flow.CodeImportLimit, im.pack.doc.root.offset, "%s would be too large for a file of source: %s", name, d[0].Msg)
}

// oversized says why a tree is more than a file can hold, before it is printed:
// text is as long in a file as it is here, or longer.
func oversized(n *source.Node, depth int, bytes *int) string {
	if *bytes += len(n.Text) + 1; *bytes > source.MaxFile {
		return "a file has at most " + flow.FormatNumber(source.MaxFile) + " bytes"
	}
	if depth > source.MaxDepth {
		return "it is nested deeper than " + flow.FormatNumber(source.MaxDepth)
	}
	for _, m := range n.Members {
		*bytes += len(m.Key)
		for _, h := range m.Head {
			*bytes += len(h) + 1
		}
		if why := oversized(m.Value, depth+1, bytes); why != "" {
			return why
		}
	}
	return ""
}

package flopack

import (
	"regexp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// slots gives every connection of the export a key.
func (im *importer) slots() {
	taken := names{}
	for _, c := range im.pack.connections {
		key := taken.take(fieldKey(c.name, identifier(c.module, "connection")))
		im.slotKeys[c.id] = key
		im.slotOrder = append(im.slotOrder, c)
	}
}

// slot returns the key of the connection that a card uses, or "".
func (im *importer) slot(c *card) string {
	if c.config == "" {
		return ""
	}
	key := im.slotKeys[c.config]
	if key == "" {
		im.report.doubt(flow.CodeImportReference, c.at.offset, place{im.owner[c], c}, "the connection of the card is not in the export: choose one")
		return ""
	}
	im.slotUses[c.config]++
	return key
}

// slotConnector is the connector of a connection.
func (im *importer) slotConnector(c *connection) string {
	if k := im.foreign[c.module]; k != nil {
		return k.key
	}
	if key := foreignKey(c.module); key != "" {
		return key
	}
	return "unknown"
}

// tableNames gives every table a key.
func (im *importer) tableNames() {
	taken := names{}
	for _, t := range im.pack.tables {
		im.tableKeys[t] = taken.take(identifier(t.name, "table"))
		im.columns(t)
	}
}

// columns gives the columns of a table names that they can have.
func (im *importer) columns(t *table) {
	if len(t.columns) == 0 {
		im.report.doubt(flow.CodeImportValue, t.at.offset, place{}, "the table %s has no columns: it gets one", flow.Excerpt(t.name))
		t.columns = []column{{name: "Column", typ: flow.TextType}}
	}
	if n := len(t.columns); n > flow.MaxTableColumns {
		im.report.loss(flow.CodeImportValue, t.at.offset, place{}, "the table %s has %d columns: the first %d are kept", flow.Excerpt(t.name), n, flow.MaxTableColumns)
		t.columns = t.columns[:flow.MaxTableColumns]
	}
	taken := map[string]bool{flow.ColumnRowID: true, flow.ColumnCreated: true, flow.ColumnUpdated: true}
	for i := range t.columns {
		c := &t.columns[i]
		base := printable(strings.ToValidUTF8(strings.ReplaceAll(c.name, "\uFFFD", ""), ""))
		if len(base) > flow.MaxTableName-8 {
			base = strings.TrimSpace(strings.ToValidUTF8(base[:flow.MaxTableName-8], ""))
		}
		if base == "" {
			base = "Column"
		}
		c.key = base
		for n := 2; taken[c.key]; n++ {
			c.key = base + " " + flow.FormatNumber(float64(n))
		}
		taken[c.key] = true
		if c.key != c.name {
			im.report.doubt(flow.CodeImportValue, t.at.offset, place{}, "the column %s of table %s is called %s here", flow.Excerpt(c.name), flow.Excerpt(t.name), flow.Excerpt(c.key))
		}
	}
}

// column is what a column of a table is called here.
func (t *table) column(name string) string {
	for _, c := range t.columns {
		if c.name == name {
			return c.key
		}
	}
	return name
}

// connectorFile writes connector.yaml.
func (im *importer) connectorFile() *source.Document {
	root := &source.Node{Kind: source.Map}
	emit.Put(root, "key", source.TextNode(im.key))
	emit.Put(root, "name", source.TextNode(im.name))
	emit.Put(root, "version", source.TextNode("1.0.0"))
	emit.Set(root, "description", im.description())
	hosts := &source.Node{Kind: source.List}
	for _, h := range im.hosts() {
		emit.Push(hosts, source.TextNode(h))
	}
	emit.Set(root, "hosts", hosts)
	emit.Set(root, "auth", im.auth)
	tables := &source.Node{Kind: source.Map}
	for _, t := range im.pack.tables {
		emit.Put(tables, im.tableKeys[t], im.tableNode(t))
		im.report.Tables = append(im.report.Tables, TableReport{Name: t.name, Table: im.tableKeys[t], Columns: len(t.columns)})
	}
	emit.Set(root, "tables", tables)
	slots := &source.Node{Kind: source.Map}
	for _, c := range im.slotOrder {
		n := emit.Line("connector", im.slotConnector(c))
		if name := printable(c.name); name != "" && name != inWords(im.slotKeys[c.id]) {
			emit.Put(n, "name", source.TextNode(name))
		}
		emit.Put(slots, im.slotKeys[c.id], n)
		im.report.Connections = append(im.report.Connections, ConnectionReport{Name: c.name, Connector: im.slotConnector(c), Slot: im.slotKeys[c.id], Uses: im.slotUses[c.id]})
	}
	emit.Set(root, "connections", slots)
	return &source.Document{Root: root}
}

// description is that of the folder that the flows come from.
func (im *importer) description() string {
	for _, f := range im.pack.folders {
		if d := paragraph(f.description); d != "" && f.path == "" {
			return d
		}
	}
	return ""
}

func (im *importer) tableNode(t *table) *source.Node {
	n := &source.Node{Kind: source.Map}
	if name := printable(t.name); name != "" && name != inWords(im.tableKeys[t]) {
		emit.Put(n, "name", source.TextNode(name))
	}
	cols := &source.Node{Kind: source.Map}
	for _, c := range t.columns {
		col := source.TextNode(typeNode(c.typ))
		if c.def != nil {
			v, err := flow.Convert(c.def.value(), c.typ)
			switch {
			case err != nil:
				im.report.doubt(flow.CodeImportValue, t.at.offset, place{}, "the default of column %s of table %s does not fit its type: it is left out", flow.Excerpt(c.name), flow.Excerpt(t.name))
			case v.Kind() == flow.KindDate:
				col = emit.Line("type", typeNode(c.typ), "default", syntax.EscapeText(flow.FormatDate(v), false))
			default:
				col = emit.Line("type", typeNode(c.typ))
				emit.Put(col, "default", syntax.LiteralNode(v))
			}
		}
		emit.Put(cols, c.key, col)
	}
	emit.Put(n, "columns", cols)
	return n
}

var httpsHost = regexp.MustCompile(`^https://([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::\d{1,5})?)(?:[/?#]|$)`)

// hosts finds the hosts that requests go to. Addresses that are put together
// when a flow runs show theirs only where they begin with it.
func (im *importer) hosts() []string {
	var out []string
	im.everyCard(func(f *flowDef, c *card) {
		own, ok := im.reg.Lookup(c.address.vendorKey())
		if !ok || own.Family() != "http" && own.Family() != "file" {
			return
		}
		for _, p := range c.inputs {
			if !strings.EqualFold(p.key, "url") {
				continue
			}
			text, whole := prefix(c, p, 0)
			m := httpsHost.FindStringSubmatch(strings.ToLower(text))
			switch {
			case m != nil && (whole || len(m[0]) < len(text) || !strings.HasSuffix(m[0], m[1])):
				if h := m[1]; !slices.Contains(out, h) && strings.Trim(h[strings.LastIndexByte(h, '.')+1:], "0123456789:") != "" {
					out = append(out, h)
				}
			case text == "" && whole:
			case c.config == "":
				im.report.doubt(flow.CodeImportHost, p.at.offset, place{f, c}, "the address of a request is known only when the flow runs: add its host to hosts in connector.yaml")
			}
		}
	})
	slices.Sort(out)
	return out
}

// prefix is the text that the value of an input begins with, and whether it is
// all of it.
func prefix(c *card, p *port, depth int) (string, bool) {
	wires := c.scope.sources[p]
	if len(wires) == 0 {
		if p.data == nil || p.data.kind != textNode {
			return "", true
		}
		return p.data.text, true
	}
	from := wires[0].from
	if depth > 5 {
		return "", false
	}
	switch {
	case from.is("string", "compose"):
		if text := from.only(textKey); text != nil && text.data != nil && text.data.kind == textNode {
			parts := tokens(from, text.data.text)
			switch {
			case len(parts) == 0:
				return "", true
			case parts[0].in == nil:
				return parts[0].text, len(parts) == 1
			}
			s, whole := prefix(from, parts[0].in, depth+1)
			if whole && len(parts) > 1 && parts[1].in == nil {
				return s + parts[1].text, len(parts) == 2
			}
			return s, whole && len(parts) == 1
		}
	case from.is("string", "concat") && len(from.inputs) > 0:
		s, whole := prefix(from, from.inputs[0], depth+1)
		return s, whole && len(from.inputs) == 1
	case from.is("control", "let"):
		if in := from.input(wires[0].output.group, wires[0].output.key); in != nil {
			return prefix(from, in, depth+1)
		}
	}
	return "", false
}

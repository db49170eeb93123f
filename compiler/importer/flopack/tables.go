package flopack

import (
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// stash is the connector of the cards of tables, which are our own.
const stash = "stash"

// groupWhere is the group of the values of a where expression.
const groupWhere = "_expr"

// table writes a card that works on a table.
func (w *writer) table(c *card, own *flow.Card) {
	t, computed := w.tableOf(c)
	name := w.name(c, own.Title, tableStep(own, t))
	where := c.input("Filter", "Where Expression")
	with := w.inputs(c, own, func(p *port) bool {
		return p == computed || p == where || p.group == groupWhere || p.group == groupOptions && p.key == stash ||
			p.group == "Sort" && sorting(c, p) || own.Name() == "updateRow" && p.group == "Fields" && w.unchanged(c, p)
	})
	parameters := with.Get(groupOptions)
	if parameters == nil {
		parameters = &source.Node{Kind: source.Map}
	} else {
		with.Members = without(with.Members, groupOptions)
	}
	stashed := &source.Member{Key: stash, Value: emit.Null()}
	switch {
	case t != nil:
		stashed.Value = source.TextNode(w.im.tableKeys[t])
		w.checkColumns(c, t)
	case computed != nil:
		stashed.Value = w.argument(c, computed, flow.TextType).node()
		w.doubt(c, computed.at, "the table is computed: the tables here have keys, and not the ids of the export")
	default:
		stashed.Value = source.TextNode("missing_table")
		w.lose(c, c.at, "the table is not in the export: the card fails")
	}
	parameters.Members = append([]*source.Member{stashed}, parameters.Members...)
	parameters.Flow = true
	with.Members = append([]*source.Member{{Key: groupOptions, Value: parameters}}, with.Members...)
	if where != nil {
		w.where(c, where, with, t)
	}
	if t != nil {
		t.rename(with)
	}
	w.own(c, own, name, with)
	if t == nil {
		return
	}
	read := w.made[c].read
	w.made[c].read = func(p *port) (value, bool) {
		if p.group == "Fields" {
			return refer(flow.AnyType, name, "Fields", t.column(p.key)), true
		}
		return read(p)
	}
}

// rename writes the names that columns have here.
func (t *table) rename(with *source.Node) {
	if fields := with.Get("Fields"); fields != nil {
		for _, m := range fields.Members {
			m.Key = t.column(m.Key)
		}
	}
	if sort := with.Get("Sort"); sort != nil && sort.Get("Column") != nil && sort.Get("Column").Kind == source.Text {
		sort.Get("Column").Text = t.column(sort.Get("Column").Text)
	}
}

func without(members []*source.Member, key string) []*source.Member {
	var out []*source.Member
	for _, m := range members {
		if m.Key != key {
			out = append(out, m)
		}
	}
	return out
}

// tableOf finds the table of a card, or the input that computes it.
func (w *writer) tableOf(c *card) (*table, *port) {
	if p := c.input(groupOptions, stash); p != nil && p.data != nil && p.data.kind == textNode {
		for _, t := range w.im.pack.tables {
			if t.id == p.data.text {
				return t, nil
			}
		}
	}
	for _, p := range c.inputs {
		if (p.key == "Table" || p.key == "Table ID") && (len(c.scope.sources[p]) > 0 || !p.data.empty()) {
			return nil, p
		}
	}
	return nil, nil
}

// tableStep is what a step on a table is called.
func tableStep(own *flow.Card, t *table) string {
	verb := map[string]string{"searchRows2": "search", "createRow": "add_to", "updateRow": "update", "deleteRow": "delete_from", "readRow": "read",
		"clearTable": "clear", "exportToCSV": "export", "importFromCSV": "import_into", "readTable": "columns_of"}[own.Name()]
	if t == nil || verb == "" {
		return snake(own)
	}
	return verb + "_" + identifier(t.name, "table")
}

// sorting reports whether a part of an order means nothing: without a column
// there is none, and a limit or offset of 0 is no limit.
func sorting(c *card, p *port) bool {
	if len(c.scope.sources[p]) > 0 {
		return false
	}
	switch p.key {
	case "Direction":
		column := c.input("Sort", "Column")
		return column == nil || len(c.scope.sources[column]) == 0 && column.data.empty()
	case "Limit", "Offset":
		return p.data == nil || isZero(p.data)
	}
	return false
}

// unchanged reports whether an empty field of an update leaves its column alone.
func (w *writer) unchanged(c *card, p *port) bool {
	if len(c.scope.sources[p]) > 0 || !p.data.empty() {
		return false
	}
	u := c.input(groupOptions, "updateEmptyInputs")
	return u == nil || u.data == nil || !strings.EqualFold(u.data.text, "Yes")
}

// checkColumns finds columns that a table does not have any more.
func (w *writer) checkColumns(c *card, t *table) {
	for _, p := range c.inputs {
		if p.group != "Fields" || hasColumn(t, p.key) {
			continue
		}
		if len(c.scope.sources[p]) > 0 || !p.data.empty() {
			w.doubt(c, p.at, "the table %s has no column %s: the card fails", flow.Excerpt(t.name), flow.Excerpt(p.key))
		}
	}
}

func hasColumn(t *table, key string) bool {
	for _, col := range t.columns {
		if col.name == key {
			return true
		}
	}
	return key == "Row ID" || key == "Created" || key == "Updated"
}

// where writes which rows are meant: clauses whose values are literals, or
// inputs that have names here instead of ids.
func (w *writer) where(c *card, where *port, with *source.Node, t *table) {
	if len(c.scope.sources[where]) > 0 {
		putWhere(with, w.argument(c, where, flow.ObjectType).node())
		return
	}
	expr := where.data.get("expr")
	if expr == nil || expr.kind != listNode || len(expr.members) == 0 {
		return
	}
	clauses := &source.Node{Kind: source.List}
	values := &source.Node{Kind: source.Map}
	taken := names{}
	for i, m := range expr.members {
		n := m.value
		if n.kind != mapNode {
			w.doubt(c, n, "a clause of the where expression is %s: it is left out", n.kind)
			continue
		}
		clause := &source.Node{Kind: source.Map, Flow: true}
		column := n.string("lhs")
		if t != nil {
			column = t.column(column)
		}
		emit.Put(clause, "lhs", source.TextNode(syntax.EscapeText(column, false)))
		emit.Put(clause, "op", source.TextNode(syntax.EscapeText(n.string("op"), false)))
		rhd := n.get("rhd")
		if rhd.null() {
			rhs := flow.Null()
			if v := n.get("rhs"); v != nil {
				rhs = v.value()
			}
			emit.Put(clause, "rhs", syntax.LiteralNode(rhs))
		} else {
			key := taken.take(fieldKey(n.string("lhs"), "value"))
			ref := &source.Node{Kind: source.Map, Flow: true}
			emit.Put(ref, "outputId", source.TextNode(key))
			emit.Put(clause, "rhd", ref)
			if v, ok := w.clauseValue(c, rhd); ok {
				emit.Put(values, key, v.node())
			}
		}
		if i < len(expr.members)-1 {
			join := n.string("join")
			if join == "" {
				join = "AND"
			}
			emit.Put(clause, "join", source.TextNode(join))
		}
		emit.Push(clauses, clause)
	}
	putWhere(with, wrap("expr", clauses))
	emit.Set(with, groupWhere, values)
}

func putWhere(with, n *source.Node) {
	emit.Put(with, "Filter", wrap("Where Expression", n))
}

// clauseValue is the value of a clause that is wired: that of the input that the
// wire leads to, since it may come through a hidden card. Without one the table
// refuses the clause when the flow runs.
func (w *writer) clauseValue(c *card, rhd *node) (value, bool) {
	method, out := rhd.string("methodId"), rhd.string("outputId")
	var found *port
	for _, p := range c.inputs {
		if p.group != groupWhere || p.key != out || len(c.scope.sources[p]) == 0 {
			continue
		}
		if found == nil || p.at.get("metadata").string("method") == method {
			found = p
		}
	}
	if found != nil {
		return w.argument(c, found, flow.AnyType), true
	}
	if from := c.scope.byID[method]; from != nil && !from.expands() {
		if p := byID(from.outputs)[out]; p != nil && (w.made[from] != nil || w.outside(from)) {
			return w.fit(c, "value", w.read(from, p), flow.AnyType), true
		}
	}
	w.lose(c, rhd, "a clause compares with an output that does not exist: the card fails")
	return value{}, false
}

package syntax

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Parse reads the files of a connector, as source.ReadDir returns them. It
// reports every problem of form; with errors the tree lacks the flows that have
// them, and Unread says what else is missing.
func Parse(files []source.File) (*Connector, flow.Diagnostics) {
	p := &parser{}
	conn := &Connector{}
	if !p.sizes(files) {
		return conn, p.d.Sorted()
	}
	main := ""
	keys := map[string]string{}       // flow keys to files
	connectors := map[string]string{} // keys of other connectors to files
	assets := map[string][]byte{}
	text := make([]source.File, 0, len(files))
	for _, f := range files {
		if path.Dir(f.Name) == source.AssetsDir {
			assets[f.Name] = f.Data
			continue
		}
		text = append(text, f)
	}
	files, conn.Assets = text, assets
	parsed := source.ParseAll(files)
	for i, f := range files {
		doc := parsed[i].Document
		p.d.Append(parsed[i].Problems)
		switch {
		case isMain(f.Name) && main != "":
			p.d.Error(flow.CodeSourceDuplicate, flow.Pos{File: f.Name}, "the connector is already described in %s", main)
			continue
		case isMain(f.Name):
			main = f.Name
		case path.Dir(f.Name) != source.FlowsDir && path.Dir(f.Name) != source.CardsDir || !source.IsSource(f.Name):
			p.d.Error(flow.CodeSourceFile, flow.Pos{File: f.Name}, "is neither connector.yaml nor a file of %s/ or %s/", source.FlowsDir, source.CardsDir)
			continue
		}
		switch {
		case doc == nil:
		case isMain(f.Name):
			p.connector(conn, doc)
		case path.Dir(f.Name) == source.CardsDir:
			x := p.external(doc)
			if other, dup := connectors[x.Key.Text]; dup && x.Key.Text != "" {
				p.d.Error(flow.CodeSourceDuplicate, x.Key.Pos, "the connector %q is already in %s", x.Key.Text, other)
				continue
			}
			connectors[x.Key.Text] = f.Name
			conn.Externals = append(conn.Externals, x)
		default:
			fl := p.flow(doc)
			if other, dup := keys[fl.Key.Text]; dup && fl.Key.Text != "" {
				p.d.Error(flow.CodeSourceDuplicate, fl.Key.Pos, "the flow %q is already in %s", fl.Key.Text, other)
				continue
			}
			keys[fl.Key.Text] = f.Name
			if fl.Inactive {
				conn.Inactive = append(conn.Inactive, fl)
				continue
			}
			conn.Flows = append(conn.Flows, fl)
		}
	}
	byFile := func(a, b *Flow) int { return strings.Compare(a.File, b.File) }
	slices.SortStableFunc(conn.Flows, byFile)
	slices.SortStableFunc(conn.Inactive, byFile)
	slices.SortStableFunc(conn.Externals, func(a, b *External) int { return strings.Compare(a.File, b.File) })
	switch {
	case main == "":
		p.d.Error(flow.CodeSourceFile, flow.Pos{}, "there is no connector.yaml")
	case len(conn.Flows)+len(conn.Inactive) == 0 && !p.d.HasErrors():
		p.d.Error(flow.CodeSourceMissing, conn.Pos, "the connector has no flows").
			WithFix("add one in %s/", source.FlowsDir)
	}
	p.unread(conn, files, keys, main)
	return conn, p.withLines(files)
}

// unread notes which parts of a connector have errors and takes their flows out.
func (p *parser) unread(conn *Connector, files []source.File, keys map[string]string, main string) {
	if !p.d.HasErrors() {
		return
	}
	bad := map[string]bool{}
	for _, d := range p.d.Sorted() {
		if d.Severity == flow.SeverityError {
			bad[d.Pos.File] = true
		}
	}
	u := &Unread{Settings: main == "" || bad[main]}
	for _, f := range files {
		if !bad[f.Name] {
			continue
		}
		switch path.Dir(f.Name) {
		case source.CardsDir:
			u.Cards = true
		case source.FlowsDir:
			u.Flows = append(u.Flows, strings.TrimSuffix(path.Base(f.Name), path.Ext(f.Name)))
		}
	}
	for key, name := range keys {
		if bad[name] {
			u.Flows = append(u.Flows, key)
		}
	}
	wrong := func(f *Flow) bool { return bad[f.File] }
	for _, f := range conn.Flows {
		if wrong(f) {
			u.Trees = append(u.Trees, f)
		}
	}
	conn.Flows = slices.DeleteFunc(conn.Flows, wrong)
	conn.Inactive = slices.DeleteFunc(conn.Inactive, wrong)
	conn.Unread = u
}

// isMain reports whether a file describes the connector.
func isMain(name string) bool {
	return source.IsSource(name) && strings.TrimSuffix(name, path.Ext(name)) == source.MainFile
}

// sizes checks what all files have together.
func (p *parser) sizes(files []source.File) bool {
	total := 0
	for _, f := range files {
		if path.Dir(f.Name) != source.AssetsDir {
			total += len(f.Data)
		}
	}
	if len(files) > source.MaxFiles {
		p.d.Error(flow.CodeSourceLimit, flow.Pos{}, "a connector may have %d files, this one has %d", source.MaxFiles, len(files))
	}
	if total > source.MaxConnector {
		p.d.Error(flow.CodeSourceLimit, flow.Pos{}, "the files of a connector may hold %d bytes together", source.MaxConnector)
	}
	return !p.d.HasErrors()
}

// withLines returns the problems, in order, with the lines they are about.
func (p *parser) withLines(files []source.File) flow.Diagnostics {
	out := p.d.Sorted()
	source.AddLines(out, files)
	return out
}

// parser turns nodes into the tree and collects what does not fit.
type parser struct {
	d       problem.List
	selects bool // the flow being read refers to selected outputs
	answers bool // it has a return_raw
}

// mapping is a node whose fields are known.
type mapping struct {
	p    *parser
	node *source.Node
	what string // "a flow", for messages
	bad  bool   // it is no mapping: nothing in it is missing
}

// mapping checks that n is a mapping with no fields but the known ones.
func (p *parser) mapping(n *source.Node, what string, known ...string) *mapping {
	m := &mapping{p: p, node: n, what: what}
	if n.Kind != source.Map {
		e := p.d.Error(flow.CodeSourceValue, n.Pos, "%s must be a mapping, not %s", what, n.Kind)
		if n.Kind == source.Null {
			e.Fix = "give it fields: " + strings.Join(known[:min(4, len(known))], ", ") + ", ..."
		}
		m.node, m.bad = &source.Node{Kind: source.Map, Pos: n.Pos}, true
		return m
	}
	for _, f := range n.Members {
		if slices.Contains(known, f.Key) {
			continue
		}
		p.d.Error(flow.CodeSourceField, f.Pos, "%s has no field %s", what, flow.Excerpt(f.Key)).
			Fix = problem.Suggest(f.Key, known)
	}
	return m
}

// missing reports a field that must be there, and values that it can have.
func (m *mapping) missing(field string, values ...string) {
	if m.bad {
		return
	}
	e := m.p.d.Error(flow.CodeSourceMissing, m.node.Pos, "%s needs the field %q", m.what, field)
	if len(values) > 0 {
		e.WithFix("write %s: %s", field, strings.Join(values, " or "))
	}
}

// text returns a field that is text; without it the zero Str.
func (m *mapping) text(field string) Str {
	n := m.node.Get(field)
	if n == nil {
		return Str{}
	}
	return m.p.str(n, field)
}

// required is text that must be there and not be empty.
func (m *mapping) required(field string) Str {
	if m.node.Get(field) == nil {
		m.missing(field)
		return Str{Pos: m.node.Pos}
	}
	s := m.text(field)
	if s.Text == "" && m.node.Get(field).Kind == source.Text {
		m.p.d.Error(flow.CodeSourceValue, s.Pos, "%s is empty", field)
	}
	return s
}

func (p *parser) str(n *source.Node, field string) Str {
	s := Str{n.Text, n.Pos}
	if n.Kind == source.Text {
		return s
	}
	e := p.d.Error(flow.CodeSourceValue, n.Pos, "%s must be text, not %s", field, n.Kind)
	switch n.Kind {
	case source.Number:
		if e.Fix = "put it in quotes"; field == "version" {
			e.Fix = "write three numbers, such as 1.0.0"
		}
	case source.Bool:
		e.Fix = "put it in quotes"
	}
	s.Text = ""
	return s
}

func (m *mapping) bool(field string) bool {
	n := m.node.Get(field)
	if n != nil && n.Kind != source.Bool {
		m.p.d.Error(flow.CodeSourceValue, n.Pos, "%s must be true or false, not %s", field, n.Kind)
	}
	return n != nil && n.True
}

// texts returns a field that is a list of texts.
func (m *mapping) texts(field string) []Str {
	n := m.node.Get(field)
	if n == nil {
		return nil
	}
	if n.Kind != source.List {
		m.p.d.Error(flow.CodeSourceValue, n.Pos, "%s must be a list, not %s", field, n.Kind).
			WithFix("write %s: [...]", field)
		return nil
	}
	var out []Str
	for _, item := range n.Members {
		out = append(out, m.p.str(item.Value, "an item of "+field))
	}
	return out
}

// expr returns a field that is a value, or nil.
func (m *mapping) expr(field string) Expr {
	if n := m.node.Get(field); n != nil {
		return m.p.expr(n)
	}
	return nil
}

// members returns the members of a field that is a mapping; it need not be there.
func (m *mapping) members(field string) []*source.Member {
	n := m.node.Get(field)
	if n == nil || n.Kind == source.Null {
		return nil
	}
	if n.Kind != source.Map {
		m.p.d.Error(flow.CodeSourceValue, n.Pos, "%s must be a mapping, not %s", field, n.Kind).
			WithFix("write %s: {NAME: VALUE}", field)
		return nil
	}
	return n.Members
}

// typ returns a field that is a type, or nil.
func (m *mapping) typ(field string) *flow.Type {
	n := m.node.Get(field)
	if n == nil {
		return nil
	}
	t := m.p.typ(n)
	return &t
}

func (p *parser) typ(n *source.Node) flow.Type {
	s := p.str(n, "a type")
	if s.Text == "" && n.Kind != source.Text {
		return flow.AnyType
	}
	t, ok := flow.ParseType(s.Text)
	if !ok || t.String() != s.Text {
		e := p.d.Error(flow.CodeSourceValue, n.Pos, "not a type: %s", flow.Excerpt(s.Text))
		if ok {
			e.WithFix("write %s", t)
		} else {
			e.Fix = problem.Suggest(s.Text, typeNames())
		}
	}
	return t
}

func typeNames() []string {
	return []string{"text", "number", "boolean", "date", "object", "file", "flow", "any"}
}

// name checks that s can be a name.
func (p *parser) name(s Str, what string) {
	if s.Text == "" || IsName(s.Text) {
		return
	}
	p.d.Error(flow.CodeNameInvalid, s.Pos, "%s cannot be named %s", what, flow.Excerpt(s.Text)).
		WithFix("use letters, digits and underscores, beginning with a letter, at most %d", MaxName)
}

var (
	connectorKey = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	// version is a semantic version (semver.org 2.0.0).
	version = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
)

func (p *parser) connector(c *Connector, doc *source.Document) {
	m := p.mapping(doc.Root, "a connector", connectorFields()...)
	c.Pos = flow.Pos{File: doc.File, Line: 1, Col: 1}
	c.Key, c.Name, c.Version = m.required("key"), m.required("name"), m.required("version")
	c.Description = m.text("description")
	if k := c.Key; k.Text != "" && (!connectorKey.MatchString(k.Text) || len(k.Text) > MaxName) {
		p.d.Error(flow.CodeNameInvalid, k.Pos, "a connector cannot have the key %s", flow.Excerpt(k.Text)).
			WithFix("use lower case letters, digits and underscores, beginning with a letter, at most %d", MaxName)
	}
	if v := c.Version; v.Text != "" && !version.MatchString(v.Text) {
		p.d.Error(flow.CodeSourceValue, v.Pos, "not a version: %s", flow.Excerpt(v.Text)).
			WithFix("write three numbers, such as 1.0.0")
	}
	c.Hosts = m.texts("hosts")
	p.settings(c, m)
	for _, s := range m.members("secrets") {
		sec := &Secret{Key: Str{s.Key, s.Pos}}
		p.name(sec.Key, "a secret")
		if s.Value.Kind != source.Null {
			sm := p.mapping(s.Value, "a secret", secretFields()...)
			sec.Label, sec.Hosts = sm.text("label"), sm.texts("hosts")
		}
		c.Secrets = append(c.Secrets, sec)
	}
	c.Config = p.fields(m.members("config"), "a config value", configFields())
	for _, f := range c.Config {
		p.name(f.Key, "a config value")
	}
}

// inWords turns a key into a name: "create_customer" is "Create Customer".
func inWords(key string) string {
	if key == KeyAuthping || key == KeyRevoke {
		return key
	}
	words := strings.Split(key, "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

func (p *parser) steps(n *source.Node) []*Step {
	if n == nil || n.Kind == source.Null {
		return nil
	}
	if n.Kind != source.List {
		p.d.Error(flow.CodeSourceValue, n.Pos, "steps must be a list, not %s", n.Kind).
			WithFix("begin each step with a dash")
		return nil
	}
	var out []*Step
	for _, item := range n.Members {
		if s := p.step(item.Value); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// cond reads a condition.
func (p *parser) cond(n *source.Node) *Cond {
	if n.Kind != source.Map {
		return &Cond{Pos: n.Pos, A: p.expr(n)}
	}
	m := p.mapping(n, "a condition", condFields()...)
	c := &Cond{Pos: n.Pos, A: m.expr("a"), B: m.expr("b"), Type: m.typ("type")}
	if c.A == nil {
		m.missing("a")
	}
	is := n.Get("is")
	if is == nil {
		if c.B != nil {
			m.missing("is")
		}
		return c
	}
	c.Op = flow.Operator(p.str(is, "is").Text)
	switch {
	case is.Kind != source.Text: // said already
	case !slices.Contains(operators(), string(c.Op)):
		e := p.d.Error(flow.CodeSourceValue, is.Pos, "not an operator: %s", flow.Excerpt(string(c.Op)))
		if meant := otherOperators[strings.ToLower(string(c.Op))]; meant != "" {
			e.WithFix("write %q", meant)
		} else {
			e.WithFix("the operators are %s", strings.Join(operators(), ", "))
		}
	case c.Op.Unary() && c.B != nil:
		p.d.Error(flow.CodeSourceField, n.Member("b").Pos, "%q looks at one value only", c.Op).
			WithFix("remove b")
	case !c.Op.Unary() && c.B == nil:
		m.missing("b")
	}
	return c
}

// otherOperators are spellings of other languages.
var otherOperators = map[string]flow.Operator{
	"=": flow.OpEqual, "eq": flow.OpEqual, "equals": flow.OpEqual, "is": flow.OpEqual, "<>": flow.OpNotEqual, "ne": flow.OpNotEqual, "not": flow.OpNotEqual,
	"gt": flow.OpMore, "ge": flow.OpAtLeast, "gte": flow.OpAtLeast, "=>": flow.OpAtLeast, "lt": flow.OpLess, "le": flow.OpAtMost, "lte": flow.OpAtMost, "=<": flow.OpAtMost,
	"empty": flow.OpEmpty, "not empty": flow.OpNotEmpty, "mod": flow.OpMultiple,
}

// operators lists those of conditions; the strict ones belong to list cards.
func operators() []string {
	var out []string
	for _, op := range flow.Operators() {
		if op != flow.OpIdentical && op != flow.OpUnidentical {
			out = append(out, string(op))
		}
	}
	return out
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(out, " and ")
}

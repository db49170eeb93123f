package syntax

import (
	"path"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Print writes a tree as the files of a connector: connector.yaml, one file for
// each flow, and one for each connector whose cards are used, in canonical form.
// Parsing them gives the tree again, positions aside. What has no file name is
// named after its key.
func Print(c *Connector) []source.File {
	files := []source.File{printFile("connector.yaml", connectorNode(c))}
	for _, f := range slices.Concat(c.Flows, c.Inactive) {
		name := f.File
		if name == "" {
			name = path.Join(source.FlowsDir, f.Key.Text+".yaml")
		}
		files = append(files, printFile(name, flowNode(f, name)))
	}
	for _, x := range c.Externals {
		name := x.File
		if name == "" {
			name = path.Join(source.CardsDir, x.Key.Text+".yaml")
		}
		files = append(files, printFile(name, externalNode(x, name)))
	}
	return files
}

func printFile(name string, root *source.Node) source.File {
	doc := &source.Document{File: name, JSON: path.Ext(name) == ".json", Root: root}
	arrange(doc)
	return source.File{Name: name, Data: source.Print(doc)}
}

// mapNode builds a mapping. Members that are nil, or empty text, are left out.
type mapNode struct{ *source.Node }

func newMap() mapNode { return mapNode{&source.Node{Kind: source.Map}} }

func (m mapNode) set(key string, v *source.Node) {
	if v != nil {
		m.Members = append(m.Members, &source.Member{Key: key, Value: v})
	}
}

func (m mapNode) text(key, s string) {
	if s != "" {
		m.set(key, source.TextNode(s))
	}
}

func (m mapNode) expr(key string, e Expr) {
	if e != nil {
		m.set(key, exprNode(e))
	}
}

func (m mapNode) bool(key string, b bool) {
	if b {
		m.set(key, &source.Node{Kind: source.Bool, True: true})
	}
}

// full sets a mapping or list unless it is empty.
func (m mapNode) full(key string, v *source.Node) {
	if len(v.Members) > 0 {
		m.set(key, v)
	}
}

func (m mapNode) typ(key string, t *flow.Type) {
	if t != nil {
		m.text(key, t.String())
	}
}

func list(items ...*source.Node) *source.Node {
	n := &source.Node{Kind: source.List}
	for _, it := range items {
		n.Members = append(n.Members, &source.Member{Value: it})
	}
	return n
}

func texts(items []Str) *source.Node {
	n := list()
	n.Flow = true
	for _, s := range items {
		n.Members = append(n.Members, &source.Member{Value: source.TextNode(s.Text)})
	}
	return n
}

func connectorNode(c *Connector) *source.Node {
	m := newMap()
	m.text("key", c.Key.Text)
	m.text("name", c.Name.Text)
	m.text("version", c.Version.Text)
	m.text("description", c.Description.Text)
	if b := c.Branding; b != nil {
		m.text("icon", b.Icon.Text)
		m.text("color", b.Color.Text)
		m.text("docs", b.Docs.Text)
		m.text("support", b.Support.Text)
	}
	m.full("hosts", texts(c.Hosts))
	auths := list()
	for _, a := range c.Auths {
		auths.Members = append(auths.Members, &source.Member{Value: a.node})
	}
	m.full("auth", auths)
	secrets := newMap()
	for _, s := range c.Secrets {
		sm := newMap()
		sm.Flow = true
		sm.text("label", s.Label.Text)
		sm.full("hosts", texts(s.Hosts))
		secrets.set(s.Key.Text, sm.Node)
	}
	m.full("secrets", secrets.Node)
	m.full("config", fieldsNode(c.Config))
	tables := newMap()
	for _, t := range c.Tables {
		tables.set(t.Key.Text, t.node)
	}
	m.full("tables", tables.Node)
	m.full("connections", connectionsNode(c.Connections))
	rates := list()
	for _, r := range c.Rates {
		rates.Members = append(rates.Members, &source.Member{Value: r.node})
	}
	m.full("rates", rates)
	return m.Node
}

func fieldsNode(fields []*Field) *source.Node {
	m := newMap()
	for _, f := range fields {
		if f.Kind != FieldDeclared {
			continue
		}
		fm := newMap()
		fm.Flow = true
		fm.text("type", f.Type.String())
		fm.bool("required", f.Required)
		fm.expr("default", f.Default)
		fm.text("label", f.Label.Text)
		fm.text("group", f.Group.Text)
		fm.text("doc", f.Doc.Text)
		faceNode(fm, f.Face)
		if len(fm.Members) == 1 {
			m.text(f.Key.Text, f.Type.String())
			continue
		}
		m.set(f.Key.Text, fm.Node)
	}
	return m.Node
}

// faceNode writes how a field is shown.
func faceNode(m mapNode, f *Face) {
	if f == nil {
		return
	}
	choices := list()
	for _, c := range f.Choices {
		cm := newMap()
		cm.Flow = true
		if c.Label.Text != c.Value.Text {
			cm.text("label", c.Label.Text)
		}
		cm.set("value", source.TextNode(c.Value.Text))
		cm.bool("default", c.Default)
		choices.Members = append(choices.Members, &source.Member{Value: cm.Node})
	}
	m.full("choices", choices)
	m.set("choices_from", dynamicNode(f.ChoicesFrom))
	m.full("fields", fieldsNode(f.Fields))
	m.set("fields_from", dynamicNode(f.FieldsFrom))
	m.set("group_from", dynamicNode(f.GroupFrom))
	m.bool("extensible", f.Extensible)
}

func dynamicNode(d *Dynamic) *source.Node {
	if d == nil {
		return nil
	}
	m := newMap()
	m.Flow = true
	m.text("flow", d.Flow.Text)
	m.full("with", argsNode(d.With))
	return m.Node
}

// optionsNode writes the options among a flow's parameters.
func optionsNode(params []*Field) *source.Node {
	m := newMap()
	for _, f := range params {
		if f.Kind != FieldOption {
			continue
		}
		om := newMap()
		om.Flow = true
		chosen := f.Face != nil && slices.ContainsFunc(f.Face.Choices, func(c Choice) bool { return c.Default })
		if !f.Required && !chosen {
			om.set("required", &source.Node{Kind: source.Bool})
		}
		om.text("label", f.Label.Text)
		om.text("doc", f.Doc.Text)
		faceNode(om, f.Face)
		m.set(strings.TrimPrefix(f.Key.Text, OptionKey("")), om.Node)
	}
	return m.Node
}

func flowNode(f *Flow, file string) *source.Node {
	m := newMap()
	if f.Name.Text != inWords(f.Key.Text) {
		m.text("name", f.Name.Text)
	}
	base := path.Base(file)
	if f.Key.Text != strings.TrimSuffix(base, path.Ext(base)) {
		m.text("key", f.Key.Text)
	}
	if f.Type.Text != flow.FlowAction {
		m.text("type", f.Type.Text)
	}
	if f.Inactive {
		m.set("active", &source.Node{Kind: source.Bool})
	}
	m.text("description", f.Description.Text)
	if f.Trigger != nil {
		m.set("trigger", f.Trigger.node)
	}
	if f.Webhook != nil {
		m.set("webhook", f.Webhook.node)
	}
	if f.Cursor != nil {
		cm := newMap()
		cm.Flow = true
		cm.typ("type", f.Cursor)
		m.set("cursor", cm.Node)
	}
	m.full("options", optionsNode(f.Inputs))
	m.full("inputs", fieldsNode(f.Inputs))
	outputs := f.Outputs
	if f.Type.Text == flow.FlowPolling {
		outputs = f.Record
	}
	m.full("outputs", fieldsNode(outputs))
	m.set("steps", stepsNode(f.Steps))
	return m.Node
}

func stepsNode(steps []*Step) *source.Node {
	n := list()
	for _, s := range steps {
		n.Members = append(n.Members, &source.Member{Value: stepNode(s)})
	}
	return n
}

func stepNode(s *Step) *source.Node {
	m := newMap()
	m.text("name", s.Name.Text)
	m.text("note", s.Comment)
	switch do := s.Do.(type) {
	case *Card:
		m.text("card", do.Key.Text)
		m.text("connection", do.Connection.Text)
		m.full("options", argsNode(do.Options))
		m.full("with", argsNode(do.With))
		if do.Pages != nil {
			m.set("paginate", pagesNode(do.Pages))
		}
		if do.Stream != nil {
			m.set("stream", streamNode(do.Stream))
		}
		if do.Retry != nil {
			m.set("retry", retryNode(do.Retry))
		}
		if do.OnError != nil {
			m.set("on_error", onErrorNode(do.OnError))
		}
	case *Start:
		m.text("start", do.Flow.Text)
		m.full("with", argsNode(do.With))
	case *ReturnRaw:
		m.set("return_raw", argsNode(do.Fields))
	case *Pause:
		if do.Raw {
			m.set("pause_raw", argsNode(do.Values))
			break
		}
		m.set("pause", argsNode(do.Values))
		m.full("outputs", fieldsNode(do.Outputs))
	case *Paginate:
		m.expr("paginate", do.Object)
		m.text("path", do.Path.Text)
		m.text("flow", do.Flow.Text)
	case *Assign:
		m.set("assign", assignNode(do))
	case *Cursor:
		m.expr("cursor", do.Value)
	case *AssignIf:
		m.set("assign_if", condNode(do.Cond))
		m.expr("then", do.Then)
		m.expr("else", do.Else)
		m.typ("as", do.Type)
	case *Lookup:
		m.expr("lookup", do.Value)
		m.set("options", argsNode(do.Options))
		m.expr("else", do.Else)
		m.typ("as", do.Type)
	case *If:
		m.set("if", condNode(do.Cond))
		m.full("then", stepsNode(do.Then))
		m.full("else", stepsNode(do.Else))
		outs := newMap()
		for _, o := range do.Outputs {
			om := newMap()
			om.Flow = true
			om.typ("type", &o.Type)
			om.expr("then", o.Then)
			om.expr("else", o.Else)
			outs.set(o.Key.Text, om.Node)
		}
		m.full("outputs", outs.Node)
	case *Choose:
		branches := list()
		for _, b := range do.Branches {
			bm := newMap()
			if b.Cond == nil {
				bm.set("else", stepsNode(b.Steps))
			} else {
				bm.set("when", condNode(b.Cond))
				bm.set("steps", stepsNode(b.Steps))
			}
			branches.Members = append(branches.Members, &source.Member{Value: bm.Node})
		}
		m.set("choose", branches)
		m.full("outputs", fieldsNode(do.Outputs))
	case *Try:
		m.set("try", stepsNode(do.Steps))
		m.set("if_error", stepsNode(do.IfError))
		m.full("outputs", fieldsNode(do.Outputs))
	case *Return:
		m.set("return", argsNode(do.Values))
	case *ReturnError:
		if do.When == nil {
			m.set("return_error", argsNode(do.Fields))
			break
		}
		m.set("return_error_if", condNode(do.When))
		m.set("error", argsNode(do.Fields))
	case *ContinueIf:
		m.set("continue_if", condNode(do.Cond))
		m.expr("message", do.Message)
	case *Call:
		m.text("call", do.Flow.Text)
		m.full("with", argsNode(do.With))
	case *Loop:
		m.expr(string(do.Kind), do.Over)
		m.expr("memo", do.Memo)
		m.text("flow", do.Flow.Text)
		m.full("with", argsNode(do.With))
		m.expr("concurrency", do.Concurrency)
		m.bool("ignore_errors", do.IgnoreErrors)
	}
	return m.Node
}

// argsNode writes arguments; those of a group stand under its name, where the
// first of them stood.
func argsNode(args []*Arg) *source.Node {
	m := newMap()
	groups := map[string]mapNode{}
	for _, a := range args {
		if a.Group.Text == "" {
			m.expr(a.Key.Text, a.Value)
			continue
		}
		g, ok := groups[a.Group.Text]
		if !ok {
			g = newMap()
			groups[a.Group.Text] = g
			m.set(a.Group.Text, g.Node)
		}
		g.expr(a.Key.Text, a.Value)
	}
	return m.Node
}

func assignNode(do *Assign) *source.Node {
	m := newMap()
	for _, a := range do.Values {
		v := exprNode(a.Value)
		if a.Type == nil && !isLong(v) {
			m.set(a.Key.Text, v)
			continue
		}
		long := newMap()
		long.Flow = true
		long.typ("type", a.Type)
		long.set("value", v)
		m.set(a.Key.Text, long.Node)
	}
	return m.Node
}

func condNode(c *Cond) *source.Node {
	a := exprNode(c.A)
	if c.Op == "" && c.Type == nil && a.Kind != source.Map {
		return a
	}
	m := newMap()
	m.Flow = true
	m.set("a", a)
	m.text("is", string(c.Op))
	m.expr("b", c.B)
	m.typ("type", c.Type)
	return m.Node
}

// exprNode writes a value. No value at all is null.
func exprNode(e Expr) *source.Node {
	switch e := e.(type) {
	case *Literal:
		return LiteralNode(e.Value)
	case *Ref:
		return source.TextNode(e.String())
	case *Template:
		var b strings.Builder
		for i, p := range e.Parts {
			switch p := p.(type) {
			case *Ref:
				b.WriteString(p.String())
			case *Literal:
				_, before := next(e.Parts, i).(*Ref)
				b.WriteString(EscapeText(p.Value.Text(), before))
			}
		}
		return source.TextNode(b.String())
	case *ObjectLit:
		m := newMap()
		for i, k := range e.Keys {
			m.set(k.Text, exprNode(e.Vals[i]))
		}
		return m.Node
	case *ListLit:
		n := list()
		for _, it := range e.Items {
			n.Members = append(n.Members, &source.Member{Value: exprNode(it)})
		}
		return n
	}
	return &source.Node{Kind: source.Null}
}

func next(parts []Expr, i int) Expr {
	if i+1 < len(parts) {
		return parts[i+1]
	}
	return nil
}

// LiteralNode writes a value. Text in it holds no references.
func LiteralNode(v flow.Value) *source.Node {
	switch v.Kind() {
	case flow.KindBool:
		return &source.Node{Kind: source.Bool, True: v.Bool()}
	case flow.KindNumber:
		return source.NumberNode(v.Number())
	case flow.KindText:
		return source.TextNode(EscapeText(v.Text(), false))
	case flow.KindList:
		n := &source.Node{Kind: source.List, Flow: true}
		for _, x := range v.List().All() {
			n.Members = append(n.Members, &source.Member{Value: LiteralNode(x)})
		}
		return n
	case flow.KindObject:
		n := &source.Node{Kind: source.Map, Flow: true}
		for k, x := range v.Object().All() {
			n.Members = append(n.Members, &source.Member{Key: k, Value: LiteralNode(x)})
		}
		return n
	}
	return &source.Node{Kind: source.Null}
}

package syntax

import (
	"path"
	"regexp"
	"strings"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// External is one file of cards/: what is used of another connector.
type External struct {
	Pos     flow.Pos
	File    string
	Key     Str // from the file name unless given
	Name    Str
	Version Str // for information
	Cards   []*ExternalCard
}

// ExternalCard declares one card of another connector. In inputs and outputs a
// field is known by its group and key together; fields of a group stand next to
// each other.
type ExternalCard struct {
	Key     Str
	Title   Str
	Doc     Str
	Options []*Field
	Inputs  []*Field
	Outputs []*Field
	Streams bool
}

// Slot is a connection of another connector that flows use.
type Slot struct {
	Key       Str
	Connector Str
	Name      Str
}

func externalFields() []string { return []string{"key", "name", "version", "cards"} }

func externalCardFields() []string {
	return []string{"title", "doc", "options", "inputs", "outputs", "streams"}
}

func externalOptionFields() []string { return []string{"type", "required", "label", "doc", "choices"} }

func externalInputFields() []string {
	return []string{"type", "required", "default", "label", "group", "doc", "choices", "fields"}
}

func externalOutputFields() []string { return []string{"type", "label", "group", "doc", "fields"} }

// groupFields are those of a group: a mapping with fields and no type.
func groupFields() []string { return []string{"fields"} }

func slotFields() []string { return []string{"connector", "name"} }

// externalKey is what connectors and their cards may be called: the keys of
// vendors begin with anything.
var externalKey = regexp.MustCompile(`^[A-Za-z0-9_]{1,80}$`)

func (p *parser) externalKey(s Str, what string) {
	if s.Text != "" && !externalKey.MatchString(s.Text) {
		p.d.Error(flow.CodeNameInvalid, s.Pos, "%s cannot have the key %s", what, flow.Excerpt(s.Text)).
			WithFix("use letters, digits and underscores, at most %d", MaxName)
	}
}

// external reads one file of cards/.
func (p *parser) external(doc *source.Document) *External {
	m := p.mapping(doc.Root, "a connector's cards", externalFields()...)
	base := path.Base(doc.File)
	x := &External{File: doc.File, Pos: flow.Pos{File: doc.File, Line: 1, Col: 1}}
	x.Key = m.text("key")
	if m.node.Get("key") == nil {
		x.Key = Str{strings.TrimSuffix(base, path.Ext(base)), x.Pos}
	}
	p.externalKey(x.Key, "a connector")
	x.Name, x.Version = m.text("name"), m.text("version")
	if x.Name.Text == "" {
		x.Name.Text = inWords(x.Key.Text)
	}
	if m.node.Get("cards") == nil {
		m.missing("cards")
	}
	for _, c := range m.members("cards") {
		x.Cards = append(x.Cards, p.externalCard(c))
	}
	return x
}

func (p *parser) externalCard(member *source.Member) *ExternalCard {
	c := &ExternalCard{Key: Str{member.Key, member.Pos}}
	p.externalKey(c.Key, "a card")
	if c.Key.Text == "" {
		p.d.Error(flow.CodeNameInvalid, c.Key.Pos, "a card needs a key")
	}
	n := member.Value
	if n.Kind == source.Null {
		n = &source.Node{Kind: source.Map, Pos: n.Pos}
	}
	m := p.mapping(n, "a card", externalCardFields()...)
	c.Title, c.Doc, c.Streams = m.text("title"), m.text("doc"), m.bool("streams")
	if c.Title.Text == "" {
		c.Title.Text = inWords(c.Key.Text)
	}
	c.Options = p.externalOptions(m.members("options"))
	c.Inputs = p.grouped(m.members("inputs"), "an input", externalInputFields())
	c.Outputs = p.grouped(m.members("outputs"), "an output", externalOutputFields())
	for _, f := range c.Inputs {
		if f.Group.Text == flow.OptionsGroup {
			p.d.Error(flow.CodeNameInvalid, f.Group.Pos, "the inputs of a card have no group %s: options are declared under options", flow.OptionsGroup)
			break
		}
	}
	return c
}

// externalOptions reads what is fixed when a card is placed: anything, and not
// required unless it is said to be.
func (p *parser) externalOptions(members []*source.Member) []*Field {
	var out []*Field
	for _, m := range members {
		f := &Field{Key: Str{m.Key, m.Pos}, Type: flow.AnyType, TypePos: m.Pos}
		if m.Key == "" {
			p.d.Error(flow.CodeNameInvalid, m.Pos, "an option needs a name")
		}
		if m.Value.Kind == source.Text {
			f.Type, f.TypePos = p.typ(m.Value), m.Value.Pos
		} else if m.Value.Kind != source.Null {
			fm := p.mapping(m.Value, "an option", externalOptionFields()...)
			if t := fm.node.Get("type"); t != nil {
				f.Type, f.TypePos = p.typ(t), t.Pos
			}
			f.Required, f.Label, f.Doc, f.Face = fm.bool("required"), fm.text("label"), fm.text("doc"), p.face(fm)
			f.Default = f.Face.chosen()
		}
		out = append(out, f)
	}
	return out
}

// grouped reads declarations some of which stand in groups: a mapping with fields
// and no type is a group, and group names the one of a single field.
func (p *parser) grouped(members []*source.Member, what string, known []string) []*Field {
	var order []string // groups; "" for a field of its own
	fields := map[string][]*Field{}
	var single []*Field
	add := func(group Str, f *Field) {
		f.Group = group
		if group.Text == "" {
			order = append(order, "")
			single = append(single, f)
			return
		}
		if fields[group.Text] == nil {
			order = append(order, group.Text)
		}
		fields[group.Text] = append(fields[group.Text], f)
	}
	for _, m := range members {
		if m.Value.Kind != source.Map || m.Value.Get("fields") == nil || m.Value.Get("type") != nil {
			for _, f := range p.fields([]*source.Member{m}, what, known) {
				add(f.Group, f)
			}
			continue
		}
		group := Str{m.Key, m.Pos}
		if m.Key == "" {
			p.d.Error(flow.CodeNameInvalid, m.Pos, "a group needs a name")
		}
		gm := p.mapping(m.Value, "a group", groupFields()...)
		for _, f := range p.fields(gm.members("fields"), what, without(known, "group")) {
			add(group, f)
		}
	}
	var out []*Field
	for _, group := range order {
		if group != "" {
			out = append(out, fields[group]...)
			continue
		}
		out = append(out, single[0])
		single = single[1:]
	}
	p.distinct(out, what)
	return out
}

func without(fields []string, one string) []string {
	var out []string
	for _, f := range fields {
		if f != one {
			out = append(out, f)
		}
	}
	return out
}

// distinct reports fields that share group and key, and groups that are named
// like a field beside them.
func (p *parser) distinct(fields []*Field, what string) {
	seen := map[[2]string]bool{}
	plain := map[string]bool{}
	for _, f := range fields {
		id := [2]string{f.Group.Text, f.Key.Text}
		if seen[id] {
			p.d.Error(flow.CodeSourceDuplicate, f.Key.Pos, "%s %s stands twice in its group", what, flow.Excerpt(f.Key.Text))
		}
		seen[id] = true
		plain[f.Key.Text] = plain[f.Key.Text] || f.Group.Text == ""
	}
	said := map[string]bool{}
	for _, f := range fields {
		if g := f.Group.Text; g != "" && plain[g] && !said[g] {
			said[g] = true
			p.d.Error(flow.CodeSourceDuplicate, f.Group.Pos, "%s is a group and %s at once", flow.Excerpt(g), what)
		}
	}
}

// connections reads the slots of connections of other connectors.
func (p *parser) connections(c *Connector, m *mapping) {
	for _, s := range m.members("connections") {
		sm := p.mapping(s.Value, "a connection", slotFields()...)
		slot := &Slot{Key: Str{s.Key, s.Pos}, Connector: sm.required("connector"), Name: sm.text("name")}
		p.name(slot.Key, "a connection")
		if s.Key == "" {
			p.d.Error(flow.CodeNameInvalid, s.Pos, "a connection needs a name")
		}
		p.externalKey(slot.Connector, "a connector")
		if slot.Name.Text == "" {
			slot.Name.Text = inWords(s.Key)
		}
		c.Connections = append(c.Connections, slot)
	}
}

// literals reads values that cannot hold references, by name.
func (p *parser) literals(members []*source.Member) []*Arg {
	var out []*Arg
	for _, m := range members {
		out = append(out, &Arg{Key: Str{m.Key, m.Pos}, Value: p.constant(m.Value, "an option")})
	}
	return out
}

// Info returns the definition of a declared card.
func (x *External) Info(c *ExternalCard) *flow.ExternalInfo {
	return &flow.ExternalInfo{
		Connector: x.Key.Text, Name: x.Name.Text, Version: x.Version.Text,
		Card: c.Key.Text, Title: c.Title.Text, Doc: c.Doc.Text, Streams: c.Streams,
		Options: FieldInfos(c.Options), In: FieldInfos(c.Inputs), Out: FieldInfos(c.Outputs),
	}
}

// externalNode writes a file of cards/.
func externalNode(x *External, file string) *source.Node {
	m := newMap()
	base := path.Base(file)
	if x.Key.Text != strings.TrimSuffix(base, path.Ext(base)) {
		m.text("key", x.Key.Text)
	}
	if x.Name.Text != inWords(x.Key.Text) {
		m.text("name", x.Name.Text)
	}
	m.text("version", x.Version.Text)
	cards := newMap()
	for _, c := range x.Cards {
		cm := newMap()
		if c.Title.Text != inWords(c.Key.Text) {
			cm.text("title", c.Title.Text)
		}
		cm.text("doc", c.Doc.Text)
		cm.full("options", externalOptionsNode(c.Options))
		cm.full("inputs", groupedNode(c.Inputs))
		cm.full("outputs", groupedNode(c.Outputs))
		cm.bool("streams", c.Streams)
		cards.set(c.Key.Text, cm.Node)
	}
	m.set("cards", cards.Node)
	return m.Node
}

func externalOptionsNode(fields []*Field) *source.Node {
	m := newMap()
	for _, f := range fields {
		om := newMap()
		om.Flow = true
		if !f.Type.Equal(flow.AnyType) {
			om.text("type", f.Type.String())
		}
		om.bool("required", f.Required)
		om.text("label", f.Label.Text)
		om.text("doc", f.Doc.Text)
		faceNode(om, f.Face)
		m.set(f.Key.Text, om.Node)
	}
	return m.Node
}

// groupedNode writes declarations; those of a group stand under its name.
func groupedNode(fields []*Field) *source.Node {
	m := newMap()
	for i := 0; i < len(fields); {
		group := fields[i].Group.Text
		j := i
		var inside []*Field
		for ; j < len(fields) && fields[j].Group.Text == group; j++ {
			f := *fields[j]
			f.Group = Str{}
			inside = append(inside, &f)
		}
		n := fieldsNode(inside)
		if group == "" {
			m.Members = append(m.Members, n.Members...)
		} else {
			g := newMap()
			g.set("fields", n)
			m.set(group, g.Node)
		}
		i = j
	}
	return m.Node
}

func connectionsNode(slots []*Slot) *source.Node {
	m := newMap()
	for _, s := range slots {
		sm := newMap()
		sm.Flow = true
		sm.text("connector", s.Connector.Text)
		if s.Name.Text != inWords(s.Key.Text) {
			sm.text("name", s.Name.Text)
		}
		m.set(s.Key.Text, sm.Node)
	}
	return m.Node
}

// arrangeExternal puts the fields of a file of cards/ in canonical order.
func arrangeExternal(root *source.Node) {
	order(root, externalFields())
	eachMember(root.Get("cards"), func(c *source.Node) {
		order(c, externalCardFields())
		eachMember(c.Get("options"), func(n *source.Node) { arrangeField(n, externalOptionFields()) })
		eachMember(c.Get("inputs"), func(n *source.Node) { arrangeField(n, externalInputFields()) })
		eachMember(c.Get("outputs"), func(n *source.Node) { arrangeField(n, externalOutputFields()) })
	})
}

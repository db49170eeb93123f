package syntax

import (
	"path"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// fields reads declarations: a type alone, or a mapping with the given fields.
func (p *parser) fields(members []*source.Member, what string, known []string) []*Field {
	var out []*Field
	for _, m := range members {
		f := &Field{Key: Str{m.Key, m.Pos}, TypePos: m.Value.Pos}
		if m.Key == "" {
			p.d.Error(flow.CodeNameInvalid, m.Pos, "%s needs a name", what)
		}
		if m.Value.Kind == source.Text {
			f.Type = p.typ(m.Value)
			out = append(out, f)
			continue
		}
		fm := p.mapping(m.Value, what, known...)
		if t := fm.node.Get("type"); t != nil {
			f.Type, f.TypePos = p.typ(t), t.Pos
		} else if m.Value.Kind == source.Map {
			fm.missing("type")
		}
		f.Required = fm.bool("required")
		f.Label, f.Doc, f.Group = fm.text("label"), fm.text("doc"), fm.text("group")
		if n := fm.node.Get("default"); n != nil && n.Kind != source.Null {
			f.Default = p.constant(n, "a default")
		}
		f.Face = p.face(fm)
		if face := f.Face; face != nil && len(face.Fields) > 0 && f.Type.Base == flow.BaseObject {
			f.Type.Fields = memberTypes(face.Fields)
		}
		out = append(out, f)
	}
	return out
}

// constant reads a value that cannot hold references.
func (p *parser) constant(n *source.Node, what string) Expr {
	e := p.expr(n)
	if _, ok := Constant(e); !ok {
		p.d.Error(flow.CodeSourceValue, n.Pos, "%s cannot hold references", what).
			WithFix("write $${ for the characters ${")
	}
	return e
}

func memberTypes(fields []*Field) []flow.Field {
	out := make([]flow.Field, len(fields))
	for i, f := range fields {
		out[i] = flow.Field{Key: f.Key.Text, Type: f.Type}
	}
	return out
}

// options reads the options of a card: texts that are fixed while a flow is
// designed.
func (p *parser) options(members []*source.Member) []*Field {
	var out []*Field
	for _, m := range members {
		f := &Field{Key: Str{OptionKey(m.Key), m.Pos}, Kind: FieldOption, Type: flow.TextType, TypePos: m.Pos, Required: true}
		p.name(Str{m.Key, m.Pos}, "an option")
		if m.Value.Kind != source.Null {
			fm := p.mapping(m.Value, "an option", optionFields()...)
			if fm.node.Get("required") != nil {
				f.Required = fm.bool("required")
			}
			f.Label, f.Doc = fm.text("label"), fm.text("doc")
			f.Face = p.face(fm)
		}
		if f.Default = f.Face.chosen(); f.Default != nil {
			f.Required = false
		}
		out = append(out, f)
	}
	return out
}

// chosen returns the value of the choice that is the default, or nil.
func (f *Face) chosen() Expr {
	if f == nil {
		return nil
	}
	for _, c := range slices.Backward(f.Choices) {
		if c.Default {
			return &Literal{Pos: c.Value.Pos, Value: flow.Text(c.Value.Text)}
		}
	}
	return nil
}

// face reads the fields of a declaration that say how it is shown; nil without
// any.
func (p *parser) face(m *mapping) *Face {
	f := &Face{ChoicesFrom: m.dynamic("choices_from"), FieldsFrom: m.dynamic("fields_from"), GroupFrom: m.dynamic("group_from"),
		Extensible: m.bool("extensible")}
	if n := m.node.Get("choices"); n != nil {
		f.Choices = p.choices(n)
	}
	if n := m.node.Get("fields"); n != nil {
		f.Fields = p.fields(m.members("fields"), "a member", memberFields())
	}
	if f.Choices == nil && f.ChoicesFrom == nil && f.Fields == nil && f.FieldsFrom == nil && f.GroupFrom == nil && !f.Extensible {
		return nil
	}
	return f
}

// choices reads the rows of a dropdown: texts, or mappings with label and value.
func (p *parser) choices(n *source.Node) []Choice {
	if n.Kind != source.List {
		p.d.Error(flow.CodeSourceValue, n.Pos, "choices must be a list, not %s", n.Kind)
		return nil
	}
	out := make([]Choice, 0, len(n.Members))
	for _, item := range n.Members {
		if item.Value.Kind == source.Text {
			s := Str{item.Value.Text, item.Value.Pos}
			out = append(out, Choice{Label: s, Value: s})
			continue
		}
		m := p.mapping(item.Value, "a choice", choiceFields()...)
		c := Choice{Label: m.text("label"), Value: m.text("value"), Default: m.bool("default")}
		if m.node.Get("value") == nil {
			m.missing("value")
		}
		if m.node.Get("label") == nil {
			c.Label = c.Value
		}
		out = append(out, c)
	}
	return out
}

// dynamic reads a field that names a helper flow with its inputs.
func (m *mapping) dynamic(field string) *Dynamic {
	n := m.node.Get(field)
	if n == nil {
		return nil
	}
	d := &Dynamic{Pos: n.Pos}
	if n.Kind == source.Text {
		d.Flow = Str{n.Text, n.Pos}
		return d
	}
	dm := m.p.mapping(n, field, dynamicFields()...)
	d.Flow, d.With = dm.required("flow"), m.p.args(dm.members("with"))
	return d
}

// flow reads one file of flows/.
func (p *parser) flow(doc *source.Document) *Flow {
	m := p.mapping(doc.Root, "a flow", flowFields()...)
	base := path.Base(doc.File)
	f := &Flow{File: doc.File, Pos: flow.Pos{File: doc.File, Line: 1, Col: 1}}
	f.Key = m.text("key")
	if m.node.Get("key") == nil {
		f.Key = Str{strings.TrimSuffix(base, path.Ext(base)), f.Pos}
	}
	if given := m.node.Get("key"); given != nil && given.Kind == source.Text && f.Key.Text == "" {
		p.d.Error(flow.CodeNameInvalid, f.Key.Pos, "the key of a flow is empty").
			WithFix("leave it out: it is then the name of the file")
	}
	if f.Key.Text != KeyAuthping && f.Key.Text != KeyRevoke {
		p.name(f.Key, "a flow")
	}
	f.Name, f.Type, f.Description = m.text("name"), m.text("type"), m.text("description")
	if f.Name.Text == "" {
		f.Name.Text = inWords(f.Key.Text)
	}
	if typ := m.node.Get("type"); typ == nil {
		f.Type.Text = flow.FlowAction
	} else if typ.Kind == source.Text && !slices.Contains(flow.FlowTypes(), f.Type.Text) {
		p.d.Error(flow.CodeFlowType, f.Type.Pos, "there are no flows of type %s", flow.Excerpt(f.Type.Text)).
			Fix = problem.Suggest(f.Type.Text, flow.FlowTypes())
	}
	f.Inactive = m.node.Get("active") != nil && !m.bool("active")
	p.selects, p.answers = false, false
	f.Inputs = p.fields(m.members("inputs"), "an input", inputFields())
	for _, in := range f.Inputs {
		p.name(in.Key, "an input")
	}
	options := p.options(m.members("options"))
	f.Outputs = p.fields(m.members("outputs"), "an output", outputFields())
	p.typed(f, m)
	if m.node.Get("steps") == nil {
		m.missing("steps")
	}
	f.Steps = p.steps(m.node.Get("steps"))
	p.implicit(f)
	if slices.Contains([]string{flow.FlowWebhook, flow.FlowPolling, flow.FlowScheduled}, f.Type.Text) {
		for _, in := range f.Inputs {
			if in.Required {
				p.d.Error(flow.CodeSourceValue, in.Key.Pos, "nobody gives a flow of type %s the input %q, and it is required", f.Type.Text, in.Key.Text).
					WithFix("make it an option, or leave it out")
			}
		}
	}
	f.Inputs = append(f.Inputs, options...)
	if p.selects {
		f.Inputs = append(f.Inputs, &Field{Key: Str{RootSelected, f.Pos}, Kind: FieldSelected, Type: flow.ObjectType, Required: true})
	}
	return f
}

// The keys that the platform knows its flows by.
const (
	KeyAuthping = "_authping"
	KeyRevoke   = "_revoke"
)

// typed reads what only flows of some types have.
func (p *parser) typed(f *Flow, m *mapping) {
	only := func(field string, types ...string) bool {
		n := m.node.Member(field)
		if n == nil {
			return false
		}
		if !slices.Contains(types, f.Type.Text) {
			p.d.Error(flow.CodeSourceField, n.Pos, "a flow of type %s has no field %s", f.Type.Text, field).
				WithFix("it belongs to flows of type %s", strings.Join(types, ", "))
			return false
		}
		return true
	}
	if only("trigger", flow.FlowScheduled, flow.FlowEndpoint, flow.FlowDelegated, flow.FlowEvent) {
		f.Trigger = p.trigger(m.node.Get("trigger"))
	}
	if only("webhook", flow.FlowWebhook) {
		f.Webhook = p.webhook(m.node.Get("webhook"))
	}
	if only("cursor", flow.FlowPolling) && m.node.Get("cursor") != nil {
		cm := p.mapping(m.node.Get("cursor"), "cursor", cursorFields()...)
		f.Cursor = cm.typ("type")
		if t := f.Cursor; t != nil && (t.List || !slices.Contains([]flow.Base{flow.BaseAny, flow.BaseDate, flow.BaseNumber, flow.BaseText, flow.BaseObject}, t.Base)) {
			p.d.Error(flow.CodeSourceValue, cm.node.Get("type").Pos, "a cursor cannot be %s", t).
				WithFix("a cursor is date, number, text or object")
			f.Cursor = nil
		}
	}
	only("options", flow.FlowAction, flow.FlowWebhook, flow.FlowPolling)
	if m.node.Get("inputs") != nil { // the platform runs these two, and has nothing to give
		only("inputs", slices.DeleteFunc(flow.FlowTypes(), func(s string) bool { return s == flow.FlowAuthping || s == flow.FlowRevoke })...)
	}
}

func (p *parser) webhook(n *source.Node) *Webhook {
	m := p.mapping(n, "webhook", webhookFields()...)
	w := &Webhook{Pos: n.Pos, Register: m.dynamic("register"), Deregister: m.dynamic("deregister"), node: n}
	if c := m.node.Get("challenge"); c != nil {
		cm := p.mapping(c, "challenge", challengeFields()...)
		w.Challenge = &flow.Challenge{In: cm.oneOf("in", "headers", "query", "body"), Name: cm.required("name").Text, Answer: "text"}
		if cm.node.Get("answer") != nil {
			w.Challenge.Answer = cm.oneOf("answer", "text", "header", "json")
		}
	}
	return w
}

func (p *parser) trigger(n *source.Node) *Trigger {
	m := p.mapping(n, "trigger", triggerFields()...)
	t := &Trigger{Pos: n.Pos, node: n, Places: places(n)}
	t.Minutes, t.Hours, t.Days = m.text("minutes").Text, m.text("hours").Text, m.text("days").Text
	t.Months, t.Weekdays, t.TimeZone = m.text("months").Text, m.text("weekdays").Text, m.text("time_zone").Text
	if m.node.Get("security") != nil {
		t.Security = m.oneOf("security", "open", "token", "oauth")
	}
	t.Connector, t.Event, t.Connection = m.text("connector").Text, m.text("event").Text, m.text("connection").Text
	if o := m.node.Get("options"); o != nil {
		if v, ok := Constant(p.constant(o, "options")); ok {
			t.Options = &v
		}
	}
	return t
}

// oneOf returns a field that is one of a few texts.
func (m *mapping) oneOf(field string, known ...string) string {
	if m.node.Get(field) == nil {
		m.missing(field, known...)
		return ""
	}
	s := m.required(field)
	if s.Text != "" && !slices.Contains(known, s.Text) {
		m.p.d.Error(flow.CodeSourceValue, s.Pos, "%s cannot be %s", field, flow.Excerpt(s.Text)).
			WithFix("write %s", strings.Join(known, " or "))
	}
	return s.Text
}

// Places are the positions of a mapping's fields, by name.
type Places map[string]flow.Pos

// places collects them.
func places(n *source.Node) Places {
	out := Places{}
	for _, m := range n.Members {
		out[m.Key] = m.Value.Pos
	}
	return out
}

// Of returns the position of a field, or that of the mapping.
func (p Places) Of(field string, mapping flow.Pos) flow.Pos {
	if pos, ok := p[field]; ok {
		return pos
	}
	return mapping
}

// implicit adds the inputs and outputs that the flow's type brings with it,
// where the author has not declared them.
func (p *parser) implicit(f *Flow) {
	for _, in := range implicitInputs(f) {
		if !p.redeclared(f, f.Inputs, in) {
			f.Inputs = append(f.Inputs, &Field{Key: Str{in.Key, f.Pos}, Kind: FieldImplicit, Type: in.Type})
		}
	}
	outs := implicitOutputs(f)
	if p.answers {
		outs = append(outs, flow.Field{Key: "statusCode", Type: flow.NumberType}, flow.Field{Key: "headers", Type: flow.ObjectType},
			flow.Field{Key: "body", Type: flow.TextType})
	}
	if f.Type.Text == flow.FlowPolling {
		f.Record, f.Outputs = f.Outputs, nil
	}
	for _, out := range outs {
		if !p.redeclared(f, f.Outputs, out) {
			f.Outputs = append(f.Outputs, &Field{Key: Str{out.Key, f.Pos}, Kind: FieldImplicit, Type: out.Type})
		}
	}
}

// redeclared reports whether the author has declared a field that the flow's type
// brings with it, which may give it a label, and no other type.
func (p *parser) redeclared(f *Flow, fields []*Field, implicit flow.Field) bool {
	i := slices.IndexFunc(fields, func(x *Field) bool { return x.Key.Text == implicit.Key })
	if i < 0 {
		return false
	}
	if t := fields[i].Type; implicit.Type.Base != flow.BaseAny && (t.Base != implicit.Type.Base || t.List != implicit.Type.List) {
		p.d.Error(flow.CodeTypeMismatch, fields[i].TypePos, "%q of flows of type %s is %s, and it is declared as %s", implicit.Key, f.Type.Text, implicit.Type, t).
			WithFix("leave it out: it is there without a declaration")
	}
	return true
}

func implicitInputs(f *Flow) []flow.Field {
	answer := []flow.Field{{Key: "headers", Type: flow.ObjectType}, {Key: "query", Type: flow.ObjectType}, {Key: "body", Type: flow.TextType}}
	switch f.Type.Text {
	case flow.FlowWebhook:
		return append([]flow.Field{{Key: "method", Type: flow.TextType}}, append(answer, flow.Field{Key: "registration", Type: flow.ObjectType})...)
	case flow.FlowWebhookRegister:
		return []flow.Field{{Key: "event_url", Type: flow.TextType}}
	case flow.FlowWebhookDeregister:
		return []flow.Field{{Key: "event_url", Type: flow.TextType}, {Key: "registration", Type: flow.ObjectType}}
	case flow.FlowPolling:
		return []flow.Field{{Key: "cursor", Type: f.cursor()}}
	case flow.FlowEndpoint:
		return answer
	}
	return nil
}

// The outputs of a polling flow: the records, and where the next run begins.
const (
	OutputRecords = "records"
	OutputCursor  = "cursor"
)

func implicitOutputs(f *Flow) []flow.Field {
	switch f.Type.Text {
	case flow.FlowAuthping:
		return []flow.Field{{Key: "working", Type: flow.BoolType}, {Key: "serviceResponse", Type: flow.ObjectType}}
	case flow.FlowWebhookRegister:
		return []flow.Field{{Key: "registration", Type: flow.ObjectType}}
	case flow.FlowPolling:
		return []flow.Field{{Key: OutputRecords, Type: flow.ListType(flow.ObjectType)}, {Key: OutputCursor, Type: f.cursor()}}
	}
	return nil
}

// Promised returns the outputs that whoever starts the flow waits for: those that
// its author declares, and what its type must give. The cursor of a polling flow
// has a step of its own, and the parts of the answer that return_raw gives belong
// to the ways through the flow that answer.
func (f *Flow) Promised() []*Field {
	var out []*Field
	for _, o := range f.Outputs {
		of := func(x flow.Field) bool { return x.Key == o.Key.Text && x.Key != OutputCursor }
		if o.Kind != FieldImplicit || slices.ContainsFunc(implicitOutputs(f), of) {
			out = append(out, o)
		}
	}
	return out
}

func (f *Flow) cursor() flow.Type {
	if f.Cursor != nil {
		return *f.Cursor
	}
	return flow.AnyType
}

// noted remembers what the parser must know of an expression.
func (p *parser) noted(e Expr) Expr {
	switch e := e.(type) {
	case *Ref:
		p.selects = p.selects || e.Root == RootSelected
	case *Template:
		for _, part := range e.Parts {
			p.noted(part)
		}
	}
	return e
}

package flopack

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// write writes a flow of the export as a file.
func (im *importer) write(f *face) *source.Document {
	w := &writer{im: im, face: f, names: names{}, made: map[*card]*made{}, carried: map[*port]value{}, first: map[string]value{}}
	w.steps = &source.Node{Kind: source.List}
	doc := &source.Document{}
	var trigger *source.Node
	if f.def.body == nil && f.added == "" {
		emit.Push(w.steps, failure("The flow was not part of the export."))
	}
	for _, c := range []*card{f.head, f.inner} {
		if c != nil {
			w.became(c, "trigger", "")
		}
	}
	if f.head != nil {
		trigger = w.trigger()
	}
	w.run(f.block)
	w.flush()
	if !f.returns && len(f.outputs) > 0 && f.last != nil {
		w.lastReturn()
	}
	if len(w.steps.Members) == 0 {
		doc.Head = w.comments
	} else {
		w.steps.Foot = append(w.steps.Foot, w.comments...)
	}
	for i, s := range w.beginning {
		w.steps.Members = slices.Insert(w.steps.Members, i, &source.Member{Value: s})
	}
	im.report.Flows = append(im.report.Flows, im.flowReport(f, w.cards))
	doc.Root = im.frame(f, trigger, w.steps)
	return doc
}

// lastReturn gives what the last card of a flow gave, for callers that use it.
func (w *writer) lastReturn() {
	back := &source.Node{Kind: source.Map}
	m := w.made[w.face.last]
	for _, o := range w.face.outputs {
		if o.port == nil || m == nil {
			continue
		}
		if v, ok := m.read(o.port); ok && !v.isNull() {
			if flow.Convertible(v.typ, o.typ) != nil {
				v = w.anything(v, w.face.last)
			}
			emit.Put(back, o.key, v.node())
		}
	}
	w.flush()
	w.append(wrap("return", back))
}

// extra adds a flow that the importer makes itself.
func (im *importer) extra(f *face, steps func() []*source.Node) {
	im.order = append(im.order, f)
	im.made[f] = steps
}

// writeExtra writes such a flow.
func (im *importer) writeExtra(f *face) *source.Document {
	steps := emit.List(im.made[f]()...)
	r := im.flowReport(f, nil)
	r.Name, r.ID = "", ""
	im.report.Flows = append(im.report.Flows, r)
	return &source.Document{Root: im.frame(f, nil, steps)}
}

func (im *importer) flowReport(f *face, cards []CardReport) FlowReport {
	pos := im.pack.doc.pos(int(f.def.at.offset))
	r := FlowReport{ID: f.def.id, Flow: f.key, Type: f.typ, Added: f.added, Missing: f.def.body == nil && f.added == "", Line: pos.Line, Column: pos.Col, Cards: cards}
	if f.added == "" {
		r.Name = f.def.title()
	}
	return r
}

// frame writes a flow around its steps.
func (im *importer) frame(f *face, trigger, steps *source.Node) *source.Node {
	root := &source.Node{Kind: source.Map}
	if name := printable(f.name); name != inWords(f.key) {
		emit.Put(root, "name", source.TextNode(name))
	}
	emit.Put(root, "type", source.TextNode(f.typ))
	description := f.def.description
	if f.added != "" {
		description = strings.ToUpper(f.added[:1]) + f.added[1:] + "."
	}
	if d := paragraph(description); d != "" {
		emit.Put(root, "description", source.TextNode(d))
	}
	emit.Set(root, "trigger", trigger)
	inputs := &source.Node{Kind: source.Map}
	for _, in := range f.inputs {
		emit.Put(inputs, in.name, inputNode(in))
	}
	emit.Set(root, "inputs", inputs)
	outputs := &source.Node{Kind: source.Map}
	for _, o := range f.outputs {
		if f.typ == flow.FlowAuthping && (o.key == "working" || o.key == "serviceResponse") {
			continue
		}
		emit.Put(outputs, o.key, declaration(o.typ))
	}
	emit.Set(root, "outputs", outputs)
	emit.Put(root, "steps", steps)
	for _, m := range root.Members {
		m.Blank = m.Key == "inputs" || m.Key == "outputs" || m.Key == "steps" || m.Key == "trigger"
	}
	return root
}

// Bounds of what modules say of their flows, well within those of modules.
const (
	maxLine      = 200  // characters of a name or label
	maxParagraph = 2000 // characters of a description
	maxResult    = 120  // bytes of the key of a result, or of the name of a group
)

// printable makes one line of a name.
func printable(s string) string {
	return cut(strings.Join(strings.Fields(strings.Map(visible, s)), " "), maxLine)
}

// shortened cuts a key to a number of bytes.
func shortened(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.TrimSpace(strings.ToValidUTF8(s[:limit], ""))
}

// paragraph keeps the lines of a description.
func paragraph(s string) string {
	var out []string
	for _, l := range strings.Split(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")), "\n") {
		out = append(out, printable(l))
	}
	return cut(strings.TrimSpace(strings.Join(out, "\n")), maxParagraph)
}

// inputNode declares an input.
func inputNode(in *input) *source.Node {
	n := declaration(in.typ)
	if n.Kind == source.Text && in.label == "" && in.shownGroup == "" && in.def == nil {
		return n
	}
	if n.Kind == source.Text {
		n = emit.Line("type", n.Text)
	}
	if in.def != nil {
		v := in.def.value()
		if _, err := flow.Convert(v, in.typ); err == nil {
			emit.Put(n, "default", syntax.LiteralNode(v))
		}
	}
	emit.Set(n, "label", printable(in.label))
	emit.Set(n, "group", shortened(printable(in.shownGroup), maxResult))
	return n
}

// declaration writes a type, with what is known of the members of an object.
func declaration(t flow.Type) *source.Node {
	if len(t.Fields) == 0 {
		return source.TextNode(typeNode(t))
	}
	n := emit.Line("type", typeNode(t))
	fields := &source.Node{Kind: source.Map, Flow: true}
	for _, f := range t.Fields {
		emit.Put(fields, f.Key, declaration(f.Type))
	}
	emit.Put(n, "fields", fields)
	return n
}

// trigger writes when a flow begins.
func (w *writer) trigger() *source.Node {
	f := w.face
	switch f.typ {
	case flow.FlowScheduled:
		return w.schedule()
	case flow.FlowEndpoint:
		level := map[string]string{"open": "open", "medium": "token", "high": "oauth"}[f.def.security]
		if level == "" {
			w.doubt(f.head, f.def.at, "the security of the endpoint is %s, which is not known: callers need a token", flow.Excerpt(f.def.security))
			level = "token"
		}
		return emit.Line("security", level)
	case flow.FlowEvent:
		return w.event()
	}
	return nil
}

// event writes the event that a flow begins with.
func (w *writer) event() *source.Node {
	c := w.face.head
	n := &source.Node{Kind: source.Map}
	emit.Put(n, "connector", source.TextNode(w.im.connector(c).key))
	emit.Put(n, "event", source.TextNode(printable(c.address.key)))
	if s := w.im.slot(c); s != "" {
		emit.Put(n, "connection", source.TextNode(s))
	}
	options := &source.Node{Kind: source.Map}
	for _, p := range c.inputs {
		if p.key == "" || p.group == groupContext || p.data.empty() || p.isFlow || options.Get(p.key) != nil {
			continue
		}
		emit.Put(options, p.key, syntax.LiteralNode(p.data.value()))
	}
	emit.Set(n, "options", options)
	if w.face.inner == nil && c.listed {
		w.doubt(c, c.at, "the event hands on a list, and the flow is not made for single records: it runs once for each")
	}
	return n
}

// timings are the fields of a schedule, with their bounds.
func timings() []struct {
	vendor, field string
	lo, hi        int
} {
	return []struct {
		vendor, field string
		lo, hi        int
	}{{"minutes", "minutes", 0, 59}, {"hours", "hours", 0, 23}, {"dayOfTheMonth", "days", 1, 31}, {"month", "months", 1, 12}, {"dayOfTheWeek", "weekdays", 0, 6}}
}

// schedule writes when a scheduled flow runs.
func (w *writer) schedule() *source.Node {
	cron := w.face.def.cron
	n := &source.Node{Kind: source.Map, Flow: true}
	for _, t := range timings() {
		v := cron.get(t.vendor)
		if v.empty() {
			continue
		}
		text := v.text
		if t.field == "weekdays" && text == "7" {
			text = "0"
		}
		if (v.kind != textNode && v.kind != numberNode) || !validTiming(text, t.lo, t.hi) {
			w.doubt(w.face.head, v, "the schedule has %s for %s, which is none: it runs at all of them", flow.Excerpt(v.value().String()), t.field)
			continue
		}
		emit.Put(n, t.field, source.TextNode(text))
	}
	if zone := cron.string("timeZone"); zone != "" {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			w.doubt(w.face.head, cron, "there is no time zone %s: the schedule is in UTC", flow.Excerpt(zone))
		} else {
			emit.Put(n, "time_zone", source.TextNode(zone))
		}
	}
	if s := cron.string("seconds"); s != "" && strings.Trim(s, "0") != "" {
		w.doubt(w.face.head, cron, "schedules have no seconds: %s is left out", flow.Excerpt(s))
	}
	if cron.string("startDate") != "" || cron.string("endDate") != "" {
		w.im.report.loss(flow.CodeImportCard, cron.offset, w.at(w.face.head), "schedules have no first and last day")
	}
	if len(n.Members) == 0 {
		return nil
	}
	return n
}

var timingItem = regexp.MustCompile(`^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$`)

// validTiming reports whether a field of a schedule is one in the language.
func validTiming(text string, lo, hi int) bool {
	for _, it := range strings.Split(text, ",") {
		m := timingItem.FindStringSubmatch(it)
		if m == nil {
			return false
		}
		if step, _ := strconv.Atoi(m[3]); m[3] != "" && step == 0 {
			return false
		}
		if m[1] == "" {
			continue
		}
		a, _ := strconv.Atoi(m[1])
		z := a
		if m[2] != "" {
			z, _ = strconv.Atoi(m[2])
		}
		if a < lo || z > hi || a > z {
			return false
		}
	}
	return true
}

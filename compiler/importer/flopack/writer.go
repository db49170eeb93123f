package flopack

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// writer writes the steps of one flow.
type writer struct {
	im    *importer
	face  *face
	names names           // of steps
	made  map[*card]*made // what cards became
	steps *source.Node    // the list that is written to
	cards []CardReport

	comments []string // that stand before the next step
	hint     string   // what the step of the present card would be called
	// blockOuts are what Return gives in the innermost block of its own; nil in the
	// flow itself.
	blockOuts map[string]flow.Type

	// pending are values that must be converted before the next step.
	pending     *source.Node
	pendingName string
	pendingKeys names
	// carried are values that were put aside before a card with embedded flows.
	carried map[*port]value
	// first are values of steps that stand at the beginning of the flow.
	first     map[string]value
	beginning []*source.Node
}

// made is what a card became.
type made struct {
	what string // for messages: "text.concat"
	// read returns the value of an output, and false when there is none.
	read func(p *port) (value, bool)
}

// at is the place of findings about a card.
func (w *writer) at(c *card) place { return place{w.face.def, c} }

func (w *writer) lose(c *card, n *node, format string, args ...any) {
	w.im.report.loss(flow.CodeImportCard, n.offset, w.at(c), format, args...)
}

func (w *writer) doubt(c *card, n *node, format string, args ...any) {
	w.im.report.doubt(flow.CodeImportCard, n.offset, w.at(c), format, args...)
}

// append adds a step, with the comments that stand before it.
func (w *writer) append(step *source.Node) {
	step.Members[0].Head = w.comments
	emit.Push(w.steps, step)
	w.steps.Members[len(w.steps.Members)-1].Blank = len(w.comments) > 0
	w.comments = nil
}

// step adds the step of a card. name is "" where nobody refers to it.
func (w *writer) step(name string, do *source.Node) {
	if name != "" {
		do.Members = append([]*source.Member{{Key: "name", Value: source.TextNode(name)}}, do.Members...)
	}
	w.flush()
	w.append(do)
}

// became reports what a card became.
func (w *writer) became(c *card, what, step string) {
	pos := w.im.pack.doc.pos(int(c.at.offset))
	w.cards = append(w.cards, CardReport{ID: c.id, Title: c.title, Address: c.address.vendorKey(), Became: what, Step: step, Line: pos.Line, Column: pos.Col})
}

// inList writes steps to a list of their own and returns it. Comments that no
// step follows stay for the step around them where the list is empty, and stand
// at its foot otherwise.
func (w *writer) inList(write func()) *source.Node {
	outer, before := w.steps, w.comments
	w.steps, w.comments = &source.Node{Kind: source.List}, nil
	write()
	steps := w.steps
	if len(steps.Members) > 0 {
		steps.Foot = append(steps.Foot, w.comments...)
		w.comments = nil
	}
	w.steps, w.comments = outer, paragraphs(before, w.comments)
	return steps
}

// paragraphs joins comments with an empty line of comment between them.
func paragraphs(a, b []string) []string {
	if len(a) > 0 && len(b) > 0 {
		a = append(slices.Clip(a), "#")
	}
	return append(slices.Clip(a), b...)
}

// comment writes a card that people only read.
func (w *writer) comment(c *card) {
	title, text := c.comment[0], c.comment[1]
	back := strings.HasPrefix(strings.TrimSpace(title), "<")
	title = strings.Trim(strings.TrimSpace(title), "<>-=←→ ")
	if title == "Comment" || strings.EqualFold(title, strings.TrimSpace(text)) {
		title = ""
	}
	lines := commentLines(title)
	lines = append(lines, commentLines(text)...)
	w.became(c, "comment", "")
	if len(lines) == 0 {
		return
	}
	if n := len(w.steps.Members); back && n > 0 {
		first := w.steps.Members[n-1].Value.Members[0]
		first.Head = paragraphs(first.Head, lines)
		return
	}
	w.comments = paragraphs(w.comments, lines)
}

// run writes a block.
func (w *writer) run(b *block) {
	if b == nil {
		return
	}
	for _, it := range b.items {
		w.item(it)
	}
}

func (w *writer) item(it item) {
	c := it.card
	switch {
	case c.is("control", "comment"):
		w.comment(c)
	case c.is("control", "noop"):
		w.became(c, "nothing", "")
	case c.is("control", "if"):
		w.ifElse(it)
	default:
		w.card(c)
	}
}

// card writes what a card becomes: a construct, one of our cards, or a card of
// another connector.
func (w *writer) card(c *card) {
	key := c.address.vendorKey()
	if construct, ok := w.im.constructs[key]; ok {
		if write := writers()[construct]; write != nil {
			write(w, c)
			return
		}
	}
	if own, ok := w.im.reg.Lookup(key); ok {
		w.plain(c, own)
		return
	}
	if own, ok := w.im.reg.Lookup(c.address.connector + ":" + c.address.key); ok && c.address.connector == stash {
		w.table(c, own)
		return
	}
	if c.address.connector == "" {
		w.lose(c, c.at, "there is no card %s: the step fails", key)
	}
	w.foreign(c)
}

// writers are the functions that write the constructs, by their keys.
func writers() map[string]func(*writer, *card) {
	return map[string]func(*writer, *card){
		"choose": (*writer).choose, "try": (*writer).try, "return": (*writer).returns, "return_error": (*writer).returnError,
		"return_error_if": (*writer).returnErrorIf, "continue_if": (*writer).continueIf, "assign": (*writer).assign,
		"assign_if": (*writer).assignIf, "lookup": (*writer).lookup, "call": (*writer).call, "start": (*writer).start,
		"return_raw": (*writer).returnRaw, "pause": (*writer).pause, "pause_raw": (*writer).pauseRaw, "cursor": (*writer).cursor,
		"for_each": (*writer).forEach, "map": (*writer).mapList, "filter": (*writer).filter, "find": (*writer).find,
		"sort": (*writer).sort, "unique": (*writer).unique, "reduce": (*writer).reduce, "repeat": (*writer).repeat,
		"map_object": (*writer).mapObject, "map_members": (*writer).mapMembers, "each_member": (*writer).eachMember,
		"paginate": (*writer).paginate, "if": (*writer).nothing, beginning: (*writer).nothing,
	}
}

// nothing is for cards that only hold a flow together, where none is expected.
func (w *writer) nothing(c *card) {
	w.became(c, "nothing", "")
	w.made[c] = &made{what: c.title, read: func(p *port) (value, bool) {
		if in := c.input(p.group, p.key); in != nil {
			return w.operand(c, in), true
		}
		return value{}, false
	}}
}

// needed reports whether a step refers to an output of a card.
func (c *card) needed() bool {
	for _, p := range c.outputs {
		if c.scope.used[p] > 0 {
			return true
		}
	}
	return false
}

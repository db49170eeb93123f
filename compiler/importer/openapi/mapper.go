package openapi

import (
	"slices"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/importer/internal/words"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// mapper turns operations into actions.
type mapper struct {
	doc     *document
	model   *model
	report  *Report
	schemas *schemas
	names   names // of cards
	keys    names // of flows
	server  server
	auths   *auths
	needs   needs
	op      string // the operation at work, for findings
}

// needs is what the operations of a connector need of it.
type needs struct {
	hosts     []string // besides those of the connector's own addresses
	bases     []string // further addresses: servers of single operations
	multipart bool     // the helper that writes forms with parts
}

// find adds a finding about the operation at work.
func (m *mapper) find(code flow.Code, s Severity, pointer, format string, args ...any) {
	m.report.find(code, s, pointer, m.op, format, args...)
}

// action is one card.
type action struct {
	op          *modelOperation
	key         string
	name        string
	description string
	inputs      []*input
	outputs     []*output
	steps       []*source.Node
	report      OperationReport

	inputKeys names
	stepNames names
	params    []*parameter
	inPath    map[string]string // what stands in the path, by parameter

	url     string // of the request behind the base address, as a template
	query   *source.Node
	headers *source.Node
	body    *source.Node // value of the body; nil for none
	pages   *pages       // how pages are read whose cursor stands in the body; nil where none does
	upload  *upload      // where a card for files makes the request
}

func newAction(op *modelOperation) *action {
	a := &action{op: op, inputKeys: names{}, stepNames: names{}, query: emit.Line(), headers: emit.Line()}
	for _, reserved := range []string{"input", "secret", "config", "context", "error", "item", "index", "memo", "auth", "option", "selected", "table",
		"connection", "answer", "pages"} {
		a.stepNames[reserved] = true
	}
	return a
}

// input adds an input and gives it its key.
func (a *action) input(in *input, name string) *input {
	in.key = a.inputKeys.take(inputKey(name), "_")
	if in.label == "" {
		in.label = label(name)
	}
	a.inputs = append(a.inputs, in)
	return in
}

// step adds a step with a name that is free, and returns the name.
func (a *action) step(name string, pairs ...any) string {
	name = a.stepNames.take(name, "_")
	n := emit.Map("name", name)
	for i := 0; i < len(pairs); i += 2 {
		emit.Set(n, pairs[i].(string), pairs[i+1])
	}
	a.steps = append(a.steps, n)
	return name
}

// maxLiteral is how many members a mapping with references can have
// (guest.MaxVariadic).
const maxLiteral = guest.MaxVariadic

// object returns a mapping as a value; one that has too many members is put
// together by a step.
func (a *action) object(name string, data *source.Node) any {
	if len(data.Members) <= maxLiteral {
		return data
	}
	half := len(data.Members) / 2
	start, sink := &source.Node{Kind: source.Map, Members: data.Members[:half]}, &source.Node{Kind: source.Map, Members: data.Members[half:]}
	return emit.Ref(a.step(name, "card", "object.merge", "with", emit.Map("start", start, "sink", sink)), "output")
}

// do adds a step without a name.
func (a *action) do(pairs ...any) { a.steps = append(a.steps, emit.Map(pairs...)) }

// action makes a card of an operation.
func (m *mapper) action(op *modelOperation) *action {
	m.op = op.operation.String()
	a := newAction(op)
	pos := m.doc.place(op.at)
	a.report = OperationReport{Operation: m.op, OperationID: op.id, Line: pos.Line, Column: pos.Col, Pointer: op.at, Outcome: Imported}
	m.nameAction(a)
	m.parameters(a)
	m.body(a)
	m.answer(a)
	a.order()
	m.op = ""
	return a
}

// nameAction gives a card its name, key and description.
func (m *mapper) nameAction(a *action) {
	op := a.op
	summary, described := plainText(op.Summary), plainText(op.Operation.Description)
	list := slices.DeleteFunc(words.Split(summary), func(w string) bool { return slices.Contains(articles(), w) })
	name := title(list)
	if name == "" || len(name) > maxName {
		byID := words.Split(op.id)
		if len(byID) == 0 {
			byID = append([]string{op.method}, words.Split(op.path)...)
			byID[0] = title([]string{byID[0]})
		}
		if name == "" || len(title(byID)) < len(name) {
			name = title(byID)
		}
	}
	a.name = m.names.take(cut(name, maxName), " ")
	from := op.id
	if from == "" {
		from = op.method + " " + op.path
	}
	a.key = m.keys.take(identifier(from, "operation"), "_")
	text := described
	if text == "" || len(text) < len(summary) {
		text = first(summary, a.name)
	}
	if op.Deprecated != nil && *op.Deprecated {
		text = "Deprecated. " + text
	}
	a.description = sentences(text, maxDescription, 2)
	a.report.Name, a.report.Flow = a.name, a.key
}

// order puts required inputs before optional ones inside each group, and groups
// in the order of a request.
func (a *action) order() {
	groups := []string{groupPath, groupQuery, groupHeaders, groupBody, groupPages}
	slices.SortStableFunc(a.inputs, func(x, y *input) int {
		if d := slices.Index(groups, x.group) - slices.Index(groups, y.group); d != 0 {
			return d
		}
		switch {
		case x.required && !y.required:
			return -1
		case y.required && !x.required:
			return 1
		}
		return 0
	})
}

// source writes the flow of a card.
func (a *action) source() *source.Node {
	inputs, outputs := emit.Map(), emit.Map()
	for _, in := range a.inputs {
		emit.Set(inputs, in.key, in.node())
	}
	for _, out := range a.outputs {
		emit.Set(outputs, out.key, out.node())
	}
	root := emit.Map("name", a.name, "description", a.description, "inputs", inputs, "outputs", outputs)
	root.Members = append(root.Members, &source.Member{Key: "steps", Value: emit.List(a.steps...)})
	return root
}

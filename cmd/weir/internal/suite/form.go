package suite

import (
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/tape"
)

// Field is one field of a mapping in test files.
type Field struct{ Key, Doc string }

// TestFields lists the fields of a test, in canonical order.
func TestFields() []Field {
	return []Field{
		{"name", "What the test shows; the file's name when the file holds one test."},
		{"flow", "The flow to run; the tape's when absent."},
		{"tape", "A recorded tape, relative to tests/, that answers the requests. It has the inputs, settings and outcome of the recorded run, which fields of the test replace."},
		{"input", "The inputs of the run."},
		{"options", "The options that were chosen for the card, by name."},
		{"selected", "The outputs that the card's user selected: {GROUP: {FIELD: {type, collection}}}; all when absent."},
		{"connection", "The connection that the run uses."},
		{"slots", "What fills the connections of connector.yaml that HTTP steps use, by their key."},
		{"config", "Config values of the connector, by name."},
		{"secrets", "Secrets of the connector, by name: plain text for this test alone."},
		{"allow", "Hosts that may be named besides, over plain HTTP and on private addresses, as --allow-host has them. Nothing is reached."},
		{"files", "The content of inputs that are files, by name of the input."},
		{"tables", "The rows of the connector's tables when the run starts, by table."},
		{"resume", "What pauses of the run are answered with, in their order."},
		{"http", "The requests that the flow makes, and what answers them."},
		{"cards", "The calls of cards of other connectors that the flow makes, and what answers them."},
		{"reply", "What the run must answer its caller with before it ends, compared where given."},
		{"output", "The outputs that the run must give."},
		{"error", "The error that the run must fail with."},
		{"stopped", "The run must stop without a result."},
	}
}

// ConnectionFields lists the fields of a test's connection.
func ConnectionFields() []Field {
	return []Field{
		{"auth", "The authentication that it was made with; the connector's only one when absent."},
		{"values", "Its values by key: parameters, and what stands for credentials. Plain text for this test alone."},
		{"hosts", "The hosts that it was made for; those that the connector's templates give when absent."},
	}
}

// FileFields lists the fields of a test's file.
func FileFields() []Field {
	return []Field{
		{"name", "The name of the file; that of the input when absent."},
		{"type", "Its media type."},
		{"text", "Its content as text."},
		{"base64", "Its content in base64, instead of text."},
	}
}

// ReplyFields lists the fields of an expected answer to the caller.
func ReplyFields() []Field {
	return []Field{
		{"statusCode", "Its status."},
		{"headers", "Headers that it must have; it may have more."},
		{"body", "Its body: text, or an object or list that is compared as JSON."},
		{"values", "The values of a pause, instead of the other three."},
	}
}

// FailureFields lists the fields of an expected error.
func FailureFields() []Field {
	return []Field{
		{"code", "A code of docs/ERRORS.md."},
		{"message", "Its message, compared where given."},
		{"statusCode", "Its status, compared where given."},
	}
}

// keys returns the keys of fields.
func keys(fields []Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.Key
	}
	return out
}

// fileField is the field of a file that holds a list of tests.
const fileField = "tests"

// Layout returns the canonical order of the fields of test files.
func Layout() *compiler.Layout {
	exchange, request, response, failure := tape.ExchangeFields()
	call := &compiler.Layout{Fields: tape.CardFields(), Inside: map[string]*compiler.Layout{"error": {Fields: failure}}}
	test := &compiler.Layout{
		Fields: keys(TestFields()),
		Inside: map[string]*compiler.Layout{
			"connection": {Fields: keys(ConnectionFields())},
			"slots":      {Each: &compiler.Layout{Fields: keys(SlotFields())}},
			"files":      {Each: &compiler.Layout{Fields: keys(FileFields())}},
			"http": {Each: &compiler.Layout{Fields: exchange, Inside: map[string]*compiler.Layout{
				"request": {Fields: request}, "response": {Fields: response}, "error": {Fields: failure},
			}}},
			"cards": {Each: call},
			"reply": {Fields: keys(ReplyFields())},
			"error": {Fields: keys(FailureFields())},
		},
	}
	root := &compiler.Layout{Fields: append([]string{fileField}, test.Fields...), Inside: map[string]*compiler.Layout{fileField: {Each: test}}}
	for key, inside := range test.Inside {
		root.Inside[key] = inside
	}
	return root
}

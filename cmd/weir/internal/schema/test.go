package schema

import (
	"github.com/weirflow/weir/cmd/weir/internal/suite"
	"github.com/weirflow/weir/tape"
)

// filled is text that is not empty.
func filled() object { return texts(member{"minLength", 1}) }

// anObject is any object.
func anObject() object { return object{{"type", "object"}} }

// described makes the members of a mapping of what is said about its fields and
// of their schemas. Both have the same keys, or a schema would say less, or more,
// than the reader knows: that is a fault of this package.
func described(fields []suite.Field, schemas map[string]object) []member {
	if len(fields) != len(schemas) {
		panic("schema: fields of tests without a schema, or schemas without a field")
	}
	out := make([]member, len(fields))
	for i, f := range fields {
		s, ok := schemas[f.Key]
		if !ok {
			panic("schema: no schema of " + f.Key)
		}
		out[i] = member{f.Key, about(f.Doc, s)}
	}
	return out
}

// testFile is the schema of a file of tests/: one test, or a list of them.
func testFile() object {
	root := when(object{{"required", list{"tests"}}},
		closed([]string{"tests"}, member{"tests", about("The tests, in the order in which they run.",
			append(listOf(object{{"$ref", "#/$defs/test"}, {"required", list{"name"}}}), member{"minItems", 1}))}),
		ref("test"))
	test := closed(nil, described(suite.TestFields(), map[string]object{
		"name": filled(), "flow": filled(), "tape": texts(member{"pattern", `\.tape\.(yaml|yml|json)$`}),
		"input": anObject(), "options": object{{"type", "object"}, {"additionalProperties", object{{"type", "string"}}}}, "selected": anObject(),
		"connection": closed(nil, described(suite.ConnectionFields(), map[string]object{
			"auth": filled(), "values": {{"type", "object"}, {"additionalProperties", object{{"type", "string"}}}}, "hosts": listOf(filled()),
		})...),
		"slots": {{"type", "object"}, {"additionalProperties", closed(nil, described(suite.SlotFields(), map[string]object{
			"hosts": listOf(filled()), "headers": {{"type", "object"}, {"additionalProperties", object{{"type", "string"}}}},
		})...)}},
		"config": anObject(), "secrets": {{"type", "object"}, {"additionalProperties", filled()}}, "allow": listOf(filled()),
		"files":  {{"type", "object"}, {"additionalProperties", testedFile()}},
		"tables": {{"type", "object"}, {"additionalProperties", listOf(anObject())}},
		"resume": listOf(anObject()),
		"reply": closed(nil, described(suite.ReplyFields(), map[string]object{
			"statusCode": status(100, 999), "headers": {{"type", "object"}, {"additionalProperties", object{{"type", "string"}}}}, "body": ref("body"), "values": anObject(),
		})...),
		"cards": listOf(ref("call")),
		"http":  listOf(ref("exchange")), "output": anObject(), "error": ref("expected"), "stopped": {{"const", true}},
	})...)
	outcomes := list{}
	for _, f := range []string{"output", "error", "stopped"} {
		outcomes = append(outcomes, object{{"required", list{f}}})
	}
	// A tape has what a test need not say, and its own answers.
	rest := when(object{{"required", list{"tape"}}},
		object{{"properties", object{{"http", false}, {"cards", false}}}, {"not", object{{"anyOf", pairsOf(outcomes)}}}},
		object{{"required", list{"flow"}}, {"anyOf", list{object{{"oneOf", outcomes}}, object{{"required", list{"reply"}}, {"not", object{{"anyOf", outcomes}}}}}}})
	defs := append(object{
		{"test", append(test, member{"allOf", list{rest}})},
		{"expected", closed([]string{"code"}, described(suite.FailureFields(), map[string]object{
			"code": filled(), "message": filled(), "statusCode": status(1, 999),
		})...)},
	}, exchangeDefs()...)
	return append(append(object{{"title", "Weir test"}, {"description", "A file of tests/."}, {"type", "object"}}, root...), member{"$defs", defs})
}

// pairsOf returns schemas of two of the alternatives at once.
func pairsOf(alternatives list) list {
	out := list{}
	for i := range alternatives {
		for _, other := range alternatives[i+1:] {
			out = append(out, object{{"allOf", list{alternatives[i], other}}})
		}
	}
	return out
}

func testedFile() object {
	s := closed(nil, described(suite.FileFields(), map[string]object{
		"name": filled(), "type": filled(), "text": {{"type", "string"}}, "base64": {{"type", "string"}, {"contentEncoding", "base64"}},
	})...)
	return append(s, member{"oneOf", list{object{{"required", list{"text"}}}, object{{"required", list{"base64"}}}}})
}

func status(low, high int) object {
	return object{{"type", "integer"}, {"minimum", low}, {"maximum", high}}
}

// tapeFile is the schema of a recorded tape.
func tapeFile() object {
	plain := object{{"type", "object"}, {"additionalProperties", object{{"type", "string"}}}}
	root := closed([]string{"tape", "flow", "run", "time", "seed"},
		member{"tape", about("The number of this form.", object{{"const", tape.Version}})},
		member{"flow", about("The flow that ran.", filled())},
		member{"input", about("Its inputs.", anObject())},
		member{"options", about("The options that were chosen for the card, by name.", plain)},
		member{"selected", about("The outputs that the card's user selected.", anObject())},
		member{"config", about("Config values, by name.", anObject())},
		member{"connection", about("The connection that the run used, without its secrets.", closed(nil,
			member{"auth", filled()}, member{"values", anObject()}, member{"hosts", listOf(filled())}))},
		member{"allow", about("Hosts that the operator opened besides.", listOf(filled()))},
		member{"run", about("The identity of the run.", filled())},
		member{"time", about("When it began: RFC 3339 with milliseconds at most.", texts(member{"format", "date-time"}))},
		member{"seed", about("What chance is made of.", texts(member{"pattern", `^[0-9a-fA-F]{64}$`}))},
		member{"hidden", about("Names of credentials that were found and taken out; any text fits them.", listOf(filled()))},
		member{"clock", about("Times that steps read, in milliseconds behind the beginning.",
			object{{"type", "object"}, {"additionalProperties", listOf(object{{"type", "integer"}})}})},
		member{"http", about("The requests and what answered them, by step.", listOf(ref("exchange")))},
		member{"cards", about("The calls of cards of other connectors and what answered them, by step.", listOf(ref("call")))},
		member{"output", about("What the run returned.", anObject())},
		member{"error", about("What it failed with.", ref("failure"))},
		member{"stopped", about("It stopped without a result.", object{{"const", true}})})
	return append(append(object{{"title", "Weir tape"}, {"description", "A recorded run: a file of tests/ whose name ends in .tape.yaml."}}, root...),
		member{"not", object{{"anyOf", pairsOf(list{object{{"required", list{"output"}}}, object{{"required", list{"error"}}}, object{{"required", list{"stopped"}}}})}}},
		member{"$defs", object(exchangeDefs())})
}

// exchangeDefs are what tests and tapes have in common.
func exchangeDefs() []member {
	exchange := closed([]string{"request"},
		member{"step", about("The path of the step that makes the request, such as pages[2]/fetch; any step when absent.", filled())},
		member{"request", request()},
		member{"response", response()},
		member{"error", about("What the client gives instead of an answer.", ref("failure"))})
	call := closed([]string{"card"},
		member{"step", about("The path of the step that makes the call; any step when absent.", filled())},
		member{"card", about("The card, such as okta.readUser.", filled())},
		member{"connection", about("The slot of the connector's connections.", filled())},
		member{"options", about("The options of the card.", anObject())},
		member{"inputs", about("Its inputs, groups nested.", anObject())},
		member{"stream", about("It asks for a page of records.", object{{"type", "boolean"}})},
		member{"page", about("What the page before named as the next one.", object{})},
		member{"outputs", about("What it gives, groups nested.", anObject())},
		member{"records", about("The records of the page.", object{{"type", "array"}})},
		member{"next", about("What names the next page.", object{})},
		member{"error", about("What it fails with.", ref("failure"))})
	answers := list{}
	for _, way := range []string{"outputs", "records", "error"} {
		answers = append(answers, object{{"required", list{way}}})
	}
	return []member{
		{"call", append(call, member{"oneOf", answers}, member{"dependentRequired", object{{"next", list{"records"}}}})},
		{"exchange", append(exchange, member{"oneOf", list{object{{"required", list{"response"}}}, object{{"required", list{"error"}}}}})},
		{"fields", object{{"type", "object"}, {"additionalProperties", anyOf(object{{"type", "string"}}, listOf(object{{"type", "string"}}))}}},
		{"body", about("Text, or an object or list that stands for its JSON.", object{{"type", list{"string", "object", "array"}}})},
		{"layout", about("How the JSON of an object or list is written; without spaces when absent.", enum(tape.Layouts()...))},
		{"base64", about("Bytes that are no text, instead of body.", texts(member{"minLength", 1}, member{"contentEncoding", "base64"}))},
		{"failure", closed([]string{"code"},
			member{"code", about("A code of docs/ERRORS.md.", filled())},
			member{"message", object{{"type", "string"}}},
			member{"statusCode", status(1, 999)})},
	}
}

func request() object {
	s := closed([]string{"method", "url"},
		member{"method", enum(tape.Methods()...)},
		member{"url", texts(member{"pattern", `^[hH][tT][tT][pP][sS]?://[^#]+$`})},
		member{"query", about("Parameters besides those of the address.", ref("fields"))},
		member{"headers", about("Headers that the request must carry.", ref("fields"))},
		member{"body", about("The body that the request must have; any when absent.", ref("body"))},
		member{"layout", ref("layout")},
		member{"base64", ref("base64")},
		member{"sha256", about("Stands for a body that is too long to be kept.", texts(member{"pattern", `^[0-9a-fA-F]{64}$`}))},
		member{"bytes", about("The length of such a body.", object{{"type", "integer"}, {"minimum", 1}})})
	s = append(s, bodyRules("bytes")...)
	return about("A request is this one when method, address and query, headers and body are the same.",
		append(s, member{"dependentRequired", object{{"sha256", list{"bytes"}}}}))
}

func response() object {
	s := closed([]string{"status"},
		member{"status", status(200, 599)},
		member{"headers", ref("fields")},
		member{"body", ref("body")},
		member{"layout", ref("layout")},
		member{"base64", ref("base64")})
	return about("What answers the request.", append(s, bodyRules()...))
}

// bodyRules say that a body is given once, and which have a layout.
func bodyRules(more ...string) []member {
	ways := list{}
	for _, way := range append([]string{"body", "base64"}, more...) {
		ways = append(ways, object{{"required", list{way}}})
	}
	return []member{
		{"not", object{{"anyOf", pairsOf(ways)}}},
		{"dependentSchemas", object{{"layout", object{{"required", list{"body"}}, {"properties", object{{"body", object{{"type", list{"object", "array"}}}}}}}}}},
	}
}

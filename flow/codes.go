package flow

import "strings"

// Code is the stable name of one kind of error: part.name. Two errors share a
// code when a caller would handle them alike.
type Code string

// Source: what is wrong with the text of a connector.
const (
	// CodeSourceSyntax: the file is not YAML or JSON that Weir accepts.
	// Example:
	//	steps: [
	CodeSourceSyntax Code = "source.syntax"

	// CodeSourceLimit: the source is larger, deeper or longer than the compiler reads.
	// Example:
	//	steps: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
	CodeSourceLimit Code = "source.limit"

	// CodeSourceDuplicate: a key stands twice in one mapping, or two things share a name.
	// Example:
	//	name: Pay
	//	name: Refund
	//	steps: []
	CodeSourceDuplicate Code = "source.duplicate"

	// CodeSourceText: the file is not UTF-8, or holds control or bidirectional characters.
	// Example:
	//	name: "Pay<U+202E>ment"
	//	steps: []
	CodeSourceText Code = "source.text"

	// CodeSourceField: a field is unknown at this place.
	// Example:
	//	title: Pay
	//	steps: []
	CodeSourceField Code = "source.field"

	// CodeSourceMissing: a required field is missing.
	// Example:
	//	name: Pay
	CodeSourceMissing Code = "source.missing"

	// CodeSourceValue: a field has a value of the wrong form.
	// Example:
	//	inputs: {amount: money}
	//	steps: []
	CodeSourceValue Code = "source.value"

	// CodeSourceFile: a file cannot be read, or the directory is not a connector.
	// Example:
	//	# flows/main.yaml
	//	steps: []
	//	# part.yaml
	//	steps: []
	CodeSourceFile Code = "source.file"

	// CodeSourceReference: the text inside ${ } is not a reference.
	// Example:
	//	steps:
	//	  - assign: {a: "${input.amount"}
	CodeSourceReference Code = "source.reference"
)

// Meaning: what is wrong with the program that the text describes.
const (
	// CodeNameUnknown: a reference names no step, input, secret or config value.
	// Example:
	//	inputs: {email: text}
	//	steps:
	//	  - assign: {to: "${input.emial}"}
	CodeNameUnknown Code = "name.unknown"

	// CodeNameScope: the step exists but its outputs are not visible here.
	// Example:
	//	steps:
	//	  - assign: {to: "${later.to}"}
	//	  - name: later
	//	    assign: {to: jane@example.com}
	CodeNameScope Code = "name.scope"

	// CodeNameInvalid: a name has characters that names cannot have, or is reserved.
	// Example:
	//	steps:
	//	  - name: item
	//	    assign: {a: 1}
	CodeNameInvalid Code = "name.invalid"

	// CodeFlowUnknown: no flow has this key.
	// Example:
	//	steps:
	//	  - call: refund
	CodeFlowUnknown Code = "flow.unknown"

	// CodeFlowCycle: flows call each other in a circle.
	// Example:
	//	# flows/main.yaml
	//	steps:
	//	  - call: ping
	//	# flows/ping.yaml
	//	type: helper
	//	steps:
	//	  - call: pong
	//	# flows/pong.yaml
	//	type: helper
	//	steps:
	//	  - call: ping
	CodeFlowCycle Code = "flow.cycle"

	// CodeFlowType: a flow of this type cannot be used, or cannot do, this.
	// Example:
	//	# flows/main.yaml
	//	steps:
	//	  - call: pay
	//	# flows/pay.yaml
	//	type: action
	//	steps: []
	CodeFlowType Code = "flow.type"

	// CodeFlowReturn: what a flow returns does not fit how it is used.
	// Example:
	//	outputs: {id: text}
	//	steps:
	//	  - return: {key: "1"}
	CodeFlowReturn Code = "flow.return"

	// CodeFlowUnreachable: steps stand behind one that always ends the flow (a warning).
	// Example:
	//	steps:
	//	  - return: {}
	//	  - assign: {a: 1}
	CodeFlowUnreachable Code = "flow.unreachable"

	// CodeFlowEnd: a flow that has outputs can come to its end without a return, and
	// then stops without them (a warning).
	// Example:
	//	outputs: {id: text}
	//	steps:
	//	  - assign: {id: "1"}
	CodeFlowEnd Code = "flow.end"

	// CodeFlowSize: a flow is too long for one function of the module.
	// Example:
	//	outputs:
	//	  part<1..65>: text
	//	steps:
	//	  - return: {}
	CodeFlowSize Code = "flow.size"

	// CodeCardUnknown: no card has this key.
	// Example:
	//	steps:
	//	  - card: text.shout
	//	    with: {string: hello}
	CodeCardUnknown Code = "card.unknown"

	// CodeCardInput: a card or flow has no input of this name.
	// Example:
	//	steps:
	//	  - card: text.toUpperCase
	//	    with: {string: hello, language: tr}
	CodeCardInput Code = "card.input"

	// CodeCardMissing: a required input is not given.
	// Example:
	//	steps:
	//	  - card: text.toUpperCase
	CodeCardMissing Code = "card.missing"

	// CodeCardDefinition: a card of the registry contradicts itself.
	// No source gives it: cards are written in Go.
	CodeCardDefinition Code = "card.definition"

	// CodeTypeMismatch: a value of this type can never become what is wanted.
	// Example:
	//	steps:
	//	  - card: number.divide
	//	    with: {a: ten, b: 2}
	CodeTypeMismatch Code = "type.mismatch"

	// CodeSecretFlow: a secret would reach a place that is not a secret port.
	// Example:
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	hosts: [example.com]
	//	secrets: {key: {}}
	//	# flows/main.yaml
	//	outputs: {key: text}
	//	steps:
	//	  - return: {key: "${secret.key}"}
	CodeSecretFlow Code = "secret.flow"

	// CodeConnectorHost: a host of the connector is not a plain host name.
	// Example:
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	hosts: ["*.example.com"]
	//	# flows/main.yaml
	//	steps: []
	CodeConnectorHost Code = "connector.host"

	// CodeConnectorAuth: a way to connect contradicts itself or the protocol.
	// Example:
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: oauth2, grant: client_credentials, token_url: "http://example.com/token"}
	//	# flows/main.yaml
	//	steps: []
	CodeConnectorAuth Code = "connector.auth"

	// CodeConnectorBrand: icon, colour, documentation or support address is not what it must be.
	// Example:
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	color: red
	//	# flows/main.yaml
	//	steps: []
	CodeConnectorBrand Code = "connector.brand"

	// CodeFaceInvalid: a card cannot be shown as its source says.
	// Example:
	//	inputs: {when: {type: date, choices: [today]}}
	//	steps: []
	CodeFaceInvalid Code = "face.invalid"

	// CodePagesInvalid: a step cannot ask for pages as its source says.
	// Example:
	//	steps:
	//	  - card: text.trim
	//	    with: {string: a}
	//	    paginate: {by: link}
	CodePagesInvalid Code = "pages.invalid"

	// CodeStreamInvalid: a step cannot take a stream of records as its source says.
	// Example:
	//	# flows/main.yaml
	//	steps:
	//	  - card: crm.readContact
	//	    stream: {flow: each}
	//	# flows/each.yaml
	//	type: helper
	//	inputs: {Record: object}
	//	steps: []
	//	# cards/crm.yaml
	//	cards:
	//	  readContact: {outputs: {name: text}}
	CodeStreamInvalid Code = "stream.invalid"

	// CodeRetryInvalid: a step cannot be tried again as its source says.
	// Example:
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/items"}}
	//	    retry: {times: 10}
	CodeRetryInvalid Code = "retry.invalid"

	// CodeTriggerInvalid: a flow cannot be started as its source says.
	// Example:
	//	type: scheduled
	//	trigger: {minutes: "61"}
	//	steps: []
	CodeTriggerInvalid Code = "trigger.invalid"
)

// Module: why a compiled module is refused.
const (
	// CodeModuleInvalid: the bytes are not a WebAssembly module.
	// Example:
	//	# module: hostile/empty
	CodeModuleInvalid Code = "module.invalid"

	// CodeModuleProfile: the module does what no compiled flow does.
	// Example:
	//	# module: hostile/unmetered-loop
	CodeModuleProfile Code = "module.profile"

	// CodeModuleABI: the module was built for another ABI number.
	// Example:
	//	# module: hostile/manifest-abi-next
	CodeModuleABI Code = "module.abi"

	// CodeModuleManifest: the manifest is missing, malformed, or contradicts the module.
	// Example:
	//	# module: hostile/consts-missing
	CodeModuleManifest Code = "module.manifest"

	// CodeModuleCard: the module uses a card that this registry does not have, or has differently.
	// Example:
	//	# module: hostile/accept-card
	CodeModuleCard Code = "module.card"
)

// Run: why a run, or one step of it, failed.
const (
	// CodeTypeConversion: a value could not be converted to the wanted type.
	// Example:
	//	# run: {"text": "ten"}
	//	inputs: {text: text}
	//	steps:
	//	  - card: number.divide
	//	    with: {a: "${input.text}", b: 2}
	CodeTypeConversion Code = "type.conversion"

	// CodeInputInvalid: a card or a run got an input that it cannot work with.
	// Example:
	//	# run: {"nmae": "Jane"}
	//	inputs: {name: text}
	//	steps: []
	CodeInputInvalid Code = "input.invalid"

	// CodeInputMissing: a run got no value for a required input.
	// Example:
	//	# run: {}
	//	inputs:
	//	  name: {type: text, required: true}
	//	steps: []
	CodeInputMissing Code = "input.missing"

	// CodeNumberRange: a calculation has no finite result.
	// Example:
	//	# run: {"parts": 0}
	//	inputs: {parts: number}
	//	steps:
	//	  - card: number.divide
	//	    with: {a: 1, b: "${input.parts}"}
	CodeNumberRange Code = "number.range"

	// CodeListBounds: a position outside a list.
	// Example:
	//	# run: {"list": ["one", "two"]}
	//	inputs: {list: "text[]"}
	//	steps:
	//	  - card: list.at
	//	    with: {list: "${input.list}", index: 2}
	CodeListBounds Code = "list.bounds"

	// CodeJSONSyntax: a text is not JSON.
	// Example:
	//	# run: {"text": "{'a': 1}"}
	//	inputs: {text: text}
	//	steps:
	//	  - card: json.parse
	//	    with: {string: "${input.text}"}
	CodeJSONSyntax Code = "json.syntax"

	// CodeXMLSyntax: a text is not XML that the card reads.
	// Example:
	//	# run: {"text": "<a><b></a>"}
	//	inputs: {text: text}
	//	steps:
	//	  - card: xml.parse
	//	    with: {xml: "${input.text}"}
	CodeXMLSyntax Code = "xml.syntax"

	// CodeRegexSyntax: a text is not a regular expression.
	// Example:
	//	# run: {"pattern": "(a"}
	//	inputs: {pattern: text}
	//	steps:
	//	  - card: text.match
	//	    with: {string: abc, target: "${input.pattern}"}
	CodeRegexSyntax Code = "regex.syntax"

	// CodeCryptoInvalid: a key, algorithm, ciphertext or signature does not fit.
	// Example:
	//	# run: {"text": "bm90IGVuY3J5cHRlZA=="}
	//	inputs: {text: text}
	//	steps:
	//	  - card: crypto.decipher
	//	    with: {algorithm: aes-256-cbc, key: my key, data: "${input.text}"}
	CodeCryptoInvalid Code = "crypto.invalid"

	// CodeFlowError: the flow itself ended with Return Error.
	// Example:
	//	# run: {}
	//	steps:
	//	  - return_error: {statusCode: 404, message: no such customer}
	CodeFlowError Code = "flow.error"

	// CodeFileUnknown: a file handle that this run does not hold.
	// Example:
	//	# run: {}
	//	# given: files, a foreign file
	//	inputs: {document: file}
	//	steps:
	//	  - card: file.info
	//	    with: {File: {File Content: "${input.document}"}}
	CodeFileUnknown Code = "file.unknown"

	// CodeTableInvalid: a table, column or row that does not exist or does not fit.
	// Example:
	//	# run: {}
	//	# given: tables
	//	steps:
	//	  - card: table.readTable
	//	    with: {parameters: {stash: Invoices}}
	CodeTableInvalid Code = "table.invalid"

	// CodeCardUnbound: a card needs something that this run was not given.
	// Example:
	//	# run: {}
	//	steps:
	//	  - card: table.readTable
	//	    with: {parameters: {stash: Invoices}}
	CodeCardUnbound Code = "card.unbound"

	// CodeCardExternal: a card of another connector gave what it does not declare, or its
	// own run was ended by a limit or a fault.
	// Example:
	//	# run: {}
	//	# given: a broken connector
	//	# flows/main.yaml
	//	steps:
	//	  - card: crm.readContact
	//	# cards/crm.yaml
	//	cards:
	//	  readContact: {outputs: {name: text}}
	CodeCardExternal Code = "card.external"

	// CodeRunCancelled: the caller's context ended.
	// Example:
	//	# run: {}
	//	# context: ended
	//	steps:
	//	  - card: control.wait
	//	    with: {delay: 1, unit: minute}
	CodeRunCancelled Code = "run.cancelled"

	// CodeRunFlow: the module has no such flow, or it cannot be run from outside.
	// Example:
	//	# run: {}
	//	# flow: refund
	//	steps: []
	CodeRunFlow Code = "run.flow"

	// CodeRunPaused: the run waits for somebody to resume it. It is started again with its
	// journal when there is an answer.
	// Example:
	//	# run: {}
	//	# given: a host
	//	steps:
	//	  - pause: {question: approve?}
	CodeRunPaused Code = "run.paused"

	// CodeFaceResult: a helper flow that computes a part of a card's face gave something else
	// than that part is made of. No source gives it: the flow is asked when somebody looks at the card.
	CodeFaceResult Code = "face.result"

	// CodeValueHandle: the guest used a handle that names nothing.
	// No source gives it: compiled flows use the handles that they were given.
	CodeValueHandle Code = "value.handle"

	// CodeJournalMismatch: a journal belongs to another run or module.
	// Example:
	//	# run: {"limit": 10}
	//	# journal: of {"limit": 100}
	//	inputs: {limit: number}
	//	steps:
	//	  - card: number.random
	//	    with: {b: "${input.limit}"}
	CodeJournalMismatch Code = "journal.mismatch"

	// CodeJournalIO: the journal could not be read or written.
	// Example:
	//	# run: {}
	//	# journal: closed
	//	steps:
	//	  - card: number.random
	//	    with: {b: 10}
	CodeJournalIO Code = "journal.io"

	// CodeInternal: a fault of Weir itself. Please report it.
	// No source gives it: if yours does, that is the fault.
	CodeInternal Code = "internal"
)

// Kind returns the designer's name for this family of errors (spec:
// functions-structural 3), which handlers see as kind.
func (c Code) Kind() string {
	switch c {
	case CodeTypeConversion, CodeTypeMismatch:
		return "Invalid Type Conversion"
	case CodeHTTPStatus, CodeRetryWait:
		return "HTTP Request Error"
	case CodeLimitWall, CodeHTTPTimeout:
		return "Timeout"
	case CodeJSONSyntax, CodeXMLSyntax, CodeHTTPBody:
		return "Parse Error"
	case CodeFlowError:
		return "User Error"
	case CodeHTTPConnect, CodeEgressDNS, CodeHTTPTLS, CodeHTTPProtocol, CodeHTTPUnknownOutcome, CodeOAuthUnavailable:
		return "Network Error"
	case CodeEgressDenied, CodeEgressSecretHost, CodeEgressRedirect:
		return "Forbidden"
	case CodeListBounds:
		return "Array index out of bounds"
	case CodeTableInvalid, CodeFileUnknown:
		return "Not Found"
	}
	if strings.HasPrefix(string(c), "limit.") || c == CodeInternal {
		return "Unknown Error"
	}
	return "Invalid Input"
}

// Trap reports whether an error with this code ends the run whatever its flows
// do: limits and faults cannot be caught by If Error.
func (c Code) Trap() bool {
	switch c {
	case CodeLimitValue, CodeLimitDepth:
		return false // one value was refused; the run itself is within its budget
	case CodeInternal, CodeValueHandle, CodeModuleProfile, CodeRunCancelled, CodeRunPaused, CodeJournalIO, CodeJournalMismatch, CodeTapeMismatch:
		return true
	}
	return strings.HasPrefix(string(c), "limit.")
}

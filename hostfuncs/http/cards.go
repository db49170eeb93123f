// Package http holds the cards that make HTTP requests. They describe a request
// and read its answer; the guarded client below flow.Env makes it. Requests are
// built in request.go, answers read in answer.go.
package http

import (
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/exchange"
)

const (
	category = "API Connector"
	since    = "0.1"
)

// Cards returns the cards of this family in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		deleteCard(), getCard(), patchCard(), postCard(), putCard(), requestCard(), rawCard(), closeCard(), closeKernelCard(),
	}
}

// failures are the errors that every card of this family can give.
func failures(more ...flow.Code) []flow.Code {
	return append([]flow.Code{
		flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeSecretFlow, flow.CodeEgressDenied, flow.CodeEgressSecretHost, flow.CodeEgressRedirect,
		flow.CodeEgressDNS, flow.CodeHTTPConnect, flow.CodeHTTPTLS, flow.CodeHTTPTimeout, flow.CodeHTTPProtocol, flow.CodeHTTPUnknownOutcome, flow.CodeHTTPRate, flow.CodeConnectionSlot,
		flow.CodeHTTPStatus, flow.CodeHTTPBody, flow.CodeLimitHTTPBytes, flow.CodeLimitHTTPCalls, flow.CodeLimitValue,
	}, more...)
}

// notes are the choices that all cards of this family share.
func notes(more ...flow.Note) []flow.Note {
	return append([]flow.Note{
		{
			Topic:  "members of headers and query that are not text",
			Vendor: "not said",
			Choice: "numbers, booleans and dates become text; a list gives one header line or query pair per item; null is left out; an object becomes JSON text in a query and is input.invalid in headers",
			Why:    "the automatic conversions, and the form that servers understand most widely",
		},
		{
			Topic:  "Content-Type of a body",
			Vendor: "an object is sent as JSON; the author sets the header for a text body",
			Choice: "a body that is a JSON object or list, also as text, is announced as application/json unless Content-Type is given; every other body has no Content-Type",
			Why:    "an object wired to a text input arrives as JSON text",
		},
		{
			Topic:  "answers with several headers of one name",
			Vendor: "not said",
			Choice: "names are in lower case, values joined by a comma and a space; set-cookie is always a list of texts",
			Why:    "RFC 9110, 5.2 and 5.3: the dates of cookies have commas, so that joined ones could not be told apart",
		},
		exchange.Redirects(),
		{
			Topic:  "which statuses fail",
			Vendor: "a non-success status makes the card fail",
			Choice: "400 and above are http.status; 304 and other answers without a target to go to are results",
			Why:    "conditional requests are useful, and their answer is no error",
		},
	}, more...)
}

// Group and keys of the connector cards' ports.
const (
	groupRequest  = "Request"
	groupResponse = "Response"
)

func urlPort() flow.Port {
	return flow.Port{
		Group: groupRequest, Key: "URL", Label: "URL", Type: flow.TextType, Default: `""`,
		Doc: "Absolute https address of the request. It cannot be a secret: put those into headers, query or body.",
	}
}

func queryPort() flow.Port {
	return flow.Port{
		Group: groupRequest, Key: "Query", Label: "Query", Type: flow.AnyType, Default: `{}`, Secret: flow.SecretSpend,
		Doc: "Query of the request: an object whose members are encoded and appended to the URL, or text that is appended as written. Only an object can hold secrets.",
	}
}

func headersPort() flow.Port {
	return flow.Port{
		Group: groupRequest, Key: "Headers", Label: "Headers", Type: flow.ObjectType, Default: `{}`, Secret: flow.SecretSpend,
		Doc: "Headers of the request by name.",
	}
}

func bodyPort() flow.Port {
	return flow.Port{
		Group: groupRequest, Key: "Body", Label: "Body", Type: flow.AnyType, Default: `{}`, Secret: flow.SecretSpend, Widget: "multiline",
		Doc: "Body of the request: an object or list, which is sent as JSON, or text, which is sent as it is.",
	}
}

func responsePorts(body flow.Type, doc string) []flow.Port {
	return []flow.Port{
		{Group: groupResponse, Key: "Status Code", Label: "Status Code", Type: flow.NumberType, Doc: "Status of the answer, such as 200."},
		{Group: groupResponse, Key: "Headers", Label: "Headers", Type: flow.ObjectType, Doc: "Headers of the answer by name in lower case; set-cookie is a list."},
		{Group: groupResponse, Key: "Body", Label: "Body", Type: body, Doc: doc},
	}
}

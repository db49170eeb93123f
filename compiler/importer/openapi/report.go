package openapi

import (
	"fmt"

	"github.com/weirflow/weir/flow"
)

// Severity grades a Finding.
type Severity string

// The severities.
const (
	// Loss: something of the document is not in the connector.
	Loss Severity = "loss"
	// Doubt: the document leaves something open, and somebody should look at what
	// was made of it.
	Doubt Severity = "doubt"
)

// Finding is one thing that the connector does not have as the document has it.
// Things that are alike are one Finding, at the place of the first.
type Finding struct {
	Code      flow.Code `json:"code"` // import.auth, import.body, ...
	Severity  Severity  `json:"severity"`
	File      string    `json:"file"`
	Line      int       `json:"line"`                // from 1
	Column    int       `json:"column"`              // from 1, in characters
	Pointer   string    `json:"pointer"`             // JSON Pointer (RFC 6901) into the document
	Operation string    `json:"operation,omitempty"` // "GET /pets"; "" when it is about more than one
	Message   string    `json:"message"`
	Count     int       `json:"count"` // how many places are alike, at least 1
}

// Pos returns the place of the finding.
func (f *Finding) Pos() flow.Pos { return flow.Pos{File: f.File, Line: f.Line, Col: f.Column} }

// The outcomes of operations, parameters and security schemes.
const (
	Imported = "imported"
	LeftOut  = "left out"
)

// Report says what became of a document.
type Report struct {
	File    string `json:"file"`
	Title   string `json:"title"`
	Version string `json:"version"`
	OpenAPI string `json:"openapi"` // version of the specification: "3.0.3"
	// Operations counts those of the document, Selected those that were asked for.
	Operations int                `json:"operations"`
	Selected   int                `json:"selected"`
	Connectors []ConnectorReport  `json:"connectors"`
	Actions    []OperationReport  `json:"actions"` // of the selected operations, in order
	Schemes    []SchemeReport     `json:"schemes"`
	Findings   []Finding          `json:"findings"`
	Unlisted   int                `json:"unlisted,omitempty"` // findings beyond MaxFindings
	seen       map[findingKey]int // place in Findings
	places     map[placeKey]bool
	doc        *document
}

// ConnectorReport describes one connector that was written.
type ConnectorReport struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	Dir   string `json:"dir,omitempty"` // below the output directory; "" for the directory itself
	Flows int    `json:"flows"`
	Bytes int    `json:"bytes"`
}

// OperationReport says what became of one operation.
type OperationReport struct {
	Operation   string            `json:"operation"` // "GET /pets"
	OperationID string            `json:"operationId,omitempty"`
	Line        int               `json:"line"`
	Column      int               `json:"column"`
	Pointer     string            `json:"pointer"`
	Outcome     string            `json:"outcome"` // imported or left out
	Connector   string            `json:"connector,omitempty"`
	Flow        string            `json:"flow,omitempty"` // key of the flow
	Name        string            `json:"name,omitempty"`
	Inputs      []ParameterReport `json:"inputs,omitempty"`
	Body        string            `json:"body,omitempty"`     // media type of the request
	Response    string            `json:"response,omitempty"` // status and media type of the answer
	Pages       string            `json:"pages,omitempty"`    // how pages are read: page, offset, cursor, link, url
}

// ParameterReport says what became of a parameter or of a member of the body.
type ParameterReport struct {
	In      string `json:"in"`   // path, query, header, cookie, body
	Name    string `json:"name"` // in the document; "" for a body as a whole
	Outcome string `json:"outcome"`
	Input   string `json:"input,omitempty"` // key of the input; "" when a fixed value is sent, or nothing
	Type    string `json:"type,omitempty"`
}

// SchemeReport says what became of a security scheme, or of a combination.
type SchemeReport struct {
	Scheme  string `json:"scheme"` // "a", or "a and b"
	Type    string `json:"type"`   // of the document: "oauth2 authorizationCode"
	Outcome string `json:"outcome"`
	Auth    string `json:"auth,omitempty"` // key of the authentication
	Pointer string `json:"pointer"`
}

// MaxFindings bounds the findings of a report; the rest is counted.
const MaxFindings = 10_000

type findingKey struct {
	code      flow.Code
	operation string
	message   string
}

type placeKey struct {
	findingKey
	pointer string
}

func newReport(doc *document) *Report {
	return &Report{File: doc.file, doc: doc, seen: map[findingKey]int{}, places: map[placeKey]bool{},
		Connectors: []ConnectorReport{}, Actions: []OperationReport{}, Schemes: []SchemeReport{}, Findings: []Finding{}}
}

// find adds a finding about the value that a JSON Pointer names.
func (r *Report) find(code flow.Code, s Severity, pointer, operation, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	key := findingKey{code, operation, msg}
	if at := (placeKey{key, pointer}); r.places[at] {
		return // several connectors of one document find the same
	} else if len(r.places) < MaxFindings {
		r.places[at] = true
	}
	if i, ok := r.seen[key]; ok {
		r.Findings[i].Count++
		return
	}
	if len(r.Findings) >= MaxFindings {
		r.Unlisted++
		return
	}
	pos := r.doc.place(pointer)
	r.seen[key] = len(r.Findings)
	r.Findings = append(r.Findings, Finding{Code: code, Severity: s, File: pos.File, Line: pos.Line, Column: pos.Col,
		Pointer: pointer, Operation: operation, Message: msg, Count: 1})
}

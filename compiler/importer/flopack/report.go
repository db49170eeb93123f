package flopack

import (
	"fmt"

	"github.com/weirflow/weir/flow"
)

// Severity grades a Finding.
type Severity string

// The severities.
const (
	// Loss: something of the export is not in the connector.
	Loss Severity = "loss"
	// Doubt: the export leaves something open, and somebody should look at what was
	// made of it.
	Doubt Severity = "doubt"
)

// Finding is one thing that the connector does not have as the export has it.
// Things that are alike in one flow are one Finding, at the place of the first.
type Finding struct {
	Code     flow.Code `json:"code"` // import.card, import.reference, ...
	Severity Severity  `json:"severity"`
	File     string    `json:"file"`
	Line     int       `json:"line"`           // from 1
	Column   int       `json:"column"`         // from 1, in characters
	Pointer  string    `json:"pointer"`        // JSON Pointer (RFC 6901) into the export
	Flow     string    `json:"flow,omitempty"` // name of the flow in the export
	Card     string    `json:"card,omitempty"` // title and id of the card
	Message  string    `json:"message"`
	Count    int       `json:"count"` // how many places are alike, at least 1
}

// Pos returns the place of the finding.
func (f *Finding) Pos() flow.Pos { return flow.Pos{File: f.File, Line: f.Line, Col: f.Column} }

// Report says what became of an export.
type Report struct {
	File      string `json:"file"`
	Version   string `json:"version"`   // of the format
	Connector string `json:"connector"` // key of what was made
	Name      string `json:"name"`
	Bytes     int    `json:"bytes"` // of source
	// Flows has those of the export in its order, and behind them those that the
	// importer added.
	Flows       []FlowReport       `json:"flows"`
	Connections []ConnectionReport `json:"connections"`
	Tables      []TableReport      `json:"tables"`
	Cards       []ForeignReport    `json:"cards"` // cards of other connectors
	Findings    []Finding          `json:"findings"`
	Unlisted    int                `json:"unlisted,omitempty"` // findings beyond MaxFindings

	seen map[findingKey]int // place in Findings
	doc  *document
}

// FlowReport says what became of a flow.
type FlowReport struct {
	Name    string       `json:"name"` // in the export; "" for what was added
	ID      string       `json:"id,omitempty"`
	Flow    string       `json:"flow"` // its key
	Type    string       `json:"type"`
	Added   string       `json:"added,omitempty"` // why there is a flow that the export does not have
	Missing bool         `json:"missing,omitempty"`
	Line    int          `json:"line"`
	Column  int          `json:"column"`
	Cards   []CardReport `json:"cards,omitempty"` // in the order in which they run
}

// CardReport says what became of a card.
type CardReport struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Address string `json:"address"` // without version: "kernel:string:concat"
	Became  string `json:"became"`  // "text.concat", "assign", "comment", "trigger", "nothing"
	Step    string `json:"step,omitempty"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// ConnectionReport says what became of a connection.
type ConnectionReport struct {
	Name      string `json:"name"`
	Connector string `json:"connector"`
	Slot      string `json:"slot"`
	Uses      int    `json:"uses"`
}

// TableReport says what became of a table.
type TableReport struct {
	Name    string `json:"name"`
	Table   string `json:"table"` // its key
	Columns int    `json:"columns"`
}

// ForeignReport names a card of another connector that flows use.
type ForeignReport struct {
	Card string `json:"card"` // "okta.readUser"
	Uses int    `json:"uses"`
}

// MaxFindings bounds the findings of a report; the rest is counted.
const MaxFindings = 10_000

// place says what a finding is about. The zero value is the export as a whole.
type place struct {
	flow *flowDef
	card *card
}

type findingKey struct {
	code    flow.Code
	flow    *flowDef
	message string
}

func newReport(doc *document) *Report {
	return &Report{File: doc.file, doc: doc, seen: map[findingKey]int{},
		Flows: []FlowReport{}, Connections: []ConnectionReport{}, Tables: []TableReport{}, Cards: []ForeignReport{}, Findings: []Finding{}}
}

func (r *Report) loss(code flow.Code, offset int32, at place, format string, args ...any) {
	r.find(code, Loss, offset, at, format, args...)
}

func (r *Report) doubt(code flow.Code, offset int32, at place, format string, args ...any) {
	r.find(code, Doubt, offset, at, format, args...)
}

// find adds a finding about what stands at an offset of the export.
func (r *Report) find(code flow.Code, s Severity, offset int32, at place, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	key := findingKey{code, at.flow, msg}
	if i, ok := r.seen[key]; ok {
		r.Findings[i].Count++
		return
	}
	if len(r.Findings) >= MaxFindings {
		r.Unlisted++
		return
	}
	r.seen[key] = len(r.Findings)
	pos := r.doc.pos(int(offset))
	f := Finding{Code: code, Severity: s, File: pos.File, Line: pos.Line, Column: pos.Col, Pointer: r.doc.root.pointer(offset), Message: msg, Count: 1}
	if at.flow != nil {
		f.Flow = at.flow.title()
	}
	if at.card != nil {
		f.Card = at.card.named()
	}
	r.Findings = append(r.Findings, f)
}

// named is how messages name a card.
func (c *card) named() string {
	if c.title == "" {
		return c.id
	}
	return c.title + " (" + c.id + ")"
}

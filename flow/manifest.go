package flow

import "slices"

// Manifest says what a module is and what it may do. It travels inside the
// module as a custom section; the engine grants nothing beyond it.
type Manifest struct {
	ABI         int        `json:"abi"`
	Compiler    string     `json:"compiler"` // release of the compiler
	Key         string     `json:"key"`      // connector key
	Name        string     `json:"name"`
	Version     string     `json:"version"`
	Description string     `json:"description,omitempty"`
	Source      string     `json:"source"` // SHA-256 of the canonical source, hexadecimal
	Flows       []FlowInfo `json:"flows"`
	Cards       []CardUse  `json:"cards,omitempty"`
	// Hosts are the hosts that runs may reach. Those with {{auth.KEY}} in them
	// are settled by the connection of the run.
	Hosts []string `json:"hosts,omitempty"`
	// Secrets and Config are what a run is given. Behind the declared ones stand
	// the values of its connection, with keys that begin with AuthPrefix.
	Secrets     []SecretInfo `json:"secrets,omitempty"`
	Config      []FieldInfo  `json:"config,omitempty"`
	Branding    Branding     `json:"branding,omitzero"`
	Auths       []Auth       `json:"auths,omitempty"`
	Tables      []Table      `json:"tables,omitempty"`
	Connections []Slot       `json:"connections,omitempty"`
	// Externals define the cards of other connectors that the module imports.
	Externals []ExternalInfo `json:"externals,omitempty"`
	Rates     []Rate         `json:"rates,omitempty"`
}

// AuthPrefix begins the keys of those entries of Manifest.Secrets and
// Manifest.Config that a run's connection fills in. They may be null: not every
// authentication has every value.
const AuthPrefix = "auth."

// FlowInfo is the public face of one flow.
type FlowInfo struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	Type        string `json:"type"` // one of FlowTypes
	Description string `json:"description,omitempty"`
	// Compiled flows take In, then Options, then, where Selects is set, the object
	// of selected outputs.
	In      []FieldInfo `json:"in,omitempty"`
	Options []FieldInfo `json:"options,omitempty"`
	Selects bool        `json:"selects,omitempty"`
	Out     []FieldInfo `json:"out,omitempty"`
	// Record declares the fields of one record of a polling flow.
	Record  []FieldInfo `json:"record,omitempty"`
	Webhook *Webhook    `json:"webhook,omitempty"`
	Trigger *Trigger    `json:"trigger,omitempty"`
	Effect  string      `json:"effect"` // strongest effect of any step: "pure", "reads", "writes"
	// CostMin and CostMax bound the fuel of one run with inputs of ordinary
	// size; CostMax is -1 where loops or inputs leave it open.
	CostMin int64 `json:"costMin"`
	CostMax int64 `json:"costMax"`
}

// The types of flows.
const (
	FlowAction            = "action" // can be started from outside, as a card
	FlowHelper            = "helper" // is called by other flows
	FlowAuthping          = "authping"
	FlowRevoke            = "revoke"
	FlowWebhook           = "webhook"
	FlowWebhookRegister   = "webhook_register"
	FlowWebhookDeregister = "webhook_deregister"
	FlowPolling           = "polling"
	FlowScheduled         = "scheduled"
	FlowEndpoint          = "endpoint"
	FlowDelegated         = "delegated"
	FlowEvent             = "event"
)

// FlowTypes lists the types of flows.
func FlowTypes() []string {
	return []string{FlowAction, FlowHelper, FlowAuthping, FlowRevoke, FlowWebhook, FlowWebhookRegister, FlowWebhookDeregister,
		FlowPolling, FlowScheduled, FlowEndpoint, FlowDelegated, FlowEvent}
}

// FieldInfo declares one input, option, output or config value.
type FieldInfo struct {
	Key      string `json:"key"`
	Group    string `json:"group,omitempty"`
	Label    string `json:"label,omitempty"`
	Doc      string `json:"doc,omitempty"`
	Type     Type   `json:"type"`
	Required bool   `json:"required,omitempty"`
	Default  *Value `json:"default,omitempty"`
	// Choices are the rows of a static dropdown, ChoicesFrom computes them.
	Choices     []OptionRow `json:"choices,omitempty"`
	ChoicesFrom *Dynamic    `json:"choicesFrom,omitempty"`
	// Fields are known members of an object, FieldsFrom computes the fields that
	// are shown in its place, and GroupFrom a group with its fields.
	Fields     []FieldInfo `json:"fields,omitempty"`
	FieldsFrom *Dynamic    `json:"fieldsFrom,omitempty"`
	GroupFrom  *Dynamic    `json:"groupFrom,omitempty"`
	// Extensible: people may add members of their own to the object.
	Extensible bool `json:"extensible,omitempty"`
}

// SecretInfo declares one secret that runs must be given.
type SecretInfo struct {
	Key   string   `json:"key"`
	Label string   `json:"label,omitempty"`
	Hosts []string `json:"hosts"` // where it may be sent
}

// CardUse names one card that the module imports.
type CardUse struct {
	Key     string `json:"key"`
	Version int    `json:"version"`
	Effect  string `json:"effect"`
	Digest  string `json:"digest"` // Card.Digest at compile time
}

// StepInfo places one step: steps are numbered from 1 across the module, and
// the number is what compiled code passes to the host.
type StepInfo struct {
	Flow  int      `json:"f"` // index into Manifest.Flows
	Name  string   `json:"n"` // the step's own or generated name, unique in its flow
	What  string   `json:"w"` // card key or construct
	File  string   `json:"p"`
	Line  int      `json:"l"`
	Col   int      `json:"c"`
	Ports []string `json:"i,omitempty"` // names of what the step's trace shows as inputs
	Outs  []string `json:"o,omitempty"` // and as outputs, for constructs
	Slot  string   `json:"s,omitempty"` // of Manifest.Connections, which the step uses
}

// Params returns the parameters of the compiled flow in order: inputs, options
// and the selected outputs.
func (f *FlowInfo) Params() []FieldInfo {
	if len(f.Options) == 0 && !f.Selects {
		return f.In
	}
	out := slices.Concat(f.In, f.Options)
	if f.Selects {
		out = append(out, FieldInfo{Key: "selected", Type: ObjectType, Required: true})
	}
	return out
}

// Marks are entries of the step table that stand for no step: in modules that
// were compiled for coverage the trace shows through them where a run came by.
// Their name is that of their step, MarkSeparator and an outcome: "begin" of every
// step; "then" and "else" of if and assign_if; the branches of choose by number
// from 1, "else" and "none"; "error" of try; "on_error" of card steps; "fails" of
// return_error_if; and "turn" of loops, which is "page" where there is always a
// first one.
const (
	WhatMark      = "mark" // StepInfo.What
	MarkSeparator = ":"
)

// WhatRetry is StepInfo.What of the two entries of the step table that a step with
// retry has beside its own. One is the loop of its attempts, and has its name; the
// other, RetryName, decides whether there is another attempt, and waits for it.
// What the step is called for the outside world does not depend on the attempt:
// the frame of such a loop is no part of it.
const (
	WhatRetry = "retry"
	RetryName = "retry"
)

// WhatOnError is StepInfo.What of the entry of the step table through which a card
// step with on_error shows the outputs that it ended its flow with; it has the
// step's name.
const WhatOnError = "on_error"

// Flow returns the flow with the given key.
func (m *Manifest) Flow(key string) (*FlowInfo, int) {
	for i := range m.Flows {
		if m.Flows[i].Key == key {
			return &m.Flows[i], i
		}
	}
	return nil, -1
}

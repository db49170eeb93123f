package syntax

import "slices"

// The fields of every mapping of the language, in canonical order. The parser
// takes no others and the printer writes them in this order.

func connectorFields() []string {
	return []string{"key", "name", "version", "description", "icon", "color", "docs", "support", "hosts", "auth", "secrets", "config",
		"tables", "connections", "rates"}
}

func secretFields() []string { return []string{"label", "hosts"} }

func configFields() []string { return []string{"type", "required", "default", "label", "doc"} }

func flowFields() []string {
	return []string{"name", "key", "type", "active", "description", "trigger", "webhook", "cursor", "options", "inputs", "outputs", "steps"}
}

func inputFields() []string {
	return []string{"type", "required", "default", "label", "group", "doc", "choices", "choices_from", "fields", "fields_from", "group_from",
		"extensible"}
}

// optionFields are those of an option: its type is always text.
func optionFields() []string {
	return []string{"required", "label", "doc", "choices", "choices_from"}
}

func outputFields() []string {
	return []string{"type", "label", "group", "doc", "fields", "fields_from", "extensible"}
}

// memberFields are those of a known member of an object.
func memberFields() []string {
	return []string{"type", "required", "label", "doc", "fields", "extensible"}
}

// blockOutputFields are those of an output of choose and try, which nobody sees.
func blockOutputFields() []string { return []string{"type", "label", "doc"} }

func dynamicFields() []string { return []string{"flow", "with"} }

func choiceFields() []string { return []string{"label", "value", "default"} }

func webhookFields() []string { return []string{"register", "deregister", "challenge"} }

func challengeFields() []string { return []string{"in", "name", "answer"} }

func cursorFields() []string { return []string{"type"} }

func triggerFields() []string {
	return []string{"minutes", "hours", "days", "months", "weekdays", "time_zone", "security", "connector", "event", "connection", "options"}
}

func tableFields() []string { return []string{"name", "columns"} }

func columnFields() []string { return []string{"type", "default"} }

func rateFields() []string { return []string{"host", "requests", "per", "burst"} }

func authFields() []string {
	return []string{"key", "name", "type", "grant", "authorize_url", "token_url", "refresh_url", "issuer", "client", "scopes", "customize_scopes",
		"scope_separator", "authorize_params", "token_params", "token_headers", "token_response", "jwt", "username", "password", "in", "field",
		"prefix", "label", "doc", "parameters", "config_values", "attach", "hosts"}
}

func clientFields() []string { return []string{"auth", "id"} }

func scopeFields() []string { return []string{"name", "label", "required"} }

func tokenResponseFields() []string {
	return []string{"access_token", "refresh_token", "expires_in", "scope", "token_type"}
}

func jwtFields() []string {
	return []string{"algorithm", "key", "key_id", "issuer", "subject", "audience", "lifetime"}
}

func labelFields() []string { return []string{"label", "doc"} }

func parameterFields() []string { return []string{"type", "label", "doc", "options"} }

func configValueFields() []string { return []string{"type", "label", "value", "flow", "visible"} }

func condFields() []string { return []string{"a", "is", "b", "type"} }

func branchOutFields() []string { return []string{"type", "then", "else"} }

func branchFields() []string { return []string{"when", "steps", "else"} }

func assignedFields() []string { return []string{"type", "value"} }

// stepFields stand beside what a step does.
func stepFields() []string { return []string{"name", "note"} }

// construct is one way in which a step can act.
type construct struct {
	field string   // introduces it
	more  []string // its other fields
}

// IsConstruct reports whether a field says what a step does.
func IsConstruct(field string) bool {
	return slices.ContainsFunc(constructs(), func(c construct) bool { return c.field == field })
}

// constructs lists all, cards first.
func constructs() []construct {
	return []construct{
		{"card", []string{"connection", "options", "with", "paginate", "stream", "retry", "on_error"}},
		{"assign", nil},
		{"cursor", nil},
		{"paginate", []string{"path", "flow"}},
		{"start", []string{"with"}},
		{"return_raw", nil},
		{"pause", []string{"outputs"}},
		{"pause_raw", nil},
		{"assign_if", []string{"then", "else", "as"}},
		{"lookup", []string{"options", "else", "as"}},
		{"if", []string{"then", "else", "outputs"}},
		{"choose", []string{"outputs"}},
		{"try", []string{"if_error", "outputs"}},
		{"return", nil},
		{"return_error", nil},
		{"return_error_if", []string{"error"}},
		{"continue_if", []string{"message"}},
		{"call", []string{"with"}},
		{string(ForEach), []string{"flow", "with", "concurrency", "ignore_errors"}},
		{string(Map), []string{"flow", "with", "concurrency"}},
		{string(Filter), []string{"flow", "with", "concurrency"}},
		{string(Find), []string{"flow", "with"}},
		{string(Reduce), []string{"memo", "flow", "with"}},
		{string(Repeat), []string{"flow", "with", "concurrency"}},
		{string(Sort), []string{"flow", "with", "concurrency"}},
		{string(Unique), []string{"flow", "with", "concurrency"}},
		{string(MapObject), []string{"flow", "with", "concurrency"}},
		{string(MapMembers), []string{"flow", "with", "concurrency"}},
		{string(EachMember), []string{"flow", "with", "concurrency"}},
	}
}

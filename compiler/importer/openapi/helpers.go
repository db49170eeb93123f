package openapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/importer/internal/words"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
)

// The keys of the flows that every connector has, or that some operations need.
const (
	keyHelper      = "http_helper"
	keyAuthHeaders = "auth_headers"
	keyMultipart   = "multipart_form"
	keyPart        = "multipart_part"
	keyCustom      = "custom_api_action"
)

// reserve keeps names and keys from operations that the connector itself needs.
func (m *mapper) reserve() {
	for _, k := range []string{keyHelper, keyAuthHeaders, keyMultipart, keyPart, keyCustom, syntax.KeyAuthping, syntax.KeyRevoke} {
		m.keys.take(k, "_")
	}
	for _, n := range []string{nameHelper, "Auth Headers", "Multipart Form", "Multipart Part", "Custom API Action"} {
		m.names.take(n, " ")
	}
}

// nameHelper is what people who build connectors call the flow.
const nameHelper = "httpHelper"

func field(typ string, required bool, doc string) *source.Node {
	if !required && doc == "" {
		return source.TextNode(typ)
	}
	return emit.Line("type", typ, "required", required, "doc", doc)
}

// helper is the flow that sends requests: all cards go through it, except those
// that files and pages need a card of their own for.
func (m *mapper) helper() *source.Node {
	inputs := emit.Map(
		"relative_url", field("text", true, "Path and query behind the base address; begins with a slash."),
		"request_method", field("text", true, ""),
		"query", field("object", false, ""), "headers", field("object", false, ""),
		"body", field("any", false, "An object or list is sent as JSON, text as it is."))
	base := m.server.base
	var steps []*source.Node
	if len(m.needs.bases) > 0 {
		emit.Set(inputs, "base_url", field("text", false, "The address of the service where it is not that of the connector."))
		steps = append(steps, emit.Map("name", "base", "assign_if", emit.Line("a", "${input.base_url}", "is", "is not empty"), "then", "${input.base_url}", "else", base))
		base = "${base.output}"
	}
	steps = append(steps, emit.Map("name", "headers", "card", "object.merge", "with", emit.Map("start", emit.Line("Accept", mediaJSON), "sink", "${input.headers}")))
	headers := "${headers.output}"
	if m.auths.helper {
		steps = append(steps, emit.Map("name", "credentials", "call", keyAuthHeaders))
		merge := emit.Map("name", "all_headers", "card", "object.merge", "with", emit.Map("start", headers, "sink", "${credentials.headers}"))
		steps = append(steps, remark(merge, "What stands last wins: callers add headers and cannot replace the credential."))
		headers = "${all_headers.output}"
	}
	request := emit.Map("name", "answer", "card", "http.raw", "with", emit.Map("url", base+"${input.relative_url}", "method", "${input.request_method}",
		"query", "${input.query}", "headers", headers, "body", "${input.body}"), "retry", emit.Line("for", "rate_limits"))
	steps = append(steps, request,
		emit.Map("name", "json_at", "card", "text.find", "with", emit.Line("string", "${answer.headers.content-type}", "substr", "json")),
		emit.Map("name", "parsed", "choose", emit.List(
			emit.Map("when", emit.Line("a", "${answer.body}", "is", "is empty"), "steps", emit.List(emit.Map("return", emit.Line("body", &source.Node{Kind: source.Null})))),
			emit.Map("when", emit.Line("a", "${json_at.output}", "is", ">=", "b", 0),
				"steps", emit.List(emit.Map("name", "json", "card", "json.parse", "with", emit.Line("string", "${answer.body}")), emit.Map("return", emit.Line("body", "${json.output}")))),
			emit.Map("else", emit.List(emit.Map("return", emit.Line("body", "${answer.body}")))),
		), "outputs", emit.Line("body", "any")),
		emit.Map("return", emit.Map("status_code", "${answer.statusCode}", "headers", "${answer.headers}", "body", "${parsed.body}")))
	return emit.Map("name", nameHelper, "type", "helper", "description", "Sends one request to the service and reads its answer.",
		"inputs", inputs, "outputs", emit.Map("status_code", "number", "headers", "object", "body", "any"), "steps", emit.List(steps...))
}

// authHeaders gives the headers of credentials that connections do not attach.
func (m *mapper) authHeaders() *source.Node {
	branches := emit.List()
	for _, a := range m.auths.list {
		if len(a.headers) == 0 {
			continue
		}
		headers := emit.Map()
		for _, h := range a.headers {
			emit.Set(headers, h.field, h.value)
		}
		emit.Push(branches, emit.Map("when", emit.Line("a", "${auth.selected}", "is", "==", "b", a.key), "steps", emit.List(emit.Map("return", emit.Map("headers", headers)))))
	}
	return emit.Map("name", "Auth Headers", "type", "helper", "description", "Gives the headers with the credentials of the connection.",
		"outputs", emit.Map("headers", "object"),
		"steps", emit.List(emit.Map("name", "chosen", "choose", branches, "outputs", emit.Line("headers", "object")), emit.Map("return", emit.Line("headers", "${chosen.headers}"))))
}

// multipartForm writes a form with parts (RFC 7578).
func (m *mapper) multipartForm() (form, part *source.Node) {
	form = emit.Map("name", "Multipart Form", "type", "helper", "description", "Writes fields as a form with parts.",
		"inputs", emit.Map("fields", field("object", true, "Those without a value are left out.")),
		"outputs", emit.Map("body", "text", "content_type", "text"),
		"steps", emit.List(
			emit.Map("name", "given", "card", cardWithoutNulls, "with", emit.Line("object", "${input.fields}")),
			emit.Map("name", "boundary", "card", "text.uuid"),
			emit.Map("name", "parts", "map_members", "${given.output}", "flow", keyPart,
				"with", emit.Line("name", "${item.key}", "content", "${item.value}", "boundary", "${boundary.output}")),
			emit.Map("name", "joined", "card", "list.join", "with", emit.Line("list", "${parts.list}")),
			emit.Map("return", emit.Map("body", "${joined.string}--${boundary.output}--\r\n", "content_type", "multipart/form-data; boundary=${boundary.output}"))))
	part = emit.Map("name", "Multipart Part", "type", "helper", "description", "Writes one part of a form.",
		"inputs", emit.Map("name", field("text", true, ""), "content", field("text", false, ""), "boundary", field("text", true, "")),
		"outputs", emit.Map("part", "text"),
		"steps", emit.List(
			remark(emit.Map("name", "quoted", "card", "text.replace", "with", emit.Line("string", "${input.name}", "src", "\"", "dest", "%22", "global", true)),
				"A name cannot end its quotes or its line."),
			emit.Map("name", "on_one_line", "card", "text.replace", "with", emit.Line("string", "${quoted.output}", "src", `[\r\n]+`, "dest", " ", "global", true)),
			emit.Map("return", emit.Map("part", "--${input.boundary}\r\nContent-Disposition: form-data; name=\"${on_one_line.output}\"\r\n\r\n${input.content}\r\n"))))
	return form, part
}

// customAction is the card that sends any request.
func (m *mapper) customAction() *source.Node {
	choices := []string{"GET", "PATCH", "POST", "PUT", "DELETE"}
	inputs := emit.Map(
		"relative_url", emit.Line("type", "text", "required", true, "label", "Relative URL", "group", "Request",
			"doc", "Path behind the base address, such as /users; a query may follow it."),
		"query", emit.Line("type", "object", "label", "Query", "group", "Request"),
		"headers", emit.Line("type", "object", "label", "Headers", "group", "Request"),
		"body", emit.Line("type", "object", "label", "Body", "group", "Request", "doc", "For POST, PUT and PATCH; sent as JSON."))
	out := func(typ, label string) *source.Node {
		return emit.Line("type", typ, "label", label, "group", "Response")
	}
	return emit.Map("name", "Custom API Action", "description", "Make an authenticated HTTP request to the "+m.service()+" API.",
		"options", emit.Map("request_type", emit.Line("label", "Request Type", "choices", choices)),
		"inputs", inputs,
		"outputs", emit.Map("status_code", out("number", "Status Code"), "headers", out("object", "Headers"), "body", out("any", "Body")),
		"steps", emit.List(
			remark(emit.Map("name", "first", "card", "text.at", "with", emit.Line("string", "${input.relative_url}", "index", 0)),
				"Without this check a relative address such as \"@evil.example\" would send the credential to another host."),
			emit.Map("return_error_if", emit.Line("a", "${first.output}", "is", "!=", "b", "/"),
				"error", emit.Line("statusCode", 400, "message", "The Relative URL must begin with a slash.")),
			emit.Map("name", "answer", "call", keyHelper, "with", emit.Map("relative_url", "${input.relative_url}", "request_method", "${option.request_type}",
				"query", "${input.query}", "headers", "${input.headers}", "body", "${input.body}")),
			emit.Map("return", emit.Map("status_code", "${answer.status_code}", "headers", "${answer.headers}", "body", "${answer.body}"))))
}

// authping is the flow that tells whether a connection works: it sends a
// request that needs no input.
func (m *mapper) authping(op *operation) *source.Node {
	var query *source.Node
	for _, p := range m.doc.rawParameters(op) {
		if slices.Contains(sizeParams(), squeezed(p.str("name"))) && p.str("in") == "query" && p.get("schema").str("type") == "integer" {
			query = emit.Line(p.str("name"), 1)
			break
		}
	}
	return emit.Map("name", syntax.KeyAuthping, "type", "authping", "description", "Tells whether the connection works.",
		"steps", emit.List(
			emit.Map("name", "ping",
				"try", emit.List(
					emit.Map("name", "answer", "call", keyHelper, "with", emit.Map("relative_url", syntax.EscapeText(pathText(op.path), false), "request_method", "GET", "query", query)),
					emit.Map("return", emit.Line("working", true, "status_code", "${answer.status_code}", "message", "The connection works."))),
				"if_error", emit.List(
					emit.Map("return", emit.Map("working", falseNode(), "status_code", "${error.statusCode}", "message", "${error.message}"))),
				"outputs", emit.Line("working", "boolean", "status_code", "number", "message", "text")),
			emit.Map("return", emit.Map("working", "${ping.working}", "serviceResponse", emit.Line("statusCode", "${ping.status_code}", "message", "${ping.message}")))))
}

func falseNode() *source.Node { return &source.Node{Kind: source.Bool} }

// rawParameters lists the parameters of an operation as they stand in the
// document, references followed.
func (d *document) rawParameters(op *operation) []*node {
	var out []*node
	for _, holder := range []*node{op.node, op.item} {
		for _, p := range holder.get("parameters").items() {
			v := p.value
			if ref := v.get("$ref"); ref != nil {
				v, _, _ = d.follow(ref.text)
			}
			if v != nil && v.kind == mapNode {
				out = append(out, v)
			}
		}
	}
	return out
}

// pingOf finds the cheapest GET of the document that needs a credential and no
// input; nil when there is none.
func (m *mapper) pingOf(all []*operation) *operation {
	best, least := (*operation)(nil), 0
	global := m.doc.root.get("security")
	// Where nothing says what needs a credential, everything may.
	silent := global == nil && !slices.ContainsFunc(all, func(o *operation) bool { return o.node.get("security") != nil })
	for _, o := range all {
		if o.method != "GET" || o.leftOut != "" || strings.ContainsAny(o.path, "{}#") {
			continue
		}
		security := o.node.get("security")
		if security == nil {
			security = global
		}
		if !silent && !demands(security) || slices.ContainsFunc(m.doc.rawParameters(o), func(p *node) bool {
			r := p.get("required")
			return r != nil && r.text == "true"
		}) || o.node.get("servers") != nil || o.item.get("servers") != nil {
			continue
		}
		if cost := pingCost(o); best == nil || cost < least {
			best, least = o, cost
		}
	}
	return best
}

// demands reports whether every way to satisfy a requirement takes a credential.
func demands(security *node) bool {
	items := security.items()
	for _, r := range items {
		if len(r.value.fields()) == 0 {
			return false
		}
	}
	return len(items) > 0
}

// pingCost says how much an operation is likely to do: those about the caller
// give one small object.
func pingCost(o *operation) int {
	segments := strings.Split(strings.Trim(o.path, "/"), "/")
	cost := 10 * len(segments)
	last := strings.ToLower(segments[len(segments)-1])
	switch {
	case slices.Contains([]string{"me", "self", "whoami", "ping", "userinfo", "current_user", "current-user", "currentuser"}, last):
		cost -= 40
	case slices.Contains([]string{"user", "account", "profile", "status", "health", "version", "settings", "info"}, last):
		cost -= 25
	}
	if d := o.node.get("deprecated"); d != nil && d.text == "true" {
		cost += 100
	}
	return cost
}

// service names the service: the title of the document, up to words that say
// what the document is.
func (m *mapper) service() string {
	list := words.Split(plainText(titleOf(m.model)))
	for i, w := range list {
		w = strings.ToLower(w)
		if i > 0 && (slices.Contains([]string{"api", "apis", "openapi", "swagger", "rest", "spec", "specification", "reference", "documentation", "docs",
			"official", "service", "public", "definition"}, w) || versionPart.MatchString(w)) {
			list = list[:i]
			break
		}
	}
	return cut(cmp.Or(title(list), "Service"), 40)
}

package openapi

import (
	"cmp"
	"slices"
	"strings"

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
	return line("type", typ, "required", required, "doc", doc)
}

// helper is the flow that sends requests: all cards go through it, except those
// that files and pages need a card of their own for.
func (m *mapper) helper() *source.Node {
	inputs := obj(
		"relative_url", field("text", true, "Path and query behind the base address; begins with a slash."),
		"request_method", field("text", true, ""),
		"query", field("object", false, ""), "headers", field("object", false, ""),
		"body", field("any", false, "An object or list is sent as JSON, text as it is."))
	base := m.server.base
	var steps []*source.Node
	if len(m.needs.bases) > 0 {
		set(inputs, "base_url", field("text", false, "The address of the service where it is not that of the connector."))
		steps = append(steps, obj("name", "base", "assign_if", line("a", "${input.base_url}", "is", "is not empty"), "then", "${input.base_url}", "else", base))
		base = "${base.output}"
	}
	steps = append(steps, obj("name", "headers", "card", "object.merge", "with", obj("start", line("Accept", mediaJSON), "sink", "${input.headers}")))
	headers := "${headers.output}"
	if m.auths.helper {
		steps = append(steps, obj("name", "credentials", "call", keyAuthHeaders))
		merge := obj("name", "all_headers", "card", "object.merge", "with", obj("start", headers, "sink", "${credentials.headers}"))
		steps = append(steps, remark(merge, "What stands last wins: callers add headers and cannot replace the credential."))
		headers = "${all_headers.output}"
	}
	request := obj("name", "answer", "card", "http.raw", "with", obj("url", base+"${input.relative_url}", "method", "${input.request_method}",
		"query", "${input.query}", "headers", headers, "body", "${input.body}"), "retry", line("for", "rate_limits"))
	steps = append(steps, request,
		obj("name", "json_at", "card", "text.find", "with", line("string", "${answer.headers.content-type}", "substr", "json")),
		obj("name", "parsed", "choose", list(
			obj("when", line("a", "${answer.body}", "is", "is empty"), "steps", list(obj("return", line("body", &source.Node{Kind: source.Null})))),
			obj("when", line("a", "${json_at.output}", "is", ">=", "b", 0),
				"steps", list(obj("name", "json", "card", "json.parse", "with", line("string", "${answer.body}")), obj("return", line("body", "${json.output}")))),
			obj("else", list(obj("return", line("body", "${answer.body}")))),
		), "outputs", line("body", "any")),
		obj("return", obj("status_code", "${answer.statusCode}", "headers", "${answer.headers}", "body", "${parsed.body}")))
	return obj("name", nameHelper, "type", "helper", "description", "Sends one request to the service and reads its answer.",
		"inputs", inputs, "outputs", obj("status_code", "number", "headers", "object", "body", "any"), "steps", list(steps...))
}

// authHeaders gives the headers of credentials that connections do not attach.
func (m *mapper) authHeaders() *source.Node {
	branches := list()
	for _, a := range m.auths.list {
		if len(a.headers) == 0 {
			continue
		}
		headers := obj()
		for _, h := range a.headers {
			set(headers, h.field, h.value)
		}
		push(branches, obj("when", line("a", "${auth.selected}", "is", "==", "b", a.key), "steps", list(obj("return", obj("headers", headers)))))
	}
	return obj("name", "Auth Headers", "type", "helper", "description", "Gives the headers with the credentials of the connection.",
		"outputs", obj("headers", "object"),
		"steps", list(obj("name", "chosen", "choose", branches, "outputs", line("headers", "object")), obj("return", line("headers", "${chosen.headers}"))))
}

// multipartForm writes a form with parts (RFC 7578).
func (m *mapper) multipartForm() (form, part *source.Node) {
	form = obj("name", "Multipart Form", "type", "helper", "description", "Writes fields as a form with parts.",
		"inputs", obj("fields", field("object", true, "Those without a value are left out.")),
		"outputs", obj("body", "text", "content_type", "text"),
		"steps", list(
			obj("name", "given", "card", cardWithoutNulls, "with", line("object", "${input.fields}")),
			obj("name", "boundary", "card", "text.uuid"),
			obj("name", "parts", "map_members", "${given.output}", "flow", keyPart,
				"with", line("name", "${item.key}", "content", "${item.value}", "boundary", "${boundary.output}")),
			obj("name", "joined", "card", "list.join", "with", line("list", "${parts.list}")),
			obj("return", obj("body", "${joined.string}--${boundary.output}--\r\n", "content_type", "multipart/form-data; boundary=${boundary.output}"))))
	part = obj("name", "Multipart Part", "type", "helper", "description", "Writes one part of a form.",
		"inputs", obj("name", field("text", true, ""), "content", field("text", false, ""), "boundary", field("text", true, "")),
		"outputs", obj("part", "text"),
		"steps", list(
			remark(obj("name", "quoted", "card", "text.replace", "with", line("string", "${input.name}", "src", "\"", "dest", "%22", "global", true)),
				"A name cannot end its quotes or its line."),
			obj("name", "on_one_line", "card", "text.replace", "with", line("string", "${quoted.output}", "src", `[\r\n]+`, "dest", " ", "global", true)),
			obj("return", obj("part", "--${input.boundary}\r\nContent-Disposition: form-data; name=\"${on_one_line.output}\"\r\n\r\n${input.content}\r\n"))))
	return form, part
}

// customAction is the card that sends any request.
func (m *mapper) customAction() *source.Node {
	choices := []string{"GET", "PATCH", "POST", "PUT", "DELETE"}
	inputs := obj(
		"relative_url", line("type", "text", "required", true, "label", "Relative URL", "group", "Request",
			"doc", "Path behind the base address, such as /users; a query may follow it."),
		"query", line("type", "object", "label", "Query", "group", "Request"),
		"headers", line("type", "object", "label", "Headers", "group", "Request"),
		"body", line("type", "object", "label", "Body", "group", "Request", "doc", "For POST, PUT and PATCH; sent as JSON."))
	out := func(typ, label string) *source.Node { return line("type", typ, "label", label, "group", "Response") }
	return obj("name", "Custom API Action", "description", "Make an authenticated HTTP request to the "+m.service()+" API.",
		"options", obj("request_type", line("label", "Request Type", "choices", choices)),
		"inputs", inputs,
		"outputs", obj("status_code", out("number", "Status Code"), "headers", out("object", "Headers"), "body", out("any", "Body")),
		"steps", list(
			remark(obj("name", "first", "card", "text.at", "with", line("string", "${input.relative_url}", "index", 0)),
				"Without this check a relative address such as \"@evil.example\" would send the credential to another host."),
			obj("return_error_if", line("a", "${first.output}", "is", "!=", "b", "/"),
				"error", line("statusCode", 400, "message", "The Relative URL must begin with a slash.")),
			obj("name", "answer", "call", keyHelper, "with", obj("relative_url", "${input.relative_url}", "request_method", "${option.request_type}",
				"query", "${input.query}", "headers", "${input.headers}", "body", "${input.body}")),
			obj("return", obj("status_code", "${answer.status_code}", "headers", "${answer.headers}", "body", "${answer.body}"))))
}

// authping is the flow that tells whether a connection works: it sends a
// request that needs no input.
func (m *mapper) authping(op *operation) *source.Node {
	var query *source.Node
	for _, p := range m.doc.rawParameters(op) {
		if slices.Contains(sizeParams(), squeezed(p.str("name"))) && p.str("in") == "query" && p.get("schema").str("type") == "integer" {
			query = line(p.str("name"), 1)
			break
		}
	}
	return obj("name", syntax.KeyAuthping, "type", "authping", "description", "Tells whether the connection works.",
		"steps", list(
			obj("name", "ping",
				"try", list(
					obj("name", "answer", "call", keyHelper, "with", obj("relative_url", literal(pathText(op.path), false), "request_method", "GET", "query", query)),
					obj("return", line("working", true, "status_code", "${answer.status_code}", "message", "The connection works."))),
				"if_error", list(
					obj("return", obj("working", falseNode(), "status_code", "${error.statusCode}", "message", "${error.message}"))),
				"outputs", line("working", "boolean", "status_code", "number", "message", "text")),
			obj("return", obj("working", "${ping.working}", "serviceResponse", line("statusCode", "${ping.status_code}", "message", "${ping.message}")))))
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
	list := words(plainText(titleOf(m.model)))
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

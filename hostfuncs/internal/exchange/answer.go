// Package exchange has what all cards that make HTTP requests share: how
// headers and queries are written as pairs, and how an answer becomes values and
// errors.
package exchange

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Headers returns the headers of an answer by name in lower case, repeated
// ones joined, and without credentials where they are for an error. Cookies are a
// list: their dates have commas, so that joined ones could not be told apart
// (RFC 9110, 5.3).
func Headers(res *flow.Response, forError bool) flow.Value {
	const setCookie = "set-cookie"
	var names []string
	var cookies []flow.Value
	joined := make(map[string]string, len(res.Headers))
	for _, h := range res.Headers {
		name := strings.ToLower(h.Name)
		if forError && flow.CredentialHeader(name) {
			continue
		}
		if name == setCookie {
			cookies = append(cookies, flow.Text(h.Value.Text()))
		}
		if have, ok := joined[name]; ok {
			joined[name] = have + ", " + h.Value.Text()
			continue
		}
		names = append(names, name)
		joined[name] = h.Value.Text()
	}
	var b flow.ObjectBuilder
	for _, name := range names {
		b.Set(name, flow.Text(joined[name]))
	}
	if cookies != nil {
		b.Set(setCookie, flow.ListOf(cookies...)) // in the place that it has
	}
	return b.Value()
}

// TextBody returns the body of an answer as text; bytes that are not UTF-8 are
// replaced.
func TextBody(c *flow.Call, res *flow.Response) (flow.Value, error) {
	if err := c.Reserve(int64(len(res.Body))); err != nil {
		return flow.Value{}, err
	}
	return flow.Text(string(res.Body)), nil
}

// byteOrderMark may stand before JSON, although RFC 8259, 8.1 forbids sending it.
var byteOrderMark = []byte("\uFEFF")

// ParseJSON reads JSON within the run's bound on one value.
func ParseJSON(c *flow.Call, body []byte) (flow.Value, error) {
	return flow.ParseJSON(bytes.TrimPrefix(body, byteOrderMark), flow.JSONLimits{Bytes: c.ValueLimit()})
}

// StatusError returns the error for an answer with an error status: what a
// handler sees of it is the reason as message, the headers and the body.
func StatusError(c *flow.Call, res *flow.Response) error {
	return &flow.Error{
		Code:    flow.CodeHTTPStatus,
		Msg:     reason(res.Status),
		Status:  res.Status,
		Kind:    flow.CodeHTTPStatus.Kind(),
		Headers: Headers(res, true),
		Body:    errorBody(c, res),
	}
}

// errorBody returns the body of an answer as parsed JSON where it is declared
// as JSON and is, else as text, and null where it is too large for a value.
func errorBody(c *flow.Call, res *flow.Response) flow.Value {
	for _, h := range res.Headers {
		if strings.EqualFold(h.Name, "content-type") && isJSONType(h.Value.Text()) {
			if v, err := ParseJSON(c, res.Body); err == nil {
				return v
			}
		}
	}
	text, err := TextBody(c, res)
	if err != nil {
		return flow.Null()
	}
	return text
}

// isJSONType reports whether a media type is JSON (RFC 6838, 4.2.8: suffix +json).
func isJSONType(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// reason returns a status with its registered reason phrase, which is what
// flows show as the title of the error. HTTP/2 carries none, and what a server
// writes there is its own text.
func reason(status int) string {
	if phrase, ok := phrases[status]; ok {
		return strconv.Itoa(status) + " " + phrase
	}
	if status >= 500 {
		return strconv.Itoa(status) + " Server Error"
	}
	if status < 400 {
		return strconv.Itoa(status) + " Unexpected Status"
	}
	return strconv.Itoa(status) + " Client Error"
}

// phrases are the reason phrases of the IANA HTTP status code registry; 413 and
// 422 keep the names from before RFC 9110, which flows compare with.
var phrases = map[int]string{
	300: "Multiple Choices", 304: "Not Modified",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
	409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Payload Too Large",
	414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
	421: "Misdirected Request", 422: "Unprocessable Entity", 423: "Locked", 424: "Failed Dependency", 425: "Too Early",
	426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
	451: "Unavailable For Legal Reasons",
	500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates", 507: "Insufficient Storage",
	508: "Loop Detected", 511: "Network Authentication Required",
}

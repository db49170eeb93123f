package openapi

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	high "github.com/pb33f/libopenapi/datamodel/high/v3"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// server is where the service is.
type server struct {
	// base is the address as a template in flows, without a slash at its end:
	// "${config.base_url}" or "https://${auth.region}.example.com/v1".
	base string
	// plain is the address that config.base_url has by default; "" when the
	// address depends on the connection.
	plain  string
	origin string            // base without its path
	hosts  []string          // of the connector
	others []string          // addresses that the document lists besides
	params []serverParameter // asked for when a connection is made
}

// serverParameter is a part of an address that a connection fills in.
type serverParameter struct {
	key, label, doc string
	values          []string // of a dropdown; nothing for text
	def             string
}

// keyHost is the parameter that asks for the host where the document has none.
const keyHost = "host"

// servers finds out where the service is: at the first usable address of the
// document, or where the option says.
func (m *mapper) servers(override string) error {
	list := m.model.Servers
	at := "/servers"
	if override != "" {
		u, err := url.Parse(override)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return &OptionError{"server", override, "must be an absolute address without query, such as https://api.example.com/v1"}
		}
		list = []*high.Server{{URL: override}}
	}
	if len(list) == 0 {
		list = []*high.Server{{URL: "/"}}
	}
	for i, s := range list[:min(len(list), maxServers)] {
		a := m.serverOf(s, fmt.Sprintf("%s/%d", at, i), i == 0)
		switch {
		case a == nil:
			continue
		case m.server.base == "":
			m.server = *a
		case a.plain != "" && m.server.plain != "":
			if a.plain != m.server.plain {
				m.server.others = with(m.server.others, a.plain)
			}
			m.server.hosts = with(m.server.hosts, a.hosts...)
		default:
			m.report.find(flow.CodeImportServer, Loss, fmt.Sprintf("%s/%d/url", at, i), "", "an address besides the first is left out")
		}
	}
	if override != "" && m.server.plain == "" {
		return &OptionError{"server", override, "must have a host name, and no address in its place"}
	}
	if m.server.base == "" {
		m.server = m.unknownServer("")
	}
	if m.server.plain != "" {
		m.server.base = "${config.base_url}"
	}
	return nil
}

// maxServers bounds the addresses of a document that are looked at.
const maxServers = 20

// with adds to a list what is not in it.
func with(list []string, more ...string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// variable is a place in an address.
var variable = regexp.MustCompile(`\{([^{}]*)\}`)

// serverOf reads one address. Variables of the host become parameters of the
// connection, all others have their default. It returns nil when the address
// cannot be used.
func (m *mapper) serverOf(s *high.Server, at string, loud bool) *server {
	out := &server{}
	find := func(sev Severity, format string, args ...any) {
		m.report.find(flow.CodeImportServer, sev, at, "", format, args...)
	}
	address := strings.TrimSpace(s.URL)
	scheme, rest, absolute := strings.Cut(address, "://")
	if !absolute {
		rest, absolute = strings.CutPrefix(address, "//")
		scheme = "https"
	}
	if !absolute {
		if !loud {
			return nil
		}
		find(Doubt, "the document names no host; it is asked for when a connection is made")
		u := m.unknownServer(m.filled(s, address))
		return &u
	}
	host, path, hasPath := strings.Cut(rest, "/")
	if hasPath {
		path = "/" + path
	}
	template, inFlows := host, host
	if variable.MatchString(host) {
		template, inFlows = m.hostVariables(s, out, host)
	}
	if strings.EqualFold(scheme, "http") && !loopback(host) {
		find(Doubt, "the address begins with http; the connector uses https")
	}
	scheme = "https"
	if loopback(host) {
		scheme = "http"
	}
	name, port, _ := strings.Cut(m.filled(s, template), ":")
	template = strings.ToLower(name)
	if port != "" && port != "443" {
		template += ":" + port
	}
	if !validHost(template) {
		if !loud {
			return nil
		}
		find(Doubt, "the address of the document is no host name; it is asked for when a connection is made")
		u := m.unknownServer(m.filled(s, path))
		return &u
	}
	out.hosts = []string{template}
	out.origin = scheme + "://" + template
	path = strings.TrimRight(pathText(m.filled(s, path)), "/")
	if len(out.params) == 0 {
		out.plain = scheme + "://" + template + path
		out.base = out.plain
		return out
	}
	if port != "" && port != "443" {
		inFlows = strings.TrimSuffix(inFlows, ":"+port) + ":" + port
	}
	out.origin = scheme + "://" + inFlows
	out.base = out.origin + syntax.EscapeText(path, false)
	return out
}

func loopback(host string) bool {
	host, _, _ = strings.Cut(host, ":")
	return host == "localhost" || host == "127.0.0.1"
}

// hostVariables writes the variables of a host as parameters of the connection:
// for the connector's hosts, and for flows.
func (m *mapper) hostVariables(s *high.Server, out *server, host string) (template, inFlows string) {
	name, port, hasPort := strings.Cut(host, ":")
	keys := map[string]string{}
	write := func(open, end string) string {
		return variable.ReplaceAllStringFunc(name, func(v string) string {
			v = v[1 : len(v)-1]
			if keys[v] == "" {
				keys[v] = serverKey(v)
				p := serverParameter{key: keys[v], label: label(v)}
				if s.Variables != nil {
					if sv, ok := s.Variables.Get(marked(v)); ok {
						p.doc, p.def = sentences(plainText(sv.Description), maxDoc, 2), sv.Default
						p.values = choicesOf(sv.Enum)
						if len(p.values) == 0 && sv.Default != "" {
							p.doc = strings.TrimSpace(p.doc + " For example " + plainText(sv.Default) + ".")
						}
					}
				}
				out.params = append(out.params, p)
			}
			return open + "auth." + keys[v] + end
		})
	}
	template, inFlows = write("{{", "}}"), write("${", "}")
	if hasPort {
		template, inFlows = template+":"+port, inFlows+":"+m.filled(s, port)
	}
	return template, inFlows
}

// choicesOf returns the values of a dropdown, each once; nothing where they are
// too many.
func choicesOf(enum []string) []string {
	var out []string
	for _, v := range enum {
		if strings.TrimSpace(v) != "" && !slices.Contains(out, v) {
			if out = append(out, v); len(out) > maxChoices {
				return nil
			}
		}
	}
	return out
}

// serverKey is the key of a parameter: none that authentications have already.
func serverKey(name string) string {
	key := identifier(name, "server")
	if slices.Contains([]string{"username", "password", "access_token", "client_id", "client_secret", "api_key", "private_key", "selected"}, key) {
		key = "server_" + key
	}
	return key
}

// filled puts the defaults of the remaining variables into a part of an address.
func (m *mapper) filled(s *high.Server, part string) string {
	return variable.ReplaceAllStringFunc(part, func(v string) string {
		if strings.HasPrefix(v, "{auth.") {
			return v // a parameter of the connection, in braces of its own
		}
		if s.Variables != nil {
			if sv, ok := s.Variables.Get(marked(v[1 : len(v)-1])); ok {
				return sv.Default
			}
		}
		return ""
	})
}

// unknownServer is an address whose host a connection names.
func (m *mapper) unknownServer(path string) server {
	path = strings.TrimRight(pathText(path), "/")
	if path != "" && path[0] != '/' {
		path = "/" + path
	}
	return server{
		base:   "https://${auth." + keyHost + "}" + syntax.EscapeText(path, false),
		origin: "https://${auth." + keyHost + "}",
		hosts:  []string{"{{auth." + keyHost + "}}"},
		params: []serverParameter{{key: keyHost, label: "Host", doc: "The host name of the service, such as api.example.com."}},
	}
}

var hostLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// validHost reports whether a host with its holes is a name that a connector may
// list.
func validHost(host string) bool {
	name, port, hasPort := strings.Cut(connectionHole.ReplaceAllString(host, "x"), ":")
	if hasPort && !regexp.MustCompile(`^[1-9][0-9]{0,4}$`).MatchString(port) {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil || len(name) > 253 {
		return false
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if !hostLabel.MatchString(l) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return last[0] < '0' || last[0] > '9'
}

var connectionHole = regexp.MustCompile(`\{\{auth\.[A-Za-z0-9_]+\}\}`)

// baseOf returns the address of an operation that has one of its own, as a
// template; "" when it has that of the connector.
func (m *mapper) baseOf(op *modelOperation) string {
	list, at := op.Servers, op.at+"/servers"
	if len(list) == 0 {
		list, at = op.inItem, op.itemAt+"/servers"
	}
	if len(list) == 0 {
		return ""
	}
	base, plain := "", ""
	if path := m.filled(list[0], list[0].URL); strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") {
		path = strings.TrimRight(pathText(path), "/")
		base, plain = m.server.origin+syntax.EscapeText(path, false), m.server.origin+path
	} else {
		s := m.serverOf(list[0], at+"/0", false)
		if s == nil || len(s.params) > 0 {
			m.find(flow.CodeImportServer, Loss, at, "the operation's own address is not used: it names no fixed host")
			return ""
		}
		for _, h := range s.hosts {
			if !slices.Contains(m.server.hosts, h) {
				m.needs.hosts = with(m.needs.hosts, h)
			}
		}
		base, plain = syntax.EscapeText(s.plain, false), s.plain
	}
	if plain == m.server.plain {
		return ""
	}
	m.needs.bases = with(m.needs.bases, base)
	return base
}

// config declares the settings of the connector.
func (s *server) config() *source.Node {
	if s.plain == "" {
		return nil
	}
	doc := "Where requests go."
	if len(s.others) > 0 {
		doc = "Where requests go; the service is also at " + listed(s.others) + "."
	}
	return emit.Map("base_url", emit.Line("type", "text", "default", syntax.EscapeText(s.plain, false), "label", "Base URL", "doc", doc))
}

// parameters declares what a connection asks for besides credentials.
func (s *server) parameters() *source.Node {
	out := emit.Map()
	for _, p := range s.params {
		if len(p.values) > 0 {
			options := emit.List()
			for _, v := range p.values {
				emit.Push(options, emit.Line("label", v, "value", v, "default", v == p.def))
			}
			emit.Set(out, p.key, emit.Map("type", "dropdown", "label", p.label, "doc", p.doc, "options", options))
			continue
		}
		emit.Set(out, p.key, emit.Line("type", "text", "label", p.label, "doc", p.doc))
	}
	return out
}

// OptionError says that an option cannot be used.
type OptionError struct {
	Option string // "server" or "key"
	Value  string
	Why    string
}

// Error implements error.
func (e *OptionError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Option, flow.Excerpt(e.Value), e.Why)
}

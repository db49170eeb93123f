package check

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// reaches warns of a URL whose host is written out and is none of the connector's:
// a run refuses the request unless whoever starts it allows the host.
func (b *body) reaches(x syntax.Expr) {
	text, at := leading(x)
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || text == u.Scheme+"://"+u.Host && !whole(x) {
		return // what follows may still belong to the host
	}
	var hosts []string
	for _, h := range b.conn.Hosts {
		if syntax.IsTemplate(h.Text) {
			return // only known when a connection is made
		}
		hosts = append(hosts, h.Text)
	}
	name := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(name); err == nil {
		return // no connector can list it, and the run says so
	}
	if slices.ContainsFunc(hosts, func(h string) bool {
		return h == name || h == strings.ToLower(u.Host) || strings.HasPrefix(h, name+":")
	}) {
		return
	}
	e := b.d.Warning(flow.CodeConnectorHost, at, "the connector may not reach the host %s", flow.Excerpt(name))
	if near := problem.Nearest(name, hosts); near != "" {
		e.WithFix("did you mean %s? Else add it to hosts in connector.yaml", near)
	} else {
		e.WithFix("add it to hosts in connector.yaml")
	}
}

// leading returns the text that an expression begins with.
func leading(x syntax.Expr) (string, flow.Pos) {
	switch x := x.(type) {
	case *syntax.Literal:
		if x.Value.Kind() == flow.KindText {
			return x.Value.Text(), x.Pos
		}
	case *syntax.Template:
		if len(x.Parts) > 0 {
			return leading(x.Parts[0])
		}
	}
	return "", flow.Pos{}
}

func whole(x syntax.Expr) bool {
	_, ok := x.(*syntax.Literal)
	return ok
}

package manual

import (
	"strings"

	"github.com/weirflow/weir/face"
	"github.com/weirflow/weir/flow"
)

// isCAPIA reports whether a card is the Custom API Action: a request of the
// user's own with the connector's authentication. It is known by its key or
// name, which the templates and the vendor's documents settle.
func isCAPIA(f *flow.FlowInfo) bool {
	return f.Type == flow.FlowAction && (f.Key == "custom_api_action" || strings.EqualFold(f.Name, "Custom API Action"))
}

// requestTypes are what methods of HTTP mean (RFC 9110, 9.3; RFC 5789).
var requestTypes = [...][2]string{
	{"GET", "reads something and changes nothing."},
	{"POST", "creates something, or has the service do something."},
	{"PUT", "replaces something with what is given."},
	{"PATCH", "changes parts of something."},
	{"DELETE", "removes something."},
}

// capia writes what a Custom API Action card needs beside its fields.
func (w *writer) capia(p *page, c *face.Card) {
	p.heading(2, "Request types")
	offered := ""
	for _, o := range c.Options {
		for _, r := range o.Choices {
			offered += " " + r.Value + " "
		}
	}
	for _, t := range requestTypes {
		if strings.Contains(offered, " "+t[0]+" ") || offered == "" {
			p.line("- **%s** %s", t[0], t[1])
		}
	}
	p.heading(2, "Relative URL")
	p.line("The relative URL is what follows the address of the service. It begins with a slash and may hold a query, for example\n%s.\n",
		code("/users?limit=10"))
	p.line("The credential of the connection is added to the request; do not give it yourself. The documentation of the service says\nwhich requests there are.")
	if w.m.Branding.Docs != "" {
		p.line("\nSee %s.", address(w.m.Branding.Docs))
	}
}

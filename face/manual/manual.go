package manual

import (
	"context"
	"fmt"
	"strings"

	"github.com/weirflow/weir/face"
	"github.com/weirflow/weir/flow"
)

// Page is one page of a manual.
type Page struct {
	Name  string `json:"name"`  // relative path with slashes: "cards/create_record.md"
	Title string `json:"title"` // plain text
	Text  string `json:"text"`  // Markdown
}

// Names of pages.
const (
	IndexPage = "index.md"
	AuthPage  = "authorization.md"
	cardsDir  = "cards/"
)

// Options are what a manifest does not say.
type Options struct {
	// Changelog is the connector's CHANGELOG.md: Markdown with a heading for each
	// version. Default: nothing is said about what is new.
	Changelog string
	// Deployed is the version that people see where a test version is deployed,
	// such as 0.3.0. Default: the connector's own.
	Deployed string
}

// Pages writes the manual of a connector: the index, the page about
// authorization, and one page for each card, in the order of the connector.
// Equal arguments give equal pages. Errors: those of face.OfCard and face.OfAuth.
func Pages(m *flow.Manifest, opt Options) ([]Page, error) {
	w := writer{m: m, opt: opt}
	auth, err := w.authorization()
	if err != nil {
		return nil, err
	}
	pages := []Page{w.index(), auth}
	for _, key := range face.Cards(m) {
		p, err := w.card(key)
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	return pages, nil
}

// Single joins the pages of a manual to one, with the headings of each but the
// first one level deeper and links that lead nowhere else.
func Single(pages []Page) string {
	var b strings.Builder
	for i, p := range pages {
		text := p.Text
		for _, other := range pages {
			link := strings.TrimPrefix(other.Name, cardsDir)
			if !strings.HasPrefix(p.Name, cardsDir) {
				link = other.Name
			}
			text = strings.ReplaceAll(text, "]("+link+")", "](#"+anchor(other.Title)+")")
			text = strings.ReplaceAll(text, "](../"+other.Name+")", "](#"+anchor(other.Title)+")")
			text = strings.ReplaceAll(text, "](../"+other.Name+"#", "](#")
		}
		if i > 0 {
			b.WriteByte('\n')
			text = deeper(text, 1)
		}
		b.WriteString(text)
	}
	return b.String()
}

// anchor is how headings are addressed on a page: words in lower case with
// hyphens.
func anchor(title string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(title) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-', c > 0x7F:
			b.WriteRune(c)
		case c == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}

// writer writes the pages of one manual.
type writer struct {
	m   *flow.Manifest
	opt Options
}

// page collects the text of one page.
type page struct{ strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *page) heading(level int, title string) {
	if p.Len() > 0 && !strings.HasSuffix(p.String(), "\n\n") {
		p.line("")
	}
	p.line("%s %s\n", strings.Repeat("#", level), escape(title))
}

// applies says which version the page is about: every page must.
func (w *writer) applies(p *page) {
	version := w.m.Version
	if w.opt.Deployed != "" {
		version = w.opt.Deployed + " (" + version + ")"
	}
	p.line("This page applies to version %s of the %s connector.", escape(version), escape(w.m.Name))
}

func (w *writer) index() Page {
	var p page
	p.heading(1, w.m.Name)
	if w.m.Description != "" {
		p.line("%s\n", paragraph(w.m.Description))
	}
	w.applies(&p)
	cards := face.Cards(w.m)
	p.heading(2, "Contents")
	p.line("- [Authorization](%s)", AuthPage)
	p.line("- [Limitations](#limitations)")
	if w.opt.Changelog != "" {
		p.line("- [What is new](#what-is-new)")
	}
	p.heading(2, "Cards")
	if len(cards) == 0 {
		p.line("The connector has no cards.")
	} else {
		p.line("| Card | Kind | What it does |\n|---|---|---|")
		for _, key := range cards {
			f, _ := w.m.Flow(key)
			p.line("| [%s](%s) | %s | %s |", cell(f.Name), cardPage(key), kind(f.Type), cell(f.Description))
		}
	}
	w.limitations(&p)
	w.news(&p)
	if b := w.m.Branding; b.Support != "" || b.Docs != "" {
		p.heading(2, "Help")
		if b.Docs != "" {
			p.line("- Documentation of the service: %s", address(b.Docs))
		}
		if b.Support != "" {
			p.line("- Support: %s", escape(b.Support))
		}
	}
	return Page{IndexPage, w.m.Name, p.String()}
}

func cardPage(key string) string { return cardsDir + key + ".md" }

// kind is what people call a card of a type.
func kind(typ string) string {
	if typ == flow.FlowAction {
		return "Action"
	}
	return "Event"
}

// limitations says what the connector cannot do, or not more often.
func (w *writer) limitations(p *page) {
	p.heading(2, "Limitations")
	if len(w.m.Hosts) == 0 {
		p.line("- The connector calls no service.")
	} else {
		p.line("- The connector calls no other services than these:")
		for _, h := range w.m.Hosts {
			p.line("  - %s", code(hostText(h)))
		}
	}
	for _, r := range w.m.Rates {
		burst := ""
		if r.Burst > 1 {
			burst = fmt.Sprintf(", and %d of them at once", r.Burst)
		}
		p.line("- It sends %s at most %s in %s%s, over all flows that use one connection. Further requests wait.",
			code(hostText(r.Host)), count(r.Requests, "request"), count(r.Per, "second"), burst)
	}
	for _, t := range w.m.Tables {
		name := t.Label
		if name == "" {
			name = t.Name
		}
		p.line("- It keeps rows in the table %s.", escape(name))
	}
	for _, s := range w.m.Connections {
		p.line("- It needs a connection of the connector %s.", code(s.Connector))
	}
}

// hostText shows the parts of a host that a connection settles as people read
// them.
func hostText(h string) string {
	return strings.NewReplacer("{{"+flow.AuthPrefix, "{", "}}", "}").Replace(h)
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// card writes the page of one card.
func (w *writer) card(key string) (Page, error) {
	c, err := face.OfCard(context.Background(), w.m, key, face.Options{})
	if err != nil {
		return Page{}, err
	}
	f, _ := w.m.Flow(key)
	var p page
	p.heading(1, c.Title)
	if c.Description != "" {
		p.line("%s\n", paragraph(c.Description))
	}
	switch c.Type {
	case flow.FlowWebhook:
		p.line("This is an event: a flow that begins with it runs when the service reports something.\n")
	case flow.FlowPolling:
		p.line("This is an event: a flow that begins with it runs for each record that has come since the last look.\n")
	}
	if len(w.m.Auths) > 0 {
		p.line("The card needs a connection; see [Authorization](../%s).\n", AuthPage)
	}
	w.applies(&p)
	labels := map[string]string{}
	for _, o := range c.Options {
		labels[o.Key] = o.Label
	}
	if len(c.Options) > 0 {
		p.heading(2, "Options")
		p.line("Options are chosen while a flow is designed.\n")
		table(&p, c.Options, labels, true)
	}
	if c.Type == flow.FlowAction { // an event's inputs are what the platform hands it
		groups(&p, "Inputs", c.Inputs, labels, true)
	}
	groups(&p, "Outputs", c.Outputs, labels, false)
	if isCAPIA(f) {
		w.capia(&p, c)
	}
	p.heading(2, "Limitations")
	switch f.Effect {
	case flow.Writes.String():
		p.line("- The card can change data. Running it twice may do it twice.")
	case flow.Reads.String():
		p.line("- The card reads data and changes none.")
	default:
		p.line("- The card calculates and calls no service.")
	}
	p.line("- See also the [limitations of the connector](../%s#limitations).", IndexPage)
	return Page{cardPage(key), c.Title, p.String()}, nil
}

package manual_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/face"
	"github.com/weirflow/weir/face/manual"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

var update = flag.Bool("update", false, "rewrite the pages of testdata")

// connector compiles a connector of the repository.
func connector(t *testing.T, dir string) *flow.Manifest {
	t.Helper()
	files, err := compiler.ReadDir(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	out, err := compiler.Compile(files, compiler.Options{Registry: hostfuncs.Standard()})
	if err != nil {
		t.Fatal(err)
	}
	return out.Manifest
}

const changelog = `# Changelog

## Unreleased

- Not yet.

## 1.0.0 - 2026-01-02

- Create Record.

### Fixed

- Nothing ` + "`yet`" + `.

## [0.9.0]

` + "```\n## 0.1.0 is no version here\n```" + `
`

// TestPages compares whole manuals with the pages of testdata.
func TestPages(t *testing.T) {
	for name, c := range map[string]struct {
		manifest *flow.Manifest
		opt      manual.Options
	}{
		"records": {connector(t, "../../testdata/connectors/records"), manual.Options{Changelog: changelog, Deployed: "0.7.0"}},
		"service": {service(), manual.Options{}},
	} {
		pages, err := manual.Pages(c.manifest, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, manual.Page{Name: "single.md", Text: manual.Single(pages)})
		dir := filepath.Join("testdata", name)
		if *update {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string]bool{}
		for _, p := range pages {
			path := filepath.Join(dir, filepath.FromSlash(p.Name))
			want[path] = true
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(p.Text), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			have, err := os.ReadFile(path)
			if err != nil || string(have) != p.Text {
				t.Errorf("%s differs (%v):\n%s", path, err, p.Text)
			}
			if strings.Contains(p.Text, "\n\n\n") || strings.Contains(p.Text, "%!") {
				t.Errorf("%s is not well formed:\n%s", path, p.Text)
			}
		}
		links(t, pages)
	}
}

var link = regexp.MustCompile(`\]\(([^)]*)\)`)

// links: every link of a manual leads to a page and a heading of it.
func links(t *testing.T, pages []manual.Page) {
	t.Helper()
	texts := map[string]string{}
	for _, p := range pages {
		texts[p.Name] = p.Text
	}
	for _, p := range pages {
		for _, m := range link.FindAllStringSubmatch(p.Text, -1) {
			page, heading, _ := strings.Cut(m[1], "#")
			to := p.Name
			if page != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(p.Name), page))
			}
			text, ok := texts[to]
			if !ok {
				t.Errorf("%s links to %s, which is no page", p.Name, m[1])
			}
			if heading != "" && !strings.Contains(rendered(t, text), `id="`+heading+`"`) {
				t.Errorf("%s links to %s, which is no heading", p.Name, m[1])
			}
		}
	}
}

// service is a connector of a kind that no example is: every way to connect,
// webhooks, a Custom API Action, no texts.
func service() *flow.Manifest {
	text := func(s string) *flow.Value { v := flow.Text(s); return &v }
	return &flow.Manifest{
		Key: "svc", Name: "Service", Version: "2.0.0", Hosts: []string{"api.example.com", "{{auth.site}}.example.com"},
		Rates:       []flow.Rate{{Host: "api.example.com", Requests: 1, Per: 60}},
		Tables:      []flow.Table{{Name: "seen"}},
		Connections: []flow.Slot{{Key: "my", Connector: "okta"}},
		Auths: []flow.Auth{
			{Key: "basic", Type: flow.AuthBasic, Username: &flow.Label{Label: "E-mail", Doc: "Of the account."}, Password: &flow.Label{Label: "API token"}},
			{Key: "cc", Name: "Client Credentials", Type: flow.AuthOAuth2, OAuth2: &flow.OAuth2{Grant: flow.GrantClientCredentials, ClientAuth: flow.ClientAuthBasic,
				Scopes: []flow.Scope{{Name: "read", Label: "Read"}, {Name: "write"}}}},
			{Key: "jwt", Name: "Service Account", Type: flow.AuthOAuth2, OAuth2: &flow.OAuth2{Grant: flow.GrantJWTBearer, JWT: &flow.JWTAssertion{Key: "private_key"}},
				Parameters: []flow.Parameter{{Key: "private_key", Type: flow.ParamPassword, Label: "Private Key"}}},
			{Key: "own", Name: "Custom", Type: flow.AuthCustom, Parameters: []flow.Parameter{{Key: "site", Type: flow.ParamText}},
				Config: []flow.ConfigValue{{Key: "callback", Label: "Callback", Type: flow.ParamText, Flow: "callback"}}},
		},
		Flows: []flow.FlowInfo{
			{Key: "custom_api_action", Name: "Custom API Action", Type: flow.FlowAction, Effect: "writes",
				Options: []flow.FieldInfo{{Key: "request_type", Label: "Request Type", Type: flow.TextType, Required: true, Choices: []flow.OptionRow{{Value: "GET"}, {Value: "DELETE"}}}},
				In: []flow.FieldInfo{{Key: "relative_url", Label: "Relative URL", Type: flow.TextType, Required: true},
					{Key: "count", Type: flow.NumberType, Default: text("3"), Group: "More"}}},
			{Key: "on_change", Name: "On Change", Type: flow.FlowWebhook, Effect: "pure", Out: []flow.FieldInfo{
				{Key: "ids", Type: flow.ListType(flow.TextType)}, {Key: "body", Group: "Body", Type: flow.ObjectType, Extensible: true, Fields: []flow.FieldInfo{{Key: "at", Type: flow.DateType}}}}},
			{Key: "help", Type: flow.FlowHelper},
		},
	}
}

// rendered is a page as browsers get it.
func rendered(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithParserOptions(headingIDs()), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert([]byte(text), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTextIsText: nothing that a connector calls anything becomes markup, on any
// page, even where HTML is let through.
func TestTextIsText(t *testing.T) {
	const evil = "# <script>alert(1)</script> ![x](http://evil) [y](javascript:z) **b** `c` | d | &copy; ~~e~~ <http://auto> \u202e www.evil.example\n\n| a |\n|---|\n- item\n1. one\n```\nhttps://evil.example"
	m := service()
	m.Name, m.Description, m.Version = evil, evil, evil
	m.Branding = flow.Branding{Docs: evil, Support: evil}
	m.Hosts[0], m.Rates[0].Host, m.Tables[0].Label, m.Connections[0].Connector = evil, evil, evil, evil
	for i := range m.Auths {
		a := &m.Auths[i]
		a.Name = evil
		a.Username = &flow.Label{Label: evil, Doc: evil}
		for j := range a.Parameters {
			a.Parameters[j].Label, a.Parameters[j].Doc = evil, evil
		}
		if a.OAuth2 != nil {
			a.OAuth2.Scopes = []flow.Scope{{Name: evil, Label: evil + "2"}}
		}
	}
	for i := range m.Flows {
		f := &m.Flows[i]
		f.Name, f.Description = evil, evil
		for _, list := range [][]flow.FieldInfo{f.In, f.Options, f.Out} {
			for j := range list {
				list[j].Label, list[j].Doc, list[j].Group = evil, evil, evil
				for k := range list[j].Choices {
					list[j].Choices[k].Label = evil
				}
			}
		}
	}
	pages, err := manual.Pages(m, manual.Options{Deployed: evil})
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, manual.Page{Name: "single.md", Text: manual.Single(pages)})
	bad := regexp.MustCompile(`(?i)<script|<img|="javascript:|<del>|href="http|<pre>|<b>|\x{202e}`)
	for _, p := range pages {
		page := rendered(t, p.Text)
		if found := bad.FindString(page); found != "" {
			t.Errorf("%s has %s:\n%s", p.Name, found, page)
		}
	}
}

// TestFacesAreComplete: every field of a face is on the card's page.
func TestFacesAreComplete(t *testing.T) {
	m := connector(t, "../../testdata/connectors/records")
	pages, err := manual.Pages(m, manual.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range face.Cards(m) {
		c, err := face.OfCard(t.Context(), m, key, face.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var text string
		for _, p := range pages {
			if p.Name == "cards/"+key+".md" {
				text = p.Text
			}
		}
		if c.Type != flow.FlowAction {
			c.Inputs = nil
		}
		for _, g := range append(append([]face.Group{{Fields: c.Options}}, c.Inputs...), c.Outputs...) {
			for _, f := range g.Fields {
				if !strings.Contains(text, "| "+f.Label+" | ") {
					t.Errorf("%s: %s is not on the page", key, f.Label)
				}
				for _, r := range f.Choices {
					if !strings.Contains(text, "- "+r.Label) {
						t.Errorf("%s: %s has no choice %s", key, f.Label, r.Label)
					}
				}
			}
		}
	}
}

func headingIDs() parser.Option { return parser.WithAutoHeadingID() }

package manual

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weirflow/weir/face"
	"github.com/weirflow/weir/flow"
)

// authorization writes the page about how to connect.
func (w *writer) authorization() (Page, error) {
	var p page
	p.heading(1, "Authorization")
	w.applies(&p)
	p.line("")
	switch n := len(w.m.Auths); {
	case n == 0:
		p.line("The cards of this connector need no connection.")
	case n == 1:
		p.line("Cards of this connector act through a connection. It is made once and can be used in any number of flows.")
	default:
		p.line("Cards of this connector act through a connection. It is made once and can be used in any number of flows. There are %d ways to make one:\n", n)
		for i := range w.m.Auths {
			p.line("- [%s](#%s)", escape(authName(&w.m.Auths[i])), anchor(authName(&w.m.Auths[i])))
		}
	}
	for i := range w.m.Auths {
		if err := w.auth(&p, &w.m.Auths[i]); err != nil {
			return Page{}, err
		}
	}
	return Page{AuthPage, "Authorization", p.String()}, nil
}

func authName(a *flow.Auth) string {
	if a.Name != "" {
		return a.Name
	}
	return a.Key
}

func (w *writer) auth(p *page, a *flow.Auth) error {
	d, err := face.OfAuth(context.Background(), a, nil)
	if err != nil {
		return err
	}
	p.heading(2, authName(a))
	p.heading(3, "Before you begin")
	for _, s := range w.prerequisites(a, d) {
		p.line("- %s", s)
	}
	p.heading(3, "Steps")
	for i, s := range w.steps(a, d) {
		p.line("%d. %s", i+1, s)
	}
	p.heading(3, "Fields")
	fields := slices.Clone(d.Fields)
	for i := range fields {
		if f := &fields[i]; configured(a, f) {
			switch {
			case f.Widget == face.WidgetPassword:
				f.Doc = "Shown for copying."
			case f.Note != "":
				f.Doc = "Made for the connection, and shown for copying."
			default:
				f.Doc = "Shown for copying: " + f.Value + "."
			}
			f.Note, f.Value = "", ""
		}
	}
	table(p, fields, nil, true)
	if a.OAuth2 == nil {
		return nil
	}
	p.heading(3, "Scopes")
	if len(d.Scopes) == 0 {
		p.line("The connection asks for no scopes by name; what it may do is settled by the service.")
		return nil
	}
	p.line("| Scope | What it allows | Required |\n|---|---|---|")
	for _, s := range d.Scopes {
		label := ""
		if s.Label != s.Name {
			label = s.Label
		}
		p.line("| %s | %s | %s |", cell(s.Name), cell(label), yes(s.Disabled))
	}
	if a.OAuth2.CustomizeScopes {
		p.line("\nScopes that are not required can be left out. Changed scopes reach a connection when it is reauthorized.")
	}
	return nil
}

// prerequisites are what a person must have before a connection can be made.
func (w *writer) prerequisites(a *flow.Auth, d *face.Dialog) []string {
	name := escape(w.m.Name)
	var out []string
	switch a.Type {
	case flow.AuthBasic:
		out = append(out, fmt.Sprintf("An account of %s with its %s and %s.", name, fieldLabel(d, "username"), fieldLabel(d, "password")))
	case flow.AuthAPIKey:
		out = append(out, fmt.Sprintf("The %s of an account of %s.", fieldLabel(d, "api_key"), name))
	case flow.AuthOAuth2:
		switch a.OAuth2.Grant {
		case flow.GrantAuthorizationCode:
			out = append(out, fmt.Sprintf("An account of %s that may grant the scopes below.", name),
				fmt.Sprintf("An OAuth client at %s whose redirect address is that of your installation. Whoever runs the installation registers it once.", name))
		case flow.GrantClientCredentials:
			what := "id"
			if a.OAuth2.ClientAuth != flow.ClientAuthNone {
				what = "id and secret"
			}
			out = append(out, fmt.Sprintf("An OAuth client of %s with its %s.", name, what))
		case flow.GrantJWTBearer:
			out = append(out, fmt.Sprintf("A service account of %s with its private key in PEM.", name))
		}
	default:
		out = append(out, fmt.Sprintf("An account of %s.", name))
	}
	for _, q := range a.Parameters {
		i := slices.IndexFunc(d.Fields, func(f face.Field) bool { return f.Key == q.Key })
		text := escape(d.Fields[i].Label)
		if q.Doc != "" {
			text += ": " + escape(q.Doc)
		}
		out = append(out, text)
	}
	return out
}

// steps are how a connection is made.
func (w *writer) steps(a *flow.Auth, d *face.Dialog) []string {
	out := []string{fmt.Sprintf("Create a new connection of %s.", escape(w.m.Name))}
	if len(w.m.Auths) > 1 {
		out = append(out, fmt.Sprintf("Choose **%s**.", escape(authName(a))))
	}
	var fill, copies []string
	for i := range d.Fields {
		f := &d.Fields[i]
		switch {
		case configured(a, f):
			copies = append(copies, "**"+escape(f.Label)+"**")
		case f.Required:
			fill = append(fill, "**"+escape(f.Label)+"**")
		}
	}
	out = append(out, "Fill in "+and(fill)+", and a description if you like.")
	if len(copies) > 0 {
		out = append(out, "Copy "+and(copies)+" to where "+escape(w.m.Name)+" asks for it.")
	}
	if len(d.Scopes) > 0 && a.OAuth2.CustomizeScopes {
		out = append(out, "Choose the scopes under **Permissions**.")
	}
	out = append(out, "Create the connection.")
	if a.OAuth2 != nil && a.OAuth2.Grant == flow.GrantAuthorizationCode {
		out = append(out, fmt.Sprintf("Sign in to %s in the window that opens, and allow access.", escape(w.m.Name)))
	}
	return out
}

// configured reports whether a field of the dialog is a config value.
func configured(a *flow.Auth, f *face.Field) bool {
	return slices.ContainsFunc(a.Config, func(c flow.ConfigValue) bool { return c.Key == f.Key })
}

// fieldLabel returns what a field of the dialog is called.
func fieldLabel(d *face.Dialog, key string) string {
	i := slices.IndexFunc(d.Fields, func(f face.Field) bool { return f.Key == key })
	if i < 0 {
		return key
	}
	return escape(d.Fields[i].Label)
}

// and joins words as people do.
func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

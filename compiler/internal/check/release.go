package check

import (
	"regexp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// Release reports what keeps a checked connector from being released: names and
// flows that the platform relies on, and, as warnings, what people will miss.
// The rules are those of the vendor's deployment and what its documents say
// beside them.
func Release(conn *syntax.Connector, info *Info) flow.Diagnostics {
	r := &release{conn: conn, info: info}
	r.names()
	r.single(flow.FlowAuthping, flow.CodeReleaseAuthpingTwice)
	r.single(flow.FlowRevoke, flow.CodeReleaseRevokeTwice)
	r.required()
	for _, fi := range info.Flows {
		r.flow(fi)
	}
	r.presentation()
	return r.d.Sorted()
}

type release struct {
	conn *syntax.Connector
	info *Info
	d    problem.List
}

var (
	cardName    = regexp.MustCompile(`^[A-Za-z0-9]+( +[A-Za-z0-9]+)*$`)
	optionLabel = regexp.MustCompile(`^[A-Za-z0-9_-]+( +[A-Za-z0-9_-]+)*$`)
	sentenceEnd = regexp.MustCompile(`[.!?](\s|$)`)
)

// public reports whether people see the flow as a card.
func public(f *syntax.Flow) bool {
	return slices.Contains([]string{flow.FlowAction, flow.FlowWebhook, flow.FlowPolling}, f.Type.Text)
}

// names checks the names of all flows that are switched on.
func (r *release) names() {
	seen := map[string]*syntax.Flow{}
	for _, f := range r.conn.Flows {
		name, at := f.Name.Text, f.Name.Pos
		if at == (flow.Pos{}) {
			at = f.Pos
		}
		reserved := name == syntax.KeyAuthping || name == syntax.KeyRevoke
		if other, dup := seen[name]; dup && !reserved {
			r.d.Error(flow.CodeReleaseNameTwice, at, "the name %q is already that of %s", name, other.File).
				WithFix("rename one of them, or switch it off with active: false")
		}
		seen[name] = f
		ping, revoke := f.Type.Text == flow.FlowAuthping, f.Type.Text == flow.FlowRevoke
		switch {
		case name == syntax.KeyAuthping && !ping:
			r.d.Error(flow.CodeReleaseAuthpingName, at, "only the flow of type authping is named %s", name)
		case name == syntax.KeyRevoke && !revoke:
			r.d.Error(flow.CodeReleaseRevokeName, at, "only the flow of type revoke is named %s", name)
		case ping && name != syntax.KeyAuthping:
			r.d.Error(flow.CodeReleaseName, at, "the flow of type authping must be named %s, not %s", syntax.KeyAuthping, flow.Excerpt(name))
		case !ping && !(revoke && name == syntax.KeyRevoke) && !cardName.MatchString(name):
			r.d.Error(flow.CodeReleaseName, at, "the name %s has other characters than letters, digits and spaces between them", flow.Excerpt(name))
		}
	}
}

// single reports further flows of a type that there can be one of.
func (r *release) single(typ string, code flow.Code) {
	var first *syntax.Flow
	for _, f := range r.conn.Flows {
		if f.Type.Text != typ {
			continue
		}
		if first != nil {
			r.d.Error(code, f.Type.Pos, "there is a flow of type %s already, in %s", typ, first.File).
				WithFix("switch one of them off with active: false")
			continue
		}
		first = f
	}
}

// required reports what every connector has.
func (r *release) required() {
	has := func(is func(*syntax.Flow) bool) bool { return slices.ContainsFunc(r.conn.Flows, is) }
	if !has(public) {
		r.d.Error(flow.CodeReleaseMissing, r.conn.Pos, "the connector has no card: no action, webhook or polling flow")
	}
	if len(r.conn.Auths) == 0 {
		r.d.Error(flow.CodeReleaseMissing, r.conn.Pos, "the connector has no authentication").WithFix("declare one under auth in connector.yaml")
	} else if !has(func(f *syntax.Flow) bool { return f.Type.Text == flow.FlowAuthping }) {
		r.d.Error(flow.CodeReleaseMissing, r.conn.Pos, "the connector has no flow of type authping, which tells whether a connection works").
			WithFix("add flows/%s.yaml", syntax.KeyAuthping)
	}
}

func (r *release) flow(fi *FlowInfo) {
	f := fi.Flow
	switch f.Type.Text {
	case flow.FlowScheduled, flow.FlowEndpoint, flow.FlowDelegated, flow.FlowEvent:
		r.d.Error(flow.CodeReleaseEvent, f.Type.Pos, "a flow of a connector cannot begin as %s", f.Type.Text)
	case flow.FlowWebhook:
		if f.Webhook == nil || f.Webhook.Register == nil {
			r.d.Error(flow.CodeReleaseMissing, f.Pos, "the webhook event has no registration flow")
		}
	}
	if fi.FallsThrough && len(f.Promised()) > 0 && f.Type.Text != flow.FlowHelper {
		r.d.Append(flow.Diagnostics{{Error: openEnd(flow.CodeReleaseReturn, f)}})
	}
	for _, in := range f.Inputs {
		if in.Kind == syntax.FieldOption {
			r.option(in)
		}
	}
	if !public(f) {
		return
	}
	switch d := f.Description.Text; {
	case d == "":
		r.d.Warning(flow.CodeReleaseText, f.Pos, "the card has no description")
	case !sentenceEnd.MatchString(d):
		r.d.Warning(flow.CodeReleaseText, f.Description.Pos, "the description of a card is one or two sentences, each ending with a full stop")
	}
}

func (r *release) option(in *syntax.Field) {
	label, at := in.Label.Text, in.Label.Pos
	if label == "" {
		label, at = strings.TrimPrefix(in.Key.Text, syntax.OptionKey("")), in.Key.Pos
	}
	if !optionLabel.MatchString(label) {
		r.d.Error(flow.CodeReleaseOption, at, "the label %s of an option has other characters than letters, digits, hyphens, underscores and spaces between them",
			flow.Excerpt(label))
	}
	if in.Required && in.Face != nil && in.Face.Choices != nil && len(in.Face.Choices) == 0 {
		r.d.Error(flow.CodeReleaseOption, in.Key.Pos, "the option %s is required and has no choices", flow.Excerpt(label))
	}
}

// presentation warns about what people will miss.
func (r *release) presentation() {
	b := r.conn.Branding
	if b == nil {
		b = &syntax.Branding{}
	}
	for _, s := range []struct{ field, text string }{
		{"description", r.conn.Description.Text}, {"icon", b.Icon.Text}, {"docs", b.Docs.Text}, {"support", b.Support.Text},
	} {
		if s.text == "" {
			r.d.Warning(flow.CodeReleaseText, r.conn.Pos, "the connector has no %s", s.field)
		}
	}
	if len(sentenceEnd.FindAllString(r.conn.Description.Text, -1)) > 2 {
		r.d.Warning(flow.CodeReleaseText, r.conn.Description.Pos, "the description has more than two sentences")
	}
}

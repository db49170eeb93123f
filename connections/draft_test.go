package connections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func fieldList(d *Draft) string {
	var out []string
	for _, f := range d.Fields {
		s := f.Key + "=" + f.Label
		if f.Secret {
			s += "*"
		}
		if f.Stored {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestDraftFields(t *testing.T) {
	m := newManager(t, openVault(t, t.TempDir()), newWeb())
	public := codeAuth()
	public.OAuth2.ClientID, public.OAuth2.ClientAuth = "public", flow.ClientAuthNone
	own := codeAuth()
	own.Parameters = []flow.Parameter{{Key: "client_secret", Label: "App secret", Type: flow.ParamPassword}}
	jwt := flow.Auth{Key: "j", Type: flow.AuthOAuth2, OAuth2: &flow.OAuth2{Grant: flow.GrantJWTBearer, JWT: &flow.JWTAssertion{Key: "private_key"}}}
	for _, c := range []struct {
		auth flow.Auth
		want string
	}{
		{flow.Auth{Key: "b", Type: flow.AuthBasic}, "username=Username password=Password*"},
		{flow.Auth{Key: "b", Type: flow.AuthBasic, Username: &flow.Label{Label: "E-mail"}, Password: &flow.Label{Label: "API token"}}, "username=E-mail password=API token*"},
		{flow.Auth{Key: "k", Type: flow.AuthAPIKey, Scheme: &flow.KeyScheme{In: "header", Field: "X", Label: "Token"}}, "api_key=Token*"},
		{flow.Auth{Key: "c", Type: flow.AuthCustom, Parameters: []flow.Parameter{{Key: "site", Type: flow.ParamText}, {Key: "pin", Label: "PIN", Type: flow.ParamPassword}}}, "site=Site pin=PIN*"},
		{codeAuth(), "client_id=Client ID client_secret=Client Secret*"},
		{public, ""},
		{own, "client_id=Client ID client_secret=App secret*"},
		{jwt, "private_key=Private Key*"},
	} {
		d, err := m.Draft(t.Context(), connector(c.auth), "local", c.auth.Key)
		if err != nil || fieldList(d) != c.want {
			t.Errorf("%+v asks for %q, %v; want %q", c.auth, fieldList(d), err, c.want)
		}
	}
	two := connector(flow.Auth{Key: "a", Type: flow.AuthBasic}, flow.Auth{Key: "b", Type: flow.AuthBasic})
	for _, key := range []string{"", "c"} {
		_, err := m.Draft(t.Context(), two, "local", key)
		wantCode(t, "key "+key, err, flow.CodeConnectionInvalid)
		if e := flow.AsError(err); !strings.Contains(e.Fix, "a, b") {
			t.Errorf("the fix %q does not list the keys", e.Fix)
		}
	}
	_, err := m.Draft(t.Context(), connector(), "local", "")
	wantCode(t, "no authentication", err, flow.CodeConnectionInvalid)
}

func custom() flow.Auth {
	return flow.Auth{
		Key: "custom", Name: "Token", Type: flow.AuthCustom,
		Parameters: []flow.Parameter{
			{Key: "subdomain", Type: flow.ParamText},
			{Key: "token", Type: flow.ParamPassword},
			{Key: "region", Type: flow.ParamDropdown, Options: []flow.OptionRow{{Label: "Europe", Value: "eu", Default: true}, {Label: "America", Value: "us"}}},
		},
		Config: []flow.ConfigValue{
			{Key: "external_id", Type: flow.ParamText, Flow: "external_id"},
			{Key: "app", Type: flow.ParamText, Value: "weir", Hidden: true},
			{Key: "pepper", Type: flow.ParamPassword, Value: "pepper-" + canary},
		},
	}
}

func customConnector(hosts ...string) (Connector, *int) {
	c := connector(custom())
	c.Manifest.Hosts = append([]string{"{{auth.subdomain}}.tracker.example"}, hosts...)
	runs := 0
	c.RunFlow = func(_ context.Context, key string, conn *flow.Connection) (flow.Value, error) {
		if conn != nil || key != "external_id" {
			return flow.Value{}, errors.New("not that one")
		}
		runs++
		return flow.Members("id", flow.Text(fmt.Sprint("ext-", runs))), nil
	}
	return c, &runs
}

func TestCreateCustom(t *testing.T) {
	v := openVault(t, t.TempDir())
	m := newManager(t, v, newWeb())
	c, runs := customConnector()
	d := must[*Draft](t)(m.Draft(t.Context(), c, "local", ""))
	clean(t, "the draft", d)
	if len(d.Shown) != 2 || d.Shown[0].Value != "ext-1" || d.Shown[1].Value != "" || d.Shown[1].Reveal() != "pepper-"+canary {
		t.Errorf("shows %+v", d.Shown)
	}
	given := Answers{Name: " Mine ", Description: "x", Values: hidden("subdomain", "Acme", "token", "t-"+canary)}
	clean(t, "the answers", given)
	view := must[View](t)(m.Create(t.Context(), d, given))
	clean(t, "the view", view)
	if view.Name != "Mine" || view.State != StateOK || view.Auth != "custom" || fmt.Sprint(view.Hosts) != "[acme.tracker.example]" ||
		fmt.Sprint(view.Values) != "map[external_id:ext-1 region:eu subdomain:Acme]" || fmt.Sprint(view.Secrets) != "[pepper token]" {
		t.Errorf("made %+v", view)
	}
	conn := must[*flow.Connection](t)(m.Open(t.Context(), c.Manifest, "local", view.ID))
	clean(t, "the connection", conn)
	if conn.ID != view.ID || conn.Auth != "custom" || fmt.Sprint(conn.Hosts) != "[acme.tracker.example]" || len(conn.Attach) != 0 ||
		conn.Values["external_id"].Text() != "ext-1" || conn.Values["app"].Text() != "weir" || conn.Values["region"].Text() != "eu" {
		t.Errorf("opens to %+v", conn)
	}
	// In the slot of another connector its requests go wherever its secrets may.
	foreign := must[*flow.Connection](t)(m.Open(t.Context(), nil, "local", view.ID))
	clean(t, "the connection for a slot", foreign)
	if !slices.Contains(foreign.Hosts, "acme.tracker.example") || fmt.Sprint(foreign.Hosts) == fmt.Sprint(conn.Hosts) && len(c.Manifest.Hosts) > 1 {
		t.Errorf("for a slot it has the hosts %v", foreign.Hosts)
	}
	opens := func(key, host, want string) {
		t.Helper()
		got, err := flow.OpenSecret(conn.Values[key], host, host+":443")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s for %s: %d bytes, %v", key, host, len(got), err)
		}
	}
	opens("token", "acme.tracker.example", "t-"+canary)
	opens("pepper", "acme.tracker.example", "pepper-"+canary)
	opens("token", "other.tracker.example", "")
	opens("token", "tracker.example", "")
	if *runs != 1 {
		t.Errorf("the helper flow ran %d times", *runs)
	}
	_, err := m.Create(t.Context(), d, given)
	wantCode(t, "a second one of the same name", err, flow.CodeConnectionExists)

	wrong := *c.Manifest
	wrong.Key = "another"
	_, err = m.Open(t.Context(), &wrong, "local", view.ID)
	wantCode(t, "for another connector", err, flow.CodeConnectionUnknown)
	_, err = m.Open(t.Context(), c.Manifest, "other", view.ID)
	wantCode(t, "for another tenant", err, flow.CodeConnectionUnknown)
}

func TestCreateRefuses(t *testing.T) {
	m := newManager(t, openVault(t, t.TempDir()), newWeb())
	c, _ := customConnector()
	full := func() map[string]Hidden { return hidden("subdomain", "acme", "token", "t-"+canary, "region", "eu") }
	with := func(pairs ...string) map[string]Hidden {
		v := full()
		for k, h := range hidden(pairs...) {
			v[k] = h
		}
		return v
	}
	d := must[*Draft](t)(m.Draft(t.Context(), c, "local", ""))
	for what, a := range map[string]Answers{
		"no name":                 {Values: full()},
		"a name of spaces":        {Name: "  ", Values: full()},
		"a long name":             {Name: strings.Repeat("x", maxName+1), Values: full()},
		"a name with a line":      {Name: "a\nb", Values: full()},
		"a long description":      {Name: "x", Description: strings.Repeat("x", maxDescription+1), Values: full()},
		"nothing":                 {Name: "x"},
		"an empty value":          {Name: "x", Values: with("token", "")},
		"a value nobody asks for": {Name: "x", Values: with("more", canary)},
		"a config value":          {Name: "x", Values: with("external_id", canary)},
		"no such option":          {Name: "x", Values: with("region", canary)},
		"a host":                  {Name: "x", Values: with("subdomain", "evil.example/")},
		"a line break":            {Name: "x", Values: with("subdomain", "a\nb")},
		"a long text":             {Name: "x", Values: with("subdomain", strings.Repeat("x", maxPlain+1))},
		"a long secret":           {Name: "x", Values: with("token", strings.Repeat(canary, flow.MaxSecret/len(canary)+1))},
		"a secret of bytes":       {Name: "x", Values: with("token", canary+"\xff")},
		"a scope":                 {Name: "x", Values: full(), Scopes: []string{"read"}},
	} {
		_, err := m.Create(t.Context(), d, a)
		// What was chosen for a dropdown is no secret, and is told.
		if what != "no such option" {
			clean(t, what, err)
		}
		if flow.CodeOf(err) != flow.CodeConnectionInvalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if list, err := m.List(t.Context(), "local"); len(list) != 0 || err != nil {
		t.Errorf("something was stored: %v, %v", list, err)
	}
	basic := must[*Draft](t)(m.Draft(t.Context(), connector(flow.Auth{Key: "b", Type: flow.AuthBasic}), "local", ""))
	_, err := m.Create(t.Context(), basic, Answers{Name: "x", Values: hidden("username", "a:b", "password", canary)})
	wantCode(t, "a user name with a colon", err, flow.CodeConnectionInvalid)
	code := must[*Draft](t)(m.Draft(t.Context(), connector(codeAuth()), "local", ""))
	_, err = m.Create(t.Context(), code, Answers{Name: "x", Values: hidden("client_id", "a", "client_secret", canary)})
	wantCode(t, "a draft that needs a browser", err, flow.CodeConnectionInvalid)
	_, err = m.Begin(t.Context(), basic, Answers{Name: "x"}, "http://127.0.0.1:1")
	wantCode(t, "a draft that needs none", err, flow.CodeConnectionInvalid)
}

func TestConfigValueFlows(t *testing.T) {
	m := newManager(t, openVault(t, t.TempDir()), newWeb())
	c, _ := customConnector()
	boom := flow.Errorf(flow.CodeFlowError, "boom")
	for what, run := range map[string]func() (flow.Value, error){
		"an error":       func() (flow.Value, error) { return flow.Value{}, boom },
		"no outputs":     func() (flow.Value, error) { return flow.Members(), nil },
		"two outputs":    func() (flow.Value, error) { return flow.Members("a", flow.Text("x"), "b", flow.Text("y")), nil },
		"null":           func() (flow.Value, error) { return flow.Members("a", flow.Value{}), nil },
		"an object":      func() (flow.Value, error) { return flow.Members("a", flow.Members()), nil },
		"a line break":   func() (flow.Value, error) { return flow.Members("a", flow.Text("x\ny")), nil },
		"a secret":       func() (flow.Value, error) { return flow.Members("a", flow.NewSecret("s", canary)), nil },
		"nothing at all": func() (flow.Value, error) { return flow.Value{}, nil },
	} {
		c.RunFlow = func(context.Context, string, *flow.Connection) (flow.Value, error) { return run() }
		_, err := m.Draft(t.Context(), c, "local", "")
		clean(t, what, err)
		if err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	c.RunFlow = nil
	_, err := m.Draft(t.Context(), c, "local", "")
	wantCode(t, "no flows", err, flow.CodeConnectionInvalid)
}

func TestReauthorize(t *testing.T) {
	m := newManager(t, openVault(t, t.TempDir()), newWeb())
	c, runs := customConnector()
	d := must[*Draft](t)(m.Draft(t.Context(), c, "local", ""))
	first := must[View](t)(m.Create(t.Context(), d, Answers{Name: "Mine", Values: hidden("subdomain", "acme", "token", "t-"+canary, "region", "us")}))

	again := must[*Draft](t)(m.Reauthorize(t.Context(), c, "local", first.ID))
	clean(t, "the draft", again)
	if want := "subdomain=Subdomain! token=Token*! region=Region!"; fieldList(again) != want || again.Fields[0].Value != "acme" || again.Fields[1].Value != "" || again.Fields[2].Value != "us" {
		t.Errorf("asks for %q: %+v", fieldList(again), again.Fields)
	}
	view := must[View](t)(m.Create(t.Context(), again, Answers{Values: hidden("token", "u-"+canary)}))
	if view.ID != first.ID || view.Name != "Mine" || !view.Created.Equal(first.Created) || *runs != 1 || view.Values["external_id"] != "ext-1" || view.Values["region"] != "us" {
		t.Errorf("became %+v, with %d runs of the flow", view, *runs)
	}
	conn := must[*flow.Connection](t)(m.Open(t.Context(), c.Manifest, "local", view.ID))
	if got, err := flow.OpenSecret(conn.Values["token"], "acme.tracker.example", ""); got != "u-"+canary || err != nil {
		t.Errorf("the secret was not replaced: %v", err)
	}

	// A stored secret goes to no other host than before, whoever asks.
	again = must[*Draft](t)(m.Reauthorize(t.Context(), c, "local", first.ID))
	_, err := m.Create(t.Context(), again, Answers{Values: hidden("subdomain", "evil")})
	wantCode(t, "another host with the stored secret", err, flow.CodeConnectionInvalid)
	if _, err := m.Create(t.Context(), again, Answers{Values: hidden("subdomain", "beta", "token", "v-"+canary)}); err != nil {
		t.Errorf("another host with its own secret: %v", err)
	}
	wider, _ := customConnector("evil.example")
	again = must[*Draft](t)(m.Reauthorize(t.Context(), wider, "local", first.ID))
	_, err = m.Create(t.Context(), again, Answers{})
	wantCode(t, "a release with another host", err, flow.CodeConnectionInvalid)

	// A release that declares a stored secret as plain text does not get it.
	leaky, _ := customConnector()
	a := custom()
	a.Parameters[1].Type = flow.ParamText
	a.Config[2] = flow.ConfigValue{Key: "pepper", Type: flow.ParamText, Flow: "external_id"}
	leaky.Manifest.Auths = []flow.Auth{a}
	again = must[*Draft](t)(m.Reauthorize(t.Context(), leaky, "local", first.ID))
	clean(t, "the draft of a leaky release", again)
	if strings.Contains(fieldList(again), "token=Token!") {
		t.Error("the stored secret stands for a plain value")
	}
	_, err = m.Create(t.Context(), again, Answers{})
	wantCode(t, "a leaky release", err, flow.CodeConnectionInvalid)
	open := must[*flow.Connection](t)(m.Open(t.Context(), leaky.Manifest, "local", first.ID))
	clean(t, "what a leaky release opens", open)
	if open.Values["token"].Kind() != flow.KindSecret {
		t.Errorf("the token is %s", open.Values["token"].Kind())
	}

	gone := connector(flow.Auth{Key: "other", Type: flow.AuthBasic})
	_, err = m.Reauthorize(t.Context(), gone, "local", first.ID)
	wantCode(t, "a release without the authentication", err, flow.CodeConnectionInvalid)
	_, err = m.Reauthorize(t.Context(), c, "local", "none")
	wantCode(t, "no connection", err, flow.CodeConnectionUnknown)
}

func TestScopes(t *testing.T) {
	m := newManager(t, openVault(t, t.TempDir()), newWeb())
	chosen := codeAuth()
	fixed := codeAuth()
	fixed.OAuth2.CustomizeScopes = false
	fixed.OAuth2.Scopes[0].Required = false
	for _, c := range []struct {
		auth   flow.Auth
		scopes []string
		want   string
	}{
		{chosen, nil, "[read write]"}, {chosen, []string{}, "[read]"}, {chosen, []string{"write"}, "[read write]"}, {chosen, []string{"read"}, "[read]"},
		{fixed, nil, "[read write]"}, {fixed, []string{"write", "read"}, "[read write]"},
		{chosen, []string{"admin"}, ""},
	} {
		d := must[*Draft](t)(m.Draft(t.Context(), connector(c.auth), "local", ""))
		got, err := d.scopes(c.scopes)
		if err != nil && c.want == "" {
			wantCode(t, "scopes", err, flow.CodeConnectionInvalid)
			continue
		}
		if fmt.Sprint(got) != c.want || err != nil || !slices.IsSorted(got) {
			t.Errorf("%v of %v: %v, %v; want %s", c.scopes, c.auth.OAuth2.Scopes, got, err, c.want)
		}
	}
}

// TestDraftHosts: a person may bind a connection to hosts that the connector does
// not name, once, and nobody moves kept secrets there afterwards.
func TestDraftHosts(t *testing.T) {
	m := newManager(t, openVault(t, t.TempDir()), newWeb())
	c := connector(flow.Auth{Key: "k", Type: flow.AuthAPIKey, Attach: true, Scheme: &flow.KeyScheme{In: "header", Field: "X-Key"}})
	c.RunFlow = nil
	d := must[*Draft](t)(m.Draft(t.Context(), c, "local", ""))
	answers := Answers{Name: "Mine", Values: hidden("api_key", canary), Hosts: []string{"LOCALHOST:8080", "127.0.0.1:81", "[::1]:82", "localhost:8080"}}
	view := must[View](t)(m.Create(t.Context(), d, answers))
	for _, host := range []string{"localhost:8080", "127.0.0.1:81", "[::1]:82"} {
		if !slices.Contains(view.Bound, host) {
			t.Errorf("bound to %q, not to %s", view.Bound, host)
		}
	}
	if want := len(c.Manifest.Hosts) + 3; len(view.Bound) != want || len(view.Hosts) != 0 {
		t.Errorf("bound to %q, want %d; may reach %q by itself", view.Bound, want, view.Hosts)
	}
	conn := must[*flow.Connection](t)(m.Open(t.Context(), c.Manifest, "local", view.ID))
	if text, err := flow.OpenSecret(conn.Attach[0].Value, "localhost:8080", "localhost:8080"); err != nil || text != canary {
		t.Errorf("for the further host: %v", err)
	}
	if _, err := flow.OpenSecret(conn.Attach[0].Value, "localhost:8081", "localhost:8081"); flow.CodeOf(err) != flow.CodeEgressSecretHost {
		t.Errorf("for another port: %v", err)
	}

	again := func(values map[string]Hidden, hosts ...string) error {
		d := must[*Draft](t)(m.Reauthorize(t.Context(), c, "local", view.ID))
		_, err := m.Create(t.Context(), d, Answers{Values: values, Hosts: hosts})
		return err
	}
	wantCode(t, "a kept secret for another host", again(nil, "evil.example"), flow.CodeConnectionInvalid)
	wantCode(t, "a kept secret for one more", again(nil, append(answers.Hosts, "evil.example")...), flow.CodeConnectionInvalid)
	if err := again(nil, answers.Hosts...); err != nil {
		t.Errorf("a kept secret for the same hosts: %v", err)
	}
	if err := again(hidden("api_key", canary), "other.example"); err != nil {
		t.Errorf("the secret given anew: %v", err)
	}
	for _, bad := range []string{"", "https://a.example", "a.example/x", "*.example", "a b", "u@a.example", "0x7f.1", "a.example:", "a.example:99999x", "::1%lo\n"} {
		wantCode(t, fmt.Sprintf("host %q", bad), again(hidden("api_key", canary), bad), flow.CodeConnectionInvalid)
	}
	wantCode(t, "many hosts", again(hidden("api_key", canary), manyHosts(101)...), flow.CodeConnectionInvalid)
}

func manyHosts(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("h%d.example", i))
	}
	return out
}

package connections

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// TestStub: a stub has what an open connection with these values has: secrets
// bound to its hosts, plain values as text, and credentials to attach.
func TestStub(t *testing.T) {
	m := &flow.Manifest{Key: "shop", Hosts: []string{"api.example.com", "{{auth.subdomain}}.example.com", "{{auth.other}}.example.com"}, Auths: []flow.Auth{
		{Key: "basic", Type: flow.AuthBasic, Attach: true, Parameters: []flow.Parameter{{Key: "subdomain", Type: flow.ParamText}}},
		{Key: "oauth", Type: flow.AuthOAuth2, Attach: true, OAuth2: &flow.OAuth2{Grant: flow.GrantAuthorizationCode}, Parameters: []flow.Parameter{{Key: "subdomain", Type: flow.ParamText}}},
		{Key: "key", Type: flow.AuthAPIKey, Attach: true, Hosts: []string{"api.example.com"}, Scheme: &flow.KeyScheme{In: "query", Field: "k", Prefix: "Token "}},
	}}
	for _, c := range []struct {
		auth         string
		values       map[string]string
		hosts, bound []string
		want         string // values, hosts and what is attached
		goes, stays  []string
	}{
		{"basic", map[string]string{"username": "jane", "password": "s3cret", "subdomain": "Acme"}, nil, []string{"localhost:1"},
			"password=[secret auth.password] subdomain=Acme username=jane; acme.example.com; header Authorization [secret auth.password]",
			[]string{"api.example.com", "acme.example.com", "localhost:1"}, []string{"other.example.com", "localhost"}},
		{"oauth", map[string]string{"access_token": "t0ken", "subdomain": "acme"}, []string{"beta.example.com"}, nil,
			"access_token=[secret auth.access_token] subdomain=acme; beta.example.com; header Authorization [secret auth.access_token]",
			[]string{"api.example.com", "beta.example.com"}, []string{"acme.example.com"}},
		{"oauth", map[string]string{"subdomain": "acme"}, nil, nil, "subdomain=acme; acme.example.com;", nil, nil},
		{"key", map[string]string{"api_key": "k3y"}, nil, nil, "api_key=[secret auth.api_key]; ; query k [secret auth.api_key]",
			[]string{"api.example.com"}, []string{"acme.example.com"}},
	} {
		got, err := Stub(m, c.auth, c.values, c.hosts, c.bound)
		if err != nil {
			t.Errorf("%s: %v", c.auth, err)
			continue
		}
		var values []string
		for k, v := range got.Values {
			values = append(values, k+"="+flow.Masked(v))
		}
		slices.Sort(values)
		text := strings.Join(values, " ") + "; " + strings.Join(got.Hosts, " ") + ";"
		for _, a := range got.Attach {
			text += " " + a.In + " " + a.Field + " " + flow.Masked(a.Value)
			for _, host := range c.goes {
				if _, err := flow.OpenSecret(a.Value, host, host); err != nil {
					t.Errorf("%s: not for %s: %v", c.auth, host, err)
				}
			}
			for _, host := range c.stays {
				if _, err := flow.OpenSecret(a.Value, host, host); flow.CodeOf(err) != flow.CodeEgressSecretHost {
					t.Errorf("%s: for %s: %v", c.auth, host, err)
				}
			}
		}
		if text != c.want || got.Auth != c.auth || got.ID == "" {
			t.Errorf("%s: %s, want %s", c.auth, text, c.want)
		}
	}
	for _, c := range []struct {
		auth   string
		values map[string]string
	}{{"", nil}, {"none", nil}, {"basic", map[string]string{"subdomain": "evil.example/"}}} {
		if got, err := Stub(m, c.auth, c.values, nil, nil); flow.CodeOf(err) != flow.CodeConnectionInvalid {
			t.Errorf("%s %v: %v, %v", c.auth, c.values, got, err)
		}
	}
	if s := fmt.Sprint(Stub(m, "key", map[string]string{"api_key": "k3y"}, nil, nil)); strings.Contains(s, "k3y") {
		t.Errorf("a stub prints as %s", s)
	}
}

package connections

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestSettleHost(t *testing.T) {
	for _, c := range []struct{ template, value, want string }{
		{"{{auth.v}}.tracker.example", "acme", "acme.tracker.example"},
		{"{{ auth.v }}.tracker.example", "acme", "acme.tracker.example"},
		{"{{auth.v}}.tracker.example", "ACME", "acme.tracker.example"},
		{"{{auth.v}}.tracker.example", "eu.acme", "eu.acme.tracker.example"},
		{"{{auth.v}}.tracker.example", "0", "0.tracker.example"},
		{"{{auth.v}}", "Tracker.Acme.example", "tracker.acme.example"},
		{"{{auth.v}}", "localhost", "localhost"},
		{"{{auth.v}}:8443", "acme.example", "acme.example:8443"},
		{"{{auth.v}}", "xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"{{auth.v}}-{{auth.v}}.example", "a", "a-a.example"},
		{"x{{auth.v}}.example", "-a", "x-a.example"},
	} {
		if got, err := settleHost(c.template, map[string]string{"v": c.value}); got != c.want || err != nil {
			t.Errorf("%s with %q: %q, %v; want %q", c.template, c.value, got, err, c.want)
		}
	}
}

// injections are what people type who want a host, a port, a user or a path
// that a template does not have.
var injections = []string{
	"", " ", ".", "..", "-", "evil.example/", "evil.example/x", "evil.example#", "evil.example?", "evil.example\\", "evil.example%2f", "evil.example%23",
	"evil.example:443", "acme:443", "evil.example@", "user@evil.example", "user:pass@evil", "@", ":", "//evil.example", "https://evil.example",
	"evil.example/.", "acme.", ".acme", "acme..evil", "acme-", "-acme", "ac me", "ac\tme", "acme\n", "acme\r\nHost: evil.example", "acme\x00",
	"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "::1", "1.2.3.4", "evil.example.", "evil.example。", "evil．example",
	"ａcme", "acme\u200b", "acme\u202eelpmaxe", "bücher", "xn--", "xn--a", "xn--zzzzzzzz", "{{auth.v}}", "{{auth.other}}", "}}", "${auth.v}", "*", "*.example",
	"a_b", "acme;evil", "acme,evil", "acme|evil", "a'b", `a"b`, "<a>", "acme\xff", strings.Repeat("a", 64), strings.Repeat("a.", 150) + "a", "%61cme", "acme%00", "acme\\.evil",
}

func TestSettleHostInjections(t *testing.T) {
	for _, value := range injections {
		for _, template := range []string{"{{auth.v}}", "{{auth.v}}.", "https.{{auth.v}}", "{{auth.v}}:8443", "a.{{auth.v}}.1"} {
			got, err := settleHost(template, map[string]string{"v": value, "other": "x"})
			wantCode(t, template+" with "+flow.Excerpt(value), err, flow.CodeConnectionInvalid)
			if got != "" {
				t.Errorf("%s with %q gives %q", template, value, got)
			}
		}
		// In front of a name of the connector, more is harmless; what comes out
		// always ends in that name.
		got, err := settleHost("{{auth.v}}.tracker.example", map[string]string{"v": value})
		if err == nil && (!strings.HasSuffix(got, ".tracker.example") || strings.Trim(got, hostCharacters) != "") {
			t.Errorf("%q gives %q", value, got)
		}
	}
	for _, template := range []string{"{{auth.w}}", "{{v}}", "{{}}", "{{auth.}}", "{{auth.v", "auth.v}}", "{{auth.v}}}}", "{{{auth.v}}}", "{{auth.v}}:0", "{{auth.v}}:x", "{{auth.v}}:123456", "{{auth.v}}:", "u@{{auth.v}}", "a/{{auth.v}}", "{{auth.v}}.1"} {
		_, err := settleHost(template, map[string]string{"v": "acme"})
		wantCode(t, template, err, flow.CodeConnectionInvalid)
	}
}

func TestSettleURL(t *testing.T) {
	for _, c := range []struct{ template, value, want string }{
		{"https://id.example/token", "unused", "https://id.example/token"},
		{"http://127.0.0.1:9/token?a=b", "unused", "http://127.0.0.1:9/token?a=b"},
		{"https://{{auth.v}}.id.example/token", "ACME", "https://acme.id.example/token"},
		{"https://{{auth.v}}:8443/token", "acme.example", "https://acme.example:8443/token"},
		{"https://{{auth.v}}", "acme.example", "https://acme.example"},
		{"https://id.example/{{auth.v}}/token", "acme", "https://id.example/acme/token"},
		{"https://id.example/{{auth.v}}/token?x=y", "acme", "https://id.example/acme/token?x=y"},
		{"https://id.example/{{auth.v}}/token", "a/b", "https://id.example/a%2Fb/token"},
		{"https://id.example/{{auth.v}}/token", "a?b#c", "https://id.example/a%3Fb%23c/token"},
		{"https://id.example/{{auth.v}}/token", "a%2fb c", "https://id.example/a%252fb%20c/token"},
		{"https://id.example/{{auth.v}}/token", `..\..\x`, `https://id.example/..%5C..%5Cx/token`},
		{"https://id.example/{{auth.v}}/token", "ü", "https://id.example/%C3%BC/token"},
		{"https://id.example/{{auth.v}}/token", "../../x", "https://id.example/..%2F..%2Fx/token"},
	} {
		if got, err := settleURL(c.template, map[string]string{"v": c.value}); got != c.want || err != nil {
			t.Errorf("%s with %q: %q, %v; want %q", c.template, c.value, got, err, c.want)
		}
	}
	for _, c := range []struct{ template, value string }{
		{"https://id.example/{{auth.v}}/token", ".."},
		{"https://id.example/{{auth.v}}/token", "."},
		{"https://id.example/.{{auth.v}}/token", "."},
		{"https://id.example/{{auth.v}}/token", "a\nb"},
		{"https://id.example/{{auth.v}}/token", ""},
		{"https://id.example/%2e{{auth.v}}/token", "."},
		{"https://id.example/token?x={{auth.v}}", "a"},
		{"https://id.example/token#{{auth.v}}", "a"},
		{"{{auth.v}}://id.example/token", "https"},
		{"{{auth.v}}", "https://id.example"},
		{"ftp://{{auth.v}}/token", "id.example"},
		{"//{{auth.v}}/token", "id.example"},
		{"https://u@{{auth.v}}/token", "id.example"},
		{"https://{{auth.v}}@id.example/token", "u"},
		{"https://id.example:{{auth.v}}/token", "443"},
		{"https://{{auth.v}}/%zz", "id.example"},
	} {
		_, err := settleURL(c.template, map[string]string{"v": c.value})
		wantCode(t, c.template+" with "+c.value, err, flow.CodeConnectionInvalid)
	}
	for _, value := range injections {
		_, err := settleURL("https://{{auth.v}}/token", map[string]string{"v": value})
		wantCode(t, "host "+flow.Excerpt(value), err, flow.CodeConnectionInvalid)
	}
}

// TestSettle: what a connection is bound to is fixed by what was given for it.
func TestSettle(t *testing.T) {
	m := &flow.Manifest{Key: "k", Hosts: []string{"api.example", "{{auth.sub}}.example", "{{auth.region}}.other.example"}}
	a := codeAuth()
	a.OAuth2.TokenURL = "https://{{auth.sub}}.example/t"
	a.OAuth2.JWT = &flow.JWTAssertion{Issuer: "{{auth.mail}}", Audience: "https://{{auth.sub}}.example"}
	plain := map[string]string{"sub": "Acme", "mail": "me@acme.example"}
	s := must[settled](t)(settle(m, &a, plain))
	if !slices.Equal(s.hosts, []string{"acme.example"}) || !slices.Equal(s.bound, []string{"acme.example", "api.example"}) {
		t.Errorf("hosts %v, bound to %v", s.hosts, s.bound)
	}
	o := s.auth.OAuth2
	if o.TokenURL != "https://acme.example/t" || o.JWT.Issuer != "me@acme.example" || o.JWT.Audience != "https://Acme.example" {
		t.Errorf("settled to %+v, %+v", o, o.JWT)
	}
	if a.OAuth2.TokenURL != "https://{{auth.sub}}.example/t" || a.OAuth2.JWT.Issuer != "{{auth.mail}}" {
		t.Error("the manifest was changed")
	}
	a.Hosts = []string{"{{auth.sub}}.example"}
	if s = must[settled](t)(settle(m, &a, plain)); !slices.Equal(s.bound, []string{"acme.example"}) {
		t.Errorf("bound to %v", s.bound)
	}
	a.Hosts = []string{"{{auth.region}}.other.example"}
	_, err := settle(m, &a, plain)
	wantCode(t, "a binding that cannot be filled in", err, flow.CodeConnectionInvalid)
}

func FuzzSettle(f *testing.F) {
	for _, v := range injections {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		plain := map[string]string{"v": value}
		if host, err := settleHost("{{auth.v}}.tracker.example", plain); err == nil {
			if !strings.HasSuffix(host, ".tracker.example") || strings.Trim(host, hostCharacters) != "" || strings.Contains(host, "..") {
				t.Errorf("host %q", host)
			}
		}
		if s, err := settleURL("https://{{auth.v}}/oauth/token?a=b", plain); err == nil {
			u, err := url.Parse(s)
			if err != nil || u.Host != strings.ToLower(value) || u.EscapedPath() != "/oauth/token" || u.RawQuery != "a=b" || u.User != nil || u.Port() != "" {
				t.Errorf("address %q", s)
			}
		}
		if s, err := settleURL("https://id.example/t/{{auth.v}}/token?a=b", plain); err == nil {
			u, err := url.Parse(s)
			if err != nil || u.Host != "id.example" || u.RawQuery != "a=b" || strings.Count(u.EscapedPath(), "/") != 3 || u.Fragment != "" {
				t.Fatalf("address %q", s)
			}
			if u.Path != "/t/"+value+"/token" {
				t.Errorf("the path of %q says %q", s, u.Path)
			}
			// Joined as clients and servers do, it stays below its place.
			if joined := u.JoinPath(); joined.EscapedPath() != u.EscapedPath() {
				t.Errorf("%q is cleaned to %q", s, joined.EscapedPath())
			}
		}
	})
}

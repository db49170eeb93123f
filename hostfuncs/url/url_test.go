package url_test

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/url"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, url.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, url.Cards(), "url") }

func TestProperty(t *testing.T) { cardtest.Property(t, url.Cards(), 1, 300) }

func call(t *testing.T, key string, in flow.Value) (flow.Value, error) {
	t.Helper()
	for _, c := range url.Cards() {
		if c.Key == key {
			return cardtest.Direct(t.Context(), c, in)
		}
	}
	t.Fatalf("no card %s", key)
	return flow.Value{}, nil
}

func TestSecrets(t *testing.T) {
	secret := flow.NewSecret("key", "p&q r", "api.example")
	for _, c := range []struct {
		key  string
		in   flow.Value
		want string // what the secret result holds
		code flow.Code
	}{
		{"url.encodeComponent", flow.Members("string", secret), "p%26q%20r", ""},
		{"url.encode", flow.Members("data", flow.Members("a", flow.Number(1), "k", secret, "z", flow.Text("é"))), "a=1&k=p%26q%20r&z=%C3%A9", ""},
		{"url.encode", flow.Members("data", flow.Members("k", flow.ListOf(secret, flow.Text("x")))), "k=p%26q%20r&k=x", ""},
		{"url.encode", flow.Members("data", flow.Members("k", flow.Members("in", secret))), "", flow.CodeSecretFlow},
		{"url.form", flow.Members("data", flow.Members("card", flow.Members("cvc", secret), "b", flow.Bool(true))), "card[cvc]=p%26q+r&b=true", ""},
		{"url.form", flow.Members("data", flow.Members("l", flow.ListOf(secret))), "l[0]=p%26q+r", ""},
		{"url.format", flow.Members("host", flow.Text("h"), "query", secret), "", flow.CodeSecretFlow},
		{"url.parse", flow.Members("url", secret), "", flow.CodeSecretFlow},
		{"url.decode", flow.Members("query", secret), "", flow.CodeSecretFlow},
	} {
		out, err := call(t, c.key, c.in)
		if flow.CodeOf(err) != c.code {
			t.Errorf("%s %s: error %v, want %q", c.key, c.in, err, c.code)
		}
		if c.code != "" || err != nil {
			continue
		}
		v := flow.At(out, "output")
		got := ""
		flow.MapSecret(v, func(s string) string { got = s; return s })
		if v.Kind() != flow.KindSecret || got != c.want {
			t.Errorf("%s %s gave %s holding %q, want %q", c.key, c.in, v, got, c.want)
		}
	}
	long := flow.NewSecret("long", strings.Repeat("%", flow.MaxSecret), "api.example")
	if _, err := call(t, "url.encodeComponent", flow.Members("string", long)); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("encoding a long secret: error %v, want %s", err, flow.CodeLimitValue)
	}
}

func TestForm(t *testing.T) {
	for _, c := range []struct{ in, lists, want string }{
		{`{}`, "indices", ``},
		{`{"a b":"c d","e":""}`, "indices", `a+b=c+d&e=`},
		{`{"x[y]":1}`, "indices", `x%5By%5D=1`},
		{`{"a":{"b":{"c":1,"d":[2]}}}`, "indices", `a[b][c]=1&a[b][d][0]=2`},
		{`{"a":[null,1,{},[2,3]]}`, "indices", `a[0]=1&a[2][0]=2&a[2][1]=3`},
		{`{"a":[{"p":1},{"p":2}]}`, "brackets", `a[][p]=1&a[][p]=2`},
		{`{"a":[{"p":1},{"p":2}]}`, "repeat", `a[p]=1&a[p]=2`},
		{`{"a":[[1],[2]],"b":[]}`, "brackets", `a[][]=1&a[][]=2`},
		{`{"a":{},"b":null,"c":[null],"d":false,"e":1.5}`, "indices", `d=false&e=1.5`},
	} {
		data, err := flow.ParseJSON([]byte(c.in), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := call(t, "url.form", flow.Members("data", data, "lists", flow.Text(c.lists)))
		if got := flow.At(out, "output").Text(); err != nil || got != c.want {
			t.Errorf("%s with %s gave %s (error %v), want %s", c.in, c.lists, got, err, c.want)
		}
	}
	out, err := call(t, "url.form", flow.Members("data", flow.Members("at", flow.Date(1473206485670))))
	if got := flow.At(out, "output").Text(); err != nil || got != "at=2016-09-07T00%3A01%3A25.670Z" {
		t.Errorf("a date gave %s (error %v)", got, err)
	}
}

// TestBlowUps has keys that stand in the result once for every value below them.
func TestBlowUps(t *testing.T) {
	key := strings.Repeat("k", 10_000)
	leaves := make([]flow.Value, 1000)
	for i := range leaves {
		leaves[i] = flow.Number(1)
	}
	data := flow.Members(key, flow.ListOf(leaves...))
	for _, card := range []string{"url.form", "url.encode"} {
		if _, err := call(t, card, flow.Members("data", data)); flow.CodeOf(err) != flow.CodeLimitValue {
			t.Errorf("%s: error %v, want %s", card, err, flow.CodeLimitValue)
		}
	}
	long := flow.Text(strings.Repeat("&", flow.DefaultMaxValue/2))
	if _, err := call(t, "url.encodeComponent", flow.Members("string", long)); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("url.encodeComponent: error %v, want %s", err, flow.CodeLimitValue)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ url, protocol, host, port, path, query string }{
		{"https://example.com", "https", "example.com", "443", "/", ""},
		{"  HTTP://EXAMPLE.com:/x?  ", "http", "example.com", "80", "/x", ""},
		{"https://u:p@example.com:8443/a?b=c?d#e?f", "https", "example.com", "8443", "/a", "b=c?d"},
		{"https://[::1]:8080/", "https", "[::1]", "8080", "/", ""},
		{"https://[2001:DB8::1]/", "https", "[2001:db8::1]", "443", "/", ""},
		{"https://example.com/ü%20?q=ü \"", "https", "example.com", "443", "/%C3%BC%20", "q=%C3%BC%20%22"},
		{"https://Bücher.Example:8443/ü", "https", "xn--bcher-kva.example", "8443", "/%C3%BC", ""},
		{"https://日本。example/", "https", "xn--wgv71a.example", "443", "/", ""},
		{"//cdn.example.com/x", "https", "cdn.example.com", "443", "/x", ""},
		{"?a=b", "https", "", "443", "/", "a=b"},
		{"", "https", "", "443", "/", ""},
		{"mailto:a@b.example", "mailto", "", "null", "a@b.example", ""},
		{"custom+x://h/p", "custom+x", "h", "null", "/p", ""},
		{"file:///etc/x", "file", "", "null", "/etc/x", ""},
	} {
		out, err := call(t, "url.parse", flow.Members("url", flow.Text(c.url)))
		if err != nil {
			t.Errorf("%q: %v", c.url, err)
			continue
		}
		for key, want := range map[string]string{"protocol": c.protocol, "host": c.host, "port": c.port, "path": c.path, "query": c.query} {
			if got := flow.At(out, key).String(); got != want {
				t.Errorf("%q: %s is %q, want %q", c.url, key, got, want)
			}
		}
	}
	for _, bad := range []string{
		"https://", "https:///path", "https:example.com", "http:\\\\example.com", "https://good.example\\@evil.example", "https://a b/",
		"https://ex%61mple.com/", "https://ex%C3%A4mple.com/", "https://ex ämple.com/", "https://\u200d.example/", "https://" + strings.Repeat("ä", 200) + ".example/", "https://[::1", "https://::1/", "https://h:65536/", "https://h:-1/", "https://h:+80/",
		"https://user@/", "https://a\tb/", "https://[fe80::1%25eth0]/", "https://[127.0.0.1]/",
	} {
		if out, err := call(t, "url.parse", flow.Members("url", flow.Text(bad))); flow.CodeOf(err) != flow.CodeInputInvalid {
			t.Errorf("%q gave %s (error %v), want %s", bad, out, err, flow.CodeInputInvalid)
		}
	}
}

// TestFormatUndoesParse takes URLs apart and puts them together again.
func TestFormatUndoesParse(t *testing.T) {
	for _, u := range []string{
		"https://example.com/", "http://example.com:8080/a%20b?c=d&e=%25", "https://[::1]:8443/x?y", "ftp://example.com:2121/pub", "wss://example.com/",
	} {
		parts, err := call(t, "url.parse", flow.Members("url", flow.Text(u)))
		if err != nil {
			t.Errorf("%s: %v", u, err)
			continue
		}
		out, err := call(t, "url.format", parts)
		if got := flow.At(out, "url").Text(); err != nil || got != u {
			t.Errorf("%s became %s (error %v)", u, got, err)
		}
	}
}

// TestFormatParts tries to make one part of a URL end and another begin.
func TestFormatParts(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"host":"h","path":"/a?b#c"}`, "https://h/a%3Fb%23c"},
		{`{"host":"h","query":"?a=b#c"}`, "https://h/?a=b%23c"},
		{`{"host":"h","path":"//evil.example"}`, "https://h//evil.example"},
		{`{"host":"h","path":"\\\\evil"}`, "https://h/%5C%5Cevil"},
		{`{"host":"h","protocol":"http"}`, "http://h:443/"},
		{`{"host":"h","protocol":"HTTP:","port":80}`, "http://h/"},
		{`{"host":"h","port":0}`, "https://h/"},
		{`{"host":"bücher.example"}`, "https://xn--bcher-kva.example/"},
	} {
		in, err := flow.ParseJSON([]byte(c.in), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := call(t, "url.format", in)
		if got := flow.At(out, "url").Text(); err != nil || got != c.want {
			t.Errorf("%s gave %s (error %v), want %s", c.in, got, err, c.want)
		}
	}
	for _, in := range []string{
		`{}`, `{"host":""}`, `{"host":"h:80"}`, `{"host":"u@h"}`, `{"host":"h/"}`, `{"host":"h?"}`, `{"host":"h#"}`, `{"host":"h\\"}`, `{"host":"a b"}`,
		`{"host":"h","protocol":""}`, `{"host":"h","protocol":"ht tp"}`, `{"host":"h","protocol":"1http"}`, `{"host":"h","port":80.5}`, `{"host":"h","port":-1}`,
	} {
		v, err := flow.ParseJSON([]byte(in), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := call(t, "url.format", v); flow.CodeOf(err) != flow.CodeInputInvalid {
			t.Errorf("%s gave %s (error %v), want %s", in, out, err, flow.CodeInputInvalid)
		}
	}
}

func TestDecodeComponent(t *testing.T) {
	for _, bad := range []string{"%", "%4", "%zz", "a%", "%E0%A4", "%C0%AF", "%ED%A0%80"} {
		if out, err := call(t, "url.decodeComponent", flow.Members("string", flow.Text(bad))); flow.CodeOf(err) != flow.CodeInputInvalid {
			t.Errorf("%q gave %s (error %v), want %s", bad, out, err, flow.CodeInputInvalid)
		}
	}
	for _, s := range []string{"", "plain", "ü/&=?% +", "😀\x00\n"} {
		enc, err := call(t, "url.encodeComponent", flow.Members("string", flow.Text(s)))
		if err != nil {
			t.Fatal(err)
		}
		dec, err := call(t, "url.decodeComponent", flow.Members("string", flow.At(enc, "output")))
		if got := flow.At(dec, "output").Text(); err != nil || got != s {
			t.Errorf("%q became %q (error %v)", s, got, err)
		}
	}
}

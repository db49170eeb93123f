package xml_test

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/xml"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, xml.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, xml.Cards(), "xml") }

func TestProperty(t *testing.T) { cardtest.Property(t, xml.Cards(), 1, 300) }

const (
	build = iota
	parse
)

func call(t *testing.T, card int, in flow.Value) (flow.Value, error) {
	t.Helper()
	return cardtest.Direct(t.Context(), xml.Cards()[card], in)
}

func fromJSON(t *testing.T, s string) flow.Value {
	t.Helper()
	v, err := flow.ParseJSON([]byte(s), flow.JSONLimits{})
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ xml, options, want string }{
		{"\uFEFF<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\r\n<a><b>ü</b></a>\n<!-- end -->", `{}`, `{"b":["ü"]}`},
		{`<a>x<b/>y</a>`, `{}`, `{"_":"xy","b":[""]}`},
		{`<a> <b> </b> </a>`, `{}`, `{"b":[" "]}`},
		{`<a x="1"/>`, `{}`, `{"$":{"x":"1"}}`},
		{`<a/>`, `{}`, `{}`},
		{`<a/>`, `{"explicitRoot":true}`, `{"a":""}`},
		{`<a>t</a>`, `{"explicitRoot":true}`, `{"a":"t"}`},
		{`<a>t</a>`, `{"explicitCharkey":true}`, `{"_":"t"}`},
		{`<a><b><![CDATA[ ]]></b><b><![CDATA[<&]]></b></a>`, `{}`, `{"b":[" ","<&"]}`},
		{`<a><b><![CDATA[  ]]></b></a>`, `{"trim":true}`, `{"b":[""]}`},
		{`<a><b c="1"><![CDATA[]]></b><b><![CDATA[]]></b></a>`, `{"explicitCharkey":true}`, `{"b":[{"$":{"c":"1"}},""]}`}, // an empty section is no text
		{"<a><b> x \n\n y\tz </b></a>", `{"normalize":true}`, `{"b":["x y\tz"]}`},
		{`<n:a xmlns:n="u" n:k="v"><n:b/></n:a>`, `{}`, `{"$":{"xmlns:n":"u","n:k":"v"},"n:b":[""]}`},
		{`<A><B C="d"/></A>`, `{"normalizeTags":true,"explicitRoot":true}`, `{"a":{"b":[{"$":{"C":"d"}}]}}`},
		{`<a><b c="1">t</b></a>`, `{"attrkey":"@","charkey":"#"}`, `{"b":[{"#":"t","@":{"c":"1"}}]}`},
		{`<a><b c="1">t</b></a>`, `{"attrkey":"","charkey":""}`, `{"b":[{"_":"t","$":{"c":"1"}}]}`},
		{`<a>t<_>u</_></a>`, `{}`, `{"_":["t","u"]}`},
		{`<a x="1"><k>u</k></a>`, `{"attrkey":"k"}`, `{"k":[{"x":"1"},"u"]}`},
		{`<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;</a>`, `{}`, `{"_":"<>&\"'AB"}`},
		{`<a><?pi data?><b/></a>`, `{}`, `{"b":[""]}`},
		{`<a><__proto__>x</__proto__></a>`, `{}`, `{"__proto__":["x"]}`},
		{`<a>&#xD800;</a>`, `{}`, "{\"_\":\"\uFFFD\"}"}, // half of a surrogate pair is no character
		{` `, `{}`, `{}`},
		{`<?xml version="1.1"?><a><b>1.1</b></a>`, `{}`, `{"b":["1.1"]}`},
		{"\uFEFF<?xml\n version = '1.3' encoding='UTF-8' standalone=\"yes\"?>\n<a/>", `{"explicitRoot":true}`, `{"a":""}`},
	} {
		out, err := call(t, parse, flow.Members("xml", flow.Text(c.xml), "options", fromJSON(t, c.options)))
		if got := flow.At(out, "output").String(); err != nil || got != c.want {
			t.Errorf("%s with %s gave %s (error %v), want %s", c.xml, c.options, got, err, c.want)
		}
	}
}

func TestMalformed(t *testing.T) {
	for _, s := range []string{
		`text`, `<a>`, `</a>`, `<a></b>`, `<a><b></a></b>`, `<a/><b/>`, `<a/>text`, `text<a/>`, `<a x=1/>`, `<a x/>`, `<a x="1" x="2"/>`, `<a x="<"/>`,
		`<a>&nbsp;</a>`, `<a>&e;</a>`, `<a>& b</a>`, `<a>&#0;</a>`, `<a>]]></a>`, `<a><!-- -- --></a>`, `<a><![CDATA[</a>`, `<a`, `<1a/>`,
		"<a>\x01</a>", `<!DOCTYPE a><a/>`, `<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`, `<a/><?xml version="1.0"?>`, `<?xml version="2.0"?><a/>`, `<?xml version="1.1"?><a>&#1;</a>`, `<a><![CDATA[x]]`,
		`<![CDATA[x]]><a/>`, `<a><b></B></a>`,
	} {
		out, err := call(t, parse, flow.Members("xml", flow.Text(s), "options", flow.Members("normalizeTags", flow.Bool(true))))
		if flow.CodeOf(err) != flow.CodeXMLSyntax {
			t.Errorf("%q gave %s (error %v), want %s", s, out, err, flow.CodeXMLSyntax)
		}
	}
	in := flow.Members("xml", flow.Text("<a/>"), "options", flow.Members("attrkey", flow.Text("_")))
	if _, err := call(t, parse, in); flow.CodeOf(err) != flow.CodeInputInvalid {
		t.Errorf("attrkey like charkey: error %v", err)
	}
}

func TestParseLimits(t *testing.T) {
	nest := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	var attributes strings.Builder
	for range 100_000 {
		attributes.WriteString(` x=""`)
	}
	for _, c := range []struct {
		name, xml string
		code      flow.Code
	}{
		{"64 deep", nest(64), ""},
		{"65 deep", nest(65), flow.CodeLimitDepth},
		{"very deep", strings.Repeat("<a>", 1_000_000), flow.CodeLimitDepth},
		{"many elements", "<a>" + strings.Repeat("<b/>", 300_000) + "</a>", flow.CodeLimitValue},
		{"many different elements are cheap enough", "<a>" + strings.Repeat("<b/>", 100_000) + "</a>", ""},
		{"many attributes", "<a" + attributes.String() + "/>", flow.CodeLimitValue},
		{"equals signs in text are no attributes", "<a>" + strings.Repeat("=", 200_000) + "</a>", ""},
		{"nor in quotes, comments and CDATA", `<a b="` + strings.Repeat("=", 200_000) + `"><!--<` + strings.Repeat("=", 200_000) + `--><![CDATA[<` + strings.Repeat("=", 200_000) + `]]></a>`, ""},
	} {
		if _, err := call(t, parse, flow.Members("xml", flow.Text(c.xml))); flow.CodeOf(err) != c.code {
			t.Errorf("%s: error %v, want %q", c.name, err, c.code)
		}
	}
}

func TestBuild(t *testing.T) {
	const head = `<?xml version="1.0" encoding="UTF-8"?>`
	for _, c := range []struct{ in, want string }{
		{`{"object":{"a":1,"b":2}}`, head + "\n<root>\n  <a>1</a>\n  <b>2</b>\n</root>"},
		{`{"object":{"a":null}}`, head + "\n<a/>"},
		{`{"object":{"a":[1,2]}}`, head + "\n<root>\n  <a>1</a>\n  <a>2</a>\n</root>"},
		{`{"object":{"a":1},"options":{"rootName":"r"}}`, head + "\n<r>\n  <a>1</a>\n</r>"},
		{`{"object":{},"options":{"rootName":""}}`, head + "\n<root/>"},
		{`{"object":{"$":{"k":"v"}}}`, head + "\n<root k=\"v\"/>"},
		{`{"object":{"_":"t"}}`, head + "\n<root>t</root>"},
		{`{"object":{"a":{"_":"t","b":1}}}`, head + "\n<a>\n  t\n  <b>1</b>\n</a>"},
		{`{"object":{"a":{"$":{"x":"<\"&\t\n'>","n":null,"t":true},"_":"<\"&'>\r"}},"renderOptions":{"pretty":false}}`,
			head + `<a x="&lt;&quot;&amp;&#x9;&#xA;'>" t="true">&lt;"&amp;'&gt;&#xD;</a>`},
		{`{"object":{"a":{"b":[{},"",[]]}},"renderOptions":{"pretty":false}}`, ""},
		{`{"object":{"a":{"b":[{},""],"c":[]}},"renderOptions":{"indent":"\t","newline":"\r\n"}}`, head + "\r\n<a>\r\n\t<b/>\r\n\t<b/>\r\n</a>"},
		{`{"object":{"a":1},"options":{"doctype":"a.dtd"},"declaration":{"encoding":"","version":"1.1","standalone":false},"renderOptions":{"pretty":false}}`,
			`<?xml version="1.1" standalone="no"?><!DOCTYPE a SYSTEM "a.dtd"><a>1</a>`},
		{`{"object":{"n:ü":1},"renderOptions":{"pretty":false}}`, head + `<n:ü>1</n:ü>`},
		{`{"object":[{"a":1}]}`, ""},
		{`{"object":{"":1}}`, ""},
		{`{"object":{"a":{"":1}}}`, ""},
		{`{"object":{"1a":1}}`, ""},
		{`{"object":{"a><b":1}}`, ""},
		{`{"object":{"a":{"$":{"x y":1}}}}`, ""},
		{`{"object":{"a":{"$":{"x":{}}}}}`, ""},
		{`{"object":{"a":{"$":"x"}}}`, ""},
		{`{"object":{"a":{"_":[]}}}`, ""},
		{`{"object":{"a":"\u0001"}}`, ""},
		{`{"object":{"a":1},"options":{"rootName":"a b"}}`, ""},
		{`{"object":{"a":1},"options":{"doctype":"\"'"}}`, ""},
		{`{"object":{"a":1},"declaration":{"version":"2.0"}}`, ""},
		{`{"object":{"a":1},"declaration":{"encoding":"\"?>"}}`, ""},
		{`{"object":{"a":1},"renderOptions":{"indent":"<x/>"}}`, ""},
	} {
		out, err := call(t, build, fromJSON(t, c.in))
		got := flow.At(out, "xml").Text()
		if c.want == "" {
			if code := flow.CodeOf(err); code != flow.CodeInputInvalid && code != flow.CodeTypeConversion {
				t.Errorf("%s gave %s (error %v), want an error", c.in, got, err)
			}
		} else if err != nil || got != c.want {
			t.Errorf("%s gave\n%s (error %v), want\n%s", c.in, got, err, c.want)
		}
	}
}

func TestBuildLimits(t *testing.T) {
	in := fromJSON(t, `{"object":{"a":{"b":[1,2,3]}}}`)
	wide := flow.Members("object", flow.At(in, "object"), "renderOptions", flow.Members("indent", flow.Text(strings.Repeat(" ", 3<<20))))
	if _, err := call(t, build, wide); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("a wide indent: error %v, want %s", err, flow.CodeLimitValue)
	}
}

func TestBuildSecrets(t *testing.T) {
	secret := flow.NewSecret("key", "p<q>\x01", "api.example")
	for _, c := range []struct {
		in   flow.Value
		want string
	}{
		{flow.Members("a", flow.Members("b", secret, "c", flow.Number(1))), "<a><b>p&lt;q&gt;\uFFFD</b><c>1</c></a>"},
		{flow.Members("a", flow.Members("$", flow.Members("k", secret))), "<a k=\"p&lt;q>\uFFFD\"/>"},
		{flow.Members("a", flow.Members("_", secret)), "<a>p&lt;q&gt;\uFFFD</a>"},
		{flow.Members("a", secret), "<a>p&lt;q&gt;\uFFFD</a>"},
	} {
		out, err := call(t, build, flow.Members("object", c.in, "renderOptions", flow.Members("pretty", flow.Bool(false))))
		v := flow.At(out, "xml")
		if err != nil || v.Kind() != flow.KindSecret {
			t.Errorf("%s gave %s (error %v), want a secret", c.in, v, err)
			continue
		}
		got := ""
		flow.MapSecret(v, func(s string) string { got = s; return s })
		if _, body, _ := strings.Cut(got, "?>"); body != c.want {
			t.Errorf("%s: the secret holds %q, want %q", c.in, body, c.want)
		}
	}
	if _, err := call(t, parse, flow.Members("xml", secret)); flow.CodeOf(err) != flow.CodeSecretFlow {
		t.Errorf("parsing a secret: error %v", err)
	}
}

// TestRoundTrip builds what Parse gave and parses it again.
func TestRoundTrip(t *testing.T) {
	for _, s := range []string{
		`<r><a/></r>`, `<r k="v &amp; &quot;w&quot; &#xA;"><a>1</a><a>2</a><b c="d">t<e/></b></r>`, `<n:r xmlns:n="u"><n:x> y </n:x></n:r>`,
	} {
		first, err := call(t, parse, flow.Members("xml", flow.Text(s), "options", flow.Members("explicitRoot", flow.Bool(true))))
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		text, err := call(t, build, flow.Members("object", flow.At(first, "output"), "renderOptions", flow.Members("pretty", flow.Bool(false))))
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		second, err := call(t, parse, flow.Members("xml", flow.At(text, "xml"), "options", flow.Members("explicitRoot", flow.Bool(true))))
		if err != nil || !flow.Equal(first, second) {
			t.Errorf("%s: %s became %s (error %v)", s, first, second, err)
		}
	}
}

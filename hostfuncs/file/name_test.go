package file

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestNameOf(t *testing.T) {
	for _, c := range []struct{ disposition, address, want string }{
		{`attachment; filename="a.txt"`, "", "a.txt"},
		{`attachment; filename=a.txt`, "", "a.txt"},
		{`ATTACHMENT; FILENAME = a.txt `, "", "a.txt"},
		{`inline; filename=foo bar.txt; size=3`, "", "foo bar.txt"},
		{`filename=a.txt`, "", "a.txt"},
		{`attachment; filename="a;b.txt"`, "", "a;b.txt"},
		{`attachment; filename="a\"b\\c.txt"`, "", "c.txt"},
		{`attachment; filename="C:\temp\a.txt"`, "", "a.txt"},
		{`attachment; filename="a.txt`, "", "a.txt"},
		{`attachment; filename="first"; filename="second"`, "", "first"},
		{`attachment; filename="plain.txt"; filename*=UTF-8''na%C3%AFve.txt`, "", "naïve.txt"},
		{`attachment; filename*=utf-8'en'%e2%82%ac%20rates; filename="euro"`, "", "€ rates"},
		{`attachment; filename*=iso-8859-1'en'%A3%20rates`, "", "£ rates"},
		{`attachment; filename*="UTF-8''a.txt"`, "", "a.txt"},
		{`attachment; filename*=UTF-8''%FF; filename="plain"`, "", "plain"},
		{`attachment; filename*=UTF-8''%zz; filename="plain"`, "", "plain"},
		{`attachment; filename*=koi8-r''a; filename="plain"`, "", "plain"},
		{`attachment; filename*=a.txt; filename="plain"`, "", "plain"},
		{`attachment; filename="ünï.txt"`, "", "ünï.txt"},

		{`attachment; filename="../../etc/passwd"`, "", "passwd"},
		{`attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd`, "", "passwd"},
		{`attachment; filename*=UTF-8''..%5C..%5Cwin.ini`, "", "win.ini"},
		{`attachment; filename="..."`, "https://e.example/b.txt", "b.txt"},
		{`attachment; filename=".."`, "https://e.example/", unnamed},
		{`attachment; filename*=UTF-8''a%00.txt`, "", "a.txt"},
		{`attachment; filename*=UTF-8''a%0D%0AX: y`, "", "aX_ y"},
		{`attachment; filename*=UTF-8''gpj%E2%80%AEexe.txt`, "", "gpjexe.txt"},
		{`attachment; filename="` + strings.Repeat("a", 1000) + `.txt"`, "", strings.Repeat("a", 251) + ".txt"},

		{"", "https://e.example/dir/a%20b.txt?c=d.e#f", "a b.txt"},
		{"attachment", "https://e.example/a.txt/", unnamed},
		{"attachment; filename=", "https://e.example/a.txt", "a.txt"},
		{`attachment; filename=""`, "https://e.example/a.txt", "a.txt"},
		{"", "https://e.example", unnamed},
		{"", "https://e.example/%2e%2e", unnamed},
		{"", "https://e.example/a%2Fb.txt", "b.txt"},
		{"", "https://e.example/%FF", "_"},
		{";;;=\"", "::", unnamed},
	} {
		if got := nameOf(c.disposition, c.address); got != c.want {
			t.Errorf("nameOf(%q, %q) = %q, want %q", c.disposition, c.address, got, c.want)
		}
	}
}

func FuzzNameOf(f *testing.F) {
	f.Add(`attachment; filename="a\"b"; filename*=UTF-8''%2F..`, "https://e.example/a%2F..")
	f.Add(`;=";\`, "%zz")
	f.Fuzz(func(t *testing.T, disposition, address string) {
		name := nameOf(disposition, address)
		if name == "" || name != flow.CleanFileName(name) {
			t.Errorf("nameOf(%q, %q) = %q", disposition, address, name)
		}
	})
}

func TestMediaType(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"text/plain", "text/plain"},
		{"Text/HTML; Charset=UTF-8", "text/html; charset=UTF-8"},
		{"", flow.DefaultContentType},
		{"text", flow.DefaultContentType},
		{"text/plain\r\nX-Header: y", flow.DefaultContentType},
		{"a/b; c=\"d\r\ne\"", flow.DefaultContentType},
		{"/", flow.DefaultContentType},
	} {
		if got := mediaType(c.in); got != c.want {
			t.Errorf("mediaType(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

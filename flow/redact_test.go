package flow

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// TestRedactor: a secret with every character that encoders treat specially is
// erased in each way in which a server may write it back.
func TestRedactor(t *testing.T) {
	const secret = "p\"a\\s<s>&w/ö'r😀d+=?"
	r := NewRedactor(NewSecret("s", secret))
	quoted := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	least := string(AppendQuoted(nil, secret))
	for name, text := range map[string]string{
		"plain":                 secret,
		"JSON.stringify":        least,
		"JSON.stringify twice":  string(AppendQuoted(nil, least)),
		"encoding/json":         quoted(secret),
		"encoding/json twice":   quoted(quoted(secret)),
		"JSON inside Go's JSON": quoted(least),
		"slashes escaped":       strings.ReplaceAll(least, "/", `\/`),
		"ASCII only":            asciiForm(least, "x"),
		"ASCII only, slashes":   asciiForm(strings.ReplaceAll(least, "/", `\/`), "x"),
		"URL query":             url.QueryEscape(secret),
		"URL path":              url.PathEscape(secret),
		"HTML":                  `p&#34;a\s&lt;s&gt;&amp;w/ö&#39;r😀d+=?`,
		"base64":                base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 inside, 1":      base64.StdEncoding.EncodeToString([]byte("x" + secret + "y")),
		"base64 inside, 2":      base64.URLEncoding.EncodeToString([]byte("xy" + secret + "y")),
		"encodeURIComponent":    `p%22a%5Cs%3Cs%3E%26w%2F%C3%B6'r%F0%9F%98%80d%2B%3D%3F`,
		"quote of Python":       `p%22a%5Cs%3Cs%3E%26w/%C3%B6%27r%F0%9F%98%80d%2B%3D%3F`,
		"URL, small digits":     `p%22a%5cs%3cs%3e%26w%2f%c3%b6%27r%f0%9f%98%80d%2b%3d%3f`,
		"URL path, small":       `p%22a%5cs%3cs%3e&w%2f%c3%b6%27r%f0%9f%98%80d+=%3f`,
		"HTML, names":           `p&quot;a\s&lt;s&gt;&amp;w/ö&#x27;r😀d+=?`,
		"HTML, apos":            `p&quot;a\s&lt;s&gt;&amp;w/ö&apos;r😀d+=?`,
		"HTML, quotes left":     `p"a\s&lt;s&gt;&amp;w/ö'r😀d+=?`,
		"ASCII only, capitals":  `p\"a\\s<s>&w/\u00F6'r\uD83D\uDE00d+=?`,
		"hexadecimal":           hex.EncodeToString([]byte(secret)),
	} {
		got := r.Text("<< " + text + " >>")
		if !strings.Contains(got, SecretMark) || strings.Contains(got, "w/ö") || strings.Contains(got, `s\u003e`) {
			t.Errorf("%s: %q is left as %q", name, text, got)
		}
	}
	if got := r.Text("nothing to hide"); got != "nothing to hide" {
		t.Errorf("plain text became %q", got)
	}
}

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
		"ASCII only":            asciiForm(least),
		"ASCII only, slashes":   asciiForm(strings.ReplaceAll(least, "/", `\/`)),
		"URL query":             url.QueryEscape(secret),
		"URL path":              url.PathEscape(secret),
		"HTML":                  `p&#34;a\s&lt;s&gt;&amp;w/ö&#39;r😀d+=?`,
		"base64":                base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 inside, 1":      base64.StdEncoding.EncodeToString([]byte("x" + secret + "y")),
		"base64 inside, 2":      base64.URLEncoding.EncodeToString([]byte("xy" + secret + "y")),
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

package egress

import (
	"net/url"
	"testing"
)

// FuzzParseURL checks that whatever is accepted has one host: the one that was
// checked is the one that net/url and a second reading see.
func FuzzParseURL(f *testing.F) {
	for _, s := range []string{
		"https://example.com/", "http://127.0.0.1:8080/a?b#c", "https://[::1]:443", "https://bücher.example:1/%2F/ä", "https://a@b/", `https://a\@b/`,
		"https://2130706433/", "https://１.1.1.1/", "https://a.example:443?x", "HTTPS://A#b", "https://xn--bcher-kva/", "https://[::ffff:1.2.3.4]/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, err := parseURL(s)
		if err != nil {
			return
		}
		printed := first.url.String()
		u, err := url.Parse(printed)
		if err != nil || u.Hostname() != first.name || u.User != nil || u.Fragment != "" {
			t.Fatalf("%q was read as host %q, and %q has %v (%v)", s, first.name, printed, u, err)
		}
		second, err := parseURL(printed)
		if err != nil || second.host != first.host || second.url.String() != printed {
			t.Fatalf("%q gave %q, which gave %v (%v)", s, printed, second.url, err)
		}
	})
}

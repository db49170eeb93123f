package flow

import "testing"

func TestRateCovers(t *testing.T) {
	for _, c := range []struct {
		rate, scheme, host string
		want               bool
	}{
		{"a.example", "https", "a.example", true},
		{"a.example", "https", "A.example:443", true},
		{"a.example", "https", "a.example:8443", false},
		{"a.example:8443", "https", "a.example:8443", true},
		{"a.example", "http", "a.example:80", true},
		{"a.example", "https", "b.a.example", false},
		{"{{auth.sub}}.a.example", "https", "x.a.example", true},
		{"{{auth.sub}}.a.example", "https", ".a.example", false},
		{"{{auth.sub}}.a.example", "https", "a.example", false},
		{"api.{{auth.a}}.{{auth.b}}.example", "https", "api.x.y.example", true},
		{"{{auth.host}}", "https", "anything.example", true},
	} {
		r := Rate{Host: c.rate}
		if got := r.Covers(c.scheme, c.host); got != c.want {
			t.Errorf("%s covers %s://%s: %t", c.rate, c.scheme, c.host, got)
		}
	}
}

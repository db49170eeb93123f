package connections

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestCanonicalAnswer(t *testing.T) {
	plain := &flow.OAuth2{}
	nested := &flow.OAuth2{ScopeSeparator: ",", TokenResponse: flow.TokenResponse{
		AccessToken: "data.token", RefreshToken: "data.refresh", ExpiresIn: "data.ttl", Scope: "scopes.0", TokenType: `"token.type"`,
	}}
	for _, c := range []struct {
		what, content, body string
		auth                *flow.OAuth2
		want                string
	}{
		{"RFC 6749, 5.1", "application/json", `{"access_token":"a","token_type":"example","expires_in":3600,"refresh_token":"r","example_parameter":"x"}`, plain,
			`{"access_token":"a","token_type":"example","refresh_token":"r","expires_in":3600}`},
		{"the least", "", `{"access_token":"a"}`, plain, `{"access_token":"a"}`},
		{"nulls", "", `{"access_token":"a","refresh_token":null,"expires_in":null,"scope":null}`, plain, `{"access_token":"a"}`},
		{"a lifetime as text", "", `{"access_token":"a","expires_in":"60"}`, plain, `{"access_token":"a","expires_in":60}`},
		{"a lifetime in parts", "", `{"access_token":"a","expires_in":59.9}`, plain, `{"access_token":"a","expires_in":59}`},
		{"no lifetime", "", `{"access_token":"a","expires_in":0}`, plain, `{"access_token":"a"}`},
		{"a huge lifetime", "", `{"access_token":"a","expires_in":1e300}`, plain, fmt.Sprintf(`{"access_token":"a","expires_in":%d}`, maxLifetime)},
		{"scopes", "", `{"access_token":"a","scope":"read  write,admin"}`, plain, `{"access_token":"a","scope":"read write admin"}`},
		{"a list of scopes", "", `{"access_token":"a","scope":["read","write",1,"read"]}`, plain, `{"access_token":"a","scope":"read write"}`},
		{"scopes of no use", "", `{"access_token":"a","scope":{"x":1}}`, plain, `{"access_token":"a"}`},
		{"a form", "application/x-www-form-urlencoded", `access_token=a&scope=repo%2Cgist&token_type=bearer`, plain,
			`{"access_token":"a","token_type":"bearer","scope":"repo gist"}`},
		{"a form as text", "text/plain", "access_token=a&expires_in=60\n", plain, `{"access_token":"a","expires_in":60}`},
		{"JSON as text", "text/plain", ` {"access_token":"a"}`, plain, `{"access_token":"a"}`},
		{"JSON as a page", "text/html", `{"access_token":"a"}`, plain, `{"access_token":"a"}`},
		{"members elsewhere", "application/json", `{"access_token":"wrong","data":{"token":"a","refresh":"r","ttl":60},"scopes":["x,y"],"token.type":"t"}`, nested,
			`{"access_token":"a","token_type":"t","refresh_token":"r","expires_in":60,"scope":"x y"}`},
		{"an error that is empty", "", `{"access_token":"a","error":""}`, plain, `{"access_token":"a"}`},
		{"an error with status 200", "", `{"ok":false,"error":"invalid_grant","access_token":"a"}`, plain, `{"error":"invalid_grant"}`},
		{"an error that is an object", "", `{"error":{"message":"` + canary + `"}}`, plain, `{"error":"other_error"}`},
		{"an error of its own", "", `{"error":"` + canary + `"}`, plain, `{"error":"other_error"}`},
	} {
		got, err := canonicalAnswer(200, c.content, []byte(c.body), c.auth)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", c.what, got, err, c.want)
		}
	}
	for body, want := range map[string]string{
		`{"error":"invalid_client","error_description":"` + canary + `"}`: "invalid_client",
		"<h1>" + canary + "</h1>": "other_error", "": "other_error", `{"access_token":"` + canary + `"}`: "other_error", `["x"]`: "other_error",
		`{"error":"invalid_grant","error":"x"}`: "other_error", "error=invalid_scope": "other_error",
	} {
		got, err := canonicalAnswer(400, "application/json", []byte(body), plain)
		if err != nil || string(got) != `{"error":"`+want+`"}` {
			t.Errorf("status 400 with %q: %s, %v", body, got, err)
		}
	}
}

// hostileAnswers are bodies of token addresses that give no token.
var hostileAnswers = map[string]string{
	"nothing":                   "",
	"a page":                    "<!DOCTYPE html><title>Sign in</title>" + canary,
	"a list":                    `["` + canary + `"]`,
	"a text":                    `"` + canary + `"`,
	"null":                      "null",
	"an empty object":           "{}",
	"half an object":            `{"access_token":"` + canary,
	"two objects":               `{"access_token":"a"}{"access_token":"` + canary + `"}`,
	"a token twice":             `{"access_token":"a","access_token":"` + canary + `"}`,
	"no token":                  `{"token_type":"bearer","token":"` + canary + `"}`,
	"a token that is null":      `{"access_token":null}`,
	"a token that is empty":     `{"access_token":""}`,
	"a number":                  `{"access_token":12345}`,
	"an object":                 `{"access_token":{"value":"` + canary + `"}}`,
	"a list of tokens":          `{"access_token":["` + canary + `"]}`,
	"a token with a line break": `{"access_token":"a\r\nX-Evil: ` + canary + `"}`,
	"a token with a space end":  "{\"access_token\":\"a\u00a0" + canary + "\"}",
	"a token of emoji":          `{"access_token":"😀` + canary + `"}`,
	"a huge token":              `{"access_token":"` + strings.Repeat("a", flow.MaxSecret) + `"}`,
	"a refresh token of 7":      `{"access_token":"a","refresh_token":7}`,
	"a kind of 7":               `{"access_token":"a","token_type":7}`,
	"a negative lifetime":       `{"access_token":"a","expires_in":-1}`,
	"a negative text":           `{"access_token":"a","expires_in":"-60"}`,
	"a lifetime in words":       `{"access_token":"a","expires_in":"` + canary + `"}`,
	"a lifetime that is no one": `{"access_token":"a","expires_in":"NaN"}`,
	"a lifetime that is true":   `{"access_token":"a","expires_in":true}`,
	"a lifetime in an object":   `{"access_token":"a","expires_in":{}}`,
	"too deep":                  strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200),
	"invalid UTF-8":             "{\"access_token\":\"a\xff" + canary + "\"}",
	"a byte order mark":         "\ufeff{\"access_token\":\"a\"}",
	"XML":                       `<?xml version="1.0"?><access_token>` + canary + `</access_token>`,
}

func TestHostileAnswers(t *testing.T) {
	for what, body := range hostileAnswers {
		for _, content := range []string{"application/json", "text/plain", ""} {
			got, err := canonicalAnswer(200, content, []byte(body), &flow.OAuth2{})
			wantCode(t, what, err, flow.CodeOAuthAnswer)
			if got != nil {
				t.Errorf("%s: %s came out", what, got)
			}
		}
	}
	for _, form := range []string{"access_token=a&access_token=b", "access_token=%zz", "access_token=", "access_token=a&expires_in=-1", "access_token=a%0d%0a"} {
		_, err := canonicalAnswer(200, "application/x-www-form-urlencoded", []byte(form), &flow.OAuth2{})
		wantCode(t, form, err, flow.CodeOAuthAnswer)
	}
}

func FuzzAnswer(f *testing.F) {
	for _, body := range hostileAnswers {
		if len(body) < 1000 {
			f.Add(200, "application/json", body, "data.token")
		}
	}
	f.Add(200, "text/plain", "access_token=a&expires_in=60", "")
	f.Add(400, "application/json", `{"error":"invalid_grant"}`, "")
	f.Fuzz(func(t *testing.T, status int, content, body, path string) {
		o := &flow.OAuth2{TokenResponse: flow.TokenResponse{AccessToken: path}}
		got, err := canonicalAnswer(status, content, []byte(body), o)
		if err != nil {
			if flow.CodeOf(err) != flow.CodeOAuthAnswer {
				t.Errorf("error %v", err)
			}
			return
		}
		var a tokenAnswer
		if err := json.Unmarshal(got, &a); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if (a.AccessToken == "") == (a.Error == "") || a.ExpiresIn < 0 || a.ExpiresIn > maxLifetime {
			t.Errorf("%q gives %s", body, got)
		}
		if strings.ContainsAny(a.AccessToken+a.RefreshToken+a.TokenType+a.Scope, "\r\n\x00") {
			t.Errorf("control characters in %q", got)
		}
		if a.Error != "" && a.Error != refusal(a.Error) {
			t.Errorf("an error of the server's own: %q", a.Error)
		}
	})
}

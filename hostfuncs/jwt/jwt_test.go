package jwt_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/jwt"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, jwt.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, jwt.Cards(), "jwt") }

func TestProperty(t *testing.T) { cardtest.Property(t, jwt.Cards(), 7519, 300) }

func card(t testing.TB, key string) *flow.Card {
	t.Helper()
	for _, c := range jwt.Cards() {
		if c.Key == key {
			return c
		}
	}
	t.Fatalf("no card %s", key)
	return nil
}

// call runs a card on inputs in JSON, at a time in seconds since 1970.
func call(t testing.TB, key, in string, now int64) (flow.Value, error) {
	t.Helper()
	v, err := flow.ParseJSON([]byte(in), flow.JSONLimits{})
	if err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	return callValue(t, key, v, now)
}

func callValue(t testing.TB, key string, in flow.Value, now int64) (flow.Value, error) {
	t.Helper()
	c := card(t, key)
	env := cardtest.NewEnv()
	env.Clock = time.Unix(now, 0)
	out, err := flow.Invoke(t.Context(), c, in, env)
	v, _ := out.Object().Get(c.Out[0].Key)
	return v, err
}

// start is when the clock of testdata/generate.mjs stands.
const start = 1473267325

type row struct {
	Keys map[string]struct{ Private, Public string }

	Sign  json.RawMessage
	Token *string

	Verify json.RawMessage
	Now    int64
	Claims json.RawMessage

	Span json.RawMessage
	At   *float64
}

// rows returns the rows that testdata/generate.mjs wrote, keys put in.
func rows(t *testing.T) []row {
	t.Helper()
	f, err := os.Open("testdata/rows.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []row
	keys := strings.NewReplacer()
	for s := bufio.NewScanner(f); s.Scan(); {
		var r row
		if err := json.Unmarshal([]byte(keys.Replace(s.Text())), &r); err != nil {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		if r.Keys != nil {
			var pairs []string
			for name, k := range r.Keys {
				for half, text := range map[string]string{"private": k.Private, "public": k.Public} {
					quoted, _ := json.Marshal(text)
					pairs = append(pairs, `"@`+name+"."+half+`"`, string(quoted))
				}
			}
			keys = strings.NewReplacer(pairs...)
		}
		out = append(out, r)
	}
	return out
}

func TestSignRows(t *testing.T) {
	n := 0
	for _, r := range rows(t) {
		if r.Sign == nil {
			continue
		}
		n++
		got, err := call(t, "jwt.sign", string(r.Sign), start)
		switch {
		case r.Token == nil && err == nil:
			t.Errorf("sign %s = %s, want an error", r.Sign, got)
		case r.Token != nil && (err != nil || got.Text() != *r.Token):
			t.Errorf("sign %s = %s, %v, want %s", r.Sign, got, err, *r.Token)
		}
	}
	if n < 200 {
		t.Errorf("%d rows", n)
	}
}

func TestVerifyRows(t *testing.T) {
	accepted, refused := 0, 0
	for _, r := range rows(t) {
		if r.Verify == nil {
			continue
		}
		got, err := call(t, "jwt.verify", string(r.Verify), r.Now)
		if string(r.Claims) == "null" {
			refused++
			if err == nil {
				t.Errorf("verify %s at %d = %s, want an error", r.Verify, r.Now, got)
			}
			continue
		}
		accepted++
		want, parseErr := flow.ParseJSON(r.Claims, flow.JSONLimits{})
		if parseErr != nil {
			t.Fatal(parseErr)
		}
		if err != nil || !flow.Equal(got, want) {
			t.Errorf("verify %s at %d = %s, %v, want %s", r.Verify, r.Now, got, err, want)
		}
	}
	if accepted < 80 || refused < 300 {
		t.Errorf("%d tokens accepted, %d refused", accepted, refused)
	}
}

func TestSpanRows(t *testing.T) {
	for _, r := range rows(t) {
		if r.Span == nil {
			continue
		}
		token, err := call(t, "jwt.sign", `{"key":"k","options":{"expiresIn":`+string(r.Span)+`}}`, start)
		if r.At == nil {
			if flow.CodeOf(err) != flow.CodeInputInvalid {
				t.Errorf("span %s: %s, %v, want input.invalid", r.Span, token, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("span %s: %v", r.Span, err)
			continue
		}
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token.Text(), ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		claims, err := flow.ParseJSON(payload, flow.JSONLimits{})
		if exp, _ := claims.Object().Get("exp"); err != nil || exp.Number() != *r.At {
			t.Errorf("span %s: exp is %s, %v, want %v", r.Span, exp, err, *r.At)
		}
	}
}

// Every algorithm signs what it verifies, with every key form of every kind.
func TestSignThenVerify(t *testing.T) {
	keys := rows(t)[0].Keys
	for algorithm, name := range map[string]string{
		"HS256": "", "HS384": "", "HS512": "", "RS256": "rsa", "RS384": "rsa", "RS512": "rsa", "PS256": "rsa", "PS384": "rsa", "PS512": "rsa",
		"ES256": "p256", "ES384": "p384", "ES512": "p521",
	} {
		private, public := "secret", "secret"
		if name != "" {
			private, public = keys[name].Private, keys[name].Public
		}
		options := flow.Members("algorithm", flow.Text(algorithm))
		token, err := callValue(t, "jwt.sign", flow.Members("key", flow.Text(private), "options", options, "payload", flow.Members("a", flow.Number(1))), start)
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
			continue
		}
		got, err := callValue(t, "jwt.verify", flow.Members("token", token, "key", flow.Text(public), "options", options), start)
		if want := flow.Members("a", flow.Number(1), "iat", flow.Number(start)); err != nil || !flow.Equal(got, want) {
			t.Errorf("%s: verified %s, %v, want %s", algorithm, got, err, want)
		}
	}
}

func testEnv() flow.Env { return cardtest.NewEnv() }

func BenchmarkCards(b *testing.B) {
	in, err := flow.ParseJSON([]byte(card(b, "jwt.sign").Examples[0].In), flow.JSONLimits{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("sign", func(b *testing.B) {
		for b.Loop() {
			if _, err := callValue(b, "jwt.sign", in, start); err != nil {
				b.Fatal(err)
			}
		}
	})
	in, err = flow.ParseJSON([]byte(card(b, "jwt.verify").Examples[0].In), flow.JSONLimits{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if _, err := callValue(b, "jwt.verify", in, start); err != nil {
				b.Fatal(err)
			}
		}
	})
}

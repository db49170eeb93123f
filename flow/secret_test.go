package flow

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestMasked: the mask of a secret names what is secret in it and keeps what is
// plain, through joining and spelling; what is computed from it is all secret.
func TestMasked(t *testing.T) {
	key, user := NewSecret("api_key", "s3cret-key", "a.example"), NewSecret("user", "s3cret-user", "a.example", "b.example")
	join := func(parts ...Value) Value {
		t.Helper()
		v, err := Concat(parts...)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	both := join(user, Text(":"), key)
	object, err := Convert(Members("key", key, "n", Number(1), "list", ListOf(user)), TextType)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v           Value
		mask, label string
	}{
		{Text("plain"), "plain", ""},
		{key, "[secret api_key]", "api_key"},
		{join(Text("Bearer "), key), "Bearer [secret api_key]", "api_key"},
		{both, "[secret user]:[secret api_key]", "user+api_key"},
		{join(both, Text("/"), key), "[secret user]:[secret api_key]/[secret api_key]", "user+api_key"},
		{MapSecret(both, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }), "[secret user+api_key]", "user+api_key"},
		{QuoteSecret(join(Text(`a"`), key)), `"a\"[secret api_key]"`, "api_key"},
		{object, `{"key":"[secret api_key]","n":1,"list":["[secret user]"]}`, "api_key+user"},
	} {
		if got := Masked(c.v); got != c.mask {
			t.Errorf("masked %q, want %q", got, c.mask)
		}
		if got := SecretLabel(c.v); got != c.label {
			t.Errorf("%s: label %q, want %q", c.mask, got, c.label)
		}
	}
}

// TestMaskBounded: joining secrets again and again makes neither masks nor
// labels grow without bound.
func TestMaskBounded(t *testing.T) {
	v := NewSecret("a_long_name_of_an_empty_secret", "", "a.example")
	w := NewSecret("b", "", "a.example")
	for range 40 {
		joined, err := Concat(v, w, v)
		if err != nil {
			t.Fatal(err)
		}
		v = joined
	}
	if n := len(Masked(v)); n > maxMask+100 {
		t.Errorf("a mask has %d bytes", n)
	}
	if got, want := SecretLabel(v), "a_long_name_of_an_empty_secret+b"; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
	if !strings.HasPrefix(Masked(v), "[secret ") {
		t.Errorf("mask %q", Masked(v))
	}
}

// TestRedactorMarks: each secret is replaced by its own mark, in texts, keys and
// containers; short ones only where they are the whole text.
func TestRedactorMarks(t *testing.T) {
	r := NewMarkingRedactor(Masked, []Value{
		ListOf(NewSecret("long", "s3cret-text"), Members("x", NewSecret("short", "abc"))), NewSecret("none", ""), Text("plain"),
	}...)
	in := Members("s3cret-text", ListOf(Text("<s3cret-text>"), Text("abc"), Text("abcd")), "n", Number(1))
	const want = `{"[secret long]":["<[secret long]>","[secret short]","abcd"],"n":1}`
	if got := r.Value(in).String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var none *Redactor
	if got := none.Value(in).String(); got != in.String() {
		t.Errorf("no redactor changed the value to %s", got)
	}
	e := Errorf(CodeHTTPStatus, "no s3cret-text: %v", Errorf(CodeHTTPBody, "s3cret-text"))
	if got := r.Error(e); got.Msg != "no [secret long]: http.body: [secret long]" || got.Err != nil {
		t.Errorf("the error became %v (%v)", got, got.Err)
	}
}

package connections

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/weirflow/weir/flow"
)

func sampleRecord() *Record {
	at := time.Date(2026, 11, 1, 12, 0, 0, 123, time.UTC)
	return &Record{
		Tenant: "local", ID: "one", Connector: "tracker", Auth: codeAuth(), Name: "Mine", Description: "for tests",
		Plain: map[string]string{"client_id": "id", "subdomain": "acme"}, Secrets: map[string]Hidden{"client_secret": Hide("s-" + canary), "extra": Hide("x-" + canary)},
		Hosts: []string{"acme.tracker.example"}, Bound: []string{"acme.tracker.example", "api.tracker.example"}, Scopes: []string{"read"},
		Token: &Token{Access: Hide("a-" + canary), Refresh: Hide("r-" + canary), Scopes: []string{"read"}, Obtained: at, Expiry: at.Add(time.Hour)},
		State: StateOK, Created: at, Updated: at,
	}
}

// revealed compares records by what they hold.
func revealed(r *Record) map[string]string {
	out := map[string]string{}
	for k, h := range r.Secrets {
		out[k] = h.reveal()
	}
	if r.Token != nil {
		out["access"], out["refresh"] = r.Token.Access.reveal(), r.Token.Refresh.reveal()
	}
	return out
}

func TestSealerRoundTrip(t *testing.T) {
	s := must[*Sealer](t)(NewSealer())
	r := sampleRecord()
	x := must[*Sealed](t)(s.Seal(r, 7))
	got := must[*Record](t)(s.Open(x))
	if !reflect.DeepEqual(revealed(got), revealed(r)) {
		t.Errorf("the secrets came back as others: %d of %d", len(revealed(got)), len(revealed(r)))
	}
	if got.Revision != 7 {
		t.Errorf("revision %d, want 7", got.Revision)
	}
	r.Revision = 7
	if a, b := got.View(), r.View(); !reflect.DeepEqual(a, b) {
		t.Errorf("came back as\n%+v\nwant\n%+v", a, b)
	}
	if a, b := must[View](t)(s.View(x)), r.View(); !reflect.DeepEqual(a, b) {
		t.Errorf("the view is\n%+v\nwant\n%+v", a, b)
	}
	for what, shown := range map[string]any{"record": r, "sealed": x, "sealer": s, "view": r.View(), "token": r.Token} {
		clean(t, what, shown)
	}
	for field, c := range x.Fields {
		if strings.Contains(string(c), canary) || len(c) == 0 {
			t.Errorf("the field %s is not sealed", field)
		}
	}
}

// TestSealerBindsFields: a ciphertext opens in its own place alone.
func TestSealerBindsFields(t *testing.T) {
	s := must[*Sealer](t)(NewSealer())
	r := sampleRecord()
	one := must[*Sealed](t)(s.Seal(r, 1))
	other := sampleRecord()
	other.ID = "two"
	two := must[*Sealed](t)(s.Seal(other, 1))
	stranger := sampleRecord()
	stranger.Tenant = "other"
	three := must[*Sealed](t)(s.Seal(stranger, 1))
	later := must[*Sealed](t)(s.Seal(r, 2))

	change := func(f func(x *Sealed)) *Sealed {
		x := *one
		x.Fields = map[string][]byte{}
		for k, v := range one.Fields {
			x.Fields[k] = slices.Clone(v)
		}
		f(&x)
		return &x
	}
	for what, x := range map[string]*Sealed{
		"a field in another's place": change(func(x *Sealed) { x.Fields["token.access"] = x.Fields["token.refresh"] }),
		"two fields swapped": change(func(x *Sealed) {
			x.Fields["secret.extra"], x.Fields["secret.client_secret"] = x.Fields["secret.client_secret"], x.Fields["secret.extra"]
		}),
		"a field of another connection":      change(func(x *Sealed) { x.Fields["token.access"] = two.Fields["token.access"] }),
		"a field of another tenant":          change(func(x *Sealed) { x.Fields["token.access"] = three.Fields["token.access"] }),
		"a field of another revision":        change(func(x *Sealed) { x.Fields["token.access"] = later.Fields["token.access"] }),
		"what is no secret, of another":      change(func(x *Sealed) { x.Fields["about"] = two.Fields["about"] }),
		"all of another connection":          change(func(x *Sealed) { x.Fields = two.Fields }),
		"another id":                         change(func(x *Sealed) { x.ID = "two" }),
		"another tenant":                     change(func(x *Sealed) { x.Tenant = "other" }),
		"another revision":                   change(func(x *Sealed) { x.Revision = 2 }),
		"tenant and id cut differently":      change(func(x *Sealed) { x.Tenant, x.ID = "loca", "lone" }),
		"a field that is missing":            change(func(x *Sealed) { delete(x.Fields, "token.refresh") }),
		"no fields":                          change(func(x *Sealed) { x.Fields = nil }),
		"a field too many":                   change(func(x *Sealed) { x.Fields["secret.more"] = x.Fields["secret.extra"] }),
		"a flipped bit":                      change(func(x *Sealed) { x.Fields["token.access"][20] ^= 1 }),
		"a ciphertext that is cut off":       change(func(x *Sealed) { x.Fields["token.access"] = x.Fields["token.access"][:12] }),
		"an empty ciphertext":                change(func(x *Sealed) { x.Fields["token.access"] = nil }),
		"a flipped bit of what is no secret": change(func(x *Sealed) { x.Fields["about"][40] ^= 1 }),
	} {
		got, err := s.Open(x)
		wantCode(t, what, err, flow.CodeVaultCorrupt)
		if got != nil {
			t.Errorf("%s: a record came out", what)
		}
	}
	if _, err := s.Open(change(func(*Sealed) {})); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func TestSealerRotation(t *testing.T) {
	kek, other := must[tink.AEAD](t)(ParseKey([]byte(testKey))), must[tink.AEAD](t)(ParseKey([]byte(NewKey())))
	s := must[*Sealer](t)(NewSealer())
	old := must[*Sealed](t)(s.Seal(sampleRecord(), 1))
	next := must[*Sealer](t)(s.Rotate())
	if next.Keys() != 2 || s.Keys() != 1 {
		t.Errorf("%d and %d keys, want 2 and 1", next.Keys(), s.Keys())
	}
	if _, err := next.Open(old); err != nil {
		t.Errorf("what the old key sealed does not open: %v", err)
	}
	fresh := must[*Sealed](t)(next.Seal(sampleRecord(), 1))
	_, err := s.Open(fresh)
	wantCode(t, "what the new key sealed, with the old one alone", err, flow.CodeVaultCorrupt)
	pruned := must[*Sealer](t)(next.Prune())
	if _, err := pruned.Open(fresh); err != nil || pruned.Keys() != 1 {
		t.Errorf("%d keys, %v", pruned.Keys(), err)
	}
	_, err = pruned.Open(old)
	wantCode(t, "what the old key sealed, without it", err, flow.CodeVaultCorrupt)

	wrapped := must[[]byte](t)(next.Wrap(kek))
	again := must[*Sealer](t)(UnwrapSealer(wrapped, kek))
	if _, err := again.Open(old); err != nil {
		t.Errorf("unwrapped: %v", err)
	}
	_, err = UnwrapSealer(wrapped, other)
	wantCode(t, "another key", err, flow.CodeVaultKey)
	wrapped[len(wrapped)/3] ^= 1
	_, err = UnwrapSealer(wrapped, kek)
	wantCode(t, "damaged keys", err, flow.CodeVaultKey)
	_, err = UnwrapSealer(nil, kek)
	wantCode(t, "no keys", err, flow.CodeVaultKey)
}

func TestParseKey(t *testing.T) {
	for _, text := range []string{testKey, " " + testKey + "\r\n", NewKey(), NewKey() + "\n", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA="} {
		if _, err := ParseKey([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "correct horse battery staple", testKey[:62], testKey + "00", "AAECAwQ=", NewKey() + NewKey(), "\x00"} {
		_, err := ParseKey([]byte(canary + text))
		wantCode(t, text, err, flow.CodeVaultKey)
	}
	if a, b := NewKey(), NewKey(); a == b {
		t.Error("two new keys are one")
	}
}

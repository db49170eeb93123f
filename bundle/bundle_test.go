package bundle_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/bundle/bundletest"
	"github.com/weirflow/weir/flow"
)

func sealed(t testing.TB) []byte {
	t.Helper()
	data, err := bundle.Seal(bundletest.Contents())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func signed(t testing.TB, names ...string) []byte {
	t.Helper()
	data := sealed(t)
	for _, name := range names {
		var err error
		if data, err = bundle.Sign(data, bundletest.Key(name)); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// TestSealIsDeterministic: equal contents and keys give equal bytes, in whatever
// order the files come and the keys sign.
func TestSealIsDeterministic(t *testing.T) {
	want := signed(t, "a", "b")
	for range 20 {
		if got := signed(t, "b", "a"); !bytes.Equal(got, want) {
			t.Fatal("the bytes differ")
		}
	}
	if again := signed(t, "a", "b", "a"); !bytes.Equal(again, want) {
		t.Error("signing twice with one key adds a signature")
	}
}

func TestOpen(t *testing.T) {
	data := signed(t, "author", "reviewer")
	b, err := bundle.Open(data, bundle.TrustKeys(bundletest.Public("reviewer"), bundletest.Public("nobody")))
	if err != nil {
		t.Fatal(err)
	}
	want := []bundle.Signer{
		{KeyID: bundletest.Public("reviewer").ID(), Name: "reviewer", Trusted: true},
		{KeyID: bundletest.Public("author").ID()},
	}
	if len(b.Signers) != 2 || b.Signers[0] != want[0] || b.Signers[1] != want[1] {
		t.Errorf("signers %+v", b.Signers)
	}
	in := bundletest.Contents()
	if !bytes.Equal(b.Wasm, in.Module) || b.Module.Manifest.Key != b.Statement.Predicate.Connector {
		t.Error("the module is another")
	}
	out := b.Contents()
	if !maps.EqualFunc(out.Files, in.Files, bytes.Equal) || !bytes.Equal(out.Module, in.Module) {
		t.Errorf("contents %v", out.Files)
	}
	for name, content := range in.Files {
		got, err := fs.ReadFile(b.Files(), name)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if entries, err := fs.ReadDir(b.Files(), "tests"); err != nil || len(entries) != 1 || entries[0].Name() != "greets.yaml" {
		t.Errorf("tests has %v, %v", entries, err)
	}
	if _, ok := b.File("none"); ok {
		t.Error("there is a member that nobody gave")
	}
	if n := len(b.Members()); n != len(in.Files)+2 {
		t.Errorf("%d members", n)
	}
}

func TestSealRefuses(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*bundle.Contents)
		want   flow.Code
	}{
		{"no module", func(c *bundle.Contents) { c.Module = nil }, flow.CodeModuleInvalid},
		{"a manifest of one's own", func(c *bundle.Contents) { c.Files[bundle.ManifestFile] = nil }, flow.CodeBundleMember},
		{"source", func(c *bundle.Contents) { c.Files["flows/a.yaml"] = nil }, flow.CodeBundleMember},
		{"a large file", func(c *bundle.Contents) { c.Files["tests/a.tape"] = make([]byte, bundle.MaxMember+1) }, flow.CodeBundleLimit},
		{"a number below 1", func(c *bundle.Contents) { c.Number = -1 }, flow.CodeBundleManifest},
		{"too much together", func(c *bundle.Contents) {
			for i := range 9 {
				c.Files["tests/"+string(rune('a'+i))] = make([]byte, bundle.MaxMember)
			}
		}, flow.CodeBundleLimit},
	} {
		in := bundletest.Contents()
		c.change(&in)
		if _, err := bundle.Seal(in); flow.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
	full := sealed(t)
	for i := range 16 {
		var err error
		if full, err = bundle.Sign(full, bundletest.Key(string(rune('a'+i)))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bundle.Sign(full, bundletest.Key("more")); flow.CodeOf(err) != flow.CodeBundleLimit {
		t.Errorf("a signature too many: %v", err)
	}
	if _, err := bundle.Sign([]byte("PK"), bundletest.Key("a")); flow.CodeOf(err) != flow.CodeBundleInvalid {
		t.Errorf("signing what is no bundle: %v", err)
	}
}

// TestEveryByteCounts: no byte of a bundle can be changed, added or left out
// without its being refused.
func TestEveryByteCounts(t *testing.T) {
	data := signed(t, "trusted")
	trust := bundle.TrustKeys(bundletest.Public("trusted"))
	for i := range data {
		for _, bit := range []byte{1, 0x20, 0x80} {
			changed := bytes.Clone(data)
			changed[i] ^= bit
			if _, err := bundle.Open(changed, trust); err == nil {
				t.Errorf("byte %d can be changed by %#x", i, bit)
			}
		}
	}
	for i := 0; i < len(data); i += 7 {
		if _, err := bundle.Open(data[:i], trust); err == nil {
			t.Errorf("the first %d bytes are accepted", i)
		}
		if _, err := bundle.Open(append(bytes.Clone(data[:i]), data[i+1:]...), trust); err == nil {
			t.Errorf("byte %d can be left out", i)
		}
	}
}

func TestKeys(t *testing.T) {
	private, public, err := bundle.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := bundle.ParseKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := bundle.ParsePublicKey("mine", public)
	if err != nil {
		t.Fatal(err)
	}
	data, err := bundle.Sign(sealed(t), key)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := bundle.Open(data, bundle.TrustKeys(pub)); err != nil || b.Signers[0].Name != "mine" || b.Signers[0].KeyID != pub.ID() {
		t.Errorf("%v", err)
	}
	// RFC 8410, 10.1 and 10.3: a key as another program writes it.
	rfc, err := bundle.ParseKey([]byte("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"))
	if err != nil {
		t.Fatal(err)
	}
	const rfcPublic = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
	if string(bundle.EncodePublicKey(rfc)) != rfcPublic {
		t.Errorf("the public key is\n%s", bundle.EncodePublicKey(rfc))
	}
	const ec = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYD54V/vp+54P9DXarYqx4MPcm+HKRIQzNasYSoRQHQ/6S6Ps8tpMcT+KvIIC8W/e9k0W7Cm72M1P9jU7SLf/vg==\n-----END PUBLIC KEY-----\n"
	for what, err := range map[string]error{
		"nothing":                     second(bundle.ParseKey(nil)),
		"text":                        second(bundle.ParseKey([]byte("secret"))),
		"a public key to sign with":   second(bundle.ParseKey(public)),
		"a private key to check with": second(bundle.ParsePublicKey("x", private)),
		"two keys":                    second(bundle.ParsePublicKey("x", append(bytes.Clone(public), public...))),
		"another kind of key":         second(bundle.ParsePublicKey("x", []byte(ec))),
		"no key in the block":         second(bundle.ParseKey([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))),
	} {
		if flow.CodeOf(err) != flow.CodeBundleKey {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && strings.Contains(err.Error(), string(private[30:60])) {
			t.Errorf("%s: the message shows the key", what)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// verifier is a key for the reference implementation of DSSE.
type verifier struct{ key ed25519.PrivateKey }

func (v verifier) Verify(_ context.Context, data, sig []byte) error {
	if !ed25519.Verify(v.key.Public().(ed25519.PublicKey), data, sig) {
		return errors.New("wrong signature")
	}
	return nil
}

func (v verifier) Sign(_ context.Context, data []byte) ([]byte, error) {
	return ed25519.Sign(v.key, data), nil
}
func (v verifier) KeyID() (string, error)   { return bundletest.Public("trusted").ID(), nil }
func (v verifier) Public() crypto.PublicKey { return v.key.Public() }

// TestReferenceImplementation: the reference implementation of DSSE accepts what
// Sign makes, and makes the same.
func TestReferenceImplementation(t *testing.T) {
	b, err := bundle.Open(signed(t, "trusted"), bundle.TrustAnyone())
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(b.Files(), bundle.StatementFile)
	if err != nil {
		t.Fatal(err)
	}
	var e dsse.Envelope
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	key := verifier{bundletest.Key("trusted")}
	check, err := dsse.NewEnvelopeVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := check.Verify(t.Context(), &e); err != nil {
		t.Errorf("the reference implementation refuses the signature: %v", err)
	}
	signer, err := dsse.NewEnvelopeSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := e.DecodeB64Payload()
	if err != nil {
		t.Fatal(err)
	}
	other, err := signer.SignPayload(t.Context(), bundle.PayloadType, payload)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(other)
	if err != nil {
		t.Fatal(err)
	}
	if string(want)+"\n" != string(text) {
		t.Errorf("the reference implementation makes\n%s\nand this one\n%s", want, text)
	}
	var s struct {
		Type          string `json:"_type"`
		PredicateType string
		Subject       []struct {
			Name   string
			Digest map[string]string
		}
	}
	if err := json.Unmarshal(payload, &s); err != nil || s.Type != bundle.StatementType || len(s.Subject) != len(b.Members()) {
		t.Errorf("the statement is %+v, %v", s, err)
	}
}

// FuzzOpen: nothing that is opened panics, and what is accepted can be sealed
// and signed again.
func FuzzOpen(f *testing.F) {
	for _, c := range corpus(f) {
		if len(c.Data) < 64<<10 {
			f.Add(c.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Open(data, bundle.TrustAnyone())
		if (b == nil) != (err != nil) {
			t.Fatalf("%v and %v", b, err)
		}
		if err != nil {
			var e *flow.Error
			if !errors.As(err, &e) || e.Code == flow.CodeInternal {
				t.Errorf("%v is not a coded error", err)
			}
			return
		}
		again, err := bundle.Sign(data, bundletest.Key("trusted"))
		if err != nil {
			if flow.CodeOf(err) != flow.CodeBundleLimit {
				t.Error(err)
			}
			return
		}
		if _, err := bundle.Open(again, bundle.TrustKeys(bundletest.Public("trusted"))); err != nil {
			t.Error(err)
		}
	})
}

func ExampleOpen() {
	data, err := os.ReadFile("tracker.weir")
	if err != nil {
		return
	}
	text, err := os.ReadFile("author.pub")
	if err != nil {
		return
	}
	author, err := bundle.ParsePublicKey("author", text)
	if err != nil {
		return
	}
	b, err := bundle.Open(data, bundle.TrustKeys(author))
	if err != nil {
		return // nothing in it has been used
	}
	_ = b.Wasm // for engine.Load
}

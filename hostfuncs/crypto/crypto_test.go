package crypto_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	weircrypto "github.com/weirflow/weir/hostfuncs/crypto"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, weircrypto.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, weircrypto.Cards(), "crypto") }

func TestProperty(t *testing.T) { cardtest.Property(t, weircrypto.Cards(), 4231, 200) }

func card(t testing.TB, key string) *flow.Card {
	t.Helper()
	for _, c := range weircrypto.Cards() {
		if c.Key == key {
			return c
		}
	}
	t.Fatalf("no card %s", key)
	return nil
}

// run calls a card with text inputs; names with a slash are in a group.
func run(t testing.TB, key string, inputs ...any) (flow.Value, error) {
	t.Helper()
	out, err := flow.Invoke(t.Context(), card(t, key), members(inputs...), nil)
	v, _ := out.Object().Get("output")
	return v, err
}

func members(inputs ...any) flow.Value {
	var top, group flow.ObjectBuilder
	name := ""
	for i := 0; i < len(inputs); i += 2 {
		v, ok := inputs[i+1].(flow.Value)
		if !ok {
			v = flow.Text(inputs[i+1].(string))
		}
		if g, key, found := strings.Cut(inputs[i].(string), "/"); found {
			name = g
			group.Set(key, v)
		} else {
			top.Set(inputs[i].(string), v)
		}
	}
	if name != "" {
		top.Set(name, group.Value())
	}
	return top.Value()
}

// rows returns the rows of one kind that testdata/generate.sh wrote.
func rows(t *testing.T, kind string) [][]string {
	t.Helper()
	b, err := os.ReadFile("testdata/rows.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(b)) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); f[0] == kind {
			out = append(out, f[1:])
		}
	}
	if len(out) < 10 {
		t.Fatalf("%d rows of kind %q", len(out), kind)
	}
	return out
}

// keys returns the PEM texts of the rows of kind "key", in order.
func keys(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/keys.pem")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n-----\n"), "\n-----\n")
}

func TestCiphersAgainstOpenSSL(t *testing.T) {
	for _, r := range rows(t, "cipher") {
		name, password, want := r[0], r[1], r[3]
		b, err := base64.StdEncoding.DecodeString(r[2])
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if strings.HasPrefix(name, "aes") {
			if got, err := run(t, "crypto.aes", "algorithm", name, "key", password, "data", text); err != nil || got.Text() != want {
				t.Errorf("AES %s of %q with %q = %s, %v, want %s", name, text, password, got, err, want)
			}
		}
		if strings.Contains(name, "192") || !strings.HasSuffix(name, "cbc") && !strings.HasSuffix(name, "ecb") {
			continue
		}
		if got, err := run(t, "crypto.cipher", "algorithm", name, "key", password, "data", text); err != nil || got.Text() != want {
			t.Errorf("Encrypt %s of %q with %q = %s, %v, want %s", name, text, password, got, err, want)
		}
		if got, err := run(t, "crypto.decipher", "algorithm", name, "key", password, "data", want); err != nil || got.Text() != text {
			t.Errorf("Decrypt %s of %q with %q = %s, %v, want %q", name, want, password, got, err, text)
		}
	}
}

func TestHMACAgainstOpenSSL(t *testing.T) {
	for _, r := range rows(t, "hmac") {
		if got, err := run(t, "crypto.hmac", "algorithm", r[0], "key", r[1], "data", r[2], "digest", "hex"); err != nil || got.Text() != r[3] {
			t.Errorf("HMAC %s of %q with %q = %s, %v, want %s", r[0], r[2], r[1], got, err, r[3])
		}
	}
}

// The cases of RFC 4231 (section 4) whose keys and texts are text.
func TestRFC4231(t *testing.T) {
	for _, c := range []struct{ key, data, algorithm, want string }{
		{strings.Repeat("\x0b", 20), "Hi There", "sha224", "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"},
		{strings.Repeat("\x0b", 20), "Hi There", "sha256", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{strings.Repeat("\x0b", 20), "Hi There", "sha384", "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"},
		{strings.Repeat("\x0b", 20), "Hi There", "sha512", "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
		{"Jefe", "what do ya want for nothing?", "sha224", "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"},
		{"Jefe", "what do ya want for nothing?", "sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{"Jefe", "what do ya want for nothing?", "sha384", "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
		{"Jefe", "what do ya want for nothing?", "sha512", "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
	} {
		if got, err := run(t, "crypto.hmac", "algorithm", c.algorithm, "key", c.key, "data", c.data, "digest", "hex"); err != nil || got.Text() != c.want {
			t.Errorf("HMAC %s of %q = %s, %v, want %s", c.algorithm, c.data, got, err, c.want)
		}
		want, _ := hex.DecodeString(c.want)
		got, err := run(t, "crypto.hmac", "algorithm", c.algorithm, "key", c.key, "data", c.data, "digest", "binary")
		var latin []byte
		for _, r := range got.Text() {
			latin = append(latin, byte(r))
		}
		if err != nil || !bytes.Equal(latin, want) {
			t.Errorf("HMAC %s of %q in binary = %x, %v, want %x", c.algorithm, c.data, latin, err, want)
		}
	}
}

func TestEveryKeyFormSigns(t *testing.T) {
	pems := keys(t)
	list := rows(t, "key")
	if len(pems) != len(list) {
		t.Fatalf("%d keys for %d rows", len(pems), len(list))
	}
	first := map[string]string{} // by key name: what the first, plain form signs
	for i, r := range list {
		got, err := run(t, "crypto.sign", "algorithm", "sha256", "data", "sample", "privateKey/key", pems[i], "privateKey/passphrase", r[1])
		if err != nil {
			t.Errorf("key %d (%s): %v\n%s", i, r[0], err, pems[i][:60])
			continue
		}
		if first[r[0]] == "" {
			first[r[0]] = got.Text()
		}
		if got.Text() != first[r[0]] {
			t.Errorf("key %d (%s) in another form signs %s, want %s", i, r[0], got, first[r[0]])
		}
		if r[1] == "" {
			continue
		}
		for _, wrong := range []string{"", "wrong"} {
			if got, err := run(t, "crypto.sign", "algorithm", "sha256", "data", "sample", "privateKey/key", pems[i], "privateKey/passphrase", wrong); flow.CodeOf(err) != flow.CodeCryptoInvalid {
				t.Errorf("key %d (%s) with passphrase %q signs %s, %v, want crypto.invalid", i, r[0], wrong, got, err)
			}
		}
	}
}

func TestRSASignaturesAgainstOpenSSL(t *testing.T) {
	key := keys(t)[0]
	for _, r := range rows(t, "rsa") {
		if got, err := run(t, "crypto.sign", "algorithm", r[0], "data", r[1], "digest", "base64", "privateKey/key", key); err != nil || got.Text() != r[2] {
			t.Errorf("Sign %s of %q = %s, %v, want %s", r[0], r[1], got, err, r[2])
		}
	}
}

func TestECSignaturesVerify(t *testing.T) {
	for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for name, h := range map[string]crypto.Hash{"md5": crypto.MD5, "sha1": crypto.SHA1, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512} {
			got, err := run(t, "crypto.sign", "algorithm", name, "data", "sample", "digest", "hex", "privateKey/key", pkcs8(t, k))
			if err != nil {
				t.Errorf("%s %s: %v", curve.Params().Name, name, err)
				continue
			}
			sum := h.New()
			sum.Write([]byte("sample"))
			if sig, _ := hex.DecodeString(got.Text()); !ecdsa.VerifyASN1(&k.PublicKey, sum.Sum(nil), sig) {
				t.Errorf("%s %s: %s does not verify", curve.Params().Name, name, got)
			}
		}
	}
}

func pkcs8(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestKeysThatAreRefused(t *testing.T) {
	plain := keys(t)[0]
	rsaKey := func() *rsa.PrivateKey {
		block, _ := pem.Decode([]byte(plain))
		k, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}()
	public, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := ""
	for _, p := range keys(t) {
		if strings.Contains(p, "BEGIN ENCRYPTED") {
			encrypted = p
		}
	}
	// The DER of a key with a modulus of 8200 bits: it must not be parsed at all.
	huge := append([]byte{0x30, 0x82, 0x04, 0x09, 0x02, 0x01, 0x00, 0x02, 0x82, 0x04, 0x02, 0x00, 0x80}, make([]byte, 1024)...)
	for name, key := range map[string]string{
		"empty":           "",
		"public key":      string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"cut":             plain[:len(plain)/2],
		"not a key":       string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("hello")})),
		"too long":        plain + strings.Repeat(" ", 17<<10),
		"too many bits":   string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: huge})),
		"unknown cipher":  "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: RC4,0011223344556677\n\naGVsbG8=\n-----END EC PRIVATE KEY-----\n",
		"short vector":    "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011223344556677\n\naGVsbG9oZWxsb2hlbGxvMQ==\n-----END EC PRIVATE KEY-----\n",
		"nul in the key":  plain[:40] + "\x00" + plain[40:],
		"damaged wrapper": strings.Replace(encrypted, "-----\n", "-----\nAAAA", 1),
	} {
		got, err := run(t, "crypto.sign", "algorithm", "sha256", "data", "x", "privateKey/key", key, "privateKey/passphrase", "tester")
		if flow.CodeOf(err) != flow.CodeCryptoInvalid {
			t.Errorf("%s key: %s, %v, want crypto.invalid", name, got, err)
		}
		if err != nil && key != "" && strings.Contains(err.Error(), "MII") {
			t.Errorf("%s key: the error quotes it: %v", name, err)
		}
	}
}

// Work is paid for before it is done.
func TestWorkIsCharged(t *testing.T) {
	all := keys(t)
	for _, c := range []struct {
		name, card string
		inputs     []any
		least      int64
	}{
		{"RSA 2048", "crypto.sign", []any{"algorithm", "sha256", "data", "x", "privateKey/key", all[0]}, 2_000_000},
		{"RSA 2048 in PKCS #8", "crypto.sign", []any{"algorithm", "sha256", "data", "x", "privateKey/key", all[1]}, 2_000_000},
		{"P-256", "crypto.sign", []any{"algorithm", "sha256", "data", "x", "privateKey/key", all[3]}, 100_000},
		{"PBKDF2", "crypto.sign", []any{"algorithm", "sha256", "data", "x", "privateKey/key", all[2], "privateKey/passphrase", "tester"}, 2048 * 1000},
		{"DES", "crypto.cipher", []any{"algorithm", "des-cbc", "key", "k", "data", strings.Repeat("x", 10_000)}, 300_000},
	} {
		var spent int64
		crd := card(t, c.card)
		call := &flow.Call{Card: crd, Args: make([]flow.Value, len(crd.In)), Charge: func(fuel int64) error {
			spent += fuel
			return flow.Errorf(flow.CodeLimitFuel, "no fuel")
		}}
		given := make([]flow.Value, len(crd.In))
		in := members(c.inputs...)
		for i, p := range crd.In {
			from := in.Object()
			if p.Group != "" {
				g, _ := from.Get(p.Group)
				from = g.Object()
			}
			given[i], _ = from.Get(p.Key)
		}
		if err := call.Bind(given, nil); err != nil {
			t.Fatal(err)
		}
		if v, err := crd.Run(t.Context(), call); flow.CodeOf(err) != flow.CodeLimitFuel || spent < c.least {
			t.Errorf("%s: %s, %v after %d fuel, want limit.fuel after %d or more", c.name, v, err, spent, c.least)
		}
	}
}

func TestSecretKeys(t *testing.T) {
	pems := keys(t)
	secret := func(s string, hosts ...string) flow.Value { return flow.NewSecret("key", s, hosts...) }
	for _, c := range []struct {
		name, card string
		secret     []any // with secrets
		plain      []any // the same as text
	}{
		{"hmac", "crypto.hmac", []any{"algorithm", "sha256", "key", secret("k", "a.example"), "data", "x"}, []any{"algorithm", "sha256", "key", "k", "data", "x"}},
		{"aes", "crypto.aes", []any{"algorithm", "aes-128-ctr", "key", secret("k", "a.example"), "data", "x"}, []any{"algorithm", "aes-128-ctr", "key", "k", "data", "x"}},
		{"cipher", "crypto.cipher", []any{"algorithm", "des-ecb", "key", secret("k", "a.example"), "data", "x"}, []any{"algorithm", "des-ecb", "key", "k", "data", "x"}},
		{"decipher", "crypto.decipher", []any{"algorithm", "aes-256-cbc", "key", secret("my secret key", "a.example"), "data", "hrDDPCtB0Cijc8EFAHhABiYEKdYBgt+e63RGV288SOI="},
			[]any{"algorithm", "aes-256-cbc", "key", "my secret key", "data", "hrDDPCtB0Cijc8EFAHhABiYEKdYBgt+e63RGV288SOI="}},
		{"key", "crypto.sign", []any{"algorithm", "sha256", "data", "x", "privateKey/key", secret(pems[0], "a.example")}, []any{"algorithm", "sha256", "data", "x", "privateKey/key", pems[0]}},
		{"passphrase", "crypto.sign", []any{"algorithm", "sha256", "data", "x", "privateKey/key", pems[2], "privateKey/passphrase", secret("tester", "a.example")},
			[]any{"algorithm", "sha256", "data", "x", "privateKey/key", pems[0]}},
		{"both", "crypto.sign", []any{"algorithm", "sha256", "data", "x", "privateKey/key", secret(pems[2], "a.example", "b.example"), "privateKey/passphrase", secret("tester", "c.example", "a.example")},
			[]any{"algorithm", "sha256", "data", "x", "privateKey/key", pems[0]}},
	} {
		want, err := run(t, c.card, c.plain...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := run(t, c.card, c.secret...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Kind() != flow.KindSecret {
			t.Errorf("%s: a secret gives %s, want a secret", c.name, got)
		}
		if opened, err := flow.OpenSecret(got, "a.example", "a.example:443"); err != nil || opened != want.Text() {
			t.Errorf("%s: the secret holds %q, %v, want %q", c.name, opened, err, want)
		}
		for _, host := range []string{"b.example", "c.example"} {
			if _, err := flow.OpenSecret(got, host, host+":443"); flow.CodeOf(err) != flow.CodeEgressSecretHost {
				t.Errorf("%s: opens for %s: %v", c.name, host, err)
			}
		}
	}
}

func TestSecretsElsewhereAreRefused(t *testing.T) {
	for _, c := range weircrypto.Cards() {
		for _, p := range c.In {
			if p.Key == "key" || p.Key == "passphrase" {
				continue
			}
			in := flow.Members(p.Key, flow.NewSecret("s", "sha256", "a.example"))
			if _, err := flow.Invoke(t.Context(), c, in, nil); flow.CodeOf(err) != flow.CodeSecretFlow {
				t.Errorf("%s takes a secret as %s: %v", c.Key, p.Key, err)
			}
		}
	}
}

// Errors about a secret key say nothing of it, and results stay bounded.
func TestSecretErrors(t *testing.T) {
	if v, err := run(t, "crypto.sign", "algorithm", "sha256", "data", "x", "privateKey/key", flow.NewSecret("s", "hunter2", "a.example")); flow.CodeOf(err) != flow.CodeCryptoInvalid || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret that is no key: %s, %v", v, err)
	}
	if v, err := run(t, "crypto.aes", "algorithm", "aes-128-cbc", "key", flow.NewSecret("s", "k", "a.example"), "data", strings.Repeat("x", flow.MaxSecret)); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("a secret of more than %d bytes: %s, %v, want limit.value", flow.MaxSecret, v, err)
	}
}

func TestDamagedCiphertext(t *testing.T) {
	for _, data := range []string{"", "AA", "AAAA", "!!!!", "hrDDPCtB0Cijc8EFAHhABiYEKdYBgt+e63RGV288SO==", "hrDDPCtB0Cijc8EFAHhABg=="} {
		if v, err := run(t, "crypto.decipher", "algorithm", "aes-256-cbc", "key", "my secret key", "data", data); flow.CodeOf(err) != flow.CodeCryptoInvalid {
			t.Errorf("Decrypt of %q = %s, %v, want crypto.invalid", data, v, err)
		}
	}
	// Every key but the right one is an error: padding alone would let one in 256 pass.
	for i := range 1000 {
		key := hex.EncodeToString(sha256.New().Sum([]byte{byte(i), byte(i >> 8)}))
		if v, err := run(t, "crypto.decipher", "algorithm", "aes-128-ecb", "key", key, "data", "hrDDPCtB0Cijc8EFAHhABiYEKdYBgt+e63RGV288SOI="); flow.CodeOf(err) != flow.CodeCryptoInvalid {
			t.Errorf("Decrypt with the wrong key %q = %q, %v, want crypto.invalid", key, v, err)
		}
	}
}

func FuzzSignKey(f *testing.F) {
	b, err := os.ReadFile("testdata/keys.pem")
	if err != nil {
		f.Fatal(err)
	}
	for k := range strings.SplitSeq(string(b), "\n-----\n") {
		f.Add(k, "tester")
	}
	f.Fuzz(func(t *testing.T, key, passphrase string) {
		crd := card(t, "crypto.sign")
		call := &flow.Call{Card: crd, Args: make([]flow.Value, len(crd.In)), Charge: func(fuel int64) error {
			if fuel < 0 || fuel > 5e6 {
				return flow.Errorf(flow.CodeLimitFuel, "no fuel")
			}
			return nil
		}}
		if err := call.Bind([]flow.Value{flow.Text("sha256"), flow.Text("x"), flow.Null(), flow.Text(key), flow.Text(passphrase)}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := crd.Run(t.Context(), call); err != nil && flow.CodeOf(err) == flow.CodeInternal {
			t.Errorf("key %q: %v", key, err)
		}
	})
}

package jwt_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
)

func privatePEM(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestKeysThatAreRefused(t *testing.T) {
	keys := rows(t)[0].Keys
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// The DER of a key with a modulus of 8200 bits: it must not be parsed at all.
	huge := append([]byte{0x30, 0x82, 0x04, 0x09, 0x02, 0x01, 0x00, 0x02, 0x82, 0x04, 0x02, 0x00, 0x80}, make([]byte, 1024)...)
	rsaKey, p256 := keys["rsa"], keys["p256"]
	for _, c := range []struct{ name, algorithm, private, public string }{
		{"empty", "HS256", "", ""},
		{"empty", "RS256", "", ""},
		{"public key as a shared secret", "HS256", rsaKey.Public, rsaKey.Public},
		{"private key as a shared secret", "HS512", p256.Private, p256.Private},
		{"certificate as a shared secret", "HS512", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"},
		{"shared secret", "RS256", "secret", "secret"},
		{"shared secret", "ES256", "secret", "secret"},
		{"the other half", "RS256", rsaKey.Public, rsaKey.Private},
		{"the other half", "ES256", p256.Public, p256.Private},
		{"EC for RSA", "RS256", p256.Private, p256.Public},
		{"EC for RSA", "PS512", p256.Private, p256.Public},
		{"RSA for EC", "ES256", rsaKey.Private, rsaKey.Public},
		{"wrong curve", "ES384", p256.Private, p256.Public},
		{"wrong curve", "ES256", privatePEM(t, p224), publicPEM(t, &p224.PublicKey)},
		{"1024 bits", "RS256", privatePEM(t, small), publicPEM(t, &small.PublicKey)},
		{"Ed25519", "ES256", privatePEM(t, ed), publicPEM(t, ed.Public())},
		{"cut", "RS256", rsaKey.Private[:600], rsaKey.Public[:200]},
		{"too long", "RS256", rsaKey.Private + strings.Repeat("\n", 20<<10), rsaKey.Public + strings.Repeat("\n", 20<<10)},
		{"8200 bits", "RS256", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: huge})), publicPEM(t, &rsa.PublicKey{E: 3, N: new(big.Int).SetBit(big.NewInt(1), 8200, 1)})},
		{"encrypted", "RS256", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", ""},
		{"encrypted", "RS256", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", ""},
	} {
		options := flow.Members("algorithm", flow.Text(c.algorithm))
		if got, err := callValue(t, "jwt.sign", flow.Members("key", flow.Text(c.private), "options", options), start); flow.CodeOf(err) != flow.CodeCryptoInvalid {
			t.Errorf("sign, %s with a key that is %s: %s, %v, want crypto.invalid", c.algorithm, c.name, got, err)
		}
		token := map[string]string{"HS256": "eyJhbGciOiJIUzI1NiJ9", "HS512": "eyJhbGciOiJIUzUxMiJ9", "RS256": "eyJhbGciOiJSUzI1NiJ9", "PS512": "eyJhbGciOiJQUzUxMiJ9", "ES256": "eyJhbGciOiJFUzI1NiJ9", "ES384": "eyJhbGciOiJFUzM4NCJ9"}[c.algorithm] + ".e30.AAAA"
		got, err := callValue(t, "jwt.verify", flow.Members("token", flow.Text(token), "key", flow.Text(c.public), "options", options), start)
		if flow.CodeOf(err) != flow.CodeCryptoInvalid || strings.Contains(err.Error(), "signature") {
			t.Errorf("verify, %s with a key that is %s: %s, %v, want crypto.invalid about the key", c.algorithm, c.name, got, err)
		}
	}
}

func TestKeyForms(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	certificate := func(public, private any) string {
		cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Unix(start, 0)}
		der, err := x509.CreateCertificate(rand.Reader, cert, cert, public, private)
		if err != nil {
			t.Fatal(err)
		}
		return block("CERTIFICATE", der)
	}
	for _, c := range []struct {
		algorithm string
		private   []string
		public    []string
	}{
		{"RS256", []string{privatePEM(t, rsaKey), block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))},
			[]string{publicPEM(t, &rsaKey.PublicKey), block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)), certificate(&rsaKey.PublicKey, rsaKey)}},
		{"ES256", []string{privatePEM(t, ecKey), block("EC PRIVATE KEY", sec1), block("EC PARAMETERS", []byte{6, 0}) + "text between\n" + block("EC PRIVATE KEY", sec1)},
			[]string{publicPEM(t, &ecKey.PublicKey), certificate(&ecKey.PublicKey, ecKey)}},
	} {
		options := flow.Members("algorithm", flow.Text(c.algorithm))
		for _, private := range c.private {
			token, err := callValue(t, "jwt.sign", flow.Members("key", flow.Text(private), "options", options), start)
			if err != nil {
				t.Errorf("%s with %s: %v", c.algorithm, private[:30], err)
				continue
			}
			for _, public := range c.public {
				if _, err := callValue(t, "jwt.verify", flow.Members("token", token, "key", flow.Text(public), "options", options), start); err != nil {
					t.Errorf("%s with %s: %v", c.algorithm, public[:30], err)
				}
			}
		}
	}
}

func TestSecrets(t *testing.T) {
	in := func(key flow.Value, more ...any) flow.Value {
		return flow.Members(append([]any{"key", key, "options", flow.Members("noTimestamp", flow.Bool(true))}, more...)...)
	}
	want, err := callValue(t, "jwt.sign", in(flow.Text("hunter2")), start)
	if err != nil {
		t.Fatal(err)
	}
	got, err := callValue(t, "jwt.sign", in(flow.NewSecret("key", "hunter2", "a.example")), start)
	if err != nil || got.Kind() != flow.KindSecret {
		t.Fatalf("a secret key gives %s, %v, want a secret", got, err)
	}
	if opened, err := flow.OpenSecret(got, "a.example", "a.example:443"); err != nil || opened != want.Text() {
		t.Errorf("the secret holds %q, %v, want %q", opened, err, want)
	}
	if _, err := flow.OpenSecret(got, "b.example", "b.example:443"); flow.CodeOf(err) != flow.CodeEgressSecretHost {
		t.Errorf("the secret opens for another host: %v", err)
	}
	if v, err := callValue(t, "jwt.sign", in(flow.NewSecret("key", "-----BEGIN hunter2", "a.example")), start); flow.CodeOf(err) != flow.CodeCryptoInvalid || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret that is no key: %s, %v, want crypto.invalid", v, err)
	}
	big := flow.Members("x", flow.Text(strings.Repeat("x", flow.MaxSecret)))
	if v, err := callValue(t, "jwt.sign", in(flow.NewSecret("key", "k", "a.example"), "payload", big), start); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("a secret of more than %d bytes: %s, %v, want limit.value", flow.MaxSecret, v, err)
	}
	for _, c := range []struct {
		card string
		in   flow.Value
	}{
		{"jwt.sign", in(flow.Text("k"), "payload", flow.Members("x", flow.NewSecret("s", "v", "a.example")))},
		{"jwt.sign", flow.Members("options", flow.Members("subject", flow.NewSecret("s", "v", "a.example")))},
		{"jwt.verify", flow.Members("token", want, "key", flow.NewSecret("s", "hunter2", "a.example"))},
		{"jwt.verify", flow.Members("token", got, "key", flow.Text("hunter2"))},
		{"jwt.decode", flow.Members("token", got)},
	} {
		if v, err := callValue(t, c.card, c.in, start); flow.CodeOf(err) != flow.CodeSecretFlow {
			t.Errorf("%s of %s: %s, %v, want secret.flow", c.card, c.in, v, err)
		}
	}
}

// Work is paid for before it is done.
func TestWorkIsCharged(t *testing.T) {
	keys := rows(t)[0].Keys
	for _, c := range []struct {
		card, algorithm string
		given           map[string]string
		least           int64
	}{
		{"jwt.sign", "RS256", map[string]string{"key": keys["rsa"].Private}, 2_000_000},
		{"jwt.sign", "ES512", map[string]string{"key": keys["p521"].Private}, 1_000_000},
		{"jwt.verify", "RS256", map[string]string{"key": keys["rsa"].Public, "token": "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"}, 500_000},
		{"jwt.verify", "ES512", map[string]string{"key": keys["p521"].Public, "token": "eyJhbGciOiJFUzUxMiJ9.e30.AAAA"}, 1_000_000},
	} {
		var spent int64
		crd := card(t, c.card)
		cl := &flow.Call{Card: crd, Args: make([]flow.Value, len(crd.In)), Env: testEnv(), Charge: func(fuel int64) error {
			spent += fuel
			return flow.Errorf(flow.CodeLimitFuel, "no fuel")
		}}
		given := make([]flow.Value, len(crd.In))
		for i, p := range crd.In {
			if s, ok := c.given[p.Key]; ok {
				given[i] = flow.Text(s)
			} else if p.Key == "algorithm" {
				given[i] = flow.Text(c.algorithm)
			}
		}
		if err := cl.Bind(given, nil); err != nil {
			t.Fatal(err)
		}
		if v, err := crd.Run(t.Context(), cl); flow.CodeOf(err) != flow.CodeLimitFuel || spent < c.least {
			t.Errorf("%s %s: %s, %v after %d fuel, want limit.fuel after %d or more", c.card, c.algorithm, v, err, spent, c.least)
		}
	}
}

package privatekey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestSpend(t *testing.T) {
	pkcs1 := func(bits uint) []byte {
		der, err := asn1.Marshal(struct{ Version, Modulus, Exponent *big.Int }{new(big.Int), new(big.Int).Lsh(big.NewInt(1), bits-1), big.NewInt(3)})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	small, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(small)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	curve8, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	nested, err := asn1.Marshal(struct {
		Version   int
		Algorithm struct{ ID asn1.ObjectIdentifier }
		Key       []byte
	}{0, struct{ ID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2}}, pkcs8})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		der  []byte
		want int64
		code flow.Code
	}{
		"PKCS #1":                   {x509.MarshalPKCS1PrivateKey(small), 500_000 + 8*350_000, ""},
		"PKCS #8":                   {pkcs8, 500_000 + 8*350_000, ""},
		"the largest":               {pkcs1(MaxRSABits), 500_000 + 512*350_000, ""},
		"one bit more":              {pkcs1(MaxRSABits + 1), 0, flow.CodeCryptoInvalid},
		"ECDSA, SEC 1":              {sec1, 2_000_000, ""},
		"ECDSA, PKCS #8":            {curve8, 2_000_000, ""},
		"PKCS #8 inside PKCS #8":    {nested, 2_000_000, ""},
		"nothing":                   {nil, 2_000_000, ""},
		"a sequence without an end": {[]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, 2_000_000, ""},
	} {
		var got int64
		err := Spend(func(fuel int64) error { got = fuel; return nil }, c.der)
		if got != c.want || flow.CodeOf(err) != c.code {
			t.Errorf("%s: %d fuel, %v; want %d, %s", name, got, err, c.want, c.code)
		}
	}
}

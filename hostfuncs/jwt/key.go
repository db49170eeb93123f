package jwt

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/weirflow/weir/hostfuncs/internal/privatekey"
)

// minRSABits is the size of the smallest RSA key (RFC 7518, sections 3.3 and 3.5).
const minRSABits = 2048

// Fuel of one verification, parsing the key included (measured: 0.1 ms with RSA
// 2048, 0.8 ms with RSA 8192, 3 ms with P-521).
const (
	rsaVerifyPrice = 1_000_000
	ecVerifyPrice  = 4_000_000
)

// secretKey returns the key of an HS algorithm. A PEM key there is refused:
// whoever knows a public key could sign with it (RFC 8725, section 2.1).
func secretKey(text string) ([]byte, error) {
	if text == "" {
		return nil, invalid("the key must have a value")
	}
	if strings.Contains(text, "-----BEGIN ") {
		return nil, invalid("the key is PEM, and an HS algorithm needs a shared secret")
	}
	return []byte(text), nil
}

// signingKey returns what reads the key that a signs with. It spends the fuel of
// that and of signing; large RSA keys take long for both. The key's content is in no
// error.
func (a algorithm) signingKey(spend func(int64) error, text string) (func() (any, error), error) {
	if a.kind == kindHMAC {
		key, err := secretKey(text)
		return func() (any, error) { return key, err }, err
	}
	der, block, err := decodePEM(text)
	if err != nil {
		return nil, err
	}
	if strings.Contains(block, "ENCRYPTED") {
		return nil, invalid("the private key is encrypted")
	}
	return func() (any, error) { return a.privateKey(block, der) }, privatekey.Spend(spend, der)
}

// privateKey reads a private key.
func (a algorithm) privateKey(block string, der []byte) (key any, err error) {
	switch block {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(der)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(der)
	default:
		return nil, invalid("the key is not a private key")
	}
	if err != nil {
		return nil, invalid("the private key cannot be read")
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, a.fits(kindRSA, k.N.BitLen())
	case *ecdsa.PrivateKey:
		return k, a.fits(kindECDSA, k.Curve.Params().BitSize)
	}
	return nil, invalid("the private key is neither RSA nor EC")
}

// verifyingKey returns the key that a verifies with: a shared secret, or a
// public key or certificate in PEM.
func (a algorithm) verifyingKey(spend func(int64) error, text string) (any, error) {
	if a.kind == kindHMAC {
		return secretKey(text)
	}
	price := int64(rsaVerifyPrice)
	if a.kind == kindECDSA {
		price = ecVerifyPrice
	}
	if err := spend(price); err != nil {
		return nil, err
	}
	der, block, err := decodePEM(text)
	if err != nil {
		return nil, err
	}
	var key any
	switch block {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(der)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(der)
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(der); err == nil {
			key = cert.PublicKey
		}
	default:
		return nil, invalid("the key is not a public key or certificate")
	}
	if err != nil {
		return nil, invalid("the public key cannot be read")
	}
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k, a.fits(kindRSA, k.N.BitLen())
	case *ecdsa.PublicKey:
		return k, a.fits(kindECDSA, k.Curve.Params().BitSize)
	}
	return nil, invalid("the public key is neither RSA nor EC")
}

// fits reports a key that is not for the algorithm.
func (a algorithm) fits(k kind, bits int) error {
	switch {
	case k != a.kind:
		return invalid("the key is of another kind than %s needs", a.name)
	case k == kindRSA && (bits < minRSABits || bits > privatekey.MaxRSABits):
		return invalid("the RSA key has %d bits, not %d to %d", bits, minRSABits, privatekey.MaxRSABits)
	case k == kindECDSA && bits != a.bits:
		return invalid("the curve of the key has %d bits, and %s needs %d", bits, a.name, a.bits)
	}
	return nil
}

// decodePEM returns the first key or certificate of a PEM text. What a private
// key's headers say is added to the type.
func decodePEM(text string) (der []byte, block string, err error) {
	if len(text) > privatekey.MaxText {
		return nil, "", invalid("the key is longer than %d bytes", privatekey.MaxText)
	}
	for b, rest := pem.Decode([]byte(text)); b != nil; b, rest = pem.Decode(rest) {
		if strings.HasSuffix(b.Type, " KEY") || b.Type == "CERTIFICATE" {
			if strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED") {
				return b.Bytes, "ENCRYPTED " + b.Type, nil
			}
			return b.Bytes, b.Type, nil
		}
	}
	return nil, "", invalid("the key is not PEM")
}

package bundle

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"

	"github.com/weirflow/weir/flow"
)

// The types of PEM blocks that keys stand in (RFC 7468).
const (
	pemPrivate = "PRIVATE KEY" // PKCS#8
	pemPublic  = "PUBLIC KEY"  // SubjectPublicKeyInfo
)

// idPrefix begins the ids of keys.
const idPrefix = "sha256:"

// PublicKey is a key that signatures are checked with.
type PublicKey struct {
	Name string // what people call it, such as the name of its file
	key  ed25519.PublicKey
}

// ID identifies the key: "sha256:" and the SHA-256, hexadecimal, of its
// SubjectPublicKeyInfo in DER.
func (k PublicKey) ID() string { return keyID(k.key) }

func keyID(key ed25519.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "" // no key of this type can fail
	}
	sum := sha256.Sum256(der)
	return idPrefix + hex.EncodeToString(sum[:])
}

// NewKey makes a key and returns it as PEM: the private one in PKCS#8, and the
// public one for those who check.
func NewKey() (private, public []byte, err error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, nil, flow.Errorf(flow.CodeInternal, "no key could be made: %v", err)
	}
	return EncodeKey(key), EncodePublicKey(key), nil
}

// EncodeKey prints a private key as PEM in PKCS#8.
func EncodeKey(key ed25519.PrivateKey) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil // no key of this type can fail
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der})
}

// EncodePublicKey prints the public key of a private one as PEM.
func EncodePublicKey(key ed25519.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil // no key of this type can fail
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: der})
}

// ParseKey reads a private key from PEM. Error: bundle.key; nothing of the text
// is in its message.
func ParseKey(text []byte) (ed25519.PrivateKey, error) {
	der, err := block(text, pemPrivate)
	if err != nil {
		return nil, err
	}
	any, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := any.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, flow.Errorf(flow.CodeBundleKey, "the private key is not an Ed25519 key in PKCS#8").WithFix("make one with weir keygen FILE")
	}
	return key, nil
}

// ParsePublicKey reads a public key from PEM and calls it name. Error:
// bundle.key.
func ParsePublicKey(name string, text []byte) (PublicKey, error) {
	der, err := block(text, pemPublic)
	if err != nil {
		return PublicKey{}, err
	}
	any, err := x509.ParsePKIXPublicKey(der)
	key, ok := any.(ed25519.PublicKey)
	if err != nil || !ok {
		return PublicKey{}, flow.Errorf(flow.CodeBundleKey, "the public key %s is not an Ed25519 key", flow.Excerpt(name))
	}
	return PublicKey{Name: name, key: key}, nil
}

// block returns the content of the only PEM block of a text.
func block(text []byte, want string) ([]byte, error) {
	p, rest := pem.Decode(text)
	switch {
	case p == nil:
		return nil, flow.Errorf(flow.CodeBundleKey, "the file holds no key in PEM")
	case p.Type == pemPrivate && want == pemPublic:
		return nil, flow.Errorf(flow.CodeBundleKey, "the file holds a private key, and a public one is needed").
			WithFix("name the file that weir keygen wrote beside it, which ends in .pub; the private key belongs to whoever signs alone")
	case p.Type != want:
		return nil, flow.Errorf(flow.CodeBundleKey, "the file holds %s, and what is needed is %s", flow.Excerpt(p.Type), want)
	}
	if next, _ := pem.Decode(rest); next != nil {
		return nil, flow.Errorf(flow.CodeBundleKey, "the file holds more than one key")
	}
	return p.Bytes, nil
}

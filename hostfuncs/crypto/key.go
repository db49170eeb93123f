package crypto

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // keys are still stored with it
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/privatekey"
)

// maxIterations bounds the key derivation of encrypted keys. OpenSSL writes
// 2,048 iterations; password managers use a few hundred thousand.
const maxIterations = 10_000_000

// openKey reads the PEM text of a private key, plain or encrypted, as far as it
// can be interrupted: parseDER does the rest. It spends the fuel of all of it, and
// of signing once. The key's content is in no error.
func openKey(ctx context.Context, c *flow.Call, text, passphrase string) ([]byte, error) {
	if len(text) > privatekey.MaxText {
		return nil, invalid("the private key is longer than %d bytes", privatekey.MaxText)
	}
	block, rest := pem.Decode([]byte(text))
	for block != nil && !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		block, rest = pem.Decode(rest) // EC PARAMETERS and certificates may stand before the key
	}
	if block == nil {
		return nil, invalid("the private key is not PEM")
	}
	der := block.Bytes
	var err error
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY":
		if der, err = decryptPKCS8(ctx, c, der, passphrase); err != nil {
			return nil, err
		}
	case strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		if der, err = decryptTraditional(block, passphrase); err != nil {
			return nil, err
		}
	}
	return der, privatekey.Spend(c.Spend, der)
}

// parseDER reads a private key: PKCS #1, SEC 1 or PKCS #8.
func parseDER(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, invalid("the private key or its passphrase does not fit")
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		return k, nil
	}
	return nil, invalid("the private key is neither RSA nor ECDSA")
}

// decryptTraditional decrypts the form that OpenSSL wrote before PKCS #8: the
// DEK-Info header names cipher and initialisation vector, whose first bytes are
// the salt of EVP_BytesToKey.
func decryptTraditional(block *pem.Block, passphrase string) ([]byte, error) {
	name, ivText, _ := strings.Cut(block.Headers["DEK-Info"], ",")
	iv, err := hex.DecodeString(strings.TrimSpace(ivText))
	kind, ok := map[string]struct {
		newBlock func([]byte) (cipher.Block, error)
		size     int
	}{
		"DES-CBC": {des.NewCipher, 8}, "DES-EDE3-CBC": {des.NewTripleDESCipher, 24},
		"AES-128-CBC": {aes.NewCipher, 16}, "AES-192-CBC": {aes.NewCipher, 24}, "AES-256-CBC": {aes.NewCipher, 32},
	}[strings.TrimSpace(name)]
	if !ok || err != nil || len(iv) < 8 {
		return nil, invalid("the private key is encrypted in an unknown way")
	}
	b, err := kind.newBlock(bytesToKey(passphrase, iv[:8], kind.size))
	if err != nil {
		return nil, invalid("the private key is encrypted in an unknown way")
	}
	return decryptCBC(b, iv, block.Bytes)
}

func decryptCBC(b cipher.Block, iv, data []byte) ([]byte, error) {
	if len(iv) != b.BlockSize() || len(data) == 0 || len(data)%b.BlockSize() != 0 {
		return nil, invalid("the private key is damaged")
	}
	plain := append([]byte(nil), data...)
	cbc(b, iv, true)(plain)
	plain, err := unpad(plain, b.BlockSize())
	if err != nil {
		return nil, invalid("the private key or its passphrase does not fit")
	}
	return plain, nil
}

// Object identifiers of PBES2 (RFC 8018, appendix A and B).
const (
	oidPBES2  = "1.2.840.113549.1.5.13"
	oidPBKDF2 = "1.2.840.113549.1.5.12"
)

var (
	pbkdf2Digests = map[string]crypto.Hash{
		"": crypto.SHA1, "1.2.840.113549.2.7": crypto.SHA1, "1.2.840.113549.2.8": crypto.SHA224, "1.2.840.113549.2.9": crypto.SHA256,
		"1.2.840.113549.2.10": crypto.SHA384, "1.2.840.113549.2.11": crypto.SHA512,
	}
	pbes2Ciphers = map[string]struct {
		newBlock func([]byte) (cipher.Block, error)
		size     int
	}{
		"1.2.840.113549.3.7":      {des.NewTripleDESCipher, 24},
		"2.16.840.1.101.3.4.1.2":  {aes.NewCipher, 16},
		"2.16.840.1.101.3.4.1.22": {aes.NewCipher, 24},
		"2.16.840.1.101.3.4.1.42": {aes.NewCipher, 32},
	}
)

// decryptPKCS8 decrypts an EncryptedPrivateKeyInfo (RFC 5958) with PBES2 and
// PBKDF2. The older schemes and scrypt are crypto.invalid.
func decryptPKCS8(ctx context.Context, c *flow.Call, der []byte, passphrase string) ([]byte, error) {
	unknown := invalid("the private key is encrypted in another way than PBES2 with PBKDF2")
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	var scheme struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	var kdf struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	var iv []byte
	if _, err := asn1.Unmarshal(der, &info); err != nil || info.Algorithm.Algorithm.String() != oidPBES2 {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &scheme); err != nil || scheme.KDF.Algorithm.String() != oidPBKDF2 {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(scheme.KDF.Parameters.FullBytes, &kdf); err != nil {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, unknown
	}
	digest, ok := pbkdf2Digests[kdf.PRF.Algorithm.String()]
	kind, known := pbes2Ciphers[scheme.Cipher.Algorithm.String()]
	if !ok || !known || kdf.KeyLength != 0 && kdf.KeyLength != kind.size {
		return nil, unknown
	}
	if kdf.Iterations < 1 || kdf.Iterations > maxIterations {
		return nil, invalid("the private key asks for %d iterations of key derivation, more than %d", kdf.Iterations, maxIterations)
	}
	// Measured: up to 1.1 us for one iteration of one block of output.
	blocks := (kind.size + digest.Size() - 1) / digest.Size()
	if err := c.Spend(int64(kdf.Iterations) * int64(blocks) * 1200); err != nil {
		return nil, err
	}
	key, err := deriveKey(digest, passphrase, kdf.Salt, kdf.Iterations, kind.size, func() error { return c.Alive(ctx, 1200) })
	if err != nil {
		return nil, err
	}
	b, err := kind.newBlock(key)
	if err != nil {
		return nil, unknown
	}
	return decryptCBC(b, iv, info.Data)
}

// deriveKey is PBKDF2 (RFC 8018, section 5.2), which asks before each iteration
// whether to go on: there may be millions of them.
func deriveKey(digest crypto.Hash, password string, salt []byte, iterations, size int, alive func() error) ([]byte, error) {
	prf := hmac.New(digest.New, []byte(password))
	var key, u []byte
	for block := uint32(1); len(key) < size; block++ {
		prf.Reset()
		prf.Write(salt)
		prf.Write(binary.BigEndian.AppendUint32(nil, block))
		u = prf.Sum(u[:0])
		t := append([]byte(nil), u...)
		for range iterations - 1 {
			if err := alive(); err != nil {
				return nil, err
			}
			prf.Reset()
			prf.Write(u)
			u = prf.Sum(u[:0])
			subtle.XORBytes(t, t, u)
		}
		key = append(key, t...)
	}
	return key[:size], nil
}

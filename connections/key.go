package connections

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/weirflow/weir/flow"
)

// keyBytes is the length of a key that wraps a vault's data keys.
const keyBytes = 32

// NewKey returns a new random key for a vault, as text: 32 bytes in Base64. It is
// the caller's to keep safe.
func NewKey() string {
	var b [keyBytes]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends where there is no randomness
	return base64.StdEncoding.EncodeToString(b[:])
}

// Key wraps the data keys of a vault. ParseKey makes one; where a key management
// service holds the key, its tink.AEAD is one.
type Key = tink.AEAD

// ParseKey reads the text of a key: 32 random bytes in Base64 (either alphabet)
// or in hexadecimal. White space around it does not count. A passphrase is no
// key: nothing here makes guessing one expensive. Errors: vault.key.
//
// Where a key management service holds the key, its tink.AEAD takes the place of
// the result.
func ParseKey(text []byte) (tink.AEAD, error) {
	s := strings.TrimSpace(string(text))
	raw, err := hex.DecodeString(s)
	if err != nil {
		s = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(s), "=")
		raw, err = base64.RawStdEncoding.DecodeString(s)
	}
	if err != nil || len(raw) != keyBytes {
		return nil, flow.Errorf(flow.CodeVaultKey, "the key of a vault is %d random bytes in Base64 or hexadecimal", keyBytes).
			WithFix("make one with: openssl rand -base64 %d", keyBytes)
	}
	a, err := subtle.NewXChaCha20Poly1305(raw)
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "a key could not be used: %v", err)
	}
	return a, nil
}

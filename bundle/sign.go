package bundle

import (
	"crypto/ed25519"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// PayloadType is the type of what DSSE signatures of a bundle are over.
const PayloadType = "application/vnd.in-toto+json"

// maxSignatures bounds the signatures of one bundle: more people than sign a
// release.
const maxSignatures = 16

// envelope is a DSSE envelope (secure-systems-lab/dsse, envelope.md).
type envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     string      `json:"payload"` // base64
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"` // base64
}

// preAuth is the pre-authentication encoding of DSSE: what is signed.
func preAuth(payload []byte) []byte {
	b := []byte("DSSEv1 ")
	b = strconv.AppendInt(b, int64(len(PayloadType)), 10)
	b = append(b, " "+PayloadType+" "...)
	b = strconv.AppendInt(b, int64(len(payload)), 10)
	b = append(b, ' ')
	return append(b, payload...)
}

// parseEnvelope reads an envelope and its payload. Error: bundle.signature.
func parseEnvelope(data []byte) (envelope, []byte, error) {
	var e envelope
	bad := func(why string) (envelope, []byte, error) {
		return e, nil, flow.Errorf(flow.CodeBundleSignature, "the envelope of the bundle's statement %s", why)
	}
	if err := strict(data, &e); err != nil {
		return bad("is malformed")
	}
	if e.PayloadType != PayloadType {
		return bad("holds another type: " + flow.Excerpt(e.PayloadType))
	}
	if len(e.Signatures) > maxSignatures {
		return bad("has too many signatures")
	}
	payload, ok := decode64(e.Payload)
	if !ok {
		return bad("is malformed")
	}
	return e, payload, nil
}

// idText prints the id of a key that nobody knows: whole where it has the form
// of one.
func idText(id string) string {
	if hex, ok := strings.CutPrefix(id, idPrefix); ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == "" {
		return id
	}
	return flow.Excerpt(id)
}

// decode64 reads base64 in the one form that encoding gives: decoders pass over
// line breaks and stray bits.
func decode64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return b, err == nil && base64.StdEncoding.EncodeToString(b) == s
}

// sign adds a signature by key, or replaces the one that the key gave before.
func (e *envelope) sign(payload []byte, key ed25519.PrivateKey) {
	id := keyID(key.Public().(ed25519.PublicKey))
	e.Signatures = slices.DeleteFunc(e.Signatures, func(s signature) bool { return s.KeyID == id })
	e.Signatures = append(e.Signatures, signature{id, base64.StdEncoding.EncodeToString(ed25519.Sign(key, preAuth(payload)))})
	slices.SortFunc(e.Signatures, func(a, b signature) int {
		if a.KeyID < b.KeyID {
			return -1
		}
		return 1
	})
}

// Trust says whose signatures count. The zero value trusts nobody.
type Trust struct {
	keys   []PublicKey
	anyone bool
}

// TrustKeys trusts whoever holds one of these keys.
func TrustKeys(keys ...PublicKey) Trust { return Trust{keys: keys} }

// TrustAnyone takes bundles of anybody, signed or not: what is in them is still
// whole and sandboxed, but nobody vouches for it.
func TrustAnyone() Trust { return Trust{anyone: true} }

// Signer is one signature of a bundle.
type Signer struct {
	KeyID string `json:"keyId"`
	// Name is what the trusted key is called; "" where the signature is nobody's
	// who is trusted, and then nothing is known about it.
	Name    string `json:"name,omitempty"`
	Trusted bool   `json:"trusted"`
}

// check returns the signatures with those that are good and trusted first.
// Errors: bundle.signature where one names a trusted key and is not its, even
// where others are good; bundle.untrusted where none is good.
func (t Trust) check(e *envelope, payload []byte) ([]Signer, error) {
	var good, others []Signer
	signed := preAuth(payload)
	for i, s := range e.Signatures {
		if i > 0 && e.Signatures[i-1].KeyID >= s.KeyID {
			return nil, flow.Errorf(flow.CodeBundleSignature, "the signatures of the bundle are not in the order of their keys")
		}
		at := slices.IndexFunc(t.keys, func(k PublicKey) bool { return k.ID() == s.KeyID })
		if at < 0 {
			others = append(others, Signer{KeyID: s.KeyID})
			continue
		}
		sig, ok := decode64(s.Sig)
		if !ok || len(sig) != ed25519.SignatureSize || !ed25519.Verify(t.keys[at].key, signed, sig) {
			return nil, flow.Errorf(flow.CodeBundleSignature, "the signature of the bundle is not that of the key %s", flow.Excerpt(t.keys[at].Name))
		}
		good = append(good, Signer{KeyID: s.KeyID, Name: t.keys[at].Name, Trusted: true})
	}
	if len(good) == 0 && !t.anyone {
		if len(others) == 0 {
			return nil, flow.Errorf(flow.CodeBundleUntrusted, "nobody has signed the bundle")
		}
		return nil, flow.Errorf(flow.CodeBundleUntrusted, "nobody who is trusted has signed the bundle; the first of %d signatures says it is by %s",
			len(others), idText(others[0].KeyID))
	}
	return append(good, others...), nil
}

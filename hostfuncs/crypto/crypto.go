// Package crypto holds the Encryption cards: digests, keyed digests, symmetric
// ciphers with OpenSSL's old key derivation, and signatures (spec:
// functions-scalar 5). The cards exist to talk to services that ask for these
// algorithms; several of them are weak by today's standards.
//
// A key may be a secret: what is computed with it is then a secret too, bound
// to the same hosts, so that a request can be signed and the result only sent
// where the key itself could be.
package crypto

import (
	"encoding/base64"
	"encoding/hex"

	"github.com/weirflow/weir/flow"
)

const (
	category = "Encryption"
	since    = "0.1"
)

// Cards returns the Encryption cards in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		aesCard(), decryptCard(), encryptCard(), hashCard(), hmacCard(), md5Card(), sha1Card(), sha256Card(), signCard(),
	}
}

func dataPort(doc string) flow.Port {
	return flow.Port{Key: "data", Label: "data", Doc: doc, Type: flow.TextType, Required: true}
}

func keyPort(doc string) flow.Port {
	return flow.Port{Key: "key", Label: "key", Doc: doc, Type: flow.TextType, Required: true, Secret: flow.SecretPass}
}

func outputPort(label, doc string) flow.Port {
	return flow.Port{Key: "output", Label: label, Doc: doc, Type: flow.TextType}
}

func choices(values ...string) []flow.Choice {
	out := make([]flow.Choice, len(values))
	for i, v := range values {
		out[i] = flow.Choice{Value: v, Label: v}
	}
	return out
}

// digestPort chooses how bytes become text.
func digestPort(preset string) flow.Port {
	return flow.Port{
		Key: "digest", Label: "digest", Type: flow.TextType, Default: preset, Choices: choices("base64", "hex", "binary"),
		Doc: "How the result is written: base64, hex, or binary, which is one character from U+0000 to U+00FF for each byte.",
	}
}

// encoded writes b in the form that a digest port names; hex is for none.
func encoded(b []byte, form string) string {
	switch form {
	case "base64":
		return base64.StdEncoding.EncodeToString(b)
	case "binary":
		runes := make([]rune, len(b))
		for i, x := range b {
			runes[i] = rune(x)
		}
		return string(runes)
	}
	return hex.EncodeToString(b)
}

// withKey computes a text from a key, which may be a secret: the result then is
// one too, with the same binding. A secret result longer than flow.MaxSecret is
// limit.value.
func withKey(key flow.Value, compute func(key string) (string, error)) (flow.Value, error) {
	var err error
	secret := key.Kind() == flow.KindSecret
	out := flow.MapSecret(key, func(k string) string {
		var s string
		if s, err = compute(k); err != nil {
			return ""
		}
		if secret && len(s) > flow.MaxSecret {
			err = flow.Errorf(flow.CodeLimitValue, "a secret may hold at most %d bytes", flow.MaxSecret)
			return ""
		}
		return s
	})
	if err != nil {
		return flow.Value{}, err
	}
	return out, nil
}

func invalid(format string, args ...any) error {
	return flow.Errorf(flow.CodeCryptoInvalid, format, args...)
}

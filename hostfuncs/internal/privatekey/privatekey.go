// Package privatekey bounds and prices private keys before they are parsed:
// parsing an RSA key takes long already, and whoever writes a flow chooses it.
package privatekey

import (
	"encoding/asn1"
	"math/big"

	"github.com/weirflow/weir/flow"
)

const (
	// MaxRSABits is the size of the largest RSA key.
	MaxRSABits = 8192
	// MaxText bounds the PEM text before any of it is parsed: an RSA key of
	// MaxRSABits has 6.5 KB, twice that leaves room for text around it.
	MaxText = 16 << 10
)

// ecPrice is the fuel of parsing an ECDSA key and signing once (measured: 1.6 ms
// with P-521, 0.1 ms with P-256).
const ecPrice = 2_000_000

// rsaPrice is the fuel of parsing an RSA key and signing once: it grows with
// the cube of the size (measured: 1.4 ms with 2048 bits, 160 ms with 8192).
func rsaPrice(bits int) int64 {
	k := float64(bits) / 1024
	return 500_000 + int64(350_000*k*k*k)
}

// Spend charges for parsing a key, given as DER, and signing once, by the key's
// size alone. An RSA key of more than MaxRSABits is crypto.invalid. What is no
// key is priced as an ECDSA key; parsing it fails soon.
func Spend(spend func(fuel int64) error, der []byte) error {
	bits := modulusBits(der, true)
	switch {
	case bits == 0:
		return spend(ecPrice)
	case bits > MaxRSABits:
		return flow.Errorf(flow.CodeCryptoInvalid, "the RSA key has %d bits, more than %d", bits, MaxRSABits)
	}
	return spend(rsaPrice(bits))
}

// modulusBits returns the size of the modulus of a PKCS #1 key (RFC 8017,
// appendix A.1.2: version, modulus, ...), or of one inside a PKCS #8 key (RFC
// 5958: version, algorithm, octets), and 0 where there is none.
func modulusBits(der []byte, wrapped bool) int {
	var seq, second, third asn1.RawValue
	var version int
	if _, err := asn1.Unmarshal(der, &seq); err != nil {
		return 0
	}
	rest, err := asn1.Unmarshal(seq.Bytes, &version)
	if err != nil {
		return 0
	}
	if rest, err = asn1.Unmarshal(rest, &second); err != nil {
		return 0
	}
	switch second.Tag {
	case asn1.TagInteger:
		return new(big.Int).SetBytes(second.Bytes).BitLen()
	case asn1.TagSequence:
		if _, err = asn1.Unmarshal(rest, &third); err == nil && third.Tag == asn1.TagOctetString && wrapped {
			return modulusBits(third.Bytes, false)
		}
	}
	return 0
}

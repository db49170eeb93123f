// Package jwt holds the JWT cards: JSON Web Tokens (RFC 7519) in compact form,
// with the semantics of Node's jsonwebtoken library (spec: functions-scalar 9).
package jwt

import (
	"crypto/rsa"

	jwtlib "github.com/golang-jwt/jwt/v5"

	"github.com/weirflow/weir/flow"
)

const (
	category = "JWT"
	since    = "0.1"
)

// Cards returns the JWT cards in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{decodeCard(), signCard(), verifyCard()}
}

// kind is the sort of key that an algorithm needs.
type kind uint8

const (
	kindHMAC kind = iota
	kindRSA
	kindECDSA
)

// algorithm is one signature algorithm of RFC 7518, section 3.
type algorithm struct {
	name   string
	method jwtlib.SigningMethod
	kind   kind
	bits   int // size of the curve; 0 for others
}

// algorithms are all that tokens can be signed with. "none" is not among them.
var algorithms = []algorithm{
	{"HS256", jwtlib.SigningMethodHS256, kindHMAC, 0},
	{"HS384", jwtlib.SigningMethodHS384, kindHMAC, 0},
	{"HS512", jwtlib.SigningMethodHS512, kindHMAC, 0},
	{"RS256", jwtlib.SigningMethodRS256, kindRSA, 0},
	{"RS384", jwtlib.SigningMethodRS384, kindRSA, 0},
	{"RS512", jwtlib.SigningMethodRS512, kindRSA, 0},
	{"ES256", jwtlib.SigningMethodES256, kindECDSA, 256},
	{"ES384", jwtlib.SigningMethodES384, kindECDSA, 384},
	{"ES512", jwtlib.SigningMethodES512, kindECDSA, 521},
	{"PS256", pss(jwtlib.SigningMethodPS256), kindRSA, 0},
	{"PS384", pss(jwtlib.SigningMethodPS384), kindRSA, 0},
	{"PS512", pss(jwtlib.SigningMethodPS512), kindRSA, 0},
}

// pss makes the salt as long as the digest when verifying too (RFC 7518,
// section 3.5); the library takes any length there.
func pss(m *jwtlib.SigningMethodRSAPSS) jwtlib.SigningMethod {
	salt := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
	return &jwtlib.SigningMethodRSAPSS{SigningMethodRSA: m.SigningMethodRSA, Options: salt, VerifyOptions: salt}
}

func algorithmPort() flow.Port {
	p := flow.Port{
		Group: "options", Key: "algorithm", Label: "algorithm", Type: flow.TextType, Default: `"HS256"`,
		Doc: "The algorithm (RFC 7518, section 3). HS needs a shared secret, RS and PS an RSA key, ES an EC key of the fitting curve.",
	}
	for _, a := range algorithms {
		p.Choices = append(p.Choices, flow.Choice{Value: a.name, Label: a.name})
	}
	return p
}

// algorithmOf returns the algorithm that the named input chooses.
func algorithmOf(c *flow.Call) (algorithm, error) {
	i := c.Card.Input("options", "algorithm")
	for _, a := range algorithms {
		if a.name == c.Text(i) {
			return a, nil
		}
	}
	return algorithm{}, c.Invalid(i, "is missing")
}

// option returns the text of an option; "" counts as not given.
func option(c *flow.Call, key string) string { return c.Text(c.Card.Input("options", key)) }

func optionPort(key, doc string) flow.Port {
	return flow.Port{Group: "options", Key: key, Label: key, Doc: doc, Type: flow.TextType}
}

func switchPort(key, doc string) flow.Port {
	return flow.Port{Group: "options", Key: key, Label: key, Doc: doc, Type: flow.BoolType, Default: "false"}
}

func invalid(format string, args ...any) error {
	return flow.Errorf(flow.CodeCryptoInvalid, format, args...)
}

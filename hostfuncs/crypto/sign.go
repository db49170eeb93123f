package crypto

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/aside"
	"github.com/weirflow/weir/hostfuncs/internal/privatekey"
)

// sampleKey is the P-256 key of RFC 6979, appendix A.2.5, as a JSON text.
const sampleKey = `"-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\nZ7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ\n-----END PRIVATE KEY-----\n"`

func signCard() *flow.Card {
	return &flow.Card{
		Key: "crypto.sign", Aliases: []string{"kernel:crypto:sign"}, Title: "Sign", Category: category, Since: since,
		Doc: "Signs a text with a private key. An RSA key gives an RSASSA-PKCS1-v1_5 signature (RFC 8017, section 8.2), an EC key a DER-encoded ECDSA signature " +
			"that is the same every time (RFC 6979). With a secret key or passphrase the result is a secret as well.",
		In: []flow.Port{
			hashAlgorithmPort(), dataPort("The text to sign."), digestPort(`"hex"`),
			{Group: "privateKey", Key: "key", Label: "key", Doc: "The private key in PEM: RSA of up to 8192 bits, or EC.", Type: flow.TextType, Required: true, Widget: "multiline", Secret: flow.SecretPass},
			{Group: "privateKey", Key: "passphrase", Label: "passphrase", Doc: "The passphrase of an encrypted key.", Type: flow.TextType, Secret: flow.SecretPass},
		},
		Out: []flow.Port{outputPort("output", "The signature.")}, Cost: flow.Cost{Base: 20_000, PerByte: 2},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeCryptoInvalid, flow.CodeLimitValue},
		Notes: []flow.Note{
			{Topic: "Sign: EC keys", Vendor: "The vendor's documents speak of RSA keys only.", Choice: "A DER-encoded ECDSA signature with the nonce of RFC 6979.",
				Why: "It is what OpenSSL verifies, and the same inputs give the same result."},
			{Topic: "no algorithm", Vendor: "call the algorithm optional and name no default", Choice: "input.invalid", Why: "a guessed algorithm would be a wrong result that looks right"},
			{Topic: "no digest", Vendor: "are silent; the text of the console says hex", Choice: "hex", Why: "it is the one indication"},
		},
		Examples: []flow.Example{
			{In: `{"algorithm":"sha256","data":"sample","digest":"base64","privateKey":{"key":` + sampleKey + `}}`,
				Out: `{"output":"MEYCIQDv1IsqrLao/RFA3ZzUXoHWnSyHe1aq+ZHDTQ6oTq83FgIhAPfLHJQtZXxB1DbHobbin2Xz6QDbua/0Bk3Eqy+EOs2o"}`, Note: "key and signature of RFC 6979, appendix A.2.5"},
			{In: `{"algorithm":"sha256","data":"sample","privateKey":{"key":` + sampleKey + `}}`,
				Out: `{"output":"3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"}`},
			{In: `{"algorithm":"sha256","data":"sample","privateKey":{"key":"not PEM"}}`, Err: flow.CodeCryptoInvalid},
			{In: `{"data":"sample","privateKey":{"key":` + sampleKey + `}}`, Err: flow.CodeInputInvalid, Note: "no algorithm"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			h, ok := digests[c.Text(0)]
			if !ok {
				return flow.Value{}, c.Invalid(0, "is missing")
			}
			for _, i := range []int{3, 4} {
				if len(c.Text(i)) > privatekey.MaxText {
					return flow.Value{}, invalid("the private key is longer than %d bytes", privatekey.MaxText)
				}
			}
			// One secret out of key and passphrase is bound to the hosts that both
			// share. PEM holds no NUL.
			joined, err := flow.Concat(c.Value(3), flow.Text("\x00"), c.Value(4))
			if err != nil {
				return flow.Value{}, err
			}
			sum, err := digestOf(ctx, c, h.New(), c.Text(1))
			if err != nil {
				return flow.Value{}, err
			}
			return withKey(joined, func(s string) (string, error) {
				text, passphrase, _ := strings.Cut(s, "\x00")
				der, err := openKey(ctx, c, text, passphrase)
				if err != nil {
					return "", err
				}
				signature, err := aside.Do(ctx, func() ([]byte, error) { return signature(der, h, sum) })
				return encoded(signature, c.Text(2)), err
			})
		},
	}
}

func signature(der []byte, h crypto.Hash, sum []byte) (out []byte, err error) {
	key, err := parseDER(der)
	if err != nil {
		return nil, err
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		out, err = rsa.SignPKCS1v15(nil, k, h, sum)
	case *ecdsa.PrivateKey:
		out, err = k.Sign(nil, sum, h) // without a source of randomness: RFC 6979
	}
	if err != nil {
		return nil, invalid("the private key cannot sign with this algorithm")
	}
	return out, nil
}

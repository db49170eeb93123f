package crypto

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// cipherNames are the ciphers of Encrypt and Decrypt.
var cipherNames = []string{"aes-128-cbc", "aes-128-ecb", "aes-256-cbc", "aes-256-ecb", "des-cbc", "des-ecb"}

const derivation = " Key and initialisation vector are derived from the key text as OpenSSL's EVP_BytesToKey does with MD5, without a salt: " +
	"the same text and key always give the same result, and nothing protects it against change. Use it only where a service asks for it. " +
	"With a secret key the result is a secret as well."

var cipherErrors = []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeCryptoInvalid, flow.CodeLimitValue}

// suiteOf returns the chosen cipher after charging for n bytes, and what asks
// whether to go on with so many more.
func suiteOf(ctx context.Context, c *flow.Call, n int) (s suite, alive func(n int) error, err error) {
	s, ok := suites[c.Text(0)]
	if !ok {
		return s, nil, c.Invalid(0, "is missing")
	}
	price := func(n int) int64 { return int64(s.perByte * float64(n)) }
	return s, func(n int) error { return c.Alive(ctx, price(n)+int64(n)) }, c.Spend(price(n))
}

func encryptRun(ctx context.Context, c *flow.Call) (flow.Value, error) {
	text := c.Text(2)
	if err := c.Reserve(int64(len(text)+32) * 4 / 3); err != nil {
		return flow.Value{}, err
	}
	s, alive, err := suiteOf(ctx, c, len(text))
	if err != nil {
		return flow.Value{}, err
	}
	return withKey(c.Value(1), func(key string) (string, error) {
		b, err := s.encrypt(key, text, alive)
		if err != nil {
			return "", err
		}
		return base64.StdEncoding.EncodeToString(b), nil
	})
}

func aesCard() *flow.Card {
	return &flow.Card{
		Key: "crypto.aes", Aliases: []string{"kernel:crypto:aes"}, Title: "AES", Category: category, Since: since,
		Doc: "Encrypts a text with an AES cipher, to base64." + derivation,
		In: []flow.Port{
			{Key: "algorithm", Label: "algorithm", Doc: "The cipher by its OpenSSL name. aes128, aes192 and aes256 are the same as with -cbc. Authenticated modes have no place for their tag and are not offered.",
				Type: flow.TextType, Required: true, Choices: choices(aesNames()...)},
			keyPort("The password that the key is derived from."), dataPort("The text to encrypt."),
		},
		Out: []flow.Port{outputPort("output", "The ciphertext as base64.")}, Cost: flow.Cost{Base: 2500, PerByte: 6}, Errors: cipherErrors,
		Notes: []flow.Note{{
			Topic: "which algorithms there are", Vendor: "those that OpenSSL knows",
			Choice: "the modes cbc, cfb, cfb1, cfb8, ctr, ecb and ofb, and the short names; gcm, ccm, ocb, xts and wrap are input.invalid", Why: "the result has no place for a tag, and the others are for disks and keys",
		}},
		Examples: []flow.Example{
			{In: `{"algorithm":"aes-128-cbc","key":"my secret key","data":"My secret message!"}`, Out: `{"output":"RTOnd5dSDvH8TXF/fiHQ7JuLuxxCpk4nAAfzg/1rHTY="}`},
			{In: `{"algorithm":"aes-256-ctr","key":"my secret key","data":""}`, Out: `{"output":""}`, Note: "modes without padding keep the length"},
			{In: `{"algorithm":"aes-256-gcm","key":"my secret key","data":"x"}`, Err: flow.CodeInputInvalid},
			{In: `{"key":"my secret key","data":"x"}`, Err: flow.CodeInputInvalid},
		},
		Run: encryptRun,
	}
}

func cipherPort() flow.Port {
	return flow.Port{Key: "algorithm", Label: "algorithm", Doc: "The cipher. It has no default: one must be chosen.", Type: flow.TextType, Choices: choices(cipherNames...)}
}

func encryptCard() *flow.Card {
	return &flow.Card{
		Key: "crypto.cipher", Aliases: []string{"kernel:crypto:cipher"}, Title: "Encrypt", Category: category, Since: since,
		Doc: "Encrypts a text with a symmetric cipher, to base64." + derivation,
		In:  []flow.Port{cipherPort(), keyPort("The password that the key is derived from."), dataPort("The text to encrypt.")},
		Out: []flow.Port{outputPort("output", "The ciphertext as base64.")}, Cost: flow.Cost{Base: 2500, PerByte: 6}, Errors: cipherErrors,
		Notes: []flow.Note{
			{Topic: "no algorithm", Vendor: "call the algorithm optional and name no default", Choice: "input.invalid", Why: "a guessed algorithm would be a wrong result that looks right"},
		},
		Examples: []flow.Example{
			{In: `{"algorithm":"aes-256-cbc","key":"my secret key","data":"My secret message!"}`, Out: `{"output":"hrDDPCtB0Cijc8EFAHhABiYEKdYBgt+e63RGV288SOI="}`},
			{In: `{"algorithm":"des-ecb","key":"my secret key","data":""}`, Out: `{"output":"fAx2itP0sH4="}`},
			{In: `{"key":"my secret key","data":"My secret message!"}`, Err: flow.CodeInputInvalid, Note: "no algorithm"},
		},
		Run: encryptRun,
	}
}

func decryptCard() *flow.Card {
	return &flow.Card{
		Key: "crypto.decipher", Aliases: []string{"kernel:crypto:decipher"}, Title: "Decrypt", Category: category, Since: since,
		Doc: "Decrypts base64 that Encrypt has made." + derivation,
		In:  []flow.Port{cipherPort(), keyPort("The password that the key is derived from."), dataPort("The ciphertext as base64, with or without padding, in either alphabet.")},
		Out: []flow.Port{outputPort("output", "The text.")}, Cost: flow.Cost{Base: 2500, PerByte: 8}, Errors: cipherErrors,
		Notes: []flow.Note{
			{Topic: "Decrypt: bytes that are no text", Vendor: "The vendor's documents say that a wrong key fails the card.", Choice: "crypto.invalid, also where a wrong key happens to leave valid padding but no UTF-8.", Why: "Text with replacement characters would hide the wrong key."},
			{Topic: "no algorithm", Vendor: "call the algorithm optional and name no default", Choice: "input.invalid", Why: "a guessed algorithm would be a wrong result that looks right"},
			{Topic: "text of errors", Vendor: "name none", Choice: "crypto.invalid with what is wrong", Why: "texts of a library change with the library"},
		},
		Examples: []flow.Example{
			{In: `{"algorithm":"aes-256-cbc","key":"my secret key","data":"hrDDPCtB0Cijc8EFAHhABiYEKdYBgt+e63RGV288SOI="}`, Out: `{"output":"My secret message!"}`},
			{In: `{"algorithm":"aes-256-cbc","key":"my secret key","data":"hrDDPCtB0Cijc8EFAHhABiYEKdYBgt-e63RGV288SOI"}`, Out: `{"output":"My secret message!"}`},
			{In: `{"algorithm":"aes-256-cbc","key":"another key","data":"hrDDPCtB0Cijc8EFAHhABiYEKdYBgt+e63RGV288SOI="}`, Err: flow.CodeCryptoInvalid},
			{In: `{"algorithm":"aes-256-cbc","key":"my secret key","data":"hrDDPCtB"}`, Err: flow.CodeCryptoInvalid},
			{In: `{"algorithm":"rc4","key":"my secret key","data":""}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			s, alive, err := suiteOf(ctx, c, len(c.Text(2)))
			if err != nil {
				return flow.Value{}, err
			}
			data, err := lenientBase64(c.Text(2))
			if err != nil {
				return flow.Value{}, err
			}
			return withKey(c.Value(1), func(key string) (string, error) {
				text, err := s.decrypt(key, data, alive)
				if err == nil && !utf8.Valid(text) {
					err = invalid("bad decrypt: the result is not text")
				}
				return string(text), err
			})
		},
	}
}

// lenientBase64 reads base64 in either alphabet, with white space and with or
// without padding.
func lenientBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "-_ \t\r\n") {
		s = strings.NewReplacer("-", "+", "_", "/", " ", "", "\t", "", "\r", "", "\n", "").Replace(s)
	}
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return nil, invalid("the data is not base64")
	}
	return b, nil
}

package crypto

import (
	"context"
	"crypto"
	"crypto/hmac"
	_ "crypto/md5" // registers the digests that digests names
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"hash"
	"io"

	"github.com/weirflow/weir/flow"
)

// digests are the digests by OpenSSL name. The names of signature algorithms
// stand for the digest in them, as in OpenSSL 1.0.
var digests = map[string]crypto.Hash{
	"md5": crypto.MD5, "RSA-MD5": crypto.MD5, "md5WithRSAEncryption": crypto.MD5, "ssl2-md5": crypto.MD5, "ssl3-md5": crypto.MD5,
	"sha1": crypto.SHA1, "RSA-SHA1": crypto.SHA1, "RSA-SHA1-2": crypto.SHA1, "sha1WithRSAEncryption": crypto.SHA1, "ssl3-sha1": crypto.SHA1,
	"DSA-SHA1": crypto.SHA1, "DSA-SHA1-old": crypto.SHA1, "dsaWithSHA1": crypto.SHA1, "dss1": crypto.SHA1, "ecdsa-with-SHA1": crypto.SHA1,
	"sha224": crypto.SHA224, "RSA-SHA224": crypto.SHA224, "sha224WithRSAEncryption": crypto.SHA224,
	"sha256": crypto.SHA256, "RSA-SHA256": crypto.SHA256, "sha256WithRSAEncryption": crypto.SHA256,
	"sha384": crypto.SHA384, "RSA-SHA384": crypto.SHA384, "sha384WithRSAEncryption": crypto.SHA384,
	"sha512": crypto.SHA512, "RSA-SHA512": crypto.SHA512, "sha512WithRSAEncryption": crypto.SHA512,
}

// hmacNames are the names that the vendor's drop-down offers. The digests among
// them that nobody should need any more (MD4, SHA-0, RIPEMD-160, MDC-2,
// Whirlpool) are crypto.invalid.
var hmacNames = []string{
	"DSA", "DSA-SHA", "DSA-SHA1", "DSA-SHA1-old", "RSA-MD4", "RSA-MD5", "RSA-MDC2", "RSA-RIPEMD160", "RSA-SHA", "RSA-SHA1", "RSA-SHA1-2",
	"RSA-SHA224", "RSA-SHA256", "RSA-SHA384", "RSA-SHA512", "dsaEncryption", "dsaWithSHA", "dsaWithSHA1", "dss1", "ecdsa-with-SHA1",
	"md4", "md4WithRSAEncryption", "md5", "md5WithRSAEncryption", "mdc2", "mdc2WithRSA", "ripemd", "ripemd160", "ripemd160WithRSA", "rmd160",
	"sha", "sha1", "sha1WithRSAEncryption", "sha224", "sha224WithRSAEncryption", "sha256", "sha256WithRSAEncryption", "sha384", "sha384WithRSAEncryption",
	"sha512", "sha512WithRSAEncryption", "shaWithRSAEncryption", "ssl2-md5", "ssl3-md5", "ssl3-sha1", "whirlpool",
}

// hashPrice covers the slowest of the digests (measured: SHA-512, 2.8 ns a byte).
var hashPrice = flow.Cost{Base: 800, PerByte: 3}

func digestOf(ctx context.Context, c *flow.Call, h hash.Hash, data string) ([]byte, error) {
	const piece, fuelByte = 64 << 10, 3
	for len(data) > 0 {
		n := min(len(data), piece)
		_, _ = io.WriteString(h, data[:n]) // a hash.Hash never fails
		if err := c.Alive(ctx, int64(n)*fuelByte); err != nil {
			return nil, err
		}
		data = data[n:]
	}
	return h.Sum(nil), nil
}

func hashAlgorithmPort() flow.Port {
	return flow.Port{
		Key: "algorithm", Label: "algorithm", Doc: "The digest. It has no default: one must be chosen.", Type: flow.TextType,
		Choices: choices("md5", "sha1", "sha256", "sha384", "sha512"),
	}
}

func hashCard() *flow.Card {
	return &flow.Card{
		Key: "crypto.hash", Aliases: []string{"kernel:crypto:hash"}, Title: "Hash", Category: category, Since: since,
		Doc: "Computes the digest of a text. The text counts as UTF-8. MD5 and SHA-1 do not protect against forgery.",
		In:  []flow.Port{hashAlgorithmPort(), dataPort("The text."), digestPort("")},
		Out: []flow.Port{outputPort("output", "The digest.")}, Cost: hashPrice,
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid},
		Notes: []flow.Note{
			{Topic: "Hash, Encrypt, Decrypt, Sign: no algorithm", Vendor: "The vendor's documents call the algorithm optional and name no default.",
				Choice: "input.invalid.", Why: "A guessed algorithm would be a wrong result that looks right."},
			{Topic: "Hash: no digest", Vendor: "The vendor's documents are silent.", Choice: "hex.", Why: "Sign documents hex."},
		},
		Examples: []flow.Example{
			{In: `{"algorithm":"sha256","data":"My secret message!","digest":"base64"}`, Out: `{"output":"KhyfFBt0DKFo4WcWbzrP+3FOAKe9Kp+c0BWZ3akwlE8="}`},
			{In: `{"algorithm":"md5","data":"Hello"}`, Out: `{"output":"8b1a9953c4611296a827abf8c47804d7"}`},
			{In: `{"algorithm":"sha1","data":"","digest":"binary"}`, Out: `{"output":"Ú9£î^kK\r2U¿ï\u0095` + "`" + `\u0018\u0090¯Ø\u0007\t"}`},
			{In: `{"algorithm":"crc32","data":"Hello"}`, Err: flow.CodeInputInvalid},
			{In: `{"data":"Hello"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			h, ok := digests[c.Text(0)]
			if !ok {
				return flow.Value{}, c.Invalid(0, "is missing")
			}
			sum, err := digestOf(ctx, c, h.New(), c.Text(1))
			return flow.Text(encoded(sum, c.Text(2))), err
		},
	}
}

// sumOf is the digest of a short text.
func sumOf(h crypto.Hash, text string) []byte {
	d := h.New()
	_, _ = io.WriteString(d, text)
	return d.Sum(nil)
}

// digestCard is Hash with one algorithm and base64.
func digestCard(name, title string, h crypto.Hash, hello string) *flow.Card {
	return &flow.Card{
		Key: "crypto." + name, Aliases: []string{"kernel:crypto:" + name}, Title: title, Category: category, Since: since,
		Doc: "Computes the " + title + " digest of a text, as base64. The text counts as UTF-8.",
		In:  []flow.Port{dataPort("The text.")},
		Out: []flow.Port{outputPort("output", "The digest as base64.")}, Cost: hashPrice,
		Errors: []flow.Code{flow.CodeTypeConversion},
		Examples: []flow.Example{
			{In: `{"data":"Hello"}`, Out: `{"output":"` + hello + `"}`},
			{In: `{"data":["H"]}`, Out: `{"output":"` + encoded(sumOf(h, `["H"]`), "base64") + `"}`, Note: "a list counts as its JSON text"},
			{In: `{"text":"Hello"}`, Err: flow.CodeCardInput},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			sum, err := digestOf(ctx, c, h.New(), c.Text(0))
			return flow.Text(encoded(sum, "base64")), err
		},
	}
}

func md5Card() *flow.Card { return digestCard("md5", "MD5", crypto.MD5, "ixqZU8RhEpaoJ6v4xHgE1w==") }

func sha1Card() *flow.Card {
	return digestCard("sha1", "SHA1", crypto.SHA1, "9/+ei3uy4Jtwk1pdeF4MxdnQq/A=")
}

func sha256Card() *flow.Card {
	return digestCard("sha256", "SHA256", crypto.SHA256, "GF+NsyJx/iX1Yab8k4suJkMG7DBO2lGAB9F2SCY4GWk=")
}

func hmacCard() *flow.Card {
	return &flow.Card{
		Key: "crypto.hmac", Aliases: []string{"kernel:crypto:hmac"}, Title: "HMAC", Category: category, Since: since,
		Doc: "Computes the keyed digest of a text (RFC 2104). Key and text count as UTF-8. With a secret key the result is a secret as well.",
		In: []flow.Port{
			{Key: "algorithm", Label: "algorithm", Type: flow.TextType, Required: true, Choices: choices(hmacNames...),
				Doc: "The digest by its OpenSSL name. Names of signature algorithms stand for their digest."},
			keyPort("The key."), dataPort("The text."), digestPort(`"base64"`),
		},
		Out: []flow.Port{outputPort("generated_hash", "The keyed digest.")}, Cost: flow.Cost{Base: 2500, PerByte: 3},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeCryptoInvalid},
		Notes: []flow.Note{
			{Topic: "HMAC: no digest", Vendor: "The vendor's documents are silent.", Choice: "base64.", Why: "Exports store it as the preset."},
			{Topic: "HMAC: obsolete digests", Vendor: "The drop-down offers MD4, SHA-0, RIPEMD-160, MDC-2, Whirlpool and names that meant SHA-0 or SHA-1 by version.",
				Choice: "crypto.invalid.", Why: "No documented flow uses them; MD5, SHA-1 and SHA-2 work under all their names."},
		},
		Examples: []flow.Example{
			{In: `{"algorithm":"sha256","key":"my secret key","data":"My secret message!","digest":"base64"}`, Out: `{"output":"qd83l7nEE4gBpuaueA+XtKFeZO99aV7IvGgsJ15qmyo="}`},
			{In: `{"algorithm":"RSA-SHA256","key":"key","data":"The quick brown fox jumps over the lazy dog","digest":"hex"}`,
				Out: `{"output":"f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"}`},
			{In: `{"algorithm":"whirlpool","key":"key","data":"x"}`, Err: flow.CodeCryptoInvalid},
			{In: `{"algorithm":"sha3","key":"key","data":"x"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if c.Text(0) == "" {
				return flow.Value{}, c.Invalid(0, "is missing")
			}
			h, ok := digests[c.Text(0)]
			if !ok {
				return flow.Value{}, invalid("digest %s is obsolete and not supported", flow.Excerpt(c.Text(0)))
			}
			return withKey(c.Value(1), func(key string) (string, error) {
				sum, err := digestOf(ctx, c, hmac.New(h.New, []byte(key)), c.Text(2))
				return encoded(sum, c.Text(3)), err
			})
		},
	}
}

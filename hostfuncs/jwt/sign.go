package jwt

import (
	"context"
	"encoding/base64"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/aside"
)

func signCard() *flow.Card {
	span := func(key, doc string) flow.Port {
		return flow.Port{Group: "options", Key: key, Label: key, Type: flow.AnyType,
			Doc: doc + ` A whole number of seconds, or text with a unit such as "10 minutes", "2 days", "7d" or "10h". Text without a unit counts milliseconds.`}
	}
	algorithmIn := algorithmPort()
	algorithmIn.Required = true
	return &flow.Card{
		Key: "jwt.sign", Aliases: []string{"kernel:jwt:sign"}, Title: "Sign", Category: category, Since: since,
		Doc: "Creates and signs a JSON Web Token (RFC 7519). The time of issue is added as iat, unless noTimestamp is set. With a secret key the token is a secret as well.",
		In: []flow.Port{
			{Key: "key", Label: "key", Doc: "The shared secret, or the private key in PEM: RSA of 2048 to 8192 bits, or EC.", Type: flow.TextType, Default: `""`, Secret: flow.SecretPass},
			optionPort("audience", "The claim aud."),
			optionPort("issuer", "The claim iss."),
			span("expiresIn", "Makes the claim exp: how long after iat the token expires."),
			optionPort("jwtid", "The claim jti."),
			switchPort("noTimestamp", "Leaves out the claim iat."),
			optionPort("header", `A JSON object of further header members, such as {"kid":"k1"}.`),
			span("notBefore", "Makes the claim nbf: how long after iat the token becomes valid."),
			optionPort("subject", "The claim sub."),
			algorithmIn,
		},
		Extra:  &flow.Extra{Group: "payload", Label: "claim", Doc: "A claim of any name and type.", Type: flow.AnyType},
		Out:    []flow.Port{{Key: "token", Label: "token", Doc: "The token in compact form.", Type: flow.TextType}},
		Effect: flow.Reads, // the clock, and randomness for ES and PS
		Cost:   flow.Cost{Base: 8000, PerByte: 12},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeCryptoInvalid, flow.CodeLimitValue},
		Notes: []flow.Note{
			{Topic: "JWT Sign: notBefore", Vendor: "The vendor's documents call it a date; the samples on the card are spans.", Choice: "A span after iat.", Why: "The card is newer than the text, and jsonwebtoken reads spans."},
			{Topic: "JWT Sign: a span in text without a unit", Vendor: "The vendor's documents are silent.", Choice: `Milliseconds: the text "60" is less than a second, the number 60 a minute.`, Why: "jsonwebtoken reads it so."},
			{Topic: "JWT Sign: a header that names another algorithm", Vendor: "jsonwebtoken would sign with that one, or not at all.", Choice: "crypto.invalid.", Why: "A header must not switch off the signature."},
		},
		Examples: []flow.Example{
			{In: `{"key":"secret","options":{"algorithm":"HS256","noTimestamp":true},"payload":{"name":"John Doe","sub":"1234567890"}}`,
				Out: `{"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoiSm9obiBEb2UiLCJzdWIiOiIxMjM0NTY3ODkwIn0.LmURJCzy7NfJBggkWYrAZ8XNzFxMhrDgBJUmBcffhSw"}`},
			{In: `{"key":"secret","options":{"algorithm":"HS512","expiresIn":"10 minutes"},"payload":{"sub":"me"}}`, Out: `{"token":"~^eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{86}$"}`},
			{In: `{"key":"","options":{"algorithm":"HS256"},"payload":{}}`, Err: flow.CodeCryptoInvalid},
			{In: `{"key":"secret","options":{"algorithm":"RS256"},"payload":{}}`, Err: flow.CodeCryptoInvalid, Note: "a shared secret is no RSA key"},
			{In: `{"key":"secret","options":{"algorithm":"none"},"payload":{}}`, Err: flow.CodeInputInvalid},
			{In: `{"key":"secret","options":{"algorithm":"HS256","expiresIn":"soon"},"payload":{}}`, Err: flow.CodeInputInvalid},
		},
		Run: runSign,
	}
}

func runSign(ctx context.Context, c *flow.Call) (flow.Value, error) {
	a, err := algorithmOf(c)
	if err != nil {
		return flow.Value{}, err
	}
	header, err := headerOf(c, a)
	if err != nil {
		return flow.Value{}, err
	}
	claims, err := claimsOf(c)
	if err != nil {
		return flow.Value{}, err
	}
	signed := ""
	for i, v := range []flow.Value{header, claims} {
		b, err := flow.AppendJSON(nil, v)
		if err != nil {
			return flow.Value{}, err
		}
		if err := c.Reserve(int64(len(b)) * 4 / 3); err != nil {
			return flow.Value{}, err
		}
		if i > 0 {
			signed += "."
		}
		signed += base64.RawURLEncoding.EncodeToString(b)
	}
	key := c.Value(0)
	secret := key.Kind() == flow.KindSecret
	out := flow.MapSecret(key, func(text string) string {
		var read func() (any, error)
		if read, err = a.signingKey(c.Spend, text); err != nil {
			return ""
		}
		var signature []byte
		signature, err = aside.Do(ctx, func() ([]byte, error) {
			k, err := read()
			if err != nil {
				return nil, err
			}
			signature, err := a.method.Sign(signed, k)
			if err != nil {
				return nil, invalid("the key cannot sign with %s", a.name)
			}
			return signature, nil
		})
		if err != nil {
			return ""
		}
		token := signed + "." + base64.RawURLEncoding.EncodeToString(signature)
		if secret && len(token) > flow.MaxSecret {
			err = flow.Errorf(flow.CodeLimitValue, "a secret may hold at most %d bytes", flow.MaxSecret)
			return ""
		}
		return token
	})
	if err != nil {
		return flow.Value{}, err
	}
	return out, nil
}

// headerOf returns the JOSE header: alg, typ and the author's members.
func headerOf(c *flow.Call, a algorithm) (flow.Value, error) {
	var b flow.ObjectBuilder
	b.Set("alg", flow.Text(a.name))
	b.Set("typ", flow.Text("JWT"))
	i := c.Card.Input("options", "header")
	if c.Text(i) == "" {
		return b.Value(), nil
	}
	more, err := flow.ParseJSON([]byte(c.Text(i)), flow.JSONLimits{Bytes: flow.DefaultMaxValue})
	if err != nil || more.Kind() != flow.KindObject {
		return flow.Value{}, c.Invalid(i, "is not a JSON object")
	}
	for k, v := range more.Object().All() {
		switch {
		case k == "alg" && v.Text() != a.name:
			return flow.Value{}, invalid("the header names another algorithm than %s", a.name)
		case k == "crit" || k == "b64":
			return flow.Value{}, invalid("the header member %s is not supported", k)
		}
		b.Set(k, v)
	}
	return b.Value(), nil
}

// claimsOf returns the payload: the author's claims, then iat, nbf, exp, aud,
// iss, sub and jti as far as they are wanted.
func claimsOf(c *flow.Call) (flow.Value, error) {
	noTimestamp := c.Bool(c.Card.Input("options", "noTimestamp"))
	issued := 0.0
	var b flow.ObjectBuilder
	for k, v := range c.Extra.All() {
		if k == "iat" || k == "exp" || k == "nbf" {
			if v.Kind() != flow.KindNumber {
				return flow.Value{}, flow.Errorf(flow.CodeInputInvalid, "claim %q should be a number of seconds", k)
			}
		}
		if k == "iat" {
			issued = v.Number()
			if noTimestamp {
				continue
			}
		}
		b.Set(k, v)
	}
	if issued == 0 {
		issued = float64(c.Env.Now().Unix())
	}
	if !noTimestamp {
		b.Set("iat", flow.Number(issued))
	}
	for _, o := range [...]struct{ option, claim string }{{"notBefore", "nbf"}, {"expiresIn", "exp"}} {
		i := c.Card.Input("options", o.option)
		at, given, err := after(c, i, issued)
		if err != nil {
			return flow.Value{}, err
		}
		if !given {
			continue
		}
		if b.Has(o.claim) {
			return flow.Value{}, c.Invalid(i, "cannot be given: the payload has the claim %s already", o.claim)
		}
		b.Set(o.claim, flow.Number(at))
	}
	for _, o := range [...]struct{ option, claim string }{{"audience", "aud"}, {"issuer", "iss"}, {"subject", "sub"}, {"jwtid", "jti"}} {
		s := option(c, o.option)
		if s == "" {
			continue
		}
		if b.Has(o.claim) {
			return flow.Value{}, c.Invalid(c.Card.Input("options", o.option), "cannot be given: the payload has the claim %s already", o.claim)
		}
		b.Set(o.claim, flow.Text(s))
	}
	return b.Value(), nil
}

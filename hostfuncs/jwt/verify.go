package jwt

import (
	"context"

	"github.com/weirflow/weir/flow"
)

func verifyCard() *flow.Card {
	return &flow.Card{
		Key: "jwt.verify", Aliases: []string{"kernel:jwt:verify"}, Title: "Verify", Category: category, Since: since,
		Doc: "Checks a JSON Web Token and gives its claims. It fails unless the token is signed with the key by the chosen algorithm, is valid now, and has the audience, issuer and subject that are asked for.",
		In: []flow.Port{
			{Key: "token", Label: "token", Doc: "The token in compact form.", Type: flow.TextType, Required: true},
			{Key: "key", Label: "key", Doc: "The shared secret, or the public key or certificate in PEM.", Type: flow.TextType, Required: true},
			optionPort("audience", "The audience that the claim aud must be or contain. Empty: any."),
			optionPort("issuer", "What the claim iss must be. Empty: anything."),
			switchPort("ignoreExpiration", "Accepts tokens that have expired."),
			optionPort("subject", "What the claim sub must be. Empty: anything."),
			algorithmPort(),
		},
		Out:    []flow.Port{{Key: "decoded", Label: "decoded", Doc: "The claims.", Type: flow.ObjectType}},
		Effect: flow.Reads, // the clock
		Cost:   flow.Cost{Base: 5000, PerByte: 18},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeCryptoInvalid, flow.CodeLimitValue, flow.CodeLimitDepth},
		Examples: []flow.Example{
			{In: `{"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoiSm9obiBEb2UiLCJzdWIiOiIxMjM0NTY3ODkwIn0.LmURJCzy7NfJBggkWYrAZ8XNzFxMhrDgBJUmBcffhSw","key":"secret"}`,
				Out: `{"decoded":{"name":"John Doe","sub":"1234567890"}}`},
			{In: `{"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoiSm9obiBEb2UiLCJzdWIiOiIxMjM0NTY3ODkwIn0.LmURJCzy7NfJBggkWYrAZ8XNzFxMhrDgBJUmBcffhSw","key":"bad"}`,
				Err: flow.CodeCryptoInvalid},
			{In: `{"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoiSm9obiBEb2UiLCJzdWIiOiIxMjM0NTY3ODkwIn0.LmURJCzy7NfJBggkWYrAZ8XNzFxMhrDgBJUmBcffhSw","key":"secret","options":{"algorithm":"HS384"}}`,
				Err: flow.CodeCryptoInvalid, Note: "only the chosen algorithm is accepted"},
			{In: `{"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoiSm9obiBEb2UiLCJzdWIiOiIxMjM0NTY3ODkwIn0.LmURJCzy7NfJBggkWYrAZ8XNzFxMhrDgBJUmBcffhSw","key":"secret","options":{"issuer":"me"}}`,
				Err: flow.CodeCryptoInvalid},
			{In: `{"token":"a.b","key":"secret"}`, Err: flow.CodeInputInvalid},
		},
		Run: runVerify,
	}
}

func runVerify(_ context.Context, c *flow.Call) (flow.Value, error) {
	a, err := algorithmOf(c)
	if err != nil {
		return flow.Value{}, err
	}
	t, err := parseToken(c, 0)
	if err != nil {
		return flow.Value{}, err
	}
	if alg, _ := t.header.Object().Get("alg"); alg.Text() != a.name {
		return flow.Value{}, invalid("invalid algorithm: the token is not signed with %s", a.name)
	}
	// RFC 7515, section 4.1.11: extensions that must be understood are none of ours.
	if _, has := t.header.Object().Get("crit"); has {
		return flow.Value{}, invalid("the token asks for header members that are not supported")
	}
	if len(t.signature) == 0 {
		return flow.Value{}, invalid("the token has no signature")
	}
	key, err := a.verifyingKey(c.Spend, c.Text(1))
	if err != nil {
		return flow.Value{}, err
	}
	if a.method.Verify(t.signed, t.signature, key) != nil {
		return flow.Value{}, invalid("invalid signature")
	}
	if err := checkTimes(c, t.payload); err != nil {
		return flow.Value{}, err
	}
	if err := checkClaims(c, t.payload); err != nil {
		return flow.Value{}, err
	}
	return t.payload, nil
}

// checkTimes checks nbf and exp (RFC 7519, sections 4.1.4 and 4.1.5), without
// any leeway.
func checkTimes(c *flow.Call, payload flow.Value) error {
	now := float64(c.Env.Now().Unix())
	if v, has := payload.Object().Get("nbf"); has {
		if v.Kind() != flow.KindNumber {
			return invalid("invalid nbf value")
		}
		if v.Number() > now {
			return invalid("the token is not active yet")
		}
	}
	v, has := payload.Object().Get("exp")
	if !has || c.Bool(c.Card.Input("options", "ignoreExpiration")) {
		return nil
	}
	if v.Kind() != flow.KindNumber {
		return invalid("invalid exp value")
	}
	if now >= v.Number() {
		return invalid("the token has expired")
	}
	return nil
}

func checkClaims(c *flow.Call, payload flow.Value) error {
	for _, o := range [...]struct{ option, claim string }{{"audience", "aud"}, {"issuer", "iss"}, {"subject", "sub"}} {
		want := option(c, o.option)
		if want == "" {
			continue
		}
		v, _ := payload.Object().Get(o.claim)
		ok := v.Text() == want
		if o.claim == "aud" { // RFC 7519, section 4.1.3: one, or a list
			for _, item := range v.List().All() {
				ok = ok || item.Text() == want
			}
		}
		if !ok {
			return invalid("the token's %s is invalid, expected: %s", o.option, flow.Excerpt(want))
		}
	}
	return nil
}

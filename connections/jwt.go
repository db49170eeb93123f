package connections

import (
	"crypto"
	"crypto/rand"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weirflow/weir/flow"
)

// defaultLifetime is how long an assertion is valid that names no lifetime.
const defaultLifetime = 5 * time.Minute

// assertion signs the assertion of the JWT bearer grant (RFC 7523, 2.1 and 3).
// Errors: connection.invalid when the key is not one of the algorithm.
func assertion(r *Record, now time.Time) (string, error) {
	j := r.Auth.OAuth2.JWT
	if j == nil {
		return "", flow.Errorf(flow.CodeConnectionInvalid, "the authentication %q does not describe its assertion", r.Auth.Key)
	}
	key, err := privateKey(j.Algorithm, r.Secrets[j.Key].reveal())
	if err != nil {
		return "", err
	}
	life := time.Duration(j.Lifetime) * time.Second
	if life <= 0 {
		life = defaultLifetime
	}
	audience := j.Audience
	if audience == "" {
		audience = r.Auth.OAuth2.TokenURL
	}
	claims := jwt.MapClaims{
		"iss": j.Issuer, "aud": audience, "iat": now.Unix(), "exp": now.Add(life).Unix(), "jti": rand.Text(),
	}
	if j.Subject != "" {
		claims["sub"] = j.Subject
	}
	if len(r.Scopes) > 0 {
		// RFC 7521 has scope as a parameter of the request; Google reads this claim.
		claims["scope"] = joinScopes(r)
	}
	t := jwt.NewWithClaims(jwt.GetSigningMethod(j.Algorithm), claims)
	if j.KeyID != "" {
		t.Header["kid"] = j.KeyID
	}
	signed, err := t.SignedString(key)
	if err != nil {
		return "", badKey(j.Algorithm)
	}
	return signed, nil
}

// privateKey reads a private key in PEM. Only asymmetric algorithms sign
// assertions: with others, who can check one could make one.
func privateKey(algorithm, pem string) (key crypto.Signer, err error) {
	text := []byte(pem)
	switch {
	case strings.HasPrefix(algorithm, "RS"), strings.HasPrefix(algorithm, "PS"):
		key, err = jwt.ParseRSAPrivateKeyFromPEM(text)
	case strings.HasPrefix(algorithm, "ES"):
		key, err = jwt.ParseECPrivateKeyFromPEM(text)
	case algorithm == "EdDSA":
		var k crypto.PrivateKey
		if k, err = jwt.ParseEdPrivateKeyFromPEM(text); err == nil {
			key, _ = k.(crypto.Signer)
		}
	}
	if err != nil || key == nil || jwt.GetSigningMethod(algorithm) == nil {
		return nil, badKey(algorithm)
	}
	return key, nil
}

func badKey(algorithm string) error {
	return flow.Errorf(flow.CodeConnectionInvalid, "the private key is not one in PEM for the algorithm %s", flow.Excerpt(algorithm))
}

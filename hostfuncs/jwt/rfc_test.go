package jwt_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func number(t *testing.T, s string) *big.Int {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return new(big.Int).SetBytes(b)
}

func publicPEM(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// The examples of RFC 7515, appendices A.2 and A.3, whose payload is that of
// RFC 7519, section 3.1. (The key of A.1 is no text, the payload of A.4 no
// claims.)
func TestRFC7515(t *testing.T) {
	const payload = ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
	rsaKey := publicPEM(t, &rsa.PublicKey{E: 65537, N: number(t, "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpa"+
		"SHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")})
	point := []byte{4} // uncompressed: SEC 1, 2.3.3
	for _, n := range []string{"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"} {
		point = append(point, number(t, n).FillBytes(make([]byte, 32))...)
	}
	ec, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	ecKey := publicPEM(t, ec)
	for _, c := range []struct{ algorithm, key, token string }{
		{"RS256", rsaKey, "eyJhbGciOiJSUzI1NiJ9" + payload + "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K" +
			"0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
		{"ES256", ecKey, "eyJhbGciOiJFUzI1NiJ9" + payload + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
	} {
		in := flow.Members("token", flow.Text(c.token), "key", flow.Text(c.key), "options", flow.Members("algorithm", flow.Text(c.algorithm)))
		want := flow.Members("iss", flow.Text("joe"), "exp", flow.Number(1300819380), "http://example.com/is_root", flow.Bool(true))
		if got, err := callValue(t, "jwt.verify", in, 1300819379); err != nil || !flow.Equal(got, want) {
			t.Errorf("%s a second before it expires: %s, %v, want %s", c.algorithm, got, err, want)
		}
		if got, err := callValue(t, "jwt.verify", in, 1300819380); flow.CodeOf(err) != flow.CodeCryptoInvalid {
			t.Errorf("%s when it expires: %s, %v, want crypto.invalid", c.algorithm, got, err)
		}
	}
}

func sign(t *testing.T, in string) string {
	t.Helper()
	token, err := call(t, "jwt.sign", in, start)
	if err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	return token.Text()
}

func TestHeaderMembersThatAreRefused(t *testing.T) {
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"HS512"}`, `{"alg":null}`, `{"alg":["HS256"]}`, `{"crit":["b64"],"b64":false}`, `{"b64":false}`} {
		in := flow.Members("key", flow.Text("secret"), "options", flow.Members("header", flow.Text(header)))
		if got, err := callValue(t, "jwt.sign", in, start); flow.CodeOf(err) != flow.CodeCryptoInvalid {
			t.Errorf("header %s: %s, %v, want crypto.invalid", header, got, err)
		}
	}
	for _, header := range []string{"x", "[]", "1", `{"a":1`, `{"a":1,"a":2}`} {
		in := flow.Members("key", flow.Text("secret"), "options", flow.Members("header", flow.Text(header)))
		if got, err := callValue(t, "jwt.sign", in, start); flow.CodeOf(err) != flow.CodeInputInvalid {
			t.Errorf("header %s: %s, %v, want input.invalid", header, got, err)
		}
	}
	if token := sign(t, `{"key":"secret","options":{"header":"{\"alg\":\"HS256\"}","noTimestamp":true}}`); token != sign(t, `{"key":"secret","options":{"noTimestamp":true}}`) {
		t.Errorf("a header that names the algorithm itself gives %s", token)
	}
}

// A token whose crit header is not understood must be refused even though its
// signature is right (RFC 7515, section 4.1.11).
func TestCriticalHeader(t *testing.T) {
	// {"alg":"HS256","crit":["x"],"x":1}.{} under "secret", made with openssl dgst.
	const token = "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsieCJdLCJ4IjoxfQ.e30.kGF-79PcHCwJlbN9FmD62cSdeZvKWqJJyRgs21kCA1o"
	_, err := call(t, "jwt.verify", `{"token":"`+token+`","key":"secret"}`, start)
	if flow.CodeOf(err) != flow.CodeCryptoInvalid || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("a critical header: %v, want crypto.invalid", err)
	}
}

func TestMalformedTokens(t *testing.T) {
	good := sign(t, `{"key":"secret","options":{"noTimestamp":true},"payload":{"a":1}}`)
	h, rest, _ := strings.Cut(good, ".")
	p, s, _ := strings.Cut(rest, ".")
	for _, token := range []string{
		"", ".", "..", "...", "x", good + ".x", " " + good, "Bearer " + good, h + "\n." + p + "." + s, h + "=." + p + "." + s, h + "." + p + "." + s + "=",
		"W10." + p + "." + s, h + ".MQ." + s, h + ".eyJhIjoxLCJhIjoyfQ." + s, h + "." + p + "." + s[:len(s)-1] + "_", // bits behind the last byte
		h + "._w." + s,
	} {
		in := flow.Members("token", flow.Text(token), "key", flow.Text("secret"))
		if got, err := callValue(t, "jwt.verify", in, start); flow.CodeOf(err) != flow.CodeInputInvalid {
			t.Errorf("verify %q: %s, %v, want input.invalid", token, got, err)
		}
		if got, err := callValue(t, "jwt.decode", flow.Members("token", flow.Text(token)), start); flow.CodeOf(err) != flow.CodeInputInvalid {
			t.Errorf("decode %q: %s, %v, want input.invalid", token, got, err)
		}
	}
}

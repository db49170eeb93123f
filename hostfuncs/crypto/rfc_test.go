package crypto_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// The digests of RFC 1321 (appendix A.5), RFC 3174 (section 7.3) and RFC 6234
// (section 8.5, after FIPS 180-2, appendices A to D).
func TestHashRFCs(t *testing.T) {
	const (
		blocks56  = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
		blocks112 = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
	)
	alone := map[string]string{"md5": "crypto.md5", "sha1": "crypto.sha1", "sha256": "crypto.sha256"}
	for _, c := range []struct{ algorithm, data, want string }{
		{"md5", "", "d41d8cd98f00b204e9800998ecf8427e"},
		{"md5", "a", "0cc175b9c0f1b6a831c399e269772661"},
		{"md5", "abc", "900150983cd24fb0d6963f7d28e17f72"},
		{"md5", "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
		{"md5", "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
		{"md5", strings.Repeat("1234567890", 8), "57edf4a22be3c955ac49da2e2107b67a"},
		{"sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{"sha1", blocks56, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
		{"sha1", strings.Repeat("a", 1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
		{"sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"sha256", blocks56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
		{"sha256", strings.Repeat("a", 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
		{"sha384", "abc", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
		{"sha384", blocks112, "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039"},
		{"sha512", "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
		{"sha512", blocks112, "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
	} {
		if got, err := run(t, "crypto.hash", "algorithm", c.algorithm, "data", c.data, "digest", "hex"); err != nil || got.Text() != c.want {
			t.Errorf("Hash %s of %.20q = %s, %v, want %s", c.algorithm, c.data, got, err, c.want)
		}
		card := alone[c.algorithm]
		if card == "" {
			continue
		}
		sum, _ := hex.DecodeString(c.want)
		if got, err := run(t, card, "data", c.data); err != nil || got.Text() != base64.StdEncoding.EncodeToString(sum) {
			t.Errorf("%s of %.20q = %s, %v, want %x", card, c.data, got, err, sum)
		}
	}
}

// The cases of RFC 2202 whose keys and texts are text.
func TestRFC2202(t *testing.T) {
	for _, c := range []struct{ algorithm, key, data, want string }{
		{"md5", strings.Repeat("\x0b", 16), "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"},
		{"md5", "Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"},
		{"md5", strings.Repeat("\x0c", 16), "Test With Truncation", "56461ef2342edc00f9bab995690efd4c"},
		{"sha1", strings.Repeat("\x0b", 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
		{"sha1", "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
		{"sha1", strings.Repeat("\x0c", 20), "Test With Truncation", "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"},
	} {
		if got, err := run(t, "crypto.hmac", "algorithm", c.algorithm, "key", c.key, "data", c.data, "digest", "hex"); err != nil || got.Text() != c.want {
			t.Errorf("HMAC %s of %q = %s, %v, want %s", c.algorithm, c.data, got, err, c.want)
		}
	}
}

package crypto_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func benchmark(b *testing.B, key string, inputs ...any) {
	in, crd := members(inputs...), card(b, key)
	for b.Loop() {
		if _, err := flow.Invoke(b.Context(), crd, in, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	text := strings.Repeat("x", 64<<10)
	for _, name := range []string{"md5", "sha1", "sha256", "sha384", "sha512"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(64 << 10)
			benchmark(b, "crypto.hash", "algorithm", name, "data", text)
		})
		b.Run("hmac-"+name, func(b *testing.B) { benchmark(b, "crypto.hmac", "algorithm", name, "key", "k", "data", "") })
	}
}

func BenchmarkCipher(b *testing.B) {
	text := strings.Repeat("x", 64<<10)
	for _, name := range []string{"ecb", "cbc", "ctr", "ofb", "cfb", "cfb8", "cfb1"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(64 << 10)
			benchmark(b, "crypto.aes", "algorithm", "aes-256-"+name, "key", "k", "data", text)
		})
	}
	b.Run("des-cbc", func(b *testing.B) {
		b.SetBytes(64 << 10)
		benchmark(b, "crypto.cipher", "algorithm", "des-cbc", "key", "k", "data", text)
	})
	b.Run("short", func(b *testing.B) { benchmark(b, "crypto.aes", "algorithm", "aes-256-cbc", "key", "k", "data", "") })
}

func BenchmarkSign(b *testing.B) {
	for _, bits := range []int{1024, 2048, 4096, 8192} {
		b.Run(fmt.Sprint("rsa-", bits), func(b *testing.B) {
			k, err := rsa.GenerateKey(rand.Reader, bits)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, "crypto.sign", "algorithm", "sha256", "data", "x", "privateKey/key", pkcs8(b, k))
		})
	}
	for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		b.Run(curve.Params().Name, func(b *testing.B) {
			k, err := ecdsa.GenerateKey(curve, rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, "crypto.sign", "algorithm", "sha256", "data", "x", "privateKey/key", pkcs8(b, k))
		})
	}
}

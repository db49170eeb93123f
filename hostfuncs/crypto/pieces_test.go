package crypto

import (
	"bytes"
	"context"
	"crypto"
	"crypto/pbkdf2"
	"errors"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// TestPieces encrypts more than one piece with every cipher: the result is that of
// working on the whole at once, decrypting gives the text again, and either ends when
// the run does.
func TestPieces(t *testing.T) {
	goOn := func(int) error { return nil }
	text := strings.Repeat("0123456789abcde", 3*piece/15) + "end"
	for name, s := range suites {
		got, err := s.encrypt("key", text, goOn)
		if err != nil {
			t.Fatal(err)
		}
		b, iv, err := s.block("key")
		if err != nil {
			t.Fatal(err)
		}
		want := []byte(text)
		if n := b.BlockSize(); s.mode.padded {
			pad := n - len(want)%n
			want = append(want, bytes.Repeat([]byte{byte(pad)}, pad)...)
		}
		s.mode.start(b, iv, false)(want)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: pieces give another result than the whole", name)
		}
		back, err := s.decrypt("key", got, goOn)
		if err != nil || string(back) != text {
			t.Errorf("%s: %d bytes of %d come back, %v", name, len(back), len(text), err)
		}
		over, calls := errors.New("over"), 0
		stop := func(int) error {
			if calls++; calls > 2 {
				return over
			}
			return nil
		}
		if _, err := s.encrypt("key", text, stop); !errors.Is(err, over) || calls != 3 {
			t.Errorf("%s: a stopped run ends with %v after %d pieces", name, err, calls)
		}
	}
}

func TestLongPassword(t *testing.T) {
	s := suites["aes-256-cbc"]
	if _, err := s.encrypt(strings.Repeat("k", maxPassword), "x", func(int) error { return nil }); err != nil {
		t.Error(err)
	}
	if _, err := s.encrypt(strings.Repeat("k", maxPassword+1), "x", func(int) error { return nil }); flow.CodeOf(err) != flow.CodeCryptoInvalid {
		t.Errorf("a longer password: %v", err)
	}
}

// TestDeriveKey compares with the standard library, and ends a derivation.
func TestDeriveKey(t *testing.T) {
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA512} {
		for _, n := range []int{1, 2, 1000} {
			for _, size := range []int{16, 24, 32, 100} {
				want, err := pbkdf2.Key(h.New, "pass", []byte("saltsalt"), n, size)
				if err != nil {
					t.Fatal(err)
				}
				got, err := deriveKey(h, "pass", []byte("saltsalt"), n, size, func() error { return nil })
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%v, %d iterations, %d bytes: %x, %v; want %x", h, n, size, got, err, want)
				}
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := &flow.Call{}
	if _, err := deriveKey(crypto.SHA256, "pass", nil, 1_000_000, 32, func() error { return c.Alive(ctx, 1200) }); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped derivation: %v", err)
	}
}

// TestDigestsEnd: a digest of megabytes ends when the run does.
func TestDigestsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := digestOf(ctx, &flow.Call{}, crypto.SHA256.New(), strings.Repeat("x", 2<<20)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

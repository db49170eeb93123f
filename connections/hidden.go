package connections

import (
	"fmt"
	"log/slog"

	"github.com/weirflow/weir/flow"
)

// Hidden is text that prints as [secret] wherever it is printed: by fmt with any
// verb, by encoding/json and by log/slog. Its text leaves the package inside
// flow secrets and ciphertext alone, but for Shown.Reveal. The zero Hidden is
// the empty text.
type Hidden struct {
	// A pointer, because fmt prints unexported fields of other structs without
	// asking for their String: of this one it can show an address.
	text *string
}

// Hide returns s as Hidden.
func Hide(s string) Hidden {
	if s == "" {
		return Hidden{}
	}
	return Hidden{&s}
}

func (h Hidden) reveal() string {
	if h.text == nil {
		return ""
	}
	return *h.text
}

// IsZero reports whether h is the empty text.
func (h Hidden) IsZero() bool { return h.text == nil }

// String returns flow.SecretMark, and "" for the empty text.
func (h Hidden) String() string {
	if h.IsZero() {
		return ""
	}
	return flow.SecretMark
}

// Format implements fmt.Formatter.
func (h Hidden) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(h.String())) }

// MarshalText implements encoding.TextMarshaler.
func (h Hidden) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// LogValue implements slog.LogValuer.
func (h Hidden) LogValue() slog.Value { return slog.StringValue(h.String()) }

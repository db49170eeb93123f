package text_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/text"
)

func card(t *testing.T, key string) *flow.Card {
	t.Helper()
	for _, c := range text.Cards() {
		if c.Key == key {
			return c
		}
	}
	t.Fatalf("no card %s", key)
	return nil
}

// The results were computed with node's String and Buffer.
func TestAgreesWithNode(t *testing.T) {
	tests := []struct{ key, in, want string }{
		{"text.toLowerCase", "ΑΣ ΑΣ. Σ ΑΣΑ", "ας ας. σ ασα"},
		{"text.toLowerCase", "İI", "i̇i"},
		{"text.toLowerCase", "A\u00adΣ", "a\u00adς"},
		{"text.toUpperCase", "ßﬁŉ\u0390 ᾳ ǆ", "SSFIʼN\u0399\u0308\u0301 ΑΙ Ǆ"},
		{"text.toUpperCase", "ﬀﬃ", "FFFFI"},
		{"text.toUpperCase", "𐐨", "𐐀"},
		{"text.trim", "\t\v\f\r\n \u00a0\u1680\u2003\u2028\u3000\ufeffx\u0085\u200b\u2029", "x\u0085\u200b"},
		{"text.base64Decode", "SGVs=bG8=", "Hel"},
		{"text.base64Decode", "SGVsb", "Hel"},
		{"text.base64Decode", "====", ""},
		{"text.base64Decode", "w6ni-_-8gqw", "\u00e9\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"},
		{"text.base64Decode", "4oKCwg==", "\u2082\ufffd"},
		{"text.base64Decode", "8J+YgPCfmA==", "😀\ufffd"},
		{"text.base64Decode", "7aCA4oKs", "\ufffd\ufffd\ufffd€"},
		{"text.base64Decode", "77u/YQ==", "\ufeffa"},
	}
	for _, tt := range tests {
		out, err := cardtest.Direct(t.Context(), card(t, tt.key), flow.Members("string", flow.Text(tt.in)))
		if got := out.Object(); err != nil || got.At(0).Text() != tt.want {
			t.Errorf("%s of %q gave %q (error %v), want %q", tt.key, tt.in, out, err, tt.want)
		}
	}
}

func TestSecrets(t *testing.T) {
	a := flow.NewSecret("a", "alpha", "a.example", "b.example")
	b := flow.NewSecret("b", "beta", "b.example")
	tests := []struct {
		key  string
		in   flow.Value
		want string // what a request to b.example may see; "" where the secret is refused
	}{
		{"text.concat", flow.Members("string1", flow.Text("x-"), "string2", a, "more", b), "x-alphabeta"},
		{"text.base64", flow.Members("string", a), "YWxwaGE="},
		{"text.compose", flow.Members("_text_", flow.Text("<{{{f}}}>"), "f", a), "<alpha>"},
		{"text.compose", flow.Members("_text_", flow.Text("<{{{f}}}>"), "f", flow.Members("k", b)), `<{"k":"beta"}>`},
		{"text.compose", flow.Members("_text_", flow.Text("constant"), "unused", b), "constant"},
		{"text.compose", flow.Members("_text_", a), ""},
		{"text.base64Decode", flow.Members("string", a), ""},
		{"text.length", flow.Members("string", a), ""},
		{"text.replace", flow.Members("string", flow.Text("x"), "dest", a), ""},
		{"text.replaceAny", flow.Members("text", flow.Text("x"), "patterns", flow.Members("p", a)), ""},
		{"text.split", flow.Members("string", a), ""},
	}
	for _, tt := range tests {
		out, err := cardtest.Direct(t.Context(), card(t, tt.key), tt.in)
		if tt.want == "" {
			if flow.CodeOf(err) != flow.CodeSecretFlow {
				t.Errorf("%s on %s: error %v, want secret.flow", tt.key, tt.in, err)
			}
			continue
		}
		if err != nil || !out.HasSecret() {
			t.Errorf("%s on %s gave %s (error %v), want a secret", tt.key, tt.in, out, err)
			continue
		}
		if plain, err := flow.OpenSecret(out.Object().At(0), "b.example", "b.example:443"); err != nil || plain != tt.want {
			t.Errorf("%s on %s does not hold what it should: %v", tt.key, tt.in, err)
		}
	}
}

func TestBounds(t *testing.T) {
	large := flow.Text(strings.Repeat("a", 100_000))
	huge := flow.Text(strings.Repeat("a", 7<<20))
	var fields flow.ObjectBuilder
	fields.Set("_text_", flow.Text(strings.Repeat("{{{f}}}", 100)))
	fields.Set("f", large)
	tests := []struct {
		key  string
		in   flow.Value
		want flow.Code
	}{
		{"text.concat", flow.Members("string1", huge, "string2", huge), flow.CodeLimitValue},
		{"text.compose", fields.Value(), flow.CodeLimitValue},
		{"text.base64", flow.Members("string", huge), flow.CodeLimitValue},
		{"text.split", flow.Members("string", huge, "delimiter", flow.Text("")), flow.CodeLimitValue},
		{"text.replace", flow.Members("string", large, "src", flow.Text("a"), "dest", flow.Text(strings.Repeat("b", 100)), "global", flow.Bool(true)), flow.CodeLimitValue},
		{"text.replaceAny", flow.Members("text", large, "replacement", flow.Text(strings.Repeat("b", 100)), "patterns", flow.Members("p", flow.Text("[ab]"))), flow.CodeLimitValue},
		{"text.match", flow.Members("string", large, "target", flow.Text("(a?){500}b")), flow.CodeLimitValue},
		{"text.match", flow.Members("string", flow.Text("a"), "target", flow.Text(strings.Repeat("[a]", 400))), flow.CodeInputInvalid},
		{"text.replaceAny", flow.Members("text", large, "patterns", flow.Members("p", huge)), flow.CodeInputInvalid},
		{"text.replace", flow.Members("string", large, "src", large), ""},
		{"text.random", flow.Members("length", flow.Number(1e300)), flow.CodeLimitValue},
	}
	for _, tt := range tests {
		out, err := cardtest.Direct(t.Context(), card(t, tt.key), tt.in)
		if flow.CodeOf(err) != tt.want {
			t.Errorf("%s gave %d bytes (error %v), want %q", tt.key, out.Size(), err, tt.want)
		}
	}
}

// A short piece of a long text must not share its memory.
func TestPiecesDoNotKeepTheirSource(t *testing.T) {
	source := strings.Repeat("piece ", 10_000)
	from := uintptr(unsafe.Pointer(unsafe.StringData(source)))
	for key, in := range map[string]flow.Value{
		"text.at":     flow.Members("string", flow.Text(source)),
		"text.substr": flow.Members("string", flow.Text(source), "end", flow.Number(5)),
		"text.split":  flow.Members("string", flow.Text(source), "delimiter", flow.Text(" ")),
		"text.email":  flow.Members("string", flow.Text("me@example.org "+source)),
	} {
		out, err := cardtest.Direct(t.Context(), card(t, key), in)
		if err != nil {
			t.Fatal(err)
		}
		got := out.Object().At(0)
		if got.Kind() == flow.KindList {
			got = got.List().At(0)
		}
		at := uintptr(unsafe.Pointer(unsafe.StringData(got.Text())))
		if at >= from && at < from+uintptr(len(source)) {
			t.Errorf("%s: %q lies inside its source", key, got)
		}
	}
}

func TestRandomIsEven(t *testing.T) {
	out, err := cardtest.Direct(t.Context(), card(t, "text.random"), flow.Members("length", flow.Number(62_000)))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[rune]int{}
	for _, r := range out.Object().At(0).Text() {
		counts[r]++
	}
	if len(counts) != 62 {
		t.Errorf("%d different characters, want 62", len(counts))
	}
	for r, n := range counts { // 1000 are expected, with a standard deviation of 31
		if n < 800 || n > 1200 {
			t.Errorf("%q stands %d times in 62000", r, n)
		}
	}
}

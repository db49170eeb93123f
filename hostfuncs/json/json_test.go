package json_test

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/json"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, json.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, json.Cards(), "json") }

func TestProperty(t *testing.T) { cardtest.Property(t, json.Cards(), 1, 300) }

func call(t *testing.T, i int, in flow.Value) (flow.Value, error) {
	t.Helper()
	return cardtest.Direct(t.Context(), json.Cards()[i], in)
}

const (
	parse = iota
	stringify
)

func TestStringifySecrets(t *testing.T) {
	secret := flow.NewSecret("key", "a\"b", "api.example")
	for _, c := range []struct {
		in   flow.Value
		want string
	}{
		{secret, `"a\"b"`},
		{flow.Members("n", flow.Number(1), "list", flow.ListOf(secret)), `{"n":1,"list":["a\"b"]}`},
	} {
		out, err := call(t, stringify, flow.Members("object", c.in))
		v := flow.At(out, "output")
		if err != nil || v.Kind() != flow.KindSecret {
			t.Errorf("%s gave %s (error %v), want a secret", c.in, v, err)
			continue
		}
		got := ""
		flow.MapSecret(v, func(s string) string { got = s; return s })
		if got != c.want {
			t.Errorf("%s: the secret holds %s, want %s", c.in, got, c.want)
		}
	}
	if _, err := call(t, parse, flow.Members("string", secret)); flow.CodeOf(err) != flow.CodeSecretFlow {
		t.Errorf("parsing a secret: error %v", err)
	}
	long := flow.NewSecret("long", strings.Repeat("\x01", flow.MaxSecret/2), "api.example")
	if _, err := call(t, stringify, flow.Members("object", long)); flow.CodeOf(err) != flow.CodeLimitValue {
		t.Errorf("quoting a long secret: error %v, want %s", err, flow.CodeLimitValue)
	}
}

func TestLimits(t *testing.T) {
	half := flow.DefaultMaxValue / 2
	for _, c := range []struct {
		name string
		card int
		in   flow.Value
		code flow.Code
	}{
		{"escapes make the text six times as long", stringify, flow.Members("object", flow.Text(strings.Repeat("\x01", half))), flow.CodeLimitValue},
		{"plain text", stringify, flow.Members("object", flow.Text(strings.Repeat("x", half))), ""},
		{"a small text of large value", parse, flow.Members("string", flow.Text("["+strings.Repeat("{},", 200_000)+"{}]")), flow.CodeLimitValue},
		{"nesting", parse, flow.Members("string", flow.Text(strings.Repeat("[", 129)+strings.Repeat("]", 129))), flow.CodeLimitDepth},
		{"nesting allowed", parse, flow.Members("string", flow.Text(strings.Repeat("[", 128)+strings.Repeat("]", 128))), ""},
	} {
		if _, err := call(t, c.card, c.in); flow.CodeOf(err) != c.code {
			t.Errorf("%s: error %v, want %q", c.name, err, c.code)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, s := range []string{`null`, `true`, `-0.5`, `1e+21`, `"a\u0001\n\"\\"`, `[]`, `{}`, `{"b":[1,{"a":null}],"":"😀"}`} {
		v, err := call(t, parse, flow.Members("string", flow.Text(s)))
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		out, err := call(t, stringify, flow.Members("object", flow.At(v, "output")))
		if got := flow.At(out, "output").Text(); err != nil || got != s {
			t.Errorf("%s became %s (error %v)", s, got, err)
		}
	}
}

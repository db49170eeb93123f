package object_test

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/object"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, object.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, object.Cards(), "object") }

func TestProperty(t *testing.T) { cardtest.Property(t, object.Cards(), 1, 300) }

func call(t *testing.T, key string, in flow.Value) (flow.Value, error) {
	t.Helper()
	for _, c := range object.Cards() {
		if c.Key == key {
			return cardtest.Direct(t.Context(), c, in)
		}
	}
	t.Fatalf("no card %s", key)
	return flow.Value{}, nil
}

func TestSecrets(t *testing.T) {
	secret := flow.NewSecret("key", "s3cret", "api.example")
	in := func(pairs ...any) flow.Value { return flow.Members(pairs...) }
	hidden := in("k", secret)
	plain := in("k", flow.Number(1))
	pair := func(k, v flow.Value) flow.Value { return flow.ListOf(in("key", k, "value", v)) }
	for _, c := range []struct {
		key  string
		in   flow.Value
		code flow.Code // "" for a secret result
	}{
		{"object.construct", in("a", secret), ""},
		{"object.merge", in("start", hidden, "sink", in("b", flow.Number(2))), ""},
		{"object.merge", in("start", plain, "sink", hidden), ""},
		{"object.merge", in("start", hidden, "sink", plain), flow.CodeSecretFlow},
		{"object.merge", in("start", hidden, "sink", in(), "third", plain), flow.CodeSecretFlow},
		{"object.set", in("object", plain, "path", flow.Text("a.b"), "value", secret), ""},
		{"object.set", in("object", hidden, "path", flow.Text("b"), "value", flow.Number(1)), ""},
		{"object.set", in("object", hidden, "path", flow.Text("k"), "value", flow.Number(1)), flow.CodeSecretFlow},
		{"object.set", in("object", in("o", hidden), "path", flow.Text("o"), "value", flow.Number(1)), flow.CodeSecretFlow},
		{"object.set", in("object", in("o", hidden), "path", flow.Text("o.b"), "value", flow.Number(1)), ""},
		{"object.set", in("object", hidden, "path", flow.Text("k.x"), "value", flow.Number(1)), flow.CodeSecretFlow},
		{"object.set", in("object", hidden, "path", flow.Text("k"), "value", secret), ""},
		{"object.set", in("object", plain, "path", secret, "value", flow.Number(1)), flow.CodeSecretFlow},
		{"object.collapse", in("list", pair(flow.Text("a"), secret)), ""},
		{"object.collapse", in("list", pair(secret, flow.Number(1))), flow.CodeSecretFlow},
		{"object.collapse", in("list", pair(secret, secret)), flow.CodeSecretFlow},
		{"object.collapse", in("list", pair(flow.Null(), secret)), flow.CodeSecretFlow},
		{"object.collapse", in("list", flow.ListOf(in("key", flow.Text("a"), "value", flow.Number(1), "other", secret))), flow.CodeSecretFlow},
		{"object.zip", in("keys", flow.ListOf(flow.Text("a")), "values", flow.ListOf(secret)), ""},
		{"object.zip", in("keys", flow.ListOf(secret), "values", flow.ListOf(flow.Null())), flow.CodeSecretFlow},
		{"object.get", in("object", hidden, "path", flow.Text("k")), flow.CodeSecretFlow},
		{"object.keys", in("object", hidden), flow.CodeSecretFlow},
		{"object.clearEmpty", in("object", hidden), flow.CodeSecretFlow},
		{"object.move", in("object", hidden, "source", flow.Text("k"), "destination", flow.Text("l")), flow.CodeSecretFlow},
		{"object.unset", in("object", hidden, "path", flow.Text("k")), flow.CodeSecretFlow},
		{"object.pick", in("object", hidden, "outputs", in("k", flow.Text(""))), flow.CodeSecretFlow},
		{"object.split", in("object", in(), "more", hidden), flow.CodeSecretFlow},
	} {
		out, err := call(t, c.key, c.in)
		if flow.CodeOf(err) != c.code {
			t.Errorf("%s %s: error %v, want %q", c.key, c.in, err, c.code)
		} else if c.code == "" && !out.HasSecret() {
			t.Errorf("%s %s gave %s without a secret", c.key, c.in, out)
		}
	}
}

// TestKeyOrder compares printed results, because equality of objects does not
// look at the order of keys.
func TestKeyOrder(t *testing.T) {
	for _, c := range []struct{ key, in, want string }{
		{"object.merge", `{"start":{"a":1,"b":2},"sink":{"c":3,"a":4}}`, `{"output":{"a":4,"b":2,"c":3}}`},
		{"object.set", `{"object":{"a":1,"b":2},"path":"a","value":3}`, `{"output":{"a":3,"b":2}}`},
		{"object.set", `{"object":{"b":1},"path":"a","value":2}`, `{"output":{"b":1,"a":2}}`},
		{"object.set", `{"object":[1,{"a":2}],"path":"1.a","value":3}`, `{"output":[1,{"a":3}]}`},
		{"object.set", `{"object":{"l":[1]},"path":"l.1","value":2}`, `{"output":{"l":[1,2]}}`},
		{"object.set", `{"object":{"l":[1]},"path":"l.1.x","value":2}`, `{"output":{"l":[1,{"x":2}]}}`},
		{"object.set", `{"object":{"a":{"b":null}},"path":"a.b.c","value":1}`, `{"output":{"a":{"b":{"c":1}}}}`},
		{"object.set", `{"object":{},"path":"\"a.b\".c","value":1}`, `{"output":{"a.b":{"c":1}}}`},
		{"object.move", `{"object":{"a":1,"b":2},"source":"a","destination":"a"}`, `{"output":{"b":2,"a":1}}`},
		{"object.move", `{"object":{"a":1,"b":2,"c":3},"source":"a","destination":"b"}`, `{"output":{"b":1,"c":3}}`},
		{"object.move", `{"object":{"a":1},"source":"a","destination":"a.b"}`, `{"output":{"a":{"b":1}}}`},
		{"object.move", `{"object":{"a":null,"b":1},"source":"a","destination":"c"}`, `{"output":{"b":1,"c":null}}`},
		{"object.unset", `{"object":{"a":1,"b":{"c":[{"d":1,"e":2}]},"f":3},"path":"b.c.0.d"}`, `{"output":{"a":1,"b":{"c":[{"e":2}]},"f":3}}`},
		{"object.unset", `{"object":{"l":[1,2]},"path":["l","0"]}`, `{"output":{"l":[1,2]}}`},
		{"object.unset", `{"object":[1,2],"path":"0"}`, `{"output":[2]}`},
		{"object.clearEmpty", `{"object":{"z":"","b":{"x":[]},"a":[{"p":null,"q":1}],"c":false}}`, `{"output":{"a":[{"q":1}],"c":false}}`},
		{"object.clearEmpty", `{"object":[{"a":""},""]}`, `{"output":[{},""]}`},
		{"object.split", `{"object":{"b":1,"a":2}}`, `{"list":[{"key":"b","value":1},{"key":"a","value":2}]}`},
		{"object.collapse", `{"list":[{"key":"a","value":1},{"key":"b","value":2},{"key":"a","value":3}]}`, `{"output":{"a":3,"b":2}}`},
		{"object.get", `{"object":[{"a":1}],"path":"0.a"}`, `{"output":1}`},
		{"object.get", `{"object":{"a":1},"path":""}`, `{"output":{"a":1}}`},
		{"object.get", `{"object":{"1":"x"},"path":1}`, `{"output":"x"}`},
		{"object.get", `{"object":{"l":[1]},"path":["l","0"]}`, `{"output":null}`},
	} {
		in, err := flow.ParseJSON([]byte(c.in), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		before := in.String()
		out, err := call(t, c.key, in)
		if err != nil || out.String() != c.want {
			t.Errorf("%s %s gave %s (error %v), want %s", c.key, c.in, out, err, c.want)
		}
		if in.String() != before {
			t.Errorf("%s %s changed its input to %s", c.key, c.in, in)
		}
	}
}

func TestPathErrors(t *testing.T) {
	deep := strings.Repeat("a.", 127) + "a"
	for _, c := range []struct {
		key, object string
		path        flow.Value
		code        flow.Code
	}{
		{"object.set", `{}`, flow.Text(deep), ""},
		{"object.set", `{}`, flow.Text(deep + ".a"), flow.CodeLimitDepth},
		{"object.get", `{}`, flow.Text(deep + ".a"), flow.CodeLimitDepth},
		{"object.set", `{}`, flow.ListOf(), flow.CodeInputInvalid},
		{"object.set", `{}`, flow.ListOf(flow.Text("")), ""},
		{"object.set", `{"l":[]}`, flow.Text("l.x"), flow.CodeInputInvalid},
		{"object.set", `{"l":[]}`, flow.Text("l.-1"), flow.CodeInputInvalid},
		{"object.set", `{"l":[]}`, flow.ListOf(flow.Text("l"), flow.Text("0")), flow.CodeInputInvalid},
		{"object.set", `{"l":[]}`, flow.Text("l.1"), flow.CodeListBounds},
		{"object.set", `{"l":[]}`, flow.Text("l.99999999999999999999"), flow.CodeInputInvalid},
	} {
		object, err := flow.ParseJSON([]byte(c.object), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		in := flow.Members("object", object, "path", c.path)
		if c.key == "object.set" {
			in = flow.Members("object", object, "path", c.path, "value", flow.Number(1))
		}
		if _, err := call(t, c.key, in); flow.CodeOf(err) != c.code {
			t.Errorf("%s at %s: error %v, want %q", c.key, flow.Excerpt(c.path.String()), err, c.code)
		}
	}
}

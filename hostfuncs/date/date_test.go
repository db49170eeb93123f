package date_test

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/date"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, date.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, date.Cards(), "date") }

func TestProperty(t *testing.T) { cardtest.Property(t, date.Cards(), 20160907, 300) }

func card(t *testing.T, key string) *flow.Card {
	t.Helper()
	for _, c := range date.Cards() {
		if c.Key == key {
			return c
		}
	}
	t.Fatalf("no card %s", key)
	return nil
}

// Only Now may look at the clock: every other card works without an environment.
func TestOnlyNowReads(t *testing.T) {
	for _, c := range date.Cards() {
		want := flow.Pure
		if c.Key == "date.now" {
			want = flow.Reads
		}
		if c.Effect != want {
			t.Errorf("%s: effect %s, want %s", c.Key, c.Effect, want)
		}
		if c.Effect != flow.Pure {
			continue
		}
		for _, ex := range c.Examples {
			in, err := flow.ParseJSON([]byte(ex.In), flow.JSONLimits{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := flow.Invoke(t.Context(), c, in, nil); flow.CodeOf(err) != ex.Err {
				t.Errorf("%s %s without an environment: %v, want %q", c.Key, ex.In, err, ex.Err)
			}
		}
	}
}

func TestLongInputs(t *testing.T) {
	var spent int64
	parse := card(t, "date.parse")
	call := &flow.Call{Card: parse, Args: make([]flow.Value, 2), Charge: func(fuel int64) error {
		spent = fuel
		return flow.Errorf(flow.CodeLimitFuel, "no fuel")
	}}
	if err := call.Bind([]flow.Value{flow.Text(strings.Repeat("1", 1024)), flow.Text(strings.Repeat("M", 1024))}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := parse.Run(t.Context(), call); flow.CodeOf(err) != flow.CodeLimitFuel || spent < 2e7 {
		t.Errorf("a thousand tokens over a thousand characters: %v after %d fuel, want limit.fuel", err, spent)
	}
	long := func(n int) flow.Value { return flow.Text(strings.Repeat("x", n)) }
	date := flow.Text("2016-09-07")
	for _, tt := range []struct {
		key  string
		in   flow.Value
		want flow.Code
	}{
		{"date.parse", flow.Members("start", long(1025), "format", flow.Text("Y")), flow.CodeInputInvalid},
		{"date.parse", flow.Members("start", date, "format", long(1025)), flow.CodeInputInvalid},
		{"date.fromISO", flow.Members("start", long(1025)), flow.CodeInputInvalid},
		{"date.format", flow.Members("start", date, "format", long(16<<10+1), "zone", flow.Text("")), flow.CodeInputInvalid},
		{"date.format", flow.Members("start", date, "format", long(16<<10), "zone", flow.Text("")), ""},
	} {
		if _, err := flow.Invoke(t.Context(), card(t, tt.key), tt.in, nil); flow.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", tt.key, err, tt.want)
		}
	}
}

func TestSecretsAreRefused(t *testing.T) {
	secret := flow.NewSecret("token", "2016-09-07", "example.com")
	for _, c := range date.Cards() {
		for _, p := range c.In {
			in := flow.Members(p.Key, secret)
			if _, err := flow.Invoke(t.Context(), c, in, cardtest.NewEnv()); flow.CodeOf(err) != flow.CodeSecretFlow {
				t.Errorf("%s takes a secret as %s: %v", c.Key, p.Key, err)
			}
		}
	}
}

func TestDatesBeyondTheRange(t *testing.T) {
	for _, c := range date.Cards() {
		if len(c.In) == 0 || c.In[0].Type.Base != flow.BaseDate {
			continue
		}
		in := flow.Members("start", flow.Date(1e17), "end", flow.Date(0), "scale", flow.Number(1), "unit", flow.Text("days"), "format", flow.Text("Y"))
		given := flow.ObjectBuilder{}
		for _, p := range c.In {
			if v, ok := in.Object().Get(p.Key); ok {
				given.Set(p.Key, v)
			}
		}
		if out, err := flow.Invoke(t.Context(), c, given.Value(), nil); flow.CodeOf(err) != flow.CodeNumberRange {
			t.Errorf("%s on a date in the year 3170843 gave %s, %v, want number.range", c.Key, out, err)
		}
	}
}

func BenchmarkCards(b *testing.B) {
	for _, c := range date.Cards() {
		in, err := flow.ParseJSON([]byte(c.Examples[0].In), flow.JSONLimits{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.Key, func(b *testing.B) {
			env := cardtest.NewEnv()
			for b.Loop() {
				if _, err := flow.Invoke(b.Context(), c, in, env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

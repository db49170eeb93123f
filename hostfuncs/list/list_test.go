package list_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/list"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, list.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, list.Cards(), "list") }

func TestProperty(t *testing.T) { cardtest.Property(t, list.Cards(), 1, 300) }

func card(t *testing.T, key string) *flow.Card {
	t.Helper()
	for _, c := range list.Cards() {
		if c.Key == key {
			return c
		}
	}
	t.Fatalf("no card %s", key)
	return nil
}

func call(t *testing.T, key string, in flow.Value) (flow.Value, error) {
	t.Helper()
	return cardtest.Direct(t.Context(), card(t, key), in)
}

func TestSecrets(t *testing.T) {
	secret := flow.NewSecret("key", "s3cret", "api.example")
	in := func(pairs ...any) flow.Value { return flow.Members(pairs...) }
	one := flow.ListOf(secret)
	row := flow.ListOf(flow.Members("k", secret))
	plain := flow.ListOf(flow.Members("k", flow.Number(1)))
	for _, c := range []struct {
		key  string
		in   flow.Value
		code flow.Code // "" for a secret result
	}{
		{"list.push", in("list", one, "item", flow.Number(1)), ""},
		{"list.push", in("list", flow.ListOf(), "item", secret), ""},
		{"list.unshift", in("list", flow.ListOf(), "item", secret), ""},
		{"list.concat", in("list1", flow.ListOf(), "list2", flow.ListOf(), "list3", one), ""},
		{"list.construct", in("a", secret), ""},
		{"list.collapse", in("list", row), ""},
		{"list.collapse", in("list", flow.ListOf(row.List().At(0), plain.List().At(0))), flow.CodeSecretFlow},
		{"list.collapse", in("list", flow.ListOf(plain.List().At(0), row.List().At(0))), ""},
		{"list.merge", in("list1", row, "list2", flow.ListOf()), ""},
		{"list.merge", in("list1", plain, "list2", row), ""},
		{"list.merge", in("list1", row, "list2", plain), flow.CodeSecretFlow},
		{"list.merge", in("list1", row, "list2", row), ""},
		{"list.join", in("list", one, "delimiter", flow.Text("-")), ""},
		{"list.join", in("list", flow.ListOf(), "delimiter", secret), flow.CodeSecretFlow},
		{"list.join", in("list", row), flow.CodeTypeConversion},
		{"list.at", in("list", one), flow.CodeSecretFlow},
		{"list.length", in("list", one), flow.CodeSecretFlow},
		{"list.includes", in("list", flow.ListOf(), "value", secret), flow.CodeSecretFlow},
		{"list.filterBy", in("list", row, "operator", flow.Text("is empty")), flow.CodeSecretFlow},
		{"list.sortBy", in("list", one), flow.CodeSecretFlow},
		{"list.union", in("list1", flow.ListOf(), "list2", flow.ListOf(), "list3", one), flow.CodeSecretFlow},
		{"list.groupBy", in("list", row, "path", flow.Text("k")), flow.CodeSecretFlow},
	} {
		out, err := call(t, c.key, c.in)
		if flow.CodeOf(err) != c.code {
			t.Errorf("%s %s: error %v, want %q", c.key, c.in, err, c.code)
		} else if c.code == "" && !out.HasSecret() {
			t.Errorf("%s %s gave %s without a secret", c.key, c.in, out)
		}
	}
}

func TestJoinKeepsSecretText(t *testing.T) {
	in := flow.Members("list", flow.ListOf(flow.Text("a"), flow.NewSecret("k", "s3cret", "h"), flow.Number(1)), "delimiter", flow.Text(","))
	out, err := call(t, "list.join", in)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	flow.MapSecret(flow.At(out, "string"), func(s string) string { got = s; return s })
	if want := "a,s3cret,1"; got != want {
		t.Errorf("the secret holds %q, want %q", got, want)
	}
}

func TestBlowUps(t *testing.T) {
	many := make([]flow.Value, 20_000)
	for i := range many {
		many[i] = flow.Text("")
	}
	long := flow.Text(strings.Repeat("-", 1000))
	for _, c := range []struct {
		key  string
		in   flow.Value
		code flow.Code
	}{
		{"list.join", flow.Members("list", flow.ListOf(many...), "delimiter", long), flow.CodeLimitValue},
		{"list.groupBy", flow.Members("list", flow.ListOf(), "path", flow.Text(strings.Repeat(".", 128))), flow.CodeLimitDepth},
		{"list.groupBy", flow.Members("list", flow.ListOf(), "path", flow.Text(strings.Repeat(".", 127))), ""},
	} {
		if _, err := call(t, c.key, c.in); flow.CodeOf(err) != c.code {
			t.Errorf("%s: error %v, want %q", c.key, err, c.code)
		}
	}
}

// TestFuel checks that work which the inputs do not show is charged, and that a
// refusal ends the call.
func TestFuel(t *testing.T) {
	texts := make([]flow.Value, 1000)
	for i := range texts {
		texts[i] = flow.Text(strings.Repeat("x", 100) + string(rune('a'+i%26)))
	}
	rows := flow.ListOf(flow.Members("a", flow.Number(1)), flow.Members("a", flow.Number(2)))
	for _, c := range []struct {
		key  string
		in   []flow.Value
		want int64 // at least
	}{
		{"list.sortBy", []flow.Value{flow.ListOf(texts...), flow.Text("")}, 10 * 100 * 1000},
		{"list.stats", []flow.Value{flow.ListOf(flow.Number(1), flow.Number(2))}, 1},
		{"list.filterBy", []flow.Value{rows, flow.Text("in"), flow.Text("a"), flow.ListOf(texts...)}, 2 * 100 * 1000},
		{"list.pluck", []flow.Value{rows, flow.Text(strings.Repeat("k", 500))}, 1000},
	} {
		cd := card(t, c.key)
		var spent int64
		refuse := false
		run := &flow.Call{Card: cd, Args: make([]flow.Value, len(cd.In)), Charge: func(n int64) error {
			spent += n
			if refuse {
				return flow.Errorf(flow.CodeLimitFuel, "no fuel")
			}
			return nil
		}}
		if err := run.Bind(c.in, nil); err != nil {
			t.Fatalf("%s: %v", c.key, err)
		}
		if _, err := cd.Run(context.Background(), run); err != nil || spent < c.want {
			t.Errorf("%s took %d fuel (error %v), want at least %d", c.key, spent, err, c.want)
		}
		refuse = true
		if _, err := cd.Run(context.Background(), run); flow.CodeOf(err) != flow.CodeLimitFuel {
			t.Errorf("%s without fuel: error %v", c.key, err)
		}
	}
}

func TestSort(t *testing.T) {
	date := func(ms float64) flow.Value { return flow.Date(ms) }
	num, text := flow.Number, flow.Text
	for _, c := range []struct {
		name     string
		in, want flow.Value
	}{
		{"upper case first", flow.ListOf(text("b"), text("a"), text("B")), flow.ListOf(text("B"), text("a"), text("b"))},
		{"UTF-16 order", flow.ListOf(text("\uFFFD"), text("😀")), flow.ListOf(text("😀"), text("\uFFFD"))},
		{"false first", flow.ListOf(flow.Bool(true), flow.Bool(false)), flow.ListOf(flow.Bool(false), flow.Bool(true))},
		{"dates", flow.ListOf(date(2), date(1)), flow.ListOf(date(1), date(2))},
		{"date and ISO text", flow.ListOf(date(1e12), text("1970-01-02")), flow.ListOf(text("1970-01-02"), date(1e12))},
		{"numbers and text that is none", flow.ListOf(num(10), text("x"), num(9)), flow.ListOf(num(10), num(9), text("x"))},
		{"empty text is no number", flow.ListOf(num(1), text(""), num(-1)), flow.ListOf(text(""), num(-1), num(1))},
		{"no order comes last, in place", flow.ListOf(flow.Null(), num(2), num(math.NaN()), flow.ListOf(), num(1)),
			flow.ListOf(num(1), num(2), flow.Null(), num(math.NaN()), flow.ListOf())},
	} {
		out, err := call(t, "list.sortBy", flow.Members("list", c.in))
		if got := flow.At(out, "sorted list"); err != nil || got.String() != c.want.String() {
			t.Errorf("%s: %s gave %s (error %v), want %s", c.name, c.in, got, err, c.want)
		}
	}
}

func TestSortIsStable(t *testing.T) {
	rows := make([]flow.Value, 500)
	for i := range rows {
		rows[i] = flow.Members("k", flow.Number(float64(i*7%5)), "i", flow.Number(float64(i)))
	}
	out, err := call(t, "list.sortBy", flow.Members("list", flow.ListOf(rows...), "path", flow.Text("k")))
	if err != nil {
		t.Fatal(err)
	}
	sorted := flow.At(out, "sorted list").List()
	for i := 1; i < sorted.Len(); i++ {
		a, b := sorted.At(i-1), sorted.At(i)
		ka, kb := flow.At(a, "k").Number(), flow.At(b, "k").Number()
		if ka > kb || ka == kb && flow.At(a, "i").Number() > flow.At(b, "i").Number() {
			t.Fatalf("position %d: %s stands before %s", i, a, b)
		}
	}
}

// TestSample counts how often each item is picked: with a fair choice of 2 out
// of 5 in 5,000 draws, each is picked 2,000 times with a deviation of 35.
func TestSample(t *testing.T) {
	cd, env := card(t, "list.sample"), cardtest.NewEnv()
	in, err := flow.ParseJSON([]byte(`{"list":[0,1,2,3,4],"amount":2}`), flow.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	var picked [5]int
	for range 5000 {
		out, err := flow.Invoke(t.Context(), cd, in, env)
		if err != nil {
			t.Fatal(err)
		}
		got := flow.At(out, "samples").List()
		if got.Len() != 2 || flow.Equal(got.At(0), got.At(1)) {
			t.Fatalf("picked %s, want two different items", out)
		}
		for _, v := range got.All() {
			picked[int(v.Number())]++
		}
	}
	for i, n := range picked {
		if n < 1825 || n > 2175 {
			t.Errorf("item %d was picked %d times of 5000, want about 2000", i, n)
		}
	}
}

func TestIncludesConverts(t *testing.T) {
	day := flow.Date(86_400_000)
	for _, c := range []struct {
		list, value flow.Value
		want        bool
	}{
		{flow.ListOf(day), flow.Text("1970-01-02"), true},
		{flow.ListOf(flow.Text("1")), flow.Number(1), true},
		{flow.ListOf(flow.Text("1"), flow.Number(2)), flow.Text("2"), false}, // mixed items: no conversion
		{flow.ListOf(flow.Number(1)), flow.Text("one"), false},
		{flow.ListOf(flow.Null()), flow.Null(), true},
		{flow.ListOf(flow.Text("")), flow.Null(), false},
		{flow.ListOf(flow.ListOf(flow.Number(1))), flow.ListOf(flow.Number(1)), true},
		{flow.ListOf(), flow.Number(1), false},
	} {
		out, err := call(t, "list.includes", flow.Members("list", c.list, "value", c.value))
		if got := flow.At(out, "result"); err != nil || got.Bool() != c.want {
			t.Errorf("%s includes %s: %s (error %v), want %t", c.list, c.value, got, err, c.want)
		}
	}
}

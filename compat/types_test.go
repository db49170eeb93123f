package compat

import (
	"testing"

	"github.com/weirflow/weir/flow"
)

// valuesOf are values of each base type, odd ones among them.
func valuesOf(t flow.Type) []flow.Value {
	one := map[flow.Base][]flow.Value{
		flow.BaseText:   {flow.Text("x"), flow.Text("12"), flow.Text(""), flow.Text("2020-01-01"), flow.Text(`{"a":1}`), flow.Text("[1]")},
		flow.BaseNumber: {flow.Number(0), flow.Number(-1.5), flow.Number(1e300)},
		flow.BaseBool:   {flow.Bool(true), flow.Bool(false)},
		flow.BaseDate:   {flow.Date(0), flow.Date(8.64e15)},
		flow.BaseObject: {flow.Members(), flow.Members("a", flow.Number(1), "b", flow.ListOf(flow.Text("x")))},
		flow.BaseFile:   {flow.FileOf(&flow.File{Name: "a.txt"})},
		flow.BaseFlow:   {flow.FlowOf("main")},
	}
	items := one[t.Base]
	if t.Is(flow.BaseAny) || t.Base == flow.BaseAny {
		for _, list := range one {
			items = append(items, list...)
		}
	}
	if !t.List {
		if t.Base == flow.BaseAny {
			items = append(items, flow.ListOf(items...))
		}
		return items
	}
	return append([]flow.Value{flow.ListOf(), flow.ListOf(items...)}, listsOf(items)...)
}

func listsOf(items []flow.Value) []flow.Value {
	var out []flow.Value
	for _, x := range items {
		out = append(out, flow.ListOf(x))
	}
	return out
}

// TestFits holds the classes of conversions to flow.Convert: where all values
// are said to convert all do, and where some are, some do and some do not.
func TestFits(t *testing.T) {
	var types []flow.Type
	for b := flow.BaseAny; b <= flow.BaseFlow; b++ {
		types = append(types, flow.Type{Base: b}, flow.Type{Base: b, List: true})
	}
	for _, from := range types {
		for _, to := range types {
			good, bad := 0, 0
			for _, v := range valuesOf(from) {
				if _, err := flow.Convert(v, to); err != nil {
					bad++
				} else {
					good++
				}
			}
			want := fitSome
			switch {
			case bad == 0:
				want = fitAll
			case good == 0, from.List && good == 1: // the empty list converts to every list
				want = fitNone
			}
			if got := fits(from, to); got != want {
				t.Errorf("%s to %s: %d, but %d values convert and %d do not", from, to, got, good, bad)
			}
			if (fits(from, to) == fitNone) != (flow.Convertible(from, to) != nil) {
				t.Errorf("%s to %s: %d, and flow.Convertible says %v", from, to, fits(from, to), flow.Convertible(from, to))
			}
		}
	}
	secret := flow.SecretType
	if fits(secret, flow.TextType) != fitNone || fits(flow.TextType, secret) != fitAll || fits(secret, secret) != fitAll {
		t.Error("secrets fit where they must not, or do not where they may")
	}
}

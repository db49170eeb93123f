package compat_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weirflow/weir/compat"
	"github.com/weirflow/weir/flow"
)

// maker makes manifests of a few names, so that two of them have much in common.
type maker struct{ *rand.Rand }

func pick[T any](r maker, list ...T) T { return list[r.IntN(len(list))] }

// some returns a random part of a list, now and then in another order.
func some[T any](r maker, list ...T) []T {
	var out []T
	for _, x := range list {
		if r.IntN(3) > 0 {
			out = append(out, x)
		}
	}
	if r.IntN(4) == 0 {
		r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

var bases = []flow.Type{flow.AnyType, flow.TextType, flow.NumberType, flow.BoolType, flow.DateType, flow.ObjectType, flow.FileType, flow.FlowType}

func (r maker) typ() flow.Type {
	t := pick(r, bases...)
	t.List = r.IntN(4) == 0
	t.Secret = r.IntN(10) == 0
	return t
}

func (r maker) dynamic() *flow.Dynamic {
	if r.IntN(4) > 0 {
		return nil
	}
	return &flow.Dynamic{Flow: pick(r, "list", "other")}
}

func (r maker) rows() []flow.OptionRow {
	if r.IntN(3) > 0 {
		return nil
	}
	d := r.IntN(2) == 0
	return some(r, flow.OptionRow{Label: pick(r, "A", "B"), Value: "a", Default: d}, flow.OptionRow{Value: "b", Default: !d}, flow.OptionRow{Value: "c"})
}

func (r maker) fields(deep bool) []flow.FieldInfo {
	var out []flow.FieldInfo
	for _, key := range some(r, "a", "b", "c") {
		for _, group := range pick(r, []string{""}, []string{"One"}, []string{"Two"}, []string{"One", "Two"}) {
			f := flow.FieldInfo{Key: key, Group: group, Type: r.typ(), Required: r.IntN(2) == 0, Label: pick(r, "", "L"), Choices: r.rows(),
				ChoicesFrom: r.dynamic(), FieldsFrom: r.dynamic(), GroupFrom: r.dynamic(), Extensible: r.IntN(4) == 0}
			if r.IntN(3) == 0 {
				v := flow.Text(pick(r, "x", "y"))
				f.Default = &v
			}
			if deep && r.IntN(3) == 0 {
				f.Fields = r.fields(false)
			}
			out = append(out, f)
		}
	}
	return out
}

func (r maker) auth(key string) flow.Auth {
	a := flow.Auth{Key: key, Name: pick(r, "A", "B"), Type: pick(r, flow.AuthBasic, flow.AuthAPIKey, flow.AuthOAuth2), Attach: r.IntN(2) == 0,
		Hosts: some(r, "a.example", "b.example")}
	switch a.Type {
	case flow.AuthAPIKey:
		a.Scheme = &flow.KeyScheme{In: pick(r, "header", "query"), Field: "key", Label: pick(r, "", "Key")}
	case flow.AuthOAuth2:
		a.OAuth2 = &flow.OAuth2{Grant: pick(r, flow.GrantAuthorizationCode, flow.GrantClientCredentials), TokenURL: pick(r, "https://a", "https://b"),
			CustomizeScopes: r.IntN(2) == 0, Scopes: some(r, flow.Scope{Name: "x", Required: r.IntN(2) == 0}, flow.Scope{Name: "y"})}
	}
	for _, key := range some(r, "p", "q") {
		a.Parameters = append(a.Parameters, flow.Parameter{Key: key, Type: pick(r, "text", "password", "dropdown"), Options: r.rows()})
	}
	for _, key := range some(r, "v", "w") {
		a.Config = append(a.Config, flow.ConfigValue{Key: key, Value: pick(r, "1", "2"), Hidden: r.IntN(2) == 0})
	}
	return a
}

func (r maker) manifest() *flow.Manifest {
	m := &flow.Manifest{Key: "k", Name: pick(r, "A", "B"), Version: "1.0.0", ABI: pick(r, 1, 1, 1, 2), Compiler: pick(r, "1", "2"), Source: pick(r, "s", "t"),
		Hosts: some(r, "a.example", "b.example", "{{auth.p}}.example"), Config: r.fields(false),
		Branding: flow.Branding{Color: pick(r, "", "#fff")}}
	for _, key := range some(r, "one", "two", "three", "four") {
		f := flow.FlowInfo{Key: key, Name: pick(r, "One", "Two"), Type: pick(r, flow.FlowTypes()...), Effect: pick(r, "pure", "reads", "writes"),
			In: r.fields(true), Options: r.fields(false), Out: r.fields(true), Record: r.fields(false), CostMin: pick[int64](r, 1, 2, 10), CostMax: pick[int64](r, -1, 100)}
		if r.IntN(2) == 0 {
			f.Webhook = &flow.Webhook{Register: r.dynamic(), Deregister: r.dynamic()}
		}
		if r.IntN(2) == 0 {
			f.Trigger = &flow.Trigger{Security: pick(r, "open", "token", "oauth"), Hours: pick(r, "", "1")}
		}
		m.Flows = append(m.Flows, f)
	}
	for _, key := range some(r, "x", "y", flow.AuthPrefix+"z") {
		m.Secrets = append(m.Secrets, flow.SecretInfo{Key: key, Hosts: some(r, "a.example", "b.example")})
	}
	for _, key := range some(r, "text.trim", "http.raw", "date.now") {
		m.Cards = append(m.Cards, flow.CardUse{Key: key, Version: pick(r, 1, 2), Effect: pick(r, "pure", "reads", "writes")})
	}
	for _, key := range some(r, "main", "more") {
		m.Auths = append(m.Auths, r.auth(key))
	}
	for _, name := range some(r, "t", "u") {
		m.Tables = append(m.Tables, flow.Table{Name: name, Columns: some(r, flow.Column{Name: "c", Type: pick(r, flow.TextType, flow.DateType)}, flow.Column{Name: "d"})})
	}
	for _, key := range some(r, "s1", "s2") {
		m.Connections = append(m.Connections, flow.Slot{Key: key, Connector: pick(r, "okta", "slack")})
	}
	for _, host := range some(r, "a.example", "b.example") {
		m.Rates = append(m.Rates, flow.Rate{Host: host, Requests: pick[int64](r, 1, 2)})
	}
	return m
}

// TestSymmetry compares random builds both ways.
func TestSymmetry(t *testing.T) {
	rules := map[string]bool{}
	for seed := range uint64(1000) {
		r := maker{rand.New(rand.NewPCG(seed, 1))}
		a, b := r.manifest(), r.manifest()
		symmetric(t, a, b)
		for _, f := range compare(t, a, b).Findings {
			rules[f.Rule] = true
		}
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
	if len(rules) < 80 {
		t.Errorf("only %d rules were tried", len(rules))
	}
}

// TestOneChange: a change of one thing is never a smaller change than it would
// be beside others, and more changes never make less of one.
func TestOneChange(t *testing.T) {
	for seed := range uint64(500) {
		r := maker{rand.New(rand.NewPCG(seed, 2))}
		a, b := r.manifest(), r.manifest()
		all := compare(t, a, b)
		half := *b
		half.Flows = a.Flows
		if part := compare(t, a, &half); part.Level > all.Level {
			t.Fatalf("seed %d: a part of the change is %s, all of it %s", seed, part.Level, all.Level)
		}
		if slices.IsSortedFunc(all.Findings, func(x, y compat.Finding) int { return int(y.Level) - int(x.Level) }) == false {
			t.Fatalf("seed %d: findings are not sorted", seed)
		}
	}
}

package compat_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// full returns a manifest in which nothing is left out.
func full(t *testing.T) *flow.Manifest {
	t.Helper()
	text := flow.Text("x")
	field := flow.FieldInfo{
		Key: "a", Group: "G", Label: "A", Doc: "D", Type: flow.TextType, Required: true, Default: &text,
		Choices:     []flow.OptionRow{{Label: "L", Value: "v", Default: true}, {Value: "w"}},
		ChoicesFrom: &flow.Dynamic{Flow: "h", With: []flow.DynamicArg{{Input: "i", Option: "o"}, {Input: "j", Value: &text}}},
		FieldsFrom:  &flow.Dynamic{Flow: "h"}, GroupFrom: &flow.Dynamic{Flow: "h"}, Extensible: true,
		Fields: []flow.FieldInfo{{Key: "m", Type: flow.TextType, Label: "M"}},
	}
	auth := flow.Auth{
		Key: "k", Name: "N", Type: flow.AuthOAuth2, Attach: true, Hosts: []string{"a.example"},
		Username: &flow.Label{Label: "U", Doc: "D"}, Password: &flow.Label{Label: "P", Doc: "D"},
		Scheme: &flow.KeyScheme{In: "header", Field: "X", Prefix: "p", Label: "L", Doc: "D"},
		OAuth2: &flow.OAuth2{Grant: flow.GrantJWTBearer, AuthorizeURL: "a", TokenURL: "t", RefreshURL: "r", Issuer: "i", ClientAuth: "basic", ClientID: "c",
			Scopes: []flow.Scope{{Name: "s", Label: "S", Required: true}, {Name: "t"}}, CustomizeScopes: true, ScopeSeparator: ",",
			AuthorizeParams: []flow.NamedText{{Name: "n", Text: "t"}}, TokenParams: []flow.NamedText{{Name: "n", Text: "t"}}, TokenHeaders: []flow.NamedText{{Name: "n", Text: "t"}},
			TokenResponse: flow.TokenResponse{AccessToken: "a", RefreshToken: "r", ExpiresIn: "e", Scope: "s", TokenType: "t"},
			JWT:           &flow.JWTAssertion{Algorithm: "RS256", Key: "k", KeyID: "i", Issuer: "i", Subject: "s", Audience: "a", Lifetime: 1}},
		Parameters: []flow.Parameter{{Key: "p", Label: "P", Doc: "D", Type: flow.ParamDropdown, Options: []flow.OptionRow{{Label: "L", Value: "v", Default: true}}}},
		Config:     []flow.ConfigValue{{Key: "c", Label: "C", Type: "text", Value: "v", Flow: "f", Hidden: true}},
	}
	card := flow.FlowInfo{Key: "card", Name: "Card", Description: "D", In: []flow.FieldInfo{field}, Options: []flow.FieldInfo{field}, Selects: true, Out: []flow.FieldInfo{field},
		Effect: "reads", CostMin: 100, CostMax: 200}
	hook, poll, end, clock := card, card, card, card
	card.Type, hook.Type, poll.Type, end.Type, clock.Type = flow.FlowAction, flow.FlowWebhook, flow.FlowPolling, flow.FlowEndpoint, flow.FlowScheduled
	hook.Key, poll.Key, end.Key = "hook", "poll", "end"
	hook.Webhook = &flow.Webhook{Register: &flow.Dynamic{Flow: "h"}, Deregister: &flow.Dynamic{Flow: "h"}, Challenge: &flow.Challenge{In: "body", Name: "n", Answer: "text"}}
	poll.Record, poll.Out = []flow.FieldInfo{field}, nil
	end.Trigger = &flow.Trigger{Security: "token"}
	clock = flow.FlowInfo{Key: "clock", Type: flow.FlowScheduled, Trigger: &flow.Trigger{Minutes: "1", Hours: "1", Days: "1", Months: "1", Weekdays: "1", TimeZone: "UTC",
		Connector: "c", Event: "e", Connection: "k", Options: &text}}
	m := &flow.Manifest{
		ABI: 1, Compiler: "1", Key: "k", Name: "N", Version: "1.0.0", Description: "D", Source: "s", Flows: []flow.FlowInfo{card, hook, poll, end, clock},
		Cards: []flow.CardUse{{Key: "text.trim", Version: 1, Effect: "pure", Digest: "d"}}, Hosts: []string{"a.example"},
		Secrets: []flow.SecretInfo{{Key: "s", Label: "S", Hosts: []string{"a.example"}}}, Config: []flow.FieldInfo{field},
		Branding: flow.Branding{Icon: &flow.Asset{File: "f", SHA256: "s", Type: "t", Width: 1, Height: 1, Bytes: 1}, Color: "c", Docs: "d", Support: "s"},
		Auths:    []flow.Auth{auth}, Tables: []flow.Table{{Name: "t", Label: "T", Columns: []flow.Column{{Name: "c", Type: flow.TextType}}}},
		Connections: []flow.Slot{{Key: "k", Connector: "c", Name: "n"}}, Rates: []flow.Rate{{Host: "a.example", Requests: 1, Per: 1, Burst: 1}},
	}
	return copyOf(t, m)
}

func copyOf(t *testing.T, m *flow.Manifest) *flow.Manifest {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out := &flow.Manifest{}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// unseen are the members of a manifest whose change is no finding, and why.
var unseen = map[string]string{
	"Key":      "another connector",
	"Version":  "the version is what the verdict is about",
	".Selects": "how outputs that were selected reach the code: nobody outside sees it",
}

// TestEveryMemberCounts changes every member of a manifest, one at a time, and
// wants a finding: what is added to manifests must be judged.
func TestEveryMemberCounts(t *testing.T) {
	base := full(t)
	n := 0
	walk(reflect.ValueOf(base).Elem(), "", func(path string, v reflect.Value) {
		if v.IsZero() && v.Kind() != reflect.Bool {
			// Flows are of several types, and lists begin with what is whole.
			if !strings.Contains(path, "Flows[") && !strings.Contains(path, ".Fields[0]") && !strings.Contains(path, "[1]") {
				t.Errorf("%s is not in the manifest of this test", path)
			}
			return
		}
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "2")
		case reflect.Int, reflect.Int64:
			v.SetInt(v.Int() * 10)
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Uint8:
			v.SetUint(v.Uint() + 1)
		default:
			t.Fatalf("%s is of kind %s", path, v.Kind())
		}
		changed := copyOf(t, base)
		v.Set(old)
		n++
		for what := range unseen {
			if path == what || strings.HasPrefix(what, ".") && strings.HasSuffix(path, what) {
				return
			}
		}
		if r := compare(t, base, changed); len(r.Findings) == 0 {
			t.Errorf("%s can change unseen", path)
		} else if !testing.Short() {
			symmetric(t, base, changed)
		}
	})
	if n < 150 {
		t.Errorf("only %d members", n)
	}
}

// walk visits every plain member.
func walk(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	switch {
	case v.Type() == reflect.TypeFor[flow.Value]():
		return // changed as a whole by others
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), path, visit)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Tag.Get("json") == "-" || v.Type() == reflect.TypeFor[flow.Type]() && f.Name == "Fields" {
				continue
			}
			name := path + "." + f.Name
			if path == "" {
				name = f.Name
			}
			walk(v.Field(i), name, visit)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), path+"["+string(rune('0'+i))+"]", visit)
		}
	default:
		visit(path, v)
	}
}

package face_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/face"
	"github.com/weirflow/weir/flow"
)

// give is an evaluator that always gives the same outputs.
func give(t *testing.T, json string) face.Evaluator {
	t.Helper()
	v, err := flow.ParseJSON([]byte(json), flow.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	return func(context.Context, string, flow.Value) (flow.Value, error) { return v, nil }
}

func card(f flow.FlowInfo) *flow.Manifest {
	f.Key, f.Name, f.Type = "card", "Card", flow.FlowAction
	return &flow.Manifest{Flows: []flow.FlowInfo{f, {Key: "help", Type: flow.FlowHelper}}}
}

// TestDropdown: the contract of choices_from.
func TestDropdown(t *testing.T) {
	m := card(flow.FlowInfo{Options: []flow.FieldInfo{{Key: "a", Type: flow.TextType, ChoicesFrom: &flow.Dynamic{Flow: "help"}}}})
	long := `{"rows":[` + strings.Repeat(`{"key":"a","value":"b"},`, face.MaxRows) + `{"key":"a","value":"b"}]}`
	for _, c := range []struct {
		gives string
		want  string
		code  flow.Code
	}{
		{`{"rows":[{"key":"English","value":"en"},{"value":2,"key":true,"more":1}]}`, "English=en true=2", ""},
		{`{"rows":[]}`, "", ""},
		{`{"rows":{"key":"a","value":"b"}}`, "", flow.CodeFaceResult},
		{`{"rows":[{"key":"a"}]}`, "", flow.CodeFaceResult},
		{`{"rows":[{"key":"a","value":[1]}]}`, "", flow.CodeFaceResult},
		{`{"rows":[1]}`, "", flow.CodeFaceResult},
		{`{"rows":null}`, "", flow.CodeFaceResult},
		{`{"a":[],"b":[]}`, "", flow.CodeFaceResult},
		{long, "", flow.CodeFaceResult},
	} {
		got, err := face.OfCard(t.Context(), m, "card", face.Options{Evaluate: give(t, c.gives)})
		if flow.CodeOf(err) != c.code {
			t.Errorf("%.60s: %v, want %q", c.gives, err, c.code)
		}
		if err != nil {
			continue
		}
		var rows []string
		for _, r := range got.Options[0].Choices {
			rows = append(rows, r.Label+"="+r.Value)
		}
		if s := strings.Join(rows, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.gives, s, c.want)
		}
	}
}

// TestOptionOrder: options are worked out behind those that they depend on, what
// is no choice any more counts as not chosen, and a circle has an end.
func TestOptionOrder(t *testing.T) {
	on := func(key, label, other string) flow.FieldInfo {
		return flow.FieldInfo{Key: key, Label: label, Type: flow.TextType,
			ChoicesFrom: &flow.Dynamic{Flow: "help", With: []flow.DynamicArg{{Input: "in", Option: other}}}}
	}
	static := flow.FieldInfo{Key: "c", Label: "The Third", Type: flow.TextType, Choices: []flow.OptionRow{{Label: "X", Value: "x"}, {Label: "Y", Value: "y"}}}
	// Each option's choices are the value that it depends on, twice.
	doubled := func(_ context.Context, _ string, in flow.Value) (flow.Value, error) {
		s := flow.At(in, "in").Text()
		return flow.Members("rows", flow.ListOf(flow.Members("key", flow.Text(s), "value", flow.Text(s+s)))), nil
	}
	m := card(flow.FlowInfo{Options: []flow.FieldInfo{on("a", "", "b"), on("b", "", "c"), static}})
	for _, c := range []struct {
		m      *flow.Manifest
		values map[string]string
		want   string // value, choices and note of each option
	}{
		{m, map[string]string{"c": "x", "b": "xx", "a": "xxxx"}, "xxxx[xxxx] xx[xx] x[x y]"},
		{m, map[string]string{"c": "y", "b": "xx", "a": "xxxx"}, `[](choose B first) [yy](there is no choice "xx") y[x y]`},
		{m, map[string]string{"c": "z"}, `[](choose B first) [](choose The Third first) [x y](there is no choice "z")`},
		{card(flow.FlowInfo{Options: []flow.FieldInfo{on("a", "", "b"), on("b", "", "a")}}), map[string]string{"a": "x", "b": "y"},
			"[](choose B first) [](choose A first)"},
	} {
		got, err := face.OfCard(t.Context(), c.m, "card", face.Options{Values: c.values, Evaluate: doubled})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, o := range got.Options {
			var rows []string
			for _, r := range o.Choices {
				rows = append(rows, r.Value)
			}
			s := o.Value + "[" + strings.Join(rows, " ") + "]"
			if o.Note != "" {
				s += "(" + o.Note + ")"
			}
			all = append(all, s)
		}
		if s := strings.Join(all, " "); s != c.want {
			t.Errorf("%v\ngives %s\nwant  %s", c.values, s, c.want)
		}
	}
}

// TestDescriptors: the contract of fields_from, and of group_from.
func TestDescriptors(t *testing.T) {
	fields := card(flow.FlowInfo{In: []flow.FieldInfo{{Key: "a", Type: flow.ObjectType, FieldsFrom: &flow.Dynamic{Flow: "help"}}}})
	group := card(flow.FlowInfo{In: []flow.FieldInfo{{Key: "a", Type: flow.ObjectType, GroupFrom: &flow.Dynamic{Flow: "help"}}}})
	for _, c := range []struct {
		m     *flow.Manifest
		gives string
		want  string
		code  flow.Code
	}{
		{fields, `{"f":[{"displayname":"Summary","name":"summary","type":"Text","required":true},{"name":"n","type":"number","collection":true}]}`,
			"Summary:Text* n:List of Number", ""},
		{fields, `{"f":[{"name":"x","type":"Option","available":["a",1,{"key":"B","value":"b"}]}]}`, "x:Text", ""},
		{fields, `{"f":[{"name":"x","type":"Option"}]}`, "", flow.CodeFaceResult},
		{fields, `{"f":[{"name":"x","type":"Option","available":[[]]}]}`, "", flow.CodeFaceResult},
		{fields, `{"f":[{"name":"x","type":"Money"}]}`, "", flow.CodeFaceResult},
		{fields, `{"f":[{"name":"x"}]}`, "", flow.CodeFaceResult},
		{fields, `{"f":[{"type":"Text"}]}`, "", flow.CodeFaceResult},
		{fields, `{"f":[{"name":"x","type":"Text"},{"name":"x","type":"Text"}]}`, "", flow.CodeFaceResult},
		{fields, `{"f":"x"}`, "", flow.CodeFaceResult},
		{group, `{"g":{"name":"G","extensible":true,"fields":[{"name":"x","type":"Date"}]}}`, "x:Date & Time", ""},
		{group, `{"name":"G","attributes":[{"name":"x","type":"True/False"}]}`, "x:True/False", ""},
		{group, `{"g":{"fields":[]}}`, "", flow.CodeFaceResult},
		{group, `{"g":{"name":"G"}}`, "", flow.CodeFaceResult},
		{group, `{"g":5}`, "", flow.CodeFaceResult},
	} {
		got, err := face.OfCard(t.Context(), c.m, "card", face.Options{Evaluate: give(t, c.gives)})
		if flow.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", c.gives, err, c.code)
		}
		if err != nil {
			continue
		}
		var list []string
		for _, f := range got.Inputs[0].Fields {
			s := f.Label + ":" + f.Type
			if f.Required {
				s += "*"
			}
			if f.Object != "a" {
				t.Errorf("%s: the field belongs to %q", c.gives, f.Object)
			}
			list = append(list, s)
		}
		if s := strings.Join(list, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.gives, s, c.want)
		}
	}
}

// TestDependentOption: a dropdown is computed only when what it depends on is
// chosen, and is given that.
func TestDependentOption(t *testing.T) {
	literal := flow.Number(7)
	m := card(flow.FlowInfo{Options: []flow.FieldInfo{
		{Key: "division", Type: flow.TextType, Choices: []flow.OptionRow{{Label: "Hardware", Value: "hw"}}},
		{Key: "department", Type: flow.TextType, ChoicesFrom: &flow.Dynamic{Flow: "help",
			With: []flow.DynamicArg{{Input: "d", Option: "division"}, {Input: "n", Value: &literal}}}},
	}})
	asked := ""
	eval := func(_ context.Context, key string, in flow.Value) (flow.Value, error) {
		asked = key + " " + in.String()
		return flow.Members("rows", flow.ListOf(flow.Members("key", flow.Text("A"), "value", flow.Text("a")))), nil
	}
	got, err := face.OfCard(t.Context(), m, "card", face.Options{Evaluate: eval})
	if err != nil || asked != "" || got.Options[1].Choices != nil || got.Options[1].Note != "choose Division first" {
		t.Errorf("before a choice: %v, asked %q, %+v", err, asked, got.Options[1])
	}
	got, err = face.OfCard(t.Context(), m, "card", face.Options{Evaluate: eval, Values: map[string]string{"division": "hw"}})
	if err != nil || asked != `help {"d":"hw","n":7}` || len(got.Options[1].Choices) != 1 || !slices.Equal(got.Options[1].DependsOn, []string{"division"}) {
		t.Errorf("after it: %v, asked %q, %+v", err, asked, got.Options[1])
	}
	failed := errors.New("no network")
	_, err = face.OfCard(t.Context(), m, "card", face.Options{Values: map[string]string{"division": "hw"},
		Evaluate: func(context.Context, string, flow.Value) (flow.Value, error) { return flow.Null(), failed }})
	if !errors.Is(err, failed) {
		t.Errorf("a helper that fails: %v", err)
	}
	if _, err := face.OfCard(t.Context(), m, "help", face.Options{}); flow.CodeOf(err) != flow.CodeRunFlow {
		t.Errorf("a helper as card: %v", err)
	}
}

// TestDialogs: the built-in fields of each type.
func TestDialogs(t *testing.T) {
	for _, c := range []struct {
		auth flow.Auth
		want string
	}{
		{flow.Auth{Type: flow.AuthBasic, Username: &flow.Label{Label: "E-mail"}}, "Name* Description E-mail* Password*"},
		{flow.Auth{Type: flow.AuthOAuth2, OAuth2: &flow.OAuth2{Grant: flow.GrantAuthorizationCode}}, "Name* Description"},
		{flow.Auth{Type: flow.AuthOAuth2, OAuth2: &flow.OAuth2{Grant: flow.GrantClientCredentials}}, "Name* Description Client ID* Client Secret*"},
		{flow.Auth{Type: flow.AuthCustom, Parameters: []flow.Parameter{{Key: "site_name", Type: flow.ParamText}}}, "Name* Description Site Name*"},
		{flow.Auth{Type: flow.AuthAPIKey, Scheme: &flow.KeyScheme{}}, "Name* Description API Key*"},
	} {
		d, err := face.OfAuth(t.Context(), &c.auth, nil)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, f := range d.Fields {
			if f.Required {
				f.Label += "*"
			}
			list = append(list, f.Label)
		}
		if s := strings.Join(list, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.auth.Type, s, c.want)
		}
	}
	auth := flow.Auth{Type: flow.AuthCustom, Config: []flow.ConfigValue{{Key: "id", Type: flow.ParamText, Flow: "help"}, {Key: "pw", Type: flow.ParamPassword, Value: "hunter2"}, {Key: "no", Hidden: true, Value: "x"}}}
	d, err := face.OfAuth(t.Context(), &auth, nil)
	if err != nil || len(d.Fields) != 4 || d.Fields[2].Value != face.Generated || d.Fields[3].Value != "" {
		t.Errorf("not evaluated: %v %+v", err, d)
	}
	if d, err = face.OfAuth(t.Context(), &auth, give(t, `{"id":"ext-1"}`)); err != nil || d.Fields[2].Value != "ext-1" {
		t.Errorf("evaluated: %v %+v", err, d)
	}
	if _, err = face.OfAuth(t.Context(), &auth, give(t, `{"id":[]}`)); flow.CodeOf(err) != flow.CodeFaceResult {
		t.Errorf("no text: %v", err)
	}
}

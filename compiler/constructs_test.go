package compiler

import (
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

// TestConstructFields: the parser takes exactly the fields that Constructs
// lists. A step with all of them has no unknown field, one more is refused, and
// each required one is missed.
func TestConstructFields(t *testing.T) {
	sample := map[Holds]string{
		HoldsValue: "true", HoldsObject: "{}", HoldsCount: "1", HoldsConcurrency: "1", HoldsFlag: "true", HoldsCondition: "true", HoldsType: "text",
		HoldsFlow: "other", HoldsKey: "a", HoldsRaw: "{}", HoldsSteps: "[]", HoldsBranches: "[{when: true, steps: []}]", HoldsValues: "{}", HoldsError: "{message: m}",
		HoldsAssigned: "{}", HoldsOutputs: "{}", HoldsBranchOuts: "{}",
	}
	problems := func(fields []ConstructField, extra string) []string {
		var step []string
		for _, f := range fields {
			step = append(step, f.Key+": "+sample[f.Holds])
		}
		if extra != "" {
			step = append(step, extra)
		}
		_, err := Compile([]File{
			{Name: "connector.yaml", Data: []byte("key: test\nname: Test\nversion: 0.1.0\n")},
			{Name: "flows/main.yaml", Data: []byte("steps:\n  - {" + strings.Join(step, ", ") + "}\n")},
			{Name: "flows/other.yaml", Data: []byte("type: helper\noutputs: {ok: boolean}\nsteps:\n  - return: {ok: true}\n")},
		}, Options{Registry: hostfuncs.Standard()})
		var codes []string
		diags, _ := err.(flow.Diagnostics)
		for _, d := range diags {
			if d.Severity == flow.SeverityError && strings.HasPrefix(string(d.Error.Code), "source.") {
				codes = append(codes, string(d.Error.Code)+" "+d.Error.Msg)
			}
		}
		return codes
	}
	for _, c := range Constructs() {
		if c.Key == "note" {
			continue
		}
		if len(c.Fields) == 0 || c.Fields[0].Key != c.Key {
			t.Errorf("%s: the first field is not its own", c.Key)
			continue
		}
		if got := problems(c.Fields, ""); len(got) > 0 {
			t.Errorf("%s with all its fields: %q", c.Key, got)
		}
		if got := problems(c.Fields, "surplus: 1"); len(got) != 1 || !strings.HasPrefix(got[0], string(flow.CodeSourceField)) {
			t.Errorf("%s with a surplus field: %q", c.Key, got)
		}
		for i, f := range c.Fields {
			if i == 0 {
				continue
			}
			got := problems(slices.Delete(slices.Clone(c.Fields), i, i+1), "")
			if missing := slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, string(flow.CodeSourceMissing)) }); missing != f.Required {
				t.Errorf("%s without %s: %q, required %t", c.Key, f.Key, got, f.Required)
			}
		}
	}
}

// TestFieldsListed: a field that the parser knows for one construct is refused
// in all whose Fields do not have it.
func TestFieldsListed(t *testing.T) {
	var all []ConstructField
	for _, c := range Constructs() {
		for _, f := range c.Fields[min(1, len(c.Fields)):] {
			if !slices.ContainsFunc(all, func(g ConstructField) bool { return g.Key == f.Key }) {
				all = append(all, f)
			}
		}
	}
	for _, c := range Constructs() {
		if c.Key == "note" {
			continue
		}
		for _, f := range all {
			has := slices.ContainsFunc(c.Fields, func(g ConstructField) bool { return g.Key == f.Key })
			source := "steps:\n  - {" + c.Key + ": a, " + f.Key + ": a}\n"
			_, err := Compile([]File{{Name: "flows/main.yaml", Data: []byte(source)}}, Options{Registry: hostfuncs.Standard()})
			diags, _ := err.(flow.Diagnostics)
			unknown := slices.ContainsFunc(diags, func(d flow.Diagnostic) bool {
				return d.Error.Code == flow.CodeSourceField && strings.Contains(d.Error.Msg, `no field "`+f.Key+`"`)
			})
			if unknown == has {
				t.Errorf("%s beside %s: the parser refuses it: %t, Fields has it: %t", f.Key, c.Key, unknown, has)
			}
		}
	}
}

func TestEvents(t *testing.T) {
	seen := map[string]string{}
	for _, c := range Constructs() {
		for _, a := range c.Aliases {
			if other, dup := seen[a]; dup {
				t.Errorf("%s belongs to %s and %s", a, other, c.Key)
			}
			seen[a] = c.Key
		}
	}
	for _, e := range Events() {
		for _, a := range e.Aliases {
			if other, dup := seen[a]; dup {
				t.Errorf("%s belongs to %s and %s", a, other, e.Key)
			}
			seen[a] = e.Key
		}
		_, err := Compile([]File{
			{Name: "connector.yaml", Data: []byte("key: test\nname: Test\nversion: 0.1.0\n")},
			{Name: "flows/main.yaml", Data: []byte("type: " + e.Key + "\nsteps:\n  - return:\n")},
		}, Options{})
		if diags, _ := err.(flow.Diagnostics); diags.HasErrors() {
			t.Errorf("type: %s is refused: %v", e.Key, err)
		}
	}
}

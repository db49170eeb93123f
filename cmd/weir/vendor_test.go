package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestVendorCodes: each code of the vendor's deployment is what check --release
// says of a connector with that fault, beside a code of our own, and a connector
// without faults has none of them.
func TestVendorCodes(t *testing.T) {
	const (
		nothing = "description: Does nothing.\nsteps: []\n"
		ping    = "type: authping\nsteps:\n  - return: {working: true}\n"
	)
	sound := map[string]string{"_authping": ping, "pay": nothing}
	faults := map[string]map[string]string{
		"CBDE000001H": {"other": "name: Pay\n" + nothing},
		"CBDE000002H": {"nightly": "type: scheduled\nsteps: []\n"},
		"CBDE000003H": {"pay": "name: Pay!\n" + nothing},
		"CBDE000004H": {"second": "name: _authping\n" + ping},
		"CBDE000005H": {"pay": "name: _authping\n" + nothing},
		"CBDE000006H": {"a": "type: revoke\nsteps: []\n", "b": "type: revoke\nname: Other\nsteps: []\n"},
		"CBDE000007H": {"pay": "name: _revoke\n" + nothing},
		"CBDE000008H": {"pay": "inputs: {a: {type: text, extensible: true}}\n" + nothing},
		"CBDE000009H": {"pay": "options: {a: {label: A?}}\n" + nothing},
	}
	check := func(changed map[string]string) (vendor []string, text string) {
		t.Helper()
		dir := t.TempDir()
		write(t, dir+"/connector.yaml", "key: demo\nname: Demo\nversion: 1.0.0\nauth: [{key: main, type: basic}]\n")
		flows := maps.Clone(sound)
		maps.Copy(flows, changed)
		for key, text := range flows {
			write(t, dir+"/flows/"+key+".yaml", text)
		}
		var got struct{ Diagnostics []errorView }
		o := weir(t, "", "check", "--release", "--json", dir)
		if err := json.Unmarshal([]byte(o.err), &got); err != nil {
			t.Fatalf("%v: %s%s", err, o.out, o.err)
		}
		for _, d := range got.Diagnostics {
			if d.Severity == "error" {
				if d.Code == "" || d.Line == 0 {
					t.Errorf("no code of our own, or no place: %+v", d)
				}
				vendor = append(vendor, d.Vendor)
			}
		}
		return vendor, weir(t, "", "check", "--release", dir).err
	}
	for _, code := range slices.Sorted(maps.Keys(faults)) {
		got, text := check(faults[code])
		if !slices.Equal(got, []string{code}) || !strings.Contains(text, "("+code+")") {
			t.Errorf("%s: check says %q\n%s", code, got, text)
		}
	}
	if got, _ := check(nil); got != nil {
		t.Errorf("a sound connector has %q", got)
	}
	// A flow that is switched off is no other flow.
	if got, _ := check(map[string]string{"other": "name: Pay\nactive: false\n" + nothing}); got != nil {
		t.Errorf("a connector with a flow that is switched off has %q", got)
	}
}

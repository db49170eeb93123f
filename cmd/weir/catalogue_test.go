package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// catalogued is one card of the vendor's catalogue.
type catalogued struct {
	Key      string `json:"key"`
	Title    string `json:"title"`
	Category string `json:"category"`
	// Kind is card; construct, which the compiler turns into control flow;
	// event, which begins a flow; connector-only, which the vendor offers in
	// connector projects alone; or deprecated, which new flows do not use.
	Kind string `json:"kind"`
}

// built returns what `weir cards --json` prints.
func built(t *testing.T) []catalogueEntry {
	t.Helper()
	var out []catalogueEntry
	if err := json.Unmarshal([]byte(done(t, "cards", "--json")), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func readCatalogue(t *testing.T) map[string]catalogued {
	t.Helper()
	b, err := os.ReadFile("../../testdata/catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	var entries []catalogued
	if err := json.Unmarshal(b, &entries); err != nil {
		t.Fatal(err)
	}
	out := map[string]catalogued{}
	for _, e := range entries {
		if _, dup := out[e.Key]; dup {
			t.Errorf("catalogue.json has %q twice", e.Key)
		}
		if !slices.Contains([]string{"card", "construct", "event", "connector-only", "deprecated"}, e.Kind) || e.Title == "" || e.Category == "" {
			t.Errorf("catalogue.json: incomplete entry %+v", e)
		}
		out[e.Key] = e
	}
	if len(out) != 207 {
		t.Errorf("catalogue.json has %d keys, the catalogue 207", len(out))
	}
	return out
}

// TestCatalogueComplete: each of the catalogue's keys is built, what answers to it
// is found by it, and nothing claims a key that the catalogue does not have.
func TestCatalogueComplete(t *testing.T) {
	catalogue := readCatalogue(t)
	byKey := map[string]catalogueEntry{}
	for _, e := range built(t) {
		for _, a := range e.VendorKey {
			if other, dup := byKey[a]; dup {
				t.Errorf("both %s and %s answer to %q", other.Key, e.Key, a)
			}
			if _, known := catalogue[a]; !known {
				t.Errorf("%s claims the key %q, which is not in the catalogue", e.Key, a)
			}
			byKey[a] = e
			for _, form := range [][]string{{}, {"--json"}} {
				got, want := done(t, append([]string{"cards", a}, form...)...), done(t, append([]string{"cards", e.Key}, form...)...)
				if got != want {
					t.Errorf("cards %q %v prints something else than cards %s", a, form, e.Key)
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(catalogue)) {
		want := catalogue[key]
		e, ok := byKey[key]
		switch {
		case !ok:
			t.Errorf("%s (%s > %s) is not built: no %s answers to it", key, want.Category, want.Title, want.Kind)
		case e.Kind != want.Kind && want.Kind != "connector-only" && want.Kind != "deprecated":
			t.Errorf("%s is built as a %s and catalogued as a %s", key, e.Kind, want.Kind)
		}
	}
}

// TestCatalogueTitles: what is built carries title and category of one of the
// keys that it answers to.
func TestCatalogueTitles(t *testing.T) {
	catalogue := readCatalogue(t)
	for _, e := range built(t) {
		if len(e.VendorKey) == 0 {
			continue // ours alone
		}
		same := func(alias string) bool {
			return catalogue[alias].Title == e.Title && catalogue[alias].Category == e.Category
		}
		if !slices.ContainsFunc(e.VendorKey, same) {
			t.Errorf("%s is titled %s > %s, the catalogue has %+v", e.Key, e.Category, e.Title, catalogue[e.VendorKey[0]])
		}
	}
}

// TestConstructVectors runs the catalogue's values for constructs and starts of
// flows, which are a connector with tests, and sees that no construct is without.
func TestConstructVectors(t *testing.T) {
	const dir = "../../testdata/cards/constructs"
	var report struct{ Passed, Failed int }
	if err := json.Unmarshal([]byte(done(t, "test", dir, "--json")), &report); err != nil {
		t.Fatal(err)
	}
	if report.Failed > 0 || report.Passed < 57 {
		t.Errorf("%d passed, %d failed", report.Passed, report.Failed)
	}
	var all strings.Builder
	names, err := filepath.Glob(dir + "/flows/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, e := range built(t) {
		field := e.Key
		if e.Kind != "construct" {
			continue
		}
		if !regexp.MustCompile(`(?m)^ +(- )?` + field + `:`).MatchString(all.String()) {
			t.Errorf("no flow of %s has a step %s", dir, field)
		}
	}
}

// TestOpenPoints: each point that the catalogue leaves open is decided in a note
// of what answers to its key, and stands in docs/COMPATIBILITY.md.
func TestOpenPoints(t *testing.T) {
	var open map[string][]string
	if err := json.Unmarshal([]byte(readText(t, "../../testdata/openpoints.json")), &open); err != nil {
		t.Fatal(err)
	}
	page := readText(t, "../../docs/COMPATIBILITY.md")
	for key, topics := range open {
		var view struct {
			Key   string
			Notes []struct{ Topic, Vendor, Choice, Why string }
		}
		if err := json.Unmarshal([]byte(done(t, "cards", key, "--json")), &view); err != nil {
			t.Fatal(err)
		}
		for _, topic := range topics {
			i := slices.IndexFunc(view.Notes, func(n struct{ Topic, Vendor, Choice, Why string }) bool { return n.Topic == topic })
			switch {
			case i < 0:
				t.Errorf("%s (%s) has no note on %q", view.Key, key, topic)
			case view.Notes[i].Vendor == "" || view.Notes[i].Choice == "" || view.Notes[i].Why == "":
				t.Errorf("%s: the note on %q is incomplete: %+v", view.Key, topic, view.Notes[i])
			case !strings.Contains(page, "`"+view.Key+"` | "+strings.ReplaceAll(topic, "|", `\|`)+" |") && !strings.Contains(page, "`type: "+view.Key+"` | "+topic+" |"):
				t.Errorf("docs/COMPATIBILITY.md lacks %s, %s", view.Key, topic)
			}
		}
	}
}

// TestSuspensionPoints: cards that wait say so where they are described.
func TestSuspensionPoints(t *testing.T) {
	for key, want := range map[string]bool{"kernel:control:wait": true, "kernel:control:until": true, "control.pause": true, "kernel:string:at": false} {
		var view struct{ Suspends bool }
		if err := json.Unmarshal([]byte(done(t, "cards", key, "--json")), &view); err != nil {
			t.Fatal(err)
		}
		if text := strings.Contains(done(t, "cards", key), "may suspend the run"); view.Suspends != want || text != want {
			t.Errorf("%s: suspends %t as JSON and %t as text, want %t", key, view.Suspends, text, want)
		}
	}
}

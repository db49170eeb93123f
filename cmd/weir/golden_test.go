package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestGolden(t *testing.T) {
	wasm := t.TempDir() + "/greeter.wasm"
	done(t, "build", "testdata/greeter", "-o", wasm)
	const greeter, broken, untidy, failing = "testdata/greeter", "testdata/broken", "testdata/untidy", "testdata/failing"
	const covered, mistested = "testdata/covered", "testdata/mistested"
	for _, c := range []struct {
		name  string
		stdin string
		args  []string
		code  int
	}{
		{"check", "", []string{"check", greeter}, 0},
		{"check-json", "", []string{"check", "--json", greeter + "/connector.yaml"}, 0},
		{"check-broken", "", []string{"check", broken}, 1},
		{"check-broken-json", "", []string{"check", broken, "--json"}, 1},
		{"check-nowhere", "", []string{"check", "testdata/nowhere"}, 1},
		{"check-nowhere-json", "", []string{"check", "testdata/nowhere", "--json"}, 1},
		{"check-empty", "", []string{"check", "testdata"}, 1},
		{"fmt-check", "", []string{"fmt", "--check", greeter}, 0},
		{"fmt-check-untidy", "", []string{"fmt", "--check", untidy}, 1},
		{"fmt-check-untidy-json", "", []string{"fmt", "--check", untidy, "--json"}, 1},
		{"build-broken", "", []string{"build", broken, "--emit", "ir"}, 1},
		{"build-ir", "", []string{"build", greeter, "--emit", "ir"}, 0},
		{"build-wat", "", []string{"build", greeter, "--emit", "wat"}, 0},
		{"inspect", "", []string{"inspect", wasm}, 0},
		{"inspect-json", "", []string{"inspect", wasm, "--json"}, 0},
		{"inspect-no-module", "", []string{"inspect", greeter + "/connector.yaml"}, 1},
		{"cards-key", "", []string{"cards", "number.add"}, 0},
		{"cards-key-json", "", []string{"cards", "number.add", "--json"}, 0},
		{"cards-construct", "", []string{"cards", "map"}, 0},
		{"cards-construct-json", "", []string{"cards", "map", "--json"}, 0},
		{"cards-unknown", "", []string{"cards", "toUpper"}, 1},
		{"run", "", []string{"run", greeter, "greet", "--input", `{"name": "Ada <&>"}`, "--set", "sign=?"}, 0},
		{"run-stdin", `{"name": "Grace"}`, []string{"run", wasm, "greet", "--input", "-"}, 0},
		{"run-trace", "", []string{"run", wasm, "greet", "--input", `{"name": "Ada"}`, "--trace", "--usage"}, 0},
		{"run-trace-json", "", []string{"run", wasm, "greet", "--input", `{"name": "Ada"}`, "--trace", "--json"}, 0},
		{"run-stopped", "", []string{"run", greeter, "stop"}, 0},
		{"run-stopped-json", "", []string{"run", greeter, "stop", "--json"}, 0},
		{"run-failed", "", []string{"run", greeter, "fail"}, 1},
		{"run-failed-json", "", []string{"run", greeter, "fail", "--json"}, 1},
		{"run-limit", "", []string{"run", greeter, "greet", "--input", `{"name": "Ada"}`, "--limit", "fuel=100"}, 1},
		{"run-missing-input", "", []string{"run", greeter, "greet"}, 1},
		{"run-unknown-flow", "", []string{"run", greeter, "great"}, 1},
		{"run-broken", "", []string{"run", broken, "bad"}, 1},
		{"test", "", []string{"test", failing, "--run", "greets"}, 0},
		{"test-failing", "", []string{"test", failing}, 1},
		{"test-failing-json", "", []string{"test", failing, "--json"}, 1},
		{"test-failing-tap", "", []string{"test", failing, "--tap"}, 1},
		{"test-none", "", []string{"test", greeter}, 1},
		{"test-coverage", "", []string{"test", covered, "--coverage"}, 0},
		{"test-coverage-json", "", []string{"test", covered, "--coverage", "--json"}, 0},
		{"test-coverage-tap", "", []string{"test", covered, "--coverage", "--tap"}, 0},
		{"test-coverage-below", "", []string{"test", covered, "--min-coverage", "90"}, 1},
		{"test-coverage-enough", "", []string{"test", covered, "--min-coverage", "50"}, 0},
		{"test-coverage-part", "", []string{"test", covered, "--coverage", "--run", "small"}, 0},
		{"test-mistested", "", []string{"test", mistested}, 1},
		{"check-tests", "", []string{"check", covered}, 0},
		{"check-mistested", "", []string{"check", mistested}, 1},
		{"check-mistested-json", "", []string{"check", mistested, "--json"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := weir(t, c.stdin, c.args...)
			shown := append([]string(nil), c.args...)
			for i, a := range shown {
				shown[i] = strings.ReplaceAll(a, wasm, "greeter.wasm")
			}
			golden(t, c.name, o, shown)
			if o.code != c.code {
				t.Errorf("exit %d, want %d", o.code, c.code)
			}
			if c.code != 0 && o.err == "" {
				t.Error("a failure without a word on stderr")
			}
			for i, text := range []string{o.out, o.err} {
				if strings.Contains(strings.Join(c.args, " "), "--json") && text != "" && !json.Valid([]byte(text)) {
					t.Errorf("with --json, output %d is not one JSON value:\n%s", i+1, text)
				}
			}
		})
	}
}

// TestOutputsAlone: whatever else a run is asked to print, its outputs are the
// only thing on stdout.
func TestOutputsAlone(t *testing.T) {
	for _, flags := range [][]string{nil, {"--trace"}, {"--usage"}, {"--trace", "--usage"}} {
		args := append([]string{"run", "testdata/greeter", "greet", "--input", `{"name": "x"}`}, flags...)
		if got, want := done(t, args...), "{\n  \"greeting\": \"Hello, X!\",\n  \"length\": 1\n}\n"; got != want {
			t.Errorf("%v: stdout %q, want %q", flags, got, want)
		}
	}
}

func TestCatalogue(t *testing.T) {
	var list []catalogueEntry
	if err := json.Unmarshal([]byte(done(t, "cards", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	cards := 0
	text := done(t, "cards")
	for _, e := range list {
		if e.Kind == "card" {
			cards++
		}
		if e.Key == "" || e.Title == "" || e.Category == "" || e.Summary == "" {
			t.Errorf("an entry is incomplete: %+v", e)
		}
		if !strings.Contains(text, "\n"+e.Key+" ") && !strings.HasPrefix(text, e.Key+" ") {
			t.Errorf("the text has no line for %s", e.Key)
		}
		done(t, "cards", e.Key)
		if one := done(t, "cards", e.Key, "--json"); !json.Valid([]byte(one)) {
			t.Errorf("cards %s --json is no JSON: %s", e.Key, one)
		}
	}
	if cards < 40 {
		t.Errorf("the catalogue has %d cards, want 40 or more", cards)
	}
}

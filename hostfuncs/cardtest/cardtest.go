// Package cardtest runs what card definitions promise: every example, every
// catalogue vector, and random inputs of the declared types. Authors of cards
// call it from their own tests; read Examples first.
package cardtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// Case is one call and what is expected of it.
type Case struct {
	Name string
	In   string    // JSON object; see WithFiles for files in it
	Out  string    // JSON object; texts that begin with "~" are regular expressions
	Err  flow.Code // expected error instead of Out
}

// Caller runs a card on an input object and gives its outputs as an object.
// flow.Invoke is one; a compiled flow of one step is another.
type Caller func(ctx context.Context, card *flow.Card, in flow.Value) (flow.Value, error)

// Direct calls cards through flow.Invoke with the test environment.
func Direct(ctx context.Context, card *flow.Card, in flow.Value) (flow.Value, error) {
	return flow.Invoke(ctx, card, in, NewEnv())
}

// Cases returns the examples of a card.
func Cases(card *flow.Card) []Case {
	var out []Case
	for i, ex := range card.Examples {
		out = append(out, Case{Name: fmt.Sprintf("%s/example%d", card.Key, i+1), In: ex.In, Out: ex.Out, Err: ex.Err})
	}
	return out
}

// Examples checks that the cards form a registry, that each has at least three
// examples, one of them failing, and that every example gives what it says.
func Examples(t *testing.T, cards []*flow.Card) {
	t.Helper()
	if _, err := flow.NewRegistry(cards...); err != nil {
		t.Fatal(err)
	}
	for _, card := range cards {
		if len(card.Examples) < 3 {
			t.Errorf("%s: %d examples, want at least 3", card.Key, len(card.Examples))
		}
		if !slices.ContainsFunc(card.Examples, func(ex flow.Example) bool { return ex.Err != "" }) && canFail(card) {
			t.Errorf("%s: no example fails", card.Key)
		}
		if converts(card) && !slices.Contains(card.Errors, flow.CodeTypeConversion) {
			t.Errorf("%s: a file converts to none of its inputs, and it does not list %s", card.Key, flow.CodeTypeConversion)
		}
		for _, c := range Cases(card) {
			if err := checkAll(t.Context(), card, c); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
	}
}

// converts reports whether the card has an input that not every value fits.
func converts(card *flow.Card) bool {
	fits := func(t flow.Type) bool { return t.Base == flow.BaseAny }
	return slices.ContainsFunc(card.In, func(p flow.Port) bool { return !fits(p.Type) }) || card.Extra != nil && !fits(card.Extra.Type)
}

// canFail reports whether some input that can be written as JSON makes the card
// fail with something else than a limit. A card that takes author-made inputs of
// any name, and whose inputs all are texts or anything, is the only kind that none
// does: no file can be written there.
func canFail(card *flow.Card) bool {
	writable := func(t flow.Type) bool { return t.Base == flow.BaseAny || t.Is(flow.BaseText) }
	free := card.Extra != nil && card.Extra.Group == "" && writable(card.Extra.Type) &&
		!slices.ContainsFunc(card.In, func(p flow.Port) bool { return !writable(p.Type) })
	return !free || slices.ContainsFunc(card.Errors, func(c flow.Code) bool {
		return c != flow.CodeTypeConversion && !strings.HasPrefix(string(c), "limit.")
	})
}

// checkAll is Check, and what lawful looks at besides.
func checkAll(ctx context.Context, card *flow.Card, c Case) error {
	if err := Check(ctx, Direct, card, c); err != nil {
		return err
	}
	in, err := flow.ParseJSON([]byte(c.In), flow.JSONLimits{})
	if err != nil {
		return err
	}
	in, _ = WithFiles(card, in)
	all, failure := Direct(ctx, card, in)
	return parts(ctx, card, in, all, failure)
}

// Vectors checks the cards against testdata/cards/FAMILY.json, where every card
// of the family must have at least one vector.
func Vectors(t *testing.T, cards []*flow.Card, family string) {
	t.Helper()
	vectors, err := LoadVectors(family)
	if err != nil {
		t.Fatal(err)
	}
	for _, card := range cards {
		if len(vectors[card.Key]) == 0 && len(card.Aliases) > 0 {
			t.Errorf("%s: no vectors", card.Key)
		}
		for _, c := range vectors[card.Key] {
			if err := checkAll(t.Context(), card, c); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
		delete(vectors, card.Key)
	}
	for key := range vectors {
		t.Errorf("vectors for %q, which is no card of this family", key)
	}
}

// LoadVectors reads testdata/cards/FAMILY.json of the repository.
func LoadVectors(family string) (map[string][]Case, error) {
	root, err := repositoryRoot()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(root, "testdata", "cards", family+".json"))
	if err != nil {
		return nil, err
	}
	var raw map[string][]struct {
		In  json.RawMessage `json:"in"`
		Out json.RawMessage `json:"out"`
		Err flow.Code       `json:"err"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("%s.json: %w", family, err)
	}
	out := map[string][]Case{}
	for key, list := range raw {
		for i, v := range list {
			out[key] = append(out[key], Case{
				Name: fmt.Sprintf("%s/vector%d", key, i+1), In: string(v.In), Out: string(v.Out), Err: v.Err,
			})
		}
	}
	return out, nil
}

func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

// Check runs one case and says how the outcome differs from what is expected.
func Check(ctx context.Context, call Caller, card *flow.Card, c Case) error {
	in, err := flow.ParseJSON([]byte(c.In), flow.JSONLimits{})
	if err != nil {
		return fmt.Errorf("in %s: %w", c.In, err)
	}
	in, _ = WithFiles(card, in)
	got, err := call(ctx, card, in)
	if c.Err != "" {
		if flow.CodeOf(err) != c.Err {
			return fmt.Errorf("%s gave %v (error %v), want error %s", c.In, got, err, c.Err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	want, err := flow.ParseJSON([]byte(c.Out), flow.JSONLimits{})
	if err != nil {
		return fmt.Errorf("out %s: %w", c.Out, err)
	}
	if !matches(want, got) {
		return fmt.Errorf("%s gave %s, want %s", c.In, got, want)
	}
	return nil
}

// matches compares printed forms member by member, so that a date equals its
// ISO text; a wanted text that begins with "~" is a regular expression.
func matches(want, got flow.Value) bool {
	switch want.Kind() {
	case flow.KindText:
		if pattern, ok := strings.CutPrefix(want.Text(), "~"); ok {
			return regexp.MustCompile("(?s)" + pattern).MatchString(got.String())
		}
		printed, err := flow.Convert(got, flow.TextType)
		if got.Kind() != flow.KindText && got.Kind() != flow.KindDate {
			return false
		}
		return err == nil && printed.Text() == want.Text()
	case flow.KindObject:
		if got.Kind() != flow.KindObject || got.Object().Len() != want.Object().Len() {
			return false
		}
		for k, w := range want.Object().All() {
			g, ok := got.Object().Get(k)
			if !ok || !matches(w, g) {
				return false
			}
		}
		return true
	case flow.KindList:
		if got.Kind() != flow.KindList || got.List().Len() != want.List().Len() {
			return false
		}
		for i, w := range want.List().All() {
			if !matches(w, got.List().At(i)) {
				return false
			}
		}
		return true
	}
	return flow.Equal(want, got)
}

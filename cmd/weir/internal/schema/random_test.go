package schema

import (
	"encoding/json"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// TestCardInputs: whatever literal inputs of a card the compiler takes, the
// schema takes.
func TestCardInputs(t *testing.T) {
	all := schemas(t)
	reg := hostfuncs.Standard()
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	var counts [2]int
	for card := range reg.All() {
		for range 4 {
			source := `{"steps":[{"card":"` + card.Key + `","with":` + cardtest.RandomInput(rng, card).String() + `}]}`
			if err := compare(all, oneFlow(source), compiler.Options{Registry: reg}, &counts); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
	if counts[0] < 10 || counts[1] < 500 {
		t.Errorf("seed %d: only %d wrong and %d right flows were compared", seed, counts[0], counts[1])
	}
}

func oneFlow(source string) []compiler.File {
	return []compiler.File{
		{Name: "connector.yaml", Data: []byte("key: test\nname: Test\nversion: 0.1.0\nhosts: [example.com]\n")},
		{Name: "flows/main.json", Data: []byte(source)},
	}
}

// TestMutations: schema and compiler still agree on files in which one random
// thing is changed.
func TestMutations(t *testing.T) {
	all := schemas(t)
	opt := compiler.Options{Registry: hostfuncs.Standard()}
	var pool [][]compiler.File
	for _, files := range connectors(t) {
		if !compiler.Check(files, opt).HasErrors() {
			pool = append(pool, files)
		}
	}
	slices.SortFunc(pool, func(a, b []compiler.File) int {
		return strings.Compare(string(a[len(a)-1].Data), string(b[len(b)-1].Data))
	})
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	var counts [2]int
	for range 600 {
		files := slices.Clone(pool[rng.IntN(len(pool))])
		i := rng.IntN(len(files))
		v, err := data(files[i].Name, files[i].Data)
		if err != nil {
			t.Fatal(err)
		}
		mutated, err := json.Marshal(mutate(rng, v))
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(files[i].Name, path.Ext(files[i].Name)) + ".json"
		files[i] = compiler.File{Name: name, Data: mutated}
		if err := compare(all, files, opt, &counts); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if counts[0] < 30 || counts[1] < 100 {
		t.Errorf("seed %d: only %d wrong and %d right files were compared", seed, counts[0], counts[1])
	}
}

// mutate changes one thing in v: it drops, renames or replaces a member, or
// repeats, drops or replaces an item.
func mutate(rng *rand.Rand, v any) any {
	down := rng.IntN(5) > 0
	other := func() any {
		values := []any{nil, true, 0, 1.5, "a", "text", "1", "2024-01-01", "${input.n}", "a${item}", []any{}, []any{1, "b"}, map[string]any{}, map[string]any{"value": 1}}
		return values[rng.IntN(len(values))]
	}
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 {
			return map[string]any{"extra": other()}
		}
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		k := keys[rng.IntN(len(keys))]
		if down {
			x[k] = mutate(rng, x[k])
			return x
		}
		switch rng.IntN(4) {
		case 0:
			delete(x, k)
		case 1:
			x[k+"_"] = x[k]
			delete(x, k)
		case 2:
			x[[]string{"extra", "type", "else", "outputs", "with", "required"}[rng.IntN(6)]] = other()
		default:
			x[k] = other()
		}
		return x
	case []any:
		if len(x) == 0 {
			return []any{other()}
		}
		i := rng.IntN(len(x))
		if down {
			x[i] = mutate(rng, x[i])
			return x
		}
		switch rng.IntN(3) {
		case 0:
			return slices.Delete(x, i, i+1)
		case 1:
			return append(x, x[i])
		}
		x[i] = other()
		return x
	}
	return other()
}

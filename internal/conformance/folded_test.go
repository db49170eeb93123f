package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// TestCardsFoldedProperty compiles steps of every pure card with random literals
// and runs them twice: folded, and as they stand. Both must end alike, and as the
// card does when it is called. TestCardsThreeWays does the same with examples.
func TestCardsFoldedProperty(t *testing.T) {
	n := 10
	if long() {
		n = 200
	}
	seed := propertySeed(t)
	for card := range registry().All() {
		file := func(p flow.Port) bool { return p.Type.Base == flow.BaseFile }
		if card.Effect != flow.Pure || card.NoFold || slices.ContainsFunc(card.In, file) {
			continue
		}
		t.Run(card.Key, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 2))
			source := files{}
			inputs := map[string]flow.Value{}
			for i := range n {
				in := parse(t, jsonOf(cardtest.RandomInput(rng, card))) // a date is text in a literal
				key := fmt.Sprintf("c%d", i)
				one := files{"flows/" + key + ".yaml": stepSource(card, in, false)}
				if _, err := compiler.Compile(one.list(), compiler.Options{Registry: registry()}); err != nil {
					continue // what the checker refuses is not run in either way
				}
				source["flows/"+key+".yaml"] = one["flows/"+key+".yaml"]
				inputs[key] = in
			}
			if len(source) < n/4 {
				t.Fatalf("seed %d: the checker refuses all but %d of %d inputs", seed, len(source), n)
			}
			folded := newBench(t, compile(t, source, compiler.Options{}), engine.Config{})
			plain := newBench(t, compile(t, source, compiler.Options{NoOptimize: true}), engine.Config{})
			for key, in := range inputs {
				want := ""
				if out, err := cardtest.Direct(t.Context(), card, in); err != nil {
					want = string(flow.CodeOf(err))
				} else {
					want = flow.Members("out", out).String()
				}
				if a, b := ending(folded, key), ending(plain, key); a != want || b != want {
					t.Errorf("seed %d: %s on %s: folded %s, run %s, called %s", seed, card.Key, in, flow.Excerpt(a), flow.Excerpt(b), flow.Excerpt(want))
				}
			}
		})
	}
}

// ending is what a flow returns, or the code that it fails with.
func ending(b *bench, key string) string {
	res, err := b.module.Run(context.Background(), engine.Run{Flow: key, ID: "run"})
	if err != nil {
		return string(flow.CodeOf(err))
	}
	return res.Outputs.String()
}

package conformance

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// long reports whether tests that take minutes are wanted.
func long() bool { return os.Getenv("WEIR_LONG") != "" }

// propertySeed returns a new seed and prints it.
func propertySeed(t *testing.T) uint64 {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return seed
}

// TestCardsProperty calls every card with random inputs: a few times in the
// quick test, a million times over all cards when WEIR_LONG is set.
func TestCardsProperty(t *testing.T) {
	n := 100
	if long() {
		n = 1_000_000/registry().Len() + 1
	}
	seed := propertySeed(t)
	for card := range registry().All() {
		t.Run(card.Key, func(t *testing.T) {
			t.Parallel()
			cardtest.Property(t, []*flow.Card{card}, seed, n)
		})
	}
}

// TestCardsMemory: what a card's results hold in memory is what Size says, so
// that the run that keeps them pays for them. The inputs are dropped: a result
// that keeps much of its input alive without counting it is found here too.
func TestCardsMemory(t *testing.T) {
	const batch = 400
	// What a batch may hold beyond twice its accounted size: the runtime's own
	// noise, and rounding up to allocation classes.
	const slack = 64 << 10
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	seed := propertySeed(t)
	results := make([]flow.Value, 0, batch)
	rng := rand.New(rand.NewPCG(seed, 1))
	for card := range registry().All() {
		results = results[:0]
		before := heap()
		for range batch {
			in := cardtest.RandomInput(rng, card)
			if out, err := flow.Invoke(context.Background(), card, in, cardtest.NewEnv()); err == nil {
				results = append(results, out)
			}
		}
		held := heap() - before
		var sized int64
		for _, v := range results {
			sized += v.Size()
		}
		if held > 2*sized+slack {
			t.Errorf("seed %d: %d results of %s hold %d bytes and are sized %d", seed, len(results), card.Key, held, sized)
		}
		runtime.KeepAlive(results)
		clear(results[:cap(results)])
	}
}

// heap returns the live bytes of the heap. It collects twice, because pools keep
// what they hold over one collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestCardsShareLittle: a small result cut out of a large text does not keep
// the text alive.
func TestCardsShareLittle(t *testing.T) {
	const size = 256 << 10
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for card := range registry().All() {
		if card.Effect != flow.Pure || !slices.ContainsFunc(card.In, func(p flow.Port) bool { return p.Type.Is(flow.BaseText) }) {
			continue
		}
		var results []flow.Value
		before := heap()
		for _, ex := range card.Examples {
			if ex.Err != "" {
				continue
			}
			if out, err := flow.Invoke(context.Background(), card, padded(t, card, ex.In, size), nil); err == nil {
				results = append(results, out)
			}
		}
		held := heap() - before
		var sized int64
		for _, v := range results {
			sized += v.Size()
		}
		if held > 2*sized+size/2 {
			t.Errorf("%d results of %s hold %d bytes and are sized %d", len(results), card.Key, held, sized)
		}
		runtime.KeepAlive(results)
	}
}

// padded returns the inputs of an example with spaces behind its first text
// that may be any text.
func padded(t *testing.T, card *flow.Card, in string, size int) flow.Value {
	t.Helper()
	v := parse(t, []byte(in))
	done := false
	var out flow.ObjectBuilder
	for k, x := range v.Object().All() {
		if i := card.Input("", k); !done && i >= 0 && x.Kind() == flow.KindText && card.In[i].Type.Is(flow.BaseText) && len(card.In[i].Choices) == 0 {
			b := make([]byte, len(x.Text())+size)
			for i := copy(b, x.Text()); i < len(b); i++ {
				b[i] = ' '
			}
			x, done = flow.Text(string(b)), true
		}
		out.Set(k, x)
	}
	return out.Value()
}

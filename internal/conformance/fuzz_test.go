package conformance

import (
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// FuzzCards calls cards on inputs drawn from a seed: the fuzzer picks the card
// and the seed, cardtest says what every call must keep to.
func FuzzCards(f *testing.F) {
	var cards []*flow.Card
	for c := range registry().All() {
		cards = append(cards, c)
	}
	for i := range cards {
		f.Add(uint16(i), uint64(i))
	}
	f.Fuzz(func(t *testing.T, card uint16, seed uint64) {
		cardtest.Property(t, []*flow.Card{cards[int(card)%len(cards)]}, seed, 4)
	})
}

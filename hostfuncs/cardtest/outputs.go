package cardtest

import (
	"context"
	"fmt"

	"github.com/weirflow/weir/flow"
)

// parts holds a card with several outputs to what it promises about each of
// them: those that are always there are not null, and a caller that wants one
// output gets the same one, or the same error, for the same fuel.
func parts(ctx context.Context, card *flow.Card, in, all flow.Value, failure error) error {
	if card.Single() || card.FreeOut {
		return nil
	}
	for i := range card.Out {
		p := &card.Out[i]
		want := flow.At(all, p.Key)
		if p.Always && want.IsNull() && failure == nil {
			return fmt.Errorf("output %q is always there and is null", p.Key)
		}
		if card.Effect != flow.Pure || p.Group != "" {
			continue
		}
		spent, spentAlone := int64(0), int64(0)
		if _, err := Direct(ctx, wanting(card, 0, &spent), in); flow.CodeOf(err) != flow.CodeOf(failure) {
			return fmt.Errorf("not deterministic: %v, then %v", failure, err)
		}
		got, err := Direct(ctx, wanting(card, 1<<i, &spentAlone), in)
		if flow.CodeOf(err) != flow.CodeOf(failure) || err == nil && flow.At(got, p.Key).String() != want.String() {
			return fmt.Errorf("output %q alone is %s (%v), with the others %s (%v)", p.Key, flow.At(got, p.Key), err, want, failure)
		}
		if spent != spentAlone {
			return fmt.Errorf("output %q alone takes %d fuel beyond its price, with the others %d", p.Key, spentAlone, spent)
		}
	}
	return nil
}

// wanting returns card as it is to a caller that wants some outputs; what its
// calls spend is added to spent.
func wanting(card *flow.Card, wanted uint64, spent *int64) *flow.Card {
	over := *card
	over.Run = func(ctx context.Context, c *flow.Call) (flow.Value, error) {
		c.Wanted = wanted
		c.Charge = func(fuel int64) error { *spent += fuel; return nil }
		return card.Run(ctx, c)
	}
	return &over
}

package pricing

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/internal/benchmark"
)

// How far the fuel per nanosecond of a card may be from that of the median card.
// Other work on the machine makes the quick test tolerant.
const (
	cheapQuick = 8
	cheapLong  = 4
	dear       = 20
)

// effort says how carefully to measure.
type effort struct {
	sizes  []int         // bytes of texts; items and members are a tenth
	grown  int           // how many examples of a card are made large
	rounds int           // of which the fastest counts
	round  time.Duration // how long one round takes at least
	cheap  float64
	world  *outside                  // of cards that need one
	work   map[string][]flow.Example // by card, beside its examples
}

// within returns e for a card.
func (e effort) within(card *flow.Card) effort {
	if card.Effect == flow.Pure {
		e.world = nil
	} else if e.cheap == cheapQuick {
		e.sizes, e.rounds, e.grown = []int{10, 100_000}, 1, 1 // not thousands of requests
	}
	return e
}

// clock starts a clock, which gives the nanoseconds since then. The plain one runs on
// while a card waits for a disk or a server, which no fuel is paid for;
// processor time has in it whatever else the process does. For cards with
// effects the shorter of the two counts.
func (e effort) clock() func() float64 {
	begin := time.Now()
	if e.world == nil {
		return func() float64 { return float64(time.Since(begin)) }
	}
	used := benchmark.CPUTime()
	return func() float64 { return float64(min(time.Since(begin), benchmark.CPUTime()-used)) }
}

func quick() effort {
	return effort{sizes: []int{10, 1_000, 100_000}, grown: 2, rounds: 3, round: 30 * time.Microsecond, cheap: cheapQuick}
}

func long() effort {
	return effort{sizes: []int{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000}, grown: math.MaxInt, rounds: 7, round: 300 * time.Microsecond, cheap: cheapLong}
}

// failure is what making an error takes, in nanoseconds. It is the same for all
// cards, so that it is not in their prices.
const failure = 600

// slow is the time of one call above which larger inputs are not tried.
const slow = 300 * time.Millisecond

// measurement is what one call of a card costs and takes.
type measurement struct {
	card string
	work string // which inputs
	pure bool   // the card
	fuel int64
	ns   float64
	err  error // what the call ended with

	again func() measurement
}

// calm returns m with the fastest of some further measurements, as long as it
// seems too cheap: something else may have had the machine.
func (m measurement) calm(limit float64) measurement {
	for range 5 {
		if m.rate() >= limit {
			break
		}
		m.ns = min(m.ns, m.again().ns)
	}
	return m
}

func (m measurement) rate() float64 { return float64(m.fuel) / m.ns }

func (m measurement) String() string {
	return fmt.Sprintf("%-24s %-34s %12d fuel %12.0f ns %8.2f fuel/ns %s", m.card, m.work, m.fuel, m.ns, m.rate(), flow.CodeOf(m.err))
}

// TestPrices measures every card on the inputs of its examples, grown to several
// sizes, and compares fuel per nanosecond with the median.
func TestPrices(t *testing.T) {
	e := quick()
	if os.Getenv("WEIR_LONG") != "" {
		e = long()
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	e.world, e.work = newOutside(t), work()
	var all []measurement
	for card := range hostfuncs.Standard().All() {
		all = append(all, measureCard(t, card, e.within(card))...)
	}
	all = append(all, measureClearing(t, e.world)...)
	// The cheapest call of each card is what a hostile flow would make.
	var worst []measurement
	slices.SortStableFunc(all, func(a, b measurement) int {
		return cmp.Or(cmp.Compare(a.card, b.card), cmp.Compare(a.rate(), b.rate()))
	})
	for i, m := range all {
		if i == 0 || all[i-1].card != m.card {
			worst = append(worst, m)
		}
	}
	slices.SortFunc(worst, func(a, b measurement) int { return cmp.Compare(a.rate(), b.rate()) })
	median := worst[len(worst)/2].rate()
	t.Logf("%d calls of %d cards; at their cheapest the median card costs %.2f fuel/ns", len(all), len(worst), median)
	for _, m := range worst {
		m = m.calm(median / e.cheap)
		t.Logf("%v", m)
		if m.rate() < median/e.cheap {
			t.Errorf("too cheap, less than 1/%.0f of the median %.2f:\n%v", e.cheap, median, m)
		}
		// What a card has others do is in its price, and not in its time here.
		if m.rate() > median*dear && m.pure {
			t.Errorf("too dear, more than %d times the median %.2f at best:\n%v", dear, median, m)
		}
	}
}

// measureCard measures a card on all workloads made of its examples.
func measureCard(t *testing.T, card *flow.Card, e effort) []measurement {
	t.Helper()
	var out []measurement
	examples := append(slices.Clone(card.Examples), e.work[card.Key]...)
	for i, ex := range examples {
		in, err := flow.ParseJSON([]byte(ex.In), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		in, _ = cardtest.WithFiles(card, in)
		name := fmt.Sprintf("example %d", i+1)
		if m, ok := measure(card, name, in, e); ok {
			out = append(out, m)
		}
		if ex.Err != "" && i > 0 || i >= e.grown || i >= len(card.Examples) {
			continue
		}
		for _, g := range growths(card) {
			for _, size := range e.sizes {
				m, ok := measure(card, fmt.Sprintf("%s, %s to %d", name, g.name, size), g.grow(in, size), e)
				if ok {
					out = append(out, m)
				}
				if m.ns > float64(slow) {
					break
				}
			}
		}
	}
	runtime.GC()
	return out
}

// measure returns the fastest of several rounds, or false for inputs that do
// not bind, which the card never sees.
func measure(card *flow.Card, work string, in flow.Value, e effort) (measurement, bool) {
	c, ok := bind(card, in)
	if !ok {
		return measurement{}, false
	}
	m := measurement{card: card.Key, work: work, pure: card.Effect == flow.Pure}
	m.again = func() measurement { next, _ := measure(card, work, in, e); return next }
	var spent int64
	var result flow.Value
	c.Charge = func(fuel int64) error { spent += fuel; return nil }
	run := func() { spent = 0; result, m.err = card.Run(context.Background(), c) }
	if e.world != nil {
		run = e.world.serve(c, run, &result)
	}
	paid := func() int64 {
		if m.err != nil {
			return c.Price() + spent
		}
		return c.Price() + spent + c.PriceOf(result)
	}
	since := e.clock()
	run()
	m.ns, m.fuel = since(), paid()
	n := 1
	for round := 0; round < e.rounds; {
		since := e.clock()
		for range n {
			run()
		}
		took := since()
		m.ns = min(m.ns, took/float64(n))
		switch {
		case took < float64(e.round):
			n *= 2 // too short to tell
		case took > float64(slow/10):
			round += 3
		default:
			round++
		}
	}
	m.fuel = min(m.fuel, paid()) // a row that was deleted cannot be deleted again
	if m.err != nil {
		m.ns -= failure
	}
	m.ns = math.Max(m.ns, 10) // what takes less is not worth a price
	return m, true
}

// bind prepares a call as the engine does.
func bind(card *flow.Card, in flow.Value) (*flow.Call, bool) {
	given, set := make([]flow.Value, len(card.In)), make([]bool, len(card.In))
	var extra flow.ObjectBuilder
	add := func(group, key string, v flow.Value) bool {
		if i := card.Input(group, key); i >= 0 {
			given[i], set[i] = v, true
			return true
		}
		extra.Set(key, v)
		return card.Extra != nil && card.Extra.Group == group
	}
	for k, v := range in.Object().All() {
		if card.Input("", k) < 0 && isGroup(card, k) {
			for k2, v2 := range v.Object().All() {
				if !add(k, k2, v2) {
					return nil, false
				}
			}
		} else if !add("", k, v) {
			return nil, false
		}
	}
	c := &flow.Call{Card: card, Args: make([]flow.Value, len(card.In)), Extra: extra.Value().Object()}
	return c, c.Bind(given, set) == nil
}

func isGroup(card *flow.Card, name string) bool {
	return card.Extra != nil && card.Extra.Group == name && name != "" ||
		slices.ContainsFunc(card.In, func(p flow.Port) bool { return p.Group == name })
}

package jsregex

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/weirflow/weir/flow"
)

// Bounds of the backtracking engine. The price of a search covers every pattern
// that does not backtrack without measure; what a search takes beyond it is
// measured in processor time and charged, one fuel for a nanosecond. So the
// outcome and the fuel of a search depend on the machine only where a pattern is
// a catastrophe on its text.
const (
	// maxTimeout bounds the search for one match, which nothing else can end:
	// with the grain of the engine's clock it stays within the 50 ms that a run
	// may end late. A run with less fuel left gets less, but not less than
	// minTimeout.
	maxTimeout = 36 * time.Millisecond
	minTimeout = 4 * time.Millisecond
	// clockGrain is how exactly the engine keeps its time-outs.
	clockGrain = 2 * time.Millisecond
	// grace is how much longer than its price a search may take for nothing:
	// collections and page faults fall into it.
	grace = 2 * time.Millisecond
	// maxStarved is how often a search goes on that ran out of time because the
	// machine had no processor for it.
	maxStarved = 50
	// maxStack bounds the engine's stack, in slots of 8 bytes.
	maxStack = 1 << 20
)

// setClock gives the engine's clock its grain. That is one setting for the whole
// process: the default of 100 ms would make every time-out that much longer.
var setClock = sync.OnceFunc(func() { regexp2.SetTimeoutCheckPeriod(clockGrain) })

// search is one search with the backtracking engine.
type search struct {
	ctx    context.Context
	budget Budget
	engine *regexp2.Regexp
	began  time.Duration // processor time of the thread
	paid   time.Duration // of what was used since then
	looked time.Time     // when it was last compared
	err    error         // that ends the search
}

// backtrack gives the matches in text, one after another, to yield, whose first
// argument is the text in UTF-16 code units.
func (re *Regexp) backtrack(ctx context.Context, text string, b Budget, yield func([]rune, regexp2.MatchView) bool) error {
	fuel, err := re.spend(text, fuelBacktrack, MaxBacktrack, b)
	if err != nil {
		return err
	}
	if err := b.Spend(fuelEngine); err != nil {
		return err
	}
	setClock()
	p := printer{}
	p.node(re.tree)
	options := regexp2.RegexOptions(regexp2.ECMAScript)
	if re.fold {
		options |= regexp2.IgnoreCase
	}
	engine, err := regexp2.Compile(p.String(), options, regexp2.OptionMaxBacktrackingStackSize(maxStack))
	if err != nil {
		return syntaxError("the engine does not take it")
	}
	runtime.LockOSThread() // whose processor time is measured
	defer runtime.UnlockOSThread()
	s := &search{ctx: ctx, budget: b, engine: engine, began: threadTime(), paid: time.Duration(fuel), looked: time.Now()}
	return s.run(unitsOf(text), len(text), yield)
}

func (s *search) run(units []rune, bytes int, yield func([]rune, regexp2.MatchView) bool) error {
	from, empty := 0, -1 // where the last match ended, if it was empty
	for starved := 0; ; starved++ {
		begin := from
		s.engine.MatchTimeout = min(max(time.Duration(s.budget.Left()), minTimeout), maxTimeout)
		tried := threadTime()
		err := s.engine.FindRunesMatches(units, from, func(m regexp2.MatchView) bool {
			at, n, _ := m.GroupRange(0)
			if n == 0 && at == empty {
				return true // it was given before the time-out
			}
			from, empty = at+n, -1
			if n == 0 {
				empty = at
			}
			if time.Since(s.looked) > grace/2 && !s.settle() {
				return false
			}
			if s.err = s.budget.Spend(fuelMatch); s.err != nil {
				return false
			}
			return yield(units, m)
		})
		used := threadTime() - tried
		if s.err == nil {
			s.settle()
		}
		switch {
		case s.err != nil:
			return s.err
		case err == nil:
			return nil
		case errors.Is(err, regexp2.ErrBacktrackingStackLimit):
			return flow.Errorf(flow.CodeLimitValue, "the regular expression needs too much memory on a text of %d bytes", bytes)
		case from > begin:
			starved = 0 // the time went to the matches before this one
		case used > s.engine.MatchTimeout*3/4 || starved == maxStarved:
			return flow.Errorf(flow.CodeLimitValue, "the regular expression takes too long on a text of %d bytes", bytes).
				WithFix("avoid repetitions inside repetitions, such as (a+)+")
		}
	}
}

// settle pays for what the search took beyond its price, and reports whether it
// may go on.
func (s *search) settle() bool {
	s.looked = time.Now()
	if s.err = s.ctx.Err(); s.err != nil {
		return false
	}
	if used := threadTime() - s.began; used > s.paid+grace {
		s.err = s.budget.Spend(int64(used - s.paid))
		s.paid = used
	}
	return s.err == nil
}

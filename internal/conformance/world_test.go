package conformance

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// madeUp is a flow.World in which time and chance are functions of the step.
type madeUp struct {
	mu    sync.Mutex
	asked map[string]int
	slept time.Duration
}

func (w *madeUp) note(what, step string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asked == nil {
		w.asked = map[string]int{}
	}
	w.asked[what+" "+step]++
}

func (w *madeUp) Now(step string) time.Time {
	w.note("now", step)
	return time.Date(2020, 1, 1, 0, 0, len(step), 0, time.UTC)
}

func (w *madeUp) Random(step string) io.Reader {
	w.note("random", step)
	var seed [32]byte
	copy(seed[:], step)
	return rand.NewChaCha8(seed)
}

func (w *madeUp) Sleep(_ context.Context, step string, d time.Duration) error {
	w.note("sleep", step)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slept += d
	return nil
}

// TestWorld: a run with a World asks it for time, chance and waiting, once for
// each call and by the path of the step, and gives the same whatever runs at the
// same time.
func TestWorld(t *testing.T) {
	source := files{
		"flows/main.yaml": `
outputs: {list: any, time: date, id: text}
steps:
  - name: turns
    map: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    flow: turn
    concurrency: 6
  - return: {list: "${turns.list}", time: "${context.time}", id: "${context.execution_id}"}
`,
		"flows/turn.yaml": `
type: helper
inputs: {n: number}
outputs: {random: number, expression: number, now: date}
steps:
  - name: wait
    card: control.wait
    with: {delay: 5, unit: hour}
  - name: random
    card: number.random
    with: {b: 1000000}
  - name: expression
    card: number.expression
    with: {_text_: random() + random()}
  - name: stamp
    card: date.now
  - return: {random: "${random.output}", expression: "${expression.output}", now: "${stamp.date}"}
`,
	}
	b := newBench(t, compile(t, source, compiler.Options{}), engine.Config{})
	var first string
	for _, concurrency := range []int64{0, 1, 2, 0} {
		w := &madeUp{}
		res, err := b.module.Run(t.Context(), engine.Run{Flow: "main", World: w, Limits: engine.Limits{Concurrency: concurrency}})
		if err != nil {
			t.Fatal(err)
		}
		got := res.Outputs.String()
		if first == "" {
			first = got
		} else if got != first {
			t.Errorf("concurrency %d gives\n%s\nwant\n%s", concurrency, got, first)
		}
		if w.slept != 12*5*time.Hour {
			t.Errorf("waited for %v", w.slept)
		}
		want := map[string]int{"now ": 1, "random ": 1}
		for i := range 12 {
			for _, call := range []string{"sleep turns[%d]/wait", "random turns[%d]/random", "random turns[%d]/expression", "now turns[%d]/stamp"} {
				want[fmt.Sprintf(call, i)] = 1
			}
		}
		if fmt.Sprint(w.asked) != fmt.Sprint(want) {
			t.Errorf("asked %v, want %v", w.asked, want)
		}
	}
	if !strings.Contains(first, `"time":"2020-01-01T00:00:00.000Z"`) || !strings.Contains(first, `"now":"2020-01-01T00:00:14.000Z"`) {
		t.Errorf("the times are not those of the world: %s", first)
	}
}

// TestRequestsNameTheirStep: a request knows the path of the step that makes it.
func TestRequestsNameTheirStep(t *testing.T) {
	source := files{
		"flows/main.yaml": "steps:\n  - name: pages\n    for_each: [1, 2, 3]\n    flow: page\n    concurrency: 3\n",
		"flows/page.yaml": "type: helper\ninputs: {n: number}\nsteps:\n  - name: fetch\n    card: http.get\n    with: {Request: {URL: \"https://example.com/${input.n}\"}}\n",
	}
	b := newBench(t, compile(t, source, compiler.Options{}), engine.Config{})
	var mu sync.Mutex
	got := map[string]string{}
	at := fetcher(func(_ context.Context, r *flow.Request) (*flow.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		got[r.Step] = r.URL
		return &flow.Response{Status: 204}, nil
	})
	if _, err := b.module.Run(t.Context(), engine.Run{Flow: "main", HTTP: at}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"pages[0]/fetch": "https://example.com/1", "pages[1]/fetch": "https://example.com/2", "pages[2]/fetch": "https://example.com/3"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

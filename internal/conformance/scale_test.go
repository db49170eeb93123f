package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// TestConcurrencyWaits: a hundred requests, twenty at a time, are made in five
// rounds and not in a hundred. The server answers none before twenty are open,
// and then takes 50 ms.
func TestConcurrencyWaits(t *testing.T) {
	const wait, calls, width = 50 * time.Millisecond, 100, 20
	var mu sync.Mutex
	var came, open, most int     // of this round, unanswered, unanswered at once
	round := make(chan struct{}) // closed when its last request has come
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		came++
		open++
		most = max(most, open)
		mine := round
		if came == width {
			close(round)
			round, came = make(chan struct{}), 0
		}
		mu.Unlock()
		select {
		case <-mine:
		case <-r.Context().Done():
			return
		}
		time.Sleep(wait)
		mu.Lock()
		open--
		mu.Unlock()
		fmt.Fprint(w, "{}")
	}))
	defer server.Close()
	host, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	src := files{
		"flows/main.yaml": "inputs: {list: any}\noutputs: {n: number}\nsteps:\n" +
			"  - {name: m, map: \"${input.list}\", flow: get, with: {i: \"${item}\"}, concurrency: 20}\n" +
			"  - {name: c, card: list.length, with: {list: \"${m.list}\"}}\n  - return: {n: \"${c.length}\"}\n",
		"flows/get.yaml": "type: helper\ninputs: {i: any}\noutputs: {s: number}\nsteps:\n" +
			"  - {name: r, card: http.raw, with: {url: \"" + server.URL + "/${input.i}\", method: GET, headers: {}, query: {}}}\n" +
			"  - return: {s: \"${r.statusCode}\"}\n",
	}
	client := egress.New(egress.Config{Allow: []string{host.Host}})
	defer client.Close()
	b := newBench(t, compile(t, src, compiler.Options{}), engine.Config{HTTP: client})
	items := make([]flow.Value, calls)
	for i := range items {
		items[i] = flow.Number(float64(i))
	}
	began := time.Now()
	got, _ := b.run(engine.Run{Flow: "main", Input: flow.Members("list", flow.ListOf(items...)), AllowHosts: []string{host.Host}})
	took := time.Since(began)
	if got.Outputs != `{"n":100}` {
		t.Fatalf("got %v", got)
	}
	if most > width {
		t.Errorf("%d requests were open at once, want at most %d", most, width)
	}
	t.Logf("took %v, ideal is %v", took, calls/width*wait)
}

// TestStreamIsFlat: a loop of a million turns keeps no more alive than one of
// ten, by the engine's count and by the process's.
func TestStreamIsFlat(t *testing.T) {
	src := files{
		"flows/main.yaml": "inputs: {n: {type: number, required: true}}\noutputs: {ok: boolean}\nsteps:\n" +
			"  - {repeat: \"${input.n}\", flow: record, with: {i: \"${index}\"}}\n  - return: {ok: true}\n",
		"flows/record.yaml": "type: helper\ninputs: {i: {type: number, required: true}}\noutputs: {o: object}\nsteps:\n" +
			"  - {name: o, card: object.construct, with: {id: \"${input.i}\", name: \"record ${input.i} of many\", tags: [a, b]}}\n" +
			"  - {name: s, card: json.stringify, with: {object: \"${o.output}\"}}\n" +
			"  - return: {o: \"${o.output}\"}\n",
	}
	b := newBench(t, compile(t, src, compiler.Options{}), engine.Config{Limits: engine.Limits{Fuel: 1 << 50, Wall: 10 * time.Minute, Calls: 1 << 40}})
	peak := func(n int) int64 {
		got, res := b.run(engine.Run{Flow: "main", Input: flow.Members("n", flow.Number(float64(n)))})
		if got.Error != "" {
			t.Fatalf("%d turns: %v", n, got)
		}
		return res.Usage.PeakMemory
	}
	few := peak(10)
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	many := peak(n)
	runtime.GC()
	runtime.ReadMemStats(&after)
	// The text of the largest number is a few bytes longer than that of 9.
	if many > few+64 {
		t.Errorf("peak of %d turns is %d bytes, of ten %d", n, many, few)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	t.Logf("peak memory: %d bytes for ten turns, %d for %d", few, many, n)
}

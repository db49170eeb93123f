package servers

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// manyRecords is no multiple of the sizes of pages but one, 52.
const manyRecords = 312

// startJSONServer starts npm json-server with records whose ranks are in no order.
func startJSONServer(t *testing.T) (u *user, ranks []int) {
	t.Helper()
	script := program(t, "node_modules", "json-server", "lib", "cli", "bin.js")
	records := []map[string]any{}
	for i, rank := range rand.New(rand.NewPCG(1, 2)).Perm(manyRecords) {
		ranks = append(ranks, rank)
		records = append(records, map[string]any{"id": i + 1, "rank": rank, "title": fmt.Sprint("Record ", i+1, " ü"), "even": rank%2 == 0})
	}
	data, err := json.Marshal(map[string]any{"records": records})
	if err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(t.TempDir(), "db.json")
	if err := os.WriteFile(db, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, time.Minute, "/records/1", func(port string) []string {
		return []string{"node", script, "--host", "127.0.0.1", "--port", port, db}
	})
	u = newUser(t, filepath.Join("testdata", "jsonserver"), s)
	u.given = append(u.given, "--set", "base_url="+s.url)
	return u, ranks
}

// counted runs a flow and returns how many requests it made besides.
func (u *user) counted(flow, input string) (outputs map[string]any, requests int) {
	u.Helper()
	var v struct {
		Outputs map[string]any
		Usage   struct{ HTTPCalls int }
	}
	if err := json.Unmarshal([]byte(u.done(append(u.line("", flow, input, nil), "--json")...)), &v); err != nil {
		u.Fatal(err)
	}
	return v.Outputs, v.Usage.HTTPCalls
}

// TestServerJSONServerPages: however a service counts its pages, every record
// comes once, in its order, with no more requests than there are pages.
func TestServerJSONServerPages(t *testing.T) {
	u, ranks := startJSONServer(t)
	sorted := slices.Sorted(slices.Values(ranks))
	var even []int
	for _, r := range sorted {
		if r%2 == 0 {
			even = append(even, r)
		}
	}
	sort := map[string]any{"_sort": "rank", "_order": "asc"}
	for _, c := range []struct {
		flow     string
		input    []any
		want     []int
		requests int
	}{
		{"by_link", []any{"size", 50}, ranks, 7},
		{"by_link", []any{"size", 52}, ranks, 6},
		{"by_link", []any{"size", 1000}, ranks, 1},
		{"by_link", []any{"size", 7, "query", sort}, sorted, 45},
		{"by_link", []any{"size", 50, "query", map[string]any{"_sort": "rank", "even": true}}, even, 4},
		{"by_link", []any{"size", 50, "query", map[string]any{"rank": -1}}, []int{}, 1},
		{"by_link", []any{"size", 50, "limit", 100}, ranks[:100], 2},
		{"by_link", []any{"size", 50, "limit", 101}, ranks[:101], 3},
		{"by_page", nil, ranks, 7},
		{"by_page", []any{"query", sort}, sorted, 7},
		{"by_page", []any{"limit", 120}, ranks[:120], 3},
		{"by_page", []any{"query", map[string]any{"rank_lte": 99, "_sort": "rank"}}, sorted[:100], 3}, // the last page is full
		{"by_offset", nil, ranks, 7},
		{"by_offset", []any{"query", map[string]any{"rank_lte": 49, "_sort": "rank"}}, sorted[:50], 2},
	} {
		in := input(t, c.input...)
		out, requests := u.counted(c.flow, in)
		u.want(c.flow+" "+in, out, text(t, map[string]any{"ranks": c.want, "count": len(c.want)}))
		if requests != c.requests {
			t.Errorf("%s %s: %d requests, want %d", c.flow, in, requests, c.requests)
		}
	}
}

// TestServerJSONServerEach: a helper flow gets every record of every page.
func TestServerJSONServerEach(t *testing.T) {
	u, _ := startJSONServer(t)
	// It sorts and filters by what no turn changes.
	out, requests := u.counted("mark_each", `{"size": 20, "label": "seen ü", "query": {"rank_lte": 69, "_sort": "rank"}}`)
	u.want("records", out, `{"count":70}`)
	if requests != 4+70 {
		t.Errorf("%d requests", requests)
	}
	marked, _ := u.counted("by_link", `{"size": 100, "query": {"label": "seen ü"}}`)
	u.want("changed records", marked["count"], "70")
}

// TestServerJSONServerLife: all methods on one record.
func TestServerJSONServerLife(t *testing.T) {
	u, _ := startJSONServer(t)
	u.want("a record", u.run("", "life", `{"record": {"title": "ü \"q\"", "n": 1.5e3, "l": [1, [], {}], "none": null}}`),
		`{"changed":{"id":313,"more":[1,{"a":null}],"title":"replaced"},"created":{"id":313,"l":[1,[],{}],"n":1500,"none":null,"title":"ü \"q\""},"gone":404,"replaced":{"id":313,"title":"replaced"}}`)
}

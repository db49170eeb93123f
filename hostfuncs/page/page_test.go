package page

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, Cards()) }

func TestProperty(t *testing.T) { cardtest.Property(t, Cards(), 3, 500) }

func TestNextLink(t *testing.T) {
	for header, want := range map[string]string{
		`<https://a.example/?page=2>; rel="next", <https://a.example/?page=9>; rel="last"`: "https://a.example/?page=2",
		`<https://a.example/?page=1>; rel="prev", <https://a.example/?page=3>; rel="next"`: "https://a.example/?page=3",
		`</b?a=1,2>; rel=next`:                           "/b?a=1,2",
		`<a>; title="x, <y>; rel=\"next\""; rel="first"`: "",
		`<a>; rel="last NEXT"`:                           "a",
		`<a>;rel=first;rel=next`:                         "",
		`<a>; foo; rel="next"`:                           "a",
		`<a> ; rel = "next"`:                             "a",
		`<a; rel="next"`:                                 "",
		`a; rel="next"`:                                  "",
		``:                                               "",
		`<>; rel="next"`:                                 "",
		`<a>; REL=Next`:                                  "a",
		`<a>; title*=UTF-8''x; rel=next`:                 "a",
		`<a>; rel="next`:                                 "a",
	} {
		if got := nextLink(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	f.Add(`<https://a.example/?page=2>; rel="next", <b>; rel="last"`)
	f.Fuzz(func(t *testing.T, header string) {
		if len(nextLink(header)) > len(header) {
			t.Error("longer than the header")
		}
	})
}

// TestFollowing: where the next page is, and where it must not be.
func TestFollowing(t *testing.T) {
	card := next()
	run := func(spec, extra string) (flow.Value, error) {
		if !strings.Contains(extra, `"headers"`) {
			extra += `, "headers": {}`
		}
		in, err := flow.ParseJSON([]byte(`{"url": "https://a.example/list?page=2", "spec": `+spec+`, `+extra+`}`), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		return flow.Invoke(t.Context(), card, in, nil)
	}
	const byURL = `{"by": "url", "records": "body.d", "next": "body.next"}`
	const byCursor = `{"by": "cursor", "records": "body.d", "param": "c", "next": "headers.X-Next"}`
	const byLast = `{"by": "cursor", "records": "body.d", "param": "c", "next": "body.d.-1.id", "more": "body.more"}`
	const inBody = `{"by": "cursor", "records": "body.d", "in": "body", "param": "c", "next": "body.next"}`
	const byPage = `{"by": "page", "records": "body.d", "param": "p", "start": 1, "more": "headers.X-More"}`
	const offsets = `{"by": "offset", "records": "body.d", "param": "o", "more": "body.more"}`
	const odata = `{"by": "url", "records": "body.d", "next": "body.\"@odata.nextLink\""}`
	const byOffset = `{"by": "offset", "records": "body", "param": "o", "start": 10, "size": 3}`
	for _, c := range []struct {
		spec, extra string
		want        string
		code        flow.Code
	}{
		{byURL, `"body": {"d": [1], "next": "?page=3"}`, `{"records":[1],"state":{"count":1,"url":"https://a.example/list?page=3"},"more":true}`, ""},
		{byURL, `"body": {"d": [1], "next": "//a.example/x#y"}`, `{"records":[1],"state":{"count":1,"url":"https://a.example/x"},"more":true}`, ""},
		{byURL, `"body": {"d": [1], "next": null}`, `{"records":[1],"state":{"count":1},"more":false}`, ""},
		{byURL, `"body": {"next": ""}`, `{"records":[],"state":{"count":0},"more":false}`, ""},
		{byURL, `"body": ""`, `{"records":[],"state":{"count":0},"more":false}`, ""},
		{byURL, `"body": "<html>"`, "", flow.CodeHTTPBody},
		{byURL, `"body": {"d": [], "next": "http://a.example/"}`, "", flow.CodeEgressDenied},
		{byURL, `"body": {"d": [], "next": "https://a.example:8443/"}`, "", flow.CodeEgressDenied},
		{byURL, `"body": {"d": [], "next": "https://u@a.example/"}`, "", flow.CodeEgressDenied},
		{byURL, `"body": {"d": [], "next": "https://a.example/list?page=2"}`, "", flow.CodeHTTPBody},
		{byURL, `"body": {"d": [], "next": "http://[::1"}`, "", flow.CodeHTTPBody},
		{byCursor, `"body": {"d": [1]}, "headers": {"x-next": "n2"}`, `{"records":[1],"state":{"count":1,"cursor":"n2"},"more":true}`, ""},
		{byCursor, `"body": {"d": [1]}, "headers": {"x-next": "n2"}, "state": {"cursor": "n2", "count": 3}`, "", flow.CodeHTTPBody},
		{byCursor, `"body": {"d": [1]}, "headers": {"x-next": ["n2"]}`, `{"records":[1],"state":{"count":1},"more":false}`, ""},
		{inBody, `"body": {"d": [1], "next": {"k": [2]}}`, `{"records":[1],"state":{"count":1,"cursor":{"k":[2]}},"more":true}`, ""},
		{inBody, `"body": {"d": [1], "next": {}}`, `{"records":[1],"state":{"count":1},"more":false}`, ""},
		{inBody, `"body": {"d": [1], "next": []}`, `{"records":[1],"state":{"count":1},"more":false}`, ""},
		{inBody, `"body": {"d": [1], "next": true}`, `{"records":[1],"state":{"count":1},"more":false}`, ""},
		{inBody, `"body": {"d": [1], "next": [{"a": 1}]}, "state": {"cursor": [{"a": 1}], "count": 1}`, "", flow.CodeHTTPBody},
		{byOffset, `"body": [1, 2, 3], "state": {"offset": 13, "count": 3}`, `{"records":[1,2,3],"state":{"count":6,"offset":16},"more":true}`, ""},
		{byOffset, `"body": [1, 2]`, `{"records":[1,2],"state":{"count":2,"offset":12},"more":false}`, ""},
		{byOffset, `"body": [1, 2, 3], "state": {"offset": 13, "count": 3}, "limit": 4`, `{"records":[1],"state":{"count":4,"offset":16},"more":false}`, ""},
		{byOffset, `"body": [1, 2, 3], "limit": 3`, `{"records":[1,2,3],"state":{"count":3,"offset":13},"more":false}`, ""},
		{byLast, `"body": {"d": [{"id": 1}, {"id": 2}], "more": true}`, `{"records":[{"id":1},{"id":2}],"state":{"count":2,"cursor":2},"more":true}`, ""},
		{byLast, `"body": {"d": [{"id": 1}, {"id": 2}], "more": false}`, `{"records":[{"id":1},{"id":2}],"state":{"count":2},"more":false}`, ""},
		{byLast, `"body": {"d": [{"id": 1}, {"id": 2}]}`, `{"records":[{"id":1},{"id":2}],"state":{"count":2},"more":false}`, ""},
		{byLast, `"body": {"d": [], "more": true}`, `{"records":[],"state":{"count":0},"more":false}`, ""},
		{byLast, `"body": {"d": [{"id": 2}], "more": true}, "state": {"cursor": 2, "count": 2}`, "", flow.CodeHTTPBody},
		{byLast, `"body": {"d": [{"id": 1}], "more": [1]}`, `{"records":[{"id":1}],"state":{"count":1,"cursor":1},"more":true}`, ""},
		{byLast, `"body": {"d": [{"id": 1}], "more": 0}`, `{"records":[{"id":1}],"state":{"count":1},"more":false}`, ""},
		{byPage, `"body": {"d": []}, "headers": {"x-more": "true"}, "state": {"page": 4, "count": 9}`, `{"records":[],"state":{"count":9,"page":5},"more":true}`, ""},
		{byPage, `"body": {"d": [1]}, "headers": {"x-more": "False"}`, `{"records":[1],"state":{"count":1},"more":false}`, ""},
		{offsets, `"body": {"d": [], "more": true}`, `{"records":[],"state":{"count":0,"offset":0},"more":false}`, ""},
		{offsets, `"body": {"d": [1], "more": {"x": 1}}`, `{"records":[1],"state":{"count":1,"offset":1},"more":true}`, ""},
		{odata, `"body": {"d": [1], "@odata.nextLink": "?page=3"}`, `{"records":[1],"state":{"count":1,"url":"https://a.example/list?page=3"},"more":true}`, ""},
		{byOffset, `"body": [1, 2, 3], "limit": 0`, `{"records":[1,2,3],"state":{"count":3,"offset":13},"more":true}`, ""},
	} {
		got, err := run(c.spec, c.extra)
		if flow.CodeOf(err) != c.code || err == nil && got.String() != c.want {
			t.Errorf("%s\ngives %s, %v\nwant  %s %s", c.extra, got, err, c.want, c.code)
		}
	}
	// A service that wants its cursor elsewhere gives the first page again and again.
	if _, err := run(byCursor, `"body": {"d": [1]}, "headers": {"x-next": "n2"}, "state": {"cursor": "n2", "count": 3}`); !strings.Contains(flow.AsError(err).Fix, `query parameter "c"`) {
		t.Errorf("the fix is %q", flow.AsError(err).Fix)
	}
}

// TestPageKey: the key of an operation is another one for each page, whatever the
// page is, and for a secret too; a page has the same one each time.
func TestPageKey(t *testing.T) {
	headers := func(key flow.Value) *flow.Object {
		return flow.Members("A", flow.Text("a"), "Idempotency-KEY", key).Object()
	}
	seen := map[string]bool{}
	for _, at := range []flow.Value{flow.Number(2), flow.Text("2"), flow.Text("3"), flow.ListOf(flow.Number(2)), flow.Members("k", flow.Number(2))} {
		for _, key := range []flow.Value{flow.Text("k"), flow.Number(5)} {
			got := pageKey(headers(key), at).String()
			if again := pageKey(headers(key), at).String(); seen[got] || again != got {
				t.Errorf("%s at %s: %s, %s", key, at, got, again)
			}
			seen[got] = true
		}
	}
	for _, key := range []flow.Value{flow.Text(""), flow.Null(), flow.ListOf(flow.Text("k"))} {
		if got := pageKey(headers(key), flow.Number(2)); !flow.Equal(got, headers(key).Value()) {
			t.Errorf("%s became %s", key, got)
		}
	}
	key, _ := pageKey(headers(flow.NewSecret("key", "sesame")), flow.Number(2)).Object().Get("Idempotency-KEY")
	flow.MapSecret(key, func(s string) string {
		if key.Kind() != flow.KindSecret || s != "sesame-d4735e3a265e16ee" {
			t.Errorf("%s, %q", key.Kind(), s)
		}
		return s
	})
}

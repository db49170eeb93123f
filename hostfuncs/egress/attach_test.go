package egress

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
)

// TestAttach: a credential goes on requests to hosts it is bound to, never
// replaces what the request carries, and is left out silently elsewhere.
func TestAttach(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }))
	defer server.Close()
	address := server.Listener.Addr().String()
	client := New(Config{Allow: []string{address}, Timeout: 5 * time.Second})
	defer client.Close()
	here, elsewhere := flow.NewSecret("k", "s3cr3t value", address), flow.NewSecret("k", "s3cr3t value", "api.example.com")
	broken := flow.NewSecret("k", "a\r\nX-Evil: 1", address)
	attach := func(in, field string, v flow.Value) []flow.Attachment {
		return []flow.Attachment{{In: in, Field: field, Value: v}}
	}
	for _, c := range []struct {
		name    string
		attach  []flow.Attachment
		headers []flow.Pair
		query   []flow.Pair
		url     string
		want    func() bool
	}{
		{"header", attach("header", "X-Key", here), nil, nil, "/", func() bool { return got.Header.Get("X-Key") == "s3cr3t value" }},
		{"header given", attach("header", "X-Key", here), []flow.Pair{{Name: "x-key", Value: flow.Text("own")}}, nil, "/",
			func() bool { return len(got.Header.Values("X-Key")) == 1 && got.Header.Get("X-Key") == "own" }},
		{"header elsewhere", attach("header", "X-Key", elsewhere), nil, nil, "/", func() bool { return got.Header.Get("X-Key") == "" }},
		{"header with a line break", attach("header", "X-Key", broken), nil, nil, "/", func() bool { return got.Header.Get("X-Key")+got.Header.Get("X-Evil") == "" }},
		{"query", attach("query", "key", here), nil, []flow.Pair{{Name: "a", Value: flow.Text("1")}}, "/?b=2",
			func() bool { return got.URL.RawQuery == "b=2&a=1&key=s3cr3t%20value" }},
		{"query given", attach("query", "key", here), nil, []flow.Pair{{Name: "key", Value: flow.Text("1")}}, "/", func() bool { return got.URL.RawQuery == "key=1" }},
		{"query in the address", attach("query", "key", here), nil, nil, "/?key=2", func() bool { return got.URL.RawQuery == "key=2" }},
		{"query elsewhere", attach("query", "key", elsewhere), nil, nil, "/", func() bool { return got.URL.RawQuery == "" }},
		{"cookie", attach("cookie", "sid", flow.NewSecret("k", "abc", address)), []flow.Pair{{Name: "Cookie", Value: flow.Text("x=1")}}, nil, "/",
			func() bool { return got.Header.Get("Cookie") == "x=1; sid=abc" }},
		{"cookie given", attach("cookie", "sid", here), []flow.Pair{{Name: "Cookie", Value: flow.Text("sid=own")}}, nil, "/",
			func() bool { return got.Header.Get("Cookie") == "sid=own" }},
	} {
		got = nil
		_, err := client.Fetch(t.Context(), &flow.Request{Method: "GET", URL: server.URL + c.url, Hosts: []string{address}, Headers: c.headers, Query: c.query, Attach: c.attach})
		if err != nil || got == nil || !c.want() {
			t.Errorf("%s: %v, %+v", c.name, err, got)
		}
	}
}

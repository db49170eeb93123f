package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fakeStripe answers as Stripe's API does: forms in, JSON out, a bearer key.
type fakeStripe struct {
	mu    sync.Mutex
	forms []string
}

func (f *fakeStripe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v) // a client that has gone is no fault of the server
	}
	if r.Header.Get("Authorization") != "Bearer sk_test_fake" {
		answer(401, map[string]any{"error": map[string]any{"message": "no key"}})
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		answer(400, map[string]any{"error": map[string]any{"message": "cannot be read"}})
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/customers":
		f.mu.Lock()
		f.forms = append(f.forms, r.Header.Get("Content-Type")+"\n"+string(body))
		f.mu.Unlock()
		answer(200, map[string]any{"id": "cus_1", "object": "customer", "email": "jane@example.com"})
	case "GET /v1/customers/cus_1":
		answer(200, map[string]any{"id": "cus_1", "object": "customer", "created": 1700000000})
	case "GET /v1/charges":
		if r.URL.RawQuery != "limit=2" {
			answer(400, map[string]any{"error": map[string]any{"message": "query " + r.URL.RawQuery}})
			return
		}
		answer(200, map[string]any{"data": []any{
			map[string]any{"id": "ch_1", "amount": 1250, "currency": "usd"},
			map[string]any{"id": "ch_2", "amount": 300, "currency": "eur"},
		}})
	default:
		answer(404, map[string]any{"error": map[string]any{"message": "no such resource"}})
	}
}

func TestStripeExample(t *testing.T) {
	const dir = "../../examples/stripe"
	if o := weir(t, "", "check", dir); o.code != exitDone || o.err != "" {
		t.Errorf("check: exit %d, %s", o.code, o.err)
	}
	if o := weir(t, "", "fmt", "--check", dir); o.code != exitDone {
		t.Errorf("fmt --check: exit %d, %s%s", o.code, o.out, o.err)
	}
	wasm := t.TempDir() + "/stripe.wasm"
	done(t, "build", dir, "-o", wasm)

	fake := &fakeStripe{}
	server := httptest.NewServer(fake)
	defer server.Close()
	key := write(t, t.TempDir()+"/key", "sk_test_fake\n")
	host := strings.TrimPrefix(server.URL, "http://")
	for _, c := range []struct{ flow, input, want string }{
		{
			"create_customer",
			`{"email": "jane@example.com", "name": "Jane Doe", "address": {"line1": "1 Weir Lane"}, "metadata": {"a": "1", "b c": "ü"}}`,
			`{"id":"cus_1","email":"jane@example.com"}`,
		},
		{"read_customer", `{"id": "cus_1"}`, `{"id":"cus_1","object":"customer","created":1700000000,"customer":{"created":1700000000,"id":"cus_1","object":"customer"}}`},
		{"list_charges", `{"limit": 2}`, `{"count":2,"charges":[{"id":"ch_1","line":"12.5 USD"},{"id":"ch_2","line":"3 EUR"}]}`},
		{"find_customer", `{"path": "/v1/customers/nobody"}`, `{"found":false,"status":404,"message":"HTTP Request Error: 404 Not Found"}`},
	} {
		o := weir(t, c.input, "run", wasm, c.flow, "--input", "-", "--set", "base_url="+server.URL,
			"--secret", "api_key=@"+key, "--allow-host", host)
		var out json.RawMessage
		if err := json.Unmarshal([]byte(o.out), &out); err != nil || o.code != exitDone {
			t.Errorf("%s %s: exit %d, %s%s", c.flow, c.input, o.code, o.out, o.err)
			continue
		}
		if got := compact(t, out); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.flow, c.input, got, c.want)
		}
	}
	const form = "application/x-www-form-urlencoded\n" +
		"email=jane%40example.com&name=Jane+Doe&address[line1]=1+Weir+Lane&metadata[a]=1&metadata[b+c]=%C3%BC"
	fake.mu.Lock()
	defer fake.mu.Unlock()
	if len(fake.forms) != 1 || fake.forms[0] != form {
		t.Errorf("Stripe got %q, want %q", fake.forms, form)
	}
}

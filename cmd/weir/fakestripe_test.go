package main

import (
	"encoding/json"
	"net/http"
)

// fakeStripe answers as Stripe's API does: forms in, JSON out, a bearer key.
type fakeStripe struct{}

func (*fakeStripe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v) // a client that has gone is no fault of the server
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer sk_test_fake":
		answer(401, map[string]any{"error": map[string]any{"message": "no key"}})
	case r.Method+" "+r.URL.Path == "POST /v1/customers" && r.PostFormValue("email") != "":
		answer(200, map[string]any{"id": "cus_1", "object": "customer", "email": r.PostFormValue("email")})
	default:
		answer(404, map[string]any{"error": map[string]any{"message": "no such resource"}})
	}
}

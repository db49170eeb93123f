package servers

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the tapes of the examples")

// startStripe starts stripe-mock, which checks requests by Stripe's own document.
func startStripe(t *testing.T) *server {
	t.Helper()
	mock := program(t, "stripe-mock")
	return start(t, time.Minute, "/", func(port string) []string { return []string{mock, "-http-port", port} })
}

// taped runs a flow that must succeed with its recording, which shows no secret
// and passes as a test without a server. With -update it becomes the example's.
func (u *user) taped(tape, connection, flow, input string, args ...string) map[string]any {
	u.Helper()
	path := filepath.Join(u.dir, filepath.Base(tape))
	out := u.run(connection, flow, input, append(args, "--record", path)...)
	u.spotless(path)
	if *update {
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(u.connector, "tests", tape), data, 0o644)
		}
		if err != nil {
			u.Fatal(err)
		}
	}
	return out
}

// TestServerStripe uses the Stripe example with both of its authentications.
func TestServerStripe(t *testing.T) {
	s := startStripe(t)
	u := newUser(t, example("stripe"), s)
	u.given = append(u.given, "--set", "base_url="+s.url)
	u.connect("Bearer", "--auth", "bearer", "--param", "api_key="+u.secret("bearer", "sk_test_bearer1234"))
	u.connect("Basic", "--auth", "basic", "--param", "secret_key="+u.secret("basic", "sk_test_basic5678"))

	for _, name := range []string{"Bearer", "Basic"} {
		// The mock refuses parameters that the document does not have, at any depth.
		out := u.taped("create_customer_"+strings.ToLower(name)+".tape.yaml", name, "create_customer", `{
			"email": "jane+weir@example.com", "name": "Jane & Joe", "languages": ["de", "en"],
			"address": {"line1": "1 Weir Lane", "city": "Portland", "postal_code": "97201", "country": "US"},
			"metadata": {"order": "7 & 8", "a b": "ü"}}`)
		u.want(name+" create_customer", out["email"], `"jane+weir@example.com"`)
		id, _ := out["id"].(string)
		if !strings.HasPrefix(id, "cus_") {
			t.Errorf("%s: created %q", name, id)
		}
		out = u.run(name, "read_customer", `{"id": "`+id+`"}`)
		u.want(name+" read_customer", out["id"], `"`+id+`"`)
		u.want(name+" read_customer", out["created"], `"2009-02-13T23:31:30.000Z"`)
		u.want(name+" find_customer", u.run(name, "find_customer", `{"id": "cus_1/none"}`),
			`{"email":"","found":false,"message":"404 Not Found"}`)
		u.want(name+" delete_customer", u.run(name, "delete_customer", `{"id": "cus_1"}`), `{"deleted":true}`)
		out = u.run(name, "list_charges", `{"limit": 3}`)
		u.want(name+" list_charges", out["count"], "1")
		u.want(name+" search_customers", u.run(name, "search_customers", `{"email": "a\"b\\c@example.com", "record_limit": 3}`)["count"], "1")

		// What the document does not allow.
		for _, c := range []struct{ input, request string }{
			{`{"relative_url": "/v1/customers", "params": {"metadata": 1}}`, "POST"},
			{`{"relative_url": "/v1/customers", "params": {"address": {"line1": {"a": "b"}}}}`, "POST"},
			{`{"relative_url": "/v1/customers", "params": {"planet": "Earth"}}`, "POST"},
			{`{"relative_url": "/v1/customers", "query": {"limit": "many"}}`, "GET"},
		} {
			if f := u.fails(name, "custom_api_action", c.input, "--option", "request_type="+c.request); f.Code != "http.status" || f.Status != 400 {
				t.Errorf("%s %s: %+v", name, c.input, f)
			}
		}
		out = u.run(name, "custom_api_action", `{"relative_url": "/v1/payment_intents", "params": {"amount": 1099, "currency": "eur",
			"automatic_payment_methods": {"enabled": true}, "shipping": {"name": "Jane", "address": {"line1": "1 Weir Lane"}}}}`, "--option", "request_type=POST")
		u.want(name+" custom_api_action", out["status_code"], "200")
	}

	u.want("the tape of list_charges", u.taped("list_charges.tape.yaml", "Basic", "list_charges", `{"limit": 1}`)["count"], "1")
	if f := u.fails("", "list_charges", `{}`); f.Status != 401 {
		t.Errorf("without a connection: %+v", f)
	}
	// The server tells what it got: not to people.
	o := u.weir(append(append([]string{"connect", u.connector, "--name", "Wrong", "--auth", "bearer", "--param", "api_key=" + u.secret("wrong", "not-a-key-of-stripe")}, u.given...), u.vault()...)...)
	if o.code != 1 || !strings.Contains(o.out, "health     failed") || !strings.Contains(o.out, "401") {
		t.Errorf("a wrong key: exit %d\n%s%s", o.code, o.out, o.err)
	}
	// The connection goes where it was bound to, and nowhere else.
	other := startStripe(t)
	elsewhere := *u
	elsewhere.given = []string{"--allow-host", other.host, "--set", "base_url=" + other.url}
	if f := elsewhere.fails("Bearer", "list_charges", `{}`); f.Status != 401 {
		t.Errorf("attached for another host: %+v", f)
	}
	if f := elsewhere.fails("Basic", "list_charges", `{}`); f.Code != "egress.secret_host" {
		t.Errorf("sent to another host: %+v", f)
	}
	if out := u.done("test", u.connector); !strings.Contains(out, "passed") {
		t.Errorf("weir test printed %s", out)
	}
}

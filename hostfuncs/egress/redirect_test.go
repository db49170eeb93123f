package egress

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// TestRedirectAway sends everything worth stealing to a server that redirects to
// another one, in every way there is, and looks whether that one was called.
func TestRedirectAway(t *testing.T) {
	cage := newCanary(t)
	attacker := "127.0.0.1:" + cage.port
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, redirects := range []int{0, 1, 3, 100} {
			for _, location := range []string{
				"http://" + attacker + "/", "//" + attacker + "/", "https://" + attacker + "/", "http://[::1]:" + cage.port + "/", "http://localhost:" + cage.port + "/",
				"http://2130706433:" + cage.port + "/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "file:///etc/passwd", "ftp://" + attacker + "/",
				"https://SELF/", "http://user:pass@SELF/", "http://SELF@" + attacker + "/", `http://SELF\@` + attacker + "/", "http://SELF:" + cage.port, "", "http://%zz/", "javascript:1",
			} {
				var self string
				self = serve(t, func(w http.ResponseWriter, _ *http.Request) {
					if location != "" {
						w.Header().Set("Location", strings.ReplaceAll(location, "SELF", self))
					}
					w.WriteHeader(status)
				})
				cl := client(t, Config{}, self, attacker, "[::1]:"+cage.port)
				req := &flow.Request{
					Method: "POST", URL: "http://" + self + "/start", Hosts: []string{self, attacker, "localhost:" + cage.port, "[::1]:" + cage.port},
					Query:   []flow.Pair{{Name: "key", Value: flow.NewSecret("key", "query-secret", self, attacker)}},
					Headers: []flow.Pair{{Name: "X-Api-Key", Value: flow.NewSecret("key", "header-secret", self, attacker)}, {Name: "Authorization", Value: flow.Text("Bearer t")}},
					Body:    flow.NewSecret("body", "body-secret", self, attacker), Redirects: redirects,
				}
				_, err := cl.Fetch(t.Context(), req)
				what := fmt.Sprintf("%d to %q, %d redirects allowed", status, location, redirects)
				wantCode(t, what, err, flow.CodeEgressRedirect)
				if err != nil && flow.AsError(err).Status != status {
					t.Errorf("%s: error status %d", what, flow.AsError(err).Status)
				}
			}
		}
	}
	cage.untouched(t)
}

func TestRedirectHome(t *testing.T) {
	for _, c := range []struct {
		status         int
		method, body   string
		wantMethod     string
		wantBody, want string // want: Content-Type and Idempotency-Key at the end
	}{
		{301, "GET", "", "GET", "", "text/x key"},
		{301, "POST", "b", "GET", "", " "},
		{302, "POST", "b", "GET", "", " "},
		{302, "PUT", "b", "PUT", "b", "text/x key"},
		{303, "POST", "b", "GET", "", " "},
		{303, "PUT", "b", "GET", "", " "},
		{303, "HEAD", "", "HEAD", "", "text/x key"},
		{307, "POST", "b", "POST", "b", "text/x key"},
		{308, "PATCH", "b", "PATCH", "b", "text/x key"},
	} {
		var got string
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a/start" {
				w.Header().Set("Location", "../end?x=%20y|#frag")
				w.WriteHeader(c.status)
				return
			}
			body, _ := io.ReadAll(r.Body)
			got = fmt.Sprint(r.Method, " ", r.RequestURI, " ", string(body), " ", r.Header.Get("X-Key"), " ", r.Header.Get("Referer"), " ",
				r.Header.Get("Content-Type"), " ", r.Header.Get("Idempotency-Key"))
		})
		req := &flow.Request{
			Method: c.method, URL: "http://" + address + "/a/start", Hosts: []string{address}, Body: flow.Text(c.body), Redirects: 1, IdempotencyKey: "key",
			Query:   []flow.Pair{{Name: "first", Value: flow.Text("1")}},
			Headers: []flow.Pair{{Name: "X-Key", Value: flow.Text("k")}, {Name: "Content-Type", Value: flow.Text("text/x")}},
		}
		_, err := client(t, Config{}, address).Fetch(t.Context(), req)
		want := c.wantMethod + " /end?x=%20y%7C " + c.wantBody + " k  " + c.want
		if err != nil || got != want {
			t.Errorf("%d after %s: got %q (%v), want %q", c.status, c.method, got, err, want)
		}
	}
}

func TestRedirectChain(t *testing.T) {
	var calls int
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		w.Header().Set("Location", r.URL.Path+"x")
		w.WriteHeader(302)
	})
	for _, c := range []struct{ allowed, calls int }{{0, 1}, {1, 2}, {3, 4}, {50, 4}} {
		calls = 0
		req := get("http://" + address + "/")
		req.Redirects = c.allowed
		_, err := client(t, Config{}, address).Fetch(t.Context(), req)
		wantCode(t, fmt.Sprint(c.allowed, " redirects allowed"), err, flow.CodeEgressRedirect)
		if calls != c.calls {
			t.Errorf("%d redirects allowed: %d requests, want %d", c.allowed, calls, c.calls)
		}
	}
}

// TestDowngrade redirects from https to http on the same host and port.
func TestDowngrade(t *testing.T) {
	var calls int
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		w.Header().Set("Location", "http://"+r.Host+"/")
		w.WriteHeader(307)
	})
	address := s.Listener.Addr().String()
	req := get("https://" + address + "/")
	req.Redirects = 3
	_, err := client(t, Config{Roots: rootsOf(s)}, address).Fetch(t.Context(), req)
	wantCode(t, "https to http", err, flow.CodeEgressRedirect)
	if calls != 1 {
		t.Errorf("%d requests, want 1", calls)
	}
}

// TestOtherStatuses are answers, also where they begin with 3.
func TestOtherStatuses(t *testing.T) {
	for _, status := range []int{200, 204, 300, 304, 400, 404, 429, 500, 599, 999} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://example.com/")
			w.WriteHeader(status)
		})
		res, err := client(t, Config{}, address).Fetch(t.Context(), get("http://"+address+"/"))
		if err != nil || res.Status != status {
			t.Errorf("status %d: %v, %v", status, res, err)
		}
	}
}

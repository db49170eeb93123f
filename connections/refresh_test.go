package connections

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirflow/weir/flow"
)

// bearer is the access token that a run is given.
func bearer(t *testing.T, c *flow.Connection, err error) string {
	t.Helper()
	if err != nil {
		return flow.AsError(err).Error()
	}
	s, err := flow.OpenSecret(c.Values["access_token"], "api.tracker.example", "")
	if err != nil {
		t.Error(err)
	}
	return strings.ReplaceAll(s, canary, "x")
}

// expire makes the stored token one that expired a second ago.
func expire(t *testing.T, v Vault, id string) {
	t.Helper()
	r := must[*Record](t)(v.Get(t.Context(), "local", id))
	r.Token.Obtained, r.Token.Expiry = r.Token.Obtained.Add(-time.Hour), time.Now().Add(-time.Second)
	if err := v.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// TestOneRefresh: fifty users of an expired token, over two vaults as if in two
// processes, make one request and all get what it gave.
func TestOneRefresh(t *testing.T) {
	dir := t.TempDir()
	server := &rotating{ttl: 3600}
	w := newWeb()
	w.serve("id.example", server.ServeHTTP)
	managers := []*Manager{newManager(t, openVault(t, dir), w), newManager(t, openVault(t, dir), w)}
	c := connector(codeAuth())
	view := connectCode(t, managers[0], c)
	expire(t, openVault(t, dir), view.ID)
	var wg sync.WaitGroup
	got := make([]string, 50)
	for i := range got {
		wg.Go(func() {
			conn, err := managers[i%2].Open(t.Context(), c.Manifest, "local", view.ID)
			got[i] = bearer(t, conn, err)
		})
	}
	wg.Wait()
	for i, s := range got {
		if s != "access-x-2" {
			t.Errorf("user %d got %s", i, s)
		}
	}
	if n := server.count(); n != 2 || server.dead {
		t.Errorf("%d tokens were given, want 2", n)
	}
}

// The process that TestOneRefreshOfProcesses starts.
const (
	childToken = "WEIR_TEST_CHILD_TOKEN"
	childID    = "WEIR_TEST_CHILD_ID"
	childDir   = "WEIR_TEST_CHILD_DIR"
)

// remote is a Fetcher over real sockets, for children of the test.
type remote struct{ base string }

func (r remote) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	body, err := flow.OpenSecret(req.Body, "id.example", "")
	if err != nil {
		return nil, err
	}
	out, err := http.NewRequestWithContext(ctx, req.Method, r.base, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(out)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return &flow.Response{Status: res.StatusCode, Body: text}, err
}

func TestOneRefreshOfProcesses(t *testing.T) {
	c := connector(codeAuth())
	if base := os.Getenv(childToken); base != "" {
		m := newManager(t, openVault(t, os.Getenv(childDir)), remote{base})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				conn, err := m.Open(t.Context(), c.Manifest, "local", os.Getenv(childID))
				fmt.Println("got", bearer(t, conn, err))
			})
		}
		wg.Wait()
		return
	}
	dir := t.TempDir()
	server := &rotating{ttl: 3600}
	hs := httptest.NewServer(server)
	defer hs.Close()
	m := newManager(t, openVault(t, dir), remote{hs.URL})
	view := connectCode(t, m, c)
	expire(t, openVault(t, dir), view.ID)
	var wg sync.WaitGroup
	out := make([]string, 5)
	for i := range out {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestOneRefreshOfProcesses$")
			cmd.Env = append(os.Environ(), childToken+"="+hs.URL, childDir+"="+dir, childID+"="+view.ID)
			b, err := cmd.CombinedOutput()
			out[i] = string(b)
			if err != nil {
				t.Errorf("child: %v\n%s", err, b)
			}
		})
	}
	wg.Wait()
	all := strings.Join(out, "")
	if n := strings.Count(all, "got access-x-2\n"); n != 50 {
		t.Errorf("%d of 50 users got the new token:\n%s", n, all)
	}
	if n := server.count(); n != 2 || server.dead {
		t.Errorf("%d tokens were given, want 2", n)
	}
}

// stalling is a vault whose Put can be made to wait or to fail.
type stalling struct {
	Vault
	fail  atomic.Int64 // so many Puts fail
	gate  atomic.Pointer[chan struct{}]
	begun chan struct{}
}

func (v *stalling) Put(ctx context.Context, r *Record) error {
	if v.fail.Add(-1) >= 0 {
		return flow.Errorf(flow.CodeVaultIO, "no space left on device")
	}
	if g := v.gate.Load(); g != nil {
		v.begun <- struct{}{}
		<-*g
	}
	return v.Vault.Put(ctx, r)
}

// TestRotationIsStoredBeforeUse: nobody gets the new token before it is on disk,
// and nobody gets one that could not be stored.
func TestRotationIsStoredBeforeUse(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := &rotating{ttl: 600}
		w := newWeb()
		w.serve("id.example", server.ServeHTTP)
		disk := openVault(t, dir)
		v := &stalling{Vault: disk, begun: make(chan struct{})}
		m := newManager(t, v, w)
		c := connector(codeAuth())
		view := connectCode(t, m, c)
		time.Sleep(time.Hour)

		gate := make(chan struct{})
		v.gate.Store(&gate)
		opened := make(chan string, 1)
		go func() {
			conn, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
			opened <- bearer(t, conn, err)
		}()
		<-v.begun
		synctest.Wait()
		select {
		case s := <-opened:
			t.Errorf("got %s before it was stored", s)
		default:
		}
		if n := server.count(); n != 2 {
			t.Fatalf("%d tokens were given", n)
		}
		v.gate.Store(nil)
		close(gate)
		if s := <-opened; s != "access-x-2" {
			t.Errorf("got %s", s)
		}
		stored := must[*Record](t)(disk.Get(t.Context(), "local", view.ID))
		if stored.Token.Refresh.reveal() != server.current {
			t.Error("the refresh token on disk is not the current one")
		}

		time.Sleep(time.Hour)
		v.fail.Store(1)
		conn, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
		if s := bearer(t, conn, err); s != "access-x-3" {
			t.Errorf("a disk that failed once: %s", s)
		}
		time.Sleep(time.Hour)
		v.fail.Store(storeAttempts)
		_, err = m.Open(t.Context(), c.Manifest, "local", view.ID)
		wantCode(t, "a disk that fails", err, flow.CodeVaultIO)
	})
}

// TestInvalidGrant: a refused refresh token is sent once, whatever comes after.
func TestInvalidGrant(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := &rotating{ttl: 600}
		w := newWeb()
		w.serve("id.example", server.ServeHTTP)
		m := newManager(t, openVault(t, dir), w)
		c := connector(codeAuth())
		c.Manifest.Flows = []flow.FlowInfo{{Key: "_authping", Type: flow.FlowAuthping}}
		c.RunFlow = func(context.Context, string, *flow.Connection) (flow.Value, error) {
			return flow.Members("working", flow.Bool(true)), nil
		}
		view := connectCode(t, m, c)
		server.mu.Lock()
		server.dead = true
		server.mu.Unlock()
		before := len(w.requests())
		for round := range 5 {
			time.Sleep(time.Hour)
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					_, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
					wantCode(t, fmt.Sprint("round ", round), err, flow.CodeConnectionReauthorize)
				})
			}
			wg.Wait()
			view = must[View](t)(m.Test(t.Context(), c, "local", view.ID))
			if view.State != StateReauthorize || view.Health == "" {
				t.Errorf("state %+v", view)
			}
			clean(t, "the view", view)
		}
		if n := len(w.requests()) - before; n != 1 {
			t.Errorf("the refresh token was sent %d times", n)
		}

		// A person's authorization mends it, and nothing is lost.
		server.mu.Lock()
		server.dead = false
		server.mu.Unlock()
		d := must[*Draft](t)(m.Reauthorize(t.Context(), c, "local", view.ID))
		s := must[*Session](t)(m.Begin(t.Context(), d, Answers{}, "http://127.0.0.1:4321"))
		mended := must[View](t)(m.Finish(t.Context(), s, answerTo(t, s, url.Values{"code": {"code"}, "iss": {"https://id.example"}})))
		if mended.State != StateOK || mended.ID != view.ID || mended.Health != "" {
			t.Errorf("mended: %+v", mended)
		}
		time.Sleep(time.Hour)
		if _, err := m.Open(t.Context(), c.Manifest, "local", view.ID); err != nil {
			t.Error(err)
		}
	})
}

// TestTransientFaults are tried again, a few times, with pauses.
func TestTransientFaults(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := &rotating{ttl: 600}
		w := newWeb()
		w.serve("id.example", server.ServeHTTP)
		m := newManager(t, openVault(t, dir), w)
		c := connector(codeAuth())
		view := connectCode(t, m, c)
		var left atomic.Int64
		flaky := func(status int, header, body string) http.HandlerFunc {
			return func(rw http.ResponseWriter, r *http.Request) {
				if left.Add(-1) >= 0 {
					rw.Header().Set("Retry-After", header)
					answers(status, "application/json", body)(rw, r)
					return
				}
				server.ServeHTTP(rw, r)
			}
		}
		requests := func() int { return len(w.requests()) }
		for _, k := range []struct {
			what        string
			faults      int64
			status      int
			after, body string
			requests    int
			least, most time.Duration
			want        flow.Code
		}{
			{"two faults", 2, 503, "", canary, 3, time.Second, 3 * time.Second, ""},
			{"one fault, to be tried later", 1, 429, "7", canary, 2, 7 * time.Second, 7 * time.Second, ""},
			{"a passing error", 1, 400, "", `{"error":"temporarily_unavailable"}`, 2, time.Second / 2, time.Second, ""},
			{"three faults", 3, 502, "", canary, 3, time.Second, 3 * time.Second, flow.CodeOAuthUnavailable},
			{"a fault, to be tried much later", 1, 503, "3600", canary, 1, 0, 0, flow.CodeOAuthUnavailable},
			{"a date that is no wait", 1, 503, "Wed, 21 Oct 2026 07:28:00 GMT", canary, 2, time.Second / 2, time.Second, ""},
		} {
			time.Sleep(time.Hour)
			left.Store(k.faults)
			w.serve("id.example", flaky(k.status, k.after, k.body))
			before, start := requests(), time.Now()
			_, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
			wantCode(t, k.what, err, k.want)
			if n := requests() - before; n != k.requests {
				t.Errorf("%s: %d requests, want %d", k.what, n, k.requests)
			}
			if took := time.Since(start); took < k.least || took > k.most {
				t.Errorf("%s: took %s, want %s to %s", k.what, took, k.least, k.most)
			}
			if v := must[View](t)(m.Get(t.Context(), "local", view.ID)); v.State != StateOK {
				t.Errorf("%s: state %s", k.what, v.State)
			}
		}
	})
}

// TestExpiryBuffer: a token is renewed before it expires; while the server is
// away, what is left of its life is used.
func TestExpiryBuffer(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := &rotating{ttl: 600}
		w := newWeb()
		w.serve("id.example", server.ServeHTTP)
		m := newManager(t, openVault(t, dir), w)
		c := connector(codeAuth())
		view := connectCode(t, m, c)
		opens := func(want string) {
			t.Helper()
			conn, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
			if got := bearer(t, conn, err); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		time.Sleep(539 * time.Second)
		opens("access-x-1")
		time.Sleep(2 * time.Second)
		opens("access-x-2")
		time.Sleep(541 * time.Second)
		w.serve("id.example", answers(503, "", ""))
		opens("access-x-2")
		time.Sleep(60 * time.Second)
		_, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
		wantCode(t, "expired, and the server away", err, flow.CodeOAuthUnavailable)
		w.serve("id.example", server.ServeHTTP)
		server.mu.Lock()
		server.ttl = 50 // a fifth of it is the buffer
		server.mu.Unlock()
		opens("access-x-3")
		time.Sleep(39 * time.Second)
		opens("access-x-3")
		time.Sleep(2 * time.Second)
		opens("access-x-4")
	})
}

// TestRefusedRenewals: refusals other than invalid_grant are told, kept as the
// state, and asked about again when the connection is next used.
func TestRefusedRenewals(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := &rotating{ttl: 600}
		w := newWeb()
		w.serve("id.example", server.ServeHTTP)
		m := newManager(t, openVault(t, dir), w)
		c := connector(codeAuth())
		view := connectCode(t, m, c)
		for what, k := range map[string]struct {
			h    http.HandlerFunc
			want flow.Code
		}{
			"a client that is not known": {answers(401, "application/json", `{"error":"invalid_client"}`), flow.CodeOAuthRefused},
			"an error page":              {answers(404, "text/html", "<h1>"+canary), flow.CodeOAuthRefused},
			"no token":                   {gives(`{"token":"` + canary + `"}`), flow.CodeOAuthAnswer},
		} {
			time.Sleep(time.Hour)
			w.serve("id.example", k.h)
			before := len(w.requests())
			_, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
			wantCode(t, what, err, k.want)
			v := must[View](t)(m.Get(t.Context(), "local", view.ID))
			clean(t, what, v)
			if n := len(w.requests()) - before; n != 1 || v.State != StateFailed || v.Health == "" {
				t.Errorf("%s: %d requests, %+v", what, n, v)
			}
		}
		w.serve("id.example", server.ServeHTTP)
		conn, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
		if got := bearer(t, conn, err); got != "access-x-2" {
			t.Errorf("got %s", got)
		}
		if v := must[View](t)(m.Get(t.Context(), "local", view.ID)); v.State != StateOK || v.Health != "" {
			t.Errorf("mended: %+v", v)
		}
	})
}

func TestNoRefreshToken(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWeb()
		w.serve("id.example", gives(`{"access_token":"a-`+canary+`","expires_in":600}`))
		m := newManager(t, openVault(t, dir), w)
		c := connector(codeAuth())
		view := connectCode(t, m, c)
		time.Sleep(590 * time.Second)
		conn, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
		if got := bearer(t, conn, err); got != "a-x" {
			t.Errorf("used to its end: %s", got)
		}
		time.Sleep(20 * time.Second)
		for range 2 {
			_, err = m.Open(t.Context(), c.Manifest, "local", view.ID)
			wantCode(t, "expired", err, flow.CodeConnectionReauthorize)
		}
		if n := len(w.requests()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestRefreshKeepsWhatIsNotSaid: a refresh answer without refresh token and
// scope leaves those that there are; the refresh address is the declared one.
func TestRefreshKeepsWhatIsNotSaid(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWeb()
		w.serve("id.example", gives(`{"access_token":"a","refresh_token":"r-`+canary+`","scope":"read","expires_in":600}`))
		w.serve("refresh.example", gives(`{"access_token":"b","expires_in":600}`))
		m := newManager(t, openVault(t, dir), w)
		a := codeAuth()
		a.OAuth2.RefreshURL = "https://refresh.example/again"
		a.OAuth2.ClientAuth = flow.ClientAuthPost
		c := connector(a)
		view := connectCode(t, m, c)
		for range 3 {
			time.Sleep(time.Hour)
			conn, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
			if got := bearer(t, conn, err); got != "b" {
				t.Errorf("got %s", got)
			}
		}
		v := must[View](t)(m.Get(t.Context(), "local", view.ID))
		if fmt.Sprint(v.Scopes) != "[read]" {
			t.Errorf("scopes %v", v.Scopes)
		}
		for i, r := range w.requests()[1:] {
			if r.host != "refresh.example" || r.form.Get("refresh_token") != "r-"+canary || r.form.Get("client_secret") != "s-"+canary || r.header.Get("Authorization") != "" {
				t.Errorf("refresh %d went to %s with %d members", i, r.host, len(r.form))
			}
		}
	})
}

// TestGivingUpDoesNotStopOthers: the one who asked first leaves, the renewal
// goes on for those who wait.
func TestGivingUpDoesNotStopOthers(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := &rotating{ttl: 600}
		w := newWeb()
		w.serve("id.example", server.ServeHTTP)
		m := newManager(t, openVault(t, dir), w)
		c := connector(codeAuth())
		view := connectCode(t, m, c)
		time.Sleep(time.Hour)
		w.serve("id.example", func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(5 * time.Second)
			server.ServeHTTP(rw, r)
		})
		first, leave := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			leave()
		}()
		go func() {
			_, err := m.Open(first, c.Manifest, "local", view.ID)
			wantCode(t, "the one who leaves", err, flow.CodeRunCancelled)
		}()
		time.Sleep(time.Second / 2)
		conn, err := m.Open(t.Context(), c.Manifest, "local", view.ID)
		if got := bearer(t, conn, err); got != "access-x-2" {
			t.Errorf("the one who stays: %s", got)
		}
	})
}

// BenchmarkOpen measures what a run pays for a connection whose token is fresh,
// in a vault of a hundred.
func BenchmarkOpen(b *testing.B) {
	w := newWeb()
	key, err := ParseKey([]byte(testKey))
	if err != nil {
		b.Fatal(err)
	}
	v, err := OpenFile(b.Context(), b.TempDir()+"/vault", key)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 100 {
		r := sampleRecord()
		r.ID, r.Name, r.Token.Expiry = fmt.Sprint(i), fmt.Sprint(i), time.Now().Add(time.Hour)
		if err := v.Put(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
	m, err := New(Config{Vault: v, HTTP: w})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("fresh", func(b *testing.B) {
		for b.Loop() {
			if _, err := m.Open(b.Context(), nil, "local", "50"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("store", func(b *testing.B) {
		r, err := v.Get(b.Context(), "local", "50")
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := v.Put(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/internal/canary"
)

// secretMark stands in every secret of these tests and nowhere else.
const secretMark = "cAnArY"

// fakeService is a service with every way to authenticate, on loopback.
type fakeService struct {
	mu        sync.Mutex
	challenge string
	redirect  string
	tokens    int
	revoked   []string
	deny      bool
	base      string // http://localhost:PORT
	host      string
}

func newFakeService(t *testing.T) *fakeService {
	t.Helper()
	s := &fakeService{}
	hs := httptest.NewServer(s)
	t.Cleanup(hs.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(hs.URL, "http://"), ":")
	s.host = "localhost:" + port
	s.base = "http://" + s.host
	return s
}

func (s *fakeService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = r.ParseForm()
	switch r.URL.Path {
	case "/authorize":
		s.challenge, s.redirect = r.Form.Get("code_challenge"), r.Form.Get("redirect_uri")
		back := url.Values{"state": {r.Form.Get("state")}, "iss": {s.base}, "code": {"c-" + secretMark}}
		if s.deny {
			back.Del("code")
			back.Set("error", "access_denied")
		}
		http.Redirect(w, r, s.redirect+"?"+back.Encode(), http.StatusFound)
	case "/token":
		sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
		right := r.Form.Get("client_id") == "app" && r.Form.Get("client_secret") == "s-"+secretMark
		if r.Form.Get("grant_type") == "authorization_code" {
			right = right && r.Form.Get("code") == "c-"+secretMark && r.Form.Get("redirect_uri") == s.redirect &&
				base64.RawURLEncoding.EncodeToString(sum[:]) == s.challenge
		}
		if !right {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":"%s"}`, secretMark)
			return
		}
		s.tokens++
		fmt.Fprintf(w, `{"access_token":"t%d-%s","refresh_token":"r%d-%s","expires_in":3600}`, s.tokens, secretMark, s.tokens, secretMark)
	case "/revoke":
		s.revoked = append(s.revoked, r.Header.Get("Authorization"))
	case "/me":
		basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("jane:p-"+secretMark))
		if a := r.Header.Get("Authorization"); a != fmt.Sprintf("Bearer t%d-%s", s.tokens, secretMark) && a != basic {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"message":"not %s"}`, a) // services echo what they got
			return
		}
		_, _ = io.WriteString(w, `{"name":"Jane"}`)
	}
}

// connector writes a connector of the service with one authentication.
func (s *fakeService) connector(t *testing.T, auth string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir+"/connector.yaml", "key: tracker\nname: Tracker\nversion: 1.0.0\nhosts: [\""+s.host+"\"]\nauth:\n"+auth)
	write(t, dir+"/flows/me.yaml", `
type: action
outputs: {name: text}
steps:
  - name: me
    card: http.get
    with: {Request: {URL: `+s.base+`/me}}
  - name: name
    card: object.get
    with: {object: "${me.Response.Body}", path: name}
  - return: {name: "${name.output}"}
`)
	write(t, dir+"/flows/_authping.yaml", `
type: authping
steps:
  - name: asked
    try:
      - name: me
        card: http.get
        with: {Request: {URL: `+s.base+`/me}}
      - return: {status: 200, message: fine}
    if_error:
      - return: {status: "${error.statusCode}", message: "${error.message}"}
    outputs: {status: number, message: text}
  - name: working
    card: boolean.compare
    with: {left-operand: "${asked.status}", operator: "==", right-operand: 200}
  - return:
      working: ${working.result}
      serviceResponse: {statusCode: "${asked.status}", message: "${asked.message}"}
`)
	write(t, dir+"/flows/revoke.yaml", `
type: revoke
steps:
  - card: http.post
    with: {Request: {URL: `+s.base+`/revoke}}
`)
	return dir
}

const basicAuth = "  - {key: login, type: basic, attach: true, password: {label: API token}}\n"

func (s *fakeService) codeAuth() string {
	return "  - {key: oauth, type: oauth2, grant: authorization_code, attach: true, issuer: " + s.base + ", authorize_url: " + s.base + "/authorize, token_url: " +
		s.base + "/token, client: {auth: post}, scopes: [{name: read}]}\n"
}

func (s *fakeService) clientAuth() string {
	return "  - {key: machine, type: oauth2, grant: client_credentials, attach: true, token_url: " + s.base + "/token, client: {auth: post}}\n"
}

// kept is a vault with its key file, and the flags that name them.
func kept(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	return []string{"--vault", dir + "/vault", "--key-file", dir + "/key"}
}

// spotless fails where an invocation or a vault shows a secret.
func spotless(t *testing.T, o outcome, flags []string) {
	t.Helper()
	canary.Check(t, "what is printed", []byte(o.out+o.err), secretMark)
	if raw, err := os.ReadFile(flags[1]); err == nil {
		canary.Check(t, "the vault", raw, secretMark)
	}
}

// join appends flags to a command line.
func join(args []string, flags ...string) []string {
	return append(append([]string(nil), args...), flags...)
}

func TestConnectWithPassword(t *testing.T) {
	s := newFakeService(t)
	dir := s.connector(t, basicAuth)
	flags := kept(t)
	local := join(flags, "--allow-host", s.host)
	run := func(stdin string, code int, args ...string) outcome {
		t.Helper()
		o := weir(t, stdin, args...)
		if o.code != code {
			t.Fatalf("weir %s: exit %d, want %d\n%s%s", strings.Join(args, " "), o.code, code, o.out, o.err)
		}
		spotless(t, o, flags)
		return o
	}
	o := run("jane\np-"+secretMark+"\n", 0, join([]string{"connect", dir, "--name", "Mine"}, local...)...)
	for _, want := range []string{"Username: ", "API token: ", "made the key file"} {
		if !strings.Contains(o.err, want) {
			t.Errorf("stderr lacks %q:\n%s", want, o.err)
		}
	}
	if !strings.Contains(o.out, "Mine  ") || !strings.Contains(o.out, "health     ok") {
		t.Errorf("printed:\n%s", o.out)
	}
	for _, name := range []string{flags[1], flags[3]} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}

	if o = run("", 0, join([]string{"run", dir, "me", "--connection", "mine"}, local...)...); strings.TrimSpace(o.out) != "{\n  \"name\": \"Jane\"\n}" {
		t.Errorf("the run gave %s", o.out)
	}
	run("", 1, join([]string{"run", dir, "me", "--connection", "other"}, local...)...)
	// The same connection in the slot of another connector.
	guest := t.TempDir()
	write(t, guest+"/connector.yaml", "key: guest\nname: Guest\nversion: 0.1.0\nconnections: {theirs: {connector: tracker}}\n")
	write(t, guest+"/flows/me.yaml", "outputs: {name: text}\nsteps:\n  - name: me\n    card: http.get\n    connection: theirs\n    with: {Request: {URL: "+s.base+"/me}}\n  - return: {name: '${me.Response.Body.name}'}\n")
	if o = run("", 0, join([]string{"run", guest, "me", "--slot", "theirs=mine"}, local...)...); !strings.Contains(o.out, "Jane") {
		t.Errorf("the run with a slot gave %s", o.out)
	}
	if o = run("", 1, join([]string{"run", guest, "me"}, local...)...); !strings.Contains(o.err, "connection.slot") {
		t.Errorf("the run without a slot said %s", o.err)
	}
	run("", 1, join([]string{"run", guest, "me", "--slot", "theirs=other"}, local...)...)
	run("", 2, join([]string{"run", guest, "me", "--slot", "ours=mine"}, local...)...)
	if o = run("", 2, join([]string{"run", guest, "me", "--slot", "theirs=mine", "--record", guest + "/a.tape.yaml"}, local...)...); !strings.Contains(o.err, "write the test with http and slots") {
		t.Errorf("a recording with a slot said %s", o.err)
	}
	run("", 0, join([]string{"connections", "test", dir, "Mine"}, local...)...)
	var list []connections.View
	if err := json.Unmarshal([]byte(run("", 0, join([]string{"connections", "list", "--json"}, flags...)...).out), &list); err != nil || len(list) != 1 || list[0].State != "ok" || list[0].Values["username"] != "jane" {
		t.Fatalf("lists %+v, %v", list, err)
	}
	if o = run("", 0, join([]string{"connections", "list", "other"}, flags...)...); o.out != "" {
		t.Errorf("lists for another connector: %s", o.out)
	}
	run("", 0, join([]string{"connections", "rename", "Mine", "Ours", "--description", "for all"}, flags...)...)
	if o = run("", 0, join([]string{"connections", "show", list[0].ID, "--json"}, flags...)...); !strings.Contains(o.out, `"name": "Ours"`) || !strings.Contains(o.out, `"for all"`) {
		t.Errorf("shows %s", o.out)
	}
	run("", 0, join([]string{"connections", "rotate-key"}, flags...)...)
	next := filepath.Join(t.TempDir(), "next")
	if o = run("", 0, join([]string{"connections", "rotate-key", "--keep-old", "--new-key-file", next, "--json"}, flags...)...); !strings.Contains(o.out, `"dataKeys": 2`) {
		t.Errorf("rotated: %s", o.out)
	}
	if o = run("", 1, join([]string{"connections", "list"}, flags...)...); !strings.Contains(o.err, "vault.key") {
		t.Errorf("the old key: %s", o.err)
	}
	flags[3], local[3] = next, next

	// A wrong password: stored, told, and mended.
	o = run("\nwrong-"+secretMark+"\n", 1, join([]string{"connections", "reauthorize", dir, "Ours"}, local...)...)
	if !strings.Contains(o.out, "failed") || !strings.Contains(o.err, "[jane]") || !strings.Contains(o.err, "[as it is]") {
		t.Errorf("printed:\n%s%s", o.out, o.err)
	}
	run("", 1, join([]string{"connections", "test", dir, "Ours", "--json"}, local...)...)
	file := write(t, t.TempDir()+"/password", "p-"+secretMark+"\n")
	run("", 0, join([]string{"connections", "reauthorize", dir, "Ours", "--param", "password=@" + file}, local...)...)

	if o = run("", 0, join([]string{"connections", "delete", dir, "Ours"}, local...)...); !strings.Contains(o.out, "was told") || len(s.revoked) != 1 {
		t.Errorf("deleted: %s", o.out)
	}
	run("", 1, join([]string{"connections", "delete", "Ours"}, flags...)...)
}

// command runs a command line whose standard error is read while it runs.
type command struct {
	lines *bufio.Scanner
	out   bytes.Buffer
	all   bytes.Buffer
	done  chan int
}

func start(t *testing.T, stdin io.Reader, args ...string) *command {
	t.Helper()
	r, w := io.Pipe()
	c := &command{done: make(chan int, 1)}
	c.lines = bufio.NewScanner(io.TeeReader(r, &c.all))
	go func() {
		code := newApp(stdin, &c.out, w).run(t.Context(), args)
		_ = w.Close()
		c.done <- code
	}()
	return c
}

// address returns the line behind the one that says to open an address.
func (c *command) address(t *testing.T) string {
	t.Helper()
	for c.lines.Scan() {
		if strings.HasPrefix(c.lines.Text(), "open this address") && c.lines.Scan() {
			return c.lines.Text()
		}
	}
	t.Fatalf("no address was printed: %s", c.all.String())
	return ""
}

// end waits for the command and returns what it did.
func (c *command) end() outcome {
	for c.lines.Scan() {
	}
	return outcome{<-c.done, c.out.String(), c.all.String()}
}

func visit(t *testing.T, at string) (int, string) {
	t.Helper()
	res, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestConnectThroughBrowser(t *testing.T) {
	s := newFakeService(t)
	dir := s.connector(t, s.codeAuth())
	flags := kept(t)
	local := join(flags, "--allow-host", s.host)
	secret := write(t, t.TempDir()+"/secret", "s-"+secretMark)
	client := []string{"--client-id", "app", "--client-secret", "@" + secret}

	c := start(t, strings.NewReader(""), join(join([]string{"connect", dir}, client...), local...)...)
	at := c.address(t)
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	redirect := u.Query().Get("redirect_uri")
	if !strings.HasPrefix(redirect, "http://127.0.0.1:") || !strings.HasSuffix(redirect, "/oauth/tracker/cb") {
		t.Errorf("the browser comes back to %s", redirect)
	}
	// What does not belong to the session changes nothing.
	for _, stray := range []string{redirect, redirect + "?state=guess&code=x", redirect + "?state=guess&error=access_denied"} {
		if status, _ := visit(t, stray); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", stray, status)
		}
	}
	if status, _ := visit(t, strings.TrimSuffix(redirect, "cb")+"?"+u.RawQuery); status != http.StatusNotFound {
		t.Errorf("another path: status %d", status)
	}
	if status, page := visit(t, at); status != http.StatusOK || !strings.Contains(page, "Connected") {
		t.Errorf("the browser sees %d %s", status, page)
	}
	o := c.end()
	spotless(t, o, flags)
	if o.code != 0 || !strings.Contains(o.out, "Tracker  ") || !strings.Contains(o.out, "health     ok") || !strings.Contains(o.out, "renewed by itself") {
		t.Fatalf("exit %d\n%s%s", o.code, o.out, o.err)
	}
	if got := done(t, join([]string{"run", dir, "me", "--connection", "Tracker"}, local...)...); !strings.Contains(got, "Jane") {
		t.Errorf("the run gave %s", got)
	}

	// The person declines.
	s.mu.Lock()
	s.deny = true
	s.mu.Unlock()
	c = start(t, strings.NewReader(""), join(join([]string{"connect", dir, "--json", "--name", "Second"}, client...), local...)...)
	if status, page := visit(t, c.address(t)); status != http.StatusBadRequest || !strings.Contains(page, "Not connected") {
		t.Errorf("the browser sees %d %s", status, page)
	}
	if o = c.end(); o.code != 1 || o.out != "" || !strings.Contains(o.err, "oauth.refused") {
		t.Errorf("exit %d\n%s%s", o.code, o.out, o.err)
	}
	spotless(t, o, flags)
	s.mu.Lock()
	s.deny = false
	s.mu.Unlock()

	// Nobody comes, and the command is interrupted.
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		exit <- newApp(strings.NewReader(""), io.Discard, w).run(ctx, join(join([]string{"connect", dir, "--name", "Third"}, client...), local...))
		_ = w.Close()
	}()
	lines := bufio.NewScanner(r)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "open this address") {
	}
	cancel()
	text, err := io.ReadAll(r)
	if err != nil || !strings.Contains(string(text), "run.cancelled") || <-exit != 1 {
		t.Errorf("interrupted: %s, %v", text, err)
	}

	// Pasted, for a machine without a browser.
	in, paste := io.Pipe()
	c = start(t, in, join(join([]string{"connect", dir, "--paste", "--callback", "https://weir.example", "--name", "Fourth"}, client...), local...)...)
	at = c.address(t)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(at)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	go func() {
		fmt.Fprintln(paste, res.Header.Get("Location"))
		_ = paste.Close()
	}()
	if o = c.end(); o.code != 0 || !strings.HasPrefix(res.Header.Get("Location"), "https://weir.example/oauth/tracker/cb?") {
		t.Errorf("pasted %s: exit %d\n%s%s", res.Header.Get("Location"), o.code, o.out, o.err)
	}
	spotless(t, o, flags)
}

func TestConnectMachine(t *testing.T) {
	s := newFakeService(t)
	dir := s.connector(t, s.clientAuth()+basicAuth)
	flags := kept(t)
	t.Setenv("WEIR_VAULT", flags[1])
	t.Setenv("WEIR_VAULT_KEY", connections.NewKey())
	secret := write(t, t.TempDir()+"/secret", "s-"+secretMark+"\r\n")
	args := []string{"connect", dir, "--auth", "machine", "--client-id", "app", "--client-secret", "@" + secret, "--allow-host", s.host}
	o := weir(t, "", args...)
	spotless(t, o, flags)
	if o.code != 0 || !strings.Contains(o.out, "machine (oauth2)") {
		t.Fatalf("exit %d\n%s%s", o.code, o.out, o.err)
	}
	wrong := write(t, t.TempDir()+"/secret", "wrong-"+secretMark)
	args[7] = "@" + wrong
	o = weir(t, "", join(args, "--name", "Wrong")...)
	spotless(t, o, flags)
	if o.code != 1 || !strings.Contains(o.err, "oauth.refused") || !strings.Contains(o.err, "check client id") {
		t.Errorf("a wrong secret: exit %d\n%s%s", o.code, o.out, o.err)
	}
	o = weir(t, "", join(args, "--name", "Tracker")...)
	if o.code != 1 {
		t.Errorf("a wrong secret under a taken name: %s", o.err)
	}
}

// TestConnectionUsage: wrong usage of the commands about connections.
func TestConnectionUsage(t *testing.T) {
	t.Setenv("WEIR_VAULT", "")
	t.Setenv("WEIR_VAULT_KEY", "")
	s := newFakeService(t)
	dir := s.connector(t, basicAuth)
	flags := kept(t)
	file := write(t, t.TempDir()+"/file", secretMark)
	open := write(t, t.TempDir()+"/open", connections.NewKey())
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"connect"}, "accepts 1 arg"},
		{[]string{"connect", dir}, "--vault or WEIR_VAULT"},
		{[]string{"connect", dir, "--vault", flags[1]}, "--key-file or WEIR_VAULT_KEY"},
		{[]string{"connect", dir, "--vault", flags[1], "--key-file", open}, "other users"},
		{join([]string{"connect", dir, "--param", "password=" + secretMark}, flags...), "process lists"},
		{join([]string{"connect", dir, "--param", "password=@" + file, "--param", "password=@" + file}, flags...), "twice"},
		{join([]string{"connect", dir, "--param", "password=@/nowhere"}, flags...), "nowhere"},
		{join([]string{"connect", dir, "--param", "more=x"}, flags...), "asks for username, password"},
		{join([]string{"connect", dir, "--param", "username"}, flags...), "asks for username, password"},
		{join([]string{"connect", dir, "--client-id", "x"}, flags...), "asks for username, password"},
		{join([]string{"connect", dir, "--allow-host", "http://x"}, flags...), "--allow-host"},
		{join([]string{"connect", dir, "--secret", "x=y"}, flags...), "process lists"},
		{[]string{"connections"}, "a command is missing"},
		{[]string{"connections", "lost"}, "unknown command"},
		{[]string{"connections", "list"}, "--vault or WEIR_VAULT"},
		{[]string{"connections", "list", "--vault", "/nowhere/vault", "--key-file", open}, "no file /nowhere/vault"},
		{[]string{"connections", "show"}, "accepts 1 arg"},
		{[]string{"connections", "rename", "x"}, "accepts 2 arg"},
		{[]string{"connections", "test", dir}, "accepts 2 arg"},
		{[]string{"connections", "delete"}, "accepts between 1 and 2"},
		{[]string{"run", dir, "me", "--connection", "x"}, "--vault or WEIR_VAULT"},
	} {
		o := weir(t, "", c.args...)
		if o.code != exitUsage || !strings.Contains(o.err, c.want) || o.out != "" {
			t.Errorf("weir %s: exit %d\n%s%s\nwant exit 2 and %q", strings.Join(c.args, " "), o.code, o.out, o.err, c.want)
		}
	}
	// What is missing is said when standard input has nothing.
	o := weir(t, "", join([]string{"connect", dir}, flags...)...)
	if o.code != exitFailed || !strings.Contains(o.err, "needs username, password") {
		t.Errorf("exit %d\n%s", o.code, o.err)
	}
	code := s.connector(t, s.codeAuth())
	for _, callback := range []string{"https://weir.example", "http://weir.example", "weir", "http://127.0.0.1/x"} {
		o := weir(t, "", join([]string{"connect", code, "--client-id", "a", "--client-secret", "@" + file, "--callback", callback}, flags...)...)
		if o.code != exitUsage || !strings.Contains(o.err, "--callback") {
			t.Errorf("%s: exit %d\n%s", callback, o.code, o.err)
		}
	}
}

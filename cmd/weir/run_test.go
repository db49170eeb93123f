package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weirflow/weir/internal/canary"
)

func compact(t *testing.T, b []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return out.String()
}

// canaryText is a secret that changes in every encoding that anybody may use.
const canaryText = `c4nary?"<sec/ret>+~é&x=1`

// echoes are the ways in which a server may send the canary back, by name, in
// an answer that is JSON.
func echoes() map[string]string {
	out := map[string]string{
		"plain": canaryText, "query": url.QueryEscape(canaryText), "path": url.PathEscape(canaryText),
		"hex": hex.EncodeToString([]byte(canaryText)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(canaryText))),
	}
	for name, enc := range encodings() {
		for _, before := range []string{"", "u", "u:", "user:"} {
			out[name+" behind "+before] = enc.EncodeToString([]byte(before + canaryText + "/x"))
		}
	}
	return out
}

func encodings() map[string]*base64.Encoding {
	return map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.RawURLEncoding}
}

// TestNoSecretIsPrinted sends a secret in every part of a request to a server
// that sends it back in every encoding, in answers and in errors. Nothing of it
// is printed.
func TestNoSecretIsPrinted(t *testing.T) {
	var seen atomic.Value // what the server got as the secret
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		key := strings.TrimPrefix(r.Header.Get("X-Key"), "Key ")
		seen.Store(key)
		echo := map[string]any{"sent": key, "body": string(body), "query": r.URL.RawQuery}
		for name, form := range echoes() {
			echo["as "+name] = "text " + form + " text"
		}
		echo["key "+key] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+key))}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", url.QueryEscape(key))
		switch r.URL.Path {
		case "/bad":
			w.WriteHeader(422)
		case "/text":
			_, _ = io.WriteString(w, key) // no JSON: parsing it fails
			return
		case "/moved":
			w.Header().Set("Location", "/"+url.PathEscape(key))
			w.WriteHeader(302)
		}
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(echo) // a client that has gone is no fault of the server
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	secret := write(t, t.TempDir()+"/secret", canaryText+"\n")
	for _, c := range []struct {
		path string
		fail bool
	}{{"/ok", false}, {"/bad", true}, {"/text", true}, {"/moved", true}} {
		for _, flags := range [][]string{{"--trace"}, {"--trace", "--json"}, {"--json"}, {}} {
			args := append([]string{"run", "testdata/echo", "send", "--input", `{"path": "` + c.path + `"}`,
				"--set", "base=" + server.URL, "--allow-host", host, "--secret", "key=@" + secret}, flags...)
			seen.Store("")
			o := weir(t, "", args...)
			if (o.code == exitFailed) != c.fail || o.code == exitUsage {
				t.Errorf("%s %v: exit %d, %s", c.path, flags, o.code, o.err)
			}
			if got := seen.Load(); got != canaryText {
				t.Errorf("%s %v: the server got the secret as %q", c.path, flags, got)
			}
			if len(flags) > 0 && flags[0] == "--trace" && !strings.Contains(o.out+o.err, "[secret]") {
				t.Errorf("%s %v: the trace shows no sign of a secret:\n%s%s", c.path, flags, o.out, o.err)
			}
			canary.Check(t, fmt.Sprint(c.path, flags), []byte(o.out+o.err), canaryText)
		}
	}
}

// TestJournalResumes kills a run between two writes and starts it again: the
// first write is not repeated, the second carries the key it had.
func TestJournalResumes(t *testing.T) {
	dir := t.TempDir()
	journal := filepath.Join(dir, "run.journal")
	var mu sync.Mutex
	var requests []string
	var victim *os.Process
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, string(body)+" "+r.Header.Get("Idempotency-Key"))
		if len(requests) == 2 {
			if err := victim.Kill(); err != nil {
				t.Errorf("kill: %v", err)
			}
			return
		}
		fmt.Fprintf(w, "answer to %s", body)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	wasm := filepath.Join(dir, "twice.wasm")
	done(t, "build", "testdata/twice", "-o", wasm)
	args := []string{"run", wasm, "twice", "--set", "base=" + server.URL, "--allow-host", host, "--journal", journal}

	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	mu.Lock()
	err := cmd.Start()
	victim = cmd.Process
	mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatalf("the run was not killed:\n%s", &out)
	}
	made := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(requests)
	}
	if got := made(); len(got) != 2 {
		t.Fatalf("the killed run made the requests %q, and printed\n%s", got, &out)
	}

	const want = `{"one":"answer to first","two":"answer to second"}`
	if got := compact(t, []byte(done(t, args...))); got != want {
		t.Errorf("the resumed run returned %s, want %s", got, want)
	}
	all := made()
	if len(all) != 3 || all[2] != all[1] {
		t.Errorf("requests %q: want the first once and the second twice with one key", all)
	}
	_, first, _ := strings.Cut(all[0], " ")
	_, second, _ := strings.Cut(all[1], " ")
	if first == "" || second == "" || first == second {
		t.Errorf("the keys of the writes are %q and %q, want two", first, second)
	}

	// Nothing is left to do: the journal answers for everything.
	if got := compact(t, []byte(done(t, args...))); got != want || len(made()) != 3 {
		t.Errorf("a third run returned %s after the requests %q", got, made())
	}
	// The journal is of this module and this run.
	for _, other := range [][]string{
		{"run", "testdata/greeter", "greet", "--input", `{"name": "x"}`, "--journal", journal},
		append(args[:len(args):len(args)], "--run-id", "another"),
	} {
		if o := weir(t, "", other...); o.code != exitFailed || !strings.Contains(o.err, "journal.mismatch") {
			t.Errorf("%v: exit %d, %s", other, o.code, o.err)
		}
	}
}

// TestUnknownFlow: who mistypes a flow or a card is told which there are.
func TestUnknownFlow(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/connector.yaml", "key: a\nname: A\nversion: 1.0.0\n")
	write(t, dir+"/flows/greet.yaml", "outputs: {x: text}\nsteps:\n  - call: part\n  - return: {x: a}\n")
	write(t, dir+"/flows/part.yaml", "type: helper\nsteps: []\n")
	for _, args := range [][]string{{"run", dir, "gret"}, {"preview", dir, "gret"}} {
		if o := weir(t, "", args...); o.code != exitFailed || !strings.Contains(o.err, "run.flow") || !strings.Contains(o.err, "fix: it has greet\n") {
			t.Errorf("%v: exit %d\n%s", args, o.code, o.err)
		}
	}
	if out := done(t, "inspect", dir); !strings.Contains(out, "greet") {
		t.Errorf("inspect prints\n%s", out)
	}
}

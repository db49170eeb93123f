package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/openapi"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// documentsEnv names the folder into which make openapi has put documents that
// services publish, and servers that answer by them.
const documentsEnv = "WEIR_OPENAPI_DOCS"

func documents(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(documentsEnv)
	if dir == "" {
		t.Skipf("NOT RUN: %s is not set; make openapi runs this with large public documents", documentsEnv)
	}
	return dir
}

func readDocument(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%s is set, and there is no document: %v", documentsEnv, err)
	}
	return data
}

// TestOpenAPIDocuments imports large public documents whole, and builds every
// connector that they give. What cannot be an action is known, to the number.
func TestOpenAPIDocuments(t *testing.T) {
	dir := documents(t)
	kubernetes, err := filepath.Glob(filepath.Join(dir, "kubernetes", "*.json"))
	if err != nil || len(kubernetes) < 50 {
		t.Fatalf("%d documents of Kubernetes, %v", len(kubernetes), err)
	}
	var operations, actions, losses int
	var bytes, source, module int64
	start := time.Now()
	for _, path := range append([]string{filepath.Join(dir, "github.json"), filepath.Join(dir, "stripe.json")}, kubernetes...) {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			data := readDocument(t, path)
			if !openapi.Is(data) {
				t.Error("it is not recognised")
			}
			res, err := openapi.Import(name, data, openapi.Options{Split: true})
			if err != nil {
				t.Fatal(err)
			}
			r := res.Report
			imported := 0
			for _, a := range r.Actions {
				if a.Outcome == openapi.Imported {
					imported++
				} else if method, _, _ := strings.Cut(a.Operation, " "); method != "HEAD" && method != "OPTIONS" {
					t.Errorf("%s is left out", a.Operation)
				}
			}
			if r.Selected != r.Operations || len(r.Actions) != r.Operations {
				t.Errorf("%d operations, %d selected, %d accounted for", r.Operations, r.Selected, len(r.Actions))
			}
			for _, f := range r.Findings {
				switch f.Code {
				case flow.CodeImportValue, flow.CodeImportReference:
					t.Errorf("%v: %s: %s (#%s)", f.Pos(), f.Code, f.Message, f.Pointer)
				}
			}
			for _, c := range res.Connectors {
				out, err := compiler.Compile(c.Files, compiler.Options{Registry: registry()})
				if err != nil {
					t.Errorf("%s: %v", c.Dir, err)
					continue
				}
				for _, w := range out.Warnings {
					t.Errorf("%s: %v", c.Dir, w.Error)
				}
				for _, d := range compiler.Check(c.Files, compiler.Options{Registry: registry(), Release: true}) {
					if d.Code != flow.CodeReleaseMissing && !(d.Code == flow.CodeReleaseText && strings.HasPrefix(d.Msg, "the connector has no ")) {
						t.Errorf("%s: %v", c.Dir, d.Error)
					}
				}
				for _, f := range c.Files {
					if text, err := compiler.Format(f); err != nil || string(text) != string(f.Data) {
						t.Errorf("formatting changes %s/%s (%v)", c.Dir, f.Name, err)
					}
					source += int64(len(f.Data))
				}
				module += int64(len(out.Wasm))
				validate(t, c.Dir, out.Wasm)
			}
			operations, actions, losses, bytes = operations+r.Operations, actions+imported, losses+len(r.Findings), bytes+int64(len(data))
		})
	}
	t.Logf("%d operations of %.1f MB: %d actions, %.1f MB of source, %.1f MB of modules, %d losses and doubts, in %v",
		operations, float64(bytes)/1e6, actions, float64(source)/1e6, float64(module)/1e6, losses, time.Since(start).Round(time.Millisecond))
	if operations < 2900 || actions < operations*98/100 {
		t.Errorf("%d of %d operations are actions", actions, operations)
	}
}

// validate runs wasm-validate over a module, where make names the program.
func validate(t *testing.T, name string, wasm []byte) {
	t.Helper()
	program := os.Getenv("WEIR_WASM_VALIDATE")
	if program == "" {
		return
	}
	file := filepath.Join(t.TempDir(), "module.wasm")
	if err := os.WriteFile(file, wasm, 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := exec.Command(program, file).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, b)
	}
}

// mock is a server in a process of its own.
type mock struct{ url, host string }

// startMock starts a server on a free port of loopback and waits until it
// accepts connections.
func startMock(t *testing.T, within time.Duration, command func(port string) *exec.Cmd) *mock {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(host)
	cmd := command(port)
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-ended
	})
	for deadline := time.Now().Add(within); ; {
		conn, err := net.DialTimeout("tcp", host, time.Second)
		if err == nil {
			_ = conn.Close()
			return &mock{"http://" + host, host}
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the server has ended: %v\n%s", err, log.String())
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not listen: %v", err)
		}
	}
}

// selection compiles and loads the connector of some operations of a document.
func selection(t *testing.T, path string, only ...string) *bench {
	t.Helper()
	res, err := openapi.Import(filepath.Base(path), readDocument(t, path), openapi.Options{Only: only})
	if err != nil {
		t.Fatal(err)
	}
	out, err := compiler.Compile(res.Connectors[0].Files, compiler.Options{Registry: registry()})
	if err != nil {
		t.Fatal(err)
	}
	return newBench(t, out, engine.Config{})
}

// ask runs an action against a mock server with a bearer token.
func (m *mock) ask(t *testing.T, b *bench, key, auth, input string) (map[string]any, error) {
	t.Helper()
	client := egress.New(egress.Config{Allow: []string{m.host}})
	defer client.Close()
	r := engine.Run{Flow: key, Input: parse(t, []byte(input)), HTTP: client, AllowHosts: []string{m.host},
		Config: map[string]flow.Value{"base_url": flow.Text(m.url)}}
	if auth != "" {
		r.Connection = &flow.Connection{Auth: auth, Attach: []flow.Attachment{
			{In: "header", Field: "Authorization", Value: flow.NewSecret("api_key", "Bearer sk_test_123", m.host)}}}
	}
	res, err := b.module.Run(context.Background(), r)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(res.Outputs.String()), &out); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

// TestOpenAPIDocumentsStripe runs actions of Stripe's document against Stripe's
// own mock server, which refuses what its document does not allow.
func TestOpenAPIDocumentsStripe(t *testing.T) {
	dir := documents(t)
	m := startMock(t, 30*time.Second, func(port string) *exec.Cmd {
		return exec.Command(filepath.Join(dir, "stripe-mock"), "-http-port", port)
	})
	b := selection(t, filepath.Join(dir, "stripe.json"), "/v1/customers", "/v1/customers/{customer}", "/v1/charges")
	for _, c := range []struct {
		flow, auth, input string
		want              map[string]any
		code              flow.Code
	}{
		{"post_customers", "bearer_auth", `{"email": "jane@example.com", "name": "Jane Doe", "address": {"line1": "1 Weir Lane", "country": "US"}, "metadata": {"order": "7 & 8"}, "balance": 5}`,
			map[string]any{"object": "customer", "email": "jane@example.com", "name": "Jane Doe"}, ""},
		{"post_customers", "", `{}`, nil, flow.CodeHTTPStatus},
		{"get_customers", "bearer_auth", `{"limit": 3, "expand": ["data.default_source"], "created": {"gt": 100}}`, map[string]any{"count": 1}, ""},
		{"get_customers", "bearer_auth", `{"limit": 1.5}`, nil, flow.CodeHTTPStatus},
		{"get_customers_customer", "bearer_auth", `{"customer": "cus_1"}`, map[string]any{"object": "customer", "id": "cus_1"}, ""},
		{"post_customers_customer", "bearer_auth", `{"customer": "cus_1", "preferred_locales": ["de", "en"], "tax_exempt": "none"}`, map[string]any{"object": "customer", "id": "cus_1"}, ""},
		{"delete_customers_customer", "bearer_auth", `{"customer": "cus_1"}`, map[string]any{"object": "customer", "deleted": true}, ""},
		{"get_charges", "bearer_auth", `{"limit": 1}`, map[string]any{"count": 1}, ""},
		{"_authping", "bearer_auth", `{}`, map[string]any{"working": true}, ""},
		{"_authping", "", `{}`, map[string]any{"working": false}, ""},
	} {
		got, err := m.ask(t, b, c.flow, c.auth, c.input)
		if flow.CodeOf(err) != c.code {
			var body string
			if e := flow.AsError(err); e != nil {
				body = e.Body.String()
			}
			t.Errorf("%s %s: %v %s, want %q", c.flow, c.input, err, body, c.code)
		}
		for k, want := range c.want {
			if fmt.Sprint(got[k]) != fmt.Sprint(want) {
				t.Errorf("%s %s: %s is %v, want %v", c.flow, c.input, k, got[k], want)
			}
		}
	}
}

// TestOpenAPIDocumentsGitHub runs actions of GitHub's document against a server
// that checks requests by the document and answers with its examples.
func TestOpenAPIDocumentsGitHub(t *testing.T) {
	dir := documents(t)
	m := startMock(t, 3*time.Minute, func(port string) *exec.Cmd {
		return exec.Command(filepath.Join(dir, "node_modules", ".bin", "prism"), "mock", "--host", "127.0.0.1", "--port", port,
			filepath.Join(dir, "github.json"))
	})
	b := selection(t, filepath.Join(dir, "github.json"), "/repos/{owner}/{repo}/issues", "/repos/{owner}/{repo}/issues/{issue_number}", "/user", "/repos/{owner}/{repo}",
		"/search/issues", "/gists", "/repos/{owner}/{repo}/topics", "/markdown")
	for _, c := range []struct {
		flow, input string
		want        map[string]any
		code        flow.Code
	}{
		{"repos_get", `{"owner": "octocat", "repo": "Hello-World"}`, map[string]any{"name": "Hello-World", "full_name": "octocat/Hello-World", "private": false}, ""},
		{"issues_create", `{"owner": "octocat", "repo": "Hello-World", "title": "Found a bug", "labels": ["bug"], "assignees": ["octocat"]}`, map[string]any{"number": 1347.0, "state": "open"}, ""},
		{"issues_update", `{"owner": "octocat", "repo": "Hello-World", "issue_number": 1347, "state": "closed", "state_reason": "completed"}`, map[string]any{"number": 1347.0}, ""},
		{"issues_list_for_repo", `{"owner": "octocat", "repo": "Hello-World", "state": "all", "since": "2020-01-02T03:04:05Z", "record_limit": 1}`, map[string]any{"count": 1.0}, ""},
		{"issues_list_for_repo", `{"owner": "octocat", "repo": "Hello-World", "sort": "colour"}`, nil, flow.CodeHTTPStatus},
		{"search_issues_and_pull_requests", `{"q": "repo:octocat/Hello-World is:open", "sort": "updated", "record_limit": 1}`, map[string]any{"count": 1.0}, ""},
		{"repos_replace_all_topics", `{"owner": "octocat", "repo": "Hello-World", "names": ["octocat", "atom"]}`, map[string]any{"names": "[octocat atom electron api]"}, ""},
		{"gists_create", `{"description": "A file", "public": false, "files": {"a.txt": {"content": "abc"}}}`, map[string]any{"public": true}, ""},
		{"users_get_authenticated", `{}`, map[string]any{"login": "octocat"}, ""},
	} {
		got, err := m.ask(t, b, c.flow, "", c.input)
		if flow.CodeOf(err) != c.code {
			var body string
			if e := flow.AsError(err); e != nil {
				body = e.Body.String()
			}
			t.Errorf("%s %s: %v %s, want %q", c.flow, c.input, err, body, c.code)
		}
		for k, want := range c.want {
			if fmt.Sprint(got[k]) != fmt.Sprint(want) {
				t.Errorf("%s %s: %s is %v, want %v", c.flow, c.input, k, got[k], want)
			}
		}
	}
}

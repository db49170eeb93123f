package servers

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/internal/canary"
)

// patience bounds one command; the watchdog ends it then.
const patience = 2 * time.Minute

// built is the command, built once for all tests.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func commandPath(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "weir-servers-"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-o", built.dir, "github.com/weirflow/weir/cmd/weir")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = err
			t.Logf("%s", out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "weir")
}

func removeCommand() error { return os.RemoveAll(built.dir) }

// user is somebody with a vault who uses the command on one connector.
type user struct {
	*testing.T
	connector string // directory or module
	dir       string // with everything that is theirs
	given     []string
	secrets   []string // that nothing may show
}

// newUser returns a user of a connector who lets it reach a server.
func newUser(t *testing.T, connector string, s *server) *user {
	t.Helper()
	return &user{T: t, connector: connector, dir: t.TempDir(), given: []string{"--allow-host", s.host}}
}

// example is a connector of the repository.
func example(name string) string { return filepath.Join("..", "..", "examples", name) }

// vault are the flags that name the user's vault.
func (u *user) vault() []string {
	return []string{"--vault", filepath.Join(u.dir, "vault"), "--key-file", filepath.Join(u.dir, "vault-key")}
}

// file writes a file of the user and returns its path.
func (u *user) file(name, text string) string {
	u.Helper()
	path := filepath.Join(u.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		u.Fatal(err)
	}
	return path
}

// secret writes a file with a secret, which nothing may show from then on.
func (u *user) secret(name, text string) string {
	u.secrets = append(u.secrets, text)
	return "@" + u.file(name, text+"\n")
}

// outcome is what one command did.
type outcome struct {
	code     int
	out, err string
}

// weir runs the command.
func (u *user) weir(args ...string) outcome {
	u.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, commandPath(u.T), args...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	fault := cmd.Run()
	if cmd.ProcessState == nil || ctx.Err() != nil {
		u.Fatalf("weir %s: %v\n%s%s", strings.Join(args, " "), fault, out.String(), err.String())
	}
	o := outcome{cmd.ProcessState.ExitCode(), out.String(), err.String()}
	canary.Check(u, "what weir "+strings.Join(args, " ")+" prints", []byte(o.out+o.err), u.secrets...)
	return o
}

// done runs the command, which must succeed, and returns what it printed.
func (u *user) done(args ...string) string {
	u.Helper()
	o := u.weir(args...)
	if o.code != 0 {
		u.Fatalf("weir %s: exit %d\n%s%s", strings.Join(args, " "), o.code, o.out, o.err)
	}
	return o.out
}

// connect makes a connection that must work.
func (u *user) connect(name string, args ...string) {
	u.Helper()
	line := append([]string{"connect", u.connector, "--name", name}, args...)
	if out := u.done(append(append(line, u.given...), u.vault()...)...); !strings.Contains(out, "health     ok") {
		u.Errorf("connected %s:\n%s", name, out)
	}
}

// line is the command line that runs a flow.
func (u *user) line(connection, flow, input string, args []string) []string {
	line := append([]string{"run", u.connector, flow, "--input", input}, u.given...)
	if connection != "" {
		line = append(append(line, "--connection", connection), u.vault()...)
	}
	return append(line, args...)
}

// run runs a flow that must succeed, and returns its outputs.
func (u *user) run(connection, flow, input string, args ...string) map[string]any {
	u.Helper()
	out := u.done(u.line(connection, flow, input, args)...)
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		u.Fatalf("%s printed %s: %v", flow, out, err)
	}
	return v
}

// fault is an error as the command prints it.
type fault struct {
	Code, Message, Step string
	Status              int `json:"statusCode"`
}

// fails runs a flow that must fail, and returns how.
func (u *user) fails(connection, flow, input string, args ...string) fault {
	u.Helper()
	o := u.weir(append(u.line(connection, flow, input, args), "--json")...)
	var v struct{ Error fault }
	if err := json.Unmarshal([]byte(o.err), &v); err != nil || o.code != 1 {
		u.Fatalf("%s %s: exit %d, %s%s", flow, input, o.code, o.out, o.err)
	}
	return v.Error
}

// spotless fails where something of the user's shows a secret, but for the files
// that were made to hold it.
func (u *user) spotless(path string) {
	u.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		u.Fatal(err)
	}
	canary.Check(u, path, data, u.secrets...)
}

// text is a value as JSON, to compare it.
func text(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// want compares a value, as JSON with sorted keys, with what it should be.
func (u *user) want(what string, v any, want string) {
	u.Helper()
	if got := text(u.T, v); got != want {
		u.Errorf("%s: %s, want %s", what, got, want)
	}
}

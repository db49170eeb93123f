package servers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

const (
	// serversEnv names the folder into which make servers has installed them.
	serversEnv = "WEIR_SERVERS"
	// guardEnv makes this test binary the guard of one server.
	guardEnv = "WEIR_SERVERS_GUARD"

	maxLife = 10 * time.Minute // of a server: longer than any test of it
	endTime = 30 * time.Second // that a server has to end in when it is killed
	maxLog  = 32 << 10         // of what a server says, from its end
)

func TestMain(m *testing.M) {
	if os.Getenv(guardEnv) != "" {
		os.Exit(guard(os.Args[1:]))
	}
	code := m.Run()
	if err := removeCommand(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// guard runs a server until standard input ends, so that it does not outlive a
// test that is killed, and no longer than maxLife.
func guard(line []string) int {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	over := time.AfterFunc(maxLife, func() { _ = cmd.Process.Kill() })
	defer over.Stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // it ends when the test does
		_ = cmd.Process.Kill()               // it may have ended by itself
	}()
	if err := cmd.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// installed returns where the servers are. The test is skipped when nobody says.
func installed(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(serversEnv)
	if dir == "" {
		t.Skipf("NOT RUN: %s is not set; make servers and make servers-slow run this against a real server", serversEnv)
	}
	return dir
}

// program returns the path of something that make has installed.
func program(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{installed(t)}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is set, and something is missing: %v", serversEnv, err)
	}
	return path
}

// server is a process that listens on loopback.
type server struct {
	host string // localhost:PORT
	url  string
	log  *tail
}

// attempts is how often a server is started: another process may take the port
// that was free a moment ago.
const attempts = 3

// start starts a server, and waits until it answers a GET of path, whatever it says.
func start(t *testing.T, within time.Duration, path string, command func(port string) []string) *server {
	t.Helper()
	var fault error
	for range attempts {
		s, ended := launch(t, command)
		if fault = s.await(within, path, ended); fault == nil {
			return s
		}
		if !errors.Is(fault, errEnded) {
			break
		}
	}
	t.Fatal(fault)
	return nil
}

var errEnded = errors.New("the server has ended")

// launch starts a process, which ends with the test.
func launch(t *testing.T, command func(port string) []string) (*server, <-chan struct{}) {
	t.Helper()
	port := freePort(t)
	s := &server{host: "localhost:" + port, url: "http://localhost:" + port, log: &tail{}}
	cmd := exec.Command(os.Args[0], command(port)...)
	cmd.Env = append(os.Environ(), guardEnv+"=1")
	cmd.Dir = t.TempDir()
	cmd.Stdout, cmd.Stderr = s.log, s.log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how a server ends that is killed says nothing
		close(ended)
	}()
	t.Cleanup(func() {
		_ = in.Close()
		select {
		case <-ended:
		case <-time.After(endTime):
			t.Error("the server does not end")
			_ = cmd.Process.Kill() // the guard; nobody else knows the server
		}
		if t.Failed() {
			t.Logf("the server said:\n%s", s.log)
		}
	})
	return s, ended
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func (s *server) await(within time.Duration, path string, ended <-chan struct{}) error {
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for deadline := time.Now().Add(within); ; {
		res, err := client.Get(s.url + path)
		if err == nil {
			return res.Body.Close()
		}
		select {
		case <-ended:
			return fmt.Errorf("%w:\n%s", errEnded, s.log)
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server does not answer: %w\n%s", err, s.log)
		}
	}
}

// tail keeps the end of what is written to it, from several goroutines.
type tail struct {
	mu   sync.Mutex
	data []byte
}

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.data = append(w.data, p...)
	if n := len(w.data) - maxLog; n > maxLog {
		w.data = bytes.Clone(w.data[n:])
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.data)
}

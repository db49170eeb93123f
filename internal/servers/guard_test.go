package servers

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestGuard: a server ends with its test, and one that ends before is noticed, with
// what it said.
func TestGuard(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	var ended <-chan struct{}
	t.Run("ends with its test", func(t *testing.T) {
		_, ended = launch(t, func(string) []string { return []string{sh, "-c", "exec sleep 300"} })
		select {
		case <-ended:
			t.Error("it has ended by itself")
		case <-time.After(200 * time.Millisecond):
		}
	})
	select {
	case <-ended:
	default:
		t.Error("it is still there")
	}
	s, ended := launch(t, func(port string) []string { return []string{sh, "-c", "echo cannot listen on $0; exit 3", port} })
	if err := s.await(time.Minute, "/", ended); !errors.Is(err, errEnded) || !strings.Contains(err.Error(), "cannot listen on "+strings.TrimPrefix(s.host, "localhost:")) {
		t.Errorf("a server that ends: %v", err)
	}
	s, ended = launch(t, func(string) []string { return []string{"there-is-no-such-program"} })
	if err := s.await(time.Minute, "/", ended); !errors.Is(err, errEnded) {
		t.Errorf("a server that is not there: %v", err)
	}
}

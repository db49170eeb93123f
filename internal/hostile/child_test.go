//go:build linux

package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

// childVar names the test that a child process is to run.
const childVar = "WEIR_HOSTILE_CHILD"

const (
	// watchdog is when a child counts as frozen: long, since a machine that does ten
	// other things takes ten times as long. One that spins ends by cpuSeconds before.
	watchdog     = 2 * time.Minute
	dumpTime     = 5 * time.Second // to print its stacks, before it is killed
	addressSpace = 6 << 30
	cpuSeconds   = 60
	maxOutput    = 64 << 10 // of a child, from its end
)

// long asks for the counts of the whole campaign.
var long = os.Getenv("WEIR_HOSTILE") == "long"

// patience is how many times longer a child may take: there is more to do in the
// whole campaign, and the race detector is slow.
func patience() time.Duration {
	if long {
		return 20
	}
	return min(slowdown, 5)
}

// count returns how often to do something: briefly, or in the whole campaign.
func count(brief, whole int) int {
	switch {
	case long:
		return whole
	case slowdown > 1 || testing.Short():
		return max(brief/10, 1)
	}
	return brief
}

// child is what an attack has in its process: an engine with every card, which
// an innocent flow uses at the same time.
type child struct {
	*testing.T
	engine *engine.Engine
	seen   *observer
}

// attack runs fn in a child process with an engine of its own, and fails when fn
// does, when the child freezes or dies, or when what ran beside fn suffered.
// The test's name must not contain a slash of its own.
func attack(t *testing.T, cfg engine.Config, fn func(c *child)) {
	t.Helper()
	prepared(t, cfg, func(*child) {}, fn)
}

// prepared is attack with something to do in the child before anybody watches.
func prepared(t *testing.T, cfg engine.Config, prepare, fn func(c *child)) {
	t.Helper()
	if os.Getenv(childVar) != t.Name() {
		inChildren(t)
		return
	}
	confine(t)
	debug.SetGCPercent(garbage)
	cfg.Registry = hostfuncs.Standard()
	eng, err := engine.New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{T: t, engine: eng}
	prepare(c)
	c.seen = observe(t, eng)
	fn(c)
	c.seen.end(t)
	if err := eng.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
	line, err := json.Marshal(c.seen.report)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(os.Stdout, "report: %s\n", line)
}

// confine sets the limits of a child's process.
func confine(t *testing.T) {
	set := func(what int, n uint64) {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			t.Fatalf("setrlimit %d: %v", what, err)
		}
	}
	if slowdown == 1 { // the race detector maps terabytes
		set(syscall.RLIMIT_AS, addressSpace)
	}
	set(syscall.RLIMIT_CPU, cpuSeconds*uint64(patience()))
	set(syscall.RLIMIT_CORE, 0)
}

// attempts is how many children an attack may have until each of its times was
// once within its bound: what the attack causes, it causes in all of them; what
// else the machine does, it does in some. Attempts while others keep the machine
// busy count a fifth, because a computation that waits for a processor half of the
// time is late however well it behaves.
func attempts() int {
	if long {
		return 3
	}
	return 5
}

// disturbedWeight is how many attempts on a busy machine make one.
const disturbedWeight = 5

// inChildren runs the test in child processes and judges the times that they
// report.
func inChildren(t *testing.T) {
	t.Helper()
	var best report
	tries := 0
	for left := attempts() * disturbedWeight; left > 0; tries++ {
		n := watchNoise()
		r, err := inChild(t)
		r.Noise, r.Others = n.end()
		if err != nil {
			t.Error(err)
			return
		}
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", line)
		quiet := r.Others < maxOthers
		if err := r.growth(); quiet && err != nil {
			t.Error(err)
			return
		}
		r.subtract(r.Noise)
		if tries > 0 {
			r.least(&best)
		}
		best = r
		if best.judge() == nil {
			return
		}
		if quiet {
			left -= disturbedWeight
			continue
		}
		left--
		time.Sleep(time.Duration(tries) * 100 * time.Millisecond) // it may become quiet
	}
	t.Errorf("in the best of %d attempts %v", tries, best.judge())
}

// inChild runs the test in a child process under the watchdog.
func inChild(t *testing.T) (report, error) {
	t.Helper()
	var parts []string
	for part := range strings.SplitSeq(t.Name(), "/") {
		parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
	}
	ctx, cancel := context.WithTimeout(context.Background(), watchdog*patience())
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run="+strings.Join(parts, "/"), "-test.count=1",
		fmt.Sprintf("-test.short=%t", testing.Short()))
	cmd.Env = append(os.Environ(), childVar+"="+t.Name(), "GOTRACEBACK=all")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	frozen := false
	cmd.Cancel = func() error { // makes the runtime print all stacks
		frozen = true
		return cmd.Process.Signal(syscall.SIGQUIT)
	}
	cmd.WaitDelay = dumpTime
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	line := regexp.MustCompile(`(?m)^report: (.*)$`).FindSubmatch(out.data)
	var r report
	switch {
	case frozen:
		err = errors.New("the child froze")
	case err != nil:
		err = fmt.Errorf("the child failed (%w)", err)
	case line == nil:
		err = errors.New("the child gave no report")
	default:
		err = json.Unmarshal(line[1], &r)
	}
	if err != nil {
		err = fmt.Errorf("%w; it printed\n%s", err, out.data)
	}
	return r, err
}

// tail keeps the end of what is written to it.
type tail struct{ data []byte }

func (w *tail) Write(p []byte) (int, error) {
	w.data = append(w.data, p...)
	if n := len(w.data) - maxOutput; n > maxOutput {
		w.data = bytes.Clone(w.data[n:])
	}
	return len(p), nil
}

// load loads a module that must be accepted.
func (c *child) load(wasm []byte) *engine.Module {
	c.Helper()
	m, err := c.engine.Load(context.Background(), wasm)
	if err != nil {
		c.Fatalf("load %d bytes: %v", len(wasm), err)
	}
	return m
}

// stopped runs a flow that does not end by itself for wall, and reports how late
// it ends. The best of five tries counts: other processes only add time.
func (c *child) stopped(m *engine.Module, r engine.Run, wall time.Duration) {
	c.Helper()
	if r.Flow == "" {
		r.Flow = "main"
	}
	r.Limits.Wall = wall
	best := time.Hour
	for try := 0; try < 5 && best > maxLate; try++ {
		began := time.Now()
		_, err := m.Run(context.Background(), r)
		took := time.Since(began) - wall
		if code := flow.CodeOf(err); code != flow.CodeLimitWall {
			c.Errorf("%v, want limit.wall", err)
			return
		}
		best = min(best, took)
	}
	c.late(best)
}

// late reports that something ended so long after it should have.
func (c *child) late(d time.Duration) { c.seen.report.Late = max(c.seen.report.Late, millis(d)) }

// ends runs a flow and checks that it ends with one of the codes ("" for none).
func (c *child) ends(m *engine.Module, r engine.Run, want ...flow.Code) (engine.Result, error) {
	c.Helper()
	if r.Flow == "" {
		r.Flow = "main"
	}
	res, err := m.Run(context.Background(), r)
	c.seen.report.Code = flow.CodeOf(err)
	for _, code := range want {
		if c.seen.report.Code == code {
			return res, err
		}
	}
	c.Errorf("the run ends with %v, want %q", err, want)
	return res, err
}

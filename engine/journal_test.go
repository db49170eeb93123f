package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// effects is a flow with one write in front of a parallel loop of reads.
func (f *fixture) effects() *wasmtest.Module {
	return inParallel(guest.LoopMap, numbers(6), 3, func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).Get(1).Call(m.Card(f.cards["write"], "")).Op(wasmtest.OpDrop).Join(f.call(m, m.Step(0, "read", "test"), "hook"))
	})
}

// TestJournalResume stops a run after every possible number of recorded calls
// and resumes it: no call happens twice, and the result, the usage and the trace
// are those of a run in one go.
func TestJournalResume(t *testing.T) {
	f := newFixture(t, engine.Config{})
	m := f.load(f.effects())
	run := engine.Run{ID: "r1", Flow: "main", Trace: true}
	want, err := m.Run(context.Background(), run)
	if err != nil {
		t.Fatal(err)
	}
	for stop := range 13 {
		path := filepath.Join(t.TempDir(), "run.journal")
		open := func() *engine.FileJournal {
			j, err := engine.OpenFileJournal(path, run.ID, m.Digest())
			if err != nil {
				t.Fatal(err)
			}
			return j
		}
		f.calls.Store(0)
		j := open()
		first, d := run, &dying{Journal: j}
		d.left.Store(int64(stop))
		first.Journal = d
		if _, err := m.Run(context.Background(), first); (flow.CodeOf(err) == flow.CodeJournalIO) != (stop < 12) {
			t.Fatalf("stop after %d: %v", stop, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		lost := int(f.calls.Load()) - min(stop, 12) // happened, but not recorded
		j = open()
		second := run
		second.Journal = j
		got, err := m.Run(context.Background(), second)
		if err != nil {
			t.Fatalf("resume after %d: %v", stop, err)
		}
		if n := int(f.calls.Load()); n != 12+lost {
			t.Errorf("resume after %d: %d calls, want 12 and %d that were not recorded", stop, n, lost)
		}
		got.Usage.Wall = want.Usage.Wall
		if got.Outputs.String() != want.Outputs.String() || got.Usage != want.Usage || paths(got) != paths(want) {
			t.Errorf("resume after %d: %s %+v, want %s %+v", stop, got.Outputs, got.Usage, want.Outputs, want.Usage)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// dying is a journal that fails after some records, as a full disk does.
type dying struct {
	flow.Journal
	left atomic.Int64
}

func (d *dying) Record(ctx context.Context, e flow.Entry) error {
	if d.left.Add(-1) < 0 {
		return fmt.Errorf("the disk is full")
	}
	return d.Journal.Record(ctx, e)
}

func TestJournalKeepsErrors(t *testing.T) {
	f := newFixture(t, engine.Config{})
	f.hook = func(float64) error {
		return &flow.Error{Code: flow.CodeHTTPStatus, Msg: "gone", Status: 410, Body: flow.Members("a", flow.Number(1)), Headers: flow.Members("x", flow.Text("y"))}
	}
	m := f.load(single(func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).F64(1).Call(m.Card(f.cards["hook"], "")).Set(1).Op(wasmtest.OpDrop).I32(0).Get(1).Op(wasmtest.OpI32Sub)
	}))
	path := filepath.Join(t.TempDir(), "j")
	var errs []string
	for range 2 {
		j, err := engine.OpenFileJournal(path, "r", m.Digest())
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Run(context.Background(), engine.Run{ID: "r", Flow: "main", Journal: j})
		e := flow.AsError(err)
		errs = append(errs, fmt.Sprint(e, e.Status, e.Body, e.Headers))
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if errs[0] != errs[1] || f.calls.Load() != 1 {
		t.Errorf("first %q, then %q after %d calls; want the same after one", errs[0], errs[1], f.calls.Load())
	}
}

func TestJournalMismatch(t *testing.T) {
	f := newFixture(t, engine.Config{})
	build := func(arg float64) *engine.Module {
		return f.load(single(func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).F64(arg).Call(m.Card(f.cards["hook"], "")).Op(wasmtest.OpDrop).Call(m.Core("num"))
		}))
	}
	j := engine.NewMemoryJournal()
	if _, err := build(1).Run(context.Background(), engine.Run{ID: "r", Flow: "main", Journal: j}); err != nil {
		t.Fatal(err)
	}
	if _, err := build(2).Run(context.Background(), engine.Run{ID: "r", Flow: "main", Journal: j}); flow.CodeOf(err) != flow.CodeJournalMismatch {
		t.Errorf("other inputs: %v, want journal.mismatch", err)
	}
}

func TestJournalRefusesSecrets(t *testing.T) {
	f := newFixture(t, engine.Config{})
	leak := f.cards["hook"]
	leak.Out[0].Type = flow.AnyType
	leak.Run = func(context.Context, *flow.Call) (flow.Value, error) { return flow.NewSecret("k", "plain text"), nil }
	m := single(func(m *wasmtest.Module, s int32) wasmtest.Code { return code.I32(s).F64(1).Call(m.Card(leak, "")) })
	if _, err := f.run(m, engine.Run{Journal: engine.NewMemoryJournal()}); flow.CodeOf(err) != flow.CodeSecretFlow {
		t.Errorf("%v, want secret.flow", err)
	}
}

// TestFileJournalDamage opens a journal after every possible cut and after a
// changed byte.
func TestFileJournalDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "j")
	j, err := engine.OpenFileJournal(path, "r", "m")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for i := range 3 {
		e := flow.Entry{Key: fmt.Sprint("step", i), Card: "a.b", Input: "x", Value: flow.ListOf(flow.Text("ü\n<"), flow.DateOf(time.Unix(1, 0)), flow.Number(float64(i)))}
		if err := j.Record(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := engine.OpenFileJournal(path, "r", "m"); flow.CodeOf(err) != flow.CodeJournalIO {
		t.Errorf("a second opener: %v, want journal.io", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Record(ctx, flow.Entry{Key: "late"}); flow.CodeOf(err) != flow.CodeJournalIO {
		t.Errorf("a record after closing: %v, want journal.io", err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reopen := func(b []byte, run, module string) (int, error) {
		p := filepath.Join(dir, "copy")
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := engine.OpenFileJournal(p, run, module)
		if err != nil {
			return 0, err
		}
		defer j.Close()
		n := 0
		for i := range 3 {
			e, ok, err := j.Recall(ctx, fmt.Sprint("step", i))
			if err != nil {
				t.Fatal(err)
			}
			if ok && e.Value.List().At(2).Number() == float64(i) {
				n++
			}
		}
		return n, nil
	}
	for cut := range len(whole) + 1 {
		want := max(bytes.Count(whole[:cut], []byte("\n"))-1, 0)
		if got, err := reopen(whole[:cut], "r", "m"); err != nil || got != want {
			t.Errorf("cut at %d: %d entries, %v; want %d", cut, got, err, want)
		}
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	damaged := bytes.Clone(whole)
	damaged[len(lines[0])+20] ^= 1
	if _, err := reopen(damaged, "r", "m"); flow.CodeOf(err) != flow.CodeJournalIO {
		t.Errorf("damage in the middle: %v, want journal.io", err)
	}
	for _, other := range [][2]string{{"other", "m"}, {"r", "other"}} {
		if _, err := reopen(whole, other[0], other[1]); flow.CodeOf(err) != flow.CodeJournalMismatch {
			t.Errorf("run %s of module %s: %v, want journal.mismatch", other[0], other[1], err)
		}
	}
}

// TestIdempotencyKey wants the key of a write to depend on run and path alone.
func TestIdempotencyKey(t *testing.T) {
	f := newFixture(t, engine.Config{})
	m := f.load(inParallel(guest.LoopMap, numbers(3), 2, func(m *wasmtest.Module, s int32) wasmtest.Code {
		return code.I32(s).Get(1).Call(m.Card(f.cards["write"], ""))
	}))
	keys := func(id string) []flow.Value {
		res, err := m.Run(context.Background(), engine.Run{ID: id, Flow: "main"})
		if err != nil {
			t.Fatal(err)
		}
		return flow.At(res.Outputs, "result").List().Items()
	}
	a, again, b := keys("a"), keys("a"), keys("b")
	seen := map[string]bool{}
	for i := range a {
		if a[i] != again[i] || len(a[i].Text()) != 32 {
			t.Errorf("key %d is %s, then %s", i, a[i], again[i])
		}
		seen[a[i].Text()], seen[b[i].Text()] = true, true
	}
	if len(seen) != 6 {
		t.Errorf("%d different keys, want 6: %v %v", len(seen), a, b)
	}
}

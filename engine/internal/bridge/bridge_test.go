package bridge

import (
	"context"
	"crypto/rand"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/engine/internal/backend/wazero"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

var generous = Limits{
	Fuel: 1e9, Wall: time.Minute, Memory: 64 << 20, Value: 8 << 20, Depth: 64, Calls: 1e6,
	HTTPCalls: 100, HTTPBytes: 1 << 20, Trace: 1 << 20, Concurrency: 10,
}

// link loads a module into a backend of its own, keeping idle instances.
func link(t testing.TB, m *wasmtest.Module, idle int) *Program {
	t.Helper()
	ctx := context.Background()
	b, err := wazero.New(ctx, wazero.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wasm := m.Bytes()
	verified, err := guest.Verify(wasm)
	if err != nil {
		t.Fatal(err)
	}
	reg, err := flow.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Link(ctx, b, wasm, verified, reg, idle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

func nothing() *wasmtest.Module {
	return wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code {
		return wasmtest.Code{}.I32(m.Const(flow.Members()))
	})
}

func options() *Options {
	return &Options{ID: "run", Limits: generous, Random: rand.Reader, Began: time.Now()}
}

// TestPool counts the instances that are kept after runs that end well and
// runs that trap.
func TestPool(t *testing.T) {
	p := link(t, nothing(), 2)
	var used []*Instance
	for range 5 {
		in, err := p.acquire()
		if err != nil {
			t.Fatal(err)
		}
		used = append(used, in)
	}
	for i, in := range used {
		p.release(in, i > 0)
		if want := min(i, 2); len(p.idle) != want {
			t.Errorf("%d idle after %d clean returns, want %d", len(p.idle), i, want)
		}
	}
	first := p.idle[1]
	if out := p.Run(context.Background(), options()); out.Err != nil || len(p.idle) != 2 || p.idle[1] != first {
		t.Errorf("%v; the instance was not reused", out.Err)
	}
}

// TestInstanceEndsClean looks at every field that could carry something from
// one run to the next.
func TestInstanceEndsClean(t *testing.T) {
	p := link(t, nothing(), 1)
	o := options()
	o.Trace = true
	if out := p.Run(context.Background(), o); out.Err != nil {
		t.Fatal(out.Err)
	}
	in := p.idle[0]
	switch {
	case in.run != nil, in.scope != nil, in.acct != nil, in.pending != nil, in.failure != nil, in.trapped,
		!in.message.IsNull(), in.prefix != "", in.trace != nil, len(in.frames) != 0, in.call.Args != nil,
		in.arena.Bytes() != 0, in.env.limit != nil, in.env.httpCalls != 0:
		t.Errorf("an idle instance holds %+v", in)
	}
	if in.spare == nil || !reflect.DeepEqual(in.spare, &Run{}) {
		t.Errorf("the instance keeps %+v", in.spare)
	}
	for _, v := range in.args[:cap(in.args)] {
		if !v.IsNull() {
			t.Errorf("the scratch space holds %s", v)
		}
	}
}

// TestWatched: a run is watched as soon as it may take long, and not before. One
// that was watched may be known to others and is not used again.
func TestWatched(t *testing.T) {
	code := wasmtest.Code{}
	calls := func(n int) func(m *wasmtest.Module) wasmtest.Code {
		return func(m *wasmtest.Module) wasmtest.Code {
			return code.Repeat(n, code.F64(1).Call(m.Core("num")).Op(wasmtest.OpDrop)).I32(m.Const(flow.Members()))
		}
	}
	text := func(n int) func(m *wasmtest.Module) wasmtest.Code {
		return func(m *wasmtest.Module) wasmtest.Code {
			return code.I32(m.Const(flow.Members())).I32(m.Const(flow.Text(strings.Repeat("x", n)))).Op(wasmtest.OpDrop)
		}
	}
	doubled := func(times int) func(m *wasmtest.Module) wasmtest.Code {
		return func(m *wasmtest.Module) wasmtest.Code {
			s := m.Step(0, "work", "test")
			body := code.I32(m.Const(flow.Text(strings.Repeat("x", 1000)))).Set(1)
			return body.Repeat(times, code.I32(s).Get(1).Get(1).Call(m.Core("concat:hh")).Set(1)).I32(m.Const(flow.Members()))
		}
	}
	tests := []struct {
		name  string
		body  func(m *wasmtest.Module) wasmtest.Code
		scale int64 // of the prices of compiled code
		want  bool
	}{
		{"nothing", calls(0), 1, false},
		{"few calls", calls(quietCalls - 1), 1, false},
		{"many calls", calls(quietCalls), 1, true},
		{"compiled code that is cheap", calls(1), 500, false},
		{"compiled code that is dear", calls(1), firstSlice + 1, true},
		{"a constant that is small", text(quietSize - 100), 1, false},
		{"a constant that is large", text(quietSize), 1, true},
		{"a value that is small", doubled(1), 1, false},
		{"a value that is large", doubled(3), 1, true},
	}
	for _, tt := range tests {
		m := wasmtest.Flow(tt.body, guest.I32)
		m.Scale = tt.scale
		p := link(t, m, 1)
		for range 2 {
			if out := p.Run(context.Background(), options()); out.Err != nil {
				t.Errorf("%s: %v", tt.name, out.Err)
			}
			if in := p.idle[0]; (in.spare == nil) != tt.want || (in.wall != nil) != tt.want {
				t.Errorf("%s: watched %t, want %t", tt.name, in.spare == nil, tt.want)
			}
		}
	}
}

// TestWatchAfterTheEnd: who asks for the end of a run's context when the run is
// over gets one that has ended, and starts no timer.
func TestWatchAfterTheEnd(t *testing.T) {
	p := link(t, nothing(), 1)
	in, err := p.acquire()
	if err != nil {
		t.Fatal(err)
	}
	r := &Run{prog: p}
	r.main, r.scope.run, r.scope.caller = in, r, context.Background()
	if r.unwatch() {
		t.Error("a run was watched that nobody asked for")
	}
	r.scope.close()
	if err := r.scope.Err(); err != context.Canceled {
		t.Errorf("the context of a run that is over: %v", err)
	}
	if r.watched.Load() || r.wall != nil {
		t.Error("a run that is over is watched")
	}
}
